"""What is public on which day, and who may see it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from disclosure_search.errors import CollectionError
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.ledger import Outcome

if TYPE_CHECKING:
    from conftest import Collection

FOLDER = "公示栏/奖补名单/2014"
LIST = f"{FOLDER}/名单.txt"


@pytest.mark.parametrize("day", ["2016-07-01", "2016年7月1日", "2030-01-01"], ids=["soon", "in words", "far"])
def test_a_publication_in_the_future_waits_for_its_day(collection: Collection, day: str) -> None:
    collection.describe(LIST, published=day)
    collection.run()
    assert collection.outcome(LIST) == Outcome.NOT_PUBLIC
    collection.today = date(int(day[:4]), 7, 1)
    assert collection.changes() == (1, 0, 0, 1)
    assert collection.find("甲字鞋业") == [LIST]


@pytest.mark.parametrize("day", ["2016-06-30", "2099-12-31"], ids=["soon", "far"])
def test_a_notice_goes_on_the_day_after_its_last(collection: Collection, day: str) -> None:
    collection.describe(LIST, expires=day)
    collection.run()
    assert collection.outcome(LIST) == Outcome.INDEXED
    collection.today = date.fromisoformat(day)
    assert collection.changes() == (0, 0, 0, 2)
    collection.today = date.fromordinal(collection.today.toordinal() + 1)
    assert collection.changes() == (0, 0, 1, 1)
    assert collection.outcome(LIST) == Outcome.NOT_PUBLIC
    assert collection.changes() == (0, 0, 0, 1)


def test_an_expired_notice_is_not_found_even_before_the_next_run(collection: Collection) -> None:
    collection.describe(LIST, expires="2016-06-30")
    collection.run()
    assert date.today() > date(2016, 6, 30)
    assert collection.find("甲字鞋业") == []


@pytest.mark.parametrize("word", ["长期", "长期公开", "永久"])
def test_a_period_without_an_end_has_none(collection: Collection, word: str) -> None:
    collection.write(f"{FOLDER}/目录.csv", f"文件名,公开期限\n名单.txt,{word}\n")
    collection.run()
    assert collection.document(LIST).expires is None


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        pytest.param({"withdrawn": "内容有误"}, Outcome.NOT_PUBLIC, id="withdrawn"),
        pytest.param({"withdrawn": True}, Outcome.NOT_PUBLIC, id="withdrawn = true"),
        pytest.param({"withdrawn": False}, Outcome.INDEXED, id="withdrawn = false"),
        pytest.param({"withdrawn": "否"}, Outcome.INDEXED, id="withdrawn: no"),
        pytest.param({"audience": "面向社会"}, Outcome.INDEXED, id="public"),
        pytest.param({"audience": "面向某些人"}, Outcome.NOT_PUBLIC, id="unknown audience"),
        pytest.param({"openness": "依申请公开"}, Outcome.NOT_PUBLIC, id="on request"),
        pytest.param({"openness": "不予公开"}, Outcome.NOT_PUBLIC, id="refused"),
        pytest.param({"openness": "主动公开"}, Outcome.INDEXED, id="proactive"),
    ],
)
def test_who_may_see_a_document_is_decided_by_its_description(
    collection: Collection, values: dict[str, object], outcome: str
) -> None:
    collection.describe(LIST, **values)
    collection.run()
    assert collection.outcome(LIST) == outcome


def test_a_data_folder_that_is_not_there_is_an_error_and_the_index_goes_on(indexed: Collection) -> None:
    indexed.data_dir.rename(indexed.home / "elsewhere")
    archive = indexed.archive()
    with pytest.raises(CollectionError):
        bring_up_to_date(
            archive.engine, indexed.data_dir, archive.store_dir, archive.vocabularies, archive.segmenter
        )
    (indexed.home / "elsewhere").rename(indexed.data_dir)
    assert indexed.find("甲字鞋业") == [LIST]
    assert indexed.changes() == (0, 0, 0, 2)
