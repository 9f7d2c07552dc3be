"""Takes the pictures of the README from a running site.

    disclosure-search serve & python tests/make_screenshots.py http://127.0.0.1:8000 tests/screenshots

Needs the development tools, Debian's chromium and chromium-driver, and fonts-noto-cjk.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NARROWEST_WINDOW = 500


@dataclass(frozen=True)
class Picture:
    name: str
    path: str
    width: int = 1180
    height: int = 1000
    cookies: dict[str, str] = field(default_factory=dict)


def pictures(base: str) -> tuple[Picture, ...]:
    with urlopen(f"{base}/search.json?q={quote('补贴办法')}&size=1") as response:
        found = json.load(response)
    document = (found.get("items") or found["hits"])[0]["id"]
    return (
        Picture("home", "/"),
        Picture("search", f"/search?q={quote('补贴')}&year=2014&year=2015"),
        Picture("document", f"/d/{quote(document)}?q={quote('补贴')}"),
        Picture(
            "nothing", f"/search?q={quote('子虚乌有 补贴')}&year=2013&validity={quote('有效')}", height=900
        ),
        Picture("phone", f"/search?q={quote('补贴')}", 375, 812),
        Picture("large", f"/search?q={quote('补贴')}", cookies={"text": "large"}),
    )


def main(base: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        options = Options()
        for argument in (*QUIET, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"intl.accept_languages": "zh-CN"})
        browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        try:
            for picture in pictures(base):
                (folder / f"{picture.name}.png").write_bytes(taken(browser, base, picture))
        finally:
            browser.quit()


def taken(browser: webdriver.Chrome, base: str, picture: Picture) -> bytes:
    size = {"width": picture.width, "height": picture.height, "deviceScaleFactor": 1}
    size["mobile"] = picture.width < NARROWEST_WINDOW
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(f"{base}/map")
    browser.delete_all_cookies()
    for name, value in {"theme": "light", **picture.cookies}.items():
        browser.add_cookie({"name": name, "value": value, "path": "/"})
    browser.get(base + picture.path)
    return base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
