"""Fragments: the windows of a text that show why it was found, without a character lost, added or shown twice."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from disclosure_search import query
from disclosure_search.analysis import Segmenter, canonical
from disclosure_search.document import Attachment, Document
from disclosure_search.highlight import Fragment, fragments, mark, needles, spans

TEXTS = st.text(st.sampled_from("补贴名单甲乙𠮷aB１臺 \n。，（"), max_size=400)
NEEDLES = st.lists(st.text(st.sampled_from("补贴名单甲𠮷ab1台"), min_size=1, max_size=4), max_size=4).map(
    lambda all_of_them: tuple(sorted(set(all_of_them), key=len, reverse=True))
)


def marked(fragment: Fragment) -> list[str]:
    return [text for text, is_match in fragment.pieces if is_match]


def of(body: str, *attachments: Attachment) -> Document:
    return Document("a", "题", "a.txt", body, attachments=attachments)


@given(TEXTS, NEEDLES)
@settings(max_examples=500, deadline=None)
def test_a_marked_text_is_the_text_and_marks_every_match(text: str, wanted: tuple[str, ...]) -> None:
    shown = mark(text, wanted)
    assert shown.plain() == text
    covered = [is_match for piece, is_match in shown.pieces for _ in piece]
    readable = [at for at, one in enumerate(text) if canonical(one)]
    plain = canonical(text)
    for needle in wanted:
        for found in re.finditer(f"(?={needle})", plain):
            assert all(covered[at] for at in readable[found.start() : found.start() + len(needle)]), needle


@given(TEXTS, NEEDLES)
@settings(max_examples=300, deadline=None)
def test_nothing_but_matches_is_marked(text: str, wanted: tuple[str, ...]) -> None:
    for piece in marked(mark(text, wanted)):
        left = canonical(piece)
        assert any(left.startswith(needle) for needle in wanted)
        assert any(left.endswith(needle) for needle in wanted)


@given(TEXTS, NEEDLES, st.integers(1, 4))
@example("甲" * 150 + "补贴名单" * 30 + "乙" * 150, ("补贴名单",), 3)
@example("补贴。名单" + "甲" * 200, ("补贴名单",), 1)
@example(("甲" * 40 + "补贴") * 9, ("补贴",), 4)
@settings(max_examples=600, deadline=None)
def test_windows_are_parts_of_the_text_in_its_order_and_never_overlap(
    text: str, wanted: tuple[str, ...], count: int
) -> None:
    shown = fragments(of(text), wanted, count)
    assert len(shown) <= count
    at, squeezed = 0, re.sub(r"\s+", " ", text)
    for fragment in shown:
        shown_text = fragment.plain().strip("… ")
        found = squeezed.find(shown_text, at)
        assert found >= 0, fragment
        at = found + len(shown_text)
    if spans(text, wanted):
        assert all(marked(fragment) for fragment in shown)
    elif text.strip():
        assert len(shown) == 1


@pytest.mark.parametrize(
    ("text", "searched", "pieces"),
    [
        pytest.param("补贴名单", "补贴", ["补贴"], id="begin"),
        pytest.param("名单补贴", "补贴", ["补贴"], id="end"),
        pytest.param("补贴", "补贴", ["补贴"], id="the whole"),
        pytest.param("甲补 贴\n名单乙", '"补贴名单"', ["补 贴\n名单"], id="spaces and line ends inside"),
        pytest.param("甲“补贴”，名单乙", '"补贴名单"', ["补贴”，名单"], id="punctuation inside"),
        pytest.param("ＱＱ群", "qq", ["ＱＱ"], id="full width"),
        pytest.param("臺灣補貼", "台湾", ["臺灣"], id="traditional"),
        pytest.param("𠮷野家𠮷", "𠮷野", ["𠮷野"], id="beyond the first plane"),
        pytest.param("经济贸易局", "经济贸易 贸易局", ["经济贸易局"], id="overlapping matches"),
        pytest.param("12㎏袋", "12㎏", ["12㎏"], id="a character that reads as two"),
        pytest.param("甲㎏乙", "kg", ["㎏"], id="found by what it reads as"),
        pytest.param("第⑫条", "12条", ["⑫条"], id="circled number"),
        pytest.param("补贴名单", "-补贴 名单", ["名单"], id="excluded words are not marked"),
        pytest.param("补贴名单", "年份:2014", [], id="filters are not marked"),
    ],
)
def test_a_match_is_marked_as_it_is_written(text: str, searched: str, pieces: list[str]) -> None:
    wanted = needles(query.parse(searched).query, Segmenter())
    assert marked(mark(text, wanted)) == pieces
    assert mark(text, wanted).plain() == text


def test_a_window_begins_with_the_sentence_close_before() -> None:
    (shown,) = fragments(
        of("甲" * 200 + "。本局今天在公示栏向社会公布补贴名单。" + "乙" * 200), ("补贴名单",)
    )
    assert shown.pieces[0] == ("…", False)
    assert shown.plain().startswith("…本局今天在公示栏")
    assert shown.plain().endswith("乙…")


def test_a_match_over_the_end_of_a_sentence_is_shown_whole() -> None:
    (shown,) = fragments(of("补贴。名单" + "甲" * 200), ("补贴名单",))
    assert marked(shown) == ["补贴。名单"]


def test_two_windows_side_by_side_show_no_character_twice() -> None:
    text = "".join(chr(0x4E00 + at) for at in range(100)) + "补贴名单" * 30 + "甲" * 100 + "补贴"
    shown = "".join(fragment.plain().strip("…") for fragment in fragments(of(text), ("补贴名单", "补贴")))
    assert shown in text or all(text.count(one) >= shown.count(one) for one in set(shown))


def test_a_window_with_more_of_the_words_is_preferred() -> None:
    text = "补贴" + "甲" * 300 + "补贴和名单" + "乙" * 300
    (shown,) = fragments(of(text), ("补贴", "名单"), 1)
    assert marked(shown) == ["补贴", "名单"]


def test_a_text_without_a_match_shows_its_begin() -> None:
    (shown,) = fragments(of("开头" + "甲" * 300), ("补贴",))
    assert shown.plain().startswith("开头")
    assert not marked(shown)


def test_a_text_without_words_shows_nothing() -> None:
    assert fragments(of(" \n"), ("补贴",)) == ()


def test_a_match_in_an_attachment_names_the_attachment() -> None:
    attachment = Attachment("明细.xlsx", "明细.xlsx", text="丙" * 200 + "补贴明细")
    body, attached = fragments(of("正文补贴", attachment), ("补贴明细", "补贴"))
    assert (body.place, attached.place) == ("", "明细.xlsx")
    assert marked(attached) == ["补贴明细"]


def test_a_match_in_attachments_only_shows_no_window_of_the_body() -> None:
    shown = fragments(of("正文", Attachment("一"), Attachment("二", text="补贴")), ("补贴",))
    assert [(one.place, one.plain()) for one in shown] == [("二", "补贴")]


def test_needles_are_phrases_and_required_words_the_longest_first() -> None:
    found = needles(query.parse('"三公 经费" 补贴的名单 年份:2014 -失效').query, Segmenter())
    assert found == ("补贴的名单", "三公经费", "补贴", "名单")
