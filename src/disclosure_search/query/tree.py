"""The tree of a search, and how it is written: what is printed reads as the same tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from disclosure_search import numbering

OPEN, CLOSE, BAR = "(（", ")）", "|｜"
MINUS = "-－−"
QUOTES = '"“”„‟＂'


@dataclass(frozen=True, slots=True)
class Text:
    """A run of characters without spaces, in any text field or in the one named."""

    text: str
    field: str = ""

    def __str__(self) -> str:
        return _in_field(self.field, self.text)


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    field: str = ""

    def __str__(self) -> str:
        return _in_field(self.field, f'"{self.text}"')


@dataclass(frozen=True, slots=True)
class Filter:
    """A keyword field must hold the value."""

    field: str
    value: str

    def __str__(self) -> str:
        return _in_field(self.field, f'"{self.value}"')


@dataclass(frozen=True, slots=True)
class Range:
    """`low` and `high` are both included; an empty one is open."""

    field: str
    low: str = ""
    high: str = ""

    def __str__(self) -> str:
        return _in_field(self.field, f'"{self.low}..{self.high}"')


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return " ".join(_grouped(part, And) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return " | ".join(_grouped(part, Or) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    part: Query

    def __str__(self) -> str:
        return f"-{_grouped(self.part, Not)}"


@dataclass(frozen=True, slots=True)
class All:
    """Every public document: the empty search."""

    def __str__(self) -> str:
        return ""


Query = Text | Phrase | Filter | Range | And | Or | Not | All


@dataclass(frozen=True, slots=True)
class Parsed:
    query: Query
    notes: tuple[str, ...] = ()


def leaves(query: Query) -> Iterator[Text | Phrase | Filter | Range]:
    """The leaves that a hit must or may hold; those under a Not are left out."""
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from leaves(part)
    elif not isinstance(query, Not | All):
        yield query


def joined(kind: type[And] | type[Or], parts: list[Query]) -> Query:
    parts = [part for part in parts if part != All()]
    flat: dict[Query, None] = {}
    for part in parts:
        flat |= dict.fromkeys(part.parts if isinstance(part, kind) else [part])
    if not flat:
        return All()
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))


def _in_field(field: str, text: str) -> str:
    return f"{field}:{text}" if field else text


def _grouped(query: Query, inside: type[And] | type[Or] | type[Not]) -> str:
    text = str(query)
    needs = isinstance(query, And | Or) and (inside is Not or (inside is And and isinstance(query, Or)))
    if inside is And and isinstance(query, Text) and numbering.may_go_on(query.text):
        return f'{text} ""'  # else what follows becomes a part of a 文号 that begins here
    if not needs and not (inside is Not and text[:1] in MINUS):
        return text
    # A run such as a(b would take our bracket as its own.
    opens = any(sign in OPEN for sign in text.rpartition(" ")[2])
    return f"({text} )" if opens else f"({text})"
