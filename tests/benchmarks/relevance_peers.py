"""Plain peers on the title and text of the same documents, asked for any token of the same questions.

Lucene-style BM25 is tantivy's, k1 1.2 and b 0.75 as it comes; FTS5's is its own; Whoosh's is its BM25F over a field of
titles and one of texts, with jieba's own analyzer. Nothing is boosted and no question is changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from measure import milliseconds
from relevance_sets import DEPTH, Article

from disclosure_search import analysis
from disclosure_search.analysis import Segmenter

Cut = Callable[[str], list[str]]
TIMED = 10  # hits, when the time is taken
UNICODE = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
MEMORY_MB = 512
Hits = list[tuple[str, float]]


class Peer:
    """`search` gives the best hits; `find` the milliseconds of ten."""

    def search(self, text: str, limit: int) -> Hits:
        raise NotImplementedError

    def find(self, text: str) -> float:
        return milliseconds(lambda: self.search(text, TIMED))

    def hits(self, text: str) -> Hits:
        return self.search(text, DEPTH)

    def close(self) -> None:
        return


def unigrams_and_bigrams(text: str) -> list[str]:
    return [*analysis.canonical(text), *bigrams(text)]


def bigrams(text: str) -> list[str]:
    return [gram for gram in analysis.grams(text) if len(gram) == 2]


def words() -> Cut:
    return Segmenter().words


class Tantivy(Peer):
    """One segment, one field of tokens, the best without a count."""

    def __init__(self, folder: Path, cut: Cut) -> None:
        import tantivy

        self._tantivy, self._cut = tantivy, cut
        self._index = tantivy.Index.open(str(folder))
        self._searcher = self._index.searcher()
        self._names = (folder / "names.txt").read_text("utf-8").split("\n")

    @staticmethod
    def build(articles: Iterable[Article], folder: Path, cut: Cut) -> None:
        import tantivy

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("tokens", tokenizer_name="blanks", index_option="freq")
        schema.add_unsigned_field("number", fast=True)
        index = tantivy.Index(schema.build(), path=str(folder))
        blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer("blanks", blanks)
        writer, names = index.writer(1_000_000_000, 1), []
        for number, article in enumerate(articles):
            made = tantivy.Document()
            made.add_text("tokens", " ".join(cut(f"{article.title}\n{article.text}")))
            made.add_unsigned("number", number)
            writer.add_document(made)
            names.append(article.doc_id)
        writer.commit()
        writer.wait_merging_threads()
        (folder / "names.txt").write_text("\n".join(names), "utf-8")

    def search(self, text: str, limit: int) -> Hits:
        tantivy = self._tantivy
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._index.schema, "tokens", token, "freq"))
            for token in dict.fromkeys(self._cut(text))
        ]
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit, count=False).hits
        numbers: list[Any] = self._searcher.fast_field_values("number", [address for _, address in found])
        return [(self._names[number], score) for number, (score, _) in zip(numbers, found, strict=True)]


class Fts5(Peer):
    """One column of tokens, or FTS5's own trigrams of the text as it stands."""

    def __init__(self, folder: Path, cut: Cut | None) -> None:
        self._cut = cut or trigrams
        self._database = sqlite3.connect(folder / "texts.db")
        self._database.executescript("PRAGMA cache_size=-500000; PRAGMA mmap_size=2147418112;")

    @staticmethod
    def build(articles: Iterable[Article], folder: Path, cut: Cut | None) -> None:
        database = sqlite3.connect(folder / "texts.db")
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
        database.execute(
            f'CREATE VIRTUAL TABLE texts USING fts5(name UNINDEXED, tokens, tokenize="{UNICODE if cut else "trigram"}")'
        )
        rows = ((one.doc_id, f"{one.title}\n{one.text}") for one in articles)
        values = ((name, " ".join(cut(text)) if cut else text) for name, text in rows)
        database.executemany("INSERT INTO texts VALUES (?, ?)", values)
        database.execute("INSERT INTO texts(texts) VALUES('optimize')")
        database.commit()
        database.close()

    def search(self, text: str, limit: int) -> Hits:
        tokens = dict.fromkeys(self._cut(text))
        if not tokens:
            return []
        asked = " OR ".join('"' + token.replace('"', '""') + '"' for token in tokens)
        best = "SELECT name, -rank FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?"
        return self._database.execute(best, (asked, limit)).fetchall()

    def close(self) -> None:
        self._database.close()


def trigrams(text: str) -> list[str]:
    return [text[at : at + 3] for at in range(len(text) - 2)]


class Whoosh(Peer):
    def __init__(self, folder: Path, _cut: Cut | None) -> None:
        from whoosh import index, qparser

        self._index = index.open_dir(folder)
        self._searcher = self._index.searcher()
        self._parser = qparser.MultifieldParser(
            ["title", "text"], self._index.schema, plugins=[], group=qparser.OrGroup
        )

    @staticmethod
    def build(articles: Iterable[Article], folder: Path, _cut: Cut | None) -> None:
        from jieba.analyse import ChineseAnalyzer
        from whoosh import fields, index

        analyzer = ChineseAnalyzer()
        schema = fields.Schema(
            name=fields.ID(stored=True), title=fields.TEXT(analyzer), text=fields.TEXT(analyzer)
        )
        writer = index.create_in(folder, schema).writer(limitmb=MEMORY_MB)
        for one in articles:
            writer.add_document(name=one.doc_id, title=one.title, text=one.text)
        writer.commit()

    def search(self, text: str, limit: int) -> Hits:
        found = self._searcher.search(self._parser.parse(text), limit=limit)
        return [(hit["name"], hit.score) for hit in found]

    def close(self) -> None:
        self._searcher.close()


# What each is, and how it cuts; the first is what the product's time is compared with.
PEERS: dict[str, tuple[Any, Callable[[], Cut | None]]] = {
    "tantivy-characters": (Tantivy, lambda: unigrams_and_bigrams),
    "tantivy-bigrams": (Tantivy, lambda: bigrams),
    "tantivy-words": (Tantivy, words),
    "fts5-trigram": (Fts5, lambda: None),
    "fts5-words": (Fts5, words),
    "whoosh": (Whoosh, lambda: None),
}


def build(name: str, articles: Iterable[Article], folder: Path) -> None:
    kind, cut = PEERS[name]
    folder.mkdir(parents=True, exist_ok=True)
    kind.build(articles, folder, cut())


def open_peer(name: str, folder: Path) -> Peer:
    kind, cut = PEERS[name]
    found: Peer = kind(folder, cut())
    return found
