"""ZIP and gzip: an archive is one original, and its files are members of it.

Names without the UTF-8 flag are in whatever encoding the writer's system had: the extra field of Info-ZIP says it
for sure, else all names of an archive are decoded together, since one alone may be two characters long.
"""

from __future__ import annotations

import gzip
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from disclosure_search.errors import DamagedDocumentError, EncryptedDocumentError, LimitExceededError
from disclosure_search.extract._encoding import decode
from disclosure_search.extract._members import Found, contained, is_harmless, read_members
from disclosure_search.extract._model import Extract, Limits

_CHUNK = 1 << 18
_MOST_MEMBERS = 10_000
_UTF8_FLAG, _ENCRYPTED_FLAG = 1 << 11, 1
_UNICODE_PATH = 0x7075


def read(path: Path, limits: Limits) -> Extract:
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    if is_gzip:
        with path.open("rb") as file:
            name = gzip_name(file, path.name)
        found = [Found(name, _gzip_chunks(path))]
        return contained(path, Extract("", members=read_members(path, limits, found)))
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > _MOST_MEMBERS:
                what = f"refused as a decompression bomb: it holds {len(archive.infolist())} members"
                raise LimitExceededError(str(path), what, "check where the file comes from")
            members = read_members(path, limits, _zip_members(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        what = f"the ZIP container is damaged ({error})"
        raise DamagedDocumentError(str(path), what, "fetch the original again") from error
    return contained(path, Extract("", members=members))


def member_names(archive: zipfile.ZipFile) -> list[str]:
    """In the order of its directory."""
    infos = archive.infolist()
    raw = {at: _raw_name(info) for at, info in enumerate(infos) if not _is_sure(info)}
    text = decode(b"\n".join(raw.values())).text.split("\n")
    if len(text) != len(raw):
        text = [one.decode("gb18030", "replace") for one in raw.values()]
    guessed = dict(zip(raw, text, strict=True))
    return [_extra_name(info) or guessed.get(at) or info.filename for at, info in enumerate(infos)]


def _zip_members(archive: zipfile.ZipFile) -> Iterator[Found]:
    links: set[str] = set()
    for info, name in zip(archive.infolist(), member_names(archive), strict=True):
        plain = name.replace("\\", "/")
        if plain.endswith("/") and not info.file_size:
            continue
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        if is_link:
            links.add(plain.strip("/"))
        is_below_link = any(plain.startswith(f"{link}/") for link in links)
        if not is_harmless(name) or is_link or is_below_link:
            what = "it is a link" if is_link or is_below_link else "its name leads out of the archive"
            refused = DamagedDocumentError("", what, "pack the files themselves, without links and `..`")
            yield Found(name, refused=refused)
        elif info.flag_bits & _ENCRYPTED_FLAG:
            yield Found(name, refused=EncryptedDocumentError("", "encrypted", "pack it without a password"))
        else:
            yield Found(name, _zip_chunks(archive, info))


def _zip_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as member:
            while chunk := member.read(_CHUNK):
                yield chunk
    except zipfile.BadZipFile as error:
        raise DamagedDocumentError("", f"it is damaged ({error})", "fetch the original again") from error


def _is_sure(info: zipfile.ZipInfo) -> bool:
    return bool(info.flag_bits & _UTF8_FLAG) or info.orig_filename.isascii()


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    """zipfile reads names without the flag as code page 437, which has all 256 characters."""
    try:
        return info.orig_filename.encode("cp437").replace(b"\n", b" ")
    except UnicodeEncodeError:
        return info.orig_filename.encode("utf-8", "replace").replace(b"\n", b" ")


def _extra_name(info: zipfile.ZipInfo) -> str:
    """The UTF-8 name that Info-ZIP keeps beside the other, if it belongs to it."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1:
            is_fresh = int.from_bytes(field[1:5], "little") == zlib.crc32(_raw_name(info))
            return field[5:].decode("utf-8", "replace") if is_fresh else ""
    return ""


def gzip_name(file: IO[bytes], own: str) -> str:
    """The name that its writer noted, else its own without the ending."""
    head = file.read(1024)
    if len(head) > 10 and head[3] & 0x08 and not head[3] & 0x04:
        raw = head[10:].split(b"\0", maxsplit=1)[0]
        if name := decode(raw).text.replace("\\", "/").rpartition("/")[2]:
            return name
    return own.removesuffix(".gz") or own


def _gzip_chunks(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
