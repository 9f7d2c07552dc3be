"""Numbers as a sheet shows them: the number formats of spreadsheets (`0.00%`, `#,##0`, `yyyy"年"m"月"`, `000000`).

Search finds what people see: 25% where the cell holds 0.25, a date where it holds a serial day, 000123 where it
holds 123. Whole numbers without a format keep all their digits, since identity and credit codes have 18 of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from functools import lru_cache
from typing import NamedTuple

from disclosure_search.extract._date_format import in_words, show_date

# Of a program set to Chinese. 14 and 22 follow the reader's own settings: a date is shown as ISO writes it.
BUILTIN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "¥#,##0;¥-#,##0", 6: "¥#,##0;¥-#,##0",
    7: "¥#,##0.00;¥-#,##0.00", 8: "¥#,##0.00;¥-#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd hh:mm", 37: "#,##0;-#,##0",
    38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 41: '#,##0;-#,##0;"-"',
    42: '¥#,##0;¥-#,##0;¥"-"', 43: '#,##0.00;-#,##0.00;"-"', 44: '¥#,##0.00;¥-#,##0.00;¥"-"', 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'), **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"',
    **dict.fromkeys((34, 55), '上午/下午h"时"mm"分"'), **dict.fromkeys((35, 56), '上午/下午h"时"mm"分"ss"秒"'),
}  # fmt: skip

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|!(?P<marked>.)|(?P<blank>[_*].)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<date>AM/PM|A/P|上午/下午|y+|m+|d+|h+|s+(?:\.0+)?|e+(?![+-])|a{3,4})"
    r"|(?P<exponent>E[+-])|(?P<digit>[0#?])|(?P<at>@)|(?P<mark>[.,%/;])|(?P<literal>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_LONGEST_CODE = 255
# A number of more digits than this is none that a sheet could show: it stays as it is written.
_MOST_DIGITS = 60
_ONE = Decimal(1)


class _Section(NamedTuple):
    tokens: tuple[tuple[str, str], ...]
    locale: str
    numerals: int
    condition: tuple[str, Decimal] | None

    def has(self, kind: str) -> bool:
        return any(one == kind for one, _ in self.tokens)


def general(raw: str) -> str:
    """Whole numbers with all digits, others in the eleven characters that a cell without a format shows."""
    if raw.isdecimal() and raw.isascii() and raw[0] != "0":
        return raw
    try:
        number = Decimal(raw)
    except DecimalException:
        return raw
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return raw
    if number == number.to_integral_value():
        return f"{number:.0f}" if number else "0"
    if abs(number.adjusted()) > 9:
        return f"{float(number):.6g}".upper()
    places = 10 - max(1, number.adjusted() + 1)
    shown = f"{number.quantize(_ONE.scaleb(-max(places, 0)), ROUND_HALF_UP):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def raw_number(value: float) -> str:
    """The shortest text that means this number: what a workbook of text would have written."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e22 else repr(value)


def shower(code: str, *, is_1904: bool = False) -> Callable[[str], str]:
    """What shows a number, given as it is written in the file, under this format."""
    return _shower(code[:_LONGEST_CODE], is_1904)


@lru_cache(maxsize=2048)
def _shower(code: str, is_1904: bool) -> Callable[[str], str]:
    if code.strip().lower() in ("", "general", "@", "g/通用格式"):
        return general
    sections = [_section(one) for one in _split(code)][:4]

    def show(raw: str) -> str:
        try:
            number = Decimal(raw)
            if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
                return raw
            return _show(number, raw, sections, is_1904=is_1904)
        except DecimalException:
            return raw

    return show


def show_text(text: str, code: str) -> str:
    """`@"号"` adds to a text; formats without an `@` leave it alone."""
    if "@" not in code or code == "@":
        return text
    section = next((one for one in map(_section, _split(code[:_LONGEST_CODE])) if one.has("at")), None)
    if section is None:
        return text
    return "".join(text if kind == "at" else part for kind, part in section.tokens if kind != "general")


def _split(code: str) -> list[str]:
    """At the semicolons that are neither quoted nor escaped."""
    parts, start = [], 0
    for match in _TOKEN.finditer(code):
        if match.lastgroup == "mark" and match.group() == ";":
            parts.append(code[start : match.start()])
            start = match.end()
    return [*parts, code[start:]]


def _section(code: str) -> _Section:
    tokens: list[tuple[str, str]] = []
    locale, numerals, condition = "", 0, None
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup or "", match.group()
        if kind == "bracket":
            inside = match.group("bracket")
            if inside.startswith("$"):
                symbol, _, locale = inside[1:].partition("-")
                tokens.append(("literal", symbol))
            elif re.fullmatch(r"h+|m+|s+", inside, re.IGNORECASE):
                tokens.append(("date", text.lower()))
            elif inside.lower() in ("dbnum1", "dbnum2"):
                numerals = int(inside[-1])
            elif found := _CONDITION.fullmatch(inside):
                condition = (found.group(1), Decimal(found.group(2)))
        elif kind in ("quoted", "escaped", "marked"):
            tokens.append(("literal", match.group(kind)))
        elif kind == "date":
            tokens.append((kind, text.upper() if "/" in text else text.lower()))
        elif kind != "blank":
            tokens.append((kind, text))
    return _Section(tuple(tokens), locale, numerals, condition)


