"""HTML: the text of the document and nothing else, tables by row, metadata and links around it."""

import time
from pathlib import Path

import pytest

from disclosure_search.extract import Extract, Limits
from disclosure_search.extract._html import read, read_page

SAMPLES = Path(__file__).parent / "samples"
BODY = "为做好2014年度技术改造补助资金的申报工作，现将有关事项通知如下。"


def page(body: str, head: str = "") -> Extract:
    return read_page(f"<html><head>{head}</head><body>{body}</body></html>")


def test_the_sample_gives_text_metadata_and_links() -> None:
    extract = read(SAMPLES / "notice.html", Limits())
    assert extract.text.startswith(
        "云岭县经济和贸易局关于组织申报\n2014年度技术改造补助资金的通知\n云经贸〔2014〕36号\n"
    )
    assert "项目\t最高额度\n设备购置\t二十万元\n" in extract.text
    assert not any(word in extract.text for word in ("看不见", "首页", "字号", "主办", "扫一扫", "相关解读"))
    pairs = dict(extract.metadata)
    assert pairs["meta:PubDate"] == "2014-06-20 15:30"
    assert pairs["table:索引号"] == "003141597/2014-00036"
    assert [(link.section, link.href) for link in extract.links if link.section] == [
        ("附件下载", "files/form.docx"),
        ("附件下载", "files/items.xlsx"),
        ("文字解读", "jd/1.html"),
        ("图片解读", "jd/2.html"),
        ("视频解读", "jd/3.html"),
        ("访谈解读", "jd/4.html"),
        ("媒体报道", "jd/5.html"),
    ]


@pytest.mark.parametrize(
    "holder",
    [
        'id="UCAP-CONTENT"',
        'class="TRS_Editor"',
        'id="vsb_content_2"',
        'class="v_news_content"',
        'id="zoom"',
        'class="article-content"',
    ],
)
def test_the_content_of_each_system_is_found(holder: str) -> None:
    menu = "".join(f"<li><a href='/{n}'>栏目{n}</a></li>" for n in range(40))
    extract = page(f"<ul>{menu}</ul><div {holder}><p>{BODY}</p></div><p>版权所有</p>")
    assert extract.text == BODY + "\n"


def test_parts_of_a_document_in_several_holders_are_all_read() -> None:
    extract = page(
        f'<div class="TRS_Editor"><p>{BODY}</p></div><hr>'
        '<div class="TRS_Editor"><p>附件正文在这里，也要读到。</p></div>'
    )
    assert extract.text == BODY + "\n附件正文在这里，也要读到。\n"


def test_a_plain_page_is_its_own_text() -> None:
    assert page(f"<h1>标题一行</h1><p>{BODY}<br>第二行</p>").text == f"标题一行\n{BODY}\n第二行\n"


def test_a_page_of_links_without_known_holder_is_marked_low_confidence() -> None:
    extract = page("".join(f"<li><a href='/{n}.html'>关于第{n}号事项的通知</a></li>" for n in range(300)))
    assert "关于第299号事项的通知" in extract.text
    assert extract.warnings[0].startswith("low confidence")


def test_the_main_part_of_an_unknown_page_is_found_among_links() -> None:
    menu = "".join(f"<li><a href='/{n}'>栏目名称{n}</a></li>" for n in range(200))
    text = "".join(f"<p>第{n}段，{BODY}</p>" for n in range(40))
    extract = page(
        f"<div><ul>{menu}</ul></div><div class='unknown'><div>{text}</div></div><div><ul>{menu}</ul></div>"
    )
    assert "第0段" in extract.text
    assert "第39段" in extract.text
    assert "栏目名称7" not in extract.text


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display: none">广告</p>',
        "<p hidden>广告</p>",
        '<span style="font-size:0">广告</span>',
        "<script>广告</script>",
        "<!-- 广告 -->",
        "<noscript>广告</noscript>",
        "<template>广告</template>",
    ],
    ids=["display none", "hidden", "size 0", "script", "comment", "noscript", "template"],
)
def test_what_a_reader_does_not_see_is_left_out(hidden: str) -> None:
    assert page(f"<p>{BODY}</p>{hidden}").text == BODY + "\n"


def test_layout_tables_stay_paragraphs_and_data_tables_stay_rows() -> None:
    data = "<table><tr><th>序号</th><th>企业</th></tr><tr><td>1</td><td>甲<p>乙</p>厂</td></tr></table>"
    text = page(f"<table><tr><td>左栏</td><td><p>{BODY}</p>{data}</td></tr></table>").text
    assert text == f"左栏\n{BODY}\n序号\t企业\n1\t甲乙厂\n"


@pytest.mark.parametrize(
    "row",
    [
        "<td>索 引 号：</td><td>K-2014-1</td>",
        "<td>【索引号】</td><td>K-2014-1</td>",
        "<td>索引号：K-2014-1</td>",
        "<th>索引号</th><td>K-2014-1</td>",
    ],
    ids=["spaced", "bracketed", "one cell", "plain"],
)
def test_metadata_tables_are_read_in_their_variants(row: str) -> None:
    extract = page(f"<table><tr>{row}</tr></table><div id='zoom'><p>{BODY}</p></div>")
    assert ("table:索引号", "K-2014-1") in extract.metadata


def test_the_heads_of_lists_are_not_metadata() -> None:
    rows = (("序号", "名称", "文号", "备注"), ("名称", "金额"))
    table = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<table>{table}</table>"
    assert not [key for key, _ in page(table + f"<p>{BODY}</p>").metadata if key.startswith("table:")]


def test_labels_in_a_line_around_the_text_are_read() -> None:
    extract = page(
        f"<div>发布时间：2014-06-20 15:30 来源：县经贸局 字号：大</div><div id='zoom'><p>{BODY}</p></div>"
    )
    assert ("line:发布时间", "2014-06-20 15:30") in extract.metadata
    assert ("line:来源", "县经贸局") in extract.metadata


def test_the_address_a_saved_page_came_from_is_kept() -> None:
    extract = read_page(f"<!-- saved from url=(0030)http://www.example.gov.cn/1.htm --><html><body><p>{BODY}")
    assert ("meta:canonical", "http://www.example.gov.cn/1.htm") in extract.metadata


def test_a_title_that_is_never_closed_does_not_swallow_the_page() -> None:
    assert BODY in read_page(f"<html><head><title>标题<body><p>{BODY}</p>").text


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 20_000 + f"<p>{BODY}</p>",
        "<b>" * 100_000 + BODY,
        "<table><tr><td>" * 300 + f"<p>{BODY}</p>" + "</td></tr></table>" * 300,
        "".join(f"<a href='/{n}'>第{n}号</a> " for n in range(100_000)) + BODY,
        f"<p>{BODY * 60_000}</p>",
        f"<p title='{'x' * 1_000_000}'>{BODY}</p>",
        f"<p>{BODY}2024年{' ' * 50_000}月{'〔' * 20_000}2024</p>",
    ],
    ids=[
        "deep div",
        "deep inline",
        "deep tables",
        "100,000 links in a line",
        "one line of 5 MB",
        "long attribute",
        "digits",
    ],
)
def test_hostile_pages_take_seconds_and_lose_nothing(source: str) -> None:
    start = time.perf_counter()
    assert BODY in read_page(source).text
    assert time.perf_counter() - start < 15
