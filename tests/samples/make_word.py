"""Makes files of word processors byte by byte: DOC of Word 97 and 95 in their container, RTF, ODT, XML of Word 2003."""

from __future__ import annotations

import io
import struct
import zipfile

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
Run = tuple[int, int, bytes]

HIDDEN = struct.pack("<HB", 0x083C, 1)
DELETED = struct.pack("<HB", 0x0800, 1)
CELL = struct.pack("<HB", 0x2416, 1)
ROW = CELL + struct.pack("<HB", 0x2417, 1)
INNER = CELL + struct.pack("<HI", 0x6649, 2)
INNER_CELL = INNER + struct.pack("<HB", 0x244B, 1)
INNER_ROW = INNER_CELL + struct.pack("<HB", 0x244C, 1)


def ole(streams: dict[str, bytes]) -> bytes:
    """Every stream takes at least 4,096 bytes, so that none goes to the small sectors."""
    padded = {
        name: data.ljust(max(4096, -(-len(data) // 512) * 512), b"\0") for name, data in streams.items()
    }
    sectors = b"".join(padded.values())
    count = len(sectors) // _SECTOR
    directories = -(-(len(streams) + 1) // 4)
    table: list[int] = [_FAT]
    start, starts = 1 + directories, {}
    table += [*range(2, directories + 1), _END]
    for name, data in padded.items():
        starts[name] = start
        size = len(data) // _SECTOR
        table += [*range(start + 1, start + size), _END]
        start += size
    assert count + directories + 1 <= 128, "one sector of the table holds 128 sectors"
    entries = [_entry("Root Entry", 5, 1 if streams else _FREE, _FREE, _END, 0)]
    for number, (name, data) in enumerate(padded.items(), 1):
        right = number + 1 if number < len(padded) else _FREE
        entries.append(_entry(name, 2, _FREE, right, starts[name], len(data)))
    header = struct.pack(
        "<8s16s5H6s9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, 1, 1, 0, 4096,
        _END, 0, _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    fat = struct.pack("<128I", *table, *[_FREE] * (128 - len(table)))
    return header + fat + b"".join(entries).ljust(directories * _SECTOR, b"\0") + sectors


def _entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
    coded = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ", coded, len(coded) + 2, kind, 1, _FREE, right, child, b"", 0, 0, 0, start, size
    )


def doc(
    text: str,
    *,
    characters: tuple[Run, ...] = (),
    paragraphs: tuple[Run, ...] = (),
    counts: tuple[int, ...] = (),
    flags: int = 0,
    compressed: bool = False,
    summary: bytes = b"",
    pieces: int = 1,
) -> bytes:
    """Word 97; `counts` are the lengths of the parts behind the main text, which takes what they leave."""
    coded = text.encode("cp1252" if compressed else "utf-16-le")
    width, first = (1, 0x800) if compressed else (2, 0x800)
    body = coded.ljust(-(-len(coded) // 512) * 512, b"\0")
    page = (first + len(body)) // 512
    pages = _page(characters, first, width, small=True) + _page(paragraphs, first, width, small=False)
    fib = bytearray(0x800)
    struct.pack_into("<6H", fib, 0, 0xA5EC, 0xC1, 0, 0x0804, 0, 0x1200 | flags)
    struct.pack_into("<2i", fib, 0x18, first, first + len(coded))
    rest = (*counts, *[0] * (7 - len(counts)))
    struct.pack_into("<8i", fib, 0x4C, len(text) - sum(rest), *rest)
    place = first * 2 | 0x40000000 if compressed else first
    ends = [len(text) * number for number in range(pieces + 1)]
    clx = (
        struct.pack(f"<BI{pieces + 1}i", 2, 12 * pieces + 4, *ends)
        + struct.pack("<HIH", 0, place, 0) * pieces
    )
    span = struct.pack("<2I", first, first + len(coded))
    tables = [clx, span + struct.pack("<I", page), span + struct.pack("<I", page + 1)]
    at = 0
    for index, data in zip((33, 12, 13), tables, strict=True):
        struct.pack_into("<2i", fib, 0x9A + 8 * index, at, len(data))
        at += len(data)
    streams = {"WordDocument": bytes(fib) + body + pages, "1Table": b"".join(tables)}
    return ole({**streams, "\x05SummaryInformation": summary} if summary else streams)


def properties(title: str, *, page: int = 936, count: int = 3) -> bytes:
    """`count` is what the stream says of itself: it holds three."""
    coded = title.encode("gbk").ljust(-(-(len(title) * 2 + 1) // 4) * 4, b"\0")
    ticks = 130_475_232_000_000_000  # 2014-06-18
    values = struct.pack("<2I", 2, page) + struct.pack("<IQ", 64, ticks)
    values += struct.pack("<2I", 30, len(coded)) + coded
    first = 8 + 8 * 3
    places = struct.pack("<6I", 1, first, 12, first + 8, 2, first + 20)
    return b"\xfe\xff".ljust(44, b"\0") + struct.pack("<3I", 48, first + len(values), count) + places + values


def doc_95(text: str, *, language: int = 0x0804, encoding: str = "gbk", flags: int = 0) -> bytes:
    """Word 95: bytes of a code page, no table of pieces."""
    coded = text.encode(encoding)
    fib = bytearray(0x300)
    struct.pack_into("<6H", fib, 0, 0xA5DC, 0x68, 0, language, 0, flags)
    struct.pack_into("<2i", fib, 0x18, 0x300, 0x300 + len(coded))
    struct.pack_into("<i", fib, 0x34, len(coded))
    return ole({"WordDocument": bytes(fib) + coded})


def _page(runs: tuple[Run, ...], first: int, width: int, *, small: bool) -> bytes:
    """Runs follow each other; what they leave out between them is a run without properties."""
    bounds, groups = [0], []
    for start, end, group in runs:
        if start > bounds[-1]:
            bounds.append(start)
            groups.append(b"")
        bounds.append(end)
        groups.append(group)
    page, at = bytearray(512), 510
    struct.pack_into(f"<{len(bounds)}I", page, 0, *(first + cp * width for cp in bounds))
    for number, group in enumerate(groups):
        if not group:
            continue
        held = bytes([len(group)]) + group if small else _paragraph(group)
        at = (at - len(held)) // 2 * 2
        page[at : at + len(held)] = held
        page[4 * len(bounds) + number * (1 if small else 13)] = at // 2
    page[511] = len(groups)
    return bytes(page)


def _paragraph(group: bytes) -> bytes:
    padded = b"\0\0" + group + b"\0" * (len(group) % 2)
    return bytes([0, len(padded) // 2]) + padded


def odt(body: str, *, automatic: str = "", styles: str = "", manifest: str = "", meta: str = "") -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
        for name, path in (("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"),
                           ("draw", "drawing"), ("meta", "meta"))
    ) + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    masters = f"<office:master-styles>{styles}</office:master-styles>"
    masters = f"<office:document-styles {spaces}>{masters}</office:document-styles>"
    about = f"<office:document-meta {spaces}><office:meta>{meta}</office:meta></office:document-meta>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "styles.xml": masters,
            "meta.xml": about,
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
        }.items():
            archive.writestr(zipfile.ZipInfo(name, (2014, 6, 18, 0, 0, 0)), data)
    return buffer.getvalue()


def fodt(body: str) -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    return (
        f'<?xml version="1.0"?><office:document xmlns:office="{office}"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
        ' office:mimetype="application/vnd.oasis.opendocument.text">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document>"
    ).encode()


def wordxml(body: str, *, encoding: str = "utf-8") -> bytes:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><?mso-application progid="Word.Document"?>'
        '<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"'
        ' xmlns:aml="http://schemas.microsoft.com/aml/2001/core" xmlns:o="urn:schemas-microsoft-com:office:office">'
        "<o:DocumentProperties><o:Title>通知</o:Title></o:DocumentProperties>"
        f"<w:body>{body}</w:body></w:wordDocument>"
    ).encode(encoding)
