"""Check digits in an 索引号 whose prefix is the code of an organisation.

Nine characters are an organisation code (GB 11714), eighteen a unified social credit code (GB 32100). Other schemes
have no check digits.
"""

from __future__ import annotations

import re

_FORM = re.compile(
    r"(?:([0-9A-Z]{8})-?([0-9X])|([0-9A-HJ-NPQRTUWXY]{17})([0-9A-HJ-NPQRTUWXY]))/\d{4}(?:\d\d)?-\d{4,6}"
)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # of GB 32100: without I, O, S, V, Z
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def is_mistyped(index_number: str) -> bool:
    """Whether it has the form of a scheme with check digits, and they are wrong."""
    match = _FORM.fullmatch(index_number.upper())
    if match is None:
        return False
    return _of_organisation(match[1]) != match[2] if match[1] else _of_credit(match[3]) != match[4]


def _of_organisation(code: str) -> str:
    total = sum(weight * int(char, 36) for weight, char in zip(_WEIGHTS, code, strict=True))
    return "0X987654321"[total % 11]


def _of_credit(code: str) -> str:
    total = sum(_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(code))
    return _ALPHABET[(31 - total % 31) % 31]
