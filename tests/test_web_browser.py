"""The site in a real browser: the server in a process of its own, Chromium without a window."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[1]
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
Opener = Callable[..., "Chrome"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not (BROWSER and DRIVER):
        if os.environ.get("CI") == "true":
            pytest.fail(
                "Chromium is missing, and nothing is skipped here: install Debian's chromium and chromium-driver"
            )
        pytest.skip("install Debian's chromium and chromium-driver")
    places = ["--data", str(ROOT / "data"), "--index", str(tmp_path_factory.mktemp("browser") / "index")]
    program = [sys.executable, "-m", "disclosure_search"]
    subprocess.run([*program, "index", *places], check=False, capture_output=True)
    with subprocess.Popen(
        [*program, "serve", *places, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        line = next((line for line in server.stdout if "http://" in line), "")
        found = re.search(r"http://[\d.]+:\d+", line)
        assert found, line
        yield found[0]
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def browse(address: str, tmp_path: Path) -> Iterator[Opener]:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    opened: list[Chrome] = []

    def start(*, scripts: bool = True, width: int = 1200, height: int = 900) -> Chrome:
        options = Options()
        options.binary_location = str(BROWSER)
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", f"--window-size={width},{height}",
            f"--user-data-dir={tmp_path / f'profile-{len(opened)}'}",
        ):  # fmt: skip
            options.add_argument(argument)
        preferences: dict[str, object] = {"download.default_directory": str(tmp_path / "downloads")}
        if not scripts:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        browser = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        browser.set_page_load_timeout(60)
        if width < 500:  # narrower than a window may be
            browser.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True},
            )
        opened.append(browser)
        return browser

    yield start
    for browser in opened:
        browser.quit()


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

    facets = browser.find_elements("css selector", "#facets > details > summary")
    assert [facet.text.strip()[:2] for facet in facets] == ["年份", "类别", "渠道"]
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
