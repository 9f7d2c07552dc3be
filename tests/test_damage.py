"""Damage on the disk: every answer is either right, or an error that names the damaged file.

DISCLOSURE_DAMAGES=1000 tries so many flipped bits of each file instead of 25; DISCLOSURE_SEED another choice of them.
"""

from __future__ import annotations

import os
import pickle
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from disclosure_search.document import Attachment, Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import (
    AllOf,
    AnyOf,
    Between,
    Engine,
    Every,
    Except,
    Prefix,
    Request,
    Run,
    Sort,
    State,
    Term,
)
from disclosure_search.engine.seal import read_seal, seal_bytes, sealed_bytes
from disclosure_search.errors import IndexDamagedError, IndexMissingError

FLIPS = int(os.environ.get("DISCLOSURE_DAMAGES", "25"))
SEED = int(os.environ.get("DISCLOSURE_SEED", "4"))
RECIPE = "damage"
FACETS = ("year", "category", "channel")
CHARACTERS = "补贴名单企业公示项目资金年度报告通知审批"
KINDS = ("seg", "toc", "texts", "ledger", "seal", "CURRENT")
ASKED = (0, 3, 5, 6, 11, 15, 21, 29, 31)
Fill = Callable[..., None]
Question = Callable[[Engine], Any]


def document(number: int, edition: int) -> Document:
    chance = random.Random(number * 100 + edition)
    body = "".join(chance.choice(CHARACTERS) for _ in range(chance.choice((3, 50, 2000))))
    return Document(
        f"d{number}",
        f"第{number}号{chance.choice(CHARACTERS)}通知",
        f"{number}.txt",
        body,
        category=(chance.choice("甲乙丙"),),
        channel=(chance.choice(("site", "board")),),
        published=date(2010 + number % 7, 1 + edition, 3),
        attachments=(Attachment("表.xlsx", "表.xlsx", text=body[::-1]),) if number % 3 == 0 else (),
    )


def questions() -> dict[str, Question]:
    run = Run("body_grams", ("补贴", "名单"), (0, 2))
    nodes = {
        "all": Every(),
        "word": Term("body_words", "补贴"),
        "run": run,
        "attachment": Run("attachment_grams", ("企业", "公示"), (0, 2)),
        "prefix": Prefix("body_grams", "审"),
        "several": AnyOf((Term("body_grams", "资金"), Term("title_grams", "通知"), run)),
        "both": AllOf((Term("body_grams", "项目"), Term("body_grams", "年度"))),
        "without": Except(run),
        "days": Between("day", date(2012, 1, 1).toordinal(), date(2014, 1, 1).toordinal()),
    }
    asked: dict[str, Question] = {}
    for name, node in nodes.items():
        for sort in (Sort.RELEVANCE, Sort.TITLE) if name == "all" else (Sort.RELEVANCE,):
            asked[f"{name} by {sort}"] = _search(Request(node, {}, FACETS, sort, limit=100))
    asked["filtered"] = _search(Request(Every(), {"category": ("甲", "乙")}, FACETS, Sort.NEWEST, limit=100))
    asked["ledger"] = lambda engine: engine.ledger()
    asked["values"] = _search(Request(Every(), facets=("category",)))
    for number in ASKED:
        asked[f"document {number}"] = _get(f"d{number}")
    return asked


def _search(request: Request) -> Question:
    return lambda engine: engine.search(request)


def _get(doc_id: str) -> Question:
    return lambda engine: engine.get(doc_id)


QUESTIONS = questions()


@dataclass(frozen=True)
class Index:
    """An index of two generations; the one that answers has three segments and deleted documents."""

    folder: Path
    expected: dict[str, Any]
    others: dict[str, list[Path]]

    @property
    def home(self) -> Path:
        return max((self.folder / "generations").iterdir())

    def files(self, kind: str) -> list[Path]:
        return [self.folder / "CURRENT"] if kind == "CURRENT" else of_kind(self.home, kind)

    def check(self, damaged: Path) -> set[str]:
        """Returns which outcomes there were; that the ledger alone is right does not count."""
        engine = open_engine(self.folder, RECIPE)
        outcomes = set()
        try:
            for name, ask in QUESTIONS.items():
                named = ""
                try:
                    assert ask(engine) == self.expected[name], f"{name}: a wrong answer"
                    outcomes |= {"right"} if name != "ledger" else set()
                except IndexDamagedError as error:
                    named = error.subject
                    outcomes.add("damage")
                assert not named or damaged.name in named, f"{name}: {named} is blamed for {damaged.name}"
        finally:
            engine.close()
        return outcomes


