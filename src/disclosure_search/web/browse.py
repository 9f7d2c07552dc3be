"""Walking down the collection without a search: facet, value, then the next facet, then the documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, render_template, request

from disclosure_search.answers import Page
from disclosure_search.document import BY_NAME, FACETS
from disclosure_search.errors import QueryError
from disclosure_search.states import SearchState
from disclosure_search.vocabulary import Vocabulary
from disclosure_search.web.addresses import BROWSE_DEFAULTS, browse_url, paging
from disclosure_search.web.answering import searching

_NESTED = (
    "category",
)  # a document of one is counted for those above it; the groups of channels are for statistics
Above = tuple[str, ...]
_FORBIDDEN = ("q", "size")  # the text belongs to /search


@dataclass(frozen=True, slots=True)
class Branch:
    """A value with those below it; `count` is that of the facet."""

    value: str
    label: str
    count: int
    children: tuple[Branch, ...] = ()


class Browse:
    """The shelves: trees of values with counts, and the pages that show them."""

    def tree(self, facet: str) -> tuple[Branch, ...]:
        """The values of a facet in the order of its vocabulary, without empty ones below the top."""
        counts = self._counts(facet)
        vocabulary = self._vocabulary(facet)
        top = [entry.code for entry in vocabulary.entries if not (entry.parent and facet in _NESTED)]
        strangers = [code for code in counts if vocabulary.get(code) is None]
        if not vocabulary.entries:
            strangers.sort(reverse=True)  # years: the latest first
        return tuple(self._branch(facet, code, counts) for code in (*top, *strangers))

    def trees(self) -> dict[str, tuple[Branch, ...]]:
        return {one.name: self.tree(one.name) for one in FACETS}

    def index(self) -> str:
        return render_template("browse.html", trees=self.trees(), stand=searching().condition())

    def facet(self, facet: str) -> str:
        _known_facet(facet)
        trees = {facet: self.tree(facet)}
        return render_template("browse.html", trees=trees, only=facet, stand=searching().condition())

    def value(self, facet: str, value: str) -> tuple[str, int]:
        _known_facet(facet)
        counts = self._counts(facet)
        if value not in counts and self._vocabulary(facet).get(value) is None:
            abort(404, description=f"目录中没有“{searching().label(facet, value)}”这一项")
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
            path=self._path(facet, value),
            narrowing=_narrowing(facet, page),
            children=self._branch(facet, value, counts).children,
            stand=searching().condition(),
        )
        return html, 404 if turns.is_beyond else 200

    def _counts(self, facet: str) -> Mapping[str, int]:
        found = next((one for one in searching().overview() if one.name == facet), None)
        return {one.value: one.count for one in found.values} if found else {}

    def _vocabulary(self, facet: str) -> Vocabulary:
        return searching().vocabularies[BY_NAME[facet].vocabulary]

    def _branch(self, facet: str, value: str, counts: Mapping[str, int], above: Above = ()) -> Branch:
        above = (*above, value)  # parents may run in a ring
        entries = self._vocabulary(facet).entries if facet in _NESTED else ()
        below = [one.code for one in entries if one.parent == value and one.code in counts]
        children = tuple(self._branch(facet, one, counts, above) for one in below if one not in above)
        return Branch(value, searching().label(facet, value), counts.get(value, 0), children)

    def _path(self, facet: str, value: str) -> Above:
        """The values from the top down to this one."""
        return self._vocabulary(facet).path_to(value) if facet in _NESTED else (value,)


def _known_facet(facet: str) -> None:
    if facet not in {one.name for one in FACETS}:
        abort(404, description="目录只能按类别、渠道和年份浏览")


def _state(facet: str, code: str) -> SearchState:
    given = tuple(request.args.items(multi=True))
    names = {name for name, _ in given}
    if unfit := sorted(names & {facet, *_FORBIDDEN}):
        raise QueryError(unfit[0], "this parameter cannot be used here", "use /search")
    defaults = (pair for pair in BROWSE_DEFAULTS if pair[0] not in names)
    return SearchState.from_params(((facet, code), *defaults, *given))


def _narrowing(facet: str, page: Page | None) -> tuple[object, ...]:
    return tuple(one for one in page.facets if one.name != facet and one.values) if page else ()
