"""The product's real index and the page's whole search on it, beside tantivy and FTS5 over two of its streams.

Ours has every stream, keyword and number that `entry_of` gives, in the engine that serves the site, and is asked what
the page asks: all fields, the total, every facet. The peers have the words and the grams of the text alone, and are
asked the same of these: that the runs stand there, ordered by BM25 of words and grams. `ours-body` is our engine asked
that question, so that the totals can be compared.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from measure import bytes_in, emptied, in_child
from queries import Query
from rows import FACETS, Source, documents, texts
from searching import Prepared, differences, overall, search_hot, summarised
from systems import Answer, module

from disclosure_search import query
from disclosure_search.analysis import Segmenter
from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import AllOf, AnyOf, Except, Node, Ranked, Request
from disclosure_search.engine.texts import SUFFIX
from disclosure_search.entry import entry_of
from disclosure_search.matching import Matcher
from disclosure_search.vocabulary import load_vocabularies

RECIPE = "benchmark"
SYSTEMS = ("ours", "tantivy", "fts5")
DATA = Path(__file__).resolve().parents[2] / "data"


def build_ours(source: Source, folder: Path, recipe: str = RECIPE) -> None:
    segmenter = Segmenter()
    engine = open_engine(folder, recipe)
    with engine.writer(fresh=True) as writer:
        for text in texts(source):
            year, category, channel = text.facets
            document = Document(
                doc_id=str(text.number),
                title=text.title,
                path=f"{text.number}.txt",
                body=text.text,
                category=(category,) if category else (),
                channel=(channel,) if channel else (),
                published=date.fromordinal(text.day) if year else None,
            )
            writer.add(entry_of(document, segmenter))
        writer.commit(b"{}")


def build_peer(name: str, source: Source, folder: Path) -> None:
    module(name).build(source, folder, 1, body=True)


class Whole:
    """The engine that serves the site, asked as the page asks it."""

    def __init__(self, folder: Path) -> None:
        self._engine = open_engine(folder, RECIPE)
        self._today = date.today().toordinal()

    def prepare(self, node: Node) -> dict[bool, Request]:
        return {
            facets: Request(node, facets=FACETS if facets else (), today=self._today)
            for facets in (False, True)
        }

    def search(self, prepared: dict[bool, Request], *, facets: bool) -> Answer:
        found = self._engine.search(prepared[facets])
        return Answer(found.total, [int(hit.doc_id) for hit in found.hits], found.facets)

    def close(self) -> None:
        self._engine.close()


def run(names: list[str], source: Source, asked: list[Query], work: Path, rounds: int) -> dict[str, Any]:
    indexing = index(names, source, work)
    systems = open_systems(names, work)
    prepared = prepare(asked, systems)
    others = differences(systems, prepared, [name for name in systems if name != "ours"], "ours-body")
    times = search_hot(systems, prepared, rounds, (True,))
    search = [*summarised(times), *overall(times)]
    for system in systems.values():
        system.close()
    return {"search": search, "indexing": indexing, "differences": others}


def index(names: list[str], source: Source, work: Path) -> list[dict[str, Any]]:
    found = []
    for name in names:
        folder = emptied(work / f"page-{name}")
        given = (build_ours, source, folder) if name == "ours" else (build_peer, name, source, folder)
        _, usage = in_child(*given)
        found.append(
            {
                "system": name,
                "docs_per_s": round(documents(source) / usage.wall_s, 1),
                "cpu_s": round(usage.cpu_s, 2),
                "bytes_without_texts": bytes_in(folder, SUFFIX),
                "peak_rss_bytes": usage.peak_rss_bytes,
            }
        )
    return found


def open_systems(names: list[str], work: Path) -> dict[str, Any]:
    """By the name of the question: our engine is asked two."""
    peers = [name for name in names if name != "ours"]
    found: dict[str, Any] = {name: module(name).open_system(work / f"page-{name}") for name in peers}
    if "ours" not in names:
        return found
    ours = Whole(work / "page-ours")
    return {"ours": ours, "ours-body": ours, **found}


def prepare(asked: list[Query], systems: dict[str, Any]) -> list[Prepared]:
    matcher = Matcher(Segmenter(), load_vocabularies(DATA))
    found = []
    for one in asked:
        tree = query.parse(one.line).query
        whole, body = matcher.whole(tree, one.line), _bare(matcher.node(_in_body(tree)), excluded=False)
        nodes = {name: whole if name == "ours" else body for name in systems}
        found.append(Prepared(one, {name: systems[name].prepare(node) for name, node in nodes.items()}))
    return found


def _in_body(tree: query.Query) -> query.Query:
    match tree:
        case query.Text(text) | query.Phrase(text):
            return type(tree)(text, "body")
        case query.And(parts) | query.Or(parts):
            return type(tree)(tuple(map(_in_body, parts)))
        case query.Not(part):
            return query.Not(_in_body(part))
    return tree


def _bare(node: Node, *, excluded: bool) -> Node:
    """What is excluded has no order: no system is asked to score it."""
    match node:
        case Ranked(required, _) if excluded:
            return _bare(required, excluded=True)
        case AllOf(parts) | AnyOf(parts):
            kept = tuple(_bare(part, excluded=excluded) for part in parts)
            return kept[0] if len(kept) == 1 else type(node)(kept)
        case Except(part):
            return Except(_bare(part, excluded=True))
    return node
