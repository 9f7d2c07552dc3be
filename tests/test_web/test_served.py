"""The server under load and abuse: real processes, a bounded client, nothing lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from disclosure_search.wiring import Archive

FILES = {
    "collection.toml": '[site]\nname = "甲市档案"\n',
    "公示栏/奖补名单/2014/名单.txt": "企业新设专卖店补贴名单\n第一批补贴名单如下，共二家企业。\n",
}
PATIENCE_SECONDS = 60


@dataclass
class Served:
    process: subprocess.Popen[str]
    port: int
    data_dir: Path
    errors: Path

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def get(self, path: str, **headers: str) -> tuple[HTTPResponse, str]:
        connection = self.connection()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content = answer.read().decode()
        connection.close()
        return answer, content

    def workers(self) -> set[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(one) for one in children.read_text("ascii").split()}

    def until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < end, "it never came"
            assert self.process.poll() is None
            time.sleep(0.05)

    def raw(self, request: bytes) -> bytes:
        """What comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as sock:
            sock.sendall(request)
            sock.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: sock.recv(65_536), b""))


@contextmanager
def serving(archive: Archive, tmp_path: Path, **settings: str) -> Iterator[Served]:
    places = ["--data", str(archive.settings.data_dir), "--index", str(archive.settings.index_dir)]
    environment = {
        **os.environ,
        **{f"DISCLOSURE_{name.upper()}": value for name, value in settings.items()},
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    command = [sys.executable, "-m", "disclosure_search", "serve", *places, "--port", "0"]
    with (
        (tmp_path / "errors").open("w") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Serving on http://127.0.0.1:"), (tmp_path / "errors").read_text()
            port = int(line.rpartition(":")[2].strip("/\n"))
            yield Served(process, port, archive.settings.data_dir, tmp_path / "errors")
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture
def archive(make_archive: Callable[..., Archive]) -> Archive:
    return make_archive(FILES)


def test_a_reload_loses_no_request_and_takes_up_a_new_name(archive: Archive, tmp_path: Path) -> None:
    with serving(archive, tmp_path, workers="2") as served:
        served.until(lambda: len(served.workers()) == 2)
        before = served.workers()
        statuses: list[int] = []
        is_over = threading.Event()

        def ask() -> None:
            connection = (
                served.connection()
            )  # kept, as a proxy keeps it, and opened again where the server closes
            while not is_over.is_set():
                connection.request("GET", "/search?q=%E8%A1%A5%E8%B4%B4")
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)
            connection.close()

        askers = [threading.Thread(target=ask) for _ in range(3)]
        for one in askers:
            one.start()
        collection = served.data_dir / "collection.toml"
        collection.write_text(FILES["collection.toml"].replace("甲市", "乙市"), "utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.until(lambda: not served.workers() & before and len(served.workers()) == 2)
        is_over.set()
        for one in askers:
            one.join(PATIENCE_SECONDS)
        assert set(statuses) == {200}
        assert "乙市档案" in served.get("/")[1]


def test_a_reload_with_a_broken_setting_leaves_the_site_as_it_was(archive: Archive, tmp_path: Path) -> None:
    with serving(archive, tmp_path) as served:
        served.until(lambda: len(served.workers()) == 1)
        before = served.workers()
        (served.data_dir / "collection.toml").write_text("name = [", "utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.until(lambda: bool(served.workers()) and not served.workers() & before)
        assert "甲市档案" in served.get("/")[1]
        assert "the site goes on as it was" in served.errors.read_text("utf-8")


def test_a_request_under_way_is_answered_before_the_server_ends(archive: Archive, tmp_path: Path) -> None:
    with serving(archive, tmp_path) as served:
        connection = served.connection()
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        assert connection.sock is not None
        connection.sock.sendall(b"GET /search?q=%E8%A1%A5%E8%B4%B4 HTTP/1.1\r\nHost: localhost\r\n")
        served.process.send_signal(signal.SIGTERM)
        connection.sock.sendall(b"\r\n")
        content = b"".join(iter(partial(connection.sock.recv, 65_536), b""))
        connection.close()
        assert content.startswith(b"HTTP/1.1 200 OK")
        assert "专卖店".encode() in content
        assert served.process.wait(PATIENCE_SECONDS) == 0


def test_a_worker_that_dies_is_replaced(archive: Archive, tmp_path: Path) -> None:
    with serving(archive, tmp_path) as served:
        served.until(lambda: len(served.workers()) == 1)
        (worker,) = served.workers()
        os.kill(worker, signal.SIGKILL)
        served.until(lambda: bool(served.workers() - {worker}))
        assert served.get("/search?q=%E8%A1%A5%E8%B4%B4")[0].status == 200


def test_silent_and_slow_clients_keep_nobody_out(archive: Archive, tmp_path: Path) -> None:
    """With two threads; gunicorn's own worker gives each of the thirty a thread for five seconds, one after another."""
    with serving(archive, tmp_path, threads="2") as served:
        silent = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(30)]
        began = time.monotonic()
        assert served.get("/healthz")[0].status == 200
        assert time.monotonic() - began < 30  # of 75
        for sock in silent:
            sock.close()


def test_whoever_takes_too_long_to_ask_is_hung_up_on(archive: Archive, tmp_path: Path) -> None:
    with (
        serving(archive, tmp_path) as served,
        socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE_SECONDS) as sock,
    ):
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        assert sock.recv(100) == b""  # closed after fifteen seconds, whatever dribbles in


def test_the_log_names_neither_who_asked_nor_what_for(archive: Archive, tmp_path: Path) -> None:
    with serving(archive, tmp_path, log="1") as served:
        served.get("/search?q=%E8%A1%A5%E8%B4%B4&year=2014", **{"X-Forwarded-For": "198.51.100.7"})
        served.raw(b"NONSENSE /secret-word\r\n\r\n")
        served.process.terminate()
        assert served.process.stdout is not None
        printed = served.process.stdout.read()
        served.process.wait(PATIENCE_SECONDS)
    lines = printed + served.errors.read_text("utf-8")
    assert "GET /search 200" in printed
    assert "A request that is no HTTP was refused" in lines
    for private in ("127.0.0.1", "198.51.100.7", "%E8", "补贴", "year=2014", "secret-word"):
        assert private not in lines


def test_by_default_nothing_is_logged_of_requests(archive: Archive, tmp_path: Path) -> None:
    with serving(archive, tmp_path) as served:
        served.get("/search?q=%E8%A1%A5%E8%B4%B4")
        served.get("/nothing")
        served.process.terminate()
        assert served.process.stdout is not None
        assert served.process.stdout.read() == ""
    assert served.errors.read_text("utf-8") == ""


@pytest.mark.parametrize(
    "header",
    ["Script-Name: /evil", "SCRIPT_NAME: /evil", "Path-Info: /evil", "X-Forwarded-Prefix: /evil",
     "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "X-Script-Name: /evil"],
)  # fmt: skip
def test_without_proxies_no_header_moves_the_site(archive: Archive, tmp_path: Path, header: str) -> None:
    with serving(archive, tmp_path) as served:
        for path in ("/", "/search.atom?q=%E8%A1%A5%E8%B4%B4"):
            told = f"GET {path} HTTP/1.1\r\nHost: archive.example\r\n{header}\r\nConnection: close\r\n\r\n"
            answer = served.raw(told.encode())
            assert answer.startswith(b"HTTP/1.1 200 OK")
            assert b"evil" not in answer
            assert b"https://archive.example" not in answer


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"414", id="a long line"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", b"431", id="a long header"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 200 + b"\r\n", b"431", id="many headers"),
        pytest.param(
            b"POST /oai HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"400", id="two lengths",
        ),
        pytest.param(
            b"POST /oai HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 70000\r\nConnection: close\r\n\r\n" + b"a" * 70_000, b"413", id="a long body",
        ),
        pytest.param(b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", b"400", id="a NUL"),
        pytest.param(b"NONSENSE\r\n\r\n", b"400", id="no HTTP"),
    ],
)  # fmt: skip
def test_what_is_too_large_or_ambiguous_is_refused(
    archive: Archive, tmp_path: Path, request_: bytes, status: bytes
) -> None:
    with serving(archive, tmp_path) as served:
        assert served.raw(request_).split()[1] == status
        assert served.get("/healthz")[0].status == 200
