"""PDF: the text layer, page by page; pages that only show a picture are recognised where the extra `ocr` is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from disclosure_search.errors import (
    DamagedDocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    LimitExceededError,
)
from disclosure_search.extract import _ocr
from disclosure_search.extract._doubt import is_unreadable
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._pdf_lines import Line, lines_of, page_list, paragraphs, without_furniture
from disclosure_search.extract.clean import clean, clean_line

_MOST_PAGES = 20_000
_MOST_OBJECTS = 2_000
_MOST_ANNOTATIONS = 2_000
_PROPERTIES = ("Title", "Author", "CreationDate")
# A page with fewer characters than this and a picture over most of it is a scan with a number stamped on.
_STAMP = 40
_DPI = 200
_MOST_PIXELS = 12_000_000
# Of these the library knows which glyph is which character.
_COLLECTIONS = (b"(GB1)", b"(CNS1)", b"(Japan1)", b"(Korea1)", b"(KR)")
# Annotations that are part of what the page shows, and those that are remarks on it.
_SHOWN = frozenset({raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_WIDGET})
_REMARKS = frozenset({raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_CARET})


@dataclass(slots=True)
class _Found:
    """What the pages gave; the lists hold numbers of pages."""

    is_blind: bool = False  # no font of the file tells its characters
    pages: list[list[Line]] = field(default_factory=list)
    size: int = 0
    failed: list[int] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    remarks: int = 0
    recognised: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    weight: float = 0.0
    characters: int = 0


def read(path: Path, limits: Limits) -> Extract:
    document = _opened(path)
    try:
        found = _pages(path, document, limits)
        wanting = sorted({*found.pictures, *(found.unreadable if _has_shapes(path) else ())})
        if wanting and _ocr.is_installed():
            _recognise(document, wanting, found, limits)
        metadata = _properties(document)
    finally:
        document.close()
    text = clean(paragraphs(without_furniture(found.pages)))
    if not any(map(str.isalnum, text)):
        raise _nothing(path, found)
    confidence = round(found.weight / found.characters, 3) if found.characters else None
    warnings, is_doubtful = _warnings(found, confidence)
    return Extract(
        text=text,
        title=next((value for key, value in metadata if key == "property:Title"), ""),
        metadata=metadata,
        pages=len(found.pages),
        confidence=confidence,
        is_doubtful=is_doubtful,
        warnings=warnings,
    )


def _opened(path: Path) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if "assword" in str(error) or "ecurity" in str(error):
            raise EncryptedDocumentError(str(path), "encrypted", "save it without a password") from error
        raise DamagedDocumentError(
            str(path), f"the PDF cannot be opened ({error})", "fetch the original again"
        ) from error


def _pages(path: Path, document: pdfium.PdfDocument, limits: Limits) -> _Found:
    if len(document) > _MOST_PAGES:
        raise LimitExceededError(str(path), f"it has {len(document)} pages", "split the original")
    found = _Found(is_blind=_has_blind_fonts(path))
    for number in range(len(document)):
        try:
            found.pages.append(_page(document, number, found))
        except pdfium.PdfiumError:
            found.pages.append([])
            found.failed.append(number)
        if found.size > limits.output_bytes:
            raise LimitExceededError(str(path), "its text is longer than allowed", "split the original")
    if len(found.failed) == len(document):
        raise DamagedDocumentError(str(path), "none of its pages can be read", "fetch the original again")
    return found


def _has_blind_fonts(path: Path) -> bool:
    """Glyph numbers without a table of their characters; told only where the objects are not packed."""
    data = path.read_bytes()
    is_told = any(word in data for word in (b"/ToUnicode", b"/ObjStm", *_COLLECTIONS))
    return b"/Identity-H" in data and not is_told


def _has_shapes(path: Path) -> bool:
    """Without fonts in the file the page is drawn with others, and shows what it should not."""
    data = path.read_bytes()
    return b"/FontFile" in data or b"/ObjStm" in data or b"/Type3" in data


@contextmanager
def _open_page(document: pdfium.PdfDocument, number: int) -> Iterator[Any]:
    page = document[number]
    try:
        yield page
    finally:
        page.close()


def _page(document: pdfium.PdfDocument, number: int, found: _Found) -> list[Line]:
    with _open_page(document, number) as page:
        is_flat = not _has_shown_annotations(page, found)
        if is_flat:
            return _lines(page, number, found)
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    with _open_page(document, number) as page:
        return _lines(page, number, found)


def _lines(page: Any, number: int, found: _Found) -> list[Line]:
    layer = page.get_textpage()
    try:
        text = str(layer.get_text_range(errors="ignore"))
        is_placed = len(text) == layer.count_chars()
        lines = lines_of(text, number, layer.get_charbox if is_placed else None)
    finally:
        layer.close()
    found.size += len(text)
    if sum(not char.isspace() for char in text) < _STAMP and _shows_picture(page, text.strip()):
        found.pictures.append(number)
    elif found.is_blind or is_unreadable(text):
        found.unreadable.append(number)
    return lines


def _has_shown_annotations(page: Any, found: _Found) -> bool:
    """Filled-in forms and stamps are no part of the page's own program until it is flattened."""
    is_shown = False
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        is_shown |= kind in _SHOWN
        found.remarks += kind in _REMARKS
    return is_shown


