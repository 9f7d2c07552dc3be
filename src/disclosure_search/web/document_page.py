"""The page of one document, its sheet for the printer, and its record for reference managers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, render_template, request

from disclosure_search.document import (
    INTERPRETATION_KINDS,
    Attachment,
    Document,
    Interpretation,
    Publication,
)
from disclosure_search.errors import DocumentNotFoundError
from disclosure_search.states import SearchState
from disclosure_search.web import absolute, citing, qr
from disclosure_search.web.addresses import url_for
from disclosure_search.web.answering import searching
from disclosure_search.web.moments import CHINA
from disclosure_search.web.neighbours import place_of
from disclosure_search.web.originals import Originals
from disclosure_search.web.reading import Reading, TextBlock
from disclosure_search.web.typeset import web_address

CITED, CITING, ALIKE, NAMESAKES = 50, 20, 5, 10  # the most of each list
NAMED_ALIKE = 3  # documents of one title; a text that cites it may mean any
LINKED_ATTACHMENTS = 5  # whose citations are links; an archive may hold hundreds of files
GONE = frozenset(("失效", "废止", "已失效", "已废止", "宣布失效", "宣布废止"))


@dataclass(frozen=True, slots=True)
class AttachmentView:
    position: int
    attachment: Attachment
    blocks: tuple[TextBlock, ...]
    is_matched: bool
    has_copy: bool


@dataclass(frozen=True, slots=True)
class InterpretationView:
    """`doc_id` is set where it is a public document of the collection, which then gives the title too."""

    kind: str
    title: str
    url: str
    doc_id: str = ""


class DocumentPage:
    def __init__(self, originals: Originals) -> None:
        self._originals = originals

    def page(self, doc_id: str) -> str:
        document = searching().document(doc_id)
        typed = SearchState.from_params((("q", request.args.get("q", "")),)).text
        reading = Reading(typed)
        search = searching()
        return render_template(
            "document.html",
            **self._parts(document, reading),
            typed=typed,
            title=reading.marked(document.title),
            reading=reading,
            place=place_of(document.doc_id, request.args.items(multi=True)),
            cited=_cited(document),
            citing=search.citing(document, CITING),
            explained=search.explained(document),
            namesakes=search.namesakes(document, NAMESAKES),
            similar=search.similar(document, ALIKE),
            code=qr.code_of(absolute.of_document(document.doc_id)),
            citation=citing.gb7714(document, _agencies(document), _lasting(document), search.today),
        )

    def sheet(self, doc_id: str) -> str:
        """Whoever prints it wants whole addresses on paper: without a set one, those that the request came to."""
        document = searching().document(doc_id)
        permalink = absolute.of_document(document.doc_id)
        check = absolute.address_of("verify", sha256=document.sha256) if document.sha256 else ""
        return render_template(
            "print.html",
            **self._parts(document, Reading("")),
            permalink=permalink,
            check=check,
            code=qr.code_of(permalink),
            check_code=qr.code_of(check) if check else None,
            now=datetime.now(CHINA),
        )

    def ris(self, doc_id: str) -> Response:
        document = searching().document(doc_id)
        text = citing.ris(
            document,
            _agencies(document),
            absolute.of_document(document.doc_id),
            absolute.of_document(document.doc_id, "original"),
            searching().today,
        )
        response = Response(text, content_type=f"{citing.RIS_TYPE}; charset=utf-8")
        name = document.doc_id.encode("ascii", "ignore").decode() or "document"
        response.headers.set("Content-Disposition", "attachment", filename=f"{name}.ris")
        return response

    def _parts(self, document: Document, reading: Reading) -> dict[str, Any]:
        search = searching()
        links = search.links(document)
        agency = search.label("agency", document.agency)
        return {
            "document": document,
            "is_gone": document.validity in GONE,
            "has_copy": self._originals.has(document.path),
            "blocks": reading.read(document.body, links, document.title, agency),
            "attachments": tuple(self._attachments(document, reading)),
            "interpretations": self._interpretations(document),
            "publications": _publications(document),
            "stand": search.condition(),
        }

    def _attachments(self, document: Document, reading: Reading) -> Iterator[AttachmentView]:
        for position, one in enumerate(document.attachments, 1):
            before = reading.count
            is_linked = bool(one.text) and position <= LINKED_ATTACHMENTS
            links = searching().links(document, one.text) if is_linked else ()
            blocks = reading.read(one.text, links) if one.text else ()
            has_copy = self._originals.has(one.path)
            yield AttachmentView(position, one, blocks, reading.count > before, has_copy)

    def _interpretations(self, document: Document) -> tuple[tuple[str, tuple[InterpretationView, ...]], ...]:
        """By kind, the five known ones first."""
        views = [view for one in document.interpretations if (view := _interpretation(one))]
        kinds = dict.fromkeys((*INTERPRETATION_KINDS, *(view.kind for view in views)))
        grouped = ((kind, tuple(view for view in views if view.kind == kind)) for kind in kinds)
        return tuple((kind, group) for kind, group in grouped if group)


def _interpretation(one: Interpretation) -> InterpretationView | None:
    """Nothing for a file here that is not (any more) a public document: it is not even named."""
    if not one.doc_id:
        return None if one.path and not one.url else InterpretationView(one.kind, one.title, one.url)
    try:
        found = searching().record(one.doc_id)
    except DocumentNotFoundError:
        return None
    return InterpretationView(one.kind, found.title, one.url, found.doc_id)


def _cited(document: Document) -> tuple[Document, ...]:
    """Each once, however it is called, in the order of the text."""
    _, references = searching().cited(document, CITED)
    found = {one.doc_id: one for reference in references for one in reference.documents[:NAMED_ALIKE]}
    return tuple(found.values())


def _publications(document: Document) -> tuple[Publication, ...]:
    """The events on record, else one per channel: the address and the day are then those of the document."""
    if document.publications:
        return document.publications
    return tuple(Publication(channel, document.published, document.url) for channel in document.channel)


def _agencies(document: Document) -> tuple[str, ...]:
    names = document.agency.split("、") if document.agency else ()
    return tuple(searching().label("agency", one) for one in names)


def _lasting(document: Document) -> str:
    """The permanent address where the site is set up with one, else where the agency published the document."""
    path = url_for("document", doc_id=document.doc_id)
    address = absolute.settings().address
    return f"{address}{path}" if address else web_address(document.url) or path
