"""Many read while one commits: every answer is that of a state which was committed, no older than the one that was
newest when the question was asked, and no newer than the one that was being committed when the answer came.

Eight threads of one process and four processes ask while 200 updates are committed: small ones whose segments are
joined now and then, rebuilds, and goings back. DISCLOSURE_UPDATES=2000 commits more; DISCLOSURE_SEED=7 others.
"""

from __future__ import annotations

import bisect
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import (
    EXPIRES,
    FOREVER,
    GRAMS,
    KEYWORDS,
    NUMBERS,
    WORDS,
    AllOf,
    AnyOf,
    Engine,
    Entry,
    Every,
    Except,
    Prefix,
    Request,
    Run,
    Sort,
    Term,
)

UPDATES = int(os.environ.get("DISCLOSURE_UPDATES", "200"))
SEED = int(os.environ.get("DISCLOSURE_SEED", "4"))
RECIPE = "readers"
THREADS_OF_READERS = (8, 1, 1, 1, 1)  # of each process
PAUSE_SECONDS = 0.005  # between questions: those who ask must leave the writer some of the processor
TOKENS = ("补贴", "名单", "公示", "企业", "预算")
FACETS = ("year", "channel")
DOCUMENTS = 120
Answer = list[Any]
QUESTIONS: dict[str, Request] = {
    "all": Request(Every(), {}, FACETS, Sort.NEWEST, limit=1000),
    "word": Request(Term(WORDS[0], "补贴"), {}, FACETS, limit=1000),
    "run": Request(Run(GRAMS[0], ("补贴", "名单"), (0, 1)), {}, FACETS, limit=1000),
    "any": Request(AnyOf((Term(WORDS[0], "企业"), Term(GRAMS[-1], "预算"))), {}, FACETS, limit=1000),
    "without": Request(
        AllOf((Prefix(GRAMS[0], "公"), Except(Term(WORDS[0], "名单")))), {}, FACETS, limit=1000
    ),
    "filtered": Request(Term(GRAMS[0], "预算"), {"channel": ("site",)}, FACETS, limit=1000),
}


def holds(name: str, tokens: list[str]) -> bool:
    """The same questions without an index; the filter is left to the caller."""
    return {
        "all": True,
        "word": "补贴" in tokens,
        "run": ("补贴", "名单") in pairwise(tokens),
        "any": "企业" in tokens or "预算" in tokens,
        "without": "公示" in tokens and "名单" not in tokens,
        "filtered": "预算" in tokens,
    }[name]


def make_entry(doc_id: str, edition: int) -> Entry:
    chance = random.Random(f"{doc_id} {edition}")
    tokens = chance.choices(TOKENS, k=chance.choice((1, 4, 9)))
    keywords = dict.fromkeys(KEYWORDS, ()) | {
        "year": (str(2000 + edition % 30),),
        "channel": (chance.choice(("site", "board")),),
    }
    numbers = dict.fromkeys(NUMBERS, 735_000 + edition) | {EXPIRES: FOREVER}
    document = Document(doc_id, f"{edition}", f"{doc_id}.txt", " ".join(tokens))
    return Entry(document, dict.fromkeys((*WORDS, *GRAMS), tokens), keywords, numbers)


def ask(engine: Engine, name: str) -> Answer:
    result = engine.search(QUESTIONS[name])
    facets = {facet: dict(sorted(counts.items())) for facet, counts in sorted(result.facets.items())}
    return [result.total, [hit.doc_id for hit in result.hits], facets]


# Those who ask: a program with some threads, which share one engine


def _read(folder: Path, threads: int, number: int) -> None:
    engine = open_engine(folder, RECIPE)
    done = threading.Event()
    seen: list[list[tuple[float, float, str, str]]] = [[] for _ in range(threads)]

    def work(one: int) -> None:
        chance = random.Random(f"{SEED} {number} {one}")
        names = list(QUESTIONS)
        while not done.wait(PAUSE_SECONDS):
            name = chance.choice(names)
            asked = time.monotonic()
            answer = json.dumps(ask(engine, name))
            seen[one].append((asked, time.monotonic(), name, answer))

    workers = [threading.Thread(target=work, args=(one,)) for one in range(threads)]
    for worker in workers:
        worker.start()
    print("asking", flush=True)
    sys.stdin.readline()
    done.set()
    for worker in workers:
        worker.join()
    json.dump(seen, sys.stdout)


