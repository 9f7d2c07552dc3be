"""XLSX: the cells that are there, shown by their number formats, numbers read from the text of the file.

Own code: python-calamine shows 0.25 for 25%, makes floats of 18-digit numbers, and fills a sheet up to its last
row and column, which with one cell at XFD1048576 aborts the process.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, NoTextError
from disclosure_search.extract import _sheet_xml
from disclosure_search.extract._expat import Attributes, parse
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._number_format import show_text
from disclosure_search.extract._office_xml import properties
from disclosure_search.extract._sheet import Book, Sheet
from disclosure_search.extract._xml import XmlError
from disclosure_search.extract._zip import Container, open_container

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
_LAST_COLUMN = 16_383


def read(path: Path, limits: Limits) -> Extract:
    with open_container(path) as container:
        try:
            return _read(path, container, limits)
        except (XmlError, KeyError) as error:
            raise DamagedDocumentError(
                str(path), f"the workbook cannot be read ({error})", "open it and save it again as XLSX"
            ) from error


def _read(path: Path, container: Container, limits: Limits) -> Extract:
    book = Book(path, limits)
    workbook = _sheet_xml.workbook(container)
    if not workbook.sheets:
        raise XmlError("it names no sheets")
    strings = _sheet_xml.shared_strings(container, workbook)
    styles = _sheet_xml.styles(container, workbook)
    for part in workbook.sheets:
        if part.is_hidden:
            book.hidden.append(part.name)
            continue
        sheet = book.open(part.name)
        reader = _Cells(sheet, book, strings, styles)
        parse(container.chunks(part.part), reader.start, reader.end, reader.text)
        sheet.boxes, comments = _sheet_xml.attached(container, part.part)
        book.comments += comments
    extract = book.extract(properties(container))
    if not any(map(str.isalnum, extract.text)) and any("/media/" in name.lower() for name in container.names):
        raise NoTextError(str(path), "its sheets are pictures without text", "put a text copy beside it")
    return extract


class _Cells:
    """Handlers for one sheet; `_column` and `_number` count on where a cell or row does not say where it is."""

    def __init__(self, sheet: Sheet, book: Book, strings: list[str], styles: _sheet_xml.Styles) -> None:
        self._sheet, self._book = sheet, book
        self._strings, self._styles = strings, styles
        self._cells: list[tuple[int, str]] = []
        self._number = self._column = -1
        self._kind = self._style = self._value = ""
        self._is_kept = self._is_hidden = self._is_phonetic = self._has_formula = False
        self._starts: dict[str, Callable[[Attributes], None]] = {
            "row": self._row,
            "f": self._formula,
            "rPh": self._phonetic,
            "col": self._columns,
            "sheetPr": self._properties,
            "mergeCell": self._merge,
        }

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            place = attributes.get("r")
            column = _column(place.rstrip("0123456789")) if place else -1
            self._column = column if column >= 0 else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._value, self._has_formula = "", False
        elif name in ("v", "t", "oddHeader", "oddFooter"):
            self._is_kept = not self._is_phonetic
            if name == "v":
                self._value = ""
        elif name in self._starts:
            self._starts[name](attributes)

    def text(self, text: str) -> None:
        if self._is_kept:
            self._value += text

    def end(self, name: str) -> None:
        self._is_kept = False
        if name == "c":
            if self._value:
                self._cells.append((self._column, self._shown()))
                self._value = ""
            elif self._has_formula:
                self._book.uncounted_formulas += 1
        elif name == "row":
            self._cells.sort(key=_by_column) if len(self._cells) > 1 else None
            self._sheet.row(self._number, self._cells, is_hidden=self._is_hidden)
            self._cells = []
        elif name == "rPh":
            self._is_phonetic = False
        elif name == "oddHeader":
            self._sheet.header, self._value = self._value, ""
        elif name == "oddFooter":
            self._sheet.footer, self._value = self._value, ""

    def _shown(self) -> str:
        value, kind = self._value, self._kind
        if kind == "n":
            return self._styles.shower(self._style)(value.strip())
        if kind == "s":
            value = value.strip()
            value = self._strings[int(value)] if value.isdecimal() and int(value) < len(self._strings) else ""
        elif kind == "b":
            return "TRUE" if value.strip() in ("1", "true") else "FALSE"
        elif kind == "d":
            return value.removesuffix("T00:00:00").replace("T", " ")
        if "_x" in value:
            value = unescaped(value)
        return show_text(value, self._styles.code(self._style))

    def _row(self, attributes: Attributes) -> None:
        number = attributes.get("r", "")
        self._number = int(number) - 1 if number.isdecimal() and len(number) < 8 else self._number + 1
        self._column = -1
        self._is_hidden = attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0"

    def _formula(self, _: Attributes) -> None:
        self._has_formula = True

    def _phonetic(self, _: Attributes) -> None:
        self._is_phonetic = True

    def _columns(self, attributes: Attributes) -> None:
        if attributes.get("hidden") not in ("1", "true") and attributes.get("width") != "0":
            return
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if first.isdecimal() and last.isdecimal():
            self._sheet.hidden_columns.update(range(int(first) - 1, min(int(last), _LAST_COLUMN + 1)))

    def _properties(self, attributes: Attributes) -> None:
        self._sheet.is_filtered = attributes.get("filterMode") in ("1", "true")

    def _merge(self, attributes: Attributes) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        corner, other = _PLACE.fullmatch(first), _PLACE.fullmatch(last)
        if corner and other:
            self._sheet.merge(int(corner[2]) - 1, _column(corner[1]), int(other[2]) - 1, _column(other[1]))


def unescaped(text: str) -> str:
    """Characters that XML cannot hold are written `_x000D_`."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _by_column(cell: tuple[int, str]) -> int:
    return cell[0]


@cache
def _column(letters: str) -> int:
    """-1 for what is no column."""
    number = 0
    for letter in letters[:4]:
        if not "A" <= letter <= "Z":
            return -1
        number = number * 26 + ord(letter) - 64
    return number - 1 if number <= _LAST_COLUMN + 1 else -1
