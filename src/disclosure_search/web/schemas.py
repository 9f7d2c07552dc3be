"""The shapes of the answers, as OpenAPI describes them: what `api` makes, key by key."""

from __future__ import annotations

from typing import Any

from disclosure_search.document import BY_NAME
from disclosure_search.engine.base import State
from disclosure_search.web.api import CODED, DAYS, FORMS, PLAIN
from disclosure_search.web.originals import Fixity

Shape = dict[str, Any]
TEXT: Shape = {"type": "string"}
COUNT: Shape = {"type": "integer", "minimum": 0}
ADDRESS: Shape = {"type": "string", "format": "uri"}
MAYBE_ADDRESS: Shape = {"type": ["string", "null"], "format": "uri"}
DAY: Shape = {
    "type": ["string", "null"],
    "description": "ISO 8601: a day, or a day with hours and minutes; China, UTC+8",
}


def ref(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def _closed(properties: Shape, *optional: str) -> Shape:
    needed = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _list(items: Shape) -> Shape:
    return {"type": "array", "items": items}


def schemas() -> Shape:
    return {
        "Search": _search(),
        **_parts(),
        "Record": _closed(_record()),
        "Hit": _closed({**_record(), "fragments": _list(ref("Fragment"))}),
        "Document": _closed({**_record(), **_whole()}),
        "Condition": _closed(
            {
                "state": {**TEXT, "enum": [str(one) for one in State]},
                "generation": TEXT,
                "documents": COUNT,
                "built": TEXT,
            }
        ),
        "Problem": _closed(PROBLEM, "detail", "parameter"),
    }


def _search() -> Shape:
    return _closed(
        {
            "query": _closed(
                {
                    "q": TEXT,
                    "filters": {"type": "object", "additionalProperties": _list(TEXT)},
                    "from": TEXT,
                    "to": TEXT,
                    "sort": TEXT,
                }
            ),
            "notes": {**_list(TEXT), "description": "What was not understood, and what was done instead"},
            "total": {**COUNT, "description": "Exact, always"},
            "page": COUNT,
            "pages": COUNT,
            "size": COUNT,
            "took_ms": {"type": "number"},
            "index": _closed(
                {"generation": TEXT, "documents": COUNT, "built": {**TEXT, "format": "date-time"}}
            ),
            "items": _list(ref("Hit")),
            "facets": _list(ref("Facet")),
            "links": _links(),
        }
    )


def _parts() -> Shape:
    return {
        "Facet": _closed({"name": TEXT, "label": TEXT, "values": _list(ref("FacetValue"))}),
        "FacetValue": _closed(
            {
                "value": TEXT,
                "label": TEXT,
                "count": COUNT,
                "selected": {"type": "boolean"},
                "toggle_url": ADDRESS,
            }
        ),
        "Fragment": _closed(
            {
                "place": {**TEXT, "description": "The attachment it stands in; empty for the text itself"},
                "text": TEXT,
                "ranges": {
                    **_list(_list(COUNT)),
                    "description": "Where each match begins and ends, in characters",
                },
            }
        ),
        "Suggestions": _closed({"q": TEXT, "suggestions": _list(ref("Suggestion"))}),
        "Suggestion": _closed(
            {
                "text": TEXT,
                "kind": {**TEXT, "enum": ["title", "agency", "number", "category"]},
                "id": {"type": ["string", "null"]},
                "url": ADDRESS,
            }
        ),
        "Verification": _closed(
            {
                "sha256": TEXT,
                "public": {"type": "boolean"},
                "checked": {**TEXT, "format": "date-time"},
                "holdings": _list(_closed(_holding())),
            }
        ),
        "Value": _closed({"value": TEXT, "label": TEXT}),
    }


PROBLEM: Shape = {
    "type": {**TEXT, "format": "uri-reference"},
    "title": TEXT,
    "status": {"type": "integer"},
    "detail": TEXT,
    "instance": TEXT,
    "parameter": TEXT,
}


def _links() -> Shape:
    fixed = {
        "self": ADDRESS,
        "first": MAYBE_ADDRESS,
        "prev": MAYBE_ADDRESS,
        "next": MAYBE_ADDRESS,
        "last": MAYBE_ADDRESS,
    }
    forms = {form.replace(".", "_"): ADDRESS for form in FORMS}
    return _closed({**fixed, "html": ADDRESS, **forms})


def _holding() -> Shape:
    return {
        "id": TEXT,
        "title": TEXT,
        "number": TEXT,
        "part": {**TEXT, "enum": ["original", "attachment"]},
        "position": {**COUNT, "description": "Of the attachment; 0 for the original"},
        "name": TEXT,
        "copy": {**TEXT, "enum": [str(one) for one in Fixity], "description": "Our copy, read just now"},
        "urls": _urls(),
    }


def _urls() -> Shape:
    return _closed({"self": ADDRESS, "html": ADDRESS, "original": ADDRESS, "published": MAYBE_ADDRESS})


def _record() -> Shape:
    digest = {**TEXT, "description": "SHA-256 of the original"}
    return {
        "id": TEXT,
        **{name: _told(name, TEXT) for name in PLAIN},
        "year": {"type": ["integer", "null"]},
        **{name: _told(name, _coded(name)) for name in CODED},
        **{name: _told(name, DAY) for name in DAYS},
        "keywords": _list(TEXT),
        "description": TEXT,
        "format": TEXT,
        "size_bytes": COUNT,
        "sha256": digest,
        "attachment_count": COUNT,
        "urls": _urls(),
    }


def _told(name: str, shape: Shape) -> Shape:
    if "anyOf" in shape or shape is DAY:
        return shape
    return {**shape, "description": f"{BY_NAME[name].label} ({BY_NAME[name].english})"}


def _coded(name: str) -> Shape:
    if BY_NAME[name].multiple:
        return _list(ref("Value"))
    return {"anyOf": [ref("Value"), {"type": "null"}]}


def _whole() -> Shape:
    name = {"title": TEXT, "number": TEXT, "index_number": TEXT}
    return {
        "remark": TEXT,
        "text": TEXT,
        "attachments": _list(
            _closed(
                {
                    "position": COUNT,
                    "name": TEXT,
                    "size_bytes": COUNT,
                    "sha256": TEXT,
                    "url": MAYBE_ADDRESS,
                    "published": MAYBE_ADDRESS,
                    "text": TEXT,
                }
            )
        ),
        "interpretations": _list(
            _closed({"kind": TEXT, "title": TEXT, "url": MAYBE_ADDRESS, "id": {"type": ["string", "null"]}})
        ),
        "publications": _list(
            _closed(
                {
                    "channel": {"anyOf": [ref("Value"), {"type": "null"}]},
                    "published": DAY,
                    "url": MAYBE_ADDRESS,
                    **name,
                }
            )
        ),
    }
