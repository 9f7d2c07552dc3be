"""How often words were searched for, by month: counts, in one small file, and nothing of who asked or what else.

Several processes add to it, each with a connection that lasts as long as the adding; SQLite keeps it whole through
kills. A file that cannot be written is passed over: counts are worth no request.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from disclosure_search.errors import DisclosureError

_log = logging.getLogger(__name__)
FILE = "words.sqlite"
LEAST = 5  # times a word was asked in a month before it is shown to anybody
MOST_WORDS = 20_000  # of a month: the rarest make way; about 1 MB
MONTHS = 24
_WAIT_SECONDS = 5.0
_TABLES = """
CREATE TABLE IF NOT EXISTS months(month TEXT PRIMARY KEY, searches INTEGER, without_hits INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS words(month TEXT, word TEXT, asked INTEGER, missing INTEGER,
  PRIMARY KEY(month, word)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Word:
    """`missing` is how many of the searches that asked for it came while it stood in no public document."""

    word: str
    asked: int
    missing: int


@dataclass(slots=True)
class Batch:
    """What is added at once; `words` gives (asked, missing)."""

    searches: int = 0
    without_hits: int = 0
    words: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, word: str, *, missing: bool) -> None:
        asked, missed = self.words.get(word, (0, 0))
        self.words[word] = (asked + 1, missed + missing)


@dataclass(frozen=True, slots=True)
class Month:
    """The words that were asked at least `LEAST` times, the most asked first."""

    month: str
    searches: int
    without_hits: int
    words: tuple[Word, ...] = ()

    @property
    def missing(self) -> tuple[Word, ...]:
        """Those that mostly found nothing, most often first."""
        lacking = (one for one in self.words if 2 * one.missing > one.asked)
        return tuple(sorted(lacking, key=lambda one: (-one.missing, one.word)))


class Tally:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE
        self._is_told = False

    def add(self, month: str, batch: Batch) -> bool:
        """Whether it could be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._opened("rwc") as database:
                database.executescript(f"PRAGMA synchronous=NORMAL; {_TABLES}")
                database.execute("BEGIN IMMEDIATE")
                _add(database, month, batch)
                database.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            if not self._is_told:
                _log.warning("%s: searched words are not counted: %s", self._path, error)
            self._is_told = True
            return False
        return True

    def months(self) -> tuple[str, ...]:
        """The latest first."""
        return tuple(month for (month,) in self._asked("SELECT month FROM months ORDER BY month DESC"))

    def month(self, month: str) -> Month:
        totals = self._asked("SELECT searches, without_hits FROM months WHERE month = ?", month)
        rows = self._asked(
            "SELECT word, asked, missing FROM words WHERE month = ? AND asked >= ? ORDER BY asked DESC, word",
            month, LEAST,
        )  # fmt: skip
        searches, without = totals[0] if totals else (0, 0)
        return Month(month, searches, without, tuple(Word(*row) for row in rows))

    def frequent(self, limit: int = 1000) -> tuple[tuple[str, int], ...]:
        """The most asked words of all months that stood in documents, with how often: fit to be proposed to others."""
        rows = self._asked(
            "SELECT word, sum(asked) AS times FROM words GROUP BY word"
            " HAVING times >= ? AND sum(missing) * 2 <= times ORDER BY times DESC, word LIMIT ?",
            LEAST, limit,
        )  # fmt: skip
        return tuple((word, times) for word, times in rows)

    def _asked(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        if not self._path.is_file():
            return []
        try:
            with self._opened("ro") as database:
                return database.execute(question, values).fetchall()
        except sqlite3.Error as error:
            raise DisclosureError(
                str(self._path),
                f"the counts cannot be read ({error})",
                "delete the file: counting begins anew",
            ) from error

    @contextmanager
    def _opened(self, mode: str) -> Iterator[sqlite3.Connection]:
        address = f"{self._path.absolute().as_uri()}?mode={mode}"
        with closing(
            sqlite3.connect(address, timeout=_WAIT_SECONDS, isolation_level=None, uri=True)
        ) as database:
            yield database


def _add(database: sqlite3.Connection, month: str, batch: Batch) -> None:
    database.execute(
        "INSERT INTO months VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
        " searches = searches + excluded.searches, without_hits = without_hits + excluded.without_hits",
        (month, batch.searches, batch.without_hits),
    )
    database.executemany(
        "INSERT INTO words VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " asked = asked + excluded.asked, missing = missing + excluded.missing",
        _rows(month, batch.words),
    )
    held = database.execute("SELECT count(*) FROM words WHERE month = ?", (month,)).fetchone()[0]
    if held > MOST_WORDS:  # more than is over, so that not every addition has to
        database.execute(
            "DELETE FROM words WHERE month = ?1 AND word IN"
            " (SELECT word FROM words WHERE month = ?1 ORDER BY asked, word LIMIT ?2)",
            (month, held - MOST_WORDS * 9 // 10),
        )
    kept = "SELECT month FROM months ORDER BY month DESC LIMIT ?"
    for table in ("words", "months"):
        database.execute(f"DELETE FROM {table} WHERE month NOT IN ({kept})", (MONTHS,))  # noqa: S608


def _rows(month: str, words: Mapping[str, tuple[int, int]]) -> Iterator[tuple[str, str, int, int]]:
    return ((month, word, asked, missing) for word, (asked, missing) in words.items())
