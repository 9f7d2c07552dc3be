"""Writes the term file of a segment: an ordered hash file that stock Whoosh reads."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.w3_layout import TERM_INFO

HEADER = struct.Struct("!4sBii")
MAGIC = b"HSH3"
CRC_HASH = 1
"""Whoosh's own choice is md5 (0); its reader takes either."""
DIRECTORY = np.dtype([("start", ">i8"), ("slots", ">i4")])
SLOT = np.dtype([("hash", ">u4"), ("entry", ">i8")])
BUCKETS = 256
INFO_BYTES = TERM_INFO.itemsize - 12
"""A term info without its offset and length: what stands before inlined postings."""
INLINED = np.dtype(
    [("info", f"V{INFO_BYTES}"), ("open", "V3"), ("id", "<i4"), ("rest", "V9")],
)
INLINED_OPEN, INLINED_REST = b"\x80\x03J", b"\x85K\x01\x85C\x00\x85\x87."
_PIECE = 65536


class TermFile:
    """Fields are added in the order of their names, the terms of a field in the order of their bytes."""

    def __init__(self) -> None:
        self._fields: dict[str, int] = {}
        self._chunks: list[bytes | memoryview] = [HEADER.pack(MAGIC, CRC_HASH, 0, 0)]
        self._size = HEADER.size
        self._hashes: list[NDArray[np.uint32]] = []
        self._places: list[NDArray[np.int64]] = []

    def add_field(self, name: str, terms: Sequence[bytes], infos: NDArray[np.void]) -> None:
        """Each term with its info; where `inlined` is set, `min_id` is the one document that has it. A field may be
        given in parts."""
        number = struct.pack("!H", self._fields.setdefault(name, len(self._fields)))
        for start in range(0, len(terms), _PIECE):
            self._add(number, terms[start : start + _PIECE], infos[start : start + _PIECE])

    def _add(self, number: bytes, terms: Sequence[bytes], infos: NDArray[np.void]) -> None:
        count = len(terms)
        inlined = infos["inlined"].astype(bool)
        term_lengths = np.fromiter(map(len, terms), np.int64, count)
        value_lengths = np.where(inlined, INLINED.itemsize, TERM_INFO.itemsize)
        sizes = 10 + term_lengths + value_lengths
        starts = np.cumsum(sizes) - sizes
        buffer = np.empty(int(sizes.sum()), np.uint8)
        heads = np.zeros(count, [("key", ">i4"), ("value", ">i4"), ("field", "V2")])
        heads["key"], heads["value"], heads["field"] = term_lengths + 2, value_lengths, number
        _scatter(buffer, starts, heads)
        joined = np.frombuffer(b"".join(terms), np.uint8)
        before = np.cumsum(term_lengths) - term_lengths
        buffer[np.repeat(starts + 10 - before, term_lengths) + np.arange(len(joined))] = joined
        values = starts + 10 + term_lengths
        _scatter(buffer, values[~inlined], infos[~inlined])
        if inlined.any():
            _scatter(buffer, values[inlined], _inline(infos[inlined]))
        seed = crc32(number)
        self._hashes.append(np.fromiter((crc32(term, seed) for term in terms), np.uint32, count))
        self._places.append(starts + self._size)
        self._chunks.append(buffer.data)
        self._size += len(buffer)

    def finish(self) -> list[bytes | memoryview]:
        places = np.concatenate([*self._places, np.empty(0, np.int64)])
        hashes = np.concatenate([*self._hashes, np.empty(0, np.uint32)]).astype(np.int64)
        table, slots = _hash_table(hashes, places)
        directory = np.zeros(BUCKETS, DIRECTORY)
        directory["slots"] = slots
        directory["start"] = self._size + SLOT.itemsize * (np.cumsum(slots) - slots)
        wide = len(places) > 0 and int(places[-1]) >= 2**31
        extras = pickle.dumps(
            {"fieldmap": self._fields, "indextype": "q" if wide else "i", "indexlen": len(places)}, 2
        )
        index = places.astype(">i8" if wide else ">i4").tobytes()
        tail = struct.pack("!i", len(extras) + len(index))
        return [*self._chunks, table.tobytes(), directory.tobytes(), extras, index, tail]


def _hash_table(
    hashes: NDArray[np.int64], places: NDArray[np.int64]
) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """256 tables, half as large again as needed, in which a taken slot passes its entry on to the next one.

    Sorted by slot, an entry stands one after its predecessor or in its own slot, whichever is later. So that
    the tables do not run into each other they are first laid out with room behind; what came to stand there
    belongs at the start of its table.
    """
    bucket = hashes & 255
    entries = np.bincount(bucket, minlength=BUCKETS)
    slots = (3 * entries + 1) // 2
    roomy = np.cumsum(3 * entries) - 3 * entries
    wanted = roomy[bucket] + (hashes >> 8) % np.maximum(slots, 1)[bucket]
    order = np.argsort(wanted, kind="stable")
    ordinal = np.arange(len(order))
    taken = np.maximum.accumulate(wanted[order] - ordinal) + ordinal
    bucket = bucket[order]
    local = taken - roomy[bucket]
    starts = np.cumsum(slots) - slots
    table = np.zeros(int(slots.sum()), SLOT)
    fits = local < slots[bucket]
    final = starts[bucket] + local
    table["hash"][final[fits]] = hashes[order[fits]]
    table["entry"][final[fits]] = places[order[fits]]
    for entry in np.flatnonzero(~fits).tolist():
        slot = int(starts[bucket[entry]])
        while table["entry"][slot]:
            slot += 1
        table[slot] = (hashes[order[entry]], places[order[entry]])
    return table, slots


def _inline(infos: NDArray[np.void]) -> NDArray[np.void]:
    """A term that one document has, once and without a value, carries its posting itself."""
    values = np.zeros(len(infos), INLINED)
    raw = np.ascontiguousarray(infos).view(np.uint8).reshape(len(infos), TERM_INFO.itemsize)
    values["info"] = np.ascontiguousarray(raw[:, :INFO_BYTES]).view(f"V{INFO_BYTES}")[:, 0]
    # ((id,), (1,), (b"",)) it reads: an empty tuple of values would make stock merges fail on a str.
    values["open"] = INLINED_OPEN
    values["id"] = infos["min_id"]
    values["rest"] = INLINED_REST
    return values


def _scatter(buffer: NDArray[np.uint8], places: NDArray[np.int64], rows: NDArray[np.void]) -> None:
    size = rows.dtype.itemsize
    columns = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), size)
    for ordinal in range(size):
        buffer[places + ordinal] = columns[:, ordinal]
