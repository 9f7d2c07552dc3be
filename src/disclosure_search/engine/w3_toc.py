"""The table of contents: which segments make up a generation of the index.

A commit is one rename of a new table, after everything that it names is safely on the disk.
"""

from __future__ import annotations

import os
import pickle
import re
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path

from whoosh.codec.whoosh3 import W3Segment
from whoosh.fields import Schema

from disclosure_search.engine.w3_compound import sync_folder
from disclosure_search.engine.w3_pickle import RefusedPickleError, load_pickle
from disclosure_search.errors import EngineError, IndexDamagedError, IndexMissingError, IndexOutdatedError

INDEX_NAME = "MAIN"
_VERSION = -111
_RELEASE = bytes((2, 7, 4))
_SIZES = bytes((4, 8, 4))
_ORDER = -12345
_HEAD = struct.Struct("!3sii")
_TOC = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc")
_UNFINISHED = re.compile(rf"_{INDEX_NAME}_[0-9]+\.toc\..+")
_SEGMENT = re.compile(rf"({INDEX_NAME}_[0-9a-z]+)\..+")
_BLANK_SEPARATED = r"[^ \t\r\n]+"
_OPENING_TRIES = 10


def _pattern(expression: object, _flags: object = 0) -> re.Pattern[str]:
    if expression != _BLANK_SEPARATED:
        raise RefusedPickleError(f"it holds the pattern {expression!r}")
    return re.compile(_BLANK_SEPARATED)


_FIELDS = ("COLUMN", "ID", "NUMERIC", "STORED", "Schema", "TEXT")
_FORMATS = ("Existence", "Frequency", "Positions")
_NAMES: dict[tuple[str, str], Callable[..., object] | None] = {
    ("re", "_compile"): _pattern,
    ("whoosh.analysis.tokenizers", "IDTokenizer"): None,
    ("whoosh.analysis.tokenizers", "RegexTokenizer"): None,
    ("whoosh.codec.whoosh3", "W3Codec"): None,
    ("whoosh.codec.whoosh3", "W3Segment"): None,
    ("whoosh.columns", "NumericColumn"): None,
    ("whoosh.columns", "VarBytesColumn"): None,
    ("collections", "defaultdict"): None,
    ("builtins", "int"): None,
    ("builtins", "set"): None,
    ("__builtin__", "long"): int,
    ("__builtin__", "int"): int,
    ("__builtin__", "set"): set,
    **{("whoosh.fields", name): None for name in _FIELDS},
    **{("whoosh.formats", name): None for name in _FORMATS},
}


@dataclass(frozen=True, slots=True)
class Toc:
    generation: int
    segments: tuple[W3Segment, ...]
    schema: Schema


@dataclass(frozen=True, slots=True)
class Table:
    """A table of contents as it is on the disk."""

    path: Path
    generation: int
    data: bytes


def latest_generation(folder: Path) -> int:
    """-1 if there is none. Reads the names in the folder and opens no file."""
    try:
        found = [_TOC.fullmatch(entry.name) for entry in os.scandir(folder)]
    except FileNotFoundError:
        return -1
    return max((int(name[1]) for name in found if name), default=-1)


def newest_table(folder: Path) -> Table:
    """A commit may remove it between listing and opening: then the next one is tried."""
    for _ in range(_OPENING_TRIES):
        generation = latest_generation(folder)
        if generation < 0:
            raise IndexMissingError(str(folder))
        path = table_path(folder, generation)
        try:
            return Table(path, generation, path.read_bytes())
        except FileNotFoundError:
            continue
    raise EngineError(str(folder), "the table of contents vanished again and again", "try again")


def read_toc(folder: Path) -> Toc:
    return parse_table(newest_table(folder))


def write_toc(folder: Path, toc: Toc, keep: tuple[str, ...] = ()) -> Toc:
    """Writes the next generation, then removes what it does not name and no pattern in `keep` spares."""
    toc, table = next_table(folder, toc)
    place_table(table)
    remove_superseded(folder, toc, keep)
    return toc


