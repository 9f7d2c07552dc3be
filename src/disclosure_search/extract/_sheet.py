"""XLSX: sheet by sheet, a row a line, cells joined by tabs. Hidden sheets are left out and reported."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import python_calamine as calamine

from disclosure_search.errors import DamagedDocumentError, EncryptedDocumentError, LimitExceededError
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._sheet_xml import lines, shared_strings, sheet_parts
from disclosure_search.extract._zip import Container, open_container
from disclosure_search.extract.clean import clean

# A sheet is filled up to its last row and column by calamine; with one cell at XFD1048576 it aborts.
_MOST_CELLS = 8_000_000
_CELL = re.compile(
    rb'<(?:\w+:)?c\s[^<>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"[^<>]{0,200}>(?:<(?:\w+:)?v>(\d{16,40})</)?'
)
_DEFAULT_NAME = re.compile(r"(?:Sheet|工作表|表)\d*", re.IGNORECASE)


class _Survey(NamedTuple):
    """What a sheet needs beyond calamine: is its box too large, which integers are too long for floats."""

    is_sparse: bool
    long_numbers: dict[tuple[int, int], str]


def read(path: Path, limits: Limits) -> Extract:
    with open_container(path) as container:
        surveys = _surveys(container)
        if any(survey.is_sparse for survey in surveys.values()):
            return _read_sparse(container)
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            return _read_book(path, book, surveys, limits)
    except calamine.PasswordError as error:
        raise EncryptedDocumentError(str(path), "encrypted", "save it without a password") from error
    except calamine.CalamineError as error:
        raise DamagedDocumentError(
            str(path), f"the workbook cannot be read ({error})", "open it and save it again as XLSX"
        ) from error


def _read_book(
    path: Path, book: calamine.CalamineWorkbook, surveys: dict[str, _Survey], limits: Limits
) -> Extract:
    found: list[str] = []
    warnings: list[str] = []
    size = 0
    for sheet in book.sheets_metadata:
        if sheet.visible != calamine.SheetVisibleEnum.Visible:
            warnings.append(f"hidden sheet left out: {sheet.name}")
            continue
        if sheet.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        if not _DEFAULT_NAME.fullmatch(sheet.name):
            found.append(sheet.name)
        for line in _rows(book, sheet.name, surveys):
            size += len(line)
            if size > limits.output_bytes:
                raise LimitExceededError(str(path), "its text is longer than allowed", "split the original")
            found.append(line)
    text = clean("\n".join(found))
    return Extract(text=text, warnings=(*warnings, *suspicions(text)))


def _rows(book: calamine.CalamineWorkbook, name: str, surveys: dict[str, _Survey]) -> Iterator[str]:
    sheet = book.get_sheet_by_name(name)
    long_numbers = surveys[name].long_numbers if name in surveys else {}
    for row, values in enumerate(sheet.iter_rows()):
        cells = [long_numbers.get((row, column)) or _shown(value) for column, value in enumerate(values)]
        line = "\t".join(cells).rstrip("\t")
        if line.strip():
            yield line


def _shown(value: object) -> str:
    """As a reader of the sheet sees it: 54.0 is 54, a date without a time is a date."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return " ".join(str(value).split()) if value is not None else ""


def _surveys(container: Container) -> dict[str, _Survey]:
    return {
        sheet.name: _survey(container, sheet.part) for sheet in sheet_parts(container) if not sheet.is_hidden
    }


def _survey(container: Container, part: str) -> _Survey:
    """Two passes over bytes cost 0.3 s for 300,000 rows, a sixth of reading them."""
    long_numbers: dict[tuple[int, int], str] = {}
    last_row = last_column = 0
    data = container.read(part)
    for match in _CELL.finditer(data):
        row, column = int(match.group(2)) - 1, _column(match.group(1))
        last_row, last_column = max(last_row, row), max(last_column, column)
        if match.group(3):
            long_numbers[row, column] = match.group(3).decode("ascii")
    return _Survey((last_row + 1) * (last_column + 1) > _MOST_CELLS, long_numbers)


@cache
def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _read_sparse(container: Container) -> Extract:
    """A sheet whose box is too large to fill: only the cells that are there, without dates by style."""
    found: list[str] = []
    warnings = ["a sheet reaches too far to be read as a table: its cells are read one by one"]
    strings = shared_strings(container)
    for sheet in sheet_parts(container):
        if sheet.is_hidden:
            warnings.append(f"hidden sheet left out: {sheet.name}")
            continue
        if not _DEFAULT_NAME.fullmatch(sheet.name):
            found.append(sheet.name)
        found += lines(container, sheet.part, strings)
    text = clean("\n".join(found))
    return Extract(text=text, warnings=(*warnings, *suspicions(text)))
