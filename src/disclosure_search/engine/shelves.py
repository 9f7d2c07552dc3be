"""A segment as a shelf: what stands on it as a whole, for those who list its titles and terms or count its pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from disclosure_search.document import Document
from disclosure_search.engine.base import DAY, GRAMS
from disclosure_search.engine.part import PLACE
from disclosure_search.engine.space import TITLE_KEY, Space
from disclosure_search.engine.texts import TextReader
from disclosure_search.engine.w3_read import SegmentReader

_BITS = 21  # of a character


@dataclass(frozen=True, slots=True)
class SegmentShelf:
    space: Space
    texts: TextReader
    at: int

    @property
    def name(self) -> str:
        return self.space.readers[self.at].segment_id

    def title_keys(self) -> Sequence[tuple[int, bytes]]:
        keys = self.space.readers[self.at].strings(TITLE_KEY)
        days = self.space.readers[self.at].numbers(DAY)
        return [(place, keys[place]) for place in np.argsort(-days, kind="stable").tolist()]

    def terms(self, stream: str) -> Iterator[tuple[str, int]]:
        for terms, documents in self.space.readers[self.at].pieces(stream):
            yield from zip(map(bytes.decode, terms), documents.tolist(), strict=True)

    def is_public(self, place: int, today: int) -> bool:
        ordinal = self.space.starts[self.at] + place
        public = self.space.public(today)
        return bool(self.space.alive[ordinal]) if public is None else bool(public[ordinal])

    def document(self, place: int) -> Document:
        ordinal = self.space.starts[self.at] + place
        return self.texts.document(self.space.string(PLACE, ordinal), with_text=False)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Rising codes of pairs with the number of documents, those of all streams added."""

    codes: NDArray[np.int64]
    documents: NDArray[np.int32]


class SpacePairs:
    """12 bytes a pair and segment: 147,000 articles have 0.4 million."""

    def __init__(self, space: Space) -> None:
        self._parts = space.columns("pairs", _count)

    def counts(self, pairs: str) -> list[int]:
        codes = _codes(pairs)
        found = np.zeros(len(codes), np.int64)
        for part in self._parts:
            at = np.minimum(part.codes.searchsorted(codes), len(part.codes) - 1)
            found += np.where(part.codes[at] == codes, part.documents[at], 0) if len(part.codes) else 0
        return found.tolist()

    def after(self, character: str) -> str:
        low = ord(character) << _BITS
        found: list[NDArray[np.int64]] = []
        for part in self._parts:
            first, end = part.codes.searchsorted((low, low + (1 << _BITS)))
            found.append(part.codes[first:end] - low)
        return _characters(found)

    def characters(self) -> str:
        return _characters([part.codes >> _BITS for part in self._parts])


def _characters(codes: Sequence[NDArray[np.int64]]) -> str:
    return "".join(map(chr, np.unique(np.concatenate(codes)).tolist())) if codes else ""


def _codes(pairs: str) -> NDArray[np.int64]:
    points = np.frombuffer(pairs.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    return (points[0::2] << _BITS) + points[1::2]


def _count(reader: SegmentReader) -> _Counted:
    codes: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    counts: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for stream in GRAMS:
        for terms, documents in reader.pieces(stream):
            points = np.frombuffer(b"\n".join(terms).decode().encode("utf-32-le"), np.uint32)
            ends = np.append(np.flatnonzero(points == 10), len(points))
            starts = np.append(0, ends[:-1] + 1)
            of_two = ends - starts == 2
            first = starts[of_two]
            codes.append((points[first].astype(np.int64) << _BITS) + points[first + 1])
            counts.append(documents[of_two])
    together, places = np.unique(np.concatenate(codes), return_inverse=True)
    total = np.bincount(places, weights=np.concatenate(counts), minlength=len(together))
    return _Counted(together, total.astype(np.int32))