def of_kind(folder: Path, kind: str) -> list[Path]:
    pattern = {"seg": "*.seg", "toc": "_MAIN_*.toc", "texts": "*.texts"}.get(kind, f"{kind}-*")
    return sorted(folder.glob(pattern))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, fill: Fill) -> Index:
    home = tmp_path_factory.mktemp("damage")
    folder = home / "index"
    engine = open_engine(folder, RECIPE)
    fill(engine, [document(number, 0) for number in range(30)], ledger=b"ledger of the generation before")
    old = max((folder / "generations").iterdir())
    others = {kind: of_kind(old, kind) for kind in KINDS if kind != "CURRENT"}
    fill(engine, [document(number, 1) for number in range(30)], ledger=b"ledger of the first commit")
    home_now = max((folder / "generations").iterdir())
    shutil.copytree(home_now, home / "first")
    for kind in others:
        others[kind] += of_kind(home / "first", kind)
    fill(
        engine, [document(number, 2) for number in range(5, 12)], fresh=False, ledger=b"ledger of the second"
    )
    fill(engine, [document(31, 0)], fresh=False, removed=["d1", "d7"], ledger=b"ledger of the third")
    expected = {name: ask(engine) for name, ask in QUESTIONS.items() if not name.startswith("document")}
    for number in ASKED:
        expected[f"document {number}"] = engine.get(f"d{number}")
    engine.close()
    return Index(folder, expected, others)


@pytest.fixture
def index(built: Index) -> Iterator[Index]:
    """What a test damages is put back; files that were mapped are replaced, never changed."""
    saved = built.folder.with_name("saved")
    shutil.copytree(built.folder, saved)
    yield built
    shutil.rmtree(built.folder)
    saved.rename(built.folder)


