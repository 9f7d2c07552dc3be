"""The embedded engine: Whoosh's index on disk, our evaluation in memory.

Owns what is open of an index folder. A `Snapshot` is one committed state, immutable and shared by all threads;
between calls the engine looks whether a newer state has been committed and takes it up.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np

from disclosure_search.document import Document
from disclosure_search.engine import standing
from disclosure_search.engine.base import (
    Condition,
    Inspection,
    Pairs,
    Problem,
    Request,
    Result,
    Shelf,
    State,
    Statistics,
    Writer,
)
from disclosure_search.engine.commits import (
    Commit,
    kept_ledgers,
    ledger_path,
    missing,
    open_commit,
    segment_path,
)
from disclosure_search.engine.embedded_upkeep import inspect, sizes
from disclosure_search.engine.embedded_writer import writing
from disclosure_search.engine.evaluate import search
from disclosure_search.engine.generations import FORMAT, IndexFolder, Pointer, Stamp
from disclosure_search.engine.part import LAYOUT, PLACE
from disclosure_search.engine.seal import read_seal
from disclosure_search.engine.shelves import SegmentShelf, SpacePairs
from disclosure_search.engine.space import Space
from disclosure_search.engine.texts import TextReader
from disclosure_search.engine.w3_toc import latest_generation
from disclosure_search.engine.warming import warm
from disclosure_search.errors import (
    DocumentNotFoundError,
    EngineError,
    IndexDamagedError,
    IndexMissingError,
    IndexOutdatedError,
)

CACHED = 3 / 8  # of memory; the rest is for columns and for answering
ATTEMPTS = 20  # a commit may remove files between our reading the table of contents and opening them


@dataclass(frozen=True, slots=True)
class Snapshot:
    commit: Commit
    space: Space
    texts: TextReader
    built: str

    @property
    def name(self) -> str:
        return f"{self.commit.folder.name}.{self.commit.number}"

    def is_newest(self, folder: Path) -> bool:
        return self.commit.folder == folder and self.commit.number == latest_generation(folder)

    def document(self, ordinal: int, *, with_text: bool) -> Document:
        return self.texts.document(self.space.string(PLACE, ordinal), with_text=with_text)


class EmbeddedEngine:
    """`recipe` says how tokens are cut at present; an index cut otherwise is OUTDATED. `memory_bytes` bound what a
    writer holds, and a reader's caches."""

    def __init__(self, path: Path, recipe: str, memory_bytes: int) -> None:
        self._folder = IndexFolder(path)
        self._recipe = recipe
        self._memory = memory_bytes
        self._snapshot: Snapshot | None = None
        self._stamp: Stamp | None = None  # of the folder, when the snapshot was found to be the newest
        self._lock = threading.Lock()

    def condition(self) -> Condition:
        try:
            snapshot = self._current()
        except IndexMissingError as error:
            return Condition(State.MISSING, error.what)
        except IndexOutdatedError as error:
            return Condition(State.OUTDATED, error.what)
        except EngineError as error:
            return Condition(State.DAMAGED, str(error))
        space = snapshot.space
        return Condition(
            State.READY,
            "",
            snapshot.name,
            space.document_count,
            snapshot.built,
            len(space.readers),
            space.size - space.document_count,
        )

    def ledger(self) -> bytes:
        """Also that of an outdated index: the ids that were given outlive the tokens."""
        while True:
            pointer = self._folder.pointer()
            folder = self._folder.generation_dir(pointer.generation)
            commit = latest_generation(folder)
            if commit < 0:
                raise missing(folder, IndexMissingError(str(folder)))
            path = ledger_path(folder, commit)
            try:
                content = path.read_bytes()
                if pointer.format == FORMAT:
                    read_seal(folder, commit).check_content(path, content)
            except OSError as error:
                if commit == latest_generation(folder):  # else a commit has replaced it just now
                    where = error.filename or str(path)
                    raise IndexDamagedError(where, f"it cannot be read ({error.strerror})") from error
            else:
                return content

    def kept_ledgers(self) -> Iterator[bytes]:
        return kept_ledgers(self._folder.generations())

    def writer(self, *, fresh: bool) -> AbstractContextManager[Writer]:
        return writing(self._folder, self._recipe, self._memory, self._of_one, fresh=fresh)

    def search(self, request: Request) -> Result:
        return search(self._current().space, request)

    def warm(self) -> None:
        warm(self._current().space, date.today().toordinal())

    def get(self, doc_id: str, *, with_text: bool = True) -> Document:
        snapshot = self._current()
        ordinal = snapshot.space.find(doc_id)
        if ordinal is None:
            raise DocumentNotFoundError(doc_id)
        return snapshot.document(ordinal, with_text=with_text)

    def records(self, doc_ids: Sequence[str]) -> Iterator[Document]:
        snapshot = self._current()
        for ordinal in map(snapshot.space.find, doc_ids):
            if ordinal is not None:
                yield snapshot.document(ordinal, with_text=False)

    def documents(self) -> Iterator[Document]:
        snapshot = self._current()
        for ordinal in np.flatnonzero(snapshot.space.alive).tolist():
            yield snapshot.document(ordinal, with_text=True)

    def shelves(self) -> tuple[Shelf, ...]:
        snapshot = self._current()
        space, texts = snapshot.space, snapshot.texts
        return tuple(SegmentShelf(space, texts, at) for at in range(len(space.readers)))

    def pairs(self) -> Pairs:
        return SpacePairs(self._current().space)

    def statistics(self) -> Statistics:
        snapshot = self._current()
        space = snapshot.space
        return Statistics(
            snapshot.name,
            space.document_count,
            space.size - space.document_count,
            len(space.readers),
            sum(reader.term_count for reader in space.readers),
            sizes(snapshot.commit, space),
            space.caches(),
        )

    def inspect(self) -> Inspection:
        try:
            pointer = self._pointer()
        except IndexDamagedError as error:
            return Inspection({}, (Problem(error.subject, error.what),))
        self._folder.check_safe(pointer.generation)
        return inspect(self._folder.generation_dir(pointer.generation))

    def standing(self, stream: str, *, placed: bool = True) -> Iterator[tuple[str, int]]:
        yield from standing.digests(self._current().space, stream, placed=placed)

    def roll_back(self) -> Condition:
        with self._folder.locked():
            pointer = self._folder.pointer()
            if not pointer.previous or not self._folder.generation_dir(pointer.previous).is_dir():
                what = "there is no earlier generation to go back to"
                raise EngineError(str(self._folder.path), what, "one is kept at every `index --rebuild`")
            back = self._usable(pointer.back())
            folder = self._folder.generation_dir(back.generation)
            self._folder.check_safe(back.generation)
            try:
                open_commit(folder)
            except (FileNotFoundError, IndexMissingError) as error:
                raise missing(folder, error) from error
            self._folder.switch(back)
        return self.condition()

    @contextmanager
    def _of_one(self, commit: Commit) -> Iterator[EmbeddedEngine]:
        """Answers from this commit alone, which need not be one that has been decided."""
        snapshot = _snapshot(commit, int(self._memory * CACHED), None)
        try:
            yield _Pinned(self._folder.path, self._recipe, self._memory, snapshot)
        finally:
            _close(snapshot)

    def close(self) -> None:
        with self._lock:
            snapshot, self._snapshot = self._snapshot, None
            self._stamp = None
        if snapshot:
            _close(snapshot)

    def _current(self) -> Snapshot:
        """The newest committed state. What an older one holds open is let go when its last reader is done."""
        stamp = self._folder.stamp(held.commit.folder) if (held := self._snapshot) else None
        if held and stamp and stamp == self._stamp:
            return held
        current = self._checked()
        self._stamp = stamp if current is held else None
        return current

    def _checked(self) -> Snapshot:
        for attempt in range(ATTEMPTS):
            pointer = self._pointer()
            folder = self._folder.generation_dir(pointer.generation)
            if (held := self._snapshot) and held.is_newest(folder):
                return held
            with self._lock:
                if (held := self._snapshot) and held.is_newest(folder):  # opened by another thread meanwhile
                    return held
                try:
                    self._folder.check_safe(pointer.generation)
                    self._snapshot = snapshot = _open(folder, int(self._memory * CACHED), held)
                except (IndexMissingError, FileNotFoundError) as error:
                    if attempt + 1 == ATTEMPTS:
                        raise missing(folder, error) from error
                except OSError as error:
                    why = f"cannot be read ({error.strerror})"
                    raise EngineError(error.filename or str(folder), why, "check the permissions") from error
                else:
                    return snapshot
        raise AssertionError("unreachable")

    def _pointer(self) -> Pointer:
        return self._usable(self._folder.pointer())

    def _usable(self, pointer: Pointer) -> Pointer:
        if pointer.format != FORMAT:
            why = f"its format is {pointer.format}, this program writes {FORMAT}"
            raise IndexOutdatedError(str(self._folder.path), why)
        if pointer.recipe != self._recipe:
            raise IndexOutdatedError(
                str(self._folder.path), "words were cut by another program version or word list"
            )
        return pointer


