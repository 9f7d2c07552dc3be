"""Reads originals through the sandboxed children and keeps what they gave, by content and reader version.

The store lies in the index folder and may be deleted at any time: it is only a way not to read twice. What is kept
begins with a digest of it and of what it was read from: damaged, or under the name of another, it is read again.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from disclosure_search.collection.scan import Original
from disclosure_search.document import shown
from disclosure_search.errors import DamagedDocumentError, ExtractionError
from disclosure_search.extract import Extract, Link, detect, reader_versions
from disclosure_search.extract.pool import ReaderPool

CHUNK_BYTES = 1 << 20
DIGEST_BYTES = 32


class Reading:
    """`store_dir` holds one file per content that was read; nothing is added to it unless `keeps`."""

    def __init__(self, data_dir: Path, store_dir: Path, pool: ReaderPool, *, keeps: bool = True) -> None:
        self.data_dir = data_dir
        self.pool = pool
        self.kept_in = store_dir
        self._keeps = keeps
        self._store_dir = store_dir / reader_versions()

    def sha256(self, original: Original) -> str:
        """DamagedDocumentError where the file cannot be opened."""
        whole = hashlib.sha256()
        try:
            with (self.data_dir / original.path).open("rb") as opened:
                while chunk := opened.read(CHUNK_BYTES):
                    whole.update(chunk)
        except OSError as error:
            what = f"cannot be read ({error.strerror})"
            raise DamagedDocumentError(shown(original.path), what, "check its permissions") from error
        return whole.hexdigest()

    def format_of(self, original: Original) -> str:
        """The format, and so the reader, of an original that could not be read; empty where even that is unknown."""
        try:
            return detect(self.data_dir / original.path)
        except (ExtractionError, OSError):
            return ""

    def read_all(
        self, originals: Iterable[tuple[Original, str]]
    ) -> Iterator[tuple[Original, Extract | ExtractionError]]:
        """Each original (given with its sha256) with its text or the reason why there is none; those that were
        read before come from the store, and first."""
        fresh: list[tuple[Original, str]] = []
        for original, sha256 in originals:
            kept = self._load(sha256)
            if kept is None:
                fresh.append((original, sha256))
            else:
                yield original, kept
        paths = [self.data_dir / original.path for original, _ in fresh]
        for (original, sha256), (_, outcome) in zip(fresh, self.pool.extract_many(paths), strict=True):
            if isinstance(outcome, Extract):
                self._keep(original, sha256, outcome)
            yield original, outcome

    def read(self, original: Original, sha256: str) -> Extract:
        kept = self._load(sha256)
        if kept is None:
            kept = self.pool.extract(self.data_dir / original.path)
            self._keep(original, sha256, kept)
        return kept

    def _path(self, sha256: str) -> Path:
        return self._store_dir / sha256[:2] / f"{sha256}.json.z"

    def _load(self, sha256: str) -> Extract | None:
        try:
            held = self._path(sha256).read_bytes()
        except OSError:
            return None
        digest, packed = held[:DIGEST_BYTES], held[DIGEST_BYTES:]
        if digest != self._digest(sha256, packed):
            return None
        try:
            return _from_json(json.loads(zlib.decompress(packed)))
        except (ValueError, TypeError, KeyError):
            return None  # kept by a program with other fields

    def _keep(self, original: Original, sha256: str, extract: Extract) -> None:
        if not self._keeps or not self._is_as_found(original):
            return  # changed since it was digested: it is not known of what this is the text
        path = self._path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        packed = zlib.compress(json.dumps(asdict(extract)).encode(), 1)
        beside.write_bytes(self._digest(sha256, packed) + packed)
        with suppress(FileNotFoundError):  # another process has just read the same content
            beside.replace(path)

    def _is_as_found(self, original: Original) -> bool:
        try:
            held = (self.data_dir / original.path).stat()
        except OSError:
            return False
        return (held.st_size, held.st_mtime_ns) == (original.size_bytes, original.modified_ns)

    def _digest(self, sha256: str, packed: bytes) -> bytes:
        return hashlib.sha256(f"{self._store_dir.name} {sha256} ".encode() + packed).digest()


def _from_json(values: Mapping[str, Any]) -> Extract:
    links = tuple(Link(**link) for link in values["links"])
    metadata = tuple((str(name), str(value)) for name, value in values["metadata"])
    return Extract(**{**values, "links": links, "metadata": metadata, "warnings": tuple(values["warnings"])})
