"""The page of a document: from match to match, from hit to hit, from text to text; cited, printed and verified."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import lxml.html
import pytest
from flask.testing import FlaskClient

from disclosure_search.web.qr import QUIET, code_of
from disclosure_search.web.verifying import digest_in

if TYPE_CHECKING:
    from conftest import Site

RULES = "政府网站/公示公告/2014/办法.txt"
NOTICE = "政府网站/公示公告/2015/通知.txt"
CITING: dict[str, str] = {
    RULES: "临溪市专卖店补贴办法\n第一条 补贴按家数计算。\n第二条 补贴由财政局拨付。\n",
    f"{RULES}.meta.toml": (
        'title = "临溪市专卖店补贴办法"\nnumber = "临经贸〔2014〕9号"\npublished = "2014-05-01"\n'
        'validity = "废止"\nagency = "临溪市经济贸易局"\n'
    ),
    NOTICE: (
        "关于补贴的通知\n请照《临溪市专卖店补贴办法》（临经贸〔2014〕9号）办理，另见《内部意见》。\n"
        "企业的补贴\t每家三万元\n最低生活保障对象不受影响。\n"
    ),
    f"{NOTICE}.meta.toml": 'title = "关于补贴的通知"\npublished = "2015-03-01"\nagency = "临溪市经济贸易局"\n',
    "简报/公示公告/2014/意见.txt": "内部意见\n照《临溪市专卖店补贴办法》办。\n",
    "简报/公示公告/2014/意见.txt.meta.toml": 'title = "内部意见"\naudience = "面向本单位"\n',
}
LISTED = "/d/LX00123-0215-2014-00031"
Make = Callable[[Mapping[str, str]], FlaskClient]


@pytest.fixture
def client(make_client_of: Make) -> FlaskClient:
    return make_client_of(CITING)


def page_of(client: FlaskClient, address: str, status: int = 200) -> lxml.html.HtmlElement:
    response = client.get(address, buffered=True)
    assert response.status_code == status, address
    return lxml.html.document_fromstring(response.text)


def text(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def address_of(client: FlaskClient, title: str) -> str:
    hits = page_of(client, f"/search?q={quote(title)}").xpath('//ol[@class="hits"]//h2/a')
    return str(next(one.get("href") for one in hits if text(one) == title)).split("?")[0]


# From match to match


def test_links_lead_from_the_top_through_every_match_and_back(client: FlaskClient) -> None:
    page = page_of(client, f"{address_of(client, '临溪市专卖店补贴办法')}?q={quote('补贴')}")
    assert page.xpath('//p[@class="found"]/a/@href') == ["#m1"]
    numbered = page.xpath('//div[@class="text"]//*[starts-with(@id, "m")]')
    assert [(one.get("id"), one.text) for one in numbered] == [("m1", "补贴"), ("m2", "补贴")]
    jumps = page.xpath('//span[@class="jump"]')
    assert [one.xpath(".//a/@href") for one in jumps] == [["#m2"], ["#m1"]]
    assert all(one.get("aria-label") for jump in jumps for one in jump.xpath(".//a"))


def test_matches_are_numbered_through_table_and_attachments_and_synonyms_look_otherwise(
    make_client_of: Make,
) -> None:
    folder = "政府网站/公示公告/2014"
    client = make_client_of(
        {
            f"{folder}/低保.txt": "关于低保的通知\n低保按月发放。\n低保\t三百元\n最低生活保障金另行通知。\n",
            f"{folder}/低保.txt.meta.toml": 'title = "关于低保的通知"\nattachments = ["表.txt"]\n',
            f"{folder}/表.txt": "低保申请表\n",
        }
    )
    page = page_of(client, f"{address_of(client, '关于低保的通知')}?q={quote('低保')}")
    marks = [
        (one.text, one.get("id"), one.get("class")) for one in page.xpath('//div[@class="text"]//mark[@id]')
    ]
    assert marks == [
        ("低保", "m1", None),
        ("低保", "m2", None),
        ("最低生活保障", "m3", "alike"),
        ("低保", "m4", None),
    ]


def test_without_a_match_the_page_says_why_it_was_found(client: FlaskClient) -> None:
    page = page_of(client, f"{address_of(client, '临溪市专卖店补贴办法')}?q={quote('临经贸')}")
    assert "正文里没有“临经贸”" in text(page.xpath('//p[@class="found"]')[0])
    assert not page.xpath('//a[@href="#m1"]')


# From hit to hit


def hits(site: Site, query: str) -> list[str]:
    return [str(one) for one in site.get(query).xpath('//ol[@class="hits"]//h2/a/@href')]


def test_the_hits_of_a_search_lead_one_to_the_next_over_its_pages(site: Site) -> None:
    first = hits(site, "/search?year=2013&sort=title&size=5")
    second = hits(site, "/search?year=2013&sort=title&size=5&page=2")
    assert all("year=2013" in one for one in (*first, *second))
    walked, address = [], first[0]
    for _ in range(8):
        page = site.get(address)
        walked.append(address.split("?")[0])
        address = page.xpath('//a[@rel="next"]/@href')[0]
    assert walked == [one.split("?")[0] for one in (*first, *second)][:8]
    page = site.get(second[0])
    assert page.xpath('//a[@rel="prev"]/@href')[0].split("?")[0] == first[-1].split("?")[0]
    assert f"第 6 条，共 {site.total(site.get('/search?year=2013'))} 条" in text(page)
    back = page.xpath('//nav[starts-with(@class, "crumbs")]//a/@href')[1]
    assert second[0] in hits(site, back)


@pytest.mark.parametrize(
    ("given", "is_placed"),
    [
        pytest.param("year=2014&at=1", True, id="another place of the same window"),
        pytest.param("at=999999", False, id="beyond the last"),
        pytest.param("at=x&q=补贴", False, id="no number"),
        pytest.param("at=-1&year=2014", False, id="negative"),
        pytest.param("at=1&year=nothing", False, id="no such year"),
        pytest.param("at=1&category=nothing", False, id="no such category"),
        pytest.param("at=1&size=0", False, id="bad size"),
        pytest.param("utm_source=x", False, id="foreign parameter"),
        pytest.param("at=99999999999999999999", False, id="huge"),
    ],
)
def test_a_place_that_is_not_true_any_more_breaks_no_page(site: Site, given: str, is_placed: bool) -> None:
    page = site.get(f"{LISTED}?{quote(given, safe='=&')}")
    assert site.text(page.xpath("//h1")[0]) == "企业新设专卖店补贴名单"
    assert bool(page.xpath('//nav[starts-with(@class, "around")]')) == is_placed


# From text to text


def test_what_the_text_cites_is_a_link_and_both_lists_name_the_public_alone(client: FlaskClient) -> None:
    rules, notice = address_of(client, "临溪市专卖店补贴办法"), address_of(client, "关于补贴的通知")
    page = page_of(client, notice)
    links = page.xpath('//div[@class="text"]//a[not(ancestor::span)]')
    assert [(one.text, one.get("href")) for one in links] == [
        ("临溪市专卖店补贴办法", rules),
        ("临经贸〔2014〕9号", rules),
    ]
    related = page.xpath('//section[@id="related"]')[0]
    assert text(related.xpath('./h3[starts-with(., "本文引用")]/following-sibling::ul[1]/li')[0]).startswith(
        "临溪市专卖店补贴办法 临经贸〔2014〕9号 2014-05-01"
    )
    back = page_of(client, rules).xpath('//section[@id="related"]')[0]
    assert text(back.xpath('./h3[starts-with(., "引用本文")]')[0]) == "引用本文（1）"
    assert back.xpath('./h3[starts-with(., "引用本文")]/following-sibling::ul[1]//a/@href') == [notice]
    assert "内部意见" not in text(back)


def test_what_explains_a_document_leads_back_to_it(site: Site) -> None:
    (link,) = site.get(LISTED).xpath('//h3[.="文字解读"]/following-sibling::ul[1]//a/@href')
    page = site.get(link)
    assert page.xpath('//p[contains(@class, "explains")]/a/@href') == [LISTED]
    assert not site.get(LISTED).xpath('//p[contains(@class, "explains")]')


def test_a_match_within_a_citation_is_marked_within_its_link(client: FlaskClient) -> None:
    page = page_of(client, f"{address_of(client, '关于补贴的通知')}?q={quote('补贴')}")
    link = page.xpath('//div[@class="text"]//a[mark]')[0]
    assert (text(link), link.get("id"), link.xpath("./mark/@id")) == ("临溪市专卖店补贴办法", "m1", [])


def test_other_documents_of_the_same_name_are_listed(site: Site, make_client_of: Make) -> None:
    folder = "政府网站/公示公告"
    client = make_client_of(
        {
            f"{folder}/{year}/办法.txt": f"补贴管理办法{form}\n{year}年起执行，内容各不相同。\n"
            for year, form in ((2013, ""), (2015, "（2015年修订）"))
        }
    )
    page = page_of(client, address_of(client, "补贴管理办法（2015年修订）"))
    assert "同名或同文号的其他文件（1）" in text(page.xpath('//section[@id="related"]')[0])


def test_what_is_no_longer_in_force_says_so_in_words(client: FlaskClient) -> None:
    page = page_of(client, address_of(client, "临溪市专卖店补贴办法"))
    assert text(page.xpath('//*[@role="note"]')[0]) == "废止 这份文件已经不再有效，仅供查阅。"
    assert page.xpath('//*[@role="note"]/span/@class') == ["badge gone"]
    assert not page_of(client, address_of(client, "关于补贴的通知")).xpath('//*[@role="note"]')


def test_what_records_say_of_validity_is_said_in_the_language_of_the_reader(client: FlaskClient) -> None:
    address = address_of(client, "临溪市专卖店补贴办法")
    client.set_cookie("lang", "en")
    assert text(page_of(client, address).xpath('//*[@role="note"]/span')[0]) == "Repealed"
    assert "Repealed" in text(page_of(client, "/search").xpath('//*[@id="facets"]')[0])
    client.set_cookie("lang", "zh-Hant")
    assert text(page_of(client, address).xpath('//*[@role="note"]/span')[0]) == "廢止"


# Cited and shared


def test_the_citation_is_that_of_the_standard_with_the_lasting_address(site: Site) -> None:
    client = site.mounted(address="https://www.example.gov.cn", prefix="/gk")
    page = page_of(client, f"/gk{LISTED}")
    said = text(page.xpath('//p[contains(@class, "cited")]')[0])
    assert re.fullmatch(
        r"临溪市经济贸易局\. 企业新设专卖店补贴名单: 临经贸〔2014〕39号\[EB/OL\]\. "
        r"\(2014-12-02\)\[\d{4}-\d\d-\d\d\]\. https://www\.example\.gov\.cn/gk/d/LX00123-0215-2014-00031\.",
        said,
    )


def test_without_an_address_of_its_own_the_site_cites_where_the_agency_published(site: Site) -> None:
    said = site.text(site.get(LISTED).xpath('//p[contains(@class, "cited")]')[0])
    assert said.endswith("http://www.example.gov.cn/lists/31.html.")


def test_a_reference_manager_gets_every_field_on_a_line_of_its_own(site: Site) -> None:
    response = site.client.get(f"{LISTED}.ris")
    assert response.mimetype == "application/x-research-info-systems"
    assert response.headers["Content-Disposition"] == "attachment; filename=LX00123-0215-2014-00031.ris"
    lines = response.get_data(as_text=True).split("\r\n")
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines[:-1])
    fields = dict(line.split("  - ", 1) for line in lines[:-1])
    assert (lines[0], lines[-2:]) == ("TY  - GOVDOC", ["ER  - ", ""])
    assert (fields["TI"], fields["AU"], fields["M1"]) == (
        "企业新设专卖店补贴名单", "临溪市经济贸易局", "临经贸〔2014〕39号",
    )  # fmt: skip
    assert (fields["DA"], fields["UR"]) == ("2014/12/02", f"http://localhost{LISTED}")
    assert site.client.get("/d/nothing.ris").status_code == 404


def test_the_code_on_the_page_has_a_name_and_no_style(site: Site) -> None:
    (code,) = site.get(LISTED).xpath('//svg[@class="qr"]')
    assert (code.get("role"), bool(code.get("aria-label")), code.get("style")) == ("img", True, None)


def test_a_code_is_the_pattern_that_the_standard_draws() -> None:
    """The finder in its corner: seven dark, one light, and the quiet zone around it."""
    code = code_of("https://www.example.gov.cn/gk/d/LX00123-0215-2014-00031")
    assert code is not None
    rows = dict(re.findall(r"M\d+ (\d+)\.5([^M]*)", code.path))
    begins = re.findall(r"M(\d+) (\d+)\.5h(\d+)", code.path)
    assert begins[0] == (str(QUIET), str(QUIET), "7")
    assert begins[1] == (str(QUIET), str(QUIET + 1), "1")
    assert rows[str(QUIET + 1)].startswith("h1m5 0h1")
    assert code.size == len(rows) + 2 * QUIET
    assert code_of("x" * 2000) is None


# Printed


def test_the_sheet_names_source_days_address_digest_time_and_where_to_verify(site: Site) -> None:
    client = site.mounted(address="https://www.example.gov.cn")
    page = page_of(client, f"{LISTED}/print")
    rows = page.xpath('//section[h2="出处和核对"]//dl/div')
    told = {text(row.xpath("./dt")[0]): text(row.xpath("./dd")[0]) for row in rows}
    digest = hashlib.sha256(site.files["公示栏/奖补名单/2014/名单.txt"].encode()).hexdigest()
    assert told.pop("打印时间")[:2] == "20"
    assert told == {
        "发布机构": "临溪市经济贸易局",
        "成文日期": "2014-11-28",
        "发布日期": "2014-12-02 09:46",
        "原发布网址": "http://www.example.gov.cn/lists/31.html",
        "永久地址": f"https://www.example.gov.cn{LISTED}",
        "原件校验值（SHA-256）": digest,
        "核对地址": f"https://www.example.gov.cn/verify?sha256={digest}",
    }
    assert len(page.xpath('//svg[@class="qr"]')) == 2
    assert "甲字鞋业有限公司" in text(page)
    assert page_of(client, "/d/nothing/print", 404) is not None


# Verified


def digest_of(site: Site, path: str) -> str:
    return hashlib.sha256(site.files[path].encode()).hexdigest()


@pytest.mark.parametrize(
    ("path", "part", "copy"),
    [
        pytest.param("公示栏/奖补名单/2014/名单.txt", "original", "same", id="original"),
        pytest.param("公示栏/奖补名单/2014/明细表.txt", "attachment", "same", id="attachment"),
        pytest.param("政府网站/医疗、卫生/2015/移走.txt", "original", "missing", id="gone"),
        pytest.param("政府网站/医疗、卫生/2015/更换.txt", "original", "changed", id="changed"),
    ],
)
def test_a_digest_leads_to_its_document_and_our_copy_is_read(
    site: Site, path: str, part: str, copy: str
) -> None:
    digest = digest_of(site, path)
    told = site.client.get(f"/verify.json?sha256={digest}").get_json()
    assert (told["public"], len(told["holdings"])) == (True, 1)
    held = told["holdings"][0]
    assert (held["part"], held["copy"]) == (part, copy)
    page = site.get(f"/verify?sha256={digest}")
    assert page.xpath('//*[@role="status"]//a/@href')[0] == f"/d/{held['id']}"
    words = {"same": "一字未变", "missing": "没有副本", "changed": "副本有变"}
    assert words[copy] in site.text(page.xpath('//*[@role="status"]')[0])


def test_of_what_is_not_public_the_same_is_said_as_of_what_never_was(site: Site) -> None:
    paths = [one for one in site.files if one.rpartition("/")[2] in ("内部.txt", "申请人.txt", "到期.txt")]
    assert len(paths) == 3

    def answer(digest: str) -> str:
        shown = site.text(site.get(f"/verify?sha256={digest}").xpath('//*[@role="status"]')[0])
        told = site.client.get(f"/verify.json?sha256={digest}").get_json()
        return f"{shown} {told['public']} {told['holdings']}"

    assert {answer(digest_of(site, one)) for one in paths} == {answer("0" * 64)}


def test_a_scanner_may_post_and_a_bad_digest_is_explained(site: Site) -> None:
    digest = digest_of(site, "公示栏/奖补名单/2014/名单.txt")
    assert "一字未变" in site.client.post("/verify", data={"sha256": digest.upper()}).text
    assert "这不是校验值" in site.client.get("/verify?sha256=123").text
    refused = site.client.get("/verify.json?sha256=123")
    assert (refused.status_code, refused.mimetype) == (400, "application/problem+json")
    assert site.client.get("/verify").status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("{}", id="plain"),
        pytest.param("SHA256: {}", id="named"),
        pytest.param("  {}\r\n", id="spaces"),
        pytest.param("https://www.example.gov.cn/verify?sha256={}", id="address"),
        pytest.param("{}  名单.txt", id="line of sha256sum"),
    ],
)
def test_a_digest_is_found_in_what_people_type(typed: str) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    assert digest_in(typed.format(digest)) == digest


def test_a_digest_may_be_grouped_and_wide_but_not_longer_or_shorter() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    grouped = " ".join(digest[at : at + 8] for at in range(0, 64, 8))
    wide = "".join(chr(ord(one) + 0xFEE0) for one in digest)
    assert digest_in(grouped) == digest_in(wide) == digest_in(":".join(digest)) == digest
    assert digest_in(digest[:-1]) == digest_in(f"{digest}0") == digest_in("g" * 64) == digest_in("") == ""
