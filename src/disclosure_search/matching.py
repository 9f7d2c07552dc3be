"""A search tree turned into what an engine looks up.

The rule, as a citizen may read it: a document is found when every word of the search stands in it, anywhere, as
written; words within quotes must stand there as one run. Where fewer than thirty documents are found so, those that
have enough of the words, or nearly the title, are found as well and come after them; of a long question, what matters
most comes first. Neither a filter nor an exclusion has a say in whether a search is widened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from disclosure_search import analysis, query
from disclosure_search.analysis import Segmenter
from disclosure_search.document import BY_NAME, TEXT_FIELDS
from disclosure_search.engine.base import (
    EXACT,
    EXPIRES,
    FOREVER,
    JOINED_CHARACTERS,
    JOINED_PAIRS,
    YEAR,
    AllOf,
    AnyOf,
    Between,
    Constant,
    Enough,
    Every,
    Except,
    Node,
    Prefix,
    Ranked,
    Run,
    Term,
    Widened,
    grams_of,
)
from disclosure_search.periods import first_day, last_day
from disclosure_search.ranking import ALL_PARTS, LITTLE, LITTLE_SHARE, Parts, Ranking, texts_of
from disclosure_search.synonyms import Need, Synonyms
from disclosure_search.vocabulary import Vocabularies

NUMBER_BONUS = 500.0
EXACT_BONUS = 1e6  # the search is the title: a thousand characters that match everywhere weigh 1e5


ALWAYS = 2**31  # as the number of hits below which a search is widened
Reach = Callable[[tuple[query.Text, ...], Node], Node]  # texts and what has all of them → what is found


def _strict(_: tuple[query.Text, ...], strict: Node) -> Node:
    return strict


@dataclass(frozen=True, slots=True)
class Matcher:
    """Turns trees into nodes: `node` what has all words, `whole` what a search finds and in which order."""

    segmenter: Segmenter
    vocabularies: Vocabularies
    parts: Parts = ALL_PARTS
    synonyms: Synonyms = field(init=False)
    _ranking: Ranking = field(init=False)

    def __post_init__(self) -> None:
        lines = self.vocabularies.synonyms if self.parts.synonyms else ()
        object.__setattr__(self, "synonyms", Synonyms(self.segmenter, lines))
        object.__setattr__(self, "_ranking", Ranking(self.segmenter, self.synonyms, self.parts))

    def node(self, tree: query.Query, reach: Reach = _strict) -> Node:
        match tree:
            case query.Text():
                return reach((tree,), self._text(tree))
            case query.Phrase(text, field):
                return _anywhere(text, field) if analysis.canonical(text) else Every()
            case query.Filter(field, value):
                return self._filter(field, value)
            case query.Range(field, low, high):
                return _between(field, low, high)
            case query.And(parts):
                return self._and(parts, reach)
            case query.Or(parts):
                return AnyOf(_telling([self.node(part, reach) for part in parts]))
            case query.Not(part):
                return Every() if says_nothing(part) else Except(self._as_written().node(part))
        return Every()

    def ordered(
        self, tree: query.Query, text: str, *, any_word: bool = False, widen: bool = True, today: int = 0
    ) -> Node:
        """`whole`, its best hits weighed once more."""
        texts = texts_of(tree)
        enough = self._ranking.enough(texts)
        found = self._whole(tree, text, enough, any_word=any_word, widen=widen, today=today)
        return self._ranking.reranked(found, texts, enough)

    def whole(
        self, tree: query.Query, text: str, *, any_word: bool = False, widen: bool = True, today: int = 0
    ) -> Node:
        """The node of a whole search: the document that bears the text as its title or 文号 comes first.

        It is found as well where the text cannot be matched otherwise, such as a title with a dash before a word;
        a title that only reads the same never gets past an exclusion or a filter. Signs alone hold no document.
        `any_word` widens it in any case.
        """
        enough = self._ranking.enough(texts_of(tree))
        return self._whole(tree, text, enough, any_word=any_word, widen=widen, today=today)

    def _whole(
        self, tree: query.Query, text: str, enough: Enough, *, any_word: bool, widen: bool, today: int
    ) -> Node:
        texts = texts_of(tree)
        title = analysis.canonical(text)
        named = Term(EXACT, title) if title else None
        widened: list[Widened] = []

        def reach(own: tuple[query.Text, ...], strict: Node) -> Node:
            if strict == Every():
                return strict
            wide = self._ranking.wide(own, enough if own == texts else self._ranking.enough(own))
            widened.append(
                Widened(strict, wide, ALWAYS)
                if any_word
                else Widened(strict, wide, LITTLE, LITTLE_SHARE, named)
            )
            return widened[-1]

        found = Except(Every()) if says_nothing(tree) else self.node(tree, reach if widen else _strict)
        ranked = Ranked(found, self._ranking.scored(texts, enough, widened, today)) if texts else found
        extra: list[Node] = [Constant(Term(EXACT, analysis.verbatim(text)), EXACT_BONUS)]
        if named:
            extra.append(Constant(AllOf((found, named)), EXACT_BONUS))
        if analysis.is_number(text):
            extra.append(Constant(Term("number", analysis.number_terms(text)[0]), NUMBER_BONUS))
        if numbered := _numbered(tree, text):
            extra.append(Constant(AllOf((found, AnyOf(numbered))), NUMBER_BONUS))
        return AnyOf((ranked, *extra))

    def _and(self, parts: tuple[query.Query, ...], reach: Reach) -> Node:
        """The texts together are widened, or not; all else binds in any case."""
        parts = tuple(part for part in parts if not _is_stop_word(part)) or parts
        texts = tuple(part for part in parts if isinstance(part, query.Text))
        bound = tuple(self.node(part, reach) for part in parts if not isinstance(part, query.Text))
        if not texts:
            return AllOf(bound)
        together = _telling([self._text(one) for one in texts])
        held = reach(texts, together[0] if len(together) == 1 else AllOf(together))
        return AllOf((held, *bound)) if bound else held

    def _text(self, leaf: query.Text) -> Node:
        needed = tuple(_need(need, leaf.field) for need in self.synonyms.needs(leaf.text))
        if not needed:
            return Every()
        held = needed[0] if len(needed) == 1 else AllOf(needed)
        if not leaf.field and analysis.is_number(leaf.text):  # as its own 文号, however that is written
            held = AnyOf((held, Term("number", analysis.number_terms(leaf.text)[0])))
        return held

    def _as_written(self) -> Matcher:
        """Without synonyms: what is excluded is excluded as it stands."""
        return replace(self, vocabularies=replace(self.vocabularies, synonyms=()))

    def _filter(self, field: str, value: str) -> Node:
        if field in ("number", "index_number"):
            terms = analysis.number_terms(value) if field == "number" else (analysis.canonical(value),)
            return Term(field, terms[0]) if terms else Except(Every())
        name = BY_NAME[field].vocabulary
        vocabulary = self.vocabularies[name]
        code = vocabulary.code_of(value)
        entry = vocabulary.get(code)
        codes = (code, *entry.predecessors) if entry else (code,)
        held = map(vocabulary.label_of, codes) if field == "agency" else codes  # a record names its agency
        return AnyOf(tuple(Term(field, one) for one in held))


def says_nothing(tree: query.Query) -> bool:
    """Whether it holds neither a letter or digit to look for nor a condition: it is signs only."""
    match tree:
        case query.Text(text) | query.Phrase(text):
            return not analysis.canonical(text)
        case query.And(parts) | query.Or(parts):
            return all(map(says_nothing, parts))
        case query.Not(part):
            return says_nothing(part)
    return isinstance(tree, query.All)


def _need(need: Need, field: str) -> Node:
    words = tuple(_anywhere(word, field) for word in need.words)
    own = words[0] if len(words) == 1 else AllOf(words)
    return AnyOf((own, *(_anywhere(phrase, field) for phrase in need.phrases))) if need.phrases else own


_EVERYWHERE = tuple(one.name for one in TEXT_FIELDS)
_APART = tuple(one.name for one in TEXT_FIELDS if not one.times)


@lru_cache(maxsize=1024)  # searches use the same words
def _anywhere(text: str, field: str) -> Node:
    """As one run. A word of two characters or one is found by a single lookup for all joined fields; of a longer one
    its pairs tell quickly where it cannot stand."""
    plain = analysis.canonical(text)
    fields = tuple(one for one in _EVERYWHERE if one == field) if field else _EVERYWHERE
    runs = AnyOf(tuple(_in_fields(plain, fields)))
    if field:
        return runs
    if len(plain) == 1:
        return AnyOf((Term(JOINED_CHARACTERS, plain), *_in_fields(plain, _APART)))
    pairs = dict.fromkeys(analysis.grams(plain)[:-1])
    near = tuple(
        AnyOf((Term(JOINED_PAIRS, one), *(Term(grams_of(name), one) for name in _APART))) for one in pairs
    )
    return near[0] if len(plain) == 2 else AllOf((*near, runs))


def _in_fields(plain: str, fields: Sequence[str]) -> Iterator[Node]:
    if len(plain) == 1:
        return (Prefix(grams_of(name), plain) for name in fields)
    tokens, offsets = analysis.run_of(plain)
    if len(tokens) == 1:
        return (Term(grams_of(name), tokens[0]) for name in fields)
    return (Run(grams_of(name), tokens, offsets) for name in fields)


def _telling(parts: list[Node]) -> tuple[Node, ...]:
    """Without those that hold nothing to look for, unless none does."""
    return tuple(part for part in parts if part != Every()) or tuple(parts)


def _numbered(tree: query.Query, text: str) -> tuple[Node, ...]:
    """The documents whose own 文号 or 索引号 stands in the search."""
    texts = [leaf.text for leaf in query.leaves(tree) if isinstance(leaf, query.Text) and not leaf.field]
    numbers = dict.fromkeys(term for one in texts for term in analysis.numbers_within(one))
    plain = dict.fromkeys(map(analysis.canonical, (*texts, text)))
    indexed = (one for one in plain if len(one) >= 8 and sum(map(str.isdigit, one)) >= 4)
    return (*(Term("number", one) for one in numbers), *(Term("index_number", one) for one in indexed))


def _is_stop_word(part: query.Query) -> bool:
    return isinstance(part, query.Text) and not part.field and analysis.is_stop_word(part.text)


def _between(field: str, low: str, high: str) -> Node:
    first, last = first_day(low), last_day(high)
    if (low and first is None) or (high and last is None):
        return Except(Every())
    if field == "year":
        return Between(YEAR, first.year if first else None, last.year if last else None)
    latest = FOREVER - 1 if field == EXPIRES else None  # what never expires lies in no range
    return Between(field, first.toordinal() if first else None, last.toordinal() if last else latest)
