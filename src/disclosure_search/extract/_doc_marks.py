"""What a DOC says about stretches of its characters and paragraphs, as far as reading needs it.

Properties stand on pages of 512 bytes, one group of modifiers (`sprm`) for each stretch of the file.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from disclosure_search.extract._doc_fib import Fib, Place, cut

_PAGE = 512
# Operand sizes by the top three bits of a modifier of Word 97.
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
_T_DEF_TABLE, _T_DEF_TABLE_10, _P_CHG_TABS = 0xD608, 0xD606, 0xC615
# Names of the modifiers that matter, for Word 97 and for Word 6 and 95.
_NAMES_97 = {
    0x0800: "deleted",
    0x083C: "hidden",
    0x0855: "special",
    0x6A09: "symbol",
    0x2416: "in_table",
    0x2417: "row_end",
    0x244B: "inner_cell",
    0x244C: "inner_row",
    0x6649: "level",
    0x6645: "huge",
    0x6646: "huge",
}
_NAMES_6 = {65: "deleted", 92: "hidden", 24: "in_table", 25: "row_end", 117: "special"}
# Operand sizes of Word 6 up to the last modifier that matters; -1: a length byte comes first.
_SIZES_6 = {
    2: 2, 3: -1, **dict.fromkeys((4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 24, 25, 65, 66, 67, 71, 75, 29), 1),
    12: -1, 15: -1, 16: 2, 17: 2, 18: 2, 19: 2, 20: 4, 21: 2, 22: 2, 23: -1, 26: 2, 27: 2, 28: 2,
    68: -1, 69: 2, 70: 4, 72: 2, 73: -1, 74: -1, 80: 2, 81: -1, 82: -1, 83: 0,
    **dict.fromkeys(range(85, 93), 1),
}  # fmt: skip
# Short modifiers of pieces: a number in seven bits and a value.
_SHORT = {0x41: "deleted", 0x5C: "hidden", 0x18: "in_table", 0x19: "row_end"}


class Run(NamedTuple):
    start: int
    end: int
    marks: dict[str, int]


class Runs:
    """Sorted and without overlaps, by bytes of the file."""

    def __init__(self, runs: list[Run]) -> None:
        self._runs: list[Run] = []
        for run in sorted(runs, key=lambda one: one.start):
            last = self._runs[-1].end if self._runs else 0
            if run.end > max(run.start, last):
                self._runs.append(run._replace(start=max(run.start, last)))
        self._starts = [run.start for run in self._runs]

    def within(self, start: int, end: int) -> Iterator[Run]:
        number = max(0, bisect_right(self._starts, start) - 1)
        while number < len(self._runs) and self._runs[number].start < end:
            if self._runs[number].end > start:
                yield self._runs[number]
            number += 1


def character_runs(fib: Fib, document: bytes, table: bytes) -> Runs:
    return Runs([run for page in _pages(fib, fib.characters, document, table) for run in _chpx(fib, page)])


def paragraph_runs(fib: Fib, document: bytes, table: bytes, data: bytes) -> Runs:
    runs = [run for page in _pages(fib, fib.paragraphs, document, table) for run in _papx(fib, page, data)]
    return Runs(runs)


def _pages(fib: Fib, place: Place, document: bytes, table: bytes) -> Iterator[bytes]:
    plc = cut(table, place)
    size = 4 if fib.is_97 else 2
    count = (len(plc) - 4) // (4 + size)
    seen = set()
    for number in range(count):
        at = 4 * (count + 1) + size * number
        page = int.from_bytes(plc[at : at + size], "little") & 0x3FFFFF
        if page not in seen and (page + 1) * _PAGE <= len(document):
            seen.add(page)
            yield document[page * _PAGE : (page + 1) * _PAGE]


def _chpx(fib: Fib, page: bytes) -> Iterator[Run]:
    count = min(page[511], 101)
    bounds = struct.unpack_from(f"<{count + 1}I", page)
    for number in range(count):
        at = page[4 * (count + 1) + number] * 2
        marks = modifiers(fib, page[at + 1 : at + 1 + page[at]]) if at else {}
        if marks:
            yield Run(bounds[number], bounds[number + 1], marks)


def _papx(fib: Fib, page: bytes, data: bytes) -> Iterator[Run]:
    step = 13 if fib.is_97 else 7
    count = min(page[511], 507 // (4 + step))
    bounds = struct.unpack_from(f"<{count + 1}I", page)
    for number in range(count):
        at = page[4 * (count + 1) + step * number] * 2
        if not at or at > 510:
            continue
        size, at = page[at] * 2 - (1 if fib.is_97 else 0), at + 1
        if size < 0:
            size, at = page[at] * 2, at + 1
        marks = modifiers(fib, page[at + 2 : at + size])
        if "huge" in marks:
            marks = _huge(fib, marks, data)
        if marks:
            yield Run(bounds[number], bounds[number + 1], marks)


def _huge(fib: Fib, marks: dict[str, int], data: bytes) -> dict[str, int]:
    """Definitions of wide tables do not fit on a page: they stand in the stream Data."""
    at = marks["huge"]
    if at + 2 > len(data):
        return marks
    (size,) = struct.unpack_from("<H", data, at)
    return {**marks, **modifiers(fib, data[at + 2 : at + 2 + size])}


def modifiers(fib: Fib, group: bytes) -> dict[str, int]:
    return dict(_of_97(group) if fib.is_97 else _of_6(group))


def _of_97(group: bytes) -> Iterator[tuple[str, int]]:
    at, end = 0, len(group)
    while at + 2 < end:
        code = group[at] | group[at + 1] << 8
        at += 2
        size = _SIZES[code >> 13]
        if not size:
            size = group[at] + 1
            if code in (_T_DEF_TABLE, _T_DEF_TABLE_10):
                size = int.from_bytes(group[at : at + 2], "little") + 1
            elif code == _P_CHG_TABS and group[at] == 255:
                return
        elif code in _NAMES_97:
            yield _NAMES_97[code], int.from_bytes(group[at : at + size], "little")
        at += size


def _of_6(group: bytes) -> Iterator[tuple[str, int]]:
    at, end = 0, len(group)
    while at < end:
        code = group[at]
        size = _SIZES_6.get(code)
        if size is None or (size < 0 and at + 1 >= end):
            return
        if code in _NAMES_6 and at + 1 < end:
            yield _NAMES_6[code], group[at + 1]
        at += 1 + (size if size >= 0 else group[at + 1] + 1)


def piece_marks(fib: Fib, modifier: int, groups: list[bytes]) -> dict[str, int]:
    """What a fast save added to a whole piece."""
    if not modifier & 1:
        name = _SHORT.get(modifier >> 1 & 0x7F)
        return {name: modifier >> 8} if name else {}
    number = modifier >> 1
    return modifiers(fib, groups[number]) if number < len(groups) else {}
