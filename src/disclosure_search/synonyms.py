"""What people say and what documents say: a list that staff keep, applied when a search is made.

    老板 → 用人单位 雇主        one way: a search for 老板 also finds the two others
    低保 = 最低生活保障         both ways
    手续 → 办理程序 ×0.5        the share that the other words weigh in the order, 0.1 to 2; 1 where none is said

One rule a line; either side may hold several words; `#` begins a remark. A rule applies to the words of a search as
they are cut, the longest first, and not to what it led to: rules are no chain, so circles are harmless. A line that
cannot be read is left out with a warning, since the others are as good as before.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from disclosure_search import analysis, query
from disclosure_search.analysis import Segmenter

_log = logging.getLogger(__name__)

NAME = "data/vocabulary/synonyms.txt"
LONGEST_WORD = 40  # characters of one side; more is a sentence
MOST_EXPANSIONS = 24  # of one text: each is a lookup in every field
LIGHTEST, HEAVIEST = 0.1, 2.0
_SIGN = re.compile(r"→|-+>|=>|⇒|＝>|=|＝")
_WEIGHT = re.compile(r"(?:\s*[×*＊]|\s[xX])\s*(\S*)\s*$")
_BETWEEN = re.compile(r"[\s、，,;；|｜]+")


class Rule(NamedTuple):
    """`line` is its number in the file."""

    phrase: str
    weight: float
    line: int


class Expansion(NamedTuple):
    """`word` of a search, in canonical form, is also looked for as `phrase`, which weighs `weight` of itself; `rule` is
    the line of the list that says so."""

    word: str
    phrase: str
    weight: float
    rule: int


class Need(NamedTuple):
    """What a document must hold: all of the words, or any one of the phrases."""

    words: tuple[str, ...]
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a list by the canonical word, and what is wrong with its other lines."""

    by_word: Mapping[str, tuple[Rule, ...]]
    warnings: tuple[str, ...] = ()


def read_rules(lines: Sequence[str], name: str = NAME) -> Rules:
    found: dict[str, dict[str, Rule]] = {}
    warnings: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            pairs, weight = _parsed(line)
        except ValueError as error:
            what, remedy = error.args
            warnings.append(f"{name}:{number}: {what}, so the line is left out: {remedy}")
            continue
        for word, phrase in pairs:
            rules = found.setdefault(analysis.canonical(word), {})
            rule = Rule(phrase, weight, number)
            known = rules.setdefault(analysis.canonical(phrase), rule)
            if known is not rule:
                what = "stands there already" if known.weight == weight else "has another weight"
                warnings.append(
                    f"{name}:{number}: {word} → {phrase} {what} in line {known.line}, which counts: remove one of them"
                )
    return Rules({word: tuple(rules.values()) for word, rules in found.items()}, tuple(warnings))


def _parsed(line: str) -> tuple[list[tuple[str, str]], float]:
    """The pairs of word and phrase that a line states; ValueError with what is wrong and what to do."""
    line = line.split("#", 1)[0].replace("\ufeff", "").strip()
    if not line:
        return [], 1.0
    line, weight = _weight(line)
    sides = _SIGN.split(line)
    if len(sides) != 2:
        what = "it has neither → nor =" if len(sides) == 1 else "it has more than one → or ="
        raise ValueError(what, "write one rule, such as 低保 = 最低生活保障")
    left, right = (_words(side) for side in sides)
    for word in (*left, *right):
        if not analysis.canonical(word) or len(word) > LONGEST_WORD:
            raise ValueError(f"{word[:LONGEST_WORD]!r} is no word", "write words of letters and digits")
    if not left or not right:
        raise ValueError("one side is empty", "write a word on both sides of the sign")
    if same := {analysis.canonical(word) for word in left} & {analysis.canonical(word) for word in right}:
        raise ValueError(f"{min(same)} stands on both sides", "remove it on one side")
    is_both = _SIGN.findall(line)[0] in "=＝"
    common = [word for word in (*left, *(right if is_both else ())) if analysis.is_stop_word(word)]
    if common:
        raise ValueError(f"{common[0]} stands in every other search", "choose a word that means something")
    forth = [(word, phrase) for word in left for phrase in right]
    return forth + ([(phrase, word) for word, phrase in forth] if is_both else []), weight


