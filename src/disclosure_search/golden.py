"""Golden searches: what staff want to be found, and among the first of how many, whatever else changes.

    data/golden.toml
        [[golden]]
        search = "企业新设专卖店补贴名单"
        document = "临经贸〔2014〕39号"      # its id, 索引号, 文号, title or path; or a list of them
        first = 3                            # else 1
        year = "2014"                        # filters, as in the address of a page

They are checked before an index answers for the first time, and whenever staff ask.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from disclosure_search import analysis
from disclosure_search.document import shown
from disclosure_search.engine.base import EXACT, AnyOf, Engine, Request, State, Term
from disclosure_search.errors import (
    CollectionError,
    DocumentNotFoundError,
    GoldenSearchError,
    IndexDamagedError,
    QueryError,
)
from disclosure_search.ledger import Ledger, Outcome, read_ledger
from disclosure_search.search import Search
from disclosure_search.states import LARGEST_PAGE, SearchState

NAME = "golden.toml"
_HEAD = re.compile(r"\s*\[\[\s*golden\s*\]\]")
_NOT_FILTERS = ("q", "page", "size")


@dataclass(frozen=True, slots=True)
class Golden:
    """Each of the `documents`, named as staff name it, is to be among the `first` hits of the state."""

    state: SearchState
    documents: tuple[str, ...]
    first: int = 1
    line: int = 0

    @property
    def search(self) -> str:
        return self.state.text


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rank` of the document in its search, 0 where it is not among the first hundred; `reason` is empty where all
    is well."""

    golden: Golden
    document: str
    rank: int = 0
    reason: str = ""

    def __str__(self) -> str:
        return f"line {self.golden.line}: {self.golden.search}: {self.document} {self.reason}"


def load_golden(data_dir: Path) -> tuple[Golden, ...]:
    """CollectionError for a list that cannot be used, with its line and key."""
    path = data_dir / NAME
    try:
        text = path.read_text("utf-8-sig")
        values = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except UnicodeDecodeError as error:
        raise CollectionError(str(path), "it is not in UTF-8", "save it again as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise CollectionError(str(path), f"it cannot be read ({error})", "correct the line") from error
    except OSError as error:
        raise CollectionError(
            str(path), f"it cannot be read ({error.strerror})", "check its permissions"
        ) from error
    entries = values.pop("golden", [])
    if values or not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        what = f"it holds {next(iter(values), 'golden')!r}, and only [[golden]] may stand there"
        raise CollectionError(str(path), what, "begin each entry with [[golden]]")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _HEAD.match(line)]
    lines += [0] * (len(entries) - len(lines))  # written as one array
    return tuple(_golden(f"{path}:{line}", line, one) for line, one in zip(lines, entries, strict=False))


def _golden(place: str, line: int, entry: Mapping[str, Any]) -> Golden:
    search, first = entry.get("search"), entry.get("first", 1)
    documents = entry.get("document")
    documents = [documents] if isinstance(documents, str) else documents
    if not isinstance(search, str) or not search.strip():
        raise CollectionError(place, "search: it is missing or no text", 'write search = "补贴名单"')
    if not _are_texts(documents):
        remedy = 'write document = "…" with its id, 索引号, 文号, title or path, or a list of them'
        raise CollectionError(place, "document: it is missing or no text", remedy)
    if isinstance(first, bool) or not isinstance(first, int) or not 1 <= first <= LARGEST_PAGE:
        raise CollectionError(
            place, f"first: {first!r} is not allowed", f"write a number from 1 to {LARGEST_PAGE}"
        )
    others = {name: held for name, held in entry.items() if name not in ("search", "document", "first")}
    params = [("q", search)]
    for name, held in others.items():
        several = [held] if isinstance(held, str | int) else held
        if name in _NOT_FILTERS or not isinstance(several, list) or not several:
            raise CollectionError(place, f"{name}: it is no filter", 'write it as in year = "2014"')
        params += [(name, str(one)) for one in several]
    try:
        state = SearchState.from_params(params)
    except QueryError as error:
        raise CollectionError(place, f"{error.subject}: {error.what}", error.remedy) from error
    return Golden(state, tuple(documents or ()), first, line)


def _are_texts(values: object) -> bool:
    return (
        isinstance(values, list)
        and bool(values)
        and all(isinstance(one, str) and one.strip() for one in values)
    )


def wanted(search: str, document: str, first: int) -> Golden:
    return _golden(NAME, 0, {"search": search, "document": document, "first": first})


def append(data_dir: Path, golden: Golden) -> None:
    """To the list, which is there as it was or with one entry more."""
    path = data_dir / NAME
    lines = ["[[golden]]", f"search = {_quoted(golden.search)}"]
    lines += [f"document = {_quoted(one)}" for one in golden.documents]
    lines += [f"first = {golden.first}"] if golden.first > 1 else []
    before = path.read_text("utf-8-sig").rstrip("\n") + "\n\n" if path.exists() else ""
    beside = path.with_name(f".{NAME}.new")
    beside.write_text(before + "\n".join(lines) + "\n", "utf-8")
    beside.replace(path)


