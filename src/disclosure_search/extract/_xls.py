"""XLS and ET (Excel 2.0 to 2003, WPS): read by xlrd, which alone tells the number formats that cells are shown by."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import xlrd

from disclosure_search.errors import DamagedDocumentError, EncryptedDocumentError
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._number_format import BUILTIN, general, raw_number, show_text, shower
from disclosure_search.extract._ole import open_compound
from disclosure_search.extract._sheet import Book, Sheet

# Currency signs and grouping follow the program that wrote the file, and stand in it.
_STATED = frozenset((*range(5, 9), *range(37, 45)))
_FILTER_NAME = "_FilterDatabase"


def read(path: Path, limits: Limits) -> Extract:
    log = io.StringIO()
    try:
        workbook = xlrd.open_workbook(
            path,
            logfile=log,
            formatting_info=True,
            ragged_rows=True,
            on_demand=True,
            ignore_workbook_corruption=True,
        )
        with workbook:
            extract = _read(path, workbook, limits)
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, AssertionError) as error:
        if "encrypted" in str(error):
            raise EncryptedDocumentError(str(path), "encrypted", "save it without a password") from error
        raise DamagedDocumentError(
            str(path), f"the workbook cannot be read ({error})", "open it and save it again as XLSX"
        ) from error
    if "truncated" in log.getvalue():
        warning = "the container is damaged: the text may be incomplete"
        return replace(extract, is_doubtful=True, warnings=(*extract.warnings, warning))
    return extract


def _read(path: Path, workbook: Any, limits: Limits) -> Extract:
    book = Book(path, limits)
    formats = _formats(workbook)
    filtered = {
        name.scope for name in workbook.name_obj_list if name.builtin and name.name in ("\x0d", _FILTER_NAME)
    }
    for index, name in enumerate(workbook.sheet_names()):
        if workbook._sheet_visibility[index]:  # noqa: SLF001 - asking the sheet itself would load it
            book.hidden.append(name)
            continue
        source = workbook.sheet_by_index(index)
        sheet = book.open(name)
        sheet.is_filtered = index in filtered
        sheet.hidden_columns = {
            column for column, info in source.colinfo_map.items() if info.hidden or not info.width
        }
        book.comments += len(source.cell_note_map)
        _rows(sheet, source, workbook, formats)
        for first_row, row_end, first_column, column_end in source.merged_cells:
            sheet.merge(first_row, first_column, row_end - 1, column_end - 1)
        workbook.unload_sheet(index)
    return book.extract(_properties(path))


def _properties(path: Path) -> tuple[tuple[str, str], ...]:
    """Workbooks before Excel 5.0 are bare streams without a container, and so without properties."""
    with suppress(DamagedDocumentError), open_compound(path) as compound:
        return compound.properties()
    return ()


def _formats(workbook: Any) -> list[str]:
    """The code of each cell style."""
    codes: list[str] = []
    for style in workbook.xf_list:
        key = style.format_key
        stated = getattr(workbook.format_map.get(key), "format_str", "")
        codes.append(BUILTIN[key] if key in BUILTIN and not (key in _STATED and stated) else stated)
    return codes


def _rows(sheet: Sheet, source: Any, workbook: Any, formats: list[str]) -> None:
    showers = [shower(code, is_1904=bool(workbook.datemode)) for code in formats]
    for row in range(source.nrows):
        cells: list[tuple[int, str]] = []
        kinds, values, styles = source.row_types(row), source.row_values(row), source._cell_xf_indexes[row]  # noqa: SLF001
        for column, kind in enumerate(kinds):
            value, style = values[column], styles[column]
            if kind == xlrd.XL_CELL_TEXT and value:
                cells.append((column, show_text(value, formats[style] if style < len(formats) else "")))
            elif kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                show = showers[style] if style < len(showers) else general
                cells.append((column, show(raw_number(value))))
            elif kind == xlrd.XL_CELL_BOOLEAN:
                cells.append((column, "TRUE" if value else "FALSE"))
            elif kind == xlrd.XL_CELL_ERROR:
                cells.append((column, xlrd.error_text_from_code.get(value, "#N/A")))
        info = source.rowinfo_map.get(row)
        sheet.row(row, cells, is_hidden=bool(info and (info.hidden or info.height == 0)))
