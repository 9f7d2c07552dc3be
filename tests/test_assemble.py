"""One document from all that is said of it: normal values, restrictions, attachments by address, titles and texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest

from disclosure_search.collection.assemble import assemble
from disclosure_search.collection.patterns import Patterns
from disclosure_search.collection.related import without_names
from disclosure_search.collection.scan import Original
from disclosure_search.collection.values import Described
from disclosure_search.document import Document
from disclosure_search.errors import CollectionError
from disclosure_search.extract import Extract, Link
from disclosure_search.extract._html import read_page
from disclosure_search.search import SearchState
from disclosure_search.vocabulary import Vocabularies
from disclosure_search.wiring import Archive

TODAY = date.today()
TEXT = "关于下达补贴的通知\n各企业：\n现予下达。\n"


def made(
    extract: Extract | str = TEXT,
    row: Mapping[str, str] | None = None,
    sidecar: Mapping[str, object] | None = None,
    path: str = "k/主.html",
) -> Document:
    extract = Extract(extract, reader="txt") if isinstance(extract, str) else extract
    described = Described({}, row or {}, sidecar or {})
    return assemble(Original(path), "00", extract, described, Patterns(), Vocabularies())


def page(body: str, head: str = "") -> Extract:
    read = read_page(f"<html><head>{head}</head><body>{body}</body></html>")
    return Extract(read.text, read.title, read.metadata, read.links, reader="html")


@pytest.mark.parametrize(
    ("row", "inside"),
    [
        ({"openness": "不公开"}, True),
        ({"openness": "依申请"}, True),
        ({"openness": "否"}, True),
        ({"openness": "主动 公开"}, False),
        ({"openness": "是"}, False),
        ({"openness": "已公开"}, False),
        ({"audience": "面向 社会"}, False),
        ({"audience": "全社会"}, False),
        ({"audience": "局内"}, True),
        ({"withdrawn": "未撤回"}, False),
    ],
    ids=str,
)
def test_only_words_that_are_known_to_mean_public_do(row: dict[str, str], inside: bool) -> None:
    assert bool(made(row=row).withheld(TODAY)) is inside


@pytest.mark.parametrize("label", ["公开形式", "公开属性", "公开方式", "公开类别方式", "公开类别"])
def test_a_page_that_says_it_is_not_for_everybody_is_believed(label: str) -> None:
    table = f"<table><tr><td>索引号</td><td>K-2014-1</td><td>{label}</td><td>依申请公开</td></tr></table>"
    assert made(page(f"{table}<div id='zoom'>{TEXT}</div>")).withheld(TODAY) == "openness: 依申请公开"


def test_a_page_that_says_where_it_was_published_stays_public() -> None:
    table = "<table><tr><td>索引号</td><td>K-2014-1</td><td>公开形式</td><td>网站、公示栏</td></tr></table>"
    assert not made(page(f"{table}<div id='zoom'>{TEXT}</div>")).withheld(TODAY)


@pytest.mark.parametrize("years", [0, 5])
def test_a_day_to_come_in_a_meta_tag_is_an_embargo(years: int) -> None:
    day = (TODAY + timedelta(days=365 * years + 2)).isoformat()
    document = made(page(f"<p>{TEXT}</p>", f'<meta name="PubDate" content="{day}">'))
    assert document.withheld(TODAY) == f"embargoed until {day}"


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ({"title": "第一行\n第二行"}, "第一行第二行"),
        ({"number": "临经贸[2014]12 号"}, "临经贸〔2014〕12号"),
        ({"number": "临经贸（2014）012号"}, "临经贸〔2014〕12号"),
        ({"number": "自编 7"}, "自编 7"),
        ({"agency": "临溪市\n经济贸易局"}, "临溪市经济贸易局"),
    ],
    ids=str,
)
def test_values_of_a_catalogue_are_in_the_same_form_as_those_of_files(
    said: dict[str, str], value: str
) -> None:
    name = next(iter(said))
    assert getattr(made(row=said), name) == value
    assert getattr(made(sidecar=said), name) == value


@pytest.mark.parametrize("text", ["2016年1月", "2016-01", "2016年", "2016", "２０１６年１月"])
def test_a_month_or_a_year_in_place_of_a_day_still_gives_the_year(text: str) -> None:
    document = made("没有日期的一行字\n正文。\n", row={"published": text})
    assert (document.published, document.year) == (None, 2016)


def test_a_month_to_come_in_place_of_a_day_holds_back() -> None:
    with pytest.raises(CollectionError):
        made(row={"published": f"{TODAY.year + 1}年1月"})


def test_under_another_title_the_line_of_the_title_is_text() -> None:
    assert "关于下达补贴的通知" not in made().body
    assert "关于下达补贴的通知" not in made(row={"title": "关于下达 补贴的通知"}).body
    assert made(row={"title": "别的题目"}).body.startswith("关于下达补贴的通知\n")
    assert made("只有一行的通知\n", row={"title": "别的题目"}).body == "只有一行的通知\n"


def test_a_title_that_the_page_shows_apart_is_text_under_another_title() -> None:
    shown_apart = page(
        f"<h1>关于下达补贴的通知</h1><div id='zoom'><p>{'正文一句，不短于二十个字的正文一句。' * 2}</p></div>"
    )
    assert "关于下达补贴的通知" not in made(shown_apart).body
    assert made(shown_apart, row={"title": "别的题目"}).body.startswith("关于下达补贴的通知\n")


@pytest.mark.parametrize(
    ("href", "place"),
    [
        ("http://www.example.gov.cn/k/绝对.txt", "k/绝对.txt"),
        ("http://www.example.gov.cn/k/%E7%BB%9D%E5%AF%B9.txt?x=1", "k/绝对.txt"),
        ("/k/根.txt", "k/根.txt"),
        ("/files/2014/根.txt", "k/根.txt"),
        ("http://www.example.gov.cn/a/files/表.xlsx", "k/files/表.xlsx"),
        ("http://www.example.gov.cn/down/1.doc", "k/主_files/1.doc"),
        ("相对.txt", "k/相对.txt"),
    ],
)
def test_a_linked_file_may_lie_beside_its_page_or_below(href: str, place: str) -> None:
    (one,) = made(Extract(TEXT, links=(Link("附件", href, "附件"),), reader="html")).attachments
    assert place in (one.path, *one.places)
    assert not one.stated


def test_a_file_may_bear_the_name_that_its_link_has() -> None:
    link = Link("明细表.xlsx", "http://www.example.gov.cn/download.jsp?id=7", "附件")
    assert "k/明细表.xlsx" in made(Extract(TEXT, links=(link,), reader="html")).attachments[0].places


def test_attachments_that_a_description_names_are_stated() -> None:
    found = made(row={"attachments": "说明.html；表.xlsx"}).attachments
    assert [(one.path, one.stated) for one in found] == [("k/说明.html", True), ("k/表.xlsx", True)]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "ftp://x/y", "//x/y"])
def test_only_addresses_of_the_web_are_kept(address: str) -> None:
    events = [{"channel": "简报", "url": address}]
    document = made(row={"url": address}, sidecar={"publications": events})
    assert document.url == ""
    assert not any(event.url for event in document.publications)
    assert any("url" in conflict for conflict in document.conflicts)


def test_an_interpretation_leads_to_the_web_or_to_a_file() -> None:
    rows = [
        {"title": "甲", "url": "javascript:alert(1)"},
        {"title": "乙", "url": "http://x/1"},
        {"path": "丙.html"},
    ]
    document = made(sidecar={"interpretations": rows})
    assert [(one.title, one.url, one.path) for one in document.interpretations] == [
        ("乙", "http://x/1", ""),
        ("丙.html", "", "k/丙.html"),
    ]
    assert any("javascript" in conflict for conflict in document.conflicts)


def test_themes_are_keywords_and_no_category() -> None:
    table = "<table><tr><td>索引号</td><td>K-2014-1</td><td>主题分类</td><td>财政、金融</td></tr></table>"
    document = made(page(f"{table}<div id='zoom'>{TEXT}</div>"))
    assert document.category == ()
    assert document.keywords == ("财政", "金融")


def test_lines_of_a_list_that_name_what_is_withheld_go() -> None:
    text = "正文提到内部名单。\n附件：1.内部名单\n2、内部名单\n● 内部名单\n内部名单\n附件2：公开名单\n"
    assert without_names(text, frozenset({"内部名单"})) == "正文提到内部名单。\n附件2：公开名单\n"
    assert without_names(text, frozenset()) == text


# --- in an archive


def found(archive: Archive, text: str) -> set[str]:
    """The paths of what a search for the text finds, whole."""
    return {hit.document.path for hit in archive.search.run(SearchState(f'"{text}"')).hits}


def page_of(*links: str) -> str:
    listed = "".join(f"<p>{link}</p>" for link in links)
    return f"<html><body><h1>公开的通知</h1><p>公开的正文一句。</p>{listed}</body></html>"


def test_lists_of_links_do_not_name_what_is_withheld(make_archive: Callable[..., Archive]) -> None:
    made = make_archive(
        {
            "公开.html": page_of(
                "附件：<a href='甲.docx'>绝密的名单</a>",
                "<a href='乙.txt'>内部的附表</a>",
                "相关解读",
                "<a href='丙.html'>不公开的解读</a>",
                "<a href='丁.html'>公开的解读</a>",
            ),
            "乙.txt": "乙的正文",
            "丙.html": page_of("丙"),
            "丁.html": page_of("丁"),
            "甲.docx": "甲",
            "目录.csv": "文件名,公开范围\n甲.docx,面向本单位\n乙.txt,面向本单位\n丙.html,面向本单位\n",
        }
    )
    (document,) = [one for one in made.engine.documents() if one.path == "公开.html"]
    assert [one.title for one in document.interpretations] == ["公开的解读"]
    for name in ("绝密的名单", "内部的附表", "不公开的解读"):
        assert not found(made, name), name
    assert found(made, "公开的解读") == {"公开.html"}


@pytest.mark.parametrize(
    "href", ["http://www.example.gov.cn/k/绝对.txt", "/k/绝对.txt", "http://www.example.gov.cn/绝对.txt"]
)
def test_a_file_that_an_internal_page_calls_by_its_address_stays_inside(
    make_archive: Callable[..., Archive], href: str
) -> None:
    made = make_archive(
        {
            "k/主.html": page_of(f"附件：<a href='{href}'>附表</a>"),
            "k/绝对.txt": "附表里不公开的一句",
            "k/别的.txt": "别的正文",
            "目录.csv": "文件名,公开范围\nk/主.html,面向本单位\n",
        }
    )
    assert {one.path for one in made.engine.documents()} == {"k/别的.txt"}


def test_of_rows_in_two_folders_the_stricter_decides(make_archive: Callable[..., Archive]) -> None:
    made = make_archive(
        {
            "k/a.txt": "甲的正文",
            "k/b.txt": "乙的正文",
            "目录.csv": "文件名,公开范围\nk/a.txt,面向本单位\n",
            "k/目录.csv": "文件名,公开范围\na.txt,面向社会\nb.txt,面向社会\n",
        }
    )
    assert {one.path for one in made.engine.documents()} == {"k/b.txt"}


@pytest.mark.parametrize("text", ["部门预算", "公示栏", "2014-03-01"])
def test_what_the_page_shows_of_a_document_is_found(make_archive: Callable[..., Archive], text: str) -> None:
    made = make_archive(
        {
            "公示栏/部门预算/a.txt": "收支一览\n正文一句。\n",
            "公示栏/部门预算/目录.csv": "文件名,发布日期\na.txt,2014-03-01\n",
            "b.txt": "别的\n",
        }
    )
    assert found(made, text) == {"公示栏/部门预算/a.txt"}
