"""Lines of the product's query language → lookups over one stream of words, the same for every system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rows import STREAM

from disclosure_search import analysis, query
from disclosure_search.analysis import Segmenter
from disclosure_search.engine.base import AllOf, AnyOf, Except, Node, Prefix, Run, Term

KINDS = ("and", "or", "not", "phrase", "prefix", "term")
DEFAULT = Path(__file__).with_name("queries.txt")


class Query(NamedTuple):
    line: str
    kind: str
    node: Node


class UnsupportedQueryError(ValueError):
    """The line asks for more than one stream of words can answer: a field, a filter or a range."""


def read(path: Path, segmenter: Segmenter) -> tuple[list[Query], list[str]]:
    """The queries of a file, and what is said of the lines that were passed over; # begins a comment."""
    found: dict[str, Query] = {}
    passed: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            node = node_of(text, segmenter)
        except UnsupportedQueryError as error:
            passed.append(f"{text}: {error}")
        else:
            found.setdefault(text, Query(text, kind_of(node), node))
    return list(found.values()), passed


def node_of(line: str, segmenter: Segmenter) -> Node:
    """A final * asks for a prefix, as one character alone does in the product."""
    if line.endswith("*") and len(line.split()) == 1:
        return Prefix(STREAM, analysis.fold(line[:-1]))
    return _node(query.parse(line).query, segmenter)


def _node(tree: query.Query, segmenter: Segmenter) -> Node:
    match tree:
        case query.Text(text, ""):
            if len(analysis.canonical(text)) == 1:
                return Prefix(STREAM, analysis.canonical(text))
            return _joined(AllOf, [Term(STREAM, word) for word in _words(text, segmenter)])
        case query.Phrase(text, ""):
            words = _words(text, segmenter)
            if len(words) == 1:
                return Term(STREAM, words[0])
            return Run(STREAM, tuple(words), tuple(range(len(words))))
        case query.And(parts):
            return _joined(AllOf, [_node(part, segmenter) for part in parts])
        case query.Or(parts):
            return _joined(AnyOf, [_node(part, segmenter) for part in parts])
        case query.Not(part):
            return Except(_node(part, segmenter))
    raise UnsupportedQueryError("passed over, since it names a field, a value or a range")


def _words(text: str, segmenter: Segmenter) -> list[str]:
    words = segmenter.words(text)
    if not words:
        raise UnsupportedQueryError("passed over, since it holds no word")
    return words


def _joined(kind: type[AllOf] | type[AnyOf], parts: list[Node]) -> Node:
    """Nested conjunctions are one, and what is named twice counts once."""
    flat: dict[Node, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))


def kind_of(node: Node) -> str:
    """The dearest thing that a query asks for names its kind."""
    kinds = {type(part) for part in walk(node)}
    order = ((Except, "not"), (Run, "phrase"), (Prefix, "prefix"), (AnyOf, "or"), (AllOf, "and"))
    return next((name for kind, name in order if kind in kinds), "term")


def walk(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts if isinstance(node, AllOf | AnyOf) else ():
        yield from walk(part)
    if isinstance(node, Except):
        yield from walk(node.part)
