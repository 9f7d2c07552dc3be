"""Days, months and years as people write them: the first and the last day that they name."""

from __future__ import annotations

import calendar
import re
from datetime import date

# 2014, 201411, 20141128, 2014年11月28日, 2014-11-28
WRITTEN = (
    r"[0-9]{4}(?:(?:[0-9]{2}){1,2}|年(?:[0-9]{1,2}(?:月(?:[0-9]{1,2}日?)?)?)?"
    r"|[./-][0-9]{1,2}(?:[./-][0-9]{1,2})?)?"
)
_PARTS = re.compile(r"([0-9]{4})[年./-]?(?:([0-9]{1,2})[月./-]?(?:([0-9]{1,2})日?)?)?$")


def first_day(text: str) -> date | None:
    """None where it names no day that there is."""
    return _day(text, is_first=True)


def last_day(text: str) -> date | None:
    return _day(text, is_first=False)


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
