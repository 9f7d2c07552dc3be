"""What a search answers with: a page of hits with fragments, facets and notes."""

from __future__ import annotations

from dataclasses import dataclass

from disclosure_search.document import Document
from disclosure_search.engine.base import Condition
from disclosure_search.highlight import Fragment
from disclosure_search.repair import Proposal
from disclosure_search.states import SearchState


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    label: str
    count: int
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class HitView:
    """`document` comes without its texts."""

    document: Document
    title: Fragment
    fragments: tuple[Fragment, ...]
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Listing:
    """Hits by id alone, in the order of the search; `total` counts all of them."""

    total: int
    doc_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """`total`, `hits` and `facets` speak of the same set; `notes` say what the search did with the text."""

    state: SearchState
    total: int
    hits: tuple[HitView, ...]
    facets: tuple[Facet, ...]
    notes: tuple[str, ...]
    took_ms: float
    condition: Condition
    proposals: tuple[Proposal, ...] = ()

    @property
    def pages(self) -> int:
        return -(-self.total // self.state.size)

    @property
    def generation(self) -> str:
        return self.condition.generation

    @property
    def documents(self) -> int:
        return self.condition.documents

    @property
    def built(self) -> str:
        return self.condition.built
