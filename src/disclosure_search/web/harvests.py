"""What a harvester asks for: a set and days, and how far it has got, which its resumption token says.

A token holds all of that itself: nothing is kept here, any process may go on with it, and it does not expire.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

SETS: tuple[str, ...] = ("category", "channel")
MOST = 10_000_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_.!*'()-]+")


class OaiError(Exception):
    """`code` is one of those of the protocol."""

    def __init__(self, code: str, told: str) -> None:
        super().__init__(code, told)
        self.code = code
        self.told = told


class BadArgumentError(OaiError):
    def __init__(self, told: str) -> None:
        super().__init__("badArgument", told)


@dataclass(frozen=True, slots=True)
class Harvest:
    """`last` is the id of the last record that was given, `offset` its place when it was; empty at the beginning."""

    set: str = ""
    start: str = ""
    end: str = ""
    offset: int = 0
    last: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Harvest:
        harvest = cls(arguments.get("set", ""), arguments.get("from", ""), arguments.get("until", ""))
        since, until = _day("from", arguments.get("from")), _day("until", arguments.get("until"))
        if since and until and since > until:
            raise BadArgumentError("from lies behind until")
        _ = harvest.filters
        return harvest

    @property
    def since(self) -> date | None:
        return _day("from", self.start or None)

    @property
    def until(self) -> date | None:
        return _day("until", self.end or None)

    @property
    def filters(self) -> Mapping[str, tuple[str, ...]]:
        if not self.set:
            return {}
        name, _, value = self.set.partition(":")
        if name not in SETS or not value:
            raise OaiError("noRecordsMatch", "there is no such set; see ListSets")
        return {name: (_code(value),)}

    def after(self, offset: int, last: str) -> Harvest:
        return replace(self, offset=offset, last=last)

    def token(self) -> str:
        values = [self.set, self.start, self.end, self.offset, self.last]
        return urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode()


def read_token(token: str) -> Harvest:
    try:
        values = json.loads(urlsafe_b64decode(token.encode("ascii", "replace")))
        harvest = Harvest(*values)
        texts = (harvest.set, harvest.start, harvest.end, harvest.last)
        sound = all(isinstance(one, str) for one in texts) and type(harvest.offset) is int
        if sound and harvest.last and 0 < harvest.offset <= MOST:
            _ = harvest.since, harvest.until, harvest.filters
            return harvest
    except (ValueError, TypeError, RecursionError, binascii.Error, OaiError):
        pass
    raise OaiError("badResumptionToken", "this token was not given here")


def set_spec(name: str, value: str) -> str:
    """A code that the protocol does not allow in the name of a set is written in hexadecimal digits behind a ~."""
    return f"{name}:{value if _PLAIN.fullmatch(value) else f'~{value.encode().hex()}'}"


def _code(value: str) -> str:
    if not value.startswith("~"):
        return value
    try:
        return bytes.fromhex(value[1:]).decode()
    except ValueError as error:
        raise OaiError("noRecordsMatch", "there is no such set; see ListSets") from error


def _day(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    if not _DAY.fullmatch(text):
        raise BadArgumentError(f"{name} is a day, written YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadArgumentError(f"{name} is no day that there is") from error
