"""BM25 of a term, and of all terms that begin alike, for every document that holds them.

The score of a document is a sum of float32 in the order of the tree, whatever path is taken to it: a document that a
term does not hold adds 0, which changes nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.ordinals import (
    MASK_SHARE,
    NO_ORDINALS,
    Ordinals,
    Scores,
    Scratch,
    distinct,
    found_in,
    places_in,
    union,
)
from disclosure_search.engine.space import Space, read_only
from disclosure_search.engine.w3_read import LENGTHS

K1 = 1.2
B = 0.75
FREQUENT_SHARE = 4  # a vector is added up in a quarter of the time, and takes twice the room at most
FEW = 2  # less than this part of a term's documents is scored alone, the first time
DENSE_SHARE, DENSE_SHARE_LARGE = 24, 8
"""A term that more than this part of all documents hold also has a vector with a place for everyone. Where fewer than
64 such vectors would fit into the cache only the more frequent ones do."""


class Scored(NamedTuple):
    """`dense`, where there is one, has the score of every document and 0 for those that are not among `ids`: one
    gather tells whether a document is there, and its score. No score is 0: idf is above 0.3 for every term."""

    ids: Ordinals
    scores: Scores
    dense: Scores | None

    @property
    def nbytes(self) -> int:
        return self.scores.nbytes + (0 if self.dense is None else self.dense.nbytes)


_NO_NUMBERS = np.empty(0, np.int32)
_ROUNDED = LENGTHS.astype(np.int32)
_NOTHING = Scored(NO_ORDINALS, np.empty(0, np.float32), None)


def term_scores(space: Space, stream: str, token: str) -> Scored:
    return space.cache.get(
        ("scores", stream, token), lambda: _of_term(space, stream, token), lambda held: held.nbytes
    )


class Weights(NamedTuple):
    """The scores of a term of a stream that is only ranked by: of everyone where many hold it, else of `ids`."""

    documents: int
    ids: NDArray[np.int32]
    scores: Scores
    is_dense: bool

    @property
    def nbytes(self) -> int:
        return self.ids.nbytes + self.scores.nbytes

    def ordinals(self) -> Ordinals:
        return self.scores.nonzero()[0] if self.is_dense else self.ids.astype(np.int64)

    def scored(self) -> Scored:
        ids = self.ordinals()
        return (
            Scored(ids, self.scores.take(ids), self.scores)
            if self.is_dense
            else Scored(ids, self.scores, None)
        )


_NO_WEIGHTS = Weights(0, _NO_NUMBERS, _NOTHING.scores, is_dense=False)


def term_weights(space: Space, stream: str, token: str) -> Weights:
    """Nothing else of the term is kept: what most searches ask for takes a third of the room."""
    if stream not in space.streams:
        return _NO_WEIGHTS
    return space.cache.get(
        ("weights", stream, token), lambda: _weights(space, stream, token), lambda held: held.nbytes
    )


def _weights(space: Space, stream: str, token: str) -> Weights:
    ids, frequencies = space.read_postings(stream, token)
    if not len(ids):
        return _NO_WEIGHTS
    scores = _bm25(space, stream, ids, frequencies, _factor(space, len(ids)))
    if len(ids) * FREQUENT_SHARE < space.size:
        return Weights(len(ids), read_only(ids.astype(np.int32)), read_only(scores), is_dense=False)
    dense = np.zeros(space.size, np.float32)
    dense[ids] = scores
    return Weights(len(ids), _NO_NUMBERS, read_only(dense), is_dense=True)


def held_scores(space: Space, stream: str, token: str) -> Scored | None:
    """Those of a term that was scored before."""
    held: Scored | None = space.cache.peek(("scores", stream, token))
    return held


def scores_once(space: Space, stream: str, token: str, ids: Ordinals) -> Scores | None:
    """The scores of some documents that hold the term: those of a term that is asked for the first time, and of which
    these are a small part. All others are scored whole, and kept."""
    asked = ("scored", stream, token)
    if held_scores(space, stream, token) is not None or space.cache.peek(asked):
        return None
    held, frequencies = space.postings(stream, token)
    if len(ids) * FEW > len(held):
        return None
    space.cache.put(asked, True, 0)
    own = frequencies.take(places_in(ids, held, space.scratch))
    return _bm25(space, stream, ids, own, _factor(space, len(held)))


def prefix_scores(space: Space, stream: str, start: str) -> Scored:
    """As if all terms that begin so were one: its score is the sum of theirs."""
    return space.found.get(
        ("prefix", stream, start),
        lambda: _of_prefix(space, stream, start),
        lambda held: held.nbytes + held.ids.nbytes,
    )


def _of_term(space: Space, stream: str, token: str) -> Scored:
    ids, frequencies = space.postings(stream, token)
    if not len(ids):
        return _NOTHING
    return _scored(space, ids, _bm25(space, stream, ids, frequencies, _factor(space, len(ids))))


def highest_score(space: Space, documents: int) -> float:
    """What a term that so many documents hold gives at most."""
    return _idf(space, documents) * (K1 + 1)


def lengths_of(space: Space, stream: str, ids: Ordinals) -> NDArray[np.int32]:
    """As they are kept, in a byte."""
    return _ROUNDED.take(_lengths(space, stream).take(ids))


def _factor(space: Space, documents: int) -> np.float32:
    return np.float32(highest_score(space, documents))


def _idf(space: Space, documents: int) -> float:
    return float(np.log(space.size / (documents + 1)) + 1)


def _bm25(
    space: Space,
    stream: str,
    ids: Ordinals,
    frequencies: NDArray[np.integer],
    factors: np.float32 | NDArray[np.float32],
) -> Scores:
    weights = frequencies.astype(np.float32)
    norms = _norms(space, stream).take(_lengths(space, stream).take(ids))
    norms += weights
    weights *= factors
    weights /= norms
    return weights


def _scored(space: Space, ids: Ordinals, scores: Scores) -> Scored:
    dense = None
    share = DENSE_SHARE if 64 * 4 * space.size <= space.cache.sizes[1] else DENSE_SHARE_LARGE
    if len(ids) * share > space.size:
        dense = np.zeros(space.size, np.float32)
        dense[ids] = scores
        read_only(dense)
    return Scored(ids, read_only(scores), dense)


def _norms(space: Space, stream: str) -> Scores:
    """K1 · ((1 − B) + B · length / average length) for every byte that stands for a length."""
    return space.cache.get(("norms", stream), lambda: _new_norms(space, stream), lambda held: held.nbytes)


def _new_norms(space: Space, stream: str) -> Scores:
    """The average is that of the documents that have anything in the stream: few have attachments, and beside an
    average of everybody each of theirs would be long."""
    total = sum(reader.total_length(stream) for reader in space.readers)
    average = total / np.count_nonzero(_lengths(space, stream)) if total else 1.0
    return (K1 * ((1 - B) + B * LENGTHS.astype(np.float64) / average)).astype(np.float32)


def _lengths(space: Space, stream: str) -> NDArray[np.uint8]:
    parts = space.columns(("lengths", stream), lambda reader: reader.length_bytes(stream))
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return np.empty(0, np.uint8)
    return space.cache.get(("lengths", stream), lambda: np.concatenate(parts), lambda held: held.nbytes)


def _of_prefix(space: Space, stream: str, start: str) -> Scored:
    parts = [reader.starting(stream, start) for reader in space.readers]
    documents: Counter[bytes] = Counter()
    for part in parts:
        documents.update(dict(zip(part.terms, part.counts.tolist(), strict=True)))
    held = [(first, part) for first, part in zip(space.starts, parts, strict=False) if part.terms]
    if not held:
        return _NOTHING
    ids = np.concatenate([part.ids + first for first, part in held])
    frequencies = np.concatenate([part.frequencies for _, part in held])
    idf = np.array([_idf(space, documents[term]) for _, part in held for term in part.terms])
    factors = (idf * (K1 + 1)).astype(np.float32)
    factors = np.repeat(factors, np.concatenate([part.counts for _, part in held]))
    scores = _bm25(space, stream, ids, frequencies, factors)
    own = read_only(distinct(np.sort(ids)))
    sums = np.bincount(np.searchsorted(own, ids), scores, len(own))  # in float64, in the order of the terms
    return _scored(space, own, sums.astype(np.float32))


def add_scores(
    total: Scores, ids: Ordinals, leaf: Scored, weight: float, scratch: Scratch, *, all_held: bool
) -> None:
    """Adds to `total` what each of `ids` has in `leaf`; `all_held`: it is known to hold all of them."""
    held, scores, dense = leaf
    if not len(held) or not len(ids):
        return
    factor = np.float32(weight)
    if ids is held or (all_held and len(ids) == len(held)):
        found = scores
    elif dense is not None:
        found = dense.take(ids)
    elif all_held:
        found = scores.take(places_in(ids, held, scratch))
    elif 16 * len(ids) < len(held):
        at = found_in(ids, held).nonzero()[0]
        total[at] += scores.take(held.searchsorted(ids.take(at))) * factor
        return
    else:
        found = _spread(leaf, ids, scratch)
    total += found if weight == 1 else found * factor


def _spread(leaf: Scored, ids: Ordinals, scratch: Scratch) -> Scores:
    sums = scratch.sums
    try:
        sums[leaf.ids] = leaf.scores
        return sums.take(ids)
    finally:
        sums[leaf.ids] = 0


def all_of(leaves: list[tuple[Scored, float]], scratch: Scratch) -> tuple[Ordinals, Scores]:
    """The documents that all of them hold, each with the sum of its scores in the order given: what tells whether a
    document is there gives its score too, so that no term is looked at twice."""
    smallest_first = sorted(range(len(leaves)), key=lambda place: len(leaves[place][0].ids))
    ids = leaves[smallest_first[0]][0].ids
    found: dict[int, Scores] = {}
    for place in smallest_first:
        leaf = leaves[place][0]
        if leaf.ids is ids:
            found[place] = leaf.scores
            continue
        scores = _scores_at(leaf, ids, scratch)
        held = (scores > 0).nonzero()[0]
        if len(held) < len(ids):
            ids, scores = ids.take(held), scores.take(held)
            found = {other: one.take(held) for other, one in found.items()}
        found[place] = scores
    total = np.zeros(len(ids), np.float32)
    for place, (_, weight) in enumerate(leaves):
        total += found[place] if weight == 1 else found[place] * np.float32(weight)
    return ids, total


def _scores_at(leaf: Scored, ids: Ordinals, scratch: Scratch) -> Scores:
    """The score of each, 0 where it is not there."""
    if leaf.dense is not None:
        return leaf.dense.take(ids)
    if len(leaf.ids) < 16 * len(ids):
        return _spread(leaf, ids, scratch)
    at = leaf.ids.searchsorted(ids)
    scores = leaf.scores.take(at, mode="clip")
    scores *= leaf.ids.take(at, mode="clip") == ids
    return scores


def any_of(leaves: list[tuple[Scored, float]], scratch: Scratch) -> tuple[Ordinals, Scores]:
    """The documents that any of them holds, each with the sum of its scores in the order given."""
    many = sum(len(leaf.ids) for leaf, _ in leaves) * MASK_SHARE > scratch.size
    ids = None if many else union([leaf.ids for leaf, _ in leaves], scratch)
    sums = scratch.sums
    try:
        for leaf, weight in leaves:
            scores, factor = leaf.scores, np.float32(weight)
            if leaf.dense is not None:
                sums += leaf.dense if weight == 1 else leaf.dense * factor
            else:
                sums[leaf.ids] += scores if weight == 1 else scores * factor
        if ids is None:
            ids = (sums > 0).nonzero()[0]
        return ids, sums.take(ids)
    finally:
        if ids is None or many:
            sums[:] = 0
        else:
            sums[ids] = 0
