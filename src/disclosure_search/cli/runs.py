"""Commands that read originals: an index run, its rehearsal, its repetition, and a catalogue for staff."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from disclosure_search.cli import output
from disclosure_search.cli.progress import progress
from disclosure_search.document import shown
from disclosure_search.errors import DisclosureError
from disclosure_search.indexing import RunReport, Wishes, bring_up_to_date, rehearse
from disclosure_search.indexing.template import write_template
from disclosure_search.indexing.watching import watch
from disclosure_search.wiring import Archive, open_archive


def index(
    archive: Archive,
    every: float,
    *,
    json_wanted: bool,
    rebuild: bool,
    accept_losses: bool,
    dry_run: bool,
    watch: bool,
) -> bool:
    """Whether an original was skipped."""
    wishes = Wishes(rebuild=rebuild, losses_accepted=accept_losses)
    if watch:
        _watch(archive, wishes, every, json_wanted=json_wanted)
        return False
    report = _rehearse(archive, wishes) if dry_run else _run(archive, wishes)
    output.run(report, json_wanted=json_wanted)
    return report.counts["quarantined"] > 0


def retry(archive: Archive) -> None:
    output.told(_run(archive, Wishes(retry=True)))


def _run(archive: Archive, wishes: Wishes) -> RunReport:
    with progress() as advance:
        return bring_up_to_date(
            archive.engine,
            archive.settings.data_dir,
            archive.store_dir,
            archive.vocabularies,
            archive.segmenter,
            wishes=wishes,
            progress=advance,
        )


def _rehearse(archive: Archive, wishes: Wishes) -> RunReport:
    with progress() as advance:
        return rehearse(
            archive.engine,
            archive.settings.data_dir,
            archive.store_dir,
            archive.vocabularies,
            wishes=wishes,
            progress=advance,
        )


def _watch(archive: Archive, wishes: Wishes, every: float, *, json_wanted: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    data_dir = archive.settings.data_dir
    click.echo(f"watching {data_dir}, every {every:g} s; end with Ctrl-C", err=True)

    def run() -> None:
        """Opened anew each time: vocabularies may have changed, too."""
        output.run(_run(open_archive(archive.settings), wishes), json_wanted=json_wanted, on_one_line=True)

    def failed(error: DisclosureError) -> None:
        click.echo(f"error: {error}", err=True)

    watch(data_dir, run, every, stop, failed)


def _below(data_dir: Path, folder: str) -> str:
    """A folder may be named from the data folder or, as a shell completes it, from where one stands."""
    asked, base = Path(folder).resolve(), data_dir.resolve()
    stands = bool(folder) and asked.is_dir() and asked.is_relative_to(base)
    below = asked.relative_to(base).as_posix() if stands else folder
    return "" if below == "." else below


def write_catalogue(archive: Archive, folder: str, *, as_csv: bool, force: bool) -> None:
    data_dir = archive.settings.data_dir
    written, rows = write_template(
        data_dir,
        _below(data_dir, folder),
        archive.store_dir,
        archive.vocabularies,
        as_csv=as_csv,
        force=force,
    )
    click.echo(f"{shown(str(written))}: {rows} originals; correct it and run `disclosure-search index`")
