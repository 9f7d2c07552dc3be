"""What a folder's catalogue (目录.csv, 目录.xlsx) and an original's sidecar (NAME.meta.toml) say.

The catalogue is the spreadsheet that bureaus keep anyway: one row per file, a heading line with 文件名 and any of
the fields' Chinese or English names. A description that cannot be read is never passed over: it may be the very one
that keeps an internal file from the public, so that its originals are held back until it is mended.
"""

from __future__ import annotations

import csv
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from disclosure_search.collection.naming import loose, meant, of_one_stem
from disclosure_search.collection.restrictions import answer, joined
from disclosure_search.collection.scan import SIDECAR, Original, is_catalogue, is_original
from disclosure_search.document import FIELDS, shown
from disclosure_search.errors import CollectionError, ExtractionError
from disclosure_search.extract.pool import ReaderPool

_WORKBOOKS = frozenset({"xlsx", "xls", "ods", "excelxml"})  # of an XLSB it is not known what is hidden
FILE_COLUMNS = ("文件名", "文件", "file", "filename", "path")
SUGGESTED = "建议类别"  # what `catalogue` writes for staff to look at
_PASSED_OVER = ("序号", "编号", SUGGESTED)
_LONGEST_CELL = 1 << 17
_HINT = re.compile(r"\([^()]*\)$|[*?:]+$")
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rows by the path of the file below the data folder; `trouble` where it cannot be read."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    trouble: str = ""


def load_catalogue(data_dir: Path, folder: str, pool: ReaderPool) -> Catalogue:
    """All forms of the folder's catalogue; in one row the CSV's values win, and the strictest of those that decide who
    may see the file."""
    rows: list[tuple[str, Row]] = []
    warnings: list[str] = []
    for name in _catalogues(data_dir / folder):
        path = data_dir / folder / name
        label = shown(f"{folder}/{name}" if folder else name)
        try:
            table = _csv(path) if path.suffix.casefold() == ".csv" else _spreadsheet(path, pool)
            rows += _rows_of(table, label, warnings)
        except (CollectionError, ExtractionError) as error:
            return Catalogue(trouble=f"{label}: {error.what}")
        except OSError as error:
            return Catalogue(trouble=f"{label}: cannot be read ({error.strerror})")
    return Catalogue(_by_path(data_dir, folder, rows), tuple(warnings))


def load_sidecar(data_dir: Path, original: Original) -> dict[str, Any]:
    """The sidecar's values by field name; CollectionError where it is there and cannot be read."""
    name = original.sidecar or f"{original.path}{SIDECAR}"
    path = data_dir / name
    if not os.path.isfile(path):  # noqa: PTH113 - unlike Path's it also takes a name too long for a sidecar
        return {}
    label = shown(name)
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CollectionError(label, f"cannot be read ({error})", "correct it or remove it") from error
    said: dict[str, Any] = {}
    for heading, value in content.items():
        plain = {True: "是", False: "否"}[value] if isinstance(value, bool) else value
        found = _stated(heading, plain if isinstance(plain, str) else "")
        if found is None:
            raise CollectionError(label, f"it names {heading}, which is no field", "see data/README.md")
        if found[0]:
            said = joined(said, {found[0]: found[1] if isinstance(plain, str) else plain})
    return said


def field_name(heading: str) -> str | None:
    """A field called so; the record fields first, since 附件 in a catalogue means files. Spaces and a hint in brackets
    (`公开范围（必填）`) make no difference."""
    plain = _HINT.sub("", loose(heading))
    called = [
        one for one in FIELDS if one.is_called(plain) and one.name not in ("attachment", "about", "body")
    ]
    return called[0].name if called else None


def _stated(heading: str, value: str) -> tuple[str, str] | None:
    """The field that a heading means, with its value; None where it means none. A name in code (`index_number`) keeps
    its underscore."""
    return answer(_HINT.sub("", loose(heading)), value) or (
        (name, value) if (name := field_name(heading)) else None
    )


