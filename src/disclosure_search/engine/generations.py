"""The index folder: generations, the pointer to the one that answers, and the lock of the one who writes.

    index/
      CURRENT                 which generation answers, which one it replaced, and by what recipe its tokens were cut
      lock                    held while an index run writes; names its owner
      generations/<name>/     one sealed index: Whoosh segments and table of contents, texts, ledger
      cache/                  extracted texts (kept by the collection)

A rebuild is written into a new folder and switched to by renaming CURRENT. An increment adds files to the current
folder and is switched to by Whoosh's table of contents, also by a rename. Both leave what was there readable.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from disclosure_search.errors import EngineError, IndexDamagedError, IndexLockedError, IndexMissingError

FORMAT = "1"  # of everything in the index folder; a change makes older folders OUTDATED


@dataclass(frozen=True, slots=True)
class Pointer:
    generation: str
    recipe: str
    previous: str = ""
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class IndexFolder:
    path: Path

    def generation_dir(self, name: str) -> Path:
        return self.path / "generations" / name

    def pointer(self) -> Pointer:
        current = self.path / "CURRENT"
        try:
            values = json.loads(current.read_text("utf-8"))
            known = Pointer.__dataclass_fields__  # another format may have more
            pointer = Pointer(**{name: str(value) for name, value in values.items() if name in known})
        except FileNotFoundError:
            raise IndexMissingError(str(self.path)) from None
        except (ValueError, TypeError, AttributeError) as error:
            raise IndexDamagedError(str(current), f"it cannot be read ({error})") from error
        except OSError as error:
            raise EngineError(
                str(current), f"cannot be read ({error.strerror})", "check the permissions"
            ) from error
        if not pointer.generation or Path(pointer.generation).name != pointer.generation:
            raise IndexDamagedError(str(current), "it names no generation")
        return pointer

    def switch(self, pointer: Pointer) -> None:
        """From here on the generation answers; one rename decides."""
        write_durably(self.path / "CURRENT", json.dumps(asdict(pointer)).encode())

    def new_generation(self) -> str:
        stamp = datetime.now().strftime("%Y%m%dT%H%M%S")
        for serial in range(100):
            name = f"{stamp}-{serial:02d}"
            try:
                self.generation_dir(name).mkdir(parents=True)
            except FileExistsError:
                continue
            return name
        raise EngineError(str(self.path), "no new generation can be named", "try again in a second")

    def sweep(self) -> None:
        """Removes generations that neither answer nor are kept for going back: what interrupted runs left.

        Nothing is removed while it cannot be read which one answers.
        """
        try:
            pointer = self.pointer()
            kept = {pointer.generation, pointer.previous}
        except IndexMissingError:
            kept = set()
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
            self.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
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


def _owner(handle: int) -> str:
    return os.pread(handle, 500, 0).decode("utf-8", "replace") or "of unknown owner"


def write_durably(path: Path, content: bytes) -> None:
    """The file is there with its whole content, or as it was before, whatever happens."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
