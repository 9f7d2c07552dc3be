"""How much one client may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.test import TestResponse

from disclosure_search.web.limiting import REMEMBERED, Buckets, Gate

if TYPE_CHECKING:
    from conftest import Site


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_is_emptied_and_fills_up_again_within_a_minute() -> None:
    clock = Clock()
    buckets = Buckets(60, clock)
    assert [buckets.wait_seconds("a") for _ in range(60)] == [0.0] * 60
    assert buckets.wait_seconds("a") == pytest.approx(1.0)
    assert buckets.wait_seconds("b") == 0.0
    clock.now += 0.5
    assert buckets.wait_seconds("a") == pytest.approx(0.5)  # what was refused has cost nothing
    clock.now += 0.5
    assert buckets.wait_seconds("a") == 0.0
    clock.now += 3600
    assert [buckets.wait_seconds("a") > 0 for _ in range(61)] == [False] * 60 + [True]


def test_what_costs_more_than_a_bucket_holds_empties_it() -> None:
    clock = Clock()
    buckets = Buckets(5, clock)
    assert buckets.wait_seconds("a", 10) == 0.0
    assert buckets.wait_seconds("a") > 0


def test_only_so_many_clients_are_remembered() -> None:
    buckets = Buckets(1, Clock())
    assert buckets.wait_seconds("first") == 0.0
    for one in range(REMEMBERED):
        buckets.wait_seconds(str(one))
    assert buckets.wait_seconds("first") == 0.0
    assert buckets.wait_seconds(str(REMEMBERED - 1)) > 0


def test_a_gate_lets_in_so_many() -> None:
    gate = Gate(1)
    leave = gate.enter()
    with pytest.raises(ServiceUnavailable):
        gate.enter()
    leave()
    leave()  # gives back one place, not two
    gate.enter()
    with pytest.raises(ServiceUnavailable):
        gate.enter()


Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(site: Site) -> Ask:
    """A site that lets each address ask three times a minute."""
    clients: dict[int, FlaskClient] = {proxies: site.mounted(rate=3, proxies=proxies) for proxies in (0, 1)}

    def get(path: str, address: str, proxies: int = 0, forwarded: str = "") -> TestResponse:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return clients[proxies].get(path, headers=headers, environ_overrides={"REMOTE_ADDR": address})

    return get


def test_who_asks_too_often_is_told_when_to_come_back(ask: Ask) -> None:
    assert [ask("/api/v1/search", "192.0.2.1").status_code for _ in range(3)] == [200] * 3
    refused = ask("/api/v1/search", "192.0.2.1")
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert 1 <= int(refused.headers["Retry-After"]) <= 21
    assert refused.headers.get("Cache-Control") == "no-cache"
    assert ask("/api/v1/search", "192.0.2.2").status_code == 200


def test_a_page_says_it_in_words(ask: Ask) -> None:
    for _ in range(3):
        assert ask("/search", "192.0.2.3").status_code == 200
    refused = ask("/search", "192.0.2.3")
    assert (refused.status_code, refused.mimetype) == (429, "text/html")
    assert "访问过于频繁" in refused.text
    assert int(refused.headers["Retry-After"]) > 0


def test_an_export_costs_more(ask: Ask) -> None:
    assert ask("/search.csv", "192.0.2.4").status_code == 200
    assert ask("/search", "192.0.2.4").status_code == 429


def test_health_and_style_are_free_and_so_is_the_machine_itself(ask: Ask) -> None:
    for _ in range(5):
        assert ask("/healthz", "192.0.2.5").status_code == 200
        assert ask("/readyz", "192.0.2.5").status_code == 200
        assert ask("/static/style.css", "192.0.2.5").status_code == 200
        assert ask("/api/v1/search", "127.0.0.1").status_code == 200
        assert ask("/api/v1/search", "::1").status_code == 200


def test_a_household_counts_as_one(ask: Ask) -> None:
    for one in range(3):
        assert ask("/search.json", f"2001:db8::{one}").status_code == 200
    assert ask("/search.json", "2001:db8::ffff").status_code == 429
    assert ask("/search.json", "2001:db8:0:1::1").status_code == 200
    assert ask("/search.json", "::ffff:192.0.2.9").status_code == 200


def test_a_forwarded_address_counts_only_behind_a_proxy_of_ours(ask: Ask) -> None:
    for one in range(3):
        assert ask("/search.json", "192.0.2.6", 0, f"198.51.100.{one}").status_code == 200
    assert ask("/search.json", "192.0.2.6", 0, "198.51.100.9").status_code == 429
    for one in range(5):  # of several addresses the one that our proxy added counts
        assert ask("/search.json", "192.0.2.6", 1, f"203.0.113.1, 198.51.100.{one}").status_code == 200
    for _ in range(2):
        assert ask("/search.json", "192.0.2.6", 1, "127.0.0.1, 198.51.100.0").status_code == 200
    assert ask("/search.json", "192.0.2.6", 1, "127.0.0.1, 198.51.100.0").status_code == 429


def test_without_a_rate_nobody_waits(site: Site) -> None:
    client = site.mounted(rate=0)
    for _ in range(20):
        assert client.get("/healthz", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200
        assert client.get("/search.json", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200
