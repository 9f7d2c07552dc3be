"""Scenarios as data: documents, searches, and what each search must find, whatever engine answers.

`scenarios/<name>/documents.json` is a list of records; `{n}` in a record with `repeat` counts from 1.
`scenarios/<name>/searches.json` is a list of searches: `text` in the query language or a `node` as [kind, arguments…];
filters, sort, page and size as in a search; then `ids` (any order) or `order`, `total` where it is not their number,
`facets` and `notes` where they matter. Synonyms are left out: which ones there are is for staff to say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from disclosure_search.analysis import Segmenter
from disclosure_search.document import Document
from disclosure_search.engine import base
from disclosure_search.engine.base import Engine, Request, Sort
from disclosure_search.record import from_record
from disclosure_search.search import FACET_NAMES, Search, SearchState
from disclosure_search.vocabulary import Vocabularies

SCENARIOS = Path(__file__).parent / "scenarios"
NAMES = sorted(path.name for path in SCENARIOS.iterdir() if path.is_dir())
TODAY = date(2016, 6, 1)
KINDS = {kind.__name__: kind for kind in base.Node.__args__}  # type: ignore[attr-defined]
ASKED = {"text", "node", "filters", "sort", "page", "size"}
EXPECTED = {"comment", "ids", "order", "total", "facets", "notes"}


@dataclass(frozen=True)
class Answer:
    ids: list[str]
    total: int
    facets: dict[str, dict[str, int]]
    notes: tuple[str, ...] = ()


def load(name: str, file: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((SCENARIOS / name / file).read_text("utf-8"))
    return loaded


def documents_of(name: str) -> Iterator[Document]:
    for record in load(name, "documents.json"):
        for number in range(1, record.pop("repeat", 1) + 1):
            filled = json.loads(json.dumps(record).replace("{n}", f"{number:03}"))
            texts = tuple(one.pop("text", "") for one in filled.get("attachments", ()))
            body = filled.pop("body", "")
            yield from_record({"path": f"{filled['doc_id']}.txt", "title": "", **filled}, body, texts)


def node_from(value: Any) -> Any:
    """[kind, arguments…] as a node, other lists as tuples."""
    if not isinstance(value, list):
        return value
    if value and isinstance(value[0], str) and value[0] in KINDS:
        return KINDS[value[0]](*map(node_from, value[1:]))
    return tuple(map(node_from, value))


def ask(engine: Engine, search: Search, asked: dict[str, Any]) -> Answer:
    filters = {name: tuple(values) for name, values in asked.get("filters", {}).items()}
    sort, page, size = Sort(asked.get("sort", "relevance")), asked.get("page", 1), asked.get("size", 100)
    if "node" not in asked:
        found = search.run(SearchState(asked.get("text", ""), filters, sort, page, size))
        facets = {
            facet.name: {one.value: one.count for one in facet.values if one.count} for facet in found.facets
        }
        return Answer([hit.document.doc_id for hit in found.hits], found.total, facets, found.notes)
    result = engine.search(
        Request(
            node_from(asked["node"]), filters, FACET_NAMES, sort, (page - 1) * size, size, TODAY.toordinal()
        )
    )
    facets = {name: dict(counts) for name, counts in result.facets.items()}
    return Answer([hit.doc_id for hit in result.hits], result.total, facets)


@pytest.mark.parametrize("name", NAMES)
def test_scenario(
    name: str, engine: Engine, fill: Callable[..., None], segmenter: Segmenter, vocabularies: Vocabularies
) -> None:
    fill(engine, documents_of(name))
    search = Search(engine, replace(vocabularies, synonyms=()), segmenter, lambda: TODAY)
    for asked in load(name, "searches.json"):
        assert asked.keys() <= ASKED | EXPECTED, f"{name}: unknown keys in {asked}"
        answer = ask(engine, search, asked)
        about = f"{name}: {json.dumps(asked, ensure_ascii=False)}: {answer}"
        if "order" in asked:
            assert answer.ids == asked["order"], about
        else:
            assert sorted(answer.ids) == sorted(asked["ids"]), about
        assert answer.total == asked.get("total", len(answer.ids)), about
        for facet, counts in asked.get("facets", {}).items():
            assert answer.facets[facet] == counts, about
        if "notes" in asked:
            assert len(answer.notes) == len(asked["notes"]), about
            for note, part in zip(answer.notes, asked["notes"], strict=True):
                assert part in note, about


def test_every_kind_of_node_and_sort_stands_in_a_scenario() -> None:
    text = "".join((SCENARIOS / name / "searches.json").read_text("utf-8") for name in NAMES)
    assert {kind for kind in KINDS if f'["{kind}"' not in text} == set()
    assert {sort for sort in Sort if sort is not Sort.RELEVANCE and f'"{sort}"' not in text} == set()


def test_every_scenario_has_both_files_and_says_what_each_search_shows() -> None:
    assert len(NAMES) >= 10
    for name in NAMES:
        assert all(search.get("comment") for search in load(name, "searches.json")), name
        assert len(load(name, "searches.json")) >= 3, name
