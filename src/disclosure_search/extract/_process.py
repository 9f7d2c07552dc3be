"""One reading process: how it is started, asked, understood and buried."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from disclosure_search.errors import (
    CollectionError,
    DamagedDocumentError,
    ExtractionError,
    LimitExceededError,
)
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._wire import error_of, from_json

_START_SECONDS = 20.0
_LENGTH_BYTES = 4

Result = Extract | ExtractionError


@dataclass(frozen=True, slots=True)
class Measured:
    """A result with what reading took: wall time, and the most memory that its process held meanwhile (0 where it
    died before it could tell)."""

    result: Result
    seconds: float = 0.0
    peak_bytes: int = 0


@dataclass(slots=True)
class Job:
    """`seconds` is what it may take at most, where that is less than others may."""

    path: Path
    result: Measured | None = None
    attempts: int = 0
    seconds: float | None = None
    began: float = 0.0

    def end(self, result: Result, peak_bytes: int = 0) -> None:
        """Without a word of the child, the time is that since it was asked."""
        self.result = Measured(result, time.monotonic() - self.began, peak_bytes)


class Child:
    """One reading process, and what has been received of its answer."""

    def __init__(self, limits: Limits, folder: str, number: int) -> None:
        self.limits = limits
        self.job: Job | None = None
        self.deadline = 0.0
        self.served = 0
        self.is_leaving = False
        self._received = bytearray()
        self._messages = Path(folder) / f"messages-{number}-{time.monotonic_ns()}"
        arguments = (
            limits.seconds,
            limits.memory_bytes,
            limits.output_bytes,
            limits.input_bytes,
            limits.depth,
            os.getpid(),
        )
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

    def ask(self, job: Job) -> None:
        """A child that has just died answers by the end of its output, so a broken pipe is no matter here."""
        path = os.fsencode(job.path.absolute())
        self.job = job
        job.began = time.monotonic()
        self.deadline = job.began + (
            job.seconds or self.limits.seconds + (0 if self.served else _START_SECONDS)
        )
        try:
            os.write(self._process.stdin.fileno(), len(path).to_bytes(_LENGTH_BYTES, "big") + path)  # type: ignore[union-attr]
        except BrokenPipeError:
            return

    def receive(self) -> Measured | None:
        """None while the answer is incomplete; EOFError when the child is gone or talks nonsense."""
        data = os.read(self.output, 1 << 20)
        if not data:
            raise EOFError("")
        if not self._received and self.job and self.job.seconds is None:
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

    def peak_bytes(self) -> int:
        """Of a process that still runs."""
        return peak_bytes(self._process.pid)

    def end(self, *, is_dying: bool) -> tuple[int, str]:
        """The exit code (negative: a signal) and the last words. One at work is killed, the others end themselves."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(1.0 if is_dying or self.job is None else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
        code = self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code, self._last_words()

    def _last_words(self) -> str:
        """Empty when someone has tidied up the temporary folder."""
        try:
            message = self._messages.read_bytes()[-2_000:].decode("utf-8", "replace")
            self._messages.unlink()
        except OSError:
            return ""
        return message


def peak_bytes(process: int | str) -> int:
    """The most memory that a process has held, without that of its parent at the fork, which getrusage includes;
    0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii", "replace")
    except OSError:
        return 0
    _, _, rest = status.partition("VmHWM:")
    return int(rest.split(None, 1)[0]) * 1024 if rest else 0


def _environment(folder: str) -> dict[str, str]:
    """Little is inherited: readers need no secrets. One malloc arena, since each reserves address space."""
    kept = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
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


def _parsed(answer: bytes, path: Path) -> Measured:
    """Nothing but texts and numbers is taken from a child, whatever it sends."""
    try:
        body = json.loads(answer)
        took = float(body["seconds"]), int(body["peak_bytes"])
        if "error" in body:
            error = error_of(str(body["error"]), str(path), str(body["what"]), str(body["remedy"]))
            return Measured(error, *took)
        return Measured(from_json(body["extract"]), *took)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise EOFError(f"its answer makes no sense ({type(error).__name__})") from error


_OUT_OF_MEMORY = ("memory allocation of", "MemoryError", "bad_alloc", "out of memory", "Out of memory")


def obituary(path: Path, code: int, said: str, limits: Limits) -> ExtractionError:
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    if code == -signal.SIGXCPU:
        what = f"reading it took more than {limits.seconds:g} s"
        return LimitExceededError(str(path), what, "split it, or save it in another format")
    if any(words in said for words in _OUT_OF_MEMORY):
        what = "it needs more memory than one original may use"
        return LimitExceededError(str(path), what, "split it, or save it in another format")
    if code == -signal.SIGKILL:
        what = "its reader was killed twice, by hand or since the machine has too little memory"
        return LimitExceededError(str(path), what, "split it, or save it in another format")
    if "Traceback" in said:
        raise CollectionError(
            "reader process", f"cannot run ({said.strip()[-300:]})", "install the program again"
        )
    what = f"its reader crashed ({name})" if not said.startswith("its answer") else said
    return DamagedDocumentError(str(path), what, "open it and save it again, or put a PDF copy beside it")
