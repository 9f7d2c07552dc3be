"""What every reader gives back, and what reading one original may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """`section` is the nearest heading or label above the link: 附件下载, 文字解读, …"""

    text: str
    href: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """Paragraphs of `text` end with a line end; the cells of a table row are joined by tabs.

    `metadata` holds pairs as found, the origin first: `meta:ArticleTitle`, `table:索引号`,
    `line:发布时间`, `heading:h1`, `property:title`. `confidence` (0 to 1) is what a recogniser of characters says
    of its own work; None where the text was read and not recognised. `is_doubtful` marks text that may be wrong
    (the warnings say why): it is indexed, and listed for staff.
    """

    text: str
    title: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    pages: int | None = None
    confidence: float | None = None
    is_doubtful: bool = False
    reader: str = ""
    version: str = ""
    warnings: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside a container, of any depth: `name` has `/` between folders and between containers. One that could
    not be read has no extract, but the name of an error class, `what` and `remedy`."""

    name: str
    sha256: str = ""
    size_bytes: int = 0
    extract: Extract | None = None
    error: str = ""
    what: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """For one original: wall time, address space of the child, size of the answer, size of the file, and how many
    containers may lie in each other. What is inside a container shares the time and the size of the answer."""

    seconds: float = 60.0
    memory_bytes: int = 1 << 30
    output_bytes: int = 64 << 20
    input_bytes: int = 256 << 20
    depth: int = 3
