"""Reads originals through the sandboxed children and keeps what they gave, by content and reader version.

The store lies in the index folder and may be deleted at any time: it is only a way not to read twice. What is kept
begins with a digest of it and of what it was read from: damaged, or under the name of another, it is read again.
It also tells its reader and the version of that: a newer one reads its own formats again, and no others.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from disclosure_search.collection.scan import Original
from disclosure_search.document import shown
from disclosure_search.errors import DamagedDocumentError, ExtractionError
from disclosure_search.extract import (
    COMMON_VERSION,
    Extract,
    detect,
    error_of,
    from_json,
    is_current,
    reader_versions,
    to_json,
)
from disclosure_search.extract.pool import ReaderPool

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
CHUNK_BYTES = 1 << 20
DIGEST_BYTES = 32


class Reading:
    """`store_dir` holds one file per content that was read; nothing is added to it unless `keeps`."""

    def __init__(self, data_dir: Path, store_dir: Path, pool: ReaderPool, *, keeps: bool = True) -> None:
        self.data_dir = data_dir
        self.pool = pool
        self.kept_in = store_dir
        self._keeps = keeps
        self._store_dir = store_dir / f"texts {COMMON_VERSION}"

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
            kept = self._load(sha256, original.name)
            if kept is None:
                fresh.append((original, sha256))
            else:
                yield original, kept
        paths = [self.data_dir / original.path for original, _ in fresh]
        for (original, sha256), (_, outcome) in zip(fresh, self.pool.extract_many(paths), strict=True):
            if isinstance(outcome, Extract):
                self.keep(original, sha256, outcome)
            yield original, outcome

    def read(self, original: Original, sha256: str) -> Extract:
        """Of a member of a container too."""
        kept = self._load(sha256, original.name)
        if kept is None:
            kept = self._fresh(original, sha256)
            self.keep(original, sha256, kept)
        return kept

    def _fresh(self, original: Original, sha256: str) -> Extract:
        if not original.container:
            return self.pool.extract(self.data_dir / original.path)
        whole = self.pool.extract(self.data_dir / original.container)
        member = next((one for one in whole.members if one.name == original.inner), None)
        if member is None or member.sha256 != sha256:
            what = "it is no longer what it was in its container"
            raise DamagedDocumentError(shown(original.path), what, "run index again")
        if member.extract is None:
            raise error_of(member.error, shown(original.path), member.what, member.remedy)
        return member.extract

    def _path(self, sha256: str, name: str = "") -> Path:
        """Recognition also looks at the ending of a name."""
        ending = _ENDING.search(name)
        return self._store_dir / sha256[:2] / f"{sha256}{ending[0].lower() if ending else ''}.json.z"

    def _load(self, sha256: str, name: str = "") -> Extract | None:
        try:
            held = self._path(sha256, name).read_bytes()
        except OSError:
            return None
        digest, packed = held[:DIGEST_BYTES], held[DIGEST_BYTES:]
        if digest != self._digest(sha256, packed):
            return None
        try:
            found = json.loads(zlib.decompress(packed))
            extract = from_json(found["extract"])
            return extract if is_current(extract, str(found["readers"])) else None
        except (ValueError, TypeError, KeyError):
            return None  # kept by a program with other fields

    def keep(self, original: Original, sha256: str, extract: Extract) -> None:
        if not self._keeps or not self._is_as_found(original):
            return  # changed since it was digested: it is not known of what this is the text
        path = self._path(sha256, original.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        found = {"extract": to_json(extract), "readers": reader_versions()}
        packed = zlib.compress(json.dumps(found).encode(), 1)
        beside.write_bytes(self._digest(sha256, packed) + packed)
        with suppress(FileNotFoundError):  # another process has just read the same content
            beside.replace(path)

    def _is_as_found(self, original: Original) -> bool:
        try:
            held = (self.data_dir / (original.container or original.path)).stat()
        except OSError:
            return False
        size = held.st_size if original.container else original.size_bytes  # a member has a size of its own
        return (held.st_size, held.st_mtime_ns) == (size, original.modified_ns)

    def _digest(self, sha256: str, packed: bytes) -> bytes:
        return hashlib.sha256(f"{self._store_dir.name} {sha256} ".encode() + packed).digest()
