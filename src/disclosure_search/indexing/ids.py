"""What each document is called, for good: its permalink.

An id follows its content first: a file that moved takes its id along, also when another one has taken its place.
What changed where it lies keeps the id of its path; what was gone and comes back gets the one that it had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence

from disclosure_search.document import doc_id_of
from disclosure_search.indexing.survey import Item
from disclosure_search.ledger import Account, Ledger, Outcome

Group = tuple[Item, ...]  # originals of one content that are one document; its path is that of the first


def give_ids(groups: Sequence[Group], ledger: Ledger, ids: MutableMapping[str, str]) -> None:
    """No id is given twice; of two that have the same right to one, the first group gets it."""
    moved: dict[str, list[str]] = defaultdict(list)
    for account in ledger.accounts.values():
        if doc_id := _own_id(account):
            moved[account.sha256].append(doc_id)
    gone: dict[str, list[str]] = defaultdict(list)
    for one in ledger.gone:
        gone[one.sha256].append(one.doc_id)
    rounds: tuple[Callable[[Group], Iterable[str]], ...] = (
        _of_its_content,
        lambda group: moved.get(group[0].sha256, ()),
        lambda group: (_own_id(group[0].old),),
        lambda group: gone.get(group[0].sha256, ()),
        _new_ids,
    )
    used: set[str] = set()
    for wanted in rounds:
        for group in groups:
            if group[0].path in ids:
                continue
            doc_id = next((one for one in wanted(group) if one and one not in used), "")
            if doc_id:
                used.add(doc_id)
                ids[group[0].path] = doc_id


def _of_its_content(group: Group) -> Iterator[str]:
    """The ids that this content had at these very paths, those of documents before those of copies."""
    same = [
        item.old for item in group if item.old and item.old.sha256 == item.sha256 and not item.old.part_of
    ]
    yield from map(_own_id, same)
    yield from (old.doc_id for old in same)


def _own_id(old: Account | None) -> str:
    return old.doc_id if old and not old.part_of and old.outcome != Outcome.DUPLICATE else ""


def _new_ids(group: Group) -> Iterator[str]:
    sha256 = group[0].sha256
    numbers = (item.document.index_number for item in group if item.document)
    yield from (doc_id_of(number, sha256) for number in numbers if number.strip())
    yield from (sha256[:12], sha256[:20], sha256)
