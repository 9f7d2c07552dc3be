"""What is asked for: the one immutable value that every address, interface and command line is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from disclosure_search.document import FACETS
from disclosure_search.engine.base import Sort
from disclosure_search.errors import QueryError
from disclosure_search.periods import typed

LONGEST_TEXT = 1000
LARGEST_PAGE = 100
DEEPEST_HIT = 1_000_000
DEFAULT_SIZE = 10
FACET_NAMES: tuple[str, ...] = tuple(one.name for one in FACETS)
PARAMETERS: tuple[str, ...] = ("q", *FACET_NAMES, "from", "to", "sort", "page", "size")
_LONGEST_DAY = 40


class TooDeepError(QueryError):
    """A page that is as it may be asked for, but that nobody gets to see."""

    status = 404


@dataclass(frozen=True, slots=True)
class SearchState:
    """`filters` maps a facet to the chosen values (codes). `since` and `until` are the first and the last day, as 2014,
    2014-11 or 2014-11-28, or what was typed where it names no day: the search then says so and goes without it."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    size: int = DEFAULT_SIZE
    since: str = ""
    until: str = ""

    def with_text(self, text: str) -> SearchState:
        return replace(self, text=text, page=1)

    def with_filter(self, name: str, value: str) -> SearchState:
        values = tuple(dict.fromkeys((*self.filters.get(name, ()), value)))
        return self._filtered({**self.filters, name: values})

    def without_filter(self, name: str, value: str) -> SearchState:
        values = tuple(one for one in self.filters.get(name, ()) if one != value)
        others = {other: held for other, held in self.filters.items() if other != name}
        return self._filtered({**others, name: values} if values else others)

    def _filtered(self, filters: Mapping[str, tuple[str, ...]]) -> SearchState:
        """Without `replace`, which takes longer than all else: a page makes a hundred, for every value and year."""
        return SearchState(self.text, filters, self.sort, 1, self.size, self.since, self.until)

    def without_filters(self) -> SearchState:
        """Nor the days."""
        return replace(self, filters={}, since="", until="", page=1)

    def with_days(self, since: str = "", until: str = "") -> SearchState:
        return replace(self, since=since, until=until, page=1)

    def with_sort(self, sort: Sort) -> SearchState:
        return replace(self, sort=sort, page=1)

    def with_page(self, page: int) -> SearchState:
        return replace(self, page=page)

    def to_params(self) -> tuple[tuple[str, str], ...]:
        """What differs from the default, in a fixed order: `from_params` gives an equal state."""
        params = [("q", self.text)] if self.text else []
        params += [(name, value) for name in FACET_NAMES for value in self.filters.get(name, ())]
        params += [(name, day) for name, day in (("from", self.since), ("to", self.until)) if day]
        params += [("sort", str(self.sort))] if self.sort is not Sort.RELEVANCE else []
        params += [("page", str(self.page))] if self.page != 1 else []
        params += [("size", str(self.size))] if self.size != DEFAULT_SIZE else []
        return tuple(params)

    @classmethod
    def from_params(cls, params: Iterable[tuple[str, str]]) -> SearchState:
        """QueryError for an unknown name or a bad value; a value given twice counts once."""
        state, page = cls(), 1
        for name, value in params:
            if name == "q":
                state = replace(state, text=one_line(value))
            elif name in FACET_NAMES:
                if value.strip():
                    state = state.with_filter(name, value.strip())
            elif name == "from":
                state = replace(state, since=_day(value))
            elif name == "to":
                state = replace(state, until=_day(value))
            elif name == "sort":
                state = replace(state, sort=_sort(value))
            elif name == "page":
                page = _number("page", value, DEEPEST_HIT)
            elif name == "size":
                state = replace(state, size=_number("size", value, LARGEST_PAGE))
            else:
                raise QueryError(
                    name[:40], "no parameter has this name", f"use one of {', '.join(PARAMETERS)}"
                )
        state = state.with_page(page)
        if (state.page - 1) * state.size > DEEPEST_HIT:
            raise TooDeepError("page", f"lies beyond hit {DEEPEST_HIT}", "narrow the search")
        return state


def one_line(value: str) -> str:
    """The text of a search as it is used; QueryError where it is too long."""
    text = "".join(" " if one in "\0\r\n\t" else one for one in value)
    text = text.encode("utf-8", "ignore").decode().strip()
    if len(value) > LONGEST_TEXT:
        raise QueryError("q", f"the search has {len(value)} characters", f"use at most {LONGEST_TEXT}")
    return text


def _day(value: str) -> str:
    text = one_line(value)
    return typed(text) or text[:_LONGEST_DAY].strip()


def _sort(value: str) -> Sort:
    try:
        return Sort(value or Sort.RELEVANCE)
    except ValueError:
        raise QueryError(
            "sort", f"there is no order {value[:40]!r}", f"use one of {', '.join(Sort)}"
        ) from None


def _number(name: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and 1 <= int(value) <= most):
        raise QueryError(name, f"{value[:40]!r} is not allowed", f"use a number from 1 to {most}")
    return int(value)
