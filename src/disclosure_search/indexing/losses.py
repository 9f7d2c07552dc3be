"""What may be no wish of anybody: originals that are all gone at once, or a folder that goes away meanwhile.

A network share that is not mounted looks like an empty folder. The index is left as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from disclosure_search.errors import CollectionError
from disclosure_search.indexing.survey import Item
from disclosure_search.ledger import REMEMBERED_DAYS, Ledger

MANY = 20  # originals from which on the loss of more than half of them is not believed at once

Presence = tuple[int, int]


def presence_of(data_dir: Path) -> Presence:
    """Differs when another disk, or none, is mounted there."""
    try:
        status = data_dir.stat()
    except OSError as error:
        raise _gone(data_dir, error.strerror or type(error).__name__) from error
    return status.st_dev, status.st_ino


def check_presence(data_dir: Path, before: Presence) -> None:
    if presence_of(data_dir) != before:
        raise _gone(data_dir, "something else is mounted there now")


def _gone(data_dir: Path, why: str) -> CollectionError:
    what = f"the folder of originals went away ({why}); the index was left as it was"
    return CollectionError(str(data_dir), what, "mount it again, and run index again")


def refuse_losses(items: Mapping[str, Item], old: Ledger) -> None:
    """CollectionError where the folder is empty, or most of many originals are gone; what was moved or renamed is
    not gone."""
    before, now = old.accounts, {item.sha256 for item in items.values()}
    lost = sum(path not in items and account.sha256 not in now for path, account in before.items())
    is_empty = len(before) > 1 and not items
    if not is_empty and (len(before) < MANY or 2 * lost <= len(before)):
        return
    what = (
        f"{lost} of {len(before)} originals are gone since the last run; the index was left as it was, "
        "for a share that is not mounted looks like that"
    )
    remedy = (
        "mount it and run index again; if they are to go, run `disclosure-search index --accept-losses` "
        f"(what comes back within {REMEMBERED_DAYS} days gets its id again)"
    )
    raise CollectionError("data folder", what, remedy)
