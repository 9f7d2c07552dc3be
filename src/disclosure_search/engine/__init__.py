"""Where tokens go in and ordinals, scores and counts come out.

base        the protocol, the tree of lookups, requests and results
embedded    Whoosh's index on this machine; embedded_writer writes it, generations keeps its folder
part        segments and texts as one process writes them; tiers says which to bring together
evaluate    tree × arrays → answers: ordinals, scoring, runs, facets and order are its steps
space       the arrays, over all segments of a generation; cache bounds them, warming fills it
texts       records and texts beside the index
w3_*        Whoosh's on-disk format: the only modules that know it
"""

from __future__ import annotations

from pathlib import Path

from disclosure_search.engine.base import Engine, Part, PartWriter

MEMORY_BYTES = 512 << 20


def open_engine(location: Path, recipe: str, memory_bytes: int = MEMORY_BYTES) -> Engine:
    """The engine behind a place: a folder is an embedded index (it need not exist yet)."""
    from disclosure_search.engine.embedded import EmbeddedEngine  # numpy: `--help` must not wait for it

    return EmbeddedEngine(location, recipe, memory_bytes)


def open_part(part: Part) -> PartWriter:
    """In a process of its own, what another one's `Writer.part` describes."""
    from disclosure_search.engine.part import open_embedded_part

    return open_embedded_part(part)
