"""Walking down the collection without a search: facet, value, then the next facet, then the documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from flask import abort, render_template, request

from disclosure_search.answers import Page
from disclosure_search.document import BY_NAME, FACETS
from disclosure_search.engine.base import Sort
from disclosure_search.errors import QueryError
from disclosure_search.states import SearchState
from disclosure_search.vocabulary import Entry, Vocabulary
from disclosure_search.web.addresses import BROWSE_DEFAULTS, browse_url, paging, search_url
from disclosure_search.web.answering import overview, searching
from disclosure_search.web.chart import Chart, chart
from disclosure_search.web.finding import chosen, label, trees
from disclosure_search.web.languages import gettext
from disclosure_search.web.panel import NESTED, Address, Choice, Panel, panels

SHELVES = ("category", "channel", "year", "agency")  # those of the pages that show several
Above = tuple[str, ...]
_FORBIDDEN = ("q", "size")  # the text belongs to /search


@dataclass(frozen=True, slots=True)
class Branch:
    """A value with those below it; `count` is that of the facet."""

    value: str
    label: str
    count: int
    children: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Fresh:
    """The day of the newest document of a channel; None where none has a day."""

    channel: str
    day: date | None
    count: int


@dataclass(frozen=True, slots=True)
class Relative:
    """An agency that came before or after another, with the years that it was there and its documents here."""

    entry: Entry
    count: int
    is_earlier: bool


class Browse:
    """The shelves: trees of values with counts, and the pages that show them."""

    def __init__(self) -> None:
        self._fresh: tuple[object, tuple[Fresh, ...]] = (None, ())

    def tree(self, facet: str) -> tuple[Branch, ...]:
        """The values of a facet in the order of its vocabulary, without empty ones below the top."""
        counts = self._counts(facet)
        vocabulary = self._vocabulary(facet)
        top = [_value(facet, entry) for entry in vocabulary.entries if not (entry.parent and facet in NESTED)]
        strangers = [
            value for value in counts if value not in {_value(facet, one) for one in vocabulary.entries}
        ]
        if not vocabulary.entries:
            strangers.sort(reverse=True)  # years: the latest first
        return tuple(self._branch(facet, code, counts) for code in (*top, *strangers))

    def trees(self) -> dict[str, tuple[Branch, ...]]:
        return {name: self.tree(name) for name in SHELVES}

    def chart(self) -> Chart | None:
        """The years of all documents; a bar leads to its shelf."""
        counts = self._counts("year")
        return chart(
            Choice(year, year, count, False, browse_url("year", year)) for year, count in counts.items()
        )

    def freshness(self) -> tuple[Fresh, ...]:
        """Kept until a commit or the next day: it takes a search for each channel."""
        made_of = (searching().condition().generation, searching().today)
        if self._fresh[0] != made_of:
            self._fresh = (made_of, tuple(self._freshness()))
        return self._fresh[1]

    def _freshness(self) -> Iterator[Fresh]:
        for branch in self.tree("channel"):
            if branch.count:
                state = SearchState(filters={"channel": (branch.value,)}, sort=Sort.NEWEST, size=1)
                newest = searching().run(state).hits
                day = newest[0].document.published or newest[0].document.issued if newest else None
                yield Fresh(branch.value, day, branch.count)

    def index(self) -> str:
        return render_template(
            "browse.html", trees=self.trees(), fresh=self.freshness(), stand=searching().condition()
        )

    def map(self) -> str:
        """网站地图, for people."""
        return render_template("map.html", trees=self.trees(), facets=FACETS, stand=searching().condition())

    def facet(self, facet: str) -> str:
        _known_facet(facet)
        trees = {facet: self.tree(facet)}
        return render_template("browse.html", trees=trees, only=facet, stand=searching().condition())

    def value(self, facet: str, value: str) -> tuple[str, int]:
        _known_facet(facet)
        counts = self._counts(facet)
        vocabulary = self._vocabulary(facet)
        if value not in counts and facet == "agency":
            value = vocabulary.label_of(vocabulary.code_of(value))
        if value not in counts and vocabulary.get(vocabulary.code_of(value)) is None:
            abort(404, description=gettext("目录中没有“%(value)s”这一项", value=label(facet, value)))
        state = _state(facet, value if value in counts else "")
        page = searching().run(state) if value in counts else None

        def address(wanted: SearchState) -> str:
            return browse_url(facet, value, wanted)

        turns = paging(state, page.pages if page else 0, address)
        html = render_template(
            "browse_value.html",
            facet=facet,
            value=value,
            state=state,
            page=page,
            paging=turns,
            address=address,
            chosen=tuple(chosen(_without(state, facet))),
            path=self._path(facet, value),
            panels=_panels(facet, page, address),
            relatives=tuple(self._relatives(value, counts)) if facet == "agency" else (),
            together=self._together(value) if facet == "agency" else "",
            children=self._branch(facet, value, counts).children,
            stand=searching().condition(),
        )
        return html, 404 if turns.is_beyond else 200

    def _counts(self, facet: str) -> Mapping[str, int]:
        found = next((one for one in overview() if one.name == facet), None)
        return {one.value: one.count for one in found.values} if found else {}

    def _vocabulary(self, facet: str) -> Vocabulary:
        return searching().vocabularies[BY_NAME[facet].vocabulary]

    def _branch(self, facet: str, value: str, counts: Mapping[str, int], above: Above = ()) -> Branch:
        above = (*above, value)  # parents may run in a ring
        entries = self._vocabulary(facet).entries if facet in NESTED else ()
        below = [one.code for one in entries if one.parent == value and one.code in counts]
        children = tuple(self._branch(facet, one, counts, above) for one in below if one not in above)
        return Branch(value, label(facet, value), counts.get(value, 0), children)

    def _relatives(self, value: str, counts: Mapping[str, int]) -> Iterator[Relative]:
        """The agencies right before and right after this one."""
        agencies = self._vocabulary("agency")
        own = agencies.get(agencies.code_of(value))
        if own is None:
            return
        for entry in agencies.entries:
            if entry.code in own.predecessors or own.code in entry.predecessors:
                yield Relative(entry, counts.get(entry.label, 0), entry.code in own.predecessors)

    def _together(self, value: str) -> str:
        """The search for this agency and all that came before it; empty where nothing did."""
        agencies = self._vocabulary("agency")
        codes = [agencies.code_of(value)]
        for code in codes:
            entry = agencies.get(code)
            codes += [one for one in (entry.predecessors if entry else ()) if one not in codes]
        names = tuple(agencies.label_of(code) for code in codes)
        return search_url(SearchState(filters={"agency": names}, sort=Sort.NEWEST)) if len(names) > 1 else ""

    def _path(self, facet: str, value: str) -> Above:
        """The values from the top down to this one."""
        return self._vocabulary(facet).path_to(value) if facet in NESTED else (value,)


def _known_facet(facet: str) -> None:
    if facet not in {one.name for one in FACETS}:
        abort(404, description=gettext("目录不能这样浏览"))


def _state(facet: str, code: str) -> SearchState:
    given = tuple(request.args.items(multi=True))
    names = {name for name, _ in given}
    if unfit := sorted(names & {facet, *_FORBIDDEN}):
        raise QueryError(unfit[0], "this parameter cannot be used here", "use /search")
    defaults = (pair for pair in BROWSE_DEFAULTS if pair[0] not in names)
    return SearchState.from_params(((facet, code), *defaults, *given))


def _value(facet: str, entry: Entry) -> str:
    """What documents bear for an entry: a record names its agency."""
    return entry.label if facet == "agency" else entry.code


def _without(state: SearchState, facet: str) -> SearchState:
    return replace(state, filters={name: held for name, held in state.filters.items() if name != facet})


def _panels(facet: str, page: Page | None, address: Address) -> tuple[Panel, ...]:
    if page is None:
        return ()
    others = replace(page, facets=tuple(one for one in page.facets if one.name != facet))
    return panels(others, address, label, trees())
