"""Writes the term file of a segment: an ordered hash file that stock Whoosh reads."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.w3_inline import NOTHING, Inlined
from disclosure_search.engine.w3_layout import TERM_INFO, put_rows

HEADER = struct.Struct("!4sBii")
MAGIC = b"HSH3"
CRC_HASH = 1
"""Whoosh's own choice is md5 (0); its reader takes either."""
DIRECTORY = np.dtype([("start", ">i8"), ("slots", ">i4")])
SLOT = np.dtype([("hash", ">u4"), ("entry", ">i8")])
BUCKETS = 256
INFO_BYTES = TERM_INFO.itemsize - 12
"""A term info without its offset and length: what stands before inlined postings."""
_PIECE = 65536


class TermFile:
    """Fields are added in the order of their names, the terms of a field in the order of their bytes."""

    def __init__(self) -> None:
        self._fields: dict[str, int] = {}
        self._chunks: list[bytes | memoryview] = [HEADER.pack(MAGIC, CRC_HASH, 0, 0)]
        self._size = HEADER.size
        self._hashes: list[NDArray[np.uint32]] = []
        self._places: list[NDArray[np.int64]] = []

    def add_field(
        self, name: str, terms: Sequence[bytes], infos: NDArray[np.void], inlined: Inlined = NOTHING
    ) -> None:
        """Each term with its info, and the postings of those terms where `inlined` is set in it. A field may be given
        in parts."""
        number = struct.pack("!H", self._fields.setdefault(name, len(self._fields)))
        ends = np.append(0, np.cumsum(inlined.sizes))
        before = np.append(0, np.cumsum(infos["inlined"] != 0))
        for start in range(0, len(terms), _PIECE):
            stop = min(start + _PIECE, len(terms))
            first, last = int(before[start]), int(before[stop])
            data = inlined.data[int(ends[first]) : int(ends[last])]
            part = Inlined(data, inlined.sizes[first:last])
            self._add(number, terms[start:stop], infos[start:stop].astype(TERM_INFO), part)

    def _add(self, number: bytes, terms: Sequence[bytes], infos: NDArray[np.void], inlined: Inlined) -> None:
        count = len(terms)
        within = infos["inlined"] != 0
        term_lengths = np.fromiter(map(len, terms), np.int64, count)
        value_lengths = np.full(count, TERM_INFO.itemsize)
        value_lengths[within] = INFO_BYTES + inlined.sizes
        sizes = 10 + term_lengths + value_lengths
        starts = np.cumsum(sizes) - sizes
        buffer = np.empty(int(sizes.sum()), np.uint8)
        heads = np.zeros(count, [("key", ">i4"), ("value", ">i4"), ("field", "V2")])
        heads["key"], heads["value"], heads["field"] = term_lengths + 2, value_lengths, number
        put_rows(buffer, starts, heads)
        joined = np.frombuffer(b"".join(terms), np.uint8)
        _put_strings(buffer, starts + 10, term_lengths, joined)
        values = starts + 10 + term_lengths
        put_rows(buffer, values[~within], infos[~within])
        if within.any():
            put_rows(buffer, values[within], _without_extent(infos[within]))
            _put_strings(buffer, values[within] + INFO_BYTES, inlined.sizes, inlined.data)
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
    """256 tables, a quarter larger than needed, in which a taken slot passes its entry on to the next one: three
    are looked at for a term that is there, thirteen for one that is not.

    Sorted by slot, an entry stands one after its predecessor or in its own slot, whichever is later. So that
    the tables do not run into each other they are first laid out with room behind; what came to stand there
    belongs at the start of its table.
    """
    bucket = hashes & 255
    entries = np.bincount(bucket, minlength=BUCKETS)
    slots = (5 * entries + 3) // 4
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


def _without_extent(infos: NDArray[np.void]) -> NDArray[np.void]:
    raw = np.ascontiguousarray(infos).view(np.uint8).reshape(len(infos), TERM_INFO.itemsize)
    return np.ascontiguousarray(raw[:, :INFO_BYTES]).view(f"V{INFO_BYTES}")[:, 0]


def _put_strings(
    buffer: NDArray[np.uint8],
    places: NDArray[np.int64],
    lengths: NDArray[np.int64],
    joined: NDArray[np.uint8],
) -> None:
    """Writes one string after the other, each at its place."""
    before = np.cumsum(lengths) - lengths
    buffer[np.repeat(places - before, lengths) + np.arange(len(joined))] = joined
