"""`kill -9` at random moments of commits, merges, rebuilds and switches: a committed state opens, exactly, and nothing
is left locked.

A process works through a history that is known beforehand (step n writes edition n), telling what it is at; it is
killed at a random moment of a random step, and the next one goes on with what was left. `make test-crash`, or
DISCLOSURE_CRASHES=1000, kills a thousand times instead of 40; DISCLOSURE_SEED=7 lives through another history.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import (
    EXPIRES,
    FOREVER,
    GRAMS,
    KEYWORDS,
    NUMBERS,
    WORDS,
    Engine,
    Entry,
    Every,
    Prefix,
    Request,
    Run,
    Term,
)
from disclosure_search.engine.commits import open_commit
from disclosure_search.errors import IndexMissingError

KILLS = int(os.environ.get("DISCLOSURE_CRASHES", "40"))
SEED = int(os.environ.get("DISCLOSURE_SEED", "4"))
RECIPE = "killed"
DOCUMENTS = 60
KINDS = ("increment", "removal", "rebuild", "switch")
WEIGHTS = (76, 10, 6, 8)
Editions = Mapping[str, int]


@dataclass(frozen=True)
class Held:
    """The documents with their editions, the step whose ledger it is, and the generation to go back to."""

    editions: Editions
    step: int
    before: Held | None = None

    @property
    def answers(self) -> tuple[Editions, int]:
        return self.editions, self.step

    def as_value(self) -> Any:
        return self.editions, self.step, self.before and (self.before.editions, self.before.step)

    @classmethod
    def of_value(cls, value: Any) -> Held:
        editions, step, before = value
        return cls(editions, step, before and cls(before[0], before[1]))


@dataclass(frozen=True)
class Step:
    number: int
    kind: str
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @classmethod
    def numbered(cls, number: int, held: Held | None) -> Step:
        chance = random.Random(f"{SEED} {number}")
        kind = chance.choices(KINDS, WEIGHTS)[0] if held else "rebuild"
        if kind == "switch" and (held is None or held.before is None):
            kind = "increment"
        size = {"rebuild": DOCUMENTS // 2, "removal": 0, "switch": 0}.get(kind, chance.randint(1, 6))
        added = tuple(f"d{one}" for one in chance.sample(range(DOCUMENTS), size))
        known = sorted(set(held.editions) - set(added)) if held else []
        most = len(known) // 2 if kind == "removal" else 2
        removed = tuple(chance.sample(known, min(len(known), chance.randint(0, most))))
        return cls(number, kind, added, () if kind in {"rebuild", "switch"} else removed)

    def after(self, held: Held | None) -> Held:
        if self.kind == "switch":
            assert held is not None
            assert held.before is not None
            return Held(held.before.editions, held.before.step, Held(held.editions, held.step))
        added = dict.fromkeys(self.added, self.number)
        if self.kind == "rebuild" or held is None:
            return Held(added, self.number, held and Held(held.editions, held.step))
        kept = {doc_id: edition for doc_id, edition in held.editions.items() if doc_id not in self.removed}
        return Held({**kept, **added}, self.number, held.before)

    def take(self, engine: Engine) -> None:
        if self.kind == "switch":
            engine.roll_back()
            return
        with engine.writer(fresh=self.kind == "rebuild") as writer:
            for doc_id in self.removed:
                writer.remove(doc_id)
            for doc_id in self.added:
                writer.add(entry(doc_id, self.number))
            writer.commit(str(self.number).encode())


def entry(doc_id: str, edition: int) -> Entry:
    chance = random.Random(f"{doc_id} {edition}")
    text = [
        "共同",
        f"第{edition}版",
        *chance.choices(["补贴", "名单", "公示"], k=chance.choice((3, 40, 300))),
    ]
    document = Document(doc_id, str(edition), f"{doc_id}.txt", " ".join(text))
    numbers = dict.fromkeys(NUMBERS, 735_000) | {EXPIRES: FOREVER}
    keywords: dict[str, tuple[str, ...]] = {**dict.fromkeys(KEYWORDS, ()), "year": (str(edition),)}
    return Entry(document, dict.fromkeys((*WORDS, *GRAMS), text), keywords, numbers)


# What is killed: a process that forks, so that not each of a thousand has to load numpy


def _work(folder: Path, held: Held | None, number: int) -> None:
    """Goes on until it is killed."""

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_WRONLY
        if writes or event in {"os.rename", "os.remove", "os.rmdir"}:
            _tell("at", event, Path(str(arguments[0])).suffix or "-")

    engine = open_engine(folder, RECIPE)
    sys.addaudithook(hear)
    while True:
        step = Step.numbered(number, held)
        _tell("begin", number, step.kind)
        step.take(engine)
        _tell("done", number, step.kind)
        held, number = step.after(held), number + 1


def _tell(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def _main(folder: Path) -> None:
    for line in sys.stdin:
        held, number = json.loads(line)
        child = os.fork()
        if not child:
            _work(folder, held and Held.of_value(held), number)
        _tell("started", child)
        os.waitpid(child, 0)
        _tell("ended")


# What kills


@dataclass
class Killing:
    """Talks to the process that forks; `took` are the last durations of each kind of step, `changes` how many files
    it opened, renamed or removed."""

    sent: IO[str]
    heard: IO[str]
    took: dict[str, deque[float]] = field(default_factory=dict)
    changes: dict[str, deque[int]] = field(default_factory=dict)

    def kill(self, held: Held | None, number: int, chance: random.Random) -> list[list[str]]:
        """All that the killed process told. It dies in the step that is chosen here, or soon after it."""
        print(json.dumps((held and held.as_value(), number)), file=self.sent, flush=True)
        told: list[list[str]] = []
        last, child = number + chance.randrange(6), 0
        after_changes = chance.random() < 0.7  # most of them happen in the last tenth of a step
        for words in self._told():
            if words[0] == "started":
                child = int(words[1])
                continue
            told.append(words)
            if words[0] == "begin":
                began, kind, changes = time.monotonic(), words[2], 0
                at_change = chance.randint(1, max(self.changes.get(kind, [9])))
            elif words[0] == "at":
                changes += 1
            else:
                self.took.setdefault(kind, deque(maxlen=9)).append(time.monotonic() - began)
                self.changes.setdefault(kind, deque(maxlen=9)).append(changes)
            if not child or begun_last(told) < last:  # it may tell of its work before its number is known
                continue
            if not after_changes or changes >= at_change or words[0] == "done":
                longest = 0.003 if after_changes else 1.1 * max(self.took.get(kind, [0.05]))
                time.sleep(chance.random() * longest)
                os.kill(child, signal.SIGKILL)
                break
        return told + list(self._told())

    def _told(self) -> Iterator[list[str]]:
        for line in self.heard:
            if line == "ended\n":
                return
            yield line.split()


def begun_last(told: list[list[str]]) -> int:
    return next(int(words[1]) for words in reversed(told) if words[0] == "begin")


@pytest.fixture
def killing(tmp_path: Path) -> Iterator[Killing]:
    command = [sys.executable, __file__, str(tmp_path / "index")]
    with (
        (tmp_path / "errors").open("w+") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        yield Killing(process.stdin, process.stdout)
        process.stdin.close()
        assert process.wait(30) == 0
        errors.seek(0)
        assert errors.read() == ""


def answers(engine: Engine) -> tuple[Editions, int] | None:
    """All that the index says, asked in several ways that must agree."""
    try:
        everything = engine.search(Request(Every(), facets=("year",), limit=1000))
    except IndexMissingError:
        return None
    editions = {hit.doc_id: int(engine.get(hit.doc_id).title) for hit in everything.hits}
    assert everything.total == len(editions)
    counted = Counter(str(edition) for edition in editions.values())
    assert everything.facets["year"] == counted
    for node in (Term(WORDS[0], "共同"), Prefix(GRAMS[0], "共"), Term(GRAMS[-1], "共同")):
        assert engine.search(Request(node)).total == len(editions)
    for edition, documents in counted.items():
        node = Run(GRAMS[0], ("共同", f"第{edition}版"), (0, 1))
        assert engine.search(Request(node)).total == documents
    return editions, int(engine.ledger())


def check_unlocked(engine: Engine, folder: Path) -> None:
    """The next writer has the lock at once, and nothing of the interrupted one outlives it."""
    with engine.writer(fresh=engine.condition().generation == ""):
        pass
    generations = list((folder / "generations").glob("*"))
    assert len(generations) <= 2
    for home in generations:
        commit = open_commit(home)
        if home.name != engine.condition().generation.partition(".")[0]:
            continue
        assert {path.name for path in home.iterdir()} == {*commit.seal.files, f"seal-{commit.number}.json"}
    assert {path.name for path in folder.iterdir()} <= {"CURRENT", "lock", "generations"}


def test_a_process_killed_at_any_moment_leaves_a_committed_state(killing: Killing, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    chance = random.Random(SEED)
    held: Held | None = None
    number = 0
    outcomes: Counter[str] = Counter()
    print("seed", SEED)
    for _ in range(KILLS):
        told = killing.kill(held, number, chance)
        step, is_done = None, False
        for words in told:
            if words[0] == "begin":
                step, is_done = Step.numbered(int(words[1]), held), False
            elif words[0] == "done":
                assert step is not None
                held, is_done = step.after(held), True
        assert step is not None
        allowed = [held] if is_done else [held, step.after(held)]
        with closing(open_engine(folder, RECIPE)) as engine:
            found = answers(engine)
            held = next(one for one in reversed(allowed) if found == (one and one.answers))
            if found is not None:
                assert engine.inspect().problems == ()
            if chance.random() < 0.5:
                check_unlocked(engine, folder)
                assert answers(engine) == found
        where = (
            "between steps"
            if is_done
            else f"{_activity(told)}, {'new' if held is allowed[-1] else 'old'} state"
        )
        outcomes[where] += 1
        number = step.number + 1
    for where, count in sorted(outcomes.items()):
        print(f"{count:5} killed {where}")
    if KILLS >= 500:
        for kind in ("increment", "merge", "rebuild", "switch"):
            for state in ("old", "new"):
                assert outcomes[f"in {kind}, {state} state"], (kind, state)


def _activity(told: list[list[str]]) -> str:
    """What the last step was at. Within a commit, the second segment that is written is a merged one."""
    begun = max(at for at, words in enumerate(told) if words[0] == "begin")
    kind = told[begun][2]
    segments = sum(words[2] == ".seg" for words in told[begun + 1 :] if words[1] == "open")
    if kind in {"increment", "removal"} and segments > (kind == "increment"):
        kind = "merge"
    return f"in {kind}"


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
