"""Copies leave the data folder by position only, under the right name and type, unchanged or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from disclosure_search.document import Attachment, Document
from disclosure_search.web.originals import Copy, CopyNotFoundError, Originals


def put(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def of(folder: Path, path: str, sha256: str = "") -> Copy:
    return Originals(folder).original(Document("a1", "名单", path, sha256=sha256))


@pytest.mark.parametrize(
    ("name", "content", "media_type", "inline"),
    [
        pytest.param("a.pdf", b"%PDF-1.4", "application/pdf", True, id="pdf"),
        pytest.param("a.txt", "名单".encode(), "text/plain; charset=utf-8", True, id="UTF-8"),
        pytest.param("a.TXT", "名单".encode("gb18030"), "text/plain; charset=gb18030", True, id="GB18030"),
        pytest.param("a.txt", "名单".encode("utf-16"), "text/plain; charset=utf-16", True, id="UTF-16"),
        pytest.param("a.html", b"<script>", "text/html", False, id="html"),
        pytest.param("a.htm", b"<script>", "text/html", False, id="htm"),
        pytest.param("a.svg", b"<svg/>", "image/svg+xml", False, id="svg"),
        pytest.param("a.xml", b"<a/>", "application/xml", False, id="xml"),
        pytest.param("a.xhtml", b"<a/>", "application/xhtml+xml", False, id="xhtml"),
        pytest.param("a", b"<html>", "application/octet-stream", False, id="no extension"),
        pytest.param("a.exe", b"MZ", "application/octet-stream", False, id="unknown"),
    ],
)
def test_only_what_cannot_run_opens_in_place(
    tmp_path: Path, name: str, content: bytes, media_type: str, inline: bool
) -> None:
    digest = put(tmp_path, name, content)
    copy = of(tmp_path, name)
    assert (copy.media_type, copy.inline, copy.sha256) == (media_type, inline, digest)


def test_a_long_text_that_the_sniffed_part_cuts_in_a_character_is_still_utf8(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", ("a" + "名" * 40_000).encode())
    assert of(tmp_path, "a.txt").media_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "a", "missing.txt", "", "a\0b", "x" * 5000]
)
def test_a_record_cannot_lead_out_of_the_folder(tmp_path: Path, path: str) -> None:
    data = tmp_path / "data"
    put(data, "a/b.txt", b"public")
    put(tmp_path, "secret.txt", b"secret")
    assert not Originals(data).has(path)
    with pytest.raises(CopyNotFoundError):
        of(data, path)


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_followed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    digest = put(data, "a/b.txt", b"public")
    put(tmp_path, "secret.txt", b"secret")
    (data / "out.txt").symlink_to(tmp_path / "secret.txt")
    (data / "outside").symlink_to(tmp_path)
    (data / "in.txt").symlink_to(data / "a" / "b.txt")
    (data / "ring").symlink_to(data / "ring")
    for path in ("out.txt", "outside/secret.txt", "ring"):
        with pytest.raises(CopyNotFoundError):
            of(data, path)
    assert of(data, "in.txt").sha256 == digest


def test_a_file_changed_since_it_was_indexed_is_not_handed_out(tmp_path: Path) -> None:
    digest = put(tmp_path, "a.txt", b"checked and published")
    assert of(tmp_path, "a.txt", digest).sha256 == digest
    put(tmp_path, "a.txt", b"nobody has checked this one yet")
    with pytest.raises(CopyNotFoundError, match="更换"):
        of(tmp_path, "a.txt", digest)


def test_parts_are_counted_from_one_in_their_order(tmp_path: Path) -> None:
    digests = [put(tmp_path, name, name.encode()) for name in ("一.xlsx", "二.pdf")]
    document = Document(
        "a1",
        "名单",
        "a.txt",
        attachments=(Attachment("一", "一.xlsx", sha256=digests[0]), Attachment("二", "二.pdf")),
    )
    originals = Originals(tmp_path)
    assert [originals.attachment(document, position).sha256 for position in (1, 2)] == digests
    assert originals.attachment(document, 1).name == "一.xlsx"
    for position in (0, -1, 3):
        with pytest.raises(CopyNotFoundError):
            originals.attachment(document, position)


def test_a_name_that_is_not_utf8_still_fits_into_a_header(tmp_path: Path) -> None:
    name = os.fsdecode("名单.txt".encode("gb18030"))
    put(tmp_path, name, b"text")
    assert of(tmp_path, name).name == "名单.txt"


def zipped(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def test_a_member_of_a_container_leaves_as_its_own_bytes(tmp_path: Path) -> None:
    page, inner = b"<script>", zipped(**{"表.txt": "名单".encode("gb18030")})
    put(tmp_path, "包.zip", zipped(**{"附件/页.html": page, "内.zip": inner}))
    copy = of(tmp_path, "包.zip/附件/页.html", hashlib.sha256(page).hexdigest())
    assert (copy.name, copy.media_type, copy.inline, copy.content) == ("页.html", "text/html", False, page)
    nested = of(tmp_path, "包.zip/内.zip/表.txt", hashlib.sha256("名单".encode("gb18030")).hexdigest())
    assert nested.media_type == "text/plain; charset=gb18030"
    assert Originals(tmp_path).has("包.zip/附件/页.html")


@pytest.mark.parametrize("path", ["包.zip/没有.txt", "包.zip/换了.txt", "包.zip/../密.txt", "包.7z/甲.txt"])
def test_a_member_that_is_not_what_was_indexed_stays(tmp_path: Path, path: str) -> None:
    put(tmp_path, "包.zip", zipped(**{"换了.txt": b"other", "../密.txt": b"secret"}))
    put(tmp_path, "包.7z", b"7z\xbc\xaf\x27\x1c")
    with pytest.raises(CopyNotFoundError):
        of(tmp_path, path, hashlib.sha256(b"as it was").hexdigest())
