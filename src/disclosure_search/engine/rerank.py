"""What tells the best hits apart: a term that few of them hold speaks for those that do.

How rare a term is in the whole collection was counted already; the first hundred hits of 个体户 贷款 担保 hold 担保
nearly all, so that which of them speaks of 个体户 says more. Nobody loses by it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from disclosure_search.engine import order
from disclosure_search.engine.nodes import AllOf, Enough, Node, Reranked, Term
from disclosure_search.engine.ordinals import Mask, Ordinals, Scores
from disclosure_search.engine.space import Space


class Held(Protocol):
    """What is known of one search."""

    @property
    def space(self) -> Space: ...

    def holds(self, node: Term, ids: Ordinals) -> Mask: ...

    def sums(self, node: Enough, ids: Ordinals) -> Scores: ...


def weighed_again(held: Held, root: Node, hits: Ordinals, scores: Scores) -> Scores:
    """Nothing is taken away from the best ones, so that they stay before all others: pages agree, whichever is asked
    for."""
    parts = root.parts if isinstance(root, AllOf) else (root,)
    node = next((part for part in parts if isinstance(part, Reranked)), None)
    if node is None or len(hits) < 2:
        return scores
    best = np.sort(order.by_score(held.space, hits, scores, node.depth))
    again = scores.copy()
    again[best] += gained(node, held, hits.take(best))
    return again


def gained(node: Reranked, held: Held, ids: Ordinals) -> Scores:
    """What each of the best hits gains."""
    own = node.enough.terms[: node.enough.counted]
    total = np.zeros(len(ids), np.float64)
    for stream, weight in node.weights:
        masks = [held.holds(term, ids) for term in own if term.stream == stream]
        if masks and weight:
            total += weight * telling(np.array(masks))
    best = float(held.sums(node.enough, ids).max())
    return (total * best).astype(np.float32)


def telling(holding: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of terms × hits: the share of the terms that each hit holds, a term weighing more the fewer hold it."""
    found = holding[holding.any(axis=1)]
    if not len(found):
        return np.zeros(holding.shape[1])
    rarity = -np.log((found.sum(axis=1) + 1) / (holding.shape[1] + 2))
    shares: NDArray[np.float64] = (rarity[:, None] * found).sum(axis=0) / rarity.sum()
    return shares
