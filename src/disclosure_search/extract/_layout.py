"""Blocks, rows and cells to lines of text, alike for HTML and word processors.

A row becomes one line with its cells joined by tabs, unless it only serves the layout of a page: then what
stands in its cells stays a sequence of paragraphs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# A cell beyond both of these is a column of a page, not a cell of a table.
_CELL_LINES = 6
_CELL_LENGTH = 600


@dataclass(slots=True)
class _Frame:
    """The page itself, a row with its finished cells, an open cell with its lines, or a box of text."""

    kind: str
    lines: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    is_layout: bool = False


class Layout:
    """`add` text, `end_block` after a paragraph; rows and cells are opened and closed around them."""

    def __init__(self) -> None:
        self._frames = [_Frame("page")]

    def add(self, text: str) -> None:
        self._frames[-1].pending.append(text)

    def end_block(self) -> None:
        frame = self._frames[-1]
        if frame.pending:
            line = "".join(frame.pending)
            frame.pending.clear()
            if line.strip():
                frame.lines.append(line)

    def line(self) -> str:
        """The line that is being written, if it is short: asked for at every link, it must cost little."""
        pending = self._frames[-1].pending
        return "".join(pending) if len(pending) < 20 else ""

    def open_row(self) -> None:
        self.end_block()
        self._frames.append(_Frame("row"))

    def open_cell(self) -> None:
        if self._frames[-1].kind == "row":
            self._frames.append(_Frame("cell"))
        else:
            self.end_block()

    def close_cell(self) -> None:
        if self._frames[-1].kind != "cell":
            self.end_block()
            return
        self.end_block()
        cell = self._frames.pop()
        row = self._frames[-1]
        row.cells.append(cell.lines)
        row.is_layout |= cell.is_layout

    def close_row(self) -> None:
        if self._frames[-1].kind == "cell":
            self.close_cell()
        if self._frames[-1].kind != "row":
            self.end_block()
            return
        row = self._frames.pop()
        outer = self._frames[-1]
        loose = [line for line in ("".join(row.pending),) if line.strip()]
        outer.lines += loose
        outer.is_layout |= outer.kind == "cell"
        filled = [lines for lines in row.cells if lines]
        if row.is_layout or len(filled) < 2 or any(_is_column(lines) for lines in filled):
            outer.lines += [line for lines in filled for line in lines]
        else:
            outer.lines.append("\t".join(_one_line(lines) for lines in row.cells))

    def open_box(self) -> None:
        """A text of its own, which stands before the paragraph that it interrupts."""
        self._frames.append(_Frame("box"))

    def close_box(self) -> None:
        while self._frames[-1].kind in ("row", "cell"):
            self.close_row()
        self.end_block()
        if self._frames[-1].kind != "box":
            return
        box, outer = self._frames.pop(), self._frames[-1]
        if outer.kind == "row":
            outer.pending += [line + "\n" for line in box.lines]
        else:
            outer.lines += box.lines

    def text(self) -> str:
        while len(self._frames) > 1:
            if self._frames[-1].kind == "box":
                self.close_box()
            elif self._frames[-1].kind == "cell":
                self.close_cell()
            else:
                self.close_row()
        self.end_block()
        return "\n".join(self._frames[0].lines)


def _is_column(lines: list[str]) -> bool:
    return len(lines) > _CELL_LINES and sum(map(len, lines)) > _CELL_LENGTH


def _one_line(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split("\n")).replace("\t", " ")
