"""clean: what is mended, what stays as the page shows it, and that it stays linear."""

import time

import pytest

from disclosure_search.extract.clean import clean, clean_line, clean_value


@pytest.mark.parametrize(
    ("raw", "mended"),
    [
        pytest.param("甲\r\n乙\r丙\u2028丁\x0c戊", "甲\n乙\n丙\n丁\n戊\n", id="line ends"),
        pytest.param("政\u200b府\u200d信\ufeff息\u00ad公\U000e0100开", "政府信息公开\n", id="zero width"),
        pytest.param(
            "甲\x00\x07乙\ue000\uf8ff丙\ud800", "甲乙丙\n", id="controls, private use, lone surrogates"
        ),
        pytest.param("⼈⺠政府⻓期⼯作", "人民政府长期工作\n", id="radicals"),
        pytest.param("\uf90a\U0002f800", "金丽\n", id="compatibility ideographs"),
        pytest.param("总 则　　第\xa0一 章", "总则第一章\n", id="spaces between Han"),
        pytest.param("第 12 章 GB/T 9704", "第 12 章 GB/T 9704\n", id="spaces beside digits and Latin stay"),
        pytest.param("　　一、提高认识\n   二、加强领导  ", "一、提高认识\n二、加强领导\n", id="indents"),
        pytest.param("甲\n\n\n\n\n乙", "甲\n\n乙\n", id="blank lines"),
        pytest.param("序号 \t 名称\t\t\n1\t甲", "序号\t名称\n1\t甲\n", id="tabs of a table"),
        pytest.param(
            "关 于 印 发 2 0 1 4 年 要 点", "关于印发2014年要点\n", id="a space after each character"
        ),
        pytest.param("\x1b[31m红\x1b[0m", "红\n", id="terminal escapes"),
        pytest.param("２０１４，〔１〕％", "２０１４，〔１〕％\n", id="full width stays"),
        pytest.param(" \u3000\n\t\n", "", id="nothing"),
    ],
)
def test_text_is_mended(raw: str, mended: str) -> None:
    assert clean(raw) == mended


def test_cleaning_twice_changes_nothing() -> None:
    once = clean("总 则\r\n\r\n\r\n　第 1 条 甲\u200b 乙\t丙 \n")
    assert clean(once) == once


def test_gb18030_characters_that_moved_out_of_private_use_are_kept() -> None:
    assert clean("\ue78d\ue816") == "\ufe10\U00020087\n"


def test_a_value_keeps_single_spaces_and_a_line_does_not() -> None:
    assert clean_value("技术改造  补助\n申报") == "技术改造 补助 申报"
    assert clean_line("云岭县\n 通知") == "云岭县通知"


@pytest.mark.parametrize(
    "text",
    [
        " " * 2_000_000,
        "甲" + " " * 2_000_000 + "乙",
        "甲 " * 1_000_000,
        "\n" * 2_000_000,
        "\t" * 1_000_000 + "甲",
    ],
    ids=["spaces", "spaces between Han", "spaced", "line ends", "tabs"],
)
def test_cleaning_is_linear(text: str) -> None:
    start = time.perf_counter()
    clean(text)
    assert time.perf_counter() - start < 5
