"""The pages of the site; each takes what the address says, asks the search, fills a template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import PurePath
from urllib.parse import quote

from flask import Response, render_template, request, send_file

from disclosure_search.document import (
    INTERPRETATION_KINDS,
    Attachment,
    Document,
    Interpretation,
    Publication,
)
from disclosure_search.engine.base import State
from disclosure_search.errors import DocumentNotFoundError
from disclosure_search.states import SearchState
from disclosure_search.web.answering import searching
from disclosure_search.web.browse import Browse
from disclosure_search.web.originals import Copy, Originals
from disclosure_search.web.typeset import Block, Pieces, blocks, has_match

_NEWEST = 8


@dataclass(frozen=True, slots=True)
class AttachmentView:
    position: int
    attachment: Attachment
    blocks: tuple[Block, ...]
    is_matched: bool
    has_copy: bool


@dataclass(frozen=True, slots=True)
class InterpretationView:
    """`doc_id` is set where it is a public document of the collection, which then gives the title too."""

    kind: str
    title: str
    url: str
    doc_id: str = ""


class Pages:
    def __init__(self, originals: Originals, browse: Browse) -> None:
        self._originals = originals
        self._browse = browse

    def home(self) -> str:
        return render_template(
            "home.html",
            trees=self._browse.trees(),
            fresh=self._browse.freshness(),
            chart=self._browse.chart(),
            newest=searching().newest(_NEWEST),
            stand=searching().condition(),
        )

    def document(self, doc_id: str) -> str:
        document = searching().document(doc_id)
        text = SearchState.from_params((("q", request.args.get("q", "")),)).text
        body = self._marked(document, document.body, text)
        return render_template(
            "document.html",
            document=document,
            typed=text,
            state=SearchState(text=text),
            title=self._marked(document, document.title, text),
            has_copy=self._originals.has(document.path),
            blocks=blocks(body, document.title, searching().label("agency", document.agency)),
            matches=sum(match for _, match in body),
            attachments=tuple(self._attachments(document, text)),
            interpretations=self._interpretations(document),
            publications=_publications(document),
            stand=searching().condition(),
        )

    def original(self, doc_id: str) -> Response:
        document = searching().document(doc_id)
        return _sent(self._originals.original(document), document.doc_id)

    def attachment(self, doc_id: str, position: int) -> Response:
        document = searching().document(doc_id)
        return _sent(self._originals.attachment(document, position), f"{document.doc_id}-{position}")

    def healthz(self) -> tuple[dict[str, object], int]:
        condition = searching().condition()
        told = {
            "state": str(condition.state),
            "generation": condition.generation,
            "documents": condition.documents,
            "built": condition.built,
        }
        return told, 200 if condition.state is State.READY else 503

    def _marked(self, document: Document, body: str, text: str) -> Pieces:
        if not text or not body:
            return ((body, False),)
        return searching().marked(replace(document, body=body), text).pieces

    def _attachments(self, document: Document, text: str) -> Iterator[AttachmentView]:
        for position, one in enumerate(document.attachments, 1):
            pieces = self._marked(document, one.text, text)
            shown = blocks(pieces) if one.text else ()
            yield AttachmentView(position, one, shown, has_match(pieces), self._originals.has(one.path))

    def _interpretations(self, document: Document) -> tuple[tuple[str, tuple[InterpretationView, ...]], ...]:
        """By kind, the five known ones first."""
        views = [view for one in document.interpretations if (view := self._interpretation(one))]
        kinds = dict.fromkeys((*INTERPRETATION_KINDS, *(view.kind for view in views)))
        grouped = ((kind, tuple(view for view in views if view.kind == kind)) for kind in kinds)
        return tuple((kind, group) for kind, group in grouped if group)

    def _interpretation(self, one: Interpretation) -> InterpretationView | None:
        """Nothing for a file here that is not (any more) a public document: it is not even named."""
        if not one.doc_id:
            return None if one.path and not one.url else InterpretationView(one.kind, one.title, one.url)
        try:
            found = searching().document(one.doc_id)
        except DocumentNotFoundError:
            return None
        return InterpretationView(one.kind, found.title, one.url, found.doc_id)


def _publications(document: Document) -> tuple[Publication, ...]:
    """The events on record, else one per channel: the address and the day are then those of the document."""
    if document.publications:
        return document.publications
    return tuple(Publication(channel, document.published, document.url) for channel in document.channel)


def _sent(copy: Copy, plain: str) -> Response:
    """`plain` names the file, without its ending, for a program that reads no Chinese in a header."""
    response = send_file(
        copy.path if copy.content is None else BytesIO(copy.content),
        mimetype=copy.media_type,
        download_name="copy",  # replaced below: Flask cannot be told a name in ASCII beside the true one
        etag=copy.sha256,
        conditional=True,
        max_age=0,
    )
    disposition = "inline" if copy.inline else "attachment"
    response.headers.set("Content-Disposition", disposition, **_names(copy.name, plain))
    response.headers["Content-Type"] = copy.media_type  # Flask would add its own charset to a text
    if copy.media_type != "application/pdf":  # the PDF viewer of Chromium stays empty in a sandbox
        response.headers["Content-Security-Policy"] = "default-src 'self'; sandbox"
    return response


def _names(name: str, plain: str) -> dict[str, str]:
    if name.isascii():
        return {"filename": name}
    ascii_only = f"{plain}{PurePath(name).suffix}".encode("ascii", "ignore").decode()
    return {"filename": ascii_only, "filename*": f"UTF-8''{quote(name, safe='')}"}
