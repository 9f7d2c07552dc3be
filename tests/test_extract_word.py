"""DOC, WPS, RTF, ODT and XML of Word: what is read, what is left out and reported, what is refused."""

from __future__ import annotations

import importlib.util
import random
import time
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest

from disclosure_search.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    ExtractionError,
    LimitExceededError,
    UnsupportedFormatError,
)
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract.child import read

SAMPLES = Path(__file__).parent / "samples"


def _maker(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _maker("make_word")
office = _maker("make_samples")


def extracted(folder: Path, name: str, data: bytes) -> Extract:
    (folder / name).write_bytes(data)
    return read(folder / name, Limits())


@pytest.mark.parametrize("name", ["a.doc", "a.wps", "a.dot"])
def test_doc_is_read_under_any_name(tmp_path: Path, name: str) -> None:
    extract = extracted(tmp_path, name, make.doc("关于技术改造的通知\r各乡镇人民政府：\r"))
    assert extract.text == "关于技术改造的通知\n各乡镇人民政府：\n"
    assert extract.reader == "doc"
    assert extract.warnings == ()


def test_doc_pieces_of_one_byte_are_western(tmp_path: Path) -> None:
    assert extracted(tmp_path, "a.doc", make.doc("“Annex” – 5\r", compressed=True)).text == "“Annex” – 5\n"


def test_doc_beyond_the_first_plane_is_read_and_keeps_its_places(tmp_path: Path) -> None:
    """The maker counts characters, Word halves of pairs: two others stand there until they are replaced."""
    data = make.doc("甲\u3400\u3401乙删丙\r", characters=((4, 5, make.DELETED),))
    data = data.replace("\u3400\u3401".encode("utf-16-le"), "\U00020087".encode("utf-16-le"))
    assert extracted(tmp_path, "a.doc", data).text == "甲\U00020087乙丙\n"


@pytest.mark.parametrize(
    ("mark", "warning"),
    [
        pytest.param(make.HIDDEN, "hidden text left out", id="hidden"),
        pytest.param(make.DELETED, "tracked deletions left out", id="deleted"),
    ],
)
def test_doc_leaves_out_and_reports(tmp_path: Path, mark: bytes, warning: str) -> None:
    extract = extracted(tmp_path, "a.doc", make.doc("留下不留留下\r", characters=((2, 4, mark),)))
    assert extract.text == "留下留下\n"
    assert extract.warnings == (warning,)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param('见\x13 HYPERLINK "http://a" \x14附件\x15。\r', "见附件。\n", id="link"),
        pytest.param("第\x13 PAGE \x141\x15页\r", "第1页\n", id="page"),
        pytest.param("甲\x13 IF \x13 X \x14乙\x15 \x14丙\x15丁\r", "甲丙丁\n", id="nested"),
        pytest.param("甲\x13 没有结束\r乙\r", "甲没有结束\n乙\n", id="begin without an end"),
        pytest.param("\x13 EQ \\o\\ac(○,一)\x15条\r", "一条\n", id="framed character"),
        pytest.param(
            "甲\x01\x08\x02乙\x0b丙\x1e丁\x1f戊\t己\r", "甲乙\n丙-丁戊己\n", id="special characters"
        ),
    ],
)
def test_doc_fields_and_special_characters(tmp_path: Path, text: str, shown: str) -> None:
    assert extracted(tmp_path, "a.doc", make.doc(text)).text == shown


def test_doc_tables_keep_empty_cells_and_nested_tables(tmp_path: Path) -> None:
    text = "表前\r甲\x07\x07丙\x07\x07表后\r"
    data = make.doc(text, paragraphs=((3, 7, make.CELL), (7, 8, make.ROW)))
    assert extracted(tmp_path, "a.doc", data).text.startswith("表前\n甲\t")
    inner = "子\r丑\r\r外\x07右\x07\x07后\r"
    marks = (
        (0, 4, make.INNER_CELL), (4, 5, make.INNER_ROW), (5, 9, make.CELL), (9, 10, make.ROW),
    )  # fmt: skip
    text = extracted(tmp_path, "a.doc", make.doc(inner, paragraphs=marks)).text
    assert "子\t丑\n" in text
    assert text.endswith("后\n")


