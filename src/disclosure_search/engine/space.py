"""One document space over all segments of a generation, as numpy arrays.

An ordinal is a position in this space: the documents of the first segment, then those of the second, and so on.
A Space never changes, so that any number of threads may read it; what is decoded is kept in caches with a bound.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.base import DAY
from disclosure_search.engine.w3_read import LENGTHS, SegmentReader

Ordinals = NDArray[np.int64]
Scores = NDArray[np.float32]
Value = TypeVar("Value")

K1 = 1.2
B = 0.75
TITLE_KEY = "title_key"
TIE = "tie"


class Postings(NamedTuple):
    ids: Ordinals
    frequencies: NDArray[np.int32]


class Positions(NamedTuple):
    """The positions of posting i are `flat[starts[i]:starts[i + 1]]`."""

    starts: NDArray[np.int64]
    flat: NDArray[np.int32]


class Facet(NamedTuple):
    """Pairs (document, value) in the order of documents; `codes` index `values`."""

    values: list[str]
    ids: Ordinals
    codes: NDArray[np.int32]


_NONE = Postings(np.empty(0, np.int64), np.empty(0, np.int32))


class Cache:
    """Keeps what was used last, up to a number of bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held: OrderedDict[Any, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], Value], size: Callable[[Value], int]) -> Value:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                value: Value = self._held[key][0]
                return value
        value = make()  # two threads may both make it: dearer once, and never wrong
        weight = size(value) + 200
        with self._lock:
            if key not in self._held:
                self._held[key] = (value, weight)
                self._bytes += weight
            while self._bytes > self._limit and len(self._held) > 1:
                self._bytes -= self._held.popitem(last=False)[1][1]
        return value

    @property
    def sizes(self) -> tuple[int, int]:
        """The bytes that are held, and how many may be."""
        return self._bytes, self._limit


