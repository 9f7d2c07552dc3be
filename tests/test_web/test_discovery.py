"""What search engines, browsers and catalogues of data find: sitemap, robots, OpenSearch, DCAT, tags of a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from disclosure_search.web import described, sitemap
from disclosure_search.web.described import schema

if TYPE_CHECKING:
    from conftest import Site

MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def read(client: FlaskClient, address: str) -> ET.Element:
    response = client.get(address)
    assert (response.status_code, response.mimetype) == (200, "application/xml")
    assert response.get_data().startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    return ET.fromstring(response.get_data())


def addresses(root: ET.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{MAPS}loc")]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "PART", 7)


@pytest.mark.usefixtures("small_parts")
def test_the_map_names_every_document_once_in_parts_that_are_all_there(site: Site) -> None:
    index = read(site.client, "/sitemap.xml")
    assert index.tag == f"{MAPS}sitemapindex"
    parts = [one for one in addresses(index) if "pages" not in one]
    assert len(parts) == -(-site.documents // 7)
    found = [address for part in parts for address in addresses(read(site.client, part))]
    listed = site.client.get("/search.json?size=100").get_json()["items"]
    assert sorted(found) == sorted(one["urls"]["html"] for one in listed)
    assert site.client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert site.client.get("/sitemap-0.xml").status_code == 404


def test_a_part_is_no_larger_than_the_standard_allows() -> None:
    assert sitemap.PART <= 50_000


def test_every_page_of_the_map_is_there_and_has_changed_at_a_time_that_was(site: Site) -> None:
    for part in addresses(read(site.client, "/sitemap.xml")):
        root = read(site.client, part)
        assert root.tag == f"{MAPS}urlset"
        for url in root:
            assert site.client.get(url.findtext(f"{MAPS}loc") or "").status_code == 200
            changed = url.findtext(f"{MAPS}lastmod") or ""
            assert (
                date.fromisoformat(changed[:10]).toordinal() <= date.today().toordinal() + 1
            )  # China is ahead
            assert len(changed) == 10 or changed.endswith("+08:00")


def test_robots_may_read_documents_and_are_led_to_the_map(site: Site) -> None:
    text = site.mounted(prefix="/gk").get("/gk/robots.txt").text
    assert "Disallow: /gk/search\n" in text
    assert "Sitemap: http://localhost/gk/sitemap.xml\n" in text
    assert "/gk/d/" not in text
    assert site.client.get("/robots.txt").mimetype == "text/plain"


def test_a_browser_may_take_up_the_search(site: Site) -> None:
    response = site.client.get("/opensearch.xml")
    assert response.mimetype == "application/opensearchdescription+xml"
    root = ET.fromstring(response.get_data())
    assert root.tag == f"{SEARCH}OpenSearchDescription"
    assert 0 < len(root.findtext(f"{SEARCH}ShortName") or "") <= 16
    assert 0 < len(root.findtext(f"{SEARCH}Description") or "") <= 1024
    assert root.findtext(f"{SEARCH}InputEncoding") == "UTF-8"
    templates = {one.get("type"): one.get("template", "") for one in root.findall(f"{SEARCH}Url")}
    assert "application/x-suggestions+json" in templates
    for media_type, template in templates.items():
        address = template.replace("{searchTerms}", "%E8%A1%A5%E8%B4%B4").replace("{startPage?}", "1")
        assert "{" not in address
        answer = site.client.get(address)
        assert (answer.status_code, answer.mimetype) == (200, media_type)


def test_the_catalogue_counts_and_leads_to_what_it_describes(site: Site) -> None:
    response = site.client.get("/catalog.jsonld")
    assert response.mimetype == "application/ld+json"
    found = response.get_json()
    assert found["@type"] == "dcat:Catalog"
    prefixes = set(found["@context"])

    def check(value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                assert key.startswith("@") or key.partition(":")[0] in prefixes, key
                check(inner)
        elif isinstance(value, list):
            for inner in value:
                check(inner)

    check({key: value for key, value in found.items() if key != "@context"})
    whole, *parts = found["dcat:dataset"]
    assert f"{site.documents} 份" in whole["dct:description"]["@value"]
    assert len(parts) > 3
    ids = [one["@id"] for one in found["dcat:dataset"]]
    assert len(ids) == len(set(ids))
    for dataset in (whole, parts[0]):
        for one in dataset["dcat:distribution"]:
            answer = site.client.get(one["dcat:accessURL"]["@id"])
            assert answer.status_code == 200
            assert one["dcat:mediaType"]["@id"].endswith(answer.mimetype)


def tags_of(site: Site, doc_id: str, **settings: object) -> dict[str, str]:
    app = site.mounted(**settings).application
    with app.test_request_context():
        from flask import g

        g.search = site.archive.search
        tags = described.document_tags(site.archive.search.document(doc_id))
    assert len(tags) == len(dict(tags))
    return dict(tags)


def test_a_document_bears_the_ten_tags_of_a_government_page(site: Site) -> None:
    tags = tags_of(
        site, "LX00123-0215-2014-00031", site_code="3505830001", address="https://www.example.gov.cn"
    )
    ten = {
        "SiteName": "公开档案",
        "SiteDomain": "www.example.gov.cn",
        "SiteIDCode": "3505830001",
        "ColumnName": "奖补名单",
        "ColumnDescription": "公开档案：奖补名单",
        "ColumnKeywords": "奖补名单,补贴,专卖店",
        "ColumnType": "信息公开",
        "ArticleTitle": "企业新设专卖店补贴名单",
        "PubDate": "2014-12-02 09:46",
        "ContentSource": "临溪市经济贸易局",
    }
    assert {name: tags.get(name) for name in ten} == ten
    assert tags["Url"] == "https://www.example.gov.cn/d/LX00123-0215-2014-00031"


def test_no_tag_is_empty_and_a_day_has_its_hour(site: Site) -> None:
    tags = tags_of(site, site.doc_id("政府网站/部门预算/2013/预算.txt"))
    assert all(tags.values())
    assert "SiteIDCode" not in tags
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", tags["PubDate"])


def test_linked_data_ends_no_element_and_tells_what_the_record_tells(
    make_client_of: Callable[..., FlaskClient], site: Site
) -> None:
    with site.client.application.test_request_context():
        from flask import g

        g.search = site.archive.search
        document = site.archive.search.document("LX00123-0215-2014-00031")
        text = str(described.linked_data(document))
        told = schema(site.archive.search, document)
    assert not set("<>&") & set(text)
    found = json.loads(text)
    assert found == told
    assert (found["@type"], found["datePublished"]) == ("DigitalDocument", "2014-12-02T09:46")
    assert found["identifier"] == ["LX00123-0215-2014-00031", "临经贸〔2014〕39号"]
    assert urlsplit(found["encoding"]["contentUrl"]).path == "/d/LX00123-0215-2014-00031/original"
    assert all(value or value is False for value in found.values())


def test_the_page_of_a_document_bears_its_tags_and_its_data(site: Site) -> None:
    page = site.get("/d/LX00123-0215-2014-00031")
    shown = {one.get("name"): one.get("content") for one in page.xpath("//head/meta[@name]")}
    tags = tags_of(site, "LX00123-0215-2014-00031")
    assert tags.items() <= shown.items()
    (data,) = page.xpath('//head/script[@type="application/ld+json"]/text()')
    assert json.loads(data)["name"] == "企业新设专卖店补贴名单"


def test_a_page_of_hits_names_its_other_forms_and_every_page_the_search(site: Site) -> None:
    page = site.get("/search?year=2014&page=2&size=2")
    forms = {one.get("type"): one.get("href") for one in page.xpath('//head/link[@rel="alternate"][@type]')}
    assert set(forms) == {"application/atom+xml", "application/feed+json", "application/json", "text/csv"}
    for media_type, address in forms.items():
        answer = site.client.get(address)
        assert (answer.status_code, answer.mimetype) == (200, media_type)
    for address in ("/", "/search", "/browse", "/d/LX00123-0215-2014-00031", "/api/v1/"):
        (link,) = site.get(address).xpath('//head/link[@rel="search"]/@href')
        assert site.client.get(link).mimetype == "application/opensearchdescription+xml"


def test_a_shelf_is_a_column(site: Site) -> None:
    page = site.get("/browse/category/20-07-01")
    shown = {one.get("name"): one.get("content") for one in page.xpath("//head/meta[@name]")}
    assert shown["ColumnName"] == "部门预算"
    assert all(shown.get(name) for name in ("SiteName", "ColumnDescription", "ColumnKeywords", "ColumnType"))
