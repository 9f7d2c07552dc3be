"""Documents in, segments out, each with its texts in a file of its own: what one process writes of a run."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from disclosure_search.engine.base import (
    DIGESTS,
    DOC_ID,
    GRAMS,
    JOINED,
    KEYWORDS,
    NUMBERS,
    WORDS,
    Entry,
    Finished,
    Part,
)
from disclosure_search.engine.memory import peak_bytes
from disclosure_search.engine.space import TIE, TITLE_KEY
from disclosure_search.engine.texts import TextWriter
from disclosure_search.engine.w3_schema import Layout
from disclosure_search.engine.w3_write import SegmentWriter
from disclosure_search.errors import EngineError

PLACE = "place"
LAYOUT = Layout(
    unique=DOC_ID,
    words=(*WORDS, *JOINED),
    grams=GRAMS,
    keywords=tuple(name for name in KEYWORDS if name not in DIGESTS),
    days=NUMBERS,
    columns=(TIE,),
    strings=(TITLE_KEY, PLACE),
    digests=DIGESTS,
)


class Written(NamedTuple):
    """A segment on the disk, and the file of its texts."""

    segment: Any
    texts: str


class EmbeddedPart:
    """`memory_bytes` bound what is held before a segment is written."""

    def __init__(self, home: Path, memory_bytes: int) -> None:
        self._home = home
        self._memory = memory_bytes
        self._segment = SegmentWriter(home, LAYOUT)
        self._texts: TextWriter | None = None
        self._ids: set[str] = set()
        self._written: list[Written] = []

    def add(self, entry: Entry) -> None:
        doc_id = entry.document.doc_id
        if doc_id in self._ids:
            raise given_twice(doc_id)
        if not self._segment.has_room():
            self._finish_segment()
        self._texts = self._texts or TextWriter(self._home)
        self._segment.add(
            unique=doc_id,
            tokens=entry.tokens,
            keywords=entry.keywords,
            numbers={**entry.numbers, TIE: tie(doc_id)},
            strings={TITLE_KEY: entry.sort_key, PLACE: self._texts.add(entry.document).packed()},
            stored={},
        )
        self._ids.add(doc_id)  # not before: one that is refused must not replace the one that is there
        if self._segment.held_bytes >= self._memory:
            self._finish_segment()

    def finish(self) -> Finished:
        self._finish_segment()
        return Finished(tuple(self._ids), tuple(self._written), peak_bytes())

    def _finish_segment(self) -> None:
        if self._texts is not None and not self._segment.document_count:
            self._texts.abort()  # all that came was refused
            self._texts = None
        if self._texts is not None:
            self._texts.seal()
            self._written.append(Written(self._segment.finish(), self._texts.path.name))
            self._texts = None

    def abort(self) -> None:
        """What is on the disk of it is left for the next cleaning."""
        self._segment.abort()
        if self._texts is not None:
            self._texts.abort()


def open_embedded_part(part: Part) -> EmbeddedPart:
    return EmbeddedPart(Path(part.location), part.memory_bytes)


def given_twice(doc_id: str) -> EngineError:
    return EngineError(doc_id, "the document was given twice in one run", "report this as a bug")


def tie(doc_id: str) -> int:
    """A number that orders equals alike in every layout of segments."""
    return int.from_bytes(hashlib.sha256(doc_id.encode("utf-8", "surrogatepass")).digest()[:7], "big")
