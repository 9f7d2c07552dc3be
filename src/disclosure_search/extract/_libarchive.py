"""RAR (also 5) and 7z, by the system's libarchive: the one reader of both with a licence that permits everything.

py7zr is LGPL, and the readers of RAR need a program that may not be passed on; libarchive-c is CC0, libarchive BSD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from disclosure_search.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    ExtractionError,
    MissingReaderError,
)
from disclosure_search.extract._members import Found, contained, is_harmless, read_members
from disclosure_search.extract._model import Extract, Limits

_FORMATS = {b"Rar!\x1a\x07\x00": "rar", b"Rar!\x1a\x07\x01": "rar5", b"7z\xbc\xaf\x27\x1c\x00": "7zip"}


# What the library appends for programmers; the last number differs from run to run.
_NUMBERS = re.compile(r" ?\(errno=[^)]*\)$")


def read(path: Path, limits: Limits) -> Extract:
    library = _library(path)
    with path.open("rb") as file:
        head = file.read(7)
    kind = next((name for magic, name in _FORMATS.items() if head.startswith(magic[: len(head)])), "all")
    try:
        with library.file_reader(str(path), format_name=kind) as archive:
            members = read_members(path, limits, _files(archive, library.ArchiveError))
    except library.ArchiveError as error:
        raise _error(str(path), str(error)) from error
    return contained(path, Extract("", members=members))


def _library(path: Path) -> Any:
    try:
        import libarchive
    except (
        ImportError,
        OSError,
        TypeError,
        AttributeError,
    ) as error:  # the last three: without the C library
        what = "RAR and 7z need libarchive, which is not installed"
        remedy = "pip install 'disclosure-search[archives]' and apt install libarchive13, or pack it as ZIP"
        raise MissingReaderError(str(path), what, remedy) from error
    return libarchive


def _files(archive: Any, failure: type[Exception]) -> Iterator[Found]:
    """Solid archives can only be read from the beginning to the end; what follows damage is lost, and said."""
    entries = iter(archive)
    while True:
        try:
            entry = next(entries, None)
        except failure as error:
            yield Found("the rest of the archive", refused=_error("", str(error)))
            return
        if entry is None:
            return
        if entry.isdir:
            continue
        name = _name(entry)
        if entry.issym or entry.islnk or not entry.isreg:
            refused = DamagedDocumentError("", "it is no regular file", "pack the files themselves")
            yield Found(name, refused=refused)
        elif not is_harmless(name):
            what = "its name leads out of the archive"
            yield Found(name, refused=DamagedDocumentError("", what, "pack it without `..`"))
        else:
            yield Found(name, _chunks(entry, failure))


def _name(entry: Any) -> str:
    with suppress(UnicodeError):
        name = entry.pathname
        if isinstance(name, bytes):
            return name.decode("gb18030", "replace")
        return str(name).encode("utf-8", "replace").decode() if name else "unnamed"
    return "unnamed"


def _chunks(entry: Any, failure: type[Exception]) -> Iterator[bytes]:
    try:
        yield from entry.get_blocks(1 << 18)
    except failure as error:
        raise _error("", str(error)) from error


def _error(subject: str, said: str) -> ExtractionError:
    if any(word in said.casefold() for word in ("encrypt", "passphrase", "password")):
        return EncryptedDocumentError(subject, "encrypted", "pack it without a password")
    why = _NUMBERS.sub("", said)[:200].replace("None", "").strip() or "its content is none of an archive"
    return DamagedDocumentError(subject, f"it cannot be unpacked ({why})", "pack it as ZIP")
