"""Answers that need not be sent again: their tag says all that they are made from.

That is the generation of the index, the day (documents expire), the word lists (labels), how the site is set up, this
program's version and the address with its parameters. Nothing is kept without asking: a withdrawn document is gone
from every answer once it is gone from the index.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, request

from disclosure_search import __version__
from disclosure_search.document import digest_of
from disclosure_search.engine.base import State
from disclosure_search.errors import EngineError
from disclosure_search.vocabulary import Vocabularies
from disclosure_search.web.absolute import absolute, settings
from disclosure_search.web.answering import searching

View = Callable[..., Any]
Answer = Callable[..., Response]


def conditional(view: View) -> Answer:
    """Answers 304 where the tag that a client holds is still true; the answer itself is then not made at all."""

    @wraps(view)
    def answer(**given: Any) -> Response:
        tag = (
            tag_of_answer()
        )  # before the answer: a commit in between makes the answer newer than its tag, never older
        response = (
            Response(status=304) if request.if_none_match.contains_weak(tag) else make_response(view(**given))
        )
        if response.status_code in (200, 304):
            response.set_etag(tag, weak=True)
            response.cache_control.no_cache = True
        return response

    return answer


def tag_of_answer() -> str:
    """EngineError where there is no index to answer from."""
    search = searching()
    condition = search.condition()
    if condition.state is not State.READY:
        raise EngineError("index", condition.reason)
    return digest_of(
        __version__,
        condition.generation,
        search.today.isoformat(),
        _lists.digest(search.vocabularies),
        repr(settings()),
        absolute(request.script_root),
        request.full_path,
    )


class _Lists:
    """The digest of the word lists that answer now: they are the same object until they are edited."""

    def __init__(self) -> None:
        self._known: tuple[Vocabularies, str] = (Vocabularies(), "")

    def digest(self, vocabularies: Vocabularies) -> str:
        known = self._known
        if known[0] is not vocabularies:
            known = self._known = (vocabularies, digest_of(repr(vocabularies)))
        return known[1]


_lists = _Lists()
