"""Stretches of consecutive terms → arrays, many thousands at a time: what a merge reads.

The reverse of `w3_encode`: where each number of a block stands is computed for all blocks at once, so that a term
costs about a microsecond. Blocks of another writer are read one by one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine import w3_decode as decode
from disclosure_search.engine import w3_inline
from disclosure_search.engine import w3_layout as layout
from disclosure_search.engine.w3_compound import View
from disclosure_search.engine.w3_deflate import decompress
from disclosure_search.engine.w3_layout import MAGIC, NARROW_HEAD, WIDE_HEAD, numbers_at, rows_at
from disclosure_search.engine.w3_lexicon import Stretch

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


_NO_DELTAS: Ints = np.empty(0, np.int64)


class Whole(NamedTuple):
    """The postings of consecutive terms; `counts` says how many each has. `deltas` are those of the positions,
    posting after posting, and empty for a field without."""

    counts: Ints
    ids: Ints
    frequencies: Ints
    deltas: Ints


class _Data(NamedTuple):
    """Where the pickle of each block begins in `source`, inflated, and how many postings it holds."""

    source: Bytes
    starts: Ints
    counts: Ints


class _Refused(Exception):  # noqa: N818 - it is no error: the blocks are another writer's
    pass


def read_whole(postings: View, terms: Stretch, *, positions: bool) -> Whole:
    """ValueError where the postings are not those that the terms promise."""
    try:
        found = _ours(postings, terms, positions=positions)
    except _Refused:
        found = _any(postings, terms, positions=positions)
    _check(found, terms)
    return found


def _check(found: Whole, terms: Stretch) -> None:
    starts = np.cumsum(found.counts) - found.counts
    infos = terms.infos
    sound = (
        len(found.ids) == len(found.frequencies) == int(found.counts.sum())
        and (found.counts == infos["documents"]).all()
        and (found.ids[starts] == infos["min_id"]).all()
        and (found.ids[starts + found.counts - 1] == infos["max_id"]).all()
        and (np.add.reduceat(found.frequencies, starts).astype(np.float32) == infos["weight"]).all()
    )
    rising = np.diff(found.ids) > 0
    rising[starts[1:] - 1] = True
    if not sound or not rising.all():
        raise ValueError("postings disagree with the term file")


def _ours(postings: View, terms: Stretch, *, positions: bool) -> Whole:
    infos = terms.infos
    inlined = infos["inlined"] != 0
    counts = infos["documents"].astype(np.int64)
    ids = np.empty(int(counts.sum()), np.int64)
    frequencies = np.ones(len(ids), np.int64)
    of_inlined = np.repeat(inlined, counts)
    few = many = _NO_DELTAS
    if inlined.any():
        found = _inlined(terms.inlined, counts[inlined], positions=positions)
        ids[of_inlined], frequencies[of_inlined], few = found
    if not inlined.all():
        data = _blocks(postings, infos[~inlined])
        read, weights, ends = _ids_and_weights(data)
        ids[~of_inlined], frequencies[~of_inlined] = read, weights
        if positions:
            many = _deltas(data, ends, weights)
    if not positions or not len(few) or not len(many):
        return Whole(counts, ids, frequencies, few if len(few) else many)
    deltas = np.empty(len(few) + len(many), np.int64)
    place = np.repeat(of_inlined, frequencies)
    deltas[place], deltas[~place] = few, many
    return Whole(counts, ids, frequencies, deltas)


def _inlined(pickles: list[bytes], counts: Ints, *, positions: bool) -> tuple[Ints, Ints, Ints]:
    sizes = np.fromiter(map(len, pickles), np.int64, len(pickles))
    found = w3_inline.read(w3_inline.Inlined(np.frombuffer(b"".join(pickles), np.uint8), sizes), counts)
    if found is None or (positions and found.deltas is None):
        raise _Refused
    return (
        found.ids,
        found.frequencies,
        found.deltas if positions and found.deltas is not None else _NO_DELTAS,
    )


def _blocks(postings: View, infos: NDArray[np.void]) -> _Data:
    """The blocks of all terms in order: their extents adjoin each other."""
    first = int(infos["offset"][0])
    last = infos[-1]
    raw = postings.get(first, int(last["offset"]) + int(last["length"]) - first)
    source = np.frombuffer(raw, np.uint8)
    begin = infos["offset"].astype(np.int64) - first
    _expect(source, begin, MAGIC)
    places = _places(source, begin + len(MAGIC), begin + infos["length"])
    narrow = source[places + NARROW_HEAD.fields["op_count"][1]] == ord("K")  # type: ignore[index]
    head = np.where(narrow, NARROW_HEAD.itemsize, WIDE_HEAD.itemsize)
    counts, widths = np.empty(len(places), np.int64), np.empty(len(places), np.int64)
    for dtype, chosen in ((NARROW_HEAD, narrow), (WIDE_HEAD, ~narrow)):
        heads = rows_at(source, places[chosen], dtype)
        if not (heads["open"] == np.void(b"\x80\x02(")).all() or not (heads["close"] == np.void(b"t.")).all():
            raise _Refused
        counts[chosen], widths[chosen] = heads["count"], heads["width"]
    length = np.abs(rows_at(source, places, np.dtype(">i4")).astype(np.int64)) + layout.LENGTH_BYTES - head
    return _inflated(raw, source, places + head, length, widths > 0, counts)


def _places(source: Bytes, begin: Ints, end: Ints) -> Ints:
    """Where each block begins. Few terms have more than one, so each turn of the loop looks at fewer."""
    of_term, found = [np.arange(len(begin))], [begin]
    term, place = of_term[0], begin
    while len(term):
        length = rows_at(source, place, np.dtype(">i4")).astype(np.int64)
        place = place + layout.LENGTH_BYTES + np.abs(length)
        if (
            (place > end[term]).any()
            or (length == 0).any()
            or (place[length < 0] != end[term[length < 0]]).any()
        ):
            raise ValueError("posting blocks do not fill their extent")
        term, place = term[length > 0], place[length > 0]
        of_term.append(term)
        found.append(place)
    # Stable, so that the blocks of a term stay in order.
    return np.concatenate(found)[np.argsort(np.concatenate(of_term), kind="stable")]


def _inflated(
    raw: bytes, source: Bytes, starts: Ints, lengths: Ints, compressed: NDArray[np.bool_], counts: Ints
) -> _Data:
    if not compressed.any():
        return _Data(source, starts, counts)
    extents = zip(starts[compressed].tolist(), lengths[compressed].tolist(), strict=True)
    inflated = [decompress(raw[start : start + length]) for start, length in extents]
    sizes = np.fromiter(map(len, inflated), np.int64, len(inflated))
    starts = starts.copy()
    starts[compressed] = len(raw) + np.cumsum(sizes) - sizes
    return _Data(np.frombuffer(b"".join((raw, *inflated)), np.uint8), starts, counts)


def _ids_and_weights(data: _Data) -> tuple[Ints, Ints, Ints]:
    """Ids and weights of all postings, and where the values of each block begin."""
    source, starts, counts = data
    _expect(source, starts, layout.OPEN)
    of_block = np.repeat(np.arange(len(counts)), counts)
    firsts = np.cumsum(counts) - counts
    ordinal = np.arange(len(of_block)) - firsts[of_block]
    later = starts + len(layout.OPEN) + 4
    width = np.where(counts > 1, _WIDTHS[source[later]], 2)
    ends = later + (counts - 1) * width
    _expect(source, ends, layout.TUPLE)
    deltas = np.empty(len(of_block), np.int64)
    deltas[firsts] = rows_at(source, starts + len(layout.OPEN), np.dtype("<u4"))
    chosen = np.flatnonzero(ordinal)
    blocks = of_block[chosen]
    widths = width[blocks]
    places = later[blocks] + (ordinal[chosen] - 1) * widths
    if not (source[places] == source[later[blocks]]).all():
        raise _Refused
    deltas[chosen] = numbers_at(source, places, widths)
    ids = np.cumsum(deltas)
    ids -= (ids[firsts] - deltas[firsts])[of_block]
    return ids, *_weights(data, ends + 1, of_block, ordinal)


def _weights(data: _Data, starts: Ints, of_block: Ints, ordinal: Ints) -> tuple[Ints, Ints]:
    source, _, counts = data
    kind = source[starts]
    ones, listed = kind == ord(layout.NONE), kind == ord(layout.MARK)
    short, long = kind == ord(layout.SHORT_BYTES), kind == ord(layout.LONG_BYTES)
    if not (ones | listed | short | long).all():
        raise _Refused
    weights = np.ones(len(of_block), np.int64)
    small = (short | long)[of_block]
    body = starts + np.where(short, 2, 5)
    weights[small] = source[(body[of_block] + ordinal)[small]]
    large = listed[of_block]
    if large.any():
        places = (starts[of_block] + 1 + 5 * ordinal)[large]
        weights[large] = numbers_at(source, places, np.full(len(places), 5))
    size = np.where(ones, 1, np.where(listed, 5 * counts + 2, np.where(short, 2, 5) + counts))
    return weights, starts + size


def _deltas(data: _Data, starts: Ints, frequencies: Ints) -> Ints:
    source, _, counts = data
    short = source[starts] == ord(layout.SHORT_BYTES)
    if not (short | (source[starts] == ord(layout.LONG_BYTES))).all():
        raise _Refused
    begin = starts + np.where(short, 2, 5)
    _expect(source, begin + counts, layout.POP + layout.MARK)
    firsts = np.cumsum(counts) - counts
    classes = source[np.repeat(begin - firsts, counts) + np.arange(len(frequencies))]
    where = layout.value_layout(classes, frequencies)
    sizes = where.header + where.length
    before = np.cumsum(sizes) - sizes
    records = np.repeat(begin + counts + 2 - before[firsts], counts) + before + where.header
    places, widths = layout.delta_places(records, where, classes, frequencies)
    if not np.isin(classes, layout.CLASSES).all():
        raise ValueError("positions of another shape")
    return numbers_at(source, places, widths)


def _any(postings: View, terms: Stretch, *, positions: bool) -> Whole:
    ids, frequencies, deltas = [], [], []
    for info in terms.term_infos():
        if info.offset < 0:
            own, weights, values = decode.inlined(info.inlined)
            found = [
                (own, weights, decode.value_positions(values, np.arange(len(own)))[1] if positions else None)
            ]
        else:
            found = [
                (
                    *decode.ids_and_weights(one),
                    decode.positions(one, np.arange(one.size))[1] if positions else None,
                )
                for one in decode.blocks(postings, info)
            ]
        for own, weights, flat in found:
            ids.append(own)
            frequencies.append(weights)
            if flat is not None:
                deltas.append(_differences(flat, weights))
    nothing = [np.empty(0, np.int64)]
    return Whole(
        terms.infos["documents"].astype(np.int64),
        np.concatenate([*ids, *nothing]),
        np.concatenate([*frequencies, *nothing]),
        np.concatenate([*deltas, *nothing]),
    )


def _differences(flat: NDArray[np.int32], counts: NDArray[np.int32]) -> Ints:
    whole = flat.astype(np.int64)
    deltas = whole - np.append(np.int64(0), whole[:-1])
    starts = np.cumsum(counts) - counts
    deltas[starts] = flat[starts]
    return deltas


_WIDTHS = np.zeros(256, np.int64)
_WIDTHS[list(layout.OPCODE_WIDTHS)] = list(layout.OPCODE_WIDTHS.values())


def _expect(source: Bytes, places: Ints, constant: bytes) -> None:
    for ordinal, byte in enumerate(constant):
        if not (source[places + ordinal] == byte).all():
            raise _Refused
