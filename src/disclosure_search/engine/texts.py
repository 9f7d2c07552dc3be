"""Records and texts of documents beside the index: append-only files, compressed, read in microseconds.

A file is never changed after it is sealed, so that a reader may map it for as long as it likes. What a document
needs to be found again is its `Place`, which the index stores. Files are named by the commit that wrote them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import zstandard

from disclosure_search.document import Document, from_record, to_record
from disclosure_search.engine.mapped import MappedFile
from disclosure_search.errors import IndexDamagedError

SUFFIX = ".texts"


class Place(NamedTuple):
    """Where a document lies: file number, offset, and the bytes of its record and of its texts."""

    file: int
    offset: int
    record_bytes: int
    text_bytes: int


def texts_path(folder: Path, file: int) -> Path:
    return folder / f"{file:06d}{SUFFIX}"


class TextWriter:
    """Writes one new file; nobody reads it before `seal`."""

    def __init__(self, folder: Path, file: int) -> None:
        self.path = texts_path(folder, file)
        self._file = file
        self._out = self.path.open("wb")
        self._offset = 0
        self._compress = zstandard.ZstdCompressor(level=3, write_checksum=True).compress

    def add(self, document: Document) -> Place:
        record = self._packed(to_record(document))
        texts = self._packed([document.body, *(one.text for one in document.attachments)])
        self._out.write(record + texts)
        place = Place(self._file, self._offset, len(record), len(texts))
        self._offset += len(record) + len(texts)
        return place

    def _packed(self, value: object) -> bytes:
        return self._compress(
            json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        )

    def seal(self) -> None:
        """Where nothing was added, no file is left."""
        if not self._offset:
            self.abort()
            return
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()

    def abort(self) -> None:
        self._out.close()
        self.path.unlink(missing_ok=True)


class TextReader:
    """Maps the files of a folder as they are asked for; `sums` are those of the parts of a file."""

    def __init__(self, folder: Path, sums: Callable[[Path], bytes]) -> None:
        self._folder = folder
        self._sums = sums
        self._maps: dict[int, MappedFile] = {}

    def document(self, place: Sequence[int], *, with_text: bool = True) -> Document:
        file, offset, record_bytes, text_bytes = place
        record: Mapping[str, Any] = self._unpacked(file, offset, record_bytes)
        if not with_text:
            return from_record(record)
        body, *texts = self._unpacked(file, offset + record_bytes, text_bytes)
        return from_record(record, body, tuple(texts))

    def _unpacked(self, file: int, offset: int, size: int) -> Any:
        path = texts_path(self._folder, file)
        try:
            mapped = self._maps.get(file) or self._map(file, path)
            # a decompressor is not safe to share between threads, and costs a microsecond
            return json.loads(zstandard.ZstdDecompressor().decompress(mapped.read(offset, offset + size)))
        except (OSError, ValueError, zstandard.ZstdError) as error:
            raise IndexDamagedError(str(path), f"a text cannot be read ({error})") from error

    def _map(self, file: int, path: Path) -> MappedFile:
        return self._maps.setdefault(file, MappedFile(path, self._sums(path)))

    def close(self) -> None:
        for mapped in self._maps.values():
            mapped.close()
        self._maps.clear()


def without_texts(document: Document) -> Document:
    return replace(
        document, body="", attachments=tuple(replace(one, text="") for one in document.attachments)
    )
