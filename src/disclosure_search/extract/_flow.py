"""Text whose tables are known only by the marks that end cells and rows, as DOC and RTF write them.

A paragraph is held back until its end tells how deep in tables it stands.
"""

from __future__ import annotations

from enum import Enum

from disclosure_search.extract._layout import Layout

# Word itself nests 64 deep at most.
_DEEPEST = 64


class End(Enum):
    PARAGRAPH = "paragraph"
    CELL = "cell"
    ROW = "row"


class Flow:
    def __init__(self) -> None:
        self._layout = Layout()
        self._pending: list[str] = []
        self._open: list[bool] = []  # for each row that is open: has it an open cell

    def add(self, text: str) -> None:
        self._pending.append(text)

    def before(self, text: str) -> None:
        """A text of its own that stands before the paragraph that is being written."""
        self._pending.insert(0, text + "\n")

    def end(self, kind: End, level: int = 0) -> None:
        """What was added since the last end is a paragraph `level` tables deep, and perhaps ends more."""
        level = min(max(level, 0 if kind is End.PARAGRAPH else 1), _DEEPEST)
        text, self._pending = "".join(self._pending), []
        if kind is End.ROW and not text.strip() and len(self._open) < level:
            return
        self._enter(level, with_cell=kind is not End.ROW or bool(text.strip()))
        self._layout.add(text)
        self._layout.end_block()
        if kind is End.PARAGRAPH:
            return
        if self._open[-1]:
            self._layout.close_cell()
            self._open[-1] = False
        if kind is End.ROW:
            self._layout.close_row()
            self._open.pop()

    def _enter(self, level: int, *, with_cell: bool) -> None:
        while len(self._open) > level:
            self._layout.close_row()
            self._open.pop()
        while len(self._open) < level:
            if self._open and not self._open[-1]:
                self._layout.open_cell()
                self._open[-1] = True
            self._layout.open_row()
            self._open.append(False)
        if self._open and with_cell and not self._open[-1]:
            self._layout.open_cell()
            self._open[-1] = True

    def text(self) -> str:
        if self._pending:
            self.end(End.PARAGRAPH, 0)
        return self._layout.text()