# The one who commits


class History:
    """The states in their order: when each was begun and committed, and what it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = open_engine(folder, RECIPE)
        self.begun: list[float] = []
        self.ended: list[float] = []
        self.answers: list[dict[str, str]] = []
        self.held: dict[str, Entry] = {}
        self.before: dict[str, Entry] = {}
        self.joined = 0

    def commit(self, number: int) -> None:
        chance = random.Random(f"{SEED} {number}")
        kind = "fresh" if number % 40 == 0 else "back" if number % 55 == 54 else "small"
        segments = self.engine.condition().segments if number else 0
        self.begun.append(time.monotonic())
        if kind == "back":
            self.engine.roll_back()
            self.held, self.before = self.before, self.held
        else:
            self._write(chance, number, fresh=kind == "fresh")
        self.ended.append(time.monotonic())
        self.joined += kind == "small" and self.engine.condition().segments <= segments
        self._record()

    def _write(self, chance: random.Random, number: int, *, fresh: bool) -> None:
        size = DOCUMENTS if fresh else chance.randint(1, 6)
        added = {
            f"d{one}": make_entry(f"d{one}", number) for one in chance.sample(range(2 * DOCUMENTS), size)
        }
        removed = [] if fresh else chance.sample(sorted(self.held), min(len(self.held), chance.randint(0, 3)))
        with self.engine.writer(fresh=fresh) as writer:
            for doc_id in removed:
                writer.remove(doc_id)
            for entry in added.values():
                writer.add(entry)
            writer.commit(str(number).encode())
        if fresh:
            self.before = self.held
        kept = {} if fresh else {key: one for key, one in self.held.items() if key not in removed}
        self.held = kept | added

    def _record(self) -> None:
        """What an engine answers that was opened for this and is used by nobody else; a count by hand agrees."""
        with closing(open_engine(self.folder, RECIPE)) as alone:
            answers = {name: ask(alone, name) for name in QUESTIONS}
        for name, (total, ids, facets) in answers.items():
            found = {key: one for key, one in self.held.items() if holds(name, one.document.body.split())}
            public = {
                key: one
                for key, one in found.items()
                if name != "filtered" or "site" in one.keywords["channel"]
            }
            assert (total, set(ids)) == (len(public), set(public))
            for facet in FACETS:
                counted = found if (name, facet) == ("filtered", "channel") else public
                counts = Counter(value for one in counted.values() for value in one.keywords[facet])
                assert facets[facet] == counts
        self.answers.append({name: json.dumps(answer) for name, answer in answers.items()})

    def check(self, seen: list[list[Any]]) -> Mapping[int, int]:
        """Of one thread, in its order. Returns how often each state answered."""
        used: Counter[int] = Counter()
        for asked, answered, name, answer in seen:
            oldest = bisect.bisect_right(self.ended, asked) - 1
            newest = bisect.bisect_left(self.begun, answered) - 1
            states = [one for one in range(max(oldest, 0), newest + 1) if self.answers[one][name] == answer]
            assert states, f"{name}: not the answer of a state between {oldest} and {newest}"
            used[states[0]] += 1
        return used


def test_every_answer_is_that_of_a_committed_state(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    history = History(folder)
    history.commit(0)
    readers = [
        subprocess.Popen(
            [sys.executable, __file__, str(folder), str(threads), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number, threads in enumerate(THREADS_OF_READERS)
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "asking\n"
        for number in range(1, UPDATES + 1):
            history.commit(number)
        answers = [json.loads(reader.communicate("enough\n", timeout=60)[0]) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
    threads = [seen for reader in answers for seen in reader]
    assert len(threads) == sum(THREADS_OF_READERS)
    used = [history.check(seen) for seen in threads]
    total = sum(sum(one.values()) for one in used)
    print(
        "seed", SEED, total, "answers of", len(set().union(*used)), "states,", history.joined, "times joined"
    )
    assert all(len(one) > UPDATES // 20 for one in used)
    assert history.joined > UPDATES // 20


if __name__ == "__main__":
    _read(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
