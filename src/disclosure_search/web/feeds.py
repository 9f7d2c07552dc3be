"""A search to subscribe to: Atom (RFC 4287, RFC 5005) and JSON Feed 1.1, the newest first unless asked otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, request

from disclosure_search.answers import HitView, Page
from disclosure_search.document import Document
from disclosure_search.engine.base import Sort
from disclosure_search.search import Search
from disclosure_search.states import SearchState
from disclosure_search.web import xml
from disclosure_search.web.absolute import address_of, of_document, search_address, settings
from disclosure_search.web.answering import searching
from disclosure_search.web.api import answer
from disclosure_search.web.conditional import conditional
from disclosure_search.web.moments import built_at, moment
from disclosure_search.web.xml import Node, node

ENTRIES = 20
NAMESPACES = {
    "xmlns": "http://www.w3.org/2005/Atom",
    "xmlns:opensearch": "http://a9.com/-/spec/opensearch/1.1/",
    "xml:lang": "zh-CN",
}


@conditional
def atom() -> Response:
    page = _page()
    return xml.answer(_feed(searching(), page), "application/atom+xml")


@conditional
def json_feed() -> Response:
    page = _page()
    following = search_address("search_feed_json", page.state.with_page(page.state.page + 1))
    shape: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title_of(searching(), page.state),
        "language": "zh-CN",
        "home_page_url": search_address("search", page.state.with_page(1)),
        "feed_url": search_address("search_feed_json", page.state),
        **({"next_url": following} if page.state.page < page.pages else {}),
        **({"authors": [{"name": settings().agency}]} if settings().agency else {}),
        "items": [_item(searching(), hit, page) for hit in page.hits],
    }
    return answer(shape, "application/feed+json")


def _page() -> Page:
    state = SearchState.from_params(request.args.items(multi=True))
    given = request.args
    sort = state.sort if given.get("sort") else Sort.NEWEST
    return searching().run(replace(state, sort=sort, size=state.size if given.get("size") else ENTRIES))


def title_of(search: Search, state: SearchState) -> str:
    """The name of the site and what is searched for, in words."""
    chosen = [search.label(name, value) for name, values in state.filters.items() for value in values]
    days = " 至 ".join((state.since, state.until)).strip() if state.since or state.until else ""
    return " · ".join(one for one in (settings().name, state.text, *chosen, days) if one)


def _feed(search: Search, page: Page) -> Node:
    state = page.state
    last = max(page.pages, 1)
    turns = {"first": 1, "previous": state.page - 1, "next": state.page + 1, "last": last}
    turned = {name: number for name, number in turns.items() if 1 <= number <= last}
    agency = settings().agency or settings().name
    start = (state.page - 1) * state.size + 1
    return node(
        "feed",
        None,
        NAMESPACES,
        node("title", title_of(search, state)),
        node("id", search_address("search_atom", state.with_page(1))),
        node("updated", built_at(page.built).isoformat()),
        node("author", None, None, node("name", agency)),
        node("generator", "disclosure-search"),
        _link("self", search_address("search_atom", state), "application/atom+xml"),
        _link("alternate", search_address("search", state), "text/html"),
        _link("search", address_of("opensearch"), "application/opensearchdescription+xml"),
        *(
            _link(name, search_address("search_atom", state.with_page(number)), "application/atom+xml")
            for name, number in turned.items()
        ),
        node("opensearch:totalResults", str(page.total)),
        node("opensearch:startIndex", str(start)),
        node("opensearch:itemsPerPage", str(state.size)),
        *(_entry(search, hit, page) for hit in page.hits),
    )


def _link(relation: str, address: str, media_type: str = "") -> Node:
    kind = {"type": media_type} if media_type else {}
    return node("link", None, {"rel": relation, "href": address, **kind})


def _entry(search: Search, hit: HitView, page: Page) -> Node:
    document = hit.document
    permalink = of_document(document.doc_id)
    agency = search.label("agency", document.agency)
    return node(
        "entry",
        None,
        None,
        node("title", document.title or document.doc_id),
        node("id", permalink),
        node("updated", _updated(document, page)),
        node("published", moment(document.published)) if document.published else None,
        node("author", None, None, node("name", agency)) if agency else None,
        _link("alternate", permalink, "text/html"),
        _link("related", of_document(document.doc_id, "original")),
        *_categories(search, document),
        node("summary", summary(hit), {"type": "text"}),
    )


def _categories(search: Search, document: Document) -> Iterator[Node]:
    for name in ("category", "channel"):
        for code in search.narrowest(name, getattr(document, name)):
            yield node("category", None, {"term": code, "label": search.label(name, code)})


def _updated(document: Document, page: Page) -> str:
    """When it was published, else dated, else taken up here."""
    day: date | None = document.published or document.issued or document.recorded
    return moment(day) if day else built_at(page.built).isoformat()


def summary(hit: HitView) -> str:
    document = hit.document
    shown = document.description or "…".join(one.plain().strip() for one in hit.fragments)
    return shown or document.title


def _item(search: Search, hit: HitView, page: Page) -> dict[str, Any]:
    document = hit.document
    agency = search.label("agency", document.agency)
    tags = [search.label(name, code) for name in ("category", "channel") for code in getattr(document, name)]
    permalink = of_document(document.doc_id)
    return {
        "id": permalink,
        "url": permalink,
        "title": document.title,
        "content_text": summary(hit),
        "date_modified": _updated(document, page),
        **({"date_published": moment(document.published)} if document.published else {}),
        **({"authors": [{"name": agency}]} if agency else {}),
        "tags": [*dict.fromkeys((*tags, *document.keywords))],
    }
