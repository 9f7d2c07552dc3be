"""Attachments belong to their documents, also where those are not public."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from disclosure_search.ledger import Outcome

if TYPE_CHECKING:
    from conftest import Collection

FOLDER = "公示栏/奖补名单/2014"


PAGE = (
    "<html><head><title>申报通知页面</title></head>"
    "<body><p>请按要求申报，附件见下，逾期不予受理。</p>{}</body></html>"
)
NOTICE = f"{FOLDER}/通知.html"
TABLE = f"{FOLDER}/附件/明细.txt"
LINK = '<p><a href="附件/明细.txt">附件：明细</a></p>'


@pytest.fixture
def with_attachment(collection: Collection) -> Collection:
    collection.write(NOTICE, PAGE.format(LINK))
    collection.write(TABLE, "明细\n己字印染厂。\n")
    collection.run()
    return collection


def test_an_attachment_is_found_with_its_document(with_attachment: Collection) -> None:
    assert with_attachment.find("己字印染") == [NOTICE]
    account = with_attachment.accounts()[TABLE]
    assert (account.outcome, account.part_of) == (Outcome.INDEXED, NOTICE)


def test_a_changed_attachment_changes_its_document_alone(with_attachment: Collection) -> None:
    with_attachment.write(TABLE, "明细\n庚字机床厂。\n")
    assert with_attachment.changes() == (0, 1, 0, 2)
    assert with_attachment.find("庚字机床") == [NOTICE]
    assert with_attachment.find("己字印染") == []


def test_an_attachment_that_loses_its_document_is_a_document(with_attachment: Collection) -> None:
    with_attachment.remove(NOTICE)
    assert with_attachment.changes() == (1, 0, 1, 2)
    assert with_attachment.find("己字印染") == [TABLE]


def test_an_attachment_that_is_removed_leaves_the_link(with_attachment: Collection) -> None:
    with_attachment.remove(TABLE)
    assert with_attachment.changes() == (0, 1, 0, 2)
    assert with_attachment.find("己字印染") == []
    assert [one.path for one in with_attachment.document(NOTICE).attachments] == [""]


def test_a_damaged_attachment_is_quarantined_and_its_document_stands(with_attachment: Collection) -> None:
    with_attachment.write(f"{FOLDER}/附件/表.pdf", b"%PDF-1.4 nothing more")
    with_attachment.write(NOTICE, PAGE.format(LINK + '<p><a href="附件/表.pdf">附件2</a></p>'))
    report = with_attachment.run()
    assert report.counts["quarantined"] == 1
    assert with_attachment.outcome(f"{FOLDER}/附件/表.pdf") == Outcome.QUARANTINED
    assert with_attachment.find("己字印染") == [NOTICE]


def test_a_document_that_becomes_internal_takes_its_attachments_along_and_back(
    with_attachment: Collection,
) -> None:
    with_attachment.describe(NOTICE, audience="面向本单位")
    assert with_attachment.changes() == (0, 0, 1, 2)
    assert with_attachment.outcome(TABLE) == Outcome.NOT_PUBLIC
    assert with_attachment.find("己字印染") == []
    with_attachment.remove(f"{NOTICE}.meta.toml")
    assert with_attachment.changes() == (1, 0, 0, 2)
    assert with_attachment.find("己字印染") == [NOTICE]


@pytest.mark.parametrize("content", [b"%PDF-1.4 nothing more", b""], ids=["damaged", "empty"])
def test_attachments_of_an_internal_document_that_cannot_be_read_stay_inside(
    collection: Collection, content: bytes
) -> None:
    collection.write(f"{FOLDER}/内部.pdf", content)
    collection.write(f"{FOLDER}/内部明细.txt", "内部明细\n不可外传。\n")
    collection.describe(f"{FOLDER}/内部.pdf", audience="面向本单位", attachments=["内部明细.txt"])
    collection.run()
    assert collection.find("不可外传") == []
    assert collection.outcome(f"{FOLDER}/内部明细.txt") == Outcome.NOT_PUBLIC


def test_attachments_of_an_internal_page_whose_sidecar_breaks_stay_inside(collection: Collection) -> None:
    collection.write(NOTICE, PAGE.format(LINK))
    collection.write(TABLE, "明细\n己字印染厂。\n")
    collection.write(f"{NOTICE}.meta.toml", 'audience = "面向本单位\n')
    collection.run()
    assert collection.find("己字印染") == []


def test_attachments_of_a_public_document_that_cannot_be_read_are_documents(collection: Collection) -> None:
    collection.write(f"{FOLDER}/坏.pdf", b"%PDF-1.4 nothing more")
    collection.write(f"{FOLDER}/好.txt", "好的明细\n辛字食品厂。\n")
    collection.describe(f"{FOLDER}/坏.pdf", attachments=["好.txt"])
    collection.run()
    assert collection.find("辛字食品") == [f"{FOLDER}/好.txt"]


@pytest.mark.parametrize("stated", ["sidecar", "catalogue"])
def test_a_page_that_an_internal_document_states_as_its_attachment_stays_inside(
    collection: Collection, stated: str
) -> None:
    collection.write(f"{FOLDER}/主.txt", "内部报告\n正文。\n")
    collection.write(f"{FOLDER}/说明.html", PAGE.format("<p>不可外传的说明</p>"))
    if stated == "sidecar":
        collection.describe(f"{FOLDER}/主.txt", audience="面向本单位", attachments=["说明.html"])
    else:
        collection.write(f"{FOLDER}/目录.csv", "文件名,公开范围,附件\n主.txt,面向本单位,说明.html\n")
    collection.run()
    assert collection.outcome(f"{FOLDER}/说明.html") == Outcome.NOT_PUBLIC
    assert collection.find("不可外传") == []


@pytest.mark.parametrize(
    ("audience", "outcome"),
    [("", Outcome.NOT_PUBLIC), ("面向社会", Outcome.INDEXED)],
    ids=["silent", "public"],
)
def test_an_attachment_with_a_row_of_its_own_is_public_if_that_says_so(
    collection: Collection, audience: str, outcome: str
) -> None:
    rows = f"主.txt,,面向本单位,说明.txt\n说明.txt,说明的题目,{audience},\n"
    collection.write(f"{FOLDER}/主.txt", "内部报告\n正文。\n")
    collection.write(f"{FOLDER}/说明.txt", "说明\n己字印染厂。\n")
    collection.write(f"{FOLDER}/目录.csv", f"文件名,标题,公开范围,附件\n{rows}")
    collection.run()
    assert collection.outcome(f"{FOLDER}/说明.txt") == outcome


@pytest.mark.parametrize(
    "href", ["http://host.invalid/k/明细.txt", "/k/明细.txt"], ids=["absolute", "from the root"]
)
def test_what_an_internal_page_calls_by_its_address_on_the_site_stays_inside(
    collection: Collection, href: str
) -> None:
    collection.write(NOTICE, PAGE.format(f'<p><a href="{href}">附件：明细</a></p>'))
    collection.write(f"{FOLDER}/明细.txt", "明细\n己字印染厂。\n")
    collection.run()
    assert collection.find("己字印染") == [NOTICE]
    collection.describe(NOTICE, audience="面向本单位")
    collection.run()
    assert collection.outcome(f"{FOLDER}/明细.txt") == Outcome.NOT_PUBLIC
    assert collection.find("己字印染") == []


def test_the_attachment_of_a_notice_that_ends_is_not_served_by_another_page_beyond_its_day(
    with_attachment: Collection,
) -> None:
    with_attachment.write(f"{FOLDER}/另一通知.html", PAGE.format(LINK + "<p>另一份通知</p>"))
    with_attachment.describe(NOTICE, expires="2016-06-30")
    with_attachment.run()
    assert [one.path for one in with_attachment.document(NOTICE).attachments] == [TABLE]
    assert with_attachment.document(f"{FOLDER}/另一通知.html").attachments == ()
    assert with_attachment.find("己字印染") == []  # today is later
    with_attachment.describe(NOTICE, expires="2099-06-30")
    with_attachment.run()
    assert with_attachment.find("己字印染") == [NOTICE]
