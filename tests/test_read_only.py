"""An index on a disk that is only for reading, or in part: it answers, and writing is refused."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import Engine, Every, Request, State
from disclosure_search.errors import EngineError

RECIPE = "read only"
Fill = Callable[..., None]
OLD, NEW = Document("old", "旧", "old.txt", "旧的名单"), Document("new", "新", "new.txt", "新的名单")


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    room = tmp_path / "disk"
    room.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=4m,mode=755", "tmpfs", str(room)):
        pytest.skip("mounting a small disk takes root; test_crash takes the permissions away without")
    yield room
    subprocess.run(["umount", "-l", str(room)], check=True)


def ids(engine: Engine) -> set[str]:
    return {hit.doc_id for hit in engine.search(Request(Every())).hits}


@pytest.mark.parametrize("is_fresh", [False, True], ids=["increment", "rebuild"])
def test_a_disk_that_is_only_for_reading_answers_and_is_not_written(
    disk: Path, fill: Fill, is_fresh: bool
) -> None:
    with closing(open_engine(disk / "index", RECIPE)) as engine:
        fill(engine, [OLD])
        assert mount("-o", "remount,ro", str(disk))
        for opened in (engine, open_engine(disk / "index", RECIPE)):
            with pytest.raises(EngineError, match=r"cannot be written \(Read-only file system\)"):
                fill(opened, [NEW], fresh=is_fresh)
            with pytest.raises(EngineError, match=r"cannot be written \(Read-only file system\)"):
                opened.roll_back()
            assert opened.condition().state is State.READY
            assert opened.inspect().problems == ()
            assert ids(opened) == {"old"}
        opened.close()
        assert mount("-o", "remount,rw", str(disk))
        fill(engine, [NEW], fresh=is_fresh)
        assert ids(engine) == ({"new"} if is_fresh else {"old", "new"})


@pytest.mark.parametrize("is_fresh", [False, True], ids=["increment", "rebuild"])
def test_generations_that_are_only_for_reading_answer_and_are_not_written(
    disk: Path, fill: Fill, is_fresh: bool
) -> None:
    """The lock can still be taken. Permissions do not stop root, so a mount is laid over the folder."""
    with closing(open_engine(disk / "index", RECIPE)) as engine:
        fill(engine, [OLD])
        generations = disk / "index" / "generations"
        assert mount("--bind", str(generations), str(generations))
        assert mount("-o", "remount,bind,ro", str(generations))
        try:
            with pytest.raises(EngineError, match=r"cannot be written \(Read-only file system\)"):
                fill(engine, [NEW], fresh=is_fresh)
            assert ids(engine) == {"old"}
        finally:
            subprocess.run(["umount", "-l", str(generations)], check=True)
        fill(engine, [NEW], fresh=is_fresh)
        assert "new" in ids(engine)
