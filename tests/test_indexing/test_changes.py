"""What each change of the collection does to the index, and what must stay as it was."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

import pytest

from disclosure_search.errors import CollectionError, DocumentNotFoundError
from disclosure_search.ledger import REMEMBERED_DAYS, read_ledger

if TYPE_CHECKING:
    from conftest import Collection

TODAY = date(2016, 6, 1)
FOLDER = "公示栏/奖补名单/2014"
LIST = f"{FOLDER}/名单.txt"
LIST_TEXT = "企业新设专卖店补贴名单\n甲字鞋业有限公司补贴三万元。\n"
PLAN = "政府网站/规划计划/2013/计划.txt"
PLAN_TEXT = "2013年工作计划\n抓好有序用电和错峰生产。\n"


def test_a_first_run_finds_every_original(indexed: Collection) -> None:
    assert indexed.find("甲字鞋业") == [LIST]
    assert indexed.find("有序用电") == [PLAN]


def test_an_unchanged_run_writes_nothing(indexed: Collection) -> None:
    before = indexed.files_of_index()
    report = indexed.run()
    assert indexed.changes_of(report) == (0, 0, 0, 2)
    assert (report.indexed_unchanged, report.committed) == (2, False)
    assert indexed.files_of_index() == before


def test_an_added_original_is_found_and_the_others_are_left(indexed: Collection) -> None:
    indexed.write(f"{FOLDER}/新来.txt", "新来的公示\n乙字水暖有限公司。\n")
    assert indexed.changes() == (1, 0, 0, 2)
    assert indexed.find("乙字水暖") == [f"{FOLDER}/新来.txt"]


def test_a_changed_original_keeps_its_id_and_loses_its_old_text(indexed: Collection) -> None:
    doc_id = indexed.doc_id(LIST)
    indexed.write(LIST, LIST_TEXT.replace("甲字鞋业", "丙字茶业"))
    assert indexed.changes() == (0, 1, 0, 1)
    assert indexed.doc_id(LIST) == doc_id
    assert indexed.find("丙字茶业") == [LIST]
    assert indexed.find("甲字鞋业") == []


@pytest.mark.parametrize(
    "to",
    [f"{FOLDER}/改名.txt", "政府网站/年度报告/2015/名单.txt"],
    ids=["renamed", "moved to another channel, category and year"],
)
def test_a_file_that_moved_keeps_its_id(indexed: Collection, to: str) -> None:
    doc_id = indexed.doc_id(LIST)
    indexed.move(LIST, to)
    assert indexed.changes() == (0, 1, 0, 1)
    assert indexed.doc_id(to) == doc_id
    assert indexed.find("甲字鞋业") == [to]


def test_two_files_that_change_places_take_their_ids_along(indexed: Collection) -> None:
    ids = indexed.doc_id(LIST), indexed.doc_id(PLAN)
    indexed.write(LIST, PLAN_TEXT)
    indexed.write(PLAN, LIST_TEXT)
    indexed.run()
    assert (indexed.doc_id(PLAN), indexed.doc_id(LIST)) == ids
    assert indexed.find("甲字鞋业") == [PLAN]


def test_a_permalink_follows_its_content_when_another_one_takes_its_place(indexed: Collection) -> None:
    doc_id = indexed.doc_id(LIST)
    indexed.move(LIST, f"{FOLDER}/旧名单.txt")
    indexed.write(LIST, "第二批名单\n癸字纺织厂。\n")
    indexed.run()
    assert indexed.doc_id(f"{FOLDER}/旧名单.txt") == doc_id
    assert indexed.doc_id(LIST) not in (doc_id, indexed.doc_id(PLAN))


def test_what_is_removed_and_put_back_gets_its_id_again(indexed: Collection) -> None:
    changed = LIST_TEXT + "补充一行。\n"
    indexed.write(LIST, changed)
    indexed.run()
    doc_id = indexed.doc_id(LIST)
    indexed.remove(LIST)
    indexed.run()
    indexed.write(PLAN, PLAN_TEXT + "补充一行。\n")
    indexed.run(rebuild=True)
    indexed.write(f"{FOLDER}/放回.txt", changed)
    indexed.run()
    assert indexed.doc_id(f"{FOLDER}/放回.txt") == doc_id
    assert indexed.run().committed is False


def test_a_data_folder_that_is_empty_leaves_the_index_as_it_was(indexed: Collection) -> None:
    before = indexed.accounts()
    indexed.data_dir.rename(indexed.home / "elsewhere")
    indexed.data_dir.mkdir()
    with pytest.raises(CollectionError, match=r"2 of 2 originals are gone .* --accept-losses"):
        indexed.run()
    assert indexed.archive().engine.condition().documents == 2
    indexed.data_dir.rmdir()
    with pytest.raises(CollectionError, match="no such folder"):
        indexed.run()
    (indexed.home / "elsewhere").rename(indexed.data_dir)
    assert indexed.changes() == (0, 0, 0, 2)
    assert indexed.accounts() == before


def test_losses_that_are_accepted_cost_no_id(indexed: Collection) -> None:
    ids = {path: account.doc_id for path, account in indexed.accounts().items()}
    indexed.data_dir.rename(indexed.home / "elsewhere")
    indexed.data_dir.mkdir()
    assert indexed.run(losses_accepted=True).counts["found"] == 0
    indexed.data_dir.rmdir()
    (indexed.home / "elsewhere").rename(indexed.data_dir)
    indexed.run()
    assert {path: account.doc_id for path, account in indexed.accounts().items()} == ids


@pytest.mark.parametrize(("gone", "is_refused"), [(10, False), (11, True)], ids=["half", "more than half"])
def test_that_most_of_many_originals_go_at_once_is_not_believed(
    bare: Collection, gone: int, *, is_refused: bool
) -> None:
    for number in range(20):
        bare.write(f"{number}.txt", f"第{number}号文件\n正文。\n")
    bare.run()
    for number in range(gone):
        bare.remove(f"{number}.txt")
    if is_refused:
        with pytest.raises(CollectionError, match="11 of 20 originals are gone"):
            bare.run()
        assert bare.changes(losses_accepted=True) == (0, 0, 11, 9)
    else:
        assert bare.changes() == (0, 0, 10, 10)


def test_originals_that_were_moved_are_not_gone(bare: Collection) -> None:
    for number in range(20):
        bare.write(f"{number}.txt", f"第{number}号文件\n正文。\n")
    bare.run()
    for number in range(20):
        bare.move(f"{number}.txt", f"新位置/{number}.txt")
    assert bare.run().removed == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder; run the tests as another user")
def test_what_lies_in_a_folder_that_cannot_be_read_stays(bare: Collection) -> None:
    closed = bare.write("关着/一.txt", "第一号文件\n正文。\n").parent
    bare.write("开着/二.txt", "第二号文件\n正文。\n")
    bare.run()
    closed.chmod(0)
    try:
        report = bare.run()
        assert (report.removed, report.unchanged, report.counts["quarantined"]) == (0, 2, 1)
    finally:
        closed.chmod(0o700)
    assert bare.changes() == (0, 0, 0, 2)


def test_what_is_gone_is_forgotten_after_its_time(indexed: Collection) -> None:
    indexed.remove(LIST)
    indexed.run()
    ledger = read_ledger(indexed.archive().engine.ledger())
    assert [one.path for one in ledger.gone] == [LIST]
    indexed.today = date.fromordinal(TODAY.toordinal() + REMEMBERED_DAYS)
    indexed.run()
    assert read_ledger(indexed.archive().engine.ledger()).gone == ()


def test_a_removed_original_leaves_no_trace(indexed: Collection) -> None:
    doc_id = indexed.doc_id(LIST)
    indexed.remove(LIST)
    assert indexed.changes() == (0, 0, 1, 1)
    assert indexed.find("甲字鞋业") == []
    with pytest.raises(DocumentNotFoundError):
        indexed.archive().search.document(doc_id)


def test_the_last_original_may_go(indexed: Collection) -> None:
    indexed.remove(LIST)
    indexed.remove(PLAN)
    assert indexed.changes(losses_accepted=True) == (0, 0, 2, 0)
    assert indexed.documents() == {}
    indexed.write(LIST, LIST_TEXT)
    assert indexed.changes() == (1, 0, 0, 0)


def test_a_file_that_was_only_touched_is_unchanged(indexed: Collection) -> None:
    os.utime(indexed.data_dir / LIST, (1_000_000_000, 1_000_000_000))
    report = indexed.run()
    assert indexed.changes_of(report) == (0, 0, 0, 2)
    assert report.indexed_unchanged == 2
    assert indexed.run().committed is False


def test_a_rebuild_keeps_every_id(indexed: Collection) -> None:
    indexed.write(LIST, LIST_TEXT + "补充一行。\n")
    indexed.run()
    before = {path: account.doc_id for path, account in indexed.accounts().items()}
    report = indexed.run(rebuild=True)
    assert report.rebuilt
    assert {path: account.doc_id for path, account in indexed.accounts().items()} == before
    assert indexed.find("补充一行") == [LIST]


def test_ids_of_unchanged_contents_outlive_the_index(indexed: Collection) -> None:
    indexed.move(LIST, f"{FOLDER}/改名.txt")
    indexed.run()
    before = {path: account.doc_id for path, account in indexed.accounts().items()}
    indexed.forget()
    indexed.run()
    assert {path: account.doc_id for path, account in indexed.accounts().items()} == before


def test_an_index_number_is_the_id_and_outlives_the_index_and_a_changed_content(
    collection: Collection,
) -> None:
    collection.describe(LIST, index_number="LX00123-0215-2014-00031")
    collection.run()
    assert collection.doc_id(LIST) == "LX00123-0215-2014-00031"
    collection.write(LIST, "全部改写\n没有一个字相同。\n")
    collection.forget()
    collection.run()
    assert collection.doc_id(LIST) == "LX00123-0215-2014-00031"


def test_an_id_given_once_is_kept_when_an_index_number_comes_later(indexed: Collection) -> None:
    doc_id = indexed.doc_id(LIST)
    indexed.describe(LIST, index_number="LX00123-0215-2014-00031")
    indexed.run()
    assert indexed.doc_id(LIST) == doc_id
    assert indexed.archive().search.document("LX00123-0215-2014-00031").doc_id == doc_id


def test_two_documents_with_one_index_number_both_stand_and_are_named(collection: Collection) -> None:
    for path in (LIST, PLAN):
        collection.describe(path, index_number="LX00123-0215-2014-00031")
    report = collection.run()
    assert len(collection.documents()) == 2
    assert any("LX00123-0215-2014-00031" in warning for warning in report.warnings)


def test_new_user_words_rebuild_the_index_and_keep_ids_of_changed_contents(indexed: Collection) -> None:
    indexed.write(LIST, "改写过的名单\n丁字石材有限公司。\n")
    indexed.run()
    doc_id = indexed.doc_id(LIST)
    indexed.write("vocabulary/words.txt", "丁字石材\n")
    assert indexed.run().rebuilt
    assert indexed.doc_id(LIST) == doc_id
