"""The site in a real browser: the server in a process of its own, Chromium without a window."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[1]
Opener = Callable[..., "Chrome"]


def text(browser: Chrome, selector: str) -> str:
    return str(browser.find_element("css selector", selector).text)


def total(browser: Chrome) -> int:
    found = re.search(r"找到 (\d+) 份", text(browser, "[role=status]"))
    return int(found[1]) if found else 0


def count_of(value: WebElement) -> int:
    """The number before the 份 that only a screen reader says."""
    return int(value.find_element("css selector", ".count").text.split()[0])


def follow(browser: Chrome, act: Callable[[], None]) -> None:
    """Act, and wait until the page acted on is gone and the next is whole: a submitted form goes at once."""
    from selenium.webdriver.support.expected_conditions import staleness_of
    from selenium.webdriver.support.ui import WebDriverWait

    wait, page = WebDriverWait(browser, 60), browser.find_element("css selector", "html")
    act()
    wait.until(staleness_of(page))
    wait.until(lambda _: browser.find_elements("css selector", "footer"))


def ask(browser: Chrome, address: str, query: str) -> None:
    browser.get(address)
    box = browser.find_element("css selector", "input[name=q]")
    box.send_keys(query)
    follow(browser, box.submit)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_search_is_narrowed_widened_and_leads_to_the_original(
    browse: Opener, address: str, scripts: bool
) -> None:
    browser = browse(scripts=scripts)
    ask(browser, address, "补贴名单")
    everything = total(browser)
    hits = browser.find_elements("css selector", "ol.hits > li")
    assert everything >= len(hits) > 0
    assert any(mark.text == "补贴名单" for mark in browser.find_elements("css selector", "ol.hits mark"))

    facets = browser.find_elements("css selector", "#facets form > details > summary")
    assert [facet.text.split("（")[0] for facet in facets][:4] == ["年份", "类别", "渠道", "发布机构"]
    values = browser.find_elements("css selector", "#facets li")
    narrower = [value for value in values if 0 < count_of(value) < everything]
    chosen = narrower[0]
    count = count_of(chosen)
    name = chosen.find_element("css selector", "a .name").text
    follow(browser, chosen.find_element("css selector", "a").click)
    assert total(browser) == count

    chip = next(chip for chip in browser.find_elements("css selector", "a.chip") if name in chip.text)
    follow(browser, chip.click)
    assert total(browser) == everything
    assert not [chip for chip in browser.find_elements("css selector", "a.chip") if name in chip.text]

    link = browser.find_element("css selector", "ol.hits h2 a")
    title = link.text
    follow(browser, link.click)
    assert text(browser, "h1") == title
    assert "补贴名单" in browser.find_element("css selector", "#main").text
    original = browser.find_element("css selector", "a.button").get_attribute("href")
    assert original is not None
    with urllib.request.urlopen(original) as response:
        sent = response.read()
    assert sent in {path.read_bytes() for path in (ROOT / "data").rglob("*") if path.is_file()}


def test_an_original_is_downloaded_by_a_click_with_its_name_and_bytes(
    browse: Opener, address: str, tmp_path: Path
) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser = browse()
    ask(browser, address, "临溪市2013年企业新设专卖店补贴名单")
    follow(browser, browser.find_element("css selector", "ol.hits h2 a").click)
    browser.find_element("css selector", "a.button").click()
    source = ROOT / "data/公示栏/2014/2013年企业新设专卖店补贴名单.docx"
    target = tmp_path / "downloads" / source.name
    WebDriverWait(browser, 30).until(lambda _: target.exists())
    assert target.read_bytes() == source.read_bytes()


PAGES = [
    "/",
    f"/search?q={quote('补贴名单')}",
    "/browse",
    "/browse/category/20-15-03",
    "/nothing",
    "/search?page=-1",
]


@pytest.mark.parametrize("width", [320, 1200])
def test_no_page_is_wider_than_its_window_and_none_has_an_error(
    browse: Opener, address: str, width: int
) -> None:
    browser = browse(width=width, height=700)
    browser.get(f"{address}/search?q={quote('补贴名单')}")
    documents = [
        link.get_attribute("href") for link in browser.find_elements("css selector", "ol.hits h2 a")
    ][:4]
    for page in [*(f"{address}{page}" for page in PAGES), *documents]:
        assert page is not None
        browser.get(page)
        wide, seen = browser.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width in (seen, 1200)
        assert wide <= seen, page
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert [
        entry for entry in severe if "404" not in entry["message"] and "400" not in entry["message"]
    ] == []


def test_the_keyboard_reaches_the_text_past_everything_else(browse: Opener, address: str) -> None:
    from selenium.webdriver.common.keys import Keys

    browser = browse()
    browser.get(f"{address}/search?q={quote('补贴名单')}")
    browser.find_element("css selector", "body").send_keys(Keys.TAB)
    skip = browser.switch_to.active_element
    assert skip.get_attribute("href") == f"{browser.current_url}#main"
    skip.send_keys(Keys.ENTER)
    assert browser.current_url.endswith("#main")


def test_a_search_is_made_and_narrowed_with_the_keyboard_alone(browse: Opener, address: str) -> None:
    """Only keys that everybody has: Tab, Space, Enter and letters."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser = browse()
    browser.get(address)

    def press(*keys: str) -> None:
        ActionChains(browser).send_keys(*keys).perform()

    def walk_to(selector: str) -> WebElement:
        for _ in range(200):
            here = browser.switch_to.active_element
            if browser.execute_script("return arguments[0].matches(arguments[1])", here, selector):
                return here
            press(Keys.TAB)
        pytest.fail(f"{selector} is not reached by Tab")

    walk_to("input[name=q]")
    press("补贴")
    follow(browser, lambda: press(Keys.ENTER))
    everything = total(browser)
    assert everything > 1
    walk_to("#facets input[name=year]:not(:checked)")
    press(Keys.SPACE, Keys.TAB, Keys.TAB, Keys.SPACE)
    ticked = browser.find_elements("css selector", "#facets input[name=year]:checked")
    assert len(ticked) == 2
    browser.execute_script("arguments[0].focus()", browser.find_element("css selector", "body"))
    walk_to("#facets input#from")
    press("2012")
    follow(browser, lambda: press(Keys.ENTER))
    assert 0 < total(browser) < everything
    assert browser.current_url.count("year=") == 2
    assert "from=2012" in browser.current_url
    walk_to("ol.hits h2 a")
    follow(browser, lambda: press(Keys.ENTER))
    assert browser.find_element("css selector", "h1").text


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_ticks_and_bars_narrow_and_the_choice_of_large_type_stays(
    browse: Opener, address: str, scripts: bool
) -> None:
    browser = browse(scripts=scripts)
    ask(browser, address, "补贴")
    everything = total(browser)
    years = browser.find_elements("css selector", "#facets input[name=year]")[:2]
    counts = [count_of(year.find_element("xpath", "..")) for year in years]
    for year in years:
        year.click()
    follow(browser, browser.find_element("css selector", "#facets .apply button").click)
    assert total(browser) == sum(counts)
    follow(browser, browser.find_element("css selector", "a.clear").click)
    ask(browser, address, "补贴")
    bar = browser.find_element("css selector", ".years svg a")
    follow(browser, lambda: bar.find_element("css selector", ".room").click())
    assert 0 < total(browser) < everything
    here, size = browser.current_url, text_size(browser)
    follow(browser, browser.find_element("css selector", ".modes a").click)
    assert browser.current_url == here
    assert text_size(browser) >= size * 1.25
    browser.get(address)
    assert browser.find_element("css selector", "html").get_attribute("class") == "auto large"


