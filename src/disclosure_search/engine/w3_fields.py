"""The postings of one field while a segment is being written."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.w3_encode import Chunk, Encoded, encode
from disclosure_search.engine.w3_layout import LENGTHS, TERM_INFO
from disclosure_search.errors import EngineError

MAX_TERMS = 2**21
MAX_TOKENS = 2**20
_POSITION_BITS, _DOCUMENT_BITS = 20, 22
_TERM_SHIFT = _POSITION_BITS + _DOCUMENT_BITS
CHUNK_TOKENS = 2**18
"""Tokens encoded together: arrays of this size stay in the cache."""
_PIECE_TOKENS = 2**20

Ints = NDArray[np.int64]


class Postings(NamedTuple):
    """Chunks of postings in the order of terms; `scored` tells keywords apart."""

    chunks: Iterator[Chunk]
    scored: bool


class TokenField:
    """A scored field. Tokens become term numbers at once, 4 bytes each, until the segment is finished."""

    def __init__(self, name: str, *, positions: bool) -> None:
        self._name = name
        self._positions = positions
        # A dictionary that numbers new keys by itself: a third of the time of a loop with `if`.
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._tokens = array("I")
        self._lengths = array("I")

    def has_room(self, tokens: int) -> bool:
        if tokens > MAX_TOKENS:
            raise EngineError(
                self._name, f"a document has {tokens} tokens", f"cut it into parts of at most {MAX_TOKENS}"
            )
        return len(self._numbers) + tokens <= MAX_TERMS or len(self._numbers) <= MAX_TERMS - MAX_TOKENS

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

    def postings(self) -> Postings:
        # Kept from an earlier try to finish (on a full disk, say), it would lack what came since.
        vars(self).pop("_sorted", None)
        return Postings(self._chunks(), scored=True)

    def _chunks(self) -> Iterator[Chunk]:
        if not self._tokens:
            return
        keys, ends = self._keys()
        keys.sort()
        lengths = self.length_bytes()
        start = 0
        while start < len(keys):
            # Whole terms: up to the last one that ends inside, at least one.
            term = int(np.searchsorted(ends, start + CHUNK_TOKENS, "right"))
            end = int(ends[max(term - 1, int(np.searchsorted(ends, start, "right")))])
            yield _chunk(keys[start:end], lengths, positions=self._positions)
            start = end

    def _keys(self) -> tuple[Ints, Ints]:
        """One sortable number a token (term, document, position), and where each term will end among them.

        Made piece by piece: whole temporary arrays would be as large as the keys themselves, three times.
        """
        terms, rank = self._sorted
        tokens = np.frombuffer(self._tokens, np.uint32)
        lengths = np.frombuffer(self._lengths, np.uint32).astype(np.int64)
        ends = np.cumsum(lengths)
        keys = np.empty(len(tokens), np.int64)
        per_term = np.zeros(len(terms), np.int64)
        document = 0
        while document < len(lengths):
            start = int(ends[document - 1]) if document else 0
            after = max(int(np.searchsorted(ends, start + _PIECE_TOKENS, "right")), document + 1)
            end = int(ends[after - 1])
            piece = rank[tokens[start:end]]
            per_term += np.bincount(piece, minlength=len(terms))
            piece <<= _TERM_SHIFT
            counts = lengths[document:after]
            # The position is the place among all tokens less that of the document's first one.
            offsets = (np.arange(document, after) << _POSITION_BITS) - (ends[document:after] - counts)
            piece += np.repeat(offsets, counts)
            piece += np.arange(start, end)
            keys[start:end] = piece
            document = after
        return keys, np.cumsum(per_term)


def _chunk(keys: Ints, lengths: NDArray[np.uint8], *, positions: bool) -> Chunk:
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
    return Chunk(documents >> _DOCUMENT_BITS, ids, frequencies, deltas, lengths[ids])


class ValueField:
    """Whole values, each at most once in a document."""

    def __init__(self) -> None:
        self._ids: dict[bytes, list[int]] = defaultdict(list)
        self._terms: list[bytes] | None = None
        self._of_document: Ints = np.empty(0, np.int64)

    def add(self, ordinal: int, values: Sequence[str]) -> None:
        for value in dict.fromkeys(values):
            self._ids[value.encode("utf-8", "backslashreplace")].append(ordinal)

    def set_sorted(self, terms: list[bytes], of_document: Ints) -> None:
        """Instead of `add`: one value a document, terms in order."""
        self._terms, self._of_document = terms, of_document

    def terms(self) -> list[bytes]:
        return sorted(self._ids) if self._terms is None else self._terms

    def postings(self) -> Postings:
        return Postings(self._chunks(), scored=False)

    def _chunks(self) -> Iterator[Chunk]:
        if self._terms is None:
            lists = [self._ids[term] for term in self.terms()]
            terms = np.repeat(np.arange(len(lists)), np.fromiter(map(len, lists), np.int64, len(lists)))
            ids = np.fromiter((ordinal for ids in lists for ordinal in ids), np.int64, len(terms))
        else:
            ids = np.argsort(self._of_document, kind="stable")
            terms = self._of_document[ids]
        if len(ids):
            yield Chunk(terms, ids, None, None, np.zeros(len(ids), np.uint8))


def encode_postings(postings: Postings, offset: int) -> Iterator[Encoded]:
    for chunk in postings.chunks:
        encoded = encode(chunk, offset) if postings.scored else _encode_values(chunk, offset)
        offset += encoded.size
        yield encoded


def _encode_values(chunk: Chunk, offset: int) -> Encoded:
    """Terms of one document have no block: the term file carries their posting."""
    first = np.flatnonzero(np.diff(chunk.terms, prepend=-1))
    documents = np.diff(first, append=len(chunk.terms))
    single = documents == 1
    infos = np.zeros(len(first), TERM_INFO)
    infos["inlined"], infos["weight"], infos["documents"], infos["max_weight"] = 1, 1, 1, 1
    infos["min_id"] = infos["max_id"] = chunk.ids[first]
    if single.all():
        return Encoded([], infos, 0)
    several = np.repeat(~single, documents)
    blocks = encode(
        Chunk(chunk.terms[several], chunk.ids[several], None, None, chunk.length_bytes[several]), offset
    )
    infos[~single] = blocks.infos
    return Encoded(blocks.chunks, infos, blocks.size)
