"""How much one client may ask: addresses of a sane length, so many requests a minute, few exports at a time.

Each process counts by itself and keeps its counts in memory; nothing of a client is written down anywhere.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from flask import Flask, abort, request
from werkzeug.exceptions import RequestURITooLarge, ServiceUnavailable, TooManyRequests

from disclosure_search.errors import QueryError
from disclosure_search.web.problems import RETRY_SECONDS

LONGEST_ADDRESS_BYTES = (
    131_072  # beyond what a server in front lets through; a search that is too long is told so
)
MOST_PARAMETERS = 100
REMEMBERED = 10_000  # clients; 2 MB
_LONGEST_CLIENT = 60
FREE = frozenset(("static", "healthz", "readyz"))
EXPORT_COST = 10  # an export of everything takes as long as hundreds of pages


class Buckets:
    """Every client has a bucket of `per_minute` tokens that fills up again within a minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, float]] = (
            OrderedDict()
        )  # client → tokens, and when they were counted
        self._lock = threading.Lock()

    def wait_seconds(self, client: str, cost: int = 1) -> float:
        """0 where the request may be answered; its cost is then taken."""
        cost = min(cost, int(self._size))
        with self._lock:
            now = self._clock()
            tokens, counted = self._held.pop(client, (self._size, now))
            tokens = min(self._size, tokens + (now - counted) * self._size / 60)
            missing = cost - tokens
            self._held[client] = (tokens if missing > 0 else tokens - cost, now)
            if len(self._held) > REMEMBERED:
                self._held.popitem(last=False)
        return missing * 60 / self._size if missing > 0 else 0.0


class Gate:
    """Lets so many in at a time."""

    def __init__(self, places: int) -> None:
        self._places = threading.BoundedSemaphore(places)

    def enter(self) -> Callable[[], None]:
        """Gives what gives the place back; a second call changes nothing."""
        if not self._places.acquire(blocking=False):
            raise ServiceUnavailable(retry_after=RETRY_SECONDS)
        left = threading.Lock()

        def leave() -> None:
            if left.acquire(blocking=False):
                self._places.release()

        return leave


def install(app: Flask, per_minute: int) -> None:
    """With 0, no client is asked to wait. Neither is this machine itself: it is the reader at its keyboard, or a proxy
    that hides them all and that the settings do not name."""
    buckets = Buckets(per_minute) if per_minute else None

    @app.before_request
    def check() -> None:
        _check_size()
        if buckets is None or request.endpoint in FREE or not (client := client_of_request()):
            return
        cost = EXPORT_COST if request.path.endswith((".csv", ".ndjson")) else 1
        if wait := buckets.wait_seconds(client, cost):
            raise TooManyRequests(retry_after=int(wait) + 1)


def _check_size() -> None:
    if len(request.query_string) + len(request.path) > LONGEST_ADDRESS_BYTES:
        abort(RequestURITooLarge.code)
    if request.query_string.count(b"&") >= MOST_PARAMETERS:
        raise QueryError("parameters", f"there are more than {MOST_PARAMETERS}", "leave some out")


def client_of_request() -> str:
    """Nothing for the machine itself. A household has 2⁶⁴ addresses of version 6, so they count as one."""
    told = request.remote_addr or ""
    try:
        address = ipaddress.ip_address(_bare(told))
    except ValueError:  # a proxy that forwards no addresses: whatever it says is one client
        return told[:_LONGEST_CLIENT]
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


def _bare(told: str) -> str:
    """An address as it stands between brackets, before a port, or before the name of an interface."""
    if told.startswith("["):
        told = told[1:].partition("]")[0]
    elif told.count(":") == 1:
        told = told.partition(":")[0]
    return told.partition("%")[0]
