"""What is lost, torn, mistyped or implausible in a page is mended where that is certain, and told where it is not."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure_search.collection import issuers
from disclosure_search.collection.check_digits import is_mistyped
from disclosure_search.collection.moments import day_in_address, passed_days, squeezed_days
from disclosure_search.collection.numbers import in_name, normalise, without_signs
from disclosure_search.collection.recognise import Recognised, recognise
from disclosure_search.collection.suggest import suggest
from disclosure_search.extract import Extract, labels
from disclosure_search.extract.clean import clean
from disclosure_search.vocabulary import Entry, Vocabularies, Vocabulary


def of(text: str, **more: object) -> Recognised:
    return recognise(Extract(text=clean(text), reader="txt", **more), "文件")  # type: ignore[arg-type]


def said(text: str, **more: object) -> dict[str, str]:
    return {name: value for name, (value, _) in of(text, **more).values.items()}


@pytest.mark.parametrize(
    ("digits", "days"),
    [
        ("2023515", [date(2023, 5, 15)]),
        ("20231215", [date(2023, 12, 15)]),
        ("202355", [date(2023, 5, 5)]),
        ("2023111", [date(2023, 1, 11), date(2023, 11, 1)]),
        ("201412", []),
        ("20235", []),
        ("2023999", []),
    ],
)
def test_digits_that_lost_their_signs_are_the_days_they_may_mean(digits: str, days: list[date]) -> None:
    assert list(squeezed_days(digits)) == days


def test_a_squeezed_day_under_its_agency_is_the_day_of_issue_where_it_is_certain() -> None:
    text = "关于某事的通知\n各镇：\n请遵照执行。\n云岭县清水镇人民政府\n"
    assert said(text + "2023515\n（此件公开发布）")["issued"] == "2023-05-15"
    doubtful = of(text + "2023111\n")
    assert "issued" not in doubtful.values
    assert doubtful.conflicts == ("issued: signature says 2023111, which may be several days",)
    assert doubtful.values["agency"] == ("云岭县清水镇人民政府", "signature")
    assert "issued" not in said("关于某事的通知\n各镇：\n电话如下。\n2023515\n")


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("云协发2023】 81 号", "云协发〔2023〕81号"),
        ("云政〔2014 3号", "云政〔2014〕3号"),
        ("云政2013〕226号", "云政〔2013〕226号"),
        ("云政〖2013〗6号", "云政〔2013〕6号"),
        ("云岭县人民政府第12号令", "云岭县人民政府令第12号"),
        ("商务部公告第3号", "商务部公告第3号"),
    ],
)
def test_a_number_is_read_with_one_bracket_lost_and_with_its_order_last(raw: str, number: str) -> None:
    assert normalise(raw) == number


@pytest.mark.parametrize("text", ["第3期】81号", "共（2014 3号楼", "2014）5号", "全文〔2014"])
def test_half_a_bracket_alone_is_no_number(text: str) -> None:
    assert normalise(text) in ("", text)
    assert not of(f"某标题\n正文说{text}如此。").cited


def test_a_line_that_lost_its_signs_is_still_the_number() -> None:
    assert without_signs("清水府发〔202321") == "清水府发〔2023〕21号"
    assert without_signs("见清水府发〔202321页") == ""
    assert said("关于某事的通知\n清水府发〔202321\n正文。")["number"] == "清水府发〔2023〕21号"


@pytest.mark.parametrize(
    ("stem", "number"),
    [
        ("通知_云发_2021_259号", "云发〔2021〕259号"),
        ("规定_云发2013_226号", "云发〔2013〕226号"),
        ("条例_国务院令第768号", "国务院令第768号"),
        ("公示表（云罚决字〔2024〕51号）", "云罚决字〔2024〕51号"),
        ("2021年第3季度报告", ""),
    ],
)
def test_the_name_of_a_file_tells_a_number(stem: str, number: str) -> None:
    assert in_name(stem) == number


def test_labels_that_a_line_end_has_torn_are_put_together() -> None:
    torn = [
        "索引",
        "号： K-20140036 发文机",
        "关：云岭县人民政府成文日期： 2014 年 6 月 8 日标",
        "题：关于某事的通知",
    ]
    assert list(labels.pairs(labels.rejoined(torn))) == [
        ("索引号", "K-20140036"),
        ("发文机关", "云岭县人民政府"),
        ("成文日期", "2014 年 6 月 8 日"),
        ("标题", "关于某事的通知"),
    ]
    found = of("\n".join([*torn, "关于某事的通知", "正文一句。"]))
    assert found.values["title"][0] == "关于某事的通知"
    assert found.values["issued"][0] == "2014-06-08"
    assert "标\n题：" in found.whole  # the text itself is not changed


@pytest.mark.parametrize(
    ("index_number", "is_wrong"),
    [
        ("003141597/2014-00036", False),
        ("003141592/2014-00036", True),
        ("00314159-7/2014-00036", False),
        ("91350100M000100Y43/2021-00050", False),
        ("91350100M000100Y44/202110-00013", True),
        ("LX00123-0207-2013-00011", False),
        ("6107280000/2024-001005", False),
        ("", False),
    ],
)
def test_check_digits_are_checked_where_the_scheme_has_them(index_number: str, is_wrong: bool) -> None:
    assert is_mistyped(index_number) == is_wrong
    conflicts = of("某标题\n正文。", metadata=(("table:索引号", index_number),)).conflicts
    assert any("check digit" in one for one in conflicts) == is_wrong


def test_a_page_that_was_published_before_it_was_signed_is_told() -> None:
    pairs = (("table:发布日期", "2014-04-05"), ("table:成文日期", "2014-04-06"))
    found = of("某标题\n正文。", metadata=pairs)
    assert found.values["published"][0] == "2014-04-05"
    assert found.conflicts == (
        "published: metadata table says 2014-04-05, before the day of issue, 2014-04-06 (metadata table)",
    )


@pytest.mark.parametrize(
    ("head", "agency"),
    [
        pytest.param("云岭县经济和贸易局2014年度工作总结", "云岭县经济和贸易局", id="before the year"),
        pytest.param(
            "关于印发《云岭县人民政府工作规则》的通知\n云府〔2011〕33号", "云岭县人民政府", id="quoted"
        ),
        pytest.param("某事的办法\n云岭县财政局令第7号", "云岭县财政局", id="order"),
        pytest.param("本报告由云岭县财政局根据条例编制。", "云岭县财政局", id="report"),
    ],
)
def test_who_issued_what_nobody_signed(head: str, agency: str) -> None:
    assert said(f"{head}\n正文一句。")["agency"] == agency


def test_issuers_run_together_are_parted_as_the_title_parts_them() -> None:
    assert issuers.parted("国务院中央军委", "国务院、中央军委关于某事的批复") == "国务院;中央军委"
    assert issuers.parted("国务院中央军委", "关于某事的批复") == "国务院中央军委"


def test_a_law_is_as_old_as_its_last_amendment_and_not_as_its_beginning() -> None:
    head = [
        "2014年3月1日 某会议通过",
        "（2018年5月6日某会议第一次修正 自2018年7月1日起施行）",
        "2020年1月1日开工",
    ]
    assert list(passed_days(head)) == [date(2018, 5, 6)]
    assert list(passed_days(["2020年1月1日开工"])) == []


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("https://gov.example/201501/t20150128_2510919.html", "2015-01-28"),
        ("https://gov.example/html/2013-01-25/1779.html", "2013-01-25"),
        ("https://gov.example/art/2015/3/24/art_1_9542.html", "2015-03-24"),
        ("https://gov.example/2015/13/24/a.html", ""),
        ("https://gov.example/content_1202379.html", ""),
    ],
)
def test_the_address_of_a_page_tells_its_day(address: str, day: str) -> None:
    assert day_in_address(address) == day
    values = of("某标题\n正文。", metadata=(("meta:url", address),)).values
    assert values.get("published", ("", ""))[0] == day


def test_short_and_full_names_of_a_number_do_not_disagree() -> None:
    found = of("某令\n国务院令第707号\n正文。", metadata=(("table:发文字号", "国令第707号"),))
    assert found.conflicts == ()
    other = of("某令\n国务院令第708号\n正文。", metadata=(("table:发文字号", "国令第707号"),))
    assert len(other.conflicts) == 1


def test_two_names_of_one_agency_do_not_disagree() -> None:
    extract = Extract(
        "某标题\n正文。\n云岭县经贸局\n2014年1月2日", metadata=(("table:发布机构", "云岭县经济和贸易局"),)
    )
    agencies = Vocabulary((Entry("t", "云岭县经济和贸易局", aliases=("云岭县经贸局",)),))
    assert recognise(extract, "x").conflicts
    assert not recognise(extract, "x", agencies).conflicts


def test_where_a_page_was_taken_from_is_only_a_hint() -> None:
    line = "来源：云岭县政府办"
    assert not of(f"某标题\n{line}\n正文。", metadata=(("table:发布机构", "云岭县人民政府办公室"),)).conflicts
    assert of(f"某标题\n{line}\n正文。").values["agency"] == ("云岭县政府办", "source line")


@pytest.mark.parametrize(
    "text",
    [
        "索引号\nK-20140036\n发布机构\n云岭县财政局\n文号\n云财〔2014〕3号\n",
        "索引号\tK-20140036\n发布机构\t云岭县财政局\t文号\t云财〔2014〕3号\n",
    ],
    ids=["above each other", "in cells"],
)
def test_labels_need_no_colon_where_several_stand_together(text: str) -> None:
    values = said(f"{text}关于某事的通知\n正文一句。")
    assert [values[name] for name in ("index_number", "agency", "number")] == [
        "K-20140036",
        "云岭县财政局",
        "云财〔2014〕3号",
    ]
    assert values["title"] == "关于某事的通知"


def test_one_label_without_a_colon_may_be_any_heading() -> None:
    assert "agency" not in said("关于某事的通知\n发布机构\n云岭县财政局\n正文一句。")


def test_a_rule_in_brackets_tells_when_it_was_passed() -> None:
    head = (
        "某某解释\n（某某委员会第3次会议通过 2008年4月17日某某公告公布 自2008年4月23日起施行）\n制定本规定。"
    )
    assert said(head)["issued"] == "2008-04-17"


def test_the_head_of_a_message_is_its_time_and_no_title() -> None:
    found = of("群通知 2015/4/21 10:11\n各企业请核对电费单。")
    assert found.values["published"] == ("2015-04-21T10:11", "时间 line")
    assert found.values["title"] == ("文件", "file name")


@pytest.mark.parametrize(
    ("said_so", "validity"), [("是", "有效"), ("现行有效", "有效"), ("已废止", "废止"), ("试行", "试行")]
)
def test_validity_has_one_word_for_one_thing(said_so: str, validity: str) -> None:
    assert said("某标题\n正文。", metadata=(("table:有效性", said_so),))["validity"] == validity


@pytest.mark.parametrize(
    ("title", "validity"),
    [
        ("关于某事的通知（已废止）", "废止"),
        ("【失效】关于某事的通知", "失效"),
        ("某办法（已修改）", "已修改"),
        ("关于公布文件清理结果（废止）的通知", None),
    ],
)
def test_a_title_tells_that_its_document_has_ended(title: str, validity: str | None) -> None:
    assert said("正文一句。", metadata=(("meta:ArticleTitle", title),)).get("validity") == validity


_WORDS = (
    "关于 通知 2014 二○一四年 索引号： 发布日期 云政 人民政府 附件 时间： 本报告由 局 2023515 http:// # **"
)
_PIECES = st.sampled_from([*"年月日〔〕[]（）号第令《》:：\t\n 0129一二○〇", *_WORDS.split(" ")])


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=60).map("".join), st.text(max_size=30), st.text(max_size=20))
def test_any_text_is_recognised_without_complaint(text: str, value: str, stem: str) -> None:
    pairs = tuple((f"table:{label}", value) for label in ("索引号", "文号", "成文日期", "发布机构", "标题"))
    found = recognise(Extract(text, title=value, metadata=pairs, reader="html"), stem)
    assert found.body in ("", "\n") or set(found.body.split("\n")) - {""} <= set(text.split("\n"))
    suggest(found.values.get("title", ("", ""))[0], value, text[:50], stem, Vocabularies())
