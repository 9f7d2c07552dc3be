"""Searches in rounds: every system is asked every query in turn, so that what disturbs one disturbs all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from measure import milliseconds, summary, without_collection
from queries import KINDS, Query
from systems import Answer, System

SLOW_MS = 200.0  # what takes longer is not repeated in every round
FAST_MS = 20.0  # what takes less is asked three times in a row
COLD_ROUNDS = {"ours": 3, "tantivy": 3, "fts5": 3, "whoosh": 1}
Times = dict[tuple[str, str, bool], dict[Query, float]]
"""System, state and whether with facets → the best time of each query in milliseconds."""


class Prepared(NamedTuple):
    """A query as each system wants it."""

    query: Query
    by_system: Mapping[str, Any]


def search_hot(
    systems: Mapping[str, System],
    asked: Sequence[Prepared],
    rounds: int,
    modes: Sequence[bool] = (False, True),
) -> Times:
    """What was asked before may be kept decoded."""
    times: Times = {}
    names = list(systems)
    with without_collection():
        for turn in range(rounds):
            for one in asked:
                for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
                    for facets in modes:
                        held = times.setdefault((name, "hot", facets), {})
                        _ask(systems[name], one, name, held, turn=turn, facets=facets)
    return times


def _ask(
    system: System, one: Prepared, name: str, held: dict[Query, float], *, turn: int, facets: bool
) -> None:
    best = held.get(one.query, SLOW_MS)
    if turn > 1 and best > SLOW_MS:
        return
    prepared = one.by_system[name]
    for _ in range(3 if best < FAST_MS else 1):
        took = milliseconds(lambda: system.search(prepared, facets=facets))
        held[one.query] = min(held.get(one.query, took), took)


def search_cold(opened: Mapping[str, Callable[[], System]], asked: Sequence[Prepared], rounds: int) -> Times:
    """Everything is opened anew before each search; opening and a first search are not counted."""
    times: Times = {}
    for turn in range(rounds):
        for one in asked:
            for name in opened:
                if turn >= COLD_ROUNDS[name]:
                    continue
                for facets in (False, True):
                    held = times.setdefault((name, "cold", facets), {})
                    system = opened[name]()
                    with without_collection():
                        _ask_once(system, one, name, held, facets=facets)
                    system.close()
    return times


def _ask_once(system: System, one: Prepared, name: str, held: dict[Query, float], *, facets: bool) -> None:
    prepared = one.by_system[name]
    took = milliseconds(lambda: system.search(prepared, facets=facets))
    held[one.query] = min(held.get(one.query, took), took)


def differences(
    systems: Mapping[str, System], asked: Sequence[Prepared], comparable: Collection[str], ours: str = "ours"
) -> list[str]:
    """Where a system finds another number of documents than we do, or counts a facet otherwise."""
    found = []
    for one in asked if ours in comparable else ():
        answers = {name: systems[name].search(one.by_system[name], facets=True) for name in comparable}
        expected = answers.pop(ours)
        found += [
            f"{one.query.line}: {ours} {expected.total}, {name} {answer.total}"
            for name, answer in answers.items()
            if _counted(answer) != _counted(expected)
        ]
    return found


def _counted(answer: Answer) -> tuple[int, dict[str, dict[str, int]]]:
    return answer.total, {name: dict(counts) for name, counts in answer.facets.items()}


def summarised(times: Times) -> list[dict[str, Any]]:
    found = []
    for (name, state, facets), held in times.items():
        for kind in KINDS:
            figures = [took for query, took in held.items() if query.kind == kind]
            if figures:
                row = {"system": name, "kind": kind, "state": state, "facets": facets}
                found.append({**row, **summary(figures)._asdict()})
    return found


def overall(times: Times) -> list[dict[str, Any]]:
    """The queries of all kinds together."""
    return [
        {"system": name, "kind": "all", "state": state, "facets": facets, **summary(held.values())._asdict()}
        for (name, state, facets), held in times.items()
    ]
