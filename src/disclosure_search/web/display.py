"""How a reader wants the pages: large type, light or dark, and the language, each kept in a cookie and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Response, redirect, request, url_for

from disclosure_search.errors import QueryError
from disclosure_search.web.languages import LANGUAGES

CHOICES: Mapping[str, tuple[str, ...]] = {
    "text": ("normal", "large"),
    "theme": ("auto", "light", "dark"),
    "lang": tuple(LANGUAGES),
}
_A_YEAR = 31_536_000


def chosen(name: str) -> str:
    """What the cookie says, else the first choice."""
    held = request.cookies.get(name, "")
    return held if held in CHOICES[name] else CHOICES[name][0]


def choose() -> Response:
    """Keeps what is asked for and leads back to the page that the link stood on."""
    response = redirect(_page_before(), 303)
    for name, value in request.args.items(multi=True):
        if name not in CHOICES:
            raise QueryError(name[:40], "no parameter has this name", f"use one of {', '.join(CHOICES)}")
        if value not in CHOICES[name]:
            raise QueryError(name, "there is no such choice", f"use one of {', '.join(CHOICES[name])}")
        response.set_cookie(
            name, value, max_age=_A_YEAR, path=request.script_root or "/",
            secure=request.is_secure, httponly=True, samesite="Lax",
        )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


def _page_before() -> str:
    """Only its path is used, so that nobody is led to another site; without one, the home page."""
    parts = urlsplit(request.referrer or "")
    path = parts.path if parts.path.startswith("/") and not parts.path.startswith(("//", "/\\")) else ""
    here = url_for("display")
    if not path or path == here or not path.startswith(url_for("home")):
        return url_for("home")
    return f"{path}?{parts.query}" if parts.query else path
