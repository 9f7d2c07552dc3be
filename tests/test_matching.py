"""A search tree turned into lookups: what a document must hold to be found, field by field and date by date."""

from __future__ import annotations

from datetime import date

import pytest

from disclosure_search import query
from disclosure_search.analysis import Segmenter, canonical, grams
from disclosure_search.document import TEXT_FIELDS
from disclosure_search.engine.base import (
    FOREVER,
    YEAR,
    AllOf,
    AnyOf,
    Between,
    Boosted,
    Constant,
    Enough,
    Every,
    Except,
    Node,
    Prefix,
    Ranked,
    Run,
    Term,
    Widened,
)
from disclosure_search.matching import Matcher
from disclosure_search.ranking import Parts
from disclosure_search.vocabulary import Entry, Vocabularies, Vocabulary

AGENCIES = Vocabulary(
    (Entry("new", "商务局", predecessors=("old",)), Entry("old", "经济贸易局", aliases=("经贸局",)))
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(
        Segmenter(),
        Vocabularies({"agencies": AGENCIES, "genres": Vocabulary((Entry("tz", "通知"),))}),
        Parts(learned=False),
    )


def node_of(matcher: Matcher, text: str) -> Node:
    return matcher.node(query.parse(text).query)


def whole_of(matcher: Matcher, text: str) -> Node:
    """What a search finds, widened or not, without the exact titles."""
    node = matcher.whole(query.parse(text).query, text)
    assert isinstance(node, AnyOf)
    return node.parts[0]


def widened_of(node: Node) -> list[Widened]:
    match node:
        case Widened():
            return [node]
        case AllOf(parts) | AnyOf(parts):
            return [one for part in parts for one in widened_of(part)]
        case Ranked(required, _):
            return widened_of(required)
    return []


def anywhere(token: str) -> AnyOf:
    return AnyOf((Term("joined_pairs", token), Term("attachment_grams", token)))


def test_a_word_may_stand_in_any_text_field(matcher: Matcher) -> None:
    assert node_of(matcher, "补贴") == anywhere("补贴")


def test_a_word_in_a_field_must_stand_there(matcher: Matcher) -> None:
    assert node_of(matcher, "标题:补贴") == AnyOf((Term("title_grams", "补贴"),))


def test_every_word_of_a_run_is_required(matcher: Matcher) -> None:
    assert node_of(matcher, "补贴的名单") == AllOf((anywhere("补贴"), anywhere("名单")))


def test_a_longer_word_stands_as_one_run_where_its_pairs_stand(matcher: Matcher) -> None:
    runs = AnyOf(tuple(Run(f"{one.name}_grams", ("补贴", "名单"), (0, 2)) for one in TEXT_FIELDS))
    assert node_of(matcher, '"补贴 名单"') == AllOf(
        (anywhere("补贴"), anywhere("贴名"), anywhere("名单"), runs)
    )


def test_a_phrase_is_never_widened(matcher: Matcher) -> None:
    assert not widened_of(whole_of(matcher, '"补贴 名单"'))
    (one,) = widened_of(whole_of(matcher, '补贴名单 "补贴 名单"'))
    assert one.strict == node_of(matcher, "补贴名单")


def test_a_single_character_is_the_begin_of_a_pair(matcher: Matcher) -> None:
    assert node_of(matcher, "标题:补") == AnyOf((Prefix("title_grams", "补"),))


def test_what_a_search_has_in_common_with_the_joined_text_is_scored(matcher: Matcher) -> None:
    node = whole_of(matcher, "补贴")
    assert isinstance(node, Ranked)
    assert isinstance(node.scored, AnyOf)
    (boosted, *_) = node.scored.parts
    assert isinstance(boosted, Boosted)
    assert isinstance(boosted.part, Enough)
    weights = {(one.stream, one.token): one.weight for one in boosted.part.terms}
    assert weights == {
        ("joined_pairs", "补贴"): 2, ("joined_characters", "补"): 1, ("joined_characters", "贴"): 1,
        ("attachment_grams", "补贴"): 1.2,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["！", '"！"', "！ ？", "-！", "！ | ？", ""], ids=repr)
def test_what_holds_nothing_to_read_restricts_nothing(matcher: Matcher, text: str) -> None:
    assert node_of(matcher, text) in (Every(), AllOf((Every(), Every())), AnyOf((Every(), Every())))


@pytest.mark.parametrize("text", ["补贴 ！", "补贴 的", "如何 补贴", "补贴 | ！"])
def test_signs_and_stop_words_beside_a_word_are_no_condition(matcher: Matcher, text: str) -> None:
    plain, node = node_of(matcher, "补贴"), node_of(matcher, text)
    assert node in (plain, AnyOf((plain,)))


def test_exclusions_and_filters_bind_a_widened_search_and_do_not_decide_on_it(matcher: Matcher) -> None:
    node = whole_of(matcher, "补贴 名单 -失效 年份:2014")
    assert isinstance(node, Ranked)
    assert isinstance(node.required, AllOf)
    loose, excluded, filtered = node.required.parts
    assert isinstance(loose, Widened)
    assert loose.strict == node_of(matcher, "补贴 名单")
    assert isinstance(excluded, Except)
    assert filtered == AnyOf((Term("year", "2014"),))


@pytest.mark.parametrize("text", ["-补贴名单", "补贴 -名单", "补贴名单 年份:2014", "标题:补贴名单"])
def test_a_title_that_reads_like_the_search_gets_past_no_exclusion_or_filter(
    matcher: Matcher, text: str
) -> None:
    tree = query.parse(text).query
    node = matcher.whole(tree, text)
    assert isinstance(node, AnyOf)
    ranked = node.parts[0]
    bound = ranked.required if isinstance(ranked, Ranked) else ranked
    for extra in node.parts[1:]:
        assert isinstance(extra, Constant)
        if not (isinstance(extra.part, Term) and extra.part.token.startswith("=")):
            assert isinstance(extra.part, AllOf)
            assert bound in extra.part.parts


@pytest.mark.parametrize(
    ("text", "token"),
    [
        pytest.param("国办发〔2014〕12号", "国办发|2014|12", id="whole"),
        pytest.param("（2014）12号", "|2014|12", id="without prefix"),
        pytest.param("国办发 ［２０１４］ 第 012 号", "国办发|2014|12", id="with spaces"),
        pytest.param("国务院令 第711号", "国务院令||711", id="order"),
        pytest.param("-国办发〔2014〕12号", None, id="excluded"),
        pytest.param("年份:2015 国办发〔2014〕12号", None, id="beside a filter"),
        pytest.param("关于《补贴》的国办发〔2014〕12号", None, id="beside other text"),
        pytest.param("长江路2014", "长江路|2014|", id="a year"),
        pytest.param("12号", None, id="a serial alone"),
    ],
)
def test_a_search_that_is_a_document_number_finds_it_whatever_else_it_says(
    matcher: Matcher, text: str, token: str | None
) -> None:
    node = matcher.whole(query.parse(text).query, text)
    assert isinstance(node, AnyOf)
    looked_up = [
        extra.part.token
        for extra in node.parts
        if isinstance(extra, Constant) and isinstance(extra.part, Term) and extra.part.stream == "number"
    ]
    assert looked_up == ([token] if token else [])


@pytest.mark.parametrize(
    ("text", "term"),
    [
        pytest.param("年份:2015 国办发〔2014〕12号", ("number", "国办发|2014|12"), id="beside a filter"),
        pytest.param("国办发(2014)12号 名单", ("number", "国办发|2014|12"), id="beside a word"),
        pytest.param("关于国办发［2014］12号的通知", ("number", "国办发|2014|12"), id="inside a word"),
        pytest.param("000014349/2018-00222 预算", ("index_number", "000014349201800222"), id="index number"),
        pytest.param("-国办发〔2014〕12号", None, id="excluded"),
        pytest.param("2014年12月", None, id="a month"),
    ],
)
def test_a_document_number_in_a_longer_search_only_raises_what_is_found(
    matcher: Matcher, text: str, term: tuple[str, str] | None
) -> None:
    tree = query.parse(text).query
    node = matcher.whole(tree, text)
    assert isinstance(node, AnyOf)
    looked_up = [
        {(one.stream, one.token) for one in extra.part.parts[1].parts if isinstance(one, Term)}
        for extra in node.parts
        if isinstance(extra, Constant)
        and isinstance(extra.part, AllOf)
        and extra.part.parts[0] == (node.parts[0].required if isinstance(node.parts[0], Ranked) else None)
        and isinstance(extra.part.parts[1], AnyOf)
    ]
    found = {one for terms in looked_up for one in terms if term is None or one[0] == term[0]}
    assert term in found if term else not any(stream == "number" for stream, _ in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("文号:国办发[2014]12号", {("number", "国办发|2014|12")}, id="document number"),
        pytest.param("文号:〔2014〕12号", {("number", "|2014|12")}, id="document number without prefix"),
        pytest.param("索引号:LX-0215/2014", {("index_number", "lx02152014")}, id="index number"),
        pytest.param(
            "发布机构:商务局", {("agency", "商务局"), ("agency", "经济贸易局")}, id="with predecessors"
        ),
        pytest.param("发布机构:经贸局", {("agency", "经济贸易局")}, id="by alias"),
        pytest.param("发布机构:财政局", {("agency", "财政局")}, id="not in the list"),
        pytest.param("体裁:通知", {("genre", "tz")}, id="code of a label"),
        pytest.param("年份:2014", {("year", "2014")}, id="year"),
    ],
)
def test_a_filter_looks_up_codes(matcher: Matcher, text: str, expected: set[tuple[str, str]]) -> None:
    node = node_of(matcher, text)
    terms = node.parts if isinstance(node, AnyOf) else (node,)
    assert {(term.stream, term.token) for term in terms if isinstance(term, Term)} == expected


