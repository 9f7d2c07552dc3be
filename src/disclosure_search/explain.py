"""What a hit owes its score to, part by part.

The parts are asked of the engine, each as a search that one document alone may answer: whatever an engine scores by can
be explained, and nothing is computed in two ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from disclosure_search import analysis
from disclosure_search.analysis import Segmenter
from disclosure_search.answers import Page
from disclosure_search.document import BY_NAME, TEXT_FIELDS, Document
from disclosure_search.engine.base import (
    DOC_ID,
    EXACT,
    JOINED_CHARACTERS,
    JOINED_PAIRS,
    AllOf,
    AnyOf,
    Constant,
    Engine,
    Node,
    Prefix,
    Ranked,
    Request,
    Result,
    Run,
    Sort,
    Term,
    grams_of,
    words_of,
)
from disclosure_search.search import Search
from disclosure_search.states import SearchState
from disclosure_search.synonyms import Expansion

DEEPEST_RANK = 10_000
TOLERANCE = 1e-4  # of the score: what float32 sums in another order may differ by
KINDS = {
    "all": "含有全部词语",
    "alike": "检索词与标题相近",
    "authority": "被其他文件引用",
    "character": "单字",
    "exact": "检索词就是标题",
    "freshness": "较新",
    "learned": "学习所得",
    "number": "检索词是号码",
    "pair": "两字",
    "run": "连续文字",
    "title": "标题含有",
    "validity": "有效性",
    "word": "词",
    "year": "检索所说的年份",
}


@dataclass(frozen=True, slots=True)
class Part:
    """`kind` is word, pair, character or run of a field; all (it has all words), title, exact, number, alike (nearly
    the title), authority (who cites it), year, freshness, validity, learned, or what else an engine may score by.
    `rule` is the line of the list of synonyms that led to the token."""

    kind: str
    field: str
    token: str
    score: float
    rule: int = 0


@dataclass(frozen=True, slots=True)
class Explained:
    """`parts` add up to `score`, the greatest first."""

    document: Document
    rank: int
    score: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as the engine was asked it, and what it answered."""

    page: Page
    request: Request
    result: Result
    expansions: tuple[Expansion, ...] = ()


