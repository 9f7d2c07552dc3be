"""A container is one original: its members are attachments of its document, or documents where a catalogue says so."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disclosure_search.extract import READERS, Reader
from disclosure_search.extract.pool import ReaderPool
from disclosure_search.ledger import Outcome, read_ledger

if TYPE_CHECKING:
    from conftest import Collection

FOLDER = "公示栏/奖补名单/2014"
PACK = f"{FOLDER}/申报材料.zip"
LIST, FORM = "名单.txt", "附表/申报表.html"
LIST_TEXT, FORM_TEXT = (
    "己字印染厂获得补贴五万元。\n",
    "<html><body><p>庚字机床厂申报技改项目。</p></body></html>",
)
MEMBERS = {LIST: LIST_TEXT, FORM: FORM_TEXT}
CATALOGUE = f"{FOLDER}/目录.csv"


def packed(members: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2014, 1, 1, 0, 0, 0)), text.encode())
    return held.getvalue()


def rows(*lines: str) -> str:
    return "\n".join(("文件名,标题,公开范围", *lines)) + "\n"


@pytest.fixture
def with_pack(collection: Collection) -> Collection:
    collection.write(PACK, packed(MEMBERS))
    collection.run()
    return collection


@pytest.fixture
def with_row(with_pack: Collection) -> Collection:
    with_pack.write(CATALOGUE, rows(f"申报材料.zip/{LIST},2014年补贴名单,"))
    with_pack.run()
    return with_pack


def test_a_container_is_one_document_that_is_found_by_its_members(with_pack: Collection) -> None:
    assert with_pack.find("己字印染") == [PACK]
    assert with_pack.find("庚字机床") == [PACK]
    document = with_pack.document(PACK)
    assert document.title == "申报材料"
    assert {one.name: one.path for one in document.attachments} == {
        name: f"{PACK}/{name}" for name in MEMBERS
    }
    assert len(with_pack.accounts()) == 3


def test_nothing_changes_in_a_second_run(with_pack: Collection) -> None:
    before = with_pack.files_of_index()
    assert with_pack.changes() == (0, 0, 0, 3)
    assert with_pack.files_of_index() == before


def test_a_member_that_has_a_row_is_a_document_and_no_attachment(with_row: Collection) -> None:
    assert with_row.find("己字印染") == [f"{PACK}/{LIST}"]
    assert with_row.find("庚字机床") == [PACK]
    assert with_row.document(f"{PACK}/{LIST}").title == "2014年补贴名单"
    assert [one.name for one in with_row.document(PACK).attachments] == [FORM]
    before = with_row.files_of_index()
    assert with_row.changes() == (0, 0, 0, 4)
    assert with_row.files_of_index() == before


def test_a_member_that_loses_its_row_is_an_attachment_again(with_row: Collection) -> None:
    with_row.write(CATALOGUE, rows())
    assert with_row.changes() == (0, 1, 1, 2)
    assert with_row.find("己字印染") == [PACK]


def test_a_member_keeps_its_id_when_its_row_its_container_or_the_index_changes(with_row: Collection) -> None:
    doc_id = with_row.doc_id(f"{PACK}/{LIST}")
    with_row.write(CATALOGUE, rows(f"申报材料.zip/{LIST},改过的标题,"))
    assert with_row.changes() == (0, 1, 0, 3)
    with_row.write(PACK, packed({**MEMBERS, LIST: "己字印染厂获得补贴六万元。\n"}))
    assert with_row.changes() == (0, 2, 0, 2)
    with_row.run(rebuild=True)
    assert with_row.find("补贴六万元") == [f"{PACK}/{LIST}"]
    assert with_row.doc_id(f"{PACK}/{LIST}") == doc_id


def test_a_container_goes_with_the_member_that_is_not_public(with_pack: Collection) -> None:
    with_pack.write(CATALOGUE, rows(f"申报材料.zip/{LIST},名单,面向本单位"))
    with_pack.run()
    assert with_pack.outcome(f"{PACK}/{LIST}") == with_pack.outcome(PACK) == Outcome.NOT_PUBLIC
    assert with_pack.find("己字印染") == with_pack.find("庚字机床") == []


def test_a_member_of_an_internal_container_is_internal_unless_it_says_otherwise(
    with_pack: Collection,
) -> None:
    silent = ("申报材料.zip,材料,面向本单位", f"申报材料.zip/{LIST},名单,")
    with_pack.write(CATALOGUE, rows(*silent))
    with_pack.run()
    assert with_pack.outcome(f"{PACK}/{LIST}") == Outcome.NOT_PUBLIC
    with_pack.write(CATALOGUE, rows(silent[0], f"申报材料.zip/{LIST},名单,面向社会"))
    with_pack.run()
    assert with_pack.find("己字印染") == [f"{PACK}/{LIST}"]
    assert with_pack.outcome(PACK) == Outcome.NOT_PUBLIC


def test_a_container_in_which_an_internal_member_is_missing_waits(with_pack: Collection) -> None:
    with_pack.write(CATALOGUE, rows("申报材料.zip/内部名单.txt,名单,面向本单位"))
    with_pack.run()
    assert with_pack.outcome(PACK) == Outcome.QUARANTINED
    assert with_pack.find("己字印染") == []


def test_what_was_internal_is_not_published_inside_a_container(collection: Collection) -> None:
    collection.write(f"{FOLDER}/内部.txt", LIST_TEXT)
    collection.describe(f"{FOLDER}/内部.txt", audience="面向本单位")
    collection.run()
    collection.write(PACK, packed(MEMBERS))
    collection.run()
    assert collection.find("己字印染") == []
    assert collection.outcome(PACK) == Outcome.QUARANTINED


def test_members_of_a_container_that_breaks_wait_with_it(with_row: Collection) -> None:
    with_row.write(PACK, packed(MEMBERS)[:-30])
    with_row.run()
    assert with_row.outcome(PACK) == with_row.outcome(f"{PACK}/{LIST}") == Outcome.QUARANTINED
    with_row.write(PACK, packed(MEMBERS))
    with_row.run()
    assert with_row.find("己字印染") == [f"{PACK}/{LIST}"]


def test_a_container_that_goes_takes_its_members_along(with_row: Collection) -> None:
    with_row.remove(PACK)
    with_row.run()
    assert with_row.find("己字印染") == []
    assert len(with_row.accounts()) == 2


def test_a_catalogue_that_cannot_be_read_leaves_members_as_they_were(with_row: Collection) -> None:
    with_row.write(CATALOGUE, '文件名,标题\n申报材料.zip,"没有关上的引号\n')
    with_row.run()
    assert with_row.find("己字印染") == [f"{PACK}/{LIST}"]
    assert with_row.outcome(f"{PACK}/{LIST}") == Outcome.INDEXED


def test_a_member_that_is_also_a_file_is_one_document(with_row: Collection) -> None:
    with_row.write(f"{FOLDER}/另存.txt", LIST_TEXT)
    with_row.run()
    assert with_row.outcome(f"{FOLDER}/另存.txt") == Outcome.DUPLICATE


def test_a_member_that_cannot_be_read_is_named_and_the_others_stand(collection: Collection) -> None:
    collection.write(PACK, packed({**MEMBERS, "坏表.docx": "PK\x03\x04 damaged"}))
    collection.run()
    assert collection.find("己字印染") == [PACK]
    assert any("坏表.docx" in warning for warning in collection.document(PACK).warnings)


def test_members_that_are_documents_are_counted_as_originals_and_said(with_row: Collection) -> None:
    ledger = read_ledger(with_row.archive().engine.ledger())
    assert (ledger.counts()["found"], ledger.members()) == (4, 1)


def test_a_mail_is_titled_by_its_subject_and_issued_by_nobody(collection: Collection) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "关于报送补贴名单的函", "王 <someone@example.com>"
    mail["Date"] = "Tue, 02 Dec 2014 09:46:00 +0800"
    mail.set_content("现将名单报上，请审定。\n")
    mail.add_attachment(LIST_TEXT, filename="名单.txt")
    path = f"{FOLDER}/来函.eml"
    collection.write(path, mail.as_bytes())
    collection.run()
    document = collection.document(path)
    assert (document.title, str(document.published)) == ("关于报送补贴名单的函", "2014-12-02 09:46:00")
    assert "someone" not in document.agency
    assert document.agency in ("", "临溪市经济贸易局")
    assert collection.find("己字印染") == [path]


def test_a_newer_reader_reads_its_own_formats_alone(
    with_pack: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setitem(READERS, "html", Reader("_html", "another"))
    measure_many = ReaderPool.measure_many

    def noted(self: ReaderPool, paths: Iterable[Path], seconds: float | None = None) -> object:
        kept = list(paths)
        asked.extend(path.name for path in kept)
        return measure_many(self, kept, seconds)

    monkeypatch.setattr(ReaderPool, "measure_many", noted)
    with_pack.run()
    assert set(asked) == {"申报材料.zip"}  # it holds a page; the texts beside it are those of another reader
