"""A large run shared out to processes: each puts documents together and writes its own segments.

The parent keeps everything that decides: it gives out jobs, adopts what was written, and commits once. A job is
answered before the next one is looked at, so that a process that dies is known to have died of a certain document.
Whatever fails fails all of the run: without a commit nothing of it is in the index.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from disclosure_search.analysis import Segmenter
from disclosure_search.document import shown
from disclosure_search.engine.base import Finished, Part, Writer
from disclosure_search.errors import CollectionError, EngineError, ExtractionError
from disclosure_search.extract import Limits
from disclosure_search.indexing.compose import Job
from disclosure_search.indexing.descriptions import Describer

BATCH = 16  # jobs given out at once: few are left over at the end, and nobody waits for the next ones


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a worker needs besides its jobs."""

    data_dir: Path
    store_dir: Path
    limits: Limits
    describer: Describer
    segmenter: Segmenter
    part: Part


@dataclass(frozen=True, slots=True)
class Unmade:
    """A document that can no longer be put together: why, in the words of the error."""

    doc_id: str
    reason: str
    what: str
    remedy: str


def unmade(doc_id: str, error: ExtractionError | CollectionError) -> Unmade:
    reason = error.reason if isinstance(error, ExtractionError) else "metadata"
    return Unmade(doc_id, reason, error.what, error.remedy)


@dataclass(frozen=True, slots=True)
class Crashed:
    """What no worker expects; `what` ends with the last line of the traceback."""

    path: str
    what: str


class Outcome(NamedTuple):
    """`peak_bytes` of all processes together."""

    unmade: list[Unmade]
    peak_bytes: int


Answer = Unmade | Crashed | Finished | None
Stage = Callable[[int], None]


def write_in_parts(
    jobs: Sequence[Job], setups: Sequence[Setup], writer: Writer, done: Stage = lambda _count: None
) -> Outcome:
    """One process for each setup. `done` is told how many jobs are finished. EngineError names the document at which
    a process failed."""
    shared = _Shared(jobs, done)
    workers = [_Worker(setup) for setup in setups]
    peak = 0
    try:
        with ThreadPoolExecutor(len(workers)) as pool:
            for finished in pool.map(lambda worker: _serve(worker, shared), workers):
                writer.adopt(finished)
                peak += finished.peak_bytes
    finally:
        for worker in workers:
            worker.bury()
    return Outcome(shared.unmade, peak)


class _Shared:
    """What the threads that serve the workers have in common."""

    def __init__(self, jobs: Iterable[Job], done: Stage) -> None:
        self._lock = threading.Lock()
        self._jobs = iter(jobs)
        self._done = done
        self._count = 0
        self._stopped = False
        self.unmade: list[Unmade] = []

    def batches(self) -> Iterator[list[Job]]:
        while batch := self._next():
            yield batch

    def _next(self) -> list[Job]:
        with self._lock:
            return [] if self._stopped else list(islice(self._jobs, BATCH))

    def take(self, answer: Unmade | None) -> None:
        with self._lock:
            self._count += 1
            if answer is not None:
                self.unmade.append(answer)
            self._done(self._count)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True


def _serve(worker: _Worker, shared: _Shared) -> Finished:
    """When one worker fails, the others get no more jobs."""
    try:
        for batch in shared.batches():
            worker.send(batch)
            for job in batch:
                answer = worker.receive(job.path)
                if isinstance(answer, Finished):
                    raise worker.failure(job.path, "it answered out of turn")
                shared.take(answer)
        worker.send(None)
        finished = worker.receive("the end of its part")
        if not isinstance(finished, Finished):
            raise worker.failure("the end of its part", "it answered out of turn")
    except BaseException:
        shared.stop()
        raise
    return finished


class _Worker:
    """One process. It ends when its input does, so it does not outlive us."""

    def __init__(self, setup: Setup) -> None:
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `bury`
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "disclosure_search.indexing.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            env=_environment(),
        )
        assert self._process.stdin
        assert self._process.stdout
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout
        self.send(setup)

    def send(self, value: object) -> None:
        """One that has just died answers by the end of its output, so a broken pipe is no matter here."""
        try:
            pickle.dump(value, self._input)
            self._input.flush()
        except BrokenPipeError:
            return

    def receive(self, at: str) -> Unmade | Finished | None:
        try:
            answer: Answer = pickle.load(self._output)  # noqa: S301 - our own process
        except (EOFError, pickle.UnpicklingError) as error:
            raise self.failure(at, self._how_it_ended()) from error
        if isinstance(answer, Crashed):
            raise self.failure(answer.path, answer.what)
        return answer

    def failure(self, at: str, why: str) -> EngineError:
        return EngineError(
            shown(at),
            f"the process that was writing it failed ({why})",
            "the old index goes on answering; run it again, with less DISCLOSURE_MEMORY if it was killed",
        )

    def _how_it_ended(self) -> str:
        code = self._process.wait()
        self._messages.seek(0)
        said = self._messages.read()[-2000:].decode("utf-8", "replace").strip()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"{how}: {said.splitlines()[-1]}" if said else how

    def bury(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._input, self._output, self._messages):
            _close(stream)


def _close(stream: IO[Any]) -> None:
    try:
        stream.close()
    except BrokenPipeError:  # what it had not taken
        return


def _environment() -> dict[str, str]:
    """It finds the package where we found it."""
    root = str(Path(__file__).resolve().parents[2])
    before = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{before}" if before else root}
