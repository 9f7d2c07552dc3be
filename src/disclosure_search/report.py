"""What became of the originals: the accounting identity and the list of problems, from the ledger of the index."""

from __future__ import annotations

from dataclasses import dataclass, replace

from disclosure_search.document import Document
from disclosure_search.engine.base import Condition, Engine, State
from disclosure_search.errors import IndexDamagedError
from disclosure_search.ledger import Account, Ledger, Outcome, read_ledger
from disclosure_search.likeness import resembling, sketch


@dataclass(frozen=True, slots=True)
class Status:
    """`counts` as in Ledger.counts."""

    condition: Condition
    ledger: Ledger

    @property
    def is_usable(self) -> bool:
        """Whether an index that is there answers; one that is missing is not wrong."""
        return self.condition.state in (State.READY, State.MISSING)

    @property
    def counts(self) -> dict[str, int]:
        return self.ledger.counts()


def status(engine: Engine) -> Status:
    """Never fails for an index that is missing or unusable: the condition says so."""
    condition = engine.condition()
    return Status(condition, _ledger(engine) if condition.state is State.READY else Ledger())


def problems(engine: Engine) -> list[Account]:
    """Every quarantined original, by path. EngineError where there is no index to tell."""
    accounts = _ledger(engine).accounts.values()
    return sorted((one for one in accounts if one.outcome == Outcome.QUARANTINED), key=lambda one: one.path)


def doubtful(engine: Engine) -> list[Account]:
    """Every original that was taken in although its text may be wrong, by path."""
    accounts = _ledger(engine).accounts.values()
    taken = (one for one in accounts if one.doubt and one.outcome != Outcome.QUARANTINED)
    return sorted(taken, key=lambda one: one.path)


def without_category(engine: Engine) -> list[Document]:
    """Documents whose category nobody has said, by path; some have one suggested."""
    found = (document for document in engine.documents() if not document.category)
    return sorted((replace(one, body="", attachments=()) for one in found), key=lambda one: one.path)


@dataclass(frozen=True, slots=True)
class Alike:
    """Two documents and the share of strings that both texts have, of those that either has."""

    first: Document
    second: Document
    share: float


def alike(engine: Engine) -> list[Alike]:
    """Pairs of documents whose texts are nearly the same, the most alike first; exact copies are one document."""
    documents: list[Document] = []
    sketches: list[frozenset[int]] = []
    for document in engine.documents():
        documents.append(replace(document, body="", attachments=()))
        sketches.append(sketch(document.body))
    pairs = ((documents[a], documents[b], share) for a, b, share in resembling(sketches))
    return sorted(
        (Alike(*pair) for pair in pairs), key=lambda one: (-one.share, one.first.path, one.second.path)
    )


def _ledger(engine: Engine) -> Ledger:
    try:
        return read_ledger(engine.ledger())
    except (ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError("ledger", f"it cannot be read ({error})") from error
