"""The same content in several places is one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disclosure_search.ledger import Outcome
from disclosure_search.search import SearchState

if TYPE_CHECKING:
    from conftest import Collection

FOLDER = "公示栏/奖补名单/2014"
LIST = f"{FOLDER}/名单.txt"
LIST_TEXT = "企业新设专卖店补贴名单\n甲字鞋业有限公司补贴三万元。\n"
PLAN = "政府网站/规划计划/2013/计划.txt"


PAGE = (
    "<html><head><title>申报通知页面</title></head>"
    "<body><p>请按要求申报，附件见下，逾期不予受理。</p>{}</body></html>"
)
NOTICE = f"{FOLDER}/通知.html"
COPY = "政府网站/奖补名单/2014/名单.txt"


def test_the_same_content_twice_is_one_document_with_two_publications(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    report = collection.run()
    assert report.counts == {"found": 3, "indexed": 2, "duplicate": 1, "quarantined": 0, "not_public": 0}
    document = collection.document(LIST)
    assert document.channel == ("notice-board", "website")
    assert [event.channel for event in document.publications] == ["notice-board", "website"]
    assert collection.find("甲字鞋业") == [LIST]


def test_a_copy_takes_over_with_the_id_when_the_first_is_removed(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    collection.run()
    doc_id = collection.doc_id(LIST)
    collection.remove(LIST)
    assert collection.changes() == (0, 1, 0, 1)
    assert collection.doc_id(COPY) == doc_id
    assert collection.document(COPY).channel == ("website",)


def test_a_copy_that_is_removed_takes_its_publication_along(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    collection.run()
    collection.remove(COPY)
    assert collection.changes() == (0, 1, 0, 1)
    assert collection.document(LIST).channel == ("notice-board",)


def test_a_copy_that_changes_becomes_a_document_and_the_first_keeps_its_id(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    collection.run()
    doc_id = collection.doc_id(LIST)
    collection.write(COPY, "另一份名单\n壬字家具厂。\n")
    assert collection.changes() == (1, 1, 0, 1)
    assert collection.doc_id(LIST) == doc_id
    assert collection.doc_id(COPY) != doc_id


def test_an_internal_copy_adds_nothing_to_the_public_one(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    collection.describe(COPY, audience="面向本单位")
    collection.run()
    assert collection.outcome(COPY) == Outcome.NOT_PUBLIC
    assert collection.document(LIST).channel == ("notice-board",)


def test_the_attachment_that_lies_only_beside_a_copy_is_found(collection: Collection) -> None:
    page = PAGE.format('<p><a href="明细.txt">附件：明细</a></p>')
    collection.write(NOTICE, page)
    collection.write("政府网站/奖补名单/2014/通知.html", page)
    collection.write("政府网站/奖补名单/2014/明细.txt", "明细\n己字印染厂。\n")
    collection.run()
    assert collection.find("己字印染") == [NOTICE]


def test_the_same_attachment_beside_each_copy_is_listed_once(collection: Collection) -> None:
    page = PAGE.format('<p><a href="明细.txt">附件：明细</a></p>')
    for folder in (FOLDER, "政府网站/奖补名单/2014"):
        collection.write(f"{folder}/通知.html", page)
        collection.write(f"{folder}/明细.txt", "明细\n己字印染厂。\n")
    collection.run()
    assert [one.path for one in collection.document(NOTICE).attachments] == [f"{FOLDER}/明细.txt"]


def test_an_interpretation_points_to_its_document_as_long_as_that_is_public(collection: Collection) -> None:
    collection.describe(
        LIST, interpretations=[{"kind": "文字解读", "title": "解读", "path": f"../../../{PLAN}"}]
    )
    collection.run()
    assert [one.doc_id for one in collection.document(LIST).interpretations] == [collection.doc_id(PLAN)]
    collection.describe(PLAN, audience="面向申请人")
    assert collection.changes() == (0, 1, 1, 0)
    assert collection.document(LIST).interpretations == ()


def test_what_a_copy_is_called_finds_the_document(collection: Collection) -> None:
    collection.describe(LIST, title="补贴名单", number="临经贸〔2014〕39号", index_number="LX-2014-00031")
    collection.write(COPY, LIST_TEXT)
    collection.describe(
        COPY,
        title="关于公布资助对象的公告",
        number="临政办〔2014〕7号",
        index_number="LX-2014-00099",
        keywords=["资助"],
    )
    collection.run()
    search = collection.archive().search
    doc_id = collection.doc_id(LIST)
    assert doc_id == "LX-2014-00031"
    for text in (
        "关于公布资助对象的公告",
        "文号:临政办〔2014〕7号",
        "文号:临经贸〔2014〕39号",
        '"资助"',
        "索引号:LX-2014-00099",
    ):
        assert [hit.document.doc_id for hit in search.run(SearchState(text=text)).hits] == [doc_id], text
    assert search.document("LX-2014-00099").doc_id == doc_id
    events = [(event.title, event.index_number) for event in collection.document(LIST).publications]
    assert events == [("补贴名单", "LX-2014-00031"), ("关于公布资助对象的公告", "LX-2014-00099")]


def test_the_public_copy_keeps_its_permalink_when_the_first_becomes_internal(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    collection.run()
    doc_id = collection.doc_id(LIST)
    collection.describe(LIST, audience="面向本单位")
    collection.run()
    assert collection.outcome(LIST) == Outcome.NOT_PUBLIC
    assert (collection.doc_id(COPY), collection.find("甲字鞋业")) == (doc_id, [COPY])
