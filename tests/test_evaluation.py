"""What must not change an answer: how documents lie in segments, what is cached, which way a score was reached."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from disclosure_search.document import Document
from disclosure_search.engine import facets, open_engine
from disclosure_search.engine.base import (
    DAY,
    EXPIRES,
    FOREVER,
    GRAMS,
    NUMBERS,
    WORDS,
    Alike,
    AllOf,
    AnyOf,
    Boosted,
    Constant,
    Enough,
    Entry,
    Every,
    Except,
    Node,
    Prefix,
    Ranked,
    Request,
    Result,
    Run,
    Sort,
    Term,
    Widened,
)
from disclosure_search.engine.cache import ENTRY_BYTES, Cache
from disclosure_search.engine.evaluate import search
from disclosure_search.engine.space import TIE, TITLE_KEY, Space
from disclosure_search.engine.w3_read import SegmentReader
from disclosure_search.engine.w3_schema import Layout, make_schema
from disclosure_search.engine.w3_toc import Toc, read_toc, write_toc
from disclosure_search.engine.w3_write import SegmentWriter, with_deletions

FACETS = ("year", "category", "channel")
LAYOUT = Layout(
    unique="doc_id", words=("title",), grams=("body",), keywords=FACETS,
    numbers=(DAY, EXPIRES), columns=(TIE,), strings=(TITLE_KEY,),
)  # fmt: skip
TOKENS = [f"{letter}{number}" for letter in "abc" for number in range(12)]
SIZE = 900
Row = dict[str, Any]


def rows(size: int = SIZE, values: int = 6) -> list[Row]:
    """Few tokens are in nearly all documents and most in few, so that every way is taken."""
    chance = random.Random(size)

    def text(length: int) -> list[str]:
        return [TOKENS[min(int(chance.paretovariate(0.5)) - 1, len(TOKENS) - 1)] for _ in range(length)]

    return [
        {
            "doc_id": f"d{number}",
            "title": text(chance.randint(0, 4)),
            "body": text(chance.choice((0, 3, 30, 400))),
            "year": [str(2000 + chance.randint(0, 11))],
            "category": sorted(chance.sample([f"c{n}" for n in range(values)], chance.randint(0, 4))),
            "channel": sorted(chance.sample(["site", "board", "press"], chance.randint(0, 3))),
            "day": chance.choice((0, 734_000, 734_001)),
        }
        for number in range(size)
    ]


def written(folder: Path, given: list[Row], parts: int) -> list[SegmentReader]:
    """Each part of the rows is a segment: the first of so many, then the second, and so on."""
    folder.mkdir()
    segments = []
    for part in range(parts):
        writer = SegmentWriter(folder, LAYOUT)
        for row in given[part::parts]:
            writer.add(
                unique=row["doc_id"],
                tokens={name: row[name] for name in ("title", "body")},
                keywords={name: row[name] for name in FACETS},
                numbers={DAY: row["day"], EXPIRES: FOREVER, TIE: int(row["doc_id"][1:]) * 7919 % 10_007},
                strings={TITLE_KEY: b""},
                stored={},
            )
        segments.append(writer.finish())
    toc = write_toc(folder, Toc(-1, tuple(one for one in segments if one), make_schema(LAYOUT)))
    return [SegmentReader(folder, one) for one in toc.segments]


def trees(count: int) -> list[Node]:
    chance = random.Random(count)

    def term() -> Term:
        return Term(chance.choice(("title", "body")), chance.choice(TOKENS), chance.choice((1.0, 0.3, 2.5)))

    def tree(depth: int) -> Node:
        def part() -> Node:
            return tree(depth - 1)

        if not depth:
            run = tuple(chance.choice(TOKENS[:4]) for _ in range(3))
            leaves = [
                term(),
                term(),
                Run("body", run, (0, 1, 3), 0.7),
                Prefix("body", chance.choice("abc"), 0.3),
            ]
            return cast("Node", chance.choice(leaves))
        return cast(
            "Node",
            chance.choice(
                [
                    AnyOf(tuple(term() for _ in range(3))),
                    AnyOf((part(), part(), part())),
                    AllOf((part(), AllOf((part(), term())))),
                    AllOf((part(), Except(term()))),
                    Ranked(part(), part()),
                    Constant(part(), 1.7),
                    Every(),
                    Enough(tuple(dict.fromkeys(term() for _ in range(5))), chance.choice((0.0, 0.1, 0.4)), 3),
                    Boosted(part(), 0.1, ((term(), 0.3), (term(), -0.2))),
                    Alike("title", tuple(chance.sample(TOKENS[:6], 3)), 0.5, 60.0),
                    Widened(AllOf((term(), term(), term())), part(), 20),
                ]
            ),
        )

    return [tree(1 + number % 3) for number in range(count)]


def requests() -> list[Request]:
    filters: list[dict[str, tuple[str, ...]]] = [
        {},
        {"category": ("c1", "c2")},
        {"year": ("2003",), "channel": ("site",)},
    ]
    return [
        Request(node, filters[number % 3], FACETS, sort, limit=limit)
        for number, node in enumerate(trees(60))
        for sort, limit in ((Sort.RELEVANCE, 5), (Sort.RELEVANCE, SIZE), (Sort.NEWEST, 20))
    ]


@pytest.fixture(scope="module")
def one_segment(tmp_path_factory: pytest.TempPathFactory) -> list[SegmentReader]:
    return written(tmp_path_factory.mktemp("one") / "index", rows(), 1)


@pytest.fixture(scope="module")
def answers(one_segment: list[SegmentReader]) -> list[Result]:
    space = Space(one_segment)
    return [search(space, request) for request in requests()]


def test_no_layout_of_segments_changes_a_score_or_an_order(tmp_path: Path, answers: list[Result]) -> None:
    space = Space(written(tmp_path / "five", rows(), 5))
    assert [search(space, request) for request in requests()] == answers


@pytest.mark.parametrize("cache_bytes", [0, 20_000], ids=["nothing is kept", "little is kept"])
def test_what_is_kept_changes_no_answer(
    one_segment: list[SegmentReader], answers: list[Result], cache_bytes: int
) -> None:
    space = Space(one_segment, cache_bytes)
    for _ in range(2):
        assert [search(space, request) for request in requests()] == answers
    assert space.cache.sizes[0] <= cache_bytes


def test_a_filter_that_holds_all_changes_no_score(one_segment: list[SegmentReader]) -> None:
    space = Space(one_segment)
    years = tuple(str(2000 + number) for number in range(12))
    for node in trees(60):
        asked = search(space, Request(node, limit=SIZE))
        assert search(space, Request(node, {"year": years}, limit=SIZE)) == asked, node


@pytest.mark.parametrize("excluded", [0, 1, 2])
def test_terms_found_and_scored_in_one_are_those_that_are_asked_one_by_one(
    one_segment: list[SegmentReader], excluded: int
) -> None:
    """Frequent and rare terms, weights, the same term twice: what a filter keeps from being done in one is equal."""
    chance = random.Random(excluded)
    years = tuple(str(2000 + number) for number in range(12))
    space = Space(one_segment)
    found = set[int]()
    for _ in range(60):
        terms = [Term("body", chance.choice(TOKENS), chance.choice((1.0, 2.5))) for _ in range(4)]
        without = [Except(Term("body", chance.choice(TOKENS))) for _ in range(excluded)]
        parts: tuple[Node, ...] = (*terms[: chance.randint(1, 4)], terms[0], *without)
        asked = search(space, Request(AllOf(parts), limit=SIZE))
        assert search(space, Request(AllOf(parts), {"year": years}, limit=SIZE)) == asked, parts
        found.add(asked.total)
    assert len(found) > 10


def total(space: Space, node: Node, **filters: tuple[str, ...]) -> int:
    return search(space, Request(node, filters, limit=1)).total


def test_enough_is_a_share_of_what_the_counted_terms_weigh(one_segment: list[SegmentReader]) -> None:
    space = Space(one_segment)
    terms = tuple(Term("body", token) for token in ("a1", "a2", "b3", "c4"))
    counts = [total(space, Enough(terms, share)) for share in (0.0, 0.1, 0.3, 0.6, 1.1)]
    assert counts[0] == total(space, AnyOf(terms)) > 0
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0
    assert counts[2] < counts[0]
    assert total(space, Enough(terms, 0.3, 1)) > counts[2]  # of one of them there is less to reach


def test_a_search_is_widened_where_it_finds_little_whatever_is_filtered(
    one_segment: list[SegmentReader],
) -> None:
    space = Space(one_segment)
    strict, wide = AllOf((Term("body", "a3"), Term("body", "b3"))), Term("body", "a2")
    few = total(space, strict)
    assert total(space, Widened(strict, wide, few)) == few > 0
    widened = search(space, Request(Widened(strict, wide, few + 1), limit=SIZE))
    assert widened.total == total(space, AnyOf((strict, wide))) > few
    assert widened.strict == few
    assert search(space, Request(Widened(strict, wide, few), limit=1)).strict is None
    for year in range(2000, 2012):
        filtered = {"year": (str(year),)}
        for least in (few, few + 1):
            assert total(space, Widened(strict, wide, least), **filtered) <= total(
                space, Widened(strict, wide, least)
            )
        assert search(space, Request(Widened(strict, wide, few), filtered)).strict is None


def test_what_is_nearly_the_title_is_alike(tmp_path: Path) -> None:
    titles = [list("补贴名单公示"), list("补贴明单"), list("补贴名单"), list("名单"), list("甲乙丙丁")]
    given = [{**row, "title": title} for row, title in zip(rows(5), titles, strict=True)]
    space = Space(written(tmp_path / "index", given, 2))
    found = search(space, Request(Alike("title", tuple("补贴名单"), 0.5, 10.0)))
    scores = {hit.doc_id: round(hit.score, 3) for hit in found.hits}
    # all of it, 4 of 6 characters; 3 of 4, 3 of 4; all of all
    assert scores == {"d0": 6.667, "d1": 3.125, "d2": 10.0}


def test_a_score_is_multiplied_by_what_speaks_for_the_document(one_segment: list[SegmentReader]) -> None:
    space = Space(one_segment)
    term, year = Term("body", "a2"), Term("year", "2003")
    plain = {hit.doc_id: hit.score for hit in search(space, Request(term, limit=SIZE)).hits}
    boosted = search(space, Request(Boosted(term, 0.0, ((year, 0.5),)), limit=SIZE)).hits
    of_year = {hit.doc_id for hit in search(space, Request(year, limit=SIZE)).hits}
    assert {hit.doc_id for hit in boosted} == plain.keys()
    for hit in boosted:
        assert hit.score == pytest.approx(plain[hit.doc_id] * (1.5 if hit.doc_id in of_year else 1), rel=1e-6)
    assert 0 < len(of_year & plain.keys()) < len(plain)


def test_threads_get_the_answers_of_one(one_segment: list[SegmentReader], answers: list[Result]) -> None:
    space = Space(one_segment, 200_000)
    asked = requests()

    def all_of_them(seed: int) -> bool:
        order = random.Random(seed).sample(range(len(asked)), len(asked))
        return all(search(space, asked[at]) == answers[at] for at in order)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(all_of_them, range(8)))


def test_columns_of_an_earlier_generation_give_the_same(tmp_path: Path) -> None:
    before = Space(written(tmp_path / "index", rows(), 3))
    for request in requests()[:9]:
        search(before, request)
    toc = read_toc(tmp_path / "index")
    changed = (with_deletions(toc.segments[0], range(0, 200, 3)), *toc.segments[2:])
    later = Space([SegmentReader(tmp_path / "index", one) for one in changed], before=before)
    fresh = Space([SegmentReader(tmp_path / "index", one) for one in changed])
    assert [search(later, one) for one in requests()] == [search(fresh, one) for one in requests()]


@pytest.mark.parametrize(
    ("size", "values", "parts"),
    [(900, 6, 1), (900, 6, 4), (9_000, 40, 1), (9_000, 40, 2)],
    ids=["few cells", "in four segments", "more cells than are folded", "of these in two segments"],
)
def test_every_value_is_counted(tmp_path: Path, size: int, values: int, parts: int) -> None:
    given = [row for part in range(parts) for row in rows(size, values)[part::parts]]
    space = Space(written(tmp_path / "index", rows(size, values), parts))
    ids = np.flatnonzero(np.random.default_rng(size).random(size) < 0.4)

    def counted(name: str, chosen: Iterable[Row]) -> Counter[str]:
        return Counter(value for row in chosen for value in row[name])

    found = facets.count(space, FACETS, ids, FACETS)
    assert found == {name: counted(name, (given[at] for at in ids.tolist())) for name in FACETS}
    everything = facets.count(space, ["category"], np.arange(size), FACETS)
    assert everything == {"category": counted("category", given)}


@pytest.mark.parametrize("parts", [1, 3], ids=["one segment", "three segments"])
def test_a_prefix_holds_the_documents_of_all_its_terms_however_many(tmp_path: Path, parts: int) -> None:
    given = [{**row, "body": [f"王{chr(0x4E00 + at)}"]} for at, row in enumerate(rows(5_000))]
    space = Space(written(tmp_path / "index", given, parts))
    assert search(space, Request(Prefix("body", "王"))).total == len(given)


def test_a_cache_stays_within_its_bytes_and_keeps_what_was_used_last() -> None:
    cache = Cache(10 * (1000 + ENTRY_BYTES))
    for number in range(30):
        cache.get(number, lambda number=number: number, lambda _: 1000)  # type: ignore[misc]
        cache.peek(0)
        assert cache.sizes[0] <= cache.sizes[1]
    assert [number for number in range(30) if cache.peek(number) is not None] == [0, *range(21, 30)]


def test_a_cache_does_not_drop_all_for_one_that_is_too_large() -> None:
    cache = Cache(5_000)
    cache.put("small", 1, 1_000)
    cache.put("large", 2, 5_000)
    assert (cache.peek("small"), cache.peek("large")) == (1, None)


def test_the_most_frequent_terms_are_named(one_segment: list[SegmentReader]) -> None:
    held = Counter(token for row in rows() for token in set(row["body"]))
    expected = sorted(((count, token) for token, count in held.items()), reverse=True)
    assert one_segment[0].frequent("body", 7) == [(token, count) for count, token in expected[:7]]


def test_a_warm_engine_holds_terms_and_answers_the_same(tmp_path: Path) -> None:
    with closing(open_engine(tmp_path, "warm")) as engine:
        with engine.writer(fresh=True) as writer:
            for row in rows(200):  # its tokens are in every stream
                body: list[str] = row["body"]
                streams = dict.fromkeys((*WORDS, *GRAMS), body)
                numbers = dict.fromkeys(NUMBERS, 734_000) | {EXPIRES: FOREVER}
                keywords = {name: tuple(row[name]) for name in FACETS}
                writer.add(Entry(Document(row["doc_id"], "", "a.txt"), streams, keywords, numbers))
            writer.commit(b"")
        request = Request(Term(WORDS[0], TOKENS[0]), {}, FACETS)
        cold = engine.search(request)
        before, _ = engine.statistics().caches["decoded"]
        engine.warm()
        after, limit = engine.statistics().caches["decoded"]
        assert before < after <= limit
        assert engine.search(request) == cold
