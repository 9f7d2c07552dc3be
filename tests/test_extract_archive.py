"""Archives and mails: names, limits, nesting; what is wrong with one member costs that member."""

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from disclosure_search.errors import (
    DamagedDocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    ExtractionError,
    LimitExceededError,
)
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract.pool import ReaderPool

TEXT = "经济贸易局关于印发工作要点的通知"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, (2014, 1, 1, 0, 0, 0)), content, method)
    return held.getvalue()


def named(raw: bytes, content: bytes = TEXT.encode(), extra: bytes = b"") -> bytes:
    """A ZIP of one stored member whose name is these bytes, without the UTF-8 flag."""
    crc, size = zlib.crc32(content), len(content)
    fields = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, crc, size, size, len(raw), len(extra))
    local = b"PK\x03\x04" + fields + raw + extra + content
    head = struct.pack(
        "<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 33, crc, size, size, len(raw), len(extra), 0, 0, 0, 0, 0
    )
    central = b"PK\x01\x02" + head + raw + extra
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\x05\x06" + end


def read(path: Path, content: bytes, limits: Limits | None = None) -> Extract:
    path.write_bytes(content)
    with ReaderPool(1, limits) as pool:
        return pool.extract(path)


def texts(extract: Extract) -> dict[str, str]:
    return {one.name: one.extract.text.strip() for one in extract.members if one.extract}


def unread(extract: Extract) -> dict[str, str]:
    return {one.name: one.error for one in extract.members if one.extract is None}


@pytest.mark.parametrize(
    "raw",
    [
        "政府信息公开目录.txt".encode("gbk"),
        "政府信息公开目录.txt".encode(),
        "㐂镕䶮政府信息.txt".encode("gb18030"),
    ],
    ids=["GBK", "UTF-8 without the flag", "GB18030"],
)
def test_names_are_decoded_whatever_the_flag_says(tmp_path: Path, raw: bytes) -> None:
    (name,) = texts(read(tmp_path / "a.zip", named(raw)))
    assert name in ("政府信息公开目录.txt", "㐂镕䶮政府信息.txt")


def test_the_unicode_field_wins_where_it_belongs_to_the_name(tmp_path: Path) -> None:
    raw, name = b"PINYIN~1.TXT", "联通公告.txt".encode()
    field = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + name
    extra = struct.pack("<HH", 0x7075, len(field)) + field
    assert list(texts(read(tmp_path / "a.zip", named(raw, extra=extra)))) == ["联通公告.txt"]
    stale = b"\x01" + struct.pack("<I", 1) + name
    extra = struct.pack("<HH", 0x7075, len(stale)) + stale
    assert list(texts(read(tmp_path / "b.zip", named(raw, extra=extra)))) == ["PINYIN~1.TXT"]


def test_each_member_is_read_by_the_reader_of_its_format(tmp_path: Path) -> None:
    page = f"<html><body><p>{TEXT}</p></body></html>".encode("gb18030")
    sample = Path(__file__).parent / "samples" / "notice.docx"
    members = (
        ("附件1.html", page),
        ("目录/附件2.docx", sample.read_bytes()),
        ("附件3.csv", "甲,乙".encode()),
    )
    extract = read(tmp_path / "a.zip", zipped(*members, ("Thumbs.db", b"x"), ("__MACOSX/._a", b"x")))
    assert [one.extract.reader for one in extract.members if one.extract] == ["html", "docx", "txt"]
    assert texts(extract)["附件1.html"] == TEXT
    assert extract.text == ""
    assert extract.warnings == ("目录/附件2.docx: tracked deletions left out",)


def test_what_cannot_be_read_is_named_and_the_rest_stands(tmp_path: Path) -> None:
    members = (
        ("坏.docx", b"PK\x03\x04broken"),
        ("空.txt", b""),
        ("程序.exe", b"MZ" + bytes(99)),
        ("好.txt", TEXT.encode()),
    )
    extract = read(tmp_path / "a.zip", zipped(*members))
    assert texts(extract) == {"好.txt": TEXT}
    assert unread(extract) == {
        "坏.docx": "DamagedDocumentError",
        "空.txt": "EmptyDocumentError",
        "程序.exe": "UnsupportedFormatError",
    }
    assert all(any(name in warning for warning in extract.warnings) for name in unread(extract))


def test_a_member_that_crashes_or_hangs_its_reader_costs_itself_alone(tmp_path: Path) -> None:
    endless = ("<div>" * 200_000 + "甲").encode()
    extract = read(
        tmp_path / "a.zip", zipped(("慢.html", endless), ("好.txt", TEXT.encode())), Limits(seconds=8)
    )
    assert texts(extract) == {"好.txt": TEXT}
    assert unread(extract) == {"慢.html": "LimitExceededError"}


