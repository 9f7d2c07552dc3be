"""Finding: marks, facets, pages, orders, wrong parameters, no hits; and walking down the shelves."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from conftest import Site


def test_the_count_of_a_facet_value_is_what_a_click_on_it_gives(site: Site) -> None:
    start = site.get("/search?year=2014")
    ticked = 0
    for item in start.xpath('//aside[@id="facets"]//li[not(a[contains(@class, " on")])]'):
        count = int(item.xpath('./span[@class="count"]/text()')[0])
        after = site.get(item.xpath("./a/@href")[0])
        is_year = item.xpath("./a/@href")[0].count("year=") == 2
        assert site.total(after) == (site.total(start) + count if is_year else count)
        ticked += 1
    assert ticked >= 5


def test_values_of_one_facet_add_up_and_each_is_removable(site: Site) -> None:
    page = site.get(f"/search?q={quote('预算')}&year=2013&year=2014")
    chips = [site.text(chip) for chip in page.xpath('//a[@class="chip"]')]
    assert chips == ["预算 ×", "年份：2013 ×", "年份：2014 ×"]
    without = site.get(page.xpath('//a[@class="chip"]/@href')[1])
    assert [site.text(chip) for chip in without.xpath('//a[@class="chip"]')] == ["预算 ×", "年份：2014 ×"]
    assert site.total(page) == site.total(without) + site.total(
        site.get(page.xpath('//a[@class="chip"]/@href')[2])
    )
    assert page.xpath('//a[@class="clear"]/@href') == ["/search"]


def test_a_label_in_the_address_works_like_its_code(site: Site) -> None:
    page = site.get(f"/search?category={quote('部门预算')}")
    assert site.total(page) == 2
    chosen = page.xpath('//a[contains(@class, "tick on")]/span[@class="name"]')
    assert [site.text(one) for one in chosen] == ["部门预算"]


def test_a_new_text_in_the_box_keeps_the_filters_and_the_order(site: Site) -> None:
    page = site.get(f"/search?q={quote('预算')}&year=2013&sort=newest&page=1")
    kept = page.xpath('//form[@role="search"]//input[@type="hidden"]')
    assert [(one.get("name"), one.get("value")) for one in kept] == [("year", "2013"), ("sort", "newest")]


def test_pages_turn_in_both_directions_and_hold_every_hit_once(site: Site) -> None:
    address, found, numbers = "/search?sort=title&year=2013", [], []
    while address:
        page = site.get(address)
        found += page.xpath('//ol[@class="hits"]//h2/a/@href')
        numbers.append(site.text(page.xpath('//nav[@class="turns"]//a[@aria-current]')[0]))
        following = page.xpath('//a[@rel="next"]/@href')
        address = following[0] if following else ""
    assert numbers == ["1", "2", "3"]
    assert len(found) == len(set(found)) == site.notices + 1
    assert page.xpath('//a[@rel="prev"]/@href') == ["/search?year=2013&sort=title&page=2"]


@pytest.mark.parametrize("address", ["/search?year=2013&page=9", "/browse/year/2013?page=9"])
def test_a_page_beyond_the_last_leads_back_to_the_last(site: Site, address: str) -> None:
    page = site.get(address, status=404)
    assert "没有第 9 页" in site.text(page)
    back = page.xpath('//*[@class="notice"]//a/@href')[0]
    assert "没有第" not in site.text(site.get(back))


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
    assert f"“{named}”" in site.text(page.xpath('//*[@class="detail"]')[0])
    assert page.xpath('//input[@name="q"]/@value') == ["补贴"]


@pytest.mark.parametrize("address", ["/search", "/d/LX00123-0215-2014-00031"])
def test_a_text_of_ten_thousand_characters_is_refused_with_its_length(site: Site, address: str) -> None:
    page = site.get(f"{address}?q={quote('补' * 10_000)}", status=400)
    assert "10000 个字" in site.text(page)


def test_no_hits_offers_the_search_without_each_filter_and_its_count(site: Site) -> None:
    page = site.get(f"/search?q={quote('丙字机械')}&year=2013&channel=notice-board")
    assert "没有找到" in site.text(page.xpath('//*[@role="status"]')[0])
    offers = {site.text(item): item.xpath("./a/@href") for item in page.xpath('//*[@class="notice"]//li[a]')}
    assert "去掉条件“年份：2013”（1 份）" in offers
    counted = {text: int(text.split("（")[-1].split()[0]) for text in offers if text.endswith("份）")}
    assert len(counted) == 2
    for text, count in counted.items():
        assert site.total(site.get(offers[text][0])) == count


def test_what_was_typed_or_written_never_becomes_markup(site: Site) -> None:
    for address in (
        f"/search?q={quote(site.hostile)}",
        f"/d/LX00123-0215-2014-00031?q={quote(site.hostile)}",
    ):
        page = site.get(address)
        assert not page.xpath("//b[@onmouseover]")
        assert page.xpath('//input[@id="q"]/@value') == [site.hostile]
        assert site.hostile in unescape(page.text_content())


def test_a_document_in_two_categories_of_a_branch_counts_once(site: Site) -> None:
    assert site.total(site.get("/browse/category/20-07")) == 2
    assert site.total(site.get("/browse/category/20-07-01")) == 2
    assert site.total(site.get("/browse/category/20-07-03")) == 1


def test_an_archivist_walks_from_category_to_year_to_document_to_original(site: Site) -> None:
    start = site.get("/browse")
    category = site.get(start.xpath('//a[text()="部门预算"]/@href')[0])
    year = site.get(category.xpath('//aside//a[span="2013"]/@href')[0])
    assert site.total(year) == 1
    document = site.get(year.xpath('//td[@class="name"]/a/@href')[0])
    assert site.text(document.xpath("//h1")[0]) == "2013年部门预算"
    assert site.client.get(document.xpath('//a[@class="button"]/@href')[0]).status_code == 200
