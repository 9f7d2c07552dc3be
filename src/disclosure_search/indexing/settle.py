"""Which original is a document, which an attachment, which a duplicate, and what each document is called.

Pure: a survey and the old ledger go in, a settlement comes out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from disclosure_search.document import digest_of, doc_id_of, iso, shown
from disclosure_search.indexing.survey import Item
from disclosure_search.ledger import Account, Ledger, Outcome

_PAGES = (".html", ".htm", ".shtml", ".xhtml", ".mht")  # a page that links to a page does not swallow it


@dataclass(slots=True)
class Planned:
    """One document to be: its first original, the others of the same content, and its attachments."""

    doc_id: str
    first: Item
    copies: tuple[Item, ...] = ()
    attachments: tuple[Item, ...] = ()
    fingerprint: str = ""


@dataclass(slots=True)
class Settlement:
    """`documents` by id are public; `withheld` says of each document that is not why; `owners` maps the path of an
    attachment to that of its document; `ids` the path of every document, public or not, to its id."""

    documents: dict[str, Planned] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def settle(items: Mapping[str, Item], ledger: Ledger, today: date) -> Settlement:
    held = _held_with_others(items, today)
    settlement = Settlement(withheld=held, owners=_owners(items, held, today))
    standing = [item for path, item in items.items() if not item.failed and path not in settlement.owners]
    settlement.withheld |= {item.path: why for item in standing if (why := item.withheld(today))}
    groups = list(_groups(item for item in standing if item.path not in settlement.withheld))
    hidden = [(item,) for item in standing if item.path in settlement.withheld]
    _give_ids([*groups, *hidden], items, ledger, settlement)
    owned = ((path, settlement.withheld.get(owner, "")) for path, owner in settlement.owners.items())
    settlement.withheld |= {path: why for path, why in owned if why}
    attached: dict[str, list[Item]] = defaultdict(list)
    for path, owner in settlement.owners.items():
        attached[owner].append(items[path])
    for first, *copies in groups:
        doc_id = settlement.ids[first.path]
        settlement.ids |= dict.fromkeys((copy.path for copy in copies), doc_id)
        parts = [part for item in (first, *copies) for part in attached[item.path]]
        settlement.documents[doc_id] = Planned(doc_id, first, tuple(copies), tuple(parts))
    for planned in settlement.documents.values():
        planned.fingerprint = _fingerprint(planned, items, settlement)
    return settlement


def due_day(item: Item, today: date) -> str:
    """The day on which an embargo ends or a notice has expired, when that is still to come."""
    document = item.document
    if document is None:
        return item.old.due if item.old else ""
    days = [day for day in (iso(document.published), _day_after(document.expires)) if day]
    return min((day[:10] for day in days if day[:10] > today.isoformat()), default="")


def _day_after(day: date | None) -> str:
    return date.fromordinal(day.toordinal() + 1).isoformat() if day else ""


def _owners(items: Mapping[str, Item], held: Mapping[str, str], today: date) -> dict[str, str]:
    """An attachment belongs to the first document that names it, and names none itself. A document that is not
    public comes before all others: its attachments stay inside, whoever else names them."""
    owners: dict[str, str] = {}
    for path, item in sorted(items.items(), key=lambda pair: not pair[1].withheld(today)):
        if item.failed or path in owners or path in held:
            continue
        for claimed in item.claims:
            target = items.get(claimed)
            if (
                target
                and claimed not in held
                and claimed != path
                and claimed not in owners
                and _may_be_attached(target, claimed)
            ):
                owners[claimed] = path
    return owners


def _may_be_attached(target: Item, path: str) -> bool:
    alone = target.described is not None and target.described.stands_alone
    return not alone and not path.lower().endswith(_PAGES)


def _held_with_others(items: Mapping[str, Item], today: date) -> dict[str, str]:
    """Attachments of an original that can neither be read nor be public: its damage does not set them free."""
    held: dict[str, str] = {}
    for item in items.values():
        why = item.withheld(today) if item.failed else ""
        for path in item.claims if why else ():
            target = items.get(path)
            if target and not target.failed and _may_be_attached(target, path):
                held.setdefault(path, why)
    return held


def _groups(items: Iterable[Item]) -> Iterator[tuple[Item, ...]]:
    """Originals of one content; first the one that was the document before, then by path."""
    by_content: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_content[item.sha256].append(item)
    for group in by_content.values():
        yield tuple(sorted(group, key=lambda item: (not (item.old and item.old.is_document), item.path)))


def _give_ids(
    groups: Iterable[tuple[Item, ...]], items: Mapping[str, Item], ledger: Ledger, settlement: Settlement
) -> None:
    """An id is kept at its path, follows its content when the file moved, and is never given to two documents."""
    moved = {
        account.sha256: account.doc_id
        for path, account in ledger.accounts.items()
        if account.doc_id and not account.part_of and path not in items and account.sha256
    }
    firsts = [group[0] for group in groups]
    used: set[str] = set()
    for item in sorted(firsts, key=lambda item: not _kept_id(item.old)):
        wanted = [
            _kept_id(item.old),
            moved.get(item.sha256, ""),
            _new_id(item),
            item.sha256[:12],
            item.sha256[:20],
        ]
        doc_id = next((one for one in wanted if one and one not in used), item.sha256)
        if item.document and item.document.index_number and _new_id(item) in used:
            settlement.warnings.append(
                f"{shown(item.path)}: its 索引号 {item.document.index_number} is that of another document"
            )
        used.add(doc_id)
        settlement.ids[item.path] = doc_id


def _kept_id(old: Account | None) -> str:
    return old.doc_id if old and not old.part_of and old.outcome != Outcome.DUPLICATE else ""


def _new_id(item: Item) -> str:
    return doc_id_of(item.document.index_number if item.document else "", item.sha256)


def _fingerprint(planned: Planned, items: Mapping[str, Item], settlement: Settlement) -> str:
    """All that the indexed document is made of; when it is equal, there is nothing to do."""
    originals = (planned.first, *planned.copies)
    own = [(item.path, item.sha256, item.described_by) for item in originals]
    claimed = [
        (
            path,
            target.sha256,
            bool(target.failed),
            settlement.owners.get(path, ""),
            path in settlement.withheld,
        )
        for item in originals
        for path in item.claims
        if (target := items.get(path))
    ]
    mentioned = [
        (path, settlement.ids.get(path, "") if path not in settlement.withheld else "")
        for path in planned.first.mentions
    ]
    return digest_of(planned.doc_id, repr(own), repr(claimed), repr(mentioned))
