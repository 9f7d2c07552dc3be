"""ODS: cells hold the text that the sheet shows beside their values, so that no number formats are needed."""

from __future__ import annotations

from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, EncryptedDocumentError
from disclosure_search.extract import _xml
from disclosure_search.extract._expat import Attributes, attribute, parse
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._sheet import Book, Sheet
from disclosure_search.extract._zip import Container, open_container
from disclosure_search.extract.clean import clean_value

_PROPERTIES = {"title": "property:title", "creator": "property:creator", "creation-date": "property:created"}
# A repeated cell or row with content is written out; more of the same than this is no content.
_MOST_REPEATS = 1_000
_LAST_COLUMN = 16_384


def read(path: Path, limits: Limits) -> Extract:
    with open_container(path) as container:
        names = set(container.names)
        if "META-INF/manifest.xml" in names and b"encryption-data" in container.read("META-INF/manifest.xml"):
            raise EncryptedDocumentError(str(path), "encrypted", "save it without a password")
        book = Book(path, limits)
        reader = _Content(book)
        try:
            parse(container.chunks("content.xml"), reader.start, reader.end, reader.text)
        except (_xml.XmlError, KeyError) as error:
            raise DamagedDocumentError(
                str(path), f"the workbook cannot be read ({error})", "open it and save it again as XLSX"
            ) from error
        return book.extract(_properties(container) if "meta.xml" in names else ())


def _properties(container: Container) -> list[tuple[str, str]]:
    try:
        found = _xml.joined_text(container.read("meta.xml"), _PROPERTIES)
    except _xml.XmlError:
        return []
    return [(_PROPERTIES[name], clean_value(value)) for name, value in found.items()]


class _Content:
    """Handlers for content.xml. A cell may hold an annotation, and a shape, and in it a table: those are skipped."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._sheet: Sheet | None = None
        self._cells: list[tuple[int, str]] = []
        self._pieces: list[str] = []
        self._number = self._column = 0
        self._row: Attributes = {}
        self._cell: Attributes = {}
        self._skipping = 0
        self._is_cell = self._is_kept = False

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skipping:
            self._skipping += 1
        elif name in ("annotation", "tracked-changes"):
            self._book.comments += name == "annotation"
            self._skipping = 1
        elif name == "style":
            self._style = attribute(attributes, "name")
        elif name == "table-properties" and attribute(attributes, "display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "table":
            self._table(attributes)
        elif name == "table-column":
            self._columns(attributes)
        elif name == "table-row":
            self._row, self._column = attributes, 0
        elif name in ("table-cell", "covered-table-cell"):
            self._cell, self._pieces = attributes, []
            self._is_cell = name == "table-cell"
        elif name == "p":
            self._is_kept = True
            self._pieces.append("\n")
        elif name in ("s", "tab", "line-break"):
            self._pieces.append(" ")

    def text(self, text: str) -> None:
        if self._is_kept and not self._skipping:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
        elif name == "p":
            self._is_kept = False
        elif name in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif name == "table-row":
            self._end_row()
        elif name == "table":
            self._sheet = None

    def _table(self, attributes: Attributes) -> None:
        if self._sheet is not None:
            self._skipping = 1
            return
        name = attribute(attributes, "name")
        self._number = self._column = 0
        self._cells = []
        if attribute(attributes, "style-name") in self._hidden_styles:
            self._book.hidden.append(name)
            self._skipping = 1
            return
        self._sheet = self._book.open(name)

    def _columns(self, attributes: Attributes) -> None:
        count = min(_repeats(attributes, "number-columns-repeated"), _LAST_COLUMN - self._column)
        if self._sheet is not None and attribute(attributes, "visibility") in ("collapse", "filter"):
            self._sheet.hidden_columns.update(range(self._column, self._column + count))
        self._column += max(count, 0)

    def _end_cell(self) -> None:
        text = "".join(self._pieces).strip() if self._is_cell else ""
        count = _repeats(self._cell, "number-columns-repeated")
        if text:
            self._book.is_cut |= count > _MOST_REPEATS
            self._cells += [(self._column + index, text) for index in range(min(count, _MOST_REPEATS))]
        self._column += count

    def _end_row(self) -> None:
        count = _repeats(self._row, "number-rows-repeated")
        if self._sheet is not None and self._cells:
            visibility = attribute(self._row, "visibility")
            self._book.is_cut |= count > _MOST_REPEATS
            self._sheet.is_filtered = visibility == "filter"
            for index in range(min(count, _MOST_REPEATS)):
                self._sheet.row(
                    self._number + index, self._cells, is_hidden=visibility in ("collapse", "filter")
                )
        self._cells = []
        self._number += count


def _repeats(attributes: Attributes, name: str) -> int:
    count = attribute(attributes, name)
    return max(int(count), 1) if count.isdecimal() and len(count) < 10 else 1
