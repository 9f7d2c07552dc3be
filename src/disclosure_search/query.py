"""The query language: text to a tree and back. Any text is a valid search.

    补贴 名单          both words            "补贴名单"        the exact run of characters
    -失效             without              增产|扩产          either
    标题:年度报告      in one field         年份:2012..2015    a range
    文号:国办发〔2014〕12号                  (a | b) c          grouping

Field names are those of `document.FIELDS`, in Chinese or English, with either colon. What cannot be understood is
searched as text, and a note says so. The tree holds text as typed; `matching` turns it into what an engine looks up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from disclosure_search.document import FIELDS, Field, Kind
from disclosure_search.periods import WRITTEN, first_day, last_day


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
        quoted = f'"{self.value}"' if re.search(r'[\s()（）|｜"“”]', self.value) else self.value
        return _in_field(self.field, quoted)


@dataclass(frozen=True, slots=True)
class Range:
    """`low` and `high` are both included; an empty one is open."""

    field: str
    low: str = ""
    high: str = ""

    def __str__(self) -> str:
        return _in_field(self.field, f"{self.low}..{self.high}")


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


def parse(text: str) -> Parsed:
    """Never fails. Notes are sentences for the reader of the page."""
    parser = _Parser(text)
    query = parser.alternatives()
    bounded = _within(query, iter(range(MOST_LEAVES)))
    if bounded != query:
        parser.notes.append(f"检索条件太多，只用了前 {MOST_LEAVES} 个，其余没有检索")
    return Parsed(bounded, tuple(dict.fromkeys(parser.notes)))


def field_called(name: str) -> Field | None:
    return next((one for one in FIELDS if one.kind is not Kind.RECORD and one.is_called(name)), None)


def leaves(query: Query) -> Iterator[Text | Phrase | Filter | Range]:
    """The leaves that a hit must or may hold; those under a Not are left out."""
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from leaves(part)
    elif not isinstance(query, Not | All):
        yield query


_OPEN, _CLOSE, _BAR, _QUOTES = "(（", ")）", "|｜", '"“”„‟＂'
_MINUS = "-－−"
_NAME = re.compile(r"([^\s:：()（）|｜\"“”]{1,20})[:：]")
_RANGE = re.compile(rf"({WRITTEN})?(?:\.\.+|[~至—–]+)({WRITTEN})?")
_YEARS = re.compile("([0-9]{4})年?-([0-9]{4})年?")
MOST_LEAVES = 64  # each is looked up in four fields, a text by all of its words
_DEEPEST = 30  # brackets within brackets; beyond it they are read as spaces


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.notes: list[str] = []

    def at_end(self) -> bool:
        return self.at >= len(self.text)

    def skip(self) -> None:
        self.at += 1

    def _peek(self) -> str:
        while not self.at_end() and self.text[self.at].isspace():
            self.at += 1
        return "" if self.at_end() else self.text[self.at]

    def alternatives(self) -> Query:
        parts = [self._together()]
        while (sign := self._peek()) and sign in _BAR:
            self.skip()
            parts.append(self._together())
        return _joined(Or, [part for part in parts if part != All()])

    def _together(self) -> Query:
        parts: list[Query] = []
        while (sign := self._peek()) and sign not in _BAR:
            if sign in _CLOSE:
                if self.depth:
                    break
                self.notes.append("多余的右括号已忽略")
                self.skip()
                continue
            part = self._one(sign)
            if part != All():
                parts.append(part)
        return _joined(And, parts)

    def _one(self, sign: str) -> Query:
        if sign in _MINUS and (excluded := self._excluded()):
            return excluded
        if sign in _OPEN:
            return self._group()
        if sign in _QUOTES:
            return self._quoted("")
        return self._named() or self._run("")

    def _excluded(self) -> Query | None:
        start = self.at
        while not self.at_end() and self.text[self.at] in _MINUS:
            self.skip()
        sign = "" if self.at_end() else self.text[self.at]
        if not sign or sign.isspace() or sign in _BAR or sign in _CLOSE:
            self.at = start  # a dash with nothing behind it is text
            return None
        part = self._one(sign)
        if isinstance(part, Not):
            return part.part
        return part if part == All() else Not(part)

    def _group(self) -> Query:
        self.skip()
        if self.depth >= _DEEPEST:
            return All()
        self.depth += 1
        query = self.alternatives()
        self.depth -= 1
        if self._peek() and self.text[self.at] in _CLOSE:
            self.skip()
        else:
            self.notes.append("括号没有配对，已按末尾补齐")
        return query

    def _quoted(self, field: str) -> Query:
        self.skip()
        end = next((at for at in range(self.at, len(self.text)) if self.text[at] in _QUOTES), -1)
        if end < 0:
            self.notes.append("引号没有配对，已按普通文字检索")
            return self._run(field) if field else self._after_quote()
        inner = " ".join(self.text[self.at : end].split())
        self.at = end + 1
        return Phrase(inner, field) if inner else All()

    def _after_quote(self) -> Query:
        sign = "" if self.at_end() else self.text[self.at]
        return All() if not sign or sign.isspace() or sign in _BAR + _CLOSE else self._one(sign)

    def _run(self, field: str) -> Query:
        start = self.at
        while not self.at_end() and not self.text[self.at].isspace() and self.text[self.at] not in _BAR:
            if self.text[self.at] in _CLOSE and self._closes_group(start):
                break
            self.skip()
        text = self.text[start : self.at]
        return Text(text, field) if text else All()

    def _closes_group(self, start: int) -> bool:
        """A bracket opened inside the run, as in 规定（一）, closes inside it; only a lone one ends a group."""
        run = self.text[start : self.at]
        return self.depth > 0 and sum(run.count(sign) for sign in _OPEN) <= sum(
            run.count(sign) for sign in _CLOSE
        )

    def _named(self) -> Query | None:
        match = _NAME.match(self.text, self.at)
        field = field_called(match[1]) if match else None
        if match is None or field is None:
            return None
        before, self.at = self.at, match.end()
        if self.at_end() or self.text[self.at].isspace() or self.text[self.at] in _BAR + _CLOSE:
            self.at = before  # a name with nothing behind it is text
            return None
        value = self._value(field)
        if value is None or (isinstance(value, Text) and value.text[0] in _CLOSE):  # behind a lone quote
            self.notes.append(f"“{self.text[before : self.at]}”已按普通文字检索")
            return Text(self.text[before : self.at])
        return value

    def _value(self, field: Field) -> Query | None:
        name = field.name
        part = self._quoted(name) if self.text[self.at] in _QUOTES else self._run(name)
        if field.kind is Kind.TEXT or not isinstance(part, Text | Phrase):
            return part
        if field.kind is Kind.DATE or name == "year":
            return _in_time(field, part.text)
        return Filter(name, "".join(sign for sign in part.text if sign not in _QUOTES))


def _in_time(field: Field, text: str) -> Query | None:
    """A range of days or years, or a single one; None for what names no time that there is."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    ranged = _YEARS.fullmatch(plain) or _RANGE.fullmatch(plain)
    if ranged and (ranged[1] or ranged[2]):
        return _range(field.name, ranged[1] or "", ranged[2] or "")
    if field.kind is Kind.DATE:
        return _range(field.name, plain, plain) if re.fullmatch(WRITTEN, plain) else None
    year = re.fullmatch("([0-9]{4})年?度?", plain)
    return Filter(field.name, year[1]) if year and first_day(year[1]) else None


