"""Loads what most searches need before the first one comes: columns, facets and the most frequent terms.

Processes forked afterwards share it. Three quarters of the cache are filled, so that nothing is dropped at once that
was just loaded, and each process has room for what its own searches need.
"""

from __future__ import annotations

from collections import Counter

from disclosure_search.document import FACETS
from disclosure_search.engine import facets
from disclosure_search.engine.base import DAY, JOINED, TITLE_CHARACTERS
from disclosure_search.engine.ordinals import NO_ORDINALS
from disclosure_search.engine.scoring import term_weights
from disclosure_search.engine.space import TIE, Space

TERMS = 3000  # of each stream, the most frequent first
FILLED = 0.75


def warm(space: Space, today: int) -> None:
    names = tuple(one.name for one in FACETS)
    facets.count(space, names, NO_ORDINALS, names)
    space.public(today)
    for name in (DAY, TIE):
        space.numbers_at(name, NO_ORDINALS)
    found = [
        (documents, stream, term)
        for stream in JOINED
        for term, documents in _frequent(space, stream).most_common(TERMS)
    ]
    for _, stream, term in sorted(found, reverse=True):
        held, limit = space.cache.sizes
        if held > FILLED * limit:
            return
        if stream == TITLE_CHARACTERS:  # of a title it is counted how much it has in common
            space.postings(stream, term)
        else:
            term_weights(space, stream, term)


def _frequent(space: Space, stream: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for reader in space.readers:
        found.update(dict(reader.frequent(stream, TERMS)))
    return found
