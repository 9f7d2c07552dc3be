"""OFD (GB/T 33190): the texts of all pages in order, laid out again as lines.

Templates of a page (the printed form under what is filled in) are read with it. Left out and reported: annotations
such as watermarks, what seals show, attachments. A page of paths and pictures alone has no text.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from disclosure_search.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    LimitExceededError,
    NoTextError,
)
from disclosure_search.extract import _xml
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._ofd_layout import Piece, laid_out, pieces_of
from disclosure_search.extract._zip import Container, open_container
from disclosure_search.extract.clean import clean, clean_value

_PROPERTIES = {
    "Title": "title",
    "Author": "creator",
    "Subject": "subject",
    "CreationDate": "created",
    "ModDate": "modified",
}
_MOST_PAGES = 20_000


@dataclass(slots=True)
class _Body:
    """A DocBody of OFD.xml: a package may hold several documents."""

    root: str = ""
    metadata: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Document:
    pages: list[str] = field(default_factory=list)
    templates: dict[str, str] = field(default_factory=dict)
    annotations: str = ""
    attachments: str = ""


class _Parts:
    """Members by path, whatever their case, separators and leading slashes are."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._names = {name.lower().strip("/"): name for name in container.names}

    def find(self, folder: str, target: str) -> str:
        """A path is meant from its own part; some writers mean it from the root."""
        target = target.strip().replace("\\", "/")
        paths = [target] if target.startswith("/") else [f"{folder}/{target}", target]
        for path in paths:
            name = posixpath.normpath(path.lstrip("/")).lower()
            if name in self._names:
                return name
        return ""

    def events(self, name: str) -> Iterator[_xml.Event]:
        return _xml.events(self._container.read(self._names[name]))

    def has(self, name: str) -> bool:
        return name in self._names


def read(path: Path, limits: Limits) -> Extract:
    with open_container(path) as container:
        parts = _Parts(container)
        if parts.has("encryptions.xml"):
            raise EncryptedDocumentError(str(path), "encrypted", "save it without a password")
        try:
            return _read(path, parts, limits)
        except _xml.XmlError as error:
            raise DamagedDocumentError(
                str(path), f"its XML cannot be read ({error})", "fetch the original again"
            ) from error


def _read(path: Path, parts: _Parts, limits: Limits) -> Extract:
    found: list[str] = []
    warnings: list[str] = []
    metadata: list[tuple[str, str]] = []
    pages = 0
    for body in _bodies(parts):
        root = parts.find("", body.root)
        if not root:
            warnings.append(f"a document is missing: {body.root}")
            continue
        metadata += body.metadata
        document = _document(parts, root)
        pages += len(document.pages)
        for page in document.pages[:_MOST_PAGES]:
            found.append(_page(parts, page, document, warnings))
            if sum(map(len, found[-1:])) > limits.output_bytes or len(found) > _MOST_PAGES:
                raise LimitExceededError(str(path), "its text is longer than allowed", "split the original")
        warnings += _left_out(parts, root, document)
    if not pages:
        raise DamagedDocumentError(str(path), "it has no pages", "fetch the original again")
    text = clean("\n".join(found))
    if not any(map(str.isalnum, text)):
        raise NoTextError(
            str(path), "its pages are pictures and paths without text", "put a text copy beside it"
        )
    title = next((value for key, value in metadata if key == "property:title"), "")
    return Extract(
        text=text,
        title=title,
        metadata=tuple(metadata),
        pages=pages,
        warnings=(*dict.fromkeys(warnings), *suspicions(text)),
    )


def _bodies(parts: _Parts) -> list[_Body]:
    bodies: list[_Body] = []
    name = ""
    for event in parts.events("ofd.xml"):
        if event.is_start:
            if event.name == "DocBody":
                bodies.append(_Body())
            name = event.attributes.get("Name", "") if event.name == "CustomData" else name
        elif not bodies or not event.text.strip():
            continue
        elif event.name == "DocRoot":
            bodies[-1].root = event.text.strip()
        elif event.name in _PROPERTIES:
            bodies[-1].metadata.append((f"property:{_PROPERTIES[event.name]}", clean_value(event.text)))
        elif event.name == "CustomData" and name:
            bodies[-1].metadata.append((f"property:{clean_value(name)}", clean_value(event.text)))
    return bodies


def _document(parts: _Parts, root: str) -> _Document:
    document = _Document()
    folder = posixpath.dirname(root)
    for event in parts.events(root):
        if event.is_start:
            target = parts.find(folder, event.attributes.get("BaseLoc", "") or "?")
            if event.name == "Page" and target:
                document.pages.append(target)
            elif event.name == "TemplatePage" and target:
                document.templates[event.attributes.get("ID", "")] = target
        elif event.name == "Annotations":
            document.annotations = parts.find(folder, event.text)
        elif event.name == "Attachments":
            document.attachments = parts.find(folder, event.text)
    return document


def _page(parts: _Parts, page: str, document: _Document, warnings: list[str]) -> str:
    """What a template says belongs to its place on the page, so both are laid out together."""
    try:
        pieces, templates = pieces_of(parts.events(page))
        for template in dict.fromkeys(templates):
            if target := document.templates.get(template):
                pieces += _template(parts, target)
    except _xml.XmlError as error:
        warnings.append(f"a page cannot be read ({error})")
        return ""
    return laid_out(pieces)


def _template(parts: _Parts, target: str) -> list[Piece]:
    return pieces_of(parts.events(target))[0]


def _left_out(parts: _Parts, root: str, document: _Document) -> Iterator[str]:
    folder = posixpath.dirname(root)
    try:
        if document.annotations:
            files = [
                parts.find(posixpath.dirname(document.annotations), event.text)
                or parts.find(folder, event.text)
                for event in parts.events(document.annotations)
                if not event.is_start and event.name == "FileLoc"
            ]
            texts = sum(len(pieces_of(parts.events(name))[0]) for name in dict.fromkeys(files) if name)
            if texts:
                yield f"annotations and watermarks left out: {texts}"
        if document.attachments:
            for event in parts.events(document.attachments):
                if event.is_start and event.name == "Attachment":
                    yield f"attachment inside left out: {clean_value(event.attributes.get('Name', ''))}"
    except _xml.XmlError as error:
        yield f"annotations or attachments cannot be read ({error})"
