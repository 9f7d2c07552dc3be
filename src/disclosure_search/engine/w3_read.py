"""Reads one segment from the mapped file: 2 ms to open, nothing of the terms and postings copied to the heap.

A reader holds no file position, so threads may share it.
"""

from __future__ import annotations

import copy
import functools
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Segment

from disclosure_search.engine import w3_decode as decode
from disclosure_search.engine.w3_columns import bytes_extents, decode_numbers, extent_at, tail_length
from disclosure_search.engine.w3_compound import SegmentFiles, View
from disclosure_search.engine.w3_digests import bearers, digests_column
from disclosure_search.engine.w3_layout import LENGTHS
from disclosure_search.engine.w3_lexicon import Lexicon, TermInfo
from disclosure_search.engine.w3_pickle import load_plain
from disclosure_search.engine.w3_positions import WholeTerm, read_positions, wanted_of
from disclosure_search.engine.w3_term import read_postings
from disclosure_search.engine.w3_verify import DAMAGE, term_problems
from disclosure_search.engine.w3_whole import read_whole
from disclosure_search.errors import IndexDamagedError

__all__ = ["LENGTHS", "Postings", "SegmentReader", "Starting"]

_P = ParamSpec("_P")
_R = TypeVar("_R")
_PIECE = 65_536  # terms that are looked at together


class Postings(NamedTuple):
    ids: NDArray[np.int64]
    frequencies: NDArray[np.integer]


