"""Looking after an archive: what its index takes up, and whether it keeps its promises.

`verify` believes nothing: every byte against its seal, every posting, every count against another one that must
agree, and strings from the stored texts, each of which the search must find in its document. `full` proves it for all
strings: the pairs that the postings hold are those of the stored text, each at its place (`engine.standing`), and a
string is looked up as its pairs side by side; only where they differ is every string of a text looked for.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path

from disclosure_search import analysis, golden
from disclosure_search.document import FACETS, TEXT_FIELDS, Document
from disclosure_search.engine.base import (
    JOINED_PAIRS,
    Engine,
    Every,
    Inspection,
    Problem,
    Request,
    Statistics,
    grams_of,
)
from disclosure_search.engine.standing import digest_of, digest_of_set
from disclosure_search.entry import texts_of
from disclosure_search.errors import DocumentNotFoundError, EngineError, IndexDamagedError
from disclosure_search.ledger import Account, read_ledger
from disclosure_search.search import Search

Progress = Callable[[str, int, int], None]
SAMPLES = 4  # strings from each document, besides its title, its numbers and one hard place of each text
FAR = 4000  # characters in which a hard place is looked for
MOST_TOLD = 5  # strings of one text that are not found
SAMPLED = 20  # documents before a switch
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
    standing: dict[str, dict[str, int]] = field(default_factory=dict)
    facets: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FACET_NAMES})

    def check(self, progress: Progress) -> None:
        try:
            accounts = documents_of(self.engine)
            for one in TEXT_FIELDS if self.full else ():
                self.standing[one.name] = dict(self.engine.standing(grams_of(one.name)))
            if self.full:
                self.standing[JOINED_PAIRS] = dict(self.engine.standing(JOINED_PAIRS, placed=False))
            for done, (doc_id, account) in enumerate(accounts.items(), 1):
                self._check_document(doc_id, account)
                progress("verify", done, len(accounts))
            self._check_counts(len(accounts))
        except EngineError as error:
            self.problems.append(Problem(error.subject, error.what))

    def _check_document(self, doc_id: str, account: Account) -> None:
        try:
            document = self.engine.get(doc_id)
            self.checked["documents"] += 1
            if (document.doc_id, document.fingerprint) != (doc_id, account.fingerprint):
                self._tell(account, f"document {doc_id} is not the one that the ledger tells of")
            for name, values in facet_values(document).items():
                self.facets[name].update(values)
            lost = [text for text in needles(document) if not self._finds(text, doc_id)]
            lost += self._unproven(document) if self.full else ()
            for text in dict.fromkeys(lost):
                self._tell(account, f"document {doc_id} holds {text!r} and is not found by it")
        except DocumentNotFoundError:
            self._tell(account, f"document {doc_id} is in the ledger and not in the index")
        except EngineError as error:
            self.problems.append(Problem(error.subject, error.what))

    def _finds(self, text: str, doc_id: str) -> bool:
        self.checked["strings"] += 1
        return self.search.finds(f'"{text}"', doc_id)

    def _unproven(self, document: Document) -> Iterator[str]:
        """Strings that are not found in a field whose postings are not those of its text."""
        texts = texts_of(document, self.search.vocabularies)
        plains = {name: analysis.canonical(text) for name, text in texts.items()}
        joined = digest_of_set(
            plains[one.name] for one in TEXT_FIELDS if one.times
        )  # looked up before the places are
        is_joined = joined == self.standing[JOINED_PAIRS].get(document.doc_id, 0)
        for name, plain in plains.items():
            self.checked["characters"] += len(plain)
            if is_joined and digest_of(plain) == self.standing[name].get(document.doc_id, 0):
                continue
            every = (plain[at : at + LONGEST] for at in range(max(len(plain) - LONGEST, 0) + 1))
            yield from islice((one for one in every if not self._finds(one, document.doc_id)), MOST_TOLD)

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


def documents_of(engine: Engine) -> dict[str, Account]:
    try:
        accounts = read_ledger(engine.ledger()).accounts
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamagedError("ledger", f"it cannot be read ({error})") from error
    return {account.doc_id: account for account in accounts.values() if account.is_document}


def needles(document: Document) -> Iterator[str]:
    """Strings that stand in the document, for it to be found by: the same ones each time."""
    texts = [document.title, document.body]
    texts += [text for one in document.attachments for text in (one.name, one.text)]
    chance = random.Random(document.doc_id)  # noqa: S311  # a sample, and no secret
    whole = [text for text in texts if len(text) >= SHORTEST]
    windows = [document.title[:LONGEST], document.number, document.index_number]
    windows += [_around(text, _hard_place(text, chance), chance) for text in whole]
    drawn = chance.choices(whole, [len(text) for text in whole], k=SAMPLES) if whole else []
    windows += [_around(text, chance.randrange(len(text)), chance) for text in drawn]
    for window in dict.fromkeys(one.translate(_QUOTES) for one in windows):
        if len(analysis.canonical(window)) >= SHORTEST:
            yield window


def _hard_place(text: str, chance: random.Random) -> int:
    """Where the text is not what is looked up: punctuation, spaces, line ends, full width, traditional, capitals; or
    where digits and letters stand, which words are cut from otherwise."""
    begin = chance.randrange(max(len(text) - FAR, 0) + 1)
    near = enumerate(text[begin : begin + FAR], begin)
    places = [at for at, sign in near if sign.isascii() or analysis.canonical(sign) != sign]
    return chance.choice(places) if places else chance.randrange(len(text))


def _around(text: str, place: int, chance: random.Random) -> str:
    length = chance.randint(SHORTEST, LONGEST)
    start = min(max(place - chance.randrange(length), 0), max(len(text) - length, 0))
    return text[start : start + length]


@dataclass(slots=True)
class BeforeSwitch:
    """What is asked of a new state of the index before it answers: as many documents as the ledger tells of, strings
    of some of them, and the golden searches. EngineError and GoldenSearchError keep the old one; `force` passes over
    the golden searches that are `broken`."""

    search: Search
    goldens: Sequence[golden.Golden]
    force: bool = False
    broken: tuple[str, ...] = ()

    def __call__(self, engine: Engine) -> None:
        search, accounts = self.search.over(engine), documents_of(engine)
        held = engine.condition().documents
        if held != len(accounts):
            raise _not_switched(f"it would hold {held} documents, and {len(accounts)} were put in")
        chance = random.Random(engine.condition().generation)  # noqa: S311
        for doc_id in chance.sample(sorted(accounts), min(SAMPLED, len(accounts))):
            for text in needles(engine.get(doc_id)):
                if not search.finds(f'"{text}"', doc_id):
                    raise _not_switched(
                        f"{accounts[doc_id].path} holds {text!r} and would not be found by it"
                    )
        self.look(engine)

    def look(self, engine: Engine) -> None:
        """At the golden searches alone."""
        verdicts = golden.check(self.goldens, engine, self.search.over(engine), date.today())
        self.broken = golden.broken(verdicts)
        if not self.force:
            golden.refuse(self.broken)


def _not_switched(what: str) -> EngineError:
    return EngineError(
        "index", f"{what}; the index was left as it was", "run `disclosure-search index --rebuild`"
    )
