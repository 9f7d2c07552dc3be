"""What a search that begins so may become: for programs, and in the form that browsers ask for in their address bar.

Only what is public is suggested, and nobody's search is shown to anybody else: none is kept.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from disclosure_search.errors import QueryError
from disclosure_search.states import SearchState, one_line
from disclosure_search.suggestions import Suggestion
from disclosure_search.web.absolute import of_document, search_address
from disclosure_search.web.answering import searching
from disclosure_search.web.api import answer, only
from disclosure_search.web.conditional import conditional

MOST = 10


@conditional
def suggest() -> Response:
    only("q", "size")
    typed = one_line(request.args.get("q", ""))
    found = searching().suggest(typed, _size())
    return answer({"q": typed, "suggestions": [_shape(one) for one in found]})


@conditional
def opensearch() -> Response:
    """Four lists, says OpenSearch Suggestions 1.1: what was typed, the texts, what they are, where they lead."""
    only("q")
    typed = one_line(request.args.get("q", ""))
    shapes = [_shape(one) for one in searching().suggest(typed, MOST)]
    lists = ([shape[key] for shape in shapes] for key in ("text", "kind", "url"))
    text = json.dumps([typed, *lists], ensure_ascii=False)
    return Response(text, content_type="application/x-suggestions+json; charset=utf-8")


def _shape(one: Suggestion) -> dict[str, Any]:
    address = of_document(one.doc_id) if one.doc_id else search_address("search", SearchState(text=one.text))
    return {"text": one.text, "kind": one.kind, "id": one.doc_id, "url": address}


def _size() -> int:
    text = request.args.get("size", str(MOST))
    if not (text.isascii() and text.isdigit() and len(text) < 3 and 1 <= int(text) <= MOST):
        raise QueryError("size", f"{text[:40]!r} is not allowed", f"use a number from 1 to {MOST}")
    return int(text)
