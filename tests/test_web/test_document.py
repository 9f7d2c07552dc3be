"""One document: its record, text, attachments, interpretations, and our copies of its files."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import lxml.html
import pytest

if TYPE_CHECKING:
    from conftest import Site


def test_hits_are_marked_and_lead_to_the_document_and_its_original(site: Site) -> None:
    page = site.get(f"/search?q={quote('补贴名单')}")
    first = page.xpath('//ol[@class="hits"]/li')[0]
    assert "补贴名单" in [site.text(mark) for mark in first.xpath(".//mark")]
    shown = site.get(first.xpath(".//h2/a/@href")[0])
    assert len(shown.xpath('//div[@class="text"]//mark')) >= 2
    original = site.client.get(shown.xpath('//a[@class="button"]/@href')[0])
    assert original.get_data() == site.files["公示栏/奖补名单/2014/名单.txt"].encode()


def test_a_match_in_an_attachment_says_so_and_opens_its_text(site: Site) -> None:
    page = site.get(f"/search?q={quote('丙字机械')}")
    assert site.total(page) == 1
    assert "明细表" in site.text(page.xpath('//p[@class="fragment"]/span[@class="place"]')[0])
    document = site.get(page.xpath('//ol[@class="hits"]//h2/a/@href')[0])
    details = document.xpath('//*[@id="attachments"]//details')[0]
    assert "open" in details.attrib
    assert details.xpath(".//mark")


def test_the_record_is_printed_as_portals_do(site: Site) -> None:
    page = site.get("/d/LX00123-0215-2014-00031")
    rows = page.xpath('//dl[@class="facts"]/div')
    facts = {site.text(row.xpath("./dt")[0]): site.text(row.xpath("./dd")[0]) for row in rows}
    assert facts == {
        "索引号": "LX00123-0215-2014-00031",
        "类别": "奖补名单",
        "发布机构": "临溪市经济贸易局",
        "成文日期": "2014-11-28",
        "名称": "企业新设专卖店补贴名单",
        "文号": "临经贸〔2014〕39号",
        "发布日期": "2014-12-02 09:46",
        "体裁": "通知",
        "有效性": "有效",
        "公开方式": "—",  # nobody has said it
        "渠道": facts["渠道"],
        "关键词": "补贴、专卖店",
    }
    assert "公示栏" in facts["渠道"]
    meta = dict(zip(page.xpath("//meta/@name"), page.xpath("//meta[@name]/@content"), strict=True))
    assert (meta["ArticleTitle"], meta["PubDate"], meta["ContentSource"], meta["SiteName"]) == (
        "企业新设专卖店补贴名单",
        "2014-12-02 09:46",
        "临溪市经济贸易局",
        "公开档案",
    )


def test_only_web_addresses_are_links_and_they_give_nothing_away(site: Site) -> None:
    page = site.get("/d/LX00123-0215-2014-00031")
    outward = [link for link in page.xpath("//a") if urlsplit(link.get("href")).scheme]
    assert {link.get("href") for link in outward} >= {"http://www.example.gov.cn/lists/31.html"}
    assert all(link.get("href").startswith(("http://", "https://")) for link in outward)
    assert all("noopener" in link.get("rel", "") for link in outward)


def test_publication_events_are_listed_with_channel_and_day(site: Site) -> None:
    rows = site.get("/d/LX00123-0215-2014-00031").xpath('//section[@class="original"]//tbody/tr')
    assert [[site.text(cell) for cell in row] for row in rows] == [
        ["公示栏", "2014-12-02 09:46", "http://www.example.gov.cn/lists/31.html"],
        ["政府网站", "2014-12-02", "—"],
    ]


def test_interpretations_stand_under_their_kind_and_take_the_title_of_their_document(site: Site) -> None:
    section = site.get("/d/LX00123-0215-2014-00031").xpath('//section[h2="相关解读"]')[0]
    assert [site.text(kind) for kind in section.xpath("./h3")][:1] == ["文字解读"]
    assert "专卖店补贴名单怎么看" in [site.text(link) for link in section.xpath(".//a")]
    assert "内部报道的题目" not in site.text(section)


def test_attachments_are_sent_by_their_position(site: Site) -> None:
    response = site.client.get("/d/LX00123-0215-2014-00031/attachment/1")
    assert response.get_data() == site.files["公示栏/奖补名单/2014/明细表.txt"].encode()
    assert f"filename*=UTF-8''{quote('明细表.txt')}" in response.headers["Content-Disposition"]
    assert response.headers["Content-Disposition"].startswith("inline")
    assert "filename=LX00123-0215-2014-00031-1.txt;" in response.headers["Content-Disposition"]
    for position in ("0", "2", "99"):
        refused = site.client.get(f"/d/LX00123-0215-2014-00031/attachment/{position}")
        assert (refused.status_code, "这份文件暂时无法提供" in refused.text) == (404, True)
    assert site.client.get("/d/LX00123-0215-2014-00031/attachment/..%2f..%2f").status_code == 404


def test_an_original_with_a_Chinese_name_has_its_id_as_name_where_no_Chinese_is_read(site: Site) -> None:
    told = site.client.get("/d/LX00123-0215-2014-00031/original").headers["Content-Disposition"]
    assert told == f"inline; filename=LX00123-0215-2014-00031.txt; filename*=UTF-8''{quote('名单.txt')}"


@pytest.mark.parametrize(
    ("settings", "begin"),
    [
        pytest.param({}, "", id="path alone"),
        pytest.param({"address": "https://www.example.gov.cn"}, "https://www.example.gov.cn", id="set"),
        pytest.param(
            {"address": "https://www.example.gov.cn", "prefix": "/gk"},
            "https://www.example.gov.cn/gk",
            id="prefix",
        ),
    ],
)
def test_a_permalink_believes_no_host_that_a_visitor_names(
    site: Site, settings: dict[str, str], begin: str
) -> None:
    address = "/d/LX00123-0215-2014-00031"
    answer = site.mounted(**settings).get(address, headers={"Host": "evil.example"})
    assert "evil.example" not in answer.text
    shown = lxml.html.document_fromstring(answer.text).xpath('//dt[.="永久地址"]/following-sibling::dd')
    assert [site.text(one) for one in shown] == [f"{begin}{address}"]


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
    assert (part.status_code, part.get_data()) == (
        206,
        site.files["公示栏/奖补名单/2014/名单.txt"].encode()[:9],
    )


@pytest.mark.parametrize("name", ["移走", "更换"], ids=["gone", "changed"])
def test_an_original_that_is_gone_or_was_changed_is_a_clear_page(site: Site, name: str) -> None:
    doc_id = site.doc_id(f"政府网站/医疗、卫生/2015/{name}.txt")
    page = site.get(f"/d/{doc_id}/original", status=404)
    assert "这份文件暂时无法提供" in site.text(page)
    assert "没有人看过的新内容" not in site.text(page)
    assert "在收录之后被" in site.text(site.get(f"/d/{doc_id}"))
