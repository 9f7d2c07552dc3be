"""Power that fails at any instant of a commit: what the disk may then hold opens as the old state or the new one.

Every write, sync and rename of real commits is watched. For each instant the folder is built as the disk may hold it:
what was synced is there, and of the rest any part may be. What is committed when `commit` returns is never lost.
DISCLOSURE_POWER_LOSSES=50 tries so many chance mixtures for each instant instead of 2.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import Engine, Every, Request, State

MIXTURES = int(os.environ.get("DISCLOSURE_POWER_LOSSES", "2"))
SEED = int(os.environ.get("DISCLOSURE_SEED", "4"))
RECIPE = "power"
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir")
Fill = Callable[..., None]
Names = dict[int, dict[str, int]]


@dataclass
class Disk:
    """`names` of each folder and `contents` of each file, by inode; those that are synced and those that are seen."""

    root: int
    synced_names: Names
    synced: dict[int, bytes]
    seen_names: Names
    seen: dict[int, bytes]
    done: int
    """How many commits had returned."""

    def files(self, mixture: Mixture) -> dict[str, bytes | None]:
        """What the folder may hold after the power failed; None is a folder."""
        return dict(self._below(self.root, "", mixture))

    def _below(self, folder: int, path: str, mixture: Mixture) -> Iterator[tuple[str, bytes | None]]:
        synced, seen = self.synced_names.get(folder, {}), self.seen_names.get(folder, {})
        for name in sorted({*synced, *seen}):
            inode = mixture.one_of(synced.get(name), seen.get(name))
            if inode in self.seen_names or inode in self.synced_names:
                yield f"{path}{name}", None
                yield from self._below(inode, f"{path}{name}/", mixture)
            elif inode is not None:
                yield f"{path}{name}", self._content(inode, mixture)

    def _content(self, inode: int, mixture: Mixture) -> bytes:
        synced, seen = self.synced.get(inode), self.seen.get(inode, b"")
        return seen if seen == synced else mixture.content(synced or b"", seen)


@dataclass(frozen=True)
class Mixture:
    """Which of the unsynced names and contents reached the disk."""

    name: str
    chance: random.Random

    def one_of(self, synced: int | None, seen: int | None) -> int | None:
        if self.name == "chance":
            return self.chance.choice((synced, seen))
        return synced if self.name == "nothing" else seen

    def content(self, synced: bytes, seen: bytes) -> bytes:
        options = {"nothing": synced, "all": seen, "names": b"", "halves": seen[: len(seen) // 2]}
        if self.name == "chance":
            return self.chance.choice(list(options.values()))
        return options[self.name]


@dataclass
class Watch:
    """Sees every change in a folder, and what of it is synced. Inodes are held open, so that none is given twice."""

    root: Path
    disks: list[Disk] = field(default_factory=list)
    done: int = 0
    synced_names: Names = field(default_factory=dict)
    synced: dict[int, bytes] = field(default_factory=dict)
    seen: dict[int, bytes] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    read: dict[bytes, bytes] = field(default_factory=dict)
    busy: bool = False

    def look(self) -> None:
        names: Names = {}
        self._walk(self.root, names)
        disk = Disk(
            self.root.stat().st_ino,
            {folder: dict(held) for folder, held in self.synced_names.items()},
            dict(self.synced),
            names,
            dict(self.seen),
            self.done,
        )
        if not self.disks or disk != self.disks[-1]:
            self.disks.append(disk)

    def _walk(self, folder: Path, names: Names) -> None:
        held = names.setdefault(folder.stat().st_ino, {})
        for entry in os.scandir(folder):
            inode = held[entry.name] = entry.inode()
            if inode not in self.held:
                self.held[inode] = os.open(entry.path, os.O_RDONLY)
            if entry.is_dir():
                self._walk(Path(entry.path), names)
            else:
                content = Path(entry.path).read_bytes()
                self.seen[inode] = self.read.setdefault(content, content)  # one object for one content

    def sync(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            self.synced_names[status.st_ino] = dict(self.disks[-1].seen_names.get(status.st_ino, {}))
        else:
            self.synced[status.st_ino] = self.seen.get(status.st_ino, b"")

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        self.busy = True
        try:
            yield
        finally:
            self.busy = False

    def close(self) -> None:
        for descriptor in self.held.values():
            os.close(descriptor)


_watching: list[Watch] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook cannot be taken away again; it does nothing while nothing is watched."""
    if not _watching or _watching[0].busy:
        return
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event in CHANGES:
        with _watching[0].undisturbed():
            _watching[0].look()


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    (tmp_path / "index").mkdir()
    watching = Watch(tmp_path / "index")
    real = os.fsync

    def fsync(descriptor: int) -> None:
        with watching.undisturbed():
            watching.look()
            real(descriptor)
            watching.sync(descriptor)
            watching.look()

    monkeypatch.setattr(os, "fsync", fsync)
    sys.addaudithook(_hear)
    _watching.append(watching)
    yield watching
    _watching.clear()
    watching.close()


