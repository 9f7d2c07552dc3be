"""The table of contents: generations, cleaning up, and what a crafted or damaged index can do (nothing)."""

from __future__ import annotations

import ast
import io
import os
import pickle
import random
import re
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from whoosh import index
from whoosh.fields import TEXT, Schema

import disclosure_search
from disclosure_search.engine.w3_pickle import RefusedPickleError, load_plain
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.engine.w3_schema import Layout, make_schema
from disclosure_search.engine.w3_toc import Toc, latest_generation, read_toc, write_toc
from disclosure_search.engine.w3_write import SegmentWriter
from disclosure_search.errors import IndexDamagedError, IndexMissingError, IndexOutdatedError

LAYOUT = Layout(
    "doc_id",
    words=("body",),
    grams=("pairs",),
    keywords=("category",),
    numbers=("year",),
    strings=("key",),
    stored=("note",),
)


def write_segment(folder: Path, count: int = 3) -> object:
    writer = SegmentWriter(folder, LAYOUT)
    chance = random.Random(count)
    for ordinal in range(count):
        tokens = [chance.choice("甲乙丙丁戊") for _ in range(chance.randint(0, 300))]
        writer.add(
            unique=f"d{ordinal}",
            tokens={"body": tokens, "pairs": tokens},
            keywords={"category": ["财政"]},
            numbers={"year": 2014},
            strings={"key": b"k%d" % ordinal},
            stored={"note": "注" * ordinal},
        )
    return writer.finish()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_toc(tmp_path, Toc(0, (write_segment(tmp_path),), make_schema(LAYOUT)))
    return tmp_path


def toc_path(folder: Path) -> Path:
    return folder / f"_MAIN_{latest_generation(folder)}.toc"


