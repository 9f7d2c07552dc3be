"""Postings that stand in the term file: those of the terms that few documents have.

Most terms are of this kind (two thirds of all grams), and a block of their own would take more bytes than what is in
it: its magic, its head and its place come to 40. Stock Whoosh reads such postings and never writes them. They are a
pickle of ids (whole), weights and values:

    (                        if there are several postings
    (M | J) id ...           of one width
    t                        or 85 for one
    ) | C n bytes            weights: all 1, or below 256
    (                        if there are several
    C 0 ...                  values of a keyword: nothing; ids and weights alone would make a stock merge fail
    C 4 frequency ...        of a word
    C length value ...       of a gram, see `value_layout`
    t                        or 85
    87 .
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine import w3_layout as layout

MOST_INLINED = 8
"""Documents. From nine on a compressed block is shorter."""
MOST_POSITIONS = 48
"""In a document. So many take at most 246 bytes, whatever they are, and a length of one byte is enough."""
ONE, NO_WEIGHTS, END = b"\x85", b")", b"\x87."
_KEYWORD_VALUE = 2

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


class Inlined(NamedTuple):
    """The pickles of some terms, one after the other, and how long each is."""

    data: Bytes
    sizes: Ints


class Values(Protocol):
    """The values of postings: how long each is, and its bytes."""

    lengths: Ints

    def write(self, data: Bytes, places: Ints) -> None: ...


NOTHING = Inlined(np.empty(0, np.uint8), np.empty(0, np.int64))


def fit(documents: Ints, most: NDArray[np.number]) -> NDArray[np.bool_]:
    """Which terms are kept so; `most` is the highest frequency of each."""
    fitting: NDArray[np.bool_] = (documents <= MOST_INLINED) & (most <= MOST_POSITIONS)
    return fitting


def write(ids: Ints, documents: Ints, weights: Ints | None, values: Values) -> Inlined:
    """`documents` says how many of the postings belong to each term."""
    first = np.cumsum(documents) - documents
    last = first + documents - 1
    width = np.where(ids[last] < 65536, 3, 5)
    heavy = np.maximum.reduceat(weights, first) > 1 if weights is not None else np.zeros(len(first), bool)
    lengths = values.lengths + 2
    sizes = Shape.of(np.zeros_like(documents), documents, width, heavy).values
    sizes += np.add.reduceat(lengths, first) + len(ONE) + len(END)
    starts = np.cumsum(sizes) - sizes
    shape = Shape.of(starts, documents, width, heavy)
    data = np.empty(int(sizes.sum()), np.uint8)
    _write_frame(data, starts, sizes, documents, shape)
    _write_ids(data, ids, documents, shape)
    _write_weights(data, weights, documents, heavy, shape)
    of_term = np.repeat(np.arange(len(documents)), documents)
    before = np.cumsum(lengths) - lengths
    places = shape.values[of_term] + before - before[first][of_term]
    data[places] = ord(layout.SHORT_BYTES)
    data[places + 1] = values.lengths
    values.write(data, places + 2)
    return Inlined(data, sizes)


def _write_frame(data: Bytes, starts: Ints, sizes: Ints, documents: Ints, shape: Shape) -> None:
    several = shape.several
    closing = np.where(several, ord(layout.TUPLE), ord(ONE))
    data[starts[several]] = data[shape.values[several] - 1] = ord(layout.MARK)
    data[shape.ids + documents * shape.width] = closing
    ends = starts + sizes - len(END)
    data[ends - 1] = closing
    for ordinal, byte in enumerate(END):
        data[ends + ordinal] = byte


def _write_ids(data: Bytes, ids: Ints, documents: Ints, shape: Shape) -> None:
    width = np.repeat(shape.width, documents)
    ordinal = np.arange(len(ids)) - np.repeat(np.cumsum(documents) - documents, documents)
    places = np.repeat(shape.ids, documents) + ordinal * width
    layout.put_numbers(data, places, ids, width)


def _write_weights(
    data: Bytes, weights: Ints | None, documents: Ints, heavy: NDArray[np.bool_], shape: Shape
) -> None:
    data[shape.weights[~heavy]] = ord(NO_WEIGHTS)
    if weights is None or not heavy.any():
        return
    at, count = shape.weights[heavy], documents[heavy]
    data[at], data[at + 1] = ord(layout.SHORT_BYTES), count
    body = np.repeat(at + 2 - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
    data[body] = weights[np.repeat(heavy, documents)]


class Few(NamedTuple):
    """Postings read back; `deltas` are None where the values have no positions."""

    ids: Ints
    frequencies: Ints
    deltas: Ints | None


class Shape(NamedTuple):
    """Of each term: where its parts stand in `data`, apart from the values, whose lengths are its own."""

    several: NDArray[np.bool_]
    width: Ints
    ids: Ints
    weights: Ints
    values: Ints

    @staticmethod
    def of(starts: Ints, documents: Ints, width: Ints, weighted: NDArray[np.bool_]) -> Shape:
        several = documents > 1
        ids = starts + several
        weights = ids + documents * width + 1
        values = weights + np.where(weighted, 2 + documents, 1) + several
        return Shape(several, width, ids, weights, values)


def read(inlined: Inlined, documents: Ints) -> Few | None:
    """None if one of them is of another writer's shape."""
    source, sizes = inlined
    if len(sizes) == 0 or (documents > MOST_INLINED).any() or (sizes < _LEAST).any():
        return None
    starts = np.cumsum(sizes) - sizes
    several = documents > 1
    opcode = source[starts + several]
    weighted_at = starts + several + documents * np.where(opcode == ord("M"), 3, 5) + 1
    ends = starts + sizes
    if not np.isin(opcode, _ID_OPCODES).all() or (weighted_at >= ends).any():
        return None
    weighted = source[weighted_at] == ord(layout.SHORT_BYTES)
    shape = Shape.of(starts, documents, np.where(opcode == ord("M"), 3, 5), weighted)
    if (shape.values + 2 * documents + 3 > ends).any():
        return None
    return _Reading(source, documents, shape, weighted, ends).whole()


