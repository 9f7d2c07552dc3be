"""Readers in child processes: a crash, a hang or a bomb costs one original.

One parent thread serves all children through a selector. Children are started as new programs, never forked
from the parent, and are asked for one original at a time; results come in the order of the paths.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from disclosure_search import errors
from disclosure_search.errors import (
    CollectionError,
    DamagedDocumentError,
    ExtractionError,
    LimitExceededError,
)
from disclosure_search.extract._model import Extract, Limits, Link

# Per worker: enough that the others go on while one takes its full time, and few results wait in memory.
_LOOK_AHEAD = 16
_START_SECONDS = 20.0
_LENGTH_BYTES = 4

Result = Extract | ExtractionError


@dataclass(slots=True)
class _Job:
    path: Path
    result: Result | None = None
    attempts: int = 0


class ReaderPool:
    """A context manager for one thread. Children are started when first needed and replaced when they end."""

    def __init__(self, workers: int = 2, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._workers = max(1, workers)
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()
        self._folder = ""
        self._todo: deque[_Job] = deque()

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
        """May be called while another run of the same pool is under way: both share the children."""
        waiting = iter(paths)
        window: deque[_Job] = deque()
        try:
            while True:
                self._refill(waiting, window)
                self._dispatch()
                if not window:
                    return
                self._collect(0.0 if window[0].result is not None else self._patience())
                self._dispatch()
                while window and (result := window[0].result) is not None:
                    yield window.popleft().path, result
        finally:
            self._abandon(window)

    def _refill(self, waiting: Iterator[Path], window: deque[_Job]) -> None:
        while len(window) < self._workers * _LOOK_AHEAD and len(self._todo) < self._workers * 2:
            path = next(waiting, None)
            if path is None:
                return
            job = _Job(path, _refusal(path, self._limits))
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

    def _abandon(self, window: deque[_Job]) -> None:
        """What a run leaves when its caller stops early; nothing when it went to its end."""
        mine = {id(job) for job in window}
        self._todo = deque(job for job in self._todo if id(job) not in mine)
        for child in [child for child in self._children if id(child.job) in mine]:
            self._drop(child)

    def _start(self) -> _Child:
        if not self._folder:
            self._folder = tempfile.mkdtemp(prefix="disclosure-search-")
        child = _Child(self._limits, self._folder, len(self._children))
        self._children.append(child)
        self._selector.register(child.output, selectors.EVENT_READ, child)
        return child

    def _patience(self) -> float:
        deadlines = [child.deadline for child in self._children if child.job is not None]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else 0.0

    def _collect(self, timeout: float) -> None:
        """Answers that are ready count even when they were only looked at after the deadline."""
        for key, _ in self._selector.select(timeout):
            child: _Child = key.data
            try:
                self._settle(child, child.receive())
            except EOFError as error:
                self._bury(child, str(error))
        now = time.monotonic()
        for child in [child for child in self._children if child.job is not None and child.deadline < now]:
            self._time_out(child)

    def _settle(self, child: _Child, result: Result | None) -> None:
        if result is not None and child.job is not None:
            child.job.result = result
            child.job = None
            child.served += 1
        if child.is_leaving and child.job is None:
            self._drop(child, is_dying=True)

    def _bury(self, child: _Child, said: str) -> None:
        """A crash may be the fault of what the child read before: only a fresh child's word is believed."""
        job, fresh = child.job, child.served == 0
        code, message = self._drop(child, is_dying=True)
        if job is None:
            return
        job.attempts += 1
        if not fresh and job.attempts == 1:
            self._todo.appendleft(job)
            return
        job.result = _obituary(job.path, code, said or message, self._limits)

    def _time_out(self, child: _Child) -> None:
        job = child.job
        self._drop(child)
        if job is not None:
            what = f"reading it took more than {self._limits.seconds:g} s"
            job.result = LimitExceededError(str(job.path), what, "split it, or save it in another format")

    def _drop(self, child: _Child, *, is_dying: bool = False) -> tuple[int, str]:
        self._selector.unregister(child.output)
        self._children.remove(child)
        return child.end(is_dying=is_dying)


