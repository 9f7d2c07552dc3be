"""One index run: survey, settle, write what differs, account for every original, commit.

The index is the truth about itself: what it holds is read from the ledger committed with it. Nothing is written
where nothing differs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from disclosure_search.analysis import Segmenter
from disclosure_search.collection.patterns import load_patterns
from disclosure_search.collection.reading import Reading
from disclosure_search.document import shown
from disclosure_search.engine.base import Check, Engine, State, Writer
from disclosure_search.engine.memory import peak_bytes
from disclosure_search.entry import entry_of
from disclosure_search.errors import CollectionError, EngineError, ExtractionError, IndexDamagedError
from disclosure_search.extract import Limits, reader_versions
from disclosure_search.extract.pool import ReaderPool
from disclosure_search.indexing.accounting import RunReport, fingerprints, ledger_of, report_of
from disclosure_search.indexing.bulk import Setup, Unmade, unmade, write_in_parts
from disclosure_search.indexing.caution import hold_back, lost_restrictions
from disclosure_search.indexing.compose import Composer, Job, job_of
from disclosure_search.indexing.descriptions import Describer
from disclosure_search.indexing.losses import check_presence, presence_of, refuse_losses
from disclosure_search.indexing.settle import Planned, Settlement, settle
from disclosure_search.indexing.survey import Progress, Survey, Surveyor
from disclosure_search.ledger import Account, Ledger, read_ledger
from disclosure_search.vocabulary import Vocabularies

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)  # what reading nonsense as a ledger raises
BULK_FROM = 500  # documents to write; starting a process takes as long as writing a hundred of them


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of one run. `rebuild` writes everything anew; `retry` reads again what could not be read before;
    `losses_accepted` goes on although most originals are gone."""

    rebuild: bool = False
    retry: bool = False
    losses_accepted: bool = False


def bring_up_to_date(
    engine: Engine,
    data_dir: Path,
    store_dir: Path,
    vocabularies: Vocabularies,
    segmenter: Segmenter,
    *,
    wishes: Wishes = Wishes(),
    progress: Progress = lambda _stage, _done, _total: None,
    limits: Limits | None = None,
    today: date | None = None,
    workers: int = 0,
    check: Check | None = None,
) -> RunReport:
    """`store_dir` keeps extracted texts; `check` is shown what is about to answer. EngineError and CollectionError
    leave the old index answering."""
    began = time.monotonic()
    processes = workers or os.cpu_count() or 2
    describer = Describer(load_patterns(data_dir), vocabularies)
    fresh, why = _must_be_fresh(engine, wishes.rebuild)
    with (
        engine.writer(fresh=fresh) as writer,
        ReaderPool(processes, limits or Limits()) as pool,
    ):
        reading = Reading(data_dir, store_dir, pool)
        old = _old_ledger(engine, fresh=fresh)
        plan = _plan(reading, describer, old, wishes, today or date.today(), progress, fresh=fresh)
        run = _Run(reading, describer, segmenter, writer, plan, processes, check)
        report = run.carry_out(progress)
    peak = peak_bytes() + run.peak_of_parts
    return replace(report, rebuilt=why, seconds=time.monotonic() - began, peak_bytes=peak)


