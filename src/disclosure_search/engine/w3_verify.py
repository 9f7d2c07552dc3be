"""Looks at every posting of a segment and compares every count with another one that must agree."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine import w3_decode as decode
from disclosure_search.engine.w3_compound import View
from disclosure_search.engine.w3_lexicon import Lexicon, TermInfo
from disclosure_search.engine.w3_pickle import RefusedPickleError

DAMAGE = (RefusedPickleError, zlib.error, struct.error, ValueError, LookupError, OverflowError)
"""What decoding raises on bytes that no writer wrote. TypeError is left out: it is our caller's mistake."""
MOST_PROBLEMS = 100

Ids = NDArray[np.int32]


def term_problems(
    lexicon: Lexicon, postings: View, document_count: int, totals: Mapping[str, tuple[int, int]]
) -> Iterator[str]:
    """`totals` are those of the lengths of each scored field: as the segment counts, and of the rounded ones.

    At most 100 of each kind: one broken byte in a directory can break every term."""
    yield from islice(lexicon.problems(), MOST_PROBLEMS)
    counted = 0
    for field in lexicon.fields:
        found = _field_problems(field, lexicon, postings, document_count, totals.get(field))
        yield from islice(found, MOST_PROBLEMS)
        counted += sum(1 for _ in lexicon.items(field))
    if counted != len(lexicon):
        yield f"{len(lexicon)} terms, but {counted} in its fields"


def _field_problems(
    field: str, lexicon: Lexicon, postings: View, document_count: int, totals: tuple[int, int] | None
) -> Iterator[str]:
    length = 0
    for term, info in lexicon.items(field):
        try:
            ids, frequencies, with_positions = _decode(info, postings)
        except DAMAGE as error:
            yield f"{field}:{term!r}: {error}"
            continue
        length += int(frequencies.sum())
        wrong = _disagreement(info, ids, frequencies, document_count)
        if wrong is None and with_positions is not None and not np.array_equal(with_positions, frequencies):
            wrong = "positions and frequencies disagree"
        if wrong is not None:
            yield f"{field}:{term!r}: {wrong}"
    if totals is not None:
        # A merge by stock Whoosh adds rounded lengths, so the count may lie anywhere between the two.
        total, rounded = totals
        if not min(length, rounded) <= total <= max(length, rounded):
            yield f"{field}: {length} tokens in postings, {total} by its own count"


def _decode(info: TermInfo, postings: View) -> tuple[Ids, Ids, NDArray[np.int64] | None]:
    """Ids, frequencies and how many positions each posting has, if the field has any."""
    if info.offset < 0:
        ids, frequencies, values = decode.inlined(info.inlined)
        held = decode.have_positions(values)
        return ids, frequencies, decode.value_positions(values, np.arange(len(ids)))[0] if held else None
    blocks = list(decode.blocks(postings, info))
    parts = [decode.ids_and_weights(block) for block in blocks]
    counts = [
        decode.positions(block, np.arange(block.size))[0] for block in blocks if decode.has_positions(block)
    ]
    return (
        np.concatenate([ids for ids, _ in parts]),
        np.concatenate([frequencies for _, frequencies in parts]),
        np.concatenate(counts) if counts else None,
    )


def _disagreement(info: TermInfo, ids: Ids, frequencies: Ids, document_count: int) -> str | None:
    if len(ids) != info.documents:
        return f"{len(ids)} postings, {info.documents} by its own count"
    if (np.diff(ids) <= 0).any() or ids[0] < 0 or ids[-1] >= document_count:
        return "documents out of order, or not in this segment"
    if (int(ids[0]), int(ids[-1])) != (info.min_id, info.max_id):
        return "first and last document disagree"
    if np.float32(frequencies.sum()) != np.float32(info.weight) or frequencies.max() != info.max_weight:
        return "frequencies disagree"
    return None
