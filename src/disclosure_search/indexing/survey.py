"""What is there now: every original with its content digest, its description, and its text if it must be read.

What the ledger knows of an original is believed as long as size, time and description are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from disclosure_search.collection.assemble import Described
from disclosure_search.collection.catalogue import Catalogue
from disclosure_search.collection.members import bare, member_at, name_in, original_of, rows_inside
from disclosure_search.collection.reading import Reading
from disclosure_search.collection.restrictions import audience_of
from disclosure_search.collection.scan import Original, lonely_sidecars, scan
from disclosure_search.document import Audience, Document, digest_of, shown
from disclosure_search.errors import CollectionError, ExtractionError
from disclosure_search.extract import Extract, Member, error_of
from disclosure_search.indexing.descriptions import Describer, Descriptions
from disclosure_search.ledger import Account, Claim, Ledger, Outcome

Progress = Callable[[str, int, int], None]
UNDESCRIBED = "metadata"  # the reason of originals whose description cannot be read


@dataclass(slots=True)
class Item:
    """One original in this run. `failed` is set where it cannot be taken; `document` where it was put together
    anew (without its texts); otherwise `old` still tells the truth. Of one that cannot be taken, `stated` is what is
    known from outside its text. `says_public` is set where its own description says that everybody may see it;
    `doubt` says why its text may be wrong. `inside` are the members that catalogues describe as originals of their
    own: the names that the rows give; `standing` the paths of those that are there."""

    original: Original
    old: Account | None = None
    sha256: str = ""
    described: Described | None = None
    described_by: str = ""
    document: Document | None = None
    failed: Account | None = None
    stated: Document | None = None
    says_public: bool = False
    doubt: str = ""
    inside: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return self.original.path

    @property
    def stands_alone(self) -> bool:
        """Of a member only those are originals that a catalogue describes, also while nobody can read it."""
        is_described = self.described is not None and self.described.stands_alone
        return is_described or bool(self.original.container)

    @property
    def claims(self) -> tuple[Claim, ...]:
        before = self.old.claims if self.old else ()
        members = (Claim((path,), True) for path in self.standing)
        if self.document:
            return (*_claims_of(self.document), *members)
        if self.stated:
            return tuple(dict.fromkeys((*_claims_of(self.stated), *members, *before)))
        return tuple(dict.fromkeys((*before, *members)))

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
            named = self.document.interpretations
            return tuple(path for one in named for path in (one.path, *one.places) if path)
        return self.old.mentions if self.old else ()


def _claims_of(document: Document) -> tuple[Claim, ...]:
    return tuple(
        Claim(places, one.stated)
        for one in document.attachments
        if not one.sha256 and (places := tuple(filter(None, (one.path, *one.places))))
    )


@dataclass(slots=True)
class Survey:
    items: dict[str, Item] = field(default_factory=dict)
    catalogues: list[Catalogue] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Surveyor:
    """`anew` distrusts the ledger: every original is looked at as if for the first time, but keeps its id. `retry`
    reads again what could not be read before."""

    def __init__(
        self,
        reading: Reading,
        describer: Describer,
        ledger: Ledger,
        today: date,
        *,
        anew: bool,
        retry: bool = False,
    ) -> None:
        self._reading = reading
        self._describer = describer
        self._ledger = ledger
        self._today = today
        self._anew = anew
        self._retry = retry
        self._descriptions = Descriptions(reading.data_dir, reading.pool, describer)

    def survey(self, progress: Progress, below: str = "") -> Survey:
        """Of the originals below that folder."""
        found = self._with_unreachable(scan(self._reading.data_dir, below))
        names = ((shown(original.path), original.path) for original in found)
        self._describer.paths.update((name, path) for name, path in names if name != path)
        survey = Survey()
        for done, original in enumerate(found, 1):
            survey.items[original.path] = self._item(original)
            progress("scan", done, len(found))
        known = self._look_inside(survey.items)
        due = [
            item
            for item in survey.items.values()
            if self._must_be_read(item) or any(map(self._must_be_read, known.get(item.path, ())))
        ]
        self._remember_failures(survey.items.values(), due)
        by_path = {item.path: item for item in due}
        outcomes = self._reading.read_all((item.original, item.sha256) for item in due)
        for done, (original, outcome) in enumerate(outcomes, 1):
            self._take(by_path[original.path], outcome)
            if by_path[original.path].inside:
                known[original.path] = self._members(by_path[original.path], outcome)
            progress("read", done, len(due))
        self._add_members(survey.items, known)
        survey.catalogues = list(self._descriptions.catalogues.values())
        survey.warnings = self._warnings(survey.items)
        return survey

    def _look_inside(self, items: Mapping[str, Item]) -> dict[str, list[Item]]:
        """By container, the members that are originals of their own, as the ledger knows them. Which names the
        catalogues give is part of what describes the container: the others are its attachments."""
        rows = (path for one in self._descriptions.catalogues.values() for path in one.rows)
        for path, inside in rows_inside(rows, items).items():
            item = items[path]
            item.inside = tuple(name_in(item.original, row) for row in inside)
            if item.described:
                item.described_by = digest_of(item.described_by, *item.inside)
        known: dict[str, list[Item]] = {}
        for path, account in self._ledger.accounts.items():
            container = "" if path in items else next(filter(items.__contains__, _ancestors(path)), "")
            home = items.get(container)
            name = path[len(container) + 1 :]
            if home and (name in home.inside or home.described is None):
                original = original_of(home.original, name, account.size_bytes)
                is_held = home.described is None  # as the container, it stays what it was
                known.setdefault(container, []).append(
                    self._member_item(replace(original, is_held=is_held), account.sha256)
                )
        return known

    def _members(self, home: Item, outcome: Extract | ExtractionError) -> list[Item]:
        """Those of a container that was read; where that failed, all that are said to be there wait."""
        found: list[Item] = []
        for name in home.inside:
            if isinstance(outcome, ExtractionError):
                item = self._member_item(original_of(home.original, name, 0), "")
                what = f"its container cannot be read: {outcome.what}"
                item.failed = self._failure(item, outcome.reason, what, outcome.remedy)
                self._state(item, Extract(""))
                found.append(item)
            elif member := member_at(outcome, name):
                original = original_of(home.original, name, member.size_bytes)
                item = self._member_item(original, member.sha256)
                if self._must_be_read(item):
                    self._take(item, self._kept(original, member))
                found.append(item)
        return found

    def _kept(self, original: Original, member: Member) -> Extract | ExtractionError:
        if member.extract is None:
            return error_of(member.error, shown(original.path), member.what, member.remedy)
        self._reading.keep(original, member.sha256, member.extract)
        return member.extract

    def _member_item(self, original: Original, sha256: str) -> Item:
        item = Item(original, self._ledger.accounts.get(original.path), sha256)
        if original.is_held and item.old:
            item.described_by = item.old.described
        else:
            self._describe(item)
        return item

    def _add_members(self, items: dict[str, Item], known: Mapping[str, list[Item]]) -> None:
        for path, members in known.items():
            items[path].standing = tuple(item.path for item in members)
            untouched = [item for item in members if not item.document and not item.failed]
            self._remember_failures(untouched, [])
            items.update((item.path, item) for item in members)

    def _with_unreachable(self, found: list[Original]) -> list[Original]:
        """What lies below a folder that cannot be read just now is taken for what it was."""
        closed = [f"{one.path}/" for one in found if one.is_folder and one.trouble]
        if not closed:
            return found
        held = [
            Original(path, account.size_bytes, account.modified_ns, is_held=True)
            for path, account in self._ledger.accounts.items()
            if path.startswith(tuple(closed))
        ]
        return sorted([*found, *held], key=lambda original: original.path)

    def _item(self, original: Original) -> Item:
        item = Item(original, self._ledger.accounts.get(original.path))
        if original.trouble:
            item.failed = self._failure(item, "unreadable", original.trouble, original.remedy)
            return item
        if original.is_held and item.old:
            item.sha256, item.described_by = item.old.sha256, item.old.described
            return item
        try:
            item.sha256 = self._known_digest(item) or self._reading.sha256(original)
        except ExtractionError as error:
            item.failed = self._failure(item, "unreadable", error.what, error.remedy)
        else:
            self._describe(item)
        return item

    def _describe(self, item: Item) -> None:
        try:
            item.described = self._descriptions.of(item.original)
            item.described_by = self._describer.fingerprint(item.described)
            audience = str({**item.described.row, **item.described.sidecar}.get("audience", ""))
            item.says_public = bool(audience) and audience_of(audience) == Audience.PUBLIC
        except CollectionError as error:
            item.failed = self._held_back(item, error)

    def _known_digest(self, item: Item) -> str:
        old, original = item.old, item.original
        same = old and (old.size_bytes, old.modified_ns) == (original.size_bytes, original.modified_ns)
        return old.sha256 if old and same else ""

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
            return self._retry or old.reason in ("unreadable", UNDESCRIBED)
        return bool(old.due) and old.due <= self._today.isoformat()

    def _take(self, item: Item, outcome: Extract | ExtractionError) -> None:
        if item.failed or isinstance(outcome, ExtractionError):
            self._take_in_part(item, outcome)
            return
        try:
            assert item.described is not None
            document = self._document(item, outcome, item.described)
        except CollectionError as error:
            item.failed = self._failure(item, UNDESCRIBED, error.what, error.remedy)
            self._take_in_part(item, outcome)
        else:
            item.document = bare(document)
            item.doubt = "; ".join(outcome.warnings) if outcome.is_doubtful else ""

    def _document(self, item: Item, extract: Extract, described: Described) -> Document:
        return self._describer.document(item.original, item.sha256, extract, described)

    def _take_in_part(self, item: Item, outcome: Extract | ExtractionError) -> None:
        if item.failed is None and isinstance(outcome, ExtractionError):
            failed = self._failure(item, outcome.reason, outcome.what, outcome.remedy)
            item.failed = replace(failed, reader=self._reading.format_of(item.original))
        self._state(item, outcome if isinstance(outcome, Extract) else Extract(""))

    def _state(self, item: Item, extract: Extract) -> None:
        """What is known of an original that cannot be taken: by its description, else by its text alone."""
        said = item.described or Described({}, {}, {})
        try:
            item.stated = self._document(item, extract, said)
        except (
            CollectionError
        ) as error:  # the value that cannot be understood aside, the attachments still count
            item.failed = item.failed or self._failure(item, UNDESCRIBED, error.what, error.remedy)
            item.stated = self._document(item, extract, said.of("attachments"))
        item.stated = bare(item.stated)

    def _failure(self, item: Item, reason: str, what: str, remedy: str) -> Account:
        return quarantined(item, self._today, reason, what, remedy)

    def _warnings(self, items: Mapping[str, Item]) -> list[str]:
        warnings: list[str] = []
        there = {
            shown(path) for path in items
        }  # once: there is a catalogue, if an empty one, for every folder
        for catalogue in self._descriptions.catalogues.values():
            warnings += [catalogue.trouble] if catalogue.trouble else catalogue.warnings
            warnings += [
                f"the catalogue names {shown(path)}, which is not there"
                for path in catalogue.rows
                if path not in there
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


def _ancestors(path: str) -> Iterator[str]:
    parts = path.split("/")
    yield from ("/".join(parts[:depth]) for depth in range(1, len(parts)))
