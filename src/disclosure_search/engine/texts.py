"""Records and texts of documents beside the index: append-only files, compressed, read in microseconds.

A file is never changed after it is sealed, so that a reader may map it for as long as it likes. What a document
needs to be found again is its `Place`, which the index keeps as a column. Each segment has a file of its own, which
goes when the segment goes: so texts of deleted documents are cleared away whenever their segment is written anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import zstandard
from numpy.typing import NDArray

from disclosure_search.document import Document
from disclosure_search.engine.mapped import MappedFile
from disclosure_search.errors import IndexDamagedError
from disclosure_search.record import from_record, to_record

SUFFIX = ".texts"
PLACE_ROW = np.dtype([("file", "<u4"), ("offset", "<u8"), ("record_bytes", "<u4"), ("text_bytes", "<u4")])
"""A place as the index keeps it."""
_COPIED = 1 << 20


class Place(NamedTuple):
    """Where a document lies: file number, offset, and the bytes of its record and of its texts."""

    file: int
    offset: int
    record_bytes: int
    text_bytes: int

    def packed(self) -> bytes:
        return np.array(tuple(self), PLACE_ROW).tobytes()


def unpacked(place: bytes) -> Place:
    if len(place) != PLACE_ROW.itemsize:
        raise ValueError("a document without a place")
    return Place(*np.frombuffer(place, PLACE_ROW)[0].item())


def texts_path(folder: Path, file: int) -> Path:
    return folder / f"{file:06d}{SUFFIX}"


def _new_file(folder: Path) -> tuple[int, IO[bytes]]:
    """Several processes may write in the folder: each gets a number that no other one has."""
    numbers = (path.stem for path in folder.glob(f"*{SUFFIX}"))
    file = max((int(number) for number in numbers if number.isdecimal()), default=0)
    while True:
        file += 1
        try:
            return file, texts_path(folder, file).open("xb")
        except FileExistsError:
            continue


class TextWriter:
    """Writes one new file; nobody reads it before `seal`."""

    def __init__(self, folder: Path) -> None:
        self._file, self._out = _new_file(folder)
        self.path = texts_path(folder, self._file)
        self._offset = 0
        self._compress = zstandard.ZstdCompressor(level=3, write_checksum=True).compress

    def add(self, document: Document) -> Place:
        record = self._packed(to_record(document))
        texts = self._packed([document.body, *(one.text for one in document.attachments)])
        self._out.write(record + texts)
        place = Place(self._file, self._offset, len(record), len(texts))
        self._offset += len(record) + len(texts)
        return place

    def copy(self, source: MappedFile, places: NDArray[np.void]) -> NDArray[np.void]:
        """Documents of another file, as they are; returns their new places."""
        sizes = places["record_bytes"].astype(np.int64) + places["text_bytes"]
        starts = places["offset"].astype(np.int64)
        ends = starts + sizes
        adjoin = np.append(ends[:-1] == starts[1:], False)
        lasts = np.flatnonzero(~adjoin)
        firsts = np.append(0, lasts[:-1] + 1) if len(lasts) else lasts
        for start, end in zip(starts[firsts].tolist(), ends[lasts].tolist(), strict=True):
            for at in range(start, end, _COPIED):
                self._out.write(source.read(at, min(at + _COPIED, end)))
        moved = places.copy()
        moved["file"], moved["offset"] = self._file, self._offset + np.cumsum(sizes) - sizes
        self._offset += int(sizes.sum())
        return moved

    def _packed(self, value: object) -> bytes:
        return self._compress(
            json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        )

    def seal(self) -> None:
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()

    def abort(self) -> None:
        with suppress(OSError):  # it still writes what it holds, and the disk may be full
            self._out.close()
        self.path.unlink(missing_ok=True)


class TextReader:
    """Maps these files at once, for a later commit may remove them; `sums` are those of the parts of a file."""

    def __init__(self, folder: Path, files: Sequence[str], sums: Callable[[Path], bytes]) -> None:
        self._folder = folder
        self._maps: dict[int, MappedFile] = {}
        for name in files:
            path = folder / name
            self._maps[int(path.stem)] = MappedFile(path, sums(path))

    def document(self, place: bytes, *, with_text: bool = True) -> Document:
        try:
            file, offset, record_bytes, text_bytes = unpacked(place)
        except ValueError as error:
            raise IndexDamagedError(str(self._folder), str(error)) from error
        record: Mapping[str, Any] = self._unpacked(file, offset, record_bytes)
        if not with_text:
            return from_record(record)
        body, *texts = self._unpacked(file, offset + record_bytes, text_bytes)
        return from_record(record, body, tuple(texts))

    def _unpacked(self, file: int, offset: int, size: int) -> Any:
        path = texts_path(self._folder, file)
        mapped = self.file(file)
        try:
            # a decompressor is not safe to share between threads, and costs a microsecond
            return json.loads(zstandard.ZstdDecompressor().decompress(mapped.read(offset, offset + size)))
        except (ValueError, zstandard.ZstdError) as error:
            raise IndexDamagedError(str(path), f"a text cannot be read ({error})") from error

    def file(self, file: int) -> MappedFile:
        try:
            return self._maps[file]
        except KeyError:
            raise IndexDamagedError(
                str(texts_path(self._folder, file)), "it is not part of the commit"
            ) from None

    def close(self) -> None:
        for mapped in self._maps.values():
            mapped.close()
        self._maps.clear()
