"""Writes a spreadsheet whose cells are all texts: dates and numbers with leading zeros stay as they are written."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

_WIDTHS = (36, 48)  # of the first two columns; the others have room for a date and some more
_OTHERS = 16


def write_sheet(path: Path, name: str, table: list[list[str]]) -> None:
    """The first row is the heading: it stays in sight, and can be filtered by."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(name)
        bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        for number, row in enumerate(table):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value, plain if number else bold)
        sheet.set_column(0, max(len(table[0]) - 1, 0), _OTHERS, plain)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width, plain)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(table) - 1, 1), max(len(table[0]) - 1, 0))
