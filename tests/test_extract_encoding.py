"""Encodings: what is declared is only a hint, and a wrong decoding looks implausible."""

import pytest

from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._encoding import decode

TEXT = "云岭县经济和贸易局关于印发《2014年政府信息公开工作要点》的通知，请认真贯彻执行。联系电话见附件。"
TRADITIONAL = "雲嶺縣經濟和貿易局關於印發政府資訊公開工作要點的通知，請認真貫徹執行。"


@pytest.mark.parametrize("declared", ["", "utf-8", "gb2312", "big5", "iso-8859-1", "chinese-x"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-32"])
def test_the_text_is_right_whatever_is_declared(encoding: str, declared: str) -> None:
    assert decode(TEXT.encode(encoding), declared).text == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_needs_no_bom(encoding: str) -> None:
    text = TEXT + "\n1234567890\n"
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("declared", ["big5", ""], ids=["declared", "not declared"])
def test_big5_is_recognised(declared: str) -> None:
    assert decode(TRADITIONAL.encode("big5"), declared).text == TRADITIONAL


def test_characters_beyond_gb2312_survive_its_label() -> None:
    assert decode("镕㎡﹝·—€𠮷䶮".encode("gb18030") + TEXT.encode("gb18030"), "gb2312").text.startswith(
        "镕㎡﹝·—€𠮷䶮"
    )


def test_four_bytes_of_gbk_that_are_also_valid_utf8_are_read_as_chinese() -> None:
    assert decode("通知".encode("gbk")).text == "通知"


def test_one_bad_byte_does_not_turn_utf8_into_something_else() -> None:
    decoded = decode(TEXT[:20].encode() + b"\xff" + TEXT[20:].encode())
    assert decoded.encoding == "utf-8"
    assert decoded.text.replace("\ufffd", "") == TEXT
    assert decoded.warnings


def test_one_bad_byte_does_not_turn_gbk_into_something_else() -> None:
    data = TEXT.encode("gbk")
    assert "信息公开工作要点" in decode(data[:20] + b"\xff" + data[20:]).text


def test_a_text_cut_inside_a_character_stays_readable() -> None:
    assert decode(TEXT.encode()[:-2]).text.startswith(TEXT[:-2])


def test_chinese_after_a_long_stretch_of_ascii_is_found() -> None:
    assert decode(b"a" * 500_000 + TEXT.encode("gbk")).text.endswith(TEXT)


def test_other_scripts_in_utf8_are_left_alone() -> None:
    text = "ئۇيغۇر ئاپتونوم رايونلۇق خەلق ھۆكۈمىتى བོད་རང་སྐྱོང་ལྗོངས་ Ελληνικά"
    assert decode(text.encode()).text == text


@pytest.mark.parametrize(
    "wrong",
    [
        TEXT.encode().decode("gbk", "replace"),
        TEXT.encode("gbk").decode("utf-8", "replace"),
        TEXT.encode().decode("latin-1"),
        TEXT.encode("gbk").decode("latin-1"),
        TEXT.encode("gbk").decode("utf-8", "replace").encode().decode("gbk", "replace"),
        TRADITIONAL.encode("big5").decode("gbk", "replace"),
    ],
    ids=["utf-8 as gbk", "gbk as utf-8", "utf-8 as latin-1", "gbk as latin-1", "twice wrong", "big5 as gbk"],
)
def test_mojibake_is_suspected(wrong: str) -> None:
    assert any("mojibake suspected" in doubt for doubt in suspicions(wrong))


@pytest.mark.parametrize(
    "right",
    [TEXT, TRADITIONAL, "Déjà vu: une élection à Paris. " * 5, "མི་དམངས་སྲིད་གཞུང་" * 10, "1234567890" * 10, ""],
    ids=["simplified", "traditional", "French", "Tibetan", "digits", "nothing"],
)
def test_real_text_is_not_suspected(right: str) -> None:
    assert suspicions(right) == []


def test_few_lost_characters_are_counted() -> None:
    assert suspicions(TEXT * 20 + "\ufffd") == ["1 characters could not be decoded"]
