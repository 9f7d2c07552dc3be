"""The blocks of one term → its ids, frequencies and positions, as fast as can be.

Our blocks are read into arrays made beforehand, and added up once; blocks of another shape go through `w3_decode`.
"""

from __future__ import annotations

import zlib
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine import w3_decode as decode
from disclosure_search.engine import w3_layout as layout
from disclosure_search.engine.w3_compound import View
from disclosure_search.engine.w3_deflate import decompress
from disclosure_search.engine.w3_lexicon import TermInfo

Ids = NDArray[np.int64]
Frequencies = NDArray[np.integer]
Positions = NDArray[np.int32]
_SHORT_HEAD = 8  # of a short value of bare bytes: its outer header, the frequency, an opcode and a count
_SHORT_VALUE = _SHORT_HEAD + 1
_SHORT_MOST = 248  # positions, with which its length fits into one byte
_KNOWN = np.isin(np.arange(256), layout.CLASSES)
_IDS_AT = len(layout.OPEN) + 4
_DELTAS = {
    2: np.dtype([("op", "u1"), ("delta", "u1")]),
    3: np.dtype([("op", "u1"), ("delta", "<u2")]),
    5: np.dtype([("op", "u1"), ("delta", "<u4")]),
}


def read_postings(view: View, info: TermInfo) -> tuple[Ids, Frequencies]:
    """Frequencies are bytes where all fit into one."""
    blocks = list(decode.blocks(view, info))
    ids = np.empty(info.documents, np.int64)
    frequencies = np.empty(info.documents, np.uint8)
    at = last = 0
    for block in blocks:
        end = at + block.size
        if not _fill(block, ids[at:end], frequencies[at:end]):
            return _any(blocks)
        ids[at] -= last
        last = block.last_id
        at = end
    first = int(ids[0])
    np.cumsum(ids, out=ids)
    ends = accumulate(block.size for block in blocks)
    if any(ids[end - 1] != block.last_id for end, block in zip(ends, blocks, strict=True)):
        raise ValueError("a posting block disagrees with its own statistics")
    if first < 0 or not frequencies.all():
        raise ValueError("a posting that cannot be")
    return ids, frequencies


def _fill(block: decode.Block, ids: Ids, frequencies: NDArray[np.uint8]) -> bool:
    """The first id of the block, then deltas; False if it is not of this shape."""
    if block.width is None:
        return False
    count, width = block.size, block.width or 2
    data = block.data
    if block.compressed:
        data = zlib.decompressobj().decompress(data, _IDS_AT + (count - 1) * width + 6 + count)
    if not data.startswith(layout.OPEN):
        return False
    ids[0] = int.from_bytes(data[_IDS_AT - 4 : _IDS_AT], "little")
    end = _IDS_AT
    if count > 1:
        opcode = data[_IDS_AT]
        deltas = np.frombuffer(data, _DELTAS[layout.OPCODE_WIDTHS.get(opcode, 2)], count - 1, _IDS_AT)
        if not (deltas["op"] == opcode).all():
            return False
        ids[1:] = deltas["delta"]
        end += deltas.nbytes
    return data[end : end + 1] == layout.TUPLE and _fill_frequencies(data, end + 1, frequencies)


def _fill_frequencies(data: bytes, start: int, frequencies: NDArray[np.uint8]) -> bool:
    kind = data[start : start + 1]
    if kind == layout.NONE:
        frequencies[:] = 1
    elif kind == layout.SHORT_BYTES:
        frequencies[:] = np.frombuffer(data, np.uint8, len(frequencies), start + 2)
    elif kind == layout.LONG_BYTES:
        frequencies[:] = np.frombuffer(data, np.uint8, len(frequencies), start + 5)
    else:
        return False
    return True


def _any(blocks: list[decode.Block]) -> tuple[Ids, Frequencies]:
    parts = [decode.ids_and_weights(block) for block in blocks]
    ids = np.concatenate([ids for ids, _ in parts]).astype(np.int64)
    return ids, np.concatenate([frequencies for _, frequencies in parts])


