"""What proposals and suggestions cost beside a search, in one run: `mistyped.py --data DIR --index DIR`.

The searches and beginnings are made of titles of the archive itself: a title, one with a character exchanged for one
that sounds alike, and its first one to six characters, as they are and as initials.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from disclosure_search import pinyin
from disclosure_search.config import settings_from
from disclosure_search.lexicon import Lexicon, Sounds
from disclosure_search.search import Search
from disclosure_search.states import SearchState
from disclosure_search.wiring import open_archive

TITLES = 60
SEED = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--index", required=True)
    given = parser.parse_args()
    archive = open_archive(settings_from({"data": given.data, "index": given.index}, os.environ))
    measure(archive.search, Lexicon(archive.engine), sample(archive.search))


def sample(search: Search) -> list[str]:
    page = search.run(SearchState(size=100))
    titles = sorted({hit.document.title for hit in page.hits if len(hit.document.title) > 6})
    return random.Random(SEED).sample(titles, min(TITLES, len(titles)))


def measure(search: Search, lexicon: Lexicon, titles: list[str]) -> None:
    before = memory_mb()
    seconds = timed(search.warm)
    print(f"warm: {seconds:.1f} s, {memory_mb() - before} MB more, {memory_mb()} MB in all")
    sounds = lexicon.sounds()
    wrong = [mistyped(sounds, one) for one in titles]
    starts = [start for one in titles for start in beginnings(one)]
    searching = [timed(lambda one=one: search.run(SearchState(one))) for one in titles for _ in range(2)][
        1::2
    ]
    repaired = [timed(lambda one=one: search.run(SearchState(one))) for one in wrong for _ in range(2)][1::2]
    suggesting = [timed(lambda one=one: search.suggest(one)) for one in starts for _ in range(2)][1::2]
    for name, found in (("search", searching), ("mistyped", repaired), ("suggestion", suggesting)):
        ordered = sorted(found)
        print(
            f"{name}: median {median(found) * 1000:.2f} ms, 95 % {ordered[-len(ordered) // 20] * 1000:.2f} ms"
        )
    right = sum(
        any(one.text == title for one in search.run(SearchState(typed)).proposals)
        for title, typed in zip(titles, wrong, strict=True)
    )
    print(f"understood: {right} of {len(titles)}")


def mistyped(sounds: Sounds, title: str) -> str:
    """One character exchanged for another that the collection has and that is read alike."""
    chance = random.Random(title)
    places = [at for at, one in enumerate(title) if pinyin.readings(one)]
    chance.shuffle(places)
    for at in places:
        others = sorted(other for other, is_exact in sounds.alike(title[at]).items() if is_exact)
        if others:
            return f"{title[:at]}{chance.choice(others)}{title[at + 1 :]}"
    return title


def beginnings(title: str) -> list[str]:
    initials = "".join((pinyin.readings(one) or (one,))[0][0] for one in title[:6])
    return [title[:1], title[:2], title[:4], title[:6], title[2:5], initials[:3], initials]


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def memory_mb() -> int:
    status = Path("/proc/self/statm")
    if status.is_file():
        return int(status.read_text().split()[1]) * resource.getpagesize() >> 20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
