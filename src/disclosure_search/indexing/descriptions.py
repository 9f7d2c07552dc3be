"""What stands outside an original about it, and how both become a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from disclosure_search import __version__
from disclosure_search.collection.assemble import Described, assemble
from disclosure_search.collection.catalogue import Catalogue, Row, load_catalogue, load_sidecar
from disclosure_search.collection.patterns import Patterns
from disclosure_search.collection.restrictions import joined
from disclosure_search.collection.scan import Original
from disclosure_search.document import Document, digest_of, shown
from disclosure_search.errors import CollectionError
from disclosure_search.extract import Extract, reader_versions
from disclosure_search.extract.pool import ReaderPool
from disclosure_search.vocabulary import NAMES, Vocabularies


@dataclass(frozen=True, slots=True)
class Describer:
    """All that decides how an original becomes a document, besides its content. `paths` finds files whose names
    are not UTF-8 by the name that a description gives them."""

    patterns: Patterns
    vocabularies: Vocabularies
    paths: dict[str, str] = field(default_factory=dict)
    _common: str = field(init=False)

    def __post_init__(self) -> None:
        """What all originals share is worked out once: it is half of what an unchanged run takes otherwise."""
        lists = (repr(self.vocabularies[name].entries) for name in NAMES)
        common = digest_of(__version__, self.patterns.agency, *lists, reader_versions())
        object.__setattr__(self, "_common", common)

    def fingerprint(self, described: Described) -> str:
        return digest_of(self._common, described.fingerprint())

    def document(self, original: Original, sha256: str, extract: Extract, described: Described) -> Document:
        """CollectionError where a value that decides who may see it cannot be understood."""
        document = assemble(original, sha256, extract, described, self.patterns, self.vocabularies)
        if not self.paths:
            return document
        return replace(
            document,
            attachments=tuple(
                replace(one, path=self._found(one.path), places=tuple(map(self._found, one.places)))
                for one in document.attachments
            ),
            interpretations=tuple(
                replace(one, path=self._found(one.path), places=tuple(map(self._found, one.places)))
                for one in document.interpretations
            ),
        )

    def _found(self, path: str) -> str:
        return self.paths.get(shown(path), path)


class Descriptions:
    """Reads each folder's catalogue once, and the sidecars."""

    def __init__(self, data_dir: Path, pool: ReaderPool, describer: Describer) -> None:
        self.catalogues: dict[str, Catalogue] = {}
        self._data_dir = data_dir
        self._pool = pool
        self._describer = describer

    def of(self, original: Original) -> Described:
        """CollectionError where one of them cannot be read: it may be the one that keeps the original inside."""
        row: Row = {}
        for folder in _above(original.folder):
            catalogue = self._catalogue(folder)
            if catalogue.trouble:
                raise CollectionError(shown(original.path), catalogue.trouble, "mend the catalogue")
            row = joined(row, catalogue.rows.get(shown(original.path), {}))
        path_values = self._describer.patterns.values(original.folder, self._describer.vocabularies)
        sidecar = load_sidecar(self._data_dir, original) if original.sidecar else {}
        return Described(path_values, row, sidecar)

    def _catalogue(self, folder: str) -> Catalogue:
        if folder not in self.catalogues:
            self.catalogues[folder] = load_catalogue(self._data_dir, folder, self._pool)
        return self.catalogues[folder]


def _above(folder: str) -> Iterator[str]:
    """The folders from the top down to this one; a catalogue may name files in the folders below its own."""
    parts = folder.split("/") if folder else []
    yield from ("/".join(parts[:depth]) for depth in range(len(parts) + 1))
