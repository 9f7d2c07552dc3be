"""Looking after an archive: what its index takes up, and whether it keeps its promises.

`verify` believes nothing: every byte against its seal, every posting, every count against another one that must
agree, and strings from the stored texts, each of which the search must find in its document.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from disclosure_search import analysis
from disclosure_search.document import FACETS, Document
from disclosure_search.engine.base import Engine, Every, Inspection, Problem, Request, Statistics
from disclosure_search.errors import DocumentNotFoundError, EngineError, IndexDamagedError
from disclosure_search.ledger import Account, read_ledger
from disclosure_search.search import Search

Progress = Callable[[str, int, int], None]
SAMPLES = 4  # strings from each document
DENSE = 500  # with `full`: at most so many of a document's four-character strings, evenly spread
SHORTEST, LONGEST = 2, 20
FACET_NAMES = tuple(one.name for one in FACETS)
_QUOTES = str.maketrans("", "", '"“”„‟＂')  # they would end the quoted search; matching ignores them


def statistics(engine: Engine, store_dir: Path) -> Statistics:
    """With the extracted texts that are kept beside the index."""
    found = engine.statistics()
    kept = sum(path.stat().st_size for path in store_dir.rglob("*") if path.is_file())
    return replace(found, size_bytes={**found.size_bytes, "cache": kept})


def verify(
    engine: Engine,
    search: Search,
    *,
    full: bool = False,
    progress: Progress = lambda _stage, _done, _total: None,
) -> Inspection:
    """Damage is told, not raised. EngineError where there is no index, or a commit came in between."""
    bytes_and_postings = engine.inspect()
    contents = _Contents(engine, search, full)
    generation = engine.condition().generation
    contents.check(progress)
    if engine.condition().generation != generation:
        raise EngineError("index", "a commit came in while it was checked", "run the check again")
    checked = {**bytes_and_postings.checked, **contents.checked}
    return Inspection(checked, tuple(dict.fromkeys((*bytes_and_postings.problems, *contents.problems))))


@dataclass(slots=True)
class _Contents:
    engine: Engine
    search: Search
    full: bool
    checked: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    facets: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FACET_NAMES})

    def check(self, progress: Progress) -> None:
        try:
            accounts = self._accounts()
            for done, (doc_id, account) in enumerate(accounts.items(), 1):
                self._check_document(doc_id, account)
                progress("verify", done, len(accounts))
            self._check_counts(len(accounts))
        except EngineError as error:
            self.problems.append(Problem(error.subject, error.what))

    def _accounts(self) -> dict[str, Account]:
        try:
            accounts = read_ledger(self.engine.ledger()).accounts
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamagedError("ledger", f"it cannot be read ({error})") from error
        return {account.doc_id: account for account in accounts.values() if account.is_document}

    def _check_document(self, doc_id: str, account: Account) -> None:
        try:
            document = self.engine.get(doc_id)
            self.checked["documents"] += 1
            if (document.doc_id, document.fingerprint) != (doc_id, account.fingerprint):
                self._tell(account, f"document {doc_id} is not the one that the ledger tells of")
            for name, values in facet_values(document).items():
                self.facets[name].update(values)
            for text in needles(document, full=self.full):
                self.checked["strings"] += 1
                if not self.search.finds(f'"{text}"', doc_id):
                    self._tell(account, f"document {doc_id} holds {text!r} and is not found by it")
        except DocumentNotFoundError:
            self._tell(account, f"document {doc_id} is in the ledger and not in the index")
        except EngineError as error:
            self.problems.append(Problem(error.subject, error.what))

    def _check_counts(self, documents: int) -> None:
        held = self.engine.condition().documents
        if held != documents:
            what = f"the index holds {held} documents, the ledger tells of {documents}"
            self.problems.append(Problem("ledger", what))
        counted = self.engine.search(Request(Every(), facets=FACET_NAMES)).facets
        for name, values in self.facets.items():
            self.checked["facet values"] += len(values)
            for value in sorted({*values, *counted[name]}):
                found = counted[name].get(value, 0)
                if found != values[value]:
                    what = f"{name} {value!r} is counted {found} times, and {values[value]} documents bear it"
                    self.problems.append(Problem("facets", what))

    def _tell(self, account: Account, what: str) -> None:
        self.problems.append(Problem(account.path, what))


def facet_values(document: Document) -> Mapping[str, tuple[str, ...]]:
    """What a document counts for, told without the index."""
    values = {
        "year": (str(document.year),) if document.year else (),
        "category": document.category,
        "channel": document.channel,
        "agency": tuple(document.agency.split("、")),
        "genre": (document.genre,),
        "openness": (document.openness,),
        "validity": (document.validity,),
    }
    return {name: tuple(dict.fromkeys(filter(None, values[name]))) for name in FACET_NAMES}


def needles(document: Document, *, full: bool) -> Iterator[str]:
    """Strings that stand in the document, for it to be found by: the same ones each time."""
    texts = [document.title, document.body]
    texts += [text for one in document.attachments for text in (one.name, one.text)]
    if full:
        every = dict.fromkeys(
            plain[at : at + 4]
            for text in texts
            for plain in (analysis.canonical(text),)
            for at in range(len(plain))
        )
        dense = [one for one in every if len(one) >= SHORTEST]
        yield from dense[:: -(-len(dense) // DENSE) or 1]
    chance = random.Random(document.doc_id)  # noqa: S311  # a sample, and no secret
    whole = [text for text in texts if len(text) >= SHORTEST]
    for text in chance.choices(whole, [len(text) for text in whole], k=SAMPLES) if whole else ():
        length = chance.randint(SHORTEST, LONGEST)
        start = chance.randrange(max(len(text) - length, 0) + 1)
        window = text[start : start + length].translate(_QUOTES)
        if len(analysis.canonical(window)) >= SHORTEST:
            yield window
