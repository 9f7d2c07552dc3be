"""How far an index run is: a bar on a terminal, a line now and then elsewhere. Both go to standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

LINE_SECONDS = 5.0
LABELS = {"scan": "looking", "read": "reading", "index": "indexing", "verify": "checking"}


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    shown: _Bars | _Lines = _Bars() if sys.stderr.isatty() else _Lines()
    try:
        yield shown.advance
    finally:
        shown.finish()


class _Bars:
    def __init__(self) -> None:
        self._stage = ""
        self._bar: Any = None

    def advance(self, stage: str, _done: int, total: int) -> None:
        if stage != self._stage:
            self.finish()
            self._stage = stage
            self._bar = click.progressbar(
                length=total,
                label=f"{LABELS[stage]:8}",
                file=sys.stderr,
                show_pos=True,
                update_min_steps=max(1, total // 200),
            )
            self._bar.__enter__()
        self._bar.update(1)

    def finish(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
        self._bar, self._stage = None, ""


class _Lines:
    def __init__(self) -> None:
        self._last = time.monotonic()

    def advance(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last >= LINE_SECONDS:
            self._last = now
            click.echo(f"{LABELS[stage]} {done} of {total}", err=True)

    def finish(self) -> None:
        """Nothing is left open."""
