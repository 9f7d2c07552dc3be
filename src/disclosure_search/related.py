"""Documents that belong together: what a text cites, who cites it, and which documents are like it.

All are asked of the engine, with the day of today: what is not public, or not any more, is neither named nor counted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from disclosure_search import analysis, citations
from disclosure_search.analysis import Segmenter
from disclosure_search.citations import Citation
from disclosure_search.document import BY_NAME, Document
from disclosure_search.engine.base import (
    CALLED,
    CITES,
    DOC_ID,
    EXPLAINED,
    AllOf,
    AnyOf,
    Constant,
    Engine,
    Every,
    Except,
    Hit,
    Node,
    Request,
    Result,
    Sort,
    Term,
    words_of,
)
from disclosure_search.errors import DocumentNotFoundError
from disclosure_search.likeness import LEAST_SHARE, sketch

MOST_KEYS = (
    300  # different ones of a text that are looked up: the civil code has 2, a list of repealed rules 90
)
MOST_SAME = 10  # documents of the same title that are named
READ = 5000  # characters of a text that tell what it is about: 2 ms to cut
CANDIDATES = 32  # words whose documents are counted
WORDS = 14  # of them that are searched
FEW = 50  # documents that may hold a word, whatever its share
NEARLY_ALL = 0.2  # a word that a greater share of all documents hold says nothing of one
ALIKE_SCORE = 0.5  # of what the document itself scores; nearly the same text has more


@dataclass(frozen=True, slots=True)
class Reference:
    """`text` as it stands in what cites, `times` how often it does; `total` counts all documents that are called so, of
    which `documents` are the first, latest first."""

    text: str
    times: int
    documents: tuple[Document, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Citing:
    """A document that cites the one asked about: the text as it stands there, and how often."""

    document: Document
    text: str
    times: int


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a text that names a document; links never overlap. `others` counts documents that are called alike."""

    start: int
    end: int
    doc_id: str
    others: int = 0


@dataclass(frozen=True, slots=True)
class Similar:
    """`is_copy` where its text is nearly that of the document asked about."""

    document: Document
    score: float
    is_copy: bool = False


