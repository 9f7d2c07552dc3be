"""Lines over two logarithmic axes, as an SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

COLOURS = ("#0b5cad", "#c2410c", "#15803d", "#7e22ce", "#b45309", "#0f766e", "#be123c", "#475569")
WIDTH, HEIGHT = 460, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 100, 40, 50


class Panel(NamedTuple):
    """`lines` maps a name to its points, all above 0."""

    title: str
    across: str
    lines: Mapping[str, Sequence[tuple[float, float]]]


class Axis(NamedTuple):
    low: float
    high: float
    start: float
    length: float

    def place(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * self.length

    def ticks(self) -> Iterator[float]:
        """1, 2 and 5 of every power of ten; powers alone where there are many."""
        steps = (1, 2, 5) if self.high - self.low < 2.5 else (1,)
        for power in range(math.floor(self.low), math.ceil(self.high) + 1):
            for step in steps:
                if self.low <= math.log10(step) + power <= self.high:
                    yield step * 10.0**power


def svg(panels: Sequence[Panel]) -> str:
    width = WIDTH * len(panels)
    drawn = ("\n".join(_panel(panel)) for panel in panels)
    body = "\n".join(
        f'<g transform="translate({WIDTH * at} 0)">\n{panel}\n</g>' for at, panel in enumerate(drawn)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}"'
        f' font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _panel(panel: Panel) -> Iterator[str]:
    points = [point for line in panel.lines.values() for point in line]
    across = _axis([x for x, _ in points], LEFT, WIDTH - LEFT - RIGHT)
    up = _axis([y for _, y in points], HEIGHT - BOTTOM, TOP + BOTTOM - HEIGHT)
    yield f'<text x="{LEFT}" y="20" font-size="13" font-weight="bold">{escape(panel.title)}</text>'
    for value in across.ticks():
        x = across.place(value)
        yield f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#e2e8f0"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{value:,.0f}</text>'
    for value in up.ticks():
        y = up.place(value)
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e2e8f0"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,g}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">{escape(panel.across)}</text>'
    yield from _lines(panel, across, up)


def _axis(values: Sequence[float], start: float, length: float) -> Axis:
    """A twentieth of a power of ten on either side."""
    return Axis(math.log10(min(values)) - 0.05, math.log10(max(values)) + 0.05, start, length)


def _lines(panel: Panel, across: Axis, up: Axis) -> Iterator[str]:
    """Each name stands where its line ends, pushed down where two would cover each other."""
    free = 0.0
    for at, (name, points) in enumerate(sorted(panel.lines.items(), key=lambda line: -line[1][-1][1])):
        colour = COLOURS[at % len(COLOURS)]
        places = [(across.place(x), up.place(y)) for x, y in points]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in places:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>'
        label = max(places[-1][1] + 4, free)
        free = label + 12
        yield f'<text x="{WIDTH - RIGHT + 6}" y="{label:.1f}" fill="{colour}">{escape(name)}</text>'
