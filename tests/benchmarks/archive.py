"""The whole product on a folder of originals: index it, index it again, search it.

    python tests/benchmarks/archive.py FOLDER [--searches N] [--json FILE]

Prints documents per second (reading, cutting and writing included), the time of an unchanged run, bytes of the index by
part, and the time of a search for the exact title of every n-th document: all fields, total, every facet, fragments.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "disclosure_search"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--searches", type=int, default=500)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as index:
        found = measure(given.folder, Path(index), given.searches)
    for name, value in found.items():
        print(f"{name:24} {value}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


def measure(folder: Path, index: Path, searches: int) -> dict[str, Any]:
    first = _indexed(folder, index)
    again = _indexed(folder, index)
    took = sorted(_search_times(folder, index, searches))
    documents = first["added"]
    return {
        "documents": documents,
        "index_s": round(first["wall_s"], 2),
        "documents_per_s": round(documents / first["wall_s"]),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "unchanged_run_s": round(again["wall_s"], 2),
        "originals_bytes": _bytes(folder),
        **{f"{part}_bytes": _bytes(index, pattern) for part, pattern in
           (("segments", "*.seg"), ("texts", "*.texts"), ("ledger", "ledger-*"), ("cache", "cache/**/*"))},
        "search_ms_median": statistics.median(took),
        "search_ms_p95": took[int(len(took) * 0.95)],
        "search_ms_worst": took[-1],
    }  # fmt: skip


def _run(*arguments: str, lines: str = "") -> str:
    done = subprocess.run([*COMMAND, *arguments], input=lines, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    return done.stdout


def _indexed(folder: Path, index: Path) -> dict[str, Any]:
    began = time.monotonic()
    report: dict[str, Any] = json.loads(_run("index", "--json", *_places(folder, index)))
    return {**report, "wall_s": time.monotonic() - began}


def _search_times(folder: Path, index: Path, searches: int) -> list[float]:
    """Titles in two rounds of one process; the second round counts, when what was decoded is still held."""
    listed = _run(
        "search", "--batch", "-", "--size", "100", "--sort", "title", *_places(folder, index), lines="\n"
    )
    titles = [hit["title"] for hit in json.loads(listed)["hits"]]
    for page in range(2, 200):
        more = json.loads(
            _run(
                "search",
                "",
                "--json",
                "--size",
                "100",
                "--sort",
                "title",
                "--page",
                str(page),
                *_places(folder, index),
            )
        )["hits"]
        titles += [hit["title"] for hit in more]
        if len(more) < 100 or len(titles) >= searches * 7:
            break
    chosen = titles[:: max(1, len(titles) // searches)][:searches]
    lines = "\n".join([*chosen, *chosen]) + "\n"
    answers = _run("search", "--batch", "-", *_places(folder, index), lines=lines).splitlines()
    return [json.loads(answer)["took_ms"] for answer in answers[len(chosen) :]]


def _places(folder: Path, index: Path) -> tuple[str, ...]:
    return ("--data", str(folder), "--index", str(index))


def _bytes(folder: Path, pattern: str = "**/*") -> int:
    below = folder.glob(pattern) if "/" in pattern or pattern == "**/*" else folder.rglob(pattern)
    return sum(path.stat().st_size for path in below if path.is_file())


if __name__ == "__main__":
    main()
