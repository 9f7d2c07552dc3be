"""What is inside a container, read by the same readers in a child of its own: a member that crashes, hangs or blows up
costs itself alone.

Members are held in memory, never in a folder: nothing is written outside, whatever their names. They share the
time, the unpacked size and the size of the answer of their container.
"""

from __future__ import annotations

import hashlib
import os
import re
import resource
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from disclosure_search.errors import (
    DamagedDocumentError,
    EmptyDocumentError,
    ExtractionError,
    LimitExceededError,
)
from disclosure_search.extract._model import Extract, Limits, Member
from disclosure_search.extract._wire import error_of
from disclosure_search.extract.pool import ReaderPool

# Beyond both a container is a bomb; pages and spreadsheets are packed 5 to 30 times.
_BOMB_BYTES = 40 << 20
_BOMB_RATIO = 150
_MOST_BYTES = 400 << 20
_MOST_MEMBERS = 10_000
_SHARE_OF_TIME = 0.8  # of the container's own, so that what was read can still be told
_LEAST_SECONDS = 0.2
_BOMB = "refused as a decompression bomb"
# What systems leave in archives without anybody's doing.
_LITTER = re.compile(
    r"(?:.*/)?(?:__MACOSX/.*|\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini|~\$[^/]*)", re.IGNORECASE
)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_PACKING_ERRORS = (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class Found:
    """A file inside a container: its bytes in pieces, read once and in order, or why it is refused."""

    name: str
    chunks: Iterable[bytes] = ()
    refused: ExtractionError | None = None


@dataclass(slots=True)
class _Child:
    pool: ReaderPool | None = None
    peak_bytes: int = 0


_child = _Child()


def taken_peak() -> int:
    """The most memory that reading members took since this was last asked."""
    peak, _child.peak_bytes = _child.peak_bytes, 0
    return peak


def is_harmless(name: str) -> bool:
    """Whether the name stays below the folder that an archive would be unpacked in."""
    parts = name.replace("\\", "/").split("/")
    return not (name.startswith(("/", "\\")) or re.match("[A-Za-z]:", name) or ".." in parts or "\0" in name)


def read_members(path: Path, limits: Limits, found: Iterable[Found]) -> tuple[Member, ...]:
    """Members of members too, under `container/member`. LimitExceededError for bombs."""
    run = _Run(path, limits)
    members: list[Member] = []
    names: Counter[str] = Counter()
    for one in found:
        name = one.name.replace("\\", "/").strip("/")
        if _LITTER.fullmatch(name):
            continue
        names[name] += 1
        if names[name] > 1:
            stem, dot, ending = name.rpartition(".")
            name = f"{stem or ending} ({names[name]}){dot if stem else ''}{ending if stem else ''}"
        members += run.read(replace(one, name=name))
        if len(members) > _MOST_MEMBERS:
            raise run.bomb(f"it holds more than {_MOST_MEMBERS} members")
    return tuple(members)


def contained(path: Path, extract: Extract) -> Extract:
    """The container as it is answered: what could not be read is said. Its error where nothing could."""
    unread = [one for one in extract.members if one.extract is None]
    if len(unread) == len(extract.members) and not any(map(str.isalnum, extract.text)):
        raise _nothing(path, unread)
    said = tuple(f"member not read: {one.name}: {one.what}" for one in unread)
    doubts = tuple(
        f"{one.name}: {warning}" for one in extract.members if one.extract for warning in one.extract.warnings
    )
    return replace(extract, warnings=(*extract.warnings, *said, *doubts)[:200])


def _nothing(path: Path, unread: list[Member]) -> ExtractionError:
    if not unread:
        return EmptyDocumentError(str(path), "there is no file in it", "check whether it is the right file")
    kind, _ = Counter(one.error for one in unread).most_common(1)[0]
    first = next(one for one in unread if one.error == kind)
    what = f"none of its {len(unread)} members can be read: {first.name}: {first.what}"
    return error_of(kind, str(path), what, first.remedy)


class _Run:
    """One container at work."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._packed = max(1, path.stat().st_size)
        self._unpacked = 0
        self._text = 0
        self._deadline = time.monotonic() + limits.seconds * _SHARE_OF_TIME

    def bomb(self, why: str) -> LimitExceededError:
        return LimitExceededError(str(self._path), f"{_BOMB}: {why}", "check where the file comes from")

    def read(self, found: Found) -> list[Member]:
        try:
            if found.refused:
                raise found.refused
            with _held(found.name, self._counted(found.chunks), self._limits) as (path, sha256, size):
                return self._read(found.name, path, sha256, size)
        except ExtractionError as error:
            if error.what.startswith(_BOMB):
                raise
            return [_failed(found.name, error)]
        except _PACKING_ERRORS as error:
            what = f"it cannot be unpacked ({error or type(error).__name__})"
            return [_failed(found.name, DamagedDocumentError("", what, "fetch the original again"))]

    def _read(self, name: str, path: Path, sha256: str, size: int) -> list[Member]:
        left = self._deadline - time.monotonic()
        if left < _LEAST_SECONDS:
            raise LimitExceededError("", "the time for its container was over", "unpack the container")
        measured = _pool(self._limits).measured(path, left / 2)
        _child.peak_bytes = max(_child.peak_bytes, measured.peak_bytes)
        extract = measured.result
        if isinstance(extract, ExtractionError):
            if extract.what.startswith(_BOMB):
                raise self.bomb(f"{name}: {extract.what}")
            return [_failed(name, extract, sha256, size)]
        self._text += len(extract.text) + sum(len(one.extract.text) for one in extract.members if one.extract)
        if self._text * 3 > self._limits.output_bytes:
            what = "the texts of its container are longer than allowed"
            raise LimitExceededError("", what, "unpack the container")
        inner = [replace(one, name=f"{name}/{one.name}") for one in extract.members]
        own = Member(name, sha256, size, replace(extract, members=()))
        return [own, *inner] if not inner or any(map(str.isalnum, extract.text)) else inner

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            self._unpacked += len(chunk)
            ratio = self._unpacked // self._packed
            if self._unpacked > _MOST_BYTES or (self._unpacked > _BOMB_BYTES and ratio > _BOMB_RATIO):
                raise self.bomb(f"it unpacks to more than {self._unpacked >> 20} MB, {ratio} times its size")
            if size > self._limits.input_bytes:
                what = f"it has more than the {self._limits.input_bytes >> 20} MB allowed"
                raise LimitExceededError("", what, "unpack the container")
            if time.monotonic() > self._deadline:
                raise LimitExceededError("", "the time for its container was over", "unpack the container")
            yield chunk


def _failed(name: str, error: ExtractionError, sha256: str = "", size: int = 0) -> Member:
    return Member(name, sha256, size, None, type(error).__name__, error.what, error.remedy)


def _pool(limits: Limits) -> ReaderPool:
    """One child of this one, kept for the next container."""
    if limits.depth < 1:
        what = "containers lie in each other deeper than allowed"
        raise LimitExceededError("", what, "unpack the container")
    if _child.pool is None:
        _child.pool = ReaderPool(1, replace(limits, depth=limits.depth - 1))
    return _child.pool


@contextmanager
def _held(name: str, chunks: Iterable[bytes], limits: Limits) -> Iterator[tuple[Path, str, int]]:
    """A path under which the bytes can be opened, their digest and number. The path ends like the name, since
    recognition looks at that; the bytes lie in memory where the system has files without a place."""
    suffix = _SUFFIX.search(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"member{suffix[0] if suffix else ''}"
        with _file_of(path) as descriptor:
            whole, size = hashlib.sha256(), 0
            with _may_write(limits):
                for chunk in chunks:
                    whole.update(chunk)
                    size += len(chunk)
                    _write(descriptor, chunk)
            yield path, whole.hexdigest(), size


@contextmanager
def _file_of(path: Path) -> Iterator[int]:
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("member")
        path.symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")
    else:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def _may_write(limits: Limits) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    most = limits.input_bytes if hard == resource.RLIM_INFINITY else min(hard, limits.input_bytes)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
