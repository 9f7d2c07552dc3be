"""Which hits are shown, and in which order. Every order is total, so that pages never overlap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.base import DAY, Sort
from disclosure_search.engine.ordinals import Ordinals, Scores
from disclosure_search.engine.space import TIE, Ranks, Space

FEW = 4  # as many times what is wanted is sorted without choosing first
SORTED_AT_ONCE = 128
COLUMNS = 512
"""Of many scores the best of each of so many columns are found first: the lowest of as many as are wanted is a bound
that no wanted score lies below, and few others lie above."""


def by_rank(space: Space, sort: Sort, hits: Ordinals, wanted: int) -> NDArray[np.int64]:
    """The places among `hits` of the first `wanted` by date or title."""
    ranks = {Sort.NEWEST: "newest", Sort.OLDEST: "oldest", Sort.TITLE: "by_title"}[sort]
    of_space: Ranks = getattr(space, ranks)
    return _lowest(of_space.take(hits), wanted)


def by_score(space: Space, hits: Ordinals, scores: Scores, wanted: int) -> NDArray[np.int64]:
    """The places among `hits` of the best `wanted`; among equals the latest day, then a digest of the id."""
    candidates = _candidates(space, hits, scores, wanted)
    own = scores.take(candidates)
    ranked = (-own).argsort(kind="stable")
    first = own.take(ranked[: wanted + 1])
    if (first[1:] == first[:-1]).any():  # else no day decides, and reading them takes 15 µs
        documents = hits.take(candidates)
        ties, days = space.numbers_at(TIE, documents), space.numbers_at(DAY, documents)
        ranked = np.lexsort((ties, -days, -own))
    return candidates.take(ranked[:wanted])


def _candidates(space: Space, hits: Ordinals, scores: Scores, wanted: int) -> NDArray[np.int64]:
    if len(hits) <= max(FEW * wanted, SORTED_AT_ONCE):
        return np.arange(len(hits))
    among = scores
    if len(scores) > FEW * COLUMNS:
        among = scores[scores >= _bound(scores, wanted)]
    least = np.partition(among, len(among) - wanted)[len(among) - wanted]
    chosen: NDArray[np.int64] = (scores >= least).nonzero()[0]
    if len(chosen) > max(FEW * wanted, COLUMNS):  # without words all are equal
        better, equal = chosen[scores[chosen] > least], chosen[scores[chosen] == least]
        equal = equal[_lowest(space.newest.take(hits.take(equal)), wanted)]
        return np.concatenate((better, equal))
    return chosen


def _bound(scores: Scores, wanted: int) -> np.float32:
    columns = max(COLUMNS, FEW * wanted)
    rows = len(scores) // columns
    if rows < FEW:
        return np.float32(-np.inf)
    best = scores[: rows * columns].reshape(rows, columns).max(axis=0)
    return np.float32(np.partition(best, columns - wanted)[columns - wanted])


def _lowest(ranks: Ranks, wanted: int) -> NDArray[np.int64]:
    """The places of the `wanted` lowest ranks, in order. Ranks are unique."""
    if wanted * FEW < len(ranks):
        lowest = np.argpartition(ranks, wanted)[:wanted]
        return lowest[np.argsort(ranks[lowest])]
    return np.argsort(ranks)[:wanted]
