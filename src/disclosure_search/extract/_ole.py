"""The one home of olefile: streams and document properties of the container that Office used before 2007."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import olefile

from disclosure_search.errors import DamagedDocumentError
from disclosure_search.extract._ole_summary import STREAM, summary

# olefile checks chains for loops and sizes against the file; what it overlooks ends in one of these.
_BROKEN = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, OverflowError)


class Compound:
    """Opened by `open_compound`."""

    def __init__(self, path: Path, ole: olefile.OleFileIO) -> None:
        self._path = path
        self._ole = ole

    @property
    def streams(self) -> dict[str, str]:
        """The streams of the root itself, by their names in lower case: what is embedded stays aside."""
        return {entry[0].lower(): entry[0] for entry in self._ole.listdir() if len(entry) == 1}

    @property
    def storages(self) -> frozenset[str]:
        return frozenset(entry[0].lower() for entry in self._ole.listdir(False, True) if len(entry) == 1)

    @property
    def has_embedded(self) -> bool:
        """Word keeps what is embedded in a storage of its own, which may be there without anything in it."""
        return any(len(entry) > 2 and entry[0].lower() == "objectpool" for entry in self._ole.listdir())

    def read(self, name: str) -> bytes:
        """Empty when there is no such stream."""
        found = self.streams.get(name.lower())
        if found is None:
            return b""
        try:
            with self._ole.openstream([found]) as stream:
                data = bytes(stream.read())
            self._check_chain(found)
        except _BROKEN as error:
            raise _damaged(self._path, error) from error
        return data

    def _check_chain(self, name: str) -> None:
        """olefile reads as many sectors as the size asks for, also the same one again and again."""
        entry = next(kid for kid in self._ole.root.kids if kid.name == name)
        small = entry.is_minifat
        table = self._ole.minifat if small else self._ole.fat
        count = -(-entry.size // (self._ole.mini_sector_size if small else self._ole.sector_size))
        sector, seen = entry.isectStart, set()
        for _ in range(count):
            if sector in seen:
                raise ValueError(f"the chain of {name} runs in circles")
            seen.add(sector)
            sector = table[sector]

    def properties(self) -> tuple[tuple[str, str], ...]:
        """Title, author and dates as written by the program; nothing when they are damaged."""
        try:
            found = summary(self.read(STREAM))
        except DamagedDocumentError:
            return ()
        return tuple((f"property:{name}", value) for name, value in found)


@contextmanager
def open_compound(path: Path) -> Iterator[Compound]:
    try:
        ole = olefile.OleFileIO(str(path))
    except (*_BROKEN, RecursionError) as error:
        raise _damaged(path, error) from error
    try:
        yield Compound(path, ole)
    finally:
        ole.close()


def root_names(path: Path) -> frozenset[str]:
    """The names of streams and storages of the root in lower case; none when the container is damaged."""
    try:
        with open_compound(path) as compound:
            return frozenset(compound.streams) | compound.storages
    except DamagedDocumentError:
        return frozenset()


def _damaged(path: Path, error: BaseException) -> DamagedDocumentError:
    return DamagedDocumentError(
        str(path), f"the OLE2 container is damaged ({str(error)[:100]})", "fetch the original again"
    )
