"""One commit of a generation: which files it consists of, in which order they are written, and how it is opened.

All that a commit names is on the disk, and its seal too, before the rename of its table of contents decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disclosure_search.engine.generations import sync_folder, write_synced
from disclosure_search.engine.seal import (
    Seal,
    read_seal,
    seal_bytes,
    seal_path,
    sealed_bytes,
    sealed_file,
)
from disclosure_search.engine.texts import SUFFIX, TextReader
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.engine.w3_toc import (
    Toc,
    newest_table,
    next_table,
    parse_table,
    place_table,
    remove_superseded,
    table_path,
)
from disclosure_search.errors import IndexDamagedError, IndexMissingError


@dataclass(frozen=True, slots=True)
class Commit:
    """What it gives to read is compared with the seal before it is used."""

    folder: Path
    toc: Toc
    seal: Seal

    @property
    def number(self) -> int:
        return self.toc.generation

    @property
    def ledger_path(self) -> Path:
        return ledger_path(self.folder, self.number)

    def ledger(self) -> bytes:
        content = self.ledger_path.read_bytes()
        self.seal.check_content(self.ledger_path, content)
        return content

    def reader(self, segment: Any) -> SegmentReader:
        """Of one of its own segments."""
        return SegmentReader(self.folder, segment, sums=self._sums(segment_path(self.folder, segment)))

    def texts(self) -> TextReader:
        return TextReader(self.folder, self.texts_files, self._sums)

    @property
    def texts_files(self) -> list[str]:
        return [name for name in self.seal.files if name.endswith(SUFFIX)]

    def _sums(self, path: Path) -> bytes:
        return self.seal.of(path).sums


def ledger_path(folder: Path, commit: int) -> Path:
    return folder / f"ledger-{commit}.json"


def kept_ledgers(folders: Iterable[Path]) -> Iterator[bytes]:
    """Of all commits, those that are as they were sealed before those of which nobody knows."""
    unknown: list[bytes] = []
    for folder in folders:
        numbers = (path.stem.removeprefix("ledger-") for path in folder.glob("ledger-*.json"))
        for commit in sorted((int(number) for number in numbers if number.isdecimal()), reverse=True):
            path = ledger_path(folder, commit)
            try:
                content = path.read_bytes()
                read_seal(folder, commit).check_content(path, content)
            except (OSError, IndexDamagedError):
                with suppress(OSError):
                    unknown.append(path.read_bytes())
            else:
                yield content
    yield from unknown


def segment_path(folder: Path, segment: Any) -> Path:
    return folder / f"{segment.segment_id()}.seg"


def open_commit(folder: Path) -> Commit:
    """The newest one. FileNotFoundError where a newer one has just removed its files: then it is to be tried again."""
    table = newest_table(folder)
    seal = read_seal(folder, table.generation)
    seal.check_content(table.path, table.data)
    commit = Commit(folder, parse_table(table), seal)
    seal.check_sizes(folder)
    documents = documents_of(commit.toc.segments)
    if documents != seal.documents:
        why = f"it lists {documents} documents, and {seal.documents} were committed"
        raise IndexDamagedError(str(table.path), why)
    return commit


def missing(folder: Path, error: FileNotFoundError | IndexMissingError) -> IndexDamagedError:
    """What to call it where no newer commit is there to explain it."""
    if isinstance(error, FileNotFoundError):
        return IndexDamagedError(error.filename or str(folder), "it is missing")
    # an interrupted commit may have left a later seal
    numbers = (path.stem.removeprefix("seal-") for path in folder.glob("seal-*.json"))
    sealed = min((int(number) for number in numbers if number.isdecimal()), default=None)
    if sealed is None:
        return IndexDamagedError(str(folder), "it holds no table of contents")
    return IndexDamagedError(str(table_path(folder, sealed)), "it is missing")


def write_commit(
    before: Commit | None,
    folder: Path,
    toc: Toc,
    texts: Iterable[str],
    ledger: bytes,
    check: Callable[[Commit], None],
) -> Toc:
    """`toc` is the table of the commit before with other segments, which are on the disk, as their `texts` are. What
    the seal before says of unchanged files is believed. Where `check` raises, nothing was decided."""
    toc, table = next_table(folder, toc)
    known = before.seal.files if before else {}
    paths = [*(segment_path(folder, segment) for segment in toc.segments), *(folder / name for name in texts)]
    files = {path.name: known.get(path.name) or sealed_file(path) for path in paths}
    ledger_file = ledger_path(folder, toc.generation)
    write_synced(ledger_file, ledger)
    files |= {ledger_file.name: sealed_bytes(ledger), table.path.name: sealed_bytes(table.data)}
    seal = Seal(folder.name, toc.generation, documents_of(toc.segments), files)
    write_synced(seal_path(folder, toc.generation), seal_bytes(seal))
    sync_folder(folder)
    check(Commit(folder, toc, seal))
    place_table(table)
    return toc


def documents_of(segments: Iterable[Any]) -> int:
    return sum(segment.doc_count() for segment in segments)


def remove_traces(folder: Path, commit: int) -> None:
    """Of a commit that did not come to be."""
    for path in (ledger_path(folder, commit), seal_path(folder, commit)):
        path.unlink(missing_ok=True)


def clean(folder: Path, toc: Toc, texts: Iterable[str]) -> None:
    """Removes what belongs to other commits than this newest one, or to none."""
    kept = set(texts)
    remove_superseded(folder, toc)
    kept |= {ledger_path(folder, toc.generation).name, seal_path(folder, toc.generation).name}
    for pattern in ("ledger-*", "seal-*", f"*{SUFFIX}"):
        for path in folder.glob(pattern):
            if path.name not in kept:
                with suppress(OSError):  # what cannot be removed now, the next commit removes
                    path.unlink()
