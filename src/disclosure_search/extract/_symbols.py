"""Characters that word processors keep in symbol fonts, where their codes mean pictures."""

from __future__ import annotations

import re

# Forms of administrations use the boxes and ticks; the other pictures say nothing that anyone searches for.
_TABLES: dict[str, dict[int, str]] = {
    "wingdings": {
        0x6C: "●", 0x6D: "○", 0x6E: "■", 0x6F: "□", 0x70: "□", 0x71: "□", 0x72: "□", 0x75: "◆", 0xA1: "○",
        0xA8: "□", 0xAB: "★", 0xB2: "☆", 0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xFB: "×",
        0xFC: "√", 0xFD: "☒", 0xFE: "☑",
        **{0x81 + number: chr(0x2460 + number) for number in range(10)},
    },
    "wingdings 2": {0x4F: "×", 0x50: "√", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "□", 0x2A: "□", 0x30: "☑"},
    "symbol": {
        0xB1: "±", 0xB3: "≥", 0xA3: "≤", 0xB4: "×", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xA5: "∞", 0xB0: "°",
        0xB7: "·", 0xD7: "·", 0xE5: "∑", 0xD6: "√", 0x2D: "−", 0x2B: "+", 0x3D: "=", 0x25: "%", 0xA2: "′",
        0xB2: "″", 0xAC: "←", 0xAE: "→", 0xAD: "↑", 0xAF: "↓",
        **dict(zip((*range(0x41, 0x5B), *range(0x61, 0x7B)),
                   "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖαβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True)),
    },
}  # fmt: skip
_EQUATION = re.compile(r"\s*EQ\s+(.*)", re.DOTALL | re.IGNORECASE)
_RAISED = re.compile(r"\\s\\(?:up|do)\s*-?\d*\s*\([^()]*\)[,，;]?", re.IGNORECASE)
_SWITCH = re.compile(r"\\\*\s*(?:jc\d+|hps\d+)|\\\*\s*\"[^\"]*\"|\\[a-zA-Z]+-?\d*", re.IGNORECASE)
_FRAME = "○□△◇〇"


def symbol(font: str, code: int) -> str:
    """Nothing for a picture without a counterpart; codes come with or without 0xF000."""
    return (
        _TABLES.get(font.strip().lower(), {}).get(code & 0xFF, "")
        if code < 0x100 or code >= 0xF000
        else chr(code)
    )


def shown_by_code(code: str) -> str:
    """What a field shows that has no result: only EQ, which sets characters above, in or beside each other."""
    match = _EQUATION.fullmatch(code[:2000])
    if not match:
        return ""
    text = _SWITCH.sub("", _RAISED.sub("", match.group(1)))
    text = re.sub(r"[(),，;\s]+", "", text)
    bare = text.strip(_FRAME)
    return bare or text
