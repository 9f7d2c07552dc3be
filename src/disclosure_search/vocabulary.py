"""Controlled lists: stable codes, editable labels, dated entries.

A list is a CSV file with the columns code, label, english, aliases, parent, since, until, note (agencies also
predecessors). What a list lacks is kept as it was written: unknown text is its own code and its own label.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

from disclosure_search.errors import CollectionError

NAMES: tuple[str, ...] = ("channels", "categories", "themes", "genres", "agencies")
_NEEDED = ("code", "label")
_COLUMNS = "code,label,english,aliases,parent,since,until,note"
PACKAGED = Path(__file__).parent / "vocabulary_default"
CHECKOUT = Path(__file__).parents[2] / "data" / "vocabulary"


@dataclass(frozen=True, slots=True)
class Entry:
    code: str
    label: str
    english: str = ""
    aliases: tuple[str, ...] = ()
    parent: str = ""
    predecessors: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    note: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """One list, in the order of its file."""

    entries: tuple[Entry, ...] = ()

    @cached_property
    def _by_code(self) -> Mapping[str, Entry]:
        return {entry.code: entry for entry in self.entries}

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        names = {alias.casefold(): entry.code for entry in self.entries for alias in entry.aliases}
        names |= {entry.label.casefold(): entry.code for entry in self.entries}
        return names | {entry.code.casefold(): entry.code for entry in self.entries}

    def code_of(self, text: str) -> str:
        """The code behind a code, label or alias; the text itself where the list has none."""
        text = text.strip()
        return self._codes.get(text.casefold(), text)

    def label_of(self, code: str) -> str:
        entry = self._by_code.get(code)
        return entry.label if entry else code

    def get(self, code: str) -> Entry | None:
        return self._by_code.get(code)

    def path_to(self, code: str) -> tuple[str, ...]:
        """The code with those above it, the top first."""
        path = [code]
        while (entry := self.get(path[0])) and entry.parent and entry.parent not in path:
            path.insert(0, entry.parent)
        return tuple(path)

    def narrowest(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Without the codes that stand above another of them."""
        above = {one for code in codes for one in self.path_to(code)[:-1]}
        return tuple(code for code in codes if code not in above)

    def knows(self, text: str) -> bool:
        return text.strip().casefold() in self._codes


@dataclass(frozen=True)
class Vocabularies:
    lists: Mapping[str, Vocabulary] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()  # the lines of the file: `synonyms` reads them

    def __getitem__(self, name: str) -> Vocabulary:
        return self.lists.get(name) or Vocabulary()


def load_vocabularies(data_dir: Path) -> Vocabularies:
    """The lists of `data_dir/vocabulary`; each file that is not there comes from the package, but for the agencies:
    those of the package are invented, and 市政府 would become the government of a city that does not exist."""
    folder = data_dir / "vocabulary"
    lists = {name: _load(_choose(folder, f"{name}.csv")) for name in NAMES if name != "agencies"}
    lists["agencies"] = _load(folder / "agencies.csv")
    synonyms = _choose(folder, "synonyms.txt")
    lines = _read(synonyms).split("\n") if synonyms.is_file() else []
    return Vocabularies(lists, load_words(_choose(folder, "words.txt")), tuple(lines))


def load_words(path: Path) -> tuple[str, ...]:
    """User words, one a line as `word [frequency]`; the frequency is kept in the line."""
    if not path.is_file():
        return ()
    lines = (line.split("#", 1)[0].strip() for line in _read(path).splitlines())
    return tuple(line for line in lines if line)


def _choose(folder: Path, name: str) -> Path:
    for home in (folder, PACKAGED, CHECKOUT):
        if (home / name).is_file():
            return home / name
    return folder / name


def _load(path: Path) -> Vocabulary:
    if not path.is_file():
        return Vocabulary()
    reader = csv.DictReader(StringIO(_read(path), newline=""), strict=True)
    try:
        missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise CollectionError(str(path), f"it has no column {missing[0]}", f"head the columns {_COLUMNS}")
        entries = tuple(_entries(path, reader))
    except csv.Error as error:
        what = f"line {reader.line_num} cannot be read ({error})"
        raise CollectionError(str(path), what, "correct the line, or save it again as CSV UTF-8") from error
    codes = [entry.code for entry in entries]
    if doubled := {code for code in codes if codes.count(code) > 1}:
        raise CollectionError(
            str(path), f"the code {min(doubled)} stands there twice", "give each entry its own"
        )
    return Vocabulary(entries)


def _read(path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return path.read_text(encoding)
        except UnicodeDecodeError:
            continue
    raise CollectionError(str(path), "it is neither UTF-8 nor GB18030", "save it again as UTF-8")


def _entries(path: Path, rows: Iterable[Mapping[Any, Any]]) -> Iterable[Entry]:
    for number, row in enumerate(rows, 2):
        if any(cell.strip() for cell in row.get(None) or ()):
            raise CollectionError(
                f"{path}:{number}", "it has more cells than columns", "put a text with commas in quotes"
            )
        cells = {name: (value or "").strip() for name, value in row.items() if isinstance(value, str | None)}
        if not any(cells.values()):
            continue
        if not cells.get("code") or not cells.get("label"):
            raise CollectionError(
                f"{path}:{number}", "an entry needs a code and a label", "fill both columns"
            )
        yield Entry(
            cells["code"],
            cells["label"],
            cells.get("english", ""),
            _several(cells.get("aliases", "")),
            cells.get("parent", ""),
            _several(cells.get("predecessors", "")),
            cells.get("since", ""),
            cells.get("until", ""),
            cells.get("note", ""),
        )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.replace("；", ";").split(";") if part.strip())
