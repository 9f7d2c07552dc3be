"""Every page of the site for search engines (sitemaps.org): an index, and parts of documents, the oldest first.

New documents come last, so that of all parts only the last few change from day to day.
"""

from __future__ import annotations

from flask import Response, abort

from disclosure_search.document import FACETS, Document
from disclosure_search.engine.base import Sort
from disclosure_search.states import SearchState
from disclosure_search.web import xml
from disclosure_search.web.absolute import address_of, of_document
from disclosure_search.web.answering import searching
from disclosure_search.web.conditional import conditional
from disclosure_search.web.moments import built_at
from disclosure_search.web.xml import Node, node

PART = 10_000  # the standard allows 50,000 and 50 MB; this many are 2 MB and take a second
NAMESPACE = {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@conditional
def index() -> Response:
    condition = searching().condition()
    parts = [
        address_of("sitemap_pages"),
        *(address_of("sitemap_part", number=one + 1) for one in range(-(-condition.documents // PART))),
    ]
    changed = built_at(condition.built).isoformat()
    entries = (node("sitemap", None, None, node("loc", one), node("lastmod", changed)) for one in parts)
    return xml.answer(node("sitemapindex", None, NAMESPACE, *entries))


@conditional
def pages() -> Response:
    """Home and the shelves."""
    changed = built_at(searching().condition().built).isoformat()
    shelves = (address_of("browse_facet", facet=facet.name) for facet in FACETS)
    values = (
        address_of("browse_value", facet=facet.name, value=one.value)
        for facet in searching().overview()
        for one in facet.values
        if one.count
    )
    found = (address_of("home"), address_of("browse"), *shelves, *values)
    return xml.answer(node("urlset", None, NAMESPACE, *(_url(one, changed) for one in found)))


@conditional
def part(number: int) -> Response:
    listing = searching().listing(SearchState(sort=Sort.OLDEST, page=number, size=PART)) if number else None
    if listing is None or not listing.doc_ids:
        abort(404)
    documents = searching().records(listing.doc_ids)
    entries = (_url(of_document(one.doc_id), _changed(one)) for one in documents)
    return xml.answer(node("urlset", None, NAMESPACE, *entries))


def _url(address: str, changed: str) -> Node:
    return node("url", None, None, node("loc", address), node("lastmod", changed) if changed else None)


def _changed(document: Document) -> str:
    """The day on which the document was taken up as it is now."""
    return document.recorded.isoformat() if document.recorded else ""
