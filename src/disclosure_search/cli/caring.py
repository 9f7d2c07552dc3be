"""`index --stats`, `--rollback` and `--verify`: looking after an index."""

from __future__ import annotations

from disclosure_search import upkeep
from disclosure_search.cli import output
from disclosure_search.cli.progress import progress
from disclosure_search.wiring import Archive


def look_after(
    archive: Archive, *, full: bool, json_wanted: bool, verify: bool, rollback: bool, stats: bool
) -> bool:
    """Whether nothing is wrong."""
    if stats:
        output.statistics(upkeep.statistics(archive.engine, archive.store_dir), json_wanted=json_wanted)
    if rollback:
        output.rolled_back(archive.engine.roll_back(), json_wanted=json_wanted)
    if not verify:
        return True
    with progress() as advance:
        found = upkeep.verify(archive.engine, archive.search, full=full, progress=advance)
    output.inspection(found, json_wanted=json_wanted)
    return not found.problems
