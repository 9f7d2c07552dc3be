"""Names as people write them down: which file is meant where a description does not spell its name exactly.

A description that misses its file by a hair would leave it as if nothing had been said of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from fnmatch import fnmatchcase
from functools import lru_cache

_ENDING = re.compile(r"\.[0-9a-z]{1,5}$")
_INVISIBLE = re.compile("[\\s\u00ad\u200b-\u200f\u2060\ufeff]+")


@lru_cache(maxsize=1 << 17)
def loose(name: str) -> str:
    """Equal for names that differ in case, width, spaces or the composition of characters alone."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", name).casefold())


def stem(name: str) -> str:
    """The loose name without its ending; a dot further inside begins none."""
    return _ENDING.sub("", loose(name))


def meant(said: str, names: Collection[str]) -> list[str]:
    """The names that are written so, else those that are so but for case, width and spaces, else those that a
    pattern with * or ? takes in."""
    if said in names:
        return [said]
    wanted = loose(said)
    alike = [name for name in names if loose(name) == wanted]
    if alike or not any(mark in wanted for mark in "*?"):
        return alike
    return [name for name in names if fnmatchcase(loose(name), wanted)]


def of_one_stem(said: str, names: Collection[str]) -> list[str]:
    """The names that differ from it in their ending, or have one that it lacks."""
    return [name for name in names if stem(name) in (loose(said), stem(said))]
