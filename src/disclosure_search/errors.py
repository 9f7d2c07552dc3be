"""Every error that this program raises on purpose.

    DisclosureError                 exit 1   HTTP 500
    ├─ QueryError                   exit 1   HTTP 400
    ├─ DocumentNotFoundError        exit 1   HTTP 404
    ├─ ExtractionError              caught per original, counted and listed; never indexed as text
    │   ├─ UnsupportedFormatError  ├─ EncryptedDocumentError  ├─ DamagedDocumentError
    │   ├─ EmptyDocumentError      ├─ LimitExceededError      ├─ MissingReaderError
    │   └─ NoTextError
    ├─ CollectionError              exit 1   HTTP 500
    │   └─ GoldenSearchError
    ├─ SettingError                 exit 2   HTTP 500
    └─ EngineError                  exit 1   HTTP 503
        ├─ IndexMissingError  ├─ IndexOutdatedError  ├─ IndexDamagedError  └─ IndexLockedError

A message has the form `subject: what happened, why, what to do`, and is built here from the parts, so that
no second table of texts can drift away from the classes.
"""

from __future__ import annotations

from typing import ClassVar


class DisclosureError(Exception):
    """The root: `exit_code` is what the command line returns, `status` what HTTP answers."""

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500

    def __init__(self, subject: str, what: str, remedy: str = "") -> None:
        super().__init__(subject, what, remedy)
        self.subject = subject
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        message = f"{self.subject}: {self.what}" if self.subject else self.what
        return f"{message}; {self.remedy}" if self.remedy else message


class QueryError(DisclosureError):
    """A search that cannot be run: a page of -1, an unknown facet value, an endless text."""

    status = 400


class DocumentNotFoundError(DisclosureError):
    status = 404

    def __init__(self, doc_id: str) -> None:
        super().__init__(doc_id, "no public document has this id", "search for its title")


class ExtractionError(DisclosureError):
    """One original that could not be read. `reason` is the word that `problems` groups by, `kind` the one that
    `inspect` gives: empty, no_text, encrypted, damaged, unsupported or limit."""

    reason: ClassVar[str] = "unreadable"
    kind: ClassVar[str] = "damaged"


class UnsupportedFormatError(ExtractionError):
    reason = "unsupported"
    kind = "unsupported"


class EncryptedDocumentError(ExtractionError):
    reason = "encrypted"
    kind = "encrypted"


class DamagedDocumentError(ExtractionError):
    reason = "damaged"


class EmptyDocumentError(ExtractionError):
    """Nothing to read: no bytes, or a document in which nobody wrote."""

    reason = "empty"
    kind = "empty"


class NoTextError(ExtractionError):
    """There is something to see but nothing to read: a picture or a scanned page without a text layer."""

    reason = "no text"
    kind = "no_text"


class LimitExceededError(ExtractionError):
    """Reading took more time, memory or output than one original may."""

    reason = "limit"
    kind = "limit"


class MissingReaderError(ExtractionError):
    """The format is known, but the extra that reads it is not installed."""

    reason = "missing reader"
    kind = "unsupported"


class CollectionError(DisclosureError):
    """The data folder or one of the files that describe it is unusable."""


class GoldenSearchError(CollectionError):
    """Searches that staff keep do not find what they must: `broken` says which, and why."""

    def __init__(self, subject: str, broken: tuple[str, ...]) -> None:
        what = f"{len(broken)} golden searches are broken, and the index was left as it was ({'; '.join(broken)})"
        remedy = "mend the documents or the list, or run `disclosure-search index --force`"
        super().__init__(subject, what, remedy)
        self.broken = broken


class SettingError(DisclosureError):
    exit_code = 2


class EngineError(DisclosureError):
    status = 503


class IndexMissingError(EngineError):
    def __init__(self, subject: str) -> None:
        super().__init__(subject, "there is no index here", "run `disclosure-search index`")


class IndexOutdatedError(EngineError):
    def __init__(self, subject: str, why: str) -> None:
        super().__init__(subject, f"the index is outdated: {why}", "run `disclosure-search index --rebuild`")


class IndexDamagedError(EngineError):
    def __init__(self, subject: str, why: str) -> None:
        super().__init__(subject, f"the index is damaged: {why}", "run `disclosure-search index --rebuild`")


class IndexLockedError(EngineError):
    """Another indexer is at work: `owner` says which, since when."""

    def __init__(self, subject: str, owner: str) -> None:
        super().__init__(subject, f"another index run is at work ({owner})", "wait until it has finished")
        self.owner = owner
