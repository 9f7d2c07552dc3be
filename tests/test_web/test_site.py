"""All that holds of every page: links, safety, addresses below a prefix, answers when something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import lxml.html
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from disclosure_search.web import templates_dir

if TYPE_CHECKING:
    from conftest import Site

LABELS = {"category": "类别", "channel": "渠道", "year": "年份"}


def test_every_link_of_the_site_leads_somewhere(site: Site, crawled: dict[str, TestResponse]) -> None:
    gone = {f"/d/{site.doc_id(f'政府网站/医疗、卫生/2015/{name}.txt')}/original" for name in ("移走", "更换")}
    failed = {address for address, response in crawled.items() if response.status_code != 200}
    assert failed <= gone
    assert len(crawled) > 100


def test_nothing_that_is_not_public_is_reached_by_any_link(
    site: Site, crawled: dict[str, TestResponse]
) -> None:
    for address, response in crawled.items():
        shown = response.get_data()
        for word in (site.secret, "内部报道的题目", "给申请人的答复", "到期的公示"):
            assert word.encode() not in shown, address


@pytest.mark.parametrize(
    "path",
    ["简报/公示公告/2014/内部.txt", "政府网站/公示公告/2014/申请人.txt", "公示栏/公示公告/2012/到期.txt"],
    ids=["internal", "applicant", "expired"],
)
def test_what_is_not_public_cannot_be_asked_for_either(site: Site, path: str) -> None:
    doc_id = site.doc_id(path)
    assert doc_id
    for address in (f"/d/{doc_id}", f"/d/{doc_id}/original", f"/d/{doc_id}/attachment/1"):
        response = site.client.get(address)
        assert response.status_code == 404
        assert site.secret not in response.text
    for query in (site.secret, f'"{site.secret}"', path.rpartition("/")[2]):
        page = site.get(f"/search?q={quote(query)}")
        assert site.secret not in site.text(page.xpath('//*[@id="main"]')[0]).replace(query, "")
        assert not page.xpath(f'//a[contains(@href, "{doc_id}")]')


def test_every_page_carries_the_headers_that_keep_a_browser_safe(crawled: dict[str, TestResponse]) -> None:
    for address, response in crawled.items():
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, address
        assert "unsafe-inline" not in policy, address
        assert response.headers["X-Content-Type-Options"] == "nosniff", address
        assert response.headers["Referrer-Policy"] == "same-origin", address


def test_no_page_holds_scripts_or_styles_of_its_own(crawled: dict[str, TestResponse]) -> None:
    for address, response in crawled.items():
        if address.endswith("/original") or response.mimetype != "text/html":
            continue
        page = lxml.html.document_fromstring(response.text)
        run = '//script[not(@type="application/ld+json")]'  # the others are data, which no browser runs
        assert all("/static/search.js?v=" in one.get("src", "") for one in page.xpath(run)), address
        assert not page.xpath(f"{run}[text()] | //style | //*[@style] | //*[starts-with(name(@*), 'on')]"), (
            address
        )
        assert page.xpath("/html/@lang") == ["zh-CN"], address
        assert page.xpath('//a[@class="skip"]/@href') == ["#main"], address
        assert len(page.xpath('//*[@id="main"]')) == 1, address
        assert len(page.xpath("//h1")) == 1, address
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), address
        assert set(page.xpath("//input[@id]/@id")) == set(page.xpath("//form//label/@for")), address


def test_templates_leave_every_query_string_to_the_state() -> None:
    for template in templates_dir().glob("*.html"):
        content = template.read_text("utf-8")
        assert not re.search(r'(?:href|action)="[^"{]*\?', content), template.name
        assert "urlencode" not in content, template.name
        assert "| safe" not in content, template.name


def test_home_shows_the_shelves_with_true_counts_and_the_newest(site: Site) -> None:
    page = site.get("/")
    assert site.text(page.xpath('//ol[@class="entries"]/li/a')[0]) == "专卖店补贴名单怎么看"
    items = page.xpath('//ul[@class="branches"]/li')
    shelves = {site.text(item.xpath("./a")[0]): item for item in items}
    assert set(shelves) >= {
        "2012",
        "2013",
        "2014",
        "财政预算决算",
        "部门预算",
        "三公经费",
        "公示栏",
        "政府网站",
    }
    for name, item in shelves.items():
        count = int(item.xpath('./span[@class="count"]/text()')[0])
        assert site.total(site.get(item.xpath("./a/@href")[0])) == count, name
    assert f"共收录 {site.documents} 份公开文件" in site.text(page)


@pytest.mark.parametrize("facet", ["category", "channel", "year"])
def test_every_page_counts_a_value_alike(
    make_client_of: Callable[[dict[str, str]], FlaskClient], facet: str
) -> None:
    """A site of the enterprises lies in a group with the site of the government; both pages must tell one number."""
    client = make_client_of(
        {
            f"{channel}/{category}/2014/{name}.txt": f"{name}号通知\n请遵照执行。\n"
            for channel, category, name in (
                ("政府网站", "部门预算", "一"),
                ("企业服务网", "三公经费", "二"),
                ("企业服务网", "财政预算决算", "三"),
                ("QQ群", "奖补名单", "四"),
            )
        }
    )

    def counts(address: str, row: str, name: str) -> dict[str, int]:
        items = lxml.html.document_fromstring(client.get(address).text).xpath(row)
        pairs = {
            item.xpath(f"string({name})").strip(): item.xpath('string(span[@class="count"]/text())')
            for item in items
        }
        return {name: int(count) for name, count in pairs.items() if int(count)}

    told = counts(
        "/search", f'//aside//details[contains(summary, "{LABELS[facet]}")]//li', 'a/span[@class="name"]'
    )
    assert len(told) > 0
    shelf = f'//section[contains(@class, "shelf {facet}")]//li'
    for address in ("/", "/browse", f"/browse/{facet}"):
        assert counts(address, shelf, "*[1]") == told, address
    for link in lxml.html.document_fromstring(client.get("/browse").text).xpath(f"{shelf}/a"):
        page = lxml.html.document_fromstring(client.get(link.get("href")).text)
        assert f"共 {told[link.text]} 份" in page.xpath('string(//*[@role="status"])'), link.text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        pytest.param("/browse/category/20-08", 200, id="known, still empty"),
        pytest.param("/browse/category/nothing", 404, id="unknown value"),
        pytest.param("/browse/year/1850", 404, id="year without documents"),
        pytest.param("/browse/audience", 404, id="no shelf"),
        pytest.param("/browse/year/2013?q=x", 400, id="text belongs to the search"),
        pytest.param("/browse/year/2013?year=2012", 400, id="two of its own"),
        pytest.param("/d/nothing", 404, id="unknown document"),
        pytest.param("/d/..%2F..%2Fetc%2Fpasswd", 404, id="path as document"),
        pytest.param("/static/../__init__.py", 404, id="out of static"),
        pytest.param("/nothing", 404, id="unknown page"),
    ],
)
def test_other_addresses_answer_with_a_page_of_ours(site: Site, address: str, status: int) -> None:
    assert site.get(address, status).xpath('//input[@name="q"]')


def test_only_reading_is_allowed(site: Site) -> None:
    response = site.client.post("/search", data={"q": "x"})
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert "不支持这种访问方式" in response.text


def test_health_tells_state_and_generation(site: Site, empty: FlaskClient) -> None:
    ready = site.client.get("/healthz")
    assert ready.status_code == 200
    assert ready.get_json()["state"] == "ready"
    assert ready.get_json()["generation"]
    assert ready.get_json()["documents"] == site.documents
    missing = empty.get("/healthz")
    assert (missing.status_code, missing.get_json()["state"]) == (503, "missing")


@pytest.mark.parametrize("address", ["/", "/search?q=x", "/browse", "/browse/year/2014", "/d/x/original"])
def test_without_an_index_the_site_says_so_and_names_no_folder(
    empty: FlaskClient, address: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    response = empty.get(address)
    assert response.status_code == 503
    assert "还没有建立索引" in response.text
    assert str(tmp_path_factory.getbasetemp()) not in response.text


@pytest.mark.parametrize("is_cut_off", [False, True], ids=["proxy passes it on", "proxy cuts it off"])
def test_below_a_prefix_every_address_carries_it(site: Site, is_cut_off: bool) -> None:
    client = site.mounted(prefix="/disclosure/")
    for address in ("/", "/search?year=2014", "/browse/year/2014", "/d/LX00123-0215-2014-00031", "/nothing"):
        page = lxml.html.document_fromstring(
            client.get(address if is_cut_off else f"/disclosure{address}").text
        )
        inward = [href for href in page.xpath("//@href | //@action") if not href.startswith(("#", "http"))]
        assert inward
        assert all(href.startswith("/disclosure/") for href in inward)


@pytest.mark.parametrize(
    ("proxies", "begin"), [(0, "/search"), (1, "/gov/search")], ids=["not believed", "believed"]
)
def test_a_forwarded_prefix_counts_only_behind_a_proxy_of_ours(site: Site, proxies: int, begin: str) -> None:
    client = site.mounted(proxies=proxies)
    page = lxml.html.document_fromstring(client.get("/", headers={"X-Forwarded-Prefix": "/gov"}).text)
    assert page.xpath('//form[@role="search"]/@action') == [begin]


def test_the_stylesheet_is_small_kept_long_and_asks_nothing_of_others(site: Site) -> None:
    address = site.get("/").xpath('//link[@rel="stylesheet"]/@href')[0]
    response = site.client.get(address)
    assert response.mimetype == "text/css"
    assert len(response.get_data()) <= 20_000
    assert "max-age=31536000" in response.headers["Cache-Control"]
    assert not re.search(r"url\(|@import|https?:", response.text)
