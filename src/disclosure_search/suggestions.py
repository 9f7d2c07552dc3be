"""What somebody who begins to type may mean: titles, agencies, 文号 and categories of public documents.

What begins so comes first, then what holds it where a word begins, then what is read so, in pinyin or its first
letters, then what holds it anywhere; each with the latest documents first. Pinyin serves here alone: no text is ever
found by it. What people searched for before is not kept, so nobody's search is shown to anybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from disclosure_search import analysis, romanised
from disclosure_search.analysis import Segmenter
from disclosure_search.engine.base import Shelf
from disclosure_search.lexicon import Lexicon, Lines, Stock, lines_of
from disclosure_search.vocabulary import Vocabularies

LONGEST = 64  # characters that are looked at
MOST = 10
BEGINS, WORD, READ, INSIDE, READ_INSIDE = range(5)
_LOOKED_AT = 60  # lines of one kind and shelf
_NAMES = 3  # agencies, numbers or categories before the titles that fit as well
_TITLE, _NAME = 1, 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`kind` is title, agency, number or category; `doc_id` is set for the title of a single document."""

    text: str
    kind: str
    doc_id: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is public: of a place on a shelf, and of a term by the number of documents that bear it."""

    today: int
    bearers: Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class _Found:
    fit: int
    kind: int
    order: int
    line: int
    at: int  # the stock; -1 for categories
    source: str


class Suggester:
    def __init__(self, lexicon: Lexicon, vocabularies: Vocabularies, segmenter: Segmenter) -> None:
        self._lexicon = lexicon
        self._segmenter = segmenter
        labels = {entry.label: entry.code for entry in vocabularies["categories"].entries}
        self._codes = {analysis.canonical(label): (label, code) for label, code in labels.items()}
        self._categories: Lines | None = None

    def suggest(self, typed: str, known: Known, limit: int = MOST) -> tuple[Suggestion, ...]:
        run = analysis.canonical(typed[:LONGEST])
        if not run:
            return ()
        stocks = self._lexicon.stocks()
        found = sorted(self._found(run, stocks), key=lambda one: (one.fit, one.kind, one.order, one.at))
        shown: dict[str, Suggestion] = {}
        for one in _with_room_for_titles(found):
            text, make = self._made(one, stocks, known)
            if text not in shown and (suggestion := make()):
                shown[text] = suggestion
            if len(shown) >= min(limit, MOST):
                break
        return tuple(shown.values())

    def _found(self, run: str, stocks: tuple[tuple[Shelf, Stock], ...]) -> Iterator[_Found]:
        if self._categories is None:
            self._categories = lines_of(self._codes)
        for at, (_, stock) in enumerate(stocks):
            for source, lines in (
                ("title", stock.titles),
                ("agency", stock.agencies),
                ("number", stock.numbers),
            ):
                yield from self._fitting(run, lines, at, source)
        yield from self._fitting(run, self._categories, -1, "category")

    def _fitting(self, run: str, lines: Lines, at: int, source: str) -> Iterator[_Found]:
        kind = _TITLE if source == "title" else _NAME
        seen: set[int] = set()
        for fit, line in self._ways(run, lines):
            if line not in seen:
                seen.add(line)
                yield _Found(fit, kind, line, line, at, source)

    def _ways(self, run: str, lines: Lines) -> Iterator[tuple[int, int]]:
        """How well lines fit, the best way first."""
        begins = [span.line for span in islice(lines.holding(f"\n{run}"), _LOOKED_AT)]
        yield from ((BEGINS, line) for line in begins)
        if len(begins) == _LOOKED_AT:
            return
        for span in islice(lines.holding(run), _LOOKED_AT):
            begins_word = not span.start or self._begins_word(lines.line(span.line), span.start)
            yield WORD if begins_word else INSIDE, span.line
        if romanised.holds_letters(run):
            for parts in romanised.patterns(run, unfinished=True)[:4]:
                for fit, before in ((READ, "\n"), (READ_INSIDE, "")):
                    spans = romanised.found_in(lines, parts, before=before, unfinished=True)
                    yield from ((fit, span.line) for span, _ in islice(spans, _LOOKED_AT))

    def _begins_word(self, line: str, at: int) -> bool:
        across = line[at - 1 : at + 1]
        return not any(across in word for word in self._segmenter.words(line))

    def _made(
        self, one: _Found, stocks: tuple[tuple[Shelf, Stock], ...], known: Known
    ) -> tuple[str, Callable[[], Suggestion | None]]:
        """Its canonical text, by which nothing is shown twice, and what makes it if it is public."""
        if one.at < 0:
            plain, (label, code) = list(self._codes.items())[one.line]
            return plain, lambda: Suggestion(label, "category") if known.bearers("category", code) else None
        shelf, stock = stocks[one.at]
        if one.source == "title":
            return stock.titles.line(one.line), lambda: _title(shelf, stock, one.line, known)
        if one.source == "agency":
            term = stock.agency_names[one.line]
            return analysis.canonical(term), lambda: _name(term, term, "agency", known)
        term = stock.number_terms[one.line]
        code, year, serial = term.split("|")
        return analysis.canonical(term), lambda: _name(f"{code}〔{year}〕{serial}号", term, "number", known)


def _with_room_for_titles(found: list[_Found]) -> Iterator[_Found]:
    """Only a few names first, the others at the end."""
    names = [one for one in found if one.kind == _NAME]
    late = set(names[_NAMES:])
    yield from (one for one in found if one not in late)
    yield from names[_NAMES:]


def _title(shelf: Shelf, stock: Stock, line: int, known: Known) -> Suggestion | None:
    public = [place for place in stock.bearers(line) if shelf.is_public(place, known.today)]
    if not public:
        return None
    document = shelf.document(public[0])
    return Suggestion(document.title, "title", document.doc_id if len(public) == 1 else None)


def _name(text: str, term: str, kind: str, known: Known) -> Suggestion | None:
    return Suggestion(text, kind) if known.bearers(kind, term) else None
