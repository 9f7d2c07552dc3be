"""Whoosh as it comes: its own writer, searcher, BM25F and facets.

Tokens are separated by blanks; the memory limit is four times the default and nothing is stored but the number. The
facets are sortable columns, counted by `groupedby`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rows import FACETS, STREAM, Row, Source, rows
from systems import Answer
from whoosh import fields, index, query, sorting
from whoosh.analysis import SpaceSeparatedTokenizer

from disclosure_search.engine.base import AllOf, AnyOf, Except, Node, Prefix, Run, Term

MEMORY_MB = 512


def _schema() -> fields.Schema:
    schema = fields.Schema(number=fields.ID(unique=True, stored=True))
    schema.add(STREAM, fields.TEXT(analyzer=SpaceSeparatedTokenizer()))
    for name in FACETS:
        schema.add(name, fields.ID(sortable=True))
    return schema


def _document(row: Row) -> dict[str, str]:
    values = dict(zip(FACETS, row.facets, strict=True))
    return {
        "number": str(row.number),
        STREAM: " ".join(row.streams[STREAM]),
        **{k: v for k, v in values.items() if v},
    }


def build(source: Source, folder: Path, processes: int) -> None:
    folder.mkdir(parents=True)
    made = index.create_in(folder, _schema())
    writer = made.writer(limitmb=MEMORY_MB, procs=processes)
    for row in rows(source):
        writer.add_document(**_document(row))
    writer.commit()


class Whoosh:
    def __init__(self, folder: Path) -> None:
        self._index = index.open_dir(folder)
        self._searcher = self._index.searcher()
        self._facets = sorting.Facets()
        for name in FACETS:
            self._facets.add_field(name)

    def prepare(self, node: Node) -> query.Query:
        match node:
            case Term(stream, token, _):
                return query.Term(stream, token)
            case Run(stream, tokens, _, _):
                return query.Phrase(stream, list(tokens))
            case Prefix(stream, start, _):
                return query.Prefix(stream, start)
            case AllOf(parts):
                return query.And([self.prepare(part) for part in parts])
            case AnyOf(parts):
                return query.Or([self.prepare(part) for part in parts])
            case Except(part):
                return query.Not(self.prepare(part))
        raise ValueError(f"no query of Whoosh's for {node}")

    def search(self, prepared: query.Query, *, facets: bool) -> Answer:
        options: dict[str, Any] = {"groupedby": self._facets, "maptype": sorting.Count} if facets else {}
        found = self._searcher.search(prepared, limit=10, **options)
        numbers = [int(hit["number"]) for hit in found]
        counts = {name: _counts(found.groups(name)) for name in FACETS} if facets else {}
        return Answer(len(found), numbers, counts)

    def update(self, changed: Iterable[tuple[Row, Row]]) -> None:
        writer = self._index.writer()
        for _, new in changed:
            writer.update_document(**_document(new))
        writer.commit()
        self._searcher.close()
        self._searcher = self._index.searcher()

    def close(self) -> None:
        self._searcher.close()


def _counts(found: dict[str | None, int]) -> dict[str, int]:
    """A document without a value is grouped under the empty one."""
    return {value: count for value, count in found.items() if value}


def open_system(folder: Path) -> Whoosh:
    return Whoosh(folder)