def rehearse(
    engine: Engine,
    data_dir: Path,
    store_dir: Path,
    vocabularies: Vocabularies,
    *,
    wishes: Wishes = Wishes(),
    progress: Progress = lambda _stage, _done, _total: None,
    limits: Limits | None = None,
    today: date | None = None,
) -> RunReport:
    """What a run would report now; nothing is written, also no text that was read is kept."""
    began = time.monotonic()
    describer = Describer(load_patterns(data_dir), vocabularies)
    fresh, why = _must_be_fresh(engine, wishes.rebuild)
    with ReaderPool(os.cpu_count() or 2, limits or Limits()) as pool:
        reading = Reading(data_dir, store_dir, pool, keeps=False)
        old = _old_ledger(engine, fresh=fresh)
        plan = _plan(reading, describer, old, wishes, today or date.today(), progress, fresh=fresh)
        coming = plan.ledger()
        report = report_of(coming, old, plan.settlement.documents, plan.removed, fresh=fresh)
    return replace(
        report,
        coming=coming,
        rebuilt=why,
        committed=False,
        is_rehearsal=True,
        seconds=time.monotonic() - began,
        peak_bytes=peak_bytes(),
    )


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


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run has to do: the documents that are `due` to be written, and the ids of those to be `removed`."""

    survey: Survey
    settlement: Settlement
    old: Ledger
    today: date
    fresh: bool
    due: tuple[Planned, ...]
    removed: tuple[str, ...]

    def ledger(self) -> Ledger:
        return ledger_of(self.survey, self.settlement, self.old, self.today)


def _plan(
    reading: Reading,
    describer: Describer,
    old: Ledger,
    wishes: Wishes,
    today: date,
    progress: Progress,
    *,
    fresh: bool,
) -> _Plan:
    place = presence_of(reading.data_dir) if reading.data_dir.is_dir() else None
    anew = wishes.rebuild or old.readers != reader_versions()
    survey = Surveyor(reading, describer, old, today, anew=anew, retry=wishes.retry).survey(progress)
    if place:
        check_presence(reading.data_dir, place)
    if not wishes.losses_accepted:
        refuse_losses(survey.items, old)
    lost = lost_restrictions(reading.data_dir, survey.catalogues, survey.items, today)
    hold_back(survey.items, old, lost, today)
    settlement = settle(survey.items, old, today)
    before = fingerprints(old)
    _leave_held(settlement, before, fresh=fresh)
    due = (
        planned
        for doc_id, planned in settlement.documents.items()
        if fresh or before.get(doc_id) != planned.fingerprint
    )
    removed = (doc_id for doc_id in before if doc_id not in settlement.documents)
    return _Plan(survey, settlement, old, today, fresh, tuple(due), tuple(removed))


def _leave_held(settlement: Settlement, before: Mapping[str, str], *, fresh: bool) -> None:
    """What lies in a folder that cannot be read stays as it was written; it cannot be written anew."""
    for doc_id, planned in settlement.documents.items():
        if planned.first.original.is_held:
            if fresh:
                what = "the folder that it lies in cannot be read, and an index without it is not written"
                raise CollectionError(
                    shown(planned.first.path), what, "check the permissions of its folder, or mount it"
                )
            planned.fingerprint = before.get(doc_id, planned.fingerprint)


class _Run:
    def __init__(
        self,
        reading: Reading,
        describer: Describer,
        segmenter: Segmenter,
        writer: Writer,
        plan: _Plan,
        processes: int,
        check: Check | None,
    ) -> None:
        self._check = check
        self._reading = reading
        self._describer = describer
        self._segmenter = segmenter
        self._writer = writer
        self._plan = plan
        self._processes = processes
        self.peak_of_parts = 0

    def carry_out(self, progress: Progress) -> RunReport:
        plan, documents = self._plan, self._plan.settlement.documents
        jobs = [job_of(planned, plan.survey, plan.settlement) for planned in plan.due]
        parallel = self._processes > 1 and len(jobs) >= BULK_FROM
        for failed in (self._write_in_parts if parallel else self._write)(jobs, progress):
            self._quarantine(documents[failed.doc_id], failed)
        for doc_id in plan.removed:
            self._writer.remove(doc_id)
        ledger = plan.ledger()
        changed = (ledger.accounts, ledger.gone) != (plan.old.accounts, plan.old.gone)
        committed = bool(plan.due or plan.removed or plan.fresh or changed)
        if committed:
            self._writer.commit(ledger.to_bytes(), self._check)
        report = report_of(ledger, plan.old, documents, plan.removed, fresh=plan.fresh)
        return replace(report, committed=committed)

    def _write(self, jobs: Sequence[Job], progress: Progress) -> Iterator[Unmade]:
        composer = Composer(self._reading, self._describer)
        for done, job in enumerate(jobs, 1):
            try:
                document = composer.document(job)
                entry = entry_of(document, self._segmenter, self._describer.vocabularies)
            except (ExtractionError, CollectionError) as error:
                yield unmade(job.doc_id, error)
            else:
                self._writer.add(entry)
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
            since=self._plan.today.isoformat(),
            described=item.described_by,
        )
        self._writer.remove(planned.doc_id)
