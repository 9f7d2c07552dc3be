"""Finds the originals below the data folder, every one of them exactly once.

Files that describe others (catalogues, sidecars, vocabularies, settings, README) and hidden or temporary files are
not originals. What is there but cannot be taken (a symbolic link, a pipe, a folder without permission) is reported,
since nothing may vanish.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from disclosure_search.collection.naming import loose, meant, of_one_stem
from disclosure_search.document import shown
from disclosure_search.errors import CollectionError

SIDECAR = ".meta.toml"
SETTINGS = "collection.toml"
# Also those that cannot be read yet: they may keep something inside, and are never originals.
_CATALOGUE = re.compile(r"目录\.(?:xlsx|xlsm|xlsb|xls|et|ods|csv)")
_LOGOS = tuple(f"logo.{ending}" for ending in ("svg", "png", "jpg", "jpeg", "webp"))
_TOP_ONLY = (SETTINGS, "vocabulary", "golden.toml", *_LOGOS)
_NEVER = ("thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Original:
    """`path` lies below the data folder, with `/`; it may hold surrogate escapes where a name is not UTF-8.
    `trouble` says why it can only be reported; `sidecar` is the path of its sidecar, if any. `is_folder` marks
    a folder that cannot be read, `is_held` what is known to lie in one. A member that is an original of its own lies
    in a `container`, the path of a file; its path is that and its name inside."""

    path: str
    size_bytes: int = 0
    modified_ns: int = 0
    trouble: str = ""
    remedy: str = ""
    sidecar: str = ""
    is_folder: bool = False
    is_held: bool = False
    container: str = ""

    @property
    def folder(self) -> str:
        return (self.container or self.path).rpartition("/")[0]

    @property
    def inner(self) -> str:
        """Its name in its container."""
        return self.path[len(self.container) + 1 :] if self.container else ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def scan(data_dir: Path, below: str = "") -> list[Original]:
    """In the order of their paths. CollectionError where the folder itself cannot be read."""
    data_dir, home = data_dir / below, data_dir
    if not data_dir.is_dir():
        raise CollectionError(
            str(data_dir), "there is no such folder", "name the folder of originals with --data"
        )
    try:
        with os.scandir(data_dir):
            pass
    except OSError as error:
        raise CollectionError(
            str(data_dir), f"cannot be read ({error.strerror})", "check its permissions"
        ) from error
    return sorted(_walk(home / below, below), key=lambda original: original.path)


def lonely_sidecars(data_dir: Path) -> list[str]:
    """Sidecars without their original: after a file was renamed, nothing is said of it any more."""
    found: list[str] = []
    for folder, _, names in os.walk(data_dir):
        below = Path(folder).relative_to(data_dir)
        taken = set(_sidecars(names).values())
        lonely = (name for name in names if is_sidecar(name) and name not in taken)
        found += ((below / name).as_posix() for name in lonely)
    return sorted(found)


def is_original(name: str, *, at_top: bool) -> bool:
    if name.startswith((".", "~$")) or is_sidecar(name) or is_catalogue(name):
        return False
    lowered = name.casefold()
    if lowered in _NEVER or lowered.split(".")[0] == "readme":
        return False
    return not (at_top and name in _TOP_ONLY)


def is_sidecar(name: str) -> bool:
    return name.casefold().endswith(SIDECAR)


def is_catalogue(name: str) -> bool:
    """In any case and width: 目录.CSV keeps things inside like 目录.csv."""
    return _CATALOGUE.fullmatch(loose(shown(name))) is not None


def _sidecars(names: Sequence[str]) -> dict[str, str]:
    """The sidecar of each file of a folder. One whose name misses by a hair (case, width, a left-out ending) describes
    the file that is meant, if there is only one and nothing else describes it."""
    files = [name for name in names if not is_sidecar(name)]
    there = frozenset(files)
    found: dict[str, str] = {}
    missed: list[tuple[str, str]] = []
    for sidecar in filter(is_sidecar, names):
        wanted = sidecar[: -len(SIDECAR)]
        if wanted in there and found.get(wanted) != f"{wanted}{SIDECAR}":
            found[wanted] = sidecar
        else:
            missed.append((wanted, sidecar))
    for wanted, sidecar in missed:
        free = [name for name in files if name not in found]
        alike = meant(wanted, free) or of_one_stem(wanted, free)
        if len(alike) == 1:
            found[alike[0]] = sidecar
    return found


def _walk(folder: Path, below: str) -> Iterator[Original]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        what = f"the folder cannot be read ({error.strerror}); what it held is left as it was"
        yield Original(below, trouble=what, remedy="check its permissions", is_folder=True)
        return
    sidecars = _sidecars([entry.name for entry in entries if not entry.is_dir(follow_symlinks=False)])
    for entry in entries:
        if not is_original(entry.name, at_top=not below):
            continue
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_symlink():
            yield Original(path, trouble="a symbolic link is not followed", remedy="put the file itself here")
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), path)
        else:
            yield _file(entry, path, _beside(below, sidecars.get(entry.name, "")))


def _beside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else name


def _file(entry: os.DirEntry[str], path: str, sidecar: str) -> Original:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Original(path, trouble=f"cannot be read ({error.strerror})", remedy="check its permissions")
    if not stat.S_ISREG(status.st_mode):
        return Original(path, trouble="this is not a regular file", remedy="put a file here or remove it")
    return Original(path, status.st_size, status.st_mtime_ns, sidecar=sidecar)
