"""Posting blocks → arrays.

Our blocks are read with `np.frombuffer` from a partly inflated block (25 ns a posting). Any other pickle,
above all stock Whoosh's, is read by a pattern where it fits and by the listed unpickler where it does not.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine import w3_layout as layout
from disclosure_search.engine.w3_compound import View
from disclosure_search.engine.w3_layout import MAGIC
from disclosure_search.engine.w3_lexicon import TermInfo
from disclosure_search.engine.w3_pickle import load_pickle, load_plain

_LENGTH = struct.Struct("!i")
_OUR_HEAD = re.compile(
    rb"\x80\x02\((?:K(.)J(....)K.|J(....)J(....)G.{8})K([\x00\x02\x03\x05])K.K.t\.", re.DOTALL
)
_NUMBER = rb"(?:K.|M..|J....)"
_FLOAT = rb"(?:G.{8})"
_STOCK_DATA = re.compile(
    # Ids as a tuple of more than three, or of up to three; then None, a number, or a tuple of numbers.
    rb"\x80\x02(?:\((" + _NUMBER + rb"{4,})t|(" + _NUMBER + rb"{1,3})[\x85\x86\x87])(?:q.|r....)?"
    rb"(?:(N)|(" + _FLOAT + rb")(?=[^G\x85-\x87])|"
    rb"\((" + _FLOAT + rb"{4,})t|(" + _FLOAT + rb"{1,3})[\x85-\x87])",
    re.DOTALL,
)
_STOCK_POSTING_BYTES = 14
_HEAD_READ = 64
_FREQUENCY_BYTES = 4

Ids = NDArray[np.int32]


class Block(NamedTuple):
    size: int
    last_id: int
    width: int | None
    """Of the ids in our blocks, 0 if not compressed; None for a block of another writer."""
    data: bytes
    compressed: bool


def blocks(view: View, info: TermInfo) -> Iterator[Block]:
    """The blocks of one term: they must fill its extent and hold as many postings as the term file says.

    Checked before anything is allocated, so that one broken byte cannot ask for gigabytes.
    """
    data, left = view.get(info.offset, info.length), info.documents
    if not data.startswith(MAGIC):
        raise ValueError("no posting blocks")
    place, end = len(MAGIC), len(data)
    last = False
    while not last and place + _LENGTH.size <= end:
        (size,) = _LENGTH.unpack_from(data, place)
        last = size < 0
        start = place + _LENGTH.size
        place = start + abs(size)
        if not size or place > end:
            raise ValueError("a posting block runs over its end")
        block = _block(data, start, place)
        left -= block.size
        if block.size < 1 or left < 0:
            raise ValueError("posting blocks hold another number of documents")
        yield block
    if not last or place != end or left:
        raise ValueError("posting blocks do not fill their extent")


def _block(data: bytes, start: int, end: int) -> Block:
    ours = _OUR_HEAD.match(data, start, end)
    if ours:
        count = int.from_bytes(ours[1] or ours[3], "little")
        last_id = int.from_bytes(ours[2] or ours[4], "little")
        width = ours[5][0]
        return Block(count, last_id, width, data[ours.end() : end], width > 0)
    body = data[start:end]
    stream = BytesIO(body)
    info = load_pickle(stream)
    if not isinstance(info, tuple) or len(info) != 6:
        raise ValueError("a posting block without statistics")
    return Block(int(info[0]), int(info[1]), None, body[stream.tell() :], bool(info[3]))


def ids_and_weights(block: Block) -> tuple[Ids, Ids]:
    found = _read_ours(block) if block.width is not None else _read_stock(block)
    if found is None:
        ids, weights, _ = _load_whole(block)
        found = _from_deltas(ids), _frequencies(weights, block.size)
    ids, frequencies = found
    if len(ids) != block.size or len(frequencies) != block.size or int(ids[-1]) != block.last_id:
        raise ValueError("a posting block disagrees with its own statistics")
    if int(ids[0]) < 0 or int(frequencies.min()) < 1:
        raise ValueError("a posting that cannot be")
    return found


def _read_ours(block: Block) -> tuple[Ids, Ids] | None:
    width = block.width or 2
    wanted = len(layout.OPEN) + 4 + (block.size - 1) * width + 1 + 5 + block.size
    data = zlib.decompressobj().decompress(block.data, wanted) if block.compressed else block.data
    parts = _our_parts(data, block.size)
    return None if parts is None else (parts.ids, parts.weights)


class _Parts(NamedTuple):
    ids: Ids
    weights: Ids
    end: int


def _our_parts(data: bytes, count: int) -> _Parts | None:
    """None if this is a pickle of another shape (then it is read as any pickle)."""
    if not data.startswith(layout.OPEN):
        return None
    start = len(layout.OPEN) + 4
    width = layout.OPCODE_WIDTHS.get(data[start], 2) if count > 1 else 2
    end = start + (count - 1) * width
    if data[end : end + 1] != layout.TUPLE:
        return None
    ids = np.empty(count, np.int32)
    ids[0] = int.from_bytes(data[start - 4 : start], "little")
    later = np.frombuffer(data, np.uint8, end - start, start).reshape(count - 1, width)
    if count > 1 and not (later[:, 0] == data[start]).all():
        return None
    ids[1:] = _columns(later, 1)
    np.cumsum(ids, out=ids)
    return _our_weights(data, end + 1, count, ids)


def _our_weights(data: bytes, start: int, count: int, ids: Ids) -> _Parts | None:
    kind = data[start : start + 1]
    if kind == layout.NONE:
        return _Parts(ids, np.ones(count, np.int32), start + 1)
    if kind in {layout.SHORT_BYTES, layout.LONG_BYTES}:
        start += 2 if kind == layout.SHORT_BYTES else 5
        weights = np.frombuffer(data, np.uint8, count, start).astype(np.int32)
        return _Parts(ids, weights, start + count)
    end = start + 1 + 5 * count
    if kind != layout.MARK or data[end : end + 1] != layout.TUPLE:
        return None
    numbers = np.frombuffer(data, np.uint8, 5 * count, start + 1).reshape(count, 5)
    if not (numbers[:, 0] == ord("J")).all():
        return None
    return _Parts(ids, _columns(numbers, 1), end + 1)


def _columns(rows: NDArray[np.uint8], start: int) -> Ids:
    """The little-endian number in each row, from column `start` on."""
    total = rows[:, start].astype(np.int32)
    for column in range(start + 1, rows.shape[1]):
        total |= rows[:, column].astype(np.int32) << (8 * (column - start))
    return total


def _read_stock(block: Block) -> tuple[Ids, Ids] | None:
    data = block.data
    if block.compressed:
        data = zlib.decompressobj().decompress(data, _STOCK_POSTING_BYTES * block.size + _HEAD_READ)
    found = _STOCK_DATA.match(data)
    if not found:
        return None
    ids = _from_deltas(load_plain(b"\x80\x02(" + (found[1] or found[2]) + b"t."))
    if found[3]:
        return ids, np.ones(len(ids), np.int32)
    floats = np.frombuffer(found[4] or found[5] or found[6], [("op", "u1"), ("value", ">f8")])["value"]
    weights = _rounded(floats)
    return ids, np.full(len(ids), weights[0], np.int32) if found[4] else weights


def _load_whole(block: Block) -> tuple[object, object, object]:
    value = load_plain(zlib.decompress(block.data) if block.compressed else block.data)
    if not isinstance(value, tuple) or len(value) != 3:
        raise ValueError("a posting block of another shape")
    return value


def _from_deltas(deltas: object) -> Ids:
    if not isinstance(deltas, tuple | list):
        raise ValueError("a posting block without ids")
    return np.cumsum(np.array(deltas, np.int64)).astype(np.int32)


def _frequencies(weights: object, count: int) -> Ids:
    if weights is None:
        return np.ones(count, np.int32)
    if isinstance(weights, int | float):
        return np.full(count, round(weights), np.int32)
    if isinstance(weights, bytes):
        return np.frombuffer(weights, np.uint8).astype(np.int32)
    return _rounded(np.array(weights, np.float64))


def _rounded(weights: NDArray[np.float64]) -> Ids:
    if not (np.abs(weights) < 2**31).all():
        raise ValueError("a weight that is no frequency")
    return np.rint(weights).astype(np.int32)


def inlined(data: bytes) -> tuple[Ids, Ids, tuple[object, ...]]:
    """Postings that stand in the term file: ids are whole there."""
    value = load_plain(data)
    if not isinstance(value, tuple) or len(value) != 3:
        raise ValueError("inlined postings of another shape")
    ids, weights, values = value
    if not isinstance(ids, tuple) or not isinstance(weights, tuple | bytes) or not isinstance(values, tuple):
        raise ValueError("inlined postings of another shape")
    if not 0 < len(ids) == len(values) == (len(weights) or len(ids)):
        raise ValueError("inlined postings of different numbers")
    return np.array(ids, np.int32), _frequencies(weights or None, len(ids)), values


def has_positions(block: Block) -> bool:
    values = _load_whole(block)[2]
    return isinstance(values, tuple | list) and len(values) > 0 and isinstance(values[0], bytes)


def have_positions(values: tuple[object, ...]) -> bool:
    """Of inlined postings: a frequency alone takes four bytes, a keyword's value none."""
    return all(isinstance(value, bytes) and len(value) > _FREQUENCY_BYTES for value in values)


