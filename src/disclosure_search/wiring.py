"""Puts the parts of an archive together: settings in, ready objects out. Nothing below knows of it."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from disclosure_search import analysis
from disclosure_search.analysis import Segmenter
from disclosure_search.config import Settings
from disclosure_search.document import TEXT_FIELDS, digest_of
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import GRAMS, JOINED, KEYWORDS, NUMBERS, WORDS, Engine, State
from disclosure_search.errors import CollectionError
from disclosure_search.ranking import Parts
from disclosure_search.search import Search
from disclosure_search.vocabulary import Vocabularies, load_vocabularies

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Archive:
    """All that reading and writing an archive takes."""

    settings: Settings
    vocabularies: Vocabularies
    segmenter: Segmenter
    engine: Engine
    search: Search

    @property
    def store_dir(self) -> Path:
        """Where extracted texts are kept."""
        return self.settings.index_dir / "cache"


def open_archive(settings: Settings) -> Archive:
    """Opens nothing yet: an index that is missing or damaged shows when it is asked."""
    vocabularies = load_vocabularies(settings.data_dir)
    return _archive(settings, vocabularies, _engine(settings, vocabularies))


def recipe(vocabularies: Vocabularies) -> str:
    """All that decides which tokens a text gives and which streams they go to."""
    streams = repr((WORDS, GRAMS, JOINED, KEYWORDS, NUMBERS, [(one.name, one.weight) for one in TEXT_FIELDS]))
    return digest_of(analysis.VERSION, "\n".join(vocabularies.words), streams)


def _engine(settings: Settings, vocabularies: Vocabularies) -> Engine:
    return open_engine(settings.index_dir, recipe(vocabularies), settings.memory_bytes)


def _archive(settings: Settings, vocabularies: Vocabularies, engine: Engine) -> Archive:
    segmenter = Segmenter(vocabularies.words)
    return Archive(
        settings, vocabularies, segmenter, engine, _search(settings, vocabularies, segmenter, engine)
    )


def _search(settings: Settings, vocabularies: Vocabularies, segmenter: Segmenter, engine: Engine) -> Search:
    return Search(engine, vocabularies, segmenter, parts=Parts(learned=settings.learned))


class LivingArchive:
    """An archive that is opened again, while it answers, once its vocabularies are others.

    Labels count at once. Words decide how tokens are cut: until an index run has used new ones, the archive goes on
    answering with those that its index was made with.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._seen: tuple[object, ...] | None = None
        self._lock = threading.Lock()

    def current(self) -> Archive:
        if self._may_be_other():
            with self._lock:
                if self._may_be_other():
                    self._take_up()
        return self._archive

    def _may_be_other(self) -> bool:
        """0.1 ms: a listing of the vocabularies, and one of the index."""
        is_outdated = self._archive.engine.condition().state is State.OUTDATED
        return is_outdated or self._seen != _stamp(self._archive.settings.data_dir)

    def _take_up(self) -> None:
        held, self._seen = self._archive, _stamp(self._archive.settings.data_dir)
        try:
            vocabularies = load_vocabularies(held.settings.data_dir)
        except CollectionError as error:
            _log.warning("the vocabularies stay as they were: %s", error)
            return
        if vocabularies == held.vocabularies:
            return
        if recipe(vocabularies) == recipe(held.vocabularies):
            search = _search(held.settings, vocabularies, held.segmenter, held.engine)
            self._archive = replace(held, vocabularies=vocabularies, search=search)
            return
        engine = _engine(held.settings, vocabularies)
        if engine.condition().state is State.READY:
            self._archive = _archive(held.settings, vocabularies, engine)


def _stamp(data_dir: Path) -> tuple[object, ...]:
    """Changes with every list in the folder."""
    try:
        with os.scandir(data_dir / "vocabulary") as entries:
            states = [(entry.name, entry.stat()) for entry in entries]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in states))
