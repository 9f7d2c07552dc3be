"""The postings of one field while a segment is being written."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.w3_encode import Chunk, Encoded, encode
from disclosure_search.engine.w3_layout import LENGTHS

MAX_TOKENS = 2**23
"""Of one document in one field: a spreadsheet of 300,000 rows has 6 million grams. Half of what a position can be: so
no run that begins at the end of one document goes on in the next."""
_POSITION_BITS, _DOCUMENT_BITS = 24, 18
MAX_DOCUMENTS = 2**_DOCUMENT_BITS
"""Of one segment as it is written; joined segments may have more."""
_TERM_SHIFT = _POSITION_BITS + _DOCUMENT_BITS
CHUNK_TOKENS = 2**17
"""Tokens encoded together: arrays of this size stay in the cache."""
ROUND_TOKENS = 2**22
"""Tokens sorted together: 32 MB, however many a segment has."""
_ROUND_TERMS = 2 ** (63 - _TERM_SHIFT)
_PIECE_TOKENS = 2**20

Ints = NDArray[np.int64]


class TokenField:
    """A scored field. Tokens become term numbers at once, 4 bytes each, until the segment is finished."""

    def __init__(self, *, positions: bool) -> None:
        self._positions = positions
        # A dictionary that numbers new keys by itself: a third of the time of a loop with `if`.
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._tokens = array("I")
        self._lengths = array("I")

    def add(self, tokens: Sequence[str]) -> int:
        self._tokens.extend(map(self._numbers.__getitem__, tokens))
        self._lengths.append(len(tokens))
        return len(tokens)

    def total(self) -> int:
        return len(self._tokens)

    def term_count(self) -> int:
        return len(self._numbers)

    def length_bytes(self) -> NDArray[np.uint8]:
        lengths = np.frombuffer(self._lengths, np.uint32)
        return np.minimum(np.searchsorted(LENGTHS, lengths), 255).astype(np.uint8)

    def terms(self) -> list[bytes]:
        return self._sorted[0]

    @cached_property
    def _sorted(self) -> tuple[list[bytes], Ints]:
        """Terms in the order of their bytes, and the place of each term number in that order."""
        # Only half a surrogate pair cannot be encoded; it must not lose a whole segment.
        encoded = [term.encode("utf-8", "backslashreplace") for term in self._numbers]
        order = sorted(range(len(encoded)), key=encoded.__getitem__)
        terms = [encoded[number] for number in order]
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        if len(set(terms)) < len(terms):
            distinct = sorted(set(terms))
            place = {term: ordinal for ordinal, term in enumerate(distinct)}
            return distinct, np.array([place[term] for term in encoded], np.int64)
        return terms, rank

    def postings(self) -> Iterator[Chunk]:
        # Kept from an earlier try to finish (on a full disk, say), it would lack what came since.
        vars(self).pop("_sorted", None)
        return self._chunks()

    def _chunks(self) -> Iterator[Chunk]:
        if not self._tokens:
            return
        terms, rank = self._sorted
        lengths = self.length_bytes()
        ends = np.cumsum(self._tokens_of_terms(rank, len(terms)))
        first = done = 0
        while done < len(self._tokens):
            # As many whole terms as come to a round, at least one.
            last = max(int(np.searchsorted(ends, done + ROUND_TOKENS, "right")), first + 1)
            last = min(last, first + _ROUND_TERMS)
            keys = self._keys(rank, first, last, int(ends[last - 1]) - done)
            keys.sort()
            for start, end in _cuts(ends[first:last] - done):
                yield _chunk(keys[start:end], first, lengths, positions=self._positions)
            first, done = last, int(ends[last - 1])

    def _tokens_of_terms(self, rank: Ints, terms: int) -> Ints:
        counted = np.zeros(terms, np.int64)
        tokens = np.frombuffer(self._tokens, np.uint32)
        for start in range(0, len(tokens), _PIECE_TOKENS):
            counted += np.bincount(rank[tokens[start : start + _PIECE_TOKENS]], minlength=terms)
        return counted

    def _keys(self, rank: Ints, first: int, last: int, count: int) -> Ints:
        """One sortable number (term less `first`, document, position) for each of the `count` tokens of these terms.

        Made piece by piece: whole temporary arrays would be as large as the keys themselves, three times.
        """
        tokens = np.frombuffer(self._tokens, np.uint32)
        lengths = np.frombuffer(self._lengths, np.uint32).astype(np.int64)
        ends = np.cumsum(lengths)
        keys = np.empty(count, np.int64)
        document = filled = 0
        while document < len(lengths):
            start = int(ends[document - 1]) if document else 0
            after = max(int(np.searchsorted(ends, start + _PIECE_TOKENS, "right")), document + 1)
            end = int(ends[after - 1])
            piece = rank[tokens[start:end]]
            wanted = np.flatnonzero((piece >= first) & (piece < last))
            piece -= first
            piece <<= _TERM_SHIFT
            counts = lengths[document:after]
            # The position is the place among all tokens less that of the document's first one.
            offsets = (np.arange(document, after) << _POSITION_BITS) - (ends[document:after] - counts)
            piece += np.repeat(offsets, counts)
            piece += np.arange(start, end)
            chosen = piece if len(wanted) == len(piece) else piece[wanted]
            keys[filled : filled + len(chosen)] = chosen
            document, filled = after, filled + len(chosen)
        return keys


def _cuts(ends: Ints) -> Iterator[tuple[int, int]]:
    """Whole terms: up to the last one that ends within a chunk, at least one."""
    start = 0
    while start < ends[-1]:
        term = int(np.searchsorted(ends, start + CHUNK_TOKENS, "right"))
        end = int(ends[max(term - 1, int(np.searchsorted(ends, start, "right")))])
        yield start, end
        start = end


def _chunk(keys: Ints, first: int, lengths: NDArray[np.uint8], *, positions: bool) -> Chunk:
    documents = keys >> _POSITION_BITS
    starts = np.flatnonzero(np.diff(documents, prepend=-1))
    documents = documents[starts]
    ids = documents & (2**_DOCUMENT_BITS - 1)
    deltas = None
    if positions:
        places = keys & (2**_POSITION_BITS - 1)
        deltas = np.diff(places, prepend=0)
        deltas[starts] = places[starts]
    frequencies = np.diff(starts, append=len(keys))
    return Chunk((documents >> _DOCUMENT_BITS) + first, ids, frequencies, deltas, lengths[ids])


class ValueField:
    """Whole values, each at most once in a document; numbered at once, as tokens are."""

    def __init__(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._values = array("I")
        self._documents = array("I")

    def add(self, ordinal: int, values: Sequence[str]) -> None:
        for value in dict.fromkeys(values):
            self._values.append(self._numbers[value])
            self._documents.append(ordinal)

    def term_count(self) -> int:
        return len(self._numbers)

    def sorted(self) -> SortedValues:
        encoded = [value.encode("utf-8", "backslashreplace") for value in self._numbers]
        terms = sorted(set(encoded))
        place = dict(zip(terms, count(), strict=False))
        rank = np.fromiter(map(place.__getitem__, encoded), np.int64, len(encoded))
        return SortedValues(
            terms, rank[np.frombuffer(self._values, np.uint32)], np.frombuffer(self._documents, np.uint32)
        )


class SortedValues:
    """Terms in order, and which document has which of them."""

    def __init__(self, terms: list[bytes], of_posting: Ints, documents: NDArray[np.integer]) -> None:
        self._terms, self._of_posting, self._documents = terms, of_posting, documents

    def terms(self) -> list[bytes]:
        return self._terms

    def postings(self) -> Iterator[Chunk]:
        order = np.argsort(self._of_posting, kind="stable")
        if len(order):
            ids = self._documents[order].astype(np.int64)
            yield Chunk(self._of_posting[order], ids, None, None, np.zeros(len(ids), np.uint8))


def sorted_values(values: Sequence[bytes]) -> SortedValues:
    """One value a document, mostly one of its own."""
    terms = sorted(set(values))
    place = dict(zip(terms, count(), strict=False))
    return SortedValues(
        terms, np.fromiter(map(place.__getitem__, values), np.int64, len(values)), np.arange(len(values))
    )


def encode_postings(chunks: Iterator[Chunk], offset: int) -> Iterator[Encoded]:
    for chunk in chunks:
        encoded = encode(chunk, offset)
        offset += encoded.size
        yield encoded
