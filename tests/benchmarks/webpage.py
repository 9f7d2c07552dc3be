"""A faceted search page end to end, from the request to the last byte, beside the engine alone and a plain script.

    python tests/benchmarks/webpage.py ARTICLES.jsonl [--work DIR] [--limit N] [--rounds N] [--json FILE]

*page*: `disclosure-search serve`, one worker, asked over a connection that stays. *engine*: the same request, put to
the engine alone in this process: total, ten ordered hits, every facet. *search*: the same with parsing, fragments
and proposals, also in this process. *plain*: `plain_page` under gunicorn with the same threads. Each query is asked
by itself and with its most frequent year chosen; the systems take turns request by request, the best of the rounds
counts, and the first two rounds do not: a server that was asked before is warm. The bound is 3 × engine + 3 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import plain_page
import queries
from measure import milliseconds, read_once, without_collection
from page import DATA, build_ours
from rows import Source

from disclosure_search import query
from disclosure_search.config import Settings
from disclosure_search.states import SearchState
from disclosure_search.vocabulary import load_vocabularies
from disclosure_search.wiring import Archive, open_archive, recipe

THREADS = 4
UNCOUNTED = 2
HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", type=Path)
    parser.add_argument("--work", type=Path, help="indexes are kept here and used again")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        made(Source(given.articles, 1, given.limit), work)
        found = run(work, given.rounds)
    show(found)
    if given.json:
        given.json.write_text(json.dumps(found, ensure_ascii=False, indent=1))


def made(source: Source, work: Path) -> None:
    """An index that is cut otherwise than today is made again."""
    cut = recipe(load_vocabularies(DATA))
    current = work / "ours" / "CURRENT"
    if not (current.is_file() and cut in current.read_text("utf-8")):
        build_ours(source, work / "ours", cut)
    if not (work / "plain").is_dir():
        plain_page.build(source, work / "plain")


def run(work: Path, rounds: int) -> dict[str, Any]:
    for name in ("ours", "plain"):
        read_once(work / name)
    with ExitStack() as stack:
        ours = stack.enter_context(served(_ours(work), {"DISCLOSURE_RATE": "0", "DISCLOSURE_COUNTS": "off"}))
        plain = stack.enter_context(served(_plain(), {"PLAIN_PAGE": str(work / "plain")}))
        archive = open_archive(Settings(DATA, work / "ours"))
        archive.search.warm()
        states = tuple(asked(archive))
        times: dict[str, dict[str, float]] = {name: {} for name in ("page", "engine", "search", "plain")}
        with without_collection():
            for turn in range(UNCOUNTED + rounds):
                for state in states:
                    _ask(ours, plain, archive, state, times if turn >= UNCOUNTED else {})
    rows = [{"query": key, **{name: held[key] for name, held in times.items()}} for key in times["page"]]
    return {"rows": rows, "median": _medians(rows), "documents": archive.engine.condition().documents}


def _ask(
    ours: HTTPConnection,
    plain: HTTPConnection,
    archive: Archive,
    state: SearchState,
    times: dict[str, dict[str, float]],
) -> None:
    address = f"/search?{urlencode(state.to_params())}"
    request = archive.search._request(state, query.parse(state.text).query)
    work: dict[str, Callable[[], object]] = {
        "page": lambda: got(ours, address),
        "engine": lambda: archive.engine.search(request),
        "search": lambda: archive.search.run(state),
        "plain": lambda: got(plain, address),
    }
    for name, one in work.items():
        took = milliseconds(one)
        if times:
            times[name][address] = min(times[name].get(address, took), took)


def asked(archive: Archive) -> Iterator[SearchState]:
    lines, _ = queries.read(queries.DEFAULT, archive.segmenter)
    for line in lines:
        if line.kind in ("term", "and"):  # what the plain script understands
            state = SearchState(text=line.line)
            years = next(one for one in archive.search.run(state).facets if one.name == "year").values
            yield state
            if years:
                yield state.with_filter("year", max(years, key=lambda one: one.count).value)


def got(connection: HTTPConnection, address: str) -> bytes:
    connection.request("GET", address, headers={"Accept-Language": "zh-CN"})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{address}: {answer.status}")
    return content


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _ours(work: Path) -> list[str]:
    places = ["--data", str(DATA), "--index", str(work / "ours")]
    return ["-m", "disclosure_search", "serve", *places, "--workers", "1"]


def _plain() -> list[str]:
    return [
        "-m",
        "gunicorn",
        "-k",
        "gthread",
        "--threads",
        str(THREADS),
        "--keep-alive",
        "60",
        "plain_page:application()",
    ]


@contextmanager
def served(command: list[str], environment: dict[str, str]) -> Iterator[HTTPConnection]:
    port = _free_port()
    where = ["-b", f"127.0.0.1:{port}"] if "gunicorn" in command else ["--port", str(port)]
    at = command.index("gunicorn") + 1 if "gunicorn" in command else len(command)
    line = [sys.executable, *command[:at], *where, *command[at:]]
    process = subprocess.Popen(line, env={**os.environ, **environment}, cwd=HERE, stdout=subprocess.DEVNULL)
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(600):
            try:
                connection.connect()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        yield connection
        connection.close()
    finally:
        process.terminate()
        process.wait(60)


def _medians(rows: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in ("all", "one year", "every year"):
        chosen = [
            row
            for row in rows
            if kind == "all" or (kind == "one year") == ("year" in urlsplit(row["query"]).query)
        ]
        middle = {
            name: round(statistics.median(row[name] for row in chosen), 3)
            for name in rows[0]
            if name != "query"
        }
        bound = statistics.median(3 * row["engine"] + 3 for row in chosen)
        over = sum(row["page"] > 3 * row["engine"] + 3 for row in chosen)
        found[kind] = {**middle, "bound": round(bound, 3), "requests": len(chosen), "over_bound": over}
    return found


def show(found: dict[str, Any]) -> None:
    print(f"{found['documents']} documents; milliseconds, median over requests")
    names = ("page", "engine", "search", "plain", "bound", "requests", "over_bound")
    print(f"{'':12}" + "".join(f"{name:>11}" for name in names))
    for kind, row in found["median"].items():
        print(f"{kind:12}" + "".join(f"{row[name]:>11}" for name in names))


if __name__ == "__main__":
    main()
