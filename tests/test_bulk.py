"""A large run written by several processes: the same answers, the same accounts, and nothing half done."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from disclosure_search import entry
from disclosure_search.config import Settings
from disclosure_search.engine.base import Part
from disclosure_search.errors import EngineError
from disclosure_search.extract import Limits
from disclosure_search.indexing import RunReport, bring_up_to_date, run
from disclosure_search.indexing.bulk import Setup
from disclosure_search.search import SearchState
from disclosure_search.wiring import Archive, open_archive

TODAY = date(2015, 1, 1)
SUBJECTS = ["补贴", "预算", "行政处罚", "公示公告", "土地出让", "人事任免", "决算"]
QUERIES = [
    *SUBJECTS,
    "补贴 预算",
    "补贴 OR 决算",
    '"第3批名单"',
    "土地 -出让",
    "批名",
    "year:2012 公示",
    "附件 明细",
    "不存在的词",
    "",
]


def write_collection(folder: Path, size: int = 120) -> Path:
    (folder / "a").mkdir(parents=True)
    (folder / "collection.toml").write_text('[[patterns]]\npath = "{channel}/{category}/{year}/"\n')
    for number in range(size):
        home = folder / ["政府网站", "公示栏"][number % 2] / f"类{number % 3}" / str(2010 + number % 5)
        home.mkdir(parents=True, exist_ok=True)
        subject, other = SUBJECTS[number % 7], SUBJECTS[number * 3 % 7]
        text = f"{subject}第{number % 10}批名单\n" + f"关于{other}的通知如下，编号{number}。\n" * (
            1 + number % 4
        )
        (home / f"{number}.txt").write_text(text)
        if number % 20 == 0:
            (home / f"{number}-明细.txt").write_text(f"附件 明细 {number}")
            (home / f"{number}.txt.meta.toml").write_text(f'attachments = ["{number}-明细.txt"]\n')
        if number % 30 == 7:
            (home / f"{number}-copy.txt").write_text(text)
    return folder


def index(archive: Archive, workers: int, **options: Any) -> RunReport:
    return bring_up_to_date(
        archive.engine,
        archive.settings.data_dir,
        archive.store_dir,
        archive.vocabularies,
        archive.segmenter,
        workers=workers,
        today=TODAY,
        **options,
    )


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "BULK_FROM", 10)
    return write_collection(tmp_path / "data")


@pytest.fixture
def open_index(data: Path, tmp_path: Path) -> Any:
    opened = []

    def open_one(name: str) -> Archive:
        opened.append(open_archive(Settings(data, tmp_path / name)))
        return opened[-1]

    yield open_one
    for archive in opened:
        archive.engine.close()


def answers(archive: Archive) -> list[object]:
    found: list[object] = []
    for text in QUERIES:
        for sort in ("relevance", "newest", "title"):
            page = archive.search.run(SearchState.from_params([("q", text), ("sort", sort), ("size", "100")]))
            hits = [(hit.document, hit.fragments) for hit in page.hits]
            found.append((text, sort, page.total, hits, page.facets))
    return found


def workers_of_this_process() -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if (
                parent == os.getpid()
                and b"disclosure_search.indexing.worker" in (folder / "cmdline").read_bytes()
            ):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_two_processes_give_the_answers_of_one(open_index: Callable[[str], Archive]) -> None:
    one, two = open_index("one"), open_index("two")
    alone, shared = index(one, 1), index(two, 2)
    assert (one.engine.condition().segments, two.engine.condition().segments) == (1, 2)
    assert replace(alone, seconds=0, peak_bytes=0) == replace(shared, seconds=0, peak_bytes=0)
    assert alone.added > 100
    assert answers(one) == answers(two)
    assert shared.peak_bytes > alone.peak_bytes > 0


def test_a_later_run_replaces_what_several_processes_wrote(
    data: Path, open_index: Callable[[str], Archive]
) -> None:
    archive = open_index("index")
    index(archive, 2)
    for path in data.rglob("*.txt"):
        path.write_text(path.read_text() + "后来加了一句话")
    assert index(archive, 2).changed > 100
    state = SearchState.from_params([("q", "后来加了一句话")])
    assert archive.search.run(state).total == archive.engine.condition().documents
    home = next((archive.settings.index_dir / "generations").iterdir())
    assert len(list(home.glob("*.seg"))) == len(list(home.glob("*.texts"))) == 2


def test_a_process_that_is_killed_is_told_and_the_old_index_answers(
    data: Path, open_index: Callable[[str], Archive]
) -> None:
    archive = open_index("index")
    index(archive, 1)
    before, expected = archive.engine.condition(), answers(archive)
    files = sorted(path for path in archive.settings.index_dir.rglob("*") if "cache" not in path.parts)
    for path in data.rglob("*.txt"):
        path.write_text(path.read_text() + "改")

    def killing(stage: str, done: int, _total: int) -> None:
        if stage == "index" and done == 1:
            os.kill(workers_of_this_process()[0], signal.SIGKILL)

    with pytest.raises(EngineError, match=r"\.txt: the process that was writing it failed \(SIGKILL\)"):
        index(archive, 2, progress=killing)
    assert workers_of_this_process() == []
    assert archive.engine.condition() == before
    assert answers(archive) == expected
    assert (
        sorted(path for path in archive.settings.index_dir.rglob("*") if "cache" not in path.parts) == files
    )
    assert index(archive, 2).changed > 100


def test_a_document_of_more_than_a_million_characters_is_found_by_its_end(
    data: Path, open_index: Callable[[str], Archive]
) -> None:
    (data / "公示栏" / "很长.txt").write_text("很长的表\n" + "长" * (2**20 + 10) + "末尾一行\n")
    archive = open_index("index")
    index(archive, 2)
    (hit,) = archive.search.run(SearchState('"长末尾一行"')).hits
    assert hit.document.title == "很长的表"


def test_a_document_that_is_too_long_is_quarantined_and_ends_no_run(
    data: Path, open_index: Callable[[str], Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "MOST_TOKENS", 1000)
    (data / "公示栏" / "太长.txt").write_text("长" * 1010)
    (problem,) = index(open_index("index"), 1).new_problems
    assert (problem.path, problem.reason, problem.remedy) == ("公示栏/太长.txt", "limit", "split it")


@pytest.mark.parametrize("workers", [1, 2], ids=["one process", "two processes"])
def test_an_original_that_vanishes_meanwhile_is_quarantined(
    data: Path, open_index: Callable[[str], Archive], workers: int
) -> None:
    archive = open_index("index")

    def vanishing(stage: str, done: int, total: int) -> None:
        if stage == "read" and done == total:
            next(data.rglob("13.txt")).unlink()
            for kept in archive.store_dir.rglob("*.json.z"):
                kept.unlink()

    report = index(archive, workers, progress=vanishing)
    assert [account.path.rpartition("/")[2] for account in report.new_problems] == ["13.txt"]
    assert report.counts["quarantined"] == 1
    assert not any(document.path.endswith("/13.txt") for document in archive.engine.documents())


def test_a_worker_ends_when_its_parent_does(open_index: Callable[[str], Archive], tmp_path: Path) -> None:
    archive = open_index("index")
    describer = run.Describer(run.load_patterns(archive.settings.data_dir), archive.vocabularies)
    setup = Setup(tmp_path, tmp_path, Limits(), describer, archive.segmenter, Part(str(tmp_path), 1 << 24))
    worker = subprocess.Popen(
        [sys.executable, "-m", "disclosure_search.indexing.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert worker.stdin
    pickle.dump(setup, worker.stdin)
    worker.stdin.flush()
    assert worker.poll() is None
    assert worker.communicate(timeout=30)[0] == b""
    assert worker.returncode == 1
    assert list(tmp_path.glob("*.seg")) == []


HOLDING = """
import sys
from pathlib import Path
from disclosure_search.document import Document
from disclosure_search.engine.base import KEYWORDS, NUMBERS, Entry
from disclosure_search.engine.memory import peak_bytes
from disclosure_search.engine.part import EmbeddedPart
part = EmbeddedPart(Path(sys.argv[1]), int(sys.argv[2]))
characters = [chr(code) for code in range(0x4E00, 0x4E00 + 20000)]
before = peak_bytes()
for number in range(1, 200):
    tokens = [characters[place * number % 20000] for place in range(30000)]
    entry = Entry(Document(doc_id=str(number), title="t", path="p"), {"body_grams": tokens, "body_words": tokens},
                  dict.fromkeys(KEYWORDS, ()), dict.fromkeys(NUMBERS, 0))
    part.add(entry)
print(len(part.finish().written), peak_bytes() - before)
"""


@pytest.mark.parametrize("megabytes", [24, 60])
def test_what_is_held_before_a_segment_is_written_is_bounded(tmp_path: Path, megabytes: int) -> None:
    command = [sys.executable, "-c", HOLDING, str(tmp_path), str(megabytes << 20)]
    segments, used = map(
        int, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    )
    assert segments > 1
    assert used < 1.3 * (megabytes << 20) + (32 << 20)  # what encoding a chunk takes comes on top
