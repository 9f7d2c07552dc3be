"""A disk that fills up at any page of a commit: a clear error, the old state answers, and no trace is left."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import Engine, Every, Request
from disclosure_search.errors import EngineError

RECIPE = "full disk"
PAGE_BYTES = 4096
SIZE = 30
Fill = Callable[..., None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small one of its own."""
    room = tmp_path / "disk"
    room.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=755", "tmpfs", str(room)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk takes root; test_crash limits the size of files without")
    yield room
    subprocess.run(["umount", "-l", str(room)], check=True)


def documents(edition: int) -> list[Document]:
    body = f"第{edition}版补贴名单" * 50
    return [Document(f"d{number}", f"第{edition}版", f"{number}.txt", body) for number in range(SIZE)]


def editions(engine: Engine) -> set[str]:
    return {engine.get(hit.doc_id).title for hit in engine.search(Request(Every(), limit=SIZE)).hits}


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")} - {"lock"}


def commit(engine: Engine, fill: Fill, *, is_fresh: bool) -> str:
    """What it says if it cannot."""
    try:
        fill(engine, documents(1), fresh=is_fresh)
    except EngineError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("is_fresh", [False, True], ids=["increment", "rebuild"])
def test_a_disk_that_is_full_at_any_page_of_a_commit(disk: Path, fill: Fill, is_fresh: bool) -> None:
    index, filler = disk / "index", disk / "filler"
    with closing(open_engine(index, RECIPE)) as engine:
        fill(engine, documents(0))
        before = names(index)
        for pages in range(100):
            filler.write_bytes(bytes(max(shutil.disk_usage(disk).free - pages * PAGE_BYTES, 0)))
            refused = commit(engine, fill, is_fresh=is_fresh)
            if not refused:
                break
            assert "cannot be written (No space left on device)" in refused
            assert "make room" in refused
            assert editions(engine) == {"第0版"}
            with closing(open_engine(index, RECIPE)) as reopened:
                assert editions(reopened) == {"第0版"}
                assert reopened.inspect().problems == ()
            assert names(index) == before
            filler.unlink()
        assert pages > 5
        assert editions(engine) == {"第1版"}
        assert engine.inspect().problems == ()


def test_going_back_on_a_full_disk_changes_nothing(disk: Path, fill: Fill) -> None:
    index, filler = disk / "index", disk / "filler"
    with closing(open_engine(index, RECIPE)) as engine:
        for edition in (0, 1):
            fill(engine, documents(edition))
        before = names(index)
        filler.write_bytes(bytes(shutil.disk_usage(disk).free))
        with pytest.raises(EngineError, match=r"cannot be written \(No space left on device\)"):
            engine.roll_back()
        assert editions(engine) == {"第1版"}
        assert names(index) == before
        filler.unlink()
        engine.roll_back()
        assert editions(engine) == {"第0版"}
