"""What we write equals what stock Whoosh writes, and we read both alike."""

from __future__ import annotations

import random
import resource
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh import index, query

from disclosure_search.engine.w3_read import LENGTHS, SegmentReader
from disclosure_search.engine.w3_schema import Layout, make_schema
from disclosure_search.engine.w3_toc import Toc, read_toc, write_toc
from disclosure_search.engine.w3_write import SegmentWriter, with_deletions
from disclosure_search.errors import EngineError

LAYOUT = Layout(
    unique="doc_id",
    words=("body", "title"),
    grams=("pairs",),
    keywords=("category",),
    numbers=("year", "published"),
    strings=("title_key",),
    stored=("place", "note"),
)
SCORED = (*LAYOUT.words, *LAYOUT.grams)
WORDS = ["补贴", "名单", "公告", "a", "b", "B", "2014", "经济贸易局", "𠮷", "é", "x-y", "的", "政府", "信息"]
Document = dict[str, Any]
LENGTHS_OF_FIELDS = {"short": (0, 1, 3, 12), "long": (0, 2, 40, 700), "very long": (1, 70_000)}


def collection(seed: int, size: int, lengths: tuple[int, ...]) -> list[Document]:
    """Few words and many collisions: that is where writers disagree."""
    chance = random.Random(seed)
    rare = [f"r{number}" for number in range(3 * size)]

    def text() -> list[str]:
        return [
            chance.choice(WORDS) if chance.random() < 0.9 else chance.choice(rare)
            for _ in range(chance.choice(lengths))
        ]

    return [
        {
            "doc_id": f"{seed}-{ordinal}",
            "body": text(),
            "title": text()[:20],
            "pairs": text(),
            "category": chance.sample(["财政 预算", "人事", f"只有{ordinal}"], chance.randint(0, 3)),
            "year": chance.randint(2010, 2016),
            "published": chance.choice([0, -1, 735_000 + ordinal, 2**40, -(2**63)]),
            "title_key": f"键{chance.randint(0, 99)}".encode("gb18030") * chance.randint(0, 3),
            "place": (ordinal, "页", chance.random() < 0.5),
            "note": "注" * chance.randint(0, 400),
        }
        for ordinal in range(size)
    ]


def add(writer: SegmentWriter, document: Document) -> None:
    writer.add(
        unique=document["doc_id"],
        tokens={name: document[name] for name in SCORED},
        keywords={name: document[name] for name in LAYOUT.keywords},
        numbers={name: document[name] for name in LAYOUT.numbers},
        strings={name: document[name] for name in LAYOUT.strings},
        stored={name: document[name] for name in LAYOUT.stored},
    )


def write_ours(folder: Path, *parts: list[Document]) -> Path:
    """One segment for each part."""
    segments = []
    for part in parts:
        writer = SegmentWriter(folder, LAYOUT)
        for document in part:
            add(writer, document)
        segments.append(writer.finish())
    write_toc(folder, Toc(0, tuple(segments), make_schema(LAYOUT)))
    return folder


def write_stock(folder: Path, *parts: list[Document]) -> Path:
    built = index.create_in(str(folder), make_schema(LAYOUT))
    for part in parts:
        writer = built.writer()
        for document in part:
            writer.add_document(**document)
        writer.commit(merge=False)
    return folder


@pytest.fixture(scope="module", params=LENGTHS_OF_FIELDS)
def documents(request: pytest.FixtureRequest) -> list[Document]:
    size = {"short": 5000, "long": 300, "very long": 6}[request.param]
    return collection(len(request.param), size, LENGTHS_OF_FIELDS[request.param])


@pytest.fixture(scope="module", params=[write_ours, write_stock], ids=["ours", "stock"])
def written(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, documents: list[Document]
) -> Path:
    folder: Path = request.param(tmp_path_factory.mktemp("written"), documents)
    return folder


def reader_of(folder: Path, segment: int = 0) -> SegmentReader:
    return SegmentReader(folder, read_toc(folder).segments[segment])