def test_a_document_number_of_nothing_readable_holds_no_document(matcher: Matcher) -> None:
    assert node_of(matcher, "文号:〔〕") == Except(Every())


def day(*parts: int) -> int:
    return date(*parts).toordinal()


@pytest.mark.parametrize(
    ("text", "node"),
    [
        pytest.param("年份:2012..2015", Between(YEAR, 2012, 2015), id="years"),
        pytest.param("年份:2012..", Between(YEAR, 2012, None), id="years from"),
        pytest.param("年份:..2015年", Between(YEAR, None, 2015), id="years up to"),
        pytest.param("发布日期:2014", Between("published", day(2014, 1, 1), day(2014, 12, 31)), id="a year"),
        pytest.param(
            "发布日期:2012年2月", Between("published", day(2012, 2, 1), day(2012, 2, 29)), id="a month"
        ),
        pytest.param(
            "成文日期:20141128", Between("issued", day(2014, 11, 28), day(2014, 11, 28)), id="a day"
        ),
        pytest.param(
            "成文日期:2014-1-5..2014/12", Between("issued", day(2014, 1, 5), day(2014, 12, 31)), id="days"
        ),
        pytest.param("到期日期:..2014.06.30", Between("expires", None, day(2014, 6, 30)), id="up to a day"),
        pytest.param(
            "到期日期:2014..",
            Between("expires", day(2014, 1, 1), FOREVER - 1),
            id="what never ends is in no range",
        ),
    ],
)
def test_a_range_holds_both_of_its_ends(matcher: Matcher, text: str, node: Node) -> None:
    assert node_of(matcher, text) == node


@pytest.mark.parametrize(
    "text", ["补贴名单", "二○一四年", "ＱＱ群", "臺灣", "补", "3.5", "2014-12-02", "A4", "公布的名单"]
)
def test_whatever_is_required_stands_in_the_grams_of_the_text_itself(matcher: Matcher, text: str) -> None:
    tokens = {*grams(text), *canonical(text)}

    def holds(node: Node) -> bool:
        match node:
            case AllOf(parts):
                return all(map(holds, parts))
            case AnyOf(parts):
                return any(map(holds, parts))
            case Term(_, token):
                return token in tokens
            case Run(_, pairs, _):
                return tokens.issuperset(pairs)
            case Prefix(_, start):
                return start in canonical(text)
        return False

    assert holds(node_of(matcher, text))
