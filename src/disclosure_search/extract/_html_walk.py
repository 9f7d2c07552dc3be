"""One walk over a page: its lines, its links with the label above them, and how much of it is links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from disclosure_search.extract._html_select import BLOCK_TAGS, FURNITURE_NAMES, SECTIONS, SKIPPED_TAGS
from disclosure_search.extract._layout import Layout
from disclosure_search.extract._model import Link
from disclosure_search.extract.clean import clean_line

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0+(?:px|pt|em|%)?\s*(?:;|!|$)", re.IGNORECASE
)
_WHITE = re.compile(r"[ \t\r\n\f]+")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt"})
_EDGES = " \u3000\xa0:：\t\r\n"
_NO_ADDRESS = ("#", "javascript:", "mailto:", "data:", "vbscript:")
MOST_LINKS = 5_000


class Node(Protocol):
    """What the walk needs of a parsed node, whichever parser made it."""

    @property
    def mem_id(self) -> int: ...
    @property
    def tag(self) -> str | None: ...
    @property
    def text_content(self) -> str | None: ...
    @property
    def attributes(self) -> Mapping[str, str | None]: ...
    @property
    def child(self) -> Node | None: ...
    @property
    def next(self) -> Node | None: ...
    @property
    def parent(self) -> Node | None: ...
    def text(self) -> str: ...


class Rendered(NamedTuple):
    text: str
    links: tuple[Link, ...]
    linked: int
    depth: int


def render(root: Node, without: frozenset[int], *, skip_furniture: bool) -> Rendered:
    """Walks without recursion: pages nest thousands deep."""
    walk = _Walk(without, skip_furniture=skip_furniture)
    node: Node | None = root
    while node is not None:
        if walk.visit(node) and node.child is not None:
            walk.depth += 1
            walk.deepest = max(walk.deepest, walk.depth)
            node = node.child
            continue
        walk.leave(node.tag or "")
        while node is not None and node.mem_id != root.mem_id and node.next is None:
            node = node.parent
            walk.depth -= 1
            if node is not None:
                walk.leave(node.tag or "")
        node = None if node is None or node.mem_id == root.mem_id else node.next
    return Rendered(walk.layout.text(), tuple(walk.links), walk.linked, walk.deepest)


class _Walk:
    """What has been read on the way: text, links, and the label that links stand under."""

    def __init__(self, without: frozenset[int], *, skip_furniture: bool) -> None:
        self.layout = Layout()
        self.links: list[Link] = []
        self.linked = self.depth = self.deepest = 0
        self._without = without
        self._skip_furniture = skip_furniture
        self._section, self._section_depth = "", 0
        self._is_linked_line = False
        self._pre_depth = 0

    def visit(self, node: Node) -> bool:
        """Whether to go into its children. Texts are added; a skipped element still ends its line."""
        tag = node.tag or ""
        if tag == "-text":
            text = node.text_content or ""
            self.layout.add(text if self._pre_depth else _WHITE.sub(" ", text))
            return False
        if tag == "br":
            self.layout.end_block()
            return False
        if tag.startswith("-") or tag in SKIPPED_TAGS or node.mem_id in self._without:
            return False
        attributes = node.attributes
        if _is_hidden(attributes) or (self._skip_furniture and _is_furniture(attributes)):
            return False
        self._enter(tag)
        if tag == "a":
            self._link(node, (attributes.get("href") or "").strip())
        return True

    def _enter(self, tag: str) -> None:
        if tag == "tr":
            self.layout.open_row()
        elif tag in ("td", "th"):
            self.layout.open_cell()
        elif tag in BLOCK_TAGS:
            self.layout.end_block()
            self._is_linked_line = False
            if tag == "pre":
                self._pre_depth = self._pre_depth or self.depth + 1

    def _link(self, node: Node, href: str) -> None:
        if not href or href.lower().startswith(_NO_ADDRESS):
            return
        text = node.text()
        self.linked += len(text)
        self._is_linked_line = True
        if len(self.links) < MOST_LINKS and len(href) <= 2_000:
            before = self.layout.line().strip(_EDGES)
            section = "附件" if before.startswith("附件") and len(before) < 60 else self._section
            self.links.append(Link(clean_line(text[:500]), clean_line(href), section))

    def leave(self, tag: str) -> None:
        """A short line that is no link may label what follows, as far as its surroundings reach."""
        line = "" if self._is_linked_line else self.layout.line().strip(_EDGES)
        if self.depth < self._section_depth - 2:
            self._section = ""
        if line in SECTIONS or (tag in _HEADINGS and 0 < len(line) <= 60):
            self._section, self._section_depth = line, self.depth
        if tag == "tr":
            self.layout.close_row()
        elif tag in ("td", "th"):
            self.layout.close_cell()
        elif tag in BLOCK_TAGS:
            self.layout.end_block()
            self._is_linked_line = False
        if self.depth < self._pre_depth:
            self._pre_depth = 0


def _is_hidden(attributes: Mapping[str, str | None]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style) and _HIDDEN.search(style or "") is not None


def _is_furniture(attributes: Mapping[str, str | None]) -> bool:
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().split()
    return not FURNITURE_NAMES.isdisjoint(names)
