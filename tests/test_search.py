"""From a search state to a page: addresses lead back to the same search, counts are exact, errors are named."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from disclosure_search.analysis import Segmenter, canonical, verbatim
from disclosure_search.document import Attachment, Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import Engine, Sort, State
from disclosure_search.errors import DocumentNotFoundError, QueryError
from disclosure_search.search import Search
from disclosure_search.states import DEEPEST_HIT, LARGEST_PAGE, LONGEST_TEXT, PARAMETERS, SearchState
from disclosure_search.vocabulary import Entry as Word
from disclosure_search.vocabulary import Vocabularies, Vocabulary
from disclosure_search.wiring import Archive

TODAY = date(2016, 6, 1)
LISTS = Vocabularies(
    {
        "categories": Vocabulary(
            (Word("20-07", "补贴名单", "Subsidies", ("奖补名单",)), Word("20-04", "部门预算"))
        ),
        "channels": Vocabulary((Word("site", "政府网站", aliases=("网站",)), Word("board", "公示栏"))),
    }
)
DOCUMENTS = [
    Document(
        "d1", "企业新设专卖店补贴名单", "一.txt", "第一批补贴名单如下。\n" + "甲" * 300 + "\n补贴共三万元。",
        index_number="LX/0215-2014", number="临经贸〔2014〕39号", category=("20-07",), channel=("site", "board"),
        published=date(2014, 12, 2), attachments=(Attachment("明细表", "明细表.txt", text="丙字机械补贴"),),
    ),
    Document(
        "d2", "2013年部门预算", "二.txt", "收入七百万元，其中补贴一百万元。",
        category=("20-04",), channel=("site",), published=date(2013, 3, 1),
    ),
    Document("d3", "工作动态", "三.txt", "近日开展检查。", category=("自定",), published=date(2014, 5, 1)),
    Document("old", "到期公示补贴", "四.txt", "补贴公示", expires=date(2015, 1, 1), published=date(2014, 6, 1)),
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, fill: Callable[..., None]) -> Iterator[Engine]:
    engine = open_engine(tmp_path_factory.mktemp("search") / "index", "recipe")
    fill(engine, DOCUMENTS)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def search(engine: Engine) -> Search:
    return Search(engine, LISTS, Segmenter(), lambda: TODAY)


def ids(search: Search, text: str, **filters: tuple[str, ...]) -> list[str]:
    return [hit.document.doc_id for hit in search.run(SearchState(text, filters)).hits]


# --- states and addresses


NAMES = st.sampled_from(PARAMETERS)
VALUES = st.one_of(
    st.text(max_size=20),
    st.integers(-3, 2_000_000).map(str),
    st.sampled_from(
        [
            "",
            " a ",
            "\ud800 a",
            "newest",
            "relevance",
            "2014",
            "1",
            "二〇一四年十一月",
            "2014-13",
            "０１",
            "1" * 30,
            "0" * 8 + "1999",
            "²",
        ]
    ),
)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8))
@example([("q", "\ud800 a")])
@example([("size", "000000001999")])
@settings(max_examples=800, deadline=None)
def test_a_state_written_as_parameters_reads_as_the_same_state(params: list[tuple[str, str]]) -> None:
    try:
        state = SearchState.from_params(params)
    except QueryError:
        return
    assert SearchState.from_params(state.to_params()) == state
    assert state.text == state.text.strip()
    assert 1 <= state.size <= LARGEST_PAGE
    assert state.page >= 1
    assert (state.page - 1) * state.size <= DEEPEST_HIT


def test_the_parameters_hold_what_differs_from_the_default_in_a_fixed_order() -> None:
    assert SearchState().to_params() == ()
    state = SearchState("补贴", {"channel": ("site",), "year": ("2014", "2013")}, Sort.NEWEST, 3, 20)
    assert state.to_params() == (
        ("q", "补贴"), ("year", "2014"), ("year", "2013"), ("channel", "site"),
        ("sort", "newest"), ("page", "3"), ("size", "20"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2014", "2014"), ("2014年", "2014"), ("２０１４年１１月", "2014-11"), ("2014/11/28", "2014-11-28"),
        ("2014.1.2", "2014-01-02"), ("20141128", "2014-11-28"), ("201411", "2014-11"), ("14年", "2014"),
        ("99年3月", "1999-03"), ("二〇一四年十一月二十八日", "2014-11-28"), (" 2014 年 12 月 2 号 ", "2014-12-02"),
        ("二○一四年十月", "2014-10"), ("2014-12-02T09:46", "2014-12-02"), ("2014年12月2日 09:46", "2014-12-02"),
    ],
)  # fmt: skip
def test_a_day_may_be_typed_in_any_way_people_write_days(written: str, meant: str) -> None:
    state = SearchState.from_params([("from", written)])
    assert state.to_params() == (("from", meant),)


@pytest.mark.parametrize("text", ["很久以前", "2014-13", "2014-02-30", "14", "0000", "2014年年年x"])
def test_what_names_no_day_is_said_and_changes_nothing(search: Search, text: str) -> None:
    page = search.run(SearchState.from_params([("to", text)]))
    assert page.total == search.run(SearchState()).total
    assert any(f"“{text}”" in note for note in page.notes)


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2014", "", {"d1", "d3"}), ("", "2013", {"d2"}), ("2013", "2013", {"d2"}), ("2014-06", "2014", {"d1"}),
        ("2014-12-02", "2014-12-02", {"d1"}), ("2014-12-03", "", set()), ("2014", "2013", {"d1", "d2", "d3"}),
    ],
)  # fmt: skip
def test_days_limit_a_search_and_its_counts_with_both_ends(
    search: Search, since: str, until: str, found: set[str]
) -> None:
    page = search.run(SearchState().with_days(since, until))
    assert {hit.document.doc_id for hit in page.hits} == found
    years = next(facet for facet in page.facets if facet.name == "year")
    assert sum(one.count for one in years.values) == len(found)
    both = search.run(SearchState("补贴").with_days(since, until))
    assert {hit.document.doc_id for hit in both.hits} == found - {"d3"}


def test_a_document_of_a_year_without_a_day_lies_in_a_span_that_holds_the_year(
    tmp_path: Path, fill: Callable[..., None]
) -> None:
    engine = open_engine(tmp_path / "index", "recipe")
    fill(
        engine,
        [Document("y", "只知年份", "一.txt", "正文", filed_year=2014), Document("n", "无", "二.txt", "正文")],
    )
    search = Search(engine, LISTS, Segmenter(), lambda: TODAY)
    spans = {
        ("2014", "2014"): ["y"],
        ("", "2015"): ["y"],
        ("2014-02", ""): [],
        ("", "2014-11"): [],
        ("2014", ""): ["y"],
    }
    for (since, until), held in spans.items():
        hits = search.run(SearchState().with_days(since, until)).hits
        assert [hit.document.doc_id for hit in hits] == held, (since, until)
    engine.close()


@pytest.mark.parametrize(
    "params",
    [
        pytest.param([("page", "-1")], id="negative page"),
        pytest.param([("page", "0")], id="page zero"),
        pytest.param([("page", "1.5")], id="half a page"),
        pytest.param([("page", "１")], id="full-width page"),
        pytest.param([("page", "9" * 5000)], id="endless page"),
        pytest.param([("page", "")], id="no page"),
        pytest.param([("page", "500000"), ("size", "100")], id="too deep"),
        pytest.param([("size", "101")], id="too many"),
        pytest.param([("size", "0" * 9 + "101")], id="too many, with zeros before"),
        pytest.param([("sort", "best")], id="unknown order"),
        pytest.param([("colour", "red")], id="unknown name"),
        pytest.param([("q", "补" * (LONGEST_TEXT + 1))], id="too long"),
    ],
)
def test_a_bad_parameter_is_a_query_error_that_says_what_is_allowed(params: list[tuple[str, str]]) -> None:
    with pytest.raises(QueryError) as caught:
        SearchState.from_params(params)
    assert caught.value.remedy
    assert len(str(caught.value)) < 300


def test_a_change_of_the_search_leads_to_its_first_page() -> None:
    state = SearchState("补贴", {"year": ("2014",)}, page=4)
    for changed in (
        state.with_text("名单"),
        state.with_filter("year", "2013"),
        state.without_filter("year", "2014"),
        state.without_filters(),
        state.with_sort(Sort.TITLE),
    ):
        assert changed.page == 1
    assert state.with_filter("year", "2014").filters == {"year": ("2014",)}
    assert state.without_filter("year", "2014").filters == {}
    assert state.without_filter("channel", "nothing").filters == state.filters


# --- pages


def test_a_page_holds_total_hits_and_facets_of_the_same_set(search: Search) -> None:
    page = search.run(SearchState("补贴"))
    assert (page.total, page.pages, page.documents) == (2, 1, 3)  # one has expired
    assert [hit.document.doc_id for hit in page.hits] == ["d1", "d2"]
    facets = {
        facet.name: [(one.value, one.label, one.count) for one in facet.values] for facet in page.facets
    }
    assert facets == {
        "year": [("2014", "2014", 1), ("2013", "2013", 1)],
        "category": [("20-07", "补贴名单", 1), ("20-04", "部门预算", 1)],
        "channel": [("site", "政府网站", 2), ("board", "公示栏", 1)],
        **{name: [] for name in ("agency", "genre", "openness", "validity")},
    }
    assert page.condition.state is State.READY
    assert page.took_ms >= 0


def test_hits_come_marked_and_without_their_texts(search: Search) -> None:
    (hit, *_) = search.run(SearchState("补贴名单")).hits
    assert hit.document.body == ""
    assert [one.text for one in hit.document.attachments] == [""]
    assert ("补贴名单", True) in hit.title.pieces
    assert hit.title.plain() == hit.document.title
    assert any(is_match for fragment in hit.fragments for _, is_match in fragment.pieces)
    assert hit.score > 0


def test_a_hit_in_an_attachment_says_so(search: Search) -> None:
    (hit,) = search.run(SearchState("丙字机械")).hits
    assert [fragment.place for fragment in hit.fragments] == ["明细表"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("category", "20-07", id="code"),
        pytest.param("category", "补贴名单", id="label"),
        pytest.param("category", "奖补名单", id="alias"),
    ],
)
def test_a_filter_may_be_given_by_code_label_or_alias(search: Search, name: str, value: str) -> None:
    page = search.run(SearchState("", {name: (value,)}))
    assert [hit.document.doc_id for hit in page.hits] == ["d1"]
    assert page.state.filters == {name: ("20-07",)}


def test_a_value_that_only_documents_have_is_a_filter_too(search: Search) -> None:
    assert ids(search, "", category=("自定",)) == ["d3"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("category", "没有的类别"),
        ("channel", "x" * 5000),
        ("year", "今年"),
        ("year", "20144"),
        ("year", "２０１４"),
    ],
)
def test_a_value_that_nothing_bears_is_a_query_error_that_names_it(
    search: Search, name: str, value: str
) -> None:
    with pytest.raises(QueryError) as caught:
        search.run(SearchState("", {name: (value,)}))
    assert value[:40] in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_chosen_value_is_shown_where_it_counts_nothing(search: Search) -> None:
    page = search.run(SearchState("预算", {"year": ("2014",)}))
    assert page.total == 0
    years = {one.value: (one.count, one.selected) for one in page.facets[0].values}
    assert years == {"2014": (0, True), "2013": (1, False)}


def test_the_count_of_a_value_is_what_choosing_it_gives(search: Search) -> None:
    state = SearchState("", {"channel": ("site",)})
    for facet in search.run(state).facets:
        for one in facet.values:
            chosen = replace(state, filters={**state.filters, facet.name: (one.value,)})
            assert search.run(chosen).total == one.count, (facet.name, one.value)


def test_pages_follow_each_other_without_gap_or_repetition(search: Search) -> None:
    for sort in Sort:
        pages = [search.run(SearchState("", sort=sort, page=page, size=1)) for page in (1, 2, 3, 4)]
        shown = [hit.document.doc_id for page in pages for hit in page.hits]
        assert sorted(shown) == ["d1", "d2", "d3"]
        assert [page.total for page in pages] == [3] * 4


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [*'()|-"“:： .补贴名单的a1', "标题:", "文号:", "年份:", "发布日期:", "..", "2014"]
            ),
            max_size=12,
        ).map("".join),
    )
)
@example("补" * LONGEST_TEXT)
@example("(" * LONGEST_TEXT)
@example("补 贴 " * 250)
@settings(max_examples=400, deadline=None)
def test_any_text_is_answered(search: Search, text: str) -> None:
    page = search.run(SearchState(text, size=3))
    assert page.total <= 3
    assert len(page.hits) == min(page.total, 3)
    assert "old" not in [hit.document.doc_id for hit in page.hits]
    assert search.marked(DOCUMENTS[0], text).plain() == DOCUMENTS[0].body


def test_a_text_that_is_too_long_is_a_query_error(search: Search) -> None:
    with pytest.raises(QueryError, match="10000 characters"):
        search.run(SearchState("补" * 10_000))


def test_what_was_done_to_the_search_is_said(search: Search) -> None:
    page = search.run(SearchState("(预算 动态"))
    assert page.total == 2
    assert len(page.notes) == 2


@pytest.mark.parametrize(
    "text",
    ["😀", ":", '""', "|", "()", "-", "！ ？", "-！", "标题:！", "！ | ？", "“…”", "！" * 500],
    ids=lambda one: one[:8],
)
def test_signs_alone_hold_nothing_to_look_for_and_find_nothing(search: Search, text: str) -> None:
    page = search.run(SearchState(text))
    assert page.total == 0
    assert "没有可以检索的文字或数字" in page.notes[-1]
    assert len(page.notes[-1]) < 60


@pytest.mark.parametrize("text", ["补贴 😀", "补贴 -！", "补贴 | ！", "标题:… 补贴", "补贴 -（！ ？）"])
def test_signs_beside_words_are_no_condition(search: Search, text: str) -> None:
    page = search.run(SearchState(text))
    assert page.total == search.run(SearchState("补贴")).total > 0
    assert page.notes == ()


# --- promises


SYNTAX = [
    *'()（）|｜-:："“”〔〕。！ 补贴名单通知的一𠮷',
    "标题:",
    "年份:2014",
    "文号:",
    "..",
    "2014",
    "〔2014〕12号",
    "QQ",
    " -",
]


@pytest.mark.parametrize("seed", range(4))
def test_every_document_is_first_by_its_title_and_found_by_its_parts(
    tmp_path: Path, fill: Callable[..., None], segmenter: Segmenter, seed: int
) -> None:
    """Titles of random signs of the query language; parts of two readable characters or more, wherever they lie."""
    chance = random.Random(seed)

    def text(most: int) -> str:
        return "".join(chance.choice(SYNTAX) for _ in range(chance.randint(1, most))).strip() or "题"

    given = [Document(f"d{one}", text(12), f"{one}.txt", text(60)) for one in range(80)]
    engine = open_engine(tmp_path, "recipe")
    fill(engine, given)
    search = Search(engine, LISTS, segmenter, lambda: TODAY)
    for document in given:
        first = search.run(SearchState(document.title, size=1)).hits[0].document
        assert verbatim(first.title) == verbatim(document.title), f"seed {seed}: {document.title!r}"
        plain = canonical(document.body)
        for _ in range(5 if len(plain) > 1 else 0):
            low = chance.randrange(len(plain) - 1)
            part = plain[low : chance.randint(low + 2, len(plain))]
            found = {hit.document.doc_id for hit in search.run(SearchState(f'正文:"{part}"', size=100)).hits}
            assert found == {one.doc_id for one in given if part in canonical(one.body)}, (
                f"seed {seed}: {part!r}"
            )
    engine.close()


def test_a_very_long_title_is_first_before_a_document_that_repeats_it(
    tmp_path: Path, fill: Callable[..., None], segmenter: Segmenter
) -> None:
    title = "".join(chr(0x4E00 + 7 * at) for at in range(400))
    noise = [Document(f"n{at}", f"通知{at}", f"{at}.txt", "其他内容" * 100) for at in range(600)]
    repeating = Document("r", f"转发{title}", "r.txt", f"{title}\n" * 3, description=title)
    engine = open_engine(tmp_path, "recipe")
    fill(engine, [Document("t", title, "t.txt"), repeating, *noise])
    page = Search(engine, LISTS, segmenter, lambda: TODAY).run(SearchState(f"{title}。"))
    assert [hit.document.doc_id for hit in page.hits] == ["t", "r"]
    engine.close()


# --- documents


@pytest.mark.parametrize("doc_id", ["d1", "LX/0215-2014", "lx-0215-2014", "ＬＸ0215 2014"])
def test_a_document_is_found_by_its_id_or_its_index_number(search: Search, doc_id: str) -> None:
    assert search.document(doc_id).doc_id == "d1"


@pytest.mark.parametrize("doc_id", ["old", "", "nothing", "临经贸〔2014〕39号", "！", "d" * 10_000, "\udcff"])
def test_what_is_not_public_or_not_there_is_not_found(search: Search, doc_id: str) -> None:
    with pytest.raises(DocumentNotFoundError):
        search.document(doc_id)


def test_a_document_expires_while_the_site_runs(engine: Engine) -> None:
    day = date(2015, 1, 1)
    search = Search(engine, LISTS, Segmenter(), lambda: day)
    assert "old" in ids(search, "补贴")
    assert search.document("old").title == "到期公示补贴"
    day = date(2015, 1, 2)
    assert "old" not in ids(search, "补贴")
    with pytest.raises(DocumentNotFoundError):
        search.document("old")


def test_newest_and_overview_speak_of_public_documents(search: Search) -> None:
    assert [hit.document.doc_id for hit in search.newest(2)] == ["d1", "d3"]
    assert {facet.name: sum(one.count for one in facet.values) for facet in search.overview()}["year"] == 3


def test_a_search_answers_whole_while_commits_remove_its_hits(
    tmp_path: Path, fill: Callable[..., None]
) -> None:
    """The hits are read after they are found: a commit between the two must not break the page."""
    engine = open_engine(tmp_path, "recipe")
    fill(engine, DOCUMENTS)
    committed = []

    class Slow(Segmenter):
        """Needles are cut between the search and the reading of its hits: there the commit happens."""

        def required(self, text: str) -> list[str]:
            found = super().required(text)
            if len(committed) < 2:
                committed.append(text)
                if len(committed) == 2:
                    fill(engine, [], fresh=False, removed=["d1"])
            return found

    page = Search(engine, LISTS, Slow(), lambda: TODAY).run(SearchState("补贴"))
    assert len(committed) == 2
    assert [hit.document.doc_id for hit in page.hits] == ["d2"]
    assert page.total == 1
    engine.close()


def test_an_archive_of_files_is_searched_like_any_other(archive: Archive) -> None:
    page = archive.search.run(SearchState("补贴"))
    assert page.hits[0].document.title == "企业新设专卖店补贴名单"
    assert {hit.document.title for hit in page.hits} == {"企业新设专卖店补贴名单", "2014年部门预算"}
    assert archive.search.run(SearchState("内部意见")).total == 0
    assert archive.search.run(SearchState("丙字机械")).total == 1
