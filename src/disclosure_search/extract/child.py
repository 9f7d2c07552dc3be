"""The process that reads originals: `python -m disclosure_search.extract.child LIMITS… PARENT`.

Requests on stdin and answers on stdout are a length of four bytes and that many bytes: the path as the file
system spells it, and JSON. The parent must not trust the answers: a reader may have been taken over by what
it read. Ends when stdin does, when the parent is gone, or when it has grown: it says so, and is replaced.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import signal
import struct
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from disclosure_search.errors import (
    DamagedDocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    ExtractionError,
    LimitExceededError,
    MissingReaderError,
    NoTextError,
    UnsupportedFormatError,
)
from disclosure_search.extract import READERS, Extract, Limits, detect
from disclosure_search.extract._doubt import judged, named_right
from disclosure_search.extract._pictures import shows_pictures
from disclosure_search.extract._process import peak_bytes
from disclosure_search.extract._wire import to_json

LENGTH = struct.Struct(">I")

# What is missing for formats that are recognised but not read; the later readers take their names from here.
_UNREAD = {
    "xls": "Excel 97–2003 (XLS, ET)",
    "ppt": "PowerPoint 97–2003",
    "ole": "an OLE2 container of unknown kind",
    "pptx": "PowerPoint (PPTX)",
    "ofd": "OFD",
    "opendocument": "OpenDocument other than texts, sheets and slides",
    "ods": "OpenDocument sheets (ODS)",
    "odp": "OpenDocument slides (ODP)",
    "works": "Microsoft Works texts",
    "word2": "Word 2 for Windows",
    "write": "Word for DOS",
    "uof": "UOF (标文通)",
    "excelxml": "Excel 2003 XML",
    "xml": "XML",
    "program": "programs",
}
_PR_SET_PDEATHSIG = 1


def read(path: Path, limits: Limits) -> Extract:
    """One original in this very process; only errors of the ExtractionError tree come out."""
    try:
        return _read(path, limits)
    except ExtractionError:
        raise
    except ImportError as error:
        what = f"its reader needs {error.name or 'a library'}, which is not installed"
        raise MissingReaderError(
            str(path), what, "install the program again with all that it requires"
        ) from error
    except OSError as error:
        what = f"it cannot be opened ({error.strerror or type(error).__name__})"
        raise ExtractionError(str(path), what, "check the file and its permissions") from error
    except (MemoryError, RecursionError) as error:
        what = (
            "it needs more memory than one original may use"
            if isinstance(error, MemoryError)
            else "it is nested too deeply"
        )
        raise LimitExceededError(str(path), what, "split it, or raise the limit") from error
    except SystemExit:  # the parent is gone
        raise
    except (
        BaseException
    ) as error:  # the per-original loop: libraries raise anything, a panic of Rust is no Exception
        what = f"its reader failed ({type(error).__name__}: {str(error)[:200]})"
        raise DamagedDocumentError(str(path), what, "open it and save it again") from error


def _read(path: Path, limits: Limits) -> Extract:
    name = detect(path)
    if name == "encrypted":
        raise EncryptedDocumentError(str(path), "encrypted", "save it without a password")
    if name not in READERS:
        what = f"there is no reader for {_UNREAD.get(name, name)} yet"
        raise UnsupportedFormatError(str(path), what, "put a PDF, DOCX or HTML copy beside it")
    reader = READERS[name]
    module = importlib.import_module(f"disclosure_search.extract.{reader.module}")
    extract: Extract = module.read(path, limits)
    if not extract.members and not any(map(str.isalnum, extract.text)):
        if shows_pictures(path, name):
            what = f"this {name} file shows pictures and no text"
            raise NoTextError(str(path), what, "put a copy with text beside it")
        raise EmptyDocumentError(
            str(path), f"no text in this {name} file", "check whether it is the right file"
        )
    return replace(judged(named_right(path, extract, name)), reader=name, version=reader.version)


def _answer(path: Path, limits: Limits) -> bytes:
    """With what it took: wall time, and the most memory held since the last answer, that of members included."""
    too_long = LimitExceededError(
        str(path), "its text is longer than allowed", "split it, or raise the limit"
    )
    began = time.monotonic()
    found: dict[str, object]
    try:
        found = {"extract": to_json(read(path, limits))}
    except MemoryError:
        found = _refusal(too_long)
    except ExtractionError as error:
        found = _refusal(error)
    took = {"seconds": round(time.monotonic() - began, 4), "peak_bytes": _peak_bytes() + _peak_of_members()}
    try:
        answer = json.dumps(found | took, ensure_ascii=False).encode("utf-8", "replace")
    except MemoryError:
        answer = b""
    if not answer or len(answer) > limits.output_bytes:
        answer = json.dumps(_refusal(too_long) | took).encode("ascii")
    return answer


def _refusal(error: ExtractionError) -> dict[str, object]:
    return {"error": type(error).__name__, "what": error.what, "remedy": error.remedy}


def _confine(limits: Limits) -> None:
    """What the process may use from here on. Readers write no files, only messages on stderr; what holds a member of
    a container in memory, or recognises pictures, may raise its own limit up to the hard one."""
    for kind, most, hardest in (
        (resource.RLIMIT_AS, limits.memory_bytes, 3 * limits.memory_bytes),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 1 << 20, limits.input_bytes),
    ):
        _, hard = resource.getrlimit(kind)  # one that was set from outside may only be lowered
        allowed = hardest if hard == resource.RLIM_INFINITY else min(hardest, hard)
        resource.setrlimit(kind, (min(most, allowed), allowed))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _allow_cpu(seconds: float) -> None:
    """Ends the process even when the parent that watches the clock is gone."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 2, hard))


def _die_with_parent(parent: int) -> None:
    """By the kernel, where it can: a library that holds the interpreter's lock would keep `_leave_with` waiting.

    A parent that died before this was asked for is told by its number.
    """
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):  # not Linux
        return
    prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise SystemExit(0)
    return data


def _has_grown(limits: Limits) -> bool:
    """Peak memory beyond a third of the limit: the next large original would meet a smaller limit."""
    return _peak_bytes() * 3 > limits.memory_bytes


def _peak_bytes() -> int:
    return peak_bytes("self") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _peak_of_members() -> int:
    """Of the process that read what was inside a container, if there was one."""
    members = sys.modules.get("disclosure_search.extract._members")
    return int(members.taken_peak()) if members else 0


def _forget_peak() -> None:
    """The peak starts from what is held now; where the system cannot, it is that of all originals so far."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_bytes(b"5")


def main() -> None:
    seconds, memory, output, size, depth, parent = sys.argv[1:7]
    limits = Limits(float(seconds), int(memory), int(output), int(size), int(depth))
    _die_with_parent(int(parent))
    _confine(limits)
    threading.stack_size(256 << 10)
    threading.Thread(target=_leave_with, args=(int(parent),), daemon=True).start()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        (length,) = LENGTH.unpack(_read_exactly(requests, LENGTH.size))
        path = Path(os.fsdecode(_read_exactly(requests, length)))
        _allow_cpu(limits.seconds)
        _forget_peak()
        answer = _answer(path, limits)
        last = _has_grown(limits)
        answers.write(LENGTH.pack(len(answer) + 1) + (b"L" if last else b"N") + answer)
        answers.flush()
        if last:
            return


if __name__ == "__main__":
    main()
