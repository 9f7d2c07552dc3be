"""What is there now: every original with its content digest, its description, and its text if it must be read.

What the ledger knows of an original is believed as long as size, time and description are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from disclosure_search import __version__
from disclosure_search.collection.assemble import Described, assemble
from disclosure_search.collection.catalogue import Catalogue, Row, load_catalogue, load_sidecar
from disclosure_search.collection.patterns import Patterns
from disclosure_search.collection.reading import Reading
from disclosure_search.collection.restrictions import audience_of, joined
from disclosure_search.collection.scan import Original, lonely_sidecars, scan
from disclosure_search.document import Audience, Document, digest_of, shown
from disclosure_search.errors import CollectionError, ExtractionError
from disclosure_search.extract import Extract, reader_versions
from disclosure_search.ledger import Account, Claim, Ledger, Outcome
from disclosure_search.vocabulary import NAMES, Vocabularies

Progress = Callable[[str, int, int], None]
UNDESCRIBED = "metadata"  # the reason of originals whose description cannot be read


@dataclass(slots=True)
class Item:
    """One original in this run. `failed` is set where it cannot be taken; `document` where it was put together
    anew (without its texts); otherwise `old` still tells the truth. Of one that cannot be taken, `stated` is what is
    known from outside its text. `says_public` is set where its own description says that everybody may see it."""

    original: Original
    old: Account | None = None
    sha256: str = ""
    described: Described | None = None
    described_by: str = ""
    document: Document | None = None
    failed: Account | None = None
    stated: Document | None = None
    says_public: bool = False

    @property
    def path(self) -> str:
        return self.original.path

    @property
    def stands_alone(self) -> bool:
        return self.described is not None and self.described.stands_alone

    @property
    def claims(self) -> tuple[Claim, ...]:
        before = self.old.claims if self.old else ()
        if self.document:
            return _claims_of(self.document)
        if self.stated:
            return tuple(dict.fromkeys((*_claims_of(self.stated), *before)))
        return before

    def withheld(self, today: date) -> str:
        """Why the original by itself may not be shown; where nobody knows whether it may, that is the reason."""
        if self.failed and self.failed.reason == UNDESCRIBED:
            return f"{UNDESCRIBED}: {self.failed.what}"
        if known := self.document or self.stated:
            return known.withheld(today)
        return self.old.withheld if self.old else ""

    @property
    def mentions(self) -> tuple[str, ...]:
        if self.document:
            return tuple(one.path for one in self.document.interpretations if one.path)
        return self.old.mentions if self.old else ()


def _claims_of(document: Document) -> tuple[Claim, ...]:
    return tuple(
        Claim(places, one.stated)
        for one in document.attachments
        if (places := tuple(filter(None, (one.path, *one.places))))
    )


@dataclass(frozen=True, slots=True)
class Describer:
    """All that decides how an original becomes a document, besides its content. `paths` finds files whose names
    are not UTF-8 by the name that a description gives them."""

    patterns: Patterns
    vocabularies: Vocabularies
    paths: dict[str, str] = field(default_factory=dict)

    def fingerprint(self, described: Described) -> str:
        return digest_of(
            __version__, described.fingerprint(), self.patterns.agency, self._lists(), reader_versions()
        )

    def _lists(self) -> str:
        return digest_of(*(repr(self.vocabularies[name].entries) for name in NAMES))

    def document(self, item: Item, extract: Extract) -> Document:
        assert item.described is not None
        return self.assembled(item, extract, item.described)

    def assembled(self, item: Item, extract: Extract, described: Described) -> Document:
        document = assemble(item.original, item.sha256, extract, described, self.patterns, self.vocabularies)
        if not self.paths:
            return document
        return replace(
            document,
            attachments=tuple(
                replace(one, path=self._found(one.path), places=tuple(map(self._found, one.places)))
                for one in document.attachments
            ),
            interpretations=tuple(
                replace(one, path=self._found(one.path)) for one in document.interpretations
            ),
        )

    def _found(self, path: str) -> str:
        return self.paths.get(shown(path), path)


@dataclass(slots=True)
class Survey:
    items: dict[str, Item] = field(default_factory=dict)
    catalogues: list[Catalogue] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Surveyor:
    """`anew` distrusts the ledger: every original is looked at as if for the first time, but keeps its id."""

    def __init__(
        self, reading: Reading, describer: Describer, ledger: Ledger, today: date, *, anew: bool
    ) -> None:
        self._reading = reading
        self._describer = describer
        self._ledger = ledger
        self._today = today
        self._anew = anew
        self._catalogues: dict[str, Catalogue] = {}

    def survey(self, progress: Progress) -> Survey:
        found = scan(self._reading.data_dir)
        names = ((shown(original.path), original.path) for original in found)
        self._describer.paths.update((name, path) for name, path in names if name != path)
        survey = Survey()
        for done, original in enumerate(found, 1):
            survey.items[original.path] = self._item(original)
            progress("scan", done, len(found))
        due = [item for item in survey.items.values() if self._must_be_read(item)]
        self._remember_failures(survey.items.values(), due)
        by_path = {item.path: item for item in due}
        outcomes = self._reading.read_all((item.original, item.sha256) for item in due)
        for done, (original, outcome) in enumerate(outcomes, 1):
            self._take(by_path[original.path], outcome)
            progress("read", done, len(due))
        survey.catalogues = list(self._catalogues.values())
        survey.warnings = self._warnings(survey.items)
        return survey

    def _item(self, original: Original) -> Item:
        item = Item(original, self._ledger.accounts.get(original.path))
        if original.trouble:
            item.failed = self._failure(item, "unreadable", original.trouble, original.remedy)
            return item
        try:
            item.sha256 = self._known_digest(item) or self._reading.sha256(original)
            item.described = self._described(original)
            item.described_by = self._describer.fingerprint(item.described)
            audience = str({**item.described.row, **item.described.sidecar}.get("audience", ""))
            item.says_public = bool(audience) and audience_of(audience) == Audience.PUBLIC
        except ExtractionError as error:
            item.failed = self._failure(item, "unreadable", error.what, error.remedy)
        except CollectionError as error:
            item.failed = self._held_back(item, error)
        return item

    def _known_digest(self, item: Item) -> str:
        old, original = item.old, item.original
        same = old and (old.size_bytes, old.modified_ns) == (original.size_bytes, original.modified_ns)
        return old.sha256 if old and same else ""

    def _described(self, original: Original) -> Described:
        row: Row = {}
        for folder in _above(original.folder):
            catalogue = self._catalogue(folder)
            if catalogue.trouble:
                raise CollectionError(shown(original.path), catalogue.trouble, "mend the catalogue")
            row = joined(row, catalogue.rows.get(shown(original.path), {}))
        path_values = self._describer.patterns.values(original.folder, self._describer.vocabularies)
        return Described(path_values, row, load_sidecar(self._reading.data_dir, original))

    def _catalogue(self, folder: str) -> Catalogue:
        if folder not in self._catalogues:
            self._catalogues[folder] = load_catalogue(self._reading.data_dir, folder, self._reading.pool)
        return self._catalogues[folder]

    def _held_back(self, item: Item, error: CollectionError) -> Account | None:
        """While its description cannot be read, an original stays what it was; a new or changed one waits."""
        old = item.old
        if old and old.outcome != Outcome.QUARANTINED and old.sha256 == item.sha256 and not self._anew:
            item.described_by = old.described
            return None
        return self._failure(item, UNDESCRIBED, f"{error.subject}: {error.what}", error.remedy)

    def _remember_failures(self, items: Iterable[Item], due: list[Item]) -> None:
        """What could not be read before, and is not tried again, is still what it was."""
        again = {item.path for item in due}
        for item in items:
            old = item.old
            if not item.failed and old and old.outcome == Outcome.QUARANTINED and item.path not in again:
                item.failed = replace(old, modified_ns=item.original.modified_ns)
                self._state(item, Extract(""))

    def _must_be_read(self, item: Item) -> bool:
        """Also what is held back: its page names attachments, which are to wait with it."""
        old = item.old
        if item.failed:
            return item.failed.reason == UNDESCRIBED and bool(item.sha256)
        if item.described is None:
            return False
        if old is None or self._anew or old.sha256 != item.sha256 or old.described != item.described_by:
            return True
        if (
            old.outcome == Outcome.QUARANTINED
        ):  # tried again when it or its reader changed, or its trouble is over
            return old.reason in ("unreadable", UNDESCRIBED)
        return bool(old.due) and old.due <= self._today.isoformat()

    def _take(self, item: Item, outcome: Extract | ExtractionError) -> None:
        if item.failed or isinstance(outcome, ExtractionError):
            self._take_in_part(item, outcome)
            return
        try:
            document = self._describer.document(item, outcome)
        except CollectionError as error:
            item.failed = self._failure(item, UNDESCRIBED, error.what, error.remedy)
            self._take_in_part(item, outcome)
        else:
            item.document = replace(document, body="")

    def _take_in_part(self, item: Item, outcome: Extract | ExtractionError) -> None:
        if item.failed is None and isinstance(outcome, ExtractionError):
            failed = self._failure(item, outcome.reason, outcome.what, outcome.remedy)
            item.failed = replace(failed, reader=self._reading.format_of(item.original))
        self._state(item, outcome if isinstance(outcome, Extract) else Extract(""))

    def _state(self, item: Item, extract: Extract) -> None:
        """What is known of an original that cannot be taken: by its description, else by its text alone."""
        said = item.described or Described({}, {}, {})
        try:
            item.stated = self._describer.assembled(item, extract, said)
        except (
            CollectionError
        ) as error:  # the value that cannot be understood aside, the attachments still count
            item.failed = item.failed or self._failure(item, UNDESCRIBED, error.what, error.remedy)
            item.stated = self._describer.assembled(item, extract, said.of("attachments"))
        item.stated = replace(item.stated, body="")

    def _failure(self, item: Item, reason: str, what: str, remedy: str) -> Account:
        return quarantined(item, self._today, reason, what, remedy)

    def _warnings(self, items: Mapping[str, Item]) -> list[str]:
        warnings: list[str] = []
        for catalogue in self._catalogues.values():
            warnings += [catalogue.trouble] if catalogue.trouble else catalogue.warnings
            warnings += [
                f"the catalogue names {shown(path)}, which is not there"
                for path in _absent(catalogue.rows, items)
            ]
        warnings += [
            f"{shown(path)}: there is no such original" for path in lonely_sidecars(self._reading.data_dir)
        ]
        return sorted(set(warnings))


def quarantined(item: Item, today: date, reason: str, what: str, remedy: str) -> Account:
    """Its account, with what was known of it before; the day counts from the first time for the same reason."""
    old = item.old
    same = old and (old.reason, old.what, old.sha256) == (reason, what, item.sha256)
    return Account(
        item.path,
        item.original.size_bytes,
        item.original.modified_ns,
        item.sha256,
        Outcome.QUARANTINED,
        doc_id=old.doc_id if old else "",
        reason=reason,
        what=what,
        remedy=remedy,
        since=old.since if old and same else today.isoformat(),
        described=item.described_by,
        claims=item.claims,
        withheld=old.withheld if old else "",
    )


def _above(folder: str) -> Iterator[str]:
    """The folders from the top down to this one; a catalogue may name files in the folders below its own."""
    parts = folder.split("/") if folder else []
    yield from ("/".join(parts[:depth]) for depth in range(len(parts) + 1))


def _absent(paths: Iterable[str], items: Mapping[str, Item]) -> list[str]:
    there = {shown(path) for path in items}
    return [path for path in paths if path not in there]
