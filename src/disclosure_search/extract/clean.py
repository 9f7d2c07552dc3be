"""Mending of extracted text, in this one place.

Keeps what the page shows: full-width punctuation and digits stay, since analysis folds them with offsets.
Every rule is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

_RADICALS = (
    "⺁厂⺃乙⺄乙⺅亻⺇几⺈刀⺉刂⺊卜⺋㔾⺌小⺍小⺎兀⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺗心⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民"
    "⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺨犭⺩王⺪疋⺫目⺬示⺭礻⺮竹⺯糹⺰纟⺱网⺲罒⺳罓⺴网⺶羊⺷羊⺸羊⺹耂⺻聿⺼月⺾艹⺿艹"
    "⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长⻔门⻕阝⻖阝⻗雨⻘青⻙韦⻚页"
    "⻛风⻜飞⻝食⻟飠⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
# Private-use code points that GB 18030-2005 used and GB 18030-2022 moved; Python decodes to the old ones.
_MOVED = (
    "\ue78d\ufe10\ue78e\ufe12\ue78f\ufe11\ue790\ufe13\ue791\ufe14\ue792\ufe15\ue793\ufe16\ue794\ufe17\ue795\ufe18"
    "\ue796\ufe19\ue7c7\u1e3f\ue7c8\u01f9\ue816\U00020087\ue817\U00020089\ue818\U000200cc\ue81e\u9fb4\ue826\u9fb5"
    "\ue82b\u9fb6\ue82c\u9fb7\ue831\U000215d7\ue832\u9fb8\ue83b\U0002298f\ue843\u9fb9\ue854\u9fba\ue855\U000241fe"
    "\ue864\u9fbb"
)

_BAD_RANGES = (
    "\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\xad\\u034f\\u061c\\u180b-\\u180e\\u200b-\\u200f\\u202a-\\u202e"
    "\\u2060-\\u206f\\ud800-\\udfff\\ue000-\\uf8ff\\ufdd0-\\ufdef\\ufe00-\\ufe0f\\ufeff\\ufff0-\\ufffc\\ufffe\\uffff"
    "\\U0001fffe\\U0001ffff\\U000e0000-\\U0010ffff"
)
_INVISIBLE = re.compile(f"[{_BAD_RANGES}]+")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]{0,20}[A-Za-z]|\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\))")

_SPACE = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_HAN = (
    "\u2e80-\u2fdf\u3001-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6"
    "\U00020000-\U0003ffff"
)
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}])[{_SPACE}]+(?=[{_HAN}])")
_SPACES = re.compile(f"[{_SPACE}]{{2,}}|[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_AROUND_BREAK = re.compile(f"[{_SPACE}]*([\t\n])[{_SPACE}]*")
_BLANK_LINES = re.compile("\n{3,}")
_COMPATIBLE = re.compile("[\u2e80-\u2fd5\uf900-\ufaff\U0002f800-\U0002fa1f\ue78d-\ue864]")


def _mendable() -> dict[int, str]:
    table = {ord(_RADICALS[i]): _RADICALS[i + 1] for i in range(0, len(_RADICALS), 2)}
    table |= {ord(_MOVED[i]): _MOVED[i + 1] for i in range(0, len(_MOVED), 2)}
    for start, end in ((0x2F00, 0x2FD6), (0xF900, 0xFB00), (0x2F800, 0x2FA20)):
        for code in range(start, end):
            folded = unicodedata.normalize("NFKC", chr(code))
            if folded != chr(code) and len(folded) == 1:
                table[code] = folded
    return table


_MENDED = _mendable()


def clean(text: str) -> str:
    """The text that is stored, searched and shown."""
    text = _LINE_ENDS.sub("\n", text)
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if _COMPATIBLE.search(text):
        text = text.translate(_MENDED)
    text = _INVISIBLE.sub("", text)
    text = _SPACES.sub(" ", text)  # first: the later patterns are linear only on runs of one
    text = _AROUND_BREAK.sub(r"\1", text)
    text = _unspaced(text)
    text = _BETWEEN_HAN.sub("", text)
    if "\t" in text:
        text = "\n".join(line.rstrip("\t") for line in text.split("\n"))
    text = _BLANK_LINES.sub("\n\n", text).strip(" \n\u3000")
    return text + "\n" if text else ""


def clean_line(text: str) -> str:
    """One value: a title, a file name. Without line ends and tabs."""
    return clean(text.replace("\t", " ").replace("\r", " ").replace("\n", " ")).strip() if text else ""


def clean_value(text: str) -> str:
    """A value of metadata, where the spaces between Han may part keywords."""
    return " ".join(clean(part).strip() for part in text.split()) if text else ""


def _unspaced(text: str) -> str:
    """Lines with a space between all characters, as poor PDF and OCR software write them, are closed up."""
    if text.count(" ") * 3 < len(text):
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if len(line) > 8 and line.count(" ") * 2 + 1 == len(line) and not line[1::2].strip(" "):
            lines[number] = line[::2]
    return "\n".join(lines)
