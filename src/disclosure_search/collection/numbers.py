"""文号: found, normalised to 代字〔年〕序号号, and told apart from those that a text only cites."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_OPEN, _CLOSE = "〔﹝\\[［(（【〖{", "〕﹞\\]］)）】〗}"
# From the year on; the characters before it are looked up backwards, so that a text is scanned once.
_DIGITS = r"(?:19|20|１９|２０|2O|２Ｏ)[0-9０-９OoＯ]{2}"
_SERIAL = r"\s{0,3}(?:第\s{0,3})?([0-9０-９]{1,5})\s{0,3}号"
_YEAR = re.compile(rf"\s{{0,3}}[{_OPEN}]\s{{0,3}}({_DIGITS})\s{{0,3}}[{_CLOSE}]{_SERIAL}")
# One bracket may have been lost; a round one alone proves nothing.
_HALF = re.compile(
    rf"\s{{0,3}}(?:[〔﹝\[［【〖]\s{{0,3}}(?P<year>{_DIGITS})|(?P<year2>{_DIGITS})\s{{0,3}}[〕﹞\]］】〗])"
    r"\s{0,3}(?:第\s{0,3})?(?P<serial>[0-9０-９]{1,4})\s{0,3}号"
)
_REST = re.compile(rf"[〔﹝\[［【〖]({_DIGITS})([0-9]{{1,3}})")
_NAMED = re.compile(r"_?((?:19|20)\d\d)_?第?_?(\d{1,4})_?号(?!公告|通告|通报)")
_PREFIX = re.compile(r"[\u4e00-\u9fa5A-Za-z]{1,40}$")
_ORDER = re.compile(
    r"([\u4e00-\u9fa5]{2,30}(?:令|公告|通告))\s{0,3}\n?\s{0,3}[(（]?第\s{0,3}([0-9０-９]{1,5}|[一二三四五六七八九十百零〇]{1,6})\s{0,3}号[)）]?"
)
_ORDER_LAST = re.compile(r"([\u4e00-\u9fa5]{2,30})第\s?(\d{1,5})\s?号(令)(?![\u4e00-\u9fa5])")
_NOTICE = re.compile(r"((?:19|20)\d\d)\s?年\s?第\s?(\d{1,4})\s?号\s?(公告|通告|令|通报)?")
_LEAD_IN = re.compile(
    "^.*(?:根据|按照|依据|依照|遵照|贯彻|落实|执行|参照|转发|印发|详见|参见|关于|文件|文号|字号|通知|公布|发布|下发的|发布的|印发的)"
    "(?=[\u4e00-\u9fa5]{2,})"
)
# Single characters also stand in the codes themselves (南经贸, 和政发): only a long run is cut at them.
_PARTICLE = re.compile("^.*(?:的|及|(?<!共)和|与|由|按|见|对|以|是|为|号)(?=[\u4e00-\u9fa5]{3,})")
_CONJUNCTION = re.compile("^(?:以及|和|及|与|由|以|经)(?=[\u4e00-\u9fa5]{2,})")
_LONG_RUN = 12
_HOUSE = re.compile("^.*(?=中华人民共和国)")
_STATE = re.compile("^中华人民共和国(?=国务院|主席)")


class Number(NamedTuple):
    start: int
    end: int
    text: str


def normalise(value: str) -> str:
    """A value that is said to be a 文号; what has no known form is kept as it stands, noise is not."""
    value = value.strip().strip("*")
    found = next(find_numbers(value), None)
    if found is not None:
        return found.text
    plain = unicodedata.normalize("NFKC", value)
    return value if 3 <= len(plain) <= 40 and any(map(str.isdigit, plain)) and "号" in plain else ""


def find_numbers(text: str) -> Iterator[Number]:
    """In order of place, of all forms, without overlaps."""
    end = 0
    for number in sorted([*_bracketed(text), *_orders(text), *_notices(text)]):
        if number.start >= end:
            yield number
            end = number.end


def _bracketed(text: str) -> Iterator[Number]:
    for match in [*_YEAR.finditer(text), *_HALF.finditer(text)]:
        before = text[max(0, match.start() - 44) : match.start()].rstrip()
        prefix = _PREFIX.search(before)
        if prefix is None:
            continue
        code = _code(prefix.group(), after_digit=before[: prefix.start()][-1:].isdigit())
        start = max(0, match.start() - 44) + len(before) - len(code)
        year, serial = [group for group in match.groups() if group]
        yield Number(start, match.end(), f"{code}〔{_year(year)}〕{int(serial)}号")


def _year(digits: str) -> str:
    return unicodedata.normalize("NFKC", digits).replace("O", "0").replace("o", "0")


def without_signs(line: str) -> str:
    """The number of a line that is nothing but one which has lost 〕 and 号, as 曲水府发〔202321: a year has four.
    Empty for any other line."""
    match = _REST.search(line)
    code = line[: match.start()] if match else ""
    is_all = match is not None and match.end() == len(line) and _PREFIX.fullmatch(code) is not None
    return f"{code}〔{match[1]}〕{int(match[2])}号" if match is not None and is_all else ""


def in_name(stem: str) -> str:
    """The number in the name of a file, where brackets have become `_`: 银发_2021_259号."""
    found = next(find_numbers(_NAMED.sub(r"〔\1〕\2号", stem)), None)
    return found.text if found is not None else ""


def _code(run: str, *, after_digit: bool) -> str:
    """The issuer's code at the end of a run of Han that may have begun earlier in the sentence."""
    run = run[1:] if after_digit and run[0] in "日年月号" else run
    code = _LEAD_IN.sub("", run)
    if code.endswith(("令", "公告", "通告")):
        return _CONJUNCTION.sub("", code) if len(code) > 4 else code
    if len(code) < len(run):
        code = _CONJUNCTION.sub("", code)
    return _PARTICLE.sub("", code) if len(code) > _LONG_RUN else code


def _orders(text: str) -> Iterator[Number]:
    for match in _ORDER.finditer(text):
        issuer = _code(
            _HOUSE.sub("", match.group(1)), after_digit=text[match.start() - 1 : match.start()].isdigit()
        )
        code = _STATE.sub("", issuer)
        serial = match.group(2)
        serial = str(int(serial)) if serial.isdecimal() else serial
        yield Number(match.end(1) - len(issuer), match.end(), f"{code}第{serial}号")
    for match in _ORDER_LAST.finditer(text):
        issuer = _code(
            _HOUSE.sub("", match[1]), after_digit=text[match.start() - 1 : match.start()].isdigit()
        )
        serial = str(int(match[2]))
        yield Number(match.end(1) - len(issuer), match.end(), f"{_STATE.sub('', issuer)}令第{serial}号")


def _notices(text: str) -> Iterator[Number]:
    for match in _NOTICE.finditer(text):
        kind = match.group(3) or ("公告" if text[max(0, match.start() - 2) : match.start()] == "公告" else "")
        if kind:
            yield Number(match.start(), match.end(), f"{match.group(1)}年第{int(match.group(2))}号{kind}")
