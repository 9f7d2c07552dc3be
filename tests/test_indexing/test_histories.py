"""Any history of changes ends where a fresh start ends."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from disclosure_search.ledger import Outcome

if TYPE_CHECKING:
    from conftest import Collection


PAGE = (
    "<html><head><title>申报通知页面</title></head>"
    "<body><p>请按要求申报，附件见下，逾期不予受理。</p>{}</body></html>"
)


class Chance:
    """Random changes to a small collection, rich in copies, attachments and descriptions."""

    CONTENTS = tuple(f"第{number}号文件\n内容{'甲乙丙丁戊己'[number]}字企业。\n" for number in range(6))
    FOLDERS = ("公示栏/奖补名单/2014", "政府网站/年度报告/2015", "简报/公示公告/2013")

    def __init__(self, seed: int, collection: Collection) -> None:
        self.random = random.Random(seed)
        self.collection = collection

    def some(self) -> str:
        return f"{self.random.choice(self.FOLDERS)}/{self.random.choice('abcd')}.txt"

    def page(self) -> str:
        return f"{self.random.choice(self.FOLDERS)}/{self.random.choice('xy')}.html"

    def step(self) -> None:
        acts = (
            self.put,
            self.put,
            self.put_page,
            self.move,
            self.remove,
            self.describe,
            self.undescribe,
            self.list,
        )
        self.random.choice(acts)()

    def put(self) -> None:
        self.collection.write(self.some(), self.random.choice(self.CONTENTS))

    def put_page(self) -> None:
        names = self.random.sample("abcd", 2)
        links = "".join(f'<p><a href="{name}.txt">附件：{name}</a></p>' for name in names)
        self.collection.write(self.page(), PAGE.format(links))

    def damage(self) -> None:
        self.collection.write(self.random.choice([self.some(), self.page()]), b"%PDF-1.4 nothing more")

    def there(self) -> list[str]:
        return self.collection.paths()

    def move(self) -> None:
        here = self.random.choice(self.there())
        to = self.page() if here.endswith(".html") else self.some()
        if not (self.collection.data_dir / to).exists():
            self.collection.move(here, to)

    def remove(self) -> None:
        if len(self.there()) > 3:
            self.collection.remove(self.random.choice(self.there()))

    def describe(self) -> None:
        values = self.random.choice(
            [
                {"audience": "面向本单位"},
                {"title": f"题目{self.random.randrange(3)}"},
                {"published": "2030-01-01"},
                {"expires": "2015-01-01"},
                {"attachments": ["a.txt"]},
                {
                    "interpretations": [
                        {"kind": "文字解读", "title": "解读", "path": self.random.choice("abcd") + ".txt"}
                    ]
                },
            ]
        )
        self.collection.describe(self.random.choice(self.there()), **values)

    def undescribe(self) -> None:
        for path in self.collection.data_dir.rglob("*.meta.toml"):
            if self.random.random() < 0.5:
                path.unlink()

    def list(self) -> None:
        folder = self.random.choice(self.FOLDERS)
        rows = [
            f"{name}.txt,目录题目{self.random.randrange(3)},{self.random.choice(['', '面向本单位'])}"
            for name in "ab"
        ]
        self.collection.write(f"{folder}/目录.csv", "\n".join(["文件名,标题,公开范围", *rows, ""]))


def told(collection: Collection) -> tuple[dict[str, str], set[Any]]:
    """What is told to the public, without the ids, which depend on history, as does which copy comes first."""
    accounts, documents = collection.accounts(), collection.documents()
    paths: dict[str, list[str]] = {}
    for path, account in accounts.items():
        if account.outcome in (Outcome.INDEXED, Outcome.DUPLICATE) and not account.part_of:
            paths.setdefault(account.doc_id, []).append(path)
    shown = set()
    for doc_id, document in documents.items():
        events = frozenset(document.publications)
        linked = tuple(tuple(sorted(paths.get(one.doc_id, ()))) for one in document.interpretations)
        attached = tuple((one.path, one.text) for one in document.attachments)
        alone = len(paths[doc_id]) == 1
        # the line that is the title of one copy is text of another
        body = document.body if alone else document.body.rstrip().rpartition("\n")[2]
        shown.add(
            (
                tuple(sorted(paths[doc_id])), body, frozenset(document.channel), events,
                document.title if alone else "", attached if alone else (), linked if alone else (),
            )
        )  # fmt: skip
    states = {
        path: "public"
        if account.outcome == Outcome.DUPLICATE
        else str(account.outcome).replace("indexed", "public")
        for path, account in accounts.items()
    }
    return states, shown


def describe_what_waits(collection: Collection) -> None:
    """What may have lost its description waits for one, whoever starts afresh has none to miss: descriptions without
    a file are taken away, and what waits is said to be public."""
    here = collection.paths()
    for sidecar in collection.data_dir.rglob("*.meta.toml"):
        if str(sidecar.relative_to(collection.data_dir)).removesuffix(".meta.toml") not in here:
            sidecar.unlink()
    for catalogue in collection.data_dir.rglob("目录.csv"):
        heading, *rows = catalogue.read_text("utf-8").splitlines()
        there = [row for row in rows if (catalogue.parent / row.split(",")[0]).exists()]
        catalogue.write_text("\n".join([heading, *there, ""]), "utf-8")
    while collection.run().counts["quarantined"]:
        for path, account in collection.accounts().items():
            if account.outcome == Outcome.QUARANTINED:
                assert account.reason == "metadata"
                collection.describe(path, audience="面向社会")


@pytest.mark.parametrize("seed", range(int(os.environ.get("DISCLOSURE_HISTORIES", "6"))))
def test_any_history_of_changes_ends_where_a_fresh_start_ends(bare: Collection, seed: int) -> None:
    chance = Chance(seed, bare)
    for _ in range(8):
        chance.put()
    chance.put_page()
    for _ in range(10):
        bare.run()
        for _ in range(chance.random.randrange(1, 4)):
            chance.step()
    bare.run()
    describe_what_waits(bare)
    bare.run()  # clears away what was removed, where that is much
    state = told(bare)
    assert bare.run().committed is False
    bare.forget()
    bare.run()
    assert state == told(bare)
