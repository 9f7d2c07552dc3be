"""Addresses that lead here from anywhere else: feeds, harvesters and search engines keep them.

They begin with the address that the site is set up with. Where it is set up with none, they begin with the one that the
request came to, which is right for whoever asks and is kept by nobody else (`conditional` counts it in).
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

from flask import current_app, g, request, url_for

from disclosure_search.states import SearchState
from disclosure_search.web.addresses import SAFE
from disclosure_search.web.site import SiteSettings


def settings() -> SiteSettings:
    return cast("SiteSettings", current_app.config["SITE"])


def absolute(path: str) -> str:
    """`path` as `url_for` gives it, with the prefix."""
    return f"{settings().address or request.host_url.rstrip('/')}{path}"


def address_of(endpoint: str, **values: Any) -> str:
    return absolute(url_for(endpoint, **values))


def of_document(doc_id: str, endpoint: str = "document") -> str:
    """`address_of` a document, its `original` or its `api_document`: lists have thousands, and what is the same in all
    of them is made once for each answer."""
    parts = g.setdefault("addresses", {})
    if endpoint not in parts:
        before, _, after = address_of(endpoint, doc_id="~").rpartition("~")
        parts[endpoint] = before, after
    before, after = parts[endpoint]
    return f"{before}{quote(doc_id, safe=SAFE)}{after}"


def search_address(endpoint: str, state: SearchState) -> str:
    """The same search in the form that `endpoint` gives."""
    params = state.to_params()
    return f"{address_of(endpoint)}?{urlencode(params)}" if params else address_of(endpoint)


def domain() -> str:
    return urlsplit(absolute("/")).hostname or "localhost"
