"""tantivy through its own Python binding.

One indexing thread with a heap for the whole collection makes one segment, which is what tantivy searches fastest;
tokens are separated by blanks; facets are fast columns. A search and an aggregation are two calls: the binding has no
collector for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tantivy
from rows import BODY_GRAMS, BODY_WORDS, FACETS, STREAM, Row, Source, rows
from systems import Answer
from tantivy import Document, Index, Occur, Query, TextAnalyzerBuilder, Tokenizer

from disclosure_search.engine.base import AllOf, AnyOf, Except, Node, Prefix, Ranked, Run, Term

HEAP_BYTES = 2_000_000_000
INDEXED = {BODY_WORDS: "freq"}
MUST = {AllOf: Occur.Must, AnyOf: Occur.Should}
AGGREGATIONS: dict[str, Any] = {name: {"terms": {"field": name, "size": 1000}} for name in FACETS}


def schema(*, body: bool) -> tantivy.Schema:
    """Words beside grams have no positions, as ours have none there."""
    builder = tantivy.SchemaBuilder()
    if body:
        builder.add_text_field(BODY_WORDS, tokenizer_name="blanks", index_option="freq")
    builder.add_text_field(BODY_GRAMS if body else STREAM, tokenizer_name="blanks", index_option="position")
    for name in FACETS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_unsigned_field("number", indexed=True, fast=True)
    return builder.build()


def document(row: Row) -> Document:
    made = Document()
    for name, tokens in row.streams.items():
        made.add_text(name, " ".join(tokens))
    made.add_unsigned("number", row.number)
    for name, value in zip(FACETS, row.facets, strict=True):
        if value:
            made.add_text(name, value)
    return made


def opened(folder: Path, made_of: tantivy.Schema | None = None) -> Index:
    index = Index(made_of, path=str(folder)) if made_of else Index.open(str(folder))
    index.register_tokenizer("blanks", TextAnalyzerBuilder(Tokenizer.whitespace()).build())
    return index


def build(source: Source, folder: Path, processes: int, *, body: bool = False) -> None:
    folder.mkdir(parents=True)
    writer = opened(folder, schema(body=body)).writer(HEAP_BYTES, processes)
    for row in rows(source, body=body):
        writer.add_document(document(row))
    writer.commit()
    writer.wait_merging_threads()


class Tantivy:
    def __init__(self, folder: Path) -> None:
        self._index = opened(folder)
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self._writer: Any = None

    def prepare(self, node: Node) -> Query:
        match node:
            case Term(stream, token, weight):
                query = Query.term_query(self._schema, stream, token, INDEXED.get(stream, "position"))
                return query if weight == 1 else Query.boost_query(query, weight)
            case Run(stream, tokens, offsets, _):
                words: list[Any] = list(zip(offsets, tokens, strict=True))
                return Query.phrase_query(self._schema, stream, words)
            case Prefix(stream, start, _):
                # Its prefix query opens into fifty terms at most; the pattern is as fast and has them all.
                return Query.regex_query(self._schema, stream, f"{re.escape(start)}.*")
            case AllOf(parts) | AnyOf(parts):
                how = MUST[type(node)]
                return Query.boolean_query([self._clause(how, part) for part in parts])
            case Ranked(required, scored):
                clauses = [(Occur.Must, self.prepare(required)), (Occur.Should, self.prepare(scored))]
                return Query.boolean_query(clauses)
        raise ValueError(f"no query of tantivy's for {node}")

    def _clause(self, how: Occur, part: Node) -> tuple[Occur, Query]:
        if isinstance(part, Except):
            return Occur.MustNot, self.prepare(part.part)
        return how, self.prepare(part)

    def search(self, prepared: Query, *, facets: bool) -> Answer:
        found = self._searcher.search(prepared, 10)
        addresses = [address for _, address in found.hits]
        numbers = self._searcher.fast_field_values("number", addresses)
        counts = self._searcher.aggregate(prepared, AGGREGATIONS) if facets else {}
        return Answer(found.count, numbers, {name: _counts(counts[name]) for name in counts})

    def update(self, changed: Iterable[tuple[Row, Row]]) -> None:
        if self._writer is None:  # kept open, as its documentation recommends; opening it is not an update
            self._writer = self._index.writer(128_000_000, 1)
        for _, row in changed:
            self._writer.delete_documents_by_term("number", row.number)
            self._writer.add_document(document(row))
        self._writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()

    def close(self) -> None:
        self._writer = None


def _counts(found: dict[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]}


def open_system(folder: Path) -> Tantivy:
    return Tantivy(folder)
