"""What a folder's catalogue (目录.csv, 目录.xlsx) and an original's sidecar (NAME.meta.toml) say.

The catalogue is the spreadsheet that bureaus keep anyway: one row per file, a heading line with 文件名 and any of
the fields' Chinese or English names. A description that cannot be read is never passed over: it may be the very one
that keeps an internal file from the public, so that its originals are held back until it is mended.
"""

from __future__ import annotations

import csv
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from disclosure_search.collection.scan import CATALOGUES, SIDECAR, Original
from disclosure_search.document import FIELDS, shown
from disclosure_search.errors import CollectionError, ExtractionError
from disclosure_search.extract.pool import ReaderPool

FILE_COLUMNS = ("文件名", "文件", "file", "filename", "path")
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rows by the path of the file below the data folder; `trouble` where it cannot be read."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    trouble: str = ""


def load_catalogue(data_dir: Path, folder: str, pool: ReaderPool) -> Catalogue:
    """Both forms of the folder's catalogue; in one row the CSV's values win."""
    rows: dict[str, dict[str, str]] = {}
    warnings: list[str] = []
    for name in CATALOGUES:
        path = data_dir / folder / name
        if not path.is_file():
            continue
        label = shown(f"{folder}/{name}" if folder else name)
        try:
            table = _spreadsheet(path, pool) if path.suffix == ".xlsx" else _csv(path)
            _take(table, folder, label, rows, warnings)
        except (CollectionError, ExtractionError) as error:
            return Catalogue(trouble=f"{label}: {error.what}")
        except OSError as error:
            return Catalogue(trouble=f"{label}: cannot be read ({error.strerror})")
    return Catalogue(rows, tuple(warnings))


def load_sidecar(data_dir: Path, original: Original) -> dict[str, Any]:
    """The sidecar's values by field name; CollectionError where it is there and cannot be read."""
    path = data_dir / f"{original.path}{SIDECAR}"
    if not os.path.isfile(path):  # noqa: PTH113 - unlike Path's it also takes a name too long for a sidecar
        return {}
    label = shown(f"{original.path}{SIDECAR}")
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CollectionError(label, f"cannot be read ({error})", "correct it or remove it") from error
    unknown = [name for name in content if field_name(name) is None]
    if unknown:
        raise CollectionError(label, f"it names {unknown[0]}, which is no field", "see data/README.md")
    return {field_name(name) or name: value for name, value in content.items()}


def field_name(heading: str) -> str | None:
    """A field called so; the record fields first, since 附件 in a catalogue means files."""
    called = [
        one for one in FIELDS if one.is_called(heading) and one.name not in ("attachment", "about", "body")
    ]
    return called[0].name if called else None


def _csv(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _rows(path, text)
    raise CollectionError(str(path), "it is neither UTF-8 nor GB18030", "save it again as CSV UTF-8")


def _rows(path: Path, text: str) -> list[list[str]]:
    """Strict: a quote that is never closed would swallow the rows behind it, and with them what they keep inside."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        what = f"line {reader.line_num} cannot be read ({error})"
        raise CollectionError(str(path), what, "correct the line, or save it again as CSV UTF-8") from error


def _spreadsheet(path: Path, pool: ReaderPool) -> list[list[str]]:
    return [line.split("\t") for line in pool.extract(path).text.split("\n")]


def _take(
    table: list[list[str]], folder: str, label: str, rows: dict[str, dict[str, str]], warnings: list[str]
) -> None:
    at = next((index for index, cells in enumerate(table) if _file_column(cells) is not None), None)
    if at is None:
        raise CollectionError(label, "no column is headed 文件名", "give each row its file name under 文件名")
    headings = [cell.strip() for cell in table[at]]
    file_column = _file_column(headings)
    assert file_column is not None
    names = {
        index: field_name(heading)
        for index, heading in enumerate(headings)
        if index != file_column and heading
    }
    warnings += [
        f"{label}: the column {headings[index]} is no field and was left out"
        for index, name in names.items()
        if name is None and headings[index] not in ("序号", "编号")
    ]
    for cells in table[at + 1 :]:
        file = cells[file_column].strip() if file_column < len(cells) else ""
        if file:
            rows.setdefault(beside(folder, file), {}).update(_values(cells, names))


def _file_column(cells: Iterable[str]) -> int | None:
    return next((index for index, cell in enumerate(cells) if cell.strip().casefold() in FILE_COLUMNS), None)


def _values(cells: list[str], names: Mapping[int, str | None]) -> dict[str, str]:
    pairs = ((name, cells[index].strip()) for index, name in names.items() if name and index < len(cells))
    return {name: value for name, value in pairs if value and value not in ("-", "—", "无", "/")}


def beside(folder: str, name: str) -> str:
    """The path below the data folder of a file named relative to `folder`; `..` cannot leave the data folder."""
    parts = [part for part in folder.split("/") if part]
    for part in name.replace("\\", "/").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
