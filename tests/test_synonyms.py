"""What people say leads to what documents say: reading the list, where its rules apply, what a search makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure_search import analysis, query
from disclosure_search.analysis import Segmenter
from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import Constant, Engine, Request, Sort
from disclosure_search.errors import CollectionError
from disclosure_search.matching import Matcher
from disclosure_search.search import Search
from disclosure_search.states import SearchState
from disclosure_search.synonyms import MOST_EXPANSIONS, Expansion, Need, Synonyms, note, read_rules
from disclosure_search.vocabulary import CHECKOUT, Vocabularies, load_vocabularies
from disclosure_search.wiring import Archive, LivingArchive, recipe

LINES = (
    "# 例",
    "低保 = 最低生活保障  # 两边",
    "老板 -> 用人单位、雇主",
    "低保户 → 最低生活保障家庭 ×0.5",
    "炒鱿鱼 开除 ＝ 解除劳动合同 * 2",
    "欠钱不还 → 不履行债务",
    "甲 → 乙",
    "乙 → 甲",
)
DOCUMENTS = [
    Document("official", "最低生活保障申请办法", "一.txt", "申请最低生活保障的家庭，应当提交材料。"),
    Document("own", "低保申请指南", "二.txt", "低保申请在镇里办。"),
    Document("both", "解释", "三.txt", "低保就是最低生活保障，申请见另文。"),
    Document("employer", "劳动合同", "四.txt", "用人单位解除劳动合同的，应当说明理由。雇主也一样。"),
    Document("other", "减低保费的通知", "五.txt", "保费减低，申请从简。"),
]


@pytest.fixture(scope="module")
def synonyms(segmenter: Segmenter) -> Synonyms:
    return Synonyms(segmenter, LINES)


@pytest.fixture(scope="module")
def shipped(vocabularies: Vocabularies) -> tuple[str, ...]:
    return vocabularies.synonyms


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, fill: Callable[..., None]) -> Iterator[Engine]:
    engine = open_engine(tmp_path_factory.mktemp("synonyms") / "index", "recipe")
    fill(engine, DOCUMENTS)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def search(engine: Engine, segmenter: Segmenter) -> Search:
    return Search(engine, Vocabularies(synonyms=LINES), segmenter)


def phrases(synonyms: Synonyms, text: str) -> list[str]:
    return [one.phrase for one in synonyms.expansions(query.parse(text).query)]


# --- the file


def test_a_rule_tells_its_phrase_its_weight_and_its_line(synonyms: Synonyms) -> None:
    assert synonyms.expand("低保户") == (Expansion("低保户", "最低生活保障家庭", 0.5, 4),)
    assert synonyms.expand("老板") == (
        Expansion("老板", "用人单位", 1.0, 3),
        Expansion("老板", "雇主", 1.0, 3),
    )
    assert read_rules(LINES).warnings == ()


def test_an_arrow_leads_one_way_and_a_sign_of_equality_both_ways(synonyms: Synonyms) -> None:
    assert phrases(synonyms, "最低生活保障") == ["低保"]
    assert phrases(synonyms, "雇主") == []
    assert phrases(synonyms, "开除") == ["解除劳动合同"]
    assert phrases(synonyms, "解除劳动合同") == ["炒鱿鱼", "开除"]
    assert synonyms.expand("炒鱿鱼")[0].weight == 2.0


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("低保", "neither → nor ="),
        ("低保 → 救助 → 救济", "more than one"),
        ("低保 =", "one side is empty"),
        ("→ 救助", "one side is empty"),
        ("低保 → ，", "one side is empty"),
        ("低保 → ——", "is no word"),
        ("低保 → " + "长" * 41, "is no word"),
        ("低保 → 救助 低保", "低保 stands on both sides"),
        ("三公經費 = 三公经费", "三公经费 stands on both sides"),
        ("低保 → 救助 ×", "is no weight"),
        ("低保 → 救助 ×0", "is no weight"),
        ("低保 → 救助 x 9", "is no weight"),
        ("低保 → 救助 *0.5.1", "is no weight"),
        ("怎么 → 办理程序", "stands in every other search"),
        ("办理程序 = 怎么", "stands in every other search"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_left_out(line: str, what: str) -> None:
    rules = read_rules(["# 一", line, "老板 → 雇主"])
    assert len(rules.warnings) == 1
    assert rules.warnings[0].startswith("data/vocabulary/synonyms.txt:2: ")
    assert what in rules.warnings[0]
    assert rules.warnings[0].count(": ") >= 2  # what is wrong, and what to do
    assert list(rules.by_word) == ["老板"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("低保 → 最低生活保障", "stands there already in line 1"),
        ("最低生活保障 → 低保 ×0.5", "has another weight in line 1"),
        ("低保 救助 → 最低生活保障", "stands there already in line 1"),
    ],
)
def test_what_is_said_twice_or_otherwise_is_named_and_the_first_counts(line: str, what: str) -> None:
    rules = read_rules(["低保 = 最低生活保障", line])
    assert what in rules.warnings[0]
    assert rules.warnings[0].startswith("data/vocabulary/synonyms.txt:2: ")
    assert [(one.weight, one.line) for one in rules.by_word["低保"]] == [(1.0, 1)]


def test_warnings_are_logged_once_the_list_is_used(
    segmenter: Segmenter, caplog: pytest.LogCaptureFixture
) -> None:
    Synonyms(segmenter, ["低保"])
    assert "synonyms.txt:1" in caplog.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_the_file_may_come_out_of_any_editor(
    tmp_path: Path, encoding: str, end: str, segmenter: Segmenter
) -> None:
    (tmp_path / "vocabulary").mkdir()
    text = end.join(["# 说明", "", "低保 = 最低生活保障", "　老板　→　雇主　"])
    (tmp_path / "vocabulary" / "synonyms.txt").write_bytes(text.encode(encoding))
    rules = Synonyms(segmenter, load_vocabularies(tmp_path).synonyms).rules
    assert rules.warnings == ()
    assert {word: [one.line for one in held] for word, held in rules.by_word.items()} == {
        "低保": [3], "最低生活保障": [3], "老板": [4],
    }  # fmt: skip


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "synonyms.txt").write_bytes(b"\xff\xff\xff\x00")
    with pytest.raises(CollectionError, match=r"synonyms\.txt"):
        load_vocabularies(tmp_path)


def test_a_collection_without_a_file_has_the_one_of_the_program_and_an_empty_one_has_none(
    tmp_path: Path,
) -> None:
    text = (CHECKOUT / "synonyms.txt").read_text("utf-8")
    assert load_vocabularies(tmp_path).synonyms == tuple(text.split("\n"))
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "synonyms.txt").touch()
    assert not any(load_vocabularies(tmp_path).synonyms)


def test_the_list_does_not_decide_how_an_index_is_made() -> None:
    assert recipe(Vocabularies(synonyms=LINES)) == recipe(Vocabularies())


@given(st.lists(st.text(alphabet="低保救助 →=>-×*x0.5#，、　\ufeff\r", max_size=14), max_size=5))
def test_any_lines_can_be_read(lines: list[str]) -> None:
    rules = read_rules(lines)
    assert all(word != analysis.canonical(one.phrase) for word, held in rules.by_word.items() for one in held)


# --- the list that comes with the program


def test_the_shipped_list_has_hundreds_of_rules_and_none_is_wrong(shipped: tuple[str, ...]) -> None:
    rules = read_rules(shipped)
    assert rules.warnings == ()
    assert len({one.line for held in rules.by_word.values() for one in held}) >= 600
    assert all(word != analysis.canonical(one.phrase) for word, held in rules.by_word.items() for one in held)


def test_every_word_of_the_shipped_list_is_found_when_it_is_searched(
    shipped: tuple[str, ...], segmenter: Segmenter
) -> None:
    synonyms = Synonyms(segmenter, shipped)
    for word, held in synonyms.rules.by_word.items():
        found = synonyms.expand(word)
        assert {(one.phrase, one.rule) for one in found} == {(one.phrase, one.line) for one in held}, word


def test_no_word_of_the_shipped_list_leads_to_half_of_the_words_there_are(shipped: tuple[str, ...]) -> None:
    rules = read_rules(shipped)
    assert max(map(len, rules.by_word.values())) <= MOST_EXPANSIONS // 3


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("老板拖欠工资怎么办", "拖欠劳动报酬"), ("孩子上户口要什么材料", "户口登记"), ("停车费太贵", "停放服务收费"),
        ("开店要办什么手续", "市场主体登记"), ("拆迁补偿标准", "房屋征收补偿"), ("三公经费", "公务接待费"),
        ("发改委", "发展和改革委员会"), ("优企惠企", "优惠企业"), ("放管服", "简政放权"), ("计程车", "出租汽车"),
        ("婚姻法", "民法典婚姻家庭编"), ("低保怎么申请", "最低生活保障"), ("噪音扰民投诉", "噪声污染"),
    ],
)  # fmt: skip
def test_what_people_say_leads_to_what_documents_say(
    shipped: tuple[str, ...], segmenter: Segmenter, text: str, phrase: str
) -> None:
    assert phrase in phrases(Synonyms(segmenter, shipped), text)


# --- where a rule applies


def test_the_longest_word_counts(synonyms: Synonyms) -> None:
    assert phrases(synonyms, "低保户申请") == ["最低生活保障家庭"]


@pytest.mark.parametrize("text", ["减低保费", "低，保", "低 保", '"低保"', "-低保", "类别:低保"])
def test_a_rule_does_not_apply_inside_another_word_nor_to_what_is_quoted_or_excluded(
    synonyms: Synonyms, text: str
) -> None:
    assert phrases(synonyms, text) == []


@pytest.mark.parametrize("text", ["低保怎么申请", "标题:低保", "(低保 | 甲骨文) 申请", "ＤＩ 低保", "低保。"])
def test_a_rule_applies_to_a_word_in_a_sentence_a_field_and_a_group(synonyms: Synonyms, text: str) -> None:
    assert "最低生活保障" in phrases(synonyms, text)


def test_a_word_of_several_pieces_needs_all_of_them_or_the_phrase(synonyms: Synonyms) -> None:
    need = synonyms.needs("欠钱不还")[0]
    assert need.phrases == ("不履行债务",)
    assert "".join(need.words) in "欠钱不还"
    assert synonyms.needs("低保申请") == (Need(("低保",), ("最低生活保障",)), Need(("申请",)))


def test_rules_are_no_chain_and_a_circle_ends(synonyms: Synonyms) -> None:
    assert phrases(synonyms, "甲") == ["乙"]
    assert phrases(synonyms, "甲 乙") == ["乙", "甲"]


def test_a_text_full_of_synonyms_stays_bounded(shipped: tuple[str, ...], segmenter: Segmenter) -> None:
    synonyms = Synonyms(segmenter, shipped)
    text = "，".join(list(synonyms.rules.by_word)[:200])
    assert len(synonyms.expand(text)) == MOST_EXPANSIONS
    assert synonyms.needs(text)


def test_without_lines_nothing_is_expanded(segmenter: Segmenter) -> None:
    none = Synonyms(segmenter)
    assert none.expand("低保申请") == ()
    assert none.needs("低保申请") == (Need(("低保",)), Need(("申请",)))


# --- what a search makes of it


def ids(search: Search, text: str) -> list[str]:
    return [hit.document.doc_id for hit in search.run(SearchState(text)).hits]


def strict(matcher: Matcher, engine: Engine, text: str) -> set[str]:
    node = Constant(matcher.node(query.parse(text).query))
    return {hit.doc_id for hit in engine.search(Request(node, sort=Sort.NEWEST, limit=50)).hits}


def test_the_official_phrase_satisfies_the_word(search: Search, engine: Engine, segmenter: Segmenter) -> None:
    matcher = Matcher(segmenter, Vocabularies(synonyms=LINES))
    assert strict(matcher, engine, "低保 申请") == {"official", "own", "both", "other"}
    assert strict(matcher, engine, '"低保" 申请') == {"own", "both", "other"}
    assert strict(matcher, engine, "申请 -低保") == {"official"}
    assert strict(matcher, engine, "标题:低保") == {"official", "own", "other"}
    assert strict(matcher, engine, "老板 开除") == {"employer"}


def test_ones_own_wording_ranks_higher(search: Search) -> None:
    assert ids(search, "低保 申请").index("own") < ids(search, "低保 申请").index("official")


def test_facets_and_the_total_speak_of_the_same_set(search: Search) -> None:
    page = search.run(SearchState("老板"))
    assert page.total == len(page.hits)
    assert "employer" in {hit.document.doc_id for hit in page.hits}


def test_the_page_says_what_was_expanded_and_marks_it(search: Search) -> None:
    page = search.run(SearchState("老板"))
    assert "“老板”也按“用人单位”“雇主”检索；加上引号就只按原词检索" in page.notes
    marked = {text for hit in page.hits for one in hit.fragments for text, is_match in one.pieces if is_match}
    assert {"用人单位", "雇主"} <= marked
    assert not any("也按" in text for text in search.run(SearchState('"老板"')).notes)


def test_a_long_note_is_cut(synonyms: Synonyms) -> None:
    many = [Expansion(f"词{at}", "短语", 1.0, at) for at in range(9)]
    assert note(many)[0].count("也按") == 4
    assert "等；" in note(many)[0]
    assert note(()) == ()


WORDS = st.sampled_from(
    [
        "低保",
        "低保户",
        "老板",
        "开除",
        "申请",
        "最低生活保障",
        "保费",
        "欠钱不还",
        "甲",
        "的",
        "狗",
        "咬",
        "-",
        "|",
        '"',
        " ",
        "，",
        "标题:",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=7).map("".join))
def test_synonyms_never_take_a_hit_away(engine: Engine, segmenter: Segmenter, text: str) -> None:
    plain = Matcher(segmenter, Vocabularies())
    with_synonyms = Matcher(segmenter, Vocabularies(synonyms=(*LINES, "狗 → 犬只")))
    assert strict(plain, engine, text) <= strict(with_synonyms, engine, text)


def test_a_changed_list_counts_at_once_and_the_index_stays(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive(
        {
            "公示栏/一.txt": "关于一件事的通知\n最低生活保障的办理程序如下。\n",
            "vocabulary/synonyms.txt": "老板 → 雇主\n",
        }
    )
    living = LivingArchive(archive)
    assert not living.current().search.expansions("低保")
    generation = archive.engine.condition().generation
    path = archive.settings.data_dir / "vocabulary" / "synonyms.txt"
    path.write_text("低保 = 最低生活保障\n", "utf-8")
    page = living.current().search.run(SearchState("低保"))
    assert page.total == 1
    assert any("也按“最低生活保障”" in text for text in page.notes)
    assert archive.engine.condition().generation == generation
