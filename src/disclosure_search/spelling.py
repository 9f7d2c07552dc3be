"""Mistyped characters: which runs of characters of the collection a run may have been meant to be.

A run is walked from left to right; each step keeps a character or takes another one that sounds or looks alike,
leaves one out, puts one in, or swaps two. How often two characters stand side by side in the collection says which way
is likely. Whether anything public holds what comes out, others have to ask.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from disclosure_search.engine.base import Pairs
from disclosure_search.lexicon import Sounds

SAME_SOUND, LIKE_SOUND, LIKE_SHAPE = 1.0, 1.5, 1.3
DOUBLED, SWAPPED, SUPERFLUOUS, MISSING = 0.8, 1.3, 2.2, 2.2
AT_AN_END = 3.2  # to leave out the first or last character: what is shorter always stands in more texts
LONGEST_RUN = 40
WIDTH = 16  # ways that are followed at each step
INSERTED = 6  # characters that are tried at a place
_SURE = 2000  # a pair in every so many documents is as good as any


class Guess(NamedTuple):
    """`cost` says how much was changed, `likely` (0 at best) how common its pairs are."""

    text: str
    cost: float
    likely: float
    changed: tuple[int, ...]
    """Places of the new text that were touched."""


class _Way(NamedTuple):
    """Thousands are made for a search; `worth` is what is `likely` less the `cost`."""

    text: str = ""
    cost: float = 0.0
    likely: float = 0.0
    changed: tuple[int, ...] = ()
    worth: float = 0.0


@lru_cache(maxsize=1)
def similar() -> Mapping[str, str]:
    """Of each character those that look like it."""
    found: dict[str, dict[str, None]] = {}
    for line in Path(__file__).with_name("similar.txt").read_text("utf-8").splitlines():
        group = "" if line.startswith("#") else line.strip()
        for one in group:
            found.setdefault(one, {}).update((other, None) for other in group if other != one)
    return {one: "".join(others) for one, others in found.items()}


@dataclass(frozen=True, slots=True)
class Speller:
    """Of one collection; `documents` is how many it has. To be used for one search."""

    pairs: Pairs
    sounds: Callable[[], Sounds]
    documents: int
    _known: dict[str, int] = field(default_factory=dict)
    _noted: dict[str, None] = field(default_factory=dict)
    _weighed: dict[str, float] = field(default_factory=dict)
    _sounding: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)

    def guesses(self, run: str, most: int = 12) -> list[Guess]:
        """The likeliest first; `run` is canonical."""
        if not 2 <= len(run) <= LONGEST_RUN or not any(map(_is_han, run)):
            return []
        allowed = 1 + (len(run) > 3) + (len(run) > 9)
        weak = self._weak_places(run)
        steps: list[dict[str, _Way]] = [{} for _ in range(len(run) + 2)]
        steps[0][""] = _Way()
        for at in range(len(run)):
            ways = sorted(steps[at].values(), key=lambda way: -way.worth)[:WIDTH]
            self._step(run, at, ways, allowed, at in weak, steps)
        found = sorted(steps[len(run)].values(), key=lambda way: -way.worth)
        chosen = _of_every_kind(run, [way for way in found if way.text not in ("", run)], most)
        return [Guess(way.text, way.cost, way.likely, way.changed) for way in chosen]

    def has_break(self, run: str) -> bool:
        """Whether two characters of it stand side by side nowhere."""
        return any(not self._count(pair) for pair in self._counted(map("".join, pairwise(run))))

    def _weak_places(self, run: str) -> frozenset[int]:
        """Where the character before hardly ever stands: there one may be missing."""
        pairs = self._counted(run[at - 1 : at + 1] for at in range(1, len(run)))
        ranked = sorted((self._count(pair), at) for at, pair in enumerate(pairs, 1))
        return frozenset(at for count, at in ranked[:4] if count * _SURE <= max(self.documents, _SURE) * 2)

    def _step(
        self, run: str, at: int, ways: list[_Way], allowed: int, weak: bool, steps: list[dict[str, _Way]]
    ) -> None:
        """All ways from `at` on, weighed together."""
        asked: list[tuple[_Way, str, float, int]] = []  # way, what is put behind it, cost, characters taken
        for way in ways:
            asked.append((way, run[at], 0.0, 1))
            if len(way.changed) < allowed and _is_han(run[at]):
                asked += self._changes(way, run, at, weak)
        for way, added, _, _ in asked:
            self._note(way.text[-1:] + added)
        self._look_up()
        for way, added, cost, taken in asked:
            text, likely, last = way.text + added, way.likely, way.text[-1:]
            for one in added:
                likely += self._likely(last + one)
                last = one
            total = way.cost + cost
            held = steps[at + taken].get(text)
            if held is None or held.worth < likely - total:
                changed = (*way.changed, len(way.text)) if cost else way.changed
                steps[at + taken][text] = _Way(text, total, likely, changed, likely - total)

    def _changes(self, way: _Way, run: str, at: int, weak: bool) -> Iterator[tuple[_Way, str, float, int]]:
        one, last = run[at], way.text[-1:]
        for other, is_exact in self._alike(one):
            yield way, other, SAME_SOUND if is_exact else LIKE_SOUND, 1
        for other in similar().get(one, ""):
            yield way, other, LIKE_SHAPE, 1
        is_inside = 0 < at < len(run) - 1
        yield way, "", DOUBLED if one == last else SUPERFLUOUS if is_inside else AT_AN_END, 1
        if at + 1 < len(run) and _is_han(run[at + 1]) and run[at + 1] != one:
            yield way, run[at + 1] + one, SWAPPED, 2
        if weak and last and not way.changed:
            for other in self._between(last, one):
                yield way, other + one, MISSING, 1

    def _alike(self, character: str) -> Iterable[tuple[str, bool]]:
        found = self._sounding.get(character)
        if found is None:
            found = self._sounding[character] = list(self.sounds().alike(character).items())
        return found

    def _between(self, before: str, behind: str) -> list[str]:
        """Characters that may stand between two, the most common first."""
        candidates = self.pairs.after(before)
        counts = zip(
            candidates,
            self.pairs.counts("".join(before + one for one in candidates)),
            self.pairs.counts("".join(one + behind for one in candidates)),
            strict=True,
        )
        found = sorted(((min(left, right), one) for one, left, right in counts if right), reverse=True)
        return [one for _, one in found[:INSERTED]]

    def _likely(self, pair: str) -> float:
        found = self._weighed.get(pair)
        if found is None:
            found = self._weighed[pair] = self._weigh(pair) if len(pair) > 1 else 0.0
        return found

    def _weigh(self, pair: str) -> float:
        sure = min(max(self.documents / _SURE, 2.0), 60.0)
        count = self._count(pair)
        return min(0.0, math.log((count + 0.3) / (sure + 0.3))) + 0.15 * math.log10(1 + count)

    def _note(self, run: str) -> None:
        for at in range(len(run) - 1):
            pair = run[at : at + 2]
            if pair not in self._known:
                self._noted[pair] = None

    def _look_up(self) -> None:
        if self._noted:
            self._known.update(zip(self._noted, self.pairs.counts("".join(self._noted)), strict=True))
            self._noted.clear()

    def _counted(self, pairs: Iterable[str]) -> list[str]:
        found = list(pairs)
        for pair in found:
            self._note(pair)
        self._look_up()
        return found

    def _count(self, pair: str) -> int:
        return self._known[pair]


def _of_every_kind(run: str, ways: Iterable[_Way], most: int) -> list[_Way]:
    """The best, and the best of those that are longer, shorter or only in another order: characters that are exchanged
    are so many that they would leave no room for these."""
    room = Counter({0: most, 1: most // 4, -1: most // 4, None: most // 4})
    chosen = []
    for way in ways:
        kind = (
            None
            if sorted(way.text) == sorted(run)
            else (len(way.text) > len(run)) - (len(way.text) < len(run))
        )
        if room[kind] > 0:
            room[kind] -= 1
            chosen.append(way)
    return chosen


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"
