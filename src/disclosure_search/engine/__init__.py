"""Where tokens go in and ordinals, scores and counts come out.

base        the protocol, the tree of lookups, requests and results
embedded    Whoosh's index on this machine; embedded_writer writes it, generations keeps its folder
evaluate    tree × arrays → answers; space holds the arrays
texts       records and texts beside the index
w3_*        Whoosh's on-disk format: the only modules that know it
"""

from __future__ import annotations

from pathlib import Path

from disclosure_search.engine.base import Engine


def open_engine(location: Path, recipe: str) -> Engine:
    """The engine behind a place: a folder is an embedded index (it need not exist yet)."""
    from disclosure_search.engine.embedded import EmbeddedEngine  # numpy: `--help` must not wait for it

    return EmbeddedEngine(location, recipe)
