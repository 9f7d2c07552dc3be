"""A search tree turned into what an engine looks up.

The rule, as a citizen may read it: a document is found when every word of the search stands in it, anywhere, as
written; words within quotes must stand there as one run. What the words weigh decides the order only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from disclosure_search import analysis, query
from disclosure_search.analysis import Segmenter
from disclosure_search.document import BY_NAME, TEXT_FIELDS
from disclosure_search.engine.base import (
    EXACT,
    EXPIRES,
    FOREVER,
    YEAR,
    AllOf,
    AnyOf,
    Between,
    Constant,
    Every,
    Except,
    Node,
    Prefix,
    Ranked,
    Run,
    Term,
    grams_of,
    words_of,
)
from disclosure_search.periods import first_day, last_day
from disclosure_search.synonyms import Need, Synonyms
from disclosure_search.vocabulary import Vocabularies

GRAM_SHARE = 0.5  # what a gram weighs beside a word of the same field
SYNONYM_SHARE = (
    0.4  # what a synonym weighs beside the word itself; .25 to .5 do as well, 1 does worse than none
)
TITLE_BONUS = 8.0  # the search stands in the title as one run
NUMBER_BONUS = 500.0
EXACT_BONUS = 1e6  # the search is the title: a thousand characters that match everywhere weigh 1e5


@dataclass(frozen=True, slots=True)
class Matcher:
    """Turns trees into nodes; `any_word` asks for one word instead of all of them."""

    segmenter: Segmenter
    vocabularies: Vocabularies
    synonyms: Synonyms = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "synonyms", Synonyms(self.segmenter, self.vocabularies.synonyms))

    def node(self, tree: query.Query, *, any_word: bool = False) -> Node:
        join = AnyOf if any_word else AllOf
        match tree:
            case query.Text(text, field):
                return self._text(text, field, join)
            case query.Phrase(text, field):
                return self._phrase(text, field)
            case query.Filter(field, value):
                return Constant(self._filter(field, value))
            case query.Range(field, low, high):
                return Constant(_between(field, low, high))
            case query.And(parts):
                return self._and(parts, any_word)
            case query.Or(parts):
                return AnyOf(_telling([self.node(part, any_word=any_word) for part in parts]))
            case query.Not(part):
                return Every() if says_nothing(part) else Except(self._as_written().node(part))
        return Every()

    def whole(self, tree: query.Query, text: str, *, any_word: bool = False) -> Node:
        """The node of a whole search: the document that bears the text as its title or 文号 comes first.

        It is found as well where the text cannot be matched otherwise, such as a title with a dash before a word;
        a title that only reads the same never gets past an exclusion or a filter. Signs alone hold no document.
        """
        found = Except(Every()) if says_nothing(tree) else self.node(tree, any_word=any_word)
        extra: list[Node] = [Constant(Term(EXACT, analysis.verbatim(text)), EXACT_BONUS)]
        if title := analysis.canonical(text):
            extra.append(Constant(AllOf((found, Term(EXACT, title))), EXACT_BONUS))
        if analysis.is_number(text):
            extra.append(Constant(Term("number", analysis.number_terms(text)[0]), NUMBER_BONUS))
        if numbered := _numbered(tree, text):
            extra.append(Constant(AllOf((found, AnyOf(numbered))), NUMBER_BONUS))
        return AnyOf((found, *extra))

    def _and(self, parts: tuple[query.Query, ...], any_word: bool) -> Node:
        """With `any_word` the texts are alternatives, while filters and exclusions go on binding."""
        parts = tuple(part for part in parts if not _is_stop_word(part)) or parts
        loose = (query.Text, query.Phrase) if any_word else ()
        texts = [self.node(part, any_word=any_word) for part in parts if isinstance(part, loose)]
        bound = tuple(self.node(part, any_word=any_word) for part in parts if not isinstance(part, loose))
        together = (AnyOf(_telling(texts)), *bound) if texts else bound
        return together[0] if len(together) == 1 else AllOf(together)

    def _text(self, text: str, field: str, join: Callable[[tuple[Node, ...]], Node]) -> Node:
        needs = self.synonyms.needs(text)
        if not needs:
            return Every()
        needed = tuple(_need(need, field, join) for need in needs)
        held = needed[0] if len(needed) == 1 else join(needed)
        if not field and analysis.is_number(text):  # as its own 文号, however that is written
            held = AnyOf((held, Term("number", analysis.number_terms(text)[0])))
        scored, more = self._scored(text, field), self._scored_synonyms(text, field)
        return Ranked(held, AnyOf((scored, *more)) if more else scored)

    def _as_written(self) -> Matcher:
        """Without synonyms: what is excluded is excluded as it stands."""
        return replace(self, vocabularies=replace(self.vocabularies, synonyms=()))

    def _scored_synonyms(self, text: str, field: str) -> tuple[Node, ...]:
        """The words and pairs of the expansions, but for those that the text itself holds."""
        own = {*self.segmenter.words(text), *analysis.grams(text)}
        weights: dict[tuple[str, bool], float] = {}
        for expansion in self.synonyms.expand(text):
            words = self.segmenter.words(expansion.phrase)
            grams = (gram for gram in analysis.grams(expansion.phrase) if len(gram) == 2)
            for key in (*((word, False) for word in words), *((gram, True) for gram in grams)):
                if key[0] not in own:
                    weights[key] = max(weights.get(key, 0.0), expansion.weight * SYNONYM_SHARE)
        return tuple(
            Term(grams_of(one.name), token, one.weight * GRAM_SHARE * weight)
            if is_gram
            else Term(words_of(one.name), token, one.weight * weight)
            for one in TEXT_FIELDS
            if field in ("", one.name)
            for (token, is_gram), weight in weights.items()
        )

    def _phrase(self, text: str, field: str) -> Node:
        if not analysis.canonical(text):
            return Every()
        return Ranked(_anywhere(text, field), self._scored(text, field))

    def _scored(self, text: str, field: str) -> Node:
        words = dict.fromkeys(self.segmenter.words(text))
        pairs = dict.fromkeys(gram for gram in analysis.grams(text) if len(gram) == 2)
        terms: list[Node] = []
        for one in TEXT_FIELDS:
            if field in ("", one.name):
                terms += [Term(words_of(one.name), word, one.weight) for word in words]
                terms += [Term(grams_of(one.name), gram, one.weight * GRAM_SHARE) for gram in pairs]
        if field in ("", "title") and len(analysis.canonical(text)) > 1:
            terms.append(Constant(_in_field(text, "title"), TITLE_BONUS))
        return AnyOf(tuple(terms))

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


def _need(need: Need, field: str, join: Callable[[tuple[Node, ...]], Node]) -> Node:
    words = tuple(_anywhere(word, field) for word in need.words)
    own = words[0] if len(words) == 1 else join(words)
    return AnyOf((own, *(_anywhere(phrase, field) for phrase in need.phrases))) if need.phrases else own


def _anywhere(text: str, field: str) -> Node:
    fields = [one.name for one in TEXT_FIELDS if field in ("", one.name)]
    return AnyOf(tuple(_in_field(text, name) for name in fields))


def _in_field(text: str, field: str) -> Node:
    plain = analysis.canonical(text)
    if len(plain) == 1:
        return Prefix(grams_of(field), plain)
    tokens, offsets = analysis.run_of(text)
    if len(tokens) == 1:
        return Term(grams_of(field), tokens[0])
    return Run(grams_of(field), tokens, offsets)


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
