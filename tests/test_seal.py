"""Seals and mapped files: what is under a seal is read as it was written, or not at all."""

from __future__ import annotations

import hashlib
import random
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from disclosure_search.engine.mapped import PART_BYTES, SUM_BYTES, MappedFile
from disclosure_search.engine.seal import (
    Seal,
    read_seal,
    seal_bytes,
    seal_path,
    sealed_bytes,
    sealed_file,
)
from disclosure_search.errors import IndexDamagedError

SIZES = (1, 100, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 17, 70 * PART_BYTES + 1)


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A file of five parts, of which the second and the fourth are damaged."""
    whole = bytearray(content(4 * PART_BYTES + 1000))
    (tmp_path / "sums").write_bytes(sealed_bytes(bytes(whole)).sums)
    whole[PART_BYTES + 5] ^= 1
    whole[4 * PART_BYTES - 1] ^= 128
    (tmp_path / "file").write_bytes(whole)
    return tmp_path / "file"


def opened(path: Path) -> MappedFile:
    return MappedFile(path, path.with_name("sums").read_bytes())


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_sealed_part_by_part(tmp_path: Path, size: int) -> None:
    whole = content(size)
    (tmp_path / "file").write_bytes(whole)
    found = sealed_file(tmp_path / "file")
    assert found == sealed_bytes(whole)
    assert (found.size, found.sha256) == (size, hashlib.sha256(whole).hexdigest())
    parts = [whole[at : at + PART_BYTES] for at in range(0, size, PART_BYTES)]
    assert found.sums == b"".join(zlib.crc32(part).to_bytes(SUM_BYTES, "big") for part in parts)
    assert MappedFile(tmp_path / "file", found.sums).read(0, size) == whole


def test_an_empty_file_can_be_sealed() -> None:
    assert (sealed_bytes(b"").size, sealed_bytes(b"").sums) == (0, b"")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, 10),
        (PART_BYTES - 10, PART_BYTES - 1),
        (2 * PART_BYTES, 3 * PART_BYTES - 1),
        (4 * PART_BYTES, 4 * PART_BYTES + 1000),
    ],
    ids=["first part", "end of it", "third part", "last part"],
)
def test_parts_without_damage_can_be_read(sealed: Path, start: int, end: int) -> None:
    mapped = opened(sealed)
    for _ in range(2):
        assert mapped.read(start, end) == content(4 * PART_BYTES + 1000)[start:end]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (PART_BYTES + 5, PART_BYTES + 6),
        (PART_BYTES - 1, PART_BYTES + 1),
        (0, 3 * PART_BYTES),
        (4 * PART_BYTES - 1, 4 * PART_BYTES),
        (3 * PART_BYTES, 3 * PART_BYTES + 1),
    ],
    ids=[
        "the byte",
        "across the border",
        "three parts",
        "the last byte of a part",
        "another byte of the part",
    ],
)
def test_no_byte_of_a_damaged_part_is_given(sealed: Path, start: int, end: int) -> None:
    mapped = opened(sealed)
    mapped.read(0, 10)
    for _ in range(2):
        with pytest.raises(IndexDamagedError, match=str(sealed)):
            mapped.read(start, end)


def test_threads_see_damage_each_time(sealed: Path) -> None:
    mapped = opened(sealed)

    def read(number: int) -> bool:
        part = number % 5
        try:
            return mapped.read(part * PART_BYTES + 7, part * PART_BYTES + 9) != b"" and part in {0, 2, 4}
        except IndexDamagedError:
            return part in {1, 3}

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(2000)))


def test_sums_of_another_number_of_parts_are_refused(sealed: Path) -> None:
    with pytest.raises(IndexDamagedError, match="size"):
        MappedFile(sealed, b"1234")


def test_without_sums_nothing_is_compared(sealed: Path) -> None:
    assert MappedFile(sealed).read(0, 4 * PART_BYTES + 1000) == sealed.read_bytes()


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    folder = tmp_path / "20260101T000000-00"
    folder.mkdir()
    (folder / "a.seg").write_bytes(b"segment")
    made = Seal(folder.name, 3, 12, {"a.seg": sealed_bytes(b"segment"), "ledger-3.json": sealed_bytes(b"{}")})
    (folder / "ledger-3.json").write_bytes(b"{}")
    seal_path(folder, 3).write_bytes(seal_bytes(made))
    return made


def test_a_seal_reads_as_it_was_written(tmp_path: Path, seal: Seal) -> None:
    found = read_seal(tmp_path / seal.generation, 3)
    assert found == seal
    found.check_sizes(tmp_path / seal.generation)
    found.check_file(tmp_path / seal.generation / "a.seg")
    found.check_content(tmp_path / seal.generation / "ledger-3.json", b"{}")


def test_any_flipped_bit_of_a_seal_is_damage_of_the_seal(tmp_path: Path, seal: Seal) -> None:
    path = seal_path(tmp_path / seal.generation, 3)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for bit in (1, 4, 128):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
            with pytest.raises(IndexDamagedError, match=path.name):
                read_seal(path.parent, 3)


def test_a_seal_cut_anywhere_is_damage_of_the_seal(tmp_path: Path, seal: Seal) -> None:
    path = seal_path(tmp_path / seal.generation, 3)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(IndexDamagedError, match=path.name):
            read_seal(path.parent, 3)


@pytest.mark.parametrize(("folder", "commit"), [("other", 3), ("20260101T000000-00", 4)])
def test_the_seal_of_another_commit_does_not_do(tmp_path: Path, seal: Seal, folder: str, commit: int) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    seal_path(tmp_path / folder, commit).write_bytes(seal_bytes(seal))
    with pytest.raises(IndexDamagedError, match="it seals commit 3 of 20260101T000000-00"):
        read_seal(tmp_path / folder, commit)


def test_what_is_not_under_the_seal_is_named(tmp_path: Path, seal: Seal) -> None:
    with pytest.raises(IndexDamagedError, match=r"b\.seg.*not under the seal"):
        seal.of(tmp_path / "b.seg")


def test_another_size_or_content_is_named(tmp_path: Path, seal: Seal) -> None:
    folder = tmp_path / seal.generation
    (folder / "a.seg").write_bytes(b"segmenT")
    seal.check_sizes(folder)
    with pytest.raises(IndexDamagedError, match=r"a\.seg"):
        seal.check_file(folder / "a.seg")
    with pytest.raises(IndexDamagedError, match=r"ledger-3"):
        seal.check_content(folder / "ledger-3.json", b"[]")
    (folder / "a.seg").write_bytes(b"segment.")
    with pytest.raises(IndexDamagedError, match=r"a\.seg.*8 bytes, and 7"):
        seal.check_sizes(folder)
    (folder / "a.seg").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.seg"):
        seal.check_sizes(folder)
