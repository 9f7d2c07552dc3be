"""When segments are brought together: never more than a few, and no commit pays for all."""

from __future__ import annotations

import random

import pytest

from disclosure_search.engine import tiers
from disclosure_search.engine.tiers import FACTOR, SMALL_BYTES, Size, tier, to_merge

DOCUMENT_BYTES = 20_000


def size(documents: int, deleted: int = 0) -> Size:
    return Size(documents, deleted, documents * DOCUMENT_BYTES)


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ([], []),
        ([size(1)] * 7, []),
        ([size(1)] * 8, [[0, 1, 2, 3, 4, 5, 6, 7]]),
        ([size(100_000), *[size(1)] * 8], [[1, 2, 3, 4, 5, 6, 7, 8]]),
        ([size(100_000), size(10_000), size(1)], []),
        ([size(100, 25), size(100, 26)], [[1]]),
        ([size(100, 100), size(100)], []),
        ([size(5, 5), *[size(1)] * 7], []),
        ([*[size(1)] * 7, size(4, 2)], [[0, 1, 2, 3, 4, 5, 6, 7]]),
        ([size(100_000, 30_000), size(1)], [[0]]),
    ],
    ids=[
        "nothing",
        "fewer than a tier holds",
        "a full tier",
        "a large one is left alone",
        "one in each tier",
        "more than a quarter deleted",
        "wholly deleted ones are in no group",
        "nor do they count",
        "one half deleted is merged with its tier",
        "a large one half deleted is written anew",
    ],
)
def test_groups(sizes: list[Size], groups: list[list[int]]) -> None:
    assert to_merge(sizes) == groups


def test_what_is_deleted_does_not_count_for_the_tier() -> None:
    large = Size(1000, 0, SMALL_BYTES * FACTOR)
    assert tier(large) == 2
    assert tier(large._replace(deleted=990)) == 0


def test_no_group_outgrows_a_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "LARGEST_DOCUMENTS", 20)
    assert to_merge([size(5)] * 8) == []
    assert to_merge([size(2)] * 17) == [list(range(10))]
    assert to_merge([size(30, 10)]) == [[0]]


@pytest.mark.parametrize("per_commit", [1, 10, 500], ids=str)
def test_commits_stay_cheap_and_segments_few(per_commit: int) -> None:
    """A document is copied about once per tier, and a reader never has many segments to look into."""
    chance = random.Random(per_commit)
    sizes: list[Size] = []
    copied = added = most = 0
    while added < 20_000 or len(sizes) < 3:
        sizes.append(size(per_commit))
        added += per_commit
        if chance.random() < 0.5:  # an update deletes somewhere
            at = chance.randrange(len(sizes))
            one = sizes[at]
            sizes[at] = one._replace(deleted=min(one.deleted + per_commit, one.documents))
        sizes = [one for one in sizes if one.living_documents]
        for group in to_merge(sizes):
            copied += sum(sizes[index].living_documents for index in group)
            made = size(sum(sizes[index].living_documents for index in group))
            sizes = [one for index, one in enumerate(sizes) if index not in group] + [made]
            break
        most = max(most, len(sizes))
    assert most <= 5 * FACTOR
    assert copied <= added * 12
