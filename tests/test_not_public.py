"""What is not public appears nowhere: route by route, command by command, in numbers too."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from disclosure_search.cli import main
from disclosure_search.config import Settings
from disclosure_search.engine.base import Every, Request
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.ledger import Outcome, read_ledger
from disclosure_search.search import SearchState
from disclosure_search.wiring import Archive, open_archive
from disclosure_search.wsgi import make_app

TOMORROW = (date.today() + timedelta(days=1)).isoformat()
YESTERDAY = (date.today() - timedelta(days=1)).isoformat()
# Why each is not public. A word of its own stands in the title, text, attachment, number, names and lists of each.
REASONS: dict[str, str] = {
    "甲甲": 'audience = "面向本单位"',
    "乙乙": 'audience = "面向申请人"',
    "丙丙": f'published = "{TOMORROW}"',
    "丁丁": f'expires = "{YESTERDAY}"',
    "戊戊": 'withdrawn = "内容有误"',
    "己己": 'openness = "不予公开"',
    "庚庚": 'audience = "仅限某些人"',
}
FOLDER = "简报/监督检查/2011"  # a channel, a category and a year that nothing public has
SIDECAR = """
title = "{word}的题目"
number = "{word}字〔2011〕7号"
index_number = "{code}-2011-00007"
agency = "{word}局"
keywords = ["{word}关键"]
description = "{word}概述"
attachments = ["{word}附件.txt"]
category = ["监督检查", "{word}类别"]
channel = ["简报", "{word}渠道"]
{reason}
"""
PUBLIC = "政府网站/规划计划/2014/公开.txt"
PUBLIC_SIDECAR = """
title = "公开的题目"
attachments = ["公开附件.txt", "{others}"]
{links}
"""
LINK = """[[interpretations]]
kind = "文字解读"
title = "{word}解读"
path = "../../../{folder}/{word}.txt"
"""


@dataclass(frozen=True)
class Site:
    archive: Archive
    data_dir: Path
    app: Flask
    client: FlaskClient

    @property
    def ids(self) -> dict[str, str]:
        """The ids of what is not public, by its word; attachments bear those of their documents."""
        accounts = read_ledger(self.archive.engine.ledger()).accounts.values()
        return {
            one.path.rpartition("/")[2][:2]: one.doc_id
            for one in accounts
            if one.outcome == Outcome.NOT_PUBLIC
        }

    def run(self, *arguments: str, **options: str) -> str:
        settings = self.archive.settings
        places = ("--data", str(settings.data_dir), "--index", str(settings.index_dir))
        result = CliRunner().invoke(main, [arguments[0], *places, *arguments[1:]], **options)
        return result.output


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data_dir = tmp_path_factory.mktemp("not-public") / "data"
    files = {"collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n'}
    for number, (word, reason) in enumerate(REASONS.items()):
        files[f"{FOLDER}/{word}.txt"] = f"{word}的题目\n{word}的正文，不可外传。\n"
        files[f"{FOLDER}/{word}.txt.meta.toml"] = SIDECAR.format(word=word, reason=reason, code=f"LX{number}")
        files[f"{FOLDER}/{word}附件.txt"] = f"{word}附件的正文，不可外传。\n"
    links = "".join(LINK.format(word=word, folder=FOLDER) for word in REASONS)
    others = '", "'.join(f"../../../{FOLDER}/{word}{end}.txt" for word in REASONS for end in ("", "附件"))
    files[PUBLIC] = "公开的题目\n人人可以看的正文。\n"
    files[f"{PUBLIC}.meta.toml"] = PUBLIC_SIDECAR.format(links=links, others=others)
    files["政府网站/规划计划/2014/公开附件.txt"] = "人人可以看的附件。\n"
    files["政府网站/规划计划/2014/同文.txt"] = f"{next(iter(REASONS))}的题目\n另一份公开的正文。\n".replace(
        "甲甲", "公开"
    )
    for name, content in files.items():
        (data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (data_dir / name).write_text(content, "utf-8")
    archive = open_archive(Settings(data_dir, data_dir.with_name("index")))
    bring_up_to_date(archive.engine, data_dir, archive.store_dir, archive.vocabularies, archive.segmenter)
    app = make_app(archive)
    yield Site(archive, data_dir, app, app.test_client())
    archive.engine.close()


def names_none(text: str, where: str, *, besides: str = "") -> None:
    """`besides` is what was asked for and is said back."""
    told = text.replace(besides, "").replace(quote(besides), "") if besides else text
    for word in REASONS:
        assert word not in told, f"{word} in {where}"
        assert quote(word) not in told, f"{word} in {where}"
    assert "不可外传" not in told, where
    assert f"{FOLDER}/" not in told, where


def test_the_collection_is_what_it_should_be(site: Site) -> None:
    counts = read_ledger(site.archive.engine.ledger()).counts()
    assert counts["not_public"] >= len(REASONS)
    assert counts["quarantined"] == 0
    assert set(site.ids) == set(REASONS)
    public = {document.title for document in site.archive.engine.documents()}
    assert public == {"公开的题目"} or "公开的题目" in public


# Route by route

ROUTES = {
    "static", "home", "search", "document", "original", "attachment", "browse", "browse_facet", "browse_value",
    "healthz", "readyz", "facet", "request", "request_text", "map", "display", "brand_css", "logo",
    "api_docs", "api_document", "api_openapi", "api_search", "api_suggest", "suggestions", "search_atom", "search_csv",
    "search_feed_json", "search_json", "search_ndjson", "opensearch", "robots", "catalogue", "oai", "sitemap",
    "sitemap_pages", "sitemap_part", "print", "ris", "verify", "verify_json",
}  # fmt: skip
LISTS = [
    "/search/category", "/search/channel", "/search/agency", "/search/genre", "/search/year", "/map", "/browse/agency",
    "/browse/genre", "/search.json", "/search.csv", "/search.ndjson", "/search.atom", "/search.feed.json", "/readyz",
    "/api/v1/", "/api/v1/search", "/api/v1/openapi.json", "/catalog.jsonld", "/sitemap.xml", "/sitemap-pages.xml",
    "/sitemap-1.xml", "/opensearch.xml", "/robots.txt", "/oai?verb=ListRecords&metadataPrefix=oai_dc", "/brand.css",
    "/oai?verb=Identify", "/logo", "/display?text=large", "/request", "/request.txt",
]  # fmt: skip
ASKING = [
    "/request?q=", "/request.txt?q=", "/search/agency?find=", "/search.json?q=", "/search.csv?q=", "/search.ndjson?q=",
    "/search.atom?q=", "/search.feed.json?q=", "/api/v1/search?q=", "/api/v1/suggest?q=", "/opensearch/suggest?q=",
    "/api/v1/documents/",
]  # fmt: skip


@pytest.mark.parametrize("address", LISTS)
def test_no_list_and_no_page_of_all_names_any_of_them(site: Site, address: str) -> None:
    with site.client.get(address) as response:
        names_none(response.text, address)


@pytest.mark.parametrize("address", ASKING)
@pytest.mark.parametrize("word", REASONS)
def test_whoever_asks_for_one_of_them_learns_no_more_than_was_asked(
    site: Site, address: str, word: str
) -> None:
    with site.client.get(f"{address}{quote(word)}") as response:
        names_none(response.text, address, besides=word)


def test_every_route_of_the_site_is_tested_here(site: Site) -> None:
    assert {rule.endpoint for rule in site.app.url_map.iter_rules()} == ROUTES


def test_home(site: Site) -> None:
    names_none(site.client.get("/").text, "/")


@pytest.mark.parametrize("word", REASONS)
def test_search(site: Site, word: str) -> None:
    texts = [
        word,
        f'"{word}的正文"',
        f"{word}附件",
        f"标题:{word}",
        f"文号:{word}字〔2011〕7号",
        f"机构:{word}局",
        f"-{word}",
    ]
    for text in texts:
        for address in (
            f"/search?q={quote(text)}",
            f"/search?q={quote(text)}&sort=newest",
            f"/search?q={quote(text)}&page=2",
        ):
            names_none(site.client.get(address).text, address, besides=word)


def test_search_without_a_text_and_its_facets(site: Site) -> None:
    for address in ("/search", "/search?sort=oldest&size=100", "/search?sort=title", "/search?year=2011"):
        page = site.client.get(address).text
        names_none(page, address)
        assert "简报" not in page
        assert "监督检查" not in page


@pytest.mark.parametrize("word", REASONS)
@pytest.mark.parametrize("name", ["category", "channel"])
def test_search_by_a_value_that_only_hidden_documents_bear(site: Site, name: str, word: str) -> None:
    """As if nobody had ever written it."""
    value = f"{word}{'类别' if name == 'category' else '渠道'}"
    hidden = site.client.get(f"/search?{name}={quote(value)}")
    never = site.client.get(f"/search?{name}={quote('从未写过')}")
    assert hidden.status_code == never.status_code == 400


@pytest.mark.parametrize("word", REASONS)
@pytest.mark.parametrize(
    "part", ["", "/print", ".ris", "/original", "/attachment/1", "/attachment/0", "/attachment/99"]
)
def test_document_original_and_attachment(site: Site, word: str, part: str) -> None:
    code = f"LX{list(REASONS).index(word)}-2011-00007"
    for doc_id in {site.ids[word], code, word, f"{word}字〔2011〕7号"}:
        response = site.client.get(f"/d/{quote(doc_id)}{part}?q={quote('正文')}")
        assert response.status_code == 404
        names_none(response.text, f"/d/{doc_id}{part}", besides=word)


@pytest.mark.parametrize("address", ["/verify", "/verify.json"])
def test_a_digest_of_what_is_not_public_is_as_unknown_as_any_other(site: Site, address: str) -> None:
    """In the same words, but for the digest itself."""
    files = [path for path in site.data_dir.rglob("*") if path.is_file() and path.suffix == ".txt"]
    held = [
        (one.sha256, *(file.sha256 for file in one.attachments)) for one in site.archive.engine.documents()
    ]
    public = {digest for several in held for digest in several}

    def answer(digest: str) -> tuple[int, str]:
        with site.client.get(f"{address}?sha256={digest}") as response:
            return response.status_code, re.sub(r"\d\d:\d\d:\d\d", "", response.text.replace(digest, "*"))

    expected = answer("0" * 64)
    hidden = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files} - public
    assert hidden
    assert [answer(digest) for digest in hidden] == [expected] * len(hidden)


@pytest.mark.parametrize("name", [f"{FOLDER}/甲甲.txt", f"../{FOLDER}/甲甲.txt", "甲甲附件.txt"])
def test_no_file_is_reached_by_its_path(site: Site, name: str) -> None:
    for address in (
        f"/{name}",
        f"/d/{name}",
        f"/static/{name}",
        f"/static/../../{name}",
        f"/d/{name}/original",
    ):
        assert site.client.get(quote(address)).status_code in (404, 405)


def test_the_public_document_names_none_of_them(site: Site) -> None:
    doc_id = read_ledger(site.archive.engine.ledger()).accounts[PUBLIC].doc_id
    page = site.client.get(f"/d/{doc_id}").text
    names_none(page, "document")
    assert "公开附件" in page
    sent = 0
    for position in range(1, 3 * len(REASONS)):
        response = site.client.get(f"/d/{doc_id}/attachment/{position}")
        names_none(response.text, f"attachment {position}")
        names_none(unquote(response.headers.get("Content-Disposition", "")), f"attachment {position}")
        sent += response.status_code == 200
        response.close()
    assert sent == 1


def test_browse(site: Site) -> None:
    for address in ("/browse", "/browse/year", "/browse/category", "/browse/channel"):
        names_none(site.client.get(address).text, address)
    assert "2011" not in site.client.get("/browse/year").text


@pytest.mark.parametrize("word", REASONS)
def test_browse_by_a_value_that_only_hidden_documents_bear(site: Site, word: str) -> None:
    for address in (
        f"/browse/category/{quote(word + '类别')}",
        f"/browse/channel/{quote(word + '渠道')}",
        "/browse/year/2011",
    ):
        response = site.client.get(address)
        assert response.status_code == 404
        names_none(response.text, address, besides=word)


def test_browse_by_a_known_value_that_only_hidden_documents_bear(site: Site) -> None:
    for address in ("/browse/channel/bulletin", "/browse/category/20-13"):
        response = site.client.get(address)
        assert response.status_code == 200
        names_none(response.text, address)


def test_health_counts_the_public_alone(site: Site) -> None:
    told = site.client.get("/healthz").get_json()
    assert told["documents"] == site.archive.search.run(SearchState()).total == 2
    names_none(json.dumps(told, ensure_ascii=False), "/healthz")


def test_static_files_are_ours(site: Site) -> None:
    with site.client.get("/static/style.css") as response:
        names_none(response.text, "style")


# Command by command


@pytest.mark.parametrize("word", REASONS)
def test_show_knows_none_of_them(site: Site, word: str) -> None:
    for doc_id in (site.ids[word], f"LX{list(REASONS).index(word)}-2011-00007"):
        told = site.run("show", doc_id)
        assert told.startswith("error: ")
        names_none(told, "show", besides=word)


def test_search_and_batch_find_none_of_them(site: Site) -> None:
    names_none(site.run("search", "", "--json", "--size", "100"), "search")
    for line in site.run(
        "search", "--batch", "-", input="\n".join(f'"{word}"' for word in REASONS)
    ).splitlines():
        told = json.loads(line)
        query = told.pop("query")
        assert told["total"] == 0
        names_none(json.dumps(told, ensure_ascii=False), f"batch {query}", besides=query.strip('"'))


def test_a_public_record_names_none_of_them(site: Site) -> None:
    for hit in json.loads(site.run("search", "", "--json"))["hits"]:
        names_none(site.run("show", hit["id"], "--json"), "show")
        names_none(site.run("show", hit["id"]), "show")


def test_the_index_itself_holds_no_text_of_them(site: Site) -> None:
    for document in site.archive.engine.documents():
        for text in (document.title, document.body, *(one.text for one in document.attachments)):
            names_none(text, document.path)
    names = ("category", "channel", "agency", "number", "index_number", "exact", "year")
    for name, counts in site.archive.engine.search(Request(Every(), facets=names)).facets.items():
        for value in counts:
            names_none(value, name)


# Between two runs


@pytest.fixture
def lapsed(tmp_path: Path) -> Iterator[Site]:
    """A notice whose last day has come and gone since it was indexed."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "甲甲.txt").write_text("甲甲的题目\n甲甲的正文，不可外传。\n", "utf-8")
    (data_dir / "甲甲.txt.meta.toml").write_text(f'expires = "{YESTERDAY}"\ncategory = "甲甲类别"\n', "utf-8")
    (data_dir / "公开.txt").write_text("公开的题目\n人人可以看。\n", "utf-8")
    archive = open_archive(Settings(data_dir, tmp_path / "index"))
    earlier = date.today() - timedelta(days=30)
    bring_up_to_date(
        archive.engine, data_dir, archive.store_dir, archive.vocabularies, archive.segmenter, today=earlier
    )
    assert archive.engine.condition().documents == 2
    app = make_app(archive)
    yield Site(archive, data_dir, app, app.test_client())
    archive.engine.close()


