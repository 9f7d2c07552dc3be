"""Writes the sample originals beside itself: `python tests/samples/make_samples.py [FOLDER]`."""

from __future__ import annotations

import io
import sys
import zipfile
import zlib
from pathlib import Path

TITLE = "云岭县经济和贸易局关于组织申报2014年度技术改造补助资金的通知"
NUMBER = "云经贸〔2014〕36号"
PARAGRAPHS = (
    "各乡镇人民政府、有关企业：",
    "为做好2014年度技术改造补助资金的申报工作，现将有关事项通知如下。",
    "一、申报条件。在本县登记注册，设备投资超过五十万元并已完成备案的工业企业。",
    "二、申报材料。申请表、备案文件、设备发票和付款凭证的复印件，一式三份。",
    "三、申报时间。请于2014年7月15日前送我局技术改造股，逾期不予受理。",
)
AGENCY = "云岭县经济和贸易局"
NOTICE = (
    "\n".join(
        [
            TITLE,
            "时间：2014-06-20 15:30",
            "",
            NUMBER,
            "",
            *PARAGRAPHS,
            "",
            AGENCY,
            "2014年6月18日",
            "",
            "附件下载",
        ]
    )
    + "\n"
)

PAGE = f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{TITLE}_云岭县人民政府</title>
<meta name="SiteName" content="云岭县人民政府"><meta name="ColumnName" content="通知公告">
<meta name="ArticleTitle" content="{TITLE}"><meta name="PubDate" content="2014-06-20 15:30">
<meta name="ContentSource" content="云岭县经济和贸易局"><meta name="Keywords" content="技术改造 补助资金 申报">
<meta name="Description" content="null"></head><body>
<div class="nav"><a href="/">首页</a> <a href="/zwgk/">政务公开</a></div>
<table class="meta"><tr><td><b>索 引 号：</b></td><td>003141597/2014-00036</td><td>发布机构：</td><td>{
    AGENCY
}</td></tr>
<tr><td>文　　号：</td><td>云经贸[2014] 36 号</td><td>成文日期：</td><td>2014 年6月18日</td></tr>
<tr><td>有效性：</td><td>有效</td><td>主题分类：</td><td>工业、交通</td></tr></table>
<div class="tools">字号：大 中 小 <a href="javascript:window.print()">打印</a></div>
<div class="TRS_Editor"><p align="center">云岭县经济和贸易局关于组织申报</p>
<p align="center">2014年度技术改造补助资金的通知</p><p>{NUMBER}</p>
{"".join(f"<p>　　{text}</p>" for text in PARAGRAPHS)}
<table><tr><th>项目</th><th>最高额度</th></tr><tr><td>设备购置</td><td>二十万元</td></tr></table>
<p align="right">{AGENCY}</p><p align="right">2014 年6月18日</p>
<p style="display:none">看不见的广告</p></div>
<div class="files"><h3>附件下载</h3><ul><li><a href="files/form.docx">申请表</a></li>
<li><a href="files/items.xlsx">项目目录</a></li></ul></div>
<div class="reading"><h3>相关解读</h3>
{
    "".join(
        f'<div class="kind"><h4>{kind}</h4><p><a href="{href}">{text}</a></p></div>'
        for kind, href, text in (
            ("文字解读", "jd/1.html", "补助资金申报的五个问题"),
            ("图片解读", "jd/2.html", "看图申报"),
            ("视频解读", "jd/3.html", "三分钟讲申报"),
            ("访谈解读", "jd/4.html", "局领导谈技术改造"),
            ("媒体报道", "jd/5.html", "技术改造资金开始申报"),
        )
    )
}</div>
<div>扫一扫在手机上查看当前页面</div><div class="footer">主办：云岭县人民政府</div></body></html>
"""

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>{}</Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    "{}</Relationships>"
)
_RELATION = (
    '<Relationship Id="{0}" Target="{2}"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{1}"/>'
)


def packed(members: dict[str, str]) -> bytes:
    """A ZIP container with the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2014, 6, 18, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def table(*rows: tuple[str, ...]) -> str:
    """Cells are given as XML."""
    return "".join(
        [
            "<w:tbl>",
            *("<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in row) + "</w:tr>" for row in rows),
            "</w:tbl>",
        ]
    )


def docx(body: str, extra: dict[str, str] | None = None) -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return packed(
        {
            "[Content_Types].xml": _TYPES.format(
                f'<Override PartName="/word/document.xml" ContentType="{kind}"/>'
            ),
            "_rels/.rels": _RELATIONS.format(_RELATION.format("rId1", "officeDocument", "word/document.xml")),
            "word/document.xml": f'<?xml version="1.0"?><w:document {_W}><w:body>{body}</w:body></w:document>',
            **(extra or {}),
        }
    )


def notice_docx() -> bytes:
    inner = table((paragraph("设备购置"), paragraph("二十万元")), (paragraph("软件"), paragraph("五万元")))
    body = [paragraph(text) for text in (TITLE, NUMBER, *PARAGRAPHS)]
    body.append(table((inner, paragraph("最高额度见左表")), (paragraph("合计"), paragraph("二十五万元"))))
    body.append(
        "<w:p><w:del><w:r><w:delText>删去的字句</w:delText></w:r></w:del><w:r><w:t>修订后的字句。</w:t></w:r></w:p>"
    )
    box = f"<w:txbxContent>{paragraph('文本框里的提示')}</w:txbxContent>"
    body.append(
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    body += [paragraph(AGENCY), paragraph("2014年6月18日")]
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{TITLE}</dc:title></cp:coreProperties>'
    )
    note = f'<w:footnotes {_W}><w:footnote w:id="1">{paragraph("以发票载明的金额为准。")}</w:footnote></w:footnotes>'
    header = f"<w:hdr {_W}>{paragraph('云岭县经济和贸易局文件')}</w:hdr>"
    return docx(
        "".join(body), {"docProps/core.xml": core, "word/footnotes.xml": note, "word/header1.xml": header}
    )


_S = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def xlsx(sheets: dict[str, tuple[str, bool]]) -> bytes:
    """Name → (rows as XML, is it hidden)."""
    listed, relations, members = [], [], {}
    for number, (name, (rows, hidden)) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if hidden else ""
        listed.append(f'<sheet name="{name}" sheetId="{number}"{state} r:id="rId{number}"/>')
        relations.append(_RELATION.format(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml"))
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f"<worksheet {_S}><sheetData>{rows}</sheetData></worksheet>"
        )
    relations.append(_RELATION.format("rId99", "styles", "styles.xml"))
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    styles = (
        f'<styleSheet {_S}><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1">'
        '<border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
    )
    return packed(
        {
            "[Content_Types].xml": _TYPES.format(
                f'<Override PartName="/xl/workbook.xml" ContentType="{main}"/>'
            ),
            "_rels/.rels": _RELATIONS.format(_RELATION.format("rId1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f"<workbook {_S}><sheets>{''.join(listed)}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": _RELATIONS.format("".join(relations)),
            "xl/styles.xml": styles,
            **members,
        }
    )


def row(number: int, *cells: str | int | float, dated: int = -1) -> str:
    """`dated` is the column whose number is a date."""
    made = []
    for column, value in enumerate(cells):
        place = f"{chr(65 + column)}{number}"
        if isinstance(value, str):
            made.append(f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>')
        else:
            made.append(
                f'<c r="{place}"{" s=" + chr(34) + "1" + chr(34) if column == dated else ""}><v>{value}</v></c>'
            )
    return f'<row r="{number}">{"".join(made)}</row>'


def list_xlsx() -> bytes:
    shown = "".join(
        (
            row(1, "云岭县2014年技术改造补助名单"),
            row(2, "序号", "企业", "登记号", "金额（万元）", "公示日期"),
            row(3, 1, "云岭纸品厂", 913505830012345678, 20.5, 41808, dated=4),
            row(4, 2, "云岭茶机厂", "913505830087654321", 18, 41809, dated=4),
        )
    )
    return xlsx({"补助名单": (shown, False), "底稿": (row(1, "未定的名单"), True)})


_FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font"
    " /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4"
    " >> /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 >> >>] >>"
)


def pdf(lines: list[str], title: str = "") -> bytes:
    """One page; each line as wide as its text."""
    shown = " ".join(f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines)
    content = zlib.compress(f"BT /F1 12 Tf 60 780 Td 18 TL {shown} ET".encode())
    info = b"\xfe\xff" + title.encode("utf-16-be")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 7 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(content) + content + b"\nendstream",
        _FONT.encode(),
        b"<< /Title <" + info.hex().encode() + b"> >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    made, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    made += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(made)


def notice_pdf() -> bytes:
    wrapped = []
    for text in (TITLE, NUMBER, *PARAGRAPHS):
        wrapped += [text[start : start + 26] for start in range(0, len(text), 26)]
    return pdf([*wrapped, AGENCY, "2014年6月18日", "- 1 -"], title=TITLE)


def samples() -> dict[str, bytes]:
    noise = bytes((number * 197 + number // 7 * 31 + 5) % 256 for number in range(4_000))
    return {
        "notice.txt": NOTICE.encode(),
        "notice-gb18030.txt": NOTICE.encode("gb18030"),
        "notice-utf16.txt": NOTICE.encode("utf-16"),
        "notice.html": PAGE.encode(),
        "notice.docx": notice_docx(),
        "notice.pdf": notice_pdf(),
        "list.xlsx": list_xlsx(),
        "scan.pdf": pdf([]),
        "empty.txt": b"",
        "broken.txt": noise,
        "broken.html": b"<html><body><div id='app'></div><script>load()</script></body></html>",
        "broken.docx": notice_docx()[:-300],
        "broken.pdf": b"%PDF-1.4\n" + noise,
        "broken.xlsx": list_xlsx()[:700],
    }


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in samples().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
