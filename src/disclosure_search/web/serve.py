"""Runs the site under gunicorn until a signal ends it.

The application is made before the workers are forked, so that what is open and warm is shared by all of them. SIGHUP
makes it anew, with workers of its own, while the old ones finish what they are at.
"""

from __future__ import annotations

import gc
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http import message

from disclosure_search.errors import DisclosureError, SettingError
from disclosure_search.web.serve_worker import DiscreetLogger, Worker

_log = logging.getLogger(__name__)
_LONGEST_PORT = 65_535
_SLOWEST_SECONDS = 60
_LAST_SECONDS = 20  # for requests under way when the server ends or reloads
_LONGEST_LINE_BYTES = 65_536  # a thousand Chinese characters are 9,000 in an address; gunicorn allows 8,190
_MOST_REQUESTS = 200_000  # of one worker, give or take a tenth; then another takes its place
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where heartbeats never wait for a disk
# Neither address nor query: a path is a page of the site, not what somebody looked for.
_ACCESS = "%(t)s %(m)s %(U)s %(s)s %(B)s %(M)sms"


def serve(
    app: Flask, host: str, port: int, workers: int = 1, again: Callable[[], Flask] | None = None
) -> None:
    """Says where it listens once it does; ends after SIGTERM or SIGINT, when running requests are done. `again` makes
    the application anew for SIGHUP."""
    door = _listening(host, port)
    name, number = door.getsockname()[:2]
    shown = f"Serving on http://{f'[{name}]' if ':' in name else name}:{number}/"
    _Server(app, _settings(app, door.detach(), workers, shown), again).run()


class _Server(BaseApplication):
    def __init__(self, app: Flask, settings: dict[str, Any], again: Callable[[], Flask] | None) -> None:
        self._app = app
        self._settings = settings
        self._again = again
        message.MAX_REQUEST_LINE = _LONGEST_LINE_BYTES  # type: ignore[misc]  # no setting goes beyond it
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app

    def reload(self) -> None:
        """A site that cannot be made leaves the one that is there."""
        super().reload()
        if self._again is None:
            return
        try:
            self._app = self._again()
        except (DisclosureError, OSError) as error:
            _log.error("the site goes on as it was: %s", error)
            return
        self.callable = None
        gc.unfreeze()
        gc.collect()  # what the old site had open


def _settings(app: Flask, door: int, workers: int, shown: str) -> dict[str, Any]:
    return {
        "bind": f"fd://{door}",
        "workers": workers,
        "threads": app.config["THREADS"],
        "worker_class": Worker,
        "worker_tmp_dir": str(_SHARED_MEMORY) if os.access(_SHARED_MEMORY, os.W_OK) else None,
        "preload_app": True,
        "timeout": _SLOWEST_SECONDS,
        "graceful_timeout": _LAST_SECONDS,
        "keepalive": 15,  # a reader who turns pages, and a proxy in front, ask again on the same connection
        "max_requests": _MOST_REQUESTS,
        "max_requests_jitter": _MOST_REQUESTS // 10,
        "loglevel": "warning",
        "logger_class": DiscreetLogger,
        "accesslog": "-" if app.config.get("ACCESS_LOG") else None,
        "access_log_format": _ACCESS,
        "control_socket_disable": True,
        # Forwarded headers are judged in one place, by the `proxies` setting: nobody's are believed here.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "limit_request_line": _LONGEST_LINE_BYTES,
        "when_ready": lambda _server: _ready(shown),
        "on_reload": lambda _server: gc.freeze(),
    }


def _ready(shown: str) -> None:
    gc.freeze()  # what is there before the fork stays shared: the collector leaves it alone
    print(shown, flush=True)  # noqa: T201


def _listening(host: str, port: int) -> socket.socket:
    """Bound here, so that a taken port is an error of ours and not a log of the server's."""
    if not 0 <= port <= _LONGEST_PORT:
        raise SettingError(f"port {port}", "there is no such port", f"choose one from 1 to {_LONGEST_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (")[0]
        raise SettingError(
            f"{host}:{port}",
            f"cannot listen there ({why})",
            "choose another --port or --host, or end what runs there",
        ) from error