_ID_OPCODES = np.frombuffer(b"MJ", np.uint8)
_LEAST = 3 + 1 + 1 + _KEYWORD_VALUE + 1 + 2


class _Reading:
    """One turn of a loop for the first posting of every term, one for the second, and so on."""

    def __init__(
        self, source: Bytes, documents: Ints, shape: Shape, weighted: NDArray[np.bool_], ends: Ints
    ) -> None:
        self._source, self._documents, self._shape = source, documents, shape
        self._weighted, self._ends = weighted, ends
        self._firsts = np.cumsum(documents) - documents
        total = int(documents.sum())
        self._ids = np.empty(total, np.int64)
        self._frequencies = np.ones(total, np.int64)
        self._values = np.empty(total, np.int64)
        self._lengths = np.empty(total, np.int64)

    def whole(self) -> Few | None:
        at = self._shape.values
        for ordinal in range(int(self._documents.max())):
            chosen = np.flatnonzero(self._documents > ordinal)
            place = at[chosen]
            if (place + 2 > self._ends[chosen]).any():
                return None
            length = self._source[place + 1].astype(np.int64)
            if (self._source[place] != ord(layout.SHORT_BYTES)).any():
                return None
            self._take(ordinal, chosen, place + 2, length)
            at = at.copy()
            at[chosen] += 2 + length
        closed = at + len(ONE) + len(END) == self._ends
        return self._found() if closed.all() else None

    def _take(self, ordinal: int, chosen: Ints, values: Ints, lengths: Ints) -> None:
        shape = self._shape
        target = self._firsts[chosen] + ordinal
        width = shape.width[chosen]
        places = shape.ids[chosen] + ordinal * width
        self._ids[target] = layout.numbers_at(self._source, places, width)
        weighted = self._weighted[chosen]
        bodies = shape.weights[chosen][weighted] + 2 + ordinal
        self._frequencies[target[weighted]] = self._source[bodies]
        self._values[target], self._lengths[target] = values, lengths

    def _found(self) -> Few | None:
        if (self._lengths <= 4).all():
            return Few(self._ids, self._frequencies, None)
        classes = layout.classes_of(self._lengths, self._frequencies)
        if not classes.all():
            return None
        where = layout.value_layout(classes, self._frequencies)
        places, widths = layout.delta_places(self._values, where, classes, self._frequencies)
        return Few(self._ids, self._frequencies, layout.numbers_at(self._source, places, widths))
