"""The signature: the agency, or agencies, on the lines just above a date that stands alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from disclosure_search.collection.head import bare, is_agency
from disclosure_search.collection.moments import find_moments, iso, squeezed_days

_LONGEST_LINE = 80
_SEAL = re.compile(r"[（(](?:盖章|公章|章|印章|代章|印)[)）]$")
_TAIL = re.compile(r"[^\u4e00-\u9fa5）)]{1,20}$")
_MOST_ISSUERS = 12

# Issuers of one place run together once the spaces between Han are gone: 临溪市经济贸易局临溪市财政局
_JOINED = re.compile(r"(([\u4e00-\u9fff]{2})[\u4e00-\u9fff]*?(?:局|厅|委员会|办公室))(?=\2)")


class Signature(NamedTuple):
    """`doubt`: what stands where the day does, and may mean several."""

    agency: str
    issued: str
    doubt: str = ""


def find_signature(lines: Sequence[str], head: int) -> Signature:
    """The first signed date after the head, since attachments follow; else the last lone date."""
    last = ""
    for number in range(head, len(lines)):
        line = lines[number]
        if not 5 < len(line) <= _LONGEST_LINE or not ("日" in line or line[-1].isdigit()):
            continue
        plain = unicodedata.normalize("NFKC", bare(line))
        if plain.isdecimal():
            days, agencies = squeezed_days(plain), _above(lines, number)
            if days and agencies:
                issued = iso(days[0]) if len(days) == 1 else ""
                return Signature(";".join(agencies), issued, "" if issued else plain)
            continue
        found = next(find_moments(plain), None)
        if found is None or len(plain[found.end :].strip(" ()。.印发")) > 0:
            continue
        before = plain[: found.start].strip(" ,:;\t")
        issued = iso(found.moment)[:10]
        if not before:
            agencies = _above(lines, number)
            if agencies:
                return Signature(";".join(agencies), issued)
            last = issued
        elif is_agency(_signed(before)):
            return Signature(_signed(before), issued)
    return Signature("", last)


def _above(lines: Sequence[str], number: int) -> list[str]:
    """Joint issuers stand on lines of their own, nothing but empty lines between them."""
    found: list[str] = []
    for at in range(number - 1, max(-1, number - 40), -1):
        plain = bare(lines[at])
        if not plain:
            continue
        parts = _JOINED.sub(r"\1 ", plain.replace("\t", " ")).split(" ")
        names = [name for name in map(_signed, parts) if name]
        if not names or not all(map(is_agency, names)) or len(found) >= _MOST_ISSUERS:
            break
        found[:0] = names
    return found


def _signed(name: str) -> str:
    return _TAIL.sub("", _SEAL.sub("", name.strip()))
