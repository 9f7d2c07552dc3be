"""A text as a page shows it: matches numbered in the order of reading, so that links lead from one to the next, with
synonyms told apart, and what it cites as links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

from disclosure_search import highlight
from disclosure_search.related import Link
from disclosure_search.web.addresses import document_url
from disclosure_search.web.answering import searching
from disclosure_search.web.typeset import Pieces, blocks

MOST_NUMBERED = 100  # each costs 150 bytes of links; whoever looks further scrolls


class _Mark(NamedTuple):
    """What a piece of a text belongs to: a match, by its place among those of the text, and a link."""

    match: int
    is_synonym: bool
    link: Link | None


@dataclass(frozen=True, slots=True)
class Part:
    """`mark` is match, synonym or nothing."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """Parts that stand in one link, or one part without; `number` is that of the match that begins in it."""

    parts: tuple[Part, ...]
    href: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class TextBlock:
    """As `typeset.Block`, its cells made of runs."""

    kind: str
    rows: tuple[tuple[tuple[Run, ...], ...], ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        return self.rows[0][0]


class Reading:
    """Reads the texts of a page one after the other; `count` is how many matches there were up to now."""

    def __init__(self, typed: str) -> None:
        self._own, self._wanted = searching().needles(typed) if typed else (frozenset[str](), ())
        self.count = 0

    @property
    def last(self) -> int:
        """The last match that has a number."""
        return min(self.count, MOST_NUMBERED)

    def marked(self, line: str) -> Pieces:
        """Without numbers: what stands above the text."""
        return highlight.mark(line, self._wanted).pieces

    def read(
        self, text: str, links: Sequence[Link] = (), title: str = "", agency: str = ""
    ) -> tuple[TextBlock, ...]:
        known: set[int] = set()
        return tuple(
            TextBlock(
                block.kind,
                tuple(tuple(tuple(self._runs(cell, known)) for cell in row) for row in block.rows),
            )
            for block in blocks(tuple(self._pieces(text, links)), title, agency)
        )

    def _pieces(self, text: str, links: Sequence[Link]) -> Iterator[tuple[str, _Mark | None]]:
        spans = highlight.spans(text, self._wanted) if self._wanted else []
        ends = {0, len(text), *(at for one in spans for at in (one.start, one.end))}
        ends.update(at for one in links for at in (one.start, one.end))
        match = link = 0
        places = sorted(ends)
        for start, end in pairwise(places):
            while match < len(spans) and spans[match].end <= start:
                match += 1
            while link < len(links) and links[link].end <= start:
                link += 1
            is_match = match < len(spans) and spans[match].start <= start
            cited = links[link] if link < len(links) and links[link].start <= start else None
            is_synonym = is_match and spans[match].needles.isdisjoint(self._own)
            mark = _Mark(match if is_match else -1, is_synonym, cited) if is_match or cited else None
            yield text[start:end], mark

    def _runs(self, cell: Pieces, known: set[int]) -> Iterator[Run]:
        """A match that a line end cuts counts once, and so do several in one link."""
        for _, group in groupby(enumerate(cell), _link_or_place):
            parts, number, link = [], 0, None
            for _, (text, mark) in group:
                if not isinstance(mark, _Mark):
                    parts.append(Part(text))
                    continue
                link = mark.link
                kind = "" if mark.match < 0 else "synonym" if mark.is_synonym else "match"
                parts.append(Part(text, kind))
                if kind and mark.match not in known and not number:
                    self.count += 1
                    number = self.count
                known.add(mark.match)
            shown = number if number <= MOST_NUMBERED else 0
            yield Run(tuple(parts), document_url(link.doc_id) if link else "", shown)


def _link_or_place(placed: tuple[int, tuple[str, object]]) -> tuple[int, int]:
    """The same for all pieces of one link, and another for every piece without."""
    place, (_, mark) = placed
    return (mark.link.start, -1) if isinstance(mark, _Mark) and mark.link else (-1, place)
