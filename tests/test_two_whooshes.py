"""Two releases of Whoosh, and we: each opens what the others wrote, gives the same answers, updates it and merges it.

The releases bear one import name, so each is asked in a process of its own: this file run as a program. `make` puts the
other release into .venv/whoosh3, which is searched first where PYTHONPATH names it; `make test` runs the tests of the
engine under it too. DISCLOSURE_SEED=7 writes another collection.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import whoosh
from whoosh import index, query, sorting

from disclosure_search.engine.base import (
    DAY,
    EXPIRES,
    FOREVER,
    AllOf,
    AnyOf,
    Node,
    Prefix,
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

SEED = int(os.environ.get("DISCLOSURE_SEED", "4"))
OTHER = Path(os.environ.get("DISCLOSURE_WHOOSH3", Path(sys.prefix) / "whoosh3"))
RELEASES = {"2.7.4": (), "3.54.0": (str(OTHER),)}
HANDS = ("ours", *RELEASES)  # who writes, changes and reads
# The name repeats the id, which is a column and so in no hit of stock Whoosh.
LAYOUT = Layout(
    unique="doc_id", words=("body",), grams=("pairs",), keywords=("channel",),
    numbers=(DAY, EXPIRES, TIE), strings=(TITLE_KEY,), stored=("place", "name"),
)  # fmt: skip
WORDS = [*"补贴名单公示", "a", "ab", "𠮷", "政府信息"]
PARTS, SIZE = 3, 40
Row = dict[str, Any]


def make_row(doc_id: str, edition: int) -> Row:
    chance = random.Random(f"{SEED} {doc_id} {edition}")

    def text() -> list[str]:
        return [chance.choice(WORDS) for _ in range(chance.choice((0, 1, 5, 60, 300)))]

    number = chance.randint(734_000, 734_400)
    return {
        "doc_id": doc_id, "name": doc_id, "body": text(), "pairs": text(), "place": f"第{edition}版",
        "channel": chance.sample(["site", "board", "press"], chance.randint(0, 2)),
        DAY: number, EXPIRES: FOREVER, TIE: number * 7, TITLE_KEY: f"键{number % 9}".encode(),
    }  # fmt: skip


COLLECTION = [make_row(f"d{number}", 0) for number in range(PARTS * SIZE)]
REMOVED = [f"d{number}" for number in range(5, PARTS * SIZE, 13)]
CHANGED = [make_row(f"d{number}", 1) for number in range(3, PARTS * SIZE, 11) if f"d{number}" not in REMOVED]
ADDED = [make_row(f"n{number}", 1) for number in range(20)]


# What stock Whoosh does


def stock_write(folder: Path) -> None:
    made = index.create_in(folder, make_schema(LAYOUT))
    for part in range(PARTS):
        writer = made.writer()
        for row in COLLECTION[part::PARTS]:
            writer.add_document(**row)
        writer.commit(merge=False)


def stock_update(folder: Path) -> None:
    writer = index.open_dir(folder).writer()
    for row in (*CHANGED, *ADDED):
        writer.update_document(**row)
    for doc_id in REMOVED:
        writer.delete_by_term("doc_id", doc_id)
    writer.commit(merge=False)


def stock_merge(folder: Path) -> None:
    index.open_dir(folder).optimize()


def stock_read(folder: Path) -> Any:
    """The living documents, and for each question its documents with their scores, and the counts of its facet."""
    with index.open_dir(folder).searcher() as searcher:
        searcher.avg_field_length = over_bearers(searcher)
        held = {fields["name"]: fields["place"] for fields in searcher.documents()}
        answers = []
        for node in questions():
            facets = {"channel": sorting.FieldFacet("channel", allow_overlap=True)}
            found = searcher.search(translated(node, searcher), limit=None, groupedby=facets)
            counts = {value: len(ids) for value, ids in found.groups("channel").items() if value}
            answers.append([{hit["name"]: hit.score for hit in found}, counts])
    return [held, answers]


def over_bearers(searcher: Any) -> Callable[[str], float]:
    """As we have it: a document without any text has no say in the average length."""
    reader = searcher.reader()

    def average(name: str) -> float:
        lengths = [reader.doc_field_length(place, name) for place in range(reader.doc_count_all())]
        return float(reader.field_length(name) / max(1, sum(bool(length) for length in lengths)))

    return {name: average(name) for name in (*LAYOUT.words, *LAYOUT.grams)}.__getitem__


def translated(node: Node, searcher: Any) -> query.Query:
    match node:
        case Term(stream, token):
            return query.Term(stream, token)
        case Run(stream, tokens):
            return query.Phrase(stream, list(tokens))
        case Prefix(stream, start):
            found = searcher.reader().expand_prefix(stream, start)
            return query.Or([query.Term(stream, term.decode()) for term in found])
        case AllOf(parts):
            return query.And([translated(part, searcher) for part in parts])
        case AnyOf(parts):
            return query.Or([translated(part, searcher) for part in parts])
    raise AssertionError(node)


def questions() -> list[Node]:
    chance = random.Random(SEED)

    def term() -> Term:
        return Term(chance.choice(("body", "pairs")), chance.choice(WORDS))

    made: list[Node] = []
    for _ in range(12):
        run = tuple(chance.choice(WORDS) for _ in range(2))
        made += [term(), AllOf((term(), term())), AnyOf((term(), term(), term())), Run("pairs", run, (0, 1))]
    return [*made, Prefix("body", "a"), Prefix("pairs", "政")]


# What we do


def our_segment(folder: Path, rows: list[Row]) -> Any:
    writer = SegmentWriter(folder, LAYOUT)
    for row in rows:
        writer.add(
            unique=row["doc_id"],
            tokens={name: row[name] for name in (*LAYOUT.words, *LAYOUT.grams)},
            keywords={name: row[name] for name in LAYOUT.keywords},
            numbers={name: row[name] for name in LAYOUT.numbers},
            strings={name: row[name] for name in LAYOUT.strings},
            stored={name: row[name] for name in LAYOUT.stored},
        )
    return writer.finish()


def our_write(folder: Path) -> None:
    segments = tuple(our_segment(folder, COLLECTION[part::PARTS]) for part in range(PARTS))
    write_toc(folder, Toc(-1, segments, make_schema(LAYOUT)))


def our_update(folder: Path) -> None:
    toc = read_toc(folder)
    removed = [*REMOVED, *(row["doc_id"] for row in CHANGED)]
    kept = []
    for segment in toc.segments:
        reader = SegmentReader(folder, segment)
        places = [place for doc_id in removed if (place := reader.find(doc_id)) is not None]
        reader.close()
        kept.append(with_deletions(segment, places))
    write_toc(folder, Toc(toc.generation, (*kept, our_segment(folder, [*CHANGED, *ADDED])), toc.schema))


def our_merge(folder: Path) -> None:
    toc = read_toc(folder)
    readers = [SegmentReader(folder, segment) for segment in toc.segments]
    made = merge(folder, parts_of(readers), LAYOUT)
    for reader in readers:
        reader.close()
    write_toc(folder, Toc(toc.generation, (made,), toc.schema))


def our_read(folder: Path) -> Any:
    readers = [SegmentReader(folder, segment) for segment in read_toc(folder).segments]
    assert [problem for reader in readers for problem in reader.verify()] == []
    space = Space(readers)
    alive = [ordinal for ordinal in range(space.size) if space.alive[ordinal]]
    places = (space.stored(ordinal)["place"] for ordinal in alive)
    held = dict(zip(space.doc_ids(alive), places, strict=True))
    answers = []
    for node in questions():
        found = search(space, Request(node, {}, ("channel",), limit=10_000))
        answers.append([{hit.doc_id: hit.score for hit in found.hits}, dict(found.facets["channel"])])
    for reader in readers:
        reader.close()
    return [held, answers]


OURS: dict[str, Callable[[Path], Any]] = {
    "write": our_write, "update": our_update, "merge": our_merge, "read": our_read,
}  # fmt: skip
STOCK: dict[str, Callable[[Path], Any]] = {
    "write": stock_write, "update": stock_update, "merge": stock_merge, "read": stock_read,
}  # fmt: skip


def do(hand: str, *pairs: tuple[str, Path]) -> list[Any]:
    """Each pair is what to do and where; all of them in one process, if it is a stock release that does them."""
    if hand == "ours":
        return [json.loads(json.dumps(OURS[what](folder))) for what, folder in pairs]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(RELEASES[hand])}
    given = json.dumps([(what, str(folder)) for what, folder in pairs])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__], input=given, capture_output=True, text=True, env=environment,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    version, results = json.loads(done.stdout)
    assert version == hand
    return list(results)


def _main() -> None:
    results = [STOCK[what](Path(folder)) for what, folder in json.load(sys.stdin)]
    json.dump([".".join(map(str, whoosh.__version__)), results], sys.stdout)


def assert_equal(found: Any, expected: Any, about: str) -> None:
    assert found[0] == expected[0], about
    for node, (scores, counts), (other_scores, other_counts) in zip(
        questions(), found[1], expected[1], strict=True
    ):
        assert set(scores) == set(other_scores), (about, node)
        assert counts == other_counts, (about, node)
        for doc_id, score in scores.items():
            assert score == pytest.approx(other_scores[doc_id], rel=1e-5, abs=1e-5), (about, node)


def everything_by_hand(*, updated: bool) -> dict[str, str]:
    rows = [*COLLECTION, *CHANGED, *ADDED] if updated else COLLECTION
    held = {row["doc_id"]: row["place"] for row in rows}
    return {doc_id: place for doc_id, place in held.items() if not (updated and doc_id in REMOVED)}


def test_each_reads_changes_and_merges_what_the_others_wrote(tmp_path: Path) -> None:
    """27 histories of three hands: one writes, one updates, one merges; after each step all three read."""
    if not OTHER.is_dir():
        assert not os.environ.get("CI"), f"{OTHER} is missing: make puts it there"
        pytest.skip("the other release of Whoosh is missing; `make test` installs it")
    print("seed", SEED)
    steps: dict[str, list[tuple[str, str, Path]]] = {"write": [], "update": [], "merge": []}
    folders: dict[str, Path] = {}
    for chain in (hands for count in (1, 2, 3) for hands in itertools.product(HANDS, repeat=count)):
        name, what = "-".join(chain), list(steps)[len(chain) - 1]
        folders[name] = tmp_path / hashlib.sha256(name.encode()).hexdigest()[:12]
        steps[what].append(("-".join(chain[:-1]), name, folders[name]))
    for what, made in steps.items():
        for before, _, folder in made:
            shutil.copytree(folders[before], folder) if before else folder.mkdir()
        for hand in HANDS:
            do(hand, *((what, folder) for _, name, folder in made if name.endswith(hand)))
    read = {
        hand: dict(zip(folders, do(hand, *(("read", one) for one in folders.values())), strict=True))
        for hand in HANDS
    }
    for name in folders:
        expected = read["2.7.4"][name]
        assert expected[0] == everything_by_hand(updated="-" in name), name
        for hand in HANDS:
            assert_equal(read[hand][name], expected, f"{name} read by {hand}")
    for _, name, _ in steps["write"]:  # who wrote it makes no difference either
        assert_equal(read["ours"][name], read["ours"]["ours"], name)


if __name__ == "__main__":
    _main()
