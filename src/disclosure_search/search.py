"""Answers a search: state → tree → engine → a page of hits with fragments and facets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial

from disclosure_search import analysis, highlight, query, synonyms
from disclosure_search.analysis import Segmenter
from disclosure_search.answers import Facet, FacetValue, HitView, Listing, Page
from disclosure_search.document import BY_NAME, Document
from disclosure_search.engine.base import (
    CONTENT,
    DOC_ID,
    RECORDED,
    AllOf,
    Between,
    Condition,
    Constant,
    Engine,
    Every,
    Request,
    Result,
    Sort,
    State,
    Term,
)
from disclosure_search.errors import DocumentNotFoundError, QueryError
from disclosure_search.highlight import Fragment
from disclosure_search.lexicon import Lexicon
from disclosure_search.matching import Matcher, says_nothing
from disclosure_search.ranking import ALL_PARTS, Parts
from disclosure_search.related import Citing, Link, Reference, Related, Similar
from disclosure_search.repair import Asked, Repaired, Repairer, told_of_missing
from disclosure_search.spans import period_of
from disclosure_search.states import FACET_NAMES, SearchState, one_line
from disclosure_search.suggestions import Known, Suggester, Suggestion
from disclosure_search.synonyms import Expansion
from disclosure_search.vocabulary import Vocabularies

SHOWN = 20  # characters of a text in a note
READ_AT_ONCE = (
    100  # records of one state; looking whether there is a newer one takes as long as reading three
)
KEPT = 256  # searches whose words are kept cut; 5 MB where all are long
ATTEMPTS = 3  # of a search that commits get in the way of


class Search:
    """`today` decides what has expired; it is asked at each search."""

    def __init__(
        self,
        engine: Engine,
        vocabularies: Vocabularies,
        segmenter: Segmenter,
        today: Callable[[], date] = date.today,
        parts: Parts = ALL_PARTS,
    ) -> None:
        self._engine = engine
        self._vocabularies = vocabularies
        self._segmenter = segmenter
        self._matcher = Matcher(segmenter, vocabularies, parts)
        # Who narrows, sorts or turns the pages of a search asks for the same words: 0.5 ms of cutting and expanding.
        self._ordered = lru_cache(maxsize=KEPT)(self._matcher.ordered)
        self._wanted = lru_cache(maxsize=KEPT)(self._needles)
        self._today = today
        self._related = Related(engine, segmenter, today)
        self._lexicon = Lexicon(engine)
        self._repairer = Repairer(self._lexicon, segmenter)
        self._suggester = Suggester(self._lexicon, vocabularies, segmenter)
        self._counted: tuple[tuple[str, date], int] = (("", date.min), 0)

    def run(self, state: SearchState) -> Page:
        for _ in range(ATTEMPTS):
            try:
                return self._run(state)
            except (
                DocumentNotFoundError
            ):  # a commit removed a hit before it was read: the next answer is whole
                continue
        return self._run(state)

    def _run(self, state: SearchState) -> Page:
        began = time.perf_counter()
        state = self._checked(state)
        parsed = query.parse(state.text)
        result, notes = self._result(state, parsed)
        wanted = self._wanted(parsed.query)
        hits = tuple(self._view(hit.doc_id, wanted, hit.score) for hit in result.hits)
        facets = tuple(self._facet(name, result.facets[name], state) for name in FACET_NAMES)
        repaired = self._repaired(state, parsed.query, result.total, has_notes=bool(notes))
        notes = (*notes, *told_of_missing(repaired))
        took_ms = round((time.perf_counter() - began) * 1000, 2)
        expanded = synonyms.note(self._matcher.synonyms.expansions(parsed.query))
        told = (
            *parsed.notes,
            *period_of(state).notes,
            *_about_signs(state.text, parsed.query),
            *notes,
            *expanded,
        )
        condition = self.condition()
        return Page(state, result.total, hits, facets, told, took_ms, condition, repaired.proposals)

    def _result(self, state: SearchState, parsed: query.Parsed) -> tuple[Result, tuple[str, ...]]:
        """A search that is widened says so."""
        result = self._engine.search(self._request(state, parsed.query))
        if result.strict is None or result.strict == result.total:
            return result, ()
        if not result.strict:
            return result, ("没有同时包含全部词语的公开信息，以下结果包含其中部分词语",)
        return result, (f"包含全部词语的有 {result.strict} 条，以下也列出包含其中部分词语的公开信息",)

    def _request(self, state: SearchState, tree: query.Query, *, widen: bool = True) -> Request:
        today = self._today().toordinal()
        node = self._ordered(tree, state.text, widen=widen, today=today) if state.text.strip() else Every()
        return Request(
            period_of(state).within(node),
            state.filters,
            FACET_NAMES,
            state.sort,
            (state.page - 1) * state.size,
            state.size,
            today,
        )

    def _repaired(self, state: SearchState, tree: query.Query, total: int, *, has_notes: bool) -> Repaired:
        """`has_notes`: the search was widened, so that `total` is not what all of its words find."""
        if not state.text or state.page > 1:
            return Repaired()

        def found(text: str, *, widen: bool) -> int:
            request = self._request(replace(state, text=text), query.parse(text).query, widen=widen)
            return self._engine.search(replace(request, facets=(), limit=0)).total

        def standing(run: str) -> int:
            node = Constant(self._matcher.node(query.Phrase(run)))
            return self._engine.search(Request(node, limit=0, today=self._today().toordinal())).total

        before = found(state.text, widen=False) if has_notes else total
        all_words, shown = partial(found, widen=False), partial(found, widen=True)
        asked = Asked(all_words, shown, standing, self._engine.condition().documents)
        return self._repairer.repaired(state.text, tree, before, asked)

    def suggest(self, prefix: str, limit: int = 10) -> tuple[Suggestion, ...]:
        """What a search that begins so may become, the likeliest first."""
        today = self._today().toordinal()

        def bearers(stream: str, term: str) -> int:
            return self._engine.search(Request(Constant(Term(stream, term)), limit=0, today=today)).total

        return self._suggester.suggest(prefix, Known(today, bearers), limit)

    def warm(self) -> None:
        """Loads what searches, proposals and suggestions need, before processes are forked that then share it."""
        self._engine.warm()
        self._lexicon.warm()

    def _words(self, tree: query.Query) -> list[str]:
        """A phrase is one."""
        texts = [leaf for leaf in query.leaves(tree) if isinstance(leaf, query.Text | query.Phrase)]
        words = [
            self._segmenter.required(leaf.text) if isinstance(leaf, query.Text) else [leaf.text]
            for leaf in texts
        ]
        return [word for several in words for word in several]

    def words(self, text: str) -> tuple[str, ...]:
        """What a search requires, each word once."""
        return tuple(dict.fromkeys(self._words(query.parse(text).query)))

    def ranked(self, state: SearchState) -> tuple[str, ...]:
        """The ids of a page of hits, without what it takes to show them."""
        state = self._checked(state)
        result, *_ = self._result(state, query.parse(state.text))
        return tuple(hit.doc_id for hit in result.hits)

    def over(self, engine: Engine) -> Search:
        """The same search of another engine, or of another state of it."""
        return Search(engine, self._vocabularies, self._segmenter, self._today, self._matcher.parts)

    def document(self, doc_id: str) -> Document:
        """By its id or its 索引号. DocumentNotFoundError also for what is not public, or not any more."""
        try:
            document = self._engine.get(doc_id)
        except DocumentNotFoundError:
            document = self._engine.get(self._by_index_number(doc_id))
        if document.withheld(self._today()):
            raise DocumentNotFoundError(doc_id)
        return document

    def record(self, doc_id: str) -> Document:
        """Without its texts; DocumentNotFoundError as for `document`."""
        document = self._engine.get(doc_id, with_text=False)
        if document.withheld(self._today()):
            raise DocumentNotFoundError(doc_id)
        return document

    def records(self, doc_ids: Sequence[str]) -> Iterator[Document]:
        """As `record` gives them, in this order and each read when its turn comes; what is not public (any more) is
        passed over."""
        for start in range(0, len(doc_ids), READ_AT_ONCE):
            today = self._today()
            for document in self._engine.records(doc_ids[start : start + READ_AT_ONCE]):
                if not document.withheld(today):
                    yield document

    def listing(self, state: SearchState, since: date | None = None, until: date | None = None) -> Listing:
        """What `run` finds on this page, however large it is; with days, only what was recorded within them."""
        state = self._checked(state)
        parsed = query.parse(state.text)
        if since or until:
            request = self._request(state, parsed.query)
            low, high = (one.toordinal() if one else None for one in (since, until))
            result = self._engine.search(
                replace(request, node=AllOf((request.node, Between(RECORDED, low, high))), facets=())
            )
        else:
            result, _ = self._result(state, parsed)
        return Listing(result.total, tuple(hit.doc_id for hit in result.hits))

    @property
    def today(self) -> date:
        return self._today()

    def finds(self, text: str, doc_id: str) -> bool:
        """Whether the document is among the hits, at whatever rank, and even after its last public day."""
        tree = query.parse(one_line(text)).query
        node = Constant(AllOf((Term(DOC_ID, doc_id), self._matcher.node(tree))))
        return self._engine.search(Request(node, sort=Sort.NEWEST, limit=1)).total > 0

    def _by_index_number(self, text: str) -> str:
        node = Term("index_number", analysis.canonical(text))
        hits = self._engine.search(Request(node, limit=1, today=self._today().toordinal())).hits
        if not hits:
            raise DocumentNotFoundError(text)
        return hits[0].doc_id

    def holding(self, sha256: str, limit: int = 10) -> tuple[Document, ...]:
        """The documents whose original or attachment has this content, latest first, without their texts."""
        request = Request(
            Constant(Term(CONTENT, sha256)), sort=Sort.NEWEST, limit=limit, today=self._today().toordinal()
        )
        found = self.records([hit.doc_id for hit in self._engine.search(request).hits])
        return tuple(
            one for one in found if sha256 in (one.sha256, *(part.sha256 for part in one.attachments))
        )

    def needles(self, text: str) -> tuple[frozenset[str], tuple[str, ...]]:
        """What a search is shown by: its own words, and all that is marked, synonyms among it."""
        tree = query.parse(text).query
        return frozenset(highlight.needles(tree, self._segmenter)), self._needles(tree)

    def marked(self, document: Document, text: str) -> Fragment:
        """The whole body with the matches of a search marked."""
        return highlight.mark(document.body, self._needles(query.parse(text).query))

    def expansions(self, text: str) -> tuple[Expansion, ...]:
        """What the words of a search are also looked for as."""
        return self._matcher.synonyms.expansions(query.parse(text).query)

    def _needles(self, tree: query.Query) -> tuple[str, ...]:
        synonymous = (one.phrase for one in self._matcher.synonyms.expansions(tree))
        return highlight.needles(tree, self._segmenter, synonymous)

    def cited(self, document: Document, limit: int = 50) -> tuple[int, tuple[Reference, ...]]:
        """What its text cites that is here: see `related`, as for the next five."""
        return self._related.cited(document, limit)

    def citing(self, document: Document, limit: int = 20) -> tuple[int, tuple[Citing, ...]]:
        return self._related.citing(document, limit)

    def explained(self, document: Document) -> tuple[Document, ...]:
        return self._related.explained(document)

    def namesakes(self, document: Document, limit: int = 10) -> tuple[int, tuple[Document, ...]]:
        return self._related.namesakes(document, limit)

    def links(self, document: Document, text: str | None = None) -> tuple[Link, ...]:
        return self._related.links(document, text)

    def similar(self, document: Document, limit: int = 5) -> tuple[Similar, ...]:
        return self._related.similar(document, limit)

    def overview(self) -> tuple[Facet, ...]:
        return self.run(SearchState(size=1)).facets

    def newest(self, count: int) -> tuple[HitView, ...]:
        return self.run(SearchState(sort=Sort.NEWEST, size=count)).hits

    @property
    def vocabularies(self) -> Vocabularies:
        return self._vocabularies

    def label(self, name: str, code: str) -> str:
        return self._vocabularies[BY_NAME[name].vocabulary].label_of(code)

    def narrowest(self, name: str, codes: tuple[str, ...]) -> tuple[str, ...]:
        """A document's codes as a reader wants them: without those that stand above another."""
        return self._vocabularies[BY_NAME[name].vocabulary].narrowest(codes)

    def condition(self) -> Condition:
        """As the public may know it: what has expired since the last index run is not counted."""
        condition = self._engine.condition()
        if condition.state is not State.READY:
            return condition
        known = (condition.generation, self._today())
        if self._counted[0] != known:
            self._counted = (known, self._everything().total)
        return replace(condition, documents=self._counted[1])

    def _everything(self, *facets: str) -> Result:
        return self._engine.search(Request(Every(), facets=facets, limit=1, today=self._today().toordinal()))

    def _view(self, doc_id: str, wanted: tuple[str, ...], score: float) -> HitView:
        document = self._engine.get(doc_id)
        shown = highlight.fragments(document, wanted)
        bare = replace(
            document, body="", attachments=tuple(replace(one, text="") for one in document.attachments)
        )
        return HitView(bare, highlight.mark(document.title, wanted), shown, score)

    def _facet(self, name: str, counts: Mapping[str, int], state: SearchState) -> Facet:
        """The chosen values are shown even where they count nothing; years latest first, others by count."""
        chosen = state.filters.get(name, ())
        everything = {**dict.fromkeys(chosen, 0), **counts}
        values = [
            FacetValue(code, self.label(name, code), count, code in chosen)
            for code, count in everything.items()
        ]
        if name == "year":
            values.sort(key=lambda one: one.value, reverse=True)
        else:
            values.sort(key=lambda one: (-one.count, one.label))
        return Facet(name, BY_NAME[name].label, tuple(values))

    def _checked(self, state: SearchState) -> SearchState:
        """Filter values by code, label or alias become codes; QueryError for one that nothing is called."""
        filters = {
            name: tuple(dict.fromkeys(self._code(name, value) for value in values))
            for name, values in state.filters.items()
        }
        return replace(state, filters=filters, text=one_line(state.text))

    def _code(self, name: str, value: str) -> str:
        if name == "year":
            if not (value.isascii() and value.isdigit() and len(value) == 4):
                raise QueryError("year", f"{value[:40]!r} is no year", "write four digits, such as 2014")
            return value
        vocabulary = self._vocabularies[BY_NAME[name].vocabulary]
        if vocabulary.knows(value):
            code = vocabulary.code_of(value)
            return vocabulary.label_of(code) if name == "agency" else code  # a record names its agency
        if value not in self._everything(name).facets[name]:
            known = ", ".join(entry.code for entry in vocabulary.entries[:8])
            raise QueryError(
                name, f"no value is called {value[:40]!r}", f"use one that the facets show, such as {known}"
            )
        return value


def _about_signs(text: str, tree: query.Query) -> tuple[str, ...]:
    if not text or not says_nothing(tree):
        return ()
    return (f"“{text if len(text) <= SHOWN else f'{text[:SHOWN]}…'}”里没有可以检索的文字或数字",)
