"""Our evaluation gives what Whoosh's own searcher gives: the same documents, facets, order and scores, where the
average length is that of the documents that have a text in the field.

On indexes written by us and by stock Whoosh, of one and of several segments, with deletions, and merged by either.
Stock AndNot and AndMaybe give wrong sets when their parts are not plain terms (the oracle of test_versus says so too);
the same searches are therefore put to it with And, Or and Not.
DISCLOSURE_EQUAL=5000 runs that many trees on each index; DISCLOSURE_SEED=7 begins from another seed.
"""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from whoosh import index, query, sorting, versionstring

from disclosure_search.engine.base import (
    DAY,
    EXPIRES,
    FOREVER,
    AllOf,
    AnyOf,
    Between,
    Constant,
    Every,
    Except,
    Node,
    Prefix,
    Ranked,
    Request,
    Run,
    Term,
)
from disclosure_search.engine.evaluate import search
from disclosure_search.engine.space import TIE, TITLE_KEY, Space
from disclosure_search.engine.w3_merge import merge, parts_of
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.engine.w3_schema import Layout, make_schema
from disclosure_search.engine.w3_toc import Toc, read_toc, write_toc
from disclosure_search.engine.w3_write import SegmentWriter, with_deletions

LAYOUT = Layout(
    unique="doc_id", words=("title", "body"), grams=("pairs",), keywords=("year", "channel"),
    numbers=(DAY, EXPIRES, "issued", TIE), strings=(TITLE_KEY,), stored=("place",),
)  # fmt: skip
TREES = int(os.environ.get("DISCLOSURE_EQUAL", "0")) or 50
SEED = int(os.environ.get("DISCLOSURE_SEED", "1"))
VOCABULARIES = {
    "few words": ([*"补贴名单公示", "a", "ab", "𠮷"], 60, (0, 1, 3, 9)),
    "many words": ([f"w{number}" for number in range(300)], 400, (5, 40, 160)),
    "long texts": (["政府", "信息", "公开", "2014", "经贸局", "x"], 40, (300, 2_000)),
}
NOTHING = 1e-9  # stock Whoosh takes a constant score of 0 for 1
Row = dict[str, Any]


def collection(kind: str) -> list[Row]:
    tokens, size, lengths = VOCABULARIES[kind]
    chance = random.Random(f"{SEED} {kind}")

    def text() -> list[str]:
        length = chance.choice(lengths)  # frequent words first, as in real texts
        return [tokens[min(int(chance.paretovariate(0.7)) - 1, len(tokens) - 1)] for _ in range(length)]

    return [
        {
            "doc_id": f"{kind[:3]}{number}",
            **{name: text() for name in (*LAYOUT.words, *LAYOUT.grams)},
            "year": [str(chance.randint(2012, 2015))],
            "channel": chance.sample(["site", "board", "press"], chance.randint(0, 2)),
            "issued": chance.randint(734_000, 734_400),
        }
        for number in range(size)
    ]


def write_ours(folder: Path, rows: list[Row], parts: int) -> None:
    segments = []
    for part in range(parts):
        writer = SegmentWriter(folder, LAYOUT)
        for row in rows[part::parts]:
            writer.add(
                unique=row["doc_id"],
                tokens={name: row[name] for name in (*LAYOUT.words, *LAYOUT.grams)},
                keywords={name: row[name] for name in LAYOUT.keywords},
                numbers={DAY: row["issued"], EXPIRES: FOREVER, "issued": row["issued"], TIE: 1},
                strings={TITLE_KEY: b""},
                stored={"place": ""},
            )
        segments.append(writer.finish())
    write_toc(folder, Toc(-1, tuple(one for one in segments if one), make_schema(LAYOUT)))


def write_stock(folder: Path, rows: list[Row], parts: int) -> None:
    made = index.create_in(folder, make_schema(LAYOUT))
    for part in range(parts):
        writer = made.writer()
        for row in rows[part::parts]:
            writer.add_document(
                **{**row, DAY: row["issued"], EXPIRES: FOREVER, TIE: 1, TITLE_KEY: b"", "place": ""}
            )
        writer.commit(merge=False)


def delete_some(folder: Path) -> None:
    toc = read_toc(folder)
    kept = tuple(with_deletions(one, range(0, one.doc_count_all(), 7)) for one in toc.segments)
    write_toc(folder, Toc(toc.generation, kept, toc.schema))


def merge_stock(folder: Path) -> None:
    delete_some(folder)
    index.open_dir(folder).optimize()


def merge_ours(folder: Path) -> None:
    delete_some(folder)
    toc = read_toc(folder)
    readers = [SegmentReader(folder, segment) for segment in toc.segments]
    made = merge(folder, parts_of(readers), LAYOUT)
    for reader in readers:
        reader.close()
    write_toc(folder, Toc(toc.generation, (made,), toc.schema))


STATES: dict[str, tuple[Any, int, Any]] = {
    "ours, one segment": (write_ours, 1, None),
    "ours, five segments, deletions": (write_ours, 5, delete_some),
    "ours, merged by stock": (write_ours, 4, merge_stock),
    "ours, merged by us": (write_ours, 4, merge_ours),
    "stock, one segment": (write_stock, 1, None),
    "stock, three segments, deletions": (write_stock, 3, delete_some),
    "stock, merged by us": (write_stock, 3, merge_ours),
}


