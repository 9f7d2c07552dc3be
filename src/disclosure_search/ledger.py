"""The accounts of an index: what became of every original, each in exactly one state.

    found = indexed + duplicate + quarantined + not public

The ledger is committed together with the index it tells of, and is never newer or older than it. It also remembers
what is gone: an id that was given is given back, and what was not public does not become so by being moved.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

REMEMBERED_DAYS = 1000


class Outcome(StrEnum):
    INDEXED = "indexed"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    NOT_PUBLIC = "not_public"


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that an original names as its attachment: the paths at which it may lie, the likeliest first; `stated`
    where a catalogue or sidecar names it."""

    places: tuple[str, ...]
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A content that stands nowhere any more, with the id that it had and since when; `withheld` says why it was not
    public."""

    path: str
    sha256: str
    doc_id: str = ""
    withheld: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One original. `doc_id` names the document it is, belongs to or repeats; `part_of` the path of the document
    whose attachment it is; `withheld` says why the original by itself is not public. `described` and `fingerprint`
    are what must be equal for it to be left as it is; `claims` are its attachments, `mentions` the paths of its
    相关解读; `due` is the ISO day on which its outcome must be looked at again; `doubt` says why
    the text may be wrong."""

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
    claims: tuple[Claim, ...] = ()
    mentions: tuple[str, ...] = ()
    due: str = ""
    withheld: str = ""
    doubt: str = ""

    @property
    def is_document(self) -> bool:
        return self.outcome == Outcome.INDEXED and not self.part_of

    @property
    def is_public(self) -> bool:
        return self.outcome in (Outcome.INDEXED, Outcome.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Ledger:
    """`gone` is forgotten after REMEMBERED_DAYS."""

    accounts: Mapping[str, Account] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    run_at: str = ""
    readers: str = ""
    gone: tuple[Gone, ...] = ()

    def gone_after(self, accounts: Mapping[str, Account], today: date) -> tuple[Gone, ...]:
        """What is to be remembered once these are the accounts: ids that no document bears, and contents that were not
        public and that nothing settled holds."""
        settled = [one for one in accounts.values() if one.outcome != Outcome.QUARANTINED]
        used = {one.doc_id for one in settled if not one.part_of}
        standing = {one.sha256 for one in settled}
        oldest = date.fromordinal(today.toordinal() - REMEMBERED_DAYS).isoformat()
        held = {(one.path, one.sha256): one for one in self.gone}
        for account in self.accounts.values():
            one = _gone(account, today)
            if one.sha256 and (one.doc_id or one.withheld):
                held.setdefault((one.path, one.sha256), one)
        return tuple(
            one
            for _, one in sorted(held.items())
            if one.since > oldest
            and ((one.doc_id and one.doc_id not in used) or (one.withheld and one.sha256 not in standing))
        )

    def counts(self) -> dict[str, int]:
        """found, and one number for each outcome; they add up."""
        counted = Counter(str(account.outcome) for account in self.accounts.values())
        return {"found": len(self.accounts)} | {str(outcome): counted[str(outcome)] for outcome in Outcome}

    def members(self) -> int:
        """How many of the originals lie in a container that is one itself."""
        return sum(
            any(above in self.accounts for above in _above(path)) for path in self.accounts if "/" in path
        )

    def to_bytes(self) -> bytes:
        head = {
            "run_at": self.run_at,
            "readers": self.readers,
            "warnings": list(self.warnings),
            "rows": len(self.accounts),
            "gone": len(self.gone),
        }
        rows = [*map(_row, self.accounts.values()), *map(_row, self.gone)]
        return "\n".join(json.dumps(line) for line in (head, *rows)).encode()


def read_ledger(content: bytes) -> Ledger:
    """ValueError for what is not one. Unknown keys of a later program are left out."""
    lines = content.splitlines()
    if not lines:
        raise ValueError("it is empty")
    head = json.loads(lines[0])
    first_gone = 1 + int(head["rows"])
    due = first_gone + int(head.get("gone", 0))
    if due != len(lines):
        raise ValueError(f"{len(lines) - 1} of {due - 1} rows are there")
    accounts = _accounts(json.loads(line) for line in lines[1:first_gone])
    gone = tuple(Gone(**json.loads(line)) for line in lines[first_gone:])
    return Ledger(
        accounts, tuple(head.get("warnings", ())), head.get("run_at", ""), head.get("readers", ""), gone
    )


def _above(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _accounts(rows: Iterable[Mapping[str, object]]) -> dict[str, Account]:
    known = frozenset(Account.__dataclass_fields__)
    accounts: dict[str, Account] = {}
    for row in rows:
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in row.items()
            if name in known
        }
        values["claims"] = tuple(map(_claim, row.get("claims", ())))  # type: ignore[call-overload]  # a list
        account = Account(**values)  # type: ignore[arg-type]  # written by _row below
        accounts[account.path] = account
    return accounts


def _claim(row: Mapping[str, Any] | str) -> Claim:
    """Earlier programs wrote the path alone."""
    if isinstance(row, str):
        return Claim((row,))
    return Claim(tuple(row["places"]), bool(row.get("stated", False)))


def _gone(account: Account, today: date) -> Gone:
    hidden = account.outcome == Outcome.NOT_PUBLIC
    own_id = "" if account.part_of or account.outcome == Outcome.DUPLICATE else account.doc_id
    return Gone(account.path, account.sha256, own_id, account.what if hidden else "", today.isoformat())


def _row(one: Account | Gone) -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if value or name == "path"}
