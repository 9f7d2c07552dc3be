"""Shows why a document was found: the best windows of its texts, with the matches marked.

Matches are searched in the canonical text (`analysis.spread`), so that spaces, line ends, width, case and
traditional characters between or in them make no difference, and no character is ever cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from disclosure_search import analysis, query
from disclosure_search.analysis import Segmenter
from disclosure_search.document import Document

WINDOW = 110  # characters of a fragment
LEAD = 24  # of them before its first match
MOST_MATCHES = 2000  # looked at in one text


@dataclass(frozen=True, slots=True)
class Fragment:
    """A window of a text as (text, is it a match?) pairs; `place` names the attachment it stands in, if any."""

    pieces: tuple[tuple[str, bool], ...]
    place: str = ""

    def plain(self) -> str:
        return "".join(text for text, _ in self.pieces)


class Span(NamedTuple):
    start: int
    end: int
    needles: frozenset[str]


def needles(tree: query.Query, segmenter: Segmenter) -> tuple[str, ...]:
    """What a hit is shown by: the words of the search and its phrases, in canonical form, longest first."""
    found: dict[str, None] = {}
    for leaf in query.leaves(tree):
        if isinstance(leaf, query.Phrase):
            found[analysis.canonical(leaf.text)] = None
        elif isinstance(leaf, query.Text):
            found |= dict.fromkeys((analysis.canonical(leaf.text), *segmenter.required(leaf.text)))
    return tuple(sorted((one for one in found if one), key=len, reverse=True))


def mark(text: str, wanted: Sequence[str], place: str = "") -> Fragment:
    """The whole text with every match marked."""
    return _cut(text, spans(text, wanted), 0, len(text), place, whole=True)


def fragments(document: Document, wanted: Sequence[str], count: int = 3) -> tuple[Fragment, ...]:
    """The windows that show most of what was searched, in the order of the text; those of attachments after them."""
    matches = spans(document.body, wanted)
    found = _best(document.body, matches, count, "")
    seen = frozenset[str]().union(*(span.needles for span in matches))
    for attachment in document.attachments:
        if len(found) < count and not seen.issuperset(wanted):
            found += _best(
                attachment.text, spans(attachment.text, wanted), count - len(found), attachment.name
            )
    if not found and document.body.strip():
        start = len(document.body) - len(document.body.lstrip())
        found = [_cut(document.body, (), *_window(document.body, start, start), "")]
    return tuple(found)


def spans(text: str, wanted: Sequence[str]) -> list[Span]:
    """Matches in order, those that touch or overlap joined: they never overlap."""
    if not wanted or not text:
        return []
    pattern = re.compile("|".join("\0*".join(needle) for needle in wanted))
    plain, offsets = analysis.spread(text)
    found: list[Span] = []
    match = pattern.search(plain)
    for _ in range(MOST_MATCHES):
        if match is None:
            break
        start, end = offsets[match.start()], offsets[match.end() - 1] + 1
        needles = frozenset((match[0].replace("\0", ""),))
        if found and start <= found[-1].end:
            last = found.pop()
            start, end, needles = last.start, max(last.end, end), last.needles | needles
        found.append(Span(start, end, needles))
        match = pattern.search(plain, match.start() + 1)
    return found


def _best(text: str, found: Sequence[Span], count: int, place: str) -> list[Fragment]:
    chosen: list[tuple[int, int]] = []
    for start, end in _ranked(found):
        window = _window(text, start, end)
        if all(window[1] <= low or high <= window[0] for low, high in chosen):
            chosen.append(window)
        if len(chosen) == count:
            break
    return [_cut(text, found, low, high, place) for low, high in sorted(chosen)]


def _ranked(found: Sequence[Span]) -> Iterable[tuple[int, int]]:
    """The place of each match, first those whose window holds the most different needles, then the most text."""
    scored: list[tuple[int, int, int, int]] = []
    for at, span in enumerate(found):
        last = span.start + WINDOW - LEAD
        near = takewhile(lambda one: one.end <= last, found[at : at + 20])  # noqa: B023
        different = span.needles.union(*(one.needles for one in near))
        scored.append((-len(different), -sum(map(len, different)), span.start, span.end))
    return [(start, end) for _, _, start, end in sorted(scored)]


def _window(text: str, first: int, end: int) -> tuple[int, int]:
    """From the begin of a sentence close by, if there is one; `first` to `end` lies inside."""
    start = max(0, first - LEAD)
    latest = min(first, start + LEAD // 2)
    start = max(start, *(text.rfind(sign, max(0, start - LEAD), latest) + 1 for sign in "。；！？\n"))
    while start < first and text[start].isspace():
        start += 1
    return start, min(len(text), max(start + WINDOW, end))


def _cut(
    text: str, found: Sequence[Span], low: int, high: int, place: str, *, whole: bool = False
) -> Fragment:
    pieces: list[tuple[str, bool]] = [("…", False)] if low > 0 else []
    at = low
    for span in found:
        start, end = max(span.start, low), min(span.end, high)
        if start < end:
            pieces += [(text[at:start], False), (text[start:end], True)]
            at = end
    pieces += [(text[at:high], False), ("…" if high < len(text) else "", False)]
    shown = [(piece if whole else _one_line(piece), marked) for piece, marked in pieces]
    return Fragment(tuple((piece, marked) for piece, marked in shown if piece), place)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
