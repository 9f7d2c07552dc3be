"""The markup of OpenDocument texts, in a container or flat: events of a parser to lines.

Notes go to a place of their own, boxes before the paragraph that holds them. Left out: deletions (which stand apart
from the text), comments, hidden text, alternative descriptions, the formulas and data of embedded objects.
"""

from __future__ import annotations

from disclosure_search.extract._expat import Attributes, attribute
from disclosure_search.extract._layout import Layout

_SKIPPED = frozenset(
    {
        *(
            "tracked-changes",
            "annotation",
            "annotation-end",
            "note-citation",
            "ruby-text",
            "forms",
            "scripts",
        ),
        *(
            "binary-data",
            "desc",
            "table-of-content-source",
            "illustration-index-source",
            "table-index-source",
        ),
        *("object-index-source", "user-index-source", "alphabetical-index-source", "bibliography-source"),
        *(
            "event-listeners",
            "notes",
            "object",
            "tracked-change",
            "sequence-decls",
            "variable-decls",
            "font-face-decls",
        ),
        *("settings", "math", "script", "covered-table-cell"),
    }
)
_LEFT_OUT = {"annotation": "comments"}
_PARAGRAPHS = ("p", "h")
_HEADERS = frozenset(f"{name}{side}" for name in ("header", "footer") for side in ("", "-left", "-first"))
_MOST_SPACES = 100
# What stands in a table is copied once for each level.
_DEEPEST = 1_000
_PROPERTIES = {"title": "title", "initial-creator": "creator", "creation-date": "created", "date": "modified"}


class OdtWalker:
    """`most` is the length at which OverflowError ends it."""

    def __init__(self, most: int) -> None:
        self.left_out: dict[str, None] = {}
        self.properties: dict[str, str] = {}
        self._most = most
        self._layouts = {"body": Layout(), "notes": Layout(), "headers": Layout()}
        self._targets: list[str] = []
        self._skipping = self._paragraphs = self._tables = self._hidden = 0
        self._style = ""
        self._hidden_styles: set[str] = set()
        self._hides: list[bool] = []  # for each span that is open
        self._property = ""
        self._in_meta = False

    @property
    def _layout(self) -> Layout:
        return self._layouts[self._targets[-1] if self._targets else "body"]

    def lines(self, target: str) -> str:
        return self._layouts[target].text()

    def begin_part(self) -> None:
        """What a damaged part left open is closed."""
        self._targets, self._hides = [], []
        self._skipping = self._paragraphs = self._tables = self._hidden = 0
        self._property, self._in_meta = "", False

    def start(self, name: str, attributes: Attributes) -> None:
        if self._skipping:
            self._skipping += 1
            if name == "deletion":
                self.left_out["tracked deletions"] = None
        elif self._is_skipped(name, attributes):
            self._skipping = 1
        elif name == "style":
            self._style = attribute(attributes, "name")
        elif name == "text-properties":
            if attribute(attributes, "display") == "none":
                self._hidden_styles.add(self._style)
        elif name == "meta":
            self._in_meta = True
        elif self._in_meta:
            self._property = _PROPERTIES.get(name, "")
        else:
            self._start_text(name, attributes)

    def _is_skipped(self, name: str, attributes: Attributes) -> bool:
        if name in _LEFT_OUT:
            self.left_out[_LEFT_OUT[name]] = None
        if name in ("section", "hidden-text", "hidden-paragraph"):
            hidden = (
                attribute(attributes, "display") == "none" or attribute(attributes, "is-hidden") == "true"
            )
        else:
            hidden = (
                name.startswith(("variable-", "user-field")) and attribute(attributes, "display") == "none"
            )
        if hidden:
            self.left_out["hidden text"] = None
        return hidden or name in _SKIPPED or (name == "title" and bool(self._targets))

    def _start_text(self, name: str, attributes: Attributes) -> None:
        if name == "text" and not self._targets:
            self._targets.append("body")
        elif name in _HEADERS:
            self._targets.append("headers")
        elif name == "note-body":
            self._targets.append("notes")
        elif name in _PARAGRAPHS:
            self._paragraphs += 1
        elif name == "span":
            self._hides.append(attribute(attributes, "style-name") in self._hidden_styles)
            self._hidden += self._hides[-1]
        elif name in ("s", "tab"):
            count = attribute(attributes, "c")
            self._add(" " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES))
        elif name == "line-break":
            self._layout.end_block()
        elif name == "text-box":
            self._layout.open_box()
        elif name == "table-row":
            self._tables += 1
            if self._tables > _DEEPEST:
                raise OverflowError("its tables are nested too deeply")
            self._layout.open_row()
        elif name == "table-cell":
            self._layout.open_cell()

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
        elif name == "meta":
            self._in_meta = False
        elif self._in_meta:
            self._property = ""
        elif name in _PARAGRAPHS:
            self._paragraphs -= 1
            self._layout.end_block()
        elif name == "span" and self._hides:
            self._hidden -= self._hides.pop()
        elif name == "text-box":
            self._layout.close_box()
        elif name == "table-cell":
            self._layout.close_cell()
        elif name == "table-row":
            self._tables -= 1
            self._layout.close_row()
        elif name in _HEADERS or name == "note-body":
            self._layout.end_block()
            self._targets.pop()

    def text(self, data: str) -> None:
        if self._skipping:
            return
        if self._property:
            self.properties[self._property] = (self.properties.get(self._property, "") + data)[:1000]
        elif self._paragraphs and self._targets:
            # Line ends of the file are spaces to the format.
            self._add(data.replace("\n", " ").replace("\r", " ").replace("\t", " "))

    def _add(self, data: str) -> None:
        if not self._targets:
            return
        if self._hidden:
            self.left_out["hidden text"] = None
            return
        self._most -= len(data)
        if self._most < 0:
            raise OverflowError("its text is longer than allowed")
        self._layout.add(data)
