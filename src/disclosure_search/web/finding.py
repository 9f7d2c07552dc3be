"""The page of a search, the page of all values of a facet, and the request for what was not found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from flask import Response, abort, make_response, render_template, request

from disclosure_search import query
from disclosure_search.document import BY_NAME, FACETS
from disclosure_search.states import SearchState, one_line
from disclosure_search.vocabulary import Vocabulary
from disclosure_search.web import languages
from disclosure_search.web.addresses import paging, search_url, searches, url_for
from disclosure_search.web.answering import heard, searching
from disclosure_search.web.chart import chart
from disclosure_search.web.languages import gettext
from disclosure_search.web.limiting import client_of_request
from disclosure_search.web.panel import NESTED, choice, in_tree, index, panels

_LOOSENED = 8  # how many "without this filter" a page without hits counts, each a search of its own
_WORDS = 6  # of a search without hits that are counted, each two searches
_FIND = "find"  # the text that narrows the values of a facet


@dataclass(frozen=True, slots=True)
class Loosened:
    """The same search without one condition; `words` are what it is called."""

    name: str
    words: str
    url: str
    total: int


@dataclass(frozen=True, slots=True)
class WordCount:
    """How many documents a word of the search has by itself, and how many the search has without it."""

    word: str
    alone: int
    without: int
    url: str
    url_without: str


def label(name: str, code: str) -> str:
    return languages.label(searching().vocabularies, name, code)


def labeller() -> Callable[[str, str], str]:
    """`label` for a page with many of them."""
    vocabularies, language = searching().vocabularies, languages.language()
    held: dict[tuple[str, str], str] = {}

    def of(name: str, code: str) -> str:
        if (name, code) not in held:
            held[name, code] = languages.label(vocabularies, name, code, language)
        return held[name, code]

    return of


def search() -> tuple[str, int]:
    state = SearchState.from_params(request.args.items(multi=True))
    page = searching().run(state)
    state = page.state  # with codes where the address had labels
    if state.page == 1:
        heard(state.text, client_of_request(), is_found=page.total > 0)
    address, named = searches(), labeller()
    turns = paging(state, page.pages, address)
    years = next((one for one in page.facets if one.name == "year"), None)
    html = render_template(
        "search.html",
        page=page,
        state=state,
        stand=page,
        address=address,
        paging=turns,
        typed=state.text,
        kept=kept(state),
        chosen=tuple(chosen(state)),
        label=named,
        panels=panels(page, address, named, trees()),
        chart=chart(choice("year", one, state, address, named) for one in years.values) if years else None,
        loosened=() if page.total else tuple(_loosened(state)),
        words=() if page.total else tuple(_word_counts(state)),
    )
    return html, 404 if turns.is_beyond else 200


def facet(name: str) -> str:
    """All values of a facet for this search, with a box to narrow them by."""
    if name not in {one.name for one in FACETS}:
        abort(404)
    given = [pair for pair in request.args.items(multi=True) if pair[0] != _FIND]
    wanted = one_line(request.args.get(_FIND, ""))
    page = searching().run(replace(SearchState.from_params(given), size=1, page=1))
    state = replace(page.state, size=SearchState.from_params(given).size)
    found = next(one for one in page.facets if one.name == name)
    vocabulary = trees().get(name)
    ordered = in_tree(found.values, vocabulary) if vocabulary else ((one, 0) for one in found.values)
    address = searches()
    choices = [choice(name, one, state, address, label, level) for one, level in ordered]
    return render_template(
        "facet.html",
        name=name,
        state=state,
        stand=page,
        typed=state.text,
        kept=kept(state),
        find=wanted,
        others=tuple(pair for pair in state.to_params() if pair[0] != name),
        every=state.to_params(),
        index=index(choices, wanted, by_letter=name not in (*NESTED, "year")),
        total=len(choices),
    )


def trees() -> dict[str, Vocabulary]:
    return {name: searching().vocabularies[BY_NAME[name].vocabulary] for name in NESTED}


def kept(state: SearchState) -> tuple[tuple[str, str], ...]:
    """What a new text in the box keeps of the search: all but the text and the page."""
    return tuple(pair for pair in state.with_page(1).to_params() if pair[0] != "q")


def chosen(state: SearchState) -> Iterator[tuple[str, str, SearchState]]:
    """Every condition besides the text: its name, what is chosen, and the search without it."""
    for name, values in state.filters.items():
        for value in values:
            yield languages.facet_title(name), label(name, value), state.without_filter(name, value)
    if state.since:
        yield gettext("从"), state.since, state.with_days("", state.until)
    if state.until:
        yield gettext("到"), state.until, state.with_days(state.since, "")


def _total(state: SearchState) -> int:
    return searching().run(replace(state, size=1, page=1)).total


def _loosened(state: SearchState) -> Iterator[Loosened]:
    for name, words, without in list(chosen(state))[:_LOOSENED]:
        yield Loosened(name, words, search_url(without), _total(without))


def _word_counts(state: SearchState) -> Iterator[WordCount]:
    """Only for a plain search of several words: of one with signs of the query language no word can be taken out."""
    words = searching().words(state.text)
    if len(words) < 2 or not isinstance(query.parse(state.text).query, query.Text | query.And):
        return
    for word in words[:_WORDS]:
        alone = state.with_text(word)
        without = state.with_text(" ".join(one for one in words if one != word))
        yield WordCount(word, _total(alone), _total(without), search_url(alone), search_url(without))


def application(plain: bool = False) -> Response:
    """A request for disclosure (依申请公开), filled in with what was looked for and not found."""
    state = SearchState.from_params(request.args.items(multi=True))
    conditions = tuple((name, words) for name, words, _ in chosen(state))
    text = render_template(
        "request.txt",
        state=state,
        conditions=conditions,
        today=searching().today.isoformat(),
        stand=searching().condition(),
    )
    if not plain:
        return make_response(
            render_template(
                "request.html", state=state, text=text, stand=searching().condition(), typed=state.text
            )
        )
    response = make_response(text.replace("\n", "\r\n"))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="request.txt"'
    return response


def request_url(state: SearchState, endpoint: str = "request") -> str:
    return searches(url_for(endpoint))(state)
