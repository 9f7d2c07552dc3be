"""What would be read from files, in or outside the collection, without an index and without writing anything."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from disclosure_search.collection.patterns import Patterns, load_patterns
from disclosure_search.collection.scan import SIDECAR, Original, scan
from disclosure_search.document import Document
from disclosure_search.errors import CollectionError, DamagedDocumentError, ExtractionError
from disclosure_search.extract import Extract, Limits, detect
from disclosure_search.extract._process import Measured
from disclosure_search.extract.pool import ReaderPool
from disclosure_search.indexing.descriptions import Describer, Descriptions
from disclosure_search.vocabulary import Vocabularies

OK, DOUBTFUL = "ok", "low_confidence"


@dataclass(frozen=True, slots=True)
class Inspected:
    """`status` is ok, low_confidence, or the kind of an ExtractionError; `text` is all that was read, of which the
    document's body leaves out the lines that became values; `document` is None where nothing was read. `seconds` and
    `peak_bytes` are those of the reading process."""

    path: str
    format: str
    status: str
    reason: str = ""
    remedy: str = ""
    reader: str = ""
    confidence: float | None = None
    text: str = ""
    document: Document | None = None
    seconds: float = 0.0
    peak_bytes: int = 0

    @property
    def is_read(self) -> bool:
        return self.document is not None


def inspect(
    files: Sequence[str], data_dir: Path, vocabularies: Vocabularies, limits: Limits | None = None
) -> Iterator[Inspected]:
    """In the order asked for; a folder stands for the originals in it. What lies in the collection is described by its
    folders, catalogues and sidecar, as an index run would; another file by what lies beside it."""
    with ReaderPool(os.cpu_count() or 2, limits or Limits()) as pool:
        places = [place for file in files for place in _places(Path(file), data_dir)]
        homes: dict[Path, _Home] = {}
        read = pool.measure_many(place.path for place in places)
        for place, (_, measured) in zip(places, read, strict=True):
            if place.home not in homes:
                homes[place.home] = _Home(
                    place.home, vocabularies, pool, is_collection=place.home == data_dir
                )
            yield homes[place.home].look(place, measured)


@dataclass(frozen=True, slots=True)
class _Place:
    """`asked` is how the file was named; `home` the folder that `original` lies below."""

    asked: str
    home: Path
    original: Original

    @property
    def path(self) -> Path:
        return self.home / self.original.path


def _places(file: Path, data_dir: Path) -> Iterator[_Place]:
    if file.is_dir():
        for original in scan(file):
            yield _place(file / original.path, data_dir)
    else:
        yield _place(file, data_dir)


def _place(file: Path, data_dir: Path) -> _Place:
    whole, base = file.absolute(), data_dir.absolute()
    inside = whole.is_relative_to(base)
    home = data_dir if inside else file.parent
    name = whole.relative_to(base).as_posix() if inside else file.name
    try:
        status = file.stat()
    except (OSError, ValueError):  # told by the reader, in its own words
        return _Place(str(file), home, Original(name))
    sidecar = f"{name}{SIDECAR}" if Path(f"{file}{SIDECAR}").is_file() else ""
    return _Place(str(file), home, Original(name, status.st_size, status.st_mtime_ns, sidecar=sidecar))


class _Home:
    def __init__(
        self, folder: Path, vocabularies: Vocabularies, pool: ReaderPool, *, is_collection: bool
    ) -> None:
        patterns = load_patterns(folder) if is_collection else Patterns()
        self._describer = Describer(patterns, vocabularies)
        self._descriptions = Descriptions(folder, pool, self._describer)

    def look(self, place: _Place, measured: Measured) -> Inspected:
        outcome = measured.result
        if place.path.is_symlink():
            outcome = DamagedDocumentError(
                place.asked, "a symbolic link is not followed", "name the file itself"
            )
        if isinstance(outcome, ExtractionError):
            found = Inspected(place.asked, _format(place.path), outcome.kind, outcome.what, outcome.remedy)
        else:
            found = self._read(place, outcome)
        return replace(found, seconds=measured.seconds, peak_bytes=measured.peak_bytes)

    def _read(self, place: _Place, extract: Extract) -> Inspected:
        try:
            document = self._document(place.original, extract)
        except CollectionError as error:
            return Inspected(place.asked, extract.reader, "damaged", error.what, error.remedy)
        return Inspected(
            place.asked,
            extract.reader,
            DOUBTFUL if extract.is_doubtful else OK,
            "; ".join(extract.warnings) if extract.is_doubtful else "",
            reader=f"{extract.reader} {extract.version}",
            confidence=extract.confidence,
            text=_whole(extract),
            document=document,
        )

    def _document(self, original: Original, extract: Extract) -> Document:
        described = self._descriptions.of(original)
        return self._describer.document(original, "", extract, described)


def _whole(extract: Extract) -> str:
    """With the files inside a container, each below its name."""
    inside = (f"{one.name}\n{_whole(one.extract)}" for one in extract.members if one.extract)
    return "\n".join(part for part in (extract.text, *inside) if part)


def _format(path: Path) -> str:
    """Empty where it is unknown; a pipe would never end."""
    try:
        return detect(path) if path.is_file() and not path.is_symlink() else ""
    except (ExtractionError, OSError, ValueError):
        return ""
