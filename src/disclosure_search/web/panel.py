"""What a search can be narrowed by: the first values of each facet beside it, and all of one on a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from disclosure_search import pinyin
from disclosure_search.analysis import canonical
from disclosure_search.answers import Facet, FacetValue, Page
from disclosure_search.states import SearchState
from disclosure_search.vocabulary import Vocabulary

Address = Callable[[SearchState], str]
Labeller = Callable[[str, str], str]
SHOWN = 8
NESTED = (
    "category",
)  # a document of one is counted for those above it; groups of channels are for statistics
_LONG = 13  # values from which a list is split by letters


@dataclass(frozen=True, slots=True)
class Choice:
    """`url` is the search with it, or without it where it is chosen; `level` is its depth in a tree."""

    value: str
    label: str
    count: int
    selected: bool
    url: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """`rest` is how many values are not shown."""

    name: str
    choices: tuple[Choice, ...]
    rest: int = 0


def panels(
    page: Page, address: Address, label: Labeller, vocabularies: Mapping[str, Vocabulary]
) -> tuple[Panel, ...]:
    """One for each facet that has values here."""
    made = (_panel(facet, page.state, address, label, vocabularies.get(facet.name)) for facet in page.facets)
    return tuple(panel for panel in made if panel.choices)


def _panel(
    facet: Facet, state: SearchState, address: Address, label: Labeller, vocabulary: Vocabulary | None
) -> Panel:
    ordered = list(in_tree(facet.values, vocabulary)) if facet.name in NESTED and vocabulary else [
        (one, 0) for one in facet.values
    ]  # fmt: skip
    shown = [(one, level) for at, (one, level) in enumerate(ordered) if _is_shown(facet, one, at)]
    choices = tuple(choice(facet.name, one, state, address, label, level) for one, level in shown)
    return Panel(facet.name, choices, len(ordered) - len(shown))


def _is_shown(facet: Facet, value: FacetValue, at: int) -> bool:
    return value.selected or at < (2 * SHOWN if facet.name in NESTED else SHOWN)


def choice(
    facet: str, value: FacetValue, state: SearchState, address: Address, label: Labeller, level: int = 0
) -> Choice:
    other = (
        state.without_filter(facet, value.value) if value.selected else state.with_filter(facet, value.value)
    )
    return Choice(value.value, label(facet, value.value), value.count, value.selected, address(other), level)


def in_tree(values: Iterable[FacetValue], vocabulary: Vocabulary) -> Iterator[tuple[FacetValue, int]]:
    """Each value behind the one that stands above it, with its depth; brothers in the order given."""
    held = {one.value: one for one in values}
    below: dict[str, list[str]] = {}
    for code in held:
        above = next((one for one in reversed(vocabulary.path_to(code)[:-1]) if one in held), "")
        below.setdefault(above, []).append(code)

    def walk(code: str, level: int) -> Iterator[tuple[FacetValue, int]]:
        for one in below.get(code, ()):
            yield held[one], level
            yield from walk(one, level + 1)

    yield from walk("", 0)


@dataclass(frozen=True, slots=True)
class Index:
    """All values of a facet that a text is part of, under the letters that their readings begin with."""

    letters: tuple[tuple[str, tuple[Choice, ...]], ...]
    total: int


def index(choices: Iterable[Choice], wanted: str, *, by_letter: bool) -> Index:
    """`by_letter` is for long lists; a short one, or a tree, stays as it is, below an empty letter."""
    part = canonical(wanted)
    kept = [one for one in choices if part in canonical(one.label)]
    if not by_letter or len(kept) < _LONG:
        return Index((("", tuple(kept)),) if kept else (), len(kept))
    ordered = sorted(
        kept, key=lambda one: (letter(one.label), canonical(one.label).encode("gb18030", "replace"))
    )
    groups = groupby(ordered, key=lambda one: letter(one.label))
    return Index(tuple((name, tuple(group)) for name, group in groups), len(kept))


def letter(label: str) -> str:
    """The first letter of how it is read; # for what begins with neither letter nor Chinese character."""
    first = canonical(label)[:2]  # 重 alone is zhong, 重庆 is chong
    read = pinyin.of_word(first)
    reading = (read[0] or first)[:1].upper() if read else ""
    return reading if "A" <= reading <= "Z" else "#"
