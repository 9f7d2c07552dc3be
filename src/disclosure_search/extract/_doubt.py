"""Signs that a text is wrong although reading it went well: the usual failure is wrong text, not a crash."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from disclosure_search.extract._detect import BINARY_SUFFIXES
from disclosure_search.extract._encoding import rare_share
from disclosure_search.extract._model import Extract

# UTF-8 read as Latin-1 is full of these; the languages that use them are not mixed with Han.
_LATIN_1 = re.compile("[\u0080-\u00ff]")
_HAN = re.compile("[\u4e00-\u9fff]")
# Above this share the characters are not those of any real Chinese text: mojibake has 0.3 to 0.6.
_MOST_RARE = 0.2
_SHORTEST = 30
_SAMPLE = 2_000


_UNKNOWN = re.compile("[\ufffd\ufffe\ue000-\uefff\uf100-\uf8ff\x00-\x08\x0e-\x1f\U000f0000-\U0010ffff]")


def is_unreadable(raw: str) -> bool:
    """Of text before it is mended: fonts that do not tell their characters give codes of their own.

    U+F000 to U+F0FF are the bullets and ticks of symbol fonts, in any good text.
    """
    size = len(raw) - sum(map(raw.count, " \r\n\t"))
    return size > 0 and (
        len(_UNKNOWN.findall(raw)) * 10 > size or (size > _SHORTEST and _is_implausible(raw))
    )


def named_right(path: Path, extract: Extract, name: str) -> Extract:
    """What a server says in place of a file is saved under the name of that file."""
    if name != "html" or path.suffix.lower() not in BINARY_SUFFIXES:
        return extract
    said = f"low confidence: a page is saved under a name that ends with {path.suffix.lower()}"
    return replace(extract, is_doubtful=True, warnings=(*extract.warnings, said))


def judged(extract: Extract) -> Extract:
    """Whatever reader gave it: the text is judged once, when it has been mended."""
    found = [said for said in suspicions(extract.text) if said not in extract.warnings]
    is_wrong = any(said.startswith("mojibake suspected") for said in (*found, *extract.warnings))
    return replace(extract, is_doubtful=extract.is_doubtful or is_wrong, warnings=(*extract.warnings, *found))


def suspicions(text: str) -> list[str]:
    """What `problems` and the document page say about the text."""
    lost = text.count("\ufffd")
    if lost * 200 > len(text):
        return [f"mojibake suspected: {lost} of {len(text)} characters could not be decoded"]
    found = [f"{lost} characters could not be decoded"] if lost else []
    if _is_implausible(text):
        found.append("mojibake suspected: the characters are not those of a Chinese text")
    return found


def _is_implausible(text: str) -> bool:
    middle = len(text) // 2
    sample = text if len(text) <= 2 * _SAMPLE else text[:_SAMPLE] + text[middle : middle + _SAMPLE]
    if sample.count("锟斤拷") * 30 > len(sample) or _is_lost(sample):
        return True
    latin, han = len(_LATIN_1.findall(sample)), len(_HAN.findall(sample))
    if latin > _SHORTEST and latin * 3 > len(sample):
        return True
    return han > _SHORTEST and rare_share(sample) > _MOST_RARE


# What a database or a terminal without Chinese made of every character: runs as long as words and sentences.
_LOST = re.compile(r"\?{2,}")


def _is_lost(sample: str) -> bool:
    return sum(map(len, _LOST.findall(sample))) * 5 > len(sample) > _SHORTEST
