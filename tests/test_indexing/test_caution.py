"""A file that has lost its description is not published: it waits until something is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from disclosure_search.ledger import Outcome
from disclosure_search.report import problems

if TYPE_CHECKING:
    from conftest import Collection

FOLDER = "公示栏/奖补名单/2014"
ELSEWHERE = "政府网站/年度报告/2015"
LIST = f"{FOLDER}/名单.txt"
INSIDE = f"{FOLDER}/内部.txt"
ROW = "文件名,公开范围\n内部.txt,面向本单位\n"


@pytest.fixture
def internal(collection: Collection) -> Collection:
    collection.write(INSIDE, "内部意见\n不可外传。\n")
    collection.describe(INSIDE, audience="面向本单位")
    collection.run()
    assert collection.outcome(INSIDE) == Outcome.NOT_PUBLIC
    return collection


@pytest.mark.parametrize("to", [f"{FOLDER}/改名.txt", f"{ELSEWHERE}/内部.txt"], ids=["renamed", "moved"])
def test_an_internal_file_that_left_its_description_behind_waits(internal: Collection, to: str) -> None:
    internal.move(INSIDE, to)
    internal.run()
    assert internal.outcome(to) == Outcome.QUARANTINED
    assert internal.find("不可外传") == []
    [told] = problems(internal.archive().engine)
    assert told.reason == "metadata"
    assert INSIDE in told.what
    assert "面向社会" in told.remedy
    assert internal.outcome(LIST) == Outcome.INDEXED
    internal.run(rebuild=True)
    assert internal.outcome(to) == Outcome.QUARANTINED


@pytest.mark.parametrize(
    ("audience", "outcome"), [("面向本单位", Outcome.NOT_PUBLIC), ("面向社会", Outcome.INDEXED)]
)
def test_what_waits_is_what_its_new_description_says(
    internal: Collection, audience: str, outcome: str
) -> None:
    doc_id = internal.doc_id(INSIDE)
    internal.move(INSIDE, f"{ELSEWHERE}/意见.txt")
    internal.run()
    internal.describe(f"{ELSEWHERE}/意见.txt", audience=audience)
    internal.run()
    assert internal.outcome(f"{ELSEWHERE}/意见.txt") == outcome
    assert internal.doc_id(f"{ELSEWHERE}/意见.txt") == doc_id


def test_what_was_not_public_is_known_also_after_it_was_gone_for_a_while(internal: Collection) -> None:
    text = (internal.data_dir / INSIDE).read_bytes()
    internal.remove(INSIDE)
    internal.remove(f"{INSIDE}.meta.toml")
    internal.run()
    internal.write(f"{ELSEWHERE}/重来.txt", text)
    internal.run()
    internal.run()
    assert internal.outcome(f"{ELSEWHERE}/重来.txt") == Outcome.QUARANTINED


def test_what_was_not_public_waits_also_when_it_takes_the_place_of_a_public_file(
    internal: Collection,
) -> None:
    (internal.data_dir / INSIDE).replace(internal.data_dir / LIST)
    internal.run()
    assert internal.outcome(LIST) == Outcome.QUARANTINED
    assert internal.find("不可外传") == []


def test_who_takes_a_description_away_from_where_it_was_publishes_the_file(internal: Collection) -> None:
    internal.remove(f"{INSIDE}.meta.toml")
    internal.run()
    assert internal.outcome(INSIDE) == Outcome.INDEXED


@pytest.mark.parametrize("kind", ["sidecar", "row", "broken sidecar"])
def test_a_description_that_lost_its_file_holds_back_what_is_new_beside_it(
    collection: Collection, kind: str
) -> None:
    lost = f"{FOLDER}/目录.csv" if kind == "row" else f"{INSIDE}.meta.toml"
    texts = {"sidecar": 'audience = "面向本单位"\n', "row": ROW, "broken sidecar": "audience = \n"}
    collection.run()
    collection.write(lost, texts[kind])
    collection.write(f"{FOLDER}/改名.txt", "内部意见\n不可外传。\n")
    collection.write(f"{ELSEWHERE}/别处.txt", "别处的公告\n辛字食品厂。\n")
    collection.run()
    assert collection.outcome(f"{FOLDER}/改名.txt") == Outcome.QUARANTINED
    assert collection.outcome(LIST) == collection.outcome(f"{ELSEWHERE}/别处.txt") == Outcome.INDEXED
    assert "内部.txt" in problems(collection.archive().engine)[0].what
    collection.describe(f"{FOLDER}/改名.txt", title="意见")
    collection.run()
    assert collection.outcome(f"{FOLDER}/改名.txt") == Outcome.INDEXED


@pytest.mark.parametrize(
    "row", ["文件名,标题\n没有.txt,题目\n", "文件名,公开期限\n没有.txt,2014-01-31\n"], ids=["title", "over"]
)
def test_a_description_that_restricts_nothing_holds_nothing_back(collection: Collection, row: str) -> None:
    collection.write(f"{FOLDER}/目录.csv", row)
    collection.run()
    assert collection.outcome(LIST) == Outcome.INDEXED


def test_what_an_internal_document_left_behind_waits(collection: Collection) -> None:
    collection.write(INSIDE, "内部意见\n不可外传。\n")
    collection.write(f"{FOLDER}/说明.txt", "内部说明\n也不可外传。\n")
    collection.describe(INSIDE, audience="面向本单位", attachments=["说明.txt"])
    collection.run()
    for name in (INSIDE, f"{INSIDE}.meta.toml"):
        collection.move(name, name.replace(FOLDER, ELSEWHERE))
    collection.run()
    assert collection.outcome(f"{ELSEWHERE}/内部.txt") == Outcome.NOT_PUBLIC
    assert collection.outcome(f"{FOLDER}/说明.txt") == Outcome.QUARANTINED


def test_an_internal_document_may_move_with_all_that_belongs_to_it(internal: Collection) -> None:
    internal.write(f"{FOLDER}/说明.txt", "内部说明\n也不可外传。\n")
    internal.describe(INSIDE, audience="面向本单位", attachments=["说明.txt"])
    internal.run()
    for name in (INSIDE, f"{INSIDE}.meta.toml", f"{FOLDER}/说明.txt"):
        internal.move(name, name.replace(FOLDER, ELSEWHERE))
    assert internal.run().counts["quarantined"] == 0
    assert internal.find("不可外传") == []
    internal.describe(f"{ELSEWHERE}/内部.txt", audience="面向社会", attachments=["说明.txt"])
    assert internal.run().counts["quarantined"] == 0
    assert internal.find("也不可外传") == [f"{ELSEWHERE}/内部.txt"]