def text_size(browser: Chrome) -> float:
    return float(browser.find_element("css selector", "main").value_of_css_property("font-size")[:-2])


@pytest.mark.parametrize("mode", [{"text": "large"}, {"lang": "en"}, {"theme": "dark"}], ids=str)
def test_on_a_phone_no_page_is_wider_than_the_window_in_any_mode(
    browse: Opener, address: str, mode: dict[str, str]
) -> None:
    browser = browse(width=320, height=700)
    browser.get(f"{address}/map")
    for name, value in mode.items():
        browser.add_cookie({"name": name, "value": value, "path": "/"})
    for page in [
        *PAGES,
        "/map",
        "/search/agency",
        "/request?q=x",
        f"/search?q={quote('子虚乌有')}&year=2013",
        f"/verify?sha256={'0' * 64}",
        "/d/LX00123-0201-2014-00001?q=企业&at=1",
        "/d/LX00123-0201-2014-00001/print",
    ]:
        browser.get(address + page)
        wide, seen = browser.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= seen == 320, page


def test_what_somebody_begins_to_type_is_suggested(browse: Opener, address: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser = browse()
    browser.get(address)
    browser.find_element("css selector", "input[name=q]").send_keys("专卖店")
    WebDriverWait(browser, 30).until(
        lambda _: browser.find_elements("css selector", "datalist#suggestions option")
    )
    values = [
        one.get_attribute("value") or "" for one in browser.find_elements("css selector", "datalist option")
    ]
    assert any("专卖店" in value for value in values)