def _catalogues(folder: Path) -> list[str]:
    """Where there are several, the CSV comes last and so wins."""
    try:
        names = [path.name for path in folder.iterdir() if is_catalogue(path.name) and path.is_file()]
    except OSError:
        return []  # the scan reports the folder
    return sorted(names, key=lambda name: (loose(name).endswith(".csv"), name))


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
        rows = list(reader)
        if any(len(cell) > _LONGEST_CELL for row in rows for cell in row):
            raise csv.Error(f"a cell of more than {_LONGEST_CELL} characters")
        return rows
    except csv.Error as error:
        what = f"line {reader.line_num} cannot be read ({error})"
        raise CollectionError(str(path), what, "correct the line, or save it again as CSV UTF-8") from error


def _spreadsheet(path: Path, pool: ReaderPool) -> list[list[str]]:
    """Rows, columns and sheets that nobody sees may hold the very word that keeps a file inside."""
    extract = pool.extract(path)
    if extract.reader not in _WORKBOOKS:
        raise CollectionError(
            str(path),
            f"it is {extract.reader}, which no catalogue may be",
            "save it again as XLSX or CSV UTF-8",
        )
    hidden = next((one for one in extract.warnings if one.startswith(("hidden rows", "hidden columns"))), "")
    if hidden:
        raise CollectionError(str(path), f"it has {hidden}", "show all rows and columns and save it again")
    return [line.split("\t") for line in extract.text.split("\n")]


def _rows_of(table: list[list[str]], label: str, warnings: list[str]) -> Iterator[tuple[str, Row]]:
    """Each row with the file name as it is written there."""
    at = next((index for index, cells in enumerate(table) if _file_column(cells) is not None), None)
    if at is None:
        raise CollectionError(label, "no column is headed 文件名", "give each row its file name under 文件名")
    file_column = _file_column(table[at])
    headings = {
        index: cell.strip() for index, cell in enumerate(table[at]) if index != file_column and cell.strip()
    }
    warnings += [
        f"{label}: the column {heading} is no field and was left out"
        for heading in headings.values()
        if _stated(heading, "") is None and heading not in _PASSED_OVER
    ]
    for cells in table[at + 1 :]:
        file = cells[file_column].strip() if file_column is not None and file_column < len(cells) else ""
        if file:
            yield file, _values(cells, headings)


def _file_column(cells: Iterable[str]) -> int | None:
    return next((index for index, cell in enumerate(cells) if loose(cell) in FILE_COLUMNS), None)


def _values(cells: list[str], headings: Mapping[int, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for index, heading in headings.items():
        value = cells[index].strip() if index < len(cells) else ""
        found = _stated(heading, value) if value and value not in ("-", "—", "无", "/") else None
        if found and found[0]:
            values = joined(values, {found[0]: found[1]})
    return values


def _by_path(data_dir: Path, folder: str, rows: list[tuple[str, Row]]) -> dict[str, Row]:
    """What is said under a name that no file bears exactly is said of the file that is meant by it; if there is none,
    it stays under its own name."""
    found: dict[str, Row] = {}
    missed: list[tuple[str, Row]] = []
    listings: dict[str, frozenset[str]] = {}
    for file, row in rows:
        path = beside(folder, file)
        below, _, name = path.rpartition("/")
        if below not in listings:
            listings[below] = _originals(data_dir, below)
        for one in (paths := [_within(below, one) for one in meant(name, listings[below])]):
            found[one] = joined(found.get(one, {}), row)
        if not paths:
            missed.append((path, row))
    for path, row in missed:
        below, _, name = path.rpartition("/")
        free = [one for one in listings[below] if _within(below, one) not in found]
        alike = of_one_stem(name, free)
        place = _within(below, alike[0]) if len(alike) == 1 else path
        found[place] = joined(found.get(place, {}), row)
    return found


def _originals(data_dir: Path, folder: str) -> frozenset[str]:
    try:
        names = [path.name for path in (data_dir / folder).iterdir()]
    except (OSError, ValueError):
        return frozenset()
    return frozenset(shown(name) for name in names if is_original(name, at_top=not folder))


def _within(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def beside(folder: str, name: str) -> str:
    """The path below the data folder of a file named relative to `folder`; `..` cannot leave the data folder."""
    parts = [part for part in folder.split("/") if part]
    for part in name.replace("\\", "/").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
