"""DOCX, DOCM and templates, also the strict variant: text, nested tables, boxes once, notes, headers once.

Parts that come in other formats (`altChunk`) are read where they stand.
"""

from __future__ import annotations

import re
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, LimitExceededError
from disclosure_search.extract import _rtf
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._encoding import decode
from disclosure_search.extract._expat import parse
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._office_xml import properties, relations
from disclosure_search.extract._wordml import Walker
from disclosure_search.extract._xml import XmlError
from disclosure_search.extract._zip import Container, open_container
from disclosure_search.extract.clean import clean

_MAIN = re.compile(r"word/document\d*\.xml", re.IGNORECASE)
_NOTES = re.compile(r"word/(?:footnotes|endnotes|diagrams/data\d*)\.xml", re.IGNORECASE)
_HEADERS = re.compile(r"word/(?:header|footer)\d*\.xml", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"[\s第共页/\d—–-]*")
_TAG = re.compile(rb"<(?:html|body|head|!doctype|p|div|table)\b", re.IGNORECASE)


def read(path: Path, limits: Limits) -> Extract:
    with open_container(path) as container:
        reading = _Reading(path, container, limits)
        text = clean("\n".join(reading.parts()))
        metadata = properties(container)
    return Extract(
        text=text,
        title=dict(metadata).get("property:title", ""),
        metadata=metadata,
        warnings=(*reading.warnings, *suspicions(text)),
    )


class _Reading:
    def __init__(self, path: Path, container: Container, limits: Limits) -> None:
        self._path = path
        self._container = container
        self._left = limits.output_bytes
        self.warnings: list[str] = []

    def parts(self) -> list[str]:
        names = self._container.names
        main = min(filter(_MAIN.fullmatch, names), key=len)
        found = [self._walk(main).lines("body")]
        for name in sorted(filter(_NOTES.fullmatch, names), reverse=True):
            found += [walker.lines(kind) for walker in self._beside(name) for kind in ("body", "notes")]
        headers: dict[str, None] = {}
        for name in sorted(filter(_HEADERS.fullmatch, names), reverse=True):
            for walker in self._beside(name):
                lines = walker.lines("headers").split("\n")
                headers.update((line, None) for line in lines if not _PAGE_NUMBER.fullmatch(line))
        self._report(names)
        return [*filter(None, found), *headers]

    def _beside(self, name: str) -> list[Walker]:
        """A damaged part beside the text is reported, and costs no more than itself."""
        try:
            return [self._walk(name)]
        except DamagedDocumentError as error:
            self.warnings.append(f"{name} left out: {error.what}")
            return []

    def _walk(self, name: str) -> Walker:
        walker = Walker(self._left, lambda number: self._chunk(name, number))
        try:
            parse(self._container.chunks(name), walker.start, walker.end, walker.text)
        except XmlError as error:
            what = f"its XML cannot be read ({error})"
            raise DamagedDocumentError(str(self._path), what, "save it again as DOCX") from error
        except OverflowError as error:
            raise LimitExceededError(str(self._path), str(error), "split the original") from error
        self.warnings += [one for what in walker.left_out if (one := f"{what} left out") not in self.warnings]
        return walker

    def _chunk(self, part: str, number: str) -> str:
        relation = relations(self._container, part).get(number)
        if relation is not None and relation.part in self._container.names:
            data = self._container.read(relation.part)
            if data.lstrip().startswith(b"{\\rtf"):
                return _rtf.text_of(data, self._left)
            if not data.startswith(b"PK") and (_TAG.search(data, 0, 4096) or relation.part.endswith(".txt")):
                return _text_of_page(data)
        self.warnings.append("low confidence: parts in other formats (altChunk) are left out")
        return ""

    def _report(self, names: list[str]) -> None:
        if any(name.lower() == "word/comments.xml" for name in names):
            self.warnings.append("comments left out")
        if any(name.lower().startswith("word/embeddings/") for name in names):
            self.warnings.append("embedded files left out")


def _text_of_page(data: bytes) -> str:
    from disclosure_search.extract._html import read_page  # its library is rarely needed here

    source = decode(data).text
    return read_page(source).text if "<" in source[:4096] else source
