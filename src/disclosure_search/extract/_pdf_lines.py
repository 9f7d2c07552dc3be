"""The lines of a PDF page with their places: what is one row, one paragraph, or only repeated on every page.

Knows nothing of the library: it is given the text of a page and a function that tells where a character stands.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

Box = tuple[float, float, float, float]

_PAGE_NUMBER = re.compile(
    r"(?:[-—–·―‐－]{0,2}\s?)?(?:第\s?)?\d{1,4}(?:\s?页)?(?:\s?[-—–·―‐－]{1,2})?"
    r"(?:\s?[/，,共]{1,2}\s?\d{1,4}\s?页?)?|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩIVX]{1,4}"
)
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = re.compile("[。！？；：!?;:…」』”）)〕】》][”’）)]?$")
# Of a line that is full to the margin, a closing quotation mark alone says nothing.
_FULL_SENTENCE_END = re.compile("[。！？；：!?;:…][”’）)」』]?$")
_NEW_PARAGRAPH = re.compile(
    r"(?:[一二三四五六七八九十百]+、|[（(][一二三四五六七八九十\d]+[）)]|\d{1,3}[、.．](?!\d)|第[一二三四五六七八九十百零\d]+[章节条编]"
    r"|附件|附表|附：|[①-⑳]|[●◆■□▲★※•·]|各[省市县区有单]|抄送)"
)
_WIDE = re.compile("[\u1100-\u115f\u2e80-\uffdc]")
_HAN = re.compile("[\u3400-\u9fff]")
_GAP = re.compile(r"[ \u3000\xa0]+")
# Lines of the edge of a page that may be its header, footer or number.
_EDGE_LINES = 2
_FEW_PAGES = 3
# Lines that make a column, and the number of characters below which a line is none of a paragraph.
_MANY = 6
_SHORT = 10


@dataclass(frozen=True, slots=True)
class Line:
    """`size` is the height of its characters; 0 where the page does not tell where they stand."""

    text: str
    page: int
    left: float = 0.0
    right: float = 0.0
    base: float = 0.0
    size: float = 0.0


def lines_of(text: str, page: int, box: Callable[[int], Box] | None) -> list[Line]:
    """In the order of the page's program, unless that runs upwards."""
    lines: list[Line] = []
    start = 0
    for raw in re.split("(\r\n|[\r\n])", text):
        if raw.strip():
            lines.append(_placed(raw, start, page, box) if box else Line(raw.strip(), page))
        start += len(raw)
    upwards = sum(after.base > before.base + after.size / 2 for before, after in itertools.pairwise(lines))
    if len(lines) > 4 and upwards * 3 > len(lines) * 2:
        lines.sort(key=lambda line: (-line.base, line.left))
    return _upright(lines)


def _placed(raw: str, start: int, page: int, box: Callable[[int], Box]) -> Line:
    inner = raw.strip()
    first = start + raw.index(inner[0])
    left, bottom, _, top = box(first)
    _, low, right, high = box(first + len(inner) - 1)
    size = max(top - bottom, high - low, 1.0)
    parts: list[str] = []
    done = 0
    for gap in _GAP.finditer(inner):
        before, after = box(first + gap.start() - 1)[2], box(first + gap.end())[0]
        # Justified titles have gaps up to one and a half characters; columns of tables stand further apart.
        is_column = after - before > 2.2 * size
        parts += [inner[done : gap.start()], "\t" if is_column else gap.group()]
        done = gap.end()
    return Line("".join([*parts, inner[done:]]), page, left, right, min(bottom, low), size)


def _upright(lines: list[Line]) -> list[Line]:
    """Han that stand one below the other, as in vertical text and narrow heads of tables, are one line."""
    joined: list[Line] = []
    last: Line | None = None
    for line in lines:
        is_single = len(line.text) == 1 and line.size > 0 and _HAN.match(line.text) is not None
        if is_single and last is not None and _is_below(line, last):
            joined[-1] = replace(joined[-1], text=joined[-1].text + line.text)
        else:
            joined.append(line)
        last = line if is_single else None
    return joined


def _is_below(line: Line, last: Line) -> bool:
    return abs(line.left - last.left) < line.size / 2 and 0 < last.base - line.base < 1.7 * line.size


def without_furniture(pages: Sequence[list[Line]]) -> list[Line]:
    """Page numbers out; headers and footers that most pages repeat are kept where they stand first."""
    edges = [_edges(lines) for lines in pages]
    counts = Counter(key for found in edges for key in {_key(line) for line in found})
    least = max(_FEW_PAGES, len(pages) * 0.4)
    seen: set[str] = set()
    kept: list[Line] = []
    for lines, found in zip(pages, edges, strict=True):
        for line in lines:
            if line in found:
                if _PAGE_NUMBER.fullmatch(line.text):
                    continue
                key = _key(line)
                if counts[key] >= least:
                    if key in seen:
                        continue
                    seen.add(key)
            kept.append(line)
    return kept


