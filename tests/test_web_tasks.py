"""What people come for, in a real browser on the sample collection: each at most three clicks from the home page.

To send a form counts as a click. All of it works without scripts, so that is how it is done.
"""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pypdfium2
import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = pytest.mark.browser
DATA = Path(__file__).resolve().parents[1] / "data"
MOST_CLICKS = 3
RULES = "LX00123-0201-2013-00004"  # 临溪市企业新设专卖店补贴办法


@dataclass
class Citizen:
    """Begins at the home page."""

    browser: Chrome
    clicks: int = 0

    def find(self, selector: str, words: str = "") -> WebElement:
        """The first of these that holds the words."""
        every = self.browser.find_elements("css selector", selector)
        found = next((one for one in every if words in one.text), None)
        assert found is not None, f"{selector} with {words!r} at {self.browser.current_url}"
        return found

    def click(self, selector: str, words: str = "") -> None:
        self._follow(self.find(selector, words).click)

    def ask(self, text: str) -> None:
        box = self.find("input[name=q]")
        box.clear()
        box.send_keys(text)
        self._follow(self.find(".box button").click)

    def said(self, selector: str = "main") -> str:
        return self.find(selector).text

    def fetched(self, selector: str, words: str = "") -> bytes:
        """What a link gives that a browser would store or hand to another program."""
        self._count()
        with urllib.request.urlopen(self.find(selector, words).get_attribute("href") or "") as response:
            content: bytes = response.read()
        return content

    def _follow(self, act: Callable[[], None]) -> None:
        from selenium.webdriver.support.expected_conditions import staleness_of
        from selenium.webdriver.support.ui import WebDriverWait

        self._count()
        page, wait = self.find("html"), WebDriverWait(self.browser, 60)
        act()
        wait.until(staleness_of(page))
        wait.until(lambda _: self.browser.find_elements("css selector", "footer"))

    def _count(self) -> None:
        self.clicks += 1
        assert self.clicks <= MOST_CLICKS


@pytest.fixture
def citizen(browse: Callable[..., Chrome], address: str) -> Citizen:
    browser = browse(scripts=False)
    browser.get(address)
    return Citizen(browser)


def test_the_list_of_subsidies_for_new_shops_published_in_2014(citizen: Citizen) -> None:
    citizen.ask("新设专卖店补贴名单")
    citizen.click("#facets li a", "2014")
    citizen.click("ol.hits h2 a")
    assert "专卖店补贴名单" in citizen.said("h1")
    assert citizen.said("dl.facts").count("2014-") >= 1
    assert "临溪堃泰卫浴股份公司" in citizen.said()


@pytest.mark.parametrize("number", ["临经贸〔2013〕31号", "临经贸2013 31号"])
def test_whether_a_number_is_still_valid(citizen: Citizen, number: str) -> None:
    citizen.ask(number)
    assert "已修改" in citizen.said("ol.hits > li:first-child .badge")
    citizen.click("ol.hits h2 a")
    assert "已修改" in citizen.said("dl.facts")
    citizen.click("#related a", "关于修订《临溪市企业新设专卖店补贴办法》的通知")  # what amended it cites it
    assert "有效" in citizen.said("dl.facts .badge")


def test_what_the_notice_board_published_in_2014(citizen: Citizen) -> None:
    citizen.click("main .channel a", "公示栏")
    citizen.click("#facets li a, aside li a", "2014")
    dates = [one.text for one in citizen.browser.find_elements("css selector", "td.date")]
    assert dates
    assert all(one.startswith("2014") for one in dates)


def test_the_original_of_the_budget_of_2014(citizen: Citizen) -> None:
    citizen.ask("2014年部门预算")
    assert "2014年度部门预算" in citizen.said("ol.hits > li:first-child h2")
    original = citizen.fetched("ol.hits > li:first-child .links a")
    assert original in {
        path.read_bytes() for path in DATA.glob("政府网站/财政预决算/2014/*") if path.is_file()
    }


def test_news_of_a_search_in_a_feed(citizen: Citizen) -> None:
    citizen.ask("补贴")
    feed = citizen.fetched(".forms a", "Atom").decode()
    assert "http://www.w3.org/2005/Atom" in feed
    assert "补贴" in feed


def test_from_search_over_a_facet_and_the_document_to_the_original(citizen: Citizen) -> None:
    citizen.ask("专卖店补贴办法")
    citizen.click("#facets li a", "规范性文件")
    citizen.click("ol.hits h2 a")
    citizen.clicks = 0
    shown = citizen.said(".original code")
    assert hashlib.sha256(citizen.fetched("a.button")).hexdigest() == shown
    citizen.click(".original a[href*=verify]")
    assert "一字未变" in citizen.said(".verdict")


def test_links_lead_from_match_to_match_and_from_hit_to_hit(
    browse: Callable[..., Chrome], address: str
) -> None:
    browser = browse(scripts=False, height=500)
    browser.get(f"{address}/search?q={quote('企业')}&sort=oldest&year=2014")
    titles = [one.text for one in browser.find_elements("css selector", "ol.hits h2 a")]
    browser.find_element("css selector", "ol.hits h2 a").click()
    browser.find_element("css selector", ".around [rel=next]").click()
    assert browser.find_element("css selector", "h1").text.replace("\n", "") == titles[1]
    browser.get(f"{address}/d/LX00123-0201-2014-00001?q={quote('企业')}")
    browser.find_element("css selector", ".found a").click()
    for number in (1, 2, 3):
        here = browser.find_element("css selector", ":target")
        assert here.get_attribute("id") == f"m{number}"
        top = browser.execute_script("return arguments[0].getBoundingClientRect().top", here)
        assert 0 <= top <= 500
        shown = [one for one in browser.find_elements("css selector", ".jump") if one.is_displayed()]
        assert len(shown) == 1
        shown[0].find_elements("css selector", "a")[-1].click()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", [f"/d/{RULES}", f"/d/{RULES}/print"], ids=["page", "sheet"])
def test_printed_to_pdf_a_document_names_its_source_and_its_digest(
    browse: Callable[..., Chrome], address: str, path: str, theme: str
) -> None:
    with urllib.request.urlopen(f"{address}/api/v1/documents/{RULES}") as response:
        record = json.load(response)
    browser = browse()
    browser.get(f"{address}/map")
    browser.add_cookie({"name": "theme", "value": theme, "path": "/"})
    browser.get(f"{address}{path}")
    made = browser.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    document = pypdfium2.PdfDocument(base64.b64decode(made["data"]))
    text = "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
    document.close()
    for said in (record["sha256"], record["agency"]["label"], record["number"], "2013-04-18", "虚报门店的"):
        assert said in text, said
    assert urlsplit(f"{address}/d/{RULES}").path in text
    for unsaid in ("网站地图", "大字版", "按Ctrl+P", "到第一处"):
        assert unsaid not in text