def expected_postings(documents: list[Document], field: str) -> dict[str, list[tuple[int, list[int]]]]:
    """By brute force: term → (document, positions)."""
    found: dict[str, list[tuple[int, list[int]]]] = {}
    for ordinal, document in enumerate(documents):
        of_document: dict[str, list[int]] = {}
        for position, token in enumerate(document[field]):
            of_document.setdefault(token, []).append(position)
        for token, positions in of_document.items():
            found.setdefault(token, []).append((ordinal, positions))
    return found


def test_postings_read_are_those_of_a_brute_force_count(written: Path, documents: list[Document]) -> None:
    reader = reader_of(written)
    for field in SCORED:
        expected = expected_postings(documents, field)
        assert reader.terms(field) == sorted(
            ((term, len(postings)) for term, postings in expected.items()), key=lambda item: item[0].encode()
        )
        for term, postings in expected.items():
            found = reader.postings(field, term)
            assert found is not None
            assert found.ids.tolist() == [ordinal for ordinal, _ in postings]
            assert found.frequencies.tolist() == [len(positions) for _, positions in postings]


def test_positions_read_are_those_of_a_brute_force_count(written: Path, documents: list[Document]) -> None:
    reader = reader_of(written)
    for term, postings in expected_postings(documents, "pairs").items():
        starts, flat = reader.positions("pairs", term)
        assert np.diff(starts).tolist() == [len(positions) for _, positions in postings]
        assert flat.tolist() == [position for _, positions in postings for position in positions]


@pytest.mark.parametrize("step", [2, 7, 3000])
def test_positions_of_some_postings_are_those_of_all_at_these_places(
    written: Path, documents: list[Document], step: int
) -> None:
    reader = reader_of(written)
    for term, postings in expected_postings(documents, "pairs").items():
        at = np.arange(1, len(postings), step)
        starts, flat = reader.positions("pairs", term, at)
        assert len(starts) == len(at) + 1
        assert flat.tolist() == [position for _, positions in postings[1::step] for position in positions]


DAYS = Layout(unique="doc_id", grams=("pairs",), days=("issued",), columns=("tie",), digests=("title",))


def test_days_take_half_the_bytes_and_what_is_asked_only_whole_is_found_by_its_digest(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, DAYS)
    days = [0, 735_000, -(2**31), 2**31 - 1]
    for ordinal, day in enumerate(days):
        titles = [f"题{ordinal // 2}", f"题{ordinal // 2}", f"只有{ordinal}"][: 3 * (ordinal < 3)]
        numbers = {"issued": day, "tie": 2**40}
        writer.add(
            unique=str(ordinal), tokens={}, keywords={"title": titles}, numbers=numbers, strings={}, stored={}
        )
    write_toc(tmp_path, Toc(0, (writer.finish(),), make_schema(DAYS)))
    reader = reader_of(tmp_path)
    assert (reader.numbers("issued").tolist(), reader.numbers("tie").tolist()) == (days, [2**40] * 4)
    for value, bearers in {"题0": [0, 1], "题1": [2], "只有1": [1]}.items():
        found = reader.postings("title", value)
        assert found is not None
        assert found.ids.tolist() == bearers
    assert reader.postings("title", "没有") is None
    assert reader.verify() == []
    with index.open_dir(str(tmp_path)).searcher() as stock:
        assert list(stock.reader().column_reader("issued")) == days
        ranged = stock.search(query.NumericRange("issued", 0, 735_000), limit=None)
        assert sorted(hit["doc_id"] for hit in ranged) == ["0", "1"]


