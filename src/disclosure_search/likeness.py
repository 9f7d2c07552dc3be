"""Which texts are nearly the same: a bottom-k sketch of each (A. Broder, "On the resemblance and containment of
documents", 1997), compared where two sketches share enough.

Memory is that of the sketches alone: at most 64 numbers a text, about 6 MB for a thousand.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from disclosure_search import analysis

SHINGLE = 5  # characters
SKETCH = 64
LEAST_SHARE = 0.8
_SHORTEST = 40  # characters: two short notices are alike by their form
_COMMON = 200  # texts that share a shingle; one that more share says nothing of two of them


def sketch(text: str) -> frozenset[int]:
    """The smallest digests of its five-character strings: a fair sample of them, and the same for the same text."""
    plain = analysis.canonical(text)
    if len(plain) < _SHORTEST:
        return frozenset()
    raw = plain.encode("utf-32-le", "surrogatepass")
    digests = {zlib.crc32(raw[at : at + 4 * SHINGLE]) for at in range(0, len(raw) - 4 * SHINGLE + 1, 4)}
    return frozenset(sorted(digests)[:SKETCH])


def resembling(sketches: Sequence[frozenset[int]]) -> Iterator[tuple[int, int, float]]:
    """Pairs of places in the sequence, with the estimated share of strings that both have."""
    bearers: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(sketches):
        for digest in one:
            bearers[digest].append(place)
    for place, one in enumerate(sketches):
        shared = Counter(
            other
            for digest in one
            if len(bearers[digest]) <= _COMMON
            for other in bearers[digest]
            if other < place
        )
        for other, count in shared.items():
            if 2 * count >= len(one):
                share = _share(one, sketches[other])
                if share >= LEAST_SHARE:
                    yield other, place, share


def _share(one: frozenset[int], other: frozenset[int]) -> float:
    """Of the smallest digests of both together, those in both."""
    union = sorted(one | other)[:SKETCH]
    return sum(digest in one and digest in other for digest in union) / len(union)
