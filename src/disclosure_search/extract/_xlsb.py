"""XLSB (Excel's binary workbooks) by python-calamine: values and dates, without the number formats of the rest."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import python_calamine as calamine

from disclosure_search.errors import DamagedDocumentError, EncryptedDocumentError, LimitExceededError
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._number_format import general, raw_number
from disclosure_search.extract._office_xml import properties
from disclosure_search.extract._sheet import Book
from disclosure_search.extract._zip import open_container

# A sheet is filled up to its last row and column by calamine; with one cell at XFD1048576 it aborts the process.
_MOST_CELLS = 8_000_000
_SHEET = re.compile(r"xl/worksheets/[^/]*\.bin", re.IGNORECASE)
_ROW, _LAST_CELL = 0, 11


def read(path: Path, limits: Limits) -> Extract:
    with open_container(path) as container:
        if any(
            _reach(container.read(name)) > _MOST_CELLS for name in filter(_SHEET.fullmatch, container.names)
        ):
            what = "a sheet reaches too far to be read as a table"
            raise LimitExceededError(str(path), what, "delete what stands far below it, or save it as XLSX")
        pairs = properties(container)
    book = Book(path, limits)
    try:
        with calamine.CalamineWorkbook.from_path(path) as workbook:
            _fill(book, workbook)
    except calamine.PasswordError as error:
        raise EncryptedDocumentError(str(path), "encrypted", "save it without a password") from error
    except calamine.CalamineError as error:
        raise DamagedDocumentError(
            str(path), f"the workbook cannot be read ({error})", "open it and save it again as XLSX"
        ) from error
    return book.extract(pairs)


def _fill(book: Book, workbook: calamine.CalamineWorkbook) -> None:
    for listed in workbook.sheets_metadata:
        if listed.visible != calamine.SheetVisibleEnum.Visible:
            book.hidden.append(listed.name)
            continue
        if listed.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.open(listed.name)
        for number, values in enumerate(workbook.get_sheet_by_name(listed.name).iter_rows()):
            sheet.row(number, [(column, _shown(value)) for column, value in enumerate(values)])


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return general(raw_number(float(value)))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value) if value is not None else ""


def _reach(data: bytes) -> int:
    """How many cells the box from A1 to the last row and column has, by the records of the part itself."""
    last_row = last_column = 0
    for kind, at in _records(data):
        number = int.from_bytes(data[at : at + 4], "little")
        if kind == _ROW:
            last_row = max(last_row, number)
        elif kind <= _LAST_CELL:
            last_column = max(last_column, number)
    return (last_row + 1) * (last_column + 1)


def _records(data: bytes) -> Iterator[tuple[int, int]]:
    """Kind and place of the content: both lead with a number of seven bits a byte, the lowest first."""
    at = 0
    while at + 1 < len(data):
        kind, at = _number(data, at, 2)
        size, at = _number(data, at, 4)
        yield kind, at
        at += size


def _number(data: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for index in range(most):
        byte = data[at + index] if at + index < len(data) else 0
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return value, at + index + 1
    return value, at + most
