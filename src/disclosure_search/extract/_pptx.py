"""PPTX: slides in order; titles, text boxes, tables, diagrams. Speaker's notes, comments and hidden slides are
left out and reported, the texts of masters and layouts are prompts and no content."""

from __future__ import annotations

import re
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, LimitExceededError, NoTextError
from disclosure_search.extract import _xml
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._expat import Attributes, parse
from disclosure_search.extract._layout import Layout
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._office_xml import boxes, properties, relations
from disclosure_search.extract._zip import Container, open_container
from disclosure_search.extract.clean import clean

_WORD = re.compile(r"\w")
# Placeholders that every slide repeats: number, date, footer.
_REPEATED = frozenset({"sldNum", "dt", "ftr", "hdr"})


def read(path: Path, limits: Limits) -> Extract:
    with open_container(path) as container:
        try:
            return _read(path, container, limits)
        except (_xml.XmlError, KeyError) as error:
            raise DamagedDocumentError(
                str(path), f"the slides cannot be read ({error})", "open it and save it again as PPTX"
            ) from error


def _read(path: Path, container: Container, limits: Limits) -> Extract:
    names = {name.lower(): name for name in container.names}
    slides = _slides(container, names["ppt/presentation.xml"], names)
    found: list[str] = []
    left_out: dict[str, int] = {
        "hidden slides": 0,
        "slides with speaker's notes": 0,
        "slides with comments": 0,
    }
    left = limits.output_bytes
    for slide in slides:
        text = _slide(container.read(slide))
        if text is None:
            left_out["hidden slides"] += 1
            continue
        found.append(text)
        for kind, part in relations(container, slide).values():
            target = names.get(part.lower())
            if target and kind in ("diagramData", "chart"):
                found += boxes(container.read(target))
            elif target and kind == "notesSlide":
                left_out["slides with speaker's notes"] += bool(_slide(container.read(target)))
            elif kind == "comments":
                left_out["slides with comments"] += 1
        left -= sum(map(len, found[-1:]))
        if left < 0:
            raise LimitExceededError(str(path), "its text is longer than allowed", "split the original")
    text = clean("\n".join(found))
    if slides and not _WORD.search(text) and any(name.startswith("ppt/media/") for name in names):
        raise NoTextError(str(path), "its slides are pictures without text", "put a text copy beside it")
    pairs = properties(container)
    return Extract(
        text=text,
        title=next((value for key, value in pairs if key == "property:title"), ""),
        metadata=pairs,
        pages=len(slides) - left_out["hidden slides"],
        warnings=(
            *(f"{what} left out: {count}" for what, count in left_out.items() if count),
            *suspicions(text),
        ),
    )


def _slides(container: Container, main: str, names: dict[str, str]) -> list[str]:
    targets = relations(container, main)
    found: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        """The number of a slide is an attribute `id` too: the one with a prefix names its part."""
        if name == "sldId":
            ids = (value for key, value in attributes.items() if key.endswith(":id"))
            if (target := targets.get(next(ids, ""))) and (part := names.get(target.part.lower())):
                found.append(part)

    parse(container.chunks(main), start, lambda _: None)
    return found or sorted(
        (name for name in names.values() if re.fullmatch(r"ppt/slides/slide\d+\.xml", name, re.IGNORECASE)),
        key=lambda name: int("".join(filter(str.isdecimal, name)) or 0),
    )


def _slide(data: bytes) -> str | None:
    """None for one that is hidden. Placeholders of repeated things are skipped with what they hold."""
    layout = Layout()
    skipping = 0
    shapes: list[bool] = []
    for event in _xml.events(data):
        name = event.name
        if name == "sp":
            shapes = [*shapes, False] if event.is_start else shapes[:-1]
        if skipping or (event.is_start and name in ("Fallback", "extLst")):
            skipping += 1 if event.is_start else -1
        elif event.is_start:
            if name in ("sld", "notes") and event.attributes.get("show") in ("0", "false"):
                return None
            if name == "ph" and shapes:
                shapes[-1] = event.attributes.get("type") in _REPEATED
            _open(layout, name)
        elif name == "t" and not any(shapes):
            layout.add(event.text)
        else:
            _close(layout, name)
    return layout.text()


def _open(layout: Layout, name: str) -> None:
    if name == "tr":
        layout.open_row()
    elif name == "tc":
        layout.open_cell()
    elif name == "br":
        layout.end_block()


def _close(layout: Layout, name: str) -> None:
    if name == "p":
        layout.end_block()
    elif name == "tc":
        layout.close_cell()
    elif name == "tr":
        layout.close_row()
