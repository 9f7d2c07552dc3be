"""What stands in the collection, for those who mistype it or begin to type it: titles, agencies, 文号 and words.

All of it comes from the index that answers. What was made of a shelf is kept as long as the shelf is there, so that a
small commit costs itself alone. It may name what is no longer public: whoever shows any of it MUST ask first.
"""

from __future__ import annotations

import re
import threading
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from disclosure_search import analysis, pinyin
from disclosure_search.engine.base import WORDS, Engine, Pairs, Shelf

LONGEST_WORD = 8
_WORD = re.compile(f"[\u3400-\u9fff]{{2,{LONGEST_WORD}}}")


class Span(NamedTuple):
    """Characters `start` to `end` of a line."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of canonical text, the best first, in three writings of the same characters: as they are, the first
    letters of their readings, and their blurred readings, each behind a space. Three strings and two arrays, in which
    `str.find` finds any run: 110 bytes for a title of 15 characters."""

    texts: str
    initials: str
    sounds: str
    starts: array[int]
    sound_starts: array[int]

    def line(self, number: int) -> str:
        start = self.starts[number]
        return self.texts[start : self.texts.index("\n", start)]

    def text(self, span: Span) -> str:
        start = self.starts[span.line]
        return self.texts[start + span.start : start + span.end]

    def holding(self, run: str, *, of_initials: bool = False) -> Iterator[Span]:
        """Where the run stands, the best lines first. A line end before or behind it binds it to that of a line."""
        where = self.initials if of_initials else self.texts
        before, size = run[:1] == "\n", len(run.strip("\n"))
        at = where.find(run)
        while at >= 0:
            line = bisect_right(self.starts, at + before) - 1
            start = at + before - self.starts[line]
            yield Span(line, start, start + size)
            at = where.find(run, at + 1)

    def sounding(self, sounds: str, *, unfinished: bool = False) -> Iterator[Span]:
        """The same for blurred readings, each behind a space; the last one may be `unfinished`."""
        before, size = sounds[:1] == "\n", sounds.count(" ")
        at = self.sounds.find(sounds)
        while at >= 0:
            if unfinished or self.sounds[at + len(sounds.rstrip("\n"))] in " \n":
                line = bisect_right(self.sound_starts, at + before) - 1
                start = self.sounds.count(" ", self.sound_starts[line], at + before)
                yield Span(line, start, start + size)
            at = self.sounds.find(sounds, at + 1)


def lines_of(lines: Iterable[str]) -> Lines:
    texts = "\n".join(("", *lines, ""))
    read = list(map(_reading, texts))
    for place, reading in pinyin.uncommon(texts):
        read[place] = reading
    initials = "".join(reading[:1] for reading in read)
    sounds = "".join(map(_spoken, read))
    return Lines(texts, initials, sounds, _begins(texts), _begins(sounds))


class _Readings(dict[str, str]):
    def __missing__(self, character: str) -> str:
        self[character] = found = (pinyin.readings(character) or (character,))[0]
        return found


class _Spoken(dict[str, str]):
    def __missing__(self, reading: str) -> str:
        self[reading] = found = f" {pinyin.blurred(reading)}"
        return found


_reading = _Readings().__getitem__
_spoken = _Spoken({"\n": "\n"}).__getitem__


def _begins(text: str) -> array[int]:
    return array("I", (found.end() for found in re.finditer(r"\n(?!\Z)", text)))


@dataclass(frozen=True, slots=True)
class Stock:
    """What one shelf holds. `owners` are the places of the documents that bear a title, the latest first; `counts`
    the documents that hold a word."""

    titles: Lines
    owners: Mapping[int, tuple[int, ...]]
    first_owners: array[int]
    agencies: Lines
    agency_names: tuple[str, ...]
    numbers: Lines
    number_terms: tuple[str, ...]
    words: Lines
    counts: array[int]

    def bearers(self, line: int) -> tuple[int, ...]:
        return self.owners.get(line) or (self.first_owners[line],)


def stock_of(shelf: Shelf) -> Stock:
    places: dict[str, list[int]] = {}
    for place, key in shelf.title_keys():
        if title := analysis.canonical(key.decode("gb18030", "ignore")):
            places.setdefault(title, []).append(place)
    counts: Counter[str] = Counter()
    for stream in WORDS:
        for word, documents in shelf.terms(stream):
            if _WORD.fullmatch(word):
                counts[word] += documents
    words = counts.most_common()
    agencies = _named(shelf, "agency", ".+")
    numbers = _named(shelf, "number", r"[^|]+\|[^|]+\|[^|]+")
    return Stock(
        lines_of(places),
        {line: tuple(several) for line, several in enumerate(places.values()) if len(several) > 1},
        array("I", (several[0] for several in places.values())),
        lines_of(agencies),
        tuple(agencies.values()),
        lines_of(numbers),
        tuple(numbers.values()),
        lines_of(word for word, _ in words),
        array("I", (documents for _, documents in words)),
    )


def _named(shelf: Shelf, stream: str, pattern: str) -> dict[str, str]:
    """Canonical text → term, those of most documents first."""
    found = sorted(shelf.terms(stream), key=lambda one: -one[1])
    return {
        plain: term
        for term, _ in found
        if re.fullmatch(pattern, term) and (plain := analysis.canonical(term))
    }


@dataclass(frozen=True, slots=True)
class Sounds:
    """The characters of the collection by what they may be taken for."""

    by_sound: Mapping[str, str]
    _known: dict[str, dict[str, bool]] = field(default_factory=dict)

    def alike(self, character: str) -> Mapping[str, bool]:
        """Others that sound so, and whether exactly so."""
        if character not in self._known:
            self._known[character] = self._alike(character)
        return self._known[character]

    def _alike(self, character: str) -> dict[str, bool]:
        exact = set(pinyin.readings(character))
        found: dict[str, bool] = {}
        for blurred in {pinyin.blurred(one) for one in exact}:
            for other in self.by_sound.get(blurred, ""):
                if other != character:
                    found[other] = found.get(other, False) or bool(exact.intersection(pinyin.readings(other)))
        return found


class Lexicon:
    """Safe for use by several threads: what one of them is making, the others do without meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stocks: dict[str, Stock] = {}
        self._sounds: tuple[frozenset[str], Sounds] = (frozenset(), Sounds({}))
        self._lock = threading.Lock()

    def stocks(self) -> tuple[tuple[Shelf, Stock], ...]:
        shelves = self._engine.shelves()
        if any(shelf.name not in self._stocks for shelf in shelves) and self._lock.acquire(blocking=False):
            try:
                held = self._stocks
                self._stocks = {one.name: held.get(one.name) or stock_of(one) for one in shelves}
            finally:
                self._lock.release()
        held = self._stocks
        return tuple((shelf, held[shelf.name]) for shelf in shelves if shelf.name in held)

    def warm(self) -> None:
        self.stocks()
        self.sounds()

    def pairs(self) -> Pairs:
        return self._engine.pairs()

    def sounds(self) -> Sounds:
        names = frozenset(shelf.name for shelf in self._engine.shelves())
        if self._sounds[0] != names:
            by_sound: dict[str, list[str]] = {}
            for character in self.pairs().characters():
                for blurred in {pinyin.blurred(one) for one in pinyin.readings(character)}:
                    by_sound.setdefault(blurred, []).append(character)
            self._sounds = names, Sounds({sound: "".join(all_) for sound, all_ in by_sound.items()})
        return self._sounds[1]


__all__ = ["Lexicon", "Lines", "Sounds", "Span", "Stock", "lines_of", "stock_of"]
