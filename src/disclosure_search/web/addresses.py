"""Every address with a search in it: made from a SearchState here, never put together in a template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, quote_plus

from flask import Flask, request
from flask import url_for as _url_for

from disclosure_search.states import SearchState
from disclosure_search.web.typeset import page_numbers

SAFE = "!$&'()*+,/:;=@"  # what werkzeug leaves as it is in a path
BROWSE_DEFAULTS: tuple[tuple[str, str], ...] = (("sort", "newest"), ("size", "20"))


@dataclass(frozen=True, slots=True)
class Turn:
    """A page to turn to; number 0 is a gap without an address."""

    number: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Paging:
    """`previous`, `next` and `last` are addresses, empty where there is no such page."""

    page: int
    pages: int
    turns: tuple[Turn, ...]
    previous: str
    next: str
    last: str

    @property
    def is_beyond(self) -> bool:
        return self.page > self.pages > 0


def url_for(endpoint: str, **values: str | int | None) -> str:
    """Flask's, for pages: each has some fifty addresses, most of them the same on all pages or a document's."""
    root = request.script_root
    if values.keys() == {"doc_id"}:
        before, after = _around(root, endpoint)
        return f"{before}{quote(str(values['doc_id']), safe=SAFE)}{after}"
    return _kept(root, endpoint, tuple(values.items()))


@lru_cache(maxsize=2048)
def _kept(_root: str, endpoint: str, values: tuple[tuple[str, str | int | None], ...]) -> str:
    return _url_for(endpoint, **dict(values))  # type: ignore[arg-type]


@lru_cache(maxsize=64)
def _around(_root: str, endpoint: str) -> tuple[str, str]:
    before, _, after = _url_for(endpoint, doc_id="~").rpartition("~")
    return before, after


def search_url(state: SearchState) -> str:
    return _with_params(url_for("search"), state.to_params())


def searches(path: str = "") -> Callable[[SearchState], str]:
    """`search_url` for a page with many of them: the path, which takes most of the time, is made once."""
    base = path or url_for("search")
    return lambda state: _with_params(base, state.to_params())


def browse_url(facet: str, value: str, state: SearchState | None = None) -> str:
    """The place of a value; `state` adds what the list there is narrowed to."""
    params = state.to_params() if state else ()
    kept = tuple(pair for pair in params if pair[0] != facet and pair not in BROWSE_DEFAULTS)
    return _with_params(url_for("browse_value", facet=facet, value=value), kept)


def facet_url(name: str, state: SearchState) -> str:
    """The page of all values of a facet for this search."""
    return _with_params(url_for("facet", name=name), state.with_page(1).to_params())


def address_if(app: Flask, *endpoints: str) -> str:
    """The address of the first of them that this site has, else nothing."""
    return next((url_for(one) for one in endpoints if one in app.view_functions), "")


def document_url(doc_id: str, text: str = "") -> str:
    return url_for("document", doc_id=doc_id, q=text or None)


def hit_url(doc_id: str, state: SearchState, at: int) -> str:
    """A document with the search that it was found by, and its place there: so its page leads to the next hit."""
    params = state.with_page(1).to_params()
    return _with_params(url_for("document", doc_id=doc_id), (*params, ("at", str(at))))


def paging(state: SearchState, pages: int, address: Callable[[SearchState], str]) -> Paging:
    def at(number: int) -> str:
        return address(state.with_page(number)) if 1 <= number <= pages else ""

    turns = tuple(Turn(number, at(number)) for number in page_numbers(state.page, pages)) if pages > 1 else ()
    return Paging(state.page, pages, turns, at(state.page - 1), at(state.page + 1), at(pages))


def _with_params(path: str, params: tuple[tuple[str, str], ...]) -> str:
    if not params:
        return path
    return f"{path}?{'&'.join(f'{name}={_quoted(value)}' for name, value in params)}"


@lru_cache(maxsize=4096)
def _quoted(value: str) -> str:
    """A page has some eighty addresses with the same few values."""
    return quote_plus(value)
