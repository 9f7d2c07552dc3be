"""Where the site hangs and who asks: path prefix, proxies in front, and the host that a request names.

What a proxy or a client says of itself goes into addresses, so it is looked at before anything is made of it: a prefix
such as //elsewhere.example would lead readers away from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from disclosure_search.web.site import SiteSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~.-]+){0,8}")
_REFUSED = b"Bad Request: no site is called so\n"
_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(_REFUSED))),
    ("Content-Security-Policy", "default-src 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
]


def mounted(app: WSGIApplication, settings: SiteSettings) -> WSGIApplication:
    prefix = settings.prefix.strip("/")
    app = _Named(app)
    if settings.proxies:
        hops = settings.proxies
        # A prefix that is set here is not for a proxy, let alone a client, to say.
        app = ProxyFix(app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=0 if prefix else hops)
    return _Prefixed(app, f"/{prefix}") if prefix else app


class _Named:
    """Answers only under a name and below a path that may stand in an address."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        path = environ.get("SCRIPT_NAME", "")
        if (host and not _HOST.fullmatch(host)) or not _PREFIX.fullmatch(path) or "/.." in path:
            start_response("400 Bad Request", list(_HEADERS))
            return [_REFUSED]
        if environ.get("wsgi.url_scheme") not in ("http", "https"):
            environ["wsgi.url_scheme"] = "http"
        return self._app(environ, start_response)


class _Prefixed:
    """Mounts a site below a path, whether the proxy in front has already cut that path off or not."""

    def __init__(self, app: WSGIApplication, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            path = path[len(self._prefix) :] or "/"
        environ["PATH_INFO"] = path
        environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)
