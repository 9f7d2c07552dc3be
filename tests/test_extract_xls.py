"""XLS: real BIFF8 workbooks, written record by record."""

import struct
from pathlib import Path

import pytest

from disclosure_search.errors import EncryptedDocumentError, ExtractionError
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract.child import read

_CODE = "0.0%"


def record(number: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def wide(text: str, length: str = "<H") -> bytes:
    return struct.pack(length, len(text)) + b"\1" + text.encode("utf-16-le")


def label(row: int, column: int, text: str, style: int = 0) -> bytes:
    return record(0x204, struct.pack("<HHH", row, column, style) + wide(text))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def _style(code: int) -> bytes:
    return record(0xE0, struct.pack("<HH", 0, code) + bytes(16))


def biff(*sheets: tuple[str, int, bytes], before: bytes = b"") -> bytes:
    """A workbook without a container: name, 0 visible or 1 hidden or 2 very hidden, records."""
    begin, end = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 1997, 0, 0)), record(0x0A)
    styles = b"".join(map(_style, (0, 14, 0xA5, 2)))
    globals_ = (
        begin
        + before
        + record(0x42, b"\xb0\x04")
        + record(0x41E, struct.pack("<H", 0xA5) + wide(_CODE))
        + styles
    )
    names = [wide(name, "<B") for name, _, _ in sheets]
    bodies = [
        record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 1997, 0, 0)) + records + end
        for _, _, records in sheets
    ]
    at = len(globals_) + sum(10 + len(name) for name in names) + len(end)
    listed = b""
    for name, (_, hidden, _), body in zip(names, sheets, bodies, strict=True):
        listed += record(0x85, struct.pack("<IBB", at, hidden, 0) + name)
        at += len(body)
    return globals_ + listed + end + b"".join(bodies)


def extracted(folder: Path, data: bytes, name: str = "a.xls") -> Extract:
    (folder / name).write_bytes(data)
    return read(folder / name, Limits())


@pytest.mark.parametrize("name", ["a.xls", "a.et"])
def test_xls_is_shown_by_its_formats_and_hidden_sheets_are_reported(tmp_path: Path, name: str) -> None:
    shown = (
        label(0, 0, "项目")
        + number(0, 1, 41971.0, 1)
        + number(1, 0, 0.25, 2)
        + number(1, 1, 12.345, 3)
        + number(1, 3, 350583199001011200.0)
    )
    extract = extracted(tmp_path, biff(("名单", 0, shown), ("底稿", 2, label(0, 0, "秘密"))), name)
    assert extract.reader == "xls"
    assert extract.text == "名单\n项目\t2014-11-28\n25.0%\t12.35\t\t350583199001011200\n"
    assert extract.warnings == ("hidden sheet left out: 底稿",)


def test_hidden_rows_and_columns_are_left_out_and_merged_cells_seen_once(tmp_path: Path) -> None:
    rows = (
        record(0x7D, struct.pack("<HHHHHH", 2, 2, 2560, 0, 1, 0))
        + record(0x208, struct.pack("<HHHHHHI", 1, 0, 3, 255, 0, 0, 0x20))
        + label(0, 0, "甲")
        + label(0, 1, "盖住")
        + label(0, 2, "藏列")
        + label(1, 0, "藏行")
        + label(2, 0, "乙")
        + record(0xE5, struct.pack("<HHHHH", 1, 0, 0, 0, 1))
    )
    extract = extracted(tmp_path, biff(("名单", 0, rows)))
    assert extract.text == "名单\n甲\n乙\n"
    assert extract.warnings == ("hidden rows left out in 名单: 1", "hidden columns left out in 名单: 1")


def test_a_cell_in_the_last_corner_costs_nothing(tmp_path: Path) -> None:
    extract = extracted(tmp_path, biff(("名单", 0, label(0, 0, "始") + label(65535, 255, "末"))))
    assert extract.text == "名单\n始\n末\n"


def test_an_encrypted_workbook_is_said_to_be(tmp_path: Path) -> None:
    locked = record(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    with pytest.raises(EncryptedDocumentError):
        extracted(tmp_path, biff(("名单", 0, label(0, 0, "甲")), before=locked))


@pytest.mark.parametrize("cut", [20, 60, 150, 180])
def test_a_torn_workbook_is_refused(tmp_path: Path, cut: int) -> None:
    data = biff(("名单", 0, label(0, 0, "甲")))
    with pytest.raises(ExtractionError):
        extracted(tmp_path, data[:cut])