def test_the_release_of_whoosh_is_the_one_that_was_meant() -> None:
    """`make test` runs these tests with a second one (see the Makefile)."""
    assert versionstring() == os.environ.get("DISCLOSURE_WHOOSH", "2.7.4")


@pytest.mark.parametrize("state", list(STATES))
@pytest.mark.parametrize("kind", list(VOCABULARIES))
def test_the_same_documents_facets_order_and_scores(tmp_path: Path, kind: str, state: str) -> None:
    rows = collection(kind)
    write, parts, change = STATES[state]
    write(tmp_path, rows, parts)
    if change:
        change(tmp_path)
    space = Space([SegmentReader(tmp_path, one) for one in read_toc(tmp_path).segments])
    chance = random.Random(f"{SEED} {kind} {state}")
    print("seed", SEED)
    with index.open_dir(tmp_path).searcher() as searcher:
        searcher.avg_field_length = over_bearers(searcher)
        for _ in range(TREES):
            node = make_node(chance, VOCABULARIES[kind][0])
            compare(space, searcher, node)


def over_bearers(searcher: Any) -> Callable[[str], float]:
    """Stock Whoosh counts the documents without any text in the average length; everything else is its own."""
    reader = searcher.reader()

    def average(name: str) -> float:
        lengths = [reader.doc_field_length(place, name) for place in range(reader.doc_count_all())]
        return float(reader.field_length(name) / max(1, sum(bool(length) for length in lengths)))

    averages = {name: average(name) for name in (*LAYOUT.words, *LAYOUT.grams)}
    return averages.__getitem__


def compare(space: Space, searcher: Any, node: Node) -> None:
    request = Request(node, {}, LAYOUT.keywords, limit=10_000)
    ours = search(space, request)
    facets = {name: sorting.FieldFacet(name, allow_overlap=True) for name in LAYOUT.keywords}
    theirs = searcher.search(translated(node, searcher), limit=None, groupedby=facets)
    expected = {hit["doc_id"]: hit.score for hit in theirs}
    assert {hit.doc_id for hit in ours.hits} == set(expected), node
    assert ours.total == len(expected), node
    for hit in ours.hits:
        assert hit.score == pytest.approx(expected[hit.doc_id], rel=1e-5, abs=1e-5), node
    in_order = [expected[hit.doc_id] for hit in ours.hits]
    assert all(before >= after - 2e-5 * max(1, before) for before, after in itertools.pairwise(in_order))
    first = search(
        space, Request(node, {}, limit=10)
    )  # the way of few hits goes through bounds, not all scores
    assert first.hits == ours.hits[:10], node
    for name in LAYOUT.keywords:
        groups = Counter({value: len(held) for value, held in theirs.groups(name).items() if value})
        assert ours.facets[name] == dict(groups), node


def make_node(chance: random.Random, tokens: list[str], depth: int = 2) -> Node:
    def token() -> str:
        return tokens[min(int(chance.paretovariate(0.7)) - 1, len(tokens) - 1)]

    def part() -> Node:
        return make_node(chance, tokens, depth - 1)

    weight = chance.choice((1.0, 0.5, 3.0))
    stream = chance.choice((*LAYOUT.words, *LAYOUT.grams))
    run = tuple(token() for _ in range(chance.randint(2, 4)))
    low = chance.choice((None, chance.randint(734_000, 734_400)))
    leaves = [
        Term(stream, token(), weight),
        Term(stream, "nowhere", weight),
        Run("pairs", run, tuple(range(len(run))), weight),
        Prefix(stream, token()[:1]),
        Between("issued", low, chance.choice((None, (low or 734_000) + 60))),
        Every(),
    ]
    if not depth or chance.random() < 0.3:
        return chance.choice(leaves[:4] if chance.random() < 0.8 else leaves)
    return chance.choice(
        [
            AllOf(tuple(part() for _ in range(chance.randint(1, 3)))),
            AnyOf(tuple(part() for _ in range(chance.randint(1, 4)))),
            AllOf((part(), Except(part()))),
            Ranked(part(), part()),
            Constant(part(), chance.choice((0.0, 2.5))),
        ]
    )


def translated(node: Node, searcher: Any) -> query.Query:
    match node:
        case Term(stream, token, weight):
            return query.Term(stream, token, boost=weight)
        case Run(stream, tokens, _, weight):
            return query.Phrase(stream, list(tokens), boost=weight)
        case Prefix(stream, start):
            terms = searcher.reader().expand_prefix(
                stream, start
            )  # its own Prefix scores 1 for each document
            return query.Or([query.Term(stream, term.decode()) for term in terms])
        case Between(column, low, high):
            return query.ConstantScoreQuery(query.NumericRange(column, low, high), NOTHING)
        case Except(part):
            return query.ConstantScoreQuery(query.Not(translated(part, searcher)), NOTHING)
        case AllOf(parts):
            return query.And([translated(part, searcher) for part in parts])
        case AnyOf(parts):
            return query.Or([translated(part, searcher) for part in parts])
        case Ranked(required, scored):
            held = query.ConstantScoreQuery(translated(required, searcher), NOTHING)
            return query.And([held, query.Or([translated(scored, searcher), held])])
        case Constant(part, score):
            return query.ConstantScoreQuery(translated(part, searcher), score or NOTHING)
    return query.ConstantScoreQuery(query.Every(), NOTHING)