def test_doc_notes_follow_headers_stand_once_and_comments_are_left_out(tmp_path: Path) -> None:
    parts = ("正文。\r", "脚注。\r", "抬头\r- 1 -\r抬头\r", "", "批注。\r", "尾注。\r")
    counts = tuple(len(part) for part in parts[1:])
    extract = extracted(tmp_path, "a.doc", make.doc("".join(parts), counts=counts))
    assert extract.text == "正文。\n脚注。\n尾注。\n抬头\n"
    assert extract.warnings == ("comments left out",)


@pytest.mark.parametrize(
    ("language", "encoding", "text"),
    [
        pytest.param(0x0804, "gbk", "关于“通知”\r第二段\r", id="Chinese"),
        pytest.param(0x0404, "big5", "關於通知\r第二段\r", id="traditional Chinese"),
        pytest.param(0x0419, "cp1251", "Уведомление\r", id="Russian"),
        pytest.param(0x0409, "gbk", "说是英文其实是中文的一段\r", id="Chinese that is said to be English"),
        pytest.param(0x0409, "cp1252", "the “quick” fox\r", id="English"),
    ],
)
def test_doc_of_word_95_has_the_code_page_of_its_language(
    tmp_path: Path, language: int, encoding: str, text: str
) -> None:
    data = make.doc_95(text, language=language, encoding=encoding)
    assert extracted(tmp_path, "a.doc", data).text == text.replace("\r", "\n")


@pytest.mark.parametrize("count", [3, 0xFFFFFFFF], ids=["honest", "lying"])
def test_doc_has_a_title_and_a_date(tmp_path: Path, count: int) -> None:
    summary = make.properties("关于申报的通知", count=count)
    extract = extracted(tmp_path, "a.doc", make.doc("正文\r", summary=summary))
    assert extract.text == "正文\n"
    if count == 3:
        assert extract.title == "关于申报的通知"
        assert dict(extract.metadata)["property:created"] == "2014-06-18T00:00:00"


def test_doc_whose_pieces_repeat_the_text_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(make.doc("甲" * 4000 + "\r", pieces=2000))
    with pytest.raises(LimitExceededError, match="longer than allowed"):
        read(tmp_path / "a.doc", Limits(output_bytes=1 << 20))


@pytest.mark.parametrize("flags", [0x100, 0x8100], ids=["encrypted", "obfuscated"])
def test_encrypted_doc_is_refused(tmp_path: Path, flags: int) -> None:
    with pytest.raises(EncryptedDocumentError):
        extracted(tmp_path, "a.doc", make.doc("密文\r", flags=flags))


def test_works_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormatError, match="Works"):
        extracted(tmp_path, "a.wps", make.ole({"MatOST": b"x", "MM": b"y"}))


def test_a_workbook_named_doc_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(ExtractionError):
        extracted(tmp_path, "a.doc", make.ole({"Workbook": b"x"}))


