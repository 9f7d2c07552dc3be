"""Pictures: without the extra they have no text; with it, it is recognised, marked and bounded."""

import struct
import zlib
from pathlib import Path

import pytest

from disclosure_search.errors import DamagedDocumentError, LimitExceededError, NoTextError
from disclosure_search.extract import Limits
from disclosure_search.extract._ocr import is_installed
from disclosure_search.extract.child import read
from disclosure_search.extract.pool import ReaderPool

needs_ocr = pytest.mark.skipif(not is_installed(), reason="the extra `ocr` is not installed")
TEXT = (
    "云岭县经济和贸易局关于组织申报",
    "二〇一四年度技术改造补助资金的通知",
    "联系电话 12345，截止 2014 年 6 月 30 日",
)
FONTS = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int) -> bytes:
    """White; only its head is honest when it is large."""
    rows = zlib.compress((b"\x00" + b"\xff" * min(width, 100)) * min(height, 100))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.png", png(50, 50)),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
        ("a.gif", b"GIF89a\x01\x00\x01\x00"),
        ("a.tif", b"II*\x00\x08\x00\x00\x00"),
        ("a.bmp", b"BM\x36\x00\x00\x00\x00\x00\x00\x00"),
        ("a.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 "),
        ("a.image", png(50, 50)),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
@pytest.mark.skipif(is_installed(), reason="the extra `ocr` is installed")
def test_without_the_extra_a_picture_has_no_text_and_the_message_says_what_to_do(
    tmp_path: Path, name: str, head: bytes
) -> None:
    (tmp_path / name).write_bytes(head)
    with pytest.raises(NoTextError, match=r"disclosure-search\[ocr\]"):
        read(tmp_path / name, Limits())


def scanned(path: Path) -> Path:
    image, draw, font = (pytest.importorskip(f"PIL.{name}") for name in ("Image", "ImageDraw", "ImageFont"))
    if not FONTS.is_file():
        pytest.skip("no font with Han is installed (fonts-noto-cjk)")
    page = image.new("L", (1654, 1000), 255)
    face = font.truetype(str(FONTS), 44, index=2)
    for row, line in enumerate(TEXT):
        draw.Draw(page).text((180, 200 + 90 * row), line, font=face, fill=20)
    page.save(path, **({"resolution": 200} if path.suffix == ".pdf" else {}))
    return path


@needs_ocr
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tiff", ".bmp", ".webp", ".pdf"])
def test_text_in_pictures_is_recognised_in_the_child_and_marked(tmp_path: Path, suffix: str) -> None:
    with ReaderPool(1) as pool:
        extract = pool.extract(scanned(tmp_path / f"a{suffix}"))
    found = set("".join(extract.text.split()))
    assert len(found & set("".join(TEXT))) >= 0.9 * len(set("".join(TEXT)) - {" "})
    assert extract.confidence is not None
    assert extract.confidence > 0.9
    assert extract.warnings[0].startswith("recognised from the picture (OCR), confidence ")


@needs_ocr
def test_a_picture_without_characters_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(100, 100))
    with pytest.raises(NoTextError, match="no text was recognised"):
        read(tmp_path / "a.png", Limits())


@needs_ocr
def test_a_picture_of_a_billion_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(40_000, 40_000))
    with pytest.raises(LimitExceededError, match="40000"):
        read(tmp_path / "a.png", Limits())


@needs_ocr
def test_a_broken_picture_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(100, 100)[:30])
    with pytest.raises(DamagedDocumentError):
        read(tmp_path / "a.png", Limits())
