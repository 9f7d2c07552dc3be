"""The one home of olefile: streams and document properties of the container that Office used before 2007."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import olefile

from disclosure_search.errors import DamagedDocumentError

# olefile checks chains for loops and sizes against the file; what it overlooks ends in one of these.
_BROKEN = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, OverflowError)
_SUMMARY = "\x05SummaryInformation"
_PROPERTIES = {2: "title", 3: "subject", 4: "creator", 12: "created", 13: "modified"}
_CODE_PAGES = {936: "gb18030", 950: "cp950", 65001: "utf-8", 10008: "gb18030", 1200: "utf-16-le"}


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
        with suppress(*_BROKEN, RecursionError):
            found = self._ole.getproperties(_SUMMARY, convert_time=True, no_conversion=[10])
            page = found.get(1, 1252)
            page = page + 65536 if isinstance(page, int) and page < 0 else page
            pairs = ((name, _shown(found.get(number), page)) for number, name in _PROPERTIES.items())
            return tuple((f"property:{name}", value) for name, value in pairs if value)
        return ()


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


def _shown(value: object, page: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds") if value.year > 1980 else ""
    if isinstance(value, bytes):
        name = _CODE_PAGES.get(page, f"cp{page}") if isinstance(page, int) else "cp1252"
        try:
            return value.decode(name, "replace").rstrip("\0").strip()
        except LookupError:
            return value.decode("cp1252", "replace").rstrip("\0").strip()
    return value.rstrip("\0").strip() if isinstance(value, str) else ""
