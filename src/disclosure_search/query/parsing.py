"""Text → tree. Never fails: what is not understood is text, and a note says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from disclosure_search import numbering
from disclosure_search.document import FIELDS, Field, Kind
from disclosure_search.query.times import MOST_CHUNKS, chunks_of, in_time
from disclosure_search.query.tree import (
    BAR,
    CLOSE,
    MINUS,
    OPEN,
    QUOTES,
    All,
    And,
    Filter,
    Not,
    Or,
    Parsed,
    Phrase,
    Query,
    Text,
    joined,
)

_PAIRS = {"「": "」", "『": "』", "《": "》", "“": "”"}
_QUOTING = QUOTES + "「『"  # also in the middle of a run; 《 is there a part of the text
_OPENING = _QUOTING + "《"
_NAME = re.compile(r"([^\s:：()（）|｜\"“”„‟＂「」『』《》]{1,20})[:：]")
_OPERATOR = re.compile(r"(AND|OR|NOT)(?=[\s(（\"“„‟＂「『《])")
_CHUNK = re.compile(r"\s*([^\s()（）|｜\"“”„‟＂「」『』《》]+)")
MOST_LEAVES = 64  # each is looked up in four fields, a text by all of its words
_DEEPEST = 30  # brackets within brackets; beyond it they are read as spaces


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

    def _here(self) -> str:
        return "" if self.at_end() else self.text[self.at]

    def _peek(self) -> str:
        while not self.at_end() and self.text[self.at].isspace():
            self.at += 1
        return self._here()

    def _ends(self, at: int) -> bool:
        """Whether a part of the search may end there."""
        return at >= len(self.text) or self.text[at].isspace() or self.text[at] in BAR + CLOSE + _OPENING

    def alternatives(self) -> Query:
        parts = [self._together()]
        while self._takes_or():
            parts.append(self._together())
        return joined(Or, parts)

    def _takes_or(self) -> bool:
        sign = self._peek()
        if sign and sign in BAR:
            self.skip()
            return True
        return self._takes("OR")

    def _together(self) -> Query:
        parts: list[Query] = []
        while (sign := self._peek()) and sign not in BAR and not (parts and self._operator() == "OR"):
            if sign in CLOSE:
                if self.depth:
                    break
                self.notes.append("多余的右括号已忽略")
                self.skip()
            elif not (parts and self._takes("AND")):
                parts.append(self._one(sign))
        return joined(And, parts)

    def _operator(self) -> str:
        """The one that stands here, has a space before it and something behind it."""
        match = _OPERATOR.match(self.text, self.at)
        before = self.text[self.at - 1 : self.at]
        if match is None or not (not before or before.isspace() or before in OPEN + CLOSE + BAR):
            return ""
        behind = self.text[match.end() :].lstrip()[:1]
        return match[1] if behind and behind not in BAR + CLOSE else ""

    def _takes(self, operator: str) -> bool:
        if self._operator() != operator:
            return False
        self.at += len(operator)
        return True

    def _one(self, sign: str) -> Query:
        if (sign in MINUS or self._operator() == "NOT") and (excluded := self._excluded()):
            return excluded
        if sign in MINUS:
            return self._dash()
        if number := self._number():
            return number
        if sign in OPEN and not numbering.begins_at(self.text, self.at):
            return self._group()
        if sign in _OPENING:
            return self._quoted("") if self._skips_lone_quotes() else All()
        return self._named() or self._run("")

    def _excluded(self) -> Query | None:
        start = self.at
        if self.text[self.at] in MINUS:
            while self._here() and self._here() in MINUS:
                self.skip()
        else:
            while self._takes("NOT"):
                self._peek()
        self._skips_lone_quotes()
        sign = self._here()
        if not sign or sign.isspace() or sign in BAR or sign in CLOSE:
            self.at = start  # a dash with nothing behind it is text
            return None
        part = self._one(sign)
        if isinstance(part, Not):
            return part.part
        return part if part == All() else Not(part)

    def _dash(self) -> Query:
        """One with nothing behind it is text."""
        start = self.at
        while self._here() and self._here() in MINUS:
            self.skip()
        return Text(self.text[start : self.at])

    def _number(self) -> Query | None:
        """A 文号 is one word, whatever its brackets and the spaces in it."""
        found = numbering.typed_at(self.text, self.at)
        if found is None or not self._ends(found[1]):
            return None
        self.at = found[1]
        return Text(str(found[0]))

    def _group(self) -> Query:
        self.skip()
        if self.depth >= _DEEPEST:
            return All()
        self.depth += 1
        query = self.alternatives()
        self.depth -= 1
        if self._peek() and self.text[self.at] in CLOSE:
            self.skip()
        else:
            self.notes.append("括号没有配对，已按末尾补齐")
        return query

    def _end_of_quote(self) -> int:
        """Where the quote that opens here is closed, with those inside it; -1 if nowhere."""
        opening, depth = self.text[self.at], 0
        closing = _PAIRS.get(opening, "")
        for at in range(self.at + 1, len(self.text)) if closing else ():
            depth += (self.text[at] == opening) - (self.text[at] == closing)
            if depth < 0:
                return at
        if opening not in QUOTES:
            return -1
        return next((at for at in range(self.at + 1, len(self.text)) if self.text[at] in QUOTES), -1)

    def _skips_lone_quotes(self) -> bool:
        """Whether a quote that is closed stands behind those that are not."""
        while (sign := self._here()) and sign in _OPENING:
            if self._end_of_quote() >= 0:
                return True
            self.notes.append("引号没有配对，已按普通文字检索")
            self.skip()
        return False

    def _quoted(self, field: str) -> Query:
        end = self._end_of_quote()
        inner = "".join(sign for sign in self.text[self.at + 1 : end] if sign not in QUOTES)
        self.at = end + 1
        return Phrase(" ".join(inner.split()), field) if inner.strip() else All()

    def _run(self, field: str) -> Query:
        start, kept = self.at, ""
        while (sign := self._here()) and not sign.isspace() and sign not in BAR:
            if sign in CLOSE and self._closes_group(start):
                break
            if sign in _QUOTING:
                if not _is_open(kept):  # within brackets, as in 规划（“十三五”）, it is a part of the text
                    break
            else:
                kept += sign
            self.skip()
        if not field and (kept in ("AND", "OR", "NOT") or _OPERATOR.match(kept)):
            kept = kept.replace("AND", "and", 1).replace("OR", "or", 1).replace("NOT", "not", 1)
        number = None if field else numbering.typed_at(kept, 0)  # a lone quote may have stood in it
        if number and number[1] == len(kept):
            return Text(str(number[0]))
        return Text(kept, field) if kept else All()

    def _closes_group(self, start: int) -> bool:
        """A bracket opened inside the run, as in 规定（一）, closes inside it; only a lone one ends a group."""
        return self.depth > 0 and not _is_open(self.text[start : self.at])

    def _named(self) -> Query | None:
        match = _NAME.match(self.text, self.at)
        field = field_called(match[1]) if match else None
        if match is None or field is None:
            return None
        self.at = match.end()
        start = self.at
        sign = self._peek()
        is_spaced, named = self.at > start, _NAME.match(self.text, self.at)
        if is_spaced and (sign in MINUS or self._operator() or (named and field_called(named[1]))):
            sign = ""
        elif self._skips_lone_quotes():
            sign = '"'
        else:
            sign = self._here()
        if not sign or sign.isspace() or sign in BAR + CLOSE:
            self.notes.append(f"“{match[1]}”后面没有内容，已按普通文字检索")
            return Text(match[1])
        start = self.at
        if sign in OPEN and not numbering.begins_at(self.text, self.at):
            return self._spread(field, self._group())
        value = self._value(field)
        if value is None:
            self.notes.append(f"“{match[1]}:{self.text[start : self.at]}”已按普通文字检索")
            self.at = start
            return Text(match[1])
        return value

    def _value(self, field: Field) -> Query | None:
        """None for what the field cannot hold."""
        part: Query | None
        if self.text[self.at] in _OPENING:
            part = self._quoted(field.name)
        elif field.name == "number" and (end := numbering.spaced_at(self.text, self.at)) and self._ends(end):
            part = Text("".join(self.text[self.at : end].split()), field.name)
            self.at = end
        elif _is_time(field) and (part := self._time(field)):
            return part
        else:
            part = self._run(field.name)
        return _meant(field, part) if isinstance(part, Text | Phrase) else None

    def _time(self, field: Field) -> Query | None:
        """Spaces may stand in it."""
        ends, chunks = [self.at], list[str]()
        while len(chunks) < MOST_CHUNKS and (match := _CHUNK.match(self.text, ends[-1])):
            chunks.append(match[1])
            ends.append(match.end())
        count = chunks_of(field, chunks) if chunks else 0
        found = in_time(field, "".join(chunks[:count])) if count and self._ends(ends[count]) else None
        self.at = ends[count] if found else self.at
        return found

    def _spread(self, field: Field, query: Query) -> Query:
        """What stands in brackets behind a name, each in the field."""
        if isinstance(query, And | Or):
            return joined(type(query), [self._spread(field, part) for part in query.parts])
        if isinstance(query, Not):
            part = self._spread(field, query.part)
            return part if part == All() else Not(part)
        if isinstance(query, Text | Phrase) and not query.field:
            meant = _meant(field, type(query)(query.text, field.name))
            if meant is None:
                self.notes.append(f"“{query.text}”已按普通文字检索")
            return meant or query
        return query


def _is_time(field: Field) -> bool:
    return field.kind is Kind.DATE or field.name == "year"


def _meant(field: Field, part: Text | Phrase) -> Query | None:
    if field.kind is Kind.TEXT:
        return part
    return in_time(field, part.text) if _is_time(field) else Filter(field.name, part.text)


def _is_open(run: str) -> bool:
    return sum(map(run.count, OPEN)) > sum(map(run.count, CLOSE))


def _within(query: Query, room: Iterator[int]) -> Query:
    """Without the leaves that there is no room for."""
    if isinstance(query, And | Or):
        return joined(type(query), [_within(part, room) for part in query.parts])
    if isinstance(query, Not):
        part = _within(query.part, room)
        return part if part == All() else Not(part)
    return All() if query == All() or next(room, None) is None else query
