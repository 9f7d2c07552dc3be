"""The description of the interface (OpenAPI 3.1), made from the tables that the interface itself is made from.

Parameters are those of `states.PARAMETERS`, keys those of `document.FIELDS`: a new facet stands here as soon as it is
one. Every object is closed, so that a key which is not described fails the test that compares answers with this.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, url_for

from disclosure_search import __version__
from disclosure_search.document import BY_NAME
from disclosure_search.engine.base import Sort
from disclosure_search.search import Search
from disclosure_search.states import (
    DEEPEST_HIT,
    DEFAULT_SIZE,
    FACET_NAMES,
    LARGEST_PAGE,
    LONGEST_TEXT,
    PARAMETERS,
)
from disclosure_search.web.absolute import absolute, settings
from disclosure_search.web.answering import searching
from disclosure_search.web.api import FORMS, answer, only
from disclosure_search.web.conditional import conditional
from disclosure_search.web.problems import KINDS, MEDIA_TYPE
from disclosure_search.web.schemas import COUNT, TEXT, Shape, ref, schemas
from disclosure_search.web.suggesting import MOST

VERSION = "1.0.0"
_FORMS: Mapping[str, tuple[str, str]] = {
    "json": ("application/json", "As /api/v1/search."),
    "csv": ("text/csv", "All hits, for spreadsheets: with BOM, Chinese headings, formulas made harmless."),
    "ndjson": ("application/x-ndjson", "All hits, one item as JSON a line."),
    "atom": (
        "application/atom+xml",
        "A page of hits as a feed, the newest first unless sort says otherwise.",
    ),
    "feed.json": ("application/feed+json", "The same as JSON Feed 1.1."),
}


@conditional
def openapi() -> Response:
    only()
    return answer(description(searching()))


def description(search: Search) -> Shape:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings().name} API",
            "version": VERSION,
            "description": (
                "Read only. Answers carry an ETag; ask again with If-None-Match. Errors are application/problem+json. "
                f"Keys are only ever added. Made by disclosure-search {__version__}."
            ),
        },
        "servers": [{"url": absolute(_root())}],
        "paths": {
            "/api/v1/search": {"get": _search_operation()},
            **{f"/search.{form}": {"get": _form_operation(form)} for form in FORMS},
            "/api/v1/documents/{id}": {"get": _document_operation()},
            "/api/v1/suggest": {"get": _suggest_operation()},
            "/verify.json": {"get": _verify_operation()},
            "/readyz": {"get": _ready_operation()},
        },
        "components": {
            "schemas": schemas(),
            "parameters": {name: _parameter(search, name) for name in PARAMETERS},
            "responses": {kind.name: _problem(kind.told, kind.status) for kind in KINDS},
        },
    }


def _root() -> str:
    return url_for("home").rstrip("/")


def _search_operation() -> Shape:
    return _operation(
        "search", "Search, as the page does it", _parameters(), "application/json", ref("Search"), (400, 404)
    )


def _form_operation(form: str) -> Shape:
    media_type, told = _FORMS[form]
    name = f"search_{form.replace('.', '_')}"
    shape = ref("Search") if form == "json" else TEXT if media_type[-4:] != "json" else {"type": "object"}
    return _operation(name, told, _parameters(), media_type, shape, (400, 404))


def _document_operation() -> Shape:
    by = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": TEXT,
        "description": "Its id, or its 索引号.",
    }
    return _operation(
        "document", "One document with its texts", [by], "application/json", ref("Document"), (400, 404)
    )


def _ready_operation() -> Shape:
    return _operation("ready", "Whether searches are answered", [], "application/json", ref("Condition"), ())


def _verify_operation() -> Shape:
    digest = {
        "name": "sha256",
        "in": "query",
        "required": True,
        "schema": {**TEXT, "pattern": "^[0-9a-f]{64}$"},
        "description": "The SHA-256 of a file.",
    }
    told = "Whether a file is a public original, and whether our copy still is that file"
    return _operation("verify", told, [digest], "application/json", ref("Verification"), (400,))


def _suggest_operation() -> Shape:
    text = {**TEXT, "maxLength": LONGEST_TEXT}
    size = {"type": "integer", "minimum": 1, "maximum": MOST, "default": MOST}
    parameters: list[Shape] = [
        {"name": name, "in": "query", "required": False, "description": told, "schema": schema}
        for name, told, schema in (
            ("q", "The beginning of a search.", text),
            ("size", "At most so many.", size),
        )
    ]
    told = "What a search that begins so may become"
    return _operation("suggest", told, parameters, "application/json", ref("Suggestions"), (400,))


def _operation(
    name: str, summary: str, parameters: list[Shape], media_type: str, shape: Shape, problems: tuple[int, ...]
) -> Shape:
    names = {kind.status: kind.name for kind in KINDS}
    refused = (*problems, 414, 429, 500, 503)
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "Found", "content": {media_type: {"schema": shape}}},
            "304": {"description": "What If-None-Match names is still true"},
            **{str(one): {"$ref": f"#/components/responses/{names[one]}"} for one in refused},
        },
    }


def _parameters() -> list[Shape]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in PARAMETERS]


def _problem(told: str, status: int) -> Shape:
    waits = {"Retry-After": {"schema": COUNT, "description": "seconds"}} if status in (429, 503) else {}
    content: Shape = {MEDIA_TYPE: {"schema": ref("Problem")}}
    if status == 414:
        content["text/html"] = {"schema": TEXT}  # the server that listens says so before we are asked
    found: Shape = {"description": told, "content": content}
    return {**found, **({"headers": waits} if waits else {})}


def _parameter(search: Search, name: str) -> Shape:
    found: Shape = {"name": name, "in": "query", "required": False}
    if name in FACET_NAMES:
        field = BY_NAME[name]
        several = "Given several times: any of them." + (" A code, or its label." if field.vocabulary else "")
        schema = {"type": "array", "items": _value_schema(search, name)}
        return {
            **found,
            "description": f"{field.label} ({field.english}). {several}",
            "schema": schema,
            "explode": True,
        }
    told, schema = _PLAIN[name]
    return {**found, "description": told, "schema": schema}


def _value_schema(search: Search, name: str) -> Shape:
    """All that a value may be called: codes, labels and aliases of the list, and what documents bear besides."""
    if name == "year":
        return {"type": "string", "pattern": "^([0-9]{4})?$"}
    entries = search.vocabularies[BY_NAME[name].vocabulary].entries
    called = [called for one in entries for called in (one.code, one.label, *one.aliases)]
    borne = [one.value for facet in search.overview() if facet.name == name for one in facet.values]
    return {**TEXT, "enum": [*dict.fromkeys((*called, *borne, ""))]}


_PLAIN: Mapping[str, tuple[str, Shape]] = {
    "q": (
        'The search: words, "phrase", -without, a | b, 标题:…, 文号:….',
        {**TEXT, "maxLength": LONGEST_TEXT},
    ),
    "from": (
        "Not before this year, month or day: 2014, 2014-11 or 2014-11-28.",
        {**TEXT, "maxLength": LONGEST_TEXT},
    ),
    "to": ("Not after this year, month or day.", {**TEXT, "maxLength": LONGEST_TEXT}),
    "sort": ("The order.", {**TEXT, "enum": [str(one) for one in Sort], "default": str(Sort.RELEVANCE)}),
    "page": (
        f"Counts from 1; no hit beyond {DEEPEST_HIT:,} is shown. The exports give all.",
        {"type": "integer", "minimum": 1, "maximum": DEEPEST_HIT, "default": 1},
    ),
    "size": (
        "Hits on a page. The exports give all, feeds 20.",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": DEFAULT_SIZE},
    ),
}
