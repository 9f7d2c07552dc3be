"""What a search finds and in which order: widening, nearness to a title, who is cited, time where it is asked for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure_search.analysis import Segmenter
from disclosure_search.collection.headings import headings
from disclosure_search.document import Attachment, Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import Engine
from disclosure_search.ranking import LITTLE, Parts
from disclosure_search.search import Search
from disclosure_search.states import SearchState
from disclosure_search.vocabulary import Vocabularies

TODAY = date(2016, 6, 1)
WORDS = ("补贴", "名单", "公示", "预算", "养老", "企业", "机械")
FILLER = [
    Document(
        f"f{at}", f"工作动态{at}", f"f{at}.txt", body=f"{first}{second}，{third}。", filed_year=2010 + at % 5
    )
    for at, (first, second, third) in enumerate(itertools.product(WORDS, repeat=3))
]
DOCUMENTS = [
    *FILLER,
    Document("law", "道路养护办法", "a.txt", body="养护经费由财政安排。", number="临政发〔2012〕7号", filed_year=2012),
    Document("law2", "道路养护细则", "b.txt", body="养护经费由财政安排。", number="临政发〔2012〕8号", filed_year=2012),
    *(Document(f"c{at}", f"检查通报{at}", f"c{at}.txt", body="依照《道路养护办法》检查。") for at in range(9)),
    Document("y13", "水库蓄水情况之一", "d.txt", body="水库蓄水情况。", published=date(2013, 5, 1)),
    Document("y14", "水库蓄水情况之二", "e.txt", body="水库蓄水情况。", published=date(2014, 5, 1)),
    Document("y16", "水库蓄水情况之三", "f.txt", body="水库蓄水情况。", published=date(2016, 5, 1)),
    Document("ended", "渔业许可规定甲", "g.txt", body="渔业许可。", validity="失效", published=date(2015, 1, 1)),
    Document("holds", "渔业许可规定乙", "h.txt", body="渔业许可。", validity="有效", published=date(2014, 1, 1)),
    Document("near", "关于表彰先进单位的决定", "i.txt", body="决定如下。"),
    Document("all", "工作总结", "j.txt", body="表彰了先进的单位，作出决定，关于此事不再赘述。" * 3),
    Document("head", "综合材料", "k.txt", body="一、林木采伐\n内容从略。", headings=("苗木检疫",)),
    Document("text", "综合材料二", "l.txt", body="材料里提到林木采伐和苗木检疫。"),
    Document("att", "通知", "m.txt", body="见附件。", attachments=(Attachment("表", text="柑橘收购"),)),
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, fill: Callable[..., None]) -> Iterator[Engine]:
    engine = open_engine(tmp_path_factory.mktemp("ranking") / "index", "recipe")
    fill(engine, DOCUMENTS)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def search(engine: Engine) -> Search:
    return Search(engine, Vocabularies(), Segmenter(), lambda: TODAY)


def found(search: Search, text: str, size: int = 100, **filters: tuple[str, ...]) -> list[str]:
    return [*search.listing(SearchState(text, filters, size=size)).doc_ids]


def total(search: Search, text: str, **filters: tuple[str, ...]) -> int:
    return search.listing(SearchState(text, filters)).total


def holding(*words: str) -> set[str]:
    return {
        one.doc_id
        for one in DOCUMENTS
        if all(word in one.title + one.body.replace("，", "") for word in words)
    }


def test_a_search_that_finds_enough_is_not_widened(search: Search) -> None:
    page = search.run(SearchState("补贴 名单", size=100))
    assert page.total == len(holding("补贴", "名单")) >= LITTLE
    assert page.notes == ()


def test_a_search_that_finds_little_is_widened_and_says_so_with_the_strict_hits_first(search: Search) -> None:
    strict = holding("补贴", "名单", "公示")
    page = search.run(SearchState("补贴 名单 公示", size=100))
    assert len(strict) == 6 < page.total
    assert {hit.document.doc_id for hit in page.hits[:6]} == strict
    assert f"包含全部词语的有 {len(strict)} 条" in page.notes[0]
    assert all(
        holding("补贴") | holding("名单") | holding("公示") >= {hit.document.doc_id} for hit in page.hits
    )


def test_what_stands_within_quotes_or_is_excluded_binds_a_widened_search(search: Search) -> None:
    assert set(found(search, '补贴 公示 机械 "名单公示"')) <= holding("名单公示")
    assert not set(found(search, "补贴 名单 公示 -企业")) & holding("企业")


@given(
    words=st.lists(st.sampled_from((*WORDS, "道路养护", "水库", "经费", "无此词语")), min_size=1, max_size=6),
    year=st.sampled_from(("2010", "2012", "2014")),
)
@settings(max_examples=60, deadline=None)
def test_no_filter_adds_hits_and_widening_removes_none(search: Search, words: list[str], year: str) -> None:
    text = " ".join(words)
    everything, hits = total(search, text), set(found(search, text, 100))
    assert total(search, text, year=(year,)) <= everything
    assert total(search, f"{text} 年份:{year}") <= everything
    assert total(search, f"{text} -道路") <= everything
    page = search.run(SearchState(text, {"year": (year,)}))
    counts = {one.value: one.count for facet in page.facets if facet.name == "year" for one in facet.values}
    assert counts[year] == page.total
    if everything <= 100:
        assert holding(*words) <= hits


def test_pages_follow_each_other_in_a_widened_search(search: Search) -> None:
    whole = found(search, "补贴 名单 公示")
    pages = [search.listing(SearchState("补贴 名单 公示", page=page)).doc_ids for page in range(1, 6)]
    assert [one for page in pages for one in page] == whole[:50]


def test_what_is_nearly_the_title_comes_first(search: Search) -> None:
    assert found(search, "表彰先进单位决定")[0] == "near"
    assert found(search, "关于表彰先近单位的决定")[0] == "near"


def test_who_is_cited_comes_before_who_is_not(search: Search, engine: Engine) -> None:
    assert found(search, "养护经费")[:2] == ["law", "law2"]
    plain = Search(engine, Vocabularies(), Segmenter(), lambda: TODAY, Parts(authority=False))
    scores = {hit.document.doc_id: hit.score for hit in plain.run(SearchState("养护经费")).hits}
    assert scores["law"] == pytest.approx(scores["law2"], rel=0.2)


def test_authority_follows_the_documents_that_come_and_go(tmp_path: Path, fill: Callable[..., None]) -> None:
    engine = open_engine(tmp_path, "recipe")
    cited = [
        Document("one", "道路养护办法", "a.txt", body="养护经费。"),
        Document("two", "道路养护细则", "b.txt", body="养护经费。"),
    ]
    citing = [Document(f"c{at}", f"通报{at}", f"{at}.txt", body="依照《道路养护办法》。") for at in range(5)]
    search = Search(engine, Vocabularies(), Segmenter(), lambda: TODAY)

    def ratio() -> float:
        hits = {hit.document.doc_id: hit.score for hit in search.run(SearchState("养护经费")).hits}
        return hits["one"] / hits["two"]

    fill(engine, cited)
    alone = ratio()
    fill(engine, citing, fresh=False)
    together = ratio()
    fill(engine, [], fresh=False, removed=[one.doc_id for one in citing])
    assert ratio() == pytest.approx(alone, rel=1e-3)
    fill(engine, [*cited, *citing])
    assert ratio() == pytest.approx(together, rel=1e-3)
    assert together > alone
    engine.close()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param("2013年水库蓄水情况", "y13", id="a year"),
        pytest.param("2014年水库蓄水情况", "y14", id="another year"),
        pytest.param("水库蓄水最新情况", "y16", id="the latest"),
    ],
)
def test_time_decides_where_the_search_asks_for_it(search: Search, text: str, first: str) -> None:
    assert found(search, text)[0] == first


def test_what_is_no_longer_in_force_comes_after_what_is(search: Search) -> None:
    assert found(search, "渔业许可")[:2] == ["holds", "ended"]


@pytest.mark.parametrize("text", ["林木采伐", "苗木检疫"], ids=["in the text", "in the description"])
def test_a_heading_weighs_more_than_the_text(search: Search, text: str) -> None:
    assert found(search, text)[:2] == ["head", "text"]


def test_an_attachment_is_found_by_each_of_its_words(search: Search) -> None:
    assert found(search, "柑橘") == found(search, "柑橘收购") == ["att"]


def test_headings_are_recognised_as_official_texts_number_them() -> None:
    body = """第一章 总则
第一条 为了规范管理，制定本办法。
二、补助对象
（一）企业
三、凡符合条件的，均可申请；
1. 第一项
第二部分：部门预算
第三节　决算情况说明
"""
    assert headings(Document("d", "题", "a", body=body, headings=("附则", "总则"))) == (
        "附则", "总则", "补助对象", "企业", "部门预算", "决算情况说明",
    )  # fmt: skip


def test_days_of_the_latest_are_counted_from_today(engine: Engine) -> None:
    later = Search(engine, Vocabularies(), Segmenter(), lambda: TODAY + timedelta(days=4000))
    assert found(later, "水库蓄水最新情况")[0] in {"y13", "y14", "y16"}
    scores = {hit.document.doc_id: hit.score for hit in later.run(SearchState("水库蓄水最新情况")).hits}
    assert scores["y16"] == pytest.approx(scores["y13"], rel=0.01)
