"""Feeds of a search: Atom by RFC 4287 and RFC 5005, JSON Feed 1.1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

if TYPE_CHECKING:
    from conftest import Site

ATOM = "{http://www.w3.org/2005/Atom}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
ONCE = {"feed": ("id", "title", "updated"), "entry": ("id", "title", "updated", "published", "summary")}


def feed_of(client: FlaskClient, address: str) -> ET.Element:
    response = client.get(address)
    assert (response.status_code, response.mimetype) == (200, "application/atom+xml")
    return ET.fromstring(response.get_data())


def text(element: ET.Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


def links(element: ET.Element) -> dict[str, str]:
    return {one.get("rel", "alternate"): one.get("href", "") for one in element.findall(f"{ATOM}link")}


def check(element: ET.Element) -> None:
    """What RFC 4287 demands of a feed and of an entry."""
    kind = element.tag.removeprefix(ATOM)
    for name in ("id", "title", "updated"):
        assert text(element, name), name
    for name in ONCE[kind]:
        assert len(element.findall(f"{ATOM}{name}")) <= 1
    assert urlsplit(text(element, "id")).scheme == "http"
    for name in ("updated", "published"):
        if moment := text(element, name):
            assert datetime.fromisoformat(moment).utcoffset() is not None
    for link in element.findall(f"{ATOM}link"):
        assert urlsplit(link.get("href")).scheme in ("http", "https")
    for person in element.findall(f"{ATOM}author"):
        assert text(person, "name")


@pytest.mark.parametrize(
    "query", ["", f"?q={quote('补贴')}", "?year=2013&size=5&page=2", f"?q={quote('没有这样的词')}"],
    ids=["all", "words", "page", "nothing"],
)  # fmt: skip
def test_a_feed_and_its_entries_have_what_the_standard_demands(site: Site, query: str) -> None:
    feed = feed_of(site.client, f"/search.atom{query}")
    assert feed.tag == f"{ATOM}feed"
    check(feed)
    assert text(feed.find(f"{ATOM}author"), "name") == "临溪市经济贸易局"  # so no entry needs one of its own
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        check(entry)
    ids = [text(entry, "id") for entry in entries]
    assert len(ids) == len(set(ids))
    found = site.client.get(f"/search.json{query}").get_json()
    assert feed.findtext(f"{SEARCH}totalResults") == str(found["total"])


def test_the_newest_come_first_unless_asked_otherwise(site: Site) -> None:
    days = [text(one, "published") for one in feed_of(site.client, "/search.atom").findall(f"{ATOM}entry")]
    dated = [day for day in days if day]
    assert dated == sorted(dated, reverse=True)
    oldest = feed_of(site.client, "/search.atom?sort=oldest").find(f"{ATOM}entry")
    assert text(oldest, "published") == "2013-03-01T00:00:00+08:00"


def test_an_hour_is_that_of_china(site: Site) -> None:
    entries = feed_of(site.client, f"/search.atom?q={quote('补贴')}").findall(f"{ATOM}entry")
    assert "2014-12-02T09:46:00+08:00" in [text(one, "published") for one in entries]


def test_following_next_gives_every_entry_once(site: Site) -> None:
    ids: list[str] = []
    address: str | None = "/search.atom?size=7"
    while address:
        feed = feed_of(site.client, address)
        ids += [text(one, "id") for one in feed.findall(f"{ATOM}entry")]
        address = links(feed).get("next")
    assert len(ids) == len(set(ids)) == site.documents


def test_both_feeds_tell_the_same(site: Site) -> None:
    feed = feed_of(site.client, "/search.atom?year=2014")
    response = site.client.get("/search.feed.json?year=2014")
    assert response.mimetype == "application/feed+json"
    found = response.get_json()
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["title"] == text(feed, "title")
    assert [one["id"] for one in found["items"]] == [text(one, "id") for one in feed.findall(f"{ATOM}entry")]
    for one in found["items"]:
        assert one["content_text"]
        assert datetime.fromisoformat(one["date_modified"]).utcoffset() is not None
    assert "next_url" not in found
    assert "next_url" in site.client.get("/search.feed.json?size=2").get_json()


def test_what_xml_cannot_hold_breaks_no_feed(make_client_of: Callable[..., FlaskClient]) -> None:
    client = make_client_of(
        {
            "政府网站/公示公告/2014/一.txt": "内容。\n",
            "政府网站/公示公告/2014/一.txt.meta.toml": (
                'title = "一\\u0001<b>&\\uFFFE\\u000B]]>二"\ndescription = "\\u001F<x>"\n'
            ),
        }
    )
    (entry,) = feed_of(client, "/search.atom").findall(f"{ATOM}entry")
    assert text(entry, "title").replace(" ", "") == "一<b>&]]>二"
    assert "<x>" in text(entry, "summary")
    for address in ("/oai?verb=ListRecords&metadataPrefix=oai_dc", "/sitemap-1.xml"):
        ET.fromstring(client.get(address).get_data())
