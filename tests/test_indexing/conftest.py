"""A folder of originals that is indexed again and again; every run is checked for what must hold after any."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from disclosure_search.config import Settings
from disclosure_search.document import Document
from disclosure_search.indexing import RunReport, Wishes, bring_up_to_date
from disclosure_search.ledger import Account, Outcome, read_ledger
from disclosure_search.search import SearchState
from disclosure_search.wiring import Archive, open_archive

TODAY = date(2016, 6, 1)
SETTINGS = '[collection]\nagency = "临溪市经济贸易局"\n[[patterns]]\npath = "{channel}/{category}/{year}/"\n'
FOLDER = "公示栏/奖补名单/2014"
LIST = f"{FOLDER}/名单.txt"
LIST_TEXT = "企业新设专卖店补贴名单\n甲字鞋业有限公司补贴三万元。\n"
PLAN = "政府网站/规划计划/2013/计划.txt"
PLAN_TEXT = "2013年工作计划\n抓好有序用电和错峰生产。\n"


def original_paths(data_dir: Path) -> set[str]:
    """What stands there as an original, told by a walk of its own."""
    found = set()
    for folder, _, names in os.walk(data_dir):
        below = Path(folder).relative_to(data_dir)
        for name in names:
            if name in ("目录.csv", "目录.xlsx", "collection.toml") or name.endswith(".meta.toml"):
                continue
            if below.parts[:1] != ("vocabulary",):
                found.add(str(below / name))
    return found


@dataclass
class Collection:
    """A folder of originals with its index; every run is checked for what must hold after any run."""

    home: Path
    today: date = TODAY
    opened: Archive | None = None

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    def paths(self) -> list[str]:
        return sorted(original_paths(self.data_dir))

    def write(self, path: str, content: str | bytes) -> Path:
        target = self.data_dir / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        if path.startswith("vocabulary/"):
            self.close()
        return target

    def describe(self, path: str, **values: object) -> None:
        lines = (f"{name} = {_toml(value)}\n" for name, value in values.items())
        self.write(f"{path}.meta.toml", "".join(lines))

    def move(self, path: str, to: str) -> None:
        (self.data_dir / to).parent.mkdir(parents=True, exist_ok=True)
        (self.data_dir / path).rename(self.data_dir / to)

    def remove(self, path: str) -> None:
        (self.data_dir / path).unlink()

    def archive(self) -> Archive:
        if self.opened is None:
            self.opened = open_archive(Settings(self.data_dir, self.home / "index"))
        return self.opened

    def close(self) -> None:
        if self.opened is not None:
            self.opened.engine.close()
        self.opened = None

    def forget(self) -> None:
        """Deletes the index, which anybody may do at any time."""
        self.close()
        shutil.rmtree(self.home / "index")

    def run(
        self, *, rebuild: bool = False, retry: bool = False, losses_accepted: bool = False, **options: Any
    ) -> RunReport:
        archive = self.archive()
        options["wishes"] = Wishes(rebuild, retry, losses_accepted)
        report = bring_up_to_date(
            archive.engine,
            self.data_dir,
            archive.store_dir,
            archive.vocabularies,
            archive.segmenter,
            **{"today": self.today, "workers": 1, **options},
        )
        self.check(report)
        return report

    def changes(self, **options: Any) -> tuple[int, int, int, int]:
        """Of a run: documents added, changed, removed, unchanged."""
        return self.changes_of(self.run(**options))

    def changes_of(self, report: RunReport) -> tuple[int, int, int, int]:
        return report.added, report.changed, report.removed, report.unchanged

    def check(self, report: RunReport) -> None:
        counts, accounts, documents = report.counts, self.accounts(), self.documents()
        assert counts["found"] == sum(counts[str(outcome)] for outcome in Outcome)
        files = original_paths(self.data_dir)
        members = {path for path in accounts if any(str(above) in files for above in Path(path).parents)}
        assert set(accounts) - members == files
        ids = {account.doc_id for account in accounts.values() if account.is_document}
        assert ids == set(documents)
        assert len(ids) == sum(account.is_document for account in accounts.values())
        for account in accounts.values():
            if account.outcome == Outcome.DUPLICATE:
                assert account.sha256 == documents[account.doc_id].sha256
            elif account.outcome == Outcome.INDEXED and account.part_of:
                held = {one.sha256 for one in documents[account.doc_id].attachments}
                assert account.sha256 in held, f"the text of {account.path} is nowhere"
        assert report.added + report.changed + report.unchanged == len(documents)

    def accounts(self) -> Mapping[str, Account]:
        return read_ledger(self.archive().engine.ledger()).accounts

    def documents(self) -> dict[str, Document]:
        return {document.doc_id: document for document in self.archive().engine.documents()}

    def doc_id(self, path: str) -> str:
        return self.accounts()[path].doc_id

    def document(self, path: str) -> Document:
        return self.documents()[self.doc_id(path)]

    def find(self, text: str) -> list[str]:
        hits = self.archive().search.run(SearchState(text=f'"{text}"')).hits
        return [hit.document.path for hit in hits]

    def outcome(self, path: str) -> str:
        return str(self.accounts()[path].outcome)

    def files_of_index(self) -> dict[str, int]:
        return {
            str(path): path.stat().st_mtime_ns
            for path in (self.home / "index").rglob("*")
            if path.is_file() and path.name != "lock"
        }


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_toml(held)}' for name, held in value.items())} }}"
    return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Collection]:
    """No originals yet."""
    made = Collection(tmp_path)
    made.write("collection.toml", SETTINGS)
    yield made
    made.close()


@pytest.fixture
def collection(bare: Collection) -> Collection:
    bare.write(LIST, LIST_TEXT)
    bare.write(PLAN, PLAN_TEXT)
    return bare


@pytest.fixture
def indexed(collection: Collection) -> Collection:
    assert collection.changes() == (2, 0, 0, 0)
    return collection
