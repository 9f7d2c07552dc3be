"""Whether a document of which no text was read shows pictures: then it is a scan, and not empty."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

_NAMES = re.compile(r"\.(?:png|jpe?g|jfif|gif|bmp|tiff?|emf|wmf|webp|jb2)$", re.IGNORECASE)
_IN_ZIP = frozenset({"docx", "odt", "ods", "pptx", "xlsx", "xlsb", "ofd"})
# Pictures stand in the streams of Word and Excel as they are, or as records of drawings that hold them (F01A to
# F02A: EMF, WMF, PICT, JPEG, PNG, DIB, TIFF; the record begins with version, number and type).
_IN_OLE = re.compile(rb"\xff\xd8\xff[\xdb\xe0-\xef]|\x89PNG\r\n|[\x00-\xff]{2}[\x1a-\x1f\x29\x2a]\xf0")
_IN_RTF = re.compile(rb"\\pict\b|\\shppict\b")
_IN_XML = re.compile(rb"<(?:\w+:)?(?:binData|binary-data)\b")
_SIGNS = {"doc": _IN_OLE, "xls": _IN_OLE, "rtf": _IN_RTF, "wordxml": _IN_XML, "odt": _IN_XML, "ods": _IN_XML}
_MOST_BYTES = 32 << 20


def shows_pictures(path: Path, name: str) -> bool:
    """`name` is the format that was found."""
    if name in _IN_ZIP and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return any(map(_NAMES.search, archive.namelist()))
    sign = _SIGNS.get(name)
    if sign is None:
        return False
    with path.open("rb") as file:
        return sign.search(file.read(_MOST_BYTES)) is not None
