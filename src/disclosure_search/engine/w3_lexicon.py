"""Reads the term file of a segment, ours or stock Whoosh's, straight from the mapped file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import md5
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.w3_compound import View
from disclosure_search.engine.w3_layout import LENGTHS, TERM_INFO, rows_at
from disclosure_search.engine.w3_pickle import load_plain
from disclosure_search.engine.w3_terms import (
    BUCKETS,
    DIRECTORY,
    HEADER,
    MAGIC,
    SLOT,
)

_ENTRY = struct.Struct("!ii")
_SLOT = struct.Struct("!Iq")
_DIRECTORY = struct.Struct("!qi")
_LENGTH = struct.Struct("!i")
_INFO = struct.Struct("!BfIBBfII")
_EXTENT = struct.Struct("!qi")
_INDEX = {"B": "!B", "H": "!H", "i": "!i", "I": "!I", "q": "!q"}
_INDEX_DTYPES = {"!B": ">u1", "!H": ">u2", "!i": ">i4", "!I": ">u4", "!q": ">i8"}
_HEAD = np.dtype([("key", ">i4"), ("value", ">i4")])
_KNOWN = np.dtype([(name, TERM_INFO[name]) for name in (TERM_INFO.names or ())[:-2]])
_EXTENT_ROW = np.dtype([("offset", ">i8"), ("length", ">i4")])
_UNKNOWN_FIELD = 65535
_WHOLE_LENGTHS: list[int] = LENGTHS.tolist()
_BEHIND = b"\xff" * 8  # in no text


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


class Stretch(NamedTuple):
    """Consecutive terms of one field."""

    terms: list[bytes]
    infos: NDArray[np.void]
    inlined: list[bytes]
    """What stands behind the info of each inlined term, in order."""

    def part(self, start: int, stop: int) -> Stretch:
        before, inside = (
            int(np.count_nonzero(self.infos["inlined"][one])) for one in (slice(start), slice(stop))
        )
        return Stretch(self.terms[start:stop], self.infos[start:stop], self.inlined[before:inside])

    def term_infos(self) -> Iterator[TermInfo]:
        inlined = iter(self.inlined)
        for row in self.infos:
            _, weight, documents, shortest, longest, most, first, last, offset, length = row.item()
            data = next(inlined) if offset < 0 else b""
            lengths = int(LENGTHS[shortest]), int(LENGTHS[longest])
            yield TermInfo(documents, weight, *lengths, most, first, last, offset, length, data)


_AT_ONCE = 8  # slots of the hash table: one read of all takes as long as one of each


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
        if 0 <= self._end <= end:
            view.load(self._end)  # the tables: else each of them costs a page fault for a term

    def __len__(self) -> int:
        return self._count

    def info(self, field: str, term: bytes) -> TermInfo | None:
        if field not in self.fields:
            return None
        key = self._key(field, term)
        for place in self._places(key):
            if found := self._info_of(key, place):
                return found
        return None

    def items(self, field: str, prefix: bytes = b"") -> Iterator[tuple[bytes, TermInfo]]:
        """In the order of the terms' bytes."""
        wanted = self._key(field, prefix)
        for ordinal in range(self._lowest(wanted), self._count):
            place = self._place(ordinal)
            key = self._read_key(place)
            if not key.startswith(wanted):
                return
            yield key[2:], self._info(*self._value(place))

    def span(self, field: str, prefix: bytes = b"") -> tuple[int, int]:
        """The ordinals of the first term of the field that begins so and of the first one behind them."""
        if field not in self.fields:
            return 0, 0
        first = self._key(field, prefix)
        behind = first + _BEHIND if prefix else (self.fields[field] + 1).to_bytes(2, "big")
        return self._lowest(first), self._lowest(behind)

    def stretch(self, start: int, stop: int) -> Stretch:
        """The terms from one ordinal to before another, of one field."""
        size = self._index.size
        index = self._view.get(self._index_start + start * size, (stop - start) * size)
        places = np.frombuffer(index, _INDEX_DTYPES[self._index.format]).astype(np.int64)
        first = int(places[0])
        end = self._place(stop) if stop < self._count else self._end
        raw = self._view.get(first, end - first)
        places -= first
        source = np.frombuffer(raw, np.uint8)
        heads = rows_at(source, places, _HEAD)
        values = places + _ENTRY.size + heads["key"]
        extents = zip((places + _ENTRY.size + 2).tolist(), values.tolist(), strict=True)
        infos = np.zeros(len(places), TERM_INFO)
        known = rows_at(source, values, _KNOWN)
        for name in _KNOWN.names or ():
            infos[name] = known[name]
        inlined = infos["inlined"] != 0
        extent = rows_at(source, values[~inlined] + _INFO.size, _EXTENT_ROW)
        infos["offset"], infos["length"][~inlined] = -1, extent["length"]
        infos["offset"][~inlined] = extent["offset"]
        ends = (values + heads["value"])[inlined].tolist()
        begins = (values + _INFO.size)[inlined].tolist()
        return Stretch(
            [raw[begin:end] for begin, end in extents],
            infos,
            [raw[begin:end] for begin, end in zip(begins, ends, strict=True)],
        )

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
        return next((place for place in self._places(key) if self._read_key(place) == key), None)

    def _places(self, key: bytes) -> Iterator[int]:
        """Of the entries whose keys have its hash: one, mostly."""
        view = self._view
        hashed = _hash(self._hash_type, key)
        start, slots = _DIRECTORY.unpack(
            view.get(self._directory + (hashed & 255) * _DIRECTORY.size, _DIRECTORY.size)
        )
        slot, left = (hashed >> 8) % slots if slots else 0, slots
        while left > 0:
            count = min(_AT_ONCE, left, slots - slot)
            for slot_hash, place in _SLOT.iter_unpack(
                view.get(start + slot * SLOT.itemsize, count * SLOT.itemsize)
            ):
                if not place:
                    return
                if slot_hash == hashed:
                    yield place
            slot, left = (slot + count) % slots, left - count

    def _info_of(self, key: bytes, place: int) -> TermInfo | None:
        """None where it is another key's. An entry is read at once: the innermost step of a search for rare terms."""
        view, begin = self._view, _ENTRY.size + len(key)
        data = view.get(place, min(begin + _INFO.size + _EXTENT.size, view.length - place))
        key_length, length = _ENTRY.unpack_from(data)
        if key_length < 0 or length < _INFO.size:
            raise ValueError("a broken term")
        if key_length != len(key) or not data.startswith(key, _ENTRY.size):
            return None
        if data[begin]:  # its postings stand here
            return self._info(place + begin, length)
        return _read_info(data, begin)

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
        return _read_info(self._view.get(place, length))


def _read_info(data: bytes, start: int = 0) -> TermInfo:
    """What stands behind it belongs to it where the postings are inlined."""
    inlined, weight, documents, shortest, longest, most, first, last = _INFO.unpack_from(data, start)
    offset, size = (-1, 0) if inlined else _EXTENT.unpack_from(data, start + _INFO.size)
    return TermInfo(
        documents,
        weight,
        _WHOLE_LENGTHS[shortest],
        _WHOLE_LENGTHS[longest],
        most,
        first,
        last,
        offset,
        size,
        data[start + _INFO.size :] if inlined else b"",
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
