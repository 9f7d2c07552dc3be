"""Tokens side by side, exactly, by their positions.

Every occurrence of a token is one number, document × 2^24 + position. A run stands where the numbers of all its
tokens, each less its offset, agree. So documents are sought first and positions only in those that have all tokens.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.base import Run
from disclosure_search.engine.ordinals import NO_ORDINALS, Ordinals, common, distinct, is_in, places_in, where
from disclosure_search.engine.space import POSITION_BITS, Space, read_only
from disclosure_search.engine.w3_read import Inflated

INFLATED = 32 << 20  # bytes of whole terms while a run is sought: 2.5 million postings
LARGE = 64  # what takes more than this part of the cache is not kept: it would push out too much
_POSITION = (1 << POSITION_BITS) - 1


def run_ids(space: Space, run: Run) -> Ordinals:
    """The documents in which the run stands; kept, since a page is turned and a facet chosen for the same one."""
    return space.found.get(
        ("run", run.stream, run.tokens, run.offsets),
        lambda: read_only(_find(space, run)),
        lambda held: held.nbytes,
    )


def _find(space: Space, run: Run) -> Ordinals:
    inflated = Inflated(INFLATED if len(run.tokens) > 1 else 0)
    terms = [(space.postings(run.stream, token, inflated).ids, token) for token in dict.fromkeys(run.tokens)]
    held = sorted(terms, key=lambda one: len(one[0]))
    left = held[0][0]
    for ids, _ in held[1:]:
        left = where(left, is_in(left, ids, space.scratch))
    if not len(left) or len(run.tokens) == 1:
        return left.copy()
    rarest_first = {token: rank for rank, (_, token) in enumerate(held)}
    parts = sorted(zip(run.tokens, run.offsets, strict=True), key=lambda part: rarest_first[part[0]])
    begins: NDArray[np.int64] | None = None
    for token, offset in parts:
        stands = _occurrences(space, run.stream, token, left, inflated)
        if begins is None:
            stands = stands[is_in(stands >> POSITION_BITS, left, space.scratch)]
            begins = stands[(stands & _POSITION) >= offset] - offset
        else:
            begins = common(begins + offset, stands) - offset
        left = distinct(begins >> POSITION_BITS)
        if not len(begins):
            return NO_ORDINALS.copy()
    return left


def _occurrences(
    space: Space, stream: str, token: str, among: Ordinals, inflated: Inflated
) -> NDArray[np.int64]:
    """Those in the documents `among` at least: all where they are kept, or worth keeping."""
    key = ("occurrences", stream, token)
    whole: NDArray[np.int64] | None = space.cache.peek(key)
    if whole is not None:
        return whole
    ids, frequencies = space.postings(stream, token)
    asked = ("asked", stream, token)
    is_first = len(among) < len(ids) and not space.cache.peek(asked)
    if is_first or 8 * int(frequencies.sum()) * LARGE > space.cache.sizes[1]:
        space.cache.put(asked, True, 0)
        return space.occurrences(stream, token, places_in(among, ids, space.scratch), inflated)
    whole = read_only(space.occurrences(stream, token, None, inflated))
    space.cache.put(key, whole, whole.nbytes)
    return whole
