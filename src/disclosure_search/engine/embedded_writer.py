"""Writing to the embedded engine: one writer at a time, nothing visible before the commit.

The order makes every instant safe: texts, segments, ledger and seal are on disk before the table of contents, and
for a rebuild the table of contents before the pointer.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

from disclosure_search.engine.base import Check, Engine, Entry, Finished, Part
from disclosure_search.engine.commits import (
    Commit,
    clean,
    missing,
    open_commit,
    remove_traces,
    segment_path,
    write_commit,
)
from disclosure_search.engine.generations import IndexFolder, Pointer, not_written, sync_folder
from disclosure_search.engine.joining import Source, brought_together
from disclosure_search.engine.mapped import MappedFile
from disclosure_search.engine.part import LAYOUT, PLACE, EmbeddedPart, Written, given_twice
from disclosure_search.engine.texts import texts_path, unpacked
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.engine.w3_schema import make_schema
from disclosure_search.engine.w3_toc import Toc, latest_generation
from disclosure_search.engine.w3_write import with_deletions
from disclosure_search.errors import EngineError, IndexMissingError

LEAST_HELD = 16 << 20
PROCESS_BYTES = (
    110 << 20
)  # what an indexing process takes before it holds anything: numpy, jieba's dictionary


Opened = Callable[[Commit], AbstractContextManager[Engine]]
"""An engine that answers from one commit, also where no table of contents names it yet."""


@contextmanager
def writing(
    folder: IndexFolder, recipe: str, memory_bytes: int, opened: Opened, *, fresh: bool
) -> Iterator[EmbeddedWriter]:
    with folder.locked():
        writer = None
        try:
            folder.sweep()
            writer = EmbeddedWriter(folder, recipe, memory_bytes, opened, fresh=fresh)
            yield writer
        except OSError as error:
            raise not_written(folder.path, error) from error
        finally:
            if writer:
                with suppress(OSError):  # what cannot be removed now, the next run removes
                    writer.abort()


class EmbeddedWriter:
    """`memory_bytes` are shared by all processes that write."""

    def __init__(
        self, folder: IndexFolder, recipe: str, memory_bytes: int, opened: Opened, *, fresh: bool
    ) -> None:
        self._folder = folder
        self._opened = opened
        self._fresh = fresh
        self._previous = _pointer(folder)
        self._name = folder.new_generation() if fresh else self._previous.generation
        if not self._name:
            raise IndexMissingError(str(folder.path))
        self._home = folder.generation_dir(self._name)
        self._recipe = recipe
        self._before = None if fresh else _opened(self._home)
        self._toc = self._before.toc if self._before else Toc(-1, (), make_schema(LAYOUT))
        self._memory = memory_bytes
        self._part = EmbeddedPart(self._home, self._held_by(1))
        self._finished: list[Written] = []
        self._removed: set[str] = set()
        self._added: set[str] = set()
        self._open = True

    def add(self, entry: Entry) -> None:
        """A document that is there already is replaced."""
        doc_id = entry.document.doc_id
        if doc_id in self._added:
            raise given_twice(doc_id)
        self._part.add(entry)
        self._removed.add(doc_id)

    def remove(self, doc_id: str) -> None:
        self._removed.add(doc_id)

    def part(self, processes: int) -> Part:
        return Part(str(self._home), self._held_by(processes))

    def _held_by(self, processes: int) -> int:
        return max(self._memory // processes - PROCESS_BYTES, LEAST_HELD)

    def adopt(self, finished: Finished) -> None:
        for doc_id in finished.doc_ids:
            if doc_id in self._added:
                raise given_twice(doc_id)
            self._added.add(doc_id)
        self._removed |= self._added
        self._finished += cast("Sequence[Written]", finished.written)

    def commit(self, ledger: bytes, check: Check | None = None) -> None:
        self.adopt(self._part.finish())
        kept = brought_together(self._home, [*self._kept(), *self._finished], self._source())
        texts = [one.texts for one in kept]
        toc = Toc(self._toc.generation, tuple(one.segment for one in kept), self._toc.schema)
        toc = write_commit(self._before, self._home, toc, texts, ledger, partial(self._shown_to, check))
        if self._fresh:
            sync_folder(self._home.parent)
            sync_folder(self._home.parent.parent)
            self._folder.switch(self._previous.followed_by(self._name, self._recipe))
            self._folder.sweep()
        self._open = False
        clean(self._home, toc, texts)

    def _shown_to(self, check: Check | None, commit: Commit) -> None:
        if check:
            with self._opened(commit) as engine:
                check(engine)

    def abort(self) -> None:
        """Leaves no trace of an uncommitted run; after a commit it does nothing."""
        if not self._open:
            return
        self._open = False
        self._part.abort()
        if self._fresh:
            if _pointer(self._folder).generation != self._name:  # else it failed after the switch
                shutil.rmtree(self._home, ignore_errors=True)
        elif latest_generation(self._home) == self._toc.generation:  # else it failed after the commit
            remove_traces(self._home, self._toc.generation + 1)
            clean(self._home, self._toc, self._before.texts_files if self._before else ())

    def _kept(self) -> Iterator[Written]:
        """The segments of the commit before, without what this one removes."""
        for segment in self._toc.segments if self._before else ():
            reader = self._reader(segment)
            try:
                found = [local for doc_id in self._removed if (local := reader.find(doc_id)) is not None]
                file = texts_path(self._home, unpacked(reader.string(PLACE, 0)).file).name
            finally:
                reader.close()
            yield Written(with_deletions(segment, found) if found else segment, file)

    def _source(self) -> Source:
        sealed = self._before.seal.files if self._before else {}

        def texts(name: str) -> MappedFile:
            known = sealed.get(name)
            return MappedFile(self._home / name, known.sums if known else None)

        return Source(self._reader, texts)

    def _reader(self, segment: Any) -> SegmentReader:
        """Compared with the seal, if it is under one."""
        if self._before and segment_path(self._home, segment).name in self._before.seal.files:
            return self._before.reader(segment)
        return SegmentReader(self._home, segment)


def _opened(home: Path) -> Commit:
    try:
        return open_commit(home)
    except (FileNotFoundError, IndexMissingError) as error:
        raise missing(home, error) from error


def _pointer(folder: IndexFolder) -> Pointer:
    """One that cannot be read is no reason not to write a new index."""
    try:
        return folder.pointer()
    except EngineError:
        return Pointer("", format="")
