"""DOCX, XLSX and PDF: what is read, what is left out, what is refused."""

import importlib.util
import io
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from disclosure_search.errors import (
    DamagedDocumentError,
    EmptyDocumentError,
    ExtractionError,
    LimitExceededError,
    NoTextError,
)
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract.child import read

SAMPLES = Path(__file__).parent / "samples"


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _maker()


def extracted(folder: Path, name: str, data: bytes) -> Extract:
    (folder / name).write_bytes(data)
    return read(folder / name, Limits())


def test_the_samples_are_what_their_script_makes() -> None:
    made = make.samples()
    assert {name: (SAMPLES / name).read_bytes() for name in made} == made


def test_docx_is_read_with_nested_tables_notes_boxes_and_headers_once() -> None:
    text = read(SAMPLES / "notice.docx", Limits()).text
    for once in (
        "设备购置\t二十万元\n",
        "合计\t二十五万元\n",
        "文本框里的提示",
        "以发票载明的金额为准。",
        "云岭县经济和贸易局文件",
        "修订后的字句。",
    ):
        assert text.count(once) == 1
    assert "删去的字句" not in text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(
            "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r><w:r><w:t>见</w:t></w:r></w:p>",
            "见\n",
            id="hidden run",
        ),
        pytest.param(
            "<w:p>" + "".join(f"<w:r><w:t>{c}</w:t></w:r>" for c in "关于印发") + "</w:p>",
            "关于印发\n",
            id="split runs",
        ),
        pytest.param(
            "<w:p><w:r><w:instrText>HYPERLINK x</w:instrText><w:t>链接</w:t></w:r></w:p>",
            "链接\n",
            id="field code",
        ),
        pytest.param(
            "<w:p><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t></w:r></w:p>",
            "甲\n乙丙\n",
            id="break and tab",
        ),
        pytest.param("<w:p><w:ins><w:r><w:t>插入</w:t></w:r></w:ins></w:p>", "插入\n", id="insertion"),
    ],
)
def test_docx_runs(tmp_path: Path, body: str, text: str) -> None:
    assert extracted(tmp_path, "a.docx", make.docx(body)).text == text


def test_docx_tables_nested_150_deep_are_read(tmp_path: Path) -> None:
    body = make.paragraph("最里面的一段")
    for _ in range(150):
        body = make.table((body + "<w:p/>",))
    assert extracted(tmp_path, "a.docx", make.docx(body)).text == "最里面的一段\n"


def test_xlsx_keeps_long_numbers_shows_dates_and_reports_hidden_sheets() -> None:
    extract = read(SAMPLES / "list.xlsx", Limits())
    assert "1\t云岭纸品厂\t913505830012345678\t20.5\t2014-06-18\n" in extract.text
    assert "未定的名单" not in extract.text
    assert extract.warnings == ("hidden sheet left out: 底稿",)


def test_xlsx_with_a_cell_in_the_last_corner_is_read_cell_by_cell(tmp_path: Path) -> None:
    rows = (
        make.row(1, "三公经费", "合计")
        + '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>末</t></is></c></row>'
    )
    extract = extracted(tmp_path, "a.xlsx", make.xlsx({"表": (rows, False)}))
    assert extract.text == "三公经费\t合计\n末\n"


def test_pdf_lines_broken_by_the_page_are_joined_and_page_numbers_left_out() -> None:
    extract = read(SAMPLES / "notice.pdf", Limits())
    assert make.PARAGRAPHS[2] in extract.text.split("\n")
    assert "- 1 -" not in extract.text
    assert extract.pages == 1
    assert extract.title == make.TITLE


def test_a_scan_has_no_text_layer() -> None:
    with pytest.raises(EmptyDocumentError, match="no text layer"):
        read(SAMPLES / "scan.pdf", Limits())


def _entities(kind: str) -> bytes:
    bombs = {
        "laughs": '<!ENTITY a "哈哈哈">'
        + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "file": '<!ENTITY i SYSTEM "file:///etc/passwd">',
    }
    document = make.docx(make.paragraph("&i;") + make.paragraph("正文"))
    return document if not kind else _rewritten(document, f"<!DOCTYPE d [{bombs[kind]}]>")


def _rewritten(document: bytes, doctype: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    members["word/document.xml"] = members["word/document.xml"].replace(
        "<w:document", doctype + "<w:document", 1
    )
    return bytes(make.packed(members))


@pytest.mark.parametrize("kind", ["laughs", "file"])
def test_entities_are_refused_and_never_resolved(tmp_path: Path, kind: str) -> None:
    with pytest.raises(DamagedDocumentError, match="document type or entities"):
        extracted(tmp_path, "a.docx", _entities(kind))


def test_deep_xml_is_read_and_deep_tables_are_refused(tmp_path: Path) -> None:
    deep = "<w:sdt>" * 50_000 + make.paragraph("甲") + "</w:sdt>" * 50_000
    assert extracted(tmp_path, "a.docx", make.docx(deep)).text == "甲\n"
    tables = "<w:tbl><w:tr><w:tc>" * 5_000 + make.paragraph("甲") + "</w:tc></w:tr></w:tbl>" * 5_000
    with pytest.raises(LimitExceededError, match="nested too deeply"):
        extracted(tmp_path, "a.docx", make.docx(tables))


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitExceededError, match="decompression bomb"):
        extracted(tmp_path, "a.docx", make.docx(make.paragraph(" " * (60 << 20))))


@pytest.mark.parametrize(
    "name", ["broken.txt", "broken.html", "broken.docx", "broken.pdf", "broken.xlsx", "empty.txt"]
)
def test_broken_originals_are_refused_with_their_path_a_reason_and_a_remedy(name: str) -> None:
    with pytest.raises(ExtractionError) as caught:
        read(SAMPLES / name, Limits())
    assert caught.value.subject == str(SAMPLES / name)
    assert caught.value.what
    assert caught.value.remedy
    assert caught.value.reason in ("damaged", "empty")


PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("a.docx", {"word/document.xml": "<w:document xmlns:w='w'/>", "word/media/image1.png": PICTURE}),
        (
            "a.odt",
            {
                "mimetype": "application/vnd.oasis.opendocument.text",
                "content.xml": "<office:document-content xmlns:office='o'/>",
                "Pictures/1.jpg": PICTURE,
            },
        ),
    ],
)
def test_documents_of_pictures_alone_have_no_text_and_are_not_empty(
    tmp_path: Path, name: str, members: dict[str, str | bytes]
) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    with pytest.raises(NoTextError, match="pictures"):
        read(tmp_path / name, Limits())


def test_rtf_of_pictures_alone_has_no_text_and_is_not_empty(tmp_path: Path) -> None:
    with pytest.raises(NoTextError, match="pictures"):
        extracted(tmp_path, "a.rtf", b"{\\rtf1\\ansi{\\pict\\pngblip 89504e47}}")


def test_a_page_saved_under_the_name_of_a_file_is_doubtful(tmp_path: Path) -> None:
    page = "<html><title>统一登录</title><body><p>请登录后下载</p></body></html>".encode()
    assert extracted(tmp_path, "附件.pdf", page).is_doubtful
    assert not extracted(tmp_path, "附件.doc", page).is_doubtful


def test_a_text_of_question_marks_is_doubtful(tmp_path: Path) -> None:
    lost = extracted(tmp_path, "a.txt", "关于公布????????????的通知????????????????????".encode())
    assert lost.is_doubtful
    assert not extracted(tmp_path, "b.txt", "问：何时公布？答：本月。 ".encode() * 9).is_doubtful
