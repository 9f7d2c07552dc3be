"""The years of a search as bars: numbers for an SVG that needs neither scripts nor styles of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from disclosure_search.web.panel import Choice

WIDTH, HEIGHT, FOOT = 320, 88, 20  # FOOT is for the years below
_WIDEST = 56  # two years alone would be walls
_LONGEST = 120  # years: a wrong one of 1014 must not squeeze all others
_LEAST = 3  # what is there can be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """`choice` is None for a year without documents."""

    year: int
    x: float
    y: float
    width: float
    height: float
    choice: Choice | None
    is_named: bool


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    first: int
    last: int
    most: int
    width: int = WIDTH
    height: int = HEIGHT
    foot: int = FOOT


def chart(choices: Iterable[Choice]) -> Chart | None:
    """None for fewer than two years: there is nothing to compare."""
    held = {int(one.value): one for one in choices if one.value.isascii() and one.value.isdigit()}
    if len(held) < 2:
        return None
    last = max(held)
    first = min(year for year in held if year > last - _LONGEST)
    most = max(1, *(one.count for one in held.values()))
    years = range(first, last + 1)
    step = min(WIDTH / len(years), _WIDEST)
    every = max(1, round(40 / step))  # a year takes 40 units to be read
    bars = tuple(
        _bar(year, held.get(year), (year - first) * step, step, most, is_named=(last - year) % every == 0)
        for year in years
    )
    return Chart(bars, first, last, most)


def _bar(year: int, choice: Choice | None, x: float, step: float, most: int, *, is_named: bool) -> Bar:
    room = HEIGHT - FOOT
    count = choice.count if choice else 0
    height = max(_LEAST, round(count / most * (room - 4), 1)) if count else 0.0
    gap = min(3.0, step / 5)
    return Bar(
        year, round(x + gap / 2, 1), round(room - height, 1), round(step - gap, 1), height, choice, is_named
    )
