#!/usr/bin/env python3
"""How well and how fast the product finds what lay questions ask for; on demand, plain peers beside it.

    python tests/benchmarks/relevance.py --corpus FILE... --queries FILE --qrels FILE --run OUT [--peers all]

README.md beside this file says what each number means.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import relevance_ours
import relevance_peers
import relevance_sets
from measure import in_child, without_collection
from relevance_sets import NAMES, Qrels, Question, measured

import disclosure_search
from disclosure_search.document import digest_of

PRODUCT = Path(disclosure_search.__file__).parent
# Sources that decide what an index holds
CUTTING = ("analysis.py", "document.py", "entry.py", "citations.py", "engine/base.py", "engine/w3_*.py")
WARMING = "第一条"  # asked before anything is measured


def indexed(name: str, corpus: Sequence[Path], without: frozenset[str], work: Path) -> Path:
    """The folder of an index, made in a process of its own unless the same one is there already.

    It gets its name when it is whole, so that two runs may share a folder."""
    folder = work / f"{name}-{_digest(name, corpus, without)}"
    if not folder.exists():
        work.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(dir=work, prefix="making-") as making:
            in_child(build, name, list(corpus), Path(making) / "index", without)
            if not folder.exists():
                (Path(making) / "index").rename(folder)
        print(f"indexed {name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return folder


def build(name: str, corpus: Sequence[Path], folder: Path, without: frozenset[str]) -> None:
    articles = relevance_sets.articles(corpus)
    if name == "ours":
        relevance_ours.build(articles, folder, without)
    else:
        relevance_peers.build(name, articles, folder)


def _digest(name: str, corpus: Sequence[Path], without: frozenset[str]) -> str:
    states = [f"{path.resolve()} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in corpus]
    own = "relevance_ours.py" if name == "ours" else "relevance_peers.py"
    here = Path(__file__).parent
    sources = [here / own, here / "relevance_sets.py", PRODUCT / "analysis.py"]
    sources += [path for pattern in CUTTING for path in PRODUCT.glob(pattern)] if name == "ours" else []
    texts = [path.read_text("utf-8") for path in sorted(sources)]
    return digest_of(*states, *texts, *sorted(without), relevance_ours.made_of())


def opened(name: str, folder: Path, without: frozenset[str], *, any_word: bool) -> Any:
    if name == "ours":
        return relevance_ours.Ours(folder, any_word=any_word, without=without)
    return relevance_peers.open_peer(name, folder)


class Answers(NamedTuple):
    """Of one system, milliseconds of every question; `pages_ms` stays empty where a system has no page."""

    run: dict[str, list[tuple[str, float]]]
    found_ms: list[float]
    pages_ms: list[float]


def measure(given: argparse.Namespace, names: Sequence[str], work: Path) -> dict[str, Answers]:
    systems = {}
    for name in names:
        without = frozenset(given.without if name == "ours" else ())
        folder = indexed(name, given.corpus, without & {"headings"}, work)
        systems[name] = opened(name, folder, without, any_word=given.match == "any")
    try:
        return asked(systems, _questions(given))
    finally:
        for system in systems.values():
            system.close()


def asked(systems: dict[str, Any], questions: Sequence[Question]) -> dict[str, Answers]:
    """The systems take turns, so that noise meets all of them. A question is new to a system when its time is taken;
    the hundred hits come last."""
    answers = {name: Answers({}, [], []) for name in systems}
    for system in systems.values():
        system.find(WARMING)
    for one in questions:
        for name, system in systems.items():
            with without_collection():
                answers[name].found_ms.append(system.find(one.text))
                if name == "ours":
                    answers[name].pages_ms.append(system.page(one.text))
        for name, system in systems.items():
            answers[name].run[one.name] = system.hits(one.text)
    return answers


def _questions(given: argparse.Namespace) -> list[Question]:
    return list(islice(relevance_sets.questions(given.queries), given.limit or None))


def _judged(given: argparse.Namespace) -> Qrels:
    """All judgements count, unless only some questions are asked."""
    qrels = relevance_sets.qrels(given.qrels)
    if not given.limit:
        return qrels
    names = {one.name for one in _questions(given)}
    return {name: right for name, right in qrels.items() if name in names}


def table(answers: dict[str, Answers], right: Qrels) -> str:
    lines = [["", *NAMES, "find median", "find 95 %", "page median", "page 95 %  (ms)"]]
    for name, one in answers.items():
        times = [_time(held, share) for held in (one.found_ms, one.pages_ms) for share in (50, 95)]
        lines.append([name, *(f"{value:.4f}" for value in measured(right, one.run)), *times])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def _time(held_ms: list[float], share: int) -> str:
    if len(held_ms) < 2:
        return "-"
    return f"{statistics.quantiles(held_ms, n=100, method='inclusive')[share - 1]:.2f}"


def arguments(line: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, nargs="+", required=True, help="JSON lines, may be .xz")
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--qrels", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="where the product's hits are written")
    parser.add_argument(
        "--match", choices=("default", "any"), default="default", help="any: one word is enough"
    )
    parser.add_argument("--without", choices=relevance_ours.PARTS, nargs="+", default=[], metavar="PART")
    parser.add_argument(
        "--peers", nargs="+", default=[], choices=("all", *relevance_peers.PEERS), help="beside the product"
    )
    parser.add_argument("--limit", type=int, default=0, help="the first so many questions only")
    parser.add_argument("--work", type=Path, help="folder where the indexes are kept for the next time")
    return parser.parse_args(line)


def main() -> None:
    given = arguments()
    peers = [*relevance_peers.PEERS] if "all" in given.peers else given.peers
    work = given.work or Path(tempfile.mkdtemp(prefix="relevance-"))
    try:
        answers = measure(given, ["ours", *peers], work)
    finally:
        if not given.work:
            shutil.rmtree(work, ignore_errors=True)
    for name, one in answers.items():
        own = given.run if name == "ours" else given.run.with_name(f"{given.run.name}.{name}")
        relevance_sets.write_run(own, one.run)
    print(table(answers, _judged(given)))


if __name__ == "__main__":
    main()
