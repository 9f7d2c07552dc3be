"""Dates and times of spreadsheets: serial days shown by a number format's date tokens, also in Chinese numerals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

# Beyond 9999-12-31 Excel shows only `#####`.
_LAST_SERIAL = 2_958_465
_DIGITS = ("", "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖")
_UNITS = ("", ("", "十", "百", "千"), ("", "拾", "佰", "仟"))
_GROUPS = ("", "万", "亿", "万亿", "亿亿")
_WEEKDAYS = "一二三四五六日"
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def date_of(serial: Decimal, *, is_1904: bool, keeps_fraction: bool = False) -> dt.datetime | None:
    """None for what no calendar has. Before March 1900 Excel counts a 29 February 1900 that never was."""
    if not 0 <= serial <= _LAST_SERIAL:
        return None
    step = Decimal("0.001") if keeps_fraction else Decimal(1)
    seconds = float((serial * 86_400).quantize(step, ROUND_HALF_UP))
    epoch = dt.datetime(1904, 1, 1) if is_1904 else dt.datetime(1899, 12, 30 if serial >= 60 else 31)
    try:
        return epoch + dt.timedelta(seconds=seconds)
    except OverflowError:
        return None


def show_date(
    serial: Decimal, tokens: Sequence[tuple[str, str]], *, is_1904: bool, locale: str, numerals: int
) -> str | None:
    """`tokens` are pairs of kind (`date` or `literal`) and text; `numerals` is the N of `[DBNumN]`."""
    fraction = any(kind == "date" and text.startswith("s.") for kind, text in tokens)
    moment = date_of(serial, is_1904=is_1904, keeps_fraction=fraction)
    if moment is None:
        return None
    is_chinese = locale.upper().endswith(("804", "404", "C04", "411"))
    halves = any(kind == "date" and text in _HALVES for kind, text in tokens)
    shown = []
    for at, (kind, text) in enumerate(tokens):
        if kind != "date":
            shown.append(text)
        elif text.startswith("m") and len(text) < 3 and _is_minute(tokens, at):
            shown.append(_digits(moment.minute, len(text), numerals))
        elif text.startswith("["):
            shown.append(_elapsed(serial, text))
        else:
            shown.append(_part(moment, text, is_chinese=is_chinese, numerals=numerals, halves=halves))
    return "".join(shown)


_HALVES = {"AM/PM": ("AM", "PM"), "A/P": ("A", "P"), "上午/下午": ("上午", "下午")}


def _is_minute(tokens: Sequence[tuple[str, str]], at: int) -> bool:
    """`m` is a minute right after hours or right before seconds, else a month."""
    before = next(
        (text for kind, text in reversed(tokens[:at]) if kind == "date" and text not in _HALVES), ""
    )
    after = next((text for kind, text in tokens[at + 1 :] if kind == "date" and text not in _HALVES), "")
    return before.lstrip("[").startswith("h") or after.lstrip("[").startswith("s")


def _part(moment: dt.datetime, text: str, *, is_chinese: bool, numerals: int, halves: bool) -> str:
    letter = text[0]
    if text in _HALVES:
        return _HALVES[text][moment.hour >= 12]
    if letter in "ye":
        year = f"{moment.year:04}" if len(text) > 2 or letter == "e" else f"{moment.year % 100:02}"
        return year.translate(str.maketrans("0123456789", _DIGITS[numerals])) if numerals else year
    if letter == "m" and len(text) > 2:
        name = _MONTH_NAMES[moment.month - 1]
        return f"{in_words(moment.month, 1)}月" if is_chinese else name[: {3: 3, 5: 1}.get(len(text), 99)]
    if letter == "a" or (letter == "d" and len(text) > 2 and is_chinese):
        return ("星期" if len(text) > 3 else "周" * (letter == "d")) + _WEEKDAYS[moment.weekday()]
    if letter == "d" and len(text) > 2:
        return _DAY_NAMES[moment.weekday()][: 3 if len(text) == 3 else 99]
    if letter == "h":
        return _digits((moment.hour - 1) % 12 + 1 if halves else moment.hour, len(text), numerals)
    if letter == "s":
        whole, dot, places = text.partition(".")
        decimals = f"{moment.microsecond:06}"[: len(places)]
        return _digits(moment.second, len(whole), numerals) + dot + decimals
    return _digits(moment.month if letter == "m" else moment.day, len(text), numerals)


def _digits(number: int, width: int, numerals: int) -> str:
    return in_words(number, numerals) if numerals else f"{number:0{min(width, 2)}}"


def _elapsed(serial: Decimal, text: str) -> str:
    seconds = int((serial * 86_400).quantize(Decimal(1), ROUND_HALF_UP))
    divisor = {"h": 3600, "m": 60, "s": 1}[text[1]]
    return f"{seconds // divisor:0{len(text) - 2}}"


def in_words(number: int, numerals: int) -> str:
    """28 is 二十八 with `[DBNum1]`, 贰拾捌 with `[DBNum2]`; numbers from 10^20 on stay digits."""
    if numerals not in (1, 2) or number >= 10**20:
        return str(number)
    digits, units = _DIGITS[numerals], _UNITS[numerals]
    text = ""
    for index, group in enumerate(_fours(number)):
        words = _group(group, digits, units)
        if words:
            text = f"{words}{_GROUPS[index]}{text}"
            needs_zero = group < 1000 and number >= 10 ** (4 * index + 4)
            text = digits[0] + text if needs_zero else text
    if numerals == 1 and text.startswith("一十"):
        text = text[1:]
    return text or digits[0]


def _fours(number: int) -> list[int]:
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    return groups


def _group(group: int, digits: str, units: Sequence[str]) -> str:
    text, gap = "", False
    for index, digit in zip((3, 2, 1, 0), f"{group:04}", strict=True):
        if digit == "0":
            gap = bool(text)
            continue
        text += (digits[0] if gap else "") + digits[int(digit)] + units[index]
        gap = False
    return text
