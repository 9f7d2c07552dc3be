"""A catalogue for a folder, filled with what is known of its originals, for staff to correct: the corrected one wins.

It has no row for what is the attachment of another original: a row would make it a document of its own.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Final

from disclosure_search.collection.catalogue import SUGGESTED
from disclosure_search.collection.patterns import load_patterns
from disclosure_search.collection.reading import Reading
from disclosure_search.collection.scan import is_catalogue
from disclosure_search.collection.sheet_writing import write_sheet
from disclosure_search.document import BY_NAME, Document, iso, shown
from disclosure_search.errors import CollectionError
from disclosure_search.extract import Limits
from disclosure_search.extract.pool import ReaderPool
from disclosure_search.indexing.descriptions import Describer
from disclosure_search.indexing.settle import settle
from disclosure_search.indexing.survey import Item, Surveyor
from disclosure_search.ledger import Ledger
from disclosure_search.vocabulary import Vocabularies

COLUMNS: Final = (
    "title", "agency", "number", "index_number", "category", "channel", "genre", "issued", "published", "expires",
    "validity", "audience", "openness", "withdrawn", "keywords", "description", "url", "remark",
)  # fmt: skip
FILE: Final = "文件名"
Table = list[list[str]]


def write_template(
    data_dir: Path,
    folder: str,
    store_dir: Path,
    vocabularies: Vocabularies,
    *,
    as_csv: bool = False,
    force: bool = False,
    limits: Limits | None = None,
) -> tuple[Path, int]:
    """The file that was written, and the number of its rows. With `force` the catalogues that are there are kept
    under hidden names; what they say stands in the new one."""
    home = data_dir / folder
    if not home.is_dir():
        raise CollectionError(str(home), "there is no such folder", "name a folder below the data folder")
    before = [path for path in home.iterdir() if is_catalogue(path.name)]
    if before and not force:
        what = f"there is {shown(before[0].name)} already"
        raise CollectionError(
            str(home), what, "correct it, or say --force to write it anew with what it says"
        )
    table = _table(data_dir, folder, store_dir, vocabularies, limits or Limits())
    target = home / ("目录.csv" if as_csv else "目录.xlsx")
    fresh = target.with_name(f".{target.name}.new")
    if as_csv:
        fresh.write_text(_as_csv(table), "utf-8-sig", newline="")
    else:
        write_sheet(fresh, "目录", table)
    for path in before:
        path.replace(path.with_name(f".{path.name}.old"))
    fresh.replace(target)
    return target, len(table) - 1


def _table(data_dir: Path, folder: str, store_dir: Path, vocabularies: Vocabularies, limits: Limits) -> Table:
    today = date.today()
    describer = Describer(load_patterns(data_dir), vocabularies)
    with ReaderPool(os.cpu_count() or 2, limits) as pool:
        reading = Reading(data_dir, store_dir, pool, keeps=False)
        surveyor = Surveyor(reading, describer, Ledger(), today, anew=True)
        survey = surveyor.survey(lambda _stage, _done, _total: None, folder)
    owned = settle(survey.items, Ledger(), today).owners
    heading = [FILE, *(BY_NAME[name].label for name in COLUMNS), SUGGESTED]
    rows = (
        _row(item, folder, vocabularies)
        for path, item in survey.items.items()
        if path not in owned and not item.original.is_folder
    )
    return [heading, *rows]


def _row(item: Item, folder: str, vocabularies: Vocabularies) -> list[str]:
    """What could not be read has its name alone, unless something is said of it elsewhere."""
    name = shown(item.path.removeprefix(f"{folder}/") if folder else item.path)
    known = item.document or item.stated
    cells = dict(_cells(known, vocabularies)) if known else {}
    suggested = vocabularies["categories"].label_of(known.suggested_category) if known else ""
    return [name, *(cells.get(column, "") for column in COLUMNS), suggested]


def _cells(document: Document, vocabularies: Vocabularies) -> Iterator[tuple[str, str]]:
    """What nothing said stays empty, so that a later reader may still find it out."""
    for name in COLUMNS:
        value = getattr(document, name)
        vocabulary = vocabularies[BY_NAME[name].vocabulary] if BY_NAME[name].vocabulary else None
        if name not in document.sources:
            continue
        if isinstance(value, date):
            yield name, (iso(value) or "").replace("T", " ")
        elif isinstance(value, tuple):
            parts = vocabulary.narrowest(value) if vocabulary else value
            yield name, "；".join(vocabulary.label_of(one) if vocabulary else one for one in parts)
        else:
            yield name, vocabulary.label_of(str(value)) if vocabulary else str(value or "")


def _as_csv(table: Table) -> str:
    written = StringIO(newline="")
    csv.writer(written).writerows(table)
    return written.getvalue()