class Inflated:
    """Whole terms of one search that needs their positions too; not more than so many bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self._left = limit_bytes
        self._held: dict[tuple[str, str, str], WholeTerm] = {}

    def add(self, key: tuple[str, str, str], term: WholeTerm) -> None:
        self._left -= term.nbytes
        self._held[key] = term

    def get(self, key: tuple[str, str, str]) -> WholeTerm | None:
        return self._held.get(key)

    def has_room(self, info: TermInfo) -> bool:
        """For blocks that become 4 times as large: 13 bytes a posting."""
        return 4 * info.length <= self._left


class Starting(NamedTuple):
    """All terms that begin alike in order, how many postings each has, and these one after the other."""

    terms: list[bytes]
    counts: NDArray[np.int64]
    ids: NDArray[np.int64]
    frequencies: NDArray[np.int64]


def _naming_the_file(
    method: Callable[Concatenate[SegmentReader, _P], _R],
) -> Callable[Concatenate[SegmentReader, _P], _R]:
    def checked(self: SegmentReader, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return method(self, *args, **kwargs)
        except DAMAGE as error:
            raise IndexDamagedError(str(self.path), f"{method.__name__} failed: {error}") from error

    functools.update_wrapper(checked, method)
    return checked


class SegmentReader:
    def __init__(
        self, folder: Path, segment: W3Segment, unique: str = "doc_id", sums: bytes | None = None
    ) -> None:
        """`unique` is the field of `find`: a segment does not say which one is. With the `sums` of its file no
        byte is used that was not written.

        FileNotFoundError if a commit has just removed the file: then the table of contents is read again.
        """
        self._unique = unique
        self.segment_id: str = segment.segment_id()
        self.document_count: int = segment.doc_count_all()
        self.deleted = _deleted(segment)
        self._totals: dict[str, int] = dict(vars(segment)["_fieldlengths"])
        self._files = SegmentFiles(folder, self.segment_id, compound=segment.is_compound(), sums=sums)
        self.path = self._files.path
        self._extents: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
        self._loaded: set[str] = set()
        try:
            self._open()
        except IndexDamagedError:
            self.close()
            raise

    @_naming_the_file
    def _open(self) -> None:
        # A row takes a byte at least: a count that the columns cannot hold must not size any array.
        if not 0 < self.document_count <= self._file("._stored.col").length:
            raise ValueError(f"it cannot hold {self.document_count} documents")
        self._lexicon = Lexicon(self._file(".trm"))
        self._postings = self._file(".pst")

    def close(self) -> None:
        self._files.close()

    def as_of(self, segment: W3Segment) -> SegmentReader:
        """The same files, with what a later commit says is deleted."""
        later = copy.copy(self)
        later.deleted = _deleted(segment)
        return later

    @property
    def lexicon(self) -> Lexicon:
        return self._lexicon

    @property
    def posting_file(self) -> View:
        return self._postings

    @_naming_the_file
    def postings(self, field: str, term: str, inflated: Inflated | None = None) -> Postings | None:
        """What stays `inflated` spares `positions` most of its work."""
        info = self._info(field, term)
        if info is None:
            return self._bearing(field, term)
        if info.offset < 0:
            ids, frequencies, _ = decode.inlined(info.inlined)
            return Postings(ids.astype(np.int64), frequencies)
        if inflated is None or not inflated.has_room(info):
            return Postings(*read_postings(self._postings, info))
        whole = WholeTerm(list(self._blocks(info)))
        inflated.add((self.segment_id, field, term), whole)
        return Postings(whole.ids, whole.frequencies)

    def _bearing(self, field: str, value: str) -> Postings | None:
        """Of a field that keeps only digests."""
        name = digests_column(field)
        column = self._files.get(f".{name}.col")
        if column is None:
            return None
        ids = bearers(column, self._column_extents(name, column)[1], value)
        return Postings(ids, np.ones(len(ids), np.uint8)) if len(ids) else None

    @_naming_the_file
    def positions(
        self,
        field: str,
        term: str,
        at: NDArray[np.int64] | None = None,
        inflated: Inflated | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Starts and flat positions, for all postings or for those `at` these ascending indices.

        Only blocks that hold a wanted posting are inflated. TypeError if the field has no positions.
        """
        whole = inflated.get((self.segment_id, field, term)) if inflated else None
        if whole:
            counts, flat = whole.positions(np.arange(len(whole.ids)) if at is None else at)
            return np.append(0, np.cumsum(counts)), flat
        info = self._info(field, term)
        if info is None:
            return np.zeros(1, np.int64), np.empty(0, np.int32)
        if at is None:
            at = np.arange(info.documents)
        if info.offset < 0:
            counts, flat = decode.value_positions(decode.inlined(info.inlined)[2], at)
        else:
            counts, flat = read_positions(list(wanted_of(list(self._blocks(info)), at)))
        return np.append(0, np.cumsum(counts)), flat

    @_naming_the_file
    def terms(self, field: str, prefix: str = "", limit: int = 0) -> list[tuple[str, int]]:
        """In term order, with the number of documents (deleted ones included); all if `limit` is 0."""
        items = self._lexicon.items(field, prefix.encode("utf-8", "backslashreplace"))
        return [(term.decode(), info.documents) for term, info in islice(items, limit or None)]

    @_naming_the_file
    def starting(self, field: str, prefix: str = "") -> Starting:
        """The terms that begin so, with their postings."""
        first, end = self._lexicon.span(field, prefix.encode("utf-8", "backslashreplace"))
        if first == end:
            return Starting([], *(np.empty(0, np.int64) for _ in range(3)))
        stretch = self._lexicon.stretch(first, end)
        infos = stretch.infos
        highest = infos["max_id"].astype(np.int64)
        if (infos["documents"] > highest + 1).any() or (highest >= self.document_count).any():
            raise ValueError(f"{field}: terms have documents that are not in this segment")
        found = read_whole(self._postings, stretch, positions=False)
        return Starting(stretch.terms, found.counts, found.ids, found.frequencies)

    @_naming_the_file
    def frequent(self, field: str, count: int) -> list[tuple[str, int]]:
        """The terms that most documents hold, with the number of these."""
        found: list[tuple[int, bytes]] = []
        first, end = self._lexicon.span(field)
        for start in range(first, end, _PIECE):
            stretch = self._lexicon.stretch(start, min(start + _PIECE, end))
            documents = stretch.infos["documents"].astype(np.int64)
            chosen = np.argsort(-documents, kind="stable")[:count].tolist()
            found += [(int(documents[at]), stretch.terms[at]) for at in chosen]
            found = sorted(found, reverse=True)[:count]
        return [(term.decode(), documents) for documents, term in found]

    def pieces(self, field: str) -> Iterator[tuple[list[bytes], NDArray[np.int64]]]:
        """All terms in order, with the number of documents that hold each (deleted ones included), piece by piece."""
        first, end = self._lexicon.span(field)
        for start in range(first, end, _PIECE):
            yield self._piece(start, min(start + _PIECE, end))

    @_naming_the_file
    def _piece(self, start: int, stop: int) -> tuple[list[bytes], NDArray[np.int64]]:
        stretch = self._lexicon.stretch(start, stop)
        return stretch.terms, stretch.infos["documents"].astype(np.int64)

    def fields(self) -> list[str]:
        """The fields that have terms in this segment."""
        return sorted(self._lexicon.fields)

    def find(self, unique: str) -> int | None:
        """The document with this unique value: the last one that is not deleted, if there is one."""
        found = self.postings(self._unique, unique)
        if found is None:
            return None
        alive = found.ids[~np.isin(found.ids, self.deleted)]
        return int(alive[-1] if len(alive) else found.ids[-1])

    @_naming_the_file
    def length_bytes(self, field: str) -> NDArray[np.uint8]:
        """`LENGTHS` says what each byte stands for."""
        found = np.zeros(self.document_count, np.uint8)
        column = self._files.get(f"._{field}_len.col")
        if column is not None:
            data = np.frombuffer(column.all(), np.uint8)[: self.document_count]
            found[: len(data)] = data
        return found

    def total_length(self, field: str) -> int:
        return self._totals.get(field, 0)

    @_naming_the_file
    def numbers(self, field: str) -> NDArray[np.int64]:
        column = self._files.get(f".{field}.col")
        data = b"" if column is None else column.all()
        return decode_numbers(data, self.document_count, self._bits(field))

    def _bits(self, field: str) -> int:
        """A number's term is a byte and then the number; one that is no term has 64 bits."""
        first, end = self._lexicon.span(field)
        return 8 * (len(self._lexicon.stretch(first, first + 1).terms[0]) - 1) if first < end else 64

    @_naming_the_file
    def strings(self, field: str) -> list[bytes]:
        column = self._files.get(f".{field}.col")
        if column is None:
            return [b""] * self.document_count
        starts, lengths = self._column_extents(field, column)
        data = column.all()
        extents = zip(starts.tolist(), lengths.tolist(), strict=True)
        return [data[start : start + length] for start, length in extents]

    @_naming_the_file
    def rows(self, field: str) -> tuple[View | None, NDArray[np.int64]]:
        """A column of bytes as it is kept, and the length of each value."""
        column = self._files.get(f".{field}.col")
        if column is None:
            return None, np.zeros(self.document_count, np.int64)
        return column, self._column_extents(field, column)[1]

    @_naming_the_file
    def string(self, field: str, ordinal: int) -> bytes:
        column = self._files.get(f".{field}.col")
        if column is None:
            return b""
        if field not in self._loaded:  # hits stand everywhere: their ids cost 70 µs, or half of that
            self._loaded.add(field)
            column.load()
        return column.get(*self._extent(field, column, ordinal))

    @_naming_the_file
    def stored(self, ordinal: int) -> dict[str, object]:
        column = self._file("._stored.col")
        packed = column.get(*self._extent("_stored", column, ordinal))
        value = load_plain(zlib.decompress(packed)) if packed else {}
        if not isinstance(value, dict):
            raise ValueError("stored fields that are no table")
        return value

    def sizes(self) -> dict[str, int]:
        """The bytes of its postings, terms and columns."""
        found = dict.fromkeys(("postings", "terms", "columns"), 0)
        for ending in self._files.endings():
            part = {".pst": "postings", ".trm": "terms"}.get(ending, "columns")
            found[part] += self._file(ending).length
        return found

    @property
    def term_count(self) -> int:
        return len(self._lexicon)

    def _extent(self, name: str, column: View, ordinal: int) -> tuple[int, int]:
        """Of one value: those of all take 16 MB for a million documents."""
        if name not in self._extents:
            found = extent_at(column.get, column.length, self.document_count, ordinal)
            if found is not None:
                return found
        starts, lengths = self._column_extents(name, column)
        return int(starts[ordinal]), int(lengths[ordinal])

    def _column_extents(self, name: str, column: View) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        found = self._extents.get(name)
        if found is None:
            size = min(tail_length(self.document_count), column.length)
            found = bytes_extents(column.get(column.length - size, size), self.document_count)
            self._extents[name] = found
        return found

    def _file(self, ending: str) -> View:
        view = self._files.get(ending)
        if view is None:
            raise ValueError(f"{ending} is missing")
        return view

    def _info(self, field: str, term: str) -> TermInfo | None:
        info = self._lexicon.info(field, term.encode("utf-8", "backslashreplace"))
        if info is not None and not 1 <= info.documents <= info.max_id + 1 <= self.document_count:
            raise ValueError(f"{field}:{term!r} has documents that are not in this segment")
        return info

    def _blocks(self, info: TermInfo) -> Iterator[decode.Block]:
        return decode.blocks(self._postings, info)

    def verify(self) -> list[str]:
        """Decodes everything and compares every count; [] when the segment is sound."""
        try:
            rounded = {name: int(LENGTHS[self.length_bytes(name)].sum()) for name in self._totals}
            totals = {name: (total, rounded[name]) for name, total in self._totals.items()}
            problems = list(term_problems(self._lexicon, self._postings, self.document_count, totals))
        except (IndexDamagedError, *DAMAGE) as error:
            return [f"the terms cannot be walked: {error}"]
        if len(self.deleted) and not 0 <= self.deleted[0] <= self.deleted[-1] < self.document_count:
            problems.append("deleted documents that are not in this segment")
        for ordinal in range(self.document_count):
            try:
                self.stored(ordinal)
            except IndexDamagedError as error:
                return [*problems, str(error)]
        return problems


def _deleted(segment: W3Segment) -> NDArray[np.int32]:
    return np.array(sorted(segment.deleted_docs()), np.int32)
