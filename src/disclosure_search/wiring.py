"""Puts the parts of an archive together: settings in, ready objects out. Nothing below knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from disclosure_search import analysis
from disclosure_search.analysis import Segmenter
from disclosure_search.config import Settings
from disclosure_search.document import digest_of
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import GRAMS, KEYWORDS, NUMBERS, WORDS, Engine
from disclosure_search.search import Search
from disclosure_search.vocabulary import Vocabularies, load_vocabularies


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
    segmenter = Segmenter(vocabularies.words)
    engine = open_engine(settings.index_dir, recipe(vocabularies), settings.memory_bytes)
    return Archive(settings, vocabularies, segmenter, engine, Search(engine, vocabularies, segmenter))


def recipe(vocabularies: Vocabularies) -> str:
    """All that decides which tokens a text gives and which streams they go to."""
    streams = repr((WORDS, GRAMS, KEYWORDS, NUMBERS))
    return digest_of(analysis.VERSION, "\n".join(vocabularies.words), streams)
