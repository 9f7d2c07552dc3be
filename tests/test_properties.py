"""What holds of every search, whatever is typed: on a real index, in one segment and in nine."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from disclosure_search import query
from disclosure_search.analysis import Segmenter
from disclosure_search.document import Attachment, Document
from disclosure_search.engine import open_engine, tiers
from disclosure_search.engine.base import Engine, Request, Sort
from disclosure_search.errors import QueryError
from disclosure_search.search import Search
from disclosure_search.states import FACET_NAMES, LARGEST_PAGE, LONGEST_TEXT, SearchState
from disclosure_search.vocabulary import Vocabularies

TODAY = date(2026, 1, 1)
SEGMENTS = (1, 12, 1, 12, 1, 12, 12, 1, 12)
WORDS = [
    "补贴",
    "名单",
    "公示",
    "预算",
    "决算",
    "专卖店",
    "散装水泥",
    "通知",
    "2014年",
    "办法",
    "GB18030",
    "三公经费",
]
NUMBERS = (
    "国办发〔2014〕12号",
    "临经贸〔2014〕12号",
    "国务院令第711号",
    "财政部公告2014年第5号",
    "国办发〔2015〕12号",
)
INDEXED = (
    "000014349/2018-00222",
    "114403006955506492/2021-00426",
    "SY12345678902014000012",
    "LX00123-0215-2014-00031",
)


def documents() -> list[Document]:
    """Few words, so that many documents hold the same ones."""
    chance = random.Random(6)

    def text(most: int) -> str:
        return "".join(chance.choice([*WORDS, "，", "。\n", "的"]) for _ in range(chance.randint(1, most)))

    return [
        Document(
            f"d{at}",
            text(4),
            f"{at}.txt",
            text(40),
            number=NUMBERS[at] if at < len(NUMBERS) else "",
            index_number=INDEXED[at % 13] if at % 13 < len(INDEXED) and at < 13 else "",
            category=tuple(sorted(chance.sample(["a", "b", "c"], chance.randint(0, 2)))),
            channel=(chance.choice(["网站", "公示栏"]),),
            published=date(2012 + at % 4, 1 + at % 12, 3) if at % 5 else None,
            attachments=(Attachment("附表.txt", text=text(9)),) if at % 3 == 0 else (),
        )
        for at in range(sum(SEGMENTS))
    ]


def searching(engine: Engine, segmenter: Segmenter) -> Search:
    return Search(engine, Vocabularies(), segmenter, lambda: TODAY)


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, fill: Callable[..., None], segmenter: Segmenter
) -> Iterator[tuple[Search, Search]]:
    """The same documents in one segment and in nine."""
    home, every = tmp_path_factory.mktemp("properties"), documents()
    one, nine = open_engine(home / "one", "r"), open_engine(home / "nine", "r")
    fill(one, every)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiers, "FACTOR", 99)  # else eight of them become one
        for at, size in enumerate(SEGMENTS):
            first = sum(SEGMENTS[:at])
            fill(nine, every[first : first + size], fresh=not at)
    assert (one.condition().segments, nine.condition().segments) == (1, len(SEGMENTS))
    yield searching(one, segmenter), searching(nine, segmenter)
    one.close()
    nine.close()


PIECES = [
    *WORDS, *NUMBERS, *INDEXED, *'()（）|｜"“”「」《》-－:： \n\t.~至', " ", " ", " OR ", " AND ", "NOT ", "标题:",
    "附件:", "正文:", "文号:", "索引号:", "年份:", "年份:2013..2014", "发布日期:>=2014", "类别:", "渠道:", "没有的词",
    "補貼", "Ａ", "\0", "\ud800", "𠮷", "\u202e", "\u3000", "butie", "的", "第", "号", "12",
]  # fmt: skip
ANY = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(), max_size=30),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
)
FILTERS = st.sampled_from([("year", "2013"), ("year", "2014"), ("category", "a"), ("channel", "网站")])
WHATEVER = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def state_of(text: str) -> SearchState:
    return SearchState.from_params([("q", text), ("size", str(LARGEST_PAGE))])


@given(ANY)
@example("")
@example("\ud800" * 1000)
@example("\0" * 1000)
@example("(" * 1000)
@example("「-" * 500)
@example("|" * 1000)
@example("- " * 500)
@example("NOT " * 250)
@example("标题:" * 333)
@example("补贴名单" * 250)
@WHATEVER
def test_any_string_is_a_search(both: tuple[Search, Search], text: str) -> None:
    page = both[0].run(state_of(text))
    assert page.total >= len(page.hits)
    assert page.total == len(page.hits) or page.total > LARGEST_PAGE


def test_only_what_is_too_long_is_refused() -> None:
    state_of("补" * LONGEST_TEXT)
    with pytest.raises(QueryError):
        state_of("补" * (LONGEST_TEXT + 1))


@given(ANY)
@WHATEVER
def test_a_printed_search_reads_as_the_same_search(text: str) -> None:
    tree = query.parse(text).query
    assert query.parse(str(tree)).query == tree


@given(ANY, FILTERS)
@WHATEVER
def test_a_filter_adds_no_hit(both: tuple[Search, Search], text: str, chosen: tuple[str, str]) -> None:
    state = state_of(text)
    everything, filtered = both[0].ranked(state), both[0].ranked(state.with_filter(*chosen))
    assert set(filtered) <= set(everything)


@given(ANY, FILTERS)
@WHATEVER
def test_a_condition_adds_no_hit(both: tuple[Search, Search], text: str, chosen: tuple[str, str]) -> None:
    """Also where it is typed: with a widened search, both are widened or the narrower one is."""
    tree = query.parse(text).query
    search = both[0]
    matcher = search._matcher
    node = (
        matcher.node(query.And((tree, query.Filter(*chosen)))) if tree != query.All() else matcher.node(tree)
    )
    held = {hit.doc_id for hit in search._engine.search(Request(matcher.node(tree), limit=LARGEST_PAGE)).hits}
    found = {hit.doc_id for hit in search._engine.search(Request(node, limit=LARGEST_PAGE)).hits}
    assert found <= held


@given(ANY)
@WHATEVER
def test_widening_removes_no_hit(both: tuple[Search, Search], text: str) -> None:
    state = state_of(text)
    search, tree = both[0], query.parse(state.text).query
    strict = Request(search._matcher.node(tree), limit=LARGEST_PAGE, today=TODAY.toordinal())
    if query.All() != tree and search.run(state).total:
        held = {hit.doc_id for hit in search._engine.search(strict).hits}
        assert held <= set(search.ranked(state))


@given(ANY, st.lists(FILTERS, max_size=1))
@settings(parent=WHATEVER, max_examples=40)
def test_a_facet_counts_what_a_click_finds(
    both: tuple[Search, Search], text: str, chosen: list[tuple[str, str]]
) -> None:
    state = state_of(text)
    for one in chosen:
        state = state.with_filter(*one)
    page = both[1].run(state)
    for facet in page.facets:
        if facet.name in state.filters:
            continue
        for value in facet.values:
            assert len(both[1].ranked(state.with_filter(facet.name, value.value))) == value.count


@given(ANY, st.sampled_from(list(Sort)))
@WHATEVER
def test_the_same_search_gives_the_same_order_in_one_segment_and_in_nine(
    both: tuple[Search, Search], text: str, sort: Sort
) -> None:
    state = state_of(text).with_sort(sort)
    one, nine = both
    found = one.ranked(state)
    assert one.ranked(state) == found
    assert nine.ranked(state) == found


BRACKETS = ("〔〕", "[]", "［］", "()", "（）", "【】", "﹝﹞", "〈〉")


def writings(number: str) -> Iterator[str]:
    """A 文号 with brackets as people write it."""
    code, _, rest = number.partition("〔")
    year, _, serial = rest.partition("〕")
    digits = serial.removesuffix("号")
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    for opening, closing in BRACKETS:
        for written in (f"{digits}号", f"第{digits}号", f"0{digits}号", f" {digits} 号", digits):
            yield f"{code}{opening}{year}{closing}{written}"
        yield f"{code} {opening} {year} {closing} 第 {digits} 号"
        yield f"{code}{opening}{year}{closing}{digits}号".translate(wide)


@pytest.mark.parametrize("at", [0, 1, 4])
def test_a_document_number_in_every_writing_finds_its_document_first(
    both: tuple[Search, Search], at: int
) -> None:
    search = both[0]
    for written in writings(NUMBERS[at]):
        for text in (
            written,
            f"文号:{written}",
            f"发文字号： {written}",
            f"公开 {written}",
            f"{written} 公开",
        ):
            assert search.ranked(state_of(text))[:1] == (f"d{at}",), text


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param("国务院令第711号", 2, id="order"),
        pytest.param("国务院令 711号", 2, id="order with a space"),
        pytest.param("国令第711号", 2, id="short order"),
        pytest.param("文号:711号", 2, id="serial"),
        pytest.param("文号:国务院令", 2, id="code"),
        pytest.param("财政部公告2014年第5号", 3, id="notice"),
        pytest.param("财政部2014年第5号公告", 3, id="notice behind"),
        pytest.param("2014年第5号公告", 3, id="notice without agency"),
        pytest.param("文号:2014年第5号", 3, id="year and serial"),
        pytest.param("(2015)12号", 4, id="without code"),
        pytest.param("文号:国办发12号 年份:2012", 4, id="without year"),
        pytest.param("000014349/2018-00222", 0, id="index number"),
        pytest.param("索引号:000014349/2018-00222", 0, id="index number in its field"),
        pytest.param("000014349 / 2018-00222", 0, id="index number with spaces"),
        pytest.param("114403006955506492/2021-00426", 1, id="index number of 18"),
        pytest.param("sy12345678902014000012", 2, id="index number of Shanghai"),
        pytest.param("LX00123-0215-2014-00031", 3, id="index number of Fujian"),
    ],
)
def test_an_identifier_finds_its_document_first(both: tuple[Search, Search], text: str, at: int) -> None:
    assert both[0].ranked(state_of(text))[:1] == (f"d{at}",)


def test_the_facets_that_are_counted_are_those_of_the_table(both: tuple[Search, Search]) -> None:
    assert [facet.name for facet in both[0].run(state_of("")).facets] == list(FACET_NAMES)
