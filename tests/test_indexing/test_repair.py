"""A damaged index is repaired by writing it anew; the ids that were given are not lost with it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Collection

LIST = "公示栏/奖补名单/2014/名单.txt"


def newest(home: Path, name: str) -> Path:
    return max((home / "index").rglob(name), key=lambda path: (path.parent.name, path.stat().st_mtime_ns))


def damage(home: Path, kind: str) -> None:
    current = home / "index" / "CURRENT"
    if kind == "CURRENT":
        current.write_text("nonsense")
    elif kind == "no CURRENT":
        current.unlink()
    elif kind == "ledger":
        newest(home, "ledger-*.json").write_text("nonsense")
    elif kind == "ledger cut short":
        path = newest(home, "ledger-*.json")
        path.write_bytes(path.read_bytes()[:-40])
    else:
        shutil.rmtree(newest(home, "ledger-*.json").parent)


@pytest.mark.parametrize(
    "kind", ["CURRENT", "no CURRENT", "ledger", "ledger cut short", "the newest generation"]
)
def test_a_repair_keeps_the_ids(indexed: Collection, kind: str) -> None:
    indexed.write(LIST, "改写过的名单\n丁字石材有限公司。\n")
    indexed.run()
    ids = {path: account.doc_id for path, account in indexed.accounts().items()}
    indexed.run(rebuild=True)  # so that the generation before knows them too
    indexed.close()
    damage(indexed.home, kind)
    indexed.run(rebuild=True)
    assert {path: account.doc_id for path, account in indexed.accounts().items()} == ids
    assert indexed.find("丁字石材") == [LIST]
