"""Segments brought together within a commit, and their texts with them: few are there, and little of what is deleted.

Nothing that a reader may have open is changed: a merge writes a new segment and a new file of texts, and the commit
names these instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.mapped import MappedFile
from disclosure_search.engine.part import LAYOUT, PLACE, Written
from disclosure_search.engine.texts import PLACE_ROW, TextWriter
from disclosure_search.engine.tiers import Size, to_merge
from disclosure_search.engine.w3_merge import Part, merge, parts_of
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.errors import IndexDamagedError


class Source(NamedTuple):
    """How the files of a segment are opened: against the seal of the commit before, or as this one wrote them."""

    reader: Callable[[Any], SegmentReader]
    texts: Callable[[str], MappedFile]


def brought_together(folder: Path, held: Sequence[Written], source: Source) -> list[Written]:
    """What to commit instead of `held`, in the same order: a merged one stands where its first part stood."""
    groups = to_merge([_size(folder, one.segment) for one in held])
    place = {index: group for group in groups for index in group}
    result = []
    for index, one in enumerate(held):
        group = place.get(index)
        if group is None:
            if one.segment.doc_count():
                result.append(one)
        elif index == group[0]:
            result.append(_merged(folder, [held[other] for other in group], source))
    return result


def _size(folder: Path, segment: Any) -> Size:
    size = (folder / f"{segment.segment_id()}.seg").stat().st_size
    documents = segment.doc_count_all()
    return Size(documents, documents - segment.doc_count(), size)


def _merged(folder: Path, group: Sequence[Written], source: Source) -> Written:
    readers = [source.reader(one.segment) for one in group]
    texts = TextWriter(folder)
    try:
        parts = parts_of(readers)
        pairs = zip(parts, group, strict=True)
        moved = np.concatenate([_moved(texts, part, source.texts(one.texts)) for part, one in pairs])
        texts.seal()
        rows = moved.view(np.uint8).reshape(len(moved), PLACE_ROW.itemsize)
        return Written(merge(folder, parts, LAYOUT, {PLACE: rows}), texts.path.name)
    except BaseException:
        texts.abort()
        raise
    finally:
        for reader in readers:
            reader.close()


def _moved(texts: TextWriter, part: Part, source: MappedFile) -> NDArray[np.void]:
    try:
        return texts.copy(source, places(part.reader)[part.kept])
    finally:
        source.close()


def places(reader: SegmentReader) -> NDArray[np.void]:
    column, lengths = reader.rows(PLACE)
    if column is None or not (lengths == PLACE_ROW.itemsize).all():
        raise IndexDamagedError(str(reader.path), "documents without a place")
    return np.frombuffer(column.get(0, int(lengths.sum())), PLACE_ROW)
