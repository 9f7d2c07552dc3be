"""How times, processor seconds and memory are taken."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import shutil
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple


class Usage(NamedTuple):
    """Of one child process and its own children; `peak_rss_bytes` adds up what they held at their highest."""

    wall_s: float
    cpu_s: float
    peak_rss_bytes: int


def in_child(work: Callable[..., Any], *given: Any) -> tuple[Any, Usage]:
    """The result of `work` in a process of its own: nothing that was done before shows in its memory."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, work, given))
    child.start()
    theirs.close()
    try:
        result: tuple[Any, Usage] = ours.recv()
    except EOFError:
        raise RuntimeError(f"{work.__module__}.{work.__name__} failed in its process: see above") from None
    finally:
        child.join()
    return result


def _child(answer: Connection, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    began = time.perf_counter()
    result = work(*given)
    wall = time.perf_counter() - began
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    # Linux: VmHWM begins anew with the program, ru_maxrss is handed on by the process that started it.
    workers = int(result or 0) if isinstance(result, int) else 0
    peak = _status("VmHWM") + workers * others.ru_maxrss * 1024
    answer.send((result, Usage(wall, cpu, peak)))


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


class Memory(NamedTuple):
    """`anonymous_bytes` belong to the process alone; `rss_bytes` has the pages of mapped files too."""

    anonymous_bytes: int
    rss_bytes: int


def memory() -> Memory:
    gc.collect()
    return Memory(_status("RssAnon"), _status("VmRSS"))


@contextmanager
def without_collection() -> Iterator[None]:
    """Python's garbage collector runs between measurements, not in one of them."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


class Summary(NamedTuple):
    geomean_ms: float
    median_ms: float
    worst_ms: float


def summary(times_ms: Iterable[float]) -> Summary:
    held = list(times_ms)
    figures = (statistics.geometric_mean(held), statistics.median(held), max(held))
    return Summary(*(round(figure, 4) for figure in figures))


def bytes_in(folder: Path, without: str = "") -> int:
    """Of all files below the folder, but those whose names end so."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files if not (without and path.name.endswith(without)))


def read_once(folder: Path) -> None:
    """So that every byte below the folder is in the page cache, as far as memory goes."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 20):
                    pass


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder
