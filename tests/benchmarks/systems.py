"""What the benchmark asks of every system, and which systems there are."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from rows import Row, Source

from disclosure_search.engine.base import Node

MODULES = {"ours": "ours", "tantivy": "peer_tantivy", "fts5": "peer_fts5", "whoosh": "peer_whoosh"}


class Answer(NamedTuple):
    """`numbers` are those of the ten best documents; `facets` is empty where none were asked for."""

    total: int
    numbers: list[int]
    facets: Mapping[str, Mapping[str, int]]


class System(Protocol):
    """One index, open for searching. `prepare` is not timed, everything else is."""

    def prepare(self, node: Node) -> Any: ...

    def search(self, prepared: Any, *, facets: bool) -> Answer: ...

    def update(self, changed: Iterable[tuple[Row, Row]]) -> None:
        """Replaces each first document by the second, of the same number, durably, and sees it from here on."""
        ...

    def close(self) -> None: ...


class Module(Protocol):
    """`build` writes a whole index with so many `processes`; `body` asks for the two streams of the text alone, which
    only the peers of the page's search are asked for."""

    def build(self, source: Source, folder: Path, processes: int, *, body: bool = False) -> None: ...

    def open_system(self, folder: Path) -> System: ...


def module(name: str) -> Module:
    found: Any = importlib.import_module(MODULES[name])
    return found  # type: ignore[no-any-return]