RTF = {
    "code page": (r"\ansicpg936 \'b9\'d8\'d3\'da\par \'cd\'a8\'d6\'aa", "关于\n通知\n"),
    "trail byte as a letter": (r"\ansicpg936 \'81A\'81@", "丄丂\n"),
    "charset of the font": (r"{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset134 B;}}\f1 \'b9\'d8\f0 a", "关a\n"),
    "unicode with fallback": (r"\uc1\u20851?\u20110 ?\uc2\u36890\'cd\'a8\uc0\u30693x", "关于通知x\n"),
    "negative and paired unicode": (r"\uc1\u-24679?\u-10176?\u-9081?", "龙\U00020087\n"),
    "upr": (r"{\upr{ansi}{\*\ud{\uc0\u20851}}}", "关\n"),
    "unknown group": (r"{\*\unknown drop}keep", "keep\n"),
    "field": (r'{\field{\*\fldinst HYPERLINK "x"}{\fldrslt {\uc0\u38142}}}', "链\n"),
    "picture": (r"a{\pict\wmetafile8 0102ab{\*\blipuid 00}}b", "ab\n"),
    "binary": ("a{\\pict\\bin4 }}}}}b", "ab\n"),
    "row": (r"\trowd\intbl a\cell b\cell\cell\row\pard c\par", "a\tb\t\nc\n"),
    "nested table": (
        r"\trowd\pard\intbl\itap2 x\nestcell y\nestcell{\*\nesttableprops\nestrow}\pard\intbl z\cell w\cell\row\pard e",
        "x\ty\nz\nw\ne\n",
    ),
    "note": (r"a{\footnote b\par}c\par d", "ac\nd\nb\n"),
    "headers": (r"{\header h\par}{\headerf h\par}{\footer - 1 -\par}a", "a\nh\n"),
    "box": (r"a{\shp{\*\shpinst{\sp{\sn n}{\sv v}}{\shptxt b\par}}{\shprslt b}}c\par", "b\nac\n"),
    "signs": (r"a\~b\_c\{d\}\\e\emdash f", "a b-c{d}\\e—f\n"),
    "line ends": ("\\ansicpg936 \\'b9\r\n\\'d8\r\n\\par a", "关\na\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", RTF)
def test_rtf(tmp_path: Path, name: str) -> None:
    source, text = RTF[name]
    assert extracted(tmp_path, "a.rtf", rb"{\rtf1\ansi " + source.encode("latin-1") + b"}").text == _tidy(
        text
    )


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip("\t") for line in text.split("\n"))


def test_rtf_leaves_out_and_reports(tmp_path: Path) -> None:
    source = rb"{\rtf1 a{\v hidden}b{\deleted gone}c{\*\annotation remark}{\info{\title T}{\creatim\yr2014\mo6\dy18}}}"
    extract = extracted(tmp_path, "a.rtf", source)
    assert extract.text == "abc\n"
    assert set(extract.warnings) == {
        f"{what} left out" for what in ("hidden text", "tracked deletions", "comments")
    }
    assert dict(extract.metadata) == {"property:title": "T", "property:created": "2014-06-18"}


def test_rtf_cut_off_is_read_and_said_to_be(tmp_path: Path) -> None:
    extract = extracted(tmp_path, "a.rtf", rb"{\rtf1 {\b text that")
    assert extract.text == "text that\n"
    assert extract.is_doubtful
    assert "truncated" in extract.warnings[0]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"{" * 200_000 + b"a" + b"}" * 200_000, id="deep"),
        pytest.param(b"{\\b0 a}" * 200_000, id="many groups"),
        pytest.param(b"{\\pict " + b"00ff\r\n" * 300_000 + b"}a", id="large picture"),
        pytest.param(b"\\trowd" + b"\\cell" * 200_000 + b"\\row a", id="many cells"),
        pytest.param(b"\\u" * 300_000 + b" a", id="words without numbers"),
    ],
)
def test_rtf_of_any_shape_costs_little(tmp_path: Path, source: bytes) -> None:
    began = time.process_time()
    (tmp_path / "a.rtf").write_bytes(b"{\\rtf1 " + source + b"}")
    with suppress(LimitExceededError):
        assert "a" in read(tmp_path / "a.rtf", Limits()).text
    assert time.process_time() - began < 20  # quadratic behaviour takes minutes


def paragraph(text: str) -> str:
    return f"<text:p>{text}</text:p>"


