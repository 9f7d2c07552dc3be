"""Title, author and dates of a document from its stream of properties, which Office kept before 2007."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator

from disclosure_search.extract._codepage import decode_page

STREAM = "\x05SummaryInformation"
_NAMES = {2: "title", 3: "subject", 4: "creator", 12: "created", 13: "modified"}
_BYTES, _WIDE, _TIME = 30, 31, 64
_MOST = 200  # Word writes below 20; a count may be any number
_LONGEST = 2_000
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def summary(data: bytes) -> tuple[tuple[str, str], ...]:
    """What is there, without a prefix; nothing of what is damaged."""
    try:
        places = dict(_places(data))
        page = struct.unpack_from("<IH", data, places[1])[1] if 1 in places else 1252
        found = ((name, _value(data, places[key], page)) for key, name in _NAMES.items() if key in places)
        return tuple((name, value) for name, value in found if value)
    except (struct.error, OverflowError, ValueError):
        return ()


def _places(data: bytes) -> Iterator[tuple[int, int]]:
    (base,) = struct.unpack_from("<I", data, 44)
    (count,) = struct.unpack_from("<I", data, base + 4)
    for number in range(min(count, _MOST)):
        key, offset = struct.unpack_from("<2I", data, base + 8 + 8 * number)
        yield key, base + offset


def _value(data: bytes, at: int, page: int) -> str:
    kind, length = struct.unpack_from("<2I", data, at)
    length = min(length, _LONGEST)
    if kind == _BYTES:
        if page == 1200:
            return data[at + 8 : at + 8 + length].decode("utf-16-le", "replace").split("\0")[0].strip()
        return decode_page(data[at + 8 : at + 8 + length].split(b"\0")[0], page).strip()
    if kind == _WIDE:
        return data[at + 8 : at + 8 + 2 * length].decode("utf-16-le", "replace").split("\0")[0].strip()
    if kind == _TIME:
        moment = _EPOCH + dt.timedelta(microseconds=struct.unpack_from("<Q", data, at + 4)[0] // 10)
        return f"{moment:%Y-%m-%dT%H:%M:%S}" if 1980 < moment.year < 2100 else ""
    return ""
