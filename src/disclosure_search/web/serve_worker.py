"""How the server's workers treat connections and what they write into the log.

Gunicorn's threaded worker gives a new connection a thread before it has said anything, and waits for each next byte as
long as it takes: some dozens of silent clients would keep everybody else out. Here a connection waits in the poller
until it speaks, and then has so many seconds for its whole request, and so many for taking each part of the answer.
"""

from __future__ import annotations

import errno
import socket
import time
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

ASKING_SECONDS = 15.0  # for all of a request: line, headers and body
TAKING_SECONDS = 60.0  # for the next part of an answer; a part is at most what fits into the buffers
SILENT_SECONDS = 15.0  # for the first byte of a new connection
_PASSING = frozenset((errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED))


class Patient(socket.socket):
    """Whoever is too slow is treated as one who has gone."""

    _until = float("inf")

    def begin(self) -> None:
        """A request is read from here on."""
        self._until = time.monotonic() + ASKING_SECONDS
        self.settimeout(TAKING_SECONDS)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        left = self._until - time.monotonic()
        if left <= 0:
            raise _gone()
        self.settimeout(min(left, ASKING_SECONDS))
        try:
            return super().recv(size, flags)
        except TimeoutError:
            raise _gone() from None
        finally:
            self.settimeout(TAKING_SECONDS)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise _gone() from None

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        try:
            return super().sendfile(file, offset, count)
        except TimeoutError:
            raise _gone() from None


def _gone() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "too slow")


class Connection(TConn):
    sock: Patient

    def init(self) -> None:
        super().init()
        self.sock.begin()


class Worker(ThreadWorker):
    def accept(self, listener: Any) -> None:
        try:
            accepted, client = listener.accept()
        except OSError as error:
            if error.errno in _PASSING:
                return
            raise
        sock = Patient(accepted.family, accepted.type, accepted.proto, accepted.detach())
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            # Head and body are two writes: without this the second waits 40 ms for the client to confirm the first.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn = Connection(self.cfg, sock, client, listener.getsockname())
        conn.timeout = time.monotonic() + SILENT_SECONDS
        self.nr_conns += 1
        self.pending_conns.append(conn)
        self.poller.register(sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _cap_keepalive(self, deadline: float) -> None:
        """Neither do silent connections keep a worker that ends."""
        super()._cap_keepalive(deadline)  # type: ignore[misc]
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout or deadline, deadline)


class DiscreetLogger(Logger):
    """Gunicorn's, without what people look for and where they ask from."""

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        if str(msg).startswith("Invalid request from ip="):  # its rest is the address and what was asked
            msg, args = "A request that is no HTTP was refused", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:
        super().exception(msg, *(str(one).partition("?")[0] for one in args), **kwargs)
