"""Members of a ZIP container, within limits.

Sizes in the directory may lie, so what counts is what comes out: bombs end here, before any parser sees them.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, EncryptedDocumentError, LimitExceededError

_CHUNK = 1 << 20
# Beyond both a container is a bomb: 300,000 spreadsheet rows have 35 MB at a ratio of 25, 200,000 equal
# paragraphs 17 MB at 500.
_BOMB_BYTES = 40 << 20
_BOMB_RATIO = 150
_MOST_BYTES = 400 << 20
_MOST_MEMBERS = 10_000


class Container:
    """Opened by `open_container`; `names` have forward slashes whatever the writer used."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive
        self._members = {info.filename.replace("\\", "/"): info for info in archive.infolist()}
        self._packed = max(1, path.stat().st_size)
        self._unpacked = 0
        if len(self._members) > _MOST_MEMBERS:
            raise self._bomb(f"it holds {len(self._members)} members")

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def read(self, name: str) -> bytes:
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        info = self._members[name]
        if info.flag_bits & 1:
            raise EncryptedDocumentError(str(self._path), "encrypted", "save it without a password")
        with self._archive.open(info) as member:
            while chunk := member.read(_CHUNK):
                self._count(len(chunk))
                yield chunk

    def _count(self, size: int) -> None:
        self._unpacked += size
        ratio = self._unpacked // self._packed
        if self._unpacked > _MOST_BYTES or (self._unpacked > _BOMB_BYTES and ratio > _BOMB_RATIO):
            raise self._bomb(f"it unpacks to more than {self._unpacked >> 20} MB, {ratio} times its size")

    def _bomb(self, why: str) -> LimitExceededError:
        return LimitExceededError(
            str(self._path), f"refused as a decompression bomb: {why}", "check where the file comes from"
        )


@contextmanager
def open_container(path: Path) -> Iterator[Container]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield Container(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DamagedDocumentError(
            str(path), f"the ZIP container is damaged ({error})", "fetch the original again"
        ) from error