@pytest.mark.parametrize("documents_of_term", range(1, 12))
@pytest.mark.parametrize("frequency", [1, 2, 46, 48, 49, 300])
def test_terms_of_few_documents_read_the_same_by_us_and_by_stock_whoosh(
    tmp_path: Path, documents_of_term: int, frequency: int
) -> None:
    """Around the limits of what stands in the term file, with positions that end with what ends a pickle."""
    writer = SegmentWriter(tmp_path, LAYOUT)
    texts = [[f"w{at}" for at in range(40 * ordinal)] for ordinal in range(documents_of_term)]
    for ordinal, text in enumerate(texts):
        text[min(46, len(text)) : min(46, len(text))] = ["题"] * (frequency if ordinal % 2 else 1)
        changed = {**collection(1, 1, (3,))[0], "doc_id": str(ordinal), "pairs": text, "body": text}
        add(writer, changed)
    write_toc(tmp_path, Toc(0, (writer.finish(),), make_schema(LAYOUT)))
    reader = reader_of(tmp_path)
    expected = [[at for at, token in enumerate(text) if token == "题"] for text in texts]
    starts, flat = reader.positions("pairs", "题")
    assert np.split(flat, starts[1:-1])[-1].tolist() == expected[-1]
    assert flat.tolist() == [at for positions in expected for at in positions]
    assert reader.verify() == []
    every = reader.starting("pairs", "题")
    assert every.frequencies.tolist() == [len(positions) for positions in expected]
    with index.open_dir(str(tmp_path)).reader() as stock:
        matcher = stock.postings("pairs", "题")
        for positions in expected:
            assert (matcher.value_as("positions"), matcher.weight()) == (positions, len(positions))
            matcher.next()
        assert not matcher.is_active()


def test_keywords_and_ids_are_found_whole(written: Path, documents: list[Document]) -> None:
    reader = reader_of(written)
    expected = expected_postings(documents, "category")
    assert {term for term, _ in reader.terms("category")} == set(expected)
    for term, postings in expected.items():
        found = reader.postings("category", term)
        assert found is not None
        assert found.ids.tolist() == [ordinal for ordinal, _ in postings]
    for ordinal in range(0, len(documents), 97):
        assert reader.find(documents[ordinal]["doc_id"]) == ordinal


def test_columns_and_stored_fields_come_back(written: Path, documents: list[Document]) -> None:
    reader = reader_of(written)
    for field in LAYOUT.numbers:
        assert reader.numbers(field).tolist() == [document[field] for document in documents]
    assert reader.strings("title_key") == [document["title_key"] for document in documents]
    assert reader.strings("doc_id") == [document["doc_id"].encode() for document in documents]
    for ordinal in range(0, len(documents), 61):
        expected = {name: documents[ordinal][name] for name in LAYOUT.stored}
        assert reader.stored(ordinal) == expected


def test_lengths_are_those_of_the_documents_rounded(written: Path, documents: list[Document]) -> None:
    reader = reader_of(written)
    for field in SCORED:
        lengths = np.array([len(document[field]) for document in documents])
        decoded = LENGTHS[reader.length_bytes(field)]
        assert reader.total_length(field) == lengths.sum()
        assert (decoded >= lengths).all()
        assert (decoded <= np.ceil(lengths * 1.08) + 1).all()


def test_a_sound_segment_has_no_problems(written: Path) -> None:
    assert reader_of(written).verify() == []


def test_prefixes_and_limits_cut_the_list_of_terms(written: Path) -> None:
    reader = reader_of(written)
    everything = reader.terms("body")
    assert reader.terms("body", "r1") == [item for item in everything if item[0].startswith("r1")]
    assert reader.terms("body", limit=3) == everything[:3]
    assert reader.terms("body", "没有") == []
    assert reader.terms("no field") == []


def test_what_is_not_there_is_none(written: Path) -> None:
    reader = reader_of(written)
    assert reader.postings("body", "没有") is None
    assert reader.postings("no field", "a") is None
    assert reader.find("no document") is None
    starts, flat = reader.positions("pairs", "没有")
    assert (starts.tolist(), flat.tolist()) == ([0], [])


def test_positions_of_a_field_without_positions_are_a_mistake_of_the_caller(written: Path) -> None:
    with pytest.raises(TypeError, match="positions"):
        reader_of(written).positions("body", "a")


INFO = ("weight", "doc_frequency", "min_length", "max_length", "max_weight", "min_id", "max_id")


def everything_in(folder: Path) -> Iterator[tuple[object, ...]]:
    """All that stock Whoosh reads of an index of one segment."""
    with index.open_dir(str(folder)).reader() as reader:
        for field, term in reader.all_terms():
            info = reader.term_info(field, term)
            # For the shortest length of an unscored field stock says 0 or None, as it was kept.
            yield (field, term, *(getattr(info, name)() or 0 for name in INFO))
            matcher = reader.postings(field, term)
            while matcher.is_active():
                value = None
                if field in LAYOUT.grams:
                    value = matcher.value_as("positions")
                elif field in LAYOUT.words:
                    value = matcher.value_as("frequency")
                yield field, term, matcher.id(), matcher.weight(), value
                matcher.next()
        for ordinal in range(reader.doc_count_all()):
            yield ordinal, reader.stored_fields(ordinal)
            yield ordinal, [reader.doc_field_length(ordinal, field) for field in SCORED]
        for field in (*LAYOUT.numbers, *LAYOUT.strings):
            yield field, list(reader.column_reader(field))


