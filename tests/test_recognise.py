"""recognise: what a document says of itself, where it says so, and what it only cites."""

import os
import time
from datetime import date, datetime
from pathlib import Path

import pytest

from disclosure_search.collection.moments import find_moments, parse_moment
from disclosure_search.collection.numbers import find_numbers, normalise
from disclosure_search.collection.recognise import Recognised, recognise
from disclosure_search.extract import Extract, Link
from disclosure_search.extract._html import read_page
from disclosure_search.extract.clean import clean
from disclosure_search.extract.pool import ReaderPool

SAMPLES = Path(__file__).parent / "samples"
SHARED = Path(os.environ.get("DISCLOSURE_SHARED", Path(__file__).resolve().parents[1].parent / "shared"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared inputs (DISCLOSURE_SHARED)")


def of(text: str, stem: str = "文件", **more: object) -> Recognised:
    return recognise(Extract(text=clean(text), reader="txt", **more), stem)  # type: ignore[arg-type]


def said(recognised: Recognised) -> dict[str, str]:
    return {name: value for name, (value, _) in recognised.values.items()}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-12-02 09:46", datetime(2014, 12, 2, 9, 46)),
        ("2014-12-02T09:46:30", datetime(2014, 12, 2, 9, 46)),
        ("2011-06-18 00:00:00", date(2011, 6, 18)),
        ("2014年12月2日", date(2014, 12, 2)),
        ("2014 年11月28日", date(2014, 11, 28)),
        ("２０１４年 １１ 月 ２８ 日", date(2014, 11, 28)),
        ("2014/12/02", date(2014, 12, 2)),
        ("2014.12.2", date(2014, 12, 2)),
        ("二○一四年十一月二十八日", date(2014, 11, 28)),
        ("二〇一四年十一月二十八日", date(2014, 11, 28)),
        ("二零一四年十二月三十一日", date(2014, 12, 31)),
        ("二O一O年元月廿八日", date(2010, 1, 28)),
        ("20141128", date(2014, 11, 28)),
        ("2023515", None),
        ("2024年02月30日", None),
        ("2099-13-45 25:61", None),
        ("0000-00-00", None),
        ("二〇二五年十三月一日", None),
        ("12014-12-021", None),
        ("", None),
    ],
)
def test_dates_are_read_in_all_spellings_and_impossible_ones_refused(text: str, moment: date | None) -> None:
    assert parse_moment(text) == moment
    assert type(parse_moment(text)) is type(moment)


@pytest.mark.parametrize(
    "raw",
    [
        "国办发〔2014〕12号",
        "国办发[2014]12号",
        "国办发【2014】12号",
        "国办发（2014）12号",
        "国办发(2014)12号",
        "国办发﹝2014﹞12号",
        "国办发〔2014]12 号",
        "国办发 〔2014〕 第012号",
        "国办发［２０１４］１２号",
    ],
)
def test_numbers_have_one_form_whatever_their_brackets(raw: str) -> None:
    assert normalise(raw) == "国办发〔2014〕12号"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("根据国办发〔2014〕12号文件和闽政〔2013〕5号要求", ["国办发〔2014〕12号", "闽政〔2013〕5号"]),
        ("《条例》（中华人民共和国国务院令第711号）", ["国务院令第711号"]),
        ("商务部公告2014年第5号", ["2014年第5号公告"]),
        ("2014年第5号通告", ["2014年第5号通告"]),
        ("泉经贸函〔2014〕3号、和政发〔2014〕4号", ["泉经贸函〔2014〕3号", "和政发〔2014〕4号"]),
        ("由中国人民银行令〔2022〕第2号公布", ["中国人民银行令〔2022〕2号"]),
        ("第12号楼，2014年12号", []),
    ],
)
def test_numbers_are_found_in_running_text(text: str, numbers: list[str]) -> None:
    assert [found.text for found in find_numbers(text)] == numbers


@needs_shared
def test_the_seed_says_what_it_says_and_nothing_more() -> None:
    text = clean((SHARED / "seed" / "annual-report-2014.txt").read_text("utf-8-sig"))
    recognised = recognise(Extract(text=text, reader="txt"), "annual-report-2014")
    assert recognised.values == {
        "title": ("南安市经济贸易局2014年政府信息公开工作情况报告", "title line"),
        "published": ("2014-12-02T09:46", "时间 line"),
        "issued": ("2014-11-28", "signature"),
        "agency": ("南安市经济贸易局", "signature"),
    }
    assert not recognised.conflicts
    assert not recognised.cited
    lost = set(text.split("\n")) - set(recognised.body.split("\n"))
    assert lost == {
        "南安市经济贸易局2014年政府信息公开工作情况报告",
        "附件下载",
        "扫一扫在手机上查看当前页面",
        "相关解读",
        "文字解读",
        "图片解读",
        "视频解读",
        "访谈解读",
        "媒体报道",
    }


