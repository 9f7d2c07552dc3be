"""One document space over all segments of a generation, as numpy arrays.

An ordinal is a position in this space: the documents of the first segment, then those of the second, and so on.
A Space never changes, so that any number of threads may read it. What is decoded is kept in one cache with a bound;
what is read whole of a segment (columns) is handed on to the next generation while the segment lives.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.base import CALLED, CITES, DAY, DIGESTS, DOC_ID, EXPIRES
from disclosure_search.engine.cache import Cache
from disclosure_search.engine.ordinals import NO_ORDINALS, Mask, Ordinals, Scratch
from disclosure_search.engine.w3_digests import Digests, digest, digests_column, digests_of, times_cited
from disclosure_search.engine.w3_read import Inflated, SegmentReader

Value = TypeVar("Value")
Numbers = NDArray[np.signedinteger]
Ranks = NDArray[np.int32]
TITLE_KEY = "title_key"
TIE = "tie"
POSITION_BITS = 24  # 16 million tokens in one text of a document
CACHE_BYTES = 192 << 20
MOST_NAMES = 20_000  # ids of documents that were shown: about 2 MB


class Postings(NamedTuple):
    """`frequencies` are of the smallest type that the segments gave."""

    ids: Ordinals
    frequencies: NDArray[np.integer]


_NONE = Postings(NO_ORDINALS, np.empty(0, np.uint8))


class Space:
    """`before` is the space of an earlier generation: columns of segments that both have are not read again."""

    def __init__(
        self, readers: Sequence[SegmentReader], cache_bytes: int = CACHE_BYTES, before: Space | None = None
    ) -> None:
        self.readers = tuple(readers)
        counts = [reader.document_count for reader in self.readers]
        self.starts = [0, *itertools.accumulate(counts)]
        self._firsts = np.array(self.starts)
        self.size = self.starts[-1]
        self.cache = Cache(cache_bytes - cache_bytes // 8)
        self.found = Cache(cache_bytes // 8)  # small and dear to make: large arrays must not push it out
        self.scratch = Scratch(self.size)
        self._names: dict[int, str] = {}
        self._ordinals: dict[str, int] = {}
        known = before.columns_by_segment() if before else {}
        self._columns: list[dict[Hashable, Any]] = [known.get(one.segment_id, {}) for one in self.readers]
        self._public: tuple[int, Mask | None] | None = None

    def columns_by_segment(self) -> dict[str, dict[Hashable, Any]]:
        return {one.segment_id: columns for one, columns in zip(self.readers, self._columns, strict=True)}

    def caches(self) -> dict[str, tuple[int, int]]:
        """The bytes held of each, and how many may be."""
        return {"decoded": self.cache.sizes, "found": self.found.sizes}

    def columns(self, key: Hashable, make: Callable[[SegmentReader], Value]) -> list[Value]:
        """Of each segment what `make` makes of it: once, and for all generations that have the segment."""
        found: list[Value] = []
        for reader, columns in zip(self.readers, self._columns, strict=True):
            if key not in columns:
                columns[key] = make(reader)
            found.append(columns[key])
        return found

    # Documents

    @cached_property
    def alive(self) -> Mask:
        alive = np.ones(self.size, bool)
        for reader, start in zip(self.readers, self.starts, strict=False):
            alive[reader.deleted + start] = False
        return alive

    @cached_property
    def document_count(self) -> int:
        return self.size - sum(len(reader.deleted) for reader in self.readers)

    def public(self, today: int) -> Mask | None:
        """Who is neither deleted nor expired; None if that is everybody."""
        held = self._public
        if held is None or held[0] != today:
            mask = np.concatenate([part >= today for part in self._number_parts(EXPIRES)] or [self.alive])
            mask &= self.alive
            held = self._public = today, None if mask.all() else mask
        return held[1]

    def find(self, doc_id: str) -> int | None:
        """The ordinal of the document that bears the id and is not deleted."""
        known = self._ordinals.get(doc_id)
        if known is not None:
            return known
        for reader, start in zip(self.readers, self.starts, strict=False):
            local = reader.find(doc_id)
            if local is not None and self.alive[start + local]:
                return start + local
        return None

    def doc_ids(self, ordinals: Sequence[int]) -> list[str]:
        """Of hits, which are soon asked for by their ids."""
        names = self._names
        return [names.get(ordinal) or self._read_doc_id(ordinal) for ordinal in ordinals]

    def _read_doc_id(self, ordinal: int) -> str:
        found = self.string(DOC_ID, ordinal).decode()
        if len(self._names) >= MOST_NAMES:
            self._names, self._ordinals = {}, {}
        self._names[ordinal] = found
        if self.alive[ordinal]:
            self._ordinals[found] = ordinal
        return found

    def string(self, name: str, ordinal: int) -> bytes:
        reader, local = self._place(ordinal)
        return reader.string(name, local)

    def stored(self, ordinal: int) -> dict[str, Any]:
        reader, local = self._place(ordinal)
        return reader.stored(local)

    def _place(self, ordinal: int) -> tuple[SegmentReader, int]:
        segment = bisect_right(self.starts, ordinal) - 1
        return self.readers[segment], ordinal - self.starts[segment]

    # Columns

    def numbers(self, name: str) -> Numbers:
        return _joined(self._number_parts(name))

    def numbers_at(self, name: str, ordinals: Ordinals) -> Numbers:
        """Those of a few documents, in any order: the column is not put together for them."""
        parts = self._number_parts(name)
        if len(parts) == 1:
            return parts[0].take(ordinals)
        found = np.empty(len(ordinals), np.int64)
        segments = self._firsts.searchsorted(ordinals, side="right") - 1
        for segment in set(segments.tolist()):
            chosen = segments == segment
            found[chosen] = parts[segment][ordinals[chosen] - self.starts[segment]]
        return found

    def _number_parts(self, name: str) -> list[Numbers]:
        return self.columns(("numbers", name), lambda reader: _narrow(reader.numbers(name)))

    @cached_property
    def authority(self) -> NDArray[np.float32]:
        """How often others cite each document: the logarithm of 1 + their number."""
        cites, called = (self._digests(name) for name in (CITES, CALLED))
        return read_only(np.log1p(times_cited(cites, called, self.size)).astype(np.float32))

    def _bearers(self, name: str, value: str) -> Postings:
        wanted = np.frombuffer(digest(value), np.uint64)[0]
        found = [
            start + part.owners.take((part.values == wanted).nonzero()[0])
            for part, start in zip(self._parts_of_digests(name), self.starts, strict=False)
        ]
        ids = read_only(_joined(found))
        return Postings(ids, np.ones(len(ids), np.uint8)) if len(ids) else _NONE

    def _parts_of_digests(self, name: str) -> list[Digests]:
        return self.columns(("digests", name), lambda reader: digests_of(*reader.rows(digests_column(name))))

    def _digests(self, name: str) -> Digests:
        """All that the documents have which are not deleted."""
        parts = self._parts_of_digests(name)
        whole = [
            part if not len(reader.deleted) else part.without(reader.deleted)
            for part, reader in zip(parts, self.readers, strict=True)
        ]
        owners = [part.owners + start for part, start in zip(whole, self.starts, strict=False)]
        return Digests(_joined(owners), _joined([part.values for part in whole]))

    @cached_property
    def newest(self) -> Ranks:
        """The rank of every document, latest day first; ties by a digest of the id, so that no layout changes them."""
        return _ranks(np.lexsort((self.numbers(TIE), -self.numbers(DAY))))

    @cached_property
    def oldest(self) -> Ranks:
        days = self.numbers(DAY).astype(np.int64)
        return _ranks(np.lexsort((self.numbers(TIE), np.where(days > 0, days, np.iinfo(np.int64).max))))

    @cached_property
    def by_title(self) -> Ranks:
        keys = [key for reader in self.readers for key in reader.strings(TITLE_KEY)]
        newest = self.newest
        return _ranks(np.array(sorted(range(self.size), key=lambda at: (keys[at], newest[at])), np.int64))

    # Terms

    @cached_property
    def streams(self) -> frozenset[str]:
        """All that hold anything: a question asks for some thirty pairs in attachments, which may have none."""
        return frozenset(DIGESTS).union(*(reader.fields() for reader in self.readers))

    def postings(self, stream: str, token: str, inflated: Inflated | None = None) -> Postings:
        """Deleted documents are among them. What is read now stays `inflated` as well."""
        if stream not in self.streams:
            return _NONE
        return self.cache.get(
            ("postings", stream, token),
            lambda: self.read_postings(stream, token, inflated),
            lambda held: held.ids.nbytes + held.frequencies.nbytes,
        )

    def ids(self, stream: str, token: str) -> Ordinals:
        return self.postings(stream, token).ids

    def read_postings(self, stream: str, token: str, inflated: Inflated | None = None) -> Postings:
        """Without keeping them."""
        if stream in DIGESTS:
            return self._bearers(stream, token)
        found = []
        for reader, start in zip(self.readers, self.starts, strict=False):
            local = reader.postings(stream, token, inflated)
            if local is not None:
                found.append(Postings(local.ids + start if start else local.ids, local.frequencies))
        if not found:
            return _NONE
        return Postings(
            read_only(_joined([one.ids for one in found])), _joined([one.frequencies for one in found])
        )

    def occurrences(
        self, stream: str, token: str, at: Ordinals | None = None, inflated: Inflated | None = None
    ) -> NDArray[np.int64]:
        """Where the token stands, as rising numbers: document × 2^24 + position. Those of all its postings, or of
        those `at` these places among them."""
        ids = self.ids(stream, token)
        bounds = np.searchsorted(ids, self.starts).tolist()
        found = []
        for reader, (first, end) in zip(self.readers, itertools.pairwise(bounds), strict=True):
            if at is None:
                local, documents = None, ids[first:end]
            else:
                low, high = np.searchsorted(at, (first, end)).tolist()
                local, documents = at[low:high] - first, ids.take(at[low:high])
            if len(documents):
                starts, flat = reader.positions(stream, token, local, inflated)
                found.append(np.repeat(documents << POSITION_BITS, np.diff(starts)) + flat)
        return _joined(found) if found else NO_ORDINALS

    def terms(self, stream: str, start: str = "", limit: int = 0) -> list[str]:
        """The different terms that begin so, in order."""
        found = {term for reader in self.readers for term, _ in reader.terms(stream, start, limit)}
        ordered = sorted(found)
        return ordered[:limit] if limit else ordered


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """What is shared by threads must not be added to in place."""
    array.flags.writeable = False
    return array


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else NO_ORDINALS


def _narrow(numbers: NDArray[np.int64]) -> Numbers:
    """Days fit into four bytes: 4 MB less for each column of a million."""
    most = np.iinfo(np.int32).max
    fits = int(numbers.min(initial=0)) >= -most and int(numbers.max(initial=0)) <= most
    return numbers.astype(np.int32) if fits else numbers


def _ranks(order: NDArray[np.int64]) -> Ranks:
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    return ranks
