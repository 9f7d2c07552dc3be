"""The page of a search from SQLite FTS5 by a plain script: what `webpage` puts beside ours.

One table of words (title and text, cut by jieba), one of titles and texts, one of facets. A request is cut into words,
all of which are required; ten hits by BM25 with a marked fragment each, the exact total, and the counts of every
facet with links, are put into HTML with f-strings. `PLAIN_PAGE` names the database.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from rows import FACETS, Source, texts

from disclosure_search.analysis import Segmenter

TABLES = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
CREATE VIRTUAL TABLE words USING fts5(title, body, content='',
  tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'");
INSERT INTO words(words, rank) VALUES('hashsize', 134217728);
CREATE TABLE documents(number INTEGER PRIMARY KEY, title TEXT, body TEXT, day INTEGER);
CREATE TABLE cells(cell INTEGER PRIMARY KEY, year TEXT, category TEXT, channel TEXT);
CREATE TABLE of_document(number INTEGER PRIMARY KEY, cell INTEGER NOT NULL);
"""
COUNTS = """
WITH found AS MATERIALIZED (SELECT rowid AS number FROM words WHERE words MATCH ?)
SELECT cell, count(*) FROM found JOIN of_document USING (number) GROUP BY cell
"""
BEST = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 10"
BEST_WITHIN = """
SELECT words.rowid FROM words JOIN of_document ON number = words.rowid JOIN cells USING (cell)
WHERE words MATCH ? AND {name} = ? ORDER BY rank LIMIT 10
"""
SHOWN = 8
Start = Callable[[str, list[tuple[str, str]]], Any]


def connect(folder: Path) -> sqlite3.Connection:
    database = sqlite3.connect(folder / "page.db", isolation_level=None)
    database.executescript(
        "PRAGMA cache_size=-1000000; PRAGMA mmap_size=2147418112; PRAGMA temp_store=MEMORY;"
    )
    return database


def build(source: Source, folder: Path) -> None:
    folder.mkdir(parents=True)
    database, segmenter = connect(folder), Segmenter()
    database.executescript(TABLES)
    database.execute("BEGIN")
    cells: dict[tuple[str, str, str], int] = {}
    for text in texts(source):
        cell = cells.setdefault(text.facets, len(cells))
        words = (" ".join(segmenter.words(text.title)), " ".join(segmenter.words(text.text)))
        database.execute("INSERT INTO words(rowid, title, body) VALUES (?, ?, ?)", (text.number, *words))
        database.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?)", (text.number, text.title, text.text, text.day)
        )
        database.execute("INSERT INTO of_document VALUES (?, ?)", (text.number, cell))
    database.executemany(
        "INSERT INTO cells VALUES (?, ?, ?, ?)", ((cell, *key) for key, cell in cells.items())
    )
    database.execute("INSERT INTO words(words) VALUES('optimize')")
    database.execute("COMMIT")
    database.close()


class PlainPage:
    """A connection and a table of cells for each thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segmenter = Segmenter()
        self._held = threading.local()

    def __call__(self, environ: dict[str, Any], start: Start) -> list[bytes]:
        asked = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        body = self.page(asked).encode()
        start("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    def page(self, asked: dict[str, str]) -> str:
        if not hasattr(self._held, "database"):
            self._held.database = connect(self._folder)
            rows = self._held.database.execute("SELECT * FROM cells")
            self._held.cells = {cell: tuple(values) for cell, *values in rows}
        execute = self._held.database.execute
        text = asked.get("q", "")
        words = self._segmenter.required(text)
        match = " AND ".join('"' + word.replace('"', '""') + '"' for word in words)
        chosen = {name: asked[name] for name in FACETS if name in asked}
        total, facets = self._counted(match, chosen)
        if chosen:
            name, value = next(iter(chosen.items()))
            best = execute(BEST_WITHIN.format(name=name), (match, value)).fetchall()
        else:
            best = execute(BEST, (match,)).fetchall()
        hits = [
            execute("SELECT number, title, body FROM documents WHERE number = ?", one).fetchone()
            for one in best
        ]
        return "".join(_html(asked, total, facets, hits, re.compile("|".join(map(re.escape, words)))))

    def _counted(self, match: str, chosen: dict[str, str]) -> tuple[int, dict[str, Counter[str]]]:
        """A facet that filters is counted without its own filter, as on our page; here at most one does."""
        facets: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
        total = 0
        for cell, count in self._held.database.execute(COUNTS, (match,)):
            values = dict(zip(FACETS, self._held.cells[cell], strict=True))
            is_in = all(values[name] == value for name, value in chosen.items())
            total += count if is_in else 0
            for name, value in values.items():
                if value and (is_in or name in chosen):
                    facets[name][value] += count
        return total, facets


def _html(
    asked: dict[str, str],
    total: int,
    facets: dict[str, Counter[str]],
    hits: Iterable[tuple[int, str, str]],
    words: re.Pattern[str],
) -> Iterator[str]:
    text = escape(asked.get("q", ""))
    yield f"<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>{text}</title></head><body>"
    yield f'<form action="/search"><input name=q value="{text}"><button>检索</button></form>'
    yield f"<p>找到 {total} 份文件</p><ol>"
    for number, title, body in hits:
        found = words.search(body)
        start = max(0, found.start() - 40) if found else 0
        yield f'<li><h2><a href="/d/{number}">{_marked(title, words)}</a></h2>'
        yield f"<p>…{_marked(body[start : start + 160], words)}…</p></li>"
    yield "</ol>"
    for name, counts in facets.items():
        yield f"<h3>{name}</h3><ul>"
        for value, count in counts.most_common(SHOWN):
            address = urlencode({**asked, name: value})
            yield f'<li><a href="/search?{escape(address)}">{escape(value)}</a> {count}</li>'
        yield "</ul>"
    yield "".join(
        f'<a href="/search?{escape(urlencode({**asked, "page": str(one)}))}">{one}</a> '
        for one in range(1, 8)
    )
    yield "</body></html>"


def _marked(text: str, words: re.Pattern[str]) -> str:
    return words.sub(lambda found: f"<mark>{found[0]}</mark>", escape(text))


def application() -> PlainPage:
    return PlainPage(Path(os.environ["PLAIN_PAGE"]))