class Space:
    """`cache_bytes` bounds the decoded postings, the positions and the scores, each."""

    def __init__(self, readers: Sequence[SegmentReader], cache_bytes: int = 64 << 20) -> None:
        self.readers = tuple(readers)
        counts = [reader.document_count for reader in self.readers]
        self.starts = np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).astype(np.int64)
        self.size = int(self.starts[-1])
        self._postings = Cache(cache_bytes)
        self._positions = Cache(cache_bytes)
        self._scores = Cache(cache_bytes)
        self._facets: dict[str, Facet] = {}
        self._numbers: dict[str, NDArray[np.int64]] = {}
        self._norms: dict[str, Scores] = {}

    def caches(self) -> dict[str, tuple[int, int]]:
        """The bytes held of each, and how many may be."""
        kept = {"postings": self._postings, "positions": self._positions, "scores": self._scores}
        return {name: cache.sizes for name, cache in kept.items()}

    @cached_property
    def alive(self) -> NDArray[np.bool_]:
        alive = np.ones(self.size, bool)
        for reader, start in zip(self.readers, self.starts, strict=False):
            alive[reader.deleted + start] = False
        return alive

    @cached_property
    def document_count(self) -> int:
        return int(np.count_nonzero(self.alive))

    def postings(self, stream: str, token: str) -> Postings:
        """Deleted documents are among them."""
        return self._postings.get(
            (stream, token), lambda: self._read_postings(stream, token), lambda held: held.ids.nbytes * 3 // 2
        )

    def _read_postings(self, stream: str, token: str) -> Postings:
        found = [
            Postings(local.ids.astype(np.int64) + start, local.frequencies)
            for reader, start in zip(self.readers, self.starts, strict=False)
            if (local := reader.postings(stream, token)) is not None
        ]
        if len(found) < 2:
            return found[0] if found else _NONE
        return Postings(
            np.concatenate([one.ids for one in found]), np.concatenate([one.frequencies for one in found])
        )

    def positions(self, stream: str, token: str) -> Positions:
        """Those of every posting, in the order of `postings`."""
        return self._positions.get(
            (stream, token),
            lambda: self._read_positions(stream, token),
            lambda held: held.starts.nbytes + held.flat.nbytes,
        )

    def _read_positions(self, stream: str, token: str) -> Positions:
        counts: list[NDArray[np.int64]] = []
        flats: list[NDArray[np.int32]] = []
        for reader in self.readers:
            if reader.postings(stream, token) is not None:
                starts, flat = reader.positions(stream, token)
                counts.append(np.diff(starts))
                flats.append(flat)
        if not counts:
            return Positions(np.zeros(1, np.int64), np.empty(0, np.int32))
        starts = np.concatenate(([0], np.cumsum(np.concatenate(counts)))).astype(np.int64)
        return Positions(starts, np.concatenate(flats))

    def scores(self, stream: str, token: str) -> Scores:
        """BM25 of every posting, in the order of `postings`."""
        return self._scores.get((stream, token), lambda: self._bm25(stream, token), lambda held: held.nbytes)

    def _bm25(self, stream: str, token: str) -> Scores:
        ids, frequencies = self.postings(stream, token)
        idf = np.log(self.size / (len(ids) + 1)) + 1
        weights = frequencies.astype(np.float32)
        scored: Scores = (weights * np.float32(idf * (K1 + 1)) / (weights + self._norm(stream)[ids])).astype(
            np.float32
        )
        return scored

    def _norm(self, stream: str) -> Scores:
        """K1 · ((1 − B) + B · length / average length) of every document."""
        if stream not in self._norms:
            total = sum(reader.total_length(stream) for reader in self.readers)
            average = total / self.size if total else 1.0
            table = (K1 * ((1 - B) + B * LENGTHS.astype(np.float64) / average)).astype(np.float32)
            lengths = [reader.length_bytes(stream) for reader in self.readers]
            self._norms[stream] = table[np.concatenate(lengths)] if lengths else np.empty(0, np.float32)
        return self._norms[stream]

    def terms(self, stream: str, start: str = "", limit: int = 0) -> list[str]:
        """The different terms that begin so, in order."""
        found = {term for reader in self.readers for term, _ in reader.terms(stream, start, limit)}
        ordered = sorted(found)
        return ordered[:limit] if limit else ordered

    def numbers(self, name: str) -> NDArray[np.int64]:
        if name not in self._numbers:
            parts = [reader.numbers(name) for reader in self.readers]
            self._numbers[name] = np.concatenate(parts) if parts else np.empty(0, np.int64)
        return self._numbers[name]

    def facet(self, name: str) -> Facet:
        if name not in self._facets:
            values = self.terms(name)
            ids = [self.postings(name, value).ids for value in values]
            codes = np.repeat(np.arange(len(values), dtype=np.int32), [len(one) for one in ids])
            flat = np.concatenate(ids) if ids else np.empty(0, np.int64)
            order = np.argsort(flat, kind="stable")
            self._facets[name] = Facet(values, flat[order], codes[order])
        return self._facets[name]

    @cached_property
    def newest(self) -> NDArray[np.int64]:
        """The rank of every document, latest day first; ties by a digest of the id, so that no layout changes them."""
        return _ranks(np.lexsort((self.numbers(TIE), -self.numbers(DAY))))

    @cached_property
    def oldest(self) -> NDArray[np.int64]:
        days = self.numbers(DAY)
        return _ranks(np.lexsort((self.numbers(TIE), np.where(days > 0, days, np.iinfo(np.int64).max))))

    @cached_property
    def by_title(self) -> NDArray[np.int64]:
        keys = [key for reader in self.readers for key in reader.strings(TITLE_KEY)]
        newest = self.newest
        return _ranks(np.array(sorted(range(self.size), key=lambda at: (keys[at], newest[at])), np.int64))

    def find(self, doc_id: str) -> int | None:
        """The ordinal of the document that bears the id and is not deleted."""
        for reader, start in zip(self.readers, self.starts, strict=False):
            local = reader.find(doc_id)
            if local is not None and self.alive[start + local]:
                return int(start) + local
        return None

    def string(self, name: str, ordinal: int) -> bytes:
        segment = int(np.searchsorted(self.starts, ordinal, side="right")) - 1
        return self.readers[segment].string(name, ordinal - int(self.starts[segment]))

    def stored(self, ordinal: int) -> dict[str, Any]:
        segment = int(np.searchsorted(self.starts, ordinal, side="right")) - 1
        return self.readers[segment].stored(ordinal - int(self.starts[segment]))


def _ranks(order: NDArray[np.int64]) -> NDArray[np.int64]:
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks
