"""Bytes to characters: BOM, then what is declared, then strict UTF-8, then GB 18030, judged by plausibility.

Declarations on saved pages are wrong too often to be believed: they only add a candidate. A candidate wins by
how much its text looks like Chinese officialdom, since wrong decodings give rare characters and rare scripts.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import NamedTuple

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "shift_jis": "cp932",
    "euc-jp": "euc_jp",
    "euc-kr": "cp949",
    "hz-gb-2312": "hz",
    "windows-1251": "cp1251",
}
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
_HAN = re.compile("[\u4e00-\u9fff]")
_SAMPLE = 20_000
# HZ, of the mails of the 1990s: pairs of GB 2312 in seven bits.
_HZ = re.compile(r"~\{(?:[!-w][!-~]){2,}~\}")

_FREQUENT = frozenset(
    "的一是不了在和有人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方"
    "后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合"
    "公府市省县区关通知政务院信息文件办室局规划条例实施意见管理企业项目资金申报月日号第请按照"
    "這個國來時們會發動過說產種後學經進著電裡實體機當點從業開關務辦規劃條實見項資報號請圖區縣統計處"
)
_PUNCTUATION = frozenset("，。、：；？！“”‘’（）《》〈〉〔〕【】—…·％℃①②③④⑤⑥⑦⑧⑨⑩")


class Decoded(NamedTuple):
    text: str
    encoding: str
    warnings: tuple[str, ...]


def decode(data: bytes, declared: str = "") -> Decoded:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decoded(data[len(bom) :], encoding)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _most_plausible(data, declared)
    if "\x00" in text[:4096] or 0 < len(data) - len(text) < 60:
        return _most_plausible(data, declared)
    if _HZ.search(text) and text.isascii():
        try:
            return Decoded(data.decode("hz"), "hz", ())
        except UnicodeDecodeError:
            return Decoded(text, "utf-8", ())
    return Decoded(text, "utf-8", ())


def _decoded(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    lost = text.count("\ufffd")
    return Decoded(text, encoding, (f"{lost} bytes are not {encoding}",) if lost else ())


def _most_plausible(data: bytes, declared: str) -> Decoded:
    """The order of the candidates breaks ties."""
    named = _ALIASES.get(declared.strip().strip("\"'").lower(), "")
    order = ["utf-8", "gb18030", "big5hkscs"]
    if _maybe_utf16(data):
        order += ["utf-16-le", "utf-16-be"]
    if named:
        order = [named, *(encoding for encoding in order if encoding != named)]
    best, best_score = "", float("-inf")
    for encoding in order:
        score = _plausibility(_sample(data, encoding)) + (0.05 if encoding == named else 0.0)
        if score > best_score:
            best, best_score = encoding, score
    return _decoded(data, best)


def _maybe_utf16(data: bytes) -> bool:
    """Text in UTF-16 has an even length, or is cut; its line ends and digits leave a zero in one half."""
    head = data[:65536]
    return b"\x00" in head and len(data) >= 4


def _sample(data: bytes, encoding: str) -> str:
    """The first characters outside ASCII, wherever they begin: a head of 64 KB of ASCII says nothing."""
    wide = encoding.startswith("utf-16")
    part = data if wide or len(data) < 400_000 else data[_first_high(data) :][:400_000]
    text = part[: 400_000 if wide else None].decode(encoding, "replace")
    if wide:
        return text[:_SAMPLE]
    found: list[str] = []
    size = 0
    for match in _NON_ASCII.finditer(text):
        found.append(match.group())
        size += len(found[-1])
        if size > _SAMPLE:
            break
    return "".join(found)


_HIGH = re.compile(rb"[\x80-\xff]")


def _first_high(data: bytes) -> int:
    match = _HIGH.search(data)
    return match.start() if match else 0


def rare_share(text: str) -> float:
    """How many of its Han are in neither standard's common set: below 0.1 in real texts, names included."""
    han = _HAN.findall(text)
    return 1 - sum(map(_common_han().__contains__, han)) / len(han) if han else 0.0


def _plausibility(sample: str) -> float:
    """Mean weight of a character, about 1 for real text, below 0.3 for a wrong decoding."""
    if not sample:
        return 0.5
    return sum(map(_weight, sample)) / len(sample)


@cache
def _weight(char: str) -> float:
    code = ord(char)
    if char in _FREQUENT:
        return 1.5
    if char in _common_han() or char in _PUNCTUATION:
        return 1.0
    if code < 0x80:
        return 0.6 if code >= 32 or char in "\t\r\n" else -2.0
    if char == "\ufffd" or 0xE000 <= code <= 0xF8FF or code < 0xA0:
        return -4.0
    return 0.2 if 0x4E00 <= code <= 0x9FFF or 0xFF01 <= code <= 0xFF5E else -0.3


@cache
def _common_han() -> frozenset[str]:
    """The 3,755 characters of level 1 of GB 2312 and the 5,401 of Big5."""
    simplified = (bytes((lead, trail)) for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF))
    traditional = (
        bytes((lead, trail))
        for lead in range(0xA4, 0xC7)
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    )
    return frozenset(
        [pair.decode("gb2312", "ignore") for pair in simplified]
        + [pair.decode("big5", "ignore") for pair in traditional]
    ) - {""}