class Related:
    def __init__(self, engine: Engine, segmenter: Segmenter, today: Callable[[], date]) -> None:
        self._engine = engine
        self._segmenter = segmenter
        self._today = today

    def cited(self, document: Document, limit: int = 50) -> tuple[int, tuple[Reference, ...]]:
        """What the text cites that is here, in the order of the text, and how many there are."""
        found = {key: ones for key, ones in _by_key(document).items() if key not in citations.calls(document)}
        here = {
            key: named
            for key in list(found)[:MOST_KEYS]
            if (named := self._called(key, document.doc_id)).total
        }
        references = [
            Reference(found[key][0].text, len(found[key]), tuple(self._documents(named)), named.total)
            for key, named in list(here.items())[:limit]
        ]
        return len(here), tuple(references)

    def citing(self, document: Document, limit: int = 20) -> tuple[int, tuple[Citing, ...]]:
        """Who cites the document by its title or 文号, latest first, and how many do."""
        keys = citations.calls(document)
        if not keys:
            return 0, ()
        node = AnyOf(tuple(Term(CITES, key) for key in keys))
        found = self._search(_without(node, document.doc_id), limit, Sort.NEWEST)
        documents = self._documents(found, with_text=True)
        return found.total, tuple(_citing(one, frozenset(keys)) for one in documents)

    def namesakes(self, document: Document, limit: int = 10) -> tuple[int, tuple[Document, ...]]:
        """Other documents that are called so, by title or 文号: other versions of it, as a rule; latest first."""
        keys = citations.calls(document)
        if not keys:
            return 0, ()
        node = AnyOf(tuple(Term(CALLED, key) for key in keys))
        found = self._search(_without(node, document.doc_id), limit, Sort.NEWEST)
        return found.total, tuple(self._documents(found))

    def explained(self, document: Document, limit: int = 10) -> tuple[Document, ...]:
        """What the document explains: those that name it as their 解读, latest first."""
        found = self._search(Constant(Term(EXPLAINED, document.doc_id)), limit, Sort.NEWEST)
        return tuple(self._documents(found))

    def links(self, document: Document, text: str | None = None) -> tuple[Link, ...]:
        """Where the text (the body, unless another is given) names documents that are here. Of a title within a title
        that are both here the outer one counts."""
        found = citations.find(document.body if text is None else text)
        own = citations.calls(document)
        keys = list(dict.fromkeys(one.key for one in found if one.key not in own))[:MOST_KEYS]
        here = {key: named for key in keys if (named := self._called(key, document.doc_id)).total}
        links: list[Link] = []
        for one in found:
            if one.key in here and (not links or one.start >= links[-1].end):
                named = here[one.key]
                links.append(Link(one.start, one.end, named.hits[0].doc_id, named.total - 1))
        return tuple(links)

    def similar(self, document: Document, limit: int = 5) -> tuple[Similar, ...]:
        """The public documents that hold most of what tells this one from others, best first."""
        words = self._telling(document)
        title, body = BY_NAME["title"].weight, BY_NAME["body"].weight
        terms = [
            Term(words_of(field), word, weight * share)
            for word, weight in words
            for field, share in (("title", title), ("body", body))
        ]
        if not terms:
            return ()
        found = self._search(AnyOf(tuple(terms)), limit + 1, Sort.RELEVANCE)
        own = next((hit.score for hit in found.hits if hit.doc_id == document.doc_id), 0.0)
        others = [hit for hit in found.hits if hit.doc_id != document.doc_id][:limit]
        return tuple(self._similar(document, others, own))

    def _similar(self, document: Document, hits: list[Hit], own: float) -> Iterator[Similar]:
        mine: frozenset[int] | None = None
        for hit in hits:
            found = self._document(hit.doc_id, with_text=True)
            if found is None:
                continue
            is_copy = False
            if hit.score >= ALIKE_SCORE * own and _are_of_one_length(document, found):
                mine = sketch(document.body[:READ]) if mine is None else mine
                theirs = sketch(found.body[:READ])
                is_copy = bool(mine) and len(mine & theirs) >= LEAST_SHARE * min(len(mine), len(theirs))
            yield Similar(_bare(found), hit.score, is_copy)

    def _telling(self, document: Document) -> list[tuple[str, float]]:
        """Its words by how often they stand in it and how few documents hold them, with what each weighs."""
        counted = Counter(self._segmenter.words(document.body[:READ]))
        in_title = set(self._segmenter.words(document.title))
        counted.update(dict.fromkeys(in_title, 3))
        worth = {word: 1 + math.log(times) for word, times in counted.items() if _may_tell(word)}
        likely = sorted(worth, key=lambda word: (word not in in_title, -worth[word] * len(word), word))
        everything = max(1, self._search(Every(), 0, Sort.RELEVANCE).total)
        weighed = []
        for word in likely[:CANDIDATES]:
            held = self._search(Constant(Term(words_of("body"), word)), 0, Sort.RELEVANCE).total
            if held <= max(FEW, NEARLY_ALL * everything):
                weighed.append((worth[word] * math.log(everything / max(1, held) + 1), word))
        best = sorted(weighed, key=lambda one: (-one[0], one[1]))[:WORDS]
        return [(word, worth[word]) for _, word in best]

    def _called(self, key: str, without: str) -> Result:
        return self._search(_without(Term(CALLED, key), without), MOST_SAME, Sort.NEWEST)

    def _search(self, node: Node, limit: int, sort: Sort) -> Result:
        return self._engine.search(Request(node, sort=sort, limit=limit, today=self._today().toordinal()))

    def _documents(self, found: Result, *, with_text: bool = False) -> Iterator[Document]:
        for hit in found.hits:
            if document := self._document(hit.doc_id, with_text=with_text):
                yield document

    def _document(self, doc_id: str, *, with_text: bool) -> Document | None:
        """None for what a commit removed just now, or what is not public."""
        try:
            document = self._engine.get(doc_id, with_text=with_text)
        except DocumentNotFoundError:
            return None
        return None if document.withheld(self._today()) else document


def _by_key(document: Document) -> dict[str, list[Citation]]:
    found: dict[str, list[Citation]] = {}
    for text in (document.title, document.body, *(one.text for one in document.attachments)):
        for one in citations.find(text):
            found.setdefault(one.key, []).append(one)
    return found


def _citing(document: Document, keys: frozenset[str]) -> Citing:
    ones = [one for key, held in _by_key(document).items() if key in keys for one in held]
    return Citing(_bare(document), ones[0].text if ones else "", len(ones))


def _without(node: Node, doc_id: str) -> Node:
    return Constant(AllOf((node, Except(Term(DOC_ID, doc_id)))))


def _bare(document: Document) -> Document:
    attachments = tuple(replace(one, text="") for one in document.attachments)
    return replace(document, body="", attachments=attachments)


def _may_tell(word: str) -> bool:
    return len(word) > 1 and not analysis.is_stop_word(word) and not word.isdecimal()


def _are_of_one_length(one: Document, other: Document) -> bool:
    shorter, longer = sorted((len(one.body), len(other.body)))
    return shorter >= LEAST_SHARE * longer
