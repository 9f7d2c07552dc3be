"""PDF: the text layer, page by page, with lines that were only broken by the page width joined again."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pypdfium2 as pdfium

from disclosure_search.errors import (
    DamagedDocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    LimitExceededError,
)
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract.clean import clean, clean_line

_MOST_PAGES = 20_000
_PROPERTIES = ("Title", "Author", "CreationDate")
_PAGE_NUMBER = re.compile(
    r"(?:[-—–·]\s?)?(?:第\s?)?\d{1,4}(?:\s?页)?(?:\s?[-—–·])?(?:\s?[/共]\s?\d{1,4}\s?页?)?"
)
_SENTENCE_END = re.compile("[。！？；：!?;:…」』”）)〕】》][”’）)]?$")
_NEW_PARAGRAPH = re.compile(
    r"(?:[一二三四五六七八九十百]+、|[（(][一二三四五六七八九十\d]+[）)]|\d{1,3}[、.．](?!\d)|第[一二三四五六七八九十百零\d]+[章节条编]"
    r"|附件|附表|附：|[①-⑳]|[●◆■□▲★※•·]|各[省市县区有单]|抄送)"
)
_WIDE = re.compile("[\u1100-\u115f\u2e80-\uffdc]")


def read(path: Path, limits: Limits) -> Extract:
    document = _opened(path)
    try:
        pages, warnings = _pages(path, document, limits)
        metadata = _properties(document)
    finally:
        document.close()
    text = clean("\n".join(pages))
    if not text:
        raise EmptyDocumentError(
            str(path),
            f"no text layer on its {len(pages)} pages",
            "put a copy with text beside it, or have it recognised (OCR)",
        )
    return Extract(
        text=text,
        title=next((value for key, value in metadata if key == "property:Title"), ""),
        metadata=metadata,
        pages=len(pages),
        warnings=(*warnings, *suspicions(text)),
    )


def _opened(path: Path) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if "assword" in str(error):
            raise EncryptedDocumentError(str(path), "encrypted", "save it without a password") from error
        raise DamagedDocumentError(
            str(path), f"the PDF cannot be opened ({error})", "fetch the original again"
        ) from error


def _pages(path: Path, document: pdfium.PdfDocument, limits: Limits) -> tuple[list[str], list[str]]:
    if len(document) > _MOST_PAGES:
        raise LimitExceededError(str(path), f"it has {len(document)} pages", "split the original")
    pages: list[str] = []
    failed = size = without_text = 0
    for number in range(len(document)):
        try:
            raw = _page_text(document, number)
        except pdfium.PdfiumError:
            failed += 1
            continue
        size += len(raw)
        if size > limits.output_bytes:
            raise LimitExceededError(str(path), "its text is longer than allowed", "split the original")
        without_text += not raw.strip()
        pages.append(_joined(raw))
    if failed and not any(pages):
        raise DamagedDocumentError(str(path), "none of its pages can be read", "fetch the original again")
    warnings = [f"{failed} pages could not be read"] if failed else []
    if 0 < without_text < len(pages):
        warnings.append(f"{without_text} of {len(pages)} pages have no text layer")
    return pages, warnings


def _page_text(document: pdfium.PdfDocument, number: int) -> str:
    page = document[number]
    try:
        layer = page.get_textpage()
        try:
            return str(layer.get_text_bounded(errors="ignore"))
        finally:
            layer.close()
    finally:
        page.close()


def _properties(document: pdfium.PdfDocument) -> tuple[tuple[str, str], ...]:
    found = ((f"property:{key}", clean_line(document.get_metadata_value(key)[:2_000])) for key in _PROPERTIES)
    return tuple((key, value) for key, value in found if value)


def _joined(raw: str) -> str:
    lines = [line for line in clean(raw).split("\n") if line and not _PAGE_NUMBER.fullmatch(line)]
    if not lines:
        return ""
    widths = sorted(map(_width, lines))
    full = widths[int(len(widths) * 0.9)] * 0.85
    joined = [lines[0]]
    for before, line in itertools.pairwise(lines):
        is_broken = _width(before) >= full and full > 30 and not _SENTENCE_END.search(before)
        if line == before:
            continue
        if is_broken and not _NEW_PARAGRAPH.match(line):
            joined[-1] += line if _WIDE.search(before[-1] + line[0]) else f" {line}"
        else:
            joined.append(line)
    return "\n".join(joined)


def _width(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))
