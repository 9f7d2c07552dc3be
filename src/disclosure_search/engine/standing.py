"""What stands where: a number for every text, told by its postings and, apart from them, by the text itself.

Two texts that differ in any character give different numbers, but for one chance in 2^64. So, where both numbers of
a document agree, the postings hold exactly the pairs of its text at their places, and with them every run of its
characters, however long: there is no need to look each of them up.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.space import Space
from disclosure_search.engine.w3_lexicon import Stretch
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.engine.w3_verify import DAMAGE
from disclosure_search.engine.w3_whole import read_whole
from disclosure_search.errors import IndexDamagedError

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]
_TERMS = 4096  # read together
_OCCURRENCES = 1 << 21  # of them at a time, unless one term alone has more: 100 MB
_CHARACTER_BITS = 21
_POSITION = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def digest_of(plain: str) -> int:
    """Of a canonical text, as its pairs stand in it; 0 if it is empty."""
    pairs = _pairs(plain)
    return int(_at(_mixed(pairs), np.arange(len(pairs))).sum(dtype=np.uint64))


def digest_of_set(plains: Iterable[str]) -> int:
    """Of the different pairs of several canonical texts, wherever they stand."""
    pairs = np.unique(np.concatenate([np.empty(0, np.uint64), *(_pairs(one)[:-1] for one in plains)]))
    return int(_mixed(pairs).sum(dtype=np.uint64))


def _pairs(plain: str) -> Hashes:
    """The last character stands alone."""
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    pairs = codes << np.uint64(_CHARACTER_BITS)
    pairs[:-1] |= codes[1:]
    return pairs


def digests(space: Space, stream: str, *, placed: bool) -> Iterator[tuple[str, int]]:
    """Of the postings of every document in a stream of pairs, with their places or without."""
    for reader, start in zip(space.readers, space.starts, strict=False):
        try:
            found = _digests(reader, stream, placed=placed)
        except DAMAGE as error:
            raise IndexDamagedError(str(reader.path), f"{stream}: {error}") from error
        alive = np.flatnonzero(space.alive[start : start + reader.document_count])
        names = space.doc_ids((alive + start).tolist())
        yield from zip(names, found[alive].tolist(), strict=True)


def _digests(reader: SegmentReader, stream: str, *, placed: bool) -> Hashes:
    sums = np.zeros(reader.document_count, np.uint64)
    for terms in _stretches(reader, stream):
        whole = read_whole(reader.posting_file, terms, positions=placed)
        codes = np.array([_code(term.decode("utf-8", "surrogatepass")) for term in terms.terms], np.uint64)
        pairs = np.repeat(_mixed(codes), whole.counts)
        if not placed:
            np.add.at(sums, whole.ids, pairs)
            continue
        pairs = np.repeat(pairs, whole.frequencies)
        places = _positions(whole.deltas, whole.frequencies)
        np.add.at(sums, np.repeat(whole.ids, whole.frequencies), _at(pairs, places))
    return sums


def _stretches(reader: SegmentReader, stream: str) -> Iterator[Stretch]:
    first, end = reader.lexicon.span(stream)
    for start in range(first, end, _TERMS):
        stretch = reader.lexicon.stretch(start, min(start + _TERMS, end))
        rounds = np.cumsum(stretch.infos["weight"].astype(np.float64)) // _OCCURRENCES
        cuts = [0, *(np.flatnonzero(np.diff(rounds)) + 1).tolist(), len(rounds)]
        for low, high in itertools.pairwise(cuts):
            yield stretch.part(low, high)


def _positions(deltas: Ints, frequencies: Ints) -> Ints:
    """The first of each posting counts from the begin of the text, each other from the one before it."""
    sums: Ints = np.cumsum(deltas)
    firsts: Ints = np.cumsum(frequencies) - frequencies
    before: Ints = sums[firsts] - deltas[firsts]
    return sums - np.repeat(before, frequencies)


def _code(term: str) -> int:
    return (ord(term[0]) << _CHARACTER_BITS) | (ord(term[1]) if len(term) > 1 else 0)


def _at(pairs: Hashes, positions: Ints) -> Hashes:
    return _mixed(pairs + (positions.astype(np.uint64) + np.uint64(1)) * _POSITION)


def _mixed(held: Hashes) -> Hashes:
    """As splitmix64 does it: each bit changes half of the others."""
    held = (held ^ (held >> np.uint64(30))) * _FIRST
    held = (held ^ (held >> np.uint64(27))) * _SECOND
    return held ^ (held >> np.uint64(31))
