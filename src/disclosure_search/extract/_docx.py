"""DOCX: paragraphs, nested tables, text boxes once, foot and end notes, headers and footers once.

Left out: tracked deletions, hidden runs, field codes, ruby readings, comments.
"""

from __future__ import annotations

import re
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, LimitExceededError
from disclosure_search.extract import _xml
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._layout import Layout
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._zip import Container, open_container
from disclosure_search.extract.clean import clean, clean_line

_SKIPPED = frozenset({"del", "moveFrom", "instrText", "delText", "rt", "Fallback", "footnotePr", "endnotePr"})
_BREAKS = {"tab": " ", "ptab": " ", "noBreakHyphen": "-"}
_EXTRA = re.compile(r"word/(?:footnotes|endnotes|header\d*|footer\d*)\.xml", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"[\s第共页/\d—–-]*")
_PROPERTIES = {"title": "property:title", "creator": "property:creator", "created": "property:created"}


def read(path: Path, limits: Limits) -> Extract:
    with open_container(path) as container:
        names = {name.lower(): name for name in container.names}
        warnings: list[str] = []
        document = container.read(names["word/document.xml"])
        text = _part(path, document, limits)
        if b":altChunk" in document:
            warnings.append("low confidence: parts in other formats (altChunk) are left out")
        extras = _extras(path, container, limits, warnings)
        metadata = _properties(container, names)
    text = clean("\n".join([text, *extras]))
    return Extract(
        text=text,
        title=next((value for key, value in metadata if key == "property:title"), ""),
        metadata=metadata,
        warnings=(*warnings, *suspicions(text)),
    )


def _extras(path: Path, container: Container, limits: Limits, warnings: list[str]) -> list[str]:
    """Lines of headers repeat from section to section: each is kept once, page numbers not at all."""
    lines: dict[str, None] = {}
    for name in sorted(filter(_EXTRA.fullmatch, container.names)):
        try:
            part = _part(path, container.read(name), limits)
        except DamagedDocumentError as error:
            warnings.append(f"{name} left out: {error.what}")
            continue
        lines.update((line, None) for line in part.split("\n") if not _PAGE_NUMBER.fullmatch(line))
    return list(lines)


def _properties(container: Container, names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    if "docprops/core.xml" not in names:
        return ()
    try:
        found = _xml.joined_text(container.read(names["docprops/core.xml"]), _PROPERTIES)
    except _xml.XmlError:
        return ()
    return tuple((_PROPERTIES[name], clean_line(value)) for name, value in found.items() if clean_line(value))


def _part(path: Path, data: bytes, limits: Limits) -> str:
    try:
        return _walk(path, data, limits)
    except _xml.XmlError as error:
        raise DamagedDocumentError(
            str(path), f"its XML cannot be read ({error})", "save it again as DOCX"
        ) from error


def _walk(path: Path, data: bytes, limits: Limits) -> str:
    layout = Layout()
    skipping = size = 0
    is_hidden = False
    for event in _xml.events(data):
        name = event.name
        if skipping or (event.is_start and name in _SKIPPED):
            skipping += 1 if event.is_start else -1
        elif event.is_start:
            is_hidden = _start(layout, event, is_hidden=is_hidden)
        elif name == "t" and not is_hidden:
            size += len(event.text)
            if size > limits.output_bytes:
                raise LimitExceededError(str(path), "its text is longer than allowed", "split the original")
            layout.add(event.text)
        else:
            _end(layout, name)
    return layout.text()


def _start(layout: Layout, event: _xml.Event, *, is_hidden: bool) -> bool:
    name = event.name
    if name == "vanish":
        return event.attributes.get("val") not in ("0", "false")
    if name == "r":
        return False
    if name == "tr":
        layout.open_row()
    elif name == "tc":
        layout.open_cell()
    elif name in ("br", "cr"):
        layout.end_block()
    elif name in _BREAKS and "pos" not in event.attributes:
        layout.add(_BREAKS[name])
    elif name == "txbxContent":
        layout.end_block()
    return is_hidden


def _end(layout: Layout, name: str) -> None:
    if name in ("p", "txbxContent"):
        layout.end_block()
    elif name == "tc":
        layout.close_cell()
    elif name == "tr":
        layout.close_row()
