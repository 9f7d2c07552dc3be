"""Whether a digest (SHA-256) that stands on a printed sheet is that of an original which is public here, now.

Of what is not public, or not any more, it says the same as of what never was. Our copy is read for each answer: a copy
that has changed on the disk is what this page is for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, render_template, request

from disclosure_search.document import Document
from disclosure_search.engine.base import State
from disclosure_search.errors import EngineError, QueryError
from disclosure_search.web.answering import searching
from disclosure_search.web.api import answer, only, urls
from disclosure_search.web.limiting import Gate
from disclosure_search.web.moments import CHINA
from disclosure_search.web.originals import Fixity, Originals

MOST = 10  # documents that one file may belong to, and that are named
LONGEST = 1000  # characters: an address with the digest in it may be typed too
_DIGEST = re.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_BETWEEN = re.compile(r"[\s:\-\u200b]+")


@dataclass(frozen=True, slots=True)
class Holding:
    """A place where the content stands: the original of a document, or its attachment at `position`."""

    document: Document
    position: int
    name: str
    copy: Fixity


def digest_in(typed: str) -> str:
    """The digest, however it was grouped or typed, and from an address that holds one; empty if there is none."""
    text = unicodedata.normalize("NFKC", typed[:LONGEST]).lower()
    found = _DIGEST.search(text) or _DIGEST.search(_BETWEEN.sub("", text).removeprefix("sha256"))
    return found[0] if found else ""


class Verifying:
    """`places`: so many are answered at a time, since reading a large scan takes a while."""

    def __init__(self, originals: Originals, places: int = 2) -> None:
        self._originals = originals
        self._gate = Gate(places)

    def page(self) -> str:
        typed = request.values.get("sha256", "").strip()[:LONGEST]
        digest = digest_in(typed)
        return render_template(
            "verify.html",
            given=typed,
            digest=digest,
            holdings=self._holdings(digest) if digest else (),
            now=datetime.now(CHINA),
            stand=searching().condition(),
        )

    def json(self) -> Response:
        only("sha256")
        condition = searching().condition()
        if condition.state is not State.READY:
            raise EngineError("index", condition.reason)
        digest = digest_in(request.args.get("sha256", ""))
        if not digest:
            raise QueryError("sha256", "it is no SHA-256", "give its 64 hexadecimal digits")
        holdings = self._holdings(digest)
        response = answer(
            {
                "sha256": digest,
                "public": bool(holdings),
                "checked": datetime.now(CHINA).isoformat(timespec="seconds"),
                "holdings": [_shape(one) for one in holdings],
            }
        )
        response.cache_control.no_store = True
        return response

    def _holdings(self, digest: str) -> tuple[Holding, ...]:
        leave = self._gate.enter()
        try:
            return tuple(self._found(digest))
        finally:
            leave()

    def _found(self, digest: str) -> Iterator[Holding]:
        for document in searching().holding(digest, MOST):
            if document.sha256 == digest:
                yield Holding(document, 0, "", self._originals.fixity(document.path, digest))
            for position, one in enumerate(document.attachments, 1):
                if one.sha256 == digest:
                    copy = self._originals.fixity(one.path, digest)
                    yield Holding(document, position, one.name, copy)


def _shape(holding: Holding) -> dict[str, Any]:
    document = holding.document
    return {
        "id": document.doc_id,
        "title": document.title,
        "number": document.number,
        "part": "attachment" if holding.position else "original",
        "position": holding.position,
        "name": holding.name,
        "copy": str(holding.copy),
        "urls": urls(document),
    }
