"""Days, months and years as people write them: the first and the last day that they name."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date

# 2014, 201411, 20141128, 2014年11月28日, 2014-11-28
WRITTEN = (
    r"[0-9]{4}(?:(?:[0-9]{2}){1,2}|年(?:[0-9]{1,2}(?:月(?:[0-9]{1,2}日?)?)?)?"
    r"|[./-][0-9]{1,2}(?:[./-][0-9]{1,2})?)?"
)
_HAN_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_HAN_TENS = re.compile(r"([1-9]?)十([1-9]?)")
_TYPED = re.compile(
    r"([0-9]{2}|[0-9]{4})[年./ -]*(?:([0-9]{1,2})[月./ -]*(?:([0-9]{1,2})(?:[日号 T][0-9:.+Z ]*)?)?)?$"
)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})?$")
_PARTS = re.compile(r"([0-9]{4})[年./-]?(?:([0-9]{1,2})[月./-]?(?:([0-9]{1,2})日?)?)?$")


def first_day(text: str) -> date | None:
    """None where it names no day that there is."""
    return _day(text, is_first=True)


def last_day(text: str) -> date | None:
    return _day(text, is_first=False)


def typed(text: str) -> str:
    """A year, month or day that somebody typed, as 2014, 2014-11 or 2014-11-28; empty where it is none of these.
    二〇一四年十一月, 14年, 2014.11.28 and 20141128 all count."""
    plain = unicodedata.normalize("NFKC", text).strip().translate(_HAN_DIGITS)
    plain = _HAN_TENS.sub(lambda found: f"{found[1] or '1'}{found[2] or '0'}", plain)
    plain = re.sub(r"\s*([年月日号./-])\s*", r"\1", plain)
    match = _COMPACT.match(plain) or _TYPED.match(plain)
    if match is None or (len(match[1]) == 2 and "年" not in plain):
        return ""
    year = int(match[1]) if len(match[1]) == 4 else 1900 + int(match[1]) + (100 if int(match[1]) < 50 else 0)
    written = "-".join((f"{year:04}", *(f"{int(part):02}" for part in match.groups()[1:] if part)))
    return written if first_day(written) else ""


def _day(text: str, *, is_first: bool) -> date | None:
    match = _PARTS.match(text)
    if match is None:
        return None
    year, month = int(match[1]), int(match[2] or (1 if is_first else 12))
    try:
        day = int(match[3]) if match[3] else 1 if is_first else calendar.monthrange(year, month)[1]
        return date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        return None