def test_stock_whoosh_reads_the_same_from_our_index_as_from_its_own(
    tmp_path: Path, documents: list[Document]
) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "stock").mkdir()
    ours = everything_in(write_ours(tmp_path / "ours", documents))
    stock = everything_in(write_stock(tmp_path / "stock", documents))
    for one, other in zip(ours, stock, strict=True):
        assert one == other


def queries(chance: random.Random) -> Iterator[query.Query]:
    for _ in range(60):
        field = chance.choice(["body", "pairs", "title"])
        terms = [query.Term(field, chance.choice(WORDS)) for _ in range(chance.randint(1, 4))]
        yield chance.choice([query.And, query.Or])(terms)
        yield query.Phrase("pairs", [chance.choice(WORDS) for _ in range(chance.randint(2, 3))])
        yield query.And([terms[0], query.NumericRange("year", chance.randint(2010, 2013), 2014)])
        yield query.And([terms[0], query.Term("category", "财政 预算")])
        yield query.Prefix("body", chance.choice(["r", "r1", "补"]))


def test_stock_whoosh_ranks_our_index_like_its_own(tmp_path: Path) -> None:
    parts = [collection(seed, 150, (0, 3, 40)) for seed in (1, 2, 3)]
    (tmp_path / "ours").mkdir()
    (tmp_path / "stock").mkdir()
    ours = index.open_dir(str(write_ours(tmp_path / "ours", *parts)))
    stock = index.open_dir(str(write_stock(tmp_path / "stock", *parts)))
    with ours.searcher() as one, stock.searcher() as other:
        for asked in queries(random.Random(7)):
            found, expected = one.search(asked, limit=None), other.search(asked, limit=None)
            assert found.top_n == expected.top_n, asked
            top = one.search(asked, limit=5)
            assert top.top_n == found.top_n[:5], asked


def test_words_of_the_query_parser_are_left_as_they_are(tmp_path: Path) -> None:
    from whoosh.qparser import QueryParser

    folder = write_ours(tmp_path, [{**collection(1, 1, (0,))[0], "body": ["补贴", "B", "x-y"]}])
    built = index.open_dir(str(folder))
    with built.searcher() as searcher:
        for text, total in [("补贴 B", 1), ("b", 0), ("x-y", 1), ("year:[2010 to 2016]", 1)]:
            assert searcher.search(QueryParser("body", built.schema).parse(text)).estimated_length() >= total
            assert len(searcher.search(QueryParser("body", built.schema).parse(text))) == total, text


def rows_of(folder: Path) -> dict[str, dict[str, Any]]:
    """The living documents as stock Whoosh sees them, with their postings."""
    with index.open_dir(str(folder)).searcher() as searcher:
        reader = searcher.reader()
        ids = reader.column_reader("doc_id")
        rows = {ids[at]: dict(reader.stored_fields(at)) for at in reader.all_doc_ids()}
        for word in WORDS:
            for hit in searcher.search(query.Term("pairs", word), limit=None):
                rows[hit["doc_id"]].setdefault("pairs", []).append(word)
        return rows


