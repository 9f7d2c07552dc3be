"""Walking down the collection without a search: facet, value, then the next facet, then the documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, render_template, request

from disclosure_search.document import BY_NAME, FACETS
from disclosure_search.errors import QueryError
from disclosure_search.search import Page, Search
from disclosure_search.states import SearchState
from disclosure_search.vocabulary import Vocabularies, Vocabulary
from disclosure_search.web.addresses import BROWSE_DEFAULTS, browse_url, paging

_FORBIDDEN = ("q", "size")  # the text belongs to /search


@dataclass(frozen=True, slots=True)
class Branch:
    """A value with those below it; `count` holds each document of the branch once."""

    value: str
    label: str
    count: int
    children: tuple[Branch, ...] = ()


class Browse:
    """The shelves: trees of values with counts, and the pages that show them."""

    def __init__(self, search: Search, vocabularies: Vocabularies) -> None:
        self._search = search
        self._vocabularies = vocabularies

    def tree(self, facet: str) -> tuple[Branch, ...]:
        """The values of a facet by the parents in its vocabulary, without empty ones below the top."""
        counts = self._counts(facet)
        vocabulary = self._vocabulary(facet)
        top = [entry.code for entry in vocabulary.entries if not entry.parent]
        strangers = [code for code in counts if vocabulary.get(code) is None]
        if not vocabulary.entries:
            strangers.sort(reverse=True)  # years: the latest first
        return tuple(self._branch(facet, code, counts) for code in (*top, *strangers))

    def trees(self) -> dict[str, tuple[Branch, ...]]:
        return {one.name: self.tree(one.name) for one in FACETS}

    def index(self) -> str:
        return render_template("browse.html", trees=self.trees(), stand=self._search.condition())

    def facet(self, facet: str) -> str:
        _known_facet(facet)
        trees = {facet: self.tree(facet)}
        return render_template("browse.html", trees=trees, only=facet, stand=self._search.condition())

    def value(self, facet: str, value: str) -> tuple[str, int]:
        _known_facet(facet)
        counts = self._counts(facet)
        if value not in counts and self._vocabulary(facet).get(value) is None:
            abort(404, description=f"目录中没有“{self._search.label(facet, value)}”这一项")
        codes = [code for code in self._below(facet, value) if code in counts]
        state = _state(facet, codes)
        page = self._search.run(state) if codes else None

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
            stand=self._search.condition(),
        )
        return html, 404 if turns.is_beyond else 200

    def _counts(self, facet: str) -> Mapping[str, int]:
        found = next((one for one in self._search.overview() if one.name == facet), None)
        return {one.value: one.count for one in found.values} if found else {}

    def _vocabulary(self, facet: str) -> Vocabulary:
        return self._vocabularies[BY_NAME[facet].vocabulary]

    def _children(self, facet: str, value: str) -> tuple[str, ...]:
        return tuple(one.code for one in self._vocabulary(facet).entries if one.parent == value != one.code)

    def _below(self, facet: str, value: str) -> tuple[str, ...]:
        """The value and all below it; each once, even where parents run in a ring."""
        found = [value]
        for code in found:
            found.extend(child for child in self._children(facet, code) if child not in found)
        return tuple(found)

    def _branch(self, facet: str, value: str, counts: Mapping[str, int]) -> Branch:
        codes = [code for code in self._below(facet, value) if code in counts]
        is_alone = codes in ([], [value])  # otherwise a document may lie in several of them
        count = counts.get(value, 0) if is_alone else self._search.run(_filtered(facet, codes)).total
        below = (child for child in self._children(facet, value) if child in counts)
        children = tuple(self._branch(facet, child, counts) for child in below)
        return Branch(value, self._search.label(facet, value), count, children)

    def _path(self, facet: str, value: str) -> tuple[str, ...]:
        """The values from the top down to this one."""
        steps = [value]
        while (entry := self._vocabulary(facet).get(steps[0])) and entry.parent and entry.parent not in steps:
            steps.insert(0, entry.parent)
        return tuple(steps)


def _known_facet(facet: str) -> None:
    if facet not in {one.name for one in FACETS}:
        abort(404, description="目录只能按类别、渠道和年份浏览")


def _filtered(facet: str, codes: list[str]) -> SearchState:
    return SearchState.from_params((("size", "1"), *((facet, code) for code in codes)))


def _state(facet: str, codes: list[str]) -> SearchState:
    given = tuple(request.args.items(multi=True))
    names = {name for name, _ in given}
    if unfit := sorted(names & {facet, *_FORBIDDEN}):
        raise QueryError(unfit[0], "this parameter cannot be used here", "use /search")
    defaults = (pair for pair in BROWSE_DEFAULTS if pair[0] not in names)
    return SearchState.from_params((*((facet, code) for code in codes), *defaults, *given))


def _narrowing(facet: str, page: Page | None) -> tuple[object, ...]:
    return tuple(one for one in page.facets if one.name != facet and one.values) if page else ()
