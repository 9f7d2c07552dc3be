"""What may be an internal file that has lost its description waits until something is said of it.

A sidecar, or a row of a catalogue, stays behind when its file is renamed or moved. Then either the content is known
as one that was not public, or a description that keeps a file inside has lost its file: nothing that is new beside
it, and of which nothing is said, is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from disclosure_search.collection.catalogue import Catalogue, load_sidecar
from disclosure_search.collection.moments import is_past
from disclosure_search.collection.restrictions import may_restrict
from disclosure_search.collection.scan import SIDECAR, Original, lonely_sidecars
from disclosure_search.document import shown
from disclosure_search.errors import CollectionError
from disclosure_search.indexing.settle import names_of, restricted
from disclosure_search.indexing.survey import UNDESCRIBED, Item, quarantined
from disclosure_search.ledger import Ledger, Outcome

REMEDY = (
    "describe it by a row or sidecar of its own, with 公开范围 面向社会 if everybody may see it{}, "
    "and run index again"
)

MEND = "describe the member by a row of its own (container/member), or take it out, and run index again"


def lost_restrictions(
    data_dir: Path, catalogues: Iterable[Catalogue], items: Mapping[str, Item], today: date
) -> dict[str, str]:
    """The folders in which a description that keeps a file from the public has no file, with what it names."""
    there = {shown(path) for path in items}
    rows: list[tuple[str, Mapping[str, Any]]] = [
        (path, row) for one in catalogues for path, row in one.rows.items() if path not in there
    ]
    rows += [
        (shown(path.removesuffix(SIDECAR)), _sidecar(data_dir, path)) for path in lonely_sidecars(data_dir)
    ]
    return {path.rpartition("/")[0]: path for path, row in rows if _keeps_inside(row, today)}


def _sidecar(data_dir: Path, path: str) -> Mapping[str, Any]:
    try:
        return load_sidecar(data_dir, Original(path, sidecar=path))
    except CollectionError:
        return {"audience": "it cannot be read"}


def _keeps_inside(row: Mapping[str, Any], today: date) -> bool:
    """A last day that is over is no reason: expired files are taken away, and their rows stay."""
    over = is_past(str(row.get("expires", "")), today)
    return may_restrict(
        {name: value for name, value in row.items() if not (over and name == "expires")}, today
    )


def hold_back(items: Mapping[str, Item], ledger: Ledger, lost: Mapping[str, str], today: date) -> None:
    """Marks what waits as failed. What a public original with a description of its own names is described by it."""
    named = {path: names_of(item, items) for path, item in items.items()}
    held = restricted(items, named, today)
    known = _Known(ledger, [item for path, item in items.items() if path not in held])
    claimed = {one.path for path, found in named.items() if not items[path].failed for one in found}
    described = {
        one.path
        for path, found in named.items()
        if items[path].stands_alone and path not in held
        for one in found
    }
    for path, item in items.items():
        if lost_inside := next((one for one in lost if f"{one}/".startswith(f"{shown(path)}/")), ""):
            what = f"{lost[lost_inside]} is kept from the public and is not in it: another member may be it"
            item.failed = quarantined(item, today, UNDESCRIBED, what, MEND)
        elif not item.failed and (hidden := known.hidden_inside(item)):
            what = f"one of its members was not public as {shown(hidden)}, and nothing is said of it here"
            item.failed = quarantined(item, today, UNDESCRIBED, what, MEND)
        if item.failed or item.stands_alone or path in held or path in described:
            continue
        folder = shown(item.original.folder)
        if hidden := known.hidden_at(item, is_claimed=path in claimed):
            what = f"its content was not public as {shown(hidden)}, and nothing is said of it here"
            item.failed = quarantined(item, today, UNDESCRIBED, what, REMEDY.format(""))
        elif folder in lost and not (item.old and item.old.is_public):
            what = f"{lost[folder]} is kept from the public and is not there: this may be it"
            remedy = REMEDY.format(", or take away the description that lost its file")
            item.failed = quarantined(item, today, UNDESCRIBED, what, remedy)


class _Known:
    """Contents that were not public, by the path at which they were, without those that are public anyway."""

    def __init__(self, ledger: Ledger, public: Iterable[Item]) -> None:
        self._hidden = {one.sha256: one.path for one in ledger.gone if one.withheld}
        accounts = ledger.accounts.values()
        self._hidden |= {one.sha256: one.path for one in accounts if one.outcome == Outcome.NOT_PUBLIC}
        anyway = {one.sha256 for one in accounts if one.is_public}
        anyway |= {
            item.sha256 for item in public if not item.failed and (item.stands_alone or _set_free(item))
        }
        for sha256 in anyway:
            self._hidden.pop(sha256, None)

    def hidden_at(self, item: Item, *, is_claimed: bool) -> str:
        """Where it was kept inside, unless it is set free at this very place."""
        if _set_free(item) or (is_claimed and _is_same(item)):
            return ""
        return self._hidden.get(item.sha256, "")

    def hidden_inside(self, item: Item) -> str:
        """Of the members that are to be its attachments, the first that was kept inside somewhere."""
        attachments = item.document.attachments if item.document else ()
        own = (one for one in attachments if one.sha256 and one.path not in item.standing)
        return next((self._hidden[one.sha256] for one in own if one.sha256 in self._hidden), "")


def _set_free(item: Item) -> bool:
    """It was kept inside for itself, and is not any more: somebody has changed what is said of it."""
    return _is_same(item) and bool(item.old and item.old.withheld)


def _is_same(item: Item) -> bool:
    old = item.old
    return old is not None and old.sha256 == item.sha256 and old.outcome != Outcome.QUARANTINED
