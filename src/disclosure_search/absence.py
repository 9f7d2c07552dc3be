"""Why a search does not find a document, or has it late: sentences for staff, each with a code for programs.

Without a `ledger` nothing is said of a document that is not public, not even that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from disclosure_search import analysis, query
from disclosure_search.analysis import Segmenter
from disclosure_search.answers import Page
from disclosure_search.document import BY_NAME, TEXT_FIELDS, Document
from disclosure_search.engine.base import DOC_ID, Constant, Engine, Request, Term
from disclosure_search.errors import DocumentNotFoundError
from disclosure_search.explain import Asked, Explained, ask, explained
from disclosure_search.ledger import Account, Gone, Ledger, Outcome
from disclosure_search.search import Search
from disclosure_search.spans import period_of
from disclosure_search.states import SearchState

FIRST = 10  # hits that a late one is compared with


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    told: str


@dataclass(frozen=True, slots=True)
class Told:
    """A search, the hits that were asked about, and what is to be said of a document that is none, or a late one."""

    page: Page
    explained: tuple[Explained, ...]
    reasons: tuple[Reason, ...] = ()


def tell(
    search: Search,
    engine: Engine,
    segmenter: Segmenter,
    state: SearchState,
    name: str = "",
    ledger: Ledger | None = None,
) -> Told:
    """Of every hit of the page, or of one document by its id, 索引号 or path. DocumentNotFoundError, without a ledger,
    for what is not public: then it may be shown to anybody."""
    asked = ask(search, engine, state)
    if not name:
        hits = (explained(engine, segmenter, asked, hit.document.doc_id) for hit in asked.page.hits)
        return Told(asked.page, tuple(hit for hit in hits if hit))
    document = find(engine, _id_of(ledger, name) or name)
    today = search.today
    if document is None or (document.withheld(today) and ledger is None):
        if ledger is None:
            raise DocumentNotFoundError(name)
        return Told(asked.page, (), not_here(ledger, name))
    hit = explained(engine, segmenter, asked, document.doc_id)
    reasons = Absence(search, engine, asked, today).reasons(document, hit)
    return Told(asked.page, (hit,) if hit else (), reasons)


def _id_of(ledger: Ledger | None, path: str) -> str:
    """Of the document that lies there."""
    account = ledger.accounts.get(path) if ledger else None
    return account.doc_id if account and account.is_document else ""


def find(engine: Engine, name: str) -> Document | None:
    """A document of the index by its id or 索引号, also one that has expired."""
    try:
        return engine.get(name)
    except DocumentNotFoundError:
        pass
    node = Constant(Term("index_number", analysis.canonical(name)))
    hits = engine.search(Request(node, limit=1)).hits
    return engine.get(hits[0].doc_id) if hits else None


def not_here(ledger: Ledger, name: str) -> tuple[Reason, ...]:
    """What became of an original that is no document of the index: by its id, path or the name of its file."""
    for account in ledger.accounts.values():
        if name in (account.doc_id, account.path, account.path.rpartition("/")[2], account.sha256[:12]):
            return (_became(account),)
    for gone in ledger.gone:
        if name in (gone.doc_id, gone.path, gone.path.rpartition("/")[2]):
            return (_went(gone),)
    return (Reason("unknown", f"文件集里没有“{name}”"),)


def _became(account: Account) -> Reason:
    if account.outcome == Outcome.QUARANTINED:
        what = f"：{account.what}" if account.what else ""
        return Reason(
            "quarantined", f"{account.path} 没有收入（{account.reason}{what}），自 {account.since} 起"
        )
    if account.outcome == Outcome.NOT_PUBLIC:
        return Reason("not_public", f"{account.path} 不对外公开：{account.withheld or account.what}")
    if account.outcome == Outcome.DUPLICATE:
        return Reason("duplicate", f"{account.path} 与 {account.doc_id} 内容相同，按后者检索")
    return Reason("attachment", f"{account.path} 是 {account.part_of or account.doc_id} 的附件，按后者检索")


def _went(gone: Gone) -> Reason:
    held = f"（{gone.withheld}）" if gone.withheld else ""
    return Reason("gone", f"{gone.path} 自 {gone.since} 起不在文件集里{held}")


@dataclass(frozen=True, slots=True)
class Absence:
    search: Search
    engine: Engine
    asked: Asked
    today: date

    def reasons(self, document: Document, hit: Explained | None) -> tuple[Reason, ...]:
        if withheld := document.withheld(self.today):
            return (Reason("not_public", f"不对外公开：{withheld}"),)
        if hit is None:
            found = (
                *self._filtered(document),
                *self._conditions(document),
                *self._words(document, found=False),
            )
            return found or (Reason("unmatched", "不符合检索条件"),)
        return (*self._words(document, found=True), *self._late(document, hit))

    def _filtered(self, document: Document) -> Iterator[Reason]:
        state = self.asked.page.state
        for name, values in state.filters.items():
            if values and not self._is_within(document, replace(SearchState(), filters={name: values})):
                wanted = "、".join(
                    self.search.label(name, one) if BY_NAME[name].vocabulary else one for one in values
                )
                yield Reason("filter", f"筛选“{BY_NAME[name].label}：{wanted}”把它排除了")
        if not self._is_within(document, replace(state, filters={})):
            yield Reason("period", "它不在所选的日期范围里")

    def _is_within(self, document: Document, state: SearchState) -> bool:
        node = period_of(state).within(Constant(Term(DOC_ID, document.doc_id)))
        return self.engine.search(Request(node, state.filters, limit=1)).total > 0

    def _conditions(self, document: Document) -> Iterator[Reason]:
        """Of the search itself: what it excludes, and fields that must hold a value."""
        for part in _conjuncts(query.parse(self.asked.page.state.text).query):
            if isinstance(part, query.Not) and self._holds(document, str(part.part)):
                yield Reason("excluded", f"检索排除了“{part.part}”，而它含有")
            if isinstance(part, query.Filter | query.Range) and not self._holds(document, str(part)):
                name, _, value = str(part).partition(":")
                value = value.strip('"')
                yield Reason("condition", f"条件“{BY_NAME[name].label}：{value}”不符")

    def _words(self, document: Document, *, found: bool) -> Iterator[Reason]:
        """Where each word of the search stands, if that is not simply in the text."""
        for text, field in self._texts():
            if self._holds(document, f'{field}:"{text}"' if field else f'"{text}"'):
                if only := self._only_attached(document, text):
                    yield Reason("attachment_only", f"“{text}”只出现在附件《{only}》里")
                continue
            rule = next(
                (one for one in self.asked.expansions if self._leads(document, one.word, text, one.phrase)),
                None,
            )
            if rule is not None:
                told = f"“{text}”不出现，只因同义词规则第 {rule.rule} 行（{rule.word} → {rule.phrase}）找到"
                yield Reason("synonym", told)
            else:
                where = f"的{BY_NAME[field].label}" if field else ""
                yield Reason(
                    "missing", f"这份文件{where}里没有出现“{text}”" + ("，放宽条件后才找到" if found else "")
                )

    def _texts(self) -> Iterator[tuple[str, str]]:
        for leaf in query.leaves(query.parse(self.asked.page.state.text).query):
            if isinstance(leaf, query.Phrase):
                yield leaf.text, leaf.field
            elif isinstance(leaf, query.Text):
                for word in self.search.words(leaf.text):
                    yield word, leaf.field

    def _leads(self, document: Document, word: str, text: str, phrase: str) -> bool:
        return word in (analysis.canonical(text), text) and self._holds(document, f'"{phrase}"')

    def _only_attached(self, document: Document, text: str) -> str:
        """The name of the attachment, where nothing else holds the text."""
        others = (one.label for one in TEXT_FIELDS if one.name != "attachment")
        if any(self._holds(document, f'{label}:"{text}"') for label in others):
            return ""
        plain = analysis.canonical(text)
        bearing = (
            one.name for one in document.attachments if plain in analysis.canonical(f"{one.name}\n{one.text}")
        )
        return next(bearing, "")

    def _late(self, document: Document, hit: Explained) -> Iterator[Reason]:
        if 0 < hit.rank <= FIRST:
            return
        place = f"排在第 {hit.rank} 位" if hit.rank else "排得很后"
        before = [
            one.document for one in self.asked.page.hits[:FIRST] if one.document.doc_id != document.doc_id
        ]
        words = [text for text, _ in self._texts()]
        own = analysis.canonical(document.title)
        for word in dict.fromkeys(map(analysis.canonical, words)):
            bearing = sum(word in analysis.canonical(one.title) for one in before)
            if bearing and word not in own:
                yield Reason(
                    "late", f"{place}：前 {len(before)} 条里有 {bearing} 条标题含“{word}”，它的标题没有"
                )
                place = "同时"
        if place != "同时":
            yield Reason("late", f"{place}：前面的文件得分更高")

    def _holds(self, document: Document, text: str) -> bool:
        return self.search.finds(text, document.doc_id)


def _conjuncts(tree: query.Query) -> tuple[query.Query, ...]:
    return tree.parts if isinstance(tree, query.And) else (tree,)