def test_stock_whoosh_updates_deletes_and_merges_our_segments(tmp_path: Path) -> None:
    first, second = collection(1, 200, (0, 3, 40)), collection(2, 150, (0, 3, 300))
    folder = write_ours(tmp_path, first, second)
    changed = [{**document, "body": ["改"], "year": 1999, "note": "改"} for document in first[::5]]
    writer = index.open_dir(str(folder)).writer()
    for document in changed:
        writer.update_document(**document)
    writer.delete_by_term("doc_id", second[3]["doc_id"])
    writer.commit(merge=False)
    toc = read_toc(folder)
    assert [len(SegmentReader(folder, segment).deleted) for segment in toc.segments] == [40, 1, 0]
    index.open_dir(str(folder)).optimize()

    toc = read_toc(folder)
    assert len(toc.segments) == 1
    reader = reader_of(folder)
    assert reader.verify() == []
    # Stock merges keep the order of segments and of documents in them, the new segment first or last.
    by_id = {document["doc_id"]: document for document in [*first, *second, *changed]}
    del by_id[second[3]["doc_id"]]
    order = [by_id[doc_id.decode()] for doc_id in reader.strings("doc_id")]
    assert len(order) == len(by_id)
    for term, postings in expected_postings(order, "pairs").items():
        _, flat = reader.positions("pairs", term)
        assert flat.tolist() == [position for _, positions in postings for position in positions]
    assert reader.numbers("year").tolist() == [document["year"] for document in order]
    assert reader.strings("title_key") == [document["title_key"] for document in order]
    found = reader.postings("body", "改")
    assert found is not None
    assert len(found.ids) == len(changed)


def test_our_segment_stands_beside_stock_segments(tmp_path: Path) -> None:
    first, second = collection(1, 100, (0, 3, 40)), collection(2, 50, (3, 40))
    folder = write_stock(tmp_path, first)
    toc = read_toc(folder)
    writer = SegmentWriter(folder, LAYOUT)
    for document in second:
        add(writer, document)
    removed = [3, 5, 98]
    write_toc(
        folder, Toc(toc.generation, (with_deletions(toc.segments[0], removed), writer.finish()), toc.schema)
    )
    expected = {document["doc_id"] for document in [*first, *second]} - {first[n]["doc_id"] for n in removed}
    assert set(rows_of(folder)) == expected
    assert reader_of(folder).deleted.tolist() == removed
    assert reader_of(folder, 1).deleted.tolist() == []
    index.open_dir(str(folder)).optimize()
    assert set(rows_of(folder)) == expected
    assert reader_of(folder).verify() == []


def test_deletions_make_a_new_segment_value(tmp_path: Path) -> None:
    segment = read_toc(write_ours(tmp_path, collection(1, 10, (3,)))).segments[0]
    once = with_deletions(segment, [1])
    twice = with_deletions(once, [2])
    assert [sorted(one.deleted_docs()) for one in (segment, once, twice)] == [[], [1], [1, 2]]
    with pytest.raises(ValueError, match="ordinals"):
        with_deletions(segment, [10])


def test_a_unique_value_that_was_deleted_and_written_again_is_found_alive(tmp_path: Path) -> None:
    document = collection(1, 1, (3,))[0]
    folder = write_ours(tmp_path, [document, {**document, "year": 1}, {**document, "year": 2}])
    toc = read_toc(folder)
    assert SegmentReader(folder, toc.segments[0]).find(document["doc_id"]) == 2
    assert SegmentReader(folder, with_deletions(toc.segments[0], [2])).find(document["doc_id"]) == 1
    assert SegmentReader(folder, with_deletions(toc.segments[0], [0, 1, 2])).find(document["doc_id"]) == 2


def test_a_writer_without_documents_makes_no_segment(tmp_path: Path) -> None:
    assert SegmentWriter(tmp_path, LAYOUT).finish() is None
    writer = SegmentWriter(tmp_path, LAYOUT)
    add(writer, collection(1, 1, (3,))[0])
    writer.abort()
    assert writer.finish() is None
    assert list(tmp_path.iterdir()) == []


def test_token_and_document_counts_are_those_added(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, LAYOUT)
    documents = collection(3, 20, (0, 3, 40))
    for document in documents:
        add(writer, document)
    assert writer.document_count == 20
    assert writer.token_count == sum(len(d[name]) for d in documents for name in ("body", "title", "pairs"))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"title_key": b"x" * 193}, ValueError),
        ({"year": 2**63 - 1}, ValueError),
        ({"year": -(2**63) - 1}, ValueError),
        ({"body": ["a"] * (2**23 + 1)}, EngineError),
    ],
    ids=["a sort key too long", "the number that means none", "a number too small", "too many tokens"],
)
def test_a_refused_document_leaves_the_writer_as_it_was(
    tmp_path: Path, change: Document, error: type[Exception]
) -> None:
    good = collection(1, 3, (3, 40))
    writer = SegmentWriter(tmp_path, LAYOUT)
    add(writer, good[0])
    with pytest.raises(error):
        add(writer, {**good[1], **change})
    add(writer, good[2])
    write_toc(tmp_path, Toc(0, (writer.finish(),), make_schema(LAYOUT)))
    reader = reader_of(tmp_path)
    assert reader.strings("doc_id") == [good[at]["doc_id"].encode() for at in (0, 2)]
    assert reader.verify() == []


