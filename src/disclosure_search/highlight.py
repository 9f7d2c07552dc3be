"""Shows why a document was found: the best windows of its texts, with the matches marked.

A match is what the canonical text holds (`analysis.canonical`), so that spaces, line ends, width, case and traditional
characters between or in it make no difference. It is looked for in the text as it stands, by a pattern that allows for
them (`markings`); what cannot be shown apart, as a letter and its accent, is never cut.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from disclosure_search import analysis, markings, query
from disclosure_search.analysis import Segmenter
from disclosure_search.document import BY_NAME, Document
from disclosure_search.markings import Span

WINDOW = 110  # characters of a fragment
LEAD = 24  # of them before its first match
ANCHORS = 3  # matches of one needle that a window may begin with
LOOKED_AT = 10_000  # characters in which needles are counted
WRITTEN_OTHERWISE = 40_000  # in which one is sought that stands nowhere as it is: 0.5 ms
_ENDED = re.compile(".*[。；！？\n]", re.DOTALL)
_SHOWN = ("number", "index_number", "agency", "keywords", "description")  # where nothing else shows the match


@dataclass(frozen=True, slots=True)
class Fragment:
    """A window of a text as (text, is it a match?) pairs. `label` says where it stands if that is not the text, as
    附件《X》中 or 文号; `place` is the name of the attachment."""

    pieces: tuple[tuple[str, bool], ...]
    place: str = ""
    label: str = ""

    def plain(self) -> str:
        return "".join(text for text, _ in self.pieces)


def needles(tree: query.Query, segmenter: Segmenter, more: Iterable[str] = ()) -> tuple[str, ...]:
    """What a hit is shown by: the words of the search, its phrases and numbers, and `more` that it was widened to, such
    as synonyms; in canonical form, longest first."""
    found: dict[str, None] = {}
    for leaf in query.leaves(tree):
        if isinstance(leaf, query.Phrase):
            found[analysis.canonical(leaf.text)] = None
        elif isinstance(leaf, query.Text):
            found |= dict.fromkeys((analysis.canonical(leaf.text), *segmenter.required(leaf.text)))
        elif isinstance(leaf, query.Filter) and leaf.field in ("number", "index_number"):
            found[analysis.canonical(leaf.value)] = None
    found |= dict.fromkeys(map(analysis.canonical, more))
    return tuple(sorted((one for one in found if one), key=len, reverse=True))


def mark(text: str, wanted: Sequence[str], place: str = "") -> Fragment:
    """The whole text with every match marked."""
    return _cut(text, spans(text, wanted), 0, len(text), place, whole=True)


def spans(text: str, wanted: Sequence[str]) -> list[Span]:
    """Matches in order, those that touch or overlap joined: they never overlap, and never end inside a character."""
    joined: list[Span] = []
    for span in markings.every(text, tuple(wanted)):
        end = _after(text, span.end)
        if joined and span.start <= joined[-1].end:
            last = joined[-1]
            joined[-1] = Span(last.start, max(last.end, end), last.needles | span.needles)
        else:
            joined.append(Span(span.start, end, span.needles))
    return joined


def fragments(document: Document, wanted: Sequence[str], count: int = 3) -> tuple[Fragment, ...]:
    """The windows that show most of what was searched, in the order of the text; those of attachments after them, and
    what only the description holds last."""
    found, seen = _best(document.body, wanted, count, "")
    for attachment in document.attachments:
        if len(found) < count and not seen.issuperset(wanted):
            left = count - len(found)
            more, shown = _best(attachment.text, wanted, left, attachment.name)
            name = spans(attachment.name, wanted) if not more else []
            if name and (shown := _shown(name)) - seen:
                more = [_labelled(attachment.name, name, "附件")]
            found += more
            seen |= shown
    if not seen.issuperset(wanted):
        described = _described(document, wanted, seen | _shown(spans(document.title, wanted)))
        found += [one for one, _ in zip(described, range(count - len(found)), strict=False)]
    if not found and document.body.strip():
        start = len(document.body) - len(document.body.lstrip())
        found = [_cut(document.body, (), *_window(document.body, start, start), "")]
    return tuple(found)


def _described(document: Document, wanted: Sequence[str], seen: frozenset[str]) -> Iterator[Fragment]:
    """The description fields that hold what is shown nowhere else."""
    for name in _SHOWN:
        value = getattr(document, name)
        text = value if isinstance(value, str) else "；".join(value)
        found = spans(text, [one for one in wanted if one not in seen])
        if found:
            seen |= _shown(found)
            yield _labelled(text, found, BY_NAME[name].label)


def _labelled(text: str, found: Sequence[Span], label: str) -> Fragment:
    low, high = _window(text, found[0].start, found[0].end)
    fragment = _cut(text, found, low, high, "")
    return Fragment(fragment.pieces, label=label)


def _best(text: str, wanted: Sequence[str], count: int, place: str) -> tuple[list[Fragment], frozenset[str]]:
    """The best windows and what they show; a needle that a chosen one shows adds little to the next."""
    left = _windows(text, wanted)
    chosen: list[tuple[int, int]] = []
    shown: frozenset[str] = frozenset()
    while left and len(chosen) < count:
        low, high, held = max(left, key=lambda one: (_worth(one[2], shown), -one[0]))
        chosen.append((low, high))
        shown |= held.keys()
        left = [one for one in left if one[1] <= low or high <= one[0]]
    cut = [
        _cut(text, spans(text[low:high], wanted), low, high, place, moved=low) for low, high in sorted(chosen)
    ]
    return cut, shown


Held = Mapping[str, float]  # a needle that a window shows, and what that is worth


def _windows(text: str, wanted: Sequence[str]) -> list[tuple[int, int, Held]]:
    """Windows around the first matches of every needle. How rare a needle is decides what it is worth; it is counted
    near the begin only, and only the window is searched for the others: so a long text takes little longer."""
    anchors: list[tuple[int, int]] = []
    weights: dict[str, float] = {}
    for needle in wanted:
        is_joined = any(other != needle and other in needle for other in wanted)
        found = markings.first(text, needle, ANCHORS, LOOKED_AT if is_joined else WRITTEN_OTHERWISE)
        if found:
            often = max(len(found), text.count(needle, 0, LOOKED_AT))
            weights[needle] = (1 + math.sqrt(len(needle))) / (1 + math.log2(often))
            anchors += found
    windows: list[tuple[int, int, Held]] = []
    for start, end in anchors:
        if any(low <= start and end <= high for low, high, _ in windows):
            continue
        low, high = _window(text, start, end)
        part = text[low:high]
        held = {one: weight for one, weight in weights.items() if one in part}
        windows.append((low, high, held or {wanted[-1]: min(weights.values())}))  # written in another way
    return windows


def _worth(held: Held, shown: frozenset[str]) -> float:
    """A needle that was shown counts for a tenth."""
    return sum(weight * (0.1 if needle in shown else 1.0) for needle, weight in held.items())


def _shown(found: Iterable[Span]) -> frozenset[str]:
    return frozenset[str]().union(*(span.needles for span in found))


def _window(text: str, first: int, end: int) -> tuple[int, int]:
    """From the begin of a sentence close by, if there is one; `first` to `end` lies inside."""
    start = max(0, first - LEAD)
    ended = _ENDED.match(text, max(0, start - LEAD), min(first, start + LEAD // 2))
    start = max(start, ended.end()) if ended else start
    while start < first and (text[start].isspace() or _joins(text, start)):
        start += 1
    return start, _after(text, min(len(text), max(start + WINDOW, end)))


def _after(text: str, at: int) -> int:
    """The next place from here on where the text may be cut."""
    while _joins(text, at):
        at += 1
    return at


def _joins(text: str, at: int) -> bool:
    """Whether what stands here belongs to the character before: an accent, a sign of choice, half of a pair."""
    if not 0 < at < len(text) or text[at] < "\u0300":
        return False
    one, before = text[at], text[at - 1]
    if before == "\u200d" or one in "\u200d\ufe0e\ufe0f" or "\U0001f3fb" <= one <= "\U0001f3ff":
        return True
    if "\udc00" <= one <= "\udfff":
        return "\ud800" <= before <= "\udbff"
    return unicodedata.category(one)[0] == "M"


def _cut(
    text: str,
    found: Sequence[Span],
    low: int,
    high: int,
    place: str,
    *,
    whole: bool = False,
    moved: int = 0,
) -> Fragment:
    """`moved` is where the text begins that `found` counts from."""
    pieces: list[tuple[str, bool]] = [("…", False)] if low > 0 else []
    at = low
    for span in found:
        start, end = max(span.start + moved, low), min(span.end + moved, high)
        if start < end:
            pieces += [(text[at:start], False), (text[start:end], True)]
            at = end
    pieces += [(text[at:high], False), ("…" if high < len(text) else "", False)]
    shown = [(piece if whole else _one_line(piece), marked) for piece, marked in pieces]
    label = f"附件《{place}》中" if place else ""
    return Fragment(tuple((piece, marked) for piece, marked in shown if piece), place, label)


_BLANKS = re.compile(r"\s+").sub


def _one_line(text: str) -> str:
    return _BLANKS(" ", text)
