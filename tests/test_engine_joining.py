"""Many small commits: few segments, little disk, every document as it was last given."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from disclosure_search.document import Document
from disclosure_search.engine import open_engine, tiers
from disclosure_search.engine.base import Engine, Every, Request, Sort, Term

RECIPE = "recipe of the tests"
Fill = Callable[..., None]


def document(number: int, edition: int = 0) -> Document:
    body = f"第{number}号公告，第{edition}版。" + "关于补贴名单的通知" * (number % 7)
    return Document(doc_id=f"d{number}", title=f"公告{number}", path=f"{number}.txt", body=body)


def home_of(engine_folder: Path) -> Path:
    (home,) = (engine_folder / "generations").iterdir()
    return home


def size_of(home: Path) -> int:
    return sum(path.stat().st_size for path in home.glob("MAIN_*.seg")) + sum(
        path.stat().st_size for path in home.glob("*.texts")
    )


def everything(engine: Engine) -> list[object]:
    found: list[object] = [sorted(engine.documents(), key=lambda one: one.doc_id)]
    for node in (Every(), Term("body_grams", "补贴"), Term("body_words", "公告"), Term("body_grams", "3版")):
        for sort in (Sort.RELEVANCE, Sort.TITLE):
            result = engine.search(Request(node, sort=sort, limit=1000))
            found.append((result.total, [hit.doc_id for hit in result.hits]))
    return found


def test_many_commits_end_where_one_ends(tmp_path: Path, fill: Fill) -> None:
    folder = tmp_path / "many"
    engine = open_engine(folder, RECIPE)
    chance = random.Random(11)
    editions: dict[int, int] = {}
    fill(engine, [])
    for commit in range(120):
        changed = {chance.randrange(60) for _ in range(chance.randint(1, 3))}
        removed = {chance.randrange(60)} - changed if chance.random() < 0.3 else set()
        editions |= dict.fromkeys(changed, commit)
        for number in removed:
            editions.pop(number, None)
        ids = [f"d{number}" for number in removed]
        fill(engine, [document(number, commit) for number in changed], fresh=False, removed=ids)
        condition = engine.condition()
        assert condition.documents == len(editions)
        assert condition.segments <= 2 * tiers.FACTOR
        home = home_of(folder)
        assert len(list(home.glob("*.seg"))) == len(list(home.glob("*.texts"))) == condition.segments
    fresh = open_engine(tmp_path / "one", RECIPE)
    fill(fresh, [document(number, edition) for number, edition in editions.items()])
    many, one = everything(engine), everything(fresh)
    assert many[0] == one[0]
    assert many[1:3] == one[1:3]
    for (total, hits), (other_total, other_hits) in zip(many[1:], one[1:], strict=True):  # type: ignore[misc]
        assert (total, set(hits)) == (other_total, set(other_hits))
    assert size_of(home_of(folder)) < 4 * size_of(home_of(tmp_path / "one"))
    engine.close()
    fresh.close()


def test_a_reader_goes_on_with_texts_that_a_merge_has_moved(tmp_path: Path, fill: Fill) -> None:
    engine = open_engine(tmp_path / "index", RECIPE)
    fill(engine, [document(number) for number in range(4)])
    documents = engine.documents()
    first = next(documents)
    fill(engine, [document(number, 1) for number in range(1, 4)], fresh=False)  # the first segment goes
    assert engine.condition().deleted == 0
    assert sorted([first, *documents], key=lambda one: one.doc_id) == [
        document(number) for number in range(4)
    ]
    assert engine.get("d3") == document(3, 1)
    assert engine.get("d0") == document(0)
    engine.close()


def test_a_merge_that_fails_leaves_the_index_as_it_was(
    tmp_path: Path, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    from disclosure_search.engine import joining
    from disclosure_search.errors import EngineError

    engine = open_engine(tmp_path / "index", RECIPE)
    fill(engine, [document(number) for number in range(4)])
    before = sorted(tmp_path.rglob("*"))

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(joining, "merge", full)
    with pytest.raises(EngineError, match="No space left"):
        fill(engine, [], fresh=False, removed=["d1", "d2"])
    assert sorted(tmp_path.rglob("*")) == before
    assert engine.condition().documents == 4
    engine.close()