def test_an_empty_or_missing_folder_has_no_index(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        assert latest_generation(folder) == -1
        with pytest.raises(IndexMissingError):
            read_toc(folder)


def test_each_table_is_one_generation_further_and_the_only_one(folder: Path) -> None:
    first = read_toc(folder)
    written = write_toc(folder, first)
    assert written.generation == first.generation + 1 == latest_generation(folder)
    assert [path.name for path in folder.glob("*.toc")] == [f"_MAIN_{written.generation}.toc"]
    assert read_toc(folder).segments[0].segment_id() == first.segments[0].segment_id()
    assert index.open_dir(str(folder)).latest_generation() == written.generation


def test_files_that_no_table_names_go_and_others_stay(folder: Path) -> None:
    for name in (
        "MAIN_0123456789abcdef.seg",
        "MAIN_0123456789abcdef.words",
        "_MAIN_7.toc.1700000000.1",
        "MAIN_fedcba9876543210.seg",
        "MAIN_WRITELOCK",
        "ledger-1.json",
    ):
        (folder / name).write_bytes(b"x")
    toc = write_toc(folder, read_toc(folder), keep=("MAIN_fedcba*",))
    assert {path.name for path in folder.iterdir()} == {
        f"_MAIN_{toc.generation}.toc",
        f"{toc.segments[0].segment_id()}.seg",
        "MAIN_fedcba9876543210.seg",
        "MAIN_WRITELOCK",
        "ledger-1.json",
    }


def test_the_files_of_a_removed_segment_go_with_the_next_table(folder: Path) -> None:
    toc = read_toc(folder)
    old = folder / f"{toc.segments[0].segment_id()}.seg"
    assert old.exists()
    write_toc(folder, Toc(toc.generation, (write_segment(folder, 5),), toc.schema))
    assert not old.exists()
    assert SegmentReader(folder, read_toc(folder).segments[0]).document_count == 5


def test_an_index_without_segments_can_be_read_and_opened_by_stock_whoosh(tmp_path: Path) -> None:
    write_toc(tmp_path, Toc(0, (), make_schema(LAYOUT)))
    assert read_toc(tmp_path).segments == ()
    assert index.open_dir(str(tmp_path)).doc_count() == 0


def test_stock_whoosh_tables_with_segments_in_single_files_are_read(tmp_path: Path) -> None:
    built = index.create_in(str(tmp_path), make_schema(LAYOUT))
    writer = built.writer(compound=False)
    writer.add_document(doc_id="one", body=["甲", "乙"], pairs=["甲", "甲"], year=2014, note="注")
    writer.commit()
    reader = SegmentReader(tmp_path, read_toc(tmp_path).segments[0])
    assert len(list(tmp_path.glob("*.trm"))) == 1
    assert reader.find("one") == 0
    assert reader.positions("pairs", "甲")[1].tolist() == [0, 1]
    assert reader.verify() == []


class Malice:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


def with_schema(data: bytes, schema: bytes) -> bytes:
    """The same table with other bytes for the schema."""
    start = data.index(b"\x80\x02cwhoosh.fields\nSchema")
    head = re.match(rb"(.{14})([\x80-\xff]*[\x00-\x7f])", data, re.DOTALL)
    assert head is not None
    old = pickle.dumps(pickle.loads(data[start:]), 2)
    length = len(schema)
    varint = bytearray()
    while length > 127:
        varint.append(length & 127 | 128)
        length >>= 7
    return head[1] + bytes([*varint, length]) + schema + data[start + len(old) :]


def test_a_schema_that_would_run_a_command_runs_nothing(folder: Path) -> None:
    path, trap = toc_path(folder), folder / "trap"
    malice = pickle.dumps(Malice(trap), 2)
    path.write_bytes(with_schema(path.read_bytes(), malice))
    with pytest.raises(IndexDamagedError, match=re.escape(path.name)):
        read_toc(folder)
    assert not trap.exists()
    pickle.loads(malice)
    assert trap.exists(), "the trap works: a free unpickler steps into it"


def test_segments_that_would_run_a_command_run_nothing(folder: Path) -> None:
    path, trap = toc_path(folder), folder / "trap"
    data = path.read_bytes()
    at = data.rindex(struct.pack("!ii", latest_generation(folder), 0)) + 8
    path.write_bytes(data[:at] + pickle.dumps([Malice(trap)], 4))
    with pytest.raises(IndexDamagedError, match=re.escape(path.name)):
        read_toc(folder)
    assert not trap.exists()


@pytest.mark.parametrize(
    "crafted",
    [
        pickle.dumps(eval, 2),
        pickle.dumps(os.system, 4),
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",
        b"cposix\nsystem\n(S'true'\ntR.",
        b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x04\x00\x00\x00zliptR.",
        b"(S'true'\niposix\nsystem\n.",
        b"\x80\x02\x82\x01.",
        b"\x80\x02Ppersistent\n.",
        b"",
        b"garbage",
        b"\x80\x02]r\xff\xff\xff\x7f",
    ],
    ids=[
        "builtin",
        "function",
        "stack global",
        "reduce",
        "another codec",
        "inst",
        "extension",
        "persistent",
        "empty",
        "garbage",
        "cut off",
    ],
)
def test_nothing_but_plain_values_comes_out_of_a_pickle(crafted: bytes) -> None:
    with pytest.raises(RefusedPickleError):
        load_plain(crafted)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_plain_values_come_out_of_any_pickle(protocol: int) -> None:
    value = {"a": (1, -(2**40), 1.5, None, True), "b": b"\x00\xff", "c": ["字", "\ud800"[:0]]}
    assert load_plain(pickle.dumps(value, protocol)) == value


def test_a_schema_with_other_classes_is_refused_by_name(folder: Path) -> None:
    toc = read_toc(folder)
    write_toc(folder, Toc(0, toc.segments, Schema(body=TEXT())))  # the standard analyzer
    with pytest.raises(IndexDamagedError, match=r"whoosh\.analysis"):
        read_toc(folder)


def test_a_table_of_another_version_is_outdated(folder: Path) -> None:
    path = toc_path(folder)
    data = path.read_bytes()
    path.write_bytes(data[:7] + struct.pack("!i", -110) + data[11:])
    with pytest.raises(IndexOutdatedError, match="-110"):
        read_toc(folder)


def test_a_table_cut_off_anywhere_is_damaged(folder: Path) -> None:
    path = toc_path(folder)
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(IndexDamagedError):
            read_toc(folder)


@pytest.mark.parametrize("compound", [True, False], ids=["one file", "single files"])
def test_a_segment_whose_file_is_gone_says_so(folder: Path, compound: bool) -> None:
    segment = read_toc(folder).segments[0]
    (folder / f"{segment.segment_id()}.seg").unlink()
    segment.compound = compound
    with pytest.raises(FileNotFoundError, match=segment.segment_id()):
        SegmentReader(folder, segment)


def test_readers_never_see_half_of_a_commit(folder: Path) -> None:
    """One thread commits, others open what is there: each finds a whole generation, and none goes back."""
    running = threading.Event()

    def read() -> int:
        opened = last = 0
        while not running.is_set() or not opened:
            try:
                toc = read_toc(folder)
                readers = [SegmentReader(folder, segment) for segment in toc.segments]
            except FileNotFoundError:
                continue  # a commit came between the table and its files
            assert toc.generation >= last
            assert sum(reader.document_count for reader in readers) % 3 == 0
            assert all(reader.find("d2") == 2 for reader in readers)
            for reader in readers:
                reader.close()
            last, opened = toc.generation, opened + 1
        return opened

    with ThreadPoolExecutor(2) as pool:
        readings = [pool.submit(read) for _ in range(2)]
        try:
            for _ in range(60):
                toc = read_toc(folder)
                write_toc(folder, Toc(0, (*toc.segments[-2:], write_segment(folder)), toc.schema))
        finally:
            running.set()
        assert all(reading.result() > 0 for reading in readings)


def test_a_segment_that_could_not_be_written_is_whole_at_the_next_try(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    writer = SegmentWriter(missing, LAYOUT)
    fields = {"keywords": {}, "numbers": {"year": 1}, "strings": {}, "stored": {}}
    writer.add(unique="a", tokens={"body": ["甲"]}, **fields)
    with pytest.raises(FileNotFoundError):
        writer.finish()
    writer.add(unique="b", tokens={"body": ["乙", "丙"]}, **fields)
    missing.mkdir()
    reader = SegmentReader(missing, writer.finish())
    assert [term for term, _ in reader.terms("body")] == sorted(["甲", "乙", "丙"])
    assert reader.verify() == []
    assert len(list(missing.iterdir())) == 1


def use_everything(folder: Path, segment: object) -> list[str]:
    reader = SegmentReader(folder, segment)
    try:
        reader.strings("key")
        reader.numbers("year")
        reader.length_bytes("body")
        for field in ("body", "pairs", "category", "doc_id"):
            for term, _ in reader.terms(field):
                reader.postings(field, term)
        for term, _ in reader.terms("pairs"):
            reader.positions("pairs", term)
        return reader.verify()
    finally:
        reader.close()


def test_a_segment_cut_off_anywhere_is_damaged(folder: Path) -> None:
    segment = read_toc(folder).segments[0]
    path = folder / f"{segment.segment_id()}.seg"
    data = path.read_bytes()
    for length in range(0, len(data), 13):
        path.unlink()  # a mapped file must not shrink under its readers
        path.write_bytes(data[:length])
        with pytest.raises(IndexDamagedError, match=re.escape(path.name)):
            SegmentReader(folder, segment)


@pytest.mark.parametrize("stock", [False, True], ids=["ours", "stock"])
def test_broken_bytes_raise_damage_or_are_found_and_never_anything_else(folder: Path, stock: bool) -> None:
    if stock:
        index.open_dir(str(folder)).optimize()
        write_toc(folder, read_toc(folder))
    segment = read_toc(folder).segments[0]
    path = folder / f"{segment.segment_id()}.seg"
    data = path.read_bytes()
    chance = random.Random(11)
    noticed = 0
    for _ in range(400):
        broken = bytearray(data)
        for _ in range(chance.choice([1, 1, 8])):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path.unlink()
        path.write_bytes(broken)
        try:
            noticed += bool(use_everything(folder, segment))
        except IndexDamagedError:
            noticed += 1
    # What stays unnoticed are bytes without a count beside them: lengths, numbers, sort keys, free slots.
    assert noticed > 200


def test_a_reader_outlives_the_removal_of_its_file(folder: Path) -> None:
    toc = read_toc(folder)
    reader = SegmentReader(folder, toc.segments[0])
    before = {term: reader.positions("pairs", term)[1].tolist() for term, _ in reader.terms("pairs")}
    write_toc(folder, Toc(0, (), toc.schema))
    assert not list(folder.glob("*.seg"))
    assert {term: reader.positions("pairs", term)[1].tolist() for term, _ in reader.terms("pairs")} == before
    reader.close()


def test_an_unpickler_reads_no_further_than_its_pickle() -> None:
    stream = io.BytesIO(pickle.dumps((1, 2), 2) + b"rest")
    from disclosure_search.engine.w3_pickle import load_pickle

    assert load_pickle(stream) == (1, 2)
    assert stream.read() == b"rest"


PACKAGE = Path(disclosure_search.__file__).parent
UNSAFE = {
    ("pickle", "load"), ("pickle", "loads"), ("pickle", "Unpickler"), ("marshal", "loads"), ("shelve", "open"),
}  # fmt: skip
NEVER = {"refresh", "searcher", "open_dir", "create_in", "Searcher", "FileIndex"}


def test_nothing_is_unpickled_freely_and_no_searcher_of_whoosh_is_used() -> None:
    """`indexing` unpickles what its own child processes say through a pipe, and `w3_pickle` what it lists."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = path.relative_to(PACKAGE).as_posix()
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if (node.value.id, node.attr) in UNSAFE or ("engine" in path.parts and node.attr in NEVER):
                    found.add((name, node.attr))
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("whoosh", "pickle")):
                found |= {(name, one.name) for one in node.names if one.name in NEVER | {"load", "loads"}}
    assert found == {
        ("engine/w3_pickle.py", "Unpickler"),
        ("indexing/bulk.py", "load"),
        ("indexing/worker.py", "load"),
    }
