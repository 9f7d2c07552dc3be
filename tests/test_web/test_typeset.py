"""From plain text to what a page shows."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from disclosure_search.web.typeset import Pieces, blocks, day, page_numbers, size, web_address


def plain(text: str) -> Pieces:
    return ((text, False),)


def test_a_first_line_that_repeats_the_title_is_left_out() -> None:
    kept = blocks(plain("关于公布 名单的通知\n各有关企业：\n请查收。"), title="关于公布名单的通知")
    assert [block.pieces[0][0] for block in kept] == ["各有关企业：", "请查收。"]


def test_lines_with_tabs_become_one_table_that_keeps_its_empty_cells() -> None:
    (before, table, after) = blocks(plain("名单如下：\n序号\t企业\t金额\n1\t\t12\n以上。"))
    assert (before.kind, table.kind, after.kind) == ("paragraph", "table", "paragraph")
    assert table.rows == (
        ((("序号", False),), (("企业", False),), (("金额", False),)),
        ((("1", False),), (), (("12", False),)),
    )


def test_a_match_that_runs_over_a_line_end_is_marked_on_both_lines() -> None:
    first, second = blocks((("补", False), ("贴\n名", True), ("单", False)))
    assert first.pieces == (("补", False), ("贴", True))
    assert second.pieces == (("名", True), ("单", False))


def test_no_character_but_line_ends_and_tabs_is_lost() -> None:
    text = "一、总则\n第一条 甲\t乙\n\n临溪市经济贸易局\n2014 年11月28日"
    shown = "".join(
        piece for block in blocks(plain(text)) for row in block.rows for cell in row for piece, _ in cell
    )
    assert shown == text.replace("\n", "").replace("\t", "")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        pytest.param("一、总体情况", "heading", id="numbered"),
        pytest.param("（二）补贴对象", "heading", id="in brackets"),
        pytest.param("一、本通知自发布之日起施行。", "paragraph", id="numbered sentence"),
        pytest.param("临溪市经济贸易局", "signature", id="agency"),
        pytest.param("2014 年11月28日", "signature", id="date"),
    ],
)
def test_a_last_line_is_set_by_what_it_is(line: str, kind: str) -> None:
    assert blocks(plain(f"各有关企业：\n{line}"), agency="临溪市经济贸易局")[-1].kind == kind


def test_the_agency_in_the_middle_of_a_text_is_no_signature() -> None:
    text = "\n".join(["临溪市经济贸易局", *["正文。"] * 6])
    assert blocks(plain(text), agency="临溪市经济贸易局")[0].kind == "paragraph"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        pytest.param("http://www.example.gov.cn/a", "http://www.example.gov.cn/a", id="http"),
        pytest.param(" https://www.example.gov.cn/a ", "https://www.example.gov.cn/a", id="https, spaces"),
        pytest.param("javascript:alert(1)", "", id="javascript"),
        pytest.param("JavaScript://example.cn/%0aalert(1)", "", id="javascript with a host"),
        pytest.param("file:///etc/passwd", "", id="file"),
        pytest.param("//example.cn/a", "", id="no scheme"),
        pytest.param("http://[broken", "", id="broken"),
        pytest.param("", "", id="empty"),
    ],
)
def test_only_web_addresses_become_links(url: str, kept: str) -> None:
    assert web_address(url) == kept


def test_hours_are_shown_where_they_are_known() -> None:
    assert day(date(2014, 11, 28)) == "2014-11-28"
    assert day(datetime(2014, 12, 2, 9, 46)) == "2014-12-02 09:46"
    assert day(None) == ""
    assert day("2014-12-02T09:46:30") == "2014-12-02 09:46"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 字节"), (1023, "1023 字节"), (1536, "1.5 KB"), (3 * 1024 * 1024, "3.0 MB")]
)
def test_a_size_reads_as_people_say_it(count: int, shown: str) -> None:
    assert size(count) == shown


@pytest.mark.parametrize(
    ("page", "pages", "numbers"),
    [
        pytest.param(1, 1, (1,), id="single"),
        pytest.param(1, 9, (1, 2, 3, 0, 9), id="first"),
        pytest.param(5, 9, (1, 0, 3, 4, 5, 6, 7, 0, 9), id="middle"),
        pytest.param(9, 9, (1, 0, 7, 8, 9), id="last"),
        pytest.param(12, 3, (1, 0, 3), id="beyond"),
    ],
)
def test_page_numbers_hold_both_ends_and_the_neighbours(
    page: int, pages: int, numbers: tuple[int, ...]
) -> None:
    assert page_numbers(page, pages) == numbers
