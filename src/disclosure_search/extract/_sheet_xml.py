"""The parts of an XLSX beside its sheets: which there are, shared strings, number formats, drawings, comments."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from disclosure_search.extract._expat import Attributes, attribute, parse
from disclosure_search.extract._number_format import BUILTIN, general, shower
from disclosure_search.extract._office_xml import boxes, relations
from disclosure_search.extract._zip import Container

_COMMENT = re.compile(rb"<(?:\w+:)?comment\s")


class SheetPart(NamedTuple):
    name: str
    part: str
    is_hidden: bool


class Workbook(NamedTuple):
    sheets: list[SheetPart]
    is_1904: bool
    strings: str
    styles: str


@dataclass(slots=True)
class Styles:
    """Number formats by the index that cells give as `s`."""

    is_1904: bool = False
    codes: list[str] = field(default_factory=list)
    showers: list[Callable[[str], str]] = field(default_factory=list)

    def shower(self, index: str) -> Callable[[str], str]:
        return self.showers[int(index)] if self._has(index) else general

    def code(self, index: str) -> str:
        return self.codes[int(index)] if self._has(index) else ""

    def _has(self, index: str) -> bool:
        return index.isdecimal() and int(index) < len(self.codes)


def workbook(container: Container) -> Workbook:
    names = {name.lower(): name for name in container.names}
    stated = (one.part.lower() for one in relations(container, "").values() if one.kind == "officeDocument")
    main = names.get(next(stated, ""), "") or names["xl/workbook.xml"]
    targets = relations(container, main)
    sheets: list[SheetPart] = []
    is_1904 = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal is_1904
        if name == "sheet" and (target := targets.get(attribute(attributes, "id"))):
            part = names.get(target.part.lower(), "")
            if part and target.kind == "worksheet":
                hidden = attributes.get("state", "visible") != "visible"
                sheets.append(SheetPart(attributes.get("name", ""), part, hidden))
        elif name == "workbookPr":
            is_1904 = attributes.get("date1904") in ("1", "true")

    parse(container.chunks(main), start, _ignore)
    by_kind = {target.kind: names.get(target.part.lower(), "") for target in targets.values()}
    return Workbook(sheets, is_1904, by_kind.get("sharedStrings", ""), by_kind.get("styles", ""))


def _ignore(_: str) -> None:
    return


def shared_strings(container: Container, book: Workbook) -> list[str]:
    strings: list[str] = []
    pieces: list[str] = []
    is_kept = is_phonetic = False

    def start(name: str, _: Attributes) -> None:
        nonlocal is_kept, is_phonetic
        if name == "t":
            is_kept = not is_phonetic
        elif name == "rPh":
            is_phonetic = True

    def end(name: str) -> None:
        nonlocal is_kept, is_phonetic
        is_kept = False
        if name == "si":
            strings.append("".join(pieces))
            pieces.clear()
        elif name == "rPh":
            is_phonetic = False

    def text(data: str) -> None:
        if is_kept:
            pieces.append(data)

    if book.strings:
        parse(container.chunks(book.strings), start, end, text)
    return strings


def styles(container: Container, book: Workbook) -> Styles:
    found = Styles(is_1904=book.is_1904)
    own: dict[str, str] = {}
    is_cell = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal is_cell
        if name == "numFmt":
            own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            is_cell = True
        elif name == "xf" and is_cell:
            number = attributes.get("numFmtId", "0")
            found.codes.append(own.get(number) or BUILTIN.get(int(number) if number.isdecimal() else 0, ""))

    def end(name: str) -> None:
        nonlocal is_cell
        is_cell = is_cell and name != "cellXfs"

    if book.styles:
        parse(container.chunks(book.styles), start, end)
    found.showers += [shower(code, is_1904=book.is_1904) for code in found.codes]
    return found


def attached(container: Container, part: str) -> tuple[list[str], int]:
    """The text boxes that lie on a sheet, and how many comments it has."""
    found: list[str] = []
    comments = 0
    names = set(container.names)
    for kind, target in relations(container, part).values():
        if target not in names:
            continue
        if kind == "drawing":
            found += boxes(container.read(target))
        elif kind == "comments":
            comments += len(_COMMENT.findall(container.read(target)))
    return found, comments
