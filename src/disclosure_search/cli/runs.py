"""Commands that read originals: an index run, its rehearsal, its repetition, and a catalogue for staff."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from disclosure_search import golden
from disclosure_search.cli import output
from disclosure_search.cli.progress import progress
from disclosure_search.document import shown
from disclosure_search.errors import CollectionError, DisclosureError
from disclosure_search.indexing import RunReport, Wishes, bring_up_to_date, rehearse
from disclosure_search.indexing.template import write_template
from disclosure_search.indexing.watching import watch
from disclosure_search.ledger import Ledger
from disclosure_search.upkeep import BeforeSwitch
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
    force: bool,
) -> bool:
    """Whether an original was skipped."""
    wishes = Wishes(rebuild=rebuild, losses_accepted=accept_losses)
    if watch:
        _watch(archive, wishes, every, json_wanted=json_wanted, force=force)
        return False
    report = _rehearse(archive, wishes) if dry_run else _run(archive, wishes, force=force)
    output.run(report, json_wanted=json_wanted)
    if not dry_run and not force:
        golden.refuse(report.broken)
    return report.counts["quarantined"] > 0


def retry(archive: Archive) -> None:
    output.told(_run(archive, Wishes(retry=True)))


def _run(archive: Archive, wishes: Wishes, *, force: bool = False) -> RunReport:
    """What is broken stops a commit; where there was none it is only told."""
    check = BeforeSwitch(archive.search, golden.load_golden(archive.settings.data_dir), force=force)
    with progress() as advance:
        report = bring_up_to_date(
            archive.engine,
            archive.settings.data_dir,
            archive.store_dir,
            archive.vocabularies,
            archive.segmenter,
            wishes=wishes,
            progress=advance,
            check=check,
        )
    if not report.committed:
        check = replace(check, force=True)
        check.look(archive.engine)
    return replace(report, broken=check.broken)


def _rehearse(archive: Archive, wishes: Wishes) -> RunReport:
    goldens = golden.load_golden(archive.settings.data_dir)
    with progress() as advance:
        report = rehearse(
            archive.engine,
            archive.settings.data_dir,
            archive.store_dir,
            archive.vocabularies,
            wishes=wishes,
            progress=advance,
        )
    told = golden.foretell(goldens, archive.engine, archive.search, report.coming or Ledger(), date.today())
    return replace(report, broken=golden.broken(told))


def _watch(archive: Archive, wishes: Wishes, every: float, *, json_wanted: bool, force: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    data_dir = archive.settings.data_dir
    click.echo(f"watching {data_dir}, every {every:g} s; end with Ctrl-C", err=True)

    def run() -> None:
        """Opened anew each time: vocabularies may have changed, too."""
        report = _run(open_archive(archive.settings), wishes, force=force)
        output.run(report, json_wanted=json_wanted, on_one_line=True)

    def failed(error: DisclosureError) -> None:
        click.echo(f"error: {error}", err=True)

    watch(data_dir, run, every, stop, failed)


def goldens(archive: Archive, add: tuple[str, str] | None, first: int, *, json_wanted: bool) -> bool:
    """Whether any is broken."""
    data_dir = archive.settings.data_dir
    listed = golden.load_golden(data_dir)
    if add:
        wanted = golden.wanted(*add, first)
        (found,) = golden.check((wanted,), archive.engine, archive.search, date.today())
        if found.reason:
            what = f"nothing was added: {wanted.search}: {found.document} {found.reason}"
            raise CollectionError(golden.NAME, what, "correct the search or the document, or say --first N")
        golden.append(data_dir, wanted)
        listed = golden.load_golden(data_dir)
    verdicts = golden.check(listed, archive.engine, archive.search, date.today())
    output.goldens(verdicts, json_wanted=json_wanted)
    return bool(golden.broken(verdicts))


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
