"""A document as plain JSON values and back: the form in which an index keeps it and programs read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

from disclosure_search.document import Attachment, Document, Interpretation, Publication, iso, parse_iso

_DATES = ("issued", "published", "expires", "arrived", "recorded")
_ALWAYS = ("doc_id", "title", "path", "audience")
_LISTS = ("category", "channel", "keywords", "headings", "conflicts", "warnings")
_NESTED: Mapping[str, type[Attachment] | type[Interpretation] | type[Publication]] = {
    "attachments": Attachment,
    "interpretations": Interpretation,
    "publications": Publication,
}


def to_record(document: Document) -> dict[str, Any]:
    """A document as plain JSON values, without the texts (which may be large and are kept apart)."""
    record: dict[str, Any] = {}
    for name in Document.__dataclass_fields__:
        value = getattr(document, name)
        if name == "body" or (not value and name not in _ALWAYS):
            continue
        if name in _DATES:
            value = iso(value)
        elif name in _NESTED:
            value = [_nested_record(one) for one in value]
        elif name in _LISTS:
            value = list(value)
        elif name == "sources":
            value = dict(value)
        record[name] = value
    return record


def _nested_record(one: Attachment | Interpretation | Publication) -> dict[str, Any]:
    pairs = (
        (name, getattr(one, name))
        for name in one.__dataclass_fields__
        if name not in ("text", "stated", "places")
    )
    return {
        name: iso(value) if isinstance(value, date) else str(value) if isinstance(value, StrEnum) else value
        for name, value in pairs
        if value
    }


def from_record(
    record: Mapping[str, Any], body: str = "", attachment_texts: tuple[str, ...] = ()
) -> Document:
    """The reverse of `to_record`; the texts of the attachments come in their order."""
    values: dict[str, Any] = {**record, "body": body}
    for name in _DATES:
        values[name] = parse_iso(record.get(name))
    for name in _LISTS:
        values[name] = tuple(record.get(name, ()))
    for name, kind in _NESTED.items():
        rows = [dict(row) for row in record.get(name, ())]
        if kind is Publication:
            rows = [{**row, "published": parse_iso(row.get("published"))} for row in rows]
        values[name] = tuple(kind(**row) for row in rows)
    document = Document(**values)
    if attachment_texts:
        pairs = zip(document.attachments, attachment_texts, strict=True)
        document = replace(document, attachments=tuple(replace(one, text=text) for one, text in pairs))
    return document
