"""The index folder: generations, the pointer to the one that answers, and the lock of the one who writes.

    index/
      CURRENT                 which generation answers, which one it replaced, and by what recipe its tokens were cut
      lock                    held while an index run writes; names its owner
      generations/<name>/     one index: Whoosh segments and table of contents, texts, ledger, and the seal of them all
      cache/                  extracted texts (kept by the collection)

A rebuild is written into a new folder and switched to by renaming CURRENT. An increment adds files to the current
folder and is switched to by Whoosh's table of contents, also by a rename. Both leave what was there readable.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from disclosure_search.errors import EngineError, IndexDamagedError, IndexLockedError, IndexMissingError

FORMAT = "4"  # of everything in the index folder; a change makes older folders OUTDATED
SETTLED_NS = 100_000_000
Stamp = tuple[int, int, int, int, int]
MODE = 0o755  # of its folders, whatever the umask allows


@dataclass(frozen=True, slots=True)
class Pointer:
    """`generation` is empty before the first one answers."""

    generation: str
    recipe: str = ""
    previous: str = ""
    previous_recipe: str = ""
    previous_format: str = ""
    format: str = FORMAT

    def followed_by(self, generation: str, recipe: str) -> Pointer:
        return Pointer(generation, recipe, self.generation, self.recipe, self.format)

    def back(self) -> Pointer:
        """To the previous one, from which one may go back here."""
        turned = self.followed_by(self.previous, self.previous_recipe)
        return replace(turned, format=self.previous_format)


@dataclass(frozen=True, slots=True)
class IndexFolder:
    path: Path

    def generation_dir(self, name: str) -> Path:
        return self.path / "generations" / name

    def pointer(self) -> Pointer:
        current = self.path / "CURRENT"
        try:
            values = json.loads(_read_no_link(current))
            check = values.pop("check", None)
            known = Pointer.__dataclass_fields__  # another format may have more
            pointer = Pointer(**{name: str(value) for name, value in values.items() if name in known})
        except FileNotFoundError:
            if self.generations():  # it is written before the first of them
                raise IndexDamagedError(str(current), "it is missing") from None
            raise IndexMissingError(str(self.path)) from None
        except (ValueError, TypeError, AttributeError) as error:
            raise IndexDamagedError(str(current), f"it cannot be read ({error})") from error
        except OSError as error:
            raise EngineError(
                str(current), f"cannot be read ({error.strerror})", "check the permissions"
            ) from error
        if check != _digest(values) and (check is not None or pointer.format == FORMAT):
            raise IndexDamagedError(str(current), "its content is not the one that was written")
        if not pointer.generation:
            raise IndexMissingError(str(self.path))
        if Path(pointer.generation).name != pointer.generation:
            raise IndexDamagedError(str(current), "it names no generation")
        return pointer

    def stamp(self, generation_dir: Path) -> Stamp | None:
        """What changes with every commit: two stat calls, a tenth of reading the pointer and the folder. None where
        something was changed so lately that a clock of the file system may not tell the next change apart."""
        try:
            current, folder = (self.path / "CURRENT").lstat(), generation_dir.stat()
        except OSError:
            return None
        if time.time_ns() - max(current.st_mtime_ns, folder.st_mtime_ns) < SETTLED_NS:
            return None
        return current.st_ino, current.st_mtime_ns, current.st_size, folder.st_ino, folder.st_mtime_ns

    def switch(self, pointer: Pointer) -> None:
        """From here on the generation answers; one rename decides."""
        values = asdict(pointer)
        content = json.dumps({**values, "check": _digest(values)}).encode()
        try:
            write_durably(self.path / "CURRENT", content)
        except OSError as error:
            raise not_written(self.path, error) from error

    def check_safe(self, *generations: str) -> None:
        """EngineError where anybody but the owner could have put something there. An index is data, not a program
        (see `w3_pickle`), but what it answers is said in our name."""
        for folder in (self.path, self.path / "generations", *map(self.generation_dir, generations)):
            try:
                held = (
                    folder.stat() if folder == self.path else folder.lstat()
                )  # the index itself may be a link
            except FileNotFoundError:
                continue
            if stat.S_ISLNK(held.st_mode):
                raise EngineError(str(folder), "it is a symbolic link", "put the folder itself there")
            if held.st_uid not in (0, os.geteuid()):
                what = f"it belongs to user {held.st_uid}, and this is user {os.geteuid()}"
                raise EngineError(str(folder), what, "run as its owner, or change the owner with chown -R")
            # a group of one's own is usual (umask 002), any other one is other people
            by_group = held.st_mode & stat.S_IWGRP and held.st_gid not in (0, os.getegid())
            if held.st_mode & stat.S_IWOTH or by_group:
                raise EngineError(str(folder), "others may write there", "run chmod -R go-w on it")

    def generations(self) -> list[Path]:
        """The folders of all that are there, whether or not they answer; the newest first."""
        return sorted(self.path.glob("generations/*"), reverse=True)

    def new_generation(self) -> str:
        if (
            not (self.path / "CURRENT").exists() and not self.generations()
        ):  # lost, it is not replaced before a commit
            self.switch(Pointer(""))
        (self.path / "generations").mkdir(MODE, exist_ok=True)
        stamp = datetime.now().strftime("%Y%m%dT%H%M%S-%f")
        for serial in range(100):
            name = f"{stamp}-{serial:02d}"
            try:
                self.generation_dir(name).mkdir(MODE)
            except FileExistsError:
                continue
            return name
        raise EngineError(str(self.path), "no new generation can be named", "try again in a second")

    def sweep(self) -> None:
        """Removes generations that neither answer nor are kept for going back: what interrupted runs left.

        Nothing is removed while it cannot be read which one answers.
        """
        with suppress(OSError):
            (self.path / "CURRENT.new").unlink()
        try:
            pointer = self.pointer()
            kept = {pointer.generation, pointer.previous}
        except IndexMissingError:
            kept = set[str]()
        except EngineError:
            return
        home = self.path / "generations"
        for folder in home.iterdir() if home.is_dir() else ():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Held by one process at a time, and let go when it dies, however it dies."""
        try:
            self.path.mkdir(MODE, parents=True, exist_ok=True)
            self.check_safe()
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise EngineError(
                str(self.path), f"cannot be written ({error.strerror})", "choose another --index"
            ) from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise IndexLockedError(str(self.path), _owner(handle)) from None
            since = datetime.now().isoformat(timespec="seconds")
            owner = f"process {os.getpid()} on {socket.gethostname()} since {since}"
            os.ftruncate(handle, 0)
            os.pwrite(handle, owner.encode(), 0)
            yield
        finally:
            os.close(handle)


def not_written(path: Path, error: OSError) -> EngineError:
    what = f"cannot be written ({error.strerror or error})"
    return EngineError(str(path), what, "make room or check the permissions; the old index goes on answering")


def _owner(handle: int) -> str:
    return os.pread(handle, 500, 0).decode("utf-8", "replace") or "of unknown owner"


def _read_no_link(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as opened:
        return opened.read()


def _digest(values: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def write_synced(path: Path, content: bytes) -> None:
    """For a name that nobody reads yet. Its folder is still to be synced."""
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def write_durably(path: Path, content: bytes) -> None:
    """The file is there with its whole content, or as it was before, whatever happens."""
    beside = path.with_name(f"{path.name}.new")
    try:
        write_synced(beside, content)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
