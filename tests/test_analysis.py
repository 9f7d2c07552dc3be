"""Text to tokens: whatever can be read in a text is found in its grams, and both jieba builds cut alike."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from disclosure_search import analysis
from disclosure_search.analysis import (
    Segmenter,
    canonical,
    fold,
    grams,
    number_terms,
    numbers_within,
    run_of,
    spread,
)

HAN = "国务院办公厅关于公布企业新设专卖店补贴名单的通知二〇一四年南安市经济贸易局三公经费"
MIXED = st.text(
    st.one_of(st.sampled_from(HAN + "ａＢ１2QQ𠮷㐀臺灣體，。、 　\n（）〔〕㎏①½ﬁİßΣ"), st.characters())
)
SENTENCES = st.text(st.sampled_from(HAN + "ABCabc0123，。 "), max_size=60)


def holds(document: list[str], text: str) -> bool:
    """Whether the run of the text stands in the grams, as an engine must answer it."""
    tokens, offsets = run_of(text)
    if not tokens:
        return any(gram.startswith(canonical(text)) for gram in document)
    places = range(len(document) - offsets[-1])
    return any(
        all(document[at + off] == one for one, off in zip(tokens, offsets, strict=True)) for at in places
    )


@given(MIXED, st.data())
@example("a" * 7, None)
@settings(max_examples=600, deadline=None)
def test_any_readable_part_of_a_text_is_found_in_its_grams(text: str, data: st.DataObject | None) -> None:
    low, high = (1, 5) if data is None else sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    part = text[low:high]
    if canonical(part):
        assert holds(grams(text), part)


@given(SENTENCES, SENTENCES)
@settings(max_examples=400, deadline=None)
def test_a_run_is_found_exactly_where_it_can_be_read(text: str, part: str) -> None:
    if canonical(part):
        assert holds(grams(text), part) == (canonical(part) in canonical(text))


@given(MIXED)
@settings(max_examples=600, deadline=None)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
    assert fold(fold(text)) == fold(text)
    assert canonical(fold(text)) == canonical(text)


def test_every_character_folds_to_what_stays_as_it_is() -> None:
    characters = [*range(0x30000), *range(0xE0000, 0xE0200), *range(0xF0000, 0xF0010), sys.maxunicode]
    for code in characters:
        one = chr(code)
        assert canonical(canonical(one)) == canonical(one), f"U+{code:04X}"
        assert fold(fold(one)) == fold(one), f"U+{code:04X}"
        assert canonical(fold(one)) == canonical(one), f"U+{code:04X}"


@given(MIXED)
@settings(max_examples=400, deadline=None)
def test_a_spread_text_leads_back_to_where_each_character_stands(text: str) -> None:
    plain, offsets = spread(text)
    assert plain.replace("\0", "") == canonical(text)
    assert len(plain) == len(offsets)
    assert sorted(set(offsets)) == list(range(len(text)))
    for one, at in zip(plain, offsets, strict=True):
        assert one in (canonical(text[at]) or "\0")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("补 贴\n名　单", "补贴名单", id="spaces and line ends"),
        pytest.param("ＡＢＣ　１２３", "abc123", id="full width"),
        pytest.param("臺灣體制改革條例", "台湾体制改革条例", id="traditional"),
        pytest.param("二○一四年◯月", "二〇一四年〇月", id="drawn zeros"),
        pytest.param("“三公”经费（2013）", "三公经费2013", id="punctuation"),
        pytest.param("QQ群", "qq群", id="case"),
        pytest.param("国办发〔2014〕12号", "国办发201412号", id="document number"),
        pytest.param("𠮷野家", "𠮷野家", id="beyond the first plane"),
        pytest.param("①⑵", "12", id="circled numbers"),
        pytest.param("\u200b补\ufeff贴\u00ad", "补贴", id="invisible characters"),
        pytest.param("！？……", "", id="nothing to read"),
        pytest.param("\ud800", "", id="half a character"),
    ],
)
def test_texts_that_read_the_same_have_the_same_canonical_text(text: str, plain: str) -> None:
    assert canonical(text) == plain


def test_grams_are_the_pairs_and_the_last_character() -> None:
    assert grams("补贴，名单") == ["补贴", "贴名", "名单", "单"]
    assert grams("补") == ["补"]
    assert grams("。") == []


@pytest.mark.parametrize(
    ("text", "tokens", "offsets"),
    [
        pytest.param("补贴", ("补贴",), (0,), id="two"),
        pytest.param("补贴名", ("补贴", "贴名"), (0, 1), id="three"),
        pytest.param("补贴名单", ("补贴", "名单"), (0, 2), id="four"),
        pytest.param("补贴名单一", ("补贴", "名单", "单一"), (0, 2, 3), id="five"),
    ],
)
def test_a_run_needs_every_second_pair(text: str, tokens: tuple[str, ...], offsets: tuple[int, ...]) -> None:
    assert run_of(text) == (tokens, offsets)


BRACKETS = ["〔〕", "[]", "［］", "【】", "()", "（）", "﹝﹞", "〈〉"]


@pytest.mark.parametrize("brackets", BRACKETS)
@pytest.mark.parametrize("serial", ["12号", "第12号", " 12 号", "012号", "12", "１２号"])
def test_a_document_number_reads_the_same_in_every_writing(brackets: str, serial: str) -> None:
    opening, closing = brackets
    written = f"国办发{opening}2014{closing}{serial}"
    parts = ("|2014|12", "国办发||12", "国办发|2014|", "||12", "|2014|", "国办发||")
    assert number_terms(written) == ("国办发|2014|12", *parts)
    assert number_terms(written.removeprefix("国办发")) == ("|2014|12", "||12", "|2014|")


@pytest.mark.parametrize(
    ("written", "term"),
    [
        pytest.param("国办发〔2014〕", "国办发|2014|", id="no serial"),
        pytest.param("〔2014〕", "|2014|", id="a year in brackets"),
        pytest.param("2014年", "|2014|", id="a year"),
        pytest.param("国办发12号", "国办发||12", id="no year"),
        pytest.param("国办发12", "国办发||12", id="no year and no sign"),
        pytest.param("第12号", "||12", id="a serial"),
        pytest.param("国办发", "国办发||", id="a code"),
        pytest.param("国办发2014年12号", "国办发|2014|12", id="lost brackets"),
        pytest.param("国办发〔2014〕12号文", "国办发|2014|12", id="with its kind"),
        pytest.param("国务院令第711号", "国务院令||711", id="order"),
        pytest.param("国务院令 第 711 号", "国务院令||711", id="order with spaces"),
        pytest.param("国务院令711号", "国务院令||711", id="order without 第"),
        pytest.param("国令第711号", "国务院令||711", id="short order"),
        pytest.param("国务院第711号令", "国务院令||711", id="order behind"),
        pytest.param("中华人民共和国国务院令第711号", "国务院令||711", id="order of the state"),
        pytest.param("2014年第3号 公告", "公告|2014|3", id="notice"),
        pytest.param("公告2014年第3号", "公告|2014|3", id="notice before"),
        pytest.param("财政部2014年第3号公告", "财政部公告|2014|3", id="notice of an agency"),
        pytest.param("XK-12/3", "xk123", id="of another kind"),
    ],
)
def test_every_part_of_a_document_number_is_looked_up(written: str, term: str) -> None:
    assert number_terms(written)[0] == term


def test_a_notice_is_found_without_its_agency() -> None:
    assert "公告|2014|3" in number_terms("财政部公告2014年第3号")


def test_a_document_number_inside_a_text_may_begin_anywhere() -> None:
    assert "国办发|2014|12" in numbers_within("关于印发国办发（2014）12号的通知")
    assert numbers_within("2014年的补贴") == ()
    assert numbers_within("12号") == ()


def test_what_holds_nothing_is_no_document_number() -> None:
    assert number_terms(" ") == ()


def test_verbatim_tells_titles_apart_that_read_the_same() -> None:
    assert canonical("通知（一）") == canonical("通知一")
    assert analysis.verbatim("通知（一）") != analysis.verbatim("通知一")
    assert analysis.verbatim("通知  (一)") == analysis.verbatim("通知 （一）")


@pytest.fixture(scope="module")
def both() -> tuple[Segmenter, Segmenter]:
    words = ("优惠企业服务网", "增产增效 50", "三公经费")
    return Segmenter(words), Segmenter(words, pure=True)


# Of two equally likely cuts of characters that no word holds, as in 公公公, the builds may choose different ones.
WORDS = st.sampled_from(
    [
        *(
            "国务院",
            "办公厅",
            "关于",
            "公布",
            "企业",
            "新设",
            "专卖店",
            "补贴名单",
            "的",
            "通知",
            "二〇一四年",
            "三公经费",
        ),
        *(
            "增产增效",
            "一",
            "十三",
            "3.5",
            "12.5%",
            "1.2.3",
            "2014-12-02",
            "QQ群",
            "c++",
            "A4",
            "a_b",
            "x.y",
            "𠮷野家",
        ),
        *(
            "www.example.gov.cn",
            "㐀",
            "豈",
            "鿿",
            "臺灣",
            "㎏",
            "½",
            "é",
            "，。",
            "（一）",
            "〔2014〕12号",
            "\n",
            "&nbsp;",
            "#",
        ),
    ]
)


@given(text=st.lists(WORDS, max_size=14).map("".join))
@settings(max_examples=800, deadline=None)
def test_jieba_and_its_fast_build_cut_alike(both: tuple[Segmenter, Segmenter], text: str) -> None:
    fast, pure = both
    assert fast.words(text) == pure.words(text)
    assert fast.required(text) == pure.required(text)


def test_jieba_and_its_fast_build_cut_the_sample_collection_alike(both: tuple[Segmenter, Segmenter]) -> None:
    fast, pure = both
    lines = {
        line
        for path in (Path(__file__).parents[1] / "data").rglob("*.[th][xt]*")
        for line in path.read_bytes().decode("utf-8", "replace").splitlines()
    }
    assert len(lines) > 100
    assert [line for line in lines if fast.words(line) != pure.words(line)] == []


@given(text=MIXED)
@settings(max_examples=400, deadline=None)
def test_what_a_search_requires_stands_in_a_text_that_holds_it(
    both: tuple[Segmenter, Segmenter], text: str
) -> None:
    required = both[0].required(text)
    assert bool(required) == bool(canonical(text))
    for word in required:
        assert word in canonical(text)


@pytest.mark.parametrize(
    ("text", "required"),
    [
        pytest.param("补贴的名单", ["补贴", "名单"], id="stop word between"),
        pytest.param("关于补贴", ["补贴"], id="stop word before"),
        pytest.param("的", ["的"], id="nothing but a stop word"),
        pytest.param("补", ["补"], id="one character"),
        pytest.param("！", [], id="nothing to read"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_stop_words_are_not_required_unless_they_are_all_there_is(text: str, required: list[str]) -> None:
    assert Segmenter().required(text) == required


def test_user_words_are_kept_whole() -> None:
    word = "增产增效奖"
    assert word not in Segmenter().words(word)
    for pure in (False, True):
        assert word in Segmenter([f"{word} 9999"], pure=pure).words(f"公布{word}名单")
