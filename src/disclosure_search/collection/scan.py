"""Finds the originals below the data folder, every one of them exactly once.

Files that describe others (catalogues, sidecars, vocabularies, settings, README) and hidden or temporary files are
not originals. What is there but cannot be taken (a symbolic link, a pipe, a folder without permission) is reported,
since nothing may vanish.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from disclosure_search.document import shown
from disclosure_search.errors import CollectionError

CATALOGUES = ("目录.xlsx", "目录.csv")  # where both are there, the later one wins
SIDECAR = ".meta.toml"
SETTINGS = "collection.toml"
_TOP_ONLY = (SETTINGS, "vocabulary", "golden.toml")
_NEVER = ("thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Original:
    """`path` lies below the data folder, with `/`; it may hold surrogate escapes where a name is not UTF-8.
    `trouble` says why it can only be reported."""

    path: str
    size_bytes: int = 0
    modified_ns: int = 0
    trouble: str = ""
    remedy: str = ""

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def scan(data_dir: Path) -> list[Original]:
    """In the order of their paths. CollectionError where the folder itself cannot be read."""
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
    return sorted(_walk(data_dir, ""), key=lambda original: original.path)


def lonely_sidecars(data_dir: Path) -> list[str]:
    """Sidecars without their original: after a file was renamed, nothing is said of it any more."""
    found = (
        path
        for path in data_dir.rglob(f"*{SIDECAR}")
        if not path.with_name(path.name[: -len(SIDECAR)]).exists()
    )
    return sorted(path.relative_to(data_dir).as_posix() for path in found)


def is_original(name: str, *, at_top: bool) -> bool:
    if name.startswith((".", "~$")) or name.endswith(SIDECAR) or name in CATALOGUES:
        return False
    lowered = name.casefold()
    if lowered in _NEVER or lowered.split(".")[0] == "readme":
        return False
    return not (at_top and name in _TOP_ONLY)


def _walk(folder: Path, below: str) -> Iterator[Original]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        yield Original(
            below, trouble=f"the folder cannot be read ({error.strerror})", remedy="check its permissions"
        )
        return
    for entry in entries:
        if not is_original(entry.name, at_top=not below):
            continue
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_symlink():
            yield Original(path, trouble="a symbolic link is not followed", remedy="put the file itself here")
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), path)
        else:
            yield _file(entry, path)


def _file(entry: os.DirEntry[str], path: str) -> Original:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Original(path, trouble=f"cannot be read ({error.strerror})", remedy="check its permissions")
    if not stat.S_ISREG(status.st_mode):
        return Original(path, trouble="this is not a regular file", remedy="put a file here or remove it")
    return Original(path, status.st_size, status.st_mtime_ns)


def display(original: Original) -> str:
    return shown(original.path)
