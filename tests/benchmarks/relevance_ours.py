"""The product as it is installed: documents into its index, questions to its search, with its own settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
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
from disclosure_search.ranking import Parts
from disclosure_search.search import Search
from disclosure_search.states import DEFAULT_SIZE, FACET_NAMES, SearchState, one_line
from disclosure_search.wiring import Archive, open_archive, recipe

DATA = Path(__file__).resolve().parents[2] / "data"
SCORED = tuple(one.name for one in fields(Parts))
PARTS = ("headings", *SCORED)  # what `--without` may leave out


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
    """The heading is one as a catalogue would name it."""
    return Document(
        doc_id=article.doc_id,
        title=article.title,
        path=f"{article.doc_id}.txt",
        body=article.text,
        category=(article.category,) if article.category else (),
        published=parse_iso(article.day),
        filed_year=article.year,
        headings=() if "headings" in without or not article.heading else (article.heading,),
    )


class Ours:
    """`find` is what a list of ten hits takes: parsing, matching, the total and every facet, at the first time that the
    question is asked. `page` is then the whole page with its records, fragments and proposals."""

    def __init__(
        self, folder: Path, *, any_word: bool = False, without: frozenset[str] = frozenset()
    ) -> None:
        self._archive: Archive = open_archive(Settings(DATA, folder))
        parts = Parts(**{name: name not in without for name in SCORED})
        engine, vocabularies, segmenter = (
            self._archive.engine,
            self._archive.vocabularies,
            self._archive.segmenter,
        )
        self._search = Search(engine, vocabularies, segmenter, parts=parts)
        self._matcher = Matcher(segmenter, vocabularies, parts)
        self._any_word = any_word
        self._archive.engine.warm()

    def find(self, text: str) -> float:
        if self._any_word:
            return milliseconds(lambda: self._any_of(text, DEFAULT_SIZE))
        return milliseconds(lambda: self._search.listing(SearchState(text, size=DEFAULT_SIZE)))

    def page(self, text: str) -> float:
        return milliseconds(lambda: self._search.run(SearchState(text, size=DEFAULT_SIZE)))

    def hits(self, text: str) -> list[tuple[str, float]]:
        if self._any_word:
            return [(hit.doc_id, hit.score) for hit in self._any_of(text, DEPTH)]
        found = self._search.listing(SearchState(text, size=DEPTH)).doc_ids
        return [(doc_id, float(DEPTH - rank)) for rank, doc_id in enumerate(found)]

    def _any_of(self, text: str, limit: int) -> tuple[Hit, ...]:
        """The request that the search makes when it widens, without waiting for a strict one to find nothing."""
        text = one_line(text)
        today = date.today().toordinal()
        node = self._matcher.ordered(query.parse(text).query, text, any_word=True, today=today)
        return self._archive.engine.search(Request(node, facets=FACET_NAMES, limit=limit, today=today)).hits

    def close(self) -> None:
        self._archive.engine.close()
