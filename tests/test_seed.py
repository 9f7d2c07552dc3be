"""The annual report that the project began with: dropped into a folder, indexed, and found by every run of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from disclosure_search.analysis import canonical
from disclosure_search.config import Settings
from disclosure_search.document import Document
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.search import SearchState
from disclosure_search.wiring import Archive, open_archive

SHARED = Path(os.environ.get("DISCLOSURE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
SEED = SHARED / "seed" / "annual-report-2014.txt"
FURNITURE = (
    *("附件下载", "扫一扫在手机上查看当前页面", "相关解读"),
    *("文字解读", "图片解读", "视频解读", "访谈解读", "媒体报道"),
)
pytestmark = pytest.mark.skipif(
    not SEED.is_file(),
    reason=f"{SEED} is not there; put the shared folder beside the checkout or set DISCLOSURE_SHARED",
)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    data_dir = tmp_path_factory.mktemp("seed") / "data"
    data_dir.mkdir()
    (data_dir / SEED.name).write_bytes(SEED.read_bytes())
    archive = open_archive(Settings(data_dir, data_dir.parent / "index"))
    bring_up_to_date(archive.engine, data_dir, archive.store_dir, archive.vocabularies, archive.segmenter)
    yield archive
    archive.engine.close()


@pytest.fixture(scope="module")
def report(seeded: Archive) -> Document:
    (document,) = seeded.engine.documents()
    return document


def total(archive: Archive, text: str) -> int:
    return archive.search.run(SearchState(text, size=1)).total


def test_its_head_and_its_end_say_what_it_is(report: Document) -> None:
    assert report.title == "南安市经济贸易局2014年政府信息公开工作情况报告"
    assert report.published == datetime(2014, 12, 2, 9, 46)
    assert report.issued == date(2014, 11, 28)
    assert report.agency == "南安市经济贸易局"
    assert report.year == 2014


@pytest.mark.parametrize("furniture", FURNITURE)
def test_the_furniture_of_the_page_is_not_indexed(seeded: Archive, report: Document, furniture: str) -> None:
    assert furniture not in canonical(report.title + report.body)
    assert total(seeded, f'"{furniture}"') == 0


def test_the_body_keeps_everything_else(report: Document) -> None:
    text = canonical(SEED.read_text("utf-8"))
    end = text.index("附件下载")
    kept = canonical(report.title + report.body)
    begin, rest = text[: len(canonical(report.title))], text[len(canonical(report.title)) : end]
    assert kept.startswith(begin)
    for line in SEED.read_text("utf-8").split("附件下载")[0].splitlines():
        if canonical(line) and "时间:" not in line:
            assert canonical(line) in kept, line
    assert len(kept) >= len(begin) + len(rest) - len("时间201412020946")


def test_each_of_its_four_character_strings_is_found(seeded: Archive, report: Document) -> None:
    text = SEED.read_text("utf-8")
    strings = {run[at : at + 4] for run in re.findall("[\u4e00-\u9fff]+", text) for at in range(len(run) - 3)}
    assert len(strings) == 887
    indexed = canonical(report.title) + "\n" + canonical(report.body)
    standing = {one for one in strings if one in indexed}
    missing = {one for one in standing if total(seeded, f'"{one}"') != 1}
    assert missing == set()
    assert len(standing) == 870
    assert len({one for one in strings - standing if any(one in line for line in FURNITURE)}) == 17


def test_each_of_them_is_found_without_quotes_too(seeded: Archive, report: Document) -> None:
    plain = canonical(report.body)
    strings = {plain[at : at + 4] for at in range(len(plain) - 3)}
    assert len(strings) > 800
    assert {one for one in strings if total(seeded, one) != 1} == set()
