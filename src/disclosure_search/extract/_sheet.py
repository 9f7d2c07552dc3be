"""A workbook as text, for the readers of all its formats: a row a line, cells joined by tabs, names as headings.

Left out and reported: hidden sheets, rows and columns, comments. Rows that a filter hides are kept: filtering is
a way of looking at a table, not of hiding from it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path

from disclosure_search.errors import LimitExceededError
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract.clean import clean

# Wider gaps between cells are no table any more: a cell at XFD1 would stand behind 16,383 tabs.
_WIDEST_GAP = 100
# Rows looked at for cells that lie under merged ones: a million merges of a million rows would never end.
_MOST_MERGED_ROWS = 500_000
_DEFAULT_NAME = re.compile(r"(?:Sheet|工作表|表)\s*\d*", re.IGNORECASE)
_HEADER_CODE = re.compile(r'&(?:"[^"]*"|\d+|K[0-9A-Fa-f+-]{6}|[A-Za-z])')
_PAGE_NUMBER = re.compile(r"(?:Page|of|[\s第共页,，、/\d—–-])*", re.IGNORECASE)


class Sheet:
    """One visible sheet; `row` must be called in the order of the rows."""

    def __init__(self, name: str, book: Book) -> None:
        self.name = name
        self.hidden_columns: set[int] = set()
        self.is_filtered = False
        self.hidden_rows = 0
        self.filtered_rows = 0
        self.seen_hidden_columns: set[int] = set()
        self.header = self.footer = ""
        self.boxes: list[str] = []
        self._book = book
        self._numbers: list[int] = []
        self._lines: list[str] = []
        self._merges: list[tuple[int, int, int, int]] = []
        self._is_squeezed = False

    def row(self, number: int, cells: Sequence[tuple[int, str]], *, is_hidden: bool = False) -> None:
        """Cells are columns, from 0, with what is shown there."""
        line = self._line(cells)
        if not line or line.isspace():
            return
        if is_hidden and not self.is_filtered:
            self.hidden_rows += 1
            return
        self.filtered_rows += is_hidden
        self._book.count(line)
        self._numbers.append(number)
        self._lines.append(line)

    def merge(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        """Of merged cells only the first is seen."""
        if len(self._merges) < _MOST_MERGED_ROWS:
            self._merges.append((first_row, first_column, last_row, last_column))

    def lines(self) -> list[str]:
        if self._merges and not self._is_squeezed:
            self._uncover()
        found = [_header(self.header), *self._lines, *self.boxes, _header(self.footer)]
        return [line for line in found if line and not line.isspace()]

    def _line(self, cells: Sequence[tuple[int, str]]) -> str:
        parts: list[str] = []
        at = 0
        for column, text in cells:
            if not text:
                continue
            if column in self.hidden_columns:
                self.seen_hidden_columns.add(column)
                continue
            gap = max(column - at, 1 if parts else 0)
            if gap > _WIDEST_GAP:
                gap, self._is_squeezed = 1 if parts else 0, True
            parts.append("\t" * gap + (text if text.isalnum() else " ".join(text.split())))
            at = column
        return "".join(parts)

    def _uncover(self) -> None:
        left = _MOST_MERGED_ROWS
        for first_row, first_column, last_row, last_column in self._merges:
            at = bisect_left(self._numbers, first_row)
            while at < len(self._numbers) and self._numbers[at] <= last_row and left:
                left -= 1
                cells = self._lines[at].split("\t")
                start = first_column + (self._numbers[at] == first_row)
                if any(cells[start : last_column + 1]):
                    covered = min(last_column + 1, len(cells)) - start
                    cells[start : start + covered] = [""] * covered
                    self._lines[at] = "\t".join(cells).rstrip("\t")
                at += 1


class Book:
    """What its reader fills and turns into an Extract."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.comments = 0
        self.uncounted_formulas = 0
        self.is_cut = False
        self.hidden: list[str] = []
        self.sheets: list[Sheet] = []
        self._path = path
        self._left = limits.output_bytes

    def open(self, name: str) -> Sheet:
        self.sheets.append(Sheet(name, self))
        return self.sheets[-1]

    def hide(self, sheet: Sheet) -> None:
        """Some formats say behind its rows that a sheet is hidden."""
        self.sheets.remove(sheet)
        self.hidden.append(sheet.name)

    def count(self, text: str) -> None:
        self._left -= len(text)
        if self._left < 0:
            raise LimitExceededError(str(self._path), "its text is longer than allowed", "split the original")

    def extract(self, metadata: Iterable[tuple[str, str]] = ()) -> Extract:
        found: list[str] = []
        for sheet in self.sheets:
            lines = sheet.lines()
            if lines and not _DEFAULT_NAME.fullmatch(sheet.name):
                found.append(sheet.name)
            found += lines
        text = clean("\n".join(found))
        pairs = tuple(metadata)
        title = next((value for key, value in pairs if key == "property:title"), "")
        return Extract(
            text=text, title=title, metadata=pairs, warnings=(*self._warnings(), *suspicions(text))
        )

    def _warnings(self) -> list[str]:
        found = [f"hidden sheet left out: {name}" for name in self.hidden]
        for sheet in self.sheets:
            for count, what in (
                (sheet.hidden_rows, "hidden rows left out"),
                (len(sheet.seen_hidden_columns), "hidden columns left out"),
                (sheet.filtered_rows, "rows hidden by a filter are included"),
            ):
                if count:
                    found.append(f"{what} in {sheet.name}: {count}")
        if self.is_cut:
            found.append("truncated: cells or rows that repeat without end were cut")
        if self.comments:
            found.append(f"comments left out: {self.comments}")
        if self.uncounted_formulas:
            found.append(f"formulas without a stored value: {self.uncounted_formulas}")
        return found


def _header(text: str) -> str:
    """`&L`, `&C` and `&R` begin the three parts; other codes are page numbers, dates and fonts."""
    parts = re.split("&[LCR]", text.replace("&&", "\0"))
    plain = (" ".join(_HEADER_CODE.sub("", part).replace("\0", "&").split()) for part in parts)
    return "\t".join(part for part in plain if not _PAGE_NUMBER.fullmatch(part))
