"""What catalogues, sidecars and vocabularies say, and what is held back where they cannot be read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from disclosure_search.ledger import Outcome
from disclosure_search.report import problems
from disclosure_search.search import SearchState

if TYPE_CHECKING:
    from conftest import Collection

FOLDER = "公示栏/奖补名单/2014"
LIST = f"{FOLDER}/名单.txt"
PLAN = "政府网站/规划计划/2013/计划.txt"


def test_a_catalogue_that_is_edited_changes_its_documents_alone(indexed: Collection) -> None:
    indexed.write(
        f"{FOLDER}/目录.csv", "文件名,标题,文号\n名单.txt,新设专卖店补贴名单公告,临经贸〔2014〕39号\n"
    )
    assert indexed.changes() == (0, 1, 0, 1)
    assert indexed.document(LIST).title == "新设专卖店补贴名单公告"
    indexed.write(f"{FOLDER}/目录.csv", "文件名,标题\n名单.txt,再改的题目\n")
    assert indexed.changes() == (0, 1, 0, 1)
    assert (indexed.document(LIST).title, indexed.document(LIST).number) == ("再改的题目", "")


def test_a_sidecar_that_comes_later_changes_its_document_alone(indexed: Collection) -> None:
    indexed.describe(LIST, published="2014-12-02 09:46", keywords=["补贴", "专卖店"])
    assert indexed.changes() == (0, 1, 0, 1)
    assert indexed.document(LIST).keywords == ("补贴", "专卖店")
    indexed.remove(f"{LIST}.meta.toml")
    assert indexed.changes() == (0, 1, 0, 1)
    assert indexed.document(LIST).keywords == ()


def test_a_label_edited_in_a_vocabulary_is_the_new_label_and_the_code_stays(indexed: Collection) -> None:
    assert indexed.document(LIST).channel == ("notice-board",)
    indexed.write(
        "vocabulary/channels.csv", "code,label,aliases\nnotice-board,市府公示栏,公示栏\nwebsite,政府网站,\n"
    )
    indexed.run()
    assert indexed.document(LIST).channel == ("notice-board",)
    facets = {facet.name: facet for facet in indexed.archive().search.run(SearchState()).facets}
    assert "市府公示栏" in [one.label for one in facets["channel"].values]


def test_sources_win_in_their_order_and_are_named(collection: Collection) -> None:
    tags = (
        '<meta name="ArticleTitle" content="网页自己的题目"><meta name="PubDate" content="2014-03-01 08:00">'
    )
    path = f"{FOLDER}/网页.html"
    collection.write(
        path, f"<html><head>{tags}</head><body><p>正文里的一句话，足够长，才会被当作正文。</p></body></html>"
    )
    collection.run()
    assert (collection.document(path).title, collection.document(path).sources["title"]) == (
        "网页自己的题目",
        "meta tag",
    )
    collection.write(f"{FOLDER}/目录.csv", "文件名,标题,类别\n网页.html,目录里的题目,年度报告\n")
    collection.run()
    document = collection.document(path)
    assert (document.title, document.sources["title"]) == ("目录里的题目", "catalogue")
    assert (document.category[-1], document.sources["category"]) == ("20-15-07", "catalogue")
    assert (document.channel, document.sources["channel"]) == (("notice-board",), "path")
    assert document.sources["published"] == "meta tag"
    assert document.sources["agency"] == "collection.toml"
    collection.describe(path, title="附注里的题目", channel=["政府网站", "简报"])
    collection.run()
    document = collection.document(path)
    assert (document.title, document.sources["title"]) == ("附注里的题目", "sidecar")
    assert (document.channel, document.sources["channel"]) == (("website", "bulletin"), "sidecar")
    assert document.sources["category"] == "catalogue"


BROKEN_SIDECAR = (f"{LIST}.meta.toml", 'title = "没有引号\n', LIST)
BROKEN = {
    "sidecar": BROKEN_SIDECAR,
    "catalogue without a file column": (f"{FOLDER}/目录.csv", "标题,文号\n甲,乙\n", LIST),
    "catalogue in no encoding": (f"{FOLDER}/目录.csv", b"\xff\xff\x81\n", LIST),
    "catalogue with an open quote": (
        f"{FOLDER}/目录.csv",
        '文件名,标题\n别的.txt,"没有收尾\n名单.txt,题目\n',
        LIST,
    ),
    "catalogue with an endless cell": (
        f"{FOLDER}/目录.csv",
        "文件名,标题\n名单.txt," + "长" * 200_000 + "\n",
        LIST,
    ),
    "spreadsheet that is none": (f"{FOLDER}/目录.xlsx", b"PK\x03\x04 not a workbook", LIST),
    "unknown field": (f"{LIST}.meta.toml", 'titel = "x"\n', LIST),
    "embargo that is no date": (f"{LIST}.meta.toml", 'published = "以后"\n', LIST),
    "deadline that is no date": (f"{LIST}.meta.toml", 'expires = "以后"\n', LIST),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_description_holds_back_what_is_new(collection: Collection, kind: str) -> None:
    path, content, held = BROKEN[kind]
    collection.write(path, content)
    report = collection.run()
    assert collection.outcome(held) == Outcome.QUARANTINED
    assert collection.outcome(PLAN) == Outcome.INDEXED
    assert [account.path for account in report.new_problems] == [held]
    assert collection.find("甲字鞋业") == []
    told = problems(collection.archive().engine)[0]
    assert told.reason == "metadata"
    assert told.remedy
    collection.remove(path)
    assert collection.changes() == (1, 0, 0, 1)


@pytest.mark.parametrize("kind", [name for name in BROKEN if "date" not in name and "table" not in name])
def test_a_broken_description_leaves_what_is_indexed_as_it_was(indexed: Collection, kind: str) -> None:
    before = indexed.document(LIST)
    path, content, _ = BROKEN[kind]
    indexed.write(path, content)
    report = indexed.run()
    assert indexed.changes_of(report) == (0, 0, 0, 2)
    assert indexed.document(LIST) == before
    indexed.write(LIST, "没有说明的新内容\n不可放出。\n")
    indexed.run()
    assert indexed.outcome(LIST) == Outcome.QUARANTINED
    assert indexed.find("不可放出") == []
    assert indexed.find("甲字鞋业") == []
    indexed.remove(path)
    indexed.run()
    assert indexed.find("不可放出") == [LIST]
    assert indexed.doc_id(LIST) == before.doc_id


def test_a_row_of_a_catalogue_that_names_nothing_is_told(collection: Collection) -> None:
    collection.write(f"{FOLDER}/目录.csv", "文件名,标题\n没有.txt,题目\n")
    assert any("没有.txt" in warning for warning in collection.run().warnings)


def test_a_sidecar_whose_original_is_gone_is_told(indexed: Collection) -> None:
    indexed.describe(LIST, audience="面向本单位")
    indexed.run()
    indexed.move(LIST, f"{FOLDER}/改名.txt")
    assert any("名单.txt.meta.toml" in warning for warning in indexed.run().warnings)


@pytest.mark.parametrize("home", ["", "公示栏", "公示栏/奖补名单"], ids=["top", "channel", "category"])
def test_a_catalogue_may_name_files_in_folders_below(collection: Collection, home: str) -> None:
    name = LIST.removeprefix(f"{home}/") if home else LIST
    collection.write(f"{home}/目录.csv".lstrip("/"), f"文件名,公开范围\n{name},面向本单位\n")
    collection.run()
    assert collection.outcome(LIST) == Outcome.NOT_PUBLIC


def test_a_catalogue_speaks_of_a_file_whose_name_is_not_utf8(collection: Collection) -> None:
    raw = os.fsencode(collection.data_dir / FOLDER) + b"/" + "内部材料.txt".encode("gb18030")
    Path(os.fsdecode(raw)).write_text("内部材料\n不可外传。\n", "utf-8")
    collection.write(f"{FOLDER}/目录.csv", "文件名,公开范围\n内部材料.txt,面向本单位\n".encode("gb18030"))
    report = collection.run()
    assert report.counts["not_public"] == 1
    assert collection.find("不可外传") == []


def test_a_name_of_many_characters_is_indexed(collection: Collection) -> None:
    path = f"{FOLDER}/{'长' * 83}.txt"
    collection.write(path, "名字很长的公示\n戊字纸业有限公司。\n")
    collection.run()
    assert collection.find("戊字纸业") == [path]
