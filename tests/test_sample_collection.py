"""The sample collection is what it is said to be, and everything in it is found."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from disclosure_search.config import Settings
from disclosure_search.document import INTERPRETATION_KINDS, Document
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.ledger import Account, Outcome, read_ledger
from disclosure_search.search import SearchState
from disclosure_search.wiring import Archive, open_archive

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
# What the annual report of 2014 names: the bureau's site, the enterprise site, groups, boards, bulletin, press, …
CHANNELS = {
    "website", "enterprise-service", "qq-group", "notice-board", "office-board", "archive", "bulletin", "newspaper",
    "news-media", "enforcement-platform", "publicity-board", "leaflet",
}  # fmt: skip
SPECIAL = {
    "政府网站/重大项目/2014/某技改项目节能评估审查意见.docx": (Outcome.NOT_PUBLIC, "面向申请人"),
    "政务公开栏/2014/公务车油费维修费明细（三季度）.xlsx": (Outcome.NOT_PUBLIC, "面向本单位"),
    "公示栏/2014/2014年省级淘汰落后产能奖励项目公示.html": (Outcome.NOT_PUBLIC, "expired on 2014-11-17"),
    "政府网站/统计信息/2015/2015年上半年工业运行分析.pdf": (Outcome.QUARANTINED, "PDF"),
    "公示栏/2015/二季度公示内容.txt": (Outcome.QUARANTINED, "no bytes"),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    made = open_archive(Settings(DATA, tmp_path_factory.mktemp("sample") / "index"))
    bring_up_to_date(made.engine, DATA, made.store_dir, made.vocabularies, made.segmenter)
    yield made
    made.engine.close()


@pytest.fixture(scope="module")
def documents(archive: Archive) -> list[Document]:
    return list(archive.engine.documents())


@pytest.fixture(scope="module")
def accounts(archive: Archive) -> Mapping[str, Account]:
    return read_ledger(archive.engine.ledger()).accounts


def test_there_are_enough_documents_of_every_year(documents: list[Document]) -> None:
    assert len(documents) >= 80
    years = Counter(document.year for document in documents if document.year)
    assert sum(years.values()) >= len(documents) - 3  # a leaflet or a broadcast may bear no date
    assert set(years) == {2012, 2013, 2014, 2015, 2016}
    assert min(years.values()) >= 5


def test_every_channel_of_the_annual_report_is_there(documents: list[Document]) -> None:
    assert {code for document in documents for code in document.channel} >= CHANNELS


def test_enough_statutory_categories_are_there(archive: Archive, documents: list[Document]) -> None:
    statutory = {entry.code for entry in archive.vocabularies["categories"].entries if not entry.parent}
    assert len(statutory & {code for document in documents for code in document.category}) >= 8


def test_every_value_is_one_of_the_lists(archive: Archive, documents: list[Document]) -> None:
    for document in documents:
        for code in document.category:
            assert archive.vocabularies["categories"].get(code), document.path
        for code in document.channel:
            assert archive.vocabularies["channels"].get(code), document.path
        assert document.channel, document.path
        assert document.agency, document.path


def test_every_format_and_encoding_is_there(
    documents: list[Document], accounts: Mapping[str, Account]
) -> None:
    assert {account.reader for account in accounts.values() if account.reader} == {
        "html",
        "txt",
        "docx",
        "pdf",
        "xlsx",
    }
    encodings = {name: {"utf-8": 0, "gb18030": 0} for name in (".html", ".txt", ".csv")}
    for path in DATA.rglob("*"):
        if path.suffix in encodings and path.is_file() and (raw := path.read_bytes()):
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                raw.decode("gb18030")
                encodings[path.suffix]["gb18030"] += 1
            else:
                encodings[path.suffix]["utf-8"] += 1
    assert all(count >= 2 for counts in encodings.values() for count in counts.values()), encodings


def test_the_tags_that_government_pages_carry_are_there_and_used(documents: list[Document]) -> None:
    tagged = [document for document in documents if document.sources.get("title") == "meta tag"]
    assert len(tagged) >= 10
    names = Counter(
        name
        for path in DATA.rglob("*.html")
        for name in re.findall(rb'<meta name="(\w+)"', path.read_bytes(), re.IGNORECASE)
    )
    assert {b"ArticleTitle", b"PubDate", b"ContentSource", b"ColumnName", b"Keywords", b"Description"} <= set(
        names
    )


def test_attachments_and_interpretations_are_there(documents: list[Document]) -> None:
    assert sum(bool(one.text) for document in documents for one in document.attachments) >= 5
    linked = [one for document in documents for one in document.interpretations if one.doc_id]
    assert len(linked) >= 3
    assert {one.kind for one in linked} <= set(INTERPRETATION_KINDS)
    ids = {document.doc_id for document in documents}
    assert {one.doc_id for one in linked} <= ids


@pytest.mark.parametrize("name", ["number", "index_number", "keywords", "genre", "issued"])
def test_values_stand_on_some_and_lack_on_others(documents: list[Document], name: str) -> None:
    held = [bool(getattr(document, name)) for document in documents]
    assert 5 <= sum(held) < len(held)


def test_one_document_was_published_twice(documents: list[Document], accounts: Mapping[str, Account]) -> None:
    assert [account.path for account in accounts.values() if account.outcome == Outcome.DUPLICATE] == [
        "政府网站/奖补名单/2014/2013年企业新设专卖店补贴名单.docx"
    ]
    assert any(len(document.channel) > 1 for document in documents)


def test_exactly_the_special_ones_are_not_public_or_quarantined(accounts: Mapping[str, Account]) -> None:
    apart = {
        path: one
        for path, one in accounts.items()
        if one.outcome in (Outcome.NOT_PUBLIC, Outcome.QUARANTINED)
    }
    assert set(apart) == set(SPECIAL)
    for path, (outcome, why) in SPECIAL.items():
        assert apart[path].outcome == outcome
        assert why in apart[path].what


def test_no_number_of_a_real_telephone_or_identity_card_stands_there(documents: list[Document]) -> None:
    for document in documents:
        for text in (document.body, *(one.text for one in document.attachments)):
            assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text), document.path
            assert not re.search(r"(?<!\d)\d{17}[\dXx](?!\d)", text), document.path
            assert all(code == "0000" for code in re.findall(r"(?<!\d)(\d{3,4})-\d{7,8}(?!\d)", text)), (
                document.path
            )


def test_every_exact_title_comes_first(archive: Archive, documents: list[Document]) -> None:
    for document in documents:
        found = archive.search.run(SearchState(text=document.title, size=1)).hits
        assert found[0].document.title == document.title


def test_every_number_finds_its_document_first(archive: Archive, documents: list[Document]) -> None:
    numbered = [document for document in documents if document.number]
    shared = Counter(document.number for document in numbered)
    assert len(numbered) >= 20
    for document in numbered:
        for text in (
            document.number,
            f"文号:{document.number}",
            document.number.replace("〔", "[").replace("〕", "]"),
        ):
            found = [hit.document.number for hit in archive.search.run(SearchState(text=text)).hits]
            assert found[: shared[document.number]] == [document.number] * shared[document.number], text


def test_every_index_number_opens_its_document(archive: Archive, documents: list[Document]) -> None:
    for document in documents:
        if document.index_number:
            assert archive.search.document(document.index_number).doc_id == document.doc_id


def test_every_line_of_every_document_is_found(archive: Archive, documents: list[Document]) -> None:
    """The middle of the longest line, as a citizen would copy it out."""
    for document in documents:
        line = max(document.body.split("\n"), key=len).replace('"', " ").replace("\t", " ").strip()
        middle = line[len(line) // 3 : len(line) // 3 + 24].strip()
        if len(middle) > 1:
            page = archive.search.run(SearchState(text=f'"{middle}"', size=100))
            assert document.doc_id in [hit.document.doc_id for hit in page.hits], (document.path, middle)


def test_facets_count_what_a_walk_over_the_documents_counts(
    archive: Archive, documents: list[Document]
) -> None:
    facets = {facet.name: facet for facet in archive.search.run(SearchState()).facets}
    expected = {
        "year": Counter(str(document.year) for document in documents if document.year),
        "category": Counter(code for document in documents for code in document.category),
        "channel": Counter(code for document in documents for code in document.channel),
    }
    for name, counts in expected.items():
        assert {one.value: one.count for one in facets[name].values} == counts


def test_every_row_of_every_catalogue_names_a_file_and_known_columns(archive: Archive) -> None:
    assert read_ledger(archive.engine.ledger()).warnings == ()
    for path in DATA.rglob("目录.csv"):
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gb18030")
        for row in csv.DictReader(text.splitlines()):
            assert (path.parent / row["文件名"]).is_file(), (path, row)
