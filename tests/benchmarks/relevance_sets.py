"""Test collections of questions with the documents that answer them: reading, and the measures.

A corpus is JSON lines `{id, title, text}`, with `heading`, `year` or `date` and `category` where they are known. A
number as id is that of a whole law: the judgements call it `L7`.
"""

from __future__ import annotations

import json
import lzma
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

DEPTH = 100  # hits of each question that a run tells


class Article(NamedTuple):
    doc_id: str
    title: str
    text: str
    heading: str = ""
    day: str = ""
    year: int | None = None
    category: str = ""


class Question(NamedTuple):
    name: str
    text: str


class Measures(NamedTuple):
    ndcg_10: float
    mrr_10: float
    recall_10: float
    recall_100: float
    first: float  # share of the questions whose first hit is right


NAMES = ("nDCG@10", "MRR@10", "R@10", "R@100", "P@1")
Run = Mapping[str, Sequence[tuple[str, float]]]  # question → hits with scores, the best first
Qrels = Mapping[str, frozenset[str]]


def articles(paths: Iterable[Path]) -> Iterator[Article]:
    for path in paths:
        for row in _rows(path):
            number = row["id"]
            year = str(row.get("year") or "")
            yield Article(
                f"L{number}" if isinstance(number, int) else str(number),
                str(row.get("title") or ""),
                str(row.get("text") or ""),
                str(row.get("heading") or ""),
                str(row.get("date") or ""),
                int(year) if year.isdigit() else None,
                str(row.get("category") or ""),
            )


def questions(path: Path) -> list[Question]:
    return [Question(str(row["id"]), str(row["text"])) for row in _rows(path)]


def qrels(path: Path) -> Qrels:
    """Lines of question, document and, where it is graded, a grade above 0."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in _lines(path):
        cells = line.split()
        if len(cells) >= 2 and (len(cells) < 3 or float(cells[2]) > 0):
            found[cells[0]].add(cells[1])
    return {name: frozenset(right) for name, right in found.items()}


def write_run(path: Path, run: Run) -> None:
    lines = (f"{name}\t{doc_id}\t{score!r}\n" for name, hits in run.items() for doc_id, score in hits)
    path.write_text("".join(lines), encoding="utf-8")


def measured(right: Qrels, run: Run) -> Measures:
    """Averages over all questions that are judged: one without hits counts 0."""
    rows = [_one(wanted, [doc_id for doc_id, _ in run.get(name, ())]) for name, wanted in right.items()]
    return Measures(*(sum(column) / len(rows) for column in zip(*rows, strict=True)))


def _one(wanted: frozenset[str], hits: Sequence[str]) -> Measures:
    ranks = [rank for rank, doc_id in enumerate(hits[:DEPTH], 1) if doc_id in wanted]
    best = [rank for rank in ranks if rank <= 10]
    gain = sum(1 / math.log2(rank + 1) for rank in best)
    most = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(wanted)) + 1))
    return Measures(
        gain / most,
        1 / best[0] if best else 0.0,
        len(best) / len(wanted),
        len(ranks) / len(wanted),
        float(ranks[:1] == [1]),
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in _lines(path) if line.strip())


def _lines(path: Path) -> Iterator[str]:
    if path.suffix == ".xz":
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            yield from lines
    else:
        with path.open(encoding="utf-8") as lines:
            yield from lines
