"""Sets of documents as sorted arrays of different ordinals, and what is done with them.

Each operation has two ways, by search and by a mask over all documents; which one is taken decides the time and
never the answer. The bounds were measured: a step of a binary search costs about as much as 16 of a mask.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ordinals = NDArray[np.int64]
Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]

NO_ORDINALS: Ordinals = np.empty(0, np.int64)
MASK_SHARE = 12  # a union of more than this part of all documents is made in a mask


class Scratch(threading.local):
    """Arrays with a place for every document, for one step at a time; each thread has its own. Making them anew for
    every step takes longer than the step. Who uses them leaves them zero."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.mask = np.zeros(size, bool)
        self.sums = np.zeros(size, np.float32)


def is_in(ids: NDArray[np.signedinteger], among: NDArray[np.signedinteger], scratch: Scratch) -> Mask:
    """Which of `ids` stand in `among`."""
    if not len(among) or not len(ids):
        return np.zeros(len(ids), bool)
    if len(among) >= 16 * len(ids):
        return found_in(ids, among)
    mask = scratch.mask
    try:
        mask[among] = True
        return mask.take(ids)
    finally:
        mask[among] = False


def found_in(keys: NDArray[np.signedinteger], among: NDArray[np.signedinteger]) -> Mask:
    """The same by search alone, for sorted numbers of any size; `among` MUST NOT be empty."""
    found: Mask = among.take(among.searchsorted(keys), mode="clip") == keys
    return found


def places_in(ids: Ordinals, among: Ordinals, scratch: Scratch) -> Ordinals:
    """Where in `among` each of `ids` stands; all of them MUST stand there."""
    if 16 * len(ids) > len(among):
        return is_in(among, ids, scratch).nonzero()[0]
    return among.searchsorted(ids)


def common(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """What stands in both of two sorted arrays of different numbers of any size. Where they are alike in length, a
    merge takes half of the time of a search."""
    if 16 * len(one) < len(other):
        return one[found_in(one, other)]
    joined = np.concatenate((one, other))
    joined.sort(kind="stable")
    found: NDArray[np.int64] = joined[1:][joined[1:] == joined[:-1]]
    return found


def where(ids: Ordinals, chosen: Mask) -> Ordinals:
    """Those of `ids` that are chosen; `ids` itself if all are."""
    places = chosen.nonzero()[0]
    return ids if len(places) == len(ids) else ids.take(places)


def union(sets: Sequence[Ordinals], scratch: Scratch) -> Ordinals:
    """Where one set holds all others it is given back as it is: then it is still known what it stands for."""
    held = sorted((one for one in sets if len(one)), key=len)
    if len(held) < 2:
        return held[0] if held else NO_ORDINALS
    largest = held[-1]
    if 16 * sum(map(len, held[:-1])) < len(largest):
        rest = np.concatenate(held[:-1])
        rest = rest[~found_in(rest, largest)]
        if not len(rest):
            return largest
        held = [rest, largest]
    if sum(map(len, held)) * MASK_SHARE < scratch.size:
        joined = np.concatenate(held)
        joined.sort(kind="stable")  # quick where few arrays are already in order
        return distinct(joined)
    mask = scratch.mask
    try:
        for one in held:
            mask[one] = True
        return mask.nonzero()[0]
    finally:
        mask[:] = False


def distinct(ordered: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each number of a sorted array once."""
    if len(ordered) < 2:
        return ordered
    first = np.empty(len(ordered), bool)
    first[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]
