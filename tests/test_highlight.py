"""Fragments: the windows of a text that show why it was found, without a character lost, added or shown twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from disclosure_search import analysis, markings, query
from disclosure_search.analysis import Segmenter, canonical
from disclosure_search.document import Attachment, Document
from disclosure_search.highlight import Fragment, fragments, mark, needles, spans
from disclosure_search.markings import Span

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


def test_synonyms_and_numbers_are_marked_like_the_words_of_the_search() -> None:
    tree = query.parse("低保 文号:临经贸〔2014〕39号").query
    wanted = needles(tree, Segmenter(), ["最低生活保障"])
    text = "依照临经贸[2014]39 号，最低生活保障即低保"
    assert marked(mark(text, wanted)) == ["临经贸[2014]39 号", "最低生活保障", "低保"]


def test_what_only_the_description_holds_is_shown_under_its_name() -> None:
    document = Document(
        "a", "题", "a.txt", "正文", number="临经贸〔2014〕39号", keywords=("散装水泥", "推广")
    )
    numbered, keyed = fragments(document, ("临经贸201439号", "水泥"))
    assert (numbered.label, marked(numbered)) == ("文号", ["临经贸〔2014〕39号"])
    assert (keyed.label, keyed.plain()) == ("关键词", "散装水泥；推广")


def test_a_match_in_the_name_of_an_attachment_is_shown() -> None:
    (shown,) = fragments(of("", Attachment("补贴名单.xlsx", text="甲乙")), ("名单",))
    assert (shown.label, marked(shown)) == ("附件", ["名单"])
    (inside,) = fragments(of("", Attachment("表.xlsx", text="名单甲乙")), ("名单",))
    assert inside.label == "附件《表.xlsx》中"


def test_what_the_title_shows_is_not_shown_again() -> None:
    document = Document("a", "经济贸易局的公告", "a.txt", "正文", agency="经济贸易局")
    assert [one.label for one in fragments(document, ("经济贸易局",))] == [""]


@pytest.mark.parametrize(
    ("text", "searched", "piece"),
    [
        pytest.param("e\u0301tud", "e", "e\u0301", id="an accent of its own"),
        pytest.param("补贴\ufe0f名单", "补贴", "补贴\ufe0f", id="a sign of choice"),
        pytest.param("补\u3099贴名单", "补贴", "补\u3099贴", id="a sign inside"),
        pytest.param("水温5℃以下", "5℃", "5℃", id="a sign that reads as a letter"),
        pytest.param("補\n貼名單", "补贴名单", "補\n貼名單", id="traditional with a line end inside"),
        pytest.param("ＧＢ　１８０３０", "gb18030", "ＧＢ　１８０３０", id="full width with a wide space"),
        pytest.param("\ud83d\ude00补贴\ud83d\ude00", "补贴", "补贴", id="halves of pairs"),
    ],
)
def test_no_character_is_cut(text: str, searched: str, piece: str) -> None:
    wanted = needles(query.parse(searched).query, Segmenter())
    assert "".join(marked(mark(text, wanted))) == piece
    assert mark(text, wanted).plain() == text


WHOLE = ("补", "贴", "e\u0301", "补\ufe0f", "\U0001f468\u200d\U0001f469", "\ud83d\ude00", "。", " ", "甲")
COMBINED = st.lists(st.sampled_from(WHOLE), max_size=400)


@given(COMBINED, st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_a_window_begins_and_ends_with_whole_characters(parts: list[str], at: int) -> None:
    text = "".join((*parts[:at], "甲" * 200, *parts[at:]))
    squeezed = re.sub(r"\s+", " ", text)
    for fragment in fragments(of(text), ("补贴", "甲甲甲")):
        shown = fragment.plain().strip("… ")
        start = squeezed.find(shown)
        assert squeezed[start : start + 1] not in ("\u0301", "\ufe0f", "\u200d", "\ude00")
        after = squeezed[start + len(shown) :][:1]
        assert after not in ("\u0301", "\ufe0f", "\u200d", "\ude00") or squeezed.count(shown) > 1


@given(TEXTS, NEEDLES)
@settings(max_examples=300, deadline=None)
def test_patterns_find_what_the_canonical_text_holds(text: str, wanted: tuple[str, ...]) -> None:
    """The quick way and the sure one agree."""

    def covered(found: Iterator[Span]) -> set[int]:
        return {at for span in found for at in range(span.start, span.end)}

    sure = covered(markings._found_in_canonical(text, wanted)) if wanted else set()
    assert covered(markings.every(text, wanted)) == sure


def test_every_character_that_reads_as_a_known_one_is_in_the_pattern() -> None:
    folding = analysis._Folding(analysis._is_readable)
    readings, several = analysis.readings(), analysis.read_as_several()
    for one in map(chr, range(0x30000)):
        plain = one.translate(folding)
        if len(plain) == 1 and plain != one and markings._is_known(plain):
            assert one in readings[plain], hex(ord(one))
        elif len(plain) > 1:
            assert several.get(one) == plain or not any(map(markings._is_known, plain)), hex(ord(one))


def test_a_rare_word_far_into_a_long_text_is_shown() -> None:
    text = "本局公示补贴。" * 40_000 + "渔船" + "。本局公示补贴" * 100
    shown = fragments(of(text), ("补贴", "渔船"))
    assert "渔船" in [piece for fragment in shown for piece in marked(fragment)]
