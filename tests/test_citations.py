"""What a text cites is found however it is written, and known under the key of the document that is meant."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure_search.citations import calls, cites, find, number_key, title_key
from disclosure_search.document import Attachment, Document, Publication

TEXTS = st.text(st.sampled_from("《》〈〉〔〕（）2014年第5号国办发办法令中\n 的"), max_size=120)


def keys(text: str) -> list[str]:
    return [one.key for one in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("依照《档案法》", ["档案法"], id="a title"),
        pytest.param("依照《中华人民共和国档案法》", ["档案法"], id="the prefix of the state"),
        pytest.param("依照《中华人民共\n和国档案 法》", ["档案法"], id="line ends and spaces inside"),
        pytest.param("依照《檔案法》", ["档案法"], id="traditional"),
        pytest.param("《关于印发〈补贴办法〉的通知》", ["关于印发补贴办法的通知", "补贴办法"], id="nested"),
        pytest.param("《关于印发《补贴办法》的通知》", ["关于印发补贴办法的通知", "补贴办法"], id="nested twice alike"),
        pytest.param("《甲办法《乙条例》", ["乙条例"], id="a mark that is never closed"),
        pytest.param("《甲〈乙办法》", ["甲乙办法"], id="an inner mark that is never closed"),
        pytest.param("甲》〈乙〉", [], id="marks without a title"),
        pytest.param("以下简称《办法》", [], id="a word for a title that was given before"),
        pytest.param("《2014》《一》", [], id="what names nothing"),
        pytest.param("《" + "甲" * 200 + "》", [], id="what is too long for a title"),
        pytest.param("国办发〔2014〕12号", ["国办发|2014|12"], id="a number"),
        pytest.param("（国办发[2014]12号）", ["国办发|2014|12"], id="square brackets, within round ones"),
        pytest.param("根据国办发（２０１４）第１２ 号文件", ["国办发|2014|12"], id="round, full width, lead-in"),
        pytest.param("按国办发(1985)49号", ["国办发|1985|49"], id="a lead-in of one character"),
        pytest.param("转发财税﹝2016﹞036号文", ["财税|2016|36"], id="leading zero"),
        pytest.param("中华人民共和国国务院令第711号", ["国务院令||711"], id="an order"),
        pytest.param("2014年第5号公告", ["公告|2014|5"], id="a public notice"),
        pytest.param("〔2014〕5号", [], id="a number without an issuer"),
        pytest.param("门牌5号，2014年12月1日", [], id="other numbers"),
    ],
)  # fmt: skip
def test_a_citation_is_known_by_its_key(text: str, expected: list[str]) -> None:
    assert keys(text) == expected


def test_numbers_far_apart_are_each_found_where_they_stand() -> None:
    text = ("国办发〔2014〕12号" + "甲" * 299 + "。") * 3 + "闽政〔2013〕7号"
    found = find(text)
    assert [one.key for one in found] == ["国办发|2014|12"] * 3 + ["闽政|2013|7"]
    assert [text[one.start : one.end] for one in found] == ["国办发〔2014〕12号"] * 3 + ["闽政〔2013〕7号"]


def test_the_bracket_of_a_sentence_is_no_part_of_a_number() -> None:
    (found,) = find("（国务院令第174号）")
    assert found.text == "国务院令第174号"


@given(TEXTS)
@settings(max_examples=500, deadline=None)
def test_a_citation_stands_in_the_text_as_it_says(text: str) -> None:
    found = find(text)
    assert all(text[one.start : one.end] == one.text and one.key for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)
    for outer, inner in pairwise(found):
        assert inner.start >= outer.end or inner.end <= outer.end


def test_a_document_is_called_by_its_titles_and_numbers() -> None:
    copy = Publication(title="补贴名单", number="临经贸〔2014〕40号")
    document = Document(
        "a", "中华人民共和国档案法（2016年修正）", "a.txt", number="国办发〔2014〕12号", publications=(copy,)
    )
    assert calls(document) == (
        "档案法2016年修正", "档案法", "补贴名单", "国办发|2014|12", "临经贸|2014|40",
    )  # fmt: skip


def test_a_document_does_not_cite_itself_nor_what_is_attached_to_it() -> None:
    document = Document(
        "a", "补贴办法", "a.txt", number="临政〔2014〕3号",
        body="《补贴办法》（临政〔2014〕3号）依照《预算法》，见《申请表》；《预算法》",
        attachments=(Attachment("申请表.docx", text="按《会计法》填写"),),
    )  # fmt: skip
    assert cites(document) == ("预算法", "会计法")


def test_the_title_of_a_document_may_cite_another() -> None:
    assert cites(Document("a", "关于修改《档案法》的决定", "a.txt")) == ("档案法",)


def test_what_a_document_is_called_is_the_key_of_who_cites_it() -> None:
    document = Document("a", "关于印发《补贴办法》的通知", "a.txt", number="临政〔2014〕03号")
    text = "见《关于印发〈补贴办法〉的通知》（临政(2014)3号）"
    assert set(calls(document)) <= set(keys(text))


@pytest.mark.parametrize("text", ["", "办法", "5", "通知"])
def test_what_names_no_document_has_no_key(text: str) -> None:
    assert title_key(text) == number_key(text) == ""
    assert number_key("国办发〔2014〕") == number_key("〔2014〕5号") == ""


def test_a_text_full_of_marks_is_no_obstacle() -> None:
    """Each is looked at a few times, however many there are."""
    text = "《" * 200_000 + "5号" * 100_000 + "〈" * 200_000
    assert find(text) == ()


@pytest.mark.parametrize(
    ("title", "called"),
    [
        pytest.param("关于印发《补贴办法》的通知", "补贴办法", id="marks"),
        pytest.param("临溪市人民政府关于印发补贴办法的通知", "补贴办法", id="no marks"),
        pytest.param("关于公布〈行政许可目录〉的公告", "行政许可目录", id="inner marks"),
    ],
)
def test_a_notice_is_called_what_it_issues(title: str, called: str) -> None:
    document = Document("a", title, "a.txt", body=f"现将《{called}》印发给你们")
    assert called in calls(document)
    assert cites(document) == ()


def test_a_notice_that_forwards_is_not_called_what_it_forwards() -> None:
    assert calls(Document("a", "关于转发《补贴办法》的通知", "a.txt")) == ("关于转发补贴办法的通知",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("依照行政许可法第四十六条和中华人民共和国刑法第十三条处理", ["行政许可法", "刑法"]),
        ("构成民事诉讼法第一百一十一条规定的妨害诉讼的行为", ["民事诉讼法"]),
        ("按照公司法实施条例第二条办理", ["公司法实施条例"]),
        ("依照本法第三条、本条例第五条，该办法第六条", []),
        ("符合行政法第一条的精神", []),
        ("行政许可法已经修改", []),
    ],
)
def test_an_article_of_a_law_is_cited_without_marks_too(text: str, expected: list[str]) -> None:
    found = find(text)
    assert [one.key for one in found] == expected
    assert all(title_key(text[one.start : one.end]) == one.key for one in found)