def _shows_picture(page: Any, text: str) -> bool:
    """Anything drawn on a page without a character; beside a few characters only a picture over half of it."""
    width, height = page.get_size()
    for count, item in enumerate(page.get_objects(max_depth=4)):
        if count > _MOST_OBJECTS:
            return not text
        if item.type in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
            left, bottom, right, top = item.get_bounds()
            if not text or (right - left) * (top - bottom) * 2 > width * height:
                return True
        elif item.type == raw.FPDF_PAGEOBJ_PATH and not text:
            return True
    return False


def _recognise(document: pdfium.PdfDocument, numbers: list[int], found: _Found, limits: Limits) -> None:
    recogniser = _ocr.Recogniser(limits)
    for number in numbers:
        if not recogniser.has_time():
            found.late.append(number)
            continue
        with _open_page(document, number) as page:
            result = recogniser.lines(_pixels(page), number)
        if result.lines:
            found.pages[number] = result.lines
            found.recognised.append(number)
            found.weight += result.confidence * result.characters
            found.characters += result.characters


def _pixels(page: Any) -> Any:
    width, height = page.get_size()
    scale = min(_DPI / 72, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    return page.render(scale=scale, may_draw_forms=False).to_numpy().copy()


def _warnings(found: _Found, confidence: float | None) -> tuple[tuple[str, ...], bool]:
    done = set(found.recognised)
    blind = [number for number in found.pictures if number not in done]
    garbled = [number for number in found.unreadable if number not in done]
    said = [f"pages {page_list(found.failed)} could not be read"] if found.failed else []
    if confidence is not None:
        where = "" if len(done) == len(found.pages) else f" (pages {page_list(found.recognised)})"
        said.append(_ocr.notice(confidence) + where)
    if found.late:
        said.append(f"truncated: no time to recognise pages {page_list(found.late)}")
    if blind:
        count = f"{len(blind)} of {len(found.pages)} pages"
        said.append(f"{count} have no text layer: {page_list(blind)}")
    if garbled:
        what = "the fonts do not tell which characters they show"
        said.append(f"mojibake suspected on pages {page_list(garbled)}: {what}")
    if found.remarks:
        said.append(f"{found.remarks} comments left out")
    is_low = confidence is not None and confidence < _ocr.DOUBTFUL_BELOW
    is_mostly_blind = len(blind) * 2 > len(found.pages)
    return tuple(said), bool(garbled or found.late or found.failed or is_low or is_mostly_blind)


def _nothing(path: Path, found: _Found) -> Exception:
    if found.pictures or found.unreadable:
        return _ocr.no_text(path, f"no text layer on its {len(found.pages)} pages")
    return EmptyDocumentError(
        str(path), "no text layer, its pages are blank", "check whether it is the right file"
    )


def _properties(document: pdfium.PdfDocument) -> tuple[tuple[str, str], ...]:
    found = ((f"property:{key}", clean_line(document.get_metadata_value(key)[:2_000])) for key in _PROPERTIES)
    return tuple((key, value) for key, value in found if value)
