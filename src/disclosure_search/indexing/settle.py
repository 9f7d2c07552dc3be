"""Which original is a document, which an attachment, which a duplicate, and what each document is called.

Pure: a survey and the old ledger go in, a settlement comes out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from disclosure_search.document import digest_of, doc_id_of, iso, shown
from disclosure_search.indexing.ids import give_ids
from disclosure_search.indexing.survey import Item
from disclosure_search.ledger import Ledger

_PAGES = (
    ".html",
    ".htm",
    ".shtml",
    ".xhtml",
    ".mht",
    ".mhtml",
)  # a page that links to a page does not swallow it
EXPIRED = "expired on"  # how the reason of a document begins whose last day is over
NEVER = "9999-12-31"


class Named(NamedTuple):
    """A file that is there and that an original names as its attachment; `likeliest` of the places it may lie at."""

    path: str
    stated: bool
    likeliest: bool


@dataclass(slots=True)
class Planned:
    """One document to be: its first original, the others of the same content, and what must not be named in it.
    `due` is the day on which it goes, where it has one."""

    doc_id: str
    first: Item
    copies: tuple[Item, ...] = ()
    due: str = ""
    hidden: frozenset[str] = frozenset()
    fingerprint: str = ""


@dataclass(slots=True)
class Settlement:
    """`documents` by id are public; `withheld` says of each original that is not why; `owners` maps the path of an
    attachment to that of its document; `ids` the path of every document, public or not, to its id."""

    documents: dict[str, Planned] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def settle(items: Mapping[str, Item], ledger: Ledger, today: date) -> Settlement:
    named = {path: names_of(item, items) for path, item in items.items()}
    settlement = Settlement(withheld=restricted(items, named, today))
    due = {path: due_day(item, today) for path, item in items.items() if path not in settlement.withheld}
    settlement.owners = _owners(items, named, settlement.withheld, due, today)
    standing = [item for path, item in items.items() if not item.failed and path not in settlement.owners]
    groups = list(_groups(item for item in standing if item.path not in settlement.withheld))
    hidden = [(item,) for item in standing if item.path in settlement.withheld]
    give_ids([*groups, *hidden], ledger, settlement.ids)
    settlement.warnings = [
        *_shared_numbers(standing, settlement.ids),
        *_taken_along(items, settlement, today),
    ]
    going = _going(items, named, due)
    for first, *copies in groups:
        doc_id = settlement.ids[first.path]
        settlement.ids |= dict.fromkeys((copy.path for copy in copies), doc_id)
        planned = Planned(doc_id, first, tuple(copies), due[first.path])
        planned.hidden = _hidden(planned, named, settlement, going)
        settlement.documents[doc_id] = planned
    for planned in settlement.documents.values():
        planned.fingerprint = _fingerprint(planned, items, named, settlement)
    return settlement


def names_of(item: Item, items: Mapping[str, Item]) -> tuple[Named, ...]:
    found: dict[str, Named] = {}
    for claim in item.claims:
        there = [place for place in claim.places if place in items and place != item.path]
        for place in there:
            before = found.get(place, Named(place, False, False))
            likeliest = before.likeliest or place == there[0]
            found[place] = Named(place, before.stated or claim.stated, likeliest)
    return tuple(found.values())


def due_day(item: Item, today: date) -> str:
    """The day on which an embargo ends or a notice has expired, when that is still to come."""
    document = item.document
    if document is None:
        return item.old.due if item.old else ""
    days = [day for day in (iso(document.published), _day_after(document.expires)) if day]
    return min((day[:10] for day in days if day[:10] > today.isoformat()), default="")


def _day_after(day: date | None) -> str:
    return date.fromordinal(day.toordinal() + 1).isoformat() if day else ""


def restricted(
    items: Mapping[str, Item], named: Mapping[str, tuple[Named, ...]], today: date
) -> dict[str, str]:
    """Why originals are not public: by themselves, or because one that is not public names them as its attachments.
    One that cannot be read does so too: its damage does not set them free. A container goes with what it holds, since
    whoever has it has that."""
    held = {path: why for path, item in items.items() if (why := item.withheld(today))}
    queue = list(held)
    for path in queue:
        for one in named[path]:
            if one.path not in held and _goes_along(items[one.path], one, held[path]):
                held[one.path] = held[path]
                queue.append(one.path)
    for path, why in list(held.items()):
        if (container := items[path].original.container) in items:
            held.setdefault(container, f"{why} ({shown(items[path].original.name)} inside)")
    return held


def _goes_along(target: Item, named: Named, why: str) -> bool:
    """What is described for itself is a document, which its owner's last day is nothing to; but no description that
    is silent about it publishes the attachment of an internal document."""
    if target.stands_alone:
        return not target.says_public and not why.startswith(EXPIRED)
    return may_be_attached(target, named)


def may_be_attached(target: Item, named: Named) -> bool:
    """A page that links to a page does not swallow it, unless a description states that it is an attachment."""
    return not target.stands_alone and (named.stated or not target.path.lower().endswith(_PAGES))


def _owners(
    items: Mapping[str, Item],
    named: Mapping[str, tuple[Named, ...]],
    held: Mapping[str, str],
    due: Mapping[str, str],
    today: date,
) -> dict[str, str]:
    """An attachment belongs to the first document that names it, and names none itself. A document that is not
    public comes before all others: its attachments stay inside, whoever else names them; then the one that goes
    first, which they go with."""

    def rank(path: str) -> tuple[bool, bool, str]:
        return not items[path].withheld(today), path not in held, due.get(path) or NEVER

    owners: dict[str, str] = {}
    for path in sorted(items, key=rank):
        if items[path].failed or path in owners:
            continue
        for one in named[path]:
            inside = path in held
            if (
                one.path not in owners
                and (one.likeliest or inside)
                and (inside or one.path not in held)
                and may_be_attached(items[one.path], one)
            ):
                owners[one.path] = path
    return owners


def _going(
    items: Mapping[str, Item], named: Mapping[str, tuple[Named, ...]], due: Mapping[str, str]
) -> dict[str, str]:
    """The day on which an attachment goes, with the first of the documents that name it."""
    going: dict[str, str] = {}
    for path, day in due.items():
        for one in named[path] if day else ():
            if may_be_attached(items[one.path], one):
                going[one.path] = min(day, going.get(one.path, day))
    return going


def _hidden(
    planned: Planned,
    named: Mapping[str, tuple[Named, ...]],
    settlement: Settlement,
    going: Mapping[str, str],
) -> frozenset[str]:
    """What is not public, and files that go before the document: nobody takes them out of it on their day."""
    claimed = {one.path for item in (planned.first, *planned.copies) for one in named[item.path]}
    last = planned.due or NEVER
    return frozenset(
        path
        for path in (*claimed, *planned.first.mentions)
        if path in settlement.withheld or (path in claimed and going.get(path, NEVER) < last)
    )


def _taken_along(items: Mapping[str, Item], settlement: Settlement, today: date) -> Iterator[str]:
    for path, why in settlement.withheld.items():
        if items[path].stands_alone and not items[path].failed and not items[path].withheld(today):
            yield (
                f"{shown(path)}: kept inside, since a document that is not public ({why}) names it; "
                "say 公开范围 面向社会 in its own description if everybody may see it"
            )


def _groups(items: Iterable[Item]) -> Iterator[tuple[Item, ...]]:
    """Originals of one content; first the one that was the document before, then by path."""
    by_content: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_content[item.sha256].append(item)
    for group in by_content.values():
        yield tuple(sorted(group, key=lambda item: (not (item.old and item.old.is_document), item.path)))


def _shared_numbers(items: Iterable[Item], ids: Mapping[str, str]) -> Iterator[str]:
    """Of documents with one 索引号, all but the one that it is the id of."""
    bearers: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.path in ids and item.document and item.document.index_number:
            bearers[doc_id_of(item.document.index_number, "")].append(item)
    for number, group in bearers.items():
        for item in sorted(group, key=lambda item: ids[item.path] != number)[1:]:
            assert item.document
            yield f"{shown(item.path)}: its 索引号 {item.document.index_number} is that of another document"


def _fingerprint(
    planned: Planned,
    items: Mapping[str, Item],
    named: Mapping[str, tuple[Named, ...]],
    settlement: Settlement,
) -> str:
    """All that the indexed document is made of; when it is equal, there is nothing to do."""
    originals = (planned.first, *planned.copies)
    own = [(item.path, item.sha256, item.described_by) for item in originals]
    claimed = [
        (
            one.path,
            items[one.path].sha256,
            bool(items[one.path].failed),
            settlement.owners.get(one.path, ""),
            one.path in planned.hidden,
        )
        for item in originals
        for one in named[item.path]
    ]
    mentioned = [
        (path, settlement.ids.get(path, "") if path not in planned.hidden else "")
        for path in planned.first.mentions
    ]
    return digest_of(planned.doc_id, repr(own), repr(claimed), repr(mentioned))
