"""What is inside a container: an attachment of its document, or an original of its own where a catalogue says so.

A row says so by the path of the container, a slash, and the name inside: `2014/包.zip/附件1.docx`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from disclosure_search.collection.scan import Original
from disclosure_search.document import Attachment, Document, shown
from disclosure_search.extract import Extract, Member


def attached(original: Original, extract: Extract) -> tuple[Attachment, ...]:
    """Every member, with its text; those that cannot be read by their names. Only these have a digest before the
    other originals are known."""
    return tuple(
        Attachment(
            one.name,
            path=f"{original.path}/{one.name}",
            text=one.extract.text if one.extract else "",
            size_bytes=one.size_bytes,
            sha256=one.sha256,
        )
        for one in extract.members
        if one.sha256
    )


def bare(document: Document) -> Document:
    """Without its texts, for keeping many in memory."""
    parts = tuple(replace(one, text="") if one.text else one for one in document.attachments)
    return replace(document, body="", attachments=parts)


def rows_inside(rows: Iterable[str], originals: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """By container, the paths that rows name inside of it."""
    there = {shown(path): path for path in originals}
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row in there:
            continue
        parts = row.split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        container = next((there[one] for one in above if one in there), None)
        if container is not None:
            found[container].add(row)
    return {path: tuple(sorted(inside)) for path, inside in found.items()}


def original_of(container: Original, name: str, size_bytes: int) -> Original:
    path = f"{container.path}/{name}"
    return Original(path, size_bytes, container.modified_ns, container=container.path)


def name_in(container: Original, row: str) -> str:
    """What a row names inside, below the container as it is shown."""
    return row[len(shown(container.path)) + 1 :]


def member_at(extract: Extract, name: str) -> Member | None:
    return next((one for one in extract.members if one.name == name), None)
