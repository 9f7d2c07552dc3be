"""Where canonical texts stand in a text as it was written.

Making the canonical text of 300,000 characters takes 12 ms. A pattern takes a tenth of that: of each character all that
read as it (補 for 补, Ｑ for q), and between two of them whatever is no letter or digit. Few characters read as
several, as ㎏ does; where one of them may be part of a match, the canonical text is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from disclosure_search import analysis

MOST = 2000  # matches in one text
SHORT = 4000  # characters: below it the canonical text is made sooner than a pattern is


class Span(NamedTuple):
    start: int
    end: int
    needles: frozenset[str]


def every(text: str, wanted: tuple[str, ...]) -> Iterator[Span]:
    """The longest match at each place, `wanted` being in that order; also those that overlap, up to MOST."""
    if not wanted or not text:
        return iter(())
    return islice(_found(text, wanted), MOST)


def first(text: str, needle: str, most: int, within: int) -> list[tuple[int, int]]:
    """Where the needle stands as it is; if it does not, what reads as it in the first characters. To look for a string
    takes a tenth of the time of a pattern."""
    found: list[tuple[int, int]] = []
    at = text.find(needle)
    while at >= 0 and len(found) < most:
        found.append((at, at + len(needle)))
        at = text.find(needle, at + len(needle))
    if found or not _may_hold(begin := text[:within], needle):
        return found
    return [(span.start, span.end) for span in islice(_found(begin, (needle,)), most)]


def _may_hold(text: str, needle: str) -> bool:
    """False where a character does not stand in the text in any writing."""
    if not all(map(_is_known, needle)) or not _of_several().isdisjoint(needle):
        return True
    readings = analysis.readings()
    return all(one in text or any(map(text.__contains__, readings.get(one, ""))) for one in needle)


def _found(text: str, wanted: tuple[str, ...]) -> Iterator[Span]:
    if len(text) < SHORT:
        return _found_in_canonical(text, wanted)
    pattern = _pattern(wanted)
    if pattern is None or (_reads_as_several(wanted) and _several().search(text)):
        return _found_in_canonical(text, wanted)
    return _found_as_written(text, pattern, wanted)


def _found_as_written(text: str, pattern: re.Pattern[str], wanted: tuple[str, ...]) -> Iterator[Span]:
    match = pattern.search(text)
    while match is not None:
        yield Span(match.start(), match.end(), frozenset((wanted[(match.lastindex or 1) - 1],)))
        match = pattern.search(text, match.start() + 1)


def _found_in_canonical(text: str, wanted: tuple[str, ...]) -> Iterator[Span]:
    spread, offsets = analysis.spread(text)
    held = [at for at, one in enumerate(spread) if one != "\0"]
    plain, pattern = spread.replace("\0", ""), _literal(wanted)
    match = pattern.search(plain)
    while match is not None:
        first, last = held[match.start()], held[match.end() - 1]
        yield Span(offsets[first], offsets[last] + 1, frozenset((match[0],)))
        match = pattern.search(plain, match.start() + 1)


@lru_cache(maxsize=1024)
def _literal(wanted: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, wanted)))


@lru_cache(maxsize=1024)
def _pattern(wanted: tuple[str, ...]) -> re.Pattern[str] | None:
    """None where not all is known that reads as one of the characters: other scripts, rare signs."""
    if not all(_is_known(one) for needle in wanted for one in needle):
        return None
    # never what begins the next, so there is nothing to go back to; spaces are told apart at once
    between = f"(?:[\\s_、，。]++|[^\\w{_symbols()}])*+"
    return re.compile("|".join(f"({between.join(map(_as_written, needle))})" for needle in wanted))


def _is_known(one: str) -> bool:
    return one.isascii() or "\u3400" <= one <= "\u9fff" or one == "〇"


def _as_written(one: str) -> str:
    others = analysis.readings().get(one, "")
    return f"[{re.escape(one + others)}]" if others else re.escape(one)


@lru_cache(maxsize=1024)
def _reads_as_several(wanted: tuple[str, ...]) -> bool:
    return any(not _of_several().isdisjoint(needle) for needle in wanted)


@lru_cache(maxsize=1)
def _of_several() -> frozenset[str]:
    """The characters of what reads as several."""
    return frozenset("".join(analysis.read_as_several().values()))


@lru_cache(maxsize=1)
def _several() -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(analysis.read_as_several()))}]")


@lru_cache(maxsize=1)
def _symbols() -> str:
    """What is no letter or digit and yet reads as one, as ℃ does."""
    known = ("".join(analysis.readings().values()), "".join(analysis.read_as_several()))
    return re.escape("".join(one for part in known for one in part if not one.isalnum()))
