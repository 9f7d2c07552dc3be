"""What a search is narrowed by: ticks, links, bars, days, all values of a facet; and what an empty search offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import lxml.html
import pytest
from flask.testing import FlaskClient

from disclosure_search.web.chart import chart
from disclosure_search.web.panel import Choice, index, letter

if TYPE_CHECKING:
    from conftest import Site


def test_the_seven_facets_are_shown_where_they_have_values_and_not_else(site: Site) -> None:
    page = site.get("/search")
    names = [site.text(one).split("（")[0] for one in page.xpath("//aside//form/details/summary")]
    assert names == ["年份", "类别", "渠道", "发布机构", "体裁", "有效性"]  # nothing here says its 公开方式
    for item in page.xpath("//aside//li"):
        after = site.get(item.xpath("./a/@href")[0])
        assert site.total(after) == int(item.xpath('./span[@class="count"]/text()')[0])


def test_ticks_in_one_facet_are_or_and_between_facets_and(site: Site) -> None:
    """The form sends what is ticked, and nothing for an empty day."""
    page = site.get("/search?year=2013&year=2014&category=20-07&from=&to=&q=")
    boxes = page.xpath('//aside//input[@type="checkbox" and @checked]')
    assert [(box.get("name"), box.get("value")) for box in boxes] == [
        ("year", "2014"), ("year", "2013"), ("category", "20-07"),
    ]  # fmt: skip
    assert site.total(page) == 2
    assert site.total(site.get("/search?year=2013&category=20-07")) == 1


def test_a_form_without_scripts_sends_the_search_that_it_shows(site: Site) -> None:
    page = site.get(f"/search?q={quote('预算')}&year=2013&sort=newest&from=2013")
    form = page.xpath("//aside//form")[0]
    assert (form.get("method"), form.get("action")) == ("get", "/search")
    assert dict(form.form_values()) == {
        "q": "预算",
        "year": "2013",
        "sort": "newest",
        "from": "2013",
        "to": "",
    }


@pytest.mark.parametrize(
    ("text", "kept"), [("2014年12月", "2014-12"), ("二〇一四年", "2014"), ("2014.12.2", "2014-12-02")]
)
def test_a_day_is_kept_in_the_address_in_its_short_form(site: Site, text: str, kept: str) -> None:
    page = site.get(f"/search?from={quote(text)}")
    assert page.xpath('//input[@id="from"]/@value') == [kept]
    assert f"from={kept}" in page.xpath('//nav[@class="sorts"]/a/@href')[-1]
    chips = {site.text(chip): chip.get("href") for chip in page.xpath('//a[@class="chip"]')}
    assert chips == {f"从：{kept} ×": "/search"}


def test_a_bad_day_is_said_and_the_search_answers_without_it(site: Site) -> None:
    page = site.get(f"/search?from={quote('去年冬天')}&to=2014")
    assert "“去年冬天”" in site.text(page.xpath('//ul[@class="notes"]')[0])
    assert site.total(page) == site.total(site.get("/search?to=2014"))
    assert page.xpath('//input[@id="from"]/@value') == ["去年冬天"]


def test_the_bars_are_links_that_count_truly_and_a_table_says_the_same(site: Site) -> None:
    page = site.get("/search")
    bars = page.xpath("//aside//svg/a")
    assert len(bars) >= 3
    for bar in bars:
        year, count = (int(part) for part in site.text(bar).replace("份", "").split(" 年，"))
        assert site.total(site.get(bar.get("href"))) == count
        assert site.total(site.get(f"/search?year={year}")) == count
    rows = {site.text(row) for row in page.xpath("//aside//figure//tbody/tr")}
    assert rows == {site.text(bar).replace(" 年，", "").replace(" 份", "") for bar in bars} or len(
        rows
    ) == len(bars)
    assert not page.xpath("//svg//@style")


def test_a_chart_keeps_its_width_and_leaves_out_a_wrong_year() -> None:
    made = chart(
        Choice(str(year), str(year), count, False, "") for year, count in ((1014, 1), (2012, 3), (2020, 400))
    )
    assert made is not None
    assert (made.first, made.last, made.most) == (2012, 2020, 400)
    assert len(made.bars) == 9
    assert all(bar.x >= 0 and bar.x + bar.width <= made.width and bar.y >= 0 for bar in made.bars)
    assert [bar.height > 0 for bar in made.bars] == [True, *[False] * 7, True]
    assert chart([Choice("2014", "2014", 1, False, "")]) is None


AGENCIES = [
    f"{name}市{kind}局"
    for name in ("安溪", "北川", "重庆", "大理", "绍兴")
    for kind in ("财政", "商务", "教育")
]


@pytest.fixture
def many(make_client_of: Callable[[dict[str, str]], FlaskClient]) -> FlaskClient:
    files: dict[str, str] = {}
    for at, agency in enumerate(AGENCIES):
        path = f"政府网站/公示公告/2014/通知{at:02}.txt"
        files |= {path: f"第{at}号通知\n请遵照执行。\n", f"{path}.meta.toml": f'agency = "{agency}"\n'}
    return make_client_of(files)


def page_of(client: FlaskClient, address: str) -> lxml.html.HtmlElement:
    response = client.get(address)
    assert response.status_code == 200, address
    return lxml.html.document_fromstring(response.get_data(as_text=True))


def test_a_long_list_has_a_page_of_its_own_by_letters_with_a_box_to_find_in(many: FlaskClient) -> None:
    search = page_of(many, "/search?q=通知")
    link = search.xpath('//aside//p[@class="rest"]/a')[0]
    assert "还有 7 项" in link.text
    page = page_of(many, link.get("href"))
    assert page.xpath('//nav[@class="letters"]/a/text()') == ["A", "B", "C", "D", "S"]
    assert len(page.xpath("//li[@data-row]")) == len(AGENCIES)
    letters = dict.fromkeys(page.xpath('//nav[@class="letters"]/a/@href'))
    assert all(page.xpath(f'//*[@id="{one[1:]}"]') for one in letters)
    found = page_of(many, f"/search/agency?q={quote('通知')}&find={quote('重庆')}")
    assert set(found.xpath('//span[@class="name"]/text()')) == {
        "重庆市财政局",
        "重庆市教育局",
        "重庆市商务局",
    }
    assert "没有名称中含有" in page_of(many, f"/search/agency?find={quote('火星')}").text_content()
    form = found.xpath('//form[contains(@class, "all")]')[0]
    assert dict(form.form_values()) == {"q": "通知"}


@pytest.mark.parametrize(
    ("address", "status"), [("/search/title", 404), ("/search/agency?page=-1", 400), ("/search/x", 404)]
)
def test_only_facets_have_such_a_page(site: Site, address: str, status: int) -> None:
    assert site.client.get(address).status_code == status


@pytest.mark.parametrize(
    ("label", "first"),
    [("重庆市", "C"), ("安溪", "A"), ("Ltd", "L"), ("２０１４年", "#"), ("《单行本》", "D"), ("", "#")],
)
def test_a_label_stands_under_the_letter_it_is_read_with(label: str, first: str) -> None:
    assert letter(label) == first


def test_a_short_list_is_not_split_by_letters() -> None:
    choices = [Choice(one, one, 1, False, "") for one in ("财政局", "商务局")]
    assert index(choices, "", by_letter=True).letters == (("", tuple(choices)),)
    assert index(choices, "商", by_letter=True).total == 1


def test_what_stands_below_another_category_is_shown_below_it(site: Site) -> None:
    items = site.get("/search").xpath('//aside//input[@name="category"]/..')
    levels = [(site.text(item.xpath("./a")[0]), item.get("class", "")) for item in items]
    at = levels.index(("财政预算决算", ""))
    assert {name for name, level in levels[at + 1 : at + 3] if level == "level-1"} == {"部门预算", "三公经费"}


def test_an_empty_search_says_which_word_has_nothing_and_how_to_go_on(site: Site) -> None:
    page = site.get(f"/search?q={quote('丙字机械 子虚乌有')}&year=2012")
    assert site.total(page) == 0
    notice = page.xpath('//*[@class="notice"]')[0]
    assert "“子虚乌有”：0 份" in site.text(notice)
    assert len(notice.xpath(".//li/a")) >= 2
    request = notice.xpath('.//a[@class="button"]/@href')[0]
    form = site.text(site.get(request).xpath("//pre")[0])
    for part in ("丙字机械 子虚乌有", "年份：2012", "临溪市经济贸易局", "没有找到"):
        assert part in form


def test_the_request_is_a_text_to_download_too(site: Site) -> None:
    page = site.get(f"/request?q={quote('某年某表')}")
    response = site.client.get(page.xpath('//a[@class="button"]/@href')[0])
    assert response.mimetype == "text/plain"
    assert response.headers["Content-Disposition"] == 'attachment; filename="request.txt"'
    assert "某年某表" in response.text
    assert "\r\n" in response.text
    hostile = site.client.get(f"/request.txt?q={quote(site.hostile)}").text
    assert site.hostile in hostile


def test_numbers_of_the_results_and_the_day_of_the_data_are_told(site: Site) -> None:
    page = site.get("/search?page=2")
    assert "第 11–20 份" in site.text(page.xpath('//*[@role="status"]')[0])
    assert page.xpath('//ol[@class="hits"]/@start') == ["11"]
    assert f"共 {site.documents} 份" in site.text(page.xpath('//p[@class="stand"]')[0])


def test_an_agency_leads_to_those_before_and_after_it(
    make_client_of: Callable[[dict[str, str]], FlaskClient],
) -> None:
    files = {
        "vocabulary/agencies.csv": (
            "code,label,english,aliases,predecessors,since,until,note\n"
            "a,甲局,Bureau A,,,2002-03-01,2011-12-31,\nb,乙局,Bureau B,老乙,a,2012-01-01,2015-08-31,\n"
            "c,丙局,Bureau C,,b,2015-09-01,,\n"
        )
    }
    for at, name in enumerate("甲乙乙丙"):
        path = f"政府网站/公示公告/201{at}/{at}.txt"
        files |= {path: f"第{at}号通知\n正文\n", f"{path}.meta.toml": f'agency = "{name}局"\n'}
    client = make_client_of(files)
    page = page_of(client, f"/browse/agency/{quote('乙局')}")
    told = " ".join(page.xpath('string(//section[@class="below"])').split())
    assert "前身：甲局 2002-03-01 — 2011-12-31，1 份" in told
    assert "后继：丙局 2015-09-01 — 现在，1 份" in told
    together = page_of(client, page.xpath('//section[@class="below"]//p/a/@href')[0])
    assert "找到 3 份" in together.xpath('string(//*[@role="status"])')
    assert "共 2 份" in page_of(client, f"/browse/agency/{quote('老乙')}").xpath(
        'string(//*[@role="status"])'
    )
    english = client.get(f"/browse/agency/{quote('乙局')}", headers={"Accept-Language": "en"}).text
    assert "Bureau A" in english


def test_every_channel_says_how_recent_it_is(site: Site) -> None:
    for address in ("/", "/browse"):
        rows = {
            site.text(row.xpath("./td")[0]): row
            for row in site.get(address).xpath('//table[@class="freshness"]//tbody/tr')
        }
        assert site.text(rows["政府网站"].xpath("./td")[1]) == "2014-12-03"
        assert site.text(rows["公示栏"].xpath("./td")[1]) == "2014-12-02"
