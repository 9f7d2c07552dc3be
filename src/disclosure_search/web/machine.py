"""The addresses that programs ask, with what answers them, and what templates may say to programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, url_for

from disclosure_search.engine.base import State
from disclosure_search.states import SearchState
from disclosure_search.web import api, described, discovery, feeds, limiting, sitemap, suggesting
from disclosure_search.web.addresses import searches
from disclosure_search.web.answering import searching
from disclosure_search.web.api_docs import api_docs
from disclosure_search.web.export import Exports
from disclosure_search.web.moments import built_at
from disclosure_search.web.oai import oai
from disclosure_search.web.openapi import openapi
from disclosure_search.web.problems import RETRY_SECONDS
from disclosure_search.web.site import SiteSettings

Route = tuple[str, str, Callable[..., Any], tuple[str, ...]]
READING = ("GET",)  # and HEAD, which Flask adds


def routes(settings: SiteSettings) -> tuple[Route, ...]:
    exports = Exports(max(1, settings.threads // 2))
    rules: tuple[tuple[str, str, Callable[..., Any]], ...] = (
        ("/api/v1/", "api_docs", api_docs),
        ("/api/v1/openapi.json", "api_openapi", openapi),
        ("/api/v1/search", "api_search", api.search),
        ("/api/v1/documents/<doc_id>", "api_document", api.document),
        ("/api/v1/suggest", "api_suggest", suggesting.suggest),
        ("/opensearch/suggest", "suggestions", suggesting.opensearch),
        ("/search.json", "search_json", api.search),
        ("/search.csv", "search_csv", exports.csv),
        ("/search.ndjson", "search_ndjson", exports.ndjson),
        ("/search.atom", "search_atom", feeds.atom),
        ("/search.feed.json", "search_feed_json", feeds.json_feed),
        ("/opensearch.xml", "opensearch", discovery.opensearch),
        ("/robots.txt", "robots", discovery.robots),
        ("/catalog.jsonld", "catalogue", discovery.catalogue),
        ("/sitemap.xml", "sitemap", sitemap.index),
        ("/sitemap-pages.xml", "sitemap_pages", sitemap.pages),
        ("/sitemap-<int:number>.xml", "sitemap_part", sitemap.part),
        ("/readyz", "readyz", readyz),
    )
    return (*((*rule, READING) for rule in rules), ("/oai", "oai", oai, ("GET", "POST")))


def install(app: Flask, settings: SiteSettings) -> None:
    app.config["SITE"] = settings
    limiting.install(app, settings.rate)
    app.jinja_env.globals.update(
        page_tags=described.page_tags,
        column_tags=described.column_tags,
        document_tags=described.document_tags,
        linked_data=described.linked_data,
        form_url=form_url,
    )


def form_url(form: str, state: SearchState) -> str:
    """The same search as json, csv, ndjson, atom or feed.json, from its first page."""
    return searches(url_for(api.endpoint_of(form)))(state.with_page(1))


def readyz() -> Response:
    """Whether searches are answered: one is made."""
    api.only()
    condition = searching().condition()
    if condition.state is State.READY:
        searching().listing(SearchState(size=1))
    told = {
        "state": str(condition.state),
        "generation": condition.generation,
        "documents": condition.documents,
        "built": built_at(condition.built).isoformat() if condition.built else "",
    }
    response = api.answer(told)
    if condition.state is not State.READY:
        response.status_code = 503
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
