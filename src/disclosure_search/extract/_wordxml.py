"""XML of Word 2003, and DOCX written as one flat file of XML."""

from __future__ import annotations

import re
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, LimitExceededError
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._encoding import decode
from disclosure_search.extract._expat import parse
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._wordml import Walker
from disclosure_search.extract._xml import XmlError
from disclosure_search.extract.clean import clean, clean_line

_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,30})[\"'][^>]{0,100}\?>")
_KNOWN = frozenset((b"utf-8", b"utf-16", b"us-ascii", b"iso-8859-1"))
_PAGE_NUMBER = re.compile(r"[\s第共页/\d—–-]*")


def read(path: Path, limits: Limits) -> Extract:
    walker = Walker(limits.output_bytes)
    try:
        parse((as_utf8(path.read_bytes()),), walker.start, walker.end, walker.text)
    except XmlError as error:
        what = f"its XML cannot be read ({error})"
        raise DamagedDocumentError(str(path), what, "save it again as DOCX") from error
    except OverflowError as error:
        raise LimitExceededError(str(path), str(error), "split the original") from error
    headers = (line for line in walker.lines("headers").split("\n") if not _PAGE_NUMBER.fullmatch(line))
    parts = (walker.lines("body"), walker.lines("notes"), *dict.fromkeys(headers))
    text = clean("\n".join(filter(None, parts)))
    metadata = tuple((f"property:{key}", clean_line(value)) for key, value in walker.properties.items())
    return Extract(
        text=text,
        title=dict(metadata).get("property:title", ""),
        metadata=metadata,
        warnings=(*(f"{what} left out" for what in walker.left_out), *suspicions(text)),
    )


def as_utf8(data: bytes) -> bytes:
    """The parser knows few encodings: GBK is none of them."""
    match = _DECLARATION.match(data)
    if match is None or match.group(1).lower() in _KNOWN:
        return data.lstrip()
    return decode(data[match.end() :], match.group(1).decode("ascii")).text.encode("utf-8", "replace")
