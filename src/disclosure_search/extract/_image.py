"""Pictures (PNG, JPEG, TIFF, BMP, GIF, WEBP): what is recognised in them; without the extra they have no text."""

from __future__ import annotations

from pathlib import Path

from disclosure_search.extract import _ocr
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._pdf_lines import Line, page_list, paragraphs
from disclosure_search.extract.clean import clean


def read(path: Path, limits: Limits) -> Extract:
    if not _ocr.is_installed():
        raise _ocr.no_text(path, "a picture, whose text must be recognised (OCR)")
    recogniser = _ocr.Recogniser(limits)
    lines: list[Line] = []
    weight = total = 0.0
    late: list[int] = []
    number = -1
    for number, pixels in enumerate(_ocr.pictures(path)):
        if not recogniser.has_time():
            late.append(number)
            continue
        found = recogniser.lines(pixels, number)
        lines += found.lines
        weight += found.confidence * found.characters
        total += found.characters
    text = clean(paragraphs(lines))
    if not text:
        raise _ocr.no_text(path, "no text was recognised in the picture")
    confidence = round(weight / total, 3)
    warnings = [_ocr.notice(confidence)]
    if late:
        warnings.append(f"truncated: no time to recognise pages {page_list(late)}")
    return Extract(
        text=text,
        pages=number + 1,
        confidence=confidence,
        is_doubtful=bool(late) or confidence < _ocr.DOUBTFUL_BELOW,
        warnings=tuple(warnings),
    )