@pytest.mark.parametrize(
    "name",
    ["notice.txt", "notice-gb18030.txt", "notice-utf16.txt", "notice.html", "notice.docx", "notice.pdf"],
)
def test_the_notice_is_recognised_in_every_format(name: str) -> None:
    with ReaderPool(1) as pool:
        recognised = recognise(pool.extract(SAMPLES / name), "notice")
    values = said(recognised)
    assert values["title"] == "云岭县经济和贸易局关于组织申报2014年度技术改造补助资金的通知"
    assert values["number"] == "云经贸〔2014〕36号"
    assert values["issued"] == "2014-06-18"
    assert values["agency"] == "云岭县经济和贸易局"
    assert not recognised.conflicts
    assert not recognised.cited
    assert values["title"] not in recognised.body.replace("\n", "")
    assert "附件下载" not in recognised.body


def test_a_page_gives_its_attachments_and_the_five_kinds_of_interpretation() -> None:
    with ReaderPool(1) as pool:
        recognised = recognise(pool.extract(SAMPLES / "notice.html"), "notice")
    assert [link.href for link in recognised.attachments] == ["files/form.docx", "files/items.xlsx"]
    assert [link.section for link in recognised.interpretations] == [
        "文字解读",
        "图片解读",
        "视频解读",
        "访谈解读",
        "媒体报道",
    ]
    assert recognised.values["keywords"] == ("技术改造 补助资金 申报;工业、交通", "meta tag")
    assert recognised.values["index_number"] == ("003141597/2014-00036", "metadata table")
    assert "description" not in recognised.values  # content="null"


@pytest.mark.parametrize("value", ["null", "无", "-", "", "undefined", "打印", "县政府网站", "本站原创"])
def test_what_stands_for_nothing_is_no_value(value: str) -> None:
    assert "agency" not in of("正文一句。", metadata=(("table:发布机构", value),)).values


def test_stronger_places_win_and_differences_are_told() -> None:
    recognised = of(
        "关于某事的通知\n正文一句。\n云岭县财政局\n2014年11月29日",
        metadata=(("table:成文日期", "2014-11-28"), ("table:发布机构", "云岭县经济和贸易局")),
    )
    assert recognised.values["issued"] == ("2014-11-28", "metadata table")
    assert recognised.values["agency"] == ("云岭县经济和贸易局", "metadata table")
    assert recognised.conflicts == (
        "issued: metadata table says 2014-11-28, signature says 2014-11-29",
        "agency: metadata table says 云岭县经济和贸易局, signature says 云岭县财政局",
    )


def test_joint_issuers_sign_before_an_attachment() -> None:
    recognised = of(
        "关于开展检查的通知\n各企业：\n现通知如下。\n云岭县经济和贸易局\n云岭县安全监管局\n二○一四年五月八日\n"
        "附件\n检查表\n填表说明一句。\n2014年6月1日"
    )
    assert said(recognised)["agency"] == "云岭县经济和贸易局;云岭县安全监管局"
    assert said(recognised)["issued"] == "2014-05-08"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        pytest.param("# 标题一行\n\n正文。", "标题一行", id="markdown"),
        pytest.param(
            "# 发生纠纷的，可以依法处理。\n\n## 案情\n\n正文。",
            "发生纠纷的，可以依法处理。",
            id="marked sentence",
        ),
        pytest.param(
            "云岭县人民政府办公室关于做好\n2014年防汛工作的通知\n云政办〔2014〕3号\n正文。",
            "云岭县人民政府办公室关于做好2014年防汛工作的通知",
            id="two lines",
        ),
        pytest.param(
            "云岭县经济和贸易局\n关于公布执法检查制度\n执行情况的通报\n正文。",
            "云岭县经济和贸易局关于公布执法检查制度执行情况的通报",
            id="three lines",
        ),
        pytest.param(
            "云岭县人民政府文件\n云政〔2014〕3号\n关于印发要点的通知\n正文。",
            "关于印发要点的通知",
            id="letterhead",
        ),
        pytest.param(
            "当前位置：首页 > 政务公开\n索引号：K-1234\n2014年统计公报\n正文。",
            "2014年统计公报",
            id="after labels",
        ),
        pytest.param(
            "中华人民共和国国务院令\n第999号\n现公布《某某条例》，自2014年1月1日起施行。",
            "某某条例",
            id="order",
        ),
        pytest.param("本报告由县政府办公室汇编而成。第二句。", "文件", id="no title: file name"),
        pytest.param("序号\t企业\n1\t甲", "文件", id="table: file name"),
        pytest.param("关于某事的通知（云政〔2014〕3号）\n正文。", "关于某事的通知", id="number in the title"),
    ],
)
def test_the_title_line_is_found(head: str, title: str) -> None:
    assert said(of(head))["title"] == title


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("关于某事的通知\n云政〔2014〕3号\n正文。", "云政〔2014〕3号", id="own line"),
        pytest.param("关于某事的通知（云政〔2014〕3号）\n正文。", "云政〔2014〕3号", id="end of title"),
        pytest.param(
            "云岭县文件\n云政〔2014〕3号 签发人：\n关于某事的请示\n正文。",
            "云政〔2014〕3号",
            id="with signer",
        ),
        pytest.param(
            "某条例\n（2014年3月1日云政令〔2014〕第3号公布）\n正文。", "云政令〔2014〕3号", id="proclaimed"
        ),
        pytest.param("文号：云政〔2014〕3号\n关于某事的通知\n正文。", "云政〔2014〕3号", id="label"),
        pytest.param("关于某事的通知\n根据云政〔2014〕3号要求，正文。", None, id="cited in the body"),
        pytest.param("关于转发云政〔2014〕3号文件的通知\n正文。", None, id="cited in the title"),
        pytest.param("关于贯彻《通知》（云政〔2014〕3号）精神的意见\n正文。", None, id="cited in brackets"),
    ],
)
def test_only_the_documents_own_number_counts(text: str, number: str | None) -> None:
    recognised = of(text)
    assert said(recognised).get("number") == number
    assert (not recognised.cited) == (number is not None)


