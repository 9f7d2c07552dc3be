"""The tree of lookups × the arrays of a Space → matching ordinals, scores, counts and order.

Two passes: `Evaluation.ids` finds which documents a node holds, `Evaluation.scores` weighs those that are left
after the filters. All ordinals are sorted and unique. Nothing here knows how a segment is stored.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from disclosure_search.engine import facets, order, rerank
from disclosure_search.engine.base import (
    JOINED,
    Alike,
    AllOf,
    AnyOf,
    Between,
    Boosted,
    Constant,
    Enough,
    Every,
    Except,
    Hit,
    Node,
    Prefix,
    Ranked,
    Request,
    Reranked,
    Result,
    Run,
    Sort,
    Telling,
    Term,
    Widened,
)
from disclosure_search.engine.nodes import conjuncts, has_run
from disclosure_search.engine.ordinals import (
    NO_ORDINALS,
    Mask,
    Ordinals,
    Scores,
    found_in,
    is_in,
    union,
    where,
)
from disclosure_search.engine.runs import run_ids
from disclosure_search.engine.scoring import (
    Scored,
    Weights,
    add_scores,
    all_of,
    any_of,
    held_scores,
    prefix_scores,
    scores_once,
    term_scores,
    term_weights,
)
from disclosure_search.engine.space import Numbers, Space
from disclosure_search.engine.weighing import enough, gathered, likenesses, telling


def search(space: Space, request: Request) -> Result:
    public = space.public(request.today)
    whole = public is None and not request.filters and request.limit and request.sort is Sort.RELEVANCE
    evaluation = Evaluation(space, request.node, public, all_scored=bool(whole))
    found = evaluation.ids(request.node)
    if public is not None:
        found = where(found, public.take(found))
    kept = {name: facets.holding(space, name, values) for name, values in request.filters.items() if values}
    hits = facets.within(found, list(kept.values()))
    counts = facets.counts_of(space, request, found, hits, kept)
    chosen, scores = _page(evaluation, request, hits)
    shown = tuple(map(Hit, space.doc_ids(chosen.tolist()), scores.tolist()))
    return Result(len(hits), shown, counts, evaluation.count_of_strict(hits))


class Evaluation:
    """One request's work; what a node holds is worked out once. The nodes are known by identity: comparing trees
    takes longer than many a search.

    `all_scored`: the scores of all that the root holds will be asked for, so that finding and scoring may be one."""

    def __init__(
        self, space: Space, root: Node, public: Mask | None = None, *, all_scored: bool = False
    ) -> None:
        self.space = space
        self._root = root
        self._public = public
        self._all_scored = all_scored
        self._held: dict[int, Ordinals] = {}
        self._leaves: dict[int, Scored] = {}
        self._weights_of: dict[int, Weights] = {}
        self._weighed: dict[int, tuple[Ordinals, Scores]] = {}
        self._alike: dict[tuple[str, tuple[str, ...]], tuple[Ordinals, Scores]] = {}
        self._strict: list[Ordinals] = []  # of all that may be widened
        self._wide: list[Ordinals] = []  # of what was
        self._summed: Ordinals | None = None
        self._sums_of_root: Scores = np.empty(0, np.float32)
        self._none: Scores = np.empty(0, np.float32)

    def ids(self, node: Node) -> Ordinals:
        """The ordinals of the documents that `node` holds, deleted ones among them."""
        found = self._held.get(id(node))
        if found is None:
            found = self._held[id(node)] = self._found(node)
        return found

    def _found(self, node: Node) -> Ordinals:
        match node:
            case AllOf(parts):
                return self._all_of(node, parts)
            case AnyOf(parts):
                return self._any_of(node, parts)
            case Ranked(part) | Constant(part) | Boosted(part) | Reranked(part):
                return self.ids(part)
            case Except(part):
                mask = np.ones(self.space.size, bool)
                mask[self.ids(part)] = False
                return np.flatnonzero(mask)
            case Enough(terms):
                held = self._weighed[id(node)] = enough(self.space, node, self.weights(terms))
                return held[0]
            case Telling(terms):
                return telling(self.space, node, self.weights(terms))
            case Widened():
                return self._widened(node)
            case Alike(_, _, least):
                ids, alike = self._likenesses(node)
                return where(ids, alike > least)
        return self._looked_up(node)

    def _looked_up(self, node: Node) -> Ordinals:
        match node:
            case Term(stream, token):
                if stream in JOINED:
                    return self._weights(node).ordinals()
                leaf = held_scores(self.space, stream, token)
                if leaf is None:  # it may be a filter, which needs none
                    return self.space.ids(stream, token)
                self._leaves[id(node)] = leaf
                return leaf.ids
            case Run():
                return run_ids(self.space, node)
            case Prefix(stream, start):
                return prefix_scores(self.space, stream, start).ids
            case Between(column, low, high):
                return _between(self.space.numbers(column), low, high)
        return self._everything()

    def _everything(self) -> Ordinals:
        return np.arange(self.space.size, dtype=np.int64)

    def _widened(self, node: Widened) -> Ordinals:
        strict = self.ids(node.strict)
        self._strict.append(strict)
        shown = strict if self._public is None else where(strict, self._public.take(strict))
        if len(shown) >= min(node.least, max(1, self.space.size * node.share)):
            return strict
        if node.named is not None and self.holds(node.named, shown).any():
            return strict
        self._wide.append(union([strict, self.ids(node.wide)], self.space.scratch))
        return self._wide[-1]

    def count_of_strict(self, hits: Ordinals) -> int | None:
        """How many of them are not there because the search was widened; None where none was."""
        if not self._wide:
            return None
        strict, wide = union(self._strict, self.space.scratch), union(self._wide, self.space.scratch)
        return int(
            len(hits)
            - np.count_nonzero(
                is_in(hits, wide, self.space.scratch) & ~is_in(hits, strict, self.space.scratch)
            )
        )

    def _all_of(self, node: Node, parts: Sequence[Node]) -> Ordinals:
        """The smallest set first, so that the others only have to be asked about what is left."""
        asked = list(conjuncts(parts))
        if node is self._root and self._all_scored:
            terms = [part for part in asked if isinstance(part, Term | Prefix) and part.weight > 0]
            excluded = [part.part for part in asked if isinstance(part, Except)]
            if terms and len(terms) + len(excluded) == len(asked):
                return self._scored_all_of(terms, excluded)
        wanted = [part for part in asked if not isinstance(part, Except | Every)]
        runs = [
            part for part in wanted if has_run(part)
        ]  # dear: sought last, where anything is left to hold them
        others = sorted((part for part in wanted if not has_run(part)), key=self._most)
        left = self.ids((others or runs)[0]) if wanted else self._everything()
        for part in (*others[1:], *(runs if others else runs[1:])):
            if not len(left):
                return left
            left = where(left, self.holds(part, left))
        for other in asked:
            if isinstance(other, Except):
                left = where(left, ~self.holds(other.part, left))
        return left

    def _most(self, node: Node) -> int:
        """That it does not hold more is known of some nodes before they are worked out."""
        if id(node) not in self._held:
            if isinstance(node, Term) and node.stream in JOINED:
                return self._weights(node).documents
            if isinstance(node, AnyOf) and _are_terms(node.parts):
                return sum(map(self._most, node.parts))
        return len(self.ids(node))

    def _scored_all_of(self, terms: Sequence[Term | Prefix], excluded: Sequence[Node]) -> Ordinals:
        """Where some terms are all that is required, finding and scoring are one: two thirds of the time."""
        ids, sums = all_of([(self._leaf(part), part.weight) for part in terms], self.space.scratch)
        for part in excluded:
            left = (~self.holds(part, ids)).nonzero()[0]
            ids, sums = ids.take(left), sums.take(left)
        self._summed, self._sums_of_root = ids, sums
        return ids

    def _any_of(self, node: Node, parts: Sequence[Node]) -> Ordinals:
        """Where any of some terms is all that is asked for, finding and scoring are one."""
        terms = [part for part in parts if isinstance(part, Term | Prefix) and part.weight > 0]
        if node is self._root and 1 < len(terms) == len(parts):
            ids, self._sums_of_root = any_of(
                [(self._leaf(part), part.weight) for part in terms], self.space.scratch
            )
            self._summed = ids
            return ids
        return union([self.ids(part) for part in parts], self.space.scratch)

    def holds(self, node: Node, ids: Ordinals) -> Mask:
        if isinstance(node, Term) and node.stream in JOINED:
            weights = self._weights(node)
            if weights.is_dense:
                return weights.scores.take(ids) > 0
            return is_in(ids.astype(np.int32), weights.ids, self.space.scratch)
        if isinstance(node, AnyOf) and id(node) not in self._held and _are_terms(node.parts):
            held_by_any = np.zeros(len(ids), bool)
            for part in node.parts:
                held_by_any |= self.holds(part, ids)
            return held_by_any
        held = self.ids(node)
        if held is ids:
            return np.ones(len(ids), bool)
        if isinstance(node, Term | Prefix) and len(ids) and len(held) > len(ids):
            dense = self._leaf(node).dense
            if dense is not None:
                return dense.take(ids) > 0
        return is_in(ids, held, self.space.scratch)

    def weights(self, terms: Sequence[Term]) -> list[Weights]:
        return [self._weights(term) for term in terms]

    def _weights(self, term: Term) -> Weights:
        found = self._weights_of.get(id(term))
        if found is None:
            found = self._weights_of[id(term)] = term_weights(self.space, term.stream, term.token)
        return found

    def sums(self, node: Enough, ids: Ordinals) -> Scores:
        """Taken from what was added up for all, or gathered."""
        held, sums = self._weighed.get(id(node), (NO_ORDINALS, self._none))
        if ids is held:
            return sums
        leaves = self.weights(node.terms)
        if not len(held):
            return gathered(ids, node, leaves, self.space.scratch)
        at = held.searchsorted(ids)
        found = sums.take(at, mode="clip")
        missing = (held.take(at, mode="clip") != ids).nonzero()[0]
        if len(missing):
            found[missing] = gathered(ids.take(missing), node, leaves, self.space.scratch)
        return found

    def _likenesses(self, node: Alike) -> tuple[Ordinals, Scores]:
        key = (node.stream, node.tokens)
        found = self._alike.get(key)
        if found is None:
            found = self._alike[key] = likenesses(self.space, node.stream, node.tokens)
        return found

    def _add_likeness(self, total: Scores, node: Alike, ids: Ordinals) -> None:
        held, alike = self._likenesses(node)
        if len(held):
            places = found_in(ids, held).nonzero()[0]
            above = alike.take(held.searchsorted(ids.take(places))) - np.float32(node.least)
            total[places] += np.maximum(above, np.float32(0)) * np.float32(node.score / (1 - node.least))

    def _boosted(self, node: Boosted, ids: Ordinals, *, all_held: bool) -> Scores:
        own = np.zeros(len(ids), np.float32)
        self._add(own, node.part, ids, all_held=all_held)
        if node.cited:
            own *= self.space.authority.take(ids) * np.float32(node.cited) + np.float32(1)
        for part, more in node.factors:
            own[is_in(ids, self.ids(part), self.space.scratch)] *= np.float32(1 + more)
        return own

    def _leaf(self, node: Term | Prefix) -> Scored:
        found = self._leaves.get(id(node))
        if found is None:
            if isinstance(node, Term) and node.stream in JOINED:
                found = self._weights(node).scored()
            elif isinstance(node, Term):
                found = term_scores(self.space, node.stream, node.token)
            else:
                found = prefix_scores(self.space, node.stream, node.start)
            self._leaves[id(node)] = found
        return found

    def scores(self, ids: Ordinals) -> Scores:
        """The score of each of `ids`, all of which the root holds."""
        if ids is self._summed:
            return self._sums_of_root
        total = np.zeros(len(ids), np.float32)
        self._add(total, self._root, ids, all_held=True)
        return total

    def _add(self, total: Scores, node: Node, ids: Ordinals, *, all_held: bool) -> None:
        """Adds the scores of `node` to those of `ids`; `all_held`: it is known to hold all of them."""
        match node:
            case Term() | Prefix():
                add_scores(total, ids, self._leaf(node), node.weight, self.space.scratch, all_held=all_held)
            case AnyOf(parts):
                for part in parts:
                    self._add(total, part, ids, all_held=False)
            case Enough():
                total += self.sums(node, ids)
            case Boosted():
                total += self._boosted(node, ids, all_held=all_held)
            case Alike():
                self._add_likeness(total, node, ids)
            case Reranked(part):
                self._add(total, part, ids, all_held=all_held)
            case AllOf() | Ranked() | Constant() | Run():
                held = self.ids(node)
                if all_held or held is ids:
                    self._add_inside(total, node, ids)
                    return
                places = np.flatnonzero(is_in(ids, held, self.space.scratch))
                inside = total.take(places)
                self._add_inside(inside, node, ids.take(places))
                total[places] = inside

    def _add_inside(self, total: Scores, node: AllOf | Ranked | Constant | Run, ids: Ordinals) -> None:
        """The same where `node` holds all of them."""
        match node:
            case AllOf(parts):
                for part in parts:
                    self._add(total, part, ids, all_held=True)
            case Ranked(_, scored):
                self._add(total, scored, ids, all_held=False)
            case Constant(_, score):
                total += np.float32(score)
            case Run(stream, tokens, _, weight):
                for token in tokens:
                    scores = scores_once(self.space, stream, token, ids)
                    if scores is not None:
                        total += scores if weight == 1 else scores * np.float32(weight)
                        continue
                    leaf = term_scores(self.space, stream, token)
                    add_scores(total, ids, leaf, weight, self.space.scratch, all_held=True)


def _are_terms(nodes: Sequence[Node]) -> bool:
    return all(isinstance(node, Term) for node in nodes)


def _page(evaluation: Evaluation, request: Request, hits: Ordinals) -> tuple[Ordinals, Scores]:
    """The asked part of the hits in the asked order."""
    wanted = request.offset + request.limit
    if request.sort is not Sort.RELEVANCE:
        chosen = order.by_rank(evaluation.space, request.sort, hits, wanted)[request.offset :]
        return hits.take(chosen), np.zeros(len(chosen), np.float32)
    if not request.limit:
        return hits[:0], np.zeros(0, np.float32)
    scores = rerank.weighed_again(evaluation, request.node, hits, evaluation.scores(hits))
    chosen = order.by_score(evaluation.space, hits, scores, wanted)[request.offset :]
    return hits.take(chosen), scores.take(chosen)


def _between(numbers: Numbers, low: int | None, high: int | None) -> Ordinals:
    """Undated documents (0) lie in no range."""
    mask = numbers > 0
    if low is not None:
        mask &= numbers >= low
    if high is not None:
        mask &= numbers <= high
    return np.flatnonzero(mask)
