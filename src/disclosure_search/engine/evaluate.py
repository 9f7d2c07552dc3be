"""The tree of lookups × the arrays of a Space → matching ordinals, scores, counts and order.

Two passes: `Evaluation.ids` finds which documents a node holds, `Evaluation.scores` weighs those that are left
after the filters. All ordinals are sorted and unique. Nothing here knows how a segment is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine.base import (
    DOC_ID,
    EXPIRES,
    AllOf,
    AnyOf,
    Between,
    Constant,
    Every,
    Except,
    Hit,
    Node,
    Prefix,
    Ranked,
    Request,
    Result,
    Run,
    Sort,
    Term,
)
from disclosure_search.engine.space import Ordinals, Scores, Space

PREFIX_LIMIT = 4096  # terms that one prefix may open into
DENSE_SHARE = 8  # a term with more postings than this many times the hits is looked up hit by hit


def search(space: Space, request: Request) -> Result:
    evaluation = Evaluation(space)
    found = evaluation.ids(request.node)
    found = found[space.alive[found] & (space.numbers(EXPIRES)[found] >= request.today)]
    kept = {name: _holding(space, name, values) for name, values in request.filters.items() if values}
    hits = _within(found, list(kept.values()))
    facets = {
        name: _counts(space, name, _within(found, [mask for other, mask in kept.items() if other != name]))
        for name in request.facets
    }
    chosen, scores = _page(evaluation, request, hits)
    pairs = zip(chosen.tolist(), scores.tolist(), strict=True)
    shown = tuple(Hit(space.stored(ordinal)[DOC_ID], score) for ordinal, score in pairs)
    return Result(len(hits), shown, facets)


class Evaluation:
    """One request's work; what a node holds is worked out once."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._held: dict[Node, Ordinals] = {}

    def ids(self, node: Node) -> Ordinals:
        """The ordinals of the documents that `node` holds, deleted ones among them."""
        if isinstance(node, Term):
            return self.space.postings(node.stream, node.token).ids
        if node not in self._held:
            self._held[node] = self._found(node)
        return self._held[node]

    def _found(self, node: Node) -> Ordinals:
        match node:
            case AllOf(parts):
                return self._all_of(parts)
            case AnyOf(parts):
                return self._union([self.ids(part) for part in parts])
            case Ranked(part) | Constant(part):
                return self.ids(part)
            case Except(part):
                return _without(self._everything(), self.ids(part))
            case Run():
                return run_ids(self.space, node)
            case Prefix():
                return self._union([self.ids(term) for term in self._terms(node)])
            case Between(column, low, high):
                return _between(self.space.numbers(column), low, high)
        return self._everything()

    def _everything(self) -> Ordinals:
        return np.arange(self.space.size, dtype=np.int64)

    def _terms(self, node: Prefix) -> list[Term]:
        terms = self.space.terms(node.stream, node.start, PREFIX_LIMIT)
        return [Term(node.stream, term, node.weight) for term in terms]

    def _all_of(self, parts: Sequence[Node]) -> Ordinals:
        """The smallest set first, so that the others only have to be asked about what is left."""
        held = sorted((self.ids(part) for part in parts if not isinstance(part, Except | Every)), key=len)
        left = held[0] if held else self._everything()
        for other in held[1:]:
            left = left[_is_in(left, other)]
        for part in parts:
            if isinstance(part, Except):
                left = _without(left, self.ids(part.part))
        return left

    def _union(self, sets: list[Ordinals]) -> Ordinals:
        sets = [one for one in sets if len(one)]
        if len(sets) < 2:
            return sets[0] if sets else np.empty(0, np.int64)
        if sum(map(len, sets)) * 16 < self.space.size:
            return np.unique(np.concatenate(sets))
        mask = np.zeros(self.space.size, bool)
        for one in sets:
            mask[one] = True
        return np.flatnonzero(mask)

    def scores(self, node: Node, ids: Ordinals) -> Scores:
        """The score of each of `ids`; 0 for those that `node` does not hold."""
        match node:
            case Term():
                return self._any_of((node,), ids)
            case AnyOf(parts):
                return self._any_of(parts, ids)
            case Prefix():
                return self._any_of(self._terms(node), ids)
            case AllOf(parts):
                return self._where(node, ids, [self.scores(part, ids) for part in parts])
            case Ranked(_, scored):
                return self._where(node, ids, [self.scores(scored, ids)])
            case Constant(_, score):
                return self._where(node, ids, [np.full(len(ids), score, np.float32)])
            case Run(stream, tokens, _, weight):
                terms = [Term(stream, token, weight) for token in tokens]
                return self._where(node, ids, [self._any_of(terms, ids)])
        return np.zeros(len(ids), np.float32)

    def _where(self, node: Node, ids: Ordinals, parts: list[Scores]) -> Scores:
        total: Scores = np.sum(parts, axis=0, dtype=np.float32) if parts else np.zeros(len(ids), np.float32)
        total[~_is_in(ids, self.ids(node))] = 0
        return total

    def _any_of(self, parts: Sequence[Node], ids: Ordinals) -> Scores:
        total = np.zeros(len(ids), np.float32)
        dense: Scores | None = None
        for part in parts:
            if not isinstance(part, Term):
                total += self.scores(part, ids)
                continue
            held = self.space.postings(part.stream, part.token).ids
            if not len(held):
                continue
            scored = self.space.scores(part.stream, part.token)
            if len(held) > DENSE_SHARE * len(ids):
                at = np.minimum(np.searchsorted(held, ids), len(held) - 1)
                total += np.where(held[at] == ids, scored[at] * np.float32(part.weight), np.float32(0))
            else:
                if dense is None:
                    dense = np.zeros(self.space.size, np.float32)
                dense[held] += scored * np.float32(part.weight)
        return total if dense is None else total + dense[ids]


