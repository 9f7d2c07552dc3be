"""Several segments → one, from arrays: nothing is tokenised again, deleted documents are left out.

Terms are walked in order over all segments, a window of each at a time; the postings of thousands of terms are read,
renumbered, brought together and encoded at once. The result is what the writer would have made of the documents.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import ge
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Segment

from disclosure_search.engine.w3_columns import encode_numbers, extents_tail
from disclosure_search.engine.w3_encode import Chunk
from disclosure_search.engine.w3_fields import CHUNK_TOKENS, encode_postings
from disclosure_search.engine.w3_layout import TERM_INFO
from disclosure_search.engine.w3_lexicon import Stretch
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.engine.w3_schema import Layout
from disclosure_search.engine.w3_terms import TermFile
from disclosure_search.engine.w3_verify import DAMAGE
from disclosure_search.engine.w3_whole import Whole, read_whole
from disclosure_search.engine.w3_write import MAX_STORED_BYTES, write_segment
from disclosure_search.errors import EngineError, IndexDamagedError

MAX_DOCUMENTS = 2**22
WINDOW = 16_384
"""Terms of each segment that are held at a time."""
COPIED = 1 << 20
"""Bytes of a column that are copied at a time."""

Ints = NDArray[np.int64]
Rows = NDArray[np.uint8]


class Part(NamedTuple):
    """A segment to merge; `kept` are the documents that are not deleted, `numbers` gives their new ordinals, else
    -1."""

    reader: SegmentReader
    kept: Ints
    numbers: Ints


def parts_of(readers: Sequence[SegmentReader]) -> list[Part]:
    parts = []
    start = 0
    for reader in readers:
        alive = np.ones(reader.document_count, bool)
        alive[reader.deleted] = False
        kept = np.flatnonzero(alive)
        numbers = np.full(reader.document_count, -1, np.int64)
        numbers[kept] = np.arange(start, start + len(kept))
        parts.append(Part(reader, kept, numbers))
        start += len(kept)
    return parts


def merge(
    folder: Path, parts: Sequence[Part], layout: Layout, replaced: Mapping[str, Rows] | None = None
) -> W3Segment | None:
    """None if no document is left. `replaced` gives columns of bytes anew: one row a document."""
    documents = sum(len(part.kept) for part in parts)
    if not documents:
        return None
    if documents > MAX_DOCUMENTS:
        raise EngineError(str(folder), f"{documents} documents do not fit into one segment", "merge fewer")
    merger = _Merger(parts, layout, replaced or {})
    return write_segment(folder, documents, merger.totals, merger.postings, merger.columns)


class _Merger:
    def __init__(self, parts: Sequence[Part], layout: Layout, replaced: Mapping[str, Rows]) -> None:
        self._parts = parts
        self._layout = layout
        self._replaced = replaced
        self.totals: dict[str, int] = dict.fromkeys((*layout.words, *layout.grams), 0)

    def postings(self, terms: TermFile) -> Iterator[bytes | memoryview]:
        layout, size = self._layout, 0
        unscored = (layout.unique, *layout.keywords, *layout.term_numbers)
        for name in sorted((*self.totals, *unscored)):
            scored = name in self.totals
            lengths = self._length_bytes(name) if scored else None
            for names, chunk in self._chunks(name, lengths):
                for encoded in encode_postings(iter((chunk,)), size):
                    yield from encoded.chunks
                    size += encoded.size
                    terms.add_field(name, names, encoded.infos, encoded.inlined)

    def _length_bytes(self, name: str) -> Rows:
        return np.concatenate([part.reader.length_bytes(name)[part.kept] for part in self._parts])

    def _chunks(self, name: str, lengths: Rows | None) -> Iterator[tuple[list[bytes], Chunk]]:
        cursors = [_Cursor(part, name, positions=name in self._layout.grams) for part in self._parts]
        while cursors := [cursor for cursor in cursors if cursor.fill()]:
            names, taken = _round(cursors)
            for start, stop in _cuts(taken, len(names)):
                terms, chunk = _chunk([one.between(start, stop) for one in taken], lengths)
                if len(terms):
                    if chunk.frequencies is not None:
                        self.totals[name] += int(chunk.frequencies.sum())
                    yield [names[term] for term in terms.tolist()], chunk

    def columns(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        yield "_stored", self._bytes("_stored")
        for name, total in self.totals.items():
            if total:
                yield f"_{name}_len", iter((self._length_bytes(name).tobytes(),))
        for name, bits in self._layout.bits.items():
            numbers = [part.reader.numbers(name)[part.kept] for part in self._parts]
            yield name, iter((encode_numbers(np.concatenate(numbers), bits),))
        for name in self._layout.columns_of_bytes:
            if name in self._replaced:
                rows = self._replaced[name]
                tail = extents_tail(np.full(len(rows), rows.shape[1]))
                yield name, iter((rows.tobytes(), *tail))
            else:
                yield name, self._bytes(name)

    def _bytes(self, name: str) -> Iterator[bytes]:
        columns = [(part, *part.reader.rows(name)) for part in self._parts]
        lengths = np.concatenate([lengths[part.kept] for part, _, lengths in columns])
        if int(lengths.sum()) > MAX_STORED_BYTES:
            raise EngineError(name, "a column of more than 4 GB", "merge fewer segments")
        for part, view, each in columns:
            if view is None:
                continue
            ends = np.cumsum(each)
            for first, last in runs(part.kept):
                begin, end = int(ends[first] - each[first]), int(ends[last])
                for start in range(begin, end, COPIED):
                    yield view.get(start, min(COPIED, end - start))
        yield from extents_tail(lengths)


def runs(kept: Ints) -> Iterator[tuple[int, int]]:
    """The first and last of consecutive ordinals."""
    gaps = np.flatnonzero(np.diff(kept) > 1)
    firsts = kept[np.append(0, gaps + 1)] if len(kept) else kept
    lasts = kept[np.append(gaps, len(kept) - 1)] if len(kept) else kept
    return zip(firsts.tolist(), lasts.tolist(), strict=True)


class _Taken(NamedTuple):
    """Terms of one segment, and their places among the terms of all segments in this round."""

    cursor: _Cursor
    terms: Stretch
    ranks: Ints

    def between(self, start: int, stop: int) -> _Taken:
        first, last = np.searchsorted(self.ranks, (start, stop)).tolist()
        return _Taken(self.cursor, self.terms.part(first, last), self.ranks[first:last])


class _Cursor:
    """The terms of one field in one segment, in order, a window at a time."""

    def __init__(self, part: Part, field: str, *, positions: bool) -> None:
        self.part = part
        self._positions = positions
        with _damage_of(part.reader):
            self._next, self._stop = part.reader.lexicon.span(field)
        self._window = Stretch([], np.empty(0, TERM_INFO), [])
        self._last: bytes | None = None

    def fill(self) -> bool:
        """Whether there are more terms."""
        if not self._window.terms and self._next < self._stop:
            stop = min(self._next + WINDOW, self._stop)
            with _damage_of(self.part.reader):
                self._window = self.part.reader.lexicon.stretch(self._next, stop)
                terms = self._window.terms
                if (self._last is not None and terms[0] <= self._last) or any(
                    map(ge, terms, islice(terms, 1, None))
                ):
                    raise ValueError("terms out of order")
            self._next, self._last = stop, terms[-1]
        return bool(self._window.terms)

    def bound(self) -> bytes | None:
        """The last term that is known; None if all are."""
        return self._window.terms[-1] if self._next < self._stop else None

    def take(self, bound: bytes | None) -> Stretch:
        count = len(self._window.terms)
        stop = count if bound is None else bisect_right(self._window.terms, bound)
        taken = self._window.part(0, stop)
        self._window = self._window.part(stop, count)
        return taken

    def read(self, terms: Stretch) -> Whole:
        with _damage_of(self.part.reader):
            return read_whole(self.part.reader.posting_file, terms, positions=self._positions)


@contextmanager
def _damage_of(reader: SegmentReader) -> Iterator[None]:
    """Names the segment whose bytes no writer wrote."""
    try:
        yield
    except DAMAGE as error:
        raise IndexDamagedError(str(reader.path), f"it cannot be merged: {error}") from error


def _round(cursors: Sequence[_Cursor]) -> tuple[list[bytes], list[_Taken]]:
    """The terms up to the last one that every segment can tell of."""
    bounds = [bound for cursor in cursors if (bound := cursor.bound()) is not None]
    bound = min(bounds, default=None)
    taken = [(cursor, cursor.take(bound)) for cursor in cursors]
    names = sorted(set().union(*(terms.terms for _, terms in taken)))
    place = dict(zip(names, range(len(names)), strict=True)).__getitem__
    return names, [
        _Taken(cursor, terms, np.fromiter(map(place, terms.terms), np.int64, len(terms.terms)))
        for cursor, terms in taken
    ]


def _cuts(taken: Sequence[_Taken], names: int) -> Iterator[tuple[int, int]]:
    """Whole terms, as many as come to a chunk; at least one."""
    tokens = np.zeros(names)
    for _, terms, ranks in taken:
        tokens += np.bincount(ranks, terms.infos["weight"], names)
    ends = np.cumsum(tokens)
    start = 0
    while start < names:
        before = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, before + CHUNK_TOKENS, "right")), start + 1)
        yield start, stop
        start = stop


def _chunk(taken: Sequence[_Taken], lengths: Rows | None) -> tuple[Ints, Chunk]:
    """The terms that are left, and their postings."""
    found = [_renumbered(one) for one in taken if one.terms.terms]
    terms, ids, frequencies, deltas = (np.concatenate(several) for several in zip(*found, strict=True))
    if len(found) > 1:
        order = np.argsort(terms, kind="stable")  # of a few sorted runs, which it finds
        if len(deltas):
            deltas = deltas[_gathered(frequencies, order)]
        terms, ids, frequencies = terms[order], ids[order], frequencies[order]
    left = terms[np.flatnonzero(np.diff(terms, prepend=-1))]
    if lengths is None:
        return left, Chunk(terms, ids, None, None, np.zeros(len(ids), np.uint8))
    return left, Chunk(terms, ids, frequencies, deltas if len(deltas) else None, lengths[ids])


def _renumbered(taken: _Taken) -> tuple[Ints, Ints, Ints, Ints]:
    whole = taken.cursor.read(taken.terms)
    terms = np.repeat(taken.ranks, whole.counts)
    ids = taken.cursor.part.numbers[whole.ids]
    if len(taken.cursor.part.kept) == len(taken.cursor.part.numbers):
        return terms, ids, whole.frequencies, whole.deltas
    alive = ids >= 0
    deltas = whole.deltas
    if len(deltas):
        deltas = deltas[np.repeat(alive, whole.frequencies)]
    return terms[alive], ids[alive], whole.frequencies[alive], deltas


def _gathered(counts: Ints, order: Ints) -> Ints:
    """Where the items of each group stand, groups in another order."""
    starts = np.cumsum(counts) - counts
    ordered = counts[order]
    return np.repeat(starts[order] - (np.cumsum(ordered) - ordered), ordered) + np.arange(int(counts.sum()))
