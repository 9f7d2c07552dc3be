"""The XML of spreadsheets by expat: three calls for a cell, where an event of `_xml` for each end costs five times
as much. Without document types, and so without entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.parsers import expat

from disclosure_search.extract._xml import XmlError

Attributes = dict[str, str]


def parse(
    chunks: Iterable[bytes],
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> None:
    """Names of elements come without their prefixes, those of attributes with them."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartElementHandler = lambda name, attributes: start(name[name.find(":") + 1 :], attributes)
    parser.EndElementHandler = lambda name: end(name[name.find(":") + 1 :])
    parser.StartDoctypeDeclHandler = _refuse
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise XmlError(str(error)) from error


def attribute(attributes: Attributes, name: str) -> str:
    """Whatever its prefix is."""
    if name in attributes:
        return attributes[name]
    return next((value for key, value in attributes.items() if key.endswith(f":{name}")), "")


def _refuse(*_: object) -> None:
    raise XmlError("it declares a document type or entities")
