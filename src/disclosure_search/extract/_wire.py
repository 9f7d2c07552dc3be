"""An extract as JSON and back: between a child and its parent, and in the store of what was read.

Nothing but texts and numbers is taken from what comes in, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from disclosure_search import errors
from disclosure_search.errors import DamagedDocumentError, ExtractionError
from disclosure_search.extract._model import Extract, Link, Member


def to_json(extract: Extract) -> dict[str, Any]:
    return asdict(extract)


def from_json(found: Mapping[str, Any]) -> Extract:
    """ValueError, TypeError or KeyError for what is not one."""
    return Extract(
        text=str(found["text"]),
        title=str(found["title"]),
        metadata=tuple((str(key), str(value)) for key, value in found["metadata"]),
        links=tuple(
            Link(str(link["text"]), str(link["href"]), str(link["section"])) for link in found["links"]
        ),
        pages=int(found["pages"]) if found["pages"] is not None else None,
        confidence=float(found["confidence"]) if found["confidence"] is not None else None,
        is_doubtful=bool(found["is_doubtful"]),
        reader=str(found["reader"]),
        version=str(found["version"]),
        warnings=tuple(map(str, found["warnings"])),
        members=tuple(map(_member, found["members"])),
    )


def error_of(name: str, path: str, what: str, remedy: str) -> ExtractionError:
    """An error of that class; of the one for damage where the name is none of ours."""
    kind = getattr(errors, name, DamagedDocumentError)
    if not (isinstance(kind, type) and issubclass(kind, ExtractionError)):
        kind = DamagedDocumentError
    return kind(path, what, remedy)


def _member(found: Mapping[str, Any]) -> Member:
    extract = found["extract"]
    return Member(
        name=str(found["name"]),
        sha256=str(found["sha256"]),
        size_bytes=int(found["size_bytes"]),
        extract=None if extract is None else from_json(extract),
        error=str(found["error"]),
        what=str(found["what"]),
        remedy=str(found["remedy"]),
    )
