"""The seal of a commit: how many documents it holds and what is in each of its files.

    seal-<n>.json        one line of JSON, and a second one with the digest of the first

It is on the disk before the table of contents decides. What did not change since the commit before is carried over,
so that a commit reads back only what it wrote.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from disclosure_search.engine.mapped import PART_BYTES
from disclosure_search.errors import IndexDamagedError

_PIECE = 64 * PART_BYTES


class Sealed(NamedTuple):
    """What is known of a file; `parts` are the CRC-32 of its parts in base64."""

    size: int
    sha256: str
    parts: str

    @property
    def sums(self) -> bytes:
        return base64.b64decode(self.parts)


@dataclass(frozen=True, slots=True)
class Seal:
    generation: str
    commit: int
    documents: int
    files: Mapping[str, Sealed]

    def of(self, path: Path) -> Sealed:
        try:
            return self.files[path.name]
        except KeyError:
            raise IndexDamagedError(str(path), f"it is not under the seal of commit {self.commit}") from None

    def check_content(self, path: Path, content: bytes) -> None:
        if hashlib.sha256(content).hexdigest() != self.of(path).sha256:
            raise IndexDamagedError(str(path), "its content is not the one that was written")

    def check_sizes(self, folder: Path) -> None:
        """FileNotFoundError for a file that is gone: a newer commit may have removed it."""
        for name, sealed in self.files.items():
            size = (folder / name).stat().st_size
            if size != sealed.size:
                why = f"it has {size} bytes, and {sealed.size} were written"
                raise IndexDamagedError(str(folder / name), why)

    def check_file(self, path: Path) -> None:
        """Reads all of it."""
        if sealed_file(path) != self.of(path):
            raise IndexDamagedError(str(path), "its content is not the one that was written")


def seal_path(folder: Path, commit: int) -> Path:
    return folder / f"seal-{commit}.json"


def sealed_bytes(content: bytes) -> Sealed:
    return _sealed([content])


def sealed_file(path: Path) -> Sealed:
    with path.open("rb") as file:
        return _sealed(iter(lambda: file.read(_PIECE), b""))


def _sealed(pieces: Iterable[bytes]) -> Sealed:
    """Every piece but the last is a multiple of a part."""
    whole, size, sums = hashlib.sha256(), 0, []
    for piece in pieces:
        whole.update(piece)
        size += len(piece)
        held = memoryview(piece)
        sums += [zlib.crc32(held[at : at + PART_BYTES]) for at in range(0, len(piece), PART_BYTES)]
    packed = base64.b64encode(struct.pack(f">{len(sums)}I", *sums))
    return Sealed(size, whole.hexdigest(), packed.decode())


def seal_bytes(seal: Seal) -> bytes:
    line = json.dumps(
        {
            "generation": seal.generation,
            "commit": seal.commit,
            "documents": seal.documents,
            "files": {name: tuple(sealed) for name, sealed in sorted(seal.files.items())},
        }
    ).encode()
    return line + b"\n" + json.dumps({"sha256": hashlib.sha256(line).hexdigest()}).encode() + b"\n"


def read_seal(folder: Path, commit: int) -> Seal:
    """FileNotFoundError where there is none: a newer commit may have removed it."""
    path = seal_path(folder, commit)
    content = path.read_bytes()
    line, _, rest = content.partition(b"\n")
    if rest != json.dumps({"sha256": hashlib.sha256(line).hexdigest()}).encode() + b"\n":
        raise IndexDamagedError(str(path), "its content is not the one that was written")
    try:
        values = json.loads(line)
        files = {str(name): Sealed(*values["files"][name]) for name in values["files"]}
        seal = Seal(values["generation"], values["commit"], values["documents"], files)
    except (ValueError, TypeError, KeyError) as error:
        raise IndexDamagedError(str(path), f"it is no seal ({error})") from error
    if (seal.generation, seal.commit) != (folder.name, commit):
        raise IndexDamagedError(str(path), f"it seals commit {seal.commit} of {seal.generation}")
    return seal
