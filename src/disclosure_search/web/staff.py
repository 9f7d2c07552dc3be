"""The page that explains a search to staff. It also speaks of what is not public, so a public site has none."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request

from disclosure_search.absence import Told
from disclosure_search.explain import KINDS
from disclosure_search.states import SearchState
from disclosure_search.web.answering import View, searching

Tell = Callable[[SearchState, str], Told]
_NAME = "document"


def explaining(tell: Tell) -> View:
    def explain() -> str:
        pairs = [(name, value) for name, value in request.args.items(multi=True) if name != _NAME]
        name = request.args.get(_NAME, "").strip()
        told = tell(SearchState.from_params(pairs), name)
        return render_template(
            "explain.html",
            told=told,
            kinds=KINDS,
            document=name,
            state=told.page.state,
            typed=told.page.state.text,
            stand=searching().condition(),
        )

    return explain
