"""Formats are recognised by content; names only settle what bytes cannot."""

from pathlib import Path

import pytest

from disclosure_search.errors import DamagedDocumentError, EmptyDocumentError, UnsupportedFormatError
from disclosure_search.extract import READERS, detect, reader_versions

SAMPLES = Path(__file__).parent / "samples"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        pytest.param("a.doc", b"<html><table><tr><td>x", "html", id="html named doc"),
        pytest.param("a.xls", b"<meta charset=gbk><table>", "html", id="html table named xls"),
        pytest.param("a.txt", b"<div class='wrap'>x</div>", "html", id="fragment of html"),
        pytest.param("a.html", "只有文字".encode(), "txt", id="no tags"),
        pytest.param("a.md", b"# x\n\n<div>x</div>", "txt", id="html inside markdown"),
        pytest.param("a.htm", "<html>文".encode("utf-16"), "html", id="utf-16 html"),
        pytest.param("noext", b"\xef\xbb\xbftext", "txt", id="no ending"),
        pytest.param("a.doc", b"%PDF-1.4\n", "pdf", id="pdf named doc"),
        pytest.param("a.pdf", b"\r\n\r\n%PDF-1.4\n", "pdf", id="pdf after blank lines"),
        pytest.param("a.doc", b"{\\rtf1 x}", "rtf", id="rtf"),
        pytest.param("a.doc", OLE + "WordDocument".encode("utf-16-le"), "doc", id="word 97"),
        pytest.param("a.et", OLE + "Workbook".encode("utf-16-le"), "xls", id="excel 97"),
        pytest.param(
            "a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted", id="encrypted ooxml"
        ),
        pytest.param("a.pdf", b"\xff\xd8\xff\xe0\0\x10JFIF", "image", id="photo named pdf"),
        pytest.param("a.rar", b"Rar!\x1a\x07\x00", "rar", id="rar"),
        pytest.param(
            "a.doc",
            b'<?xml version="1.0"?><?mso-application progid="Word.Document"?>',
            "wordxml",
            id="word xml",
        ),
        pytest.param("a.xhtml", b'<?xml version="1.0"?><html xmlns="x">', "html", id="xhtml"),
        pytest.param("a.txt", b"BM is a text", "txt", id="text that begins like a bitmap"),
        pytest.param("a.txt", "甲\0乙\0丙丁戊己庚辛".encode(), "txt", id="text with NULs"),
    ],
)
def test_content_decides(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert detect(tmp_path / name) == expected


@pytest.mark.parametrize("name", ["notice.txt", "notice.html", "notice.docx", "notice.pdf", "list.xlsx"])
def test_samples_have_their_format(name: str) -> None:
    assert detect(SAMPLES / name) == name.rpartition(".")[2]


@pytest.mark.parametrize("name", ["a.pdf", "a.docx"])
def test_an_error_page_saved_as_an_attachment_is_damaged(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"code":500,"msg":"下载失败"}', "utf-8")
    with pytest.raises(DamagedDocumentError, match="content is plain text"):
        detect(tmp_path / name)


def test_noise_is_damaged_and_nothing_is_empty() -> None:
    with pytest.raises(DamagedDocumentError):
        detect(SAMPLES / "broken.txt")
    with pytest.raises(EmptyDocumentError):
        detect(SAMPLES / "empty.txt")


@pytest.mark.parametrize("name", ["a.ceb", "a.mp4", "a.wmf", "noext"])
def test_noise_under_a_name_that_promises_nothing_is_unsupported(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes((SAMPLES / "broken.txt").read_bytes())
    with pytest.raises(UnsupportedFormatError, match="no reader for files of this kind"):
        detect(tmp_path / name)


def test_a_container_of_office_documents_in_which_nothing_is_found_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(OLE)
    with pytest.raises(DamagedDocumentError, match="OLE2 container"):
        detect(tmp_path / "a.xls")


def test_the_versions_name_every_reader() -> None:
    assert all(f"{name}{reader.version}" in reader_versions().split() for name, reader in READERS.items())


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("关于某事的通知<strong>重点</strong>", "html"),
        ("标题&nbsp;正文", "html"),
        ("<o:p></o:p>标题", "html"),
        ("第一行<BR />第二行", "html"),
        ("只有文字，5 < 7 & 8 > 3", "txt"),
    ],
)
def test_a_fragment_is_a_page_where_its_name_says_so(tmp_path: Path, source: str, found: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(source, "utf-8")
    assert detect(path) == found