ODT = {
    "runs": (paragraph("关<text:span>于</text:span>印<text:s text:c='2'/>a<text:tab/>b"), "关于印 a b\n"),
    "break": (paragraph("甲<text:line-break/>乙"), "甲\n乙\n"),
    "list": ("<text:list><text:list-item>" + paragraph("甲") + "</text:list-item></text:list>", "甲\n"),
    "note": (
        paragraph("甲<text:note><text:note-citation>1</text:note-citation><text:note-body>" + paragraph("注")
                  + "</text:note-body></text:note>乙"),
        "甲乙\n注\n",
    ),
    "table": (
        "<table:table><table:table-row><table:table-cell>" + paragraph("甲") + "</table:table-cell><table:table-cell>"
        + paragraph("乙") + "</table:table-cell><table:covered-table-cell/></table:table-row></table:table>",
        "甲\t乙\n",
    ),
    "box": (
        paragraph("甲<draw:frame><draw:text-box>" + paragraph("框") + "</draw:text-box></draw:frame>乙"),
        "框\n甲乙\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ODT)
def test_odt(tmp_path: Path, name: str) -> None:
    body, text = ODT[name]
    extract = extracted(tmp_path, "a.odt", make.odt(body))
    assert extract.text == text
    assert extract.warnings == ()


def test_odt_leaves_out_and_reports_and_has_headers_once(tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion>" + paragraph("删") + "</text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        + paragraph("甲<office:annotation>" + paragraph("批") + "</office:annotation>"
                    "<text:span text:style-name='H'>藏</text:span>乙")
    )  # fmt: skip
    hidden = '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
    page = "<style:master-page><style:header>{0}</style:header><style:footer>{1}</style:footer></style:master-page>"
    styles = page.format(paragraph("抬头"), paragraph("- 1 -")) * 2
    data = make.odt(body, automatic=hidden, styles=styles, meta="<dc:title>题</dc:title>")
    extract = extracted(tmp_path, "a.odt", data)
    assert extract.text == "甲乙\n抬头\n"
    assert set(extract.warnings) == {
        f"{what} left out" for what in ("hidden text", "tracked deletions", "comments")
    }
    assert extract.title == "题"


def test_encrypted_odt_is_refused_and_flat_odt_is_read(tmp_path: Path) -> None:
    with pytest.raises(EncryptedDocumentError):
        extracted(tmp_path, "a.odt", make.odt(paragraph("甲"), manifest="<encryption-data/>"))
    assert extracted(tmp_path, "a.fodt", make.fodt(paragraph("平"))).text == "平\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb2312"])
def test_xml_of_word_2003(tmp_path: Path, encoding: str) -> None:
    body = (
        "<w:p><w:r><w:t>正文</w:t></w:r><aml:annotation w:type='Word.Deletion'><aml:content><w:r>"
        "<w:delText>删</w:delText></w:r></aml:content></aml:annotation><w:r><w:footnote><w:p><w:r><w:t>注</w:t></w:r>"
        "</w:p></w:footnote></w:r></w:p><w:sectPr><w:hdr><w:p><w:r><w:t>抬头</w:t></w:r></w:p></w:hdr></w:sectPr>"
    )
    extract = extracted(tmp_path, "a.wordxml", make.wordxml(body, encoding=encoding))
    assert extract.text == "正文\n注\n抬头\n"
    assert extract.title == "通知"
    assert extract.warnings == ("tracked deletions left out",)


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def field(*parts: str) -> str:
    return "".join(f'<w:r><w:fldChar w:fldCharType="{part}"/></w:r>' if part.isalpha() and part.isascii() else part
                   for part in parts)  # fmt: skip


