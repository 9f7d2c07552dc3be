"""The files of one segment: written into one compound .seg file, read from it or from single files."""

from __future__ import annotations

import errno
import os
import pickle
import struct
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from disclosure_search.engine.mapped import PART_BITS, MappedFile
from disclosure_search.engine.w3_pickle import RefusedPickleError, load_pickle
from disclosure_search.errors import IndexDamagedError

_START = struct.Struct("!qi")


def sync_folder(folder: Path) -> None:
    """Makes names in the folder safe: a file can be on the disk and its name not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class CompoundWriter:
    """Writes file after file; `close` adds the directory and returns only when all is on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("xb")
        self._file.write(bytes(_START.size))
        self._directory: dict[str, dict[str, int]] = {}

    def add(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> None:
        offset = self._file.tell()
        self._file.writelines(chunks)
        self._directory[name] = {"offset": offset, "length": self._file.tell() - offset}

    def close(self) -> None:
        start = self._file.tell()
        self._file.write(pickle.dumps(self._directory, 2) + pickle.dumps({}, 2))
        end = self._file.tell()
        self._file.seek(0)
        self._file.write(_START.pack(start, end - start))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        sync_folder(self.path.parent)

    def abort(self) -> None:
        with suppress(OSError):  # it still writes what it holds, and the disk may be full
            self._file.close()
        self.path.unlink(missing_ok=True)


class View:
    """A file inside a mapped file. Slices are copies, so that nothing keeps the map from closing."""

    __slots__ = ("_bytes", "_source", "_unchecked", "length", "start")

    def __init__(self, source: MappedFile, start: int, length: int) -> None:
        self._source, self._bytes, self._unchecked = source, source.bytes, source.unchecked
        self.start = start
        self.length = length

    def get(self, offset: int, length: int) -> bytes:
        end = offset + length
        if offset < 0 or length < 0 or end > self.length:
            raise ValueError(f"bytes {offset}..{end} of {self.length}")
        offset += self.start
        end += self.start
        # as MappedFile.read, without the call: this is the innermost step of every search
        if self._unchecked.find(1, offset >> PART_BITS, (end >> PART_BITS) + 1) >= 0:
            self._source.check(offset, end)
        return self._bytes[offset:end]

    def all(self) -> bytes:
        return self.get(0, self.length)

    def load(self, offset: int = 0) -> None:
        """For what is read in small pieces, here and there."""
        self._source.load(self.start + offset, self.start + self.length)


class SegmentFiles:
    """Finds the files of a segment by their ending, for example `.trm` or `.year.col`.

    `sums` are those of the parts of a compound file, if it is under a seal.
    FileNotFoundError if they are gone: after a commit the table of contents has to be read again.
    """

    def __init__(self, folder: Path, segment_id: str, *, compound: bool, sums: bytes | None = None) -> None:
        self.path = folder / f"{segment_id}.seg" if compound else folder / f"{segment_id}.*"
        self._maps: list[MappedFile] = []
        self._views: dict[str, View] = {}
        try:
            if compound:
                self._open_compound(len(segment_id), sums)
            else:
                self._open_single(folder, segment_id)
        except (IndexDamagedError, FileNotFoundError):
            self.close()
            raise

    def _open_single(self, folder: Path, segment_id: str) -> None:
        for path in folder.glob(f"{segment_id}.*"):
            source = self._map(path)
            self._views[path.name[len(segment_id) :]] = View(source, 0, source.size)
        if not self._views:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.path))

    def _map(self, path: Path, sums: bytes | None = None) -> MappedFile:
        source = MappedFile(path, sums)
        self._maps.append(source)
        return source

    def _open_compound(self, prefix: int, sums: bytes | None) -> None:
        source = self._map(self.path, sums)
        try:
            start, length = _START.unpack(source.read(0, _START.size))
            if start < _START.size or length <= 0 or start + length > source.size:
                raise ValueError("its directory lies outside")
            directory = load_pickle(BytesIO(source.read(start, start + length)))
            if not isinstance(directory, dict):
                raise ValueError("its directory is no table")
            for name, entry in directory.items():
                view = View(source, int(entry["offset"]), int(entry["length"]))
                if view.start < 0 or view.length < 0 or view.start + view.length > start:
                    raise ValueError(f"{name} lies outside")
                self._views[name[prefix:]] = view
        except (RefusedPickleError, struct.error, ValueError, TypeError, KeyError) as error:
            raise IndexDamagedError(str(self.path), f"no sound segment file: {error}") from error

    def get(self, ending: str) -> View | None:
        return self._views.get(ending)

    def endings(self) -> list[str]:
        return sorted(self._views)

    def close(self) -> None:
        for source in self._maps:
            source.close()
        self._maps.clear()
        self._views.clear()
