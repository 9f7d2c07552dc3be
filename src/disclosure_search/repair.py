"""What a search that finds nothing, or next to nothing, may have been meant to be. It only proposes.

A proposal is a whole search that was run before it is shown: it has public hits today, and more than what was typed.
So nothing that is embargoed, expired or withdrawn can speak through it.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from disclosure_search import analysis, query, romanised
from disclosure_search.analysis import Segmenter
from disclosure_search.lexicon import Lexicon
from disclosure_search.romanised import Reader
from disclosure_search.spelling import Guess, Speller

MOST = 3  # proposals, and near words
FEW = 10  # hits: such a search may still be a mistake
FAR_BETTER = 2  # times as many hits, where what was typed has some
MOST_UNITS = 8
_VERIFIED = 10  # guesses of a unit that are looked up
_COMBINED = 8  # whole searches that are run
_DEARER = 0.9  # than a guess that stands somewhere
_MARGIN = 1.5  # what is so much worse than the best guess is not shown beside it
_SHORT_RUN = 8  # characters in which a word such as 的 or 了 may be a slip
_SHORT = 4  # characters that are one word to whoever typed them
_LETTERS = re.compile(r"[A-Za-zＡ-Ｚａ-ｚ'’]+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """`text` is a whole search, `total` what its page will say under the same filters; `why` says what differs."""

    text: str
    total: int
    why: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """`missing` are words that no public document holds, each with near ones that some do."""

    proposals: tuple[Proposal, ...] = ()
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How a search is asked: `total` of a whole text under the filters of the page, all its words required, and
    `shown`, what its page will say; `standing` of a run in any public document."""

    total: Callable[[str], int]
    shown: Callable[[str], int]
    standing: Callable[[str], int]
    documents: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of the text that is repaired as one: a leaf of the search, or letters that stand side by side."""

    start: int
    end: int
    run: str

    @property
    def has_letters(self) -> bool:
        return romanised.holds_letters(self.run)


@dataclass(frozen=True, slots=True)
class Better:
    """`standing` counts documents that hold it as one run."""

    guess: Guess
    standing: int

    @property
    def worth(self) -> float:
        return math.log10(1 + self.standing) - 2.5 * self.guess.cost + 0.3 * self.guess.likely


class Repairer:
    def __init__(self, lexicon: Lexicon, segmenter: Segmenter) -> None:
        self._lexicon = lexicon
        self._segmenter = segmenter

    def repaired(self, text: str, tree: query.Query, before: int, asked: Asked) -> Repaired:
        """`before`: how many hits it has with all of its words."""
        units = [unit for unit in units_of(text, tree) if len(unit.run) > 1]
        speller = Speller(self._lexicon.pairs(), self._lexicon.sounds, asked.documents)
        odd = {unit for unit in units if speller.has_break(unit.run) or self._skips(unit) is not None}
        suspected = units if before <= FEW else [unit for unit in units if unit in odd]
        broken = [unit for unit in suspected if not asked.standing(unit.run)]
        doubtful = broken or [unit for unit in suspected if unit.has_letters]
        if not doubtful:
            return Repaired()
        better = {
            unit: self._better(unit, speller, asked, is_found=bool(before)) for unit in doubtful[:MOST_UNITS]
        }
        least = self._least(before, [unit for unit, ways in better.items() if ways], odd)
        proposals = self._proposals(text, {unit: ways for unit, ways in better.items() if ways}, least, asked)
        return Repaired(
            proposals, tuple(self._missing(broken, better, speller, asked)) if before <= FEW else ()
        )

    def _skips(self, unit: Unit) -> str | None:
        """What of a unit the search does not ask for: a character between its words, or a word so common that it is
        none; None if it asks for all."""
        asked = Counter("".join(self._segmenter.required(unit.run)))
        left = "".join((Counter(unit.run) - asked).elements())
        told = "".join(one for one in left if not analysis.is_stop_word(one))
        return told or ("" if left and len(unit.run) <= _SHORT_RUN else None)

    def _least(self, before: int, units: Sequence[Unit], odd: set[Unit]) -> int:
        """The hits that make a proposal worth its while. Those of a search that left out what was typed say nothing."""
        if any(self._skips(unit) for unit in units):
            return 1
        return max(1, before if odd.intersection(units) else before * FAR_BETTER)

    def _better(self, unit: Unit, speller: Speller, asked: Asked, *, is_found: bool) -> list[Better]:
        """The likeliest first, without those that are far behind. Beside hits only what stands somewhere as one run
        will do."""
        guesses = self._read(unit.run) if unit.has_letters else speller.guesses(unit.run, _VERIFIED)
        found: list[Better] = []
        dearest = math.inf
        for guess in guesses:
            if guess.cost < dearest:
                found.append(Better(guess, asked.standing(guess.text)))
                if found[-1].standing:  # each is a search: what changes much more is not looked up any more
                    dearest = min(dearest, guess.cost + _DEARER)
        standing = [one for one in found if one.standing]
        if not standing and not is_found:
            standing = [
                one
                for one in found
                if self._is_of_words(one.guess)
                and (unit.has_letters or not speller.has_break(one.guess.text))
            ]
        ranked = sorted(standing, key=lambda one: -one.worth)
        return [one for one in ranked if one.worth >= ranked[0].worth - _MARGIN]

    def _read(self, run: str) -> list[Guess]:
        """With what stands beside the letters, or without it where no text has both together."""
        reader = Reader([stock for _, stock in self._lexicon.stocks()], self._lexicon.pairs())
        guesses = reader.guesses(run, _VERIFIED)
        letters = romanised.letters_of(run)
        if letters is None or letters == run:
            return guesses
        before, _, behind = run.partition(letters)
        alone = reader.guesses(letters, _VERIFIED)
        return [*guesses, *(one._replace(text=f"{before}{one.text}{behind}", changed=()) for one in alone)]

    def _is_of_words(self, guess: Guess) -> bool:
        """Whether each changed character is part of a word: else a search may not even ask for it."""
        inside: set[int] = set()
        for word in self._segmenter.words(guess.text):
            if len(word) > 1:
                for match in re.finditer(re.escape(word), guess.text):
                    inside.update(range(*match.span()))
        return inside.issuperset(at for at in guess.changed if at < len(guess.text))

    def _proposals(
        self, text: str, better: dict[Unit, list[Better]], least: int, asked: Asked
    ) -> tuple[Proposal, ...]:
        if not better:
            return ()
        found: dict[str, Proposal] = {}
        for chosen in _combinations(better):
            new = _replaced(text, chosen)
            if new in found or new == text:
                continue
            if asked.total(new) >= least:
                found[new] = Proposal(new, asked.shown(new), _why(chosen))
            if len(found) == MOST:
                break
        return tuple(found.values())

    def _missing(
        self, broken: Sequence[Unit], better: dict[Unit, list[Better]], speller: Speller, asked: Asked
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        for unit in broken[:MOST_UNITS]:
            is_one = unit.has_letters or len(unit.run) <= _SHORT
            words = [unit.run] if is_one else self._segmenter.required(unit.run)
            for word in words[:MOST_UNITS]:
                if len(word) > 1 and not asked.standing(word):
                    yield word, self._near(word, better.get(unit, []), speller, asked)

    def _near(self, word: str, better: Sequence[Better], speller: Speller, asked: Asked) -> tuple[str, ...]:
        """Words that stand in public documents: spelt nearly so, else beginning or ending alike."""
        if any(one.guess.text for one in better if one.standing):
            return ()  # the proposals say it
        near = [guess.text for guess in speller.guesses(word, _VERIFIED)]
        for part in (word[:-1], word[1:]) if len(word) > 2 else ():
            for _, stock in self._lexicon.stocks():
                near += [
                    stock.words.line(span.line) for span in itertools.islice(stock.words.holding(part), MOST)
                ]
        kept = [one for one in dict.fromkeys(near) if one != word and asked.standing(one)]
        return tuple(kept[:MOST])


def units_of(text: str, tree: query.Query) -> list[Unit]:
    """The places of its texts and phrases; letters with only spaces between them are one unit."""
    found: list[Unit] = []
    end = 0
    for leaf in query.leaves(tree):
        if not isinstance(leaf, query.Text | query.Phrase):
            continue
        start = text.find(leaf.text, end)
        if start < 0:
            continue
        end = start + len(leaf.text)
        if found and not text[found[-1].end : start].strip() and _LETTERS.fullmatch(leaf.text):
            last = found[-1]
            if _LETTERS.fullmatch(text[last.start : last.end].replace(" ", "")):
                found[-1] = Unit(last.start, end, last.run + analysis.canonical(leaf.text))
                continue
        found.append(Unit(start, end, analysis.canonical(leaf.text)))
    return found


def _combinations(better: dict[Unit, list[Better]]) -> Iterator[dict[Unit, Guess]]:
    """The best of every unit first, then one of them exchanged after the other."""
    best = {unit: ways[0].guess for unit, ways in better.items()}
    yield best
    others = [
        (way.worth - ways[0].worth, unit, way.guess) for unit, ways in better.items() for way in ways[1:]
    ]
    for _, unit, guess in sorted(others, key=lambda one: -one[0])[: _COMBINED - 1]:
        yield {**best, unit: guess}


def _replaced(text: str, chosen: dict[Unit, Guess]) -> str:
    for unit, guess in sorted(chosen.items(), key=lambda one: -one[0].start):
        text = text[: unit.start] + _rewritten(text[unit.start : unit.end], unit, guess) + text[unit.end :]
    return text


def _rewritten(old: str, unit: Unit, guess: Guess) -> str:
    """What was typed, with the signs in it, where it is the same."""
    if unit.has_letters:
        return guess.text
    plain, offsets = analysis.spread(old)
    places = [offsets[at] for at, one in enumerate(plain) if one != "\0"] + [len(old)]
    new = ""
    for kind, low, high, first, end in SequenceMatcher(
        None, unit.run, guess.text, autojunk=False
    ).get_opcodes():
        kept = old[places[low] : places[high]] if high < len(places) - 1 else old[places[low] :]
        new += kept if kind == "equal" else guess.text[first:end] + _signs_behind(kept)
    return new


def _signs_behind(text: str) -> str:
    at = len(text)
    while at and not analysis.canonical(text[at - 1]):
        at -= 1
    return text[at:]


def _why(chosen: dict[Unit, Guess]) -> str:
    return "；".join(f"“{unit.run}”→“{guess.text}”" for unit, guess in chosen.items())


def told_of_missing(repaired: Repaired) -> tuple[str, ...]:
    """Sentences for the reader of the page."""
    return tuple(
        f"“{word}”没有出现在任何公开文件中" + (f"；相近的词：{'、'.join(near)}" if near else "")
        for word, near in repaired.missing
    )
