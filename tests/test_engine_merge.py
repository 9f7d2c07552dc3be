"""A merge gives the segment that the writer would have made of the documents that are left."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh import index, query

from disclosure_search.engine import w3_merge
from disclosure_search.engine.w3_merge import merge, parts_of
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.engine.w3_schema import Layout, make_schema
from disclosure_search.engine.w3_toc import Toc, read_toc, write_toc
from disclosure_search.engine.w3_write import SegmentWriter, with_deletions
from disclosure_search.errors import EngineError, IndexDamagedError

LAYOUT = Layout(
    unique="doc_id",
    words=("body",),
    grams=("pairs",),
    keywords=("category",),
    numbers=("year",),
    columns=("tie",),
    strings=("key", "place"),
    stored=("note",),
)
SCORED = (*LAYOUT.words, *LAYOUT.grams)
WORDS = ["补贴", "名单", "公告", "a", "b", "2014", "经济贸易局", "𠮷", "é", "的", "政府", "信息"]
SHIFT = 2**63  # what stock Whoosh sees of a number column
Document = dict[str, Any]


def collection(seed: int, size: int, lengths: tuple[int, ...] = (0, 3, 40)) -> list[Document]:
    chance = random.Random(seed)

    def text() -> list[str]:
        rare = 3 * size
        return [
            chance.choice(WORDS) if chance.random() < 0.8 else f"r{chance.randrange(rare)}"
            for _ in range(chance.choice(lengths))
        ]

    return [
        {
            "doc_id": f"{seed}-{ordinal}",
            "body": text(),
            "pairs": text(),
            "category": chance.sample(["财政 预算", "人事", f"只有{seed}-{ordinal}"], chance.randint(0, 3)),
            "year": chance.randint(2010, 2016),
            "tie": chance.randrange(2**56),
            "key": f"键{chance.randint(0, 99)}".encode("gb18030") * chance.randint(0, 3),
            "place": bytes([seed % 256, *(ordinal.to_bytes(3, "big"))]),
            "note": "注" * chance.randint(0, 90),
        }
        for ordinal in range(size)
    ]


def write_ours(folder: Path, documents: list[Document]) -> Any:
    writer = SegmentWriter(folder, LAYOUT)
    for document in documents:
        writer.add(
            unique=document["doc_id"],
            tokens={name: document[name] for name in SCORED},
            keywords={name: document[name] for name in LAYOUT.keywords},
            numbers={name: document[name] for name in (*LAYOUT.numbers, *LAYOUT.columns)},
            strings={name: document[name] for name in LAYOUT.strings},
            stored={name: document[name] for name in LAYOUT.stored},
        )
    return writer.finish()


def write_stock(folder: Path, documents: list[Document]) -> Any:
    built = (
        index.open_dir(str(folder)) if read_any(folder) else index.create_in(str(folder), make_schema(LAYOUT))
    )
    writer = built.writer()
    for document in documents:
        writer.add_document(**{**document, "tie": document["tie"] + SHIFT})
    writer.commit(merge=False)
    return read_toc(folder).segments[-1]


def read_any(folder: Path) -> bool:
    return index.exists_in(str(folder))


def merged(folder: Path, segments: list[Any], **options: Any) -> Any:
    readers = [SegmentReader(folder, segment) for segment in segments]
    made = merge(folder, parts_of(readers), LAYOUT, **options)
    for reader in readers:
        reader.close()
    write_toc(folder, Toc(0, (made,) if made else (), make_schema(LAYOUT)))
    return made


INFO = ("weight", "doc_frequency", "min_length", "max_length", "max_weight", "min_id", "max_id")


def everything_in(folder: Path) -> Iterator[tuple[object, ...]]:
    """All that stock Whoosh reads of an index of one segment."""
    with index.open_dir(str(folder)).reader() as reader:
        yield ("lengths", *(reader.field_length(field) for field in SCORED))
        for field, term in reader.all_terms():
            info = reader.term_info(field, term)
            yield (field, term, *(getattr(info, name)() or 0 for name in INFO))
            matcher = reader.postings(field, term)
            while matcher.is_active():
                value = None
                if field in SCORED:
                    value = matcher.value_as("positions" if field in LAYOUT.grams else "frequency")
                yield field, term, matcher.id(), matcher.weight(), value
                matcher.next()
        for ordinal in range(reader.doc_count_all()):
            yield ordinal, reader.stored_fields(ordinal)
            yield ordinal, [reader.doc_field_length(ordinal, field) for field in SCORED]
        for field in (*LAYOUT.numbers, *LAYOUT.columns, *LAYOUT.strings):
            yield field, list(reader.column_reader(field))


def assert_same(folder: Path, expected: list[Document], other: Path) -> None:
    other.mkdir()
    write_toc(other, Toc(0, (write_ours(other, expected),), make_schema(LAYOUT)))
    for one, two in zip(everything_in(folder), everything_in(other), strict=True):
        assert one == two
    assert SegmentReader(folder, read_toc(folder).segments[0]).verify() == []


PARTS = {
    "two": [(1, 200, (0, 3, 40)), (2, 150, (0, 3, 300))],
    "one": [(1, 300, (0, 3, 40))],
    "many small": [(seed, 1 + seed % 4, (0, 3, 40)) for seed in range(12)],
    "many documents": [(1, 5000, (0, 3, 12)), (2, 2300, (0, 5))],
    "very long": [(1, 4, (1, 70_000)), (2, 5, (1, 70_000))],
    "nothing but ids": [(1, 30, (0,)), (2, 30, (0,))],
}


@pytest.mark.parametrize("write", [write_ours, write_stock], ids=["ours", "stock"])
@pytest.mark.parametrize("share", [0.0, 0.3], ids=["none deleted", "some deleted"])
@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_a_merge_is_what_the_writer_makes_of_what_is_left(
    tmp_path: Path, parts: list[tuple[int, int, tuple[int, ...]]], share: float, write: Any
) -> None:
    chance = random.Random(5)
    folder = tmp_path / "merged"
    folder.mkdir()
    segments, left = [], []
    for part in parts:
        documents = collection(*part)
        deleted = [at for at in range(len(documents)) if chance.random() < share]
        segments.append(with_deletions(write(folder, documents), deleted))
        left += [document for at, document in enumerate(documents) if at not in deleted]
    merged(folder, segments)
    assert_same(folder, left, tmp_path / "expected")


def test_segments_of_both_writers_merge_together_and_again(tmp_path: Path) -> None:
    folder = tmp_path / "merged"
    folder.mkdir()
    first, second, third = (collection(seed, 80) for seed in (1, 2, 3))
    stock = write_stock(folder, first)
    once = merged(folder, [stock, with_deletions(write_ours(folder, second), range(0, 80, 3))])
    merged(folder, [with_deletions(once, [0, 79]), write_ours(folder, third)])
    left = [*first, *(one for at, one in enumerate(second) if at % 3)]
    del left[79], left[0]
    assert_same(folder, [*left, *third], tmp_path / "expected")


def test_small_windows_and_chunks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(w3_merge, "WINDOW", 3)
    monkeypatch.setattr(w3_merge, "CHUNK_TOKENS", 7)
    monkeypatch.setattr(w3_merge, "COPIED", 10)
    folder = tmp_path / "merged"
    folder.mkdir()
    parts = [collection(seed, 40) for seed in (1, 2, 3)]
    segments = [with_deletions(write_ours(folder, part), [3, 4, 39]) for part in parts]
    merged(folder, segments)
    left = [one for part in parts for at, one in enumerate(part) if at not in {3, 4, 39}]
    assert_same(folder, left, tmp_path / "expected")


def test_stock_whoosh_updates_and_merges_what_we_merged(tmp_path: Path) -> None:
    first, second = collection(1, 100), collection(2, 100)
    merged(tmp_path, [write_ours(tmp_path, first), write_ours(tmp_path, second)])
    writer = index.open_dir(str(tmp_path)).writer()
    writer.update_document(**{**first[5], "body": ["改"], "tie": SHIFT})
    writer.delete_by_term("doc_id", second[3]["doc_id"])
    writer.commit(optimize=True)
    reader = SegmentReader(tmp_path, read_toc(tmp_path).segments[0])
    assert reader.document_count == 199
    assert reader.verify() == []
    with index.open_dir(str(tmp_path)).searcher() as searcher:
        assert [hit["doc_id"] for hit in searcher.search(query.Term("body", "改"))] == [first[5]["doc_id"]]


def test_a_replaced_column_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    documents = collection(1, 20)
    segment = with_deletions(write_ours(tmp_path, documents), [0])
    rows = np.arange(19 * 6, dtype=np.uint8).reshape(19, 6)
    made = merged(tmp_path, [segment], replaced={"place": rows})
    reader = SegmentReader(tmp_path, made)
    assert reader.strings("place") == [bytes(row) for row in rows]
    assert reader.strings("key") == [document["key"] for document in documents[1:]]


def test_nothing_is_left_of_segments_without_living_documents(tmp_path: Path) -> None:
    segment = with_deletions(write_ours(tmp_path, collection(1, 3)), range(3))
    before = sorted(tmp_path.iterdir())
    assert merge(tmp_path, parts_of([SegmentReader(tmp_path, segment)]), LAYOUT) is None
    assert sorted(tmp_path.iterdir()) == before


def test_more_documents_than_a_segment_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(w3_merge, "MAX_DOCUMENTS", 3)
    readers = [SegmentReader(tmp_path, write_ours(tmp_path, collection(seed, 2))) for seed in (1, 2)]
    with pytest.raises(EngineError, match="merge fewer"):
        merge(tmp_path, parts_of(readers), LAYOUT)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_segment_is_named_or_merged_unharmed(tmp_path: Path) -> None:
    documents = collection(1, 60)
    segment = write_ours(tmp_path, documents)
    path = tmp_path / f"{segment.segment_id()}.seg"
    sound = path.read_bytes()
    chance = random.Random(3)
    named = 0
    for _ in range(150):
        data = bytearray(sound)
        data[chance.randrange(12, len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        try:
            made = merge(tmp_path, parts_of([SegmentReader(tmp_path, segment)]), LAYOUT)
        except IndexDamagedError as error:
            assert segment.segment_id() in str(error)  # noqa: PT017
            named += 1
        else:
            assert made is not None
    assert named > 50
    assert len([one for one in tmp_path.iterdir() if one.suffix == ".seg"]) == 151 - named
