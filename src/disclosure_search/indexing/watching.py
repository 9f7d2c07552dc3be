"""Looks at the folder of originals again and again, and runs when it has changed and come to rest.

By polling: notifications of the kernel do not tell of what other machines write to a network share.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

from disclosure_search.errors import DisclosureError


def watch(
    data_dir: Path,
    run: Callable[[], None],
    every: float,
    stop: threading.Event,
    failed: Callable[[DisclosureError], None],
) -> None:
    """Runs at once; then when two looks that follow each other agree on a change, so that no file is read while
    somebody copies it there; and on each new day, when something may become public or expire. What fails (a share that
    went away, another run at work) is told once and tried again at each look until it is mended."""
    done: tuple[str, date] | None = None
    before, said = "", ""
    while True:
        now = state_of(data_dir)
        if (now == before or done is None) and done != (now, date.today()):
            try:
                run()
            except DisclosureError as error:
                if str(error) != said:
                    failed(error)
                said = str(error)
            else:
                done, said = (now, date.today()), ""
        before = now
        if stop.wait(every):
            return


def state_of(data_dir: Path) -> str:
    """A digest of names, sizes and times below the folder: constant memory, one stat call a file."""
    digest = hashlib.sha256()
    for folder, below, names in os.walk(os.fsencode(data_dir)):
        below.sort()
        for name in sorted(names):
            digest.update(os.path.join(folder, name) + _stamp(folder, name))  # noqa: PTH118 - bytes
    return digest.hexdigest()


def _stamp(folder: bytes, name: bytes) -> bytes:
    try:
        status = os.stat(os.path.join(folder, name), follow_symlinks=False)  # noqa: PTH116, PTH118
    except OSError:
        return b" gone"
    return f" {status.st_size} {status.st_mtime_ns} ".encode()
