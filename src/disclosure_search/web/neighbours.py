"""From one hit to the next: the address of a document may say which search it was found by, and at which place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from disclosure_search.errors import DisclosureError
from disclosure_search.states import DEEPEST_HIT, LARGEST_PAGE, PARAMETERS, SearchState
from disclosure_search.web.addresses import hit_url, search_url
from disclosure_search.web.answering import searching

_AROUND = 3  # hits: the document and one on each side


@dataclass(frozen=True, slots=True)
class Neighbour:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a search a document stands; `back` is the page of hits that it stands on. Without neighbours where it
    stands there no more."""

    state: SearchState
    back: str
    position: int = 0
    total: int = 0
    previous: Neighbour | None = None
    next: Neighbour | None = None


def place_of(doc_id: str, params: Iterable[tuple[str, str]]) -> Place | None:
    """None where the address names no search. A link may be older than the index, or typed by hand: then the page is
    shown without what cannot be told."""
    given = tuple(params)
    known = [pair for pair in given if pair[0] in PARAMETERS and pair[0] != "page"]
    at = _number(next((value for name, value in given if name == "at"), ""))
    if not known and not at:
        return None
    try:
        state = SearchState.from_params(known)
        back = search_url(state.with_page(max(0, at - 1) // state.size + 1))
        found = _found(doc_id, state, at) if at else None
        return replace(found, back=back) if found else Place(state, back)
    except DisclosureError:
        return None


def _found(doc_id: str, state: SearchState, at: int) -> Place | None:
    start = max(0, at - 2)
    window = _covering(start)
    if window is None:
        return None
    listing = searching().listing(replace(state, page=window[0], size=window[1]))
    first = (window[0] - 1) * window[1]
    if doc_id not in listing.doc_ids:
        return None
    position = first + listing.doc_ids.index(doc_id) + 1
    around = {
        number: listing.doc_ids[number - first - 1]
        for number in (position - 1, position + 1)
        if first < number <= first + len(listing.doc_ids)
    }
    records = {one.doc_id: one.title for one in searching().records(tuple(around.values()))}
    named = {
        number: Neighbour(records[one], hit_url(one, state, number))
        for number, one in around.items()
        if one in records
    }
    return Place(state, "", position, listing.total, named.get(position - 1), named.get(position + 1))


def _covering(start: int) -> tuple[int, int] | None:
    """Number and size of the smallest page of hits that holds the window which begins here."""
    sizes = (size for size in range(_AROUND, LARGEST_PAGE + 1) if start % size <= size - _AROUND)
    size = next(sizes, 0)
    return (start // size + 1, size) if size else None


def _number(value: str) -> int:
    is_number = value.isascii() and value.isdigit() and len(value) <= 7
    return int(value) if is_number and int(value) <= DEEPEST_HIT else 0
