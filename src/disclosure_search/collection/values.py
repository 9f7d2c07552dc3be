"""What is said of one original, by place and by strength, in normal forms.

path  <  the file itself  <  the folder's catalogue  <  the sidecar
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from disclosure_search.collection.catalogue import Row
from disclosure_search.collection.numbers import find_numbers
from disclosure_search.collection.patterns import Patterns
from disclosure_search.collection.recognise import Recognised
from disclosure_search.document import digest_of
from disclosure_search.extract.clean import clean_line

PATH, CATALOGUE, SIDECAR_FILE = "path", "catalogue", "sidecar"
_SEPARATORS = str.maketrans("；|\n", ";;;")
_ONE_LINE = ("title", "agency", "number", "index_number", "audience", "openness", "validity", "url", "genre")

# A cell that is wrapped inside a word; spaces within a line are the title's own
_WRAPPED = re.compile(r"(?<=[\u4e00-\u9fff])[ \t]*[\r\n]+[ \t]*(?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class Described:
    """What stands outside the file: by the path's folders, in the catalogue's row, in the sidecar."""

    path_values: Mapping[str, str]
    row: Row
    sidecar: Mapping[str, Any]

    @property
    def stands_alone(self) -> bool:
        """Described for itself, an original is a document even where another one links to it."""
        return bool(self.row or self.sidecar)

    def of(self, *names: str) -> Described:
        """These fields alone."""
        row = {name: value for name, value in self.row.items() if name in names}
        sidecar = {name: value for name, value in self.sidecar.items() if name in names}
        return Described({}, row, sidecar)

    def fingerprint(self) -> str:
        return digest_of(
            repr(sorted(self.path_values.items())),
            repr(sorted(self.row.items())),
            repr(sorted(self.sidecar.items(), key=lambda pair: pair[0])),
        )


@dataclass(frozen=True, slots=True)
class Values:
    """The winning value of each field with its source; lists in the sidecar stay lists."""

    held: Mapping[str, tuple[Any, str]]

    def text(self, name: str) -> str:
        value = self.held.get(name, ("", ""))[0]
        if value is False:  # withdrawn = false
            return ""
        return "; ".join(map(str, value)) if isinstance(value, list) else str(value).strip()

    def several(self, name: str) -> tuple[str, ...]:
        value = self.held.get(name, ("", ""))[0]
        parts = map(str, value) if isinstance(value, list) else str(value).translate(_SEPARATORS).split(";")
        return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def source(self, name: str) -> str:
        return self.held.get(name, ("", ""))[1]


def merged(described: Described, recognised: Recognised, patterns: Patterns) -> Values:
    held: dict[str, tuple[Any, str]] = {}
    if patterns.agency:
        held["agency"] = (patterns.agency, "collection.toml")
    held |= {name: (value, PATH) for name, value in described.path_values.items()}
    held |= {name: pair for name, pair in recognised.values.items() if name != "column"}
    held |= {name: (_normal(name, value), CATALOGUE) for name, value in described.row.items()}
    held |= {name: (_normal(name, value), SIDECAR_FILE) for name, value in described.sidecar.items()}
    return Values(held)


def _normal(name: str, value: Any) -> Any:
    """As what the file itself says; a number that is none in form stands for itself."""
    if not isinstance(value, str) or name not in _ONE_LINE:
        return value
    value = re.sub(r"[\t\r\n]+" if name == "title" else r"\s+", " ", _WRAPPED.sub("", value)).strip()
    if name == "agency":
        return clean_line(value)
    if name == "number":
        found = list(find_numbers(value))
        is_all = len(found) == 1 and found[0].start == 0 and found[0].end == len(value)
        return found[0].text if is_all else value
    return value
