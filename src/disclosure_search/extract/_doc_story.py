"""From pieces and marks to lines: which characters of a DOC are shown, and where rows and cells end."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from disclosure_search.extract._codepage import decode_page
from disclosure_search.extract._doc_fib import Fib, FormatError, Piece, cut, parse_pieces
from disclosure_search.extract._doc_marks import Runs, character_runs, paragraph_runs, piece_marks
from disclosure_search.extract._flow import End, Flow
from disclosure_search.extract._symbols import shown_by_code, symbol

_MAIN, _NOTES, _HEADERS, _MACROS, _COMMENTS, _ENDNOTES, _BOXES, _HEADER_BOXES = range(8)
_CONTROL = re.compile("[\x01-\x08\x0b-\x1f]")
_LINES = "\x0b\x0c\x0e"
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOGGLED = (1, 0x81)
# What is left out is NUL; a tab parts cells, and nothing else does.
_PLAIN = {0: None, 9: " "}


@dataclass(slots=True)
class Story:
    parts: list[str]
    headers: str
    warnings: list[str]


@dataclass(slots=True)
class _Source:
    """The whole text, a character for each position; what is left out has become NUL."""

    text: str
    rows: set[int] = field(default_factory=set)
    cells: set[int] = field(default_factory=set)
    levels: dict[int, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    finish: Callable[[str], str] = str


def assemble(fib: Fib, document: bytes, table: bytes, data: bytes, most: int) -> Story | None:
    """None when the text is longer than `most`."""
    pieces, groups = parse_pieces(fib, table, len(document))
    if sum(piece.length for piece in pieces) > most:
        return None
    source = _read_pieces(fib, document, pieces)
    _mark(source, fib, pieces, groups, character_runs(fib, document, table))
    _mark_paragraphs(source, fib, pieces, groups, paragraph_runs(fib, document, table, data))
    bounds = [0]
    for count in fib.counts:
        bounds.append(bounds[-1] + count)
    if fib.counts[_MAIN] > len(source.text):
        raise FormatError("its text is cut off")
    boxes, loose = _boxes(fib, table, bounds[_BOXES])
    shown = {at: _lines(source, *place) for at, place in boxes.items() if place[1] <= len(source.text)}
    parts = [_lines(source, 0, bounds[1], shown)]
    parts += [_lines(source, *place) for place in loose]
    parts += [_lines(source, bounds[part], bounds[part + 1]) for part in (_NOTES, _ENDNOTES)]
    headers = [_lines(source, bounds[part], bounds[part + 1]) for part in (_HEADERS, _HEADER_BOXES)]
    if fib.counts[_COMMENTS]:
        source.warnings.append("comments left out")
    return Story([part for part in parts if part], "\n".join(headers), source.warnings)


def _read_pieces(fib: Fib, document: bytes, pieces: list[Piece]) -> _Source:
    found = []
    for piece in pieces:
        if piece.start + piece.length * piece.width > len(document):
            raise FormatError("a piece of its text lies outside of the file")
        part = document[piece.start : piece.start + piece.length * piece.width]
        if piece.width == 2:
            text = part.decode("utf-16-le", "surrogatepass")
            if len(text) != piece.length:  # characters beyond the first plane take two positions
                text = "".join(map(chr, struct.unpack(f"<{piece.length}H", part)))
            found.append(text)
        else:
            found.append(part.decode("cp1252", "replace") if fib.is_97 else part.decode("latin-1"))
    is_bytes = not fib.is_97 and not fib.is_wide
    page = fib.page

    def decoded(text: str) -> str:
        return decode_page(text.encode("latin-1", "replace"), page)

    return _Source("".join(found), finish=decoded if is_bytes else _paired)


def _paired(text: str) -> str:
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _placed(pieces: list[Piece], runs: Runs) -> Iterator[tuple[int, int, dict[str, int]]]:
    """The stretches of `runs` by positions in the text."""
    at = 0
    for piece in pieces:
        end = piece.start + piece.length * piece.width
        for run in runs.within(piece.start, end):
            start = max(run.start, piece.start) - piece.start
            stop = min(run.end, end) - piece.start
            yield at + start // piece.width, at + -(-stop // piece.width), run.marks
        at += piece.length


def _whole(fib: Fib, pieces: list[Piece], groups: list[bytes]) -> Iterator[tuple[int, int, dict[str, int]]]:
    at = 0
    for piece in pieces:
        marks = piece_marks(fib, piece.modifier, groups) if piece.modifier else {}
        if marks:
            yield at, at + piece.length, marks
        at += piece.length


def _mark(source: _Source, fib: Fib, pieces: list[Piece], groups: list[bytes], runs: Runs) -> None:
    found: list[str] = []
    left_out: set[str] = set()
    last = 0
    stretches = [*_placed(pieces, runs), *_whole(fib, pieces, groups)]
    for begin, end, marks in sorted(stretches, key=lambda one: one[:2]):
        start = max(begin, last)
        if end <= start:
            continue
        part = source.text[start:end]
        new = _shown(part, marks)
        if new is None:
            left_out.add("tracked deletions" if marks.get("deleted") else "hidden text")
            # The marks of cells and rows stay, or a table would lose its shape.
            new = re.sub("[^\x07\x13-\x15]", "\0", part)
        if new != part:
            found += (source.text[last:start], new)
            last = end
    source.text = "".join([*found, source.text[last:]])
    source.warnings += [f"{what} left out" for what in sorted(left_out)]


def _shown(part: str, marks: dict[str, int]) -> str | None:
    if marks.get("deleted") or marks.get("hidden") in _TOGGLED:
        return None
    if "symbol" in marks and len(part) == 1 and marks.get("special", 1):
        return symbol("wingdings", marks["symbol"] >> 16) or "\0"
    return part


def _mark_paragraphs(source: _Source, fib: Fib, pieces: list[Piece], groups: list[bytes], runs: Runs) -> None:
    text = source.text
    for start, end, marks in [*_placed(pieces, runs), *_whole(fib, pieces, groups)]:
        if not marks.get("in_table") and not marks.get("level"):
            continue
        level = min(marks.get("level") or 1, 64)
        for match in re.finditer("[\r\x07]", text[start:end]):
            at = start + match.start()
            source.levels[at] = level
            if marks.get("row_end") or marks.get("inner_row"):
                source.rows.add(at)
            elif marks.get("inner_cell"):
                source.cells.add(at)


def _boxes(fib: Fib, table: bytes, base: int) -> tuple[dict[int, tuple[int, int]], list[tuple[int, int]]]:
    """Texts of boxes by the position of their anchor, and those whose anchor is not known."""
    size = fib.counts[_BOXES]
    if not size:
        return {}, []
    plc, anchors = cut(table, fib.boxes), cut(table, fib.anchors)
    count, shapes = (len(plc) - 4) // 26, (len(anchors) - 4) // 30
    if count < 1 or shapes < 1:
        return {}, [(base, base + size)]
    starts = struct.unpack_from(f"<{count + 1}i", plc)
    at_shape = {
        struct.unpack_from("<i", anchors, 4 * (shapes + 1) + 26 * number)[0]: place
        for number, place in enumerate(struct.unpack_from(f"<{shapes}i", anchors))
    }
    found: dict[int, tuple[int, int]] = {}
    loose: list[tuple[int, int]] = []
    last = 0
    for number in range(count):
        start, end = starts[number], starts[number + 1]
        if not last <= start < end <= size:
            continue
        last = end
        (shape,) = struct.unpack_from("<i", plc, 4 * (count + 1) + 22 * number + 14)
        anchor = at_shape.pop(shape, -1)
        if anchor >= 0:
            found[anchor] = (base + start, base + end)
        else:
            loose.append((base + start, base + end))
    return found, loose


def _lines(source: _Source, start: int, end: int, boxes: dict[int, str] | None = None) -> str:
    writer = _Writer(source, _field_bounds(source.text, start, end))
    at = start
    for match in _CONTROL.finditer(source.text, start, end):
        writer.text(at, match.start())
        at = match.end()
        writer.control(match.group(), match.start(), (boxes or {}).get(match.start(), ""))
    writer.text(at, end)
    return writer.flow.text()


def _field_bounds(text: str, start: int, end: int) -> dict[int, int]:
    """For the begin of each field that has an end: where its code ends. A begin without an end hides nothing."""
    stack: list[list[int]] = []
    found: dict[int, int] = {}
    for match in re.finditer("[\x13-\x15]", text[start:end]):
        at, char = start + match.start(), match.group()
        if char == "\x13":
            stack.append([at, -1])
        elif stack and char == "\x14":
            stack[-1][1] = at
        elif stack:
            begin, separator = stack.pop()
            found[begin] = separator if separator >= 0 else at
    return found


class _Writer:
    def __init__(self, source: _Source, fields: dict[int, int]) -> None:
        self.flow = Flow()
        self._source = source
        self._fields = fields
        self._hidden_until = -1

    def text(self, start: int, end: int) -> None:
        start = max(start, self._hidden_until)
        if start < end:
            self.flow.add(self._source.finish(self._source.text[start:end].translate(_PLAIN)))

    def control(self, char: str, at: int, box: str) -> None:
        if at < self._hidden_until:
            return
        if box:
            self.flow.before(box)
        if char == "\x13":
            self._field(at)
        elif char in "\r\x07":
            self._end(char, at)
        elif char in _LINES:
            self.flow.add("\n")
        elif char == "\x1e":
            self.flow.add("-")

    def _field(self, at: int) -> None:
        end = self._fields.get(at)
        if end is None:
            return
        self._hidden_until = end + 1
        if self._source.text[end : end + 1] == "\x15":
            code = self._source.text[at + 1 : min(end, at + 2000)]
            self.flow.add(self._source.finish(shown_by_code(code)))

    def _end(self, char: str, at: int) -> None:
        level = self._source.levels.get(at, 0)
        if at in self._source.rows:
            self.flow.end(End.ROW, level)
        elif char == "\x07" or at in self._source.cells:
            self.flow.end(End.CELL, level)
        else:
            self.flow.end(End.PARAGRAPH, level)