def positions(block: Block, wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], Ids]:
    """How many positions each wanted posting has, and the positions themselves."""
    data = zlib.decompress(block.data) if block.compressed else block.data
    parts = _our_parts(data, block.size) if block.width is not None else None
    if parts is not None and data[parts.end : parts.end + 1] in {layout.SHORT_BYTES, layout.LONG_BYTES}:
        start = parts.end + (2 if data[parts.end : parts.end + 1] == layout.SHORT_BYTES else 5)
        classes = np.frombuffer(data, np.uint8, block.size, start)
        if data[start + block.size : start + block.size + 2] == layout.POP + layout.MARK:
            return _our_positions(data, start + block.size + 2, classes, parts.weights, wanted)
    values = _load_whole(block)[2]
    return value_positions(values, wanted)


def value_positions(values: object, wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], Ids]:
    """From Whoosh's own values: a frequency and a pickled list of deltas each."""
    if not isinstance(values, tuple | list):
        raise TypeError("the field has no positions")
    deltas = [_value_deltas(values[ordinal]) for ordinal in wanted.tolist()]
    counts = np.fromiter(map(len, deltas), np.int64, len(deltas))
    flat = np.fromiter((delta for posting in deltas for delta in posting), np.int64, int(counts.sum()))
    return counts, _from_position_deltas(flat, counts)


