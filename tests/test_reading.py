"""What was read is kept: it comes back as it was, or is read again, whatever became of the store."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from disclosure_search.collection.reading import Reading
from disclosure_search.collection.scan import Original
from disclosure_search.extract import Extract
from disclosure_search.extract.pool import ReaderPool

TEXTS = {"甲.txt": "甲的名单\n第一行\n", "乙.txt": "乙的名单\n第二行\n"}


class CountingPool(ReaderPool):
    """Knows how many originals its children were given."""

    read = 0

    def extract(self, path: Path) -> Extract:
        self.read += 1
        return super().extract(path)


@pytest.fixture
def pool() -> Iterator[CountingPool]:
    with CountingPool(1) as made:
        yield made


@pytest.fixture
def reading(make_collection: Callable[..., Path], tmp_path: Path, pool: CountingPool) -> Reading:
    reading = Reading(make_collection(TEXTS), tmp_path / "store", pool)
    for name in TEXTS:
        read(reading, name)
    assert pool.read == 2
    return reading


def found(reading: Reading, name: str) -> Original:
    held = (reading.data_dir / name).stat()
    return Original(name, held.st_size, held.st_mtime_ns)


def read(reading: Reading, name: str) -> str:
    original = found(reading, name)
    return reading.read(original, reading.sha256(original)).text


def kept(reading: Reading, name: str) -> Path:
    sha256 = hashlib.sha256(TEXTS[name].encode()).hexdigest()
    (path,) = reading.kept_in.rglob(f"{sha256}.*")
    return path


def test_what_is_kept_is_not_read_again(reading: Reading, pool: CountingPool) -> None:
    assert {name: read(reading, name) for name in TEXTS} == TEXTS
    assert pool.read == 2


def test_the_kept_text_of_another_original_is_not_taken(reading: Reading, pool: CountingPool) -> None:
    first, second = (kept(reading, name) for name in TEXTS)
    first_content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(first_content)
    assert {name: read(reading, name) for name in TEXTS} == TEXTS
    assert pool.read == 4


def test_the_text_of_an_original_that_changed_meanwhile_is_not_kept(
    reading: Reading, pool: CountingPool
) -> None:
    """Else it would be taken for the text of what was there when the digest was made."""
    path = reading.data_dir / "甲.txt"
    content = path.read_text("utf-8")
    path.write_text("还没有公布的名单\n", "utf-8")
    original = found(reading, "甲.txt")
    sha256 = reading.sha256(original)
    path.write_text("已经改过的名单一\n", "utf-8")
    assert reading.read(original, sha256).text == "已经改过的名单一\n"
    assert reading._load(sha256, "甲.txt") is None
    path.write_text(content, "utf-8")
    assert read(reading, "甲.txt") == content
    assert pool.read == 3


def test_what_another_version_of_the_readers_gave_is_not_taken(reading: Reading, pool: CountingPool) -> None:
    path = kept(reading, "甲.txt")
    reading._store_dir = reading._store_dir.with_name("another version")
    reading._path(path.name.partition(".")[0], "甲.txt").parent.mkdir(parents=True)
    path.rename(reading._path(path.name.partition(".")[0], "甲.txt"))
    assert read(reading, "甲.txt") == TEXTS["甲.txt"]
    assert pool.read == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: bytes(len(content)),
        lambda content: content + b"\0",
    ],
    ids=["emptied", "one byte short", "half", "zeros", "one byte more"],
)
def test_a_damaged_text_is_read_again_and_kept_anew(
    reading: Reading, pool: CountingPool, damage: Callable[[bytes], bytes]
) -> None:
    path = kept(reading, "甲.txt")
    sound = path.read_bytes()
    path.write_bytes(damage(sound))
    assert read(reading, "甲.txt") == TEXTS["甲.txt"]
    assert pool.read == 3
    assert path.read_bytes() == sound


def test_no_flipped_bit_of_a_kept_text_is_believed(reading: Reading) -> None:
    path = kept(reading, "甲.txt")
    sound, sha256 = path.read_bytes(), path.name.partition(".")[0]
    chance = random.Random(4)
    for at in range(len(sound)):
        changed = bytearray(sound)
        changed[at] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        assert reading._load(sha256, "甲.txt") is None
    path.write_bytes(sound)
    assert reading._load(sha256, "甲.txt") is not None
