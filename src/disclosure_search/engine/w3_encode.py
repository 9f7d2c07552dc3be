"""Sorted postings → posting blocks in bytes, for many terms at a time.

No posting, block or term is handled by itself: the place of every byte is computed for a whole chunk, then
the bytes of one kind are written together. Only blocks worth compressing are touched one by one.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine import w3_layout as layout
from disclosure_search.engine.w3_deflate import compress
from disclosure_search.engine.w3_inline import NOTHING, Inlined, Values, fit, write
from disclosure_search.engine.w3_layout import (
    BLOCK_POSTINGS,
    LENGTH_BYTES,
    NARROW_HEAD,
    TERM_INFO,
    WIDE_HEAD,
    put,
    put_bytes_header,
    put_numbers,
    put_rows,
)

COMPRESSED_FROM = 120
"""Bytes of a block. Below about 80 zlib makes it larger, and each call costs 5 microseconds."""

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


class Chunk(NamedTuple):
    """Postings sorted by term and id; `deltas` are those of the positions, posting after posting."""

    terms: Ints
    ids: Ints
    frequencies: Ints | None
    """None for a field that keeps none."""
    deltas: Ints | None
    """None for a field without positions."""
    length_bytes: Bytes
    """One per posting: the length of the field in that document, 0 where lengths are not kept."""


class Encoded(NamedTuple):
    chunks: list[memoryview | bytes]
    infos: NDArray[np.void]
    size: int
    inlined: Inlined
    """The postings of the terms that have no block, for the term file."""


class _Blocks(NamedTuple):
    first: Ints
    size: Ints
    of_term_first: NDArray[np.bool_]
    of_term_last: NDArray[np.bool_]
    of_posting: Ints
    ordinal: Ints


class _Section(NamedTuple):
    """Per block: where a part of it starts in the buffer (after `place` ran), and how long it is."""

    start: Ints
    length: Ints


def encode(chunk: Chunk, offset: int) -> Encoded:
    """Blocks and term infos of all terms in the chunk; `offset` is where they will stand in the file."""
    first = np.flatnonzero(np.diff(chunk.terms, prepend=-1))
    documents = np.diff(first, append=len(chunk.ids))
    infos = _term_infos(chunk, first, documents)
    few = fit(documents, infos["max_weight"])
    infos["inlined"] = few
    inlined = NOTHING
    if few.any():
        of_few = np.repeat(few, documents)
        part = _part(chunk, of_few)
        inlined = write(part.ids, documents[few], part.frequencies, _values(part))
        if few.all():
            return Encoded([], infos, 0, inlined)
        chunk, documents = _part(chunk, ~of_few), documents[~few]
    blocks = _split(documents, len(chunk.ids))
    pieces, sizes = _encode_blocks(chunk, blocks)
    first_block = np.flatnonzero(blocks.of_term_first)
    starts = np.cumsum(sizes) - sizes
    infos["offset"][~few] = offset + starts[first_block]
    infos["length"][~few] = np.add.reduceat(sizes, first_block)
    return Encoded(pieces, infos, int(sizes.sum()), inlined)


def _part(chunk: Chunk, chosen: NDArray[np.bool_]) -> Chunk:
    terms, ids, frequencies, deltas, lengths = chunk
    if deltas is not None and frequencies is not None:
        deltas = deltas[np.repeat(chosen, frequencies)]
    kept = None if frequencies is None else frequencies[chosen]
    return Chunk(terms[chosen], ids[chosen], kept, deltas, lengths[chosen])


def _encode_blocks(chunk: Chunk, blocks: _Blocks) -> tuple[list[memoryview | bytes], Ints]:
    """The bytes of all blocks, and how many each takes."""
    frequencies = _frequencies(chunk)
    most = np.maximum.reduceat(frequencies, blocks.first)
    width, delta = _id_widths(chunk.ids, blocks)
    ids_length = 8 + (blocks.size - 1) * width + 1
    small_weights = np.where(most < 256, _bytes_length(blocks.size), 5 * blocks.size + 2)
    weights_length = np.where(most == 1, 1, small_weights)
    values = _ValuesOfBlocks(chunk, blocks)
    narrow = (blocks.size < 256) & (most < 256)
    magic_length = len(layout.MAGIC) * blocks.of_term_first
    head_length = np.where(narrow, NARROW_HEAD.itemsize, WIDE_HEAD.itemsize) + magic_length
    data_length = ids_length + weights_length + values.length + 2
    start = np.cumsum(head_length + data_length) - head_length - data_length
    data = start + head_length
    buffer = np.empty(int((head_length + data_length).sum()), np.uint8)
    _write_ids(buffer, data, chunk.ids, (width, delta), blocks)
    _write_weights(buffer, _Section(data + ids_length, weights_length), frequencies, most, blocks)
    values.write(buffer, data + ids_length + weights_length)
    put(buffer, data + data_length - 2, layout.CLOSE)
    compressed = data_length >= COMPRESSED_FROM
    put(buffer, start[blocks.of_term_first], layout.MAGIC)
    head = start + magic_length
    heads = _heads(data + data_length - head, np.where(compressed, width, 0), most, chunk, blocks)
    put_rows(buffer, head[narrow], _narrowed(heads[narrow]))
    put_rows(buffer, head[~narrow], heads[~narrow])
    stored_length = data_length.copy()
    pieces = _compress(buffer, head, data, stored_length, compressed)
    return pieces, head_length + stored_length


def _split(documents: Ints, postings: int) -> _Blocks:
    new_term = np.cumsum(documents) - documents
    in_term = np.arange(postings, dtype=np.int64) - np.repeat(new_term, documents)
    first = np.flatnonzero(in_term % BLOCK_POSTINGS == 0)
    size = np.diff(first, append=postings)
    of_term_first = in_term[first] == 0
    of_term_last = np.append(of_term_first[1:], True)
    of_posting = np.repeat(np.arange(len(first), dtype=np.int64), size)
    return _Blocks(first, size, of_term_first, of_term_last, of_posting, in_term % BLOCK_POSTINGS)


def _bytes_length(count: Ints) -> Ints:
    return count + np.where(count < 256, 2, 5)


def _id_widths(ids: Ints, blocks: _Blocks) -> tuple[Ints, Ints]:
    delta = np.diff(ids, prepend=0)
    delta[blocks.first] = 0
    most = np.maximum.reduceat(delta, blocks.first)
    return np.where(most < 256, 2, np.where(most < 65536, 3, 5)), delta


def _write_ids(buffer: Bytes, data: Ints, ids: Ints, widths: tuple[Ints, Ints], blocks: _Blocks) -> None:
    width, delta = widths
    put(buffer, data, layout.OPEN)
    put_rows(buffer, data + len(layout.OPEN), ids[blocks.first].astype("<u4"))
    later = np.flatnonzero(blocks.ordinal)
    of_block = blocks.of_posting[later]
    places = data[of_block] + 8 + (blocks.ordinal[later] - 1) * width[of_block]
    put_numbers(buffer, places, delta[later], width[of_block])
    put(buffer, data + 8 + (blocks.size - 1) * width, layout.TUPLE)


def _write_weights(buffer: Bytes, section: _Section, frequencies: Ints, most: Ints, blocks: _Blocks) -> None:
    ones, large = most == 1, most > 255
    small = ~ones & ~large
    put(buffer, section.start[ones], layout.NONE)
    if small.any():
        header = put_bytes_header(buffer, section.start[small], blocks.size[small])
        body = np.zeros(len(small), np.int64)
        body[small] = section.start[small] + header
        chosen = np.flatnonzero(small[blocks.of_posting])
        buffer[body[blocks.of_posting[chosen]] + blocks.ordinal[chosen]] = frequencies[chosen]
    if large.any():
        put(buffer, section.start[large], layout.MARK)
        chosen = np.flatnonzero(large[blocks.of_posting])
        places = section.start[blocks.of_posting[chosen]] + 1 + 5 * blocks.ordinal[chosen]
        put_numbers(buffer, places, frequencies[chosen], np.full(len(chosen), 5))
        put(buffer, (section.start + section.length - 1)[large], layout.TUPLE)


class _Nothing:
    """The values of a field that keeps no frequencies."""

    def __init__(self, postings: int) -> None:
        self.lengths = np.zeros(postings, np.int64)

    def write(self, buffer: Bytes, places: Ints) -> None:
        pass


class _Frequencies:
    def __init__(self, frequencies: Ints) -> None:
        self._frequencies = frequencies
        self.lengths = np.full(len(frequencies), 4, np.int64)

    def write(self, buffer: Bytes, places: Ints) -> None:
        put_rows(buffer, places, self._frequencies.astype(">u4"))


class _Positions:
    def __init__(self, frequencies: Ints, deltas: Ints) -> None:
        self._frequencies, self._deltas = frequencies, deltas
        self.classes = _classes(deltas, frequencies)
        self._layout = layout.value_layout(self.classes, frequencies)
        self.lengths = self._layout.length
        self.headers = self._layout.header

    def write(self, buffer: Bytes, places: Ints) -> None:
        put_rows(buffer, places, self._frequencies.astype(">u4"))
        packed = self.classes == layout.BYTES_CLASS
        listed = ~packed
        put_bytes_header(buffer, places[packed] + 4, self._frequencies[packed])
        put(buffer, places[listed] + 4, layout.MARK)
        put(buffer, (places + self.lengths)[listed] - 1, layout.TUPLE)
        at, widths = layout.delta_places(places, self._layout, self.classes, self._frequencies)
        put_numbers(buffer, at, self._deltas, widths)


def _values(chunk: Chunk) -> Values:
    if chunk.frequencies is None:
        return _Nothing(len(chunk.ids))
    if chunk.deltas is None:
        return _Frequencies(chunk.frequencies)
    return _Positions(chunk.frequencies, chunk.deltas)


def _frequencies(chunk: Chunk) -> Ints:
    return np.ones(len(chunk.ids), np.int64) if chunk.frequencies is None else chunk.frequencies


class _ValuesOfBlocks:
    """The third part of a block: what stock Whoosh calls the values of the postings."""

    def __init__(self, chunk: Chunk, blocks: _Blocks) -> None:
        self._values, self._blocks = _values(chunk), blocks
        if isinstance(self._values, _Positions):
            self._sizes = self._values.headers + self._values.lengths
            self._listed = np.add.reduceat(self._sizes, blocks.first)
            self.length = _bytes_length(blocks.size) + 1 + self._listed + 2
        elif isinstance(self._values, _Frequencies):
            self.length = _bytes_length(4 * blocks.size)
        else:
            self.length = np.ones(len(blocks.size), np.int64)

    def write(self, buffer: Bytes, start: Ints) -> None:
        blocks = self._blocks
        if isinstance(self._values, _Positions):
            self._write_positions(buffer, start, self._values)
        elif isinstance(self._values, _Frequencies):
            body = start + put_bytes_header(buffer, start, 4 * blocks.size)
            self._values.write(buffer, body[blocks.of_posting] + 4 * blocks.ordinal)
        else:
            put(buffer, start, layout.NONE)

    def _write_positions(self, buffer: Bytes, start: Ints, values: _Positions) -> None:
        blocks = self._blocks
        classes = start + put_bytes_header(buffer, start, blocks.size)
        buffer[classes[blocks.of_posting] + blocks.ordinal] = values.classes
        listed = classes + blocks.size
        put(buffer, listed, layout.POP + layout.MARK)
        put(buffer, listed + 2 + self._listed, layout.TUPLE)
        before = np.cumsum(self._sizes) - self._sizes
        records = (listed + 2)[blocks.of_posting] + before - before[blocks.first][blocks.of_posting]
        put_bytes_header(buffer, records, values.lengths)
        values.write(buffer, records + values.headers)


def _classes(deltas: Ints, frequencies: Ints) -> Bytes:
    starts = np.cumsum(frequencies) - frequencies
    first = deltas[starts]
    most = np.maximum.reduceat(deltas, starts)
    later = deltas.copy()
    later[starts] = 0
    most_later = np.maximum.reduceat(later, starts)
    classes = np.full(len(starts), layout.LONG_CLASS, np.uint8)
    classes[most < 65536] = layout.SHORT_CLASS
    classes[(first < 65536) & (most_later < 256)] = layout.FIRST_WIDE_CLASS
    last = deltas[starts + frequencies - 1]
    classes[(most < 256) & (last != layout.STOP)] = layout.BYTES_CLASS
    return classes


def _heads(length: Ints, width: Ints, most: Ints, chunk: Chunk, blocks: _Blocks) -> NDArray[np.void]:
    heads = np.zeros(len(length), WIDE_HEAD)
    heads["length"] = (length - LENGTH_BYTES) * np.where(blocks.of_term_last, -1, 1)
    heads["open"] = b"\x80\x02("
    heads["op_count"] = heads["op_last"] = ord("J")
    heads["op_weight"] = ord("G")
    heads["op_kind"] = heads["op_min"] = heads["op_max"] = ord("K")
    heads["count"] = blocks.size
    heads["last_id"] = chunk.ids[blocks.first + blocks.size - 1]
    heads["max_weight"] = most
    heads["width"] = width
    heads["min_length"] = np.minimum.reduceat(chunk.length_bytes, blocks.first)
    heads["max_length"] = np.maximum.reduceat(chunk.length_bytes, blocks.first)
    heads["close"] = b"t."
    return heads


def _narrowed(heads: NDArray[np.void]) -> NDArray[np.void]:
    narrow = heads.astype(NARROW_HEAD)
    narrow["op_count"] = narrow["op_weight"] = ord("K")
    return narrow


def _compress(
    buffer: Bytes, head: Ints, data: Ints, length: Ints, compressed: NDArray[np.bool_]
) -> list[memoryview | bytes]:
    """Cuts the buffer into pieces, some of them compressed; sets their length in the head and in `length`."""
    view = buffer.data
    pieces: list[memoryview | bytes] = []
    done = 0
    chosen = np.flatnonzero(compressed)
    places = (chosen.tolist(), head[chosen].tolist(), data[chosen].tolist(), (data + length)[chosen].tolist())
    for block, opening, start, end in zip(*places, strict=True):
        packed = compress(view[start:end])
        size = start - opening - LENGTH_BYTES + len(packed)
        struct.pack_into("!i", view, opening, -size if view[opening] > 127 else size)
        pieces += (view[done:start], packed)
        length[block] = len(packed)
        done = end
    pieces.append(view[done:])
    return pieces


def _term_infos(chunk: Chunk, first: Ints, documents: Ints) -> NDArray[np.void]:
    frequencies = _frequencies(chunk)
    infos = np.zeros(len(first), TERM_INFO)
    infos["weight"] = np.add.reduceat(frequencies, first)
    infos["documents"] = documents
    infos["min_length"] = np.minimum.reduceat(chunk.length_bytes, first)
    infos["max_length"] = np.maximum.reduceat(chunk.length_bytes, first)
    infos["max_weight"] = np.maximum.reduceat(frequencies, first)
    infos["min_id"] = chunk.ids[first]
    infos["max_id"] = chunk.ids[first + documents - 1]
    return infos
