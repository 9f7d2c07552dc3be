"""Runs the site under gunicorn until a signal ends it.

The application is made before the workers are forked, so that what is open and warm is shared by all of them.
"""

from __future__ import annotations

import gc
import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http import message

from disclosure_search.errors import SettingError

_LONGEST_PORT = 65_535
_SLOWEST_SECONDS = 60
_LONGEST_LINE_BYTES = 65_536  # a thousand Chinese characters are 9,000 in an address; gunicorn allows 8,190


def serve(app: Flask, host: str, port: int, workers: int = 1) -> None:
    """Says where it listens once it does; ends after SIGTERM or SIGINT, when running requests are done."""
    door = _listening(host, port)
    name, number = door.getsockname()[:2]
    shown = f"Serving on http://{f'[{name}]' if ':' in name else name}:{number}/"
    _Server(app, door.detach(), workers, app.config["THREADS"], shown).run()


class _Server(BaseApplication):
    def __init__(self, app: Flask, door: int, workers: int, threads: int, shown: str) -> None:
        self._app = app
        self._settings: dict[str, Any] = {
            "bind": f"fd://{door}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "preload_app": True,
            "timeout": _SLOWEST_SECONDS,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "control_socket_disable": True,
            "forwarded_allow_ips": "*",  # forwarded headers are judged in one place, by the `proxies` setting
            "limit_request_line": _LONGEST_LINE_BYTES,
            "when_ready": lambda _server: _ready(shown),
        }
        message.MAX_REQUEST_LINE = _LONGEST_LINE_BYTES  # type: ignore[misc]  # no setting goes beyond it
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app


def _ready(shown: str) -> None:
    gc.freeze()  # what is there before the fork stays shared: the collector leaves it alone
    print(shown, flush=True)  # noqa: T201


def _listening(host: str, port: int) -> socket.socket:
    """Bound here, so that a taken port is an error of ours and not a log of the server's."""
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
