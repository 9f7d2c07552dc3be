"""The colour and the logo of the bureau, as files of the site: no page needs a style of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Response, abort, send_file

from disclosure_search.collection.branding import LOGO_TYPES
from disclosure_search.web.addresses import url_for
from disclosure_search.web.site import SiteSettings

_STATIC = Path(__file__).parent / "static"
_BRANDED = ":root{{--brand:{colour};--act:{colour}}}:root.large{{--brand:{deep};--act:{deep}}}\n"


class Look:
    def __init__(self, settings: SiteSettings) -> None:
        self._logo = settings.data_dir / settings.logo if settings.logo else None
        self._css = _BRANDED.format(colour=settings.colour, deep=settings.deep) if settings.colour else ""

    def brand_css(self) -> Response:
        return Response(self._css, mimetype="text/css")

    def logo(self) -> Response:
        if self._logo is None or not self._logo.is_file():
            abort(404)
        response = send_file(self._logo, mimetype=LOGO_TYPES[self._logo.suffix.lower()], conditional=True)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"  # an SVG may hold scripts
        return response

    def style_urls(self) -> tuple[str, ...]:
        own = url_for("static", filename="style.css", v=_digest("style.css"))
        if not self._css:
            return (own,)
        return own, url_for("brand_css", v=hashlib.sha256(self._css.encode()).hexdigest()[:12])


def script_url() -> str:
    return url_for("static", filename="search.js", v=_digest("search.js"))


_digests: dict[str, str] = {}


def _digest(name: str) -> str:
    """An address with it may be kept for a year: it changes with its content."""
    if name not in _digests:
        _digests[name] = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return _digests[name]
