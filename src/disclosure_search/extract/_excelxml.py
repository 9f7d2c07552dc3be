"""Excel 2003 XML: one XML file, its number formats named or spelled out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError
from disclosure_search.extract._expat import Attributes, attribute, parse
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._number_format import raw_number, shower
from disclosure_search.extract._sheet import Book, Sheet
from disclosure_search.extract._xml import XmlError

_NAMED = {
    "fixed": "0.00",
    "standard": "#,##0.00",
    "percent": "0.00%",
    "scientific": "0.00E+00",
    "currency": "¥#,##0.00;¥-#,##0.00",
    "general date": "yyyy-mm-dd hh:mm",
    "short date": "yyyy-mm-dd",
    "medium date": "d-mmm-yy",
    "long date": 'yyyy"年"m"月"d"日"',
    "short time": "h:mm",
    "medium time": "h:mm AM/PM",
    "long time": "h:mm:ss",
    "general number": "General",
}
_CHUNK = 1 << 20


def read(path: Path, limits: Limits) -> Extract:
    book = Book(path, limits)
    reader = _Workbook(book)
    try:
        with path.open("rb") as file:
            parse(iter(lambda: file.read(_CHUNK), b""), reader.start, reader.end, reader.text)
    except XmlError as error:
        raise DamagedDocumentError(
            str(path), f"its XML cannot be read ({error})", "open it and save it again as XLSX"
        ) from error
    return book.extract()


class _Workbook:
    def __init__(self, book: Book) -> None:
        self._book = book
        self._sheet: Sheet | None = None
        self._codes: dict[str, str] = {}
        self._style = ""
        self._cells: list[tuple[int, str]] = []
        self._number = self._column = self._across = self._columns = -1
        self._cell: Attributes = {}
        self._type = ""
        self._value = ""
        self._is_kept = self._is_comment = self._is_hidden = False
        self._starts: dict[str, Callable[[Attributes], None]] = {
            "Style": self._start_style,
            "NumberFormat": self._format,
            "Worksheet": self._worksheet,
            "Column": self._start_column,
            "Row": self._row,
            "Cell": self._start_cell,
            "Comment": self._comment,
            "Data": self._data,
            "Visible": self._visible,
        }

    def start(self, name: str, attributes: Attributes) -> None:
        if name in self._starts:
            self._starts[name](attributes)

    def text(self, text: str) -> None:
        if self._is_kept:
            self._value += text

    def end(self, name: str) -> None:
        if name == "Data":
            self._is_kept = False
        elif name == "Comment":
            self._is_comment = False
        elif name == "Visible":
            self._is_kept = False
            if self._value.strip().lower().endswith("hidden") and self._sheet is not None:
                self._book.hide(self._sheet)
        elif name == "Cell":
            if self._value.strip():
                self._cells.append((self._column, self._shown()))
            self._column += self._across
        elif name == "Row" and self._sheet is not None:
            self._sheet.row(self._number, self._cells, is_hidden=self._is_hidden)
        elif name == "Worksheet":
            self._sheet = None

    def _shown(self) -> str:
        value = self._value.strip()
        show = shower(self._codes.get(attribute(self._cell, "StyleID"), ""))
        if self._type == "Number":
            return show(value)
        if self._type == "Boolean":
            return "TRUE" if value == "1" else "FALSE"
        if self._type == "DateTime":
            serial = _serial(value)
            return value if serial is None else show(raw_number(serial))
        return value

    def _start_style(self, attributes: Attributes) -> None:
        self._style = attribute(attributes, "ID")

    def _format(self, attributes: Attributes) -> None:
        code = attribute(attributes, "Format")
        self._codes[self._style] = _NAMED.get(code.lower(), code)

    def _worksheet(self, attributes: Attributes) -> None:
        self._number = self._columns = -1
        self._sheet = self._book.open(attribute(attributes, "Name"))

    def _start_column(self, attributes: Attributes) -> None:
        self._columns = _index(attribute(attributes, "Index"), self._columns)
        first, self._columns = self._columns, self._columns + _span(attribute(attributes, "Span"))
        if self._sheet is not None and attribute(attributes, "Hidden") == "1":
            self._sheet.hidden_columns.update(range(first, self._columns + 1))

    def _row(self, attributes: Attributes) -> None:
        self._number = _index(attribute(attributes, "Index"), self._number)
        self._is_hidden = attribute(attributes, "Hidden") == "1"
        self._cells, self._column = [], -1

    def _start_cell(self, attributes: Attributes) -> None:
        self._column = _index(attribute(attributes, "Index"), self._column)
        self._across = _span(attribute(attributes, "MergeAcross"))
        self._cell, self._value, self._type = attributes, "", ""

    def _comment(self, _: Attributes) -> None:
        self._book.comments += 1
        self._is_comment = True

    def _visible(self, _: Attributes) -> None:
        self._is_kept, self._value = True, ""

    def _data(self, attributes: Attributes) -> None:
        if not self._is_comment:
            self._is_kept, self._type = True, attribute(attributes, "Type")


def _index(stated: str, before: int) -> int:
    return int(stated) - 1 if stated.isdecimal() and 0 < len(stated) < 8 else before + 1


def _span(stated: str) -> int:
    return min(int(stated), 16_383) if stated.isdecimal() and len(stated) < 8 else 0


def _serial(value: str) -> float | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment.replace(tzinfo=None) - datetime(1899, 12, 30)).total_seconds() / 86_400
