"""Writing to the embedded engine: one writer at a time, nothing visible before the commit.

The order makes every instant safe: texts, segments, ledger and seal are on disk before the table of contents, and
for a rebuild the table of contents before the pointer.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from disclosure_search.engine.base import GRAMS, KEYWORDS, NUMBERS, WORDS, Entry
from disclosure_search.engine.commits import Commit, clean, missing, open_commit, remove_traces, write_commit
from disclosure_search.engine.evaluate import DOC_ID
from disclosure_search.engine.generations import IndexFolder, Pointer, sync_folder
from disclosure_search.engine.space import TIE, TITLE_KEY
from disclosure_search.engine.texts import TextWriter
from disclosure_search.engine.w3_schema import Layout, make_schema
from disclosure_search.engine.w3_toc import Toc, latest_generation
from disclosure_search.engine.w3_write import SegmentWriter, with_deletions
from disclosure_search.errors import EngineError, IndexMissingError

PLACE = "place"
LAYOUT = Layout(
    unique=DOC_ID,
    words=WORDS,
    grams=GRAMS,
    keywords=KEYWORDS,
    numbers=(*NUMBERS, TIE),
    strings=(TITLE_KEY,),
    stored=(PLACE,),
)
TOKENS_HELD = 24_000_000  # tokens buffered before a segment is written: about 500 MB


@contextmanager
def writing(folder: IndexFolder, recipe: str, *, fresh: bool) -> Iterator[EmbeddedWriter]:
    with folder.locked():
        writer = None
        try:
            folder.sweep()
            writer = EmbeddedWriter(folder, recipe, fresh=fresh)
            yield writer
        except OSError as error:
            raise EngineError(
                str(folder.path),
                f"cannot be written ({error.strerror or error})",
                "make room or check the permissions; the old index goes on answering",
            ) from error
        finally:
            if writer:
                writer.abort()


class EmbeddedWriter:
    def __init__(self, folder: IndexFolder, recipe: str, *, fresh: bool) -> None:
        self._folder = folder
        self._fresh = fresh
        self._previous = _pointer(folder)
        self._name = folder.new_generation() if fresh else self._previous.generation
        if not self._name:
            raise IndexMissingError(str(folder.path))
        self._home = folder.generation_dir(self._name)
        self._recipe = recipe
        self._before = None if fresh else _opened(self._home)
        self._toc = self._before.toc if self._before else Toc(-1, (), make_schema(LAYOUT))
        self._texts = TextWriter(self._home, self._toc.generation + 1)
        self._segment = SegmentWriter(self._home, LAYOUT)
        self._finished: list[Any] = []
        self._removed: set[str] = set()
        self._added: set[str] = set()
        self._open = True

    def add(self, entry: Entry) -> None:
        """A document that is there already is replaced."""
        doc_id = entry.document.doc_id
        if doc_id in self._added:
            raise EngineError(doc_id, "the document was given twice in one run", "report this as a bug")
        self._added.add(doc_id)
        self._removed.add(doc_id)
        place = self._texts.add(entry.document)
        self._segment.add(
            unique=doc_id,
            tokens=entry.tokens,
            keywords=entry.keywords,
            numbers={**entry.numbers, TIE: tie(doc_id)},
            strings={TITLE_KEY: entry.sort_key},
            stored={PLACE: tuple(place)},
        )
        if self._segment.token_count >= TOKENS_HELD:
            self._finish_segment()

    def remove(self, doc_id: str) -> None:
        self._removed.add(doc_id)

    def commit(self, ledger: bytes) -> None:
        self._finish_segment()
        self._texts.seal()
        kept = [self._without_removed(segment) for segment in self._toc.segments]
        toc = Toc(self._toc.generation, (*kept, *self._finished), self._toc.schema)
        toc = write_commit(self._before, self._home, toc, self._texts.path, ledger)
        self._open = False
        if self._fresh:
            sync_folder(self._home.parent)
            sync_folder(self._home.parent.parent)
            self._folder.switch(self._previous.followed_by(self._name, self._recipe))
            self._folder.sweep()
        clean(self._home, toc)

    def abort(self) -> None:
        """Leaves no trace of an uncommitted run; after a commit it does nothing."""
        if not self._open:
            return
        self._open = False
        self._segment.abort()
        if self._fresh:
            self._texts.abort()
            shutil.rmtree(self._home, ignore_errors=True)
        elif latest_generation(self._home) == self._toc.generation:  # else it failed after the commit
            self._texts.abort()
            remove_traces(self._home, self._toc.generation + 1)
            for segment in self._finished:
                (self._home / f"{segment.segment_id()}.seg").unlink(missing_ok=True)

    def _finish_segment(self) -> None:
        segment = self._segment.finish()
        if segment is not None:
            self._finished.append(segment)
        self._segment = SegmentWriter(self._home, LAYOUT)

    def _without_removed(self, segment: Any) -> Any:
        if self._before is None:
            return segment
        reader = self._before.reader(segment)
        try:
            found = [local for doc_id in self._removed if (local := reader.find(doc_id)) is not None]
        finally:
            reader.close()
        return with_deletions(segment, found) if found else segment


def tie(doc_id: str) -> int:
    """A number that orders equals alike in every layout of segments."""
    return int.from_bytes(hashlib.sha256(doc_id.encode("utf-8", "surrogatepass")).digest()[:7], "big")


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
