"""SQLite FTS5: a contentless table of segmented text beside a table of facets.

Every category of character but separators belongs to a token, so that its tokens are ours. A large hash table and
one transaction while loading, `optimize` at the end; the page cache holds the whole database. The facets of a search
are one cell per combination of values, counted over one materialised MATCH, whose sum is the total too. There is no
index of prefixes: on 147,290 articles it made prefixes a quarter faster and the database 2.4 times as large.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from rows import BODY_GRAMS, BODY_WORDS, FACETS, STREAM, Row, Source, rows
from systems import Answer

from disclosure_search.engine.base import AllOf, AnyOf, Except, Node, Prefix, Ranked, Run, Term

TABLES = """
CREATE VIRTUAL TABLE texts USING fts5({columns}, content='',
    tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'");
CREATE TABLE cells(cell INTEGER PRIMARY KEY, year TEXT, category TEXT, channel TEXT);
CREATE TABLE of_document(number INTEGER PRIMARY KEY, cell INTEGER NOT NULL);
INSERT INTO texts(texts, rank) VALUES('hashsize', 134217728);
"""
BEST = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 10"
TOTAL = "SELECT count(*) FROM texts WHERE texts MATCH ?"
COUNTS = """
WITH found AS MATERIALIZED (SELECT rowid AS number FROM texts WHERE texts MATCH ?)
SELECT cell, count(*) FROM found JOIN of_document USING (number) GROUP BY cell
"""


def connect(folder: Path) -> sqlite3.Connection:
    database = sqlite3.connect(folder / "texts.db", isolation_level=None)
    database.executescript(
        "PRAGMA cache_size=-1000000; PRAGMA mmap_size=2147418112; PRAGMA temp_store=MEMORY;"
    )
    return database


def build(source: Source, folder: Path, _processes: int, *, body: bool = False) -> None:
    columns = (BODY_WORDS, BODY_GRAMS) if body else (STREAM,)
    folder.mkdir(parents=True)
    database = connect(folder)
    database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;")
    database.executescript(TABLES.format(columns=", ".join(columns)))
    database.execute("BEGIN")
    cells: dict[tuple[str, str, str], int] = {}
    of_document: list[tuple[int, int]] = []
    marks = ", ".join("?" * (1 + len(columns)))
    database.executemany(
        f"INSERT INTO texts(rowid, {', '.join(columns)}) VALUES ({marks})",
        _values(rows(source, body=body), cells, of_document),
    )
    database.executemany(
        "INSERT INTO cells VALUES (?, ?, ?, ?)", ((cell, *key) for key, cell in cells.items())
    )
    database.executemany("INSERT INTO of_document VALUES (?, ?)", of_document)
    database.execute("INSERT INTO texts(texts) VALUES('optimize')")
    database.execute("COMMIT")
    database.executescript("PRAGMA optimize; PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=WAL;")
    database.close()


def _values(
    given: Iterable[Row],
    cells: dict[tuple[str, str, str], int],
    of_document: list[tuple[int, int]],
) -> Iterator[tuple[int | str, ...]]:
    for row in given:
        of_document.append((row.number, cells.setdefault(row.facets, len(cells))))
        yield (row.number, *(" ".join(tokens) for tokens in row.streams.values()))


class Fts5:
    def __init__(self, folder: Path) -> None:
        self._database = connect(folder)
        self._database.executescript("PRAGMA synchronous=FULL")
        self._cells = {cell: tuple(values) for cell, *values in self._database.execute("SELECT * FROM cells")}

    def prepare(self, node: Node) -> str:
        match node:
            case Term(stream, token, _):
                return f"{stream}:{_quoted(token)}"
            case Run(stream, tokens, offsets, _):
                return f"{stream}:{_quoted(' '.join(_side_by_side(tokens, offsets)))}"
            case Prefix(stream, start, _):
                return f"{stream}:{_quoted(start)}*"
            case Ranked(required, AnyOf(scored)):
                if all(isinstance(part, Term) and part.stream != BODY_GRAMS for part in scored):
                    return self.prepare(required)
                # The grams of what is required are among what is scored: the second part only adds to the score.
                return f"({self.prepare(required)} AND ({' OR '.join(map(self.prepare, scored))}))"
            case AllOf(parts):
                kept = " AND ".join(self.prepare(part) for part in parts if not isinstance(part, Except))
                without = (f" NOT {self.prepare(part.part)}" for part in parts if isinstance(part, Except))
                return f"({''.join(chain([f'({kept})'], without))})"
            case AnyOf(parts):
                return f"({' OR '.join(map(self.prepare, parts))})"
        raise ValueError(f"no query of FTS5's for {node}")

    def search(self, prepared: str, *, facets: bool) -> Answer:
        execute = self._database.execute
        best = [number for (number,) in execute(BEST, (prepared,))]
        if not facets:
            return Answer(execute(TOTAL, (prepared,)).fetchone()[0], best, {})
        counts: list[defaultdict[str, int]] = [defaultdict(int) for _ in FACETS]
        total = 0
        for cell, count in execute(COUNTS, (prepared,)):
            total += count
            for value, held in zip(self._cells[cell], counts, strict=True):
                if value:
                    held[value] += count
        return Answer(total, best, dict(zip(FACETS, counts, strict=True)))

    def update(self, changed: Iterable[tuple[Row, Row]]) -> None:
        execute = self._database.execute
        execute("BEGIN")
        for old, new in changed:  # a contentless table is told what it forgets
            gone = (old.number, " ".join(old.streams[STREAM]))
            execute("INSERT INTO texts(texts, rowid, words) VALUES('delete', ?, ?)", gone)
            come = (new.number, " ".join(new.streams[STREAM]))
            execute("INSERT INTO texts(rowid, words) VALUES(?, ?)", come)
        execute("COMMIT")

    def close(self) -> None:
        self._database.close()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _side_by_side(tokens: tuple[str, ...], offsets: tuple[int, ...]) -> list[str]:
    """FTS5's phrases leave nothing out: pairs of characters that are two apart get the pair between them."""
    if offsets == tuple(range(len(tokens))):
        return list(tokens)
    text = "".join(
        token[: after - offset]
        for token, offset, after in zip(tokens, offsets, (*offsets[1:], offsets[-1] + 2), strict=True)
    )
    return [text[at : at + 2] for at in range(len(text) - 1)]


def open_system(folder: Path) -> Fts5:
    return Fts5(folder)
