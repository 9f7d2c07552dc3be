"""Runs the site under waitress until a signal ends it."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

from waitress import create_server

from disclosure_search.errors import SettingError

if TYPE_CHECKING:
    from flask import Flask

_LONGEST_PORT = 65_535


def serve(app: Flask, host: str, port: int) -> None:
    """Says where it listens once it does; returns after SIGTERM or SIGINT, when running requests are done."""
    if not 0 <= port <= _LONGEST_PORT:
        raise SettingError(f"port {port}", "there is no such port", f"choose one from 1 to {_LONGEST_PORT}")
    try:
        # Forwarded headers are judged in one place, by the `proxies` setting; waitress passes them on.
        server = create_server(
            app, host=host, port=port, threads=app.config["THREADS"], ident=None,
            clear_untrusted_proxy_headers=False,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SettingError(
            f"{host}:{port}", f"cannot listen there ({why})",
            "choose another --port or --host, or end what runs there",
        ) from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)
    for address in _addresses(server):
        print(f"Serving on http://{address}/", flush=True)  # noqa: T201
    try:
        server.run()
    finally:
        server.close()


def _end(_signum: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)  # waitress catches it and lets the requests at work finish


def _addresses(server: object) -> list[str]:
    several = getattr(server, "effective_listen", None)
    pairs = several or [(getattr(server, "effective_host", ""), getattr(server, "effective_port", 0))]
    return [f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}" for host, port in pairs]
