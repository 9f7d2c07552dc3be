"""What an engine is: tokens and a tree of lookups go in, ordinals, scores and counts come out.

An engine never sees text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from disclosure_search.document import FIELDS, TEXT_FIELDS, Document, Kind
from disclosure_search.engine.nodes import (
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
    Prefix,
    Ranked,
    Reranked,
    Run,
    Telling,
    Term,
    Widened,
)

__all__ = [  # of the nodes; all else is defined here
    "Alike",
    "AllOf",
    "AnyOf",
    "Between",
    "Boosted",
    "Constant",
    "Enough",
    "Every",
    "Except",
    "Node",
    "Prefix",
    "Ranked",
    "Reranked",
    "Run",
    "Telling",
    "Term",
    "Widened",
]

DOC_ID = "doc_id"
EXACT = "exact"  # keyword: the canonical title
CALLED = "called"  # keyword: the keys under which others may cite the document
CITES = "cites"  # keyword: the keys of what it cites itself
CONTENT = "content"  # keyword: the SHA-256 of its original and of each attachment
EXPLAINED = "explained"  # keyword: the ids of the documents that explain it (相关解读)
DAY = "day"  # number: 发布日期, else 成文日期
YEAR = "year_number"  # number: the year, also where only the folder says it
RECORDED = "recorded"  # number: the day on which the document was written
EXPIRES = "expires"  # number: the last day on which the document is public
DIGESTS: tuple[str, ...] = (
    EXACT,
    CALLED,
    CITES,
    CONTENT,
    EXPLAINED,
)  # keywords that nearly every document has for itself
KEYWORDS: tuple[str, ...] = (*(one.name for one in FIELDS if one.kind is Kind.KEYWORD), *DIGESTS)
NUMBERS: tuple[str, ...] = ("issued", "published", EXPIRES, DAY, YEAR, RECORDED)
UNDATED = 0  # a number field's value where the date is not known
FOREVER = 2**31 - 1


def words_of(field: str) -> str:
    """The stream of words of a text field: frequencies only."""
    return f"{field}_words"


def grams_of(field: str) -> str:
    """The stream of character pairs of a text field: with positions."""
    return f"{field}_grams"


WORDS: tuple[str, ...] = tuple(words_of(one.name) for one in TEXT_FIELDS)
GRAMS: tuple[str, ...] = tuple(grams_of(one.name) for one in TEXT_FIELDS)
# What ranks: the pairs and characters of all text fields but the attachments, as often as a field weighs.
JOINED_PAIRS, JOINED_CHARACTERS = "joined_pairs", "joined_characters"
TITLE_CHARACTERS = "title_characters"
JOINED: tuple[str, ...] = (JOINED_PAIRS, JOINED_CHARACTERS, TITLE_CHARACTERS)


class Sort(StrEnum):
    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Request:
    """`filters`: OR between the values of a facet, AND between facets. The counts of a facet leave its own filter
    out, so that its other values can still be chosen. `today` decides what has expired (proleptic ordinal)."""

    node: Node
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 10
    today: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    doc_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Result:
    """`total` and `facets` (value → count, no zeros) are exact. Where the search was widened `strict` is the number of
    hits that would have been found without it."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    strict: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One document ready to be indexed: its record and texts, and the tokens of each stream in order."""

    document: Document
    tokens: Mapping[str, Sequence[str]]
    keywords: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, int]
    sort_key: bytes = b""