CODE = "<w:r><w:instrText>{}</w:instrText></w:r>"
BOX = "<w:txbxContent><w:p>" + run("框") + "</w:p></w:txbxContent>"
DOCX = {
    "box stands before its paragraph": ("<w:p>" + run("甲") + BOX + run("乙") + "</w:p>", "框\n甲乙\n"),
    "old properties hide nothing": (
        "<w:p><w:r><w:rPr><w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr><w:t>见</w:t></w:r></w:p>",
        "见\n",
    ),
    "a deleted mark joins paragraphs": (
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("甲") + "</w:p><w:p>" + run("乙") + "</w:p>",
        "甲乙\n",
    ),
    "result of a field inside a code": (
        "<w:p>" + field("begin", CODE.format("IF"), run("码"), "separate", run("果"), "end") + "</w:p>", "果\n",
    ),
    "a field without an end": (
        "<w:p>" + field("begin", CODE.format("X")) + "</w:p><w:p>" + run("后") + "</w:p>", "后\n",
    ),
    "framed character": (
        "<w:p>" + field("begin", CODE.format(r"eq \o\ac(○,一)"), "end") + run("条") + "</w:p>", "一条\n",
    ),
    "tick": ('<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>' + run("是") + "</w:p>", "☑是\n"),
    "fallback where the choice has no text": (
        "<w:p><w:r><mc:AlternateContent xmlns:mc='m'><mc:Choice><w:x/></mc:Choice><mc:Fallback>" + BOX
        + "</mc:Fallback></mc:AlternateContent></w:r></w:p>", "框\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCX)
def test_docx_parts(tmp_path: Path, name: str) -> None:
    body, text = DOCX[name]
    assert extracted(tmp_path, "a.docx", office.docx(body)).text == text


@pytest.mark.parametrize(
    ("part", "content", "text"),
    [
        pytest.param("a.html", "<p>网页的一段</p>", "网页的一段\n", id="page"),
        pytest.param("a.rtf", r"{\rtf1\ansi\uc0\u20851}", "关\n", id="rtf"),
    ],
)
def test_docx_reads_what_is_embedded_as_text(tmp_path: Path, part: str, content: str, text: str) -> None:
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId5"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"'
        f' Target="{part}"/></Relationships>'
    )
    body = '<w:altChunk xmlns:r="r" r:id="rId5"/>'
    data = office.docx(body, {"word/_rels/document.xml.rels": relation, f"word/{part}": content})
    assert extracted(tmp_path, "a.docx", data).text == text


def _damaged(data: bytes, chance: random.Random) -> bytes:
    kind = chance.randrange(4)
    if kind == 0:
        return data[: chance.randrange(len(data))]
    changed = bytearray(data)
    for _ in range(chance.choice((1, 8, 64))):
        at = chance.randrange(len(changed) - 4)
        if kind == 1:
            changed[at] ^= 1 << chance.randrange(8)
        else:
            changed[at : at + 4] = chance.choice(
                (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\0\x80")
            )
    return bytes(changed)


def _reason(folder: Path, name: str, data: bytes) -> str:
    try:
        return "" if extracted(folder, name, data).text else "no text and no reason: its reader failed"
    except ExtractionError as error:
        return error.what


@pytest.mark.parametrize("name", ["a.doc", "a.rtf", "a.odt", "a.wordxml"])
def test_damaged_files_end_in_text_or_a_reason(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    cells = ((3, 7, make.CELL), (7, 8, make.ROW))
    whole = {
        "a.doc": make.doc(
            "表前\r甲\x07\x07丙\x07\x07表后\r", paragraphs=cells, characters=((1, 2, make.HIDDEN),)
        ),
        "a.rtf": b"{\\rtf1\\ansicpg936"
        + "".join(source for source, _ in RTF.values()).encode("latin-1")
        + b"}",
        "a.odt": make.odt("".join(body for body, _ in ODT.values())),
        "a.wordxml": make.wordxml("<w:p>" + run("甲") + "</w:p>"),
    }[name]
    for _ in range(150):
        reason = _reason(tmp_path, name, _damaged(whole, chance))
        assert "its reader failed" not in reason


def test_a_container_whose_chains_run_in_circles_is_refused(tmp_path: Path) -> None:
    data = bytearray(make.doc("甲\r" * 300))
    data[512 + 8 : 512 + 12] = (2).to_bytes(4, "little")
    data[512 + 12 : 512 + 16] = (2).to_bytes(4, "little")
    with pytest.raises(DamagedDocumentError):
        extracted(tmp_path, "a.doc", bytes(data))
