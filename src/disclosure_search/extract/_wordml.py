"""The markup of Word, alike in DOCX, in its strict variant and in XML of 2003: events of a parser to lines.

Left out: tracked deletions, hidden runs, field codes, ruby readings, comments. Text boxes stand once, before the
paragraph that holds them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from disclosure_search.extract._expat import Attributes, attribute
from disclosure_search.extract._layout import Layout
from disclosure_search.extract._symbols import shown_by_code, symbol

_SKIPPED = frozenset(
    {
        *(
            "del",
            "moveFrom",
            "delText",
            "delInstrText",
            "rt",
            "footnotePr",
            "endnotePr",
            "binData",
            "docSuppData",
        ),
        *(
            "rPrChange",
            "pPrChange",
            "tcPrChange",
            "trPrChange",
            "tblPrChange",
            "sectPrChange",
            "numberingChange",
        ),
        *("styles", "fonts", "lists", "docPr", "shapeDefaults", "sdtPr", "comment"),
    }
)
_BREAKS = {"tab": " ", "ptab": " ", "noBreakHyphen": "-"}
_TARGETS = {"footnote": "notes", "endnote": "notes", "hdr": "headers", "ftr": "headers"}
_OFF = ("0", "false", "off")
# The parts of a flat package that hold text.
_PART = re.compile(r"/word/(?:document\d*|footnotes|endnotes|header\d*|footer\d*)\.xml", re.IGNORECASE)
_LEFT_OUT = {"del": "tracked deletions", "moveFrom": "tracked deletions", "comment": "comments"}
_ANNOTATIONS = {"Word.Deletion": "tracked deletions", "Word.Comment": "comments"}
# What stands in a table is copied once for each level; real documents stay below 200.
_DEEPEST = 1_000
# Of the properties in XML of 2003.
_PROPERTIES = {"Title": "title", "Author": "creator", "Created": "created"}


class Walker:
    """`start`, `end` and `text` are called by the parser; `most` is the length at which OverflowError ends it."""

    def __init__(self, most: int, chunk: Callable[[str], str] | None = None) -> None:
        self.left_out: dict[str, None] = {}
        self.properties: dict[str, str] = {}
        self._most = most
        self._chunk = chunk
        self._layouts = {"body": Layout(), "notes": Layout(), "headers": Layout()}
        self._targets = ["body"]
        self._skipping = self._depth = 0
        self._taken: str = ""  # the element whose characters are being read: t, instrText, or a property
        self._hidden = self._in_paragraph_marks = self._in_row_marks = self._joins = False
        self._fields: list[list[str] | None] = []  # a list of code until the result begins
        self._choices: list[bool] = []  # for each alternative that is open: has its first choice any text

    @property
    def layout(self) -> Layout:
        return self._layouts[self._targets[-1]]

    def lines(self, target: str) -> str:
        return self._layouts[target].text()

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skipping or self._is_skipped(name, attributes):
            self._skipping += 1
        elif name in ("t", "instrText") or name in _PROPERTIES:
            self._taken = name
        elif name in _TARGETS:
            self._targets.append(_TARGETS[name])
        elif name == "r":
            self._hidden = False
        elif name == "vanish" and not self._in_paragraph_marks:
            self._hidden = attribute(attributes, "val") not in _OFF
        elif name in ("pPr", "trPr"):
            self._in_paragraph_marks, self._in_row_marks = name == "pPr", name == "trPr"
        elif name == "fldChar":
            self._field(attribute(attributes, "fldCharType"))
        elif name == "AlternateContent":
            self._choices.append(False)
        elif name == "altChunk" and self._chunk:
            self.layout.add(self._chunk(attribute(attributes, "id")))
            self.layout.end_block()
        else:
            self._start_block(name, attributes)

    def _is_skipped(self, name: str, attributes: Attributes) -> bool:
        if name in _SKIPPED:
            if name == "del" and self._in_paragraph_marks:
                self._joins = True
            if name in _LEFT_OUT and not self._in_row_marks:
                self.left_out[_LEFT_OUT[name]] = None
            return True
        if name == "annotation":
            kind = _ANNOTATIONS.get(attribute(attributes, "type"), "")
            if kind and not self._in_paragraph_marks:
                self.left_out[kind] = None
            return bool(kind)
        if name == "part":
            return _PART.fullmatch(attribute(attributes, "name")) is None
        return name == "Fallback" and bool(self._choices) and self._choices[-1]

    def _start_block(self, name: str, attributes: Attributes) -> None:
        if name == "tr":
            self._depth += 1
            if self._depth > _DEEPEST:
                raise OverflowError("its tables are nested too deeply")
            self.layout.open_row()
        elif name == "tc":
            self.layout.open_cell()
        elif name == "txbxContent":
            self.layout.open_box()
        elif name in ("br", "cr"):
            self.layout.end_block()
        elif name in _BREAKS:
            if not self._in_paragraph_marks:
                self._add(_BREAKS[name])
        elif name == "sym":
            code = attribute(attributes, "char")
            if re.fullmatch("[0-9A-Fa-f]{1,4}", code):
                self._add(symbol(attribute(attributes, "font"), int(code, 16)))

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
        elif name == self._taken:
            self._taken = ""
        elif name == "p":
            self._end_paragraph()
        elif name == "tc":
            self.layout.close_cell()
        elif name == "tr":
            self._depth -= 1
            self.layout.close_row()
        elif name == "txbxContent":
            self.layout.close_box()
        elif name in ("pPr", "trPr"):
            self._in_paragraph_marks = self._in_row_marks = False
        elif name in _TARGETS:
            self.layout.end_block()
            if len(self._targets) > 1:
                self._targets.pop()
        elif name == "AlternateContent" and self._choices:
            has_text = self._choices.pop()
            if self._choices:
                self._choices[-1] |= has_text

    def _end_paragraph(self) -> None:
        """A code that is not closed by then never will be: it must not hide the rest of the document."""
        self._fields = [None for _ in self._fields]
        if not self._joins:
            self.layout.end_block()
        self._joins = False

    def text(self, data: str) -> None:
        if self._skipping or not self._taken:
            return
        if self._taken == "t":
            self._add(data)
        elif self._taken == "instrText":
            if self._fields and self._fields[-1] is not None and len(self._fields[-1]) < 100:
                self._fields[-1].append(data)
        else:
            key = _PROPERTIES[self._taken]
            self.properties[key] = (self.properties.get(key, "") + data)[:1000]

    def _add(self, data: str) -> None:
        if any(code is not None for code in self._fields):
            return
        if self._hidden:
            self.left_out["hidden text"] = None
            return
        self._most -= len(data)
        if self._most < 0:
            raise OverflowError("its text is longer than allowed")
        if self._choices:
            self._choices[-1] = True
        self.layout.add(data)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append([])
        elif kind == "separate" and self._fields:
            self._fields[-1] = None
        elif kind == "end" and self._fields:
            code = self._fields.pop()
            if code is not None:
                self._add(shown_by_code("".join(code)))
