"""Dates as officials write them: 2014-12-02 09:46, 2014年12月2日, 2014 年11月28日, 二○一四年十一月二十八日.

What cannot be a date is none: 2023515, 2024年02月30日, a year before 1900 or after the next.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

_ZEROS = "○〇零Oo0ＯО◯"
_DIGITS = "一二三四五六七八九壹贰叁肆伍陆柒捌玖"
_VALUES = {char: str(number % 9 + 1) for number, char in enumerate(_DIGITS)} | dict.fromkeys(_ZEROS, "0")
_TIME = r"(?:[T\s]{0,3}(?P<hour>\d{1,2})[:：时](?P<minute>\d{2})(?!\d))?"
_GAP = r"[\s_]{0,4}"
_WESTERN = re.compile(
    rf"(?<!\d)(?P<year>(?:19|20)\d\d){_GAP}(?:年{_GAP}(?P<month>\d{{1,2}}){_GAP}月{_GAP}(?P<day>\d{{1,2}}){_GAP}日"
    rf"|(?P<mark>[-/.]){_GAP}(?P<month2>\d{{1,2}})(?P=mark){_GAP}(?P<day2>\d{{1,2}})(?!\d)){_TIME}"
)
_HISTORY = re.compile(
    r"^(?:[(（*]{0,3}\s?(?:19|20)\d\d\s?年|[(（]).{3,}(?:通过|公布|发布|修订|修正|批准|颁布|修改|令)"
)
_LONGEST_HISTORY = 1_000
_IN_ADDRESS = re.compile(
    r"/t((?:19|20)\d\d)([01]\d)([0-3]\d)_|/((?:19|20)\d\d)-(\d\d)-(\d\d)/|/((?:19|20)\d\d)/(\d{1,2})/(\d{1,2})/"
)
_SQUEEZED = re.compile(r"((?:19|20)\d\d)(\d{2,4})")
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)")
_CHINESE = re.compile(
    rf"(?P<year>[{_DIGITS}1-9][{_DIGITS}{_ZEROS}1-9]{{3}}){_GAP}年{_GAP}(?P<month>[元{_DIGITS}十{_ZEROS}]{{1,3}}){_GAP}月"
    rf"{_GAP}(?P<day>[{_DIGITS}十廿卅{_ZEROS}]{{1,4}}){_GAP}日"
)


_ANY_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*(?:[-/.年]\s*(\d{1,2})(?!\d)\s*月?|年?度?)\s*$")


class Found(NamedTuple):
    start: int
    end: int
    moment: date | datetime


def find_moments(text: str) -> Iterator[Found]:
    """All dates in a text whose digits are ASCII, in order; a midnight is no time of day."""
    matches = [*_WESTERN.finditer(text), *_CHINESE.finditer(text)]
    for match in sorted(matches, key=re.Match.start):
        moment = _western(match) if match.re is _WESTERN else _chinese(match)
        if moment is not None:
            yield Found(match.start(), match.end(), moment)


def parse_moment(text: str) -> date | datetime | None:
    """The first date of a short value, in any digits; also 20141128 when it is all there is."""
    text = unicodedata.normalize("NFKC", text[:200]).strip()
    compact = _COMPACT.fullmatch(text)
    if compact:
        return _day(*map(int, compact.groups()))
    return next((found.moment for found in find_moments(text)), None)


def squeezed_days(text: str) -> tuple[date, ...]:
    """The days that digits may mean which have lost their 年月日: 2023515 is one, 2023111 may be two; 201412 is none,
    since it may be a month."""
    match = _SQUEEZED.fullmatch(text.strip())
    if match is None or (len(match[2]) == 2 and int(match[2]) <= 12):
        return ()
    cuts = ((match[2][:cut], match[2][cut:]) for cut in (1, 2))
    plain = [
        (month, day) for month, day in cuts if 0 < len(day) <= 2 and not (month[0] == "0" and len(month) == 1)
    ]
    found = (_day(int(match[1]), int(month), int(day)) for month, day in plain)
    return tuple(day for day in found if day is not None)


def passed_days(lines: Iterable[str]) -> Iterator[date]:
    """Of laws and rules, whose head tells when they were passed, promulgated and amended: the last of these days."""
    found: list[date] = []
    for line in lines:
        plain = unicodedata.normalize("NFKC", line[:_LONGEST_HISTORY])
        if _HISTORY.search(plain) is None:
            continue
        for moment in find_moments(plain):
            following = plain[moment.end :].lstrip()
            if not following.startswith(("起", "施行", "实施")):
                found.append(moment.moment)
    if found:
        yield max(_only_day(day) for day in found)


def _only_day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def day_in_address(address: str) -> str:
    """…/t20150128_2510919.html, …/2013-01-25/…, …/art/2015/3/24/…: the day on which a content system made the page."""
    match = _IN_ADDRESS.search(address)
    day = _day(*(int(group) for group in match.groups() if group)) if match else None
    return iso(day) if day else ""


def any_day(text: str) -> date | None:
    """As parse_moment, but also days far ahead: no letter bears one, but an embargo or a last day may."""
    if found := parse_moment(text):
        return found
    match = _ANY_DAY.search(unicodedata.normalize("NFKC", text[:200]))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def year_and_month(text: str) -> tuple[int, int] | None:
    """Of a value that names no day: 2016年1月, 2016-01; the month of a year alone is its last."""
    match = _MONTH.match(unicodedata.normalize("NFKC", text[:50]).strip())
    if match is None or not 1 <= int(match[2] or 12) <= 12:
        return None
    return int(match[1]), int(match[2] or 12)


def is_past(text: str, today: date) -> bool:
    """Whether the day or month is over, today included; what cannot be understood is not."""
    if day := any_day(text):
        return (day.date() if isinstance(day, datetime) else day) <= today
    month = year_and_month(text)
    return month is not None and month < (today.year, today.month)


def iso(moment: date | datetime) -> str:
    return moment.isoformat(timespec="minutes") if isinstance(moment, datetime) else moment.isoformat()


def _western(match: re.Match[str]) -> date | datetime | None:
    day = _day(int(match["year"]), int(match["month"] or match["month2"]), int(match["day"] or match["day2"]))
    hour, minute = int(match["hour"] or 0), int(match["minute"] or 0)
    if day is None or (hour, minute) == (0, 0) or hour > 23 or minute > 59:
        return day
    return datetime(day.year, day.month, day.day, hour, minute)


def _chinese(match: re.Match[str]) -> date | None:
    year = "".join(_VALUES.get(char, char) for char in match["year"])
    return _day(int(year), _number(match["month"]), _number(match["day"])) if year.isdecimal() else None


def _number(text: str) -> int:
    """十一, 二十八, 廿八, 三十, 元; and 一八 as some write it."""
    text = text.replace("元", "一").replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.rpartition("十")
    digits = "".join(_VALUES.get(char, "") for char in ones)
    if not ten:
        return int(digits or 0)
    return int(_VALUES.get(tens, "1") if tens else "1") * 10 + int(digits or 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if 1900 <= year <= date.today().year + 1 else None