class _Listening:
    """An engine that remembers what it was asked last for a page of hits: so the search is explained that was made,
    however it came to be."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.heard: list[tuple[Request, Result]] = []

    def search(self, request: Request) -> Result:
        result = self._engine.search(request)
        if request.facets:
            self.heard.append((request, result))
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def ask(search: Search, engine: Engine, state: SearchState) -> Asked:
    listening = _Listening(engine)
    page = search.over(cast("Engine", listening)).run(state)
    shown = tuple(hit.document.doc_id for hit in page.hits)
    fitting = (
        (request, result)
        for request, result in reversed(listening.heard)
        if result.total == page.total and {hit.doc_id for hit in result.hits} >= set(shown)
    )
    request, result = next(fitting)
    return Asked(page, request, result, search.expansions(page.state.text))


def explained(engine: Engine, segmenter: Segmenter, asked: Asked, doc_id: str) -> Explained | None:
    """None for a document that the search does not find."""
    only = _Only(engine, asked.request, doc_id)
    if not only.is_found():
        return None
    rank, score = _place(engine, asked.request, doc_id)
    document = engine.get(doc_id, with_text=False)
    if asked.request.sort is not Sort.RELEVANCE:
        return Explained(document, rank, 0.0, ())
    score = score if rank else only.score(asked.request.node)
    rules = _rules(segmenter, asked)
    merged: dict[tuple[str, str, str, int], float] = {}
    for part in only.parts(asked.request.node):
        key = (part.kind, part.field, part.token, rules.get(part.token, 0))
        merged[key] = merged.get(key, 0.0) + part.score
    if abs(rest := score - sum(merged.values())) > TOLERANCE * max(1.0, abs(score)):
        merged["learned", "", "", 0] = rest
    parts = (Part(kind, field, token, value, rule) for (kind, field, token, rule), value in merged.items())
    return Explained(document, rank, score, tuple(sorted(parts, key=lambda one: -abs(one.score))))


def _place(engine: Engine, request: Request, doc_id: str) -> tuple[int, float]:
    """The rank, from 1 on, and the score; 0 where it comes later than anybody looks."""
    found = engine.search(replace(request, offset=0, limit=DEEPEST_RANK, facets=())).hits
    places = ((rank, hit.score) for rank, hit in enumerate(found, 1) if hit.doc_id == doc_id)
    return next(places, (0, 0.0))


def _rules(segmenter: Segmenter, asked: Asked) -> dict[str, int]:
    """The tokens that are looked for because of a rule alone."""
    text = asked.page.state.text
    own = {*segmenter.words(text), *analysis.grams(text), *analysis.canonical(text)}
    return {
        token: one.rule
        for one in reversed(asked.expansions)
        for token in (*segmenter.words(one.phrase), *analysis.grams(one.phrase))
        if token not in own
    }


class _Only:
    """Asks about one document."""

    def __init__(self, engine: Engine, request: Request, doc_id: str) -> None:
        self._engine = engine
        self._request = request
        self._self = Constant(Term(DOC_ID, doc_id))

    def is_found(self) -> bool:
        node = Constant(AllOf((self._self, self._request.node)))
        return self._engine.search(replace(self._request, node=node, facets=(), offset=0, limit=1)).total > 0

    def holds(self, node: Node) -> bool:
        return bool(self._search(Constant(AllOf((self._self, node)))).total)

    def score(self, node: Node) -> float:
        """What the node adds to the score of the document."""
        found = self._search(Ranked(self._self, node)).hits
        return found[0].score if found else 0.0

    def _search(self, node: Node) -> Result:
        return self._engine.search(Request(node, limit=1, today=self._request.today))

    def parts(self, node: Node) -> Iterator[Part]:
        match node:
            case Term() | Prefix() | Run():
                if score := self.score(node):
                    yield _named(node, score)
            case Constant(part):
                if score := self.score(node):
                    yield _bonus(part, score)
            case AnyOf(parts):
                for part in parts:
                    yield from self.parts(part)
            case AllOf(parts):
                if self.holds(node):
                    for part in parts:
                        yield from self.parts(part)
            case Ranked(required, scored):
                if self.holds(required):
                    yield from self.parts(scored)
            case _:
                yield from self._others(node)

    def _others(self, node: Any) -> Iterator[Part]:
        """What an engine may score by besides: what it is made of, and what the whole is worth beyond that."""
        if hasattr(node, "depth"):  # it weighs hits against each other: one alone does not show it
            yield from self.parts(node.part)
            return
        score = self.score(node)
        inside = [node.part] if hasattr(node, "part") else getattr(node, "terms", ())
        found = [part for one in inside for part in self.parts(one)] if score else []
        factors = getattr(node, "factors", ())
        if score and factors:
            found += self._factors(node, factors)
        yield from found
        rest = score - sum(part.score for part in found)
        if abs(rest) > TOLERANCE * max(1.0, abs(score)):
            kind = "authority" if factors or hasattr(node, "cited") else type(node).__name__.lower()
            yield Part(kind, "", "", rest)

    def _factors(self, node: Any, factors: tuple[tuple[Node, float], ...]) -> Iterator[Part]:
        """What each factor adds to what stands before it."""
        before = self.score(replace(node, factors=()))
        for count, (part, _) in enumerate(factors, 1):
            after = self.score(replace(node, factors=factors[:count]))
            if after != before:
                leaf = next(_leaves(part), None)
                token = _text_of(leaf) if leaf else ""
                yield Part(leaf.stream if leaf else "freshness", "", token, after - before)
            before = after


def _named(node: Term | Prefix | Run, score: float) -> Part:
    kind, field = _STREAMS.get(node.stream, ("keyword", node.stream))
    if isinstance(node, Prefix | Run):
        kind = "character" if isinstance(node, Prefix) else "run"
    return Part(kind, field, _text_of(node), score)


def _bonus(part: Node, score: float) -> Part:
    """What stands in the title or is the title, the 文号 or the 索引号 has a constant score."""
    leaf = next(_leaves(part), None)
    if leaf is None:
        return Part("all", "", "", score)
    field = _STREAMS.get(leaf.stream, ("", leaf.stream))[1]
    if leaf.stream == EXACT:
        return Part("exact", BY_NAME["title"].label, _text_of(leaf).removeprefix("="), score)
    if leaf.stream in ("number", "index_number"):
        return Part("number", BY_NAME[leaf.stream].label, _text_of(leaf), score)
    is_title = field == BY_NAME["title"].label
    return Part("title", field, _text_of(leaf), score) if is_title else Part("all", "", "", score)


def _leaves(node: Node) -> Iterator[Term | Prefix | Run]:
    match node:
        case Term() | Prefix() | Run():
            yield node
        case AllOf(parts) | AnyOf(parts):
            for part in sorted(parts, key=lambda one: not isinstance(one, Term)):  # not the search beside it
                yield from _leaves(part)
        case Ranked(part) | Constant(part):
            yield from _leaves(part)


def _text_of(node: Term | Prefix | Run) -> str:
    match node:
        case Term(_, token):
            return token
        case Prefix(_, start):
            return start
        case Run(_, tokens, offsets):
            text = ""
            for token, offset in zip(tokens, offsets, strict=True):
                text += token[len(text) - offset :]
            return text


_TOGETHER = "标题、著录和正文"
_STREAMS = {
    JOINED_PAIRS: ("pair", _TOGETHER),
    JOINED_CHARACTERS: ("character", _TOGETHER),
    **{words_of(one.name): ("word", one.label) for one in TEXT_FIELDS},
    **{grams_of(one.name): ("pair", one.label) for one in TEXT_FIELDS},
}
