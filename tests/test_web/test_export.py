"""All hits of a search as a file: none lost, none twice, whatever happens meanwhile; safe to open as a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from disclosure_search.document import BY_NAME
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.web import Originals, SiteSettings, create_app
from disclosure_search.web.export import COLUMNS, HEADINGS, cell
from disclosure_search.wiring import Archive

if TYPE_CHECKING:
    from conftest import Site

FOLDER = "政府网站/公示公告/2013"


def rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text[1:], newline=""), strict=True))


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    "query", ["", "?year=2013&sort=title", f"?q={quote('补贴')}"], ids=["all", "year", "words"]
)
def test_an_export_holds_every_hit_once_in_the_order_of_the_search(site: Site, query: str) -> None:
    found = site.client.get(f"/search.json{query}{'&' if query else '?'}size=100").get_json()
    ids = [one["id"] for one in found["items"]]
    table = site.client.get(f"/search.csv{query}")
    assert [row["编号"] for row in rows(table.get_data(as_text=True))] == ids
    assert [one["id"] for one in lines(site.client.get(f"/search.ndjson{query}").text)] == ids
    assert table.headers["X-Total-Count"] == str(len(ids)) == str(found["total"])
    assert table.headers["Content-Disposition"] == "attachment; filename=search.csv"


def test_page_and_size_make_no_difference_to_an_export(site: Site) -> None:
    whole = site.client.get("/search.csv").get_data()
    assert site.client.get("/search.csv?page=2&size=5").get_data() == whole


def test_the_table_has_the_headings_of_the_fields_and_reads_as_people_write(site: Site) -> None:
    table = rows(site.client.get(f"/search.csv?q={quote('补贴名单')}").get_data(as_text=True))
    assert tuple(table[0]) == HEADINGS
    assert {field.label for field in COLUMNS} <= set(HEADINGS)
    row = next(one for one in table if one["索引号"])
    assert row["标题"] == "企业新设专卖店补贴名单"
    assert row["渠道"] == "公示栏；政府网站"
    assert row[BY_NAME["published"].label] == "2014-12-02 09:46"
    assert row["固定网址"] == f"http://localhost/d/{row['编号']}"
    assert len(row["SHA-256"]) == 64


def test_lines_end_as_spreadsheets_want_it(site: Site) -> None:
    data = site.client.get("/search.csv").get_data()
    assert data.count(b"\r\n") == data.count(b"\n") == site.documents + 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("=1+1", "'=1+1", id="formula"),
        pytest.param("+86", "'+86", id="plus"),
        pytest.param("-通知", "'-通知", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'\t=1", id="tab"),
        pytest.param("\r=1", "'\r=1", id="return"),
        pytest.param("＝1+1", "'＝1+1", id="full width"),
        pytest.param("350583199001011234", "350583199001011234\t", id="long number"),
        pytest.param("000123", "000123\t", id="leading zeros"),
        pytest.param("12345678901e", "12345678901e", id="no number"),
        pytest.param("1e5", "1e5\t", id="looks like an exponent"),
        pytest.param("2014", "2014", id="year"),
        pytest.param("关于=的通知", "关于=的通知", id="inside"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_cell_is_shown_as_text(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_a_hostile_title_stays_text_in_every_form(make_client_of: Callable[..., FlaskClient]) -> None:
    title = '=HYPERLINK("http://evil.example","点"),"x"'
    client = make_client_of(
        {
            f"{FOLDER}/一.txt": "内容。\n",
            f"{FOLDER}/一.txt.meta.toml": f"title = '{title}'\n",
        }
    )
    (row,) = rows(client.get("/search.csv").get_data(as_text=True))
    assert row["标题"] == f"'{title}"
    (line,) = lines(client.get("/search.ndjson").text)
    assert line["title"] == title


@pytest.fixture
def many(make_archive: Callable[..., Archive]) -> tuple[Archive, FlaskClient]:
    """Enough for several writes of an export."""
    files = {f"{FOLDER}/{one:03}.txt": f"第{one:03}号公示\n内容{one}。\n" for one in range(450)}
    archive = make_archive(
        {"collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n', **files}
    )
    data_dir = archive.settings.data_dir
    site = SiteSettings("公开档案", "", data_dir, threads=2)
    return archive, create_app(lambda: archive.search, Originals(data_dir), site).test_client()


def run(archive: Archive) -> None:
    data_dir = archive.settings.data_dir
    bring_up_to_date(archive.engine, data_dir, archive.store_dir, archive.vocabularies, archive.segmenter)


def write(folder: Path, name: str, content: str) -> None:
    (folder / FOLDER / name).write_text(content, "utf-8")


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_commit_in_the_middle_of_an_export_neither_doubles_nor_loses_and_shows_nothing_withdrawn(
    many: tuple[Archive, FlaskClient], form: str
) -> None:
    archive, client = many
    data_dir = archive.settings.data_dir
    response = client.get(f"/search.{form}?sort=title")
    stream = iter(response.response)
    parts = [next(stream)]
    write(
        data_dir, "449.txt.meta.toml", 'withdrawn = "有误"\n'
    )  # still to come, since the order is that of titles
    write(data_dir, "新.txt", "第0000号公示\n新的内容。\n")
    write(data_dir, "448.txt", "第448号公示\n改过的内容。\n")
    run(archive)
    parts += list(stream)
    response.close()
    text = b"".join(one if isinstance(one, bytes) else one.encode() for one in parts).decode()
    found = rows(text) if form == "csv" else lines(text)
    titles = [str(one["标题" if form == "csv" else "title"]) for one in found]
    assert titles == [f"第{one:03}号公示" for one in range(449)]
    assert response.headers["X-Total-Count"] == "450"


def test_only_so_many_exports_run_side_by_side_and_the_others_are_told_when_to_come_back(
    many: tuple[Archive, FlaskClient],
) -> None:
    _, client = many  # two threads, so one export
    first = client.get("/search.csv")
    refused = client.get("/search.ndjson")
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/search.json").status_code == 200
    first.close()
    assert client.get("/search.ndjson", buffered=True).status_code == 200
    assert client.get("/search.ndjson?year=x", buffered=True).status_code == 400  # gives its place back
    assert client.head("/search.csv", buffered=True).status_code == 200
    assert client.get("/search.csv", buffered=True).status_code == 200


def test_what_a_client_has_is_no_longer_true_once_a_document_is_withdrawn(
    many: tuple[Archive, FlaskClient],
) -> None:
    archive, client = many
    doc_id = client.get("/search.json?sort=title").get_json()["items"][0]["id"]
    addresses = (
        f"/api/v1/documents/{doc_id}",
        "/search.json",
        "/search.csv",
        "/search.atom",
        "/sitemap-1.xml",
    )
    tags = {one: client.get(one, buffered=True).headers["ETag"] for one in addresses}
    write(archive.settings.data_dir, "000.txt.meta.toml", 'withdrawn = "有误"\n')
    run(archive)
    status = {
        one: client.get(one, headers={"If-None-Match": tag}, buffered=True).status_code
        for one, tag in tags.items()
    }
    assert status == {one: 404 if doc_id in one else 200 for one in addresses}
