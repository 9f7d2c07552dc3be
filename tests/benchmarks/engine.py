#!/usr/bin/env python3
"""Our engine, tantivy, SQLite FTS5 and plain Whoosh on the same token streams, in one run.

    python tests/benchmarks/engine.py ARTICLES.jsonl [--times 7] [--json FILE]

README.md beside this file says what each number means.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterable
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import page
import table
from measure import Memory, bytes_in, emptied, in_child, memory, milliseconds, read_once
from queries import DEFAULT, KINDS, Query, read
from rows import STREAM, Row, Source, documents, rows
from searching import Prepared, differences, search_cold, search_hot, summarised
from systems import MODULES, System, module

from disclosure_search.analysis import Segmenter
from disclosure_search.engine.base import Term

PROCESSES = {"ours": (2, 1), "tantivy": (1,), "fts5": (1,), "whoosh": (1,)}  # the last one is searched
WARMING = Term(STREAM, "第一条")  # one search with facets before anything is measured
MARK = "新增标记"  # a word that no document has: it shows that a change is seen
UPDATES = {1: 15, 100: 5}  # documents in an update: how often it is made


def index(names: Iterable[str], sources: dict[str, Source], work: Path) -> list[dict[str, Any]]:
    """Builds every index in a process of its own, tokenising included."""
    found = []
    for name in names:
        for processes in PROCESSES[name]:
            folder = emptied(work / name)
            _, usage = in_child(build, name, sources[name], folder, processes)
            figures = {
                "system": name,
                "processes": processes,
                "docs_per_s": round(documents(sources[name]) / usage.wall_s, 1),
                "cpu_s": round(usage.cpu_s, 2),
                "bytes": bytes_in(folder),
                "peak_rss_bytes": usage.peak_rss_bytes,
            }
            found.append(figures)
            print(table.progress("indexed", figures), flush=True)
    return found


def build(name: str, source: Source, folder: Path, processes: int) -> int:
    """In a child; gives the number of processes that helped."""
    module(name).build(source, folder, processes)
    return processes if processes > 1 else 0


def opened(name: str, folder: Path) -> System:
    system = module(name).open_system(folder)
    system.search(system.prepare(WARMING), facets=True)
    return system


def update(name: str, source: Source, folder: Path) -> list[dict[str, Any]]:
    """In a child, on a copy: documents are replaced by others of the same number until the change is seen."""
    copied = emptied(folder.with_name(f"{name}-updated"))
    shutil.copytree(folder, copied)
    system = opened(name, copied)
    given = rows(source)
    found = []
    for size, often in UPDATES.items():
        times = []
        for _ in range(often if name != "whoosh" else 3):
            changed = [(row, _marked(row)) for row in islice(given, size)]
            prepared = system.prepare(Term(STREAM, MARK))
            before = system.search(prepared, facets=True).total
            took = milliseconds(partial(_update_and_see, system, changed, prepared))
            if system.search(prepared, facets=True).total != before + size:
                raise RuntimeError(f"{name} does not show an update of {size} documents")
            times.append(took)
        found.append(
            {
                "system": name,
                "documents": size,
                "median_ms": round(median(times), 2),
                "worst_ms": round(max(times), 2),
            }
        )
    system.close()
    emptied(copied)
    return found


def _update_and_see(system: System, changed: list[tuple[Row, Row]], prepared: Any) -> None:
    system.update(changed)
    system.search(prepared, facets=True)


def _marked(row: Row) -> Row:
    return row._replace(streams={name: [*tokens, MARK] for name, tokens in row.streams.items()})


def hold(name: str, folder: Path, asked: list[Query]) -> list[dict[str, Any]]:
    """In a child: what one process holds after opening, after the facets, and after every query."""
    module(name)
    found = [_held(name, "imports", memory(), 0.0)]
    opening: list[System] = []
    took = milliseconds(lambda: opening.append(module(name).open_system(folder)))
    system = opening[0]
    found.append(_held(name, "open", memory(), took))
    warming = system.prepare(WARMING)
    took = milliseconds(lambda: system.search(warming, facets=True))
    found.append(_held(name, "facets", memory(), took))
    prepared = [system.prepare(one.node) for one in asked]
    took = milliseconds(lambda: [system.search(one, facets=True) for one in prepared])
    found.append(_held(name, "queries", memory(), took))
    return found


def _held(name: str, after: str, held: Memory, took_ms: float) -> dict[str, Any]:
    return {"system": name, "after": after, "ms": round(took_ms, 2), **held._asdict()}


def run(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    names = [name for name in MODULES if name not in options.skip]
    source = Source(options.corpus, options.times, options.limit)
    count = documents(source)
    sources = dict.fromkeys(names, source)
    if "whoosh" in names and count > options.whoosh_limit:
        sources["whoosh"] = Source(options.corpus, 1, min(options.whoosh_limit, count // options.times))
        print(
            f"whoosh has only {documents(sources['whoosh'])} documents: its times are those of a smaller index"
        )
    asked, passed = read(options.queries, Segmenter())
    asked = [one for one in asked if one.kind in options.kinds]
    print(*passed, f"{count} documents, {len(asked)} queries", sep="\n", flush=True)
    result: dict[str, Any] = {"documents": count, "queries": len(asked)}
    indexing = index(names, sources, work)
    for name in names:
        read_once(work / name)
    opening = {name: partial(opened, name, work / name) for name in names}
    systems = {name: opening[name]() for name in names}
    prepared = [Prepared(one, {name: systems[name].prepare(one.node) for name in names}) for one in asked]
    result["differences"] = differences(
        systems, prepared, [name for name in names if sources[name] == source]
    )
    times = search_hot(systems, prepared, options.rounds)
    for system in systems.values():
        system.close()
    result["search"] = summarised(times | search_cold(opening, prepared, min(3, options.rounds)))
    result["indexing"] = indexing
    result["updates"], result["memory"] = [], []
    for name in names:
        result["updates"] += in_child(update, name, sources[name], work / name)[0]
        result["memory"] += in_child(hold, name, work / name, asked)[0]
    if "page" not in options.skip:
        result["page"] = page.run(
            [name for name in page.SYSTEMS if name in names], source, asked, work, options.rounds
        )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="JSON lines of id, title, text, year, category, channel")
    parser.add_argument("--times", type=int, default=1, help="how often the collection is repeated")
    parser.add_argument(
        "--limit", type=int, default=0, help="documents of the file, before they are repeated"
    )
    parser.add_argument(
        "--queries", type=Path, default=DEFAULT, help="one query of the product's language a line"
    )
    parser.add_argument("--rounds", type=int, default=7, help="the best time of so many rounds counts")
    parser.add_argument("--json", type=Path, help="where all figures are written")
    parser.add_argument(
        "--work", type=Path, help="where the indexes are built and kept; else a temporary folder"
    )
    parser.add_argument("--skip", nargs="*", default=[], choices=[*MODULES, "page"], help="what to leave out")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS, help="only such queries")
    parser.add_argument(
        "--whoosh-limit", type=int, default=150_000, help="documents that plain Whoosh is given"
    )
    options = parser.parse_args()
    if "tantivy" not in options.skip and find_spec("tantivy") is None:
        parser.error("tantivy is not installed: pip install -e '.[bench]', or --skip tantivy")
    with tempfile.TemporaryDirectory() as temporary:
        result = run(options, options.work or Path(temporary))
    print(table.text(result))
    if "page" in result:
        print(table.page(result["page"]))
    if options.json:
        options.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
