"""Errors as machines read them (RFC 9457), for the interface and for everything else that no browser shows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, request, url_for

from disclosure_search.errors import DisclosureError, EngineError, QueryError

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 30  # an index run that is at work, or an export, takes some of these
_SUFFIXES = (".json", ".csv", ".ndjson", ".atom", ".jsonld", ".xml", ".txt")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a problem is called in its address; `told` is for whoever reads the documentation."""

    name: str
    status: int
    told: str


KINDS: tuple[Kind, ...] = (
    Kind(
        "bad-parameter",
        400,
        "A parameter is unknown or has a value that cannot be used; `parameter` names it.",
    ),
    Kind(
        "not-found",
        404,
        "Nothing public is here: it never was, was withdrawn, or its last public day is over.",
    ),
    Kind("only-reading", 405, "The site is only read, by GET and HEAD."),
    Kind("too-long", 414, "The address is too long."),
    Kind("too-many-requests", 429, "This address asks too often; Retry-After says when it may ask again."),
    Kind("broken", 500, "The fault is ours, and has been logged."),
    Kind("unavailable", 503, "There is no index, or all places for exports are taken; see Retry-After."),
)
_BY_STATUS = {kind.status: kind for kind in KINDS}


def is_for_machines() -> bool:
    path = request.path
    return path.startswith("/api/") or path == "/oai" or path.endswith(_SUFFIXES)


def problem(status: int, detail: str = "", **more: str) -> Response:
    kind = _BY_STATUS.get(status)
    body = {
        "type": f"{url_for('api_docs')}#{kind.name}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        **({"detail": detail} if detail else {}),
        "instance": request.path,
        **more,
    }
    response = Response(json.dumps(body, ensure_ascii=False), status, content_type=MEDIA_TYPE)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def problem_of(error: DisclosureError) -> Response:
    """Nothing of folders and reasons, which the log holds."""
    if isinstance(error, QueryError):
        return problem(error.status, str(error), parameter=error.subject)
    if isinstance(error, EngineError):
        return problem(error.status, "The index is being made or mended; the originals are safe.")
    return problem(error.status, "no public document is here" if error.status == 404 else "")