def _value_deltas(value: object) -> tuple[int, ...] | list[int] | bytes:
    if not isinstance(value, bytes):
        raise TypeError("the field has no positions")
    deltas = load_plain(value[4:] + b".")  # what stands behind the first end is not read
    if not isinstance(deltas, tuple | list | bytes):
        raise ValueError("positions of another shape")
    return deltas


def _our_positions(
    data: bytes, start: int, classes: NDArray[np.uint8], weights: Ids, wanted: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Ids]:
    frequencies = weights.astype(np.int64)
    where = layout.value_layout(classes, frequencies)
    known = np.isin(classes, layout.CLASSES).all() and int(frequencies.min()) > 0
    if not known or start + int((where.header + where.length).sum()) > len(data):
        raise ValueError("positions that run over the end of their block")
    records = start + np.cumsum(where.header + where.length) - where.length
    if len(wanted) < len(classes):
        records, classes, frequencies = records[wanted], classes[wanted], frequencies[wanted]
        where = layout.ValueLayout(*(part[wanted] for part in where))
    places, widths = layout.delta_places(records, where, classes, frequencies)
    source = np.frombuffer(data, np.uint8)
    # A bare byte stands at its place, every other number behind its opcode.
    deltas = source[places + (widths > 1)].astype(np.int64)
    for width in (layout.SHORT_CLASS, layout.LONG_CLASS):
        chosen = np.flatnonzero(widths == width)
        for ordinal in range(2, width):
            deltas[chosen] |= source[places[chosen] + ordinal].astype(np.int64) << (8 * (ordinal - 1))
    return frequencies, _from_position_deltas(deltas, frequencies)


def _from_position_deltas(deltas: NDArray[np.int64], counts: NDArray[np.int64]) -> Ids:
    total = np.cumsum(deltas)
    before = np.append(0, total)[np.cumsum(counts) - counts]
    flat: Ids = (total - np.repeat(before, counts)).astype(np.int32)
    return flat
