"""What the XML containers of Word, Excel and PowerPoint have in common: relations, properties, text of drawings."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from disclosure_search.extract import _xml
from disclosure_search.extract._zip import Container
from disclosure_search.extract.clean import clean_line

_PROPERTIES = {"title": "property:title", "creator": "property:creator", "created": "property:created"}


class Relation(NamedTuple):
    kind: str
    part: str


def relations(container: Container, part: str) -> dict[str, Relation]:
    """By their ids, in order; only those inside the container. `kind` is the last word of the type."""
    folder, _, name = part.rpartition("/")
    listed = f"{folder}/_rels/{name}.rels".lstrip("/")
    if listed not in container.names:
        return {}
    return {
        event.attributes.get("Id", ""): Relation(
            event.attributes.get("Type", "").rpartition("/")[2],
            _within(folder, event.attributes.get("Target", "")),
        )
        for event in _xml.events(container.read(listed))
        if event.is_start
        and event.name == "Relationship"
        and event.attributes.get("TargetMode") != "External"
    }


def _within(folder: str, target: str) -> str:
    target = target.replace("\\", "/")
    path = target if target.startswith("/") else f"{folder}/{target}"
    return posixpath.normpath(path).lstrip("/")


def properties(container: Container) -> tuple[tuple[str, str], ...]:
    if "docProps/core.xml" not in container.names:
        return ()
    try:
        found = _xml.joined_text(container.read("docProps/core.xml"), _PROPERTIES)
    except _xml.XmlError:
        return ()
    pairs = ((_PROPERTIES[name], clean_line(value)) for name, value in found.items())
    return tuple((key, value) for key, value in pairs if value)


def boxes(data: bytes) -> list[str]:
    """The paragraphs of a drawing (`a:p`), outside tables too."""
    found: list[str] = []
    pieces: list[str] = []
    skipping = 0
    for event in _xml.events(data):
        if skipping or (event.is_start and event.name == "Fallback"):
            skipping += 1 if event.is_start else -1
        elif event.is_start:
            continue
        elif event.name == "t":
            pieces.append(event.text)
        elif event.name in ("br", "p"):
            found.append("".join(pieces).strip())
            pieces = []
    return [line for line in found if re.search(r"\w", line)]
