"""One index run: survey, settle, write what differs, account for every original, commit.

The index is the truth about itself: what it holds is read from the ledger committed with it. Nothing is written
where nothing differs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from disclosure_search.analysis import Segmenter
from disclosure_search.collection.patterns import load_patterns
from disclosure_search.collection.reading import Reading
from disclosure_search.engine.base import Engine, State, Writer
from disclosure_search.engine.memory import peak_bytes
from disclosure_search.entry import entry_of
from disclosure_search.errors import CollectionError, EngineError, ExtractionError, IndexDamagedError
from disclosure_search.extract import Limits, reader_versions
from disclosure_search.extract.pool import ReaderPool
from disclosure_search.indexing.bulk import Setup, Unmade, unmade, write_in_parts
from disclosure_search.indexing.caution import hold_back, lost_restrictions
from disclosure_search.indexing.compose import Composer, Job, job_of
from disclosure_search.indexing.settle import Planned, Settlement, due_day, settle
from disclosure_search.indexing.survey import Describer, Item, Progress, Survey, Surveyor
from disclosure_search.ledger import REMEMBERED_DAYS, Account, Ledger, Outcome, read_ledger
from disclosure_search.vocabulary import Vocabularies

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)  # what reading nonsense as a ledger raises
BULK_FROM = 500  # documents to write; starting a process takes as long as writing a hundred of them
MANY = 20  # originals from which on it is told when more than half of them go at once


@dataclass(frozen=True, slots=True)
class RunReport:
    """`counts` as in Ledger.counts. Documents are counted in `added` … `unchanged`; originals in `counts`, and in
    `indexed_unchanged` those that were indexed before and left as they were. `peak_bytes` is
    the most memory that the processes that wrote have used, together."""

    counts: Mapping[str, int]
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    indexed_unchanged: int = 0
    rebuilt: str = ""
    committed: bool = True
    seconds: float = 0.0
    peak_bytes: int = 0
    warnings: tuple[str, ...] = ()
    new_problems: tuple[Account, ...] = field(default=())


def bring_up_to_date(
    engine: Engine,
    data_dir: Path,
    store_dir: Path,
    vocabularies: Vocabularies,
    segmenter: Segmenter,
    *,
    rebuild: bool = False,
    progress: Progress = lambda _stage, _done, _total: None,
    limits: Limits | None = None,
    today: date | None = None,
    workers: int = 0,
) -> RunReport:
    """`store_dir` keeps extracted texts. EngineError leaves the old index answering."""
    began = time.monotonic()
    processes = workers or os.cpu_count() or 2
    describer = Describer(load_patterns(data_dir), vocabularies)
    fresh, why = _must_be_fresh(engine, rebuild)
    with (
        engine.writer(fresh=fresh) as writer,
        ReaderPool(processes, limits or Limits()) as pool,
    ):
        old = _old_ledger(engine, fresh=fresh)
        run = _Run(
            Reading(data_dir, store_dir, pool),
            describer,
            segmenter,
            writer,
            old,
            today or date.today(),
            processes=processes,
            fresh=fresh,
            anew=rebuild,
        )
        report = run.carry_out(progress)
    peak = peak_bytes() + run.peak_of_parts
    return replace(report, rebuilt=why, seconds=time.monotonic() - began, peak_bytes=peak)


def _must_be_fresh(engine: Engine, rebuild: bool) -> tuple[bool, str]:
    condition = engine.condition()
    if condition.state is State.DAMAGED and not rebuild:
        engine.statistics()  # raises the error itself, which names the file and what to do
        raise IndexDamagedError("index", condition.reason)
    if rebuild:
        return True, "asked for"
    if condition.state is not State.READY:
        return True, condition.reason
    return False, ""


def _old_ledger(engine: Engine, *, fresh: bool) -> Ledger:
    """Even an outdated or damaged index knows which ids were given. Only where one is written anew may that be what an
    earlier ledger knows: without its own nobody knows what must be taken out of an index that is kept."""
    try:
        return read_ledger(engine.ledger())
    except (EngineError, *UNREADABLE) as error:
        if not fresh:
            raise IndexDamagedError("ledger", f"it cannot be read ({error})") from error
    for content in engine.kept_ledgers():
        with suppress(*UNREADABLE):
            return read_ledger(content)
    return Ledger()


class _Run:
    def __init__(
        self,
        reading: Reading,
        describer: Describer,
        segmenter: Segmenter,
        writer: Writer,
        old: Ledger,
        today: date,
        *,
        processes: int,
        fresh: bool,
        anew: bool,
    ) -> None:
        self._reading = reading
        self._describer = describer
        self._segmenter = segmenter
        self._writer = writer
        self._old = old
        self._today = today
        self._processes = processes
        self.peak_of_parts = 0
        self._fresh = fresh
        self._anew = anew or old.readers != reader_versions()

    def carry_out(self, progress: Progress) -> RunReport:
        surveyor = Surveyor(self._reading, self._describer, self._old, self._today, anew=self._anew)
        survey = surveyor.survey(progress)
        lost = lost_restrictions(self._reading.data_dir, survey.catalogues, survey.items, self._today)
        hold_back(survey.items, self._old, lost, self._today)
        survey.warnings += vanished(survey.items, self._old)
        settlement = settle(survey.items, self._old, self._today)
        before = {
            account.doc_id: account.fingerprint
            for account in self._old.accounts.values()
            if account.is_document
        }
        due = [
            planned
            for doc_id, planned in settlement.documents.items()
            if self._fresh or before.get(doc_id) != planned.fingerprint
        ]
        jobs = [job_of(planned, survey, settlement) for planned in due]
        parallel = self._processes > 1 and len(jobs) >= BULK_FROM
        for failed in (self._write_in_parts if parallel else self._write)(jobs, progress):
            self._quarantine(settlement.documents[failed.doc_id], failed)
        removed = [doc_id for doc_id in before if doc_id not in settlement.documents]
        for doc_id in removed:
            self._writer.remove(doc_id)
        ledger = self._ledger(survey, settlement)
        changed = (ledger.accounts, ledger.gone) != (self._old.accounts, self._old.gone)
        committed = bool(due or removed or self._fresh or changed)
        if committed:
            self._writer.commit(ledger.to_bytes())
        return self._report(ledger, before, settlement, len(removed), committed)

    def _write(self, jobs: Sequence[Job], progress: Progress) -> Iterator[Unmade]:
        composer = Composer(self._reading, self._describer)
        for done, job in enumerate(jobs, 1):
            try:
                document = composer.document(job)
            except (ExtractionError, CollectionError) as error:
                yield unmade(job.doc_id, error)
            else:
                self._writer.add(entry_of(document, self._segmenter, self._describer.vocabularies))
            progress("index", done, len(jobs))

    def _write_in_parts(self, jobs: Sequence[Job], progress: Progress) -> list[Unmade]:
        reading = self._reading
        setups = [
            Setup(
                reading.data_dir,
                reading.kept_in,
                reading.pool.limits,
                self._describer,
                self._segmenter,
                self._writer.part(self._processes),
            )
            for _ in range(self._processes)
        ]
        outcome = write_in_parts(jobs, setups, self._writer, lambda done: progress("index", done, len(jobs)))
        self.peak_of_parts = outcome.peak_bytes
        return outcome.unmade

    def _quarantine(self, planned: Planned, failed: Unmade) -> None:
        """A document that can no longer be put together, like one that never could."""
        item = planned.first
        item.failed = Account(
            item.path,
            item.original.size_bytes,
            item.original.modified_ns,
            item.sha256,
            doc_id=planned.doc_id,
            reason=failed.reason,
            what=failed.what,
            remedy=failed.remedy,
            since=self._today.isoformat(),
            described=item.described_by,
        )
        self._writer.remove(planned.doc_id)

    def _ledger(self, survey: Survey, settlement: Settlement) -> Ledger:
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        accounts = {path: self._account(item, settlement) for path, item in survey.items.items()}
        for doc_id, planned in settlement.documents.items():
            for copy in planned.copies:
                accounts[copy.path] = replace(
                    accounts[copy.path],
                    outcome=Outcome.DUPLICATE,
                    doc_id=doc_id,
                    fingerprint="",
                    reason="duplicate",
                    what=f"the same content as {planned.first.path}",
                )
        warnings = tuple(sorted({*survey.warnings, *settlement.warnings}))
        gone = self._old.gone_after(accounts, self._today)
        return Ledger(accounts, warnings, now, reader_versions(), gone)

    def _account(self, item: Item, settlement: Settlement) -> Account:
        if item.failed:
            return item.failed
        owner = settlement.owners.get(item.path, "")
        held = owner or item.path
        doc_id = settlement.ids.get(held, "")
        planned = settlement.documents.get(doc_id)
        why = settlement.withheld.get(held, "")
        if planned and owner and item.path in planned.hidden:
            why = "its own document goes before the one that it is a copy of"
        return Account(
            item.path,
            item.original.size_bytes,
            item.original.modified_ns,
            item.sha256,
            Outcome.NOT_PUBLIC if why else Outcome.INDEXED,
            doc_id,
            owner,
            reason=why.partition(":")[0],
            what=why,
            reader=item.document.format if item.document else item.old.reader if item.old else "",
            described=item.described_by,
            claims=item.claims,
            mentions=item.mentions,
            fingerprint=planned.fingerprint if planned and not owner else "",
            due=due_day(item, self._today),
            withheld=item.withheld(self._today),
        )

    def _report(
        self, ledger: Ledger, before: Mapping[str, str], settlement: Settlement, removed: int, committed: bool
    ) -> RunReport:
        after = settlement.documents
        added = sum(doc_id not in before for doc_id in after)
        changed = sum(
            doc_id in before and before[doc_id] != planned.fingerprint for doc_id, planned in after.items()
        )
        same = sum(
            account.outcome == Outcome.INDEXED and _is_same(account, self._old.accounts.get(path))
            for path, account in ledger.accounts.items()
            if not self._fresh
        )
        problems = [
            account
            for path, account in ledger.accounts.items()
            if account.outcome == Outcome.QUARANTINED and self._old.accounts.get(path) != account
        ]
        return RunReport(
            ledger.counts(),
            added,
            changed,
            removed,
            len(after) - added - changed,
            same,
            committed=committed,
            warnings=ledger.warnings,
            new_problems=tuple(problems),
        )


def vanished(items: Mapping[str, Item], old: Ledger) -> list[str]:
    """Loud where most originals are gone at once: a disk that is not mounted looks like an empty folder."""
    before, now = old.accounts, {item.sha256 for item in items.values()}
    lost = sum(path not in items and account.sha256 not in now for path, account in before.items())
    if not lost or (lost < len(before) and (len(before) < MANY or 2 * lost <= len(before))):
        return []
    what = f"{lost} of {len(before)} originals are gone since the last run and were taken out of the index"
    remedy = (
        f"is the data folder complete? If they are back within {REMEMBERED_DAYS} days they get the same ids"
    )
    return [f"{what}: {remedy}"]


def _is_same(account: Account, old: Account | None) -> bool:
    """Apart from the time at which the file was written."""
    return old is not None and replace(old, modified_ns=account.modified_ns) == account
