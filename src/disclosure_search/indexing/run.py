"""One index run: survey, settle, write what differs, account for every original, commit.

The index is the truth about itself: what it holds is read from the ledger committed with it. Nothing is written
where nothing differs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from disclosure_search.analysis import Segmenter
from disclosure_search.collection.patterns import load_patterns
from disclosure_search.collection.reading import Reading
from disclosure_search.document import Attachment, Document, Interpretation
from disclosure_search.engine.base import Engine, State, Writer
from disclosure_search.entry import entry_of
from disclosure_search.errors import CollectionError, EngineError, ExtractionError, IndexDamagedError
from disclosure_search.extract import Limits, reader_versions
from disclosure_search.extract.pool import ReaderPool
from disclosure_search.indexing.settle import Planned, Settlement, due_day, settle
from disclosure_search.indexing.survey import Describer, Item, Progress, Survey, Surveyor
from disclosure_search.ledger import Account, Ledger, Outcome, read_ledger
from disclosure_search.vocabulary import Vocabularies

MOST_SEGMENTS = 16  # more of them, or more deleted documents than this share, and the index is written anew
MOST_DELETED = 0.3


@dataclass(frozen=True, slots=True)
class RunReport:
    """`counts` as in Ledger.counts. Documents are counted in `added` … `unchanged`; originals in `counts`, and in
    `indexed_unchanged` those that were indexed before and left as they were."""

    counts: Mapping[str, int]
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    indexed_unchanged: int = 0
    rebuilt: str = ""
    committed: bool = True
    seconds: float = 0.0
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
    describer = Describer(load_patterns(data_dir), vocabularies)
    fresh, why = _must_be_fresh(engine, rebuild)
    with (
        engine.writer(fresh=fresh) as writer,
        ReaderPool(workers or os.cpu_count() or 2, limits or Limits()) as pool,
    ):
        old = _old_ledger(engine)
        run = _Run(
            Reading(data_dir, store_dir, pool),
            describer,
            segmenter,
            writer,
            old,
            today or date.today(),
            fresh=fresh,
            anew=rebuild,
        )
        report = run.carry_out(progress)
    return replace(report, rebuilt=why, seconds=time.monotonic() - began)


def _must_be_fresh(engine: Engine, rebuild: bool) -> tuple[bool, str]:
    condition = engine.condition()
    if condition.state is State.DAMAGED and not rebuild:
        raise IndexDamagedError("index", condition.reason)
    if rebuild:
        return True, "asked for"
    if condition.state is not State.READY:
        return True, condition.reason
    if condition.segments > MOST_SEGMENTS:
        return True, f"{condition.segments} segments are joined"
    if condition.deleted > MOST_DELETED * (condition.documents + condition.deleted):
        return True, f"{condition.deleted} removed documents are cleared away"
    return False, ""


def _old_ledger(engine: Engine) -> Ledger:
    """Even an outdated index knows which ids were given; one that cannot be read gives none."""
    try:
        return read_ledger(engine.ledger())
    except (EngineError, ValueError, KeyError):
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
        fresh: bool,
        anew: bool,
    ) -> None:
        self._reading = reading
        self._describer = describer
        self._segmenter = segmenter
        self._writer = writer
        self._old = old
        self._today = today
        self._fresh = fresh
        self._anew = anew or old.readers != reader_versions()

    def carry_out(self, progress: Progress) -> RunReport:
        surveyor = Surveyor(self._reading, self._describer, self._old, self._today, anew=self._anew)
        survey = surveyor.survey(progress)
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
        for done, planned in enumerate(due, 1):
            self._write(planned, survey, settlement)
            progress("index", done, len(due))
        removed = [doc_id for doc_id in before if doc_id not in settlement.documents]
        for doc_id in removed:
            self._writer.remove(doc_id)
        ledger = self._ledger(survey, settlement)
        committed = bool(due or removed or self._fresh or ledger.accounts != self._old.accounts)
        if committed:
            self._writer.commit(ledger.to_bytes())
        return self._report(ledger, before, settlement, len(removed), committed)

    def _write(self, planned: Planned, survey: Survey, settlement: Settlement) -> None:
        """A document that can no longer be put together is quarantined, like one that never could."""
        try:
            document = self._document(planned, survey, settlement)
        except (ExtractionError, CollectionError) as error:
            reason = error.reason if isinstance(error, ExtractionError) else "metadata"
            item = planned.first
            item.failed = Account(
                item.path,
                item.original.size_bytes,
                item.original.modified_ns,
                item.sha256,
                doc_id=planned.doc_id,
                reason=reason,
                what=error.what,
                remedy=error.remedy,
                since=self._today.isoformat(),
                described=item.described_by,
            )
            self._writer.remove(planned.doc_id)
            return
        self._writer.add(entry_of(document, self._segmenter))

    def _document(self, planned: Planned, survey: Survey, settlement: Settlement) -> Document:
        first = self._whole(planned.first)
        copies = [self._whole(copy) for copy in planned.copies]
        arrived = date.fromtimestamp(planned.first.original.modified_ns / 1e9)
        return replace(
            _joined(first, copies),
            doc_id=planned.doc_id,
            arrived=arrived,
            fingerprint=planned.fingerprint,
            attachments=_once([list(self._attachments(one, survey, settlement)) for one in (first, *copies)]),
            interpretations=tuple(_resolved(first.interpretations, settlement)),
        )

    def _whole(self, item: Item) -> Document:
        if item.described is None:  # unreadable at present, while another part of the document changed
            raise CollectionError(item.path, "its catalogue cannot be read", "mend the catalogue")
        return self._describer.document(item, self._reading.read(item.original, item.sha256))

    def _attachments(
        self, document: Document, survey: Survey, settlement: Settlement
    ) -> Iterator[Attachment]:
        """Only files that belong to a document give their text; one that is withheld is not even named."""
        for one in document.attachments:
            target = survey.items.get(one.path)
            if one.path in settlement.withheld:
                continue
            if target is None or one.path not in settlement.owners:
                yield replace(one, path="")
            else:
                text = "" if target.failed else self._reading.read(target.original, target.sha256).text
                yield replace(one, text=text, size_bytes=target.original.size_bytes, sha256=target.sha256)

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
        return Ledger(
            accounts, tuple(sorted({*survey.warnings, *settlement.warnings})), now, reader_versions()
        )

    def _account(self, item: Item, settlement: Settlement) -> Account:
        if item.failed:
            return item.failed
        owner = settlement.owners.get(item.path, "")
        held = owner or item.path
        doc_id = settlement.ids.get(held, "")
        planned = settlement.documents.get(doc_id)
        why = settlement.withheld.get(held, "")
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


def _is_same(account: Account, old: Account | None) -> bool:
    """Apart from the time at which the file was written."""
    return old is not None and replace(old, modified_ns=account.modified_ns) == account


def _once(listed: list[list[Attachment]]) -> tuple[Attachment, ...]:
    """Those of the first original, and of its copies those that it lacks: the same file may lie beside each."""
    found, *others = listed
    for one in (one for attachments in others for one in attachments if one.path):
        gap = next((at for at, held in enumerate(found) if held.name == one.name and not held.path), None)
        if gap is not None:
            found[gap] = one
        elif one.sha256 not in {held.sha256 for held in found}:
            found.append(one)
    return tuple(found)


def _joined(document: Document, copies: list[Document]) -> Document:
    """The same content published elsewhere too: one document, several publication events."""
    if not copies:
        return document
    everything = [document, *copies]
    return replace(
        document,
        category=tuple(dict.fromkeys(code for one in everything for code in one.category)),
        channel=tuple(dict.fromkeys(code for one in everything for code in one.channel)),
        publications=tuple(dict.fromkeys(event for one in everything for event in one.publications)),
    )


def _resolved(mentioned: Iterable[Interpretation], settlement: Settlement) -> Iterator[Interpretation]:
    """One that is withheld is not even named."""
    for one in mentioned:
        doc_id = settlement.ids.get(one.path, "")
        if one.path not in settlement.withheld:
            yield replace(one, doc_id=doc_id if doc_id in settlement.documents else "")
