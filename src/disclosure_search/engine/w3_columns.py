"""Per-document columns: the bytes of stock Whoosh's NumericColumn and VarBytesColumn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

OFFSETS_FROM = 2**15
"""Documents. Above this Whoosh keeps where each value starts, besides how long it is."""
SIGN = 2**63
"""Whoosh keeps a signed number so that its bytes sort: shifted up by this."""


def encode_bytes(values: Sequence[bytes]) -> list[bytes]:
    return [*values, *extents_tail(np.fromiter(map(len, values), np.int64, len(values)))]


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


def encode_numbers(numbers: NDArray[np.int64]) -> bytes:
    return sortable(numbers).astype(">u8").tobytes()


def decode_numbers(data: bytes, documents: int) -> NDArray[np.int64]:
    """Whoosh leaves out the end of a column where every value is the default, the largest number."""
    found = np.frombuffer(data, ">u8", len(data) // 8).astype(np.uint64)[:documents]
    numbers = np.full(documents, 2**63 - 1, np.int64)
    numbers[: len(found)] = (found ^ np.uint64(SIGN)).view(np.int64)
    return numbers


def sortable(numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    return numbers.view(np.uint64) ^ np.uint64(SIGN)


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
