"""A document as Dublin Core, the fifteen elements that every archive understands."""

from __future__ import annotations

from collections.abc import Iterator

from disclosure_search.document import Document, iso
from disclosure_search.search import Search
from disclosure_search.web.absolute import of_document
from disclosure_search.web.typeset import web_address
from disclosure_search.web.xml import Node, node

PREFIX = "oai_dc"
SPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"


def dublin_core(search: Search, document: Document) -> Node:
    return node(
        "oai_dc:dc",
        None,
        {
            "xmlns:oai_dc": SPACE,
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{SPACE} {SCHEMA}",
        },
        *(node(f"dc:{name}", value) for name, value in _elements(search, document) if value),
    )


def _elements(search: Search, document: Document) -> Iterator[tuple[str, str]]:
    agency = search.label("agency", document.agency)
    yield "title", document.title
    yield "creator", agency
    for code in search.narrowest("category", document.category):
        yield "subject", search.label("category", code)
    for word in document.keywords:
        yield "subject", word
    yield "description", document.description
    yield "publisher", agency
    yield "date", (iso(document.published or document.issued) or "")[:10]
    yield "type", search.label("genre", document.genre) or "Text"
    yield "format", document.format
    yield "identifier", of_document(document.doc_id)
    yield "identifier", document.index_number
    yield "identifier", document.number
    yield "source", web_address(document.url)
    yield "language", "zh-CN"