def run_ids(space: Space, run: Run) -> Ordinals:
    """The documents in which the tokens stand at their offsets: exact, by positions.

    Every occurrence becomes one number, document × width + position − offset; a run stands where all tokens agree.
    """
    held = [space.postings(run.stream, token).ids for token in run.tokens]
    order = sorted(range(len(held)), key=lambda index: len(held[index]))
    left = held[order[0]]
    for index in order[1:]:
        left = left[_is_in(left, held[index])]
    if not len(left) or len(run.tokens) == 1:
        return left
    keys: NDArray[np.int64] | None = None
    for index in order:
        found = _occurrences(space, run, index, left)
        keys = found if keys is None else keys[_is_in(keys, found)]
        if not len(keys):
            return np.empty(0, np.int64)
    assert keys is not None
    return np.unique(keys >> _WIDTH)


_WIDTH = 24  # bits of a position: 16 million characters in one text of a document


def _occurrences(space: Space, run: Run, index: int, among: Ordinals) -> NDArray[np.int64]:
    token, offset = run.tokens[index], run.offsets[index]
    ids = space.postings(run.stream, token).ids
    starts, flat = space.positions(run.stream, token)
    at = np.searchsorted(ids, among)
    counts = starts[at + 1] - starts[at]
    begins = np.repeat(starts[at] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
    positions = flat[begins + np.arange(len(begins))].astype(np.int64) - offset
    keys = (np.repeat(among, counts) << _WIDTH) + positions
    kept: NDArray[np.int64] = keys[positions >= 0]
    return kept


def _page(evaluation: Evaluation, request: Request, hits: Ordinals) -> tuple[Ordinals, Scores]:
    """The asked part of the hits in the asked order. Ranks are unique, so every order is total and stable."""
    space = evaluation.space
    wanted = request.offset + request.limit
    if request.sort is not Sort.RELEVANCE:
        ranks = {Sort.NEWEST: "newest", Sort.OLDEST: "oldest", Sort.TITLE: "by_title"}[request.sort]
        chosen = _first(getattr(space, ranks)[hits], wanted)[request.offset :]
        return hits[chosen], np.zeros(len(chosen), np.float32)
    scores = evaluation.scores(request.node, hits)
    if len(hits) > 4 * wanted:
        least = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
        candidates = np.flatnonzero(scores >= least)
    else:
        candidates = np.arange(len(hits))
    newest = space.newest[hits[candidates]]
    order = np.lexsort((newest, -scores[candidates]))[request.offset : wanted]
    chosen = candidates[order]
    return hits[chosen], scores[chosen]


def _first(ranks: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """The places of the `wanted` lowest ranks, in order."""
    if len(ranks) > 4 * wanted:
        lowest = np.argpartition(ranks, wanted)[:wanted]
        return lowest[np.argsort(ranks[lowest])]
    return np.argsort(ranks)[:wanted]


def _holding(space: Space, name: str, values: Sequence[str]) -> NDArray[np.bool_]:
    mask = np.zeros(space.size, bool)
    for value in values:
        mask[space.postings(name, value).ids] = True
    return mask


def _within(ids: Ordinals, masks: Sequence[NDArray[np.bool_]]) -> Ordinals:
    for mask in masks:
        ids = ids[mask[ids]]
    return ids


def _counts(space: Space, name: str, ids: Ordinals) -> Mapping[str, int]:
    facet = space.facet(name)
    mask = np.zeros(space.size, bool)
    mask[ids] = True
    counts = np.bincount(facet.codes[mask[facet.ids]], minlength=len(facet.values))
    return {facet.values[code]: int(counts[code]) for code in np.flatnonzero(counts)}


def _is_in(ids: NDArray[np.int64], among: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the sorted `ids` stand in the sorted `among`."""
    if not len(among):
        return np.zeros(len(ids), bool)
    at = np.minimum(np.searchsorted(among, ids), len(among) - 1)
    found: NDArray[np.bool_] = among[at] == ids
    return found


def _without(ids: Ordinals, excluded: Ordinals) -> Ordinals:
    return ids[~_is_in(ids, excluded)]


def _between(numbers: NDArray[np.int64], low: int | None, high: int | None) -> Ordinals:
    """Undated documents (0) lie in no range."""
    mask = numbers > 0
    if low is not None:
        mask &= numbers >= low
    if high is not None:
        mask &= numbers <= high
    return np.flatnonzero(mask)
