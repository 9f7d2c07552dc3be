"""The site: pages made on the server, readable without JavaScript. It only reads, and only what is public.

Flask is at home in this package and nowhere else; `serve` holds the server it runs under.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response

from disclosure_search.search import Search
from disclosure_search.web import (
    addresses,
    display,
    failures,
    finding,
    languages,
    machine,
    rendering,
    typeset,
)
from disclosure_search.web.answering import Hear, answered, searching
from disclosure_search.web.browse import Browse
from disclosure_search.web.document_page import DocumentPage
from disclosure_search.web.look import Look, script_url
from disclosure_search.web.mounting import mounted
from disclosure_search.web.originals import Originals
from disclosure_search.web.pages import Pages
from disclosure_search.web.site import SiteSettings, templates_dir
from disclosure_search.web.staff import Tell, explaining
from disclosure_search.web.verifying import Verifying

__all__ = ["Hear", "Originals", "SiteSettings", "create_app", "templates_dir"]

_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",  # what was searched for stays here
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_STYLE_SECONDS = 31_536_000  # its address changes with its content
_LONGEST_BODY_BYTES = 65_536


def create_app(
    newest: Callable[[], Search],
    originals: Originals,
    settings: SiteSettings,
    tell: Tell | None = None,
    hear: Hear | None = None,
) -> Flask:
    """`newest` gives the search that answers now; it is asked once for every page. `tell` is for a site of staff;
    `hear` is told what people search for."""
    app = Flask(__name__, template_folder=str(templates_dir()))
    app.config.update(MAX_CONTENT_LENGTH=_LONGEST_BODY_BYTES, THREADS=settings.threads, HEAR=hear)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    browse = Browse()
    pages = Pages(originals, browse)
    look = Look(settings)
    for rule, endpoint, view in (*_routes(pages, browse), *_document_routes(originals)):
        app.add_url_rule(rule, endpoint, answered(view, newest))
    verify = answered(Verifying(originals).page, newest)
    app.add_url_rule("/verify", "verify", verify, methods=("GET", "POST"))
    for rule, endpoint, view, methods in machine.routes(settings):
        app.add_url_rule(rule, endpoint, answered(view, newest), methods=methods)
    if tell:
        app.add_url_rule("/explain", "explain", answered(explaining(tell), newest))
    app.add_url_rule("/display", "display", display.choose)
    app.add_url_rule("/brand.css", "brand_css", look.brand_css)
    app.add_url_rule("/logo", "logo", look.logo)
    rendering.install(app)
    languages.install(app)
    _equip_templates(app, settings, look)
    machine.install(app, settings)
    failures.install(app)
    app.after_request(_finish)
    app.wsgi_app = mounted(app.wsgi_app, settings)  # type: ignore[assignment,method-assign]
    return app


def _routes(pages: Pages, browse: Browse) -> Iterable[tuple[str, str, Callable[..., Any]]]:
    return (
        ("/", "home", pages.home),
        ("/search", "search", finding.search),
        ("/search/<name>", "facet", finding.facet),
        ("/request", "request", finding.application),
        ("/request.txt", "request_text", lambda: finding.application(plain=True)),
        ("/d/<doc_id>/original", "original", pages.original),
        ("/d/<doc_id>/attachment/<int:position>", "attachment", pages.attachment),
        ("/browse", "browse", browse.index),
        ("/browse/<facet>", "browse_facet", browse.facet),
        ("/browse/<facet>/<path:value>", "browse_value", browse.value),
        ("/map", "map", browse.map),
        ("/healthz", "healthz", pages.healthz),
    )


def _document_routes(originals: Originals) -> Iterable[tuple[str, str, Callable[..., Any]]]:
    page = DocumentPage(originals)
    return (
        ("/d/<doc_id>", "document", page.page),
        ("/d/<doc_id>/print", "print", page.sheet),
        ("/d/<doc_id>.ris", "ris", page.ris),
        ("/verify.json", "verify_json", Verifying(originals).json),
    )


def _equip_templates(app: Flask, settings: SiteSettings, look: Look) -> None:
    app.jinja_env.filters.update(day=typeset.day, size=typeset.size, web_address=typeset.web_address)
    app.jinja_env.globals.update(
        site=settings,
        label=finding.label,
        facet_title=languages.facet_title,
        chosen_display=display.chosen,
        narrowest=lambda name, codes: searching().narrowest(name, codes),
        url_for=addresses.url_for,
        search_url=addresses.search_url,
        browse_url=addresses.browse_url,
        document_url=addresses.document_url,
        hit_url=addresses.hit_url,
        request_url=finding.request_url,
        facet_url=addresses.facet_url,
        style_urls=look.style_urls,
        script_url=script_url,
        suggest_url=lambda: addresses.address_if(app, "suggest", "api_suggest"),
    )


def _finish(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.vary.update(("Cookie", "Accept-Language"))
    if response.mimetype in ("text/css", "text/javascript"):
        response.cache_control.max_age = _STYLE_SECONDS
        response.cache_control.no_cache = None
    elif not response.cache_control:
        response.cache_control.no_cache = True  # a withdrawn document must not live on in a cache
    return response
