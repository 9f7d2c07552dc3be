"""Our engine over the one stream of the benchmark: its own segment writer, table of contents and evaluation.

The layout is what a search needs and no more: words with positions, three facets, the numbers that every search reads
(last day, day, tie). Two processes write a segment each.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from rows import FACETS, STREAM, Row, Source, rows
from systems import Answer

from disclosure_search.engine.base import DAY, DOC_ID, EXPIRES, FOREVER, Node, Request
from disclosure_search.engine.evaluate import search
from disclosure_search.engine.part import tie
from disclosure_search.engine.space import TIE, Space
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.engine.w3_schema import Layout, make_schema
from disclosure_search.engine.w3_toc import Toc, read_toc, write_toc
from disclosure_search.engine.w3_write import SegmentWriter, with_deletions

LAYOUT = Layout(unique=DOC_ID, grams=(STREAM,), keywords=FACETS, days=(EXPIRES, DAY), columns=(TIE,))
HELD_BYTES = 400 << 20  # before a segment is written, by all processes together


def build(source: Source, folder: Path, processes: int) -> None:
    folder.mkdir(parents=True)
    work = partial(_segments, source, folder, processes)
    if processes == 1:
        parts = [work(0)]
    else:
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            parts = list(pool.map(work, range(processes)))
    write_toc(folder, Toc(-1, tuple(one for part in parts for one in part), make_schema(LAYOUT)))


def _segments(source: Source, folder: Path, parts: int, part: int) -> list[Any]:
    writer = SegmentWriter(folder, LAYOUT)
    finished = []
    for row in rows(source, part, parts):
        _add(writer, row)
        if writer.held_bytes >= HELD_BYTES // parts or not writer.has_room():
            finished.append(writer.finish())
            writer = SegmentWriter(folder, LAYOUT)
    last = writer.finish()
    return finished if last is None else [*finished, last]


def _add(writer: SegmentWriter, row: Row) -> None:
    name = str(row.number)
    writer.add(
        unique=name,
        tokens=row.streams,
        keywords={facet: (value,) for facet, value in zip(FACETS, row.facets, strict=True) if value},
        numbers={EXPIRES: FOREVER, DAY: row.day, TIE: tie(name)},
        strings={},
        stored={},
    )


class Ours:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._toc = read_toc(folder)
        self._readers = {one.segment_id(): SegmentReader(folder, one) for one in self._toc.segments}
        self._space = Space(tuple(self._readers.values()))

    def prepare(self, node: Node) -> dict[bool, Request]:
        return {False: Request(node), True: Request(node, facets=FACETS)}

    def search(self, prepared: dict[bool, Request], *, facets: bool) -> Answer:
        found = search(self._space, prepared[facets])
        return Answer(found.total, [int(hit.doc_id) for hit in found.hits], found.facets)

    def update(self, changed: Iterable[tuple[Row, Row]]) -> None:
        writer = SegmentWriter(self._folder, LAYOUT)
        names = []
        for _, new in changed:
            names.append(str(new.number))
            _add(writer, new)
        kept = [self._without(segment, names) for segment in self._toc.segments]
        self._toc = write_toc(
            self._folder, Toc(self._toc.generation, (*kept, writer.finish()), self._toc.schema)
        )
        self._readers = {one.segment_id(): self._reader(one) for one in self._toc.segments}
        self._space = Space(tuple(self._readers.values()), before=self._space)

    def _reader(self, segment: Any) -> SegmentReader:
        """As the engine does it: what stays is not opened again."""
        held = self._readers.get(segment.segment_id())
        return held.as_of(segment) if held else SegmentReader(self._folder, segment)

    def _without(self, segment: Any, names: list[str]) -> Any:
        reader = self._readers[segment.segment_id()]
        found = [local for name in names if (local := reader.find(name)) is not None]
        return with_deletions(segment, found) if found else segment

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()


def open_system(folder: Path) -> Ours:
    return Ours(folder)