def _show(number: Decimal, raw: str, sections: list[_Section], *, is_1904: bool) -> str:
    section, sign = _chosen(number, sections)
    if section.has("date") and not section.has("digit"):
        if section.locale.upper() == "F800":  # the long date of the reader's own settings
            section = _section('yyyy"年"m"月"d"日"')
        shown = show_date(
            number, section.tokens, is_1904=is_1904, locale=section.locale, numerals=section.numerals
        )
        return general(raw) if shown is None else shown
    if section.has("general") or section.has("at"):
        text = general(str(abs(number)))
        if section.numerals and text.isdecimal():
            text = in_words(int(text), section.numerals)
        return sign + "".join(
            text if kind in ("general", "at") else part
            for kind, part in section.tokens
            if kind in ("general", "at", "literal", "mark")
        )
    if not section.has("digit"):
        return "".join(part for kind, part in section.tokens if kind in ("literal", "mark"))
    if ("mark", "/") in section.tokens:
        return general(raw)  # fractions
    shown = _exponential(number, section) if section.has("exponent") else _fixed(abs(number), section)
    return shown if section.has("exponent") else sign + shown


def _chosen(number: Decimal, sections: list[_Section]) -> tuple[_Section, str]:
    """The section for this number, and the sign that it does not bring itself."""
    sign = "-" if number < 0 else ""
    if any(one.condition for one in sections[:2]):
        for one in sections:
            if one.condition is None or _holds(number, *one.condition):
                return one, sign
        return sections[-1], sign
    if len(sections) == 1:
        return sections[0], sign
    if number < 0:
        return sections[1], ""
    return sections[2 if number == 0 and len(sections) > 2 else 0], ""


def _holds(number: Decimal, operator: str, bound: Decimal) -> bool:
    return {
        "<": number < bound,
        ">": number > bound,
        "=": number == bound,
        "<=": number <= bound,
        ">=": number >= bound,
        "<>": number != bound,
    }[operator]


def _exponential(number: Decimal, section: _Section) -> str:
    kinds = [token for token in section.tokens if token[0] in ("digit", "exponent") or token == ("mark", ".")]
    mantissa = kinds[: next(at for at, token in enumerate(kinds) if token[0] == "exponent")]
    places = len(mantissa) - mantissa.index(("mark", ".")) - 1 if ("mark", ".") in mantissa else 0
    return f"{float(number):.{places}E}"


def _fixed(number: Decimal, section: _Section) -> str:
    """Commas between places part thousands, commas behind the last place divide by a thousand each."""
    tokens = section.tokens
    places = [at for at, (kind, _) in enumerate(tokens) if kind == "digit"]
    dot = tokens.index(("mark", ".")) if ("mark", ".") in tokens else len(tokens)
    last = max((at for at in places if at < dot), default=dot)
    commas = {at for at, token in enumerate(tokens) if token == ("mark", ",") and at > places[0]}
    scale = sum(last < at < dot or at > places[-1] for at in commas)
    number *= Decimal(100) ** min(sum(token == ("mark", "%") for token in tokens), 4)
    number = number.scaleb(-3 * min(scale, 4))
    decimals = sum(at > dot for at in places)
    whole, _, rest = f"{number.quantize(_ONE.scaleb(-decimals), ROUND_HALF_UP):f}".partition(".")
    before = [token for at, token in enumerate(tokens[:dot]) if at not in commas]
    after = [token for at, token in enumerate(tokens[dot:], dot) if at not in commas]
    return _whole(whole.lstrip("0"), before, grouping=len(commas) > scale) + _rest(rest, after)


def _whole(digits: str, tokens: list[tuple[str, str]], *, grouping: bool) -> str:
    """From the right; what is left over stands before the first place."""
    first = next((at for at, (kind, _) in enumerate(tokens) if kind == "digit"), -1)
    shown: list[str] = []
    count = 0
    for at in range(len(tokens) - 1, -1, -1):
        kind, part = tokens[at]
        if kind != "digit":
            shown.append(part)
            continue
        taken, digits = (digits[-1:], digits[:-1]) if at != first else (digits, "")
        for digit in reversed(taken or ("0" if part == "0" else "")):
            if grouping and count and count % 3 == 0:
                shown.append(",")
            shown.append(digit)
            count += 1
    return digits + "".join(reversed(shown))


def _rest(digits: str, tokens: list[tuple[str, str]]) -> str:
    kept = len(digits.rstrip("0"))
    shown: list[str] = []
    at = 0
    for kind, part in tokens:
        if kind != "digit":
            shown.append(part)
            continue
        if at < len(digits) and (part == "0" or at < kept):
            shown.append(digits[at])
        at += 1
    return "".join(shown)
