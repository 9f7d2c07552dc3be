"""Per-document columns: the bytes of stock Whoosh's NumericColumn and VarBytesColumn."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

OFFSETS_FROM = 2**15
"""Documents. Above this Whoosh keeps where each value starts, besides how long it is."""


class BytesColumn:
    """Short strings of bytes, one a document, without an object for each."""

    def __init__(self) -> None:
        self._joined = bytearray()
        self._lengths = array("I")

    def add(self, value: bytes) -> None:
        self._joined += value
        self._lengths.append(len(value))

    @property
    def held_bytes(self) -> int:
        return len(self._joined) + 4 * len(self._lengths)

    def encode(self) -> list[bytes | bytearray]:
        return [self._joined, *extents_tail(np.frombuffer(self._lengths, np.uint32).astype(np.int64))]

    def values(self) -> list[bytes]:
        ends = np.cumsum(np.frombuffer(self._lengths, np.uint32), dtype=np.int64).tolist()
        return [bytes(self._joined[start:end]) for start, end in pairwise([0, *ends])]


def extents_tail(lengths: NDArray[np.int64]) -> list[bytes]:
    """What stands behind the values of a column of bytes."""
    code = _code(int(lengths.max(initial=0)))
    packed = lengths.astype(_DTYPES[code]).tobytes()
    if len(lengths) <= OFFSETS_FROM:
        return [packed, code]
    offsets = np.cumsum(lengths) - lengths
    offset_code = _code(int(offsets[-1]))
    return [packed, offsets.astype(_DTYPES[offset_code]).tobytes(), code, offset_code, b"X"]


def bytes_extents(tail: bytes, documents: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and length of each value, from the end of the column (at least its last `tail_length` bytes)."""
    end = len(tail) - 1
    code = tail[end : end + 1]
    if code == b"X":
        code = tail[end - 2 : end - 1]
        end -= 2 + np.dtype(_DTYPES[tail[end - 1 : end]]).itemsize * documents
    dtype = np.dtype(_DTYPES[code])
    start = end - dtype.itemsize * documents
    if start < 0:
        raise ValueError("a column that is too short")
    lengths = np.frombuffer(tail, dtype, documents, start).astype(np.int64)
    return np.cumsum(lengths) - lengths, lengths


def extent_at(
    read: Callable[[int, int], bytes], end: int, documents: int, place: int
) -> tuple[int, int] | None:
    """Start and length of one value where both are listed, without reading those of all others: `read` gives bytes
    from a place on, and the column ends at `end`."""
    if documents <= OFFSETS_FROM or end < 3:
        return None
    codes = read(end - 3, 3)
    if not codes.endswith(b"X"):
        return None
    length_bytes, start_bytes = (np.dtype(_DTYPES[codes[at : at + 1]]).itemsize for at in (0, 1))
    starts = end - 3 - start_bytes * documents
    lengths = starts - length_bytes * documents
    start = int.from_bytes(read(starts + place * start_bytes, start_bytes), "big")
    return start, int.from_bytes(read(lengths + place * length_bytes, length_bytes), "big")


def tail_length(documents: int) -> int:
    return 8 * documents + 3


def encode_numbers(numbers: NDArray[np.int64], bits: int = 64) -> bytes:
    return sortable(numbers, bits).tobytes()


def decode_numbers(data: bytes, documents: int, bits: int = 64) -> NDArray[np.int64]:
    """Whoosh leaves out the end of a column where every value is the default, the largest number."""
    dtype = np.dtype(_NUMBERS[bits])
    found = np.frombuffer(data, dtype, min(len(data) // dtype.itemsize, documents)).astype(np.uint64)
    numbers = np.full(documents, 2 ** (bits - 1) - 1, np.int64)
    numbers[: len(found)] = (found - np.uint64(2 ** (bits - 1))).view(np.int64)  # wraps around, as it should
    return numbers


def sortable(numbers: NDArray[np.int64], bits: int = 64) -> NDArray[np.unsignedinteger]:
    """Whoosh keeps a signed number so that its bytes sort: shifted up by half of what the bits hold."""
    return (numbers.view(np.uint64) + np.uint64(2 ** (bits - 1))).astype(_NUMBERS[bits])


_NUMBERS = {32: ">u4", 64: ">u8"}
_DTYPES = {b"B": ">u1", b"H": ">u2", b"i": ">i4", b"I": ">u4"}


def _code(largest: int) -> bytes:
    if largest < 2**8:
        return b"B"
    if largest < 2**16:
        return b"H"
    if largest < 2**31:
        return b"i"
    if largest < 2**32:
        return b"I"
    raise ValueError("a column of more than 4 GB")
