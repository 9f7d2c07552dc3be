"""Shows why a document was found: the best windows of its texts, with the matches marked.

Matches are searched in the aligned text (`analysis.aligned`), so that spaces, line ends, width, case and
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
    needle: str


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
    return _cut(text, spans(text, wanted), 0, len(text), place)


def fragments(document: Document, wanted: Sequence[str], count: int = 3) -> tuple[Fragment, ...]:
    """The windows that show most of what was searched, in the order of the text; those of attachments after them."""
    matches = spans(document.body, wanted)
    found = _best(document.body, matches, count, "")
    seen = {span.needle for span in matches}
    for attachment in document.attachments:
        if len(found) < count and not seen.issuperset(wanted):
            found += _best(
                attachment.text, spans(attachment.text, wanted), count - len(found), attachment.name
            )
    if not found and document.body.strip():
        found = [_cut(document.body, (), *_window(document.body, 0), "")]
    return tuple(found)


def spans(text: str, wanted: Sequence[str]) -> list[Span]:
    """Matches in order, never overlapping, those side by side joined."""
    if not wanted or not text:
        return []
    pattern = "|".join("\0*".join(needle) for needle in wanted)
    spans: list[Span] = []
    for match in re.finditer(pattern, analysis.aligned(text)):
        needle = match[0].replace("\0", "")
        if spans and spans[-1].end == match.start():
            last = spans.pop()
            spans.append(Span(last.start, match.end(), last.needle))
        else:
            spans.append(Span(match.start(), match.end(), needle))
        if len(spans) >= MOST_MATCHES:
            break
    return spans


def _best(text: str, found: Sequence[Span], count: int, place: str) -> list[Fragment]:
    chosen: list[tuple[int, int]] = []
    for start, end in _ranked(found):
        window = _window(text, start - LEAD, end)
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
        different = {one.needle for one in takewhile(lambda one: one.end <= last, found[at : at + 20])}  # noqa: B023
        scored.append((-len(different), -sum(map(len, different)), span.start, span.end))
    return [(start, end) for _, _, start, end in sorted(scored)]


def _window(text: str, start: int, need: int = 0) -> tuple[int, int]:
    """From the begin of a sentence close by, if there is one; `need` lies inside."""
    start = max(0, start)
    breaks = [text.rfind(sign, max(0, start - LEAD), start + LEAD // 2) for sign in "。；！？\n"]
    if (near := max(breaks)) >= 0 and near + 1 < max(need, 1):
        start = near + 1
    while start < len(text) - 1 and text[start].isspace():
        start += 1
    return start, min(len(text), max(start + WINDOW, need))


def _cut(text: str, found: Sequence[Span], low: int, high: int, place: str) -> Fragment:
    pieces: list[tuple[str, bool]] = []
    at = low
    for span in found:
        if span.end <= low or span.start >= high:
            continue
        pieces += [(text[at : span.start], False), (text[span.start : span.end], True)]
        at = span.end
    pieces.append((text[at:high], False) if at < high else ("", False))
    whole = high - low == len(text)
    shown = [(piece if whole else _one_line(piece), marked) for piece, marked in pieces]
    if not whole and low > 0:
        shown.insert(0, ("…", False))
    if not whole and high < len(text):
        shown.append(("…", False))
    return Fragment(tuple((piece, marked) for piece, marked in shown if piece), place)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