def block_positions(block: decode.Block, wanted: Ids) -> tuple[Ids, Positions]:
    """How many positions each wanted posting has, and the positions themselves."""
    data = decompress(block.data) if block.compressed else block.data
    found = _values(data, block)
    if found is None:
        return decode.positions(block, wanted)
    frequencies, classes, start = found
    where = _first_deltas(frequencies, classes)
    if start + where.length > len(data):
        raise ValueError("positions that run over the end of their block")
    begins = where.begins + start
    if len(wanted) < block.size:
        begins, frequencies, classes = begins.take(wanted), frequencies.take(wanted), classes.take(wanted)
    return frequencies, _positions(np.frombuffer(data, np.uint8), begins, frequencies, classes)


def _values(data: bytes, block: decode.Block) -> tuple[Ids, NDArray[np.uint8], int] | None:
    """The frequency and the class of every posting, and where the first value begins; None in another shape."""
    count = block.size
    if block.width is None or not data.startswith(layout.OPEN):
        return None
    end = _IDS_AT + (count - 1) * layout.OPCODE_WIDTHS.get(data[_IDS_AT], 2)
    frequencies = np.empty(count, np.uint8)
    if data[end : end + 1] != layout.TUPLE or not _fill_frequencies(data, end + 1, frequencies):
        return None
    kind = data[end + 1 : end + 2]
    end += 2 if kind == layout.NONE else count + (3 if kind == layout.SHORT_BYTES else 6)
    if data[end : end + 1] not in {layout.SHORT_BYTES, layout.LONG_BYTES}:
        return None
    end += 2 if data[end : end + 1] == layout.SHORT_BYTES else 5
    classes = np.frombuffer(data, np.uint8, count, end)
    end += count
    if data[end : end + 2] != layout.POP + layout.MARK:
        return None
    if not _KNOWN.take(classes).all() or not frequencies.all():
        raise ValueError("positions of another shape")
    return frequencies.astype(np.int64), classes, end + 2


class _Firsts(NamedTuple):
    """Where the first delta of each value stands behind the first value, and how long all values are."""

    begins: Ids
    length: int


def _first_deltas(frequencies: Ids, classes: NDArray[np.uint8]) -> _Firsts:
    sizes = frequencies + _SHORT_VALUE  # nearly all: of short values with bare bytes
    begins = np.full(len(sizes), _SHORT_HEAD)
    other = ((classes != layout.BYTES_CLASS) | (frequencies > _SHORT_MOST)).nonzero()[0]
    if len(other):
        where = layout.value_layout(classes[other], frequencies[other])
        sizes[other] = where.header + where.length
        begins[other] = where.header + where.deltas
    ends = np.cumsum(sizes)
    begins += ends
    begins -= sizes
    return _Firsts(begins, int(ends[-1]))


def _positions(
    source: NDArray[np.uint8], begins: Ids, frequencies: Ids, classes: NDArray[np.uint8]
) -> Positions:
    ends = np.cumsum(frequencies)
    starts = ends - frequencies
    places = np.repeat(begins - starts, frequencies)
    places += np.arange(len(places))
    deltas = source.take(places).astype(np.int32)
    wide = (classes != layout.BYTES_CLASS).nonzero()[0]
    if len(wide):
        counts = frequencies[wide]
        into = np.repeat(starts[wide] - (np.cumsum(counts) - counts), counts)
        into += np.arange(len(into))
        deltas[into] = _wide_deltas(source, begins[wide], counts, classes[wide])
    flat: Positions = np.cumsum(deltas, dtype=np.int32)  # may run over: differences come out right
    flat -= np.repeat(flat[starts] - deltas[starts], frequencies)
    return flat


def _wide_deltas(
    source: NDArray[np.uint8], begins: Ids, frequencies: Ids, classes: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """Of values that have numbers of more than a byte, each behind its opcode."""
    nothing = np.zeros_like(begins)
    places, widths = layout.delta_places(
        begins, layout.ValueLayout(nothing, nothing, nothing), classes, frequencies
    )
    deltas = source.take(places + (widths > 1)).astype(np.int64)
    for width in (layout.SHORT_CLASS, layout.LONG_CLASS):
        chosen = np.flatnonzero(widths == width)
        for ordinal in range(2, width):
            deltas[chosen] |= source.take(places[chosen] + ordinal).astype(np.int64) << (8 * (ordinal - 1))
    return deltas
