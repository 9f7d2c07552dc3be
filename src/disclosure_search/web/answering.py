"""Which search answers a request: the newest when the request begins, and the same one to its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast

from flask import current_app, g

from disclosure_search.answers import Facet
from disclosure_search.errors import IndexOutdatedError
from disclosure_search.search import Search

View = Callable[..., Any]


class Hear(Protocol):
    """What keeps the counts of searched words."""

    def __call__(self, text: str, address: str, *, is_found: bool) -> None: ...


def searching() -> Search:
    """The search of this request."""
    return cast("Search", g.search)


def overview() -> tuple[Facet, ...]:
    """The facets of everything, counted once for a page that shows several shelves."""
    if "overview" not in g:
        g.overview = searching().overview()
    return cast("tuple[Facet, ...]", g.overview)


def heard(text: str, address: str, *, is_found: bool) -> None:
    hear: Hear | None = current_app.config["HEAR"]
    if hear and text:
        hear(text, address, is_found=is_found)


def answered(view: View, newest: Callable[[], Search]) -> View:
    @wraps(view)
    def answer(**given: Any) -> Any:
        g.search = newest()
        try:
            return view(**given)
        except IndexOutdatedError:  # an index cut by other word lists took over while this page was made
            g.search = newest()
            g.pop("overview", None)
            return view(**given)

    return answer
