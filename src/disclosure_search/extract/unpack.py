"""The bytes of one member of a container, to be handed out: only what the standard library can open, ZIP and gzip.

The process that asks is not confined, so that nothing is parsed here but the container itself, within limits.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import IO

from disclosure_search.extract._archive import gzip_name, member_names

MOST_BYTES = 64 << 20
_DEEPEST = 3
_ERRORS = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, zipfile.BadZipFile)


def member_bytes(container: Path, name: str) -> bytes | None:
    """None where there is no such member, or it is too large, encrypted, damaged, or in a container of another kind."""
    try:
        with container.open("rb") as stream:
            return _found(stream, container.name, name, _DEEPEST)
    except _ERRORS:
        return None


def _found(stream: IO[bytes], container: str, name: str, depth: int) -> bytes | None:
    magic = stream.read(2)
    stream.seek(0)
    if depth < 0:
        return None
    if magic == b"\x1f\x8b":
        whole = gzip_name(stream, container)
        stream.seek(0)
        content = _gunzipped(stream)
        return _within({whole: content}, name, depth)
    if magic != b"PK":
        return None
    with zipfile.ZipFile(stream) as archive:
        for info, raw in zip(archive.infolist(), member_names(archive), strict=True):
            called = raw.replace("\\", "/").strip("/")
            if name == called or name.startswith(f"{called}/"):
                with archive.open(info) as member:
                    content = _limited(member)
                return _within({called: content}, name, depth)
    return None


def _within(members: dict[str, bytes], name: str, depth: int) -> bytes | None:
    for called, content in members.items():
        if name == called:
            return content
        if name.startswith(f"{called}/"):
            return _found(io.BytesIO(content), called, name[len(called) + 1 :], depth - 1)
    return None


def _limited(stream: IO[bytes]) -> bytes:
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError("it is too large")
    return content


def _gunzipped(stream: IO[bytes]) -> bytes:
    import gzip

    with gzip.GzipFile(fileobj=stream) as unpacked:
        return _limited(unpacked)  # type: ignore[arg-type]
