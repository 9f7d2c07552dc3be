"""Bytes to text: one small reader per format, run in child processes (see `pool`).

Owns the recognition of formats by content and the table of readers. The process that asks never imports a
format library: `child` imports a reader when the first original of its format arrives.
"""

from __future__ import annotations

from typing import NamedTuple

from disclosure_search.extract._detect import detect
from disclosure_search.extract._model import Extract, Limits, Link, Member
from disclosure_search.extract._wire import error_of, from_json, to_json

__all__ = [
    "READERS",
    "Extract",
    "Limits",
    "Link",
    "Member",
    "Reader",
    "detect",
    "error_of",
    "from_json",
    "is_current",
    "reader_versions",
    "to_json",
]


class Reader(NamedTuple):
    """Raise `version` whenever the same bytes would give another text."""

    module: str
    version: str


READERS = {
    "rtf": Reader("_rtf", "1"),
    "txt": Reader("_text", "2"),
    "wordxml": Reader("_wordxml", "1"),
    "html": Reader("_html", "3"),
    "odt": Reader("_odt", "1"),
    "pdf": Reader("_pdf", "2"),
    "image": Reader("_image", "1"),
    "bmp": Reader("_image", "1"),
    "doc": Reader("_doc", "1"),
    "docx": Reader("_docx", "2"),
    "xlsx": Reader("_xlsx", "2"),
    "xls": Reader("_xls", "1"),
    "ofd": Reader("_ofd", "1"),
    "pptx": Reader("_pptx", "1"),
    "ods": Reader("_ods", "1"),
    "xlsb": Reader("_xlsb", "1"),
    "excelxml": Reader("_excelxml", "1"),
    "zip": Reader("_archive", "1"),
    "gzip": Reader("_archive", "1"),
    "rar": Reader("_libarchive", "1"),
    "7z": Reader("_libarchive", "1"),
    "eml": Reader("_mail", "1"),
    "mhtml": Reader("_mail", "1"),
}

# The rules of clean.py and _detect.py, which all readers share.
COMMON_VERSION = "5"


def is_current(extract: Extract, versions: str) -> bool:
    """Whether reading the same bytes again would give the same. `versions` are those of all readers when it was read:
    they count where a member of a container could not be read, since no one knows which reader will."""
    members = [one.extract for one in extract.members]
    if None in members and versions != reader_versions():
        return False
    return all(
        (reader := READERS.get(one.reader)) is not None and reader.version == one.version
        for one in (extract, *members)
        if one is not None
    )


def reader_versions() -> str:
    """Part of fingerprints and cache keys: differs when any reader does."""
    readers = " ".join(f"{name}{reader.version}" for name, reader in sorted(READERS.items()))
    return f"common{COMMON_VERSION} {readers}"
