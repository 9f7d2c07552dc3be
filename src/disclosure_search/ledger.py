"""The accounts of an index: what became of every original, each in exactly one state.

    found = indexed + duplicate + quarantined + not public

The ledger is committed together with the index it tells of, and is never newer or older than it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    INDEXED = "indexed"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    NOT_PUBLIC = "not_public"


@dataclass(frozen=True, slots=True)
class Account:
    """One original. `doc_id` names the document it is, belongs to or repeats; `part_of` the path of the document
    whose attachment it is; `withheld` says why the original by itself is not public. `described` and `fingerprint`
    are what must be equal for it to be left as it is; `claims` the paths it names as attachments, `mentions` as
    相关解读; `due` is the ISO day on which its outcome must be looked at again."""

    path: str
    size_bytes: int = 0
    modified_ns: int = 0
    sha256: str = ""
    outcome: str = Outcome.QUARANTINED
    doc_id: str = ""
    part_of: str = ""
    reason: str = ""
    what: str = ""
    remedy: str = ""
    reader: str = ""
    since: str = ""
    described: str = ""
    fingerprint: str = ""
    claims: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    due: str = ""
    withheld: str = ""

    @property
    def is_document(self) -> bool:
        return self.outcome == Outcome.INDEXED and not self.part_of


@dataclass(frozen=True, slots=True)
class Ledger:
    accounts: Mapping[str, Account] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    run_at: str = ""
    readers: str = ""

    def counts(self) -> dict[str, int]:
        """found, and one number for each outcome; they add up."""
        counted = Counter(str(account.outcome) for account in self.accounts.values())
        return {"found": len(self.accounts)} | {str(outcome): counted[str(outcome)] for outcome in Outcome}

    def to_bytes(self) -> bytes:
        head = {
            "run_at": self.run_at,
            "readers": self.readers,
            "warnings": list(self.warnings),
            "rows": len(self.accounts),
        }
        rows = (_row(account) for account in self.accounts.values())
        return "\n".join(json.dumps(line) for line in (head, *rows)).encode()


def read_ledger(content: bytes) -> Ledger:
    """ValueError for what is not one. Unknown keys of a later program are left out."""
    lines = content.splitlines()
    if not lines:
        raise ValueError("it is empty")
    head = json.loads(lines[0])
    if head["rows"] != len(lines) - 1:
        raise ValueError(f"{len(lines) - 1} of {head['rows']} rows are there")
    accounts = _accounts(json.loads(line) for line in lines[1:])
    return Ledger(accounts, tuple(head.get("warnings", ())), head.get("run_at", ""), head.get("readers", ""))


def _accounts(rows: Iterable[Mapping[str, object]]) -> dict[str, Account]:
    known = frozenset(Account.__dataclass_fields__)
    accounts: dict[str, Account] = {}
    for row in rows:
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in row.items()
            if name in known
        }
        account = Account(**values)  # type: ignore[arg-type]  # written by _row below
        accounts[account.path] = account
    return accounts


def _row(account: Account) -> dict[str, object]:
    return {name: value for name, value in asdict(account).items() if value or name == "path"}
