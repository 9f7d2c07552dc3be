"""The site as a visitor meets it: a small archive, indexed by the real parts, walked through link by link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import lxml.html
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from disclosure_search.config import Settings
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.ledger import read_ledger
from disclosure_search.web import Originals, SiteSettings, create_app, templates_dir
from disclosure_search.wiring import Archive, open_archive

SECRET = "绝不外传的内容"
HOSTILE = "<b onmouseover=\"alert(1)\">&'名单'"
LIST_BODY = f"""企业新设专卖店补贴名单
各有关企业：
一、补贴名单
第一批补贴名单如下，共二家企业。
甲字鞋业有限公司补贴三万元。
{HOSTILE}
临溪市经济贸易局
2014年11月28日
"""
FILES: dict[str, str] = {
    "collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n',
    "公示栏/奖补名单/2014/名单.txt": LIST_BODY,
    "公示栏/奖补名单/2014/名单.txt.meta.toml": """
title = "企业新设专卖店补贴名单"
number = "临经贸〔2014〕39号"
index_number = "LX00123-0215-2014-00031"
agency = "临溪市经济贸易局"
issued = "2014-11-28"
published = "2014-12-02 09:46"
validity = "有效"
genre = "通知"
keywords = ["补贴", "专卖店"]
url = "http://www.example.gov.cn/lists/31.html"
attachments = ["明细表.txt", "没有的文件.pdf"]
[[publications]]
channel = "政府网站"
date = "2014-12-02"
url = "javascript:alert(1)"
[[interpretations]]
kind = "文字解读"
title = "旧标题"
path = "../../../政府网站/公示公告/2014/名单解读.txt"
[[interpretations]]
kind = "媒体报道"
title = "内部报道的题目"
path = "../../../简报/公示公告/2014/内部.txt"
[[interpretations]]
kind = "图片解读"
title = "一张图"
url = "https://www.example.gov.cn/tu.html"
""",
    "公示栏/奖补名单/2014/明细表.txt": "明细如下\n丙字机械有限公司的设备补贴\n",
    "政府网站/公示公告/2014/名单解读.txt": "专卖店补贴名单怎么看\n补贴按家数计算，由财政局拨付。\n",
    "政府网站/公示公告/2014/名单解读.txt.meta.toml": (
        'title = "专卖店补贴名单怎么看"\npublished = "2014-12-03"\n'
    ),
    "简报/公示公告/2014/内部.txt": f"内部简报\n{SECRET}一\n",
    "简报/公示公告/2014/内部.txt.meta.toml": 'title = "内部报道的题目"\naudience = "面向本单位"\n',
    "政府网站/公示公告/2014/申请人.txt": f"给申请人的答复\n{SECRET}二\n",
    "政府网站/公示公告/2014/申请人.txt.meta.toml": 'title = "给申请人的答复"\naudience = "面向申请人"\n',
    "公示栏/公示公告/2012/到期.txt": f"到期的公示\n{SECRET}三\n",
    "公示栏/公示公告/2012/到期.txt.meta.toml": 'title = "到期的公示"\nexpires = "2012-12-31"\n',
    "政府网站/部门预算/2013/预算.txt": "部门预算说明\n收入合计七百万元。\n",
    "政府网站/部门预算/2013/预算.txt.meta.toml": 'title = "2013年部门预算"\npublished = "2013-03-01"\n',
    "政府网站/部门预算/2014/预算和三公.txt": "部门预算和三公经费\n支出合计八百万元。\n",
    "政府网站/部门预算/2014/预算和三公.txt.meta.toml": (
        'title = "2014年部门预算和三公经费"\npublished = "2014-03-01"\ncategory = ["部门预算", "三公经费"]\n'
    ),
    "政府网站/机构职能/2012/职责.html": (
        "<html><head><title>主要职责</title></head><body><script>alert(1)</script>"
        "<p>负责全市工业经济运行和商贸流通管理工作，拟订规划并组织实施。</p></body></html>"
    ),
    "政府网站/医疗、卫生/2015/移走.txt": "随后移走的文件\n这份文件在收录之后被移走。\n",
    "政府网站/医疗、卫生/2015/更换.txt": "随后更换的文件\n这份文件在收录之后被更换。\n",
}
NOTICES = 23  # three pages of ten
PUBLIC = NOTICES + 7


class _Buffered(FlaskClient):
    """Reads an answer to its end and closes the file behind it, as a server does."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, **kwargs})


