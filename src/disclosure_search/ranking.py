"""What orders the hits of a search: the pairs and characters that it has in common with a document, and what
speaks for the document besides them. What each part is worth was measured (tests/benchmarks/results/relevance.md).

Text fields are joined, a heading counting twice (`document.FIELDS`): BM25 over the joined text does as well as a sum
over the fields, with a quarter of the lookups. Attachments stay apart, since a long one would dilute its document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from disclosure_search import analysis, learned, query
from disclosure_search.analysis import Segmenter
from disclosure_search.document import TEXT_FIELDS
from disclosure_search.engine.base import (
    DAY,
    JOINED,
    JOINED_CHARACTERS,
    JOINED_PAIRS,
    TITLE_CHARACTERS,
    Alike,
    AllOf,
    AnyOf,
    Between,
    Boosted,
    Constant,
    Enough,
    Every,
    Except,
    Node,
    Reranked,
    Telling,
    Term,
    Widened,
    grams_of,
)
from disclosure_search.synonyms import Synonyms

Leaf = query.Text | query.Phrase

SYNONYM_SHARE = 0.7  # what a pair of a synonym weighs beside one of the word itself
SHORT = 4  # words: such a search means all of them
LITTLE = 30  # hits, three pages: a search that finds fewer is widened
LITTLE_SHARE = 0.05  # of all documents: in a small collection fewer are little
SHARES = (
    0.1,
    0.06,
)  # of the most that the words weigh: who has less of a short or a long search is not found by it
TELLING = 0.25  # of all documents: who has only what more of them hold, such as 企业, is not found by it
FIRST = 1000.0  # what has all words of a short search, or nearly its title, comes before what has some
BEFORE = 20.0  # the same of a long one: as much as two rare words
NEAR_TITLE = 0.6  # a likeness that is no chance: one character in ten mistyped, or half of a title
FROM_TITLE, LIKE_TITLE = 0.5, 60.0
AS_WORD = 2.0  # what a pair that jieba takes for a word weighs
MOST_ALIKE = 64  # different characters of a search that may be a title
CITED = 0.1  # a document that a hundred others cite weighs 1.46 times as much
OF_THE_YEAR = 0.15  # more, for a document of the year that the search names
WITHIN = ((366, 0.3), (3 * 366, 0.2))  # days and what they give, where the search asks for the latest
NO_LONGER = ("失效", "废止", "全文失效", "全文废止")
NO_LONGER_LOSES = -0.15  # behind what is in force and says the same
_YEAR = re.compile("(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_LATEST = re.compile("最新|最近|近期|现行")


@dataclass(frozen=True, slots=True)
class Parts:
    """What may be left out, to see what it is worth."""

    authority: bool = True
    synonyms: bool = True
    freshness: bool = True
    title: bool = True
    learned: bool = True


ALL_PARTS = Parts()


@dataclass(frozen=True, slots=True)
class Ranking:
    segmenter: Segmenter
    synonyms: Synonyms
    parts: Parts = ALL_PARTS

    def enough(self, texts: Sequence[Leaf]) -> Enough:
        """The documents that have enough of the texts together; synonyms weigh besides."""
        own = tuple(dict.fromkeys(term for one in texts for term in self._terms(one)))
        more = tuple(self._synonyms(texts)) if self.parts.synonyms else ()
        return Enough((*own, *more), SHARES[not self._is_short(texts)], len(own))

    def wide(self, texts: Sequence[Leaf], enough: Enough) -> Node:
        """What a search is widened to: enough of its words, or nearly a title."""
        apart = tuple(term for term in enough.terms[: enough.counted] if term.stream not in JOINED)
        found: Node = enough
        if 0 < len(apart) < enough.counted:  # of a part of the words the rest of the text has no share
            found = AnyOf((enough, Enough(apart, enough.share, len(apart))))
        if self._is_short(texts):  # a few characters in common are enough of two words, and mean nothing
            pairs = dict.fromkeys(pair for one in texts for pair in self._pairs_within_words(one))
            found = AllOf((found, Telling(tuple(pairs), LITTLE, TELLING))) if pairs else found
        near = self._alike(texts, NEAR_TITLE, 0.0)
        if len(self._required(texts)) < 2:
            return near or Except(Every())
        return AnyOf((found, near)) if near else found

    def scored(self, texts: Sequence[Leaf], enough: Enough, widened: Iterable[Widened], today: int) -> Node:
        """`enough` is that of all texts of the search; of each part that was widened, what had all comes first."""
        factors = tuple(_factors(texts, today)) if self.parts.freshness else ()
        cited = CITED if self.parts.authority else 0.0
        found: list[Node] = [Boosted(enough, cited, factors) if cited or factors else enough]
        near = self._alike(texts, NEAR_TITLE, 0.0)
        for one in widened:
            first = AnyOf((one.strict, near)) if near else one.strict
            found.append(Constant(first, FIRST) if self._is_short(texts) else Constant(one.strict, BEFORE))
        if alike := self._alike(texts, FROM_TITLE, LIKE_TITLE):
            found.append(alike)
        return AnyOf(tuple(found))

    def reranked(self, node: Node, texts: Sequence[Leaf], enough: Enough) -> Node:
        """A search of one word has nothing that tells its hits apart."""
        if not self.parts.learned or len(self._required(texts)) < 2:
            return node
        table = learned.shipped()
        return Reranked(node, enough, table.weights, table.depth)

    def _is_short(self, texts: Sequence[Leaf]) -> bool:
        return len(self._required(texts)) <= SHORT

    def _required(self, texts: Sequence[Leaf]) -> list[str]:
        return [word for one in texts for word in self.segmenter.required(one.text)]

    def _terms(self, leaf: Leaf) -> Iterator[Term]:
        """All that the text may have in common with a document, or with the field that it is sought in."""
        yield from self._weighed(leaf.text, leaf.field)
        if not leaf.field:
            yield from (Term(JOINED_CHARACTERS, one) for one in analysis.canonical(leaf.text))

    def _pairs_within_words(self, leaf: Leaf) -> Iterator[Term]:
        pairs = (pair for word in self.segmenter.required(leaf.text) for pair in _pairs(word))
        return _in_field(dict.fromkeys(pairs, 1.0), leaf.field)

    def _weighed(self, text: str, field: str) -> Iterator[Term]:
        """Its pairs; one that is a word weighs as two."""
        words = set(self.segmenter.words(text))
        return _in_field({pair: AS_WORD if pair in words else 1.0 for pair in _pairs(text)}, field)

    def _synonyms(self, texts: Sequence[Leaf]) -> Iterator[Term]:
        """The pairs of the expansions, but for those that the text itself holds."""
        weights: dict[tuple[str, str], float] = {}
        for leaf in texts:
            if isinstance(leaf, query.Phrase):
                continue
            own = set(analysis.grams(leaf.text))
            for expansion in self.synonyms.expand(leaf.text):
                pairs = (pair for pair in _pairs(expansion.phrase) if pair not in own)
                for term in _in_field(dict.fromkeys(pairs, 1.0), leaf.field):
                    key, weight = (term.stream, term.token), term.weight * expansion.weight * SYNONYM_SHARE
                    weights[key] = max(weights.get(key, 0.0), weight)
        return (Term(stream, token, weight) for (stream, token), weight in weights.items())

    def _alike(self, texts: Sequence[Leaf], least: float, score: float) -> Alike | None:
        """Whose title the search nearly is."""
        characters = tuple(dict.fromkeys(analysis.canonical("".join(one.text for one in texts))))
        is_title = all(one.field in ("", "title") for one in texts)
        if not (self.parts.title and is_title and 1 < len(characters) <= MOST_ALIKE):
            return None
        return Alike(TITLE_CHARACTERS, characters, least, score)


def texts_of(tree: query.Query) -> tuple[Leaf, ...]:
    """Of which a document is found, in their order."""
    return tuple(leaf for leaf in query.leaves(tree) if isinstance(leaf, query.Text | query.Phrase))


def _pairs(text: str) -> list[str]:
    return analysis.grams(text)[:-1]


def _in_field(pairs: Mapping[str, float], field: str) -> Iterator[Term]:
    if not field:
        yield from (Term(JOINED_PAIRS, pair, weight) for pair, weight in pairs.items())
    for one in TEXT_FIELDS:
        if field == one.name or (not field and not one.times):
            yield from (Term(grams_of(one.name), pair, one.weight * weight) for pair, weight in pairs.items())


def _factors(texts: Sequence[Leaf], today: int) -> Iterator[tuple[Node, float]]:
    """Time speaks for a document only where the search asks for it."""
    text = analysis.fold(" ".join(one.text for one in texts))
    if years := tuple(dict.fromkeys(_YEAR.findall(text))):
        yield AnyOf(tuple(Term("year", year) for year in years)), OF_THE_YEAR
    if _LATEST.search(text):
        for days, more in WITHIN:
            yield Between(DAY, today - days, today), more
    yield AnyOf(tuple(Term("validity", value) for value in NO_LONGER)), NO_LONGER_LOSES
