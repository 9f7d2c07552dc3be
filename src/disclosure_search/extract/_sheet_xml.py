"""The XML of a workbook, for what calamine does not tell: which part a sheet is, and sheets of a huge box."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from disclosure_search.extract import _xml
from disclosure_search.extract._zip import Container


class SheetPart(NamedTuple):
    name: str
    part: str
    is_hidden: bool


def sheet_parts(container: Container) -> list[SheetPart]:
    """Empty when the workbook is binary (XLSB) or names its parts in an unknown way."""
    names = set(container.names)
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return []
    targets = {
        event.attributes.get("Id", ""): _part_name(event.attributes.get("Target", ""))
        for event in _xml.events(container.read("xl/_rels/workbook.xml.rels"))
        if event.is_start and event.name == "Relationship"
    }
    return [
        SheetPart(
            event.attributes.get("name", ""),
            targets.get(event.attributes.get("id", ""), ""),
            event.attributes.get("state", "visible") != "visible",
        )
        for event in _xml.events(container.read("xl/workbook.xml"))
        if event.is_start and event.name == "sheet" and targets.get(event.attributes.get("id", "")) in names
    ]


def _part_name(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def shared_strings(container: Container) -> list[str]:
    if "xl/sharedStrings.xml" not in container.names:
        return []
    strings: list[str] = []
    pieces: list[str] = []
    phonetic = False
    for event in _xml.events(container.read("xl/sharedStrings.xml")):
        if event.name == "rPh":
            phonetic = event.is_start
        elif event.is_start:
            continue
        elif event.name == "t" and not phonetic:
            pieces.append(event.text)
        elif event.name == "si":
            strings.append("".join(pieces))
            pieces.clear()
    return strings


def lines(container: Container, part: str, strings: list[str]) -> Iterator[str]:
    """Rows of the cells that are there, without the gaps between them; numbers as they are written."""
    cells: list[str] = []
    kind = value = ""
    for event in _xml.events(container.read(part)):
        if event.is_start:
            if event.name == "c":
                kind, value = event.attributes.get("t", ""), ""
        elif event.name == "t":
            value += event.text
        elif event.name == "v":
            value = _resolved(event.text, kind, strings)
        elif event.name == "c" and value:
            cells.append(" ".join(value.split()))
        elif event.name == "row":
            if cells:
                yield "\t".join(cells)
            cells = []


def _resolved(text: str, kind: str, strings: list[str]) -> str:
    if kind != "s":
        return text
    return strings[int(text)] if text.isdecimal() and int(text) < len(strings) else ""
