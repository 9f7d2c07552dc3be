"""How our posting blocks are laid out in bytes: shared by the encoder and the decoder.

A block is a Whoosh W3 block, a pickle that stock Whoosh loads. Ours is one of many spellings of such a
pickle, chosen so that numpy finds every number at a place that can be computed:

    80 03 (                  protocol 3, mark
    J id  (K|M|J delta)*  t  ids: the first one whole, then deltas of one width
    N | C/B n bytes | (J*t   weights: all 1, or below 256, or larger
    N                        values of a keyword: none
    B 4n bytes               values of a word: its frequency
    C/B n classes 0          values of a gram: the class of each (pushed and popped, stock never sees it)
    ( (C/B value)* t         and the values, see `value_layout`
    87 .
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.util.numeric import byte_to_length

BLOCK_POSTINGS = 2048
MAGIC = b"W3Bl"
OPEN = b"\x80\x03(J"
SHORT_BYTES, LONG_BYTES, NONE, MARK, TUPLE, POP = b"C", b"B", b"N", b"(", b"t", b"0"
CLOSE = b"\x87."
WIDTH_OPCODES = {2: ord("K"), 3: ord("M"), 5: ord("J")}
OPCODE_WIDTHS = {opcode: width for width, opcode in WIDTH_OPCODES.items()}

LENGTHS: NDArray[np.int32] = np.array([byte_to_length(byte) for byte in range(256)], dtype=np.int32)
"""What a length byte stands for: Whoosh keeps field lengths rounded to 256 steps."""

_KIND = [("op_kind", "u1"), ("width", "u1"), ("op_min", "u1"), ("min_length", "u1")]
_KIND += [("op_max", "u1"), ("max_length", "u1"), ("close", "V2")]
_LAST = [("op_last", "u1"), ("last_id", "<i4"), ("op_weight", "u1")]
_OPEN = [("length", ">i4"), ("open", "V3"), ("op_count", "u1")]
WIDE_HEAD = np.dtype([*_OPEN, ("count", "<i4"), *_LAST, ("max_weight", ">f8"), *_KIND])
NARROW_HEAD = np.dtype([*_OPEN, ("count", "u1"), *_LAST, ("max_weight", "u1"), *_KIND])
"""The length (negative in a term's last block) and the pickled statistics of a block; the narrow form is for
counts and weights below 256, which are nearly all.

Stock only asks whether `width` is 0 (not compressed); it also tells us how wide the ids are."""
LENGTH_BYTES = 4

TERM_INFO = np.dtype(
    [
        ("inlined", "u1"),
        ("weight", ">f4"),
        ("documents", ">u4"),
        ("min_length", "u1"),
        ("max_length", "u1"),
        ("max_weight", ">f4"),
        ("min_id", ">u4"),
        ("max_id", ">u4"),
        ("offset", ">i8"),
        ("length", ">i4"),
    ]
)

BYTES_CLASS, FIRST_WIDE_CLASS, SHORT_CLASS, LONG_CLASS = CLASSES = 1, 2, 3, 5
"""Classes of a posting's position deltas: all below 256 and the last not STOP; all but the first below 256; all
below 65536; larger. The number of a class is the stride from one delta to the next."""
STOP = ord(".")
"""What stock Whoosh takes for the end of a pickle: it adds one only where the last byte is another."""


class ValueLayout(NamedTuple):
    """For each posting: bytes of its outer header and of the value, and where the first delta stands."""

    header: NDArray[np.int64]
    length: NDArray[np.int64]
    deltas: NDArray[np.int64]


def value_layout(classes: NDArray[np.uint8], frequencies: NDArray[np.int64]) -> ValueLayout:
    """A value is the frequency in 4 bytes and a pickle without its end: `C/B n deltas`, or `( M first (K delta)* t`,
    `(M*t`, `(J*t`; in the second case `deltas` is where a first delta of two bytes would start."""
    count_bytes = np.where(frequencies < 256, 2, 5)
    listed = classes != BYTES_CLASS
    first_wide = classes == FIRST_WIDE_CLASS
    length = frequencies * classes + np.where(listed, 6 + first_wide, 4 + count_bytes)
    deltas = np.where(listed, 5 + first_wide, 4 + count_bytes)
    return ValueLayout(np.where(length < 256, 2, 5), length, deltas)


def delta_places(
    values: NDArray[np.int64], where: ValueLayout, classes: NDArray[np.uint8], frequencies: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each delta stands and how wide it is, for values that start at `values`."""
    starts = np.cumsum(frequencies) - frequencies
    widths = np.repeat(classes, frequencies)
    places = np.arange(len(widths), dtype=np.int64)
    places *= widths
    places += np.repeat(values + where.deltas - starts * classes, frequencies)
    firsts = starts[classes == FIRST_WIDE_CLASS]
    places[firsts] -= 1
    widths[firsts] = SHORT_CLASS
    return places, widths


def classes_of(lengths: NDArray[np.int64], frequencies: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The class of each value by how long it is; 0 where none is as long."""
    found = np.zeros(len(lengths), np.uint8)
    for kind in CLASSES:
        fitting = value_layout(np.full(len(lengths), kind, np.uint8), frequencies).length == lengths
        found[fitting & (found == 0)] = kind
    return found


def numbers_at(
    source: NDArray[np.uint8], places: NDArray[np.int64], widths: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Numbers of 2, 3 or 5 bytes behind their opcode, or bare bytes where the width is 1."""
    found = source[places + (widths > 1)].astype(np.int64)
    for width in (SHORT_CLASS, LONG_CLASS):
        chosen = np.flatnonzero(widths == width)
        for ordinal in range(2, width):
            found[chosen] |= source[places[chosen] + ordinal].astype(np.int64) << (8 * (ordinal - 1))
    return found


def rows_at(source: NDArray[np.uint8], places: NDArray[np.int64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The array element that stands at each place."""
    rows = np.empty((len(places), dtype.itemsize), np.uint8)
    for ordinal in range(dtype.itemsize):
        rows[:, ordinal] = source[places + ordinal]
    return rows.view(dtype)[:, 0]


def put(buffer: NDArray[np.uint8], places: NDArray[np.int64], constant: bytes, shift: int = 0) -> None:
    for ordinal, byte in enumerate(constant):
        buffer[places + (ordinal + shift)] = byte


def put_rows(buffer: NDArray[np.uint8], places: NDArray[np.int64], rows: NDArray[np.generic]) -> None:
    """Writes the bytes of one array element at each place."""
    if len(rows):
        size = rows.dtype.itemsize
        columns = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), size)
        for ordinal in range(size):
            buffer[places + ordinal] = columns[:, ordinal]


def put_bytes_header(
    buffer: NDArray[np.uint8], places: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Opens a bytes object at each place; returns how long that opening is (2 or 5 bytes)."""
    long = lengths > 255
    short = ~long
    put(buffer, places[short], SHORT_BYTES)
    buffer[places[short] + 1] = lengths[short]
    if long.any():
        put(buffer, places[long], LONG_BYTES)
        put_rows(buffer, places[long] + 1, lengths[long].astype("<u4"))
    return np.where(long, 5, 2)


def put_numbers(
    buffer: NDArray[np.uint8],
    places: NDArray[np.int64],
    numbers: NDArray[np.int64],
    widths: NDArray[np.integer],
) -> None:
    """Writes numbers as pickled integers of 2, 3 or 5 bytes, or as a bare byte where the width is 1."""
    for width in CLASSES:
        chosen = np.flatnonzero(widths == width)
        if not len(chosen):
            continue
        where, what = (places, numbers) if len(chosen) == len(places) else (places[chosen], numbers[chosen])
        if width == 1:
            buffer[where] = what
            continue
        buffer[where] = WIDTH_OPCODES[width]
        for ordinal in range(width - 1):
            buffer[where + (ordinal + 1)] = what >> (8 * ordinal) & 255
