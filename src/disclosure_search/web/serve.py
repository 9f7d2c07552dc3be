"""Runs the site under waitress until a signal ends it."""

from __future__ import annotations

import signal
import socket
import threading
from types import FrameType

from flask import Flask
from waitress import create_server

from disclosure_search.errors import SettingError

_LONGEST_PORT = 65_535


def serve(app: Flask, host: str, port: int) -> None:
    """Says where it listens once it does; returns after SIGTERM or SIGINT, when running requests are done."""
    with _listening(host, port) as door:
        # Forwarded headers are judged in one place, by the `proxies` setting; waitress passes them on.
        server = create_server(
            app,
            sockets=[door],
            threads=app.config["THREADS"],
            ident=None,
            clear_untrusted_proxy_headers=False,
        )
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _end)
        name, number = door.getsockname()[:2]
        print(f"Serving on http://{f'[{name}]' if ':' in name else name}:{number}/", flush=True)  # noqa: T201
        try:
            server.run()
        finally:
            server.close()


def _listening(host: str, port: int) -> socket.socket:
    """Bound here, since waitress leaves its pipes and sockets open when it cannot bind."""
    if not 0 <= port <= _LONGEST_PORT:
        raise SettingError(f"port {port}", "there is no such port", f"choose one from 1 to {_LONGEST_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (")[0]
        raise SettingError(
            f"{host}:{port}",
            f"cannot listen there ({why})",
            "choose another --port or --host, or end what runs there",
        ) from error


def _end(_signum: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)  # waitress catches it and lets the requests at work finish
