"""Scores that more than one term has a say in: who has enough of a question, whose title it nearly is, who is cited.

As everywhere, a score is a sum of float32 in the order of the tree: what was added up for all documents at once and
what is gathered for a few of them is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from disclosure_search.engine.base import Enough, Telling
from disclosure_search.engine.ordinals import NO_ORDINALS, Ordinals, Scores, Scratch, is_in, union
from disclosure_search.engine.scoring import Weights, add_scores, highest_score, lengths_of
from disclosure_search.engine.space import Space

LEAST = 0.5  # no node asks for less of a likeness
LENGTH_ROUNDING = 1.25  # a length is kept in one byte: it may be told too short by this


def enough(space: Space, node: Enough, leaves: Sequence[Weights]) -> tuple[Ordinals, Scores]:
    """Who reaches the share, with the sum of everyone."""
    counted = zip(node.terms[: node.counted or None], leaves, strict=False)
    most = sum(highest_score(space, leaf.documents) * term.weight for term, leaf in counted if leaf.documents)
    if not any(leaf.documents for leaf in leaves):
        return NO_ORDINALS, np.empty(0, np.float32)
    least = np.float32(node.share * most)
    sums = space.scratch.sums
    try:
        for term, leaf in zip(node.terms, leaves, strict=True):
            if not leaf.documents:
                continue
            weighed = leaf.scores if term.weight == 1 else leaf.scores * np.float32(term.weight)
            if leaf.is_dense:
                sums += weighed
            else:  # a third of the time of sums[ids] += weighed
                np.add.at(sums, leaf.ids.astype(np.intp), weighed)
        ids = (sums >= least if least > 0 else sums > 0).nonzero()[0]
        return ids, sums.take(ids)
    finally:
        sums[:] = 0


def telling(space: Space, node: Telling, leaves: Sequence[Weights]) -> Ordinals:
    most = max(node.most, node.share * space.size)
    pairs = list(zip(node.terms, leaves, strict=True))
    frequent = {term.token for term, leaf in pairs if leaf.documents > most}
    rare = [leaf for term, leaf in pairs if leaf.documents and term.token not in frequent]
    return union([leaf.scored().ids for leaf in rare or leaves], space.scratch)


def gathered(ids: Ordinals, node: Enough, leaves: Sequence[Weights], scratch: Scratch) -> Scores:
    """The sums of some documents."""
    total = np.zeros(len(ids), np.float32)
    for term, leaf in zip(node.terms, leaves, strict=True):
        if not leaf.documents:
            continue
        if leaf.is_dense:
            found = leaf.scores.take(ids)
            total += found if term.weight == 1 else found * np.float32(term.weight)
        else:
            add_scores(total, ids, leaf.scored(), term.weight, scratch, all_held=False)
    return total


def likenesses(space: Space, stream: str, tokens: Sequence[str]) -> tuple[Ordinals, Scores]:
    """The documents whose likeness is above `LEAST`. Who has none of the rarest tokens has too few of them, and who has
    a text that is shorter than what is needed too."""
    held = sorted((space.postings(stream, token) for token in tokens), key=lambda one: len(one[0]))
    count = len(held)
    needed = int(LEAST * count) + 1
    ids = union([owners for owners, _ in held[: count - needed + 1]], space.scratch)
    own = lengths_of(space, stream, ids)
    long_enough = own * LENGTH_ROUNDING >= needed
    ids, own = ids[long_enough], own[long_enough]
    same, covered = np.zeros(len(ids), np.int32), np.zeros(len(ids), np.int32)
    for done, (owners, frequencies) in enumerate(held):
        if not len(ids):
            break
        at = is_in(ids, owners, space.scratch).nonzero()[0]
        same[at] += 1
        covered[at] += frequencies.take(owners.searchsorted(ids.take(at)))
        kept = same + (count - done - 1) >= needed
        if not kept.all():
            ids, own, same, covered = ids[kept], own[kept], same[kept], covered[kept]
    share = np.minimum(1, covered / np.maximum(1, own))
    alike = (same / count * (0.5 + 0.5 * share)).astype(np.float32)
    return ids[alike > LEAST], alike[alike > LEAST]
