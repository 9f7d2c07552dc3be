"""Every page in every mode, judged by axe-core and html-validate.

Both are tools of npm, for tests alone: `make test-axe` installs them into .venv/axe. Without them nothing is judged.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[1]
MODULES = Path(os.environ.get("DISCLOSURE_NODE_MODULES", ROOT / ".venv" / "axe" / "node_modules"))
MOST_BYTES = 60 << 10
PAGES = {
    "home": "/",
    "search": f"/search?q={quote('补贴')}",
    "narrowed": f"/search?q={quote('补贴')}&year=2014&year=2015&from=2014&sort=newest",
    "all": "/search?page=2",
    "nothing found": f"/search?q={quote('子虚乌有 补贴')}&year=2013&validity={quote('有效')}",
    "bad day": f"/search?from={quote('很久以前')}",
    "facet": "/search/agency",
    "tree": "/search/category",
    "browse": "/browse",
    "shelf": "/browse/category/20-15",
    "agency": f"/browse/agency/{quote('临溪市经济和信息化局')}",
    "map": "/map",
    "request": f"/request?q={quote('子虚乌有')}&year=2014",
    "refused": "/search?page=-1",
    "missing": "/nothing",
    "programs": "/api/v1/",
    "verify": "/verify",
    "verify nothing": f"/verify?sha256={'0' * 64}",
    "verify no digest": "/verify?sha256=123",
}
MODES = {
    "light": {"theme": "light"},
    "dark": {"theme": "dark"},
    "large": {"theme": "light", "text": "large"},
    "large dark": {"theme": "dark", "text": "large"},
    "phone": {"theme": "light"},
    "zh-Hant": {"theme": "light", "lang": "zh-Hant"},
    "en": {"theme": "light", "lang": "en"},
}
SMALLEST, WINDOW = 320, 1200


@pytest.fixture(scope="module")
def axe() -> str:
    path = MODULES / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip("make test-axe installs axe-core")
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def pages(address: str) -> dict[str, str]:
    """With documents: one with attachments, matches marked, found by a search; their sheets, and a digest of one."""
    with urlopen(f"{address}/search.json?q={quote('补贴')}&size=5") as response:
        found = json.load(response)["items"]
    documents = {
        f"document {at}": f"/d/{quote(one['id'])}?q={quote('补贴')}&at={at + 1}"
        for at, one in enumerate(found[:3])
    }
    shown = {"sheet": f"/d/{quote(found[0]['id'])}/print", "verified": f"/verify?sha256={found[0]['sha256']}"}
    return {name: f"{address}{path}" for name, path in {**PAGES, **documents, **shown}.items()}


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_no_violation_on_any_page(
    browse: Callable[..., Chrome], address: str, pages: dict[str, str], axe: str, mode: str
) -> None:
    """In large type the contrast is at least 7, else at least 4.5."""
    browser = browse(width=SMALLEST if mode == "phone" else WINDOW, height=900)
    browser.get(f"{address}/map")
    for name, value in MODES[mode].items():
        browser.add_cookie({"name": name, "value": value, "path": "/"})
    rules = {"color-contrast-enhanced": {"enabled": "large" in mode}, "target-size": {"enabled": True}}
    found: list[str] = []
    for name, page in pages.items():
        browser.get(page)
        browser.execute_script(axe)
        result = browser.execute_async_script(
            "axe.run(document, {rules: arguments[0]}).then(arguments[arguments.length - 1])", rules
        )
        assert result["passes"], name
        for one in result["violations"]:
            found += [
                f"{name}: {one['id']} {node['html'][:160]} {node['any'][:1]}" for node in one["nodes"][:3]
            ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("mode", ["light", "large", "zh-Hant", "en"])
def test_every_page_is_valid_and_light(
    address: str, pages: dict[str, str], mode: str, tmp_path: Path
) -> None:
    program = MODULES / ".bin" / "html-validate"
    if not (program.is_file() and shutil.which("node")):
        pytest.skip("make test-axe installs html-validate")
    cookie = SimpleCookie(MODES[mode]).output(attrs=[], header="", sep=";").strip()
    for name, page in pages.items():
        try:
            with urlopen(Request(page, headers={"Cookie": cookie})) as response:
                content = response.read()
        except OSError as error:  # the pages of errors are pages too
            content = error.read()  # type: ignore[attr-defined]
        assert len(content) <= MOST_BYTES, name
        (tmp_path / f"{name}.html").write_bytes(content)
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(RULES), "utf-8")
    done = subprocess.run(
        [str(program), "--config", str(tmp_path / ".htmlvalidate.json"), str(tmp_path)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]


RULES = {
    "extends": ["html-validate:standard"],
    "elements": ["html5"],
    "rules": {
        "no-trailing-whitespace": "off",  # matters of taste, not of the standard
        "void-style": "off",
        "attribute-boolean-style": "off",
        "doctype-style": "off",
        "long-title": "off",  # titles of documents are as long as they are
        "no-redundant-role": "off",  # older screen readers need role=search beside form
    },
}
