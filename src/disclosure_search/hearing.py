"""Which words of searches are counted: what the public wants to know, and nothing that tells of a person.

A request leaves its text in a short list in memory and goes on; a thread of its process looks at it within seconds,
counts words and forgets the rest. Of a text: no mail addresses, no web addresses, no seven digits in a row, nothing at
all if it is long. A word counts once an hour for one address. A word that stands in no document may be a name, so it is
held in memory only until three addresses have asked for it. Addresses are never written, and are known here by digests
with a key that dies with the process. What is counted is shown from `tally.LEAST` times on.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import threading
import time
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from disclosure_search.tally import Batch, Tally

LONGEST_TEXT = 40  # what is longer was pasted
LONGEST_WORD = 12
ADDRESSES = 3  # that ask for a word which stands nowhere, before it leaves memory
_WAITING = 2000  # searches; what is over is not counted
_UNKNOWN = 5000  # words that stand nowhere, held in memory
_REPEATED = 50_000
_HOUR = 3600.0
_BATCH_SECONDS = 2.0
_PRIVATE = re.compile(r"\S*@\S*|(?:https?://|www\.)\S*|[0-9](?:[\s().+-]*[0-9Xx]){6,}")
_TOO_MANY_DIGITS = re.compile(r"[0-9]{5}|[0-9].*[0-9].*[0-9].*[0-9].*[0-9]")

Cut = Callable[[str], Iterable[str]]
Stands = Callable[[str], bool]


class _Search(NamedTuple):
    text: str
    is_found: bool
    address: str


class Hearing:
    """`cut` gives the words of a text, `stands` tells whether a word is in any public document."""

    def __init__(
        self, tally: Tally, cut: Cut, stands: Stands, clock: Callable[[], datetime] = datetime.now
    ) -> None:
        self._tally = tally
        self._cut = cut
        self._stands = stands
        self._clock = clock
        self._waiting: deque[_Search] = deque(maxlen=_WAITING)
        self._key = os.urandom(16)
        self._repeated: set[bytes] = set()
        self._since = 0.0
        self._unknown: OrderedDict[str, set[bytes]] = OrderedDict()
        self._process = 0
        self._beginning = threading.Lock()
        self._awake = threading.Event()
        self._counting = threading.Lock()

    def hear(self, text: str, address: str, *, is_found: bool) -> None:
        """Takes microseconds. Without an address every search counts for itself."""
        self._waiting.append(_Search(text, is_found, address))
        if self._process != os.getpid():
            with self._beginning:
                self._begin()
        self._awake.set()

    def flush(self) -> None:
        """Counts what waits; two at a time would count it twice."""
        with self._counting:
            batch = Batch()
            while self._waiting:
                self._count(self._waiting.popleft(), batch)
            if batch.searches:
                self._tally.add(f"{self._clock():%Y-%m}", batch)

    def _begin(self) -> None:
        """In each process that is forked after this was made: threads do not come along."""
        if self._process == os.getpid():
            return
        self._awake, self._counting, self._key = threading.Event(), threading.Lock(), os.urandom(16)
        self._process = os.getpid()
        threading.Thread(target=self._run, name="counting", daemon=True).start()
        atexit.register(self.flush)

    def _run(self) -> None:
        while self._awake.wait():
            time.sleep(_BATCH_SECONDS)
            self._awake.clear()
            self.flush()

    def _count(self, search: _Search, batch: Batch) -> None:
        batch.searches += 1
        batch.without_hits += not search.is_found
        for word in words_to_count(search.text, self._cut):
            who = self._digest(search.address, word)
            if self._is_repeated(who, search.address):
                continue
            stands = self._stands(word)
            for _ in range(1 if stands else self._known_from(word, who)):
                batch.add(word, missing=not stands)

    def _digest(self, address: str, word: str) -> bytes:
        told = address or os.urandom(8).hex()
        return hashlib.blake2b(f"{told}\n{word}".encode(), digest_size=8, key=self._key).digest()

    def _is_repeated(self, who: bytes, address: str) -> bool:
        now = time.monotonic()
        if now - self._since > _HOUR or len(self._repeated) > _REPEATED:
            self._since = now
            self._repeated.clear()
        if not address:
            return False
        before = len(self._repeated)
        self._repeated.add(who)
        return len(self._repeated) == before

    def _known_from(self, word: str, who: bytes) -> int:
        """How many times it counts now: never until enough have asked, then for all of them, then each time."""
        asked = self._unknown.setdefault(word, set())
        self._unknown.move_to_end(word)
        if len(asked) >= ADDRESSES:
            return 1
        asked.add(who)
        if len(self._unknown) > _UNKNOWN:
            self._unknown.popitem(last=False)
        return ADDRESSES if len(asked) == ADDRESSES else 0


def words_to_count(text: str, cut: Cut) -> tuple[str, ...]:
    """Each once; none of a text that is too long to be a search."""
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) > LONGEST_TEXT:
        return ()
    words = cut(_PRIVATE.sub(" ", plain))
    return tuple(dict.fromkeys(word for word in words if _is_countable(word)))


def _is_countable(word: str) -> bool:
    return 2 <= len(word) <= LONGEST_WORD and not _TOO_MANY_DIGITS.search(word) and not _is_a_number(word)


def _is_a_number(word: str) -> bool:
    """A year is none."""
    return word.isdigit() and not re.fullmatch(r"(?:19|20)[0-9]{2}", word)
