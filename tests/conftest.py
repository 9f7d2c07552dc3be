"""Real parts, small: folders of originals, an index made of them, and an engine that takes entries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disclosure_search.analysis import Segmenter
from disclosure_search.config import SETTINGS, Settings
from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import Engine
from disclosure_search.entry import entry_of
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.vocabulary import Vocabularies, load_vocabularies
from disclosure_search.wiring import Archive, open_archive

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

ROOT = Path(__file__).resolve().parents[1]
RECIPE = "recipe of the tests"
FILES = {
    "collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n',
    "公示栏/奖补名单/2014/名单.txt": "企业新设专卖店补贴名单\n第一批补贴名单如下，共二家企业。\n2014年11月28日\n",
    "公示栏/奖补名单/2014/名单.txt.meta.toml": (
        'title = "企业新设专卖店补贴名单"\nnumber = "临经贸〔2014〕39号"\npublished = "2014-12-02 09:46"\n'
        'index_number = "LX00123-0215-2014-00031"\nagency = "临溪市经济贸易局"\nattachments = ["明细表.txt"]\n'
    ),
    "公示栏/奖补名单/2014/明细表.txt": "明细如下\n丙字机械有限公司的设备补贴\n",
    "政府网站/部门预算/2013/预算.txt": "2013年部门预算\n收入合计七百万元。\n",
    "政府网站/部门预算/2013/预算.txt.meta.toml": 'published = "2013-03-01"\n',
    "政府网站/部门预算/2014/预算.txt": "2014年部门预算\n收入合计八百万元，其中补贴一百万元。\n",
    "政府网站/部门预算/2014/预算.txt.meta.toml": 'published = "2014-03-01"\n',
    "简报/公示公告/2014/内部.txt": "内部简报\n补贴名单的内部意见\n",
    "简报/公示公告/2014/内部.txt.meta.toml": 'audience = "面向本单位"\n',
}

Files = Mapping[str, str | bytes]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in SETTINGS:
        monkeypatch.delenv(setting.variable, raising=False)


def write_files(folder: Path, files: Files) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def build_archive(data_dir: Path) -> Archive:
    """The archive of a folder, its index beside it and up to date."""
    archive = open_archive(Settings(data_dir, data_dir.with_name(f"{data_dir.name}-index")))
    bring_up_to_date(archive.engine, data_dir, archive.store_dir, archive.vocabularies, archive.segmenter)
    return archive


@pytest.fixture
def make_collection(tmp_path: Path) -> Callable[..., Path]:
    """Writes files (name → content) below a new data folder and returns it."""

    def make(files: Files, name: str = "data") -> Path:
        (tmp_path / name).mkdir(exist_ok=True)
        return write_files(tmp_path / name, files)

    return make


@pytest.fixture
def make_archive(make_collection: Callable[..., Path]) -> Iterator[Callable[..., Archive]]:
    """Writes files and indexes them."""
    made: list[Archive] = []

    def make(files: Files, name: str = "data") -> Archive:
        made.append(build_archive(make_collection(files, name)))
        return made[-1]

    yield make
    for archive in made:
        archive.engine.close()


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """A small archive to read: three public documents, one of them with an attachment, and an internal one."""
    folder = tmp_path_factory.mktemp("archive") / "data"
    made = build_archive(write_files(folder, FILES))
    yield made
    made.engine.close()


@pytest.fixture(scope="session")
def vocabularies() -> Vocabularies:
    """The lists that come with the program."""
    return load_vocabularies(Path("/nonexistent"))


@pytest.fixture(scope="session")
def segmenter(vocabularies: Vocabularies) -> Segmenter:
    return Segmenter(vocabularies.words)


@pytest.fixture(params=["embedded"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Every kind of engine, empty: what is tested with it holds for all of them."""
    opened = open_engine(tmp_path / f"{request.param}-index", RECIPE)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def fill(segmenter: Segmenter) -> Callable[..., None]:
    """Puts documents into an engine with one commit; the first one makes the index."""

    def put(
        engine: Engine,
        documents: Iterable[Document],
        *,
        fresh: bool = True,
        removed: Iterable[str] = (),
        ledger: bytes = b"{}",
    ) -> None:
        with engine.writer(fresh=fresh) as writer:
            for doc_id in removed:
                writer.remove(doc_id)
            for document in documents:
                writer.add(entry_of(document, segmenter))
            writer.commit(ledger)

    return put


# A browser

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the sample collection is served, by a process of its own."""
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
def browse(address: str, tmp_path: Path) -> Iterator[Callable[..., Chrome]]:
    """Opens a Chromium without a window, as a phone where it is narrow."""
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
            "--disable-dev-shm-usage", "--lang=zh-CN", f"--window-size={width},{height}",
            f"--user-data-dir={tmp_path / f'profile-{len(opened)}'}",
        ):  # fmt: skip
            options.add_argument(argument)
        preferences: dict[str, object] = {
            "download.default_directory": str(tmp_path / "downloads"),
            "intl.accept_languages": "zh-CN",
        }
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
