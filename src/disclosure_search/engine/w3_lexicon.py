"""Reads the term file of a segment, ours or stock Whoosh's, straight from the mapped file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import md5
from typing import NamedTuple
from zlib import crc32

from disclosure_search.engine.w3_compound import View
from disclosure_search.engine.w3_layout import LENGTHS
from disclosure_search.engine.w3_pickle import load_plain
from disclosure_search.engine.w3_terms import BUCKETS, DIRECTORY, HEADER, MAGIC, SLOT

_ENTRY = struct.Struct("!ii")
_SLOT = struct.Struct("!Iq")
_DIRECTORY = struct.Struct("!qi")
_LENGTH = struct.Struct("!i")
_INFO = struct.Struct("!BfIBBfII")
_EXTENT = struct.Struct("!qi")
_INDEX = {"B": "!B", "H": "!H", "i": "!i", "I": "!I", "q": "!q"}
_UNKNOWN_FIELD = 65535


class TermInfo(NamedTuple):
    documents: int
    weight: float
    min_length: int
    max_length: int
    max_weight: float
    min_id: int
    max_id: int
    offset: int
    """Of the posting blocks; -1 where the postings stand in `inlined`."""
    length: int
    inlined: bytes


class Lexicon:
    def __init__(self, view: View) -> None:
        self._view = view
        magic, self._hash_type, _, _ = HEADER.unpack(view.get(0, HEADER.size))
        if magic != MAGIC or not 0 <= self._hash_type <= 2:
            raise ValueError("no term file")
        end = view.length - _LENGTH.size
        (extras_length,) = _LENGTH.unpack(view.get(end, _LENGTH.size))
        extras = view.get(end - extras_length, extras_length)
        table = load_plain(extras)
        if not isinstance(table, dict):
            raise ValueError("a term file without a directory")
        self.fields: dict[str, int] = table["fieldmap"]
        self._count = int(table["indexlen"])
        self._index = struct.Struct(_INDEX[table["indextype"]])
        self._index_start = end - self._index.size * self._count
        self._directory = end - extras_length - BUCKETS * DIRECTORY.itemsize
        (self._end, _) = _DIRECTORY.unpack(view.get(self._directory, _DIRECTORY.size))

    def __len__(self) -> int:
        return self._count

    def info(self, field: str, term: bytes) -> TermInfo | None:
        place = self._find(self._key(field, term))
        return None if place is None else self._info(*self._value(place))

    def items(self, field: str, prefix: bytes = b"") -> Iterator[tuple[bytes, TermInfo]]:
        """In the order of the terms' bytes."""
        wanted = self._key(field, prefix)
        for ordinal in range(self._lowest(wanted), self._count):
            place = self._place(ordinal)
            key = self._read_key(place)
            if not key.startswith(wanted):
                return
            yield key[2:], self._info(*self._value(place))

    def problems(self) -> Iterator[str]:
        """Whether every entry is in order and can be found."""
        previous = b""
        for ordinal in range(self._count):
            place = self._place(ordinal)
            key = self._read_key(place)
            if key <= previous:
                yield f"term {key!r} is out of order"
            if self._find(key) != place:
                yield f"term {key!r} cannot be found"
            previous = key

    def _key(self, field: str, term: bytes) -> bytes:
        return self.fields.get(field, _UNKNOWN_FIELD).to_bytes(2, "big") + term

    def _find(self, key: bytes) -> int | None:
        view = self._view
        hashed = _hash(self._hash_type, key)
        start, slots = _DIRECTORY.unpack(
            view.get(self._directory + (hashed & 255) * _DIRECTORY.size, _DIRECTORY.size)
        )
        slot = (hashed >> 8) % slots if slots else 0
        for _ in range(slots):
            slot_hash, place = _SLOT.unpack(view.get(start + slot * SLOT.itemsize, SLOT.itemsize))
            if not place:
                return None
            if slot_hash == hashed and self._read_key(place) == key:
                return int(place)
            slot = (slot + 1) % slots
        return None

    def _place(self, ordinal: int) -> int:
        size = self._index.size
        return int(self._index.unpack(self._view.get(self._index_start + ordinal * size, size))[0])

    def _lowest(self, key: bytes) -> int:
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            if self._read_key(self._place(middle)) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def _read_key(self, place: int) -> bytes:
        length, _ = _ENTRY.unpack(self._view.get(place, _ENTRY.size))
        return self._view.get(place + _ENTRY.size, length)

    def _value(self, place: int) -> tuple[int, int]:
        key_length, length = _ENTRY.unpack(self._view.get(place, _ENTRY.size))
        if key_length < 0 or length < _INFO.size:
            raise ValueError("a broken term")
        return place + _ENTRY.size + key_length, length

    def _info(self, place: int, length: int) -> TermInfo:
        data = self._view.get(place, length)
        inlined, weight, documents, shortest, longest, most, first, last = _INFO.unpack_from(data)
        offset, size = (-1, 0) if inlined else _EXTENT.unpack_from(data, _INFO.size)
        return TermInfo(
            documents,
            weight,
            int(LENGTHS[shortest]),
            int(LENGTHS[longest]),
            most,
            first,
            last,
            offset,
            size,
            data[_INFO.size :] if inlined else b"",
        )


def _hash(hash_type: int, key: bytes) -> int:
    if hash_type == 1:
        return crc32(key)
    if hash_type == 0:
        return int.from_bytes(md5(key, usedforsecurity=False).digest()[-4:], "big")
    value = 5381
    for byte in key:
        value = (value + (value << 5)) & 0xFFFFFFFF ^ byte
    return value
