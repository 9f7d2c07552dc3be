"""The table that the best hits of a search are weighed with once more: numbers that were learned from judged searches.

It is read once, and checked, since it is a file that another collection may train for itself.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from disclosure_search.errors import CollectionError

PATH = Path(__file__).with_name("learned.toml")
DEEPEST = 1000  # hits: of more the gathering would take longer than finding them
HEAVIEST = 1.0  # as much as the best of them has
STREAMS = ("joined_pairs", "joined_characters")


@dataclass(frozen=True, slots=True)
class Table:
    """`weights` of the streams, in the order of the file."""

    depth: int
    weights: tuple[tuple[str, float], ...]


@lru_cache(maxsize=1)
def shipped() -> Table:
    return read(PATH)


def read(path: Path) -> Table:
    """CollectionError for a table that says something else than it may."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(path, str(error)) from error
    depth, weights = found.get("depth"), found.get("weights")
    if not (isinstance(depth, int) and 1 < depth <= DEEPEST):
        raise _wrong(path, f"depth is {depth!r}, and 2 to {DEEPEST} hits can be weighed")
    if not isinstance(weights, dict) or not set(weights) <= {*STREAMS}:
        raise _wrong(path, f"its weights are not those of {', '.join(STREAMS)}")
    for stream, weight in weights.items():
        if not (isinstance(weight, int | float) and 0 <= weight <= HEAVIEST):
            raise _wrong(path, f"{stream} weighs {weight!r}, and 0 to {HEAVIEST} is allowed")
    return Table(depth, tuple((stream, float(weight)) for stream, weight in weights.items()))


def _wrong(path: Path, why: str) -> CollectionError:
    return CollectionError(str(path), why, "train it anew or set DISCLOSURE_LEARNED=0")
