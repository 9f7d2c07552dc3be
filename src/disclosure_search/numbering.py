"""文号 as people write them, taken apart: 代字, year and serial, each of which may be missing.

    国办发〔2014〕12号    国办发[2014]第012号    （2014）12号    国办发12号    12号
    国务院令第711号       财政部公告2014年第5号    2014年第5号公告

All of them give lookup terms `代字|年|号`, so that a document is found by any part of its own 文号.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPEN, _CLOSE = r"[〔﹝［\[(（【〈<＜]", r"[〕﹞］\])）】〉>＞]"
_CODE = r"(?P<code>[^\W\d_]{0,20}?)"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_SERIAL = "第?0*(?P<serial>[0-9]{1,5})"
_KINDS = ("公告", "通告", "公报", "通知", "决定", "令")
_KIND = rf"(?P<kind>{'|'.join(_KINDS)})?"
_WHOLE = tuple(
    re.compile(form)
    for form in (
        rf"{_CODE}{_OPEN}{_YEAR}{_CLOSE}(?:{_SERIAL}号?)?文?",
        rf"{_CODE}{_YEAR}(?:年?第0*|年)(?P<serial>[0-9]{{1,5}})号{_KIND}",
        rf"{_CODE}{_SERIAL}号{_KIND}",
        rf"{_CODE}{_YEAR}年?",
        r"(?P<code>[^\W\d_]{1,20})0*(?P<serial>[0-9]{1,5})",
        r"(?P<code>[^\W\d_]{1,20})",
    )
)
_WITHIN = tuple(
    re.compile(form)
    for form in (
        rf"(?P<code>[^\W\d_]{{0,20}}){_OPEN}{_YEAR}{_CLOSE}{_SERIAL}号?",
        rf"(?P<code>[^\W\d_]{{0,20}}){_YEAR}(?:年?第0*|年)(?P<serial>[0-9]{{1,5}})号{_KIND}",
        rf"(?P<code>[^\W\d_]{{1,20}})第0*(?P<serial>[0-9]{{1,5}})号{_KIND}",
    )
)
# As typed: full-width digits, spaces inside. A bracket at its begin would else open a group.
_DIGIT = "[0-9０-９]"
_TYPED_YEAR = f"(?P<year>(?:[1１][9９]|[2２][0０]){_DIGIT}{{2}})"
_TYPED = re.compile(
    rf"(?P<code>[^\W\d_]{{1,20}})?{_OPEN}\s*{_TYPED_YEAR}\s*{_CLOSE}"
    rf"(?:\s*第?\s*(?P<serial>{_DIGIT}{{1,8}})\s*号|(?P<bare>{_DIGIT}{{1,5}}))"
)
_SERIAL_SPACED = rf"\s*第?\s*{_DIGIT}{{1,8}}\s*号"
_SPACED = re.compile(  # 〔2014〕39号 通知 are two words, 2014 年第 5 号 公告 is one number
    rf"(?:[^\W\d_]{{1,20}}\s*)??(?:{_DIGIT}{{4}}\s*年{_SERIAL_SPACED}(?:\s*(?:{'|'.join(_KINDS)}))?"
    rf"|(?:{_OPEN}\s*{_TYPED_YEAR}\s*{_CLOSE})?{_SERIAL_SPACED}(?:{'|'.join(_KINDS)})?)"
)
_UNFINISHED = re.compile(rf"{_OPEN}{_DIGIT}{{0,4}}(?:{_CLOSE}第?{_DIGIT}{{0,8}})?$")
_BEGIN = re.compile(rf"{_OPEN}\s*{_TYPED_YEAR}\s*{_CLOSE}\s*第?\s*{_DIGIT}{{1,8}}")
_STATE = "中华人民共和国"


@dataclass(frozen=True, slots=True)
class Number:
    code: str = ""
    year: str = ""
    serial: str = ""

    def __str__(self) -> str:
        year = f"〔{self.year}〕" if self.year else ""
        return f"{self.code}{year}{self.serial}号" if self.serial else f"{self.code}{year}"

    @property
    def is_telling(self) -> bool:
        """Whether it says enough to be meant as a 文号 where nobody asked for one."""
        return sum(map(bool, (self.code, self.year, self.serial))) > 1

    def terms(self) -> tuple[str, ...]:
        """The fullest first: what a document bears, and what a search looks up."""
        code, year, serial = self.code, self.year, self.serial
        kind = next((one for one in _KINDS if code.endswith(one)), "")  # 2014年第5号公告 leaves out whose
        shapes = [(code, year, serial), ("", year, serial), (code, "", serial), (code, year, "")]
        shapes += [("", "", serial), ("", year, ""), (code, "", "")]
        shapes += [(kind, year, serial)] if kind and serial else []
        return tuple(dict.fromkeys("|".join(one) for one in shapes if any(one)))


def read(folded: str) -> Number | None:
    """The whole of a folded text; None for what is written otherwise."""
    plain = "".join(folded.split())
    for form in _WHOLE:
        if match := form.fullmatch(plain):
            return _number(match)
    return None


def within(folded: str) -> Iterator[Number]:
    """Every 文号 that a folded text may hold: where its 代字 begins nobody knows, so each way is one."""
    plain = "".join(folded.split())
    for form in _WITHIN:
        for match in form.finditer(plain):
            found = _number(match)
            for start in range(len(found.code) or 1):
                yield Number(found.code[start:], found.year, found.serial)


def typed_at(text: str, at: int) -> tuple[Number, int] | None:
    """The bracketed 文号 that stands there in a text as typed, and where it ends."""
    match = _TYPED.match(text, at)
    if match is None:
        return None
    year, serial = (
        "".join(str(int(one)) for one in held) for held in (match["year"], match["serial"] or match["bare"])
    )
    return Number(match["code"] or "", year, serial.lstrip("0") or "0"), match.end()


def begins_at(text: str, at: int) -> bool:
    """Whether a bracket there is that of a 文号 and opens no group."""
    return _BEGIN.match(text, at) is not None


def spaced_at(text: str, at: int) -> int:
    """Where the 文号 ends that stands there, with spaces in it and with or without brackets; 0 if there is none."""
    match = _SPACED.match(text, at)
    return match.end() if match else 0


def may_go_on(text: str) -> bool:
    """Whether a bracketed 文号 has begun at its end, and what follows may be the rest."""
    return _UNFINISHED.search(text) is not None


def _number(match: re.Match[str]) -> Number:
    held = match.groupdict(default="")
    code = held.get("code", "") + held.get("kind", "")
    code = code.removeprefix(_STATE) or code
    return Number("国务院令" if code == "国令" else code, held.get("year", ""), held.get("serial", ""))