def _quoted(text: str) -> str:
    """What JSON quotes, TOML reads."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def check(goldens: Sequence[Golden], engine: Engine, search: Search, today: date) -> tuple[Verdict, ...]:
    """Asks the engine, through `search`; one verdict for each document of each search."""
    ledger = _ledger(engine) if goldens else Ledger()
    return tuple(
        _verdict(golden, name, engine, search, ledger, today)
        for golden in goldens
        for name in golden.documents
    )


def foretell(
    goldens: Sequence[Golden], engine: Engine, search: Search, coming: Ledger, today: date
) -> tuple[Verdict, ...]:
    """What is known without writing anything: of documents that will be gone, and of those that stay as they are. How
    what changes will rank, only the run itself can tell."""
    is_ready = engine.condition().state is State.READY
    before, after = _by_id(_ledger(engine)) if is_ready else {}, _by_id(coming)
    found = []
    for golden in goldens:
        for name in golden.documents:
            ids = _at_path(name, coming) or (_ids(name, engine, coming, today) if is_ready else frozenset())
            stay = ids & after.keys()
            if stay and all(before.get(one) == after[one] for one in stay):
                found.append(_verdict(golden, name, engine, search, coming, today))
            elif not stay and (why := _why_not(name, coming) or ("will be gone" if ids else "")):
                found.append(Verdict(golden, name, 0, why))
    return tuple(found)


def broken(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    return tuple(str(one) for one in verdicts if one.reason)


def refuse(told: Sequence[str]) -> None:
    """GoldenSearchError where any is broken."""
    if told:
        raise GoldenSearchError(NAME, tuple(told))


def _verdict(
    golden: Golden, name: str, engine: Engine, search: Search, ledger: Ledger, today: date
) -> Verdict:
    ids = _ids(name, engine, ledger, today)
    if not ids:
        why = _why_not(name, ledger) or _withheld(name, engine, today)
        return Verdict(golden, name, 0, why or "is not in the collection")
    try:
        found = search.ranked(replace(golden.state, size=LARGEST_PAGE))
    except QueryError as error:
        return Verdict(golden, name, 0, f"cannot be searched for: {error}")
    rank = next((rank for rank, doc_id in enumerate(found, 1) if doc_id in ids), 0)
    if 0 < rank <= golden.first:
        return Verdict(golden, name, rank)
    where = f"is at {rank}" if rank else f"is not among the first {LARGEST_PAGE}"
    return Verdict(golden, name, rank, f"{where}, and should be among the first {golden.first}")


def _ids(name: str, engine: Engine, ledger: Ledger, today: date) -> frozenset[str]:
    """The public documents that staff may mean: by path, id, 索引号 or 文号, else by title."""
    if at_path := _at_path(name, ledger):
        return frozenset(one for one in at_path if not _withheld(one, engine, today))
    try:
        document = engine.get(name, with_text=False)
    except DocumentNotFoundError:
        pass
    else:
        return frozenset(() if document.withheld(today) else (document.doc_id,))
    plain = analysis.canonical(name)
    lookups = [Term("index_number", plain), Term(EXACT, plain), Term(EXACT, analysis.verbatim(name))]
    lookups += [Term("number", analysis.number_terms(name)[0])] if analysis.is_number(name) else []
    request = Request(AnyOf(tuple(lookups)), limit=LARGEST_PAGE, today=today.toordinal())
    return frozenset(hit.doc_id for hit in engine.search(request).hits)


def _at_path(name: str, ledger: Ledger) -> frozenset[str]:
    account = ledger.accounts.get(name)
    return frozenset((account.doc_id,)) if account and account.is_public else frozenset()


def _withheld(doc_id: str, engine: Engine, today: date) -> str:
    """Why a document that is in the index, or will be, is not shown on that day."""
    try:
        why = engine.get(doc_id, with_text=False).withheld(today)
    except DocumentNotFoundError:
        return ""
    return f"is not public: {why}" if why else ""


def _why_not(name: str, ledger: Ledger) -> str:
    """What the ledger knows of an original, by its path or id, that is no public document."""
    for account in ledger.accounts.values():
        if name in (account.path, account.doc_id) and not account.is_public:
            kind = "is not public" if account.outcome == Outcome.NOT_PUBLIC else f"is {account.reason}"
            since = f" since {account.since}" if account.since else ""
            return f"{kind}{since}: {shown(account.what)}" if account.what else f"{kind}{since}"
    for gone in ledger.gone:
        if name in (gone.path, gone.doc_id):
            why = f", and was not public: {gone.withheld}" if gone.withheld else ""
            return f"is not in the collection since {gone.since}{why}"
    return ""


def _ledger(engine: Engine) -> Ledger:
    try:
        return read_ledger(engine.ledger())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamagedError("ledger", f"it cannot be read ({error})") from error


def _by_id(ledger: Ledger) -> dict[str, str]:
    """The fingerprint of each document."""
    return {one.doc_id: one.fingerprint for one in ledger.accounts.values() if one.is_document}