class _Child:
    """One reading process, and what has been received of its answer."""

    def __init__(self, limits: Limits, folder: str, number: int) -> None:
        self.limits = limits
        self.job: _Job | None = None
        self.deadline = 0.0
        self.served = 0
        self.is_leaving = False
        self._received = bytearray()
        self._messages = Path(folder) / f"messages-{number}-{time.monotonic_ns()}"
        arguments = (limits.seconds, limits.memory_bytes, limits.output_bytes, limits.input_bytes)
        with self._messages.open("wb") as messages:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", "disclosure_search.extract.child", *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=messages,
                cwd=folder,
                env=_environment(folder),
            )
        self.output = self._process.stdout.fileno() if self._process.stdout else -1

    def ask(self, job: _Job) -> None:
        """A child that has just died answers by the end of its output, so a broken pipe is no matter here."""
        path = os.fsencode(job.path.absolute())
        self.job = job
        self.deadline = time.monotonic() + self.limits.seconds + (0 if self.served else _START_SECONDS)
        try:
            os.write(self._process.stdin.fileno(), len(path).to_bytes(_LENGTH_BYTES, "big") + path)  # type: ignore[union-attr]
        except BrokenPipeError:
            return

    def receive(self) -> Result | None:
        """None while the answer is incomplete; EOFError when the child is gone or talks nonsense."""
        data = os.read(self.output, 1 << 20)
        if not data:
            raise EOFError("")
        if not self._received:
            self.deadline = max(self.deadline, time.monotonic() + self.limits.seconds)
        self._received += data
        if len(self._received) < _LENGTH_BYTES:
            return None
        length = int.from_bytes(self._received[:_LENGTH_BYTES], "big")
        if length > self.limits.output_bytes + (1 << 20):
            raise EOFError("its answer is larger than allowed")
        if len(self._received) < _LENGTH_BYTES + length:
            return None
        answer = bytes(self._received[_LENGTH_BYTES : _LENGTH_BYTES + length])
        self._received.clear()
        self.is_leaving = answer[:1] == b"L"
        return _parsed(answer[1:], self.job.path if self.job else Path())

    def end(self, *, is_dying: bool) -> tuple[int, str]:
        """The exit code (negative: a signal) and the last words. One that is dying is given time to say why."""
        try:
            self._process.wait(1.0 if is_dying else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        message = self._messages.read_bytes()[-2_000:].decode("utf-8", "replace")
        self._messages.unlink(missing_ok=True)
        return code, message


def _environment(folder: str) -> dict[str, str]:
    """Little is inherited: readers need no secrets. One malloc arena, since each reserves address space."""
    kept = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "COVERAGE_PROCESS_START")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    root = Path(__file__).resolve().parents[2]
    if root.name != "site-packages":
        environment["PYTHONPATH"] = str(root)
    return environment | {
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "1",
    }


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


def _parsed(answer: bytes, path: Path) -> Result:
    """Nothing but texts is taken from a child, whatever it sends."""
    try:
        body = json.loads(answer)
        if "error" in body:
            kind = getattr(errors, str(body["error"]), DamagedDocumentError)
            if not (isinstance(kind, type) and issubclass(kind, ExtractionError)):
                kind = DamagedDocumentError
            return kind(str(path), str(body["what"]), str(body["remedy"]))
        found = body["extract"]
        return Extract(
            text=str(found["text"]),
            title=str(found["title"]),
            metadata=tuple((str(key), str(value)) for key, value in found["metadata"]),
            links=tuple(
                Link(str(link["text"]), str(link["href"]), str(link["section"])) for link in found["links"]
            ),
            pages=int(found["pages"]) if found["pages"] is not None else None,
            reader=str(found["reader"]),
            version=str(found["version"]),
            warnings=tuple(map(str, found["warnings"])),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EOFError(f"its answer makes no sense ({type(error).__name__})") from error


_OUT_OF_MEMORY = ("memory allocation of", "MemoryError", "bad_alloc", "out of memory", "Out of memory")


def _obituary(path: Path, code: int, said: str, limits: Limits) -> ExtractionError:
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    if code == -signal.SIGXCPU:
        what = f"reading it took more than {limits.seconds:g} s"
        return LimitExceededError(str(path), what, "split it, or save it in another format")
    if any(words in said for words in _OUT_OF_MEMORY) or code == -signal.SIGKILL:
        what = "it needs more memory than one original may use"
        return LimitExceededError(str(path), what, "split it, or save it in another format")
    if "Traceback" in said:
        raise CollectionError(
            "reader process", f"cannot run ({said.strip()[-300:]})", "install the program again"
        )
    what = f"its reader crashed ({name})" if not said.startswith("its answer") else said
    return DamagedDocumentError(str(path), what, "open it and save it again, or put a PDF copy beside it")
