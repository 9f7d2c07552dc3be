"""Times in a search: a day, a month or a year, a range of them, and from or up to one."""

from __future__ import annotations

import itertools
import re
import unicodedata
from datetime import date, timedelta

from disclosure_search.document import Field, Kind
from disclosure_search.periods import WRITTEN, first_day, last_day
from disclosure_search.query.tree import Filter, Range

_RANGE = re.compile(rf"({WRITTEN})?(?:\.\.+|[~至到—–]+)({WRITTEN})?")
_DASHED = re.compile(rf"({WRITTEN})-({WRITTEN})")
_SIGN = re.compile(rf"(>=|<=|≥|≤|>|<|=)({WRITTEN})")
_WORD = re.compile(
    rf"({WRITTEN}?)(?P<until>及?以前|及?之前|前)|({WRITTEN}?)(?P<since>及?以后|及?之后|后|以来|至今|起)"
)
_SIGNS = {"≥": ">=", "≤": "<="}
_INCLUDED = re.compile("及|以|至今|起")  # 以前 counts the day itself, as laws do; 之前 does not
MOST_CHUNKS = 4


def in_time(field: Field, text: str) -> Filter | Range | None:
    """A range of days or years, or a single one; None for what names no time that there is."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if re.fullmatch(WRITTEN, plain) and field.kind is Kind.DATE:
        return _range(field.name, plain, plain)
    year = re.fullmatch("=?([0-9]{4})年?度?", plain)
    if year and field.kind is not Kind.DATE:
        return Filter(field.name, year[1]) if first_day(year[1]) else None
    ranged = _RANGE.fullmatch(plain) or _DASHED.fullmatch(plain)
    if ranged and (ranged[1] or ranged[2]):
        return _range(field.name, ranged[1] or "", ranged[2] or "")
    if sign := _SIGN.fullmatch(plain):
        return _compared(field, _SIGNS.get(sign[1], sign[1]), sign[2])
    if word := _WORD.fullmatch(plain):
        day, ending = word[1] or word[3] or "", word["until"] or word["since"]
        sign_of = "<" if word["until"] else ">"
        return _compared(field, sign_of + ("=" if _INCLUDED.search(ending) else ""), day)
    return None


def chunks_of(field: Field, chunks: list[str]) -> int:
    """How many of these, with spaces between them, are one time: 2012 - 2015 is three. Digits are never joined."""
    for count in range(min(len(chunks), MOST_CHUNKS), 1, -1):
        meets = itertools.pairwise(chunks[:count])
        apart = any(left[-1].isdigit() and right[0].isdigit() for left, right in meets)
        if not apart and in_time(field, "".join(chunks[:count])):
            return count
    return 1


def _compared(field: Field, sign: str, day: str) -> Range | None:
    first, last = first_day(day), last_day(day)
    if first is None or last is None:
        return None
    try:
        if sign == "<":
            return Range(field.name, "", _shown(field, first - timedelta(1)))
        if sign == ">":
            return Range(field.name, _shown(field, last + timedelta(1)))
    except OverflowError:
        return None
    return Range(field.name, day if sign != "<=" else "", day if sign != ">=" else "")


def _shown(field: Field, day: date) -> str:
    return day.isoformat() if field.kind is Kind.DATE else f"{day.year:04}"


def _range(field: str, low: str, high: str) -> Range | None:
    """Bounds the wrong way round are meant the right way round."""
    first, last = first_day(low), last_day(high)
    if (low and first is None) or (high and last is None):
        return None
    return Range(field, high, low) if first and last and first > last else Range(field, low, high)
