"""The tree of lookups that `matching` makes of a search.

Every node says exactly which documents it holds (MUST be exact) and, where it is scored, by how much (MAY differ in the
last digits).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """Documents that hold the token in the stream; scored by BM25 times `weight`."""

    stream: str
    token: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """The tokens stand at the given distances from the first; `offsets` rises from 0. Scored like its terms."""

    stream: str
    tokens: tuple[str, ...]
    offsets: tuple[int, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Prefix:
    """Documents that hold a token beginning so; the score is the sum over the tokens."""

    stream: str
    start: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Between:
    """A number field lies within, both ends included; None is open. Not scored."""

    column: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Every:
    """All documents. Not scored."""


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Except:
    """The documents that `part` does not hold. Not scored."""

    part: Node


@dataclass(frozen=True, slots=True)
class Ranked:
    """The documents of `required`, scored by `scored` alone (0 where it holds none of them)."""

    required: Node
    scored: Node


@dataclass(frozen=True, slots=True)
class Constant:
    """The documents of `part`, each with the same score."""

    part: Node
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Enough:
    """Documents whose score, the sum over the terms, reaches `share` of the most that a document can have of the first
    `counted` of them: that one holds something in common with a long question says little."""

    terms: tuple[Term, ...]
    share: float = 0.0
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Telling:
    """Documents that hold any of those tokens that no more than `most`, or `share` of all documents, hold in one of the
    streams; where each is held by more, any of them all. Not scored."""

    terms: tuple[Term, ...]
    most: int
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Boosted:
    """The documents of `part`. The score of each is multiplied by 1 + `cited` times the logarithm of 1 + the number of
    documents that cite it, and by 1 + the number that stands beside each of the `factors` that hold it."""

    part: Node
    cited: float = 0.0
    factors: tuple[tuple[Node, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """How much of the different `tokens` a document has in the stream, times the mean of one and of how much of the
    stream they make up, is its likeness. The documents whose likeness is above `least`, which is one half or more; what
    is above it is scored, up to `score`."""

    stream: str
    tokens: tuple[str, ...]
    least: float
    score: float


@dataclass(frozen=True, slots=True)
class Widened:
    """The documents of `strict`; where fewer than `least` of them are public, those of `wide` as well. Not scored.
    No filter of the request has a say in it."""

    strict: Node
    wide: Node
    least: int
    share: float = float("inf")
    """Of all documents: more are not few in a small collection; one always is enough of it."""
    named: Node | None = None
    """Where `strict` has a public document that this holds, it is the one that was meant: nothing is widened."""


@dataclass(frozen=True, slots=True)
class Reranked:
    """The documents of `part`, scored like it. Of the best `depth` hits those gain that hold what few of them hold: of
    the first `counted` terms of `enough`, by stream, as much as its weight, times the best sum of `enough` among them,
    at most."""

    part: Node
    enough: Enough
    weights: tuple[tuple[str, float], ...]
    depth: int


Node = (
    Term | Run | Prefix | Between | Every | AllOf | AnyOf | Except | Ranked | Constant
    | Enough | Telling | Boosted | Alike | Widened | Reranked
)  # fmt: skip


def conjuncts(parts: Sequence[Node]) -> Iterator[Node]:
    """All that must hold, also within parts of the same kind: none of these is worked out by itself."""
    for part in parts:
        if isinstance(part, AllOf):
            yield from conjuncts(part.parts)
        else:
            yield part


def has_run(node: Node) -> bool:
    match node:
        case Run():
            return True
        case AllOf(parts) | AnyOf(parts):
            return any(map(has_run, parts))
        case Ranked(part) | Constant(part) | Boosted(part) | Reranked(part):
            return has_run(part)
    return False
