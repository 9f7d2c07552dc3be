"""DOC of Word 6 to 2003, which WPS Writer writes too: text by its table of pieces, with what hides parts of it.

Text boxes stand before the paragraph that holds their anchor, notes at the end, lines of headers once.
Left out and reported: tracked deletions, hidden text, comments, embedded files. Field codes are left out.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

from disclosure_search.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    LimitExceededError,
    UnsupportedFormatError,
)
from disclosure_search.extract._doc_fib import Fib, FormatError, parse_fib
from disclosure_search.extract._doc_story import Story, assemble
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._ole import Compound, open_compound
from disclosure_search.extract.clean import clean, clean_line

_PAGE_NUMBER = re.compile(r"[\s第共页/\d—–-]*")
_WORKS = ("contents", "matost", "mn0")


def read(path: Path, limits: Limits) -> Extract:
    with open_compound(path) as compound:
        document = compound.read("WordDocument")
        if not document:
            raise _without_document(path, compound)
        try:
            fib = parse_fib(document)
            if fib.is_encrypted:
                raise EncryptedDocumentError(str(path), "encrypted", "save it without a password")
            story = _assemble(path, compound, fib, document, limits)
        except (FormatError, struct.error, IndexError) as error:
            raise DamagedDocumentError(
                str(path), f"it cannot be read as a Word document ({error})", "open it and save it as DOCX"
            ) from error
        metadata = tuple((key, clean_line(value)) for key, value in compound.properties())
        if compound.has_embedded:
            story.warnings.append("embedded files left out")
    text = clean("\n".join([*story.parts, *_once(story.headers)]))
    return Extract(
        text=text,
        title=dict(metadata).get("property:title", ""),
        metadata=tuple(pair for pair in metadata if pair[1]),
        warnings=(*story.warnings, *suspicions(text)),
    )


def _assemble(path: Path, compound: Compound, fib: Fib, document: bytes, limits: Limits) -> Story:
    table = compound.read(fib.table) if fib.is_97 else document
    story = assemble(fib, document, table, compound.read("Data"), limits.output_bytes)
    if story is None:
        raise LimitExceededError(str(path), "its text is longer than allowed", "split the original")
    return story


def _once(header: str) -> list[str]:
    """Lines of headers repeat from section to section: each is kept once, page numbers not at all."""
    return list(dict.fromkeys(line for line in header.split("\n") if not _PAGE_NUMBER.fullmatch(line)))


def _without_document(path: Path, compound: Compound) -> Exception:
    if any(name in compound.streams for name in _WORKS):
        return UnsupportedFormatError(
            str(path),
            "there is no reader for Microsoft Works texts",
            "put a PDF, DOCX or HTML copy beside it",
        )
    return DamagedDocumentError(str(path), "its stream WordDocument is missing", "fetch the original again")
