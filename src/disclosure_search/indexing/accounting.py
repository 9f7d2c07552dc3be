"""What an index run says afterwards: an account of every original, and the report of the whole.

Every original is in exactly one state, so that the counts add up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from disclosure_search.extract import reader_versions
from disclosure_search.indexing.settle import Planned, Settlement, due_day
from disclosure_search.indexing.survey import Item, Survey
from disclosure_search.ledger import Account, Ledger, Outcome


@dataclass(frozen=True, slots=True)
class RunReport:
    """`counts` as in Ledger.counts. Documents are counted in `added` … `unchanged`; originals in `counts`, and in
    `indexed_unchanged` those that were indexed before and left as they were. `peak_bytes` is
    the most memory that the processes that wrote have used, together. `is_rehearsal` where nothing was
    written, and `coming` is the ledger that would be. `broken` are the golden searches that do not hold any more."""

    counts: Mapping[str, int]
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    indexed_unchanged: int = 0
    rebuilt: str = ""
    committed: bool = True
    is_rehearsal: bool = False
    seconds: float = 0.0
    peak_bytes: int = 0
    warnings: tuple[str, ...] = ()
    new_problems: tuple[Account, ...] = field(default=())
    broken: tuple[str, ...] = ()
    coming: Ledger | None = None


def ledger_of(survey: Survey, settlement: Settlement, old: Ledger, today: date) -> Ledger:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    accounts = {path: _account(item, settlement, today) for path, item in survey.items.items()}
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
    return Ledger(accounts, warnings, now, reader_versions(), old.gone_after(accounts, today))


def _account(item: Item, settlement: Settlement, today: date) -> Account:
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
        due=due_day(item, today),
        withheld=item.withheld(today),
        doubt=item.doubt if item.document else item.old.doubt if item.old else "",
    )


def report_of(
    ledger: Ledger, old: Ledger, documents: Mapping[str, Planned], removed: Collection[str], *, fresh: bool
) -> RunReport:
    before = fingerprints(old)
    added = sum(doc_id not in before for doc_id in documents)
    changed = sum(
        doc_id in before and before[doc_id] != planned.fingerprint for doc_id, planned in documents.items()
    )
    same = sum(
        account.outcome == Outcome.INDEXED and _is_same(account, old.accounts.get(path))
        for path, account in ledger.accounts.items()
        if not fresh
    )
    problems = [
        account
        for path, account in ledger.accounts.items()
        if account.outcome == Outcome.QUARANTINED and old.accounts.get(path) != account
    ]
    return RunReport(
        ledger.counts(),
        added,
        changed,
        len(removed),
        len(documents) - added - changed,
        same,
        warnings=ledger.warnings,
        new_problems=tuple(problems),
    )


def fingerprints(ledger: Ledger) -> dict[str, str]:
    """Of each document by its id: what must be equal for it to be left as it is."""
    return {one.doc_id: one.fingerprint for one in ledger.accounts.values() if one.is_document}


def _is_same(account: Account, old: Account | None) -> bool:
    """Apart from the time at which the file was written."""
    return old is not None and replace(old, modified_ns=account.modified_ns) == account