@pytest.mark.parametrize(
    "label",
    [
        "发布时间：2014-06-20",
        "[ 发布日期 ] 2014-06-20",
        "来源:县网 日期:2014-06-20 字号:大",
        "• 发布日期:\n\n2014年06月20日",
        "2014-06-20 08:00:00 来源: 本站",
    ],
)
def test_the_day_of_publication_is_read_from_labelled_lines(label: str) -> None:
    assert said(of(f"关于某事的通知\n{label}\n正文一句。"))["published"][:10] == "2014-06-20"


def test_a_meeting_time_in_the_text_is_no_publication() -> None:
    assert (
        "published" not in of("关于开会的通知\n各股室：\n定于下周开会。\n时间：2014年6月20日上午9时").values
    )
    assert "published" not in of("归档时间：2018-11-21\n关于某事的通知\n正文。").values


def test_furniture_goes_and_everything_else_stays() -> None:
    text = (
        "关于某事的通知\n时间：2014-06-20 15:30\n字号：大 中 小\n正文提到视频解读和打印机。\n大\n甲\t乙\n附件下载\n"
        "扫一扫在手机打开当前页\n相关解读\n文字解读\n媒体报道\n打印 关闭\n【打印本页】【关闭窗口】\n分享到：微信 微博"
    )
    assert of(text).body == "时间：2014-06-20 15:30\n正文提到视频解读和打印机。\n大\n甲\t乙\n"


def test_interpretations_without_a_kind_get_it_from_their_words() -> None:
    links = tuple(
        Link(text, f"{n}.html", "政策解读")
        for n, text in enumerate(["一图读懂新办法", "负责人答记者问", "办法解读"])
    )
    found = of("正文。", links=links).interpretations
    assert [link.section for link in found] == ["图片解读", "访谈解读", "文字解读"]


@pytest.mark.parametrize(
    "text",
    [
        "文" * 2_000_000,
        "2014年" * 400_000,
        "〔2014〕" * 300_000,
        "局" * 1_000_000 + "\n2014年1月1日",
        "一、" * 500_000,
        "时间：\n" * 300_000,
        "文字解读 " * 300_000,
        "1" * 1_000_000 + "-" + "2" * 1_000_000,
        "公布《" * 300_000,
        "\n".join(["云岭县经济和贸易局"] * 100_000 + ["2014年1月1日"] * 100),
        "(" * 500_000 + "第" * 500_000,
        "国和" * 400_000 + "〔2014〕1号",
        "令第" * 400_000,
        "公告第" * 300_000,
        "云政〔2014" * 150_000,
        "2014】" * 200_000,
        "2014年1月1日" + "通过" * 400_000,
        "\n".join(["局", "2023515"] * 100_000),
    ],
    ids=[
        "one character",
        "years",
        "brackets",
        "agency",
        "serials",
        "labels",
        "kinds",
        "digits",
        "quotes",
        "issuers",
        "parentheses",
        "particles",
        "orders",
        "notices",
        "open brackets",
        "closing brackets",
        "histories",
        "squeezed days",
    ],
)
def test_recognition_is_linear(text: str) -> None:
    start = time.process_time()  # of this process alone, whatever else the machine does
    of("某标题\n" + text)
    of(text)
    list(find_moments(text))
    assert time.process_time() - start < 20  # measured: 1 to 5; in the square of the length it would be hours


