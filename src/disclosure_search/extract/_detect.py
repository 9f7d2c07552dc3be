"""The format of an original by its content; the ending of its name only settles what bytes cannot."""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, EmptyDocumentError, UnsupportedFormatError

_HEAD_BYTES = 64 << 10

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"{\\rtf", "rtf"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"\xff\xd8\xff", "image"),
    (b"\x89PNG", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"\xdb\xa5", "word2"),
    (b"\x31\xbe\x00\x00", "write"),
    (b"BM", "bmp"),
    (b"\x09\x00\x04\x00", "xls"),  # workbooks before Excel 5.0, or written without a container
    (b"\x09\x02\x06\x00", "xls"),
    (b"\x09\x04\x06\x00", "xls"),
    (b"\x09\x08\x08\x00\x00\x05", "xls"),
    (b"\x09\x08\x10\x00\x00\x06", "xls"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
)

_ZIP_MEMBERS: tuple[tuple[str, str], ...] = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsb"),
    ("workbook.xml", "xlsx"),
    ("ppt/presentation.xml", "pptx"),
    ("ofd.xml", "ofd"),
    ("content.xml", "opendocument"),
)

# What the member `mimetype` of an OpenDocument, or an attribute of a flat one, says it is.
_OPENDOCUMENT: tuple[tuple[bytes, str], ...] = (
    (b"application/vnd.oasis.opendocument.text", "odt"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
    (b"application/vnd.oasis.opendocument.presentation", "odp"),
    (b"application/vnd.oasis.opendocument.", "opendocument"),
    (b"application/vnd.sun.xml.", "opendocument"),
)

# Files whose content must be binary: text inside them is an error page saved under the wrong name.
BINARY_SUFFIXES = frozenset({".pdf", ".docx", ".xlsx", ".pptx", ".ofd", ".zip", ".rar", ".7z"})
_READ_SUFFIXES = BINARY_SUFFIXES | {
    *(".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".eml", ".mht", ".mhtml", ".gz"),
    *(".rtf", ".doc", ".dot", ".wps", ".wpt", ".docm", ".odt", ".fodt", ".pptm"),
    *(".xls", ".xlt", ".et", ".ett", ".xlsm", ".xlsb", ".ods", ".fods"),
    *(".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"),
}
_HTML_SUFFIXES = frozenset({".html", ".htm", ".shtml", ".xhtml", ".asp", ".aspx", ".jsp", ".php"})

_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title|frameset)\b", re.IGNORECASE)
_FRAGMENT = re.compile(
    rb"(?:<!--.{0,4000}?-->|\s)*<(?:div|p|table|span|ul|ol|h[1-6]|font|center|br|img|a|b|strong|section|article)\b",
    re.IGNORECASE | re.DOTALL,
)
# In a file whose name ends like that of a page: any element, or a character that only HTML writes so.
_ANY_TAG = re.compile(
    rb"</?[a-z][a-z0-9:]{0,12}(?:\s[^<>]{0,2000})?/?>|&(?:nbsp|amp|lt|gt|#\d{2,5});", re.IGNORECASE
)
_WORD_PART = re.compile(r"word/document\d*\.xml")
_CONTROLS = bytes(set(range(32)) - {8, 9, 10, 11, 12, 13, 27})


def detect(path: Path) -> str:
    """A format of `READERS`, or the name of one that has no reader.

    Raises EmptyDocumentError for no bytes, DamagedDocumentError when a name promises a format that the bytes
    are not, UnsupportedFormatError when nothing is known of either, OSError when the file cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise EmptyDocumentError(str(path), "the file has no bytes", "put the original there again")
    by_magic = _by_magic(path, head)
    return by_magic or _text_or_binary(path, head)


def _by_magic(path: Path, head: bytes) -> str:
    if b"%PDF-" in head[:4096] and not _PAGE.match(head.lstrip()):
        return "pdf"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_format(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_format(path, head)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image"
    return next((name for magic, name in _MAGIC if head.startswith(magic) and _is_binary(head, name)), "")


def _is_binary(head: bytes, name: str) -> bool:
    """Two-letter magics also begin ordinary texts: `BM` and `MZ` count only before binary content."""
    return name not in ("bmp", "program") or b"\x00" in head[:64]


def _zip_format(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.replace("\\", "/").lower() for name in archive.namelist()}
            mimetype = _head_of(archive, "mimetype") if "mimetype" in archive.namelist() else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DamagedDocumentError(
            str(path), f"the ZIP container cannot be opened ({error})", "fetch the original again"
        ) from error
    found = _opendocument(mimetype) or next((name for member, name in _ZIP_MEMBERS if member in names), "zip")
    return "docx" if found == "zip" and any(map(_WORD_PART.fullmatch, names)) else found


def _head_of(archive: zipfile.ZipFile, member: str) -> bytes:
    try:
        with archive.open(member) as file:
            return file.read(200)
    except (RuntimeError, zlib.error):  # encrypted or damaged: its reader will say so
        return b""


def _opendocument(head: bytes) -> str:
    return next((name for kind, name in _OPENDOCUMENT if kind in head), "")


_OLE_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("MatOST", "works"),
    ("MN0", "works"),
    ("CONTENTS", "works"),
)


def _ole_format(path: Path, head: bytes) -> str:
    """Word, Excel and WPS before 2007 share one container; so does an encrypted DOCX or XLSX.

    Only what stands in the root counts: a workbook may hold a Word document. Of a container too damaged to be
    opened, the names in its head and tail tell which reader will say so.
    """
    from disclosure_search.extract._ole import root_names  # a library, for the few formats that need it

    if names := root_names(path):
        return next((name for stream, name in _OLE_STREAMS if stream.lower() in names), "ole")
    tail_start = max(0, path.stat().st_size - (1 << 20))
    with path.open("rb") as file:
        file.seek(tail_start)
        data = head + file.read()
    found = next((name for stream, name in _OLE_STREAMS[:5] if stream.encode("utf-16-le") in data), "")
    if not found:
        what = "its OLE2 container (Word, Excel, WPS) is damaged"
        raise DamagedDocumentError(str(path), what, "fetch the original again")
    return found


def _text_or_binary(path: Path, head: bytes) -> str:
    suffix = path.suffix.lower()
    plain = (
        head.replace(b"\x00", b"") if head[:2] in (b"\xff\xfe", b"\xfe\xff") or _looks_utf16(head) else head
    )
    if plain is head and _is_noise(head):
        raise _unknown(path, suffix)
    stripped = plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if stripped.startswith(b"<?xml"):
        return (
            "html" if re.search(rb"<html\b", stripped[:8192], re.IGNORECASE) else _xml_format(stripped[:4096])
        )
    if mail := _mail_format(stripped, suffix):
        return mail
    if _is_page(stripped, suffix):
        return "html"
    if suffix in BINARY_SUFFIXES:
        raise DamagedDocumentError(
            str(path),
            f"the name ends with {suffix}, but the content is plain text",
            "fetch the original again",
        )
    return "txt"


def _unknown(path: Path, suffix: str) -> Exception:
    """Where the name promises nothing that is read here, nobody knows that it is damaged: CEB, films, databases."""
    if suffix in _READ_SUFFIXES | _HTML_SUFFIXES:
        what = f"the name ends with {suffix}, but the content is not that"
        return DamagedDocumentError(str(path), what, "fetch the original again")
    what = f"there is no reader for files of this kind ({suffix or 'its name has no ending'})"
    return UnsupportedFormatError(str(path), what, "put a PDF, DOCX or HTML copy beside it")


_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,40}):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r?\n|$)")
_OF_MAILS = frozenset(
    {b"from", b"to", b"subject", b"date", b"message-id", b"received", b"return-path", b"delivered-to", b"cc"}
    | {b"mime-version", b"reply-to", b"snapshot-content-location"}
)
_SAVED_PAGE = re.compile(rb"^(?:Snapshot-Content-Location:|From: *<?Saved by)", re.IGNORECASE | re.MULTILINE)


def _mail_format(stripped: bytes, suffix: str) -> str:
    """Three headers of mails make one of a text, one in a file that is named so; a MIME version and type too."""
    names: set[bytes] = set()
    at = 0
    while match := _HEADER.match(stripped, at):
        names.add(match[1].lower())
        at = match.end()
    is_named = suffix in (".eml", ".mht", ".mhtml")
    is_mime = {b"mime-version", b"content-type"} <= names
    if not (is_mime or len(names & _OF_MAILS) >= (1 if is_named else 3)):
        return ""
    is_page = suffix in (".mht", ".mhtml") or _SAVED_PAGE.search(stripped[:at]) is not None
    return "mhtml" if is_page else "eml"


def _is_page(stripped: bytes, suffix: str) -> bool:
    if suffix in (".md", ".csv", ".json", ".jsonl"):
        return False
    if _PAGE.search(stripped, 0, 2048) or _FRAGMENT.match(stripped):
        return True
    return suffix in _HTML_SUFFIXES and _ANY_TAG.search(stripped) is not None


def _xml_format(head: bytes) -> str:
    if flat := _opendocument(head):
        return flat
    if b"Word.Document" in head or b"wordml" in head or b"office/2006/xmlPackage" in head:
        return "wordxml"
    if b"uof:UOF" in head or b"schemas.uof.org" in head:
        return "uof"
    return "excelxml" if b"Excel.Sheet" in head or b"spreadsheet" in head else "xml"


def _looks_utf16(head: bytes) -> bool:
    """ASCII in UTF-16 leaves zeros in every second byte; four NULs in a row are not text."""
    even, odd = head[0:4096:2].count(0), head[1:4096:2].count(0)
    return (
        max(even, odd) > 4 * min(even, odd) + len(head[:4096]) // 50
        and b"\x00\x00\x00\x00" not in head[:4096]
    )


def _is_noise(head: bytes) -> bool:
    """Random bytes hold about 10 % control characters, texts none; NULs alone are forgiven up to a third."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls * 25 < len(head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a character may be cut at the end of the head
    except UnicodeDecodeError:
        return not _looks_utf16_text(head)
    return controls * 3 > len(head)


def _looks_utf16_text(head: bytes) -> bool:
    """Chinese in UTF-16 has its high bytes in 4E–9F and few others: random bytes have a third of that."""
    sample = head[:4096]
    high = max(sum(0x4E <= byte <= 0x9F for byte in sample[start::2]) for start in (0, 1))
    return high * 2 > len(sample) // 2
