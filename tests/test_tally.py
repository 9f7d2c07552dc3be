"""Searched words are counted without a trace of who asked, safely from several processes, or not at all."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from disclosure_search import tally as tallying
from disclosure_search.analysis import Segmenter
from disclosure_search.cli import main
from disclosure_search.errors import DisclosureError
from disclosure_search.hearing import ADDRESSES, Hearing, words_to_count
from disclosure_search.tally import FILE, LEAST, MONTHS, Batch, Tally
from disclosure_search.wiring import Archive
from disclosure_search.wsgi import make_app

FILES = {
    "collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n',
    "公示栏/奖补名单/2014/名单.txt": "企业新设专卖店补贴名单\n第一批补贴名单如下，共二家企业。\n",
}
NOW = datetime(2026, 11, 5)
SEGMENTER = Segmenter()


def batch(**words: tuple[int, int]) -> Batch:
    return Batch(10, 1, dict(words))


def heard(folder: Path, *known: str) -> Hearing:
    return Hearing(Tally(folder), SEGMENTER.required, lambda word: word in known, lambda: NOW)


def written(folder: Path) -> dict[str, tuple[int, int]]:
    if not (folder / FILE).exists():
        return {}
    with closing(sqlite3.connect(folder / FILE)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'words'").fetchall():
            return {}
        rows = database.execute("SELECT word, asked, missing FROM words")
        return {word: (asked, missing) for word, asked, missing in rows}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("补贴名单 2014", ("补贴", "名单", "2014"), id="words and a year"),
        pytest.param("电话 13812345678", ("电话",), id="a telephone"),
        pytest.param("电话 138-1234 5678", ("电话",), id="a telephone in parts"),
        pytest.param(
            "低保 ３３０１０２１９９００１０１１２３Ｘ", ("低保",), id="an identity card, full width"
        ),
        pytest.param("预算 zhang.san@example.com", ("预算",), id="a mail address"),
        pytest.param("公示 http://example.com/zhangsan?id=1", ("公示",), id="a web address"),
        pytest.param("工号12345", ("工号",), id="five digits"),
        pytest.param("我家住在城东街道" * 6, (), id="a pasted text"),
        pytest.param("的", (), id="one character"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_of_a_text_only_words_are_counted_that_tell_of_nobody(text: str, words: tuple[str, ...]) -> None:
    assert words_to_count(text, SEGMENTER.required) == words


def test_a_word_that_stands_in_documents_counts_at_once_and_once_an_hour_for_an_address(
    tmp_path: Path,
) -> None:
    hearing = heard(tmp_path, "补贴")
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "", ""):
        hearing.hear("补贴", address, is_found=True)
    hearing.flush()
    assert written(tmp_path) == {"补贴": (4, 0)}


def test_a_word_that_stands_nowhere_leaves_memory_only_once_several_addresses_asked(tmp_path: Path) -> None:
    hearing = heard(tmp_path)
    for turn in range(ADDRESSES - 1):
        for _ in range(20):
            hearing.hear("张三丰", f"192.0.2.{turn}", is_found=False)
    hearing.flush()
    assert written(tmp_path) == {}
    assert "张三丰".encode() not in (tmp_path / FILE).read_bytes()
    hearing.hear("张三丰", "192.0.2.99", is_found=False)
    hearing.flush()
    assert written(tmp_path) == {"张三丰": (ADDRESSES, ADDRESSES)}


def test_neither_addresses_nor_texts_are_written(tmp_path: Path) -> None:
    hearing = heard(tmp_path, "补贴", "名单")
    hearing.hear("补贴 名单 13812345678", "198.51.100.77", is_found=True)
    hearing.flush()
    content = (tmp_path / FILE).read_bytes()
    assert "补贴".encode() in content
    for private in (b"198.51.100.77", b"13812345678", "补贴 名单".encode()):
        assert private not in content


def test_a_word_is_shown_from_the_least_number_on_and_proposed_only_if_it_finds_something(
    tmp_path: Path,
) -> None:
    tally = Tally(tmp_path)
    tally.add("2026-10", batch(补贴=(LEAST - 1, 0), 预算=(LEAST, 0), 养老院=(9, 9)))
    tally.add("2026-11", batch(补贴=(1, 0), 预算=(LEAST + 1, 1)))
    month = tally.month("2026-10")
    assert [(one.word, one.asked) for one in month.words] == [("养老院", 9), ("预算", LEAST)]
    assert [one.word for one in month.missing] == ["养老院"]
    assert (month.searches, month.without_hits) == (10, 1)
    assert tally.months() == ("2026-11", "2026-10")
    assert tally.frequent() == (("预算", 2 * LEAST + 1), ("补贴", LEAST))


def test_the_file_is_bounded_in_words_and_months(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "MOST_WORDS", 100)
    tally = Tally(tmp_path)
    tally.add("2026-11", Batch(1, 0, {f"词{one}": (one + 1, 0) for one in range(150)}))
    kept = written(tmp_path)
    assert len(kept) == 90
    assert "词149" in kept
    assert "词0" not in kept
    for one in range(MONTHS + 3):
        tally.add(f"{2030 + one // 12}-{one % 12 + 1:02}", batch())
    assert len(tally.months()) == MONTHS
    assert written(tmp_path) == {}


ADDING = """
import sys
from pathlib import Path
from disclosure_search.tally import Batch, Tally
tally = Tally(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    assert tally.add("2026-11", Batch(1, 0, {"补贴": (1, 0), "预算": (2, 1)}))
"""


def adding(folder: Path, times: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", ADDING, str(folder), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_several_processes_lose_nothing(tmp_path: Path) -> None:
    processes = [adding(tmp_path, 20) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert written(tmp_path) == {"补贴": (60, 0), "预算": (120, 60)}


def test_a_kill_leaves_whole_counts(tmp_path: Path) -> None:
    with adding(tmp_path, 100_000) as process:
        while not written(tmp_path):
            assert process.poll() is None
        process.kill()
    asked = written(tmp_path)
    assert asked["预算"] == (2 * asked["补贴"][0], asked["补贴"][0])
    assert Tally(tmp_path).add("2026-11", batch(补贴=(1, 0)))


def test_a_place_that_cannot_be_written_is_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    tally = Tally(tmp_path / "taken")
    assert not tally.add("2026-11", batch(补贴=(1, 0)))
    assert not tally.add("2026-11", batch(补贴=(1, 0)))
    assert caplog.text.count("searched words are not counted") == 1
    assert tally.months() == ()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    assert not Tally(tmp_path).add("2026-11", batch(补贴=(1, 0)))
    with pytest.raises(DisclosureError, match="cannot be read"):
        Tally(tmp_path).months()


def test_what_is_searched_on_the_site_is_reported(
    make_archive: Callable[..., Archive], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = make_archive(FILES)
    places = ["--data", str(archive.settings.data_dir), "--index", str(archive.settings.index_dir)]
    runner = CliRunner()
    nothing = runner.invoke(main, ["report", "words", *places])
    assert (nothing.exit_code, nothing.output) == (0, "no search has been counted yet\n")
    app = make_app(archive)
    client = app.test_client()
    for one in range(LEAST + 1):
        for text in ("补贴", "养老院", "补贴 -预算"):
            address = {"REMOTE_ADDR": f"192.0.2.{one}"}
            assert (
                client.get("/search", query_string={"q": text}, environ_overrides=address).status_code == 200
            )
    app.config["HEAR"].__self__.flush()
    told = json.loads(runner.invoke(main, ["report", "words", "--json", *places]).output)
    assert (told["searches"], told["without_hits"], told["least"]) == (3 * (LEAST + 1), LEAST + 1, LEAST)
    assert {one["word"]: one["asked"] for one in told["words"]} == {"补贴": LEAST + 1, "养老院": LEAST + 1}
    assert [one["word"] for one in told["missing"]] == ["养老院"]
    shown = runner.invoke(main, ["report", "words", *places]).output
    assert "养老院" in shown
    assert runner.invoke(main, ["report", "words", "--month", "1999-01", *places]).exit_code == 2
    monkeypatch.setenv("DISCLOSURE_COUNTS", "off")
    assert runner.invoke(main, ["report", "words", *places]).exit_code == 2
