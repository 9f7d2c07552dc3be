"""The positions of some postings of a term, from many blocks at once.

Blocks are inflated one by one and then looked at together: the fixed price of some forty array operations is paid
once for sixteen of them. Blocks of another shape go through `w3_decode`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine import w3_decode as decode
from disclosure_search.engine import w3_layout as layout
from disclosure_search.engine.w3_deflate import decompress
from disclosure_search.engine.w3_term import IDS_AT, Ids, fill_frequencies, postings_of

Positions = NDArray[np.int32]
TOGETHER = 16  # blocks: 32,768 postings, whose arrays still fit into a processor's cache
_SHORT_HEAD = 8  # of a short value of bare bytes: its outer header, the frequency, an opcode and a count
_SHORT_MOST = 249  # positions, with which its length fits into one byte
_KNOWN = np.isin(np.arange(256), layout.CLASSES)


class Wanted(NamedTuple):
    """Some of the postings of a block, in rising order."""

    block: decode.Block
    places: Ids
    inflated: bytes | None = None


class WholeTerm:
    """A term whose blocks are inflated once, all of each, for ids and positions both: where a run is sought, 97 of a
    hundred blocks hold a document that has all of its tokens."""

    def __init__(self, blocks: Sequence[decode.Block]) -> None:
        self._blocks = blocks
        self._data = [_whole(block) for block in blocks]
        self.nbytes = sum(len(data) for data in self._data if data)
        self.ids, self.frequencies = postings_of(blocks, self._data)

    def positions(self, at: Ids) -> tuple[Ids, Positions]:
        return read_positions(list(wanted_of(self._blocks, at, self._data)))


def wanted_of(
    blocks: Sequence[decode.Block], at: Ids, inflated: Iterable[bytes | None] = repeat(None)
) -> Iterator[Wanted]:
    """The blocks that hold one of the postings `at` these rising places."""
    ends = np.cumsum([block.size for block in blocks])
    bounds = pairwise([0, *at.searchsorted(ends).tolist()])
    for block, data, behind, (first, end) in zip(blocks, inflated, ends.tolist(), bounds, strict=False):
        if first < end:
            yield Wanted(block, at[first:end] - (behind - block.size), data)


def _whole(block: decode.Block) -> bytes | None:
    """None of another writer's block."""
    if block.width is None:
        return None
    return decompress(block.data) if block.compressed else block.data


class _Values(NamedTuple):
    """An inflated block: the frequency and the class of every posting, and where the first value begins."""

    data: bytes
    frequencies: NDArray[np.uint8]
    classes: NDArray[np.uint8]
    start: int


def read_positions(wanted: Sequence[Wanted]) -> tuple[Ids, Positions]:
    """How many positions each wanted posting has, and the positions themselves."""
    found = []
    for first in range(0, len(wanted), TOGETHER):
        some = wanted[first : first + TOGETHER]
        values = [_values(*one) for one in some]
        ours = [one for one in values if one is not None]
        if len(ours) == len(some):
            found.append(_of_blocks(ours, [one.places for one in some]))
        else:
            found += [decode.positions(one.block, one.places) for one in some]
    counts = [np.empty(0, np.int64), *(counts for counts, _ in found)]
    return np.concatenate(counts), np.concatenate([np.empty(0, np.int32), *(flat for _, flat in found)])


def _of_blocks(values: Sequence[_Values], wanted: Sequence[Ids]) -> tuple[Ids, Positions]:
    frequencies = np.concatenate([one.frequencies for one in values]).astype(np.int64)
    classes = np.concatenate([one.classes for one in values])
    if not _KNOWN.take(classes).all() or not frequencies.all():
        raise ValueError("positions of another shape")
    postings = np.cumsum([0, *(len(one.classes) for one in values)])
    bytes_before = np.cumsum([0, *(len(one.data) for one in values)])
    begins, ends = _first_deltas(frequencies, classes)
    ends = ends.take(postings[1:] - 1)  # of the blocks, if all values adjoined each other
    shifts = bytes_before[:-1] + [one.start for one in values]
    shifts[1:] -= ends[:-1]
    if (ends + shifts > bytes_before[1:]).any():
        raise ValueError("positions that run over the end of their block")
    places = np.concatenate([own + first for own, first in zip(wanted, postings.tolist(), strict=False)])
    if len(places) < len(frequencies):
        begins, frequencies, classes = begins.take(places), frequencies.take(places), classes.take(places)
    begins += np.repeat(shifts, [len(own) for own in wanted])
    source = np.frombuffer(b"".join([one.data for one in values]), np.uint8)
    return frequencies, _positions(source, begins, frequencies, classes)


def _values(block: decode.Block, _: Ids, inflated: bytes | None) -> _Values | None:
    """None in another shape."""
    data = inflated or _whole(block)
    count = block.size
    if data is None or not data.startswith(layout.OPEN):
        return None
    end = IDS_AT + (count - 1) * layout.OPCODE_WIDTHS.get(data[IDS_AT], 2)
    frequencies = np.empty(count, np.uint8)
    if data[end : end + 1] != layout.TUPLE or not fill_frequencies(data, end + 1, frequencies):
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
    return _Values(data, frequencies, classes, end + 2)


def _first_deltas(frequencies: Ids, classes: NDArray[np.uint8]) -> tuple[Ids, Ids]:
    """Where the first delta of each value stands behind the first value, and where each value ends."""
    sizes = frequencies + _SHORT_HEAD  # nearly all: of short values with bare bytes
    begins = np.full(len(sizes), _SHORT_HEAD)
    other = ((classes != layout.BYTES_CLASS) | (frequencies > _SHORT_MOST)).nonzero()[0]
    if len(other):
        where = layout.value_layout(classes[other], frequencies[other])
        sizes[other] = where.header + where.length
        begins[other] = where.header + where.deltas
    ends = np.cumsum(sizes)
    begins += ends
    begins -= sizes
    return begins, ends


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