def _edges(lines: list[Line]) -> set[Line]:
    if any(line.size for line in lines):
        lines = sorted(lines, key=lambda line: -line.base)
    return {*lines[:_EDGE_LINES], *lines[-_EDGE_LINES:]}


def _key(line: Line) -> str:
    return _DIGITS.sub("0", _GAP.sub("", line.text))


@dataclass(frozen=True, slots=True)
class _Measure:
    """Of all lines: where the text begins and ends, and whether its paragraphs are indented. `columns` holds the
    right margins of lines by the strip they begin in."""

    left: float
    right: float
    size: float
    is_indented: bool
    columns: Mapping[int, float] = field(default_factory=dict)

    def margin(self, line: Line) -> float:
        return self.columns.get(_strip(line, self.size), self.right)


def paragraphs(lines: list[Line]) -> str:
    """Lines that only the width of the page has broken are joined."""
    if not lines:
        return ""
    measure = _measured(lines)
    parts = [lines[0].text]
    for before, line in itertools.pairwise(lines):
        if _continues(before, line, measure):
            touching = before.text[-1] + line.text[0]
            parts.append(line.text if _WIDE.search(touching) else f" {line.text}")
        else:
            parts += ["\n", line.text]
    return "".join(parts)


def _measured(lines: list[Line]) -> _Measure:
    placed = [line for line in lines if line.size]
    if not placed:
        widths = sorted(_width(line.text) for line in lines)
        return _Measure(0.0, widths[int(len(widths) * 0.9)], 0.0, is_indented=False)
    size = sorted(line.size for line in placed)[len(placed) // 2]
    body = [line for line in placed if line.right - line.left > 12 * size] or placed
    left = sorted(line.left for line in body)[len(body) // 10]
    right = sorted(line.right for line in body)[int(len(body) * 0.9)]
    indents = sum(1.2 * size < line.left - left < 3.2 * size for line in body)
    return _Measure(left, right, size, indents * 10 > len(body), _columns(body, size))


def _strip(line: Line, size: float) -> int:
    return int(line.left // (4 * size))


def _columns(body: list[Line], size: float) -> dict[int, float]:
    rights: dict[int, list[float]] = {}
    for line in body:
        rights.setdefault(_strip(line, size), []).append(line.right)
    usual = {
        strip: Counter(round(end / size) for end in ends).most_common(1)[0]
        for strip, ends in rights.items()
        if len(ends) >= _MANY
    }
    return {strip: end * size for strip, (end, count) in usual.items() if count * 4 > len(rights[strip])}


def _continues(before: Line, line: Line, measure: _Measure) -> bool:
    if "\t" in before.text or "\t" in line.text:
        return False
    if not before.size or not line.size:
        full = measure.right * 0.85
        is_broken = full > 30 and _width(before.text) >= full and not _SENTENCE_END.search(before.text)
        return is_broken and not _NEW_PARAGRAPH.match(line.text)
    if not 0.8 < before.size / line.size < 1.25 or _is_far(before, line):
        return False
    if _is_title(before, line, measure):
        return not _SENTENCE_END.search(before.text)
    is_full = before.right > measure.margin(before) - 2.5 * before.size
    if not is_full or before.right - before.left < _SHORT * before.size:
        return False
    if line.left > before.left + 0.8 * line.size:
        return False
    if measure.is_indented and line.left < measure.left + 0.8 * line.size:
        return True
    return not _FULL_SENTENCE_END.search(before.text) and not _NEW_PARAGRAPH.match(line.text)


def _is_far(before: Line, line: Line) -> bool:
    return before.page == line.page and not 0 < before.base - line.base < 2.6 * before.size


def _is_title(before: Line, line: Line, measure: _Measure) -> bool:
    """Two centred lines in larger characters, at the head of the first page."""
    centre = (measure.left + measure.right) / 2
    return (
        before.page == line.page == 0
        and min(before.size, line.size) > 1.15 * measure.size
        and all(abs((one.left + one.right) / 2 - centre) < 2 * one.size for one in (before, line))
    )


def _width(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))


def page_list(numbers: Sequence[int]) -> str:
    """`2, 5–7` of counted from 0."""

    def runs() -> Iterator[str]:
        start = end = numbers[0]
        for number in [*numbers[1:], -1]:
            if number == end + 1:
                end = number
                continue
            yield f"{start + 1}" if start == end else f"{start + 1}–{end + 1}"
            start = end = number

    return ", ".join(runs()) if numbers else ""
