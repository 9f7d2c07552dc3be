"""Documents that belong together: cited, citing and alike, and never one that the public may not see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner

from disclosure_search.analysis import Segmenter
from disclosure_search.cli import main
from disclosure_search.document import Attachment, Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import Engine
from disclosure_search.search import Search
from disclosure_search.vocabulary import Vocabularies
from disclosure_search.wiring import Archive

Fill = Callable[..., None]
TODAY = date(2015, 6, 1)


def document(doc_id: str, title: str, body: str = "", **others: object) -> Document:
    made = Document(doc_id, title, f"{doc_id}.txt", body)
    return replace(made, **others)  # type: ignore[arg-type]


LAW = document("law", "中华人民共和国档案法", "档案应当保管好。", published=date(2010, 1, 1))
AMENDED = document("amended", "档案法（2013年修正）", "档案工作。", published=date(2013, 11, 7))
NOTICE = document(
    "notice", "关于落实《补贴办法》的通知", "落实《补贴办法》，依照《档案法》和《会计法》执行（《中华人民共和国档案法》）",  # noqa: E501
    number="临政〔2014〕3号", published=date(2014, 3, 1),
)  # fmt: skip
RULES = document("rules", "补贴办法", "《补贴办法》自公布之日起施行。", published=date(2014, 3, 2))
REPORT = document(
    "report", "工作报告", "贯彻临政(2014)第03号文件。", published=date(2015, 1, 1),
    attachments=(Attachment("清单.txt", text="落实《关于落实〈补贴办法〉的通知》"),),
)  # fmt: skip
GONE = document(
    "gone", "公示", "依照《档案法》和临政〔2014〕3号", number="临公〔2014〕1号", expires=date(2015, 5, 31)
)
MENTIONS_GONE = document("after", "复核", "《公示》（临公〔2014〕1号）已到期", published=date(2015, 2, 1))
ALL = (LAW, AMENDED, NOTICE, RULES, REPORT, GONE, MENTIONS_GONE)


@pytest.fixture(scope="module")
def search(
    tmp_path_factory: pytest.TempPathFactory, fill: Fill, segmenter: Segmenter, vocabularies: Vocabularies
) -> Iterator[Search]:
    engine = open_engine(tmp_path_factory.mktemp("related") / "index", "recipe")
    fill(engine, ALL)
    yield Search(engine, vocabularies, segmenter, lambda: TODAY)
    engine.close()


def test_what_a_text_cites_is_named_as_it_stands_there_in_its_order(search: Search) -> None:
    total, found = search.cited(NOTICE)
    named = [(one.text, one.times, [held.doc_id for held in one.documents]) for one in found]
    assert named == [("补贴办法", 2, ["rules"]), ("档案法", 2, ["amended", "law"])]
    assert total == 2
    assert found[1].total == 2  # a title that several bear: all are named, the latest first


def test_who_cites_a_document_does_so_by_its_number_or_its_title(search: Search) -> None:
    total, found = search.citing(NOTICE)
    assert total == 1
    assert [(one.document.doc_id, one.text, one.times) for one in found] == [
        ("report", "临政(2014)第03号", 2)
    ]
    assert [one.document.doc_id for one in search.citing(RULES)[1]] == ["report", "notice"]


def test_what_is_named_comes_without_its_text(search: Search) -> None:
    documents = [held for one in search.cited(NOTICE)[1] for held in one.documents]
    documents += [one.document for one in search.citing(NOTICE)[1]]
    documents += [one.document for one in search.similar(NOTICE)]
    assert documents
    assert not any(one.body or any(held.text for held in one.attachments) for one in documents)


def test_what_is_not_public_any_more_is_neither_named_nor_counted(search: Search) -> None:
    assert search.cited(MENTIONS_GONE) == (0, ())
    assert search.links(MENTIONS_GONE) == ()
    assert "gone" not in [one.document.doc_id for one in search.citing(LAW)[1]]
    assert "gone" not in [one.document.doc_id for one in search.similar(GONE, 50)]


def test_the_day_before_it_still_is(search: Search, segmenter: Segmenter, vocabularies: Vocabularies) -> None:
    before = Search(search._engine, vocabularies, segmenter, lambda: date(2015, 5, 31))
    assert [one.text for one in before.cited(MENTIONS_GONE)[1]] == ["公示", "临公〔2014〕1号"]
    assert {one.doc_id for one in before.links(MENTIONS_GONE)} == {"gone"}
    assert "gone" in [one.document.doc_id for one in before.citing(LAW)[1]]


def test_a_limit_shortens_the_list_and_not_the_count(search: Search) -> None:
    total, found = search.cited(NOTICE, limit=1)
    assert (total, len(found)) == (2, 1)
    total, citing = search.citing(RULES, limit=1)
    assert (total, len(citing)) == (2, 1)


def test_links_stand_where_the_text_names_documents_and_never_overlap(search: Search) -> None:
    body = "见《关于落实〈补贴办法〉的通知》（临政〔2014〕3号）与《档案法》、《会计法》和《补贴办法》"
    links = search.links(document("new", "题", body))
    assert [(body[one.start : one.end], one.doc_id, one.others) for one in links] == [
        ("关于落实〈补贴办法〉的通知", "notice", 0),
        ("临政〔2014〕3号", "notice", 0),
        ("档案法", "amended", 1),
        ("补贴办法", "rules", 0),
    ]


def test_an_inner_title_is_a_link_where_the_outer_one_is_not_here(search: Search) -> None:
    text = "《关于转发〈补贴办法〉的函》"
    (link,) = search.links(document("new", "题"), text)
    assert text[link.start : link.end] == "补贴办法"


def test_a_text_does_not_link_to_itself(search: Search) -> None:
    assert search.links(RULES) == ()


def test_a_document_without_a_name_is_cited_by_nobody(search: Search) -> None:
    assert search.citing(document("x", "办法")) == (0, ())


FIRST = "镇里开会布置各村先自查再由镇里核实名单在村委会门口贴七天有意见的打镇里电话没有意见的月底前发到户"


@pytest.fixture
def towns(engine: Engine, fill: Fill, segmenter: Segmenter, vocabularies: Vocabularies) -> Search:
    heads = ("废旧农膜回收站点", "渔船燃油补助发放", "校车安全检查", "散装水泥推广")
    made = [
        document(
            f"{at}-{year}", f"{year}年{head}", f"本镇{year}年开展了{head}工作，{head}的对象见附表。{more}"
        )
        for at, head in enumerate(heads)
        for year, more in ((2012, FIRST), (2013, FIRST[::-1]), (2014, FIRST[::2] * 2))
    ]
    copy = replace(made[0], doc_id="copy", title="2012年废旧农膜回收站点（重发）")
    fill(engine, [*made, copy])
    return Search(engine, vocabularies, segmenter, lambda: TODAY)


@pytest.mark.parametrize("at", range(4))
def test_similar_documents_are_of_the_same_matter(towns: Search, at: int) -> None:
    found = towns.similar(towns.document(f"{at}-2013"), 2)
    assert {one.document.doc_id.partition("-")[0] for one in found} <= {str(at), "copy"}
    assert len(found) == 2


def test_a_document_is_not_similar_to_itself_and_a_copy_is_marked(towns: Search) -> None:
    found = towns.similar(towns.document("0-2012"), 20)
    assert "0-2012" not in [one.document.doc_id for one in found]
    assert [one.document.doc_id for one in found if one.is_copy] == ["copy"]


def test_the_same_document_has_the_same_similar_ones(towns: Search) -> None:
    asked = towns.document("2-2013")
    assert towns.similar(asked, 4) == towns.similar(asked, 4)


def test_a_document_without_words_is_like_none(towns: Search) -> None:
    assert towns.similar(document("x", "", " \n")) == ()


def test_nothing_internal_is_named_in_an_archive(
    archive: Archive,
) -> None:
    search = archive.search
    asked = document("new", "题", "《企业新设专卖店补贴名单》（临经贸〔2014〕39号），《内部》，《内部简报》")
    (title, number) = search.cited(asked)[1]
    assert title.documents == number.documents
    assert title.documents[0].index_number == "LX00123-0215-2014-00031"


@pytest.mark.parametrize("as_json", [True, False], ids=["JSON", "text"])
def test_the_command_lists_what_belongs_to_a_document(archive: Archive, as_json: bool) -> None:
    held = archive.settings
    places = ["--data", str(held.data_dir), "--index", str(held.index_dir)]
    asked = ["show", *places, "LX00123-0215-2014-00031", "--related", *(["--json"] if as_json else [])]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    if as_json:
        found = json.loads(done.output)
        assert (found["cited_total"], found["citing_total"]) == (0, 0)
        assert {one["title"] for one in found["similar"]} <= {"2013年部门预算", "2014年部门预算"}
    assert "内部" not in done.output


def test_what_cites_rules_means_the_notice_that_they_came_with(
    engine: Engine, fill: Fill, segmenter: Segmenter, vocabularies: Vocabularies
) -> None:
    notice = document("n", "关于印发《补贴办法》的通知", "现将《补贴办法》印发给你们")
    asking = document("a", "申报指南", "按《补贴办法》申报")
    fill(engine, [notice, asking])
    search = Search(engine, vocabularies, segmenter, lambda: TODAY)
    assert [one.documents[0].doc_id for one in search.cited(asking)[1]] == ["n"]
    assert [one.document.doc_id for one in search.citing(notice)[1]] == ["a"]
    assert search.cited(notice) == (0, ())
