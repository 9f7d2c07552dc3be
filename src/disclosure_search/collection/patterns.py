"""What a path says: `collection.toml` names the bureau and the meaning of its folders.

    [collection]
    name = "…"                                # shown on the site
    agency = "…"                              # the publishing agency where nothing else names one
    [[patterns]]
    path = "{channel}/{category}/{year}/"     # the first pattern that fits the beginning of a path wins

Without the file, folders whose names the vocabularies know are taken at their word.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from disclosure_search.collection.scan import SETTINGS
from disclosure_search.document import shown
from disclosure_search.errors import CollectionError
from disclosure_search.vocabulary import Vocabularies

FIELDS = ("channel", "category", "year", "agency", "genre")
_YEAR = re.compile(r"((?:19|20)\d\d)年?(?:度)?$")


@dataclass(frozen=True, slots=True)
class Patterns:
    """`automatic`: no pattern was written, so folder names are looked up in the vocabularies."""

    name: str = ""
    agency: str = ""
    patterns: tuple[tuple[str, ...], ...] = ()
    automatic: bool = True

    def values(self, folder: str, vocabularies: Vocabularies) -> dict[str, str]:
        parts = tuple(part for part in shown(folder).split("/") if part)
        if self.automatic:
            return _known(parts, vocabularies)
        for pattern in self.patterns:
            found = _fit(pattern, parts)
            if found is not None:
                return found
        return {}


def load_patterns(data_dir: Path) -> Patterns:
    path = data_dir / SETTINGS
    if not path.is_file():
        return Patterns()
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CollectionError(str(path), f"cannot be read ({error})", "correct it or remove it") from error
    collection = _table(path, content.get("collection", {}))
    rows = content.get("patterns", [])
    if not isinstance(rows, list):
        raise CollectionError(str(path), "`patterns` must be a list", "write each as [[patterns]]")
    patterns = tuple(_pattern(path, _table(path, row).get("path", "")) for row in rows)
    return Patterns(
        str(collection.get("name", "")), str(collection.get("agency", "")), patterns, not patterns
    )


def _table(path: Path, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise CollectionError(str(path), "a table was expected", "see data/README.md")
    return value


def _pattern(path: Path, text: object) -> tuple[str, ...]:
    parts = tuple(part for part in str(text).split("/") if part)
    for part in parts:
        if part.startswith("{") and part.strip("{}") not in FIELDS:
            raise CollectionError(str(path), f"a pattern names {part}", f"use one of {', '.join(FIELDS)}")
    return parts


def _fit(pattern: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    if len(parts) < len(pattern):
        return None
    found: dict[str, str] = {}
    for wanted, part in zip(pattern, parts, strict=False):
        if not wanted.startswith("{"):
            if wanted not in ("*", part):
                return None
            continue
        name = wanted.strip("{}")
        year = _YEAR.match(part)
        if name == "year" and year is None:
            return None
        found[name] = year[1] if name == "year" and year else part
    return found


def _known(parts: tuple[str, ...], vocabularies: Vocabularies) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts:
        for name, vocabulary in (("channel", "channels"), ("category", "categories")):
            if vocabularies[vocabulary].knows(part):
                found.setdefault(name, part)
        if year := _YEAR.match(part):
            found["year"] = year[1]
    return found