def test_containers_are_read_inside_each_other_to_a_limit(tmp_path: Path) -> None:
    inner = zipped(("深.txt", TEXT.encode()))
    content = zipped(("内.zip", inner), ("外.txt", b"abc"))
    assert texts(read(tmp_path / "a.zip", content)) == {"内.zip/深.txt": TEXT, "外.txt": "abc"}
    for _ in range(4):
        inner = zipped(("层.zip", inner))
    with pytest.raises(LimitExceededError, match="deeper than allowed"):
        read(tmp_path / "b.zip", inner)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    zeros = bytes(60 << 20)
    with pytest.raises(LimitExceededError, match="bomb"):
        read(tmp_path / "a.zip", zipped(("公告.txt", zeros)))
    with pytest.raises(LimitExceededError, match="bomb"):
        read(tmp_path / "b.gzip", gzip.compress(zeros))
    with pytest.raises(LimitExceededError, match="bomb"):
        read(tmp_path / "c.zip", zipped(*((f"{number}.txt", b"") for number in range(10_001))))


def test_names_that_lead_outside_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    names = ("../外.txt", "/外.txt", "..\\外.txt", "C:\\外.txt", "甲/../../外.txt")
    extract = read(tmp_path / "a.zip", zipped(*((name, TEXT.encode()) for name in names), ("好.txt", b"abc")))
    assert list(texts(extract)) == ["好.txt"]
    assert len(unread(extract)) == len(names)
    assert [one.name for one in tmp_path.iterdir()] == ["a.zip"]
    with pytest.raises(DamagedDocumentError, match="none of its 5 members"):
        read(tmp_path / "a.zip", zipped(*((name, TEXT.encode()) for name in names)))


