"""Values that are asked for only as a whole and that nearly every document has for itself: titles.

As terms each would take 120 bytes in Whoosh's format. Of each only a digest of 8 bytes is kept, in a column: two of a
million values have the same one with a chance of one in thirty million, and a search reads 2 MB in 0.1 ms.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.w3_compound import View

DIGEST_BYTES = 8


def digests_column(field: str) -> str:
    return f"{field}_digests"


def digest(value: str) -> bytes:
    return blake2b(value.encode("utf-8", "backslashreplace"), digest_size=DIGEST_BYTES).digest()


def digests(values: Iterable[str]) -> bytes:
    return b"".join(map(digest, dict.fromkeys(values)))


def bearers(column: View, lengths: NDArray[np.int64], value: str) -> NDArray[np.int64]:
    """The documents that have the value; `lengths` are those of the rows of the column."""
    if (lengths % DIGEST_BYTES).any():
        raise ValueError("digests of another length")
    ends = np.cumsum(lengths) // DIGEST_BYTES
    every = np.frombuffer(column.get(0, int(ends[-1]) * DIGEST_BYTES), np.uint64)
    found = np.flatnonzero(every == np.frombuffer(digest(value), np.uint64)[0])
    return np.searchsorted(ends, found, "right")


class Digests(NamedTuple):
    """All values of a column and the documents that have them, in the order of the documents."""

    owners: NDArray[np.int64]
    values: NDArray[np.uint64]

    def without(self, documents: NDArray[np.integer]) -> Digests:
        kept = ~np.isin(self.owners, documents)
        return Digests(self.owners[kept], self.values[kept])


def digests_of(column: View | None, lengths: NDArray[np.int64]) -> Digests:
    counts = lengths // DIGEST_BYTES
    data = column.get(0, int(counts.sum()) * DIGEST_BYTES) if column is not None else b""
    return Digests(np.repeat(np.arange(len(counts)), counts), np.frombuffer(data, np.uint64))


def times_cited(cites: Digests, called: Digests, size: int) -> NDArray[np.int64]:
    """Of each document how many cite it, under the name that most of them use."""
    counts = np.zeros(size, np.int64)
    names, times = np.unique(cites.values, return_counts=True)
    if len(names) and len(called.values):
        at = np.minimum(names.searchsorted(called.values), len(names) - 1)
        known = (names.take(at) == called.values).nonzero()[0]
        np.maximum.at(counts, called.owners.take(known), times.take(at.take(known)))
    return counts