def test_a_segment_finished_at_the_second_try_holds_what_came_after_the_first(tmp_path: Path) -> None:
    documents = collection(1, 40, (3, 40))
    writer = SegmentWriter(tmp_path, LAYOUT)
    for one in documents[:20]:
        add(writer, one)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            writer.finish()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    for one in documents[20:]:
        add(writer, one)
    write_toc(tmp_path, Toc(0, (writer.finish(),), make_schema(LAYOUT)))
    reader = reader_of(tmp_path)
    assert reader.verify() == []
    for field in SCORED:
        expected = {token for one in documents for token in one[field]}
        assert {term for term, _ in reader.terms(field)} == expected


def test_half_a_surrogate_pair_does_not_lose_the_segment(tmp_path: Path) -> None:
    document = {**collection(1, 1, (3,))[0], "body": ["\ud800", "a", "\\ud800"], "category": ["\udfff"]}
    reader = reader_of(write_ours(tmp_path, [document]))
    found = reader.postings("body", "\ud800")
    assert found is not None
    assert found.frequencies.tolist() == [2]
    assert reader.verify() == []


PLACES = {
    "one byte": [0],
    "the last of one byte": [255],
    "a wide first one": [256, 300, 400],
    "the last of two bytes": [65_535],
    "a wide later one": [3, 70_000],
    "wide ones only": [1000, 2000, 66_000],
    "four bytes": [65_536],
    "a full stop as a difference": [46, 92],
    "more than a byte counts": list(range(300)),
    "more than a byte counts, wide": list(range(0, 90_000, 257)),
}


def test_positions_of_every_width_come_back_and_stock_whoosh_reads_them(tmp_path: Path) -> None:
    documents = []
    for places in PLACES.values():
        tokens = ["的"] * (places[-1] + 1)
        for place in places:
            tokens[place] = "标"
        documents.append({**collection(1, 1, (3,))[0], "pairs": tokens})
    folder = write_ours(tmp_path, documents)
    starts, flat = reader_of(folder).positions("pairs", "标")
    found = [flat[start:end].tolist() for start, end in pairwise(starts)]
    assert dict(zip(PLACES, found, strict=True)) == PLACES
    with index.open_dir(str(folder)).reader() as reader:
        matcher = reader.postings("pairs", "标")
        for places in PLACES.values():
            assert matcher.value_as("positions") == places
            matcher.next()
    assert reader_of(folder).verify() == []


def test_a_segment_of_many_documents_keeps_offsets_that_stock_whoosh_reads(tmp_path: Path) -> None:
    document = {**collection(1, 1, (3,))[0], "note": ""}
    count = 2**15 + 1  # from here on a column of bytes keeps where each value starts
    many = [{**document, "doc_id": f"d{n}", "title_key": b"%d" % n, "year": n} for n in range(count)]
    folder = write_ours(tmp_path, many)
    reader = reader_of(folder)
    assert reader.strings("title_key") == [b"%d" % n for n in range(count)]
    assert reader.find("d32768") == 32_768
    with index.open_dir(str(folder)).reader() as stock:
        assert list(stock.column_reader("title_key")) == reader.strings("title_key")
        assert stock.column_reader("doc_id")[32_768] == "d32768"
        assert stock.column_reader("year")[32_768] == 32_768


def test_threads_share_a_reader(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    documents = collection(1, 3000, (3, 40))
    reader = reader_of(write_ours(tmp_path, documents))
    expected = Counter(token for document in documents for token in document["pairs"])

    def total(term: str) -> int:
        return len(reader.positions("pairs", term)[1])

    words = WORDS * 20
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(total, words)) == [expected[word] for word in words]
