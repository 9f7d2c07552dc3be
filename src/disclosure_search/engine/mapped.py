"""A file in memory, each part of which is compared with its checksum the first time it is read.

Postings are inflated only in part, so a checksum over a whole file would have to read all of it at opening: 0.3 s
a gigabyte and every page of it. A part of 64 KiB takes 9 µs once, and an already checked read 0.1 µs more.
"""

from __future__ import annotations

import mmap
import os
import sys
import zlib
from contextlib import suppress
from pathlib import Path

from disclosure_search.errors import IndexDamagedError

PART_BITS = 16
PART_BYTES = 1 << PART_BITS
SUM_BYTES = 4
_POPULATE_READ = 22  # Linux 5.14; Python has no name for it


class MappedFile:
    """`sums` are the big-endian CRC-32 of the parts; without them nothing is compared.

    `unchecked` has a 1 for each part that is to be checked before `bytes` of it are used.

    Threads may share it: a part that two of them check at once is checked twice, with one outcome.
    """

    __slots__ = ("_sums", "bytes", "path", "size", "unchecked")

    def __init__(self, path: Path, sums: bytes | None = None) -> None:
        self.path = path
        with path.open("rb") as file:
            self.size = os.fstat(file.fileno()).st_size
            if self.size == 0:
                raise IndexDamagedError(str(path), "the file is empty")
            self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        parts = -(-self.size >> PART_BITS)
        if sums is not None and len(sums) != parts * SUM_BYTES:
            self.close()
            raise IndexDamagedError(str(path), "its size is not the one that was written")
        self._sums = sums or b""
        self.unchecked = bytearray(parts) if sums is None else bytearray(b"\1") * parts

    def read(self, start: int, end: int) -> bytes:
        """A copy, so that nothing keeps the map from closing."""
        if self.unchecked.find(1, start >> PART_BITS, (end >> PART_BITS) + 1) >= 0:
            self.check(start, end)
        return self.bytes[start:end]

    def load(self, start: int, end: int) -> None:
        """Maps these pages in one take, 80 µs a megabyte: touched one by one, each of them may cost 3 µs."""
        if sys.platform == "linux":
            first = start - start % mmap.PAGESIZE
            with suppress(OSError):  # an older kernel: they are mapped when they are touched
                self.bytes.madvise(_POPULATE_READ, first, end - first)

    def check(self, start: int, end: int) -> None:
        for part in range(start >> PART_BITS, min((end >> PART_BITS) + 1, len(self.unchecked))):
            if self.unchecked[part]:
                self._check_part(part)
                self.unchecked[part] = 0

    def _check_part(self, part: int) -> None:
        start, at = part << PART_BITS, part * SUM_BYTES
        with memoryview(self.bytes) as whole, whole[start : start + PART_BYTES] as held:
            found = zlib.crc32(held)
        if found != int.from_bytes(self._sums[at : at + SUM_BYTES], "big"):
            raise IndexDamagedError(str(self.path), f"bytes from {start} on are not those that were written")

    def close(self) -> None:
        self.bytes.close()