def next_table(folder: Path, toc: Toc) -> tuple[Toc, Table]:
    """The table of the next generation, not yet written: it can be put under a seal before it decides."""
    toc = Toc(latest_generation(folder) + 1, toc.segments, toc.schema)
    return toc, Table(table_path(folder, toc.generation), toc.generation, _serialise(toc))


def place_table(table: Table) -> None:
    """From here on it decides."""
    _write_durably(table.path, table.data)


def _write_durably(path: Path, data: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def table_path(folder: Path, generation: int) -> Path:
    return folder / f"_{INDEX_NAME}_{generation}.toc"


def _serialise(toc: Toc) -> bytes:
    toc.schema.clean()
    schema = pickle.dumps(toc.schema, 2)
    return b"".join(
        (
            _HEAD.pack(_SIZES, _ORDER, _VERSION),
            _RELEASE,
            _varint(len(schema)),
            schema,
            struct.pack("!ii", toc.generation, 0),
            pickle.dumps(list(toc.segments), 4),
        )
    )


def parse_table(table: Table) -> Toc:
    path, generation, data = table.path, table.generation, table.data
    try:
        sizes, order, version = _HEAD.unpack_from(data)
        if sizes != _SIZES or order != _ORDER:
            raise ValueError("it is no table of contents")
        if version != _VERSION:
            raise IndexOutdatedError(str(path), f"its format is {version}, this program reads {_VERSION}")
        stream = BytesIO(data)
        stream.seek(_HEAD.size)
        for _ in range(3):
            _read_varint(stream)
        schema = load_pickle(BytesIO(stream.read(_read_varint(stream))), _NAMES)
        (written, _unused) = struct.unpack("!ii", stream.read(8))
        segments = load_pickle(stream, _NAMES)
        return Toc(generation, _checked(segments, schema, written == generation), schema)
    except (RefusedPickleError, struct.error, ValueError, EOFError) as error:
        raise IndexDamagedError(str(path), str(error)) from error


def _checked(segments: object, schema: object, named_right: bool) -> tuple[W3Segment, ...]:
    """Every value that is used later has its type: a crafted table fails here and not somewhere else."""
    if not named_right:
        raise ValueError("it holds another generation than its name says")
    if not isinstance(schema, Schema) or not isinstance(segments, list):
        raise ValueError("it holds no schema and no list of segments")
    for segment in segments:
        if not isinstance(segment, W3Segment):
            raise ValueError("it lists something else than segments")
        kept = vars(segment)
        deleted = kept.get("_deleted")
        sound = (
            kept.get("indexname") == INDEX_NAME
            and _SEGMENT.fullmatch(f"{INDEX_NAME}_{kept.get('segid')}.seg") is not None
            and isinstance(kept.get("_doccount"), int)
            and isinstance(kept.get("_fieldlengths"), dict)
            and (deleted is None or (isinstance(deleted, set) and all(isinstance(n, int) for n in deleted)))
        )
        if not sound:
            raise ValueError("a segment in it is incomplete")
    return tuple(segments)


def remove_superseded(folder: Path, toc: Toc, keep: tuple[str, ...] = ()) -> None:
    """What the table does not name and no pattern in `keep` spares."""
    named = {segment.segment_id() for segment in toc.segments}
    for name in [entry.name for entry in os.scandir(folder)]:
        table, segment = _TOC.fullmatch(name), _SEGMENT.fullmatch(name)
        superseded = (
            (table is not None and int(table[1]) < toc.generation)
            or (segment is not None and segment[1] not in named)
            or _UNFINISHED.fullmatch(name) is not None
        )
        if superseded and not any(fnmatch(name, pattern) for pattern in keep):
            with suppress(OSError):  # what cannot be removed now, the next commit removes
                (folder / name).unlink()


def _varint(number: int) -> bytes:
    """Seven bits a byte, lowest first, as Whoosh counts lengths."""
    digits = bytearray()
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def _read_varint(stream: BytesIO) -> int:
    number = shift = 0
    while True:
        digit = stream.read(1)
        if not digit or shift > 35:
            raise ValueError("it ends early")
        number |= (digit[0] & 127) << shift
        shift += 7
        if digit[0] < 128:
            return number