def document(number: int, edition: int) -> Document:
    body = f"第{edition}版" + "补贴名单公示" * (number % 3 * 50)
    return Document(f"d{number}", f"第{number}号通知", f"{number}.txt", body)


def standing(folder: Path) -> Any:
    """All that an index holds; None where there is none. Whatever it holds must be sound."""
    engine = open_engine(folder, RECIPE)
    try:
        condition = engine.condition()
        if condition.state is State.MISSING:
            return None
        assert condition.state is State.READY, condition.reason
        assert engine.inspect().problems == ()
        hits = engine.search(Request(Every(), limit=100)).hits
        return engine.ledger(), {hit.doc_id: engine.get(hit.doc_id) for hit in hits}
    finally:
        engine.close()


def history(engine: Engine, fill: Fill) -> list[Callable[[], None]]:
    """Commits of every kind: the first, additions, changes, removals, so many that segments are joined, a rebuild,
    and going back."""

    def add(
        edition: int, *numbers: int, fresh: bool = False, removed: tuple[str, ...] = ()
    ) -> Callable[[], None]:
        given = [document(number, edition) for number in numbers]
        return lambda: fill(engine, given, fresh=fresh, removed=removed, ledger=b"ledger %d" % edition)

    return [
        add(0, 1, 2, 3, fresh=True),
        add(1, 4),
        add(2, 2, 5, removed=("d1",)),
        add(3, removed=("d4",)),
        *(add(4 + one, 10 + one) for one in range(8)),
        add(20, 1, 2, 6, fresh=True),
        lambda: engine.roll_back() and None,
        add(21, 7),
        add(22, 1, fresh=True),
    ]


def write(target: Path, files: dict[str, bytes | None]) -> Path:
    target.mkdir()
    for name, content in files.items():
        if content is None:
            (target / name).mkdir()
        else:
            (target / name).write_bytes(content)
    return target


def test_power_may_fail_at_any_instant(watch: Watch, fill: Fill, tmp_path: Path) -> None:
    engine = open_engine(watch.root, RECIPE)
    states = [standing(watch.root)]
    for step in history(engine, fill):
        step()
        with watch.undisturbed():
            states.append(standing(watch.root))
            watch.done += 1
            watch.look()
    engine.close()
    _watching.clear()
    print("seed", SEED, len(watch.disks), "instants")
    assert len(watch.disks) > 10 * (len(states) - 1)
    opened: dict[Any, Any] = {}
    reached: set[tuple[int, bool]] = set()
    for number, disk in enumerate(watch.disks):
        allowed = states[disk.done : disk.done + 2]
        for name in ("nothing", "all", "names", "halves", *["chance"] * MIXTURES):
            files = disk.files(Mixture(name, random.Random(f"{SEED} {number} {name} {len(opened)}")))
            key = frozenset(files.items())
            if key not in opened:
                opened[key] = found = standing(write(tmp_path / "after", files))
                if len(opened) % 10 == 0:
                    go_on(tmp_path / "after", found, fill)
                shutil.rmtree(tmp_path / "after")
            found = opened[key]
            assert found in allowed, f"instant {number}, {name}: neither the old state nor the new one"
            reached.add((disk.done, found == allowed[-1]))
    print(len(opened), "different folders")
    assert {(step, new) for step in range(len(states) - 1) for new in (False, True)} <= reached


def go_on(folder: Path, found: Any, fill: Fill) -> None:
    """The next run works on whatever was left."""
    engine = open_engine(folder, RECIPE)
    fill(engine, [document(50, 50)], fresh=found is None, ledger=b"next")
    engine.close()
    assert standing(folder) == (b"next", {**(found[1] if found else {}), "d50": document(50, 50)})
