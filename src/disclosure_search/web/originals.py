"""Our copies of originals and attachments: which file, under which name and type, and whether it opens here.

A copy is named by (document, position). No path ever comes from a request, nothing outside the data folder is
opened, and a file that is no longer the one that was indexed is not handed out: nobody has checked it yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from disclosure_search.document import Document, shown
from disclosure_search.errors import DisclosureError
from disclosure_search.extract.unpack import member_bytes

INLINE: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
# A browser may run what is inside the first five: they only ever leave as downloads, and so do all others.
DOWNLOAD: Mapping[str, str] = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".rtf": "application/rtf",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".ofd": "application/ofd",
    ".wps": "application/vnd.ms-works",
    ".zip": "application/zip",
    ".rar": "application/vnd.rar",
    ".7z": "application/x-7z-compressed",
    ".mp4": "video/mp4",
    ".mp3": "audio/mpeg",
}
UNKNOWN = "application/octet-stream"
_SNIFFED_BYTES = 65_536


class CopyNotFoundError(DisclosureError):
    """The record names a file that cannot be handed out; `what` is the word for the page."""

    status = 404


class Fixity(StrEnum):
    SAME = "same"  # the copy is what was indexed, byte by byte
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Copy:
    """A file ready to be sent. `sha256` is that of the bytes as they are now; `content` holds those of a member of a
    container, which lies at no path."""

    path: Path
    name: str
    media_type: str
    inline: bool
    sha256: str
    content: bytes | None = None


class Originals:
    """Positions count from 1, in the order in which the document lists its parts."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir.resolve()

    def original(self, document: Document) -> Copy:
        return self._copy(document.path, document.sha256)

    def attachment(self, document: Document, position: int) -> Copy:
        if not 1 <= position <= len(document.attachments):
            raise CopyNotFoundError(document.doc_id, "没有这个附件")
        part = document.attachments[position - 1]
        return self._copy(part.path, part.sha256)

    def has(self, path: str) -> bool:
        """Whether a copy lies where a record says; its content is not looked at."""
        return self._find(path) is not None or self._container(path) is not None

    def fixity(self, path: str, sha256: str) -> Fixity:
        """Reads the whole copy, whatever is known of it: a disk may change what no date tells."""
        real = self._find(path)
        held = self._container(path) if real is None else None
        try:
            if real is not None:
                with real.open("rb") as stream:
                    now = hashlib.file_digest(stream, "sha256").hexdigest()
            elif held is not None and (content := member_bytes(*held)) is not None:
                now = hashlib.sha256(content).hexdigest()
            else:
                return Fixity.MISSING
        except OSError:
            return Fixity.MISSING
        return Fixity.SAME if now == sha256 else Fixity.CHANGED

    def _find(self, path: str) -> Path | None:
        if not path or "\0" in path:
            return None
        try:
            real = (self._root / path).resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a ring of symbolic links
            return None
        return real if real.is_relative_to(self._root) and real.is_file() else None

    def _container(self, path: str) -> tuple[Path, str] | None:
        """The file that a member lies in, which the record of a document names by a path below it; with its name."""
        parts = path.split("/")
        for depth in range(1, len(parts)):
            real = self._find("/".join(parts[:depth]))
            if real is not None:
                return real, "/".join(parts[depth:])
        return None

    def _member(self, container: Path, name: str, sha256: str) -> Copy:
        content = member_bytes(container, name)
        if content is None:
            raise CopyNotFoundError(name, "这份文件在压缩包或邮件里，不能单独取出，请下载整个文件")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise CopyNotFoundError(name, "这份文件在收录之后被更换，重新收录前暂不提供")
        kind, inline = _media_type_of(Path(name), content[:_SNIFFED_BYTES])
        return Copy(container, shown(Path(name).name), kind, inline, sha256, content)

    def _copy(self, path: str, sha256: str) -> Copy:
        real = self._find(path)
        if real is None and (found := self._container(path)):
            return self._member(*found, sha256)
        if real is None:
            raise CopyNotFoundError(path, "本馆没有这份文件的副本，或文件已被移走")
        try:
            stat = real.stat()
            now = _digest(real, (stat.st_size, stat.st_mtime_ns, stat.st_ino))
            with real.open("rb") as stream:
                kind, inline = _media_type_of(real, stream.read(_SNIFFED_BYTES))
        except OSError as error:
            raise CopyNotFoundError(path, "这份文件暂时无法读取") from error
        if sha256 and now != sha256:
            raise CopyNotFoundError(path, "这份文件在收录之后被更换，重新收录前暂不提供")
        return Copy(real, shown(Path(path).name), kind, inline, now)


@lru_cache(maxsize=4096)
def _digest(path: Path, _state: tuple[int, ...]) -> str:
    """Kept per state of the file: hashing a 50 MB scan takes about 0.1 s, too long for every request."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _media_type_of(path: Path, start: bytes) -> tuple[str, bool]:
    suffix = path.suffix.lower()
    kind = INLINE.get(suffix)
    if kind == "text/plain":
        return f"{kind}; charset={_charset(start)}", True
    return (kind, True) if kind else (DOWNLOAD.get(suffix, UNKNOWN), False)


def _charset(start: bytes) -> str:
    """Without one a browser guesses, and GB18030 files of old sites come out as noise."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_short = len(start) == _SNIFFED_BYTES and error.start > _SNIFFED_BYTES - 4
        return "utf-8" if cut_short else "gb18030"
    return "utf-8"