def test_a_notice_that_lapsed_since_the_last_run_is_gone_everywhere(lapsed: Site) -> None:
    doc_id = read_ledger(lapsed.archive.engine.ledger()).accounts["甲甲.txt"].doc_id
    for address in ("/", "/search", f"/search?q={quote('甲甲')}", "/browse", "/browse/category"):
        names_none(lapsed.client.get(address).text, address, besides="甲甲" if "q=" in address else "")
    for part in ("", "/original", "/attachment/1"):
        assert lapsed.client.get(f"/d/{doc_id}{part}").status_code == 404
    assert lapsed.run("show", doc_id).startswith("error: ")
    assert json.loads(lapsed.run("search", "甲甲", "--json"))["total"] == 0


def test_a_notice_that_lapsed_since_the_last_run_is_not_counted_either(lapsed: Site) -> None:
    assert lapsed.client.get("/healthz").get_json()["documents"] == 1
    assert "共收录 1 份" in lapsed.client.get("/").text


def test_a_value_that_only_a_lapsed_notice_bears_is_as_unknown_as_any(lapsed: Site) -> None:
    assert lapsed.client.get(f"/search?category={quote('甲甲类别')}").status_code == 400


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Site]:
    """A page that goes on naming the attachment of a notice whose last day has come and gone since the index run, and
    an internal file that was renamed without its description before it."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    files = {
        "甲甲.txt": "甲甲的题目\n甲甲的正文，不可外传。\n",
        "甲甲.txt.meta.toml": f'expires = "{YESTERDAY}"\nattachments = ["甲甲附件.txt"]\n',
        "甲甲附件.txt": "甲甲附件的正文，不可外传。\n",
        "公开.txt": "公开的题目\n人人可以看。\n",
        "公开.txt.meta.toml": 'attachments = ["甲甲附件.txt"]\n',
        "乙乙.txt": "乙乙的题目\n乙乙的正文，不可外传。\n",
        "乙乙.txt.meta.toml": 'audience = "面向本单位"\n',
    }
    for name, content in files.items():
        (data_dir / name).write_text(content, "utf-8")
    archive = open_archive(Settings(data_dir, tmp_path / "index"))
    earlier = date.today() - timedelta(days=30)
    for _ in range(2):
        bring_up_to_date(
            archive.engine,
            data_dir,
            archive.store_dir,
            archive.vocabularies,
            archive.segmenter,
            today=earlier,
        )
        if (data_dir / "乙乙.txt").exists():
            (data_dir / "乙乙.txt").rename(data_dir / "改名.txt")
    app = make_app(archive)
    yield Site(archive, data_dir, app, app.test_client())
    archive.engine.close()


def test_the_attachment_of_a_notice_that_lapsed_is_not_served_by_another_page(shared: Site) -> None:
    doc_id = read_ledger(shared.archive.engine.ledger()).accounts["公开.txt"].doc_id
    for part in ("", "/attachment/1", "/attachment/2"):
        names_none(shared.client.get(f"/d/{doc_id}{part}").text, part)
    assert shared.client.get(f"/d/{doc_id}").status_code == 200
    names_none(shared.run("show", doc_id, "--json"), "show")
    assert json.loads(shared.run("search", "甲甲附件", "--json"))["total"] == 0


def test_an_internal_file_that_was_renamed_is_nowhere(shared: Site) -> None:
    accounts = read_ledger(shared.archive.engine.ledger()).accounts
    assert accounts["改名.txt"].outcome == Outcome.QUARANTINED
    for address in ("/", "/search", f"/search?q={quote('乙乙')}", "/browse"):
        names_none(shared.client.get(address).text, address, besides="乙乙" if "q=" in address else "")
    assert json.loads(shared.run("search", "乙乙", "--json"))["total"] == 0