@dataclass(frozen=True)
class Site:
    archive: Archive
    data_dir: Path
    client: FlaskClient

    def get(self, address: str, status: int = 200) -> lxml.html.HtmlElement:
        response = self.client.get(address)
        assert response.status_code == status, f"{address}: {response.status_code}"
        return lxml.html.document_fromstring(response.get_data(as_text=True))

    def doc_id(self, path: str) -> str:
        return read_ledger(self.archive.engine.ledger()).accounts[path].doc_id


def make_client(archive: Archive, data_dir: Path, **settings: object) -> FlaskClient:
    site = SiteSettings("公开档案", "临溪市经济贸易局", data_dir, **settings)  # type: ignore[arg-type]
    app = create_app(archive.search, Originals(data_dir), site)
    app.test_client_class = _Buffered
    return app.test_client()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data_dir = tmp_path_factory.mktemp("site") / "data"
    folder = "政府网站/公示公告/2013"
    notices = {f"{folder}/通知{one:02}.txt": f"第{one}号通知\n内容{one}，请遵照执行。\n" for one in range(NOTICES)}
    for name, content in (FILES | notices).items():
        path = data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    archive = open_archive(Settings(data_dir, data_dir.parent / "index"))
    bring_up_to_date(archive.engine, data_dir, archive.store_dir, archive.vocabularies, archive.segmenter)
    (data_dir / "政府网站/医疗、卫生/2015/移走.txt").unlink()
    (data_dir / "政府网站/医疗、卫生/2015/更换.txt").write_text("没有人看过的新内容", "utf-8")
    yield Site(archive, data_dir, make_client(archive, data_dir))
    archive.engine.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A site whose index has not been made yet."""
    folder = tmp_path_factory.mktemp("empty-archive")
    return make_client(open_archive(Settings(folder / "data", folder / "index")), folder / "data")


def text_of(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def links(page: lxml.html.HtmlElement) -> list[str]:
    return [href for href in page.xpath("//a/@href") if not urlsplit(href).scheme]


def total(page: lxml.html.HtmlElement) -> int:
    found = re.search(r"(?:找到|共) (\d+) 份", text_of(page.xpath('//*[@role="status"]')[0]))
    return int(found[1]) if found else 0


def crawl(site_client: FlaskClient, start: str) -> dict[str, TestResponse]:
    """All addresses reached from `start` by links, without the anchors."""
    seen: dict[str, TestResponse] = {}
    waiting = [start]
    while waiting and len(seen) < 600:
        address = waiting.pop()
        if address in seen:
            continue
        response = seen[address] = site_client.get(address)
        if response.mimetype == "text/html" and "Content-Disposition" not in response.headers:
            waiting += [href.split("#")[0] for href in links(lxml.html.document_fromstring(response.text))
                        if not href.startswith("#")]
    return seen


@pytest.fixture(scope="module")
def crawled(site: Site) -> dict[str, TestResponse]:
    return crawl(site.client, "/")


GONE = ("移走", "更换")


def test_every_link_of_the_site_leads_somewhere(site: Site, crawled: dict[str, TestResponse]) -> None:
    gone = {f"/d/{site.doc_id(f'政府网站/医疗、卫生/2015/{name}.txt')}/original" for name in GONE}
    failed = {address for address, response in crawled.items() if response.status_code != 200}
    assert failed <= gone
    assert len(crawled) > 100


def test_nothing_that_is_not_public_is_reached_by_any_link(crawled: dict[str, TestResponse]) -> None:
    for address, response in crawled.items():
        shown = response.get_data()
        for word in (SECRET, "内部报道的题目", "给申请人的答复", "到期的公示"):
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
        assert SECRET not in response.text
    for query in (SECRET, f'"{SECRET}"', path.rpartition("/")[2]):
        page = site.get(f"/search?q={quote(query)}")
        assert SECRET not in text_of(page.xpath('//*[@id="main"]')[0]).replace(query, "")
        assert not page.xpath(f'//a[contains(@href, "{doc_id}")]')


def test_every_page_carries_the_headers_that_keep_a_browser_safe(crawled: dict[str, TestResponse]) -> None:
    for address, response in crawled.items():
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, address
        assert "unsafe-inline" not in policy, address
        assert response.headers["X-Content-Type-Options"] == "nosniff", address
        assert response.headers["Referrer-Policy"] == "same-origin", address


def test_no_page_needs_or_holds_scripts_or_inline_styles(crawled: dict[str, TestResponse]) -> None:
    for address, response in crawled.items():
        if address.endswith("/original") or response.mimetype != "text/html":
            continue
        page = lxml.html.document_fromstring(response.text)
        assert not page.xpath("//script | //style | //*[@style] | //*[starts-with(name(@*), 'on')]"), address
        assert page.xpath("/html/@lang") == ["zh-CN"], address
        assert page.xpath('//a[@class="skip"]/@href') == ["#main"], address
        assert len(page.xpath('//*[@id="main"]')) == 1, address
        assert len(page.xpath("//h1")) == 1, address
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), address
        assert page.xpath('//input[@name="q"]/@id') == page.xpath("//form//label/@for"), address


def test_templates_leave_every_query_string_to_the_state() -> None:
    for template in templates_dir().glob("*.html"):
        content = template.read_text("utf-8")
        assert not re.search(r'(?:href|action)="[^"{]*\?', content), template.name
        assert "urlencode" not in content, template.name
        assert "| safe" not in content, template.name


def test_home_shows_the_shelves_with_true_counts_and_the_newest(site: Site) -> None:
    page = site.get("/")
    assert text_of(page.xpath('//ol[@class="entries"]/li/a')[0]) == "专卖店补贴名单怎么看"
    items = page.xpath('//ul[@class="branches"]/li')
    shelves = {text_of(item.xpath("./a")[0]): item for item in items}
    assert set(shelves) >= {"2012", "2013", "2014", "财政预算决算", "部门预算", "三公经费", "公示栏", "政府网站"}
    for name, item in shelves.items():
        count = int(item.xpath('./span[@class="count"]/text()')[0])
        assert total(site.get(item.xpath("./a/@href")[0])) == count, name
    assert f"共收录 {PUBLIC} 份公开文件" in text_of(page)


def test_a_document_in_two_categories_of_a_branch_counts_once(site: Site) -> None:
    assert total(site.get("/browse/category/20-07")) == 2
    assert total(site.get("/browse/category/20-07-01")) == 2
    assert total(site.get("/browse/category/20-07-03")) == 1


def test_hits_are_marked_and_lead_to_the_document_and_its_original(site: Site) -> None:
    page = site.get(f"/search?q={quote('补贴名单')}")
    first = page.xpath('//ol[@class="hits"]/li')[0]
    assert "补贴名单" in [text_of(mark) for mark in first.xpath(".//mark")]
    shown = site.get(first.xpath(".//h2/a/@href")[0])
    assert len(shown.xpath('//div[@class="text"]//mark')) >= 2
    original = site.client.get(shown.xpath('//a[@class="button"]/@href')[0])
    assert original.get_data() == LIST_BODY.encode()


def test_a_match_in_an_attachment_says_so_and_opens_its_text(site: Site) -> None:
    page = site.get(f"/search?q={quote('丙字机械')}")
    assert total(page) == 1
    assert "明细表" in text_of(page.xpath('//p[@class="fragment"]/span[@class="place"]')[0])
    document = site.get(page.xpath('//ol[@class="hits"]//h2/a/@href')[0])
    details = document.xpath('//*[@id="attachments"]//details')[0]
    assert "open" in details.attrib
    assert details.xpath(".//mark")


def test_the_count_of_a_facet_value_is_what_a_click_on_it_gives(site: Site) -> None:
    start = site.get("/search?year=2014")
    ticked = 0
    for item in start.xpath('//aside[@id="facets"]//li[not(a[contains(@class, " on")])]'):
        count = int(item.xpath('./span[@class="count"]/text()')[0])
        after = site.get(item.xpath("./a/@href")[0])
        is_year = item.xpath("./a/@href")[0].count("year=") == 2
        assert total(after) == (total(start) + count if is_year else count)
        ticked += 1
    assert ticked >= 5


def test_values_of_one_facet_add_up_and_each_is_removable(site: Site) -> None:
    page = site.get(f"/search?q={quote('预算')}&year=2013&year=2014")
    chips = [text_of(chip) for chip in page.xpath('//a[@class="chip"]')]
    assert chips == ["预算 ×", "年份：2013 ×", "年份：2014 ×"]
    without = site.get(page.xpath('//a[@class="chip"]/@href')[1])
    assert [text_of(chip) for chip in without.xpath('//a[@class="chip"]')] == ["预算 ×", "年份：2014 ×"]
    assert total(page) == total(without) + total(site.get(page.xpath('//a[@class="chip"]/@href')[2]))
    assert page.xpath('//a[@class="clear"]/@href') == ["/search"]


def test_a_label_in_the_address_works_like_its_code(site: Site) -> None:
    page = site.get(f"/search?category={quote('部门预算')}")
    assert total(page) == 2
    chosen = page.xpath('//a[contains(@class, "tick on")]/span[@class="name"]')
    assert [text_of(one) for one in chosen] == ["部门预算"]


def test_a_new_text_in_the_box_keeps_the_filters_and_the_order(site: Site) -> None:
    page = site.get(f"/search?q={quote('预算')}&year=2013&sort=newest&page=1")
    kept = page.xpath('//form[@role="search"]//input[@type="hidden"]')
    assert [(one.get("name"), one.get("value")) for one in kept] == [("year", "2013"), ("sort", "newest")]


def test_pages_turn_in_both_directions_and_hold_every_hit_once(site: Site) -> None:
    address, found, numbers = "/search?sort=title&year=2013", [], []
    while address:
        page = site.get(address)
        found += page.xpath('//ol[@class="hits"]//h2/a/@href')
        numbers.append(text_of(page.xpath('//nav[@class="turns"]//a[@aria-current]')[0]))
        following = page.xpath('//a[@rel="next"]/@href')
        address = following[0] if following else ""
    assert numbers == ["1", "2", "3"]
    assert len(found) == len(set(found)) == NOTICES + 1
    assert page.xpath('//a[@rel="prev"]/@href') == ["/search?year=2013&sort=title&page=2"]


@pytest.mark.parametrize("address", ["/search?year=2013&page=9", "/browse/year/2013?page=9"])
def test_a_page_beyond_the_last_leads_back_to_the_last(site: Site, address: str) -> None:
    page = site.get(address, status=404)
    assert "没有第 9 页" in text_of(page)
    back = page.xpath('//*[@class="notice"]//a/@href')[0]
    assert "没有第" not in text_of(site.get(back))


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        pytest.param("page=-1", "页码（page）", id="negative page"),
        pytest.param("page=x", "页码（page）", id="page of letters"),
        pytest.param("size=100000", "每页条数（size）", id="huge size"),
        pytest.param("sort=best", "排序（sort）", id="unknown order"),
        pytest.param("year=14", "年份（year）", id="no year"),
        pytest.param("category=nothing", "类别（category）", id="unknown category"),
        pytest.param("channel=%3Cb%3E", "渠道（channel）", id="hostile channel"),
        pytest.param("foo=1", "foo", id="unknown name"),
    ],
)
def test_a_bad_parameter_is_named_and_the_box_stays_filled(site: Site, parameters: str, named: str) -> None:
    page = site.get(f"/search?q={quote('补贴')}&{parameters}", status=400)
    assert f"“{named}”" in text_of(page.xpath('//*[@class="detail"]')[0])
    assert page.xpath('//input[@name="q"]/@value') == ["补贴"]


@pytest.mark.parametrize("address", ["/search", "/d/LX00123-0215-2014-00031"])
def test_a_text_of_ten_thousand_characters_is_refused_with_its_length(site: Site, address: str) -> None:
    page = site.get(f"{address}?q={quote('补' * 10_000)}", status=400)
    assert "10000 个字" in text_of(page)


def test_no_hits_offers_the_search_without_each_filter_and_its_count(site: Site) -> None:
    page = site.get(f"/search?q={quote('丙字机械')}&year=2013&channel=notice-board")
    assert "没有找到" in text_of(page.xpath('//*[@role="status"]')[0])
    offers = {text_of(item): item.xpath("./a/@href") for item in page.xpath('//*[@class="notice"]//li[a]')}
    assert "去掉条件“年份：2013”（1 份）" in offers
    assert "去掉条件“渠道：公示栏”（0 份）" in offers
    assert total(site.get(offers["去掉条件“年份：2013”（1 份）"][0])) == 1


def test_what_was_typed_or_written_never_becomes_markup(site: Site) -> None:
    for address in (f"/search?q={quote(HOSTILE)}", f"/d/LX00123-0215-2014-00031?q={quote(HOSTILE)}"):
        page = site.get(address)
        assert not page.xpath("//b[@onmouseover]")
        assert page.xpath('//input[@name="q"]/@value') == [HOSTILE]
        assert HOSTILE in unescape(page.text_content())


def test_the_record_is_printed_as_portals_do(site: Site) -> None:
    page = site.get("/d/LX00123-0215-2014-00031")
    rows = page.xpath('//dl[@class="facts"]/div')
    facts = {text_of(row.xpath("./dt")[0]): text_of(row.xpath("./dd")[0]) for row in rows}
    assert facts == {
        "索引号": "LX00123-0215-2014-00031", "类别": "奖补名单", "发布机构": "临溪市经济贸易局",
        "成文日期": "2014-11-28", "名称": "企业新设专卖店补贴名单", "文号": "临经贸〔2014〕39号",
        "发布日期": "2014-12-02 09:46", "体裁": "通知", "有效性": "有效", "公开方式": "主动公开",
        "渠道": facts["渠道"], "关键词": "补贴、专卖店",
    }
    assert "公示栏" in facts["渠道"]
    meta = dict(zip(page.xpath("//meta/@name"), page.xpath("//meta[@name]/@content"), strict=True))
    assert (meta["ArticleTitle"], meta["PubDate"], meta["ContentSource"], meta["SiteName"]) == (
        "企业新设专卖店补贴名单", "2014-12-02 09:46", "临溪市经济贸易局", "公开档案",
    )


def test_only_web_addresses_are_links_and_they_give_nothing_away(site: Site) -> None:
    page = site.get("/d/LX00123-0215-2014-00031")
    outward = [link for link in page.xpath("//a") if urlsplit(link.get("href")).scheme]
    assert {link.get("href") for link in outward} >= {"http://www.example.gov.cn/lists/31.html"}
    assert all(link.get("href").startswith(("http://", "https://")) for link in outward)
    assert all("noopener" in link.get("rel", "") for link in outward)


def test_publication_events_are_listed_with_channel_and_day(site: Site) -> None:
    rows = site.get("/d/LX00123-0215-2014-00031").xpath('//section[@class="original"]//tbody/tr')
    assert [[text_of(cell) for cell in row] for row in rows] == [
        ["公示栏", "2014-12-02 09:46", "http://www.example.gov.cn/lists/31.html"],
        ["政府网站", "2014-12-02", "—"],
    ]


def test_interpretations_stand_under_their_kind_and_take_the_title_of_their_document(site: Site) -> None:
    section = site.get("/d/LX00123-0215-2014-00031").xpath('//section[h2="相关解读"]')[0]
    assert [text_of(kind) for kind in section.xpath("./h3")][:1] == ["文字解读"]
    assert "专卖店补贴名单怎么看" in [text_of(link) for link in section.xpath(".//a")]
    assert "内部报道的题目" not in text_of(section)


def test_attachments_are_sent_by_their_position(site: Site) -> None:
    response = site.client.get("/d/LX00123-0215-2014-00031/attachment/1")
    assert response.get_data() == FILES["公示栏/奖补名单/2014/明细表.txt"].encode()
    assert f"filename*=UTF-8''{quote('明细表.txt')}" in response.headers["Content-Disposition"]
    assert response.headers["Content-Disposition"].startswith("inline")
    for position in ("0", "2", "99"):
        refused = site.client.get(f"/d/LX00123-0215-2014-00031/attachment/{position}")
        assert (refused.status_code, "这份文件暂时无法提供" in refused.text) == (404, True)
    assert site.client.get("/d/LX00123-0215-2014-00031/attachment/..%2f..%2f").status_code == 404


def test_an_active_original_is_a_download_that_nothing_may_run(site: Site) -> None:
    doc_id = site.doc_id("政府网站/机构职能/2012/职责.html")
    response = site.client.get(f"/d/{doc_id}/original")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.mimetype == "text/html"
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_a_copy_that_the_browser_has_is_not_sent_again_and_parts_can_be_asked_for(site: Site) -> None:
    address = "/d/LX00123-0215-2014-00031/original"
    tag = site.client.get(address).headers["ETag"]
    assert site.client.get(address, headers={"If-None-Match": tag}).status_code == 304
    part = site.client.get(address, headers={"Range": "bytes=0-8"})
    assert (part.status_code, part.get_data()) == (206, LIST_BODY.encode()[:9])


@pytest.mark.parametrize("name", GONE)
def test_an_original_that_is_gone_or_was_changed_is_a_clear_page(site: Site, name: str) -> None:
    doc_id = site.doc_id(f"政府网站/医疗、卫生/2015/{name}.txt")
    page = site.get(f"/d/{doc_id}/original", status=404)
    assert "这份文件暂时无法提供" in text_of(page)
    assert "没有人看过的新内容" not in text_of(page)
    assert "在收录之后被" in text_of(site.get(f"/d/{doc_id}"))


def test_an_archivist_walks_from_category_to_year_to_document_to_original(site: Site) -> None:
    start = site.get("/browse")
    category = site.get(start.xpath('//a[text()="部门预算"]/@href')[0])
    year = site.get(category.xpath('//aside//a[span="2013"]/@href')[0])
    assert total(year) == 1
    document = site.get(year.xpath('//td[@class="name"]/a/@href')[0])
    assert text_of(document.xpath("//h1")[0]) == "2013年部门预算"
    assert site.client.get(document.xpath('//a[@class="button"]/@href')[0]).status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        pytest.param("/browse/category/20-08", 200, id="known, still empty"),
        pytest.param("/browse/category/nothing", 404, id="unknown value"),
        pytest.param("/browse/year/1850", 404, id="year without documents"),
        pytest.param("/browse/genre", 404, id="no shelf"),
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
    assert ready.get_json()["documents"] == PUBLIC
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
    client = make_client(site.archive, site.data_dir, prefix="/disclosure/")
    for address in ("/", "/search?year=2014", "/browse/year/2014", "/d/LX00123-0215-2014-00031", "/nothing"):
        page = lxml.html.document_fromstring(client.get(address if is_cut_off else f"/disclosure{address}").text)
        inward = [href for href in page.xpath("//@href | //@action") if not href.startswith(("#", "http"))]
        assert inward
        assert all(href.startswith("/disclosure/") for href in inward)


@pytest.mark.parametrize(
    ("proxies", "begin"), [(0, "/search"), (1, "/gov/search")], ids=["not believed", "believed"]
)
def test_a_forwarded_prefix_counts_only_behind_a_proxy_of_ours(site: Site, proxies: int, begin: str) -> None:
    client = make_client(site.archive, site.data_dir, proxies=proxies)
    page = lxml.html.document_fromstring(client.get("/", headers={"X-Forwarded-Prefix": "/gov"}).text)
    assert page.xpath('//form[@role="search"]/@action') == [begin]


def test_the_stylesheet_is_small_kept_long_and_asks_nothing_of_others(site: Site) -> None:
    address = site.get("/").xpath('//link[@rel="stylesheet"]/@href')[0]
    response = site.client.get(address)
    assert response.mimetype == "text/css"
    assert len(response.get_data()) <= 15_000
    assert "max-age=31536000" in response.headers["Cache-Control"]
    assert not re.search(r"url\(|@import|https?:", response.text)