def test_encrypted_members_are_named(tmp_path: Path) -> None:
    content = bytearray(zipped(("密.txt", TEXT.encode()), ("好.txt", b"abc")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    extract = read(tmp_path / "a.zip", bytes(content))
    assert unread(extract) == {"密.txt": "EncryptedDocumentError"}
    assert list(texts(extract)) == ["好.txt"]


def test_an_archive_of_encrypted_files_is_encrypted_and_one_of_nothing_is_empty(tmp_path: Path) -> None:
    content = bytearray(zipped(("密.txt", TEXT.encode())))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(EncryptedDocumentError):
        read(tmp_path / "a.zip", bytes(content))
    with pytest.raises(EmptyDocumentError):
        read(tmp_path / "b.zip", zipped())


def test_gzip_holds_one_file_under_the_name_that_was_noted(tmp_path: Path) -> None:
    held = io.BytesIO()
    with gzip.GzipFile("公告.txt", "wb", fileobj=held) as file:
        file.write(TEXT.encode())
    assert list(texts(read(tmp_path / "a.gz", gzip.compress(TEXT.encode()))).values()) == [TEXT]
    assert list(texts(read(tmp_path / "通知.txt.gz", gzip.compress(TEXT.encode())))) == ["通知.txt"]


def seven_zip(folder: Path, *members: tuple[str, bytes]) -> bytes:
    libarchive = pytest.importorskip("libarchive", exc_type=ImportError)
    path = folder / "made.7z"
    with libarchive.file_writer(str(path), "7zip") as archive:
        for name, content in members:
            archive.add_file_from_memory(name, len(content), content)
    content = path.read_bytes()
    path.unlink()
    return content


def rar(name: str, content: bytes) -> bytes:
    """RAR 4 with one stored file."""

    def block(kind: int, flags: int, body: bytes) -> bytes:
        head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head

    raw = name.encode("ascii")
    file = struct.pack(
        "<IIBIIBBHI", len(content), len(content), 3, zlib.crc32(content), 1 << 25, 20, 0x30, len(raw), 0x81A4
    )
    return (
        b"Rar!\x1a\x07\x00"
        + block(0x73, 0, bytes(6))
        + block(0x74, 0x8000, file + raw)
        + content
        + block(0x7B, 0x4000, b"")
    )


def test_7z_is_read_with_its_names(tmp_path: Path) -> None:
    content = seven_zip(tmp_path, ("目录/附件1.txt", TEXT.encode()), ("../外.txt", b"abc"))
    extract = read(tmp_path / "a.7z", content)
    assert extract.reader == "7z"
    assert texts(extract) == {"目录/附件1.txt": TEXT}
    assert list(unread(extract)) == ["../外.txt"]


def test_rar_is_read(tmp_path: Path) -> None:
    pytest.importorskip("libarchive", exc_type=ImportError)
    extract = read(tmp_path / "a.rar", rar("notice.txt", TEXT.encode()))
    assert extract.reader == "rar"
    assert texts(extract) == {"notice.txt": TEXT}


@pytest.mark.parametrize(
    "make",
    [
        lambda _: zipped(("甲.txt", TEXT.encode() * 30), ("乙.zip", zipped(("丙.txt", TEXT.encode())))),
        lambda folder: seven_zip(folder, ("a.txt", TEXT.encode() * 30), ("b.txt", TEXT.encode())),
        lambda _: rar("notice.txt", TEXT.encode() * 30),
    ],
    ids=["zip", "7z", "rar"],
)
def test_damage_is_an_error_or_a_warning(tmp_path: Path, make: Callable[[Path], bytes]) -> None:
    sound, chance = make(tmp_path), random.Random(5)
    paths = []
    for number in range(60):
        content = bytearray(sound[: chance.randrange(8, len(sound))] if number % 3 == 0 else sound)
        for _ in range(chance.randrange(1, 6)):
            content[chance.randrange(6, len(content))] = chance.randrange(256)
        paths.append(tmp_path / f"{number}.bin")
        paths[-1].write_bytes(content)
    with ReaderPool(2, Limits(seconds=20)) as pool:
        for _, result in pool.extract_many(paths):
            assert isinstance(result, Extract | ExtractionError)


def mail() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "关于报送名单的函"
    message["From"] = "王 <someone@example.com>"
    message["Date"] = "Tue, 02 Dec 2014 09:46:00 +0800"
    message.set_content(f"{TEXT}\n")
    message.add_alternative(f"<html><body><p>网页：{TEXT}</p></body></html>", subtype="html")
    message.add_attachment(
        zipped(("名单.txt", "己字印染厂".encode())), "application", "zip", filename="附件.zip"
    )
    message.add_attachment("附件正文", filename="说明.txt")
    return message


def test_a_mail_has_its_text_its_headers_and_its_attachments(tmp_path: Path) -> None:
    extract = read(tmp_path / "a.eml", mail().as_bytes())
    assert (extract.reader, extract.title) == ("eml", "关于报送名单的函")
    assert extract.text.strip() == TEXT
    held = texts(extract)
    assert held["附件.zip/名单.txt"] == "己字印染厂"
    assert held["说明.txt"] == "附件正文"
    assert sorted(held) == [
        "说明.txt",
        "附件.zip/名单.txt",
    ]  # the page beside the plain text says the same again
    assert ("mail:Date", "2014-12-02 09:46") in extract.metadata
    assert ("mail:Subject", "关于报送名单的函") in extract.metadata


def test_a_page_that_says_more_than_the_plain_text_beside_it_is_kept(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "转发", "a@example.com", "b@example.com"
    message.set_content("请用网页方式查看。")
    message.add_alternative(f"<html><body><p>{TEXT * 5}</p></body></html>", subtype="html")
    assert any(TEXT in text for text in texts(read(tmp_path / "a.eml", message.as_bytes())).values())


def test_a_mail_in_gbk_with_raw_headers_is_read(tmp_path: Path) -> None:
    text = f"From: a@example.com\nSubject: 关于印发要点的通知\nTo: b@example.com\nDate: x\n\n{TEXT}\n"
    extract = read(tmp_path / "a.eml", text.encode("gbk"))
    assert extract.title == "关于印发要点的通知"
    broken = text.replace("关于印发要点的通知", "=?utf-8?B?A?= =?g\0b?B?zajWqg==?=")
    assert read(tmp_path / "b.eml", broken.encode("gbk")).text.strip() == TEXT
    assert extract.text.strip() == TEXT


def test_a_mail_inside_a_mail_is_a_member(tmp_path: Path) -> None:
    outer = EmailMessage()
    outer["Subject"], outer["From"], outer["To"] = "转发", "a@example.com", "b@example.com"
    outer.set_content("请阅。")
    outer.add_attachment(mail())
    assert any(TEXT in text for text in texts(read(tmp_path / "a.eml", outer.as_bytes())).values())


def test_a_saved_page_is_its_root_part_in_its_charset(tmp_path: Path) -> None:
    page = f'<html><head><meta name="ArticleTitle" content="{TEXT}"></head><body><p>{TEXT}</p></body></html>'
    parts = (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: http://www.example.gov.cn/1.html\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"; type="text/html"\r\n\r\n'
        b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n"
        b"--b\r\nContent-Type: text/html; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n"
        b"Content-Location: http://www.example.gov.cn/1.html\r\n\r\n" + page.encode("gbk") + b"\r\n--b--\r\n"
    )
    extract = read(tmp_path / "a.mhtml", parts)
    assert extract.reader == "mhtml"
    assert extract.text.strip() == TEXT
    assert ("meta:ArticleTitle", TEXT) in extract.metadata
    assert ("meta:canonical", "http://www.example.gov.cn/1.html") in extract.metadata
    assert extract.members == ()
