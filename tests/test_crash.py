"""Interruption at any instant: the last complete index goes on answering, and the next run finishes the work.

Here whole runs are killed, with the processes that read and write for them; `test_killed` kills the writing of the
index itself, more often. DISCLOSURE_CRASHES=1000 (`make test-crash`) kills 250 runs instead of 12.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from disclosure_search.config import Settings
from disclosure_search.errors import IndexMissingError
from disclosure_search.search import SearchState
from disclosure_search.wiring import Archive, open_archive

MOMENTS = max(12, int(os.environ.get("DISCLOSURE_CRASHES", "0")) // 4)
FILES = 30
CHANGED = 8


@dataclass(frozen=True)
class Place:
    """A folder of originals with its index. Every original holds 共同 and the number of its edition."""

    home: Path

    @property
    def index_dir(self) -> Path:
        return self.home / "index"

    def write(self, edition: int, numbers: range = range(FILES)) -> None:
        (self.home / "data").mkdir(parents=True, exist_ok=True)
        for number in numbers:
            lines = f"第{number}号公告\n共同的一句话，第{edition}版。\n" + "企业名单和补贴金额另附。\n" * 200
            (self.home / "data" / f"{number:02}.txt").write_text(f"{lines}编号{number}。\n", "utf-8")

    def command(self, *arguments: str) -> list[str]:
        places = ("--data", str(self.home / "data"), "--index", str(self.index_dir))
        return [sys.executable, "-m", "disclosure_search", arguments[0], *places, *arguments[1:]]

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, timeout=120, check=False, **options
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def editions(self) -> dict[int, int]:
        """How many documents of which edition answer; complete states have one sum only."""
        archive = open_archive(Settings(self.home / "data", self.index_dir))
        try:
            found = {edition: self._count(archive, f'"第{edition}版"') for edition in range(4)}
            assert sum(found.values()) == self._count(archive, "共同") == archive.search.condition().documents
        except IndexMissingError:
            return {}
        finally:
            archive.engine.close()
        return {edition: count for edition, count in found.items() if count}

    def _count(self, archive: Archive, text: str) -> int:
        page = archive.search.run(SearchState(text=text, size=100))
        assert len(page.hits) == min(page.total, 100)
        return page.total

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command("index", *arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def owner(self) -> str:
        try:
            return (self.index_dir / "lock").read_text()
        except OSError:
            return ""

    def at_work(self, run: subprocess.Popen[bytes]) -> None:
        """Waits until the run holds the lock; before that there is nothing to interrupt."""
        deadline = time.monotonic() + 60
        while f"process {run.pid} " not in self.owner() and run.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def take(self, *options: str) -> float:
        """How long a run takes, from the lock to its end."""
        run = self.start(*options)
        self.at_work(run)
        began = time.monotonic()
        assert run.wait(timeout=60) == 0
        return time.monotonic() - began

    def kill(self, *options: str, after: float) -> None:
        run = self.start(*options)
        self.at_work(run)
        time.sleep(after)
        run.kill()
        run.wait()

    def leftovers(self) -> list[str]:
        """What a run that came to its end may not leave behind."""
        generations = list((self.index_dir / "generations").iterdir())
        loose = [path.name for path in self.index_dir.rglob("*") if path.name.endswith((".new", ".tmp"))]
        return loose + [path.name for path in generations[2:]]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.write(0)
    return made


def children_of(process: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process:
            found.append(int(entry.parent.name))
    return found


def moments(longest: float, seed: int) -> Iterator[float]:
    chance = random.Random(seed)
    yield from (chance.uniform(0.0, 1.05) * longest for _ in range(max(1, MOMENTS // 4)))


def test_a_first_build_that_is_killed_leaves_nothing_or_everything(place: Place) -> None:
    longest = place.take()
    for moment in moments(longest, 1):
        shutil.rmtree(place.index_dir)
        place.kill(after=moment)
        assert place.editions() in ({}, {0: FILES})
        assert place.run("index").returncode == 0
        assert place.editions() == {0: FILES}
        assert place.leftovers() == []


@pytest.mark.parametrize("options", [(), ("--rebuild",)], ids=["increment", "rebuild"])
def test_a_change_that_is_killed_leaves_the_old_state_or_the_new(
    place: Place, options: tuple[str, ...]
) -> None:
    place.run("index")
    place.write(1, range(CHANGED))
    longest = place.take(*options)
    edition = 1
    for moment in moments(longest, 2):
        before = place.editions()
        edition = edition % 3 + 1
        place.write(edition, range(CHANGED))
        after = {0: FILES - CHANGED, edition: CHANGED}
        place.kill(*options, after=moment)
        assert place.editions() in (before, after)
        done = place.run("index")
        assert done.returncode == 0
        assert place.editions() == after
        assert f"found {FILES} = " in done.stdout
        assert place.leftovers() == []


def test_removals_and_additions_that_are_killed_are_whole_or_not_at_all(place: Place) -> None:
    longest = place.take()
    for moment in moments(longest, 3):
        for number in range(CHANGED):
            (place.home / "data" / f"{number:02}.txt").unlink()
        place.write(1, range(FILES, FILES + 5))
        after = {0: FILES - CHANGED, 1: 5}
        place.kill(after=moment)
        assert place.editions() in ({0: FILES}, after)
        place.run("index")
        assert place.editions() == after
        for number in range(FILES, FILES + 5):
            (place.home / "data" / f"{number:02}.txt").unlink()
        place.write(0)
        place.run("index")
        assert place.editions() == {0: FILES}


def test_a_second_run_is_told_which_process_is_at_work(place: Place) -> None:
    first = place.start("--rebuild")
    try:
        place.at_work(first)
        os.kill(first.pid, signal.SIGSTOP)
        second = place.run("index")
    finally:
        os.kill(first.pid, signal.SIGCONT)
        first.wait(timeout=60)
    assert second.returncode == 1
    assert f"process {first.pid} on " in second.stderr
    assert "wait" in second.stderr
    assert first.returncode == 0
    assert place.editions() == {0: FILES}


def test_a_lock_of_a_dead_process_holds_nobody_up(place: Place) -> None:
    first = place.start()
    place.at_work(first)
    first.kill()
    first.wait()
    assert place.run("index").returncode == 0
    assert place.editions() == {0: FILES}


def test_readers_do_not_outlive_the_run_that_is_killed(place: Place) -> None:
    place.write(0, range(400))
    run = place.start()
    readers: list[int] = []
    deadline = time.monotonic() + 30
    while not readers and run.poll() is None and time.monotonic() < deadline:
        readers = children_of(run.pid)
        time.sleep(0.002)
    assert readers
    time.sleep(0.1)
    readers = sorted({*readers, *children_of(run.pid)})
    run.kill()
    run.wait()
    deadline = time.monotonic() + 20
    while left := [reader for reader in readers if _is_ours(reader)]:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


def _is_ours(process: int) -> bool:
    try:
        return b"disclosure_search.extract" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_a_run_that_is_asked_to_end_ends_and_leaves_the_old_state(
    place: Place, number: signal.Signals
) -> None:
    place.run("index")
    place.write(1)
    run = place.start("--rebuild")
    place.at_work(run)
    time.sleep(0.05)
    run.send_signal(number)
    run.wait(timeout=30)
    assert place.editions() in ({0: FILES}, {1: FILES})
    assert place.run("index").returncode == 0
    assert place.editions() == {1: FILES}


# No room, no permission


def _limit(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@pytest.mark.parametrize("options", [(), ("--rebuild",)], ids=["increment", "rebuild"])
@pytest.mark.parametrize("size", [0, 1_000, 20_000])
def test_a_file_that_cannot_grow_is_told_and_the_old_index_goes_on(
    place: Place, options: tuple[str, ...], size: int
) -> None:
    place.run("index")
    place.write(1)
    done = place.run("index", *options, preexec_fn=lambda: _limit(size))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "make room" in done.stderr
    assert place.editions() == {0: FILES}
    assert place.run("index").returncode == 0
    assert place.editions() == {1: FILES}
    assert place.leftovers() == []


def test_a_disk_that_is_full_is_told_and_the_old_index_goes_on(place: Place) -> None:
    room = place.index_dir
    room.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=700k,mode=755", "tmpfs", str(room)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk takes root; the limit on files is tested without")
    try:
        place.write(0, range(10))
        for number in range(10, FILES):
            (place.home / "data" / f"{number:02}.txt").unlink()
        assert place.run("index").returncode == 0
        (room / "filler").write_bytes(b"x" * shutil.disk_usage(room).free)
        place.write(1, range(10))
        done = place.run("index")
        assert done.returncode == 1
        assert "cannot be written" in done.stderr
        assert "make room" in done.stderr
        assert place.editions() == {0: 10}
        (room / "filler").unlink()
        assert place.run("index").returncode == 0
        assert place.editions() == {1: 10}
    finally:
        subprocess.run(["umount", "-l", str(room)], check=True)


def test_an_index_folder_that_is_only_for_reading_is_told_and_answers(place: Place) -> None:
    place.run("index")
    place.write(1)
    mounted = subprocess.run(
        ["mount", "--bind", "-o", "ro", str(place.index_dir), str(place.index_dir)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        if os.geteuid() == 0:
            pytest.skip("root may write anywhere, and here it may not mount")
        for folder in (place.index_dir, *(path for path in place.index_dir.rglob("*") if path.is_dir())):
            folder.chmod(0o555)
        (place.index_dir / "lock").chmod(0o444)
    else:
        subprocess.run(
            ["mount", "-o", "remount,bind,ro", str(place.index_dir)], capture_output=True, check=False
        )
    try:
        done = place.run("index")
        assert done.returncode == 1
        assert "cannot be written" in done.stderr
        assert place.editions() == {0: FILES}
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", "-l", str(place.index_dir)], check=True)
        for folder in (place.index_dir, *(path for path in place.index_dir.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