class State(StrEnum):
    MISSING = "missing"
    DAMAGED = "damaged"
    OUTDATED = "outdated"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Condition:
    """`generation` names the committed state that answers now; `reason` says why it is not READY; `built` is its
    time in ISO 8601; `deleted` counts documents that are marked, but still take up room."""

    state: State
    reason: str = ""
    generation: str = ""
    documents: int = 0
    built: str = ""
    segments: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Where another process may write a share of a run, and how much memory it may use. Can be pickled."""

    location: str
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Finished:
    """What was written to a part, in words that only its engine understands; `peak_bytes` is the most memory that its
    process has used. Can be pickled."""

    doc_ids: tuple[str, ...]
    written: tuple[object, ...]
    peak_bytes: int = 0


class Shelf(Protocol):
    """Documents that lie together, each at a place. While a shelf has its `name`, what stands on it is the same; only
    what of it is public may become less."""

    @property
    def name(self) -> str: ...

    def title_keys(self) -> Sequence[tuple[int, bytes]]:
        """Places with the keys that titles are sorted by, latest day first."""
        ...

    def terms(self, stream: str) -> Iterator[tuple[str, int]]:
        """In order, with the number of documents; what is not public (any more) may be among them."""
        ...

    def is_public(self, place: int, today: int) -> bool: ...

    def document(self, place: int) -> Document:
        """Without its texts."""
        ...


class Pairs(Protocol):
    """Which characters stand side by side in any text, and in how many documents; what is not public (any more) may be
    among them."""

    def counts(self, pairs: str) -> list[int]:
        """Of each two characters."""
        ...

    def after(self, character: str) -> str: ...

    def characters(self) -> str:
        """All that another one ever stands behind."""
        ...


class PartWriter(Protocol):
    """Of a part, in a process of its own: nothing of it is in the index before it is adopted and committed."""

    def add(self, entry: Entry) -> None: ...

    def finish(self) -> Finished: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and in which file."""

    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """`checked` counts what was looked at, by kind."""

    checked: Mapping[str, int]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Statistics:
    """`terms` are counted in each segment; `size_bytes` has one number for each part of the index; `caches` the bytes
    that are held in memory and the most that may be."""

    generation: str
    documents: int
    deleted: int
    segments: int
    terms: int
    size_bytes: Mapping[str, int]
    caches: Mapping[str, tuple[int, int]]


class Writer(Protocol):
    """Nothing is visible before `commit`, and everything is after it; leaving without it leaves no trace.

    Other processes may write to parts of it meanwhile (`engine.open_part`); they MUST have ended before it is left.
    """

    def add(self, entry: Entry) -> None: ...

    def remove(self, doc_id: str) -> None: ...

    def part(self, processes: int) -> Part:
        """One of as many as there are `processes`, which share the memory."""
        ...

    def adopt(self, finished: Finished) -> None:
        """Takes what a part wrote as if it had been added here."""
        ...

    def commit(self, ledger: bytes, check: Check | None = None) -> None:
        """`check` is shown what is about to answer, before anybody else is; where it raises, nothing was committed."""
        ...


Check = Callable[["Engine"], None]
"""Is given an engine that answers from one state alone, and only until it returns."""


class Engine(Protocol):
    """Safe for use by several threads. A new generation is taken up between calls."""

    def condition(self) -> Condition: ...

    def ledger(self) -> bytes: ...

    def kept_ledgers(self) -> Iterator[bytes]:
        """All that can still be read where the index is damaged, the best first: for the ids that were given."""
        ...

    def writer(self, *, fresh: bool) -> AbstractContextManager[Writer]:
        """`fresh` starts from nothing and is switched to at the commit. IndexLockedError while another writes."""
        ...

    def search(self, request: Request) -> Result: ...

    def warm(self) -> None:
        """Loads what most searches need, before processes are forked that then share it."""
        ...

    def get(self, doc_id: str, *, with_text: bool = True) -> Document: ...

    def records(self, doc_ids: Sequence[str]) -> Iterator[Document]:
        """Without their texts, in this order, all of one state; an id that is not there is passed over."""
        ...

    def documents(self) -> Iterator[Document]: ...

    def shelves(self) -> tuple[Shelf, ...]: ...

    def pairs(self) -> Pairs: ...

    def statistics(self) -> Statistics: ...

    def inspect(self) -> Inspection:
        """Reads everything that is on the disk; damage is told, not raised."""
        ...

    def standing(self, stream: str, *, placed: bool = True) -> Iterator[tuple[str, int]]:
        """Of every document a number that says which tokens stand where in a stream of pairs, as `standing.digest_of`
        tells it of the canonical text itself; without places, as `digest_of_set`. Reads all postings of the stream."""
        ...

    def roll_back(self) -> Condition:
        """The generation before the last rebuild answers again; a second time, that of the rebuild. EngineError where
        there is none that this program can read."""
        ...

    def close(self) -> None: ...
