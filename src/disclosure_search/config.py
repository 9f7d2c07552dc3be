"""Settings: one table of name, default and sentence; each may be given as an option or in the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from disclosure_search.errors import SettingError

OFF = "off"


@dataclass(frozen=True, slots=True)
class Setting:
    """`name` is the option without dashes; the environment variable is DISCLOSURE_ and the name in capitals."""

    name: str
    default: str
    sentence: str

    @property
    def variable(self) -> str:
        return f"DISCLOSURE_{self.name.upper()}"


SETTINGS: tuple[Setting, ...] = (
    Setting("data", "data", "folder of the originals"),
    Setting("index", "index", "folder of the index"),
    Setting("host", "127.0.0.1", "address to serve at"),
    Setting("port", "8000", "port to serve at"),
    Setting("workers", "1", "processes that answer, sharing the opened index"),
    Setting("threads", "4", "requests that each process answers side by side"),
    Setting("prefix", "", "path that the site is mounted at, such as /disclosure"),
    Setting(
        "address", "", "public address of the site for its permalinks, such as https://www.example.gov.cn"
    ),
    Setting(
        "memory",
        "512M",
        "memory that the processes which write an index share, and measure of a reader's caches",
    ),
    Setting("rate", "600", "requests a minute that one address may make of a process, 0 for any number"),
    Setting(
        "staff", "0", "1 adds the page /explain, which speaks of what is not public: for the intranet alone"
    ),
    Setting("learned", "1", "0 leaves out of the order what was learned from judged searches"),
    Setting(
        "log", "0", "1 prints a line for each request: neither the address it came from nor what was searched"
    ),
    Setting(
        "counts",
        "",
        "folder for the counts of searched words, off for none; else searches below the folder of the index",
    ),
    Setting("proxies", "0", "how many proxies in front may be believed for X-Forwarded headers"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: Path
    index_dir: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    threads: int = 4
    prefix: str = ""
    proxies: int = 0
    memory_bytes: int = 512 << 20
    address: str = ""
    rate: int = 600
    staff: bool = False
    learned: bool = True
    log: bool = False
    counts: str = ""

    @property
    def counts_dir(self) -> Path | None:
        """None: nothing is counted."""
        if self.counts == OFF:
            return None
        return _folder("counts", self.counts) if self.counts else self.index_dir / "searches"


def settings_from(given: Mapping[str, str | None], environment: Mapping[str, str]) -> Settings:
    """Options win over the environment, the environment over the defaults."""
    values = {
        one.name: given.get(one.name) or environment.get(one.variable) or one.default for one in SETTINGS
    }
    settings = Settings(
        _folder("data", values["data"]),
        _folder("index", values["index"]),
        values["host"],
        _number("port", values["port"], 0, 65_535),
        _number("workers", values["workers"], 1, 64),
        _number("threads", values["threads"], 1, 256),
        _prefix("prefix", values["prefix"]),
        _number("proxies", values["proxies"], 0, 10),
        _memory("memory", values["memory"]),
        _address("address", values["address"]),
        _number("rate", values["rate"], 0, 1_000_000),
        staff=_number("staff", values["staff"], 0, 1) == 1,
        learned=_number("learned", values["learned"], 0, 1) == 1,
        log=_number("log", values["log"], 0, 1) == 1,
        counts=values["counts"],
    )
    if settings.staff and (settings.proxies or not _is_inside(settings.host)):
        raise SettingError(
            "staff",
            f"{settings.host} may be reached by the public, and so may what stands behind a proxy",
            "serve staff apart, at an address of the intranet such as 127.0.0.1 or 192.168.1.5",
        )
    return settings


def _is_inside(host: str) -> bool:
    """Whether it is an address that only this machine or this network knows."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_private and not address.is_unspecified


def _folder(name: str, text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise SettingError(name, f"{text!r} names nobody's home", "write out the whole path") from error


def _number(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise SettingError(
            name, f"{text[:40]!r} is not allowed", f"use a whole number from {least} to {most}"
        )
    return int(text)


def _prefix(name: str, text: str) -> str:
    """What stands in every address of the site."""
    if text and not re.fullmatch(
        r"/?[A-Za-z0-9_~-][A-Za-z0-9_~.-]*(/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)*/?|/", text
    ):
        raise SettingError(
            name, f"{text[:40]!r} is not allowed", "write a path of letters and digits, such as /disclosure"
        )
    return text


def _address(name: str, text: str) -> str:
    """Scheme and host: the path is the business of `prefix`."""
    if text and not re.fullmatch(r"https?://[^\s/?#@]+/?", text):
        raise SettingError(
            name, f"{text[:40]!r} is not allowed", "write scheme and host, such as https://www.example.gov.cn"
        )
    return text.rstrip("/")


_UNITS = {"M": 20, "G": 30}
_LEAST_MEMORY, _MOST_MEMORY = 128 << 20, 1 << 40


def _memory(name: str, text: str) -> int:
    number, unit = text[:-1], text[-1:].upper()
    known = number.isascii() and number.isdigit() and len(number) < 10 and unit in _UNITS
    size = int(number) << _UNITS[unit] if known else 0
    if not _LEAST_MEMORY <= size <= _MOST_MEMORY:
        raise SettingError(
            name, f"{text[:40]!r} is not allowed", "use a number with M or G, from 128M to 1024G"
        )
    return size
