"""The query language: any text is a search, its tree prints as a search that means the same."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from disclosure_search.document import FIELDS, Field, Kind
from disclosure_search.query import (
    MOST_LEAVES,
    All,
    And,
    Filter,
    Not,
    Or,
    Parsed,
    Phrase,
    Query,
    Range,
    Text,
    field_called,
    leaves,
    parse,
)

SIGNS = [
    *'()（）|｜"“”„-－−:： \n\t.~至',
    "..",
    "OR ",
    " AND ",
    "NOT ",
    "》",
    "《",
    "「",
    "」",
    "年",
    "号",
    "〔2014〕",
    "第",
    "以前",
    ">=",
    "〔",
    "2",
    "标题:",
    "文号：",
    "年份:",
    "发布日期:",
    "类别:",
    "title:",
    "2012",
    "2014年",
    "11月",
    "补贴",
    "名单",
    "a",
    "国办发〔2014〕12号",
    "\0",
    "\ud800",
    "𠮷",
    "\u3000",
]
SEARCHES = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(SIGNS), max_size=14).map("".join))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("", All(), id="nothing"),
        pytest.param(" \u3000\n", All(), id="spaces"),
        pytest.param("补贴 名单", And((Text("补贴"), Text("名单"))), id="two words"),
        pytest.param("补贴\u3000名单", And((Text("补贴"), Text("名单"))), id="ideographic space"),
        pytest.param('"补贴 名单"', Phrase("补贴 名单"), id="phrase"),
        pytest.param("“补贴名单”", Phrase("补贴名单"), id="Chinese quotes"),
        pytest.param('"补贴"名单', And((Phrase("补贴"), Text("名单"))), id="phrase beside a word"),
        pytest.param("-失效", Not(Text("失效")), id="exclusion"),
        pytest.param("名单 －“失效”", And((Text("名单"), Not(Phrase("失效")))), id="full-width dash"),
        pytest.param("--失效", Not(Text("失效")), id="two dashes are one"),
        pytest.param("-(-失效)", Text("失效"), id="an excluded exclusion"),
        pytest.param("增产|扩产", Or((Text("增产"), Text("扩产"))), id="alternatives"),
        pytest.param("a | b c", Or((Text("a"), And((Text("b"), Text("c"))))), id="together binds closer"),
        pytest.param("(a | b) c", And((Or((Text("a"), Text("b"))), Text("c"))), id="group"),
        pytest.param("（a｜b） c", And((Or((Text("a"), Text("b"))), Text("c"))), id="full-width group"),
        pytest.param(
            "a (b c)", And((Text("a"), Text("b"), Text("c"))), id="a group of the same kind is flat"
        ),
        pytest.param("标题:年度报告", Text("年度报告", "title"), id="field"),
        pytest.param("Title：年度报告", Text("年度报告", "title"), id="English name, full-width colon"),
        pytest.param('标题:"年度 报告"', Phrase("年度 报告", "title"), id="phrase in a field"),
        pytest.param("时间10:30", Text("时间10:30"), id="a colon after no field"),
        pytest.param("标题: 报告", Text("报告", "title"), id="a space behind a name"),
        pytest.param("报告 标题:", And((Text("报告"), Text("标题"))), id="a name with nothing behind it"),
        pytest.param("文号:国办发(2014)12号", Filter("number", "国办发(2014)12号"), id="document number"),
        pytest.param("文号:(2014)12号", Filter("number", "(2014)12号"), id="document number without prefix"),
        pytest.param(
            "(文号:国办发(2014)12号 | 乙)",
            Or((Filter("number", "国办发(2014)12号"), Text("乙"))),
            id="number in a group",
        ),
        pytest.param("发布机构:“经济 贸易局”", Filter("agency", "经济 贸易局"), id="quoted value"),
        pytest.param("年份:2014", Filter("year", "2014"), id="year"),
        pytest.param("年份:2014年", Filter("year", "2014"), id="year with its sign"),
        pytest.param("年份:２０１４", Filter("year", "2014"), id="full-width year"),
        pytest.param("年份:2012..2015", Range("year", "2012", "2015"), id="years"),
        pytest.param("年份:2012年至2015年", Range("year", "2012年", "2015年"), id="years with their signs"),
        pytest.param("年份:２０１２～２０１５", Range("year", "2012", "2015"), id="full-width years"),
        pytest.param("年份:2012-2015", Range("year", "2012", "2015"), id="years with a dash"),
        pytest.param("年份:..2015", Range("year", "", "2015"), id="years up to"),
        pytest.param("年份:2012..", Range("year", "2012"), id="years from"),
        pytest.param("发布日期:2014-11-28", Range("published", "2014-11-28", "2014-11-28"), id="a day"),
        pytest.param("发布日期:2014年11月", Range("published", "2014年11月", "2014年11月"), id="a month"),
        pytest.param("成文日期:2014.1.2..2014.3", Range("issued", "2014.1.2", "2014.3"), id="days"),
        pytest.param("发布日期:昨天", And((Text("发布日期"), Text("昨天"))), id="no date"),
        pytest.param("发布日期:2014-02-30", And((Text("发布日期"), Text("2014-02-30"))), id="no such day"),
        pytest.param("发布日期:2014-13..", And((Text("发布日期"), Text("2014-13.."))), id="no such month"),
        pytest.param("年份:0000..2015", And((Text("年份"), Text("0000..2015"))), id="no such year"),
        pytest.param("年份:0000", And((Text("年份"), Text("0000"))), id="the year nought"),
        pytest.param("年份:2015..2012", Range("year", "2012", "2015"), id="years the wrong way round"),
        pytest.param(
            "发布日期:2014-05..2014-02-01",
            Range("published", "2014-02-01", "2014-05"),
            id="days the wrong way round",
        ),
        pytest.param(
            "发布日期:2014-05-02..2014-05", Range("published", "2014-05-02", "2014-05"), id="within a month"
        ),
        pytest.param(
            "报告 标题:| 正文:", Or((And((Text("报告"), Text("标题"))), Text("正文"))), id="empty values"
        ),
        pytest.param('标题:"" 报告', And((Text("标题"), Text("报告"))), id="an empty quoted value"),
        pytest.param("标题:(a | b)", Or((Text("a", "title"), Text("b", "title"))), id="a group in a field"),
        pytest.param(
            "年份:(2014 | 2015 | x)",
            Or((Filter("year", "2014"), Filter("year", "2015"), Text("x"))),
            id="years in brackets",
        ),
        pytest.param("附件:名单", Text("名单", "attachment"), id="attachments"),
        pytest.param("a OR b", Or((Text("a"), Text("b"))), id="OR"),
        pytest.param("a AND b", And((Text("a"), Text("b"))), id="AND"),
        pytest.param("a AND NOT b", And((Text("a"), Not(Text("b")))), id="AND NOT"),
        pytest.param("NOT (a OR b) c", And((Not(Or((Text("a"), Text("b")))), Text("c"))), id="NOT a group"),
        pytest.param("NOT NOT a", Not(Text("a")), id="NOT NOT is one"),
        pytest.param("a or b", And((Text("a"), Text("or"), Text("b"))), id="a small or is a word"),
        pytest.param("OR a OR", And((Text("or"), Text("a"))), id="operators with nothing beside them"),
        pytest.param("《补贴 办法》", Phrase("补贴 办法"), id="a title in its signs"),
        pytest.param("《补贴办法》解读", And((Phrase("补贴办法"), Text("解读"))), id="a title and more"),
        pytest.param("关于《补贴办法》的通知", Text("关于《补贴办法》的通知"), id="a title inside a title"),
        pytest.param("《关于〈办法〉和《细则》的通知》", Phrase("关于〈办法〉和《细则》的通知"), id="nested"),
        pytest.param("「补贴『名单』」", Phrase("补贴『名单』"), id="corner quotes"),
        pytest.param("“关于“补贴”的通知”", Phrase("关于补贴的通知"), id="nested quotes"),
        pytest.param('通知"补贴名单"', And((Text("通知"), Phrase("补贴名单"))), id="a phrase behind a word"),
        pytest.param("标题:《补贴办法》", Phrase("补贴办法", "title"), id="a title in a field"),
        pytest.param("《补贴办法", Text("补贴办法"), id="a title that nothing closes"),
        pytest.param("国办发（2014）12号", Text("国办发〔2014〕12号"), id="bare number"),
        pytest.param("(2014)第012号", Text("〔2014〕12号"), id="bare number without prefix"),
        pytest.param("（２０１４）１２号", Text("〔2014〕12号"), id="bare number in full width"),
        pytest.param(
            "国办发﹝2014﹞ 第 12 号 名单",
            And((Text("国办发〔2014〕12号"), Text("名单"))),
            id="number and a word",
        ),
        pytest.param("-(2014)12号", Not(Text("〔2014〕12号")), id="number excluded"),
        pytest.param("(2014)12号名单", Text("(2014)12号名单"), id="number at the begin of a word"),
        pytest.param("(2014 | 2015) 12号", And((Or((Text("2014"), Text("2015"))), Text("12号"))), id="years"),
        pytest.param("(〔2014〕) 12号", And((Text("〔2014〕"), Text("12号"))), id="a year and a number"),
        pytest.param(
            "文号:国办发 〔2014〕 12 号 x",
            And((Filter("number", "国办发〔2014〕12号"), Text("x"))),
            id="spaces",
        ),
        pytest.param("文号： 国务院令 第711号", Filter("number", "国务院令第711号"), id="order"),
        pytest.param("文号:国办发12号", Filter("number", "国办发12号"), id="number without year"),
        pytest.param(
            "索引号:000014349/2018-00222", Filter("index_number", "000014349/2018-00222"), id="index number"
        ),
        pytest.param("有效性:有效", Filter("validity", "有效"), id="validity"),
        pytest.param("年:>=2014", Range("year", "2014"), id="from"),
        pytest.param("年:≥2014", Range("year", "2014"), id="from, one sign"),
        pytest.param("年份: <= 2014", Range("year", "", "2014"), id="up to"),
        pytest.param("年份:>2014", Range("year", "2015"), id="after"),
        pytest.param("年份:＜2014", Range("year", "", "2013"), id="before"),
        pytest.param("年份:2014年以前", Range("year", "", "2014年"), id="up to in words"),
        pytest.param("年份:2014年之前", Range("year", "", "2013"), id="before in words"),
        pytest.param("年份:2014年以来", Range("year", "2014年"), id="since"),
        pytest.param("年份:2014年后", Range("year", "2015"), id="after in words"),
        pytest.param(
            "年份:2012 - 2015 x", And((Range("year", "2012", "2015"), Text("x"))), id="spaces in years"
        ),
        pytest.param("年份:2012 2015", And((Filter("year", "2012"), Text("2015"))), id="two years"),
        pytest.param("发布日期:2014年5月之前", Range("published", "", "2014-04-30"), id="before a month"),
        pytest.param(
            "发布日期:2014.1.2-2014.3.1", Range("published", "2014.1.2", "2014.3.1"), id="days, a dash"
        ),
        pytest.param(
            "成文日期:2014年到2015年", Range("issued", "2014年", "2015年"), id="days from year to year"
        ),
        pytest.param("成文日期:>=2014", Range("issued", "2014"), id="days from"),
        pytest.param("a b a", And((Text("a"), Text("b"))), id="the same word again"),
        pytest.param("规定（一）", Text("规定（一）"), id="brackets inside a run"),
        pytest.param(
            "(规定(一) | 乙)", Or((Text("规定(一)"), Text("乙"))), id="brackets inside a run in a group"
        ),
        pytest.param("a )b", And((Text("a"), Text("b"))), id="a bracket that nothing opened"),
        pytest.param("(a", Text("a"), id="a bracket that nothing closes"),
        pytest.param('a "b c', And((Text("a"), Text("b"), Text("c"))), id="a quote that nothing closes"),
        pytest.param("- | a", Or((Text("-"), Text("a"))), id="a dash alone"),
        pytest.param("()", All(), id="an empty group"),
        pytest.param("a | ", Text("a"), id="an empty alternative"),
        pytest.param('""', All(), id="an empty phrase"),
    ],
)
def test_a_search_reads_as_its_tree(text: str, tree: Query) -> None:
    assert parse(text).query == tree


@pytest.mark.parametrize(
    ("text", "note"),
    [
        pytest.param("a )b", "右括号", id="bracket not opened"),
        pytest.param("(a", "括号没有配对", id="bracket not closed"),
        pytest.param('"a', "引号没有配对", id="quote not closed"),
        pytest.param("发布日期:昨天", "按普通文字检索", id="no date"),
        pytest.param("发布日期:2014-11-28x", "按普通文字检索", id="not quite a date"),
        pytest.param("发布日期:2014-02-30", "按普通文字检索", id="no such day"),
        pytest.param("补贴 标题:", "“标题”后面没有内容", id="no value"),
        pytest.param("《补贴", "引号没有配对", id="title not closed"),
        pytest.param(" ".join(map(chr, range(0x4E00, 0x4E00 + 65))), "只用了前 64 个", id="65 words"),
    ],
)
def test_what_is_not_understood_is_said(text: str, note: str) -> None:
    assert any(note in one for one in parse(text).notes)


@pytest.mark.parametrize(
    "join",
    [
        pytest.param(" ".join, id="together"),
        pytest.param("|".join, id="alternatives"),
        pytest.param(lambda words: f"-({'|'.join(words)})", id="exclusion"),
        pytest.param(lambda words: " ".join(f"({word} | 标题:{word})" for word in words), id="groups"),
        pytest.param(lambda words: f"前 ({' '.join(words)} | -{' -'.join(words)}) 后", id="deep"),
    ],
)
def test_a_search_has_as_many_conditions_as_can_be_looked_up_quickly(
    join: Callable[[list[str]], str],
) -> None:
    parsed = parse(join([chr(0x4E00 + at) for at in range(300)]))
    conditions = re.findall("[\u4e00-\u5fff]", str(parsed.query).replace("title", ""))
    assert len(conditions) == MOST_LEAVES
    assert parsed.notes
    assert parse(str(parsed.query)) == Parsed(parsed.query)


@pytest.mark.parametrize(
    "text",
    ["补贴 名单", " ".join(map(str, range(64))), "a|b", "(a)", '"a"', "规定（一）", "-a", "年份:2012..2015"],
    ids=lambda text: text[:20],
)
def test_what_is_understood_is_not_commented(text: str) -> None:
    assert parse(text).notes == ()


@pytest.mark.parametrize(
    "field", [one for one in FIELDS if one.kind is not Kind.RECORD], ids=lambda one: one.name
)
def test_a_field_answers_to_each_of_its_names(field: Field) -> None:
    for name in (field.name, field.label, field.english, field.english.upper(), *field.names):
        assert field_called(name) is field, name


def test_leaves_under_an_exclusion_are_left_out() -> None:
    assert list(leaves(parse("a (b | -c) -(d e)").query)) == [Text("a"), Text("b")]


@given(SEARCHES)
@example('"标题:a')
@example('"-a')
@example("-(-a)")
@example("-(-")
@example("x (c | a(b )")
@example("a | b)x ) c")
@example('标题:")')
@example("发布日期:2014x")
@example('发布日期:"2014 11"')
@example("年份:2012~2013..")
@example("a)b | c) (d|e)f) g")
@settings(max_examples=3000, deadline=None)
def test_a_printed_tree_reads_as_the_same_tree(text: str) -> None:
    tree = parse(text).query
    assert parse(str(tree)).query == tree


@pytest.mark.parametrize(
    "sign", [*'()（|"“”-:. a的\0\ud800', "(a", "-(", "a:", '"a" ', "标题:", "(a|", "a)", "x(", ") "]
)
def test_a_thousand_of_one_sign_are_a_search_and_quickly_one(sign: str) -> None:
    text = (sign * 1000)[:10_000]
    began = time.perf_counter()
    tree = parse(text).query
    assert parse(str(tree)).query == tree
    assert time.perf_counter() - began < 1.0


def test_brackets_within_brackets_do_not_run_out_of_stack() -> None:
    tree = parse("(" * 5000 + "a" + ")" * 5000).query
    assert next(leaves(tree)) == Text("a")
