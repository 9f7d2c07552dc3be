"""The server: it says where it listens, answers, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from flask import Flask

from disclosure_search.errors import SettingError
from disclosure_search.web.serve import serve

SCRIPT = """
import sys
from pathlib import Path
from disclosure_search.config import Settings
from disclosure_search.web import Originals, SiteSettings, create_app
from disclosure_search.web.serve import serve
from disclosure_search.wiring import open_archive
data_dir = Path(sys.argv[1])
archive = open_archive(Settings(data_dir, data_dir / "index"))
serve(create_app(lambda: archive.search, Originals(data_dir), SiteSettings("公开档案", "", data_dir)), sys.argv[2], 0)
"""


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"], ids=["IPv4", "IPv6"])
def test_it_says_where_it_listens_and_ends_cleanly_on_a_signal(
    tmp_path: Path, host: str, sign: signal.Signals
) -> None:
    if ":" in host and not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback; switch it on to run this test")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), host],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith(f"Serving on http://{f'[{host}]' if ':' in host else host}:")
            with urllib.request.urlopen(line.split()[-1] + "static/style.css", timeout=20) as answer:
                assert answer.status == 200
        finally:
            process.send_signal(sign)
        assert process.wait(20) == 0


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def _app() -> Flask:
    app = Flask("empty")
    app.config["THREADS"] = 1
    return app


def test_a_port_that_is_taken_is_a_setting_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=rf"127\.0\.0\.1:{port}: cannot listen there"):
            serve(_app(), "127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port"),
    [
        pytest.param("127.0.0.1", 70_000, id="no such port"),
        pytest.param("127.0.0.1", -1, id="negative port"),
        pytest.param("no-such-host.invalid", 0, id="no such host"),
        pytest.param("192.0.2.1", 0, id="an address of others"),
    ],
)
def test_a_place_where_nobody_can_listen_is_a_setting_error(host: str, port: int) -> None:
    with pytest.raises(SettingError, match=r"port|listen"):
        serve(_app(), host, port)