@needs_shared
def test_pages_of_the_state_council_are_recognised_from_their_text_alone() -> None:
    """The metadata table is the gold; without it title, number, date and issuer must come from the text."""
    right = total = 0
    misses = []
    with ReaderPool(2) as pool:
        for path, extract in pool.extract_many(sorted((SHARED / "inputs" / "html").glob("*gov.cn_*.html"))):
            assert isinstance(extract, Extract)
            gold = said(recognise(extract, path.stem))
            bare = said(recognise(Extract(text=extract.text, reader="html"), path.stem))
            for name in ("title", "number", "issued", "agency"):
                total += 1
                right += bare.get(name) == gold[name]
                if bare.get(name) != gold[name]:
                    misses.append((path.name, name, gold[name], bare.get(name)))
    assert total > 160
    assert right / total >= 0.95, misses


def test_joint_issuers_that_run_together_are_told_apart_by_their_place() -> None:
    text = "关于公布名单的通知\n\n现予公布。\n\n临溪市经济贸易局临溪市财政局\n2014年6月19日\n"
    assert recognise(Extract(text), "x").values["agency"][0] == "临溪市经济贸易局;临溪市财政局"


def of_page(source: str) -> Recognised:
    read = read_page(source)
    return recognise(Extract(read.text, read.title, read.metadata, read.links, reader="html"), "文件")


@pytest.mark.parametrize(
    "navigation",
    [
        "<td><a href='/1'>政府信息公开目录</a></td><td><a href='/2'>办事指南</a></td>",
        "<td>政府信息公开目录</td><td>网上办事大厅</td>",
        "<td>临溪市经济贸易局</td>",
    ],
    ids=["links", "plain cells", "the name of the site"],
)
def test_a_cell_of_navigation_is_no_title(navigation: str) -> None:
    found = of_page(
        "<html><head><title>关于做好节能检查工作的通知-临溪市经济贸易局</title></head><body>"
        f"<table><tr>{navigation}</tr></table><table><tr><td><b>关于做好节能检查工作的通知</b></td></tr>"
        "<tr><td><p>各企业：</p><p>现将有关事项通知如下。</p></td></tr></table></body></html>"
    )
    assert said(found)["title"] == "关于做好节能检查工作的通知"


def test_a_linked_line_is_no_title_either_where_the_page_has_none() -> None:
    found = of_page(
        "<html><body><table><tr><td><a href='/1'>政府信息公开目录</a></td></tr></table>"
        "<table><tr><td>关于做好节能检查工作的通知</td></tr><tr><td>现将有关事项通知如下。</td></tr></table></body></html>"
    )
    assert said(found)["title"] == "关于做好节能检查工作的通知"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("公告\n临溪市第一批补贴企业名单\n正文一句。", "临溪市第一批补贴企业名单"),
        (
            "一、凡在本市登记的工业企业均可以提出申请\n二、申请材料\n设备购置发票及付款凭证清单\n以上。",
            "设备购置发票及付款凭证清单",
        ),
        ("凡在本市登记并且依法纳税的工业企业，均可提出申请；\n设备购置清单\n以上。", "设备购置清单"),
    ],
    ids=["below a bare heading", "among the items of a list", "below running text"],
)
def test_no_title_is_taken_from_the_middle_of_a_text(text: str, line: str) -> None:
    found = recognise(Extract(text, reader="docx"), "文件")
    assert said(found)["title"] == "文件"
    assert line in found.body.split("\n")


def test_a_title_far_down_keeps_its_line() -> None:
    text = "".join(f"第{n}行\n" for n in range(30)) + "关于某事的通知\n正文一句。"
    found = of(text)
    assert said(found)["title"] == "关于某事的通知"
    assert "关于某事的通知" in found.body


@pytest.mark.parametrize(
    "line",
    [
        "来源：临溪市经济贸易局 发布时间：2014-12-02 09:46",
        "发布时间：2014-12-02 09:46 来源：临溪市经济贸易局 字号：大",
    ],
)
def test_source_and_time_on_one_line_give_agency_and_day(line: str) -> None:
    values = said(of(f"关于某事的通知\n{line}\n正文一句。"))
    assert values["agency"] == "临溪市经济贸易局"
    assert values["published"] == "2014-12-02T09:46"
