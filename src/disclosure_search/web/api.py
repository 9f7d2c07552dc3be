"""The interface for programs: the same searches and documents as the pages, as JSON.

Keys are only ever added within /api/v1. What lies where in the data folder, and what is for staff alone, is not told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Response, request

from disclosure_search.answers import Facet, HitView, Page
from disclosure_search.document import BY_NAME, Document, iso
from disclosure_search.errors import DocumentNotFoundError, QueryError
from disclosure_search.highlight import Fragment
from disclosure_search.search import Search
from disclosure_search.states import SearchState
from disclosure_search.web.absolute import address_of, of_document, search_address
from disclosure_search.web.answering import searching
from disclosure_search.web.conditional import conditional
from disclosure_search.web.moments import built_at
from disclosure_search.web.typeset import web_address

FORMS: tuple[str, ...] = ("json", "csv", "ndjson", "atom", "feed.json")
CODED: tuple[str, ...] = ("agency", "category", "channel", "genre")
PLAIN: tuple[str, ...] = ("title", "number", "index_number", "validity", "openness")
DAYS: tuple[str, ...] = ("issued", "published", "expires")


def answer(shape: dict[str, Any], media_type: str = "application/json") -> Response:
    return Response(json.dumps(shape, ensure_ascii=False), content_type=media_type)


def only(*names: str) -> None:
    """QueryError for a parameter that this address does not know."""
    for name in request.args:
        if name not in names:
            known = f"use {', '.join(names)} or none" if names else "leave it out"
            raise QueryError(name[:40], "no parameter has this name here", known)


@conditional
def search() -> Response:
    page = searching().run(SearchState.from_params(request.args.items(multi=True)))
    return answer(search_shape(searching(), page))


@conditional
def document(doc_id: str) -> Response:
    only()
    return answer(document_shape(searching(), searching().document(doc_id)))


def search_shape(search: Search, page: Page) -> dict[str, Any]:
    return {
        "query": {
            "q": page.state.text,
            "filters": {name: list(values) for name, values in page.state.filters.items()},
            "from": page.state.since,
            "to": page.state.until,
            "sort": str(page.state.sort),
        },
        "notes": list(page.notes),
        "total": page.total,
        "page": page.state.page,
        "pages": page.pages,
        "size": page.state.size,
        "took_ms": page.took_ms,
        "index": {
            "generation": page.generation,
            "documents": page.documents,
            "built": built_at(page.built).isoformat(),
        },
        "items": [hit_shape(search, hit) for hit in page.hits],
        "facets": [facet_shape(facet, page.state) for facet in page.facets],
        "links": links(page),
    }


def links(page: Page) -> dict[str, str | None]:
    state, last = page.state, max(page.pages, 1)
    turns = {"self": state.page, "first": 1, "prev": state.page - 1, "next": state.page + 1, "last": last}
    turned = {
        name: search_address("api_search", state.with_page(number)) if 1 <= number <= last else None
        for name, number in turns.items()
        if name != "self"
    }
    forms = {form.replace(".", "_"): search_address(endpoint_of(form), state.with_page(1)) for form in FORMS}
    here = search_address("api_search", state)
    return {"self": here, **turned, "html": search_address("search", state), **forms}


def endpoint_of(form: str) -> str:
    return f"search_{form.replace('.', '_')}"


def facet_shape(facet: Facet, state: SearchState) -> dict[str, Any]:
    values = [
        {
            "value": one.value,
            "label": one.label,
            "count": one.count,
            "selected": one.selected,
            "toggle_url": search_address("api_search", _toggled(state, facet.name, one.value, one.selected)),
        }
        for one in facet.values
    ]
    return {"name": facet.name, "label": facet.label, "values": values}


def _toggled(state: SearchState, name: str, value: str, selected: bool) -> SearchState:
    return state.without_filter(name, value) if selected else state.with_filter(name, value)


def hit_shape(search: Search, hit: HitView) -> dict[str, Any]:
    fragments = [_fragment_shape(one) for one in hit.fragments]
    return {**record_shape(search, hit.document), "fragments": fragments}


def _fragment_shape(fragment: Fragment) -> dict[str, Any]:
    """`ranges` are the matches: where each begins and ends, in characters."""
    ranges, at = [], 0
    for text, is_match in fragment.pieces:
        if is_match:
            ranges.append([at, at + len(text)])
        at += len(text)
    return {"place": fragment.place, "text": fragment.plain(), "ranges": ranges}


def record_shape(search: Search, document: Document) -> dict[str, Any]:
    """What a list tells of a document; the same keys for every one of them."""
    plain = {name: getattr(document, name) for name in PLAIN}
    coded = {name: _coded(search, name, getattr(document, name)) for name in CODED}
    days = {name: iso(getattr(document, name)) for name in DAYS}
    return {
        "id": document.doc_id,
        **plain,
        "year": document.year,
        **coded,
        **days,
        "keywords": list(document.keywords),
        "description": document.description,
        "format": document.format,
        "size_bytes": document.size_bytes,
        "sha256": document.sha256,
        "attachment_count": len(document.attachments),
        "urls": urls(document),
    }


def urls(document: Document) -> dict[str, str | None]:
    """`published` is where it was published first."""
    return {
        "self": of_document(document.doc_id, "api_document"),
        "html": of_document(document.doc_id),
        "original": of_document(document.doc_id, "original"),
        "published": web_address(document.url) or None,
    }


def _coded(search: Search, name: str, held: str | tuple[str, ...]) -> Any:
    """A value with its label; a list of them where a document may have several."""
    if BY_NAME[name].multiple:
        return [{"value": one, "label": search.label(name, one)} for one in held]
    return {"value": held, "label": search.label(name, str(held))} if held else None


def document_shape(search: Search, document: Document) -> dict[str, Any]:
    return {
        **record_shape(search, document),
        "remark": document.remark,
        "text": document.body,
        "attachments": list(_attachments(document)),
        "interpretations": list(interpretations(search, document)),
        "publications": [
            {
                "channel": _coded(search, "channel", (one.channel,))[0] if one.channel else None,
                "published": iso(one.published),
                "url": web_address(one.url) or None,
                "title": one.title,
                "number": one.number,
                "index_number": one.index_number,
            }
            for one in document.publications
        ],
    }


def _attachments(document: Document) -> Iterator[dict[str, Any]]:
    for position, one in enumerate(document.attachments, 1):
        yield {
            "position": position,
            "name": one.name,
            "size_bytes": one.size_bytes,
            "sha256": one.sha256,
            "url": address_of("attachment", doc_id=document.doc_id, position=position) if one.path else None,
            "published": web_address(one.url) or None,
            "text": one.text,
        }


def interpretations(search: Search, document: Document) -> Iterator[dict[str, Any]]:
    """Not those that lie here and are not (any more) public: they are not even named."""
    for one in document.interpretations:
        found: dict[str, Any] = {
            "kind": one.kind,
            "title": one.title,
            "url": web_address(one.url) or None,
            "id": None,
        }
        if one.doc_id:
            try:
                found |= {"id": one.doc_id, "title": search.record(one.doc_id).title}
            except DocumentNotFoundError:
                continue
        elif one.path and not one.url:
            continue
        yield found


def all_records(search: Search, state: SearchState) -> tuple[int, Iterator[Document]]:
    """How many documents a search finds, and each of them once, in its order. The list is that of the instant at which
    it is asked for, whatever is committed meanwhile; each record is read when its turn comes, and one that has been
    withdrawn by then, or whose last public day is over, is left out."""
    everything = replace(state, page=1, size=2**31 - 1)
    listing = search.listing(everything)
    return listing.total, search.records(listing.doc_ids)
