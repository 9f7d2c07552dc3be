"""Which segments to bring together now: pure policy, numbers in and numbers out.

A segment belongs to a tier by its size; each tier is eight times as large as the one below. When a tier holds eight,
they become one, which mostly belongs to the next tier. So a document is copied once per tier, every commit is cheap,
and few segments are ever there. A segment that is deleted by more than a quarter is written anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

FACTOR = 8
"""Segments of a tier, and how much larger the next tier is."""
SMALL_BYTES = 2_000_000
"""All smaller ones are of the lowest tier: merging eight of them takes a fraction of a second."""
MOST_DELETED = 0.25
LARGEST_DOCUMENTS = 2_000_000
LARGEST_BYTES = 16 << 30
"""What a merge would make larger than this stays apart: the format has 32-bit places in it."""


class Size(NamedTuple):
    documents: int
    """With the deleted ones."""
    deleted: int
    bytes: int

    @property
    def living_documents(self) -> int:
        return self.documents - self.deleted

    @property
    def living_bytes(self) -> int:
        return self.bytes * self.living_documents // max(self.documents, 1)


def tier(size: Size) -> int:
    rank, limit = 0, SMALL_BYTES
    while size.living_bytes >= limit:
        rank, limit = rank + 1, limit * FACTOR
    return rank


def to_merge(sizes: Sequence[Size]) -> list[list[int]]:
    """Groups of indices, each to become one segment; a group of one is written anew without what is deleted.

    Segments of which nothing lives are in no group: they are left out altogether.
    """
    tiers: dict[int, list[int]] = defaultdict(list)
    for index, size in enumerate(sizes):
        if size.living_documents > 0:
            tiers[tier(size)].append(index)
    groups: list[list[int]] = []
    for rank in sorted(tiers):
        groups += [group for group in _fitting(tiers[rank], sizes) if len(group) >= FACTOR]
    merged = {index for group in groups for index in group}
    alone = [
        [index]
        for index, size in enumerate(sizes)
        if index not in merged and size.living_documents > 0 and size.deleted > MOST_DELETED * size.documents
    ]
    return [*groups, *alone]


def _fitting(indices: Sequence[int], sizes: Sequence[Size]) -> list[list[int]]:
    """Neighbours as long as one segment holds them."""
    groups: list[list[int]] = [[]]
    documents = size_bytes = 0
    for index in indices:
        documents += sizes[index].living_documents
        size_bytes += sizes[index].living_bytes
        if groups[-1] and (documents > LARGEST_DOCUMENTS or size_bytes > LARGEST_BYTES):
            groups.append([])
            documents, size_bytes = sizes[index].living_documents, sizes[index].living_bytes
        groups[-1].append(index)
    return groups
