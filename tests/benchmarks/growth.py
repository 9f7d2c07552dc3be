#!/usr/bin/env python3
"""How time and memory grow with the collection: one index of ours after the other, and a plot.

    python tests/benchmarks/growth.py ARTICLES.jsonl --times 7 --svg growth.svg [--json FILE]

The last index holds the collection as often as --times says.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import engine
from measure import emptied, in_child, memory
from plot import Panel, svg
from queries import DEFAULT, KINDS, Query, read
from rows import Source, documents
from searching import Prepared, search_hot, summarised
from systems import module

from disclosure_search.analysis import Segmenter

SMALL = (10_000, 30_000, 70_000)
COPIES = (1, 2, 4, 7, 10, 15, 20)


def sources(corpus: Path, times: int) -> list[Source]:
    """From 10,000 documents to the whole collection `times` over, each about twice the one before."""
    whole = documents(Source(corpus))
    several = [copies for copies in COPIES if copies < times]
    return [
        *(Source(corpus, 1, size) for size in SMALL if size < whole),
        *(Source(corpus, copies) for copies in (*several, times)),
    ]


def measured(folder: Path, asked: Sequence[Query], rounds: int) -> dict[str, Any]:
    """In a child: times per kind with every facet, and what the process holds by then."""
    module("ours")
    start = memory()
    system = engine.opened("ours", folder)
    opened = memory()
    prepared = [Prepared(one, {"ours": system.prepare(one.node)}) for one in asked]
    times = search_hot({"ours": system}, prepared, rounds, (True,))
    held = memory()
    return {
        "search": summarised(times),
        "memory": {
            "imports": start.anonymous_bytes,
            "open": opened.anonymous_bytes,
            "queries": held.anonymous_bytes,
        },
    }


def grown(options: argparse.Namespace, work: Path) -> list[dict[str, Any]]:
    asked, _ = read(options.queries, Segmenter())
    found = []
    for source in sources(options.corpus, options.times):
        folder = emptied(work / "growing")
        in_child(engine.build, "ours", source, folder, 2)
        figures, _ = in_child(measured, folder, asked, options.rounds)
        found.append({"documents": documents(source), **figures})
        times = {row["kind"]: row["geomean_ms"] for row in figures["search"]}
        print(f"{found[-1]['documents']} documents: {times}, {figures['memory']}", flush=True)
    emptied(work / "growing")
    return found


def panels(found: Sequence[dict[str, Any]]) -> list[Panel]:
    times: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    held: dict[str, list[tuple[float, float]]] = {"queries": [], "open": [], "imports": []}
    for one in found:
        for row in one["search"]:
            times[row["kind"]].append((one["documents"], row["geomean_ms"]))
        for name, points in held.items():
            points.append((one["documents"], one["memory"][name] / 1e6))
    names = {"queries": "after queries", "open": "after opening", "imports": "after imports"}
    return [
        Panel(
            "top 10 + total + facets, ms", "documents", {name: line for name, line in times.items() if line}
        ),
        Panel("memory of one process, MB", "documents", {names[name]: line for name, line in held.items()}),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--queries", type=Path, default=DEFAULT)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--svg", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", type=Path, help="where the index is built; else a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = grown(options, options.work or Path(temporary))
    options.svg.write_text(svg(panels(found)), "utf-8")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