def _weight(line: str) -> tuple[str, float]:
    found = _WEIGHT.search(line)
    if found is None or not (found[1][:1].isdigit() or found[1][:1] in (".", "-", "")):
        return line, 1.0
    try:
        weight = float(found[1])
    except ValueError:
        weight = 0.0
    if not LIGHTEST <= weight <= HEAVIEST:
        raise ValueError(
            f"{found[1]!r} is no weight", f"write a number from {LIGHTEST} to {HEAVIEST:g}, such as ×0.5"
        )
    return line[: found.start()], weight


def _words(side: str) -> list[str]:
    return [word for word in _BETWEEN.split(side.strip()) if word]


class Synonyms:
    """The rules at work. Without lines nothing is expanded."""

    def __init__(self, segmenter: Segmenter, lines: Sequence[str] = ()) -> None:
        self._segmenter = segmenter
        self.rules = read_rules(lines)
        for warning in self.rules.warnings:
            _log.warning("%s", warning)
        self._longest: dict[str, int] = {}  # of the words that begin with this character
        for word in self.rules.by_word:
            self._longest[word[0]] = max(len(word), self._longest.get(word[0], 0))

    def expand(self, text: str) -> tuple[Expansion, ...]:
        """What the words of a text also stand for, in its order."""
        if not self._longest:
            return ()
        found: dict[tuple[str, str], Expansion] = {}
        for part, is_word in self._parts(self._segmenter.pieces(text)):
            word = "".join(part)
            for rule in self.rules.by_word[word] if is_word else ():
                found[word, rule.phrase] = Expansion(word, rule.phrase, rule.weight, rule.line)
        return tuple(found.values())[:MOST_EXPANSIONS]

    def expansions(self, tree: query.Query) -> tuple[Expansion, ...]:
        """Of a whole search: what stands within quotes or is excluded is taken as it is written."""
        texts = (leaf.text for leaf in query.leaves(tree) if isinstance(leaf, query.Text))
        return tuple(dict.fromkeys(one for text in texts for one in self.expand(text)))

    def needs(self, text: str) -> tuple[Need, ...]:
        """What a document must hold to match the text: never more than without rules."""
        required = self._segmenter.required(text)
        expansions = self.expand(text)
        if not expansions:
            return tuple(Need((word,)) for word in required)
        found: dict[Need, None] = {}
        for part, is_word in self._parts(self._segmenter.pieces(text)):
            word = "".join(part)
            if not is_word:
                found |= dict.fromkeys(Need((one,)) for one in analysis.required_of(part))
            elif any(word in one or one in word for one in required):
                phrases = tuple(one.phrase for one in expansions if one.word == word)
                found[Need(tuple(analysis.required_of(part)) or (word,), phrases)] = None
        return tuple(found) or tuple(Need((word,)) for word in required)

    def _parts(self, pieces: Sequence[str]) -> Iterator[tuple[Sequence[str], bool]]:
        """The pieces in stretches: those that make up a word of a rule, and those in between."""
        start = at = 0
        while at < len(pieces):
            if (end := self._end(pieces, at)) == at:
                at += 1
                continue
            if start < at:
                yield pieces[start:at], False
            yield pieces[at:end], True
            start = at = end
        if start < at:
            yield pieces[start:at], False

    def _end(self, pieces: Sequence[str], at: int) -> int:
        """Behind the longest word of a rule that begins here; here, if there is none."""
        longest = self._longest.get(pieces[at][:1], 0)
        word, best, end = "", at, at
        while end < len(pieces) and pieces[end] and len(word) + len(pieces[end]) <= longest:
            word += pieces[end]
            end += 1
            if word in self.rules.by_word:
                best = end
        return best


def note(expansions: Sequence[Expansion], most: int = 4) -> tuple[str, ...]:
    """A sentence for the reader of the page."""
    words: dict[str, list[str]] = {}
    for one in expansions:
        words.setdefault(one.word, []).append(f"“{one.phrase}”")
    if not words:
        return ()
    told = [f"“{word}”也按{''.join(phrases)}检索" for word, phrases in words.items()]
    more = "等" if len(told) > most else ""
    return (f"{'，'.join(told[:most])}{more}；加上引号就只按原词检索",)
