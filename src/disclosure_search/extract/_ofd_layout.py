"""Texts of a page that lie somewhere on it, as lines and paragraphs.

An OFD says where a text stands, not what it belongs to; writers put a line, a word or a single character into one
object, in any order. Lines are objects at one height, from left to right; a line that fills the width goes on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from disclosure_search.extract._xml import Event

_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff01-\uff60\u3000-\u303f]")
# An advance wider than that leaves room for what another object writes there: 年 and 月 of a printed form.
_WIDE = 2.2
# Shorter lines are headings and entries, not broken paragraphs, however narrow the page is.
_SHORTEST_LINE = 12
_ENDS = "。！？：；!?:;…”』」"
_BEGINS = re.compile(
    r"[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]|第[一二三四五六七八九十百\d]+[章节条款]|\d+[.、．]"
)


class Piece(NamedTuple):
    """`y` is the base line; `size` the height of a character."""

    x: float
    y: float
    right: float
    size: float
    text: str


def pieces_of(events: Iterable[Event]) -> tuple[list[Piece], list[str]]:
    """The texts of a page and the templates that it names. Hidden objects (`Visible="false"`) are left out."""
    pieces: list[Piece] = []
    templates: list[str] = []
    outer: dict[str, str] = {}
    code: dict[str, str] = {}
    skipping = 0
    for event in events:
        if skipping:
            skipping += 1 if event.is_start else -1
        elif event.is_start:
            if event.attributes.get("Visible") == "false" or event.name == "Clips":
                skipping = 1
            elif event.name == "TextObject":
                outer = event.attributes
            elif event.name == "TextCode":
                code = event.attributes
            elif event.name == "Template":
                templates.append(event.attributes.get("TemplateID", ""))
        elif event.name == "TextCode" and event.text.strip():
            pieces += _pieces(outer, code, event.text)
    return pieces, templates


def _pieces(outer: dict[str, str], code: dict[str, str], text: str) -> list[Piece]:
    """One object with its text, parted only where it leaves wide gaps. What an object breaks into lines itself
    stays together, at the height where it begins."""
    left, top = [*_numbers(outer.get("Boundary", "")), 0.0, 0.0][:2]
    matrix = _numbers(outer.get("CTM", ""))
    matrix = matrix if len(matrix) == 6 else [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    size = _number(outer.get("Size"), 3.5)
    shown_size = size * (math.hypot(matrix[2], matrix[3]) or 1.0)
    x, y = _number(code.get("X"), 0.0), _number(code.get("Y"), size)
    advances, drops = _deltas(code.get("DeltaX", ""), len(text)), _deltas(code.get("DeltaY", ""), len(text))
    found: list[Piece] = []
    start, begin, furthest, at = 0, x, x, x
    for index, character in enumerate(text):
        natural = size * (1.0 if _HAN.match(character) else 0.5)
        step = advances[index] if index < len(advances) else 0.0 if index < len(drops) else natural
        furthest, at = max(furthest, at + min(abs(step) or natural, natural)), at + step
        if index == start and character.isspace():
            start, begin, furthest = index + 1, at, at
        elif step > _WIDE * size or index == len(text) - 1 or text[index + 1 : index + 3].isspace():
            place, end = _moved(begin, y, matrix), _moved(furthest, y, matrix)
            piece = Piece(left + place[0], top + place[1], left + end[0], shown_size, text[start : index + 1])
            found.append(piece)
            start, begin, furthest = index + 1, at, at
    return found


def _moved(x: float, y: float, matrix: Sequence[float]) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _deltas(source: str, most: int) -> list[float]:
    """`g 3 1.5 2` stands for three times 1.5, then 2."""
    found: list[float] = []
    words = iter(source.split())
    for word in words:
        if word == "g":
            count, step = _number(next(words, ""), 0.0), _number(next(words, ""), 0.0)
            found += [step] * min(max(int(count), 0), most)
        else:
            found.append(_number(word, 0.0))
        if len(found) >= most:
            break
    return found[:most]


def _numbers(source: str) -> list[float]:
    return [_number(word, 0.0) for word in source.split()[:6]]


def _number(source: str | None, default: float) -> float:
    try:
        value = float(source) if source else default
    except ValueError:
        return default
    return value if math.isfinite(value) and abs(value) < 1e6 else default


def laid_out(pieces: list[Piece]) -> str:
    lines = [_Line(one) for one in _lines(pieces)]
    if not lines:
        return ""
    right = max(line.right for line in lines)
    left = min(line.left for line in lines)
    size = median(line.size for line in lines)
    shown = [lines[0].text]
    for before, line in pairwise(lines):
        if _goes_on(before, line, left, right, size):
            shown[-1] += (
                line.text if _HAN.match(line.text) or _HAN.match(before.text[-1]) else f" {line.text}"
            )
        else:
            shown.append(line.text)
    return "\n".join(shown)


def _lines(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces on one base line, give or take a third of a character; the same text drawn twice counts once."""
    lines: list[list[Piece]] = []
    for piece in sorted(set(pieces), key=lambda one: (one.y, one.x)):
        if lines and abs(piece.y - lines[-1][0].y) <= 0.35 * max(piece.size, lines[-1][0].size):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return [sorted(line, key=lambda one: one.x) for line in lines]


class _Line:
    def __init__(self, pieces: list[Piece]) -> None:
        self.left, self.right = pieces[0].x, max(piece.right for piece in pieces)
        self.size = max(piece.size for piece in pieces)
        self.y = pieces[0].y
        self.text = _joined(pieces)
        self.is_row = "\t" in self.text


def _joined(pieces: list[Piece]) -> str:
    """Wide gaps part columns, narrow ones words; characters side by side belong together."""
    text = pieces[0].text
    for before, piece in pairwise(pieces):
        gap = piece.x - before.right
        is_word = min(len(before.text), len(piece.text)) > 1
        if gap > (1.2 if is_word else 2.5) * piece.size:
            text += "\t"
        elif gap > 0.35 * piece.size and not (_HAN.match(text[-1]) and _HAN.match(piece.text)):
            text += " "
        text += piece.text
    return text.strip()


def _goes_on(before: _Line, line: _Line, left: float, right: float, size: float) -> bool:
    """A line that reaches the right edge runs on into one that starts at the left edge, in the same size."""
    if before.is_row or line.is_row or not before.text or not line.text:
        return False
    if abs(before.size - line.size) > 0.15 * size or line.y - before.y > 2.6 * line.size:
        return False
    if before.right - before.left < _SHORTEST_LINE * size:
        return False
    if before.right < right - 1.6 * size or line.left > left + 1.0 * size:
        return False
    return before.text[-1] not in _ENDS or not _BEGINS.match(line.text)
