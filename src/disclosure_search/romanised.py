"""Letters in a search that stand for Chinese: pinyin (buzhumingdan), first letters (bzmd), and both among characters
(2014年bz, 补助mingdan). What they may stand for is looked for in titles, names and words of the collection.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from disclosure_search import pinyin
from disclosure_search.engine.base import Pairs
from disclosure_search.lexicon import Lines, Span, Stock
from disclosure_search.spelling import Guess

EXACT, BLURRED, OF_INITIALS = 0.4, 1.0, 0.8
LONGEST_RUN = 60
SPANS = 2000  # looked at in one listing
_WORDS = 6  # of each sound, where words are joined
_LONGEST_PART = 4  # characters of such a word
_LETTERS = re.compile("[a-z]+")


class Part(NamedTuple):
    """One character of what is meant: itself, its whole reading, or only the first letter of that."""

    text: str
    is_literal: bool = False
    is_initial: bool = False

    def fits(self, character: str) -> float | None:
        """What it costs to take the character for it; None where it cannot be meant."""
        if self.is_literal:
            return 0.0 if character == self.text else None
        readings = pinyin.readings(character)
        if self.is_initial:
            return OF_INITIALS / 4 if any(one[0] == self.text for one in readings) else None
        if any(self.text in (one, one.replace("v", "u")) for one in readings):
            return EXACT / 4
        blurred = pinyin.blurred(self.text)
        return BLURRED / 2 if any(pinyin.blurred(one) == blurred for one in readings) else None

    @property
    def initial(self) -> str:
        return (pinyin.readings(self.text) or (self.text,))[0][:1] if self.is_literal else self.text[:1]

    @property
    def sound(self) -> str:
        read = (pinyin.readings(self.text) or (self.text,))[0] if self.is_literal else self.text
        return f" {pinyin.blurred(read)}"


def holds_letters(run: str) -> bool:
    return bool(_LETTERS.search(run))


def letters_of(run: str) -> str | None:
    """The only run of letters in it, if it is long enough to stand for something."""
    found = _LETTERS.findall(run)
    return found[0] if len(found) == 1 and len(found[0]) > 1 else None


def patterns(run: str, *, unfinished: bool = False) -> list[tuple[Part, ...]]:
    """The ways to understand a canonical run with letters: each of its runs of letters as pinyin, or as initials."""
    if len(run) > LONGEST_RUN:
        return []
    choices: list[list[tuple[Part, ...]]] = []
    at = 0
    for match in _LETTERS.finditer(run):
        choices.append([tuple(Part(one, is_literal=True) for one in run[at : match.start()])])
        choices.append(_letters(match[0], unfinished and match.end() == len(run)))
        at = match.end()
    choices.append([tuple(Part(one, is_literal=True) for one in run[at:])])
    ways = itertools.islice(itertools.product(*choices), 24)
    return [tuple(itertools.chain.from_iterable(way)) for way in ways]


def _letters(run: str, unfinished: bool) -> list[tuple[Part, ...]]:
    whole = [tuple(map(Part, cut)) for cut in pinyin.cuts(run)]
    initials = tuple(Part(one, is_initial=True) for one in run)
    mixed = []
    for at in range(len(run) - 1, 1, -1):
        if not whole and (cuts := pinyin.cuts(run[:at])):
            mixed.append((*map(Part, cuts[0]), *initials[at:]))
            break
    half = []
    if unfinished and not whole:
        half = [(*map(Part, cut[:-1]), Part(cut[-1])) for cut in pinyin.cuts(run, unfinished=True)]
    return [*whole, *half, *([initials] if len(run) < 12 else []), *mixed]


def found_in(
    listing: Lines, parts: Sequence[Part], *, before: str = "", unfinished: bool = False
) -> Iterator[tuple[Span, float]]:
    """Where a pattern stands, with what it costs; `before` may be a line end, which binds it to the begin of lines."""
    if any(one.is_initial for one in parts):
        spans = listing.holding(before + "".join(one.initial for one in parts), of_initials=True)
    else:
        spans = listing.sounding(before + "".join(one.sound for one in parts), unfinished=unfinished)
    for span in itertools.islice(spans, SPANS):
        cost = _cost(listing.text(span), parts, unfinished=unfinished)
        if cost is not None:
            yield span, cost


def _cost(text: str, parts: Sequence[Part], *, unfinished: bool) -> float | None:
    costs = [part.fits(character) for part, character in zip(parts, text, strict=False)]
    if unfinished and costs and costs[-1] is None and not parts[-1].is_literal:
        begun = any(one.startswith(parts[-1].text) for one in pinyin.readings(text[-1]))
        costs[-1] = EXACT / 4 if begun else BLURRED / 2
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(parts) == len(text) else None


@dataclass(frozen=True, slots=True)
class Reader:
    """Of the letters of one search."""

    stocks: Sequence[Stock]
    pairs: Pairs

    def guesses(self, run: str, most: int = 12) -> list[Guess]:
        """The likeliest first; `run` is canonical."""
        counts: Counter[str] = Counter()
        costs: dict[str, float] = {}
        for parts in patterns(run):
            if len(parts) < 2:
                continue
            for text, count, cost in self._standing(parts):
                counts[text] += count
                costs[text] = min(cost, costs.get(text, cost))
            for text, cost in self._joined(parts):
                counts.setdefault(text, 0)
                costs[text] = min(cost, costs.get(text, cost))
        changed = tuple(range(len(run)))
        found = [
            Guess(text, costs[text], math.log10(1 + count), changed)
            for text, count in counts.items()
            if text != run
        ]
        return sorted(found, key=lambda guess: (guess.cost - guess.likely, guess.text))[:most]

    def _standing(self, parts: Sequence[Part]) -> Iterator[tuple[str, int, float]]:
        for stock in self.stocks:
            for span, cost in found_in(stock.titles, parts):
                yield stock.titles.text(span), len(stock.bearers(span.line)), cost
            for span, cost in found_in(stock.agencies, parts):
                yield stock.agencies.text(span), 1, cost
            for span, cost in found_in(stock.words, parts):
                yield stock.words.text(span), stock.counts[span.line], cost

    def _joined(self, parts: Sequence[Part]) -> Iterable[tuple[str, float]]:
        """Words one after the other, where the places between them stand in some text too."""
        best: list[dict[str, tuple[float, float]]] = [{} for _ in range(len(parts) + 1)]  # text → worth, cost
        best[0][""] = (0.0, 0.0)
        for at in range(len(parts)):
            ways = sorted(best[at].items(), key=lambda one: -one[1][0])[:_WORDS]
            for size in range(1, min(_LONGEST_PART, len(parts) - at) + 1):
                for word, count, cost in self._words(parts[at : at + size]) if ways else ():
                    for text, (worth, paid) in ways:
                        if not text or self.pairs.counts(text[-1] + word[0])[0]:
                            new = worth + math.log10(1 + count) - 2, paid + cost
                            held = best[at + size].get(text + word)
                            if held is None or held < new:
                                best[at + size][text + word] = new
        found = sorted(best[-1].items(), key=lambda one: -one[1][0])[:_WORDS]
        return [(text, cost) for text, (_, cost) in found]

    def _words(self, parts: Sequence[Part]) -> list[tuple[str, int, float]]:
        if all(one.is_literal for one in parts):
            return [("".join(one.text for one in parts), 99, 0.0)] if len(parts) == 1 else []
        if len(parts) == 1:
            return []
        found: dict[str, tuple[int, float]] = {}
        for stock in self.stocks:
            spans = found_in(stock.words, (*parts,), before="\n")
            whole = (one for one in spans if len(stock.words.line(one[0].line)) == len(parts))
            for span, cost in itertools.islice(whole, _WORDS):
                word = stock.words.text(span)
                found[word] = (found.get(word, (0, 0.0))[0] + stock.counts[span.line], cost)
        ranked = sorted(found.items(), key=lambda one: -one[1][0])[:_WORDS]
        return [(word, count, cost) for word, (count, cost) in ranked]