def _range(field: str, low: str, high: str) -> Range | None:
    """Bounds the wrong way round are meant the right way round."""
    first, last = first_day(low), last_day(high)
    if (low and first is None) or (high and last is None):
        return None
    return Range(field, high, low) if first and last and first > last else Range(field, low, high)


def _joined(kind: type[And] | type[Or], parts: list[Query]) -> Query:
    parts = [part for part in parts if part != All()]
    flat: dict[Query, None] = {}
    for part in parts:
        flat |= dict.fromkeys(part.parts if isinstance(part, kind) else [part])
    if not flat:
        return All()
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))


def _within(query: Query, room: Iterator[int]) -> Query:
    """Without the leaves that there is no room for."""
    if isinstance(query, And | Or):
        return _joined(type(query), [_within(part, room) for part in query.parts])
    if isinstance(query, Not):
        part = _within(query.part, room)
        return part if part == All() else Not(part)
    return All() if query == All() or next(room, None) is None else query


def _in_field(field: str, text: str) -> str:
    return f"{field}:{text}" if field else text


def _grouped(query: Query, inside: type[And] | type[Or] | type[Not]) -> str:
    text = str(query)
    needs = isinstance(query, And | Or) and (inside is Not or (inside is And and isinstance(query, Or)))
    if not needs and not (inside is Not and text[:1] in _MINUS):
        return text
    # A run such as a(b would take our bracket as its own.
    opens = any(sign in _OPEN for sign in text.rpartition(" ")[2])
    return f"({text} )" if opens else f"({text})"
