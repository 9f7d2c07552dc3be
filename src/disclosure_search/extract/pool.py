"""Readers in child processes: a crash, a hang or a bomb costs one original.

One parent thread serves all children through a selector. Children are started as new programs, never forked
from the parent, and are asked for one original at a time; results come in the order of the paths.
"""

from __future__ import annotations

import selectors
import shutil
import signal
import stat
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from disclosure_search.errors import ExtractionError, LimitExceededError
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._process import Child, Job, Measured, Result, obituary

__all__ = ["Measured", "ReaderPool"]

# Per worker: enough that the others go on while one takes its full time, and few results wait in memory.
_LOOK_AHEAD = 16


class ReaderPool:
    """A context manager for one thread. Children are started when first needed and replaced when they end."""

    def __init__(self, workers: int = 2, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._workers = max(1, workers)
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._folder = ""
        self._todo: deque[Job] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for child in list(self._children):
            self._drop(child)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""

    def extract(self, path: Path) -> Extract:
        for _, result in self.extract_many([path]):
            if isinstance(result, ExtractionError):
                raise result
            return result
        raise AssertionError("one path, one result")

    def extract_many(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Result]]:
        for path, measured in self.measure_many(paths):
            yield path, measured.result

    def measured(self, path: Path, seconds: float | None = None) -> Measured:
        """The result or the error, never raised, with what reading took; `seconds` is a limit for this one alone."""
        for _, measured in self.measure_many([path], seconds):
            return measured
        raise AssertionError("one path, one result")

    def measure_many(
        self, paths: Iterable[Path], seconds: float | None = None
    ) -> Iterator[tuple[Path, Measured]]:
        """May be called while another run of the same pool is under way: both share the children."""
        waiting = iter(paths)
        window: deque[Job] = deque()
        try:
            while True:
                self._refill(waiting, window, seconds)
                self._dispatch()
                if not window:
                    return
                self._collect(0.0 if window[0].result is not None else self._patience())
                self._dispatch()
                while window and (result := window[0].result) is not None:
                    yield window.popleft().path, result
        finally:
            self._abandon(window)

    def _refill(self, waiting: Iterator[Path], window: deque[Job], seconds: float | None) -> None:
        while len(window) < self._workers * _LOOK_AHEAD and len(self._todo) < self._workers * 2:
            path = next(waiting, None)
            if path is None:
                return
            refusal = _refusal(path, self.limits)
            job = Job(path, Measured(refusal) if refusal else None, seconds=seconds)
            window.append(job)
            if job.result is None:
                self._todo.append(job)

    def _dispatch(self) -> None:
        while self._todo:
            child = next((child for child in self._children if child.job is None), None)
            if child is None:
                if len(self._children) >= self._workers:
                    return
                child = self._start()
            child.ask(self._todo.popleft())

    def _abandon(self, window: deque[Job]) -> None:
        """What a run leaves when its caller stops early; nothing when it went to its end."""
        mine = {id(job) for job in window}
        self._todo = deque(job for job in self._todo if id(job) not in mine)
        for child in [child for child in self._children if id(child.job) in mine]:
            self._drop(child)

    def _start(self) -> Child:
        if not self._folder or not Path(self._folder).is_dir():
            self._folder = tempfile.mkdtemp(prefix="disclosure-search-")
        child = Child(self.limits, self._folder, len(self._children))
        self._children.append(child)
        self._selector.register(child.output, selectors.EVENT_READ, child)
        return child

    def _patience(self) -> float:
        deadlines = [child.deadline for child in self._children if child.job is not None]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else 0.0

    def _collect(self, timeout: float) -> None:
        """Answers that are ready count even when they were only looked at after the deadline."""
        for key, _ in self._selector.select(timeout):
            child: Child = key.data
            try:
                self._settle(child, child.receive())
            except EOFError as error:
                self._bury(child, str(error))
        now = time.monotonic()
        for child in [child for child in self._children if child.job is not None and child.deadline < now]:
            self._time_out(child)

    def _settle(self, child: Child, result: Measured | None) -> None:
        if result is not None and child.job is not None:
            child.job.result = result
            child.job = None
            child.served += 1
        if child.is_leaving and child.job is None:
            self._drop(child, is_dying=True)

    def _bury(self, child: Child, said: str) -> None:
        """A crash may be the fault of what the child read before: only a fresh child's word is believed. Killed from
        outside, it has not even said a word."""
        job, fresh = child.job, child.served == 0
        code, message = self._drop(child, is_dying=True)
        if job is None:
            return
        job.attempts += 1
        if job.attempts == 1 and (not fresh or code == -signal.SIGKILL):
            self._todo.appendleft(job)
            return
        job.end(obituary(job.path, code, said or message, self.limits))

    def _time_out(self, child: Child) -> None:
        job, peak_bytes = child.job, child.peak_bytes()
        self._drop(child)
        if job is not None:
            what = f"reading it took more than {job.seconds or self.limits.seconds:.3g} s"
            error = LimitExceededError(str(job.path), what, "split it, or save it in another format")
            job.end(error, peak_bytes)

    def _drop(self, child: Child, *, is_dying: bool = False) -> tuple[int, str]:
        self._selector.unregister(child.output)
        self._children.remove(child)
        return child.end(is_dying=is_dying)


def _refusal(path: Path, limits: Limits) -> ExtractionError | None:
    """What can be said without opening: a FIFO would block, a huge file need not be tried."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return ExtractionError(
            str(path), f"it cannot be opened ({why})", "check the file and its permissions"
        )
    if not stat.S_ISREG(status.st_mode):
        return ExtractionError(str(path), "it is not a regular file", "put the original itself there")
    if status.st_size > limits.input_bytes:
        what = f"it has {status.st_size >> 20} MB, more than the {limits.input_bytes >> 20} MB allowed"
        return LimitExceededError(str(path), what, "split it, or raise the limit")
    return None
