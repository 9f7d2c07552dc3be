"""A category is suggested from title, column and agency, with its reason, and never set."""

from __future__ import annotations

from pathlib import Path

import pytest

from disclosure_search.collection.assemble import Described, assemble
from disclosure_search.collection.patterns import Patterns
from disclosure_search.collection.scan import Original
from disclosure_search.collection.suggest import suggest
from disclosure_search.document import FACETS, Document
from disclosure_search.extract import Extract
from disclosure_search.record import from_record, to_record
from disclosure_search.vocabulary import Entry, Vocabularies, Vocabulary, load_vocabularies

LISTS = load_vocabularies(Path("no such folder"))


def of(title: str, column: str = "", agency: str = "", genre: str = "") -> tuple[str, str]:
    found = suggest(title, column, agency, genre, LISTS)
    return LISTS["categories"].label_of(found.code), found.reason


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("云岭县经济和贸易局2014年度政府信息公开工作报告", "年度报告"),
        ("2015年“三公”经费支出表", "三公经费"),
        ("2014年部门决算", "部门决算"),
        ("关于印发《云岭县节能奖励资金管理办法》的通知", "规范性文件"),
        ("关于组织申报2014年度技术改造补助资金的通知", "项目申报"),
        ("2014年第一季度行政处罚案件公开表", "行政处罚"),
        ("企业新设专卖店补贴名单", "奖补名单"),
        ("2014年有序用电预案", "应急管理"),
        ("主要职责和内设机构", "机构职能"),
        ("关于某项目节能评估的审查意见", "重大建设项目"),
    ],
)
def test_words_of_the_title_name_a_category(title: str, category: str) -> None:
    label, reason = of(title)
    assert label == category
    assert reason.startswith("标题含“")
    assert reason[4:-1] in title


def test_the_column_of_the_site_speaks_where_the_title_says_nothing() -> None:
    assert of("一件事情", column="政务公开>统计数据") == ("统计信息", "栏目“统计数据”")
    assert of("一件事情", column="没有这个栏目") == ("", "")


def test_what_such_an_agency_writes_in_such_a_form_comes_last() -> None:
    assert of("关于某事的通知", agency="云岭县人民政府")[0] == "规范性文件"
    assert of("某月的话", agency="云岭县统计局", genre="报告") == ("统计信息", "机构“统计局”与文种“报告”")


def test_a_list_without_a_category_gets_no_suggestion_of_it() -> None:
    own = Vocabularies({"categories": Vocabulary((Entry("a", "渔业捕捞"),))})
    assert suggest("2014年部门决算", "", "", "", own).code == ""
    assert suggest("渔业捕捞的一件事", "", "", "", own) == ("a", "标题含类目名“渔业捕捞”")


def made(row: dict[str, str], **more: str) -> Document:
    extract = Extract("2014年部门决算\n正文一句。", reader="txt", metadata=tuple(more.items()))
    return assemble(
        Original("甲.txt"), "0" * 64, extract, Described({}, row, {}), Patterns((), "", ""), LISTS
    )


def test_a_suggestion_stands_apart_from_the_category_and_is_no_facet() -> None:
    document = made({})
    assert document.category == ()
    assert document.suggested_category == "20-07-02"
    assert document.suggested_because == "标题含“决算”"
    assert "category" not in document.sources
    assert not [field for field in FACETS if "suggest" in field.name]
    assert from_record(to_record(document), document.body) == document


def test_a_category_that_the_list_knows_needs_no_suggestion() -> None:
    assert made({"category": "统计信息"}).suggested_category == ""
    assert made({"category": "本局自造的类"}).suggested_category == "20-07-02"