class _Pinned(EmbeddedEngine):
    def __init__(self, path: Path, recipe: str, memory_bytes: int, snapshot: Snapshot) -> None:
        super().__init__(path, recipe, memory_bytes)
        self._pinned = snapshot

    def ledger(self) -> bytes:
        return self._pinned.commit.ledger()

    def _current(self) -> Snapshot:
        return self._pinned


def _open(folder: Path, cache_bytes: int, before: Snapshot | None) -> Snapshot:
    """Of a segment that was there before nothing is opened or read again."""
    return _snapshot(open_commit(folder), cache_bytes, before)


def _snapshot(commit: Commit, cache_bytes: int, before: Snapshot | None) -> Snapshot:
    known = {one.path: one for one in before.space.readers} if before else {}
    readers = []
    for segment in commit.toc.segments:
        held = known.get(segment_path(commit.folder, segment))
        readers.append(held.as_of(segment) if held else commit.reader(segment))
    space = Space(readers, cache_bytes, before.space if before else None)
    built = datetime.fromtimestamp(commit.ledger_path.stat().st_mtime)
    shown = built.astimezone().isoformat(timespec="seconds")
    return Snapshot(commit, space, commit.texts(), shown)


def _close(snapshot: Snapshot) -> None:
    for reader in snapshot.space.readers:
        reader.close()
    snapshot.texts.close()


__all__ = ["LAYOUT", "EmbeddedEngine"]
