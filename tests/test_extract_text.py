"""TXT, Markdown, CSV: encodings, rows, what is cut; and what all readers' texts are judged by."""

from pathlib import Path

import pytest

from disclosure_search.errors import EmptyDocumentError, NoTextError
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract._doubt import is_unreadable, judged
from disclosure_search.extract._html import read_page
from disclosure_search.extract.child import read

TEXT = "云岭县经济和贸易局关于印发《2014年政府信息公开工作要点》的通知，请认真贯彻执行。"


def extracted(folder: Path, name: str, data: bytes, limits: Limits | None = None) -> Extract:
    (folder / name).write_bytes(data)
    return read(folder / name, limits or Limits())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16", "hz"])
def test_a_text_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    assert extracted(tmp_path, "a.txt", TEXT.encode(encoding)).text == TEXT + "\n"


@pytest.mark.parametrize(
    ("name", "raw", "text"),
    [
        ("a.csv", '名称,金额\r\n"甲,乙",1\r\n"两\n行",2\r\n', "名称\t金额\n甲,乙\t1\n两行\t2\n"),
        ("a.csv", "名称;金额\n甲;1\n", "名称\t金额\n甲\t1\n"),
        ("a.tsv", "名称\t金额\n甲\t1\n", "名称\t金额\n甲\t1\n"),
        ("a.csv", '没有"表格的一行', '没有"表格的一行\n'),
        ("a.txt", "名称,金额\n", "名称,金额\n"),
    ],
    ids=["quoted", "semicolons", "tabs", "no table", "not by its name"],
)
def test_rows_are_joined_by_tabs(tmp_path: Path, name: str, raw: str, text: str) -> None:
    assert extracted(tmp_path, name, raw.encode("gbk")).text == text


def test_a_field_of_a_megabyte_is_read(tmp_path: Path) -> None:
    text = extracted(tmp_path, "a.csv", ("名称,全文\n甲," + "字" * 400_000).encode()).text
    assert text.endswith("字字\n")


def test_markdown_stays_as_it_is_and_gives_its_title(tmp_path: Path) -> None:
    extract = extracted(tmp_path, "a.md", "# **工作要点**\n\n## 一\n\n**第一条** 内容".encode())
    assert extract.title == "工作要点"
    assert "**第一条** 内容" in extract.text


def test_a_text_beyond_what_is_read_is_cut_and_marked(tmp_path: Path) -> None:
    extract = extracted(tmp_path, "a.txt", (TEXT * 40_000).encode(), Limits(output_bytes=4 << 20))
    assert extract.is_doubtful
    assert extract.warnings == ("truncated: only the first 1 of 4 MB are read",)
    assert "\ufffd" not in extract.text


def test_every_text_is_judged_once() -> None:
    wrong = Extract(text=TEXT.encode().decode("gbk", "replace"))
    once = judged(wrong)
    assert once.is_doubtful
    assert judged(once) == once
    assert judged(Extract(text=TEXT)) == Extract(text=TEXT)


@pytest.mark.parametrize(
    ("raw", "is_wrong"),
    [
        (TEXT, False),
        ("\uf0b7 " + TEXT, False),
        ("\ue123\ue124\ue125政府", True),
        ("\x01\x02\x03abc", True),
        ("", False),
    ],
    ids=["text", "a bullet", "private use", "codes", "nothing"],
)
def test_codes_of_fonts_are_told_from_characters(raw: str, is_wrong: bool) -> None:
    assert is_unreadable(raw) is is_wrong


def page(body: str, title: str = "云岭县") -> Extract:
    return read_page(f"<html><head><title>{title}</title></head><body>{body}</body></html>")


@pytest.mark.parametrize(
    "body",
    [
        "<p>您访问的页面不存在或已删除，请返回首页</p>",
        "<h1>404 Not Found</h1><hr>nginx",
        "<h1>502 Bad Gateway</h1>",
        "<p>对不起，您的请求被拦截</p>",
    ],
)
def test_pages_of_errors_are_suspected(body: str) -> None:
    extract = page(body)
    assert extract.is_doubtful
    assert "error page" in extract.warnings[0]


@pytest.mark.parametrize(
    "body",
    [
        "<p>关于404万元补助资金的公示</p>",
        f"<p>{TEXT}</p>",
        f"<p>{TEXT * 12}页面不存在</p>",
        "<p>第404号令</p>",
    ],
    ids=["a sum", "a notice", "a long one", "a number"],
)
def test_real_pages_are_not_suspected(body: str) -> None:
    assert not page(body).is_doubtful


def test_a_page_of_pictures_gives_what_they_are_said_to_show() -> None:
    extract = page("<img src='1.png' alt='一图读懂工作要点'><img src='2.png' alt='一图读懂工作要点'>")
    assert extract.text == "一图读懂工作要点\n"
    assert extract.is_doubtful


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<img src='1.png'>", NoTextError),
        ("<frameset><frame src='a.html'></frameset>", NoTextError),
        ("<script>1</script>", EmptyDocumentError),
    ],
    ids=["pictures", "frames", "nothing"],
)
def test_a_page_without_text_says_why(tmp_path: Path, body: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"a\.html"):
        extracted(tmp_path, "a.html", f"<html><head><title>云岭</title></head>{body}</html>".encode())


def test_a_copy_for_printing_is_read_once() -> None:
    holder = f'<div class="TRS_Editor"><p>{TEXT}</p></div>'
    assert page(holder + holder).text == TEXT + "\n"