def put(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def test_the_index_is_right_before_it_is_damaged(index: Index) -> None:
    assert index.check(index.folder) == {"right"}
    assert all(index.files(kind) for kind in KINDS)
    assert len(index.files("seg")) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_gone_is_damage(index: Index, kind: str) -> None:
    for path in index.files(kind):
        content = path.read_bytes()
        path.unlink()
        assert index.check(path) == {"damage"}
        path.write_bytes(content)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_length_is_damage(index: Index, kind: str) -> None:
    for path in index.files(kind):
        content = path.read_bytes()
        for changed in (b"", content[:1], content[: len(content) // 2], content[:-1], content + b"\0"):
            put(path, changed)
            assert index.check(path) == {"damage"}
        put(path, content)


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_damage_or_changes_nothing(index: Index, kind: str) -> None:
    """Which it is depends on whether the byte is read; in small files every byte is."""
    for path in index.files(kind):
        content = path.read_bytes()
        chance = random.Random(f"{SEED} {path.suffix} {len(content)}")
        print("seed", SEED, path.name)
        for _ in range(FLIPS):
            changed = bytearray(content)
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            put(path, bytes(changed))
            assert "damage" in index.check(path) or kind in {"seg", "texts"}
        put(path, content)


@pytest.mark.parametrize("kind", ["seg", "texts"])
def test_a_flipped_bit_in_any_part_of_a_large_file_is_noticed_by_those_who_read_it(
    index: Index, kind: str
) -> None:
    noticed = total = 0
    for path in index.files(kind):
        content = path.read_bytes()
        for at in range(100, len(content), 1 << 16):
            put(path, content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            noticed += "damage" in index.check(path)
            total += 1
        put(path, content)
    assert noticed > total // 2


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "CURRENT"])
def test_a_file_of_another_commit_or_generation_is_damage(index: Index, kind: str) -> None:
    """CURRENT of another generation is not among them: it is what going back a generation writes."""
    for path in index.files(kind):
        content = path.read_bytes()
        candidates = [other for other in (*index.others[kind], *index.files(kind)) if other != path]
        for other in candidates:
            swapped = other.read_bytes()
            if swapped != content:
                put(path, swapped)
                assert index.check(path) == {"damage"}, other
        put(path, content)


@pytest.mark.parametrize("kind", ["seg", "texts"])
def test_a_file_of_the_same_length_from_elsewhere_never_answers(index: Index, kind: str) -> None:
    """The sizes agree, so that only what is read can tell."""
    for path in index.files(kind):
        content = path.read_bytes()
        for other in index.others[kind]:
            swapped = other.read_bytes()[: len(content)]
            swapped += content[len(swapped) :]
            if swapped != content:
                put(path, swapped)
                assert "damage" in index.check(path), other
        put(path, content)


@pytest.mark.parametrize("kind", ["seg", "texts", "ledger"])
def test_a_commit_on_damage_never_makes_it_look_sound(index: Index, fill: Fill, kind: str) -> None:
    """It may fail, and then nothing has changed; what it does not read stays damaged under the same seal."""
    for path in index.files(kind):
        content = path.read_bytes()
        for share in (0.1, 0.5, 0.9):
            changed = bytearray(content)
            changed[int(len(content) * share)] ^= 4
            put(path, bytes(changed))
            copy = index.folder.with_name("copy")
            shutil.copytree(index.folder, copy)
            engine = open_engine(copy, RECIPE)
            refused = ""
            try:
                fill(engine, [document(40, 0)], fresh=False, ledger=b"after")
            except IndexDamagedError as error:
                refused = error.subject
            problems = {Path(one.path).name for one in engine.inspect().problems}
            kept = (copy / path.relative_to(index.folder)).exists()
            assert problems == ({path.name} if kept else set())
            assert path.name in refused or not refused
            shutil.rmtree(copy)
        put(path, content)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rebuild_mends_it(index: Index, fill: Fill, kind: str) -> None:
    path = index.files(kind)[0]
    put(path, path.read_bytes()[:-1])
    engine = open_engine(index.folder, RECIPE)
    assert engine.condition().state is State.DAMAGED
    assert path.name in engine.condition().reason
    fill(engine, [document(1, 0)], ledger=b"new")
    assert engine.get("d1") == document(1, 0)
    assert engine.condition().state is State.READY
    engine.close()


def test_a_lost_lock_file_changes_nothing(index: Index) -> None:
    (index.folder / "lock").unlink()
    assert index.check(index.folder / "lock") == {"right"}


def test_a_lost_generation_is_damage(index: Index) -> None:
    shutil.rmtree(index.home)
    condition = open_engine(index.folder, RECIPE).condition()
    assert condition.state is State.DAMAGED
    assert "generations/" in condition.reason


def test_generations_that_changed_places_are_damage(index: Index) -> None:
    """Each is whole and sealed, and yet not the one that was switched to."""
    old, now = sorted((index.folder / "generations").iterdir())
    beside = index.folder / "beside"
    now.rename(beside)
    old.rename(now)
    beside.rename(old)
    engine = open_engine(index.folder, RECIPE)
    with pytest.raises(IndexDamagedError, match=r"it seals commit \d+ of "):
        engine.search(Request(Every()))
    with pytest.raises(IndexDamagedError):
        engine.roll_back()


def test_without_any_generation_there_is_no_index(index: Index) -> None:
    shutil.rmtree(index.folder)
    index.folder.mkdir()
    with pytest.raises(IndexMissingError):
        open_engine(index.folder, RECIPE).search(Request(Every()))


class _Crafted:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (self.path, "it ran"))


def test_a_crafted_table_of_contents_runs_nothing_even_under_a_seal_of_its_own(
    index: Index, tmp_path: Path
) -> None:
    (path,) = index.files("toc")
    content = path.read_bytes()
    number = int(path.stem.rpartition("_")[2])
    segments = content.rindex(b"\x80\x04\x95")
    crafted = content[:segments] + pickle.dumps([_Crafted(tmp_path / "ran")], 4)
    put(path, crafted)
    seal = read_seal(index.home, number)
    forged = type(seal)(
        seal.generation, number, seal.documents, {**seal.files, path.name: sealed_bytes(crafted)}
    )
    put(index.home / f"seal-{number}.json", seal_bytes(forged))
    assert index.check(path) == {"damage"}
    assert not (tmp_path / "ran").exists()
    pickle.loads(crafted[segments:])  # it would run, if it were loaded as any pickle is
    assert (tmp_path / "ran").exists()
