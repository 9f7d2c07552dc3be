"""The one home of lxml: streaming over XML parts without entities, and readability, which builds on it."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lxml import etree
from readability import Document

# A part deeper than this is an attack; nested tables of real documents stay below 200.
_DEEPEST = 2_000


class XmlError(ValueError):
    """The part is not XML that may be read: broken, with a DTD, or too deep."""


class Event(NamedTuple):
    is_start: bool
    name: str
    attributes: dict[str, str]
    text: str


def events(data: bytes) -> Iterator[Event]:
    """Names and attributes without their namespaces; text only at the end of an element. Flat memory."""
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", data[:65536]) or _has_utf16_dtd(data):
        raise XmlError("it declares a document type or entities")
    source = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
        load_dtd=False,
    )
    depth = 0
    try:
        for event, element in source:
            if not isinstance(element.tag, str):
                continue
            name = element.tag.rpartition("}")[2]
            if event == "start":
                depth += 1
                if depth > _DEEPEST:
                    raise XmlError(f"it is nested more than {_DEEPEST} deep")
                attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
                yield Event(True, name, attributes, "")
            else:
                depth -= 1
                yield Event(False, name, {}, element.text or "")
                element.clear()
                _forget_before(element)
    except etree.XMLSyntaxError as error:
        raise XmlError(str(error)) from error


def _forget_before(element: etree._Element) -> None:
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None:
            return
        del parent[0]


def _has_utf16_dtd(data: bytes) -> bool:
    return any("<!DOCTYPE".encode(encoding) in data[:65536] for encoding in ("utf-16-le", "utf-16-be"))


def main_part(source: str) -> str:
    """The part of a page that readability takes for its text, as HTML; empty when it finds none."""
    with contextlib.suppress(etree.LxmlError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        return str(Document(source).summary(html_partial=True))
    return ""


def joined_text(data: bytes, names: Iterable[str]) -> dict[str, str]:
    """The texts of the named leaves, for parts that hold properties."""
    wanted = frozenset(names)
    return {
        name: text for is_start, name, _, text in events(data) if not is_start and name in wanted and text
    }
