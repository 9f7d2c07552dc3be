"""The product as it is installed: documents into its index, questions to its search, with its own settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from measure import milliseconds
from relevance_sets import DEPTH, Article

from disclosure_search import query
from disclosure_search.config import Settings
from disclosure_search.document import Document, parse_iso
from disclosure_search.engine.base import Hit, Request
from disclosure_search.entry import entry_of
from disclosure_search.matching import Matcher
from disclosure_search.states import DEFAULT_SIZE, FACET_NAMES, SearchState, one_line
from disclosure_search.wiring import Archive, open_archive, recipe

DATA = Path(__file__).resolve().parents[2] / "data"
PARTS = ("headings",)  # what `--without` may leave out


def build(articles: Iterable[Article], folder: Path, without: frozenset[str]) -> None:
    archive = open_archive(Settings(DATA, folder))
    with archive.engine.writer(fresh=True) as writer:
        for article in articles:
            document = _document(article, without)
            writer.add(entry_of(document, archive.segmenter, archive.vocabularies))
        writer.commit(b"{}")
    archive.engine.close()


def made_of() -> str:
    """Of the lists that decide how texts are cut."""
    return recipe(open_archive(Settings(DATA, DATA / "none")).vocabularies)


def _document(article: Article, without: frozenset[str]) -> Document:
    """The heading stands where a catalogue would describe the document."""
    return Document(
        doc_id=article.doc_id,
        title=article.title,
        path=f"{article.doc_id}.txt",
        body=article.text,
        category=(article.category,) if article.category else (),
        published=parse_iso(article.day),
        filed_year=article.year,
        description="" if "headings" in without else article.heading,
    )


class Ours:
    """`find` is what a list of hits takes: parsing, matching, the total, every facet and one hit, at the first time
    that the question is asked. `page` is then the whole page of ten with its fragments."""

    def __init__(self, folder: Path, *, any_word: bool = False) -> None:
        self._archive: Archive = open_archive(Settings(DATA, folder))
        self._matcher = Matcher(self._archive.segmenter, self._archive.vocabularies)
        self._any_word = any_word
        self._archive.engine.warm()

    def find(self, text: str) -> float:
        if self._any_word:
            return milliseconds(lambda: self._any_of(text, DEFAULT_SIZE))
        return milliseconds(lambda: self._archive.search.run(SearchState(text, size=1)))

    def page(self, text: str) -> float:
        return milliseconds(lambda: self._archive.search.run(SearchState(text, size=DEFAULT_SIZE)))

    def hits(self, text: str) -> list[tuple[str, float]]:
        if self._any_word:
            return [(hit.doc_id, hit.score) for hit in self._any_of(text, DEPTH)]
        page = self._archive.search.run(SearchState(text, size=DEPTH))
        return [(hit.document.doc_id, hit.score) for hit in page.hits]

    def _any_of(self, text: str, limit: int) -> tuple[Hit, ...]:
        """The request that the search makes when it widens, without waiting for a strict one to find nothing."""
        text = one_line(text)
        node = self._matcher.whole(query.parse(text).query, text, any_word=True)
        request = Request(node, facets=FACET_NAMES, limit=limit)
        return self._archive.engine.search(replace(request, today=date.today().toordinal())).hits

    def close(self) -> None:
        self._archive.engine.close()
