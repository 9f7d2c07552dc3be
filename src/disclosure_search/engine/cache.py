"""What was decoded or worked out is kept up to a number of bytes; what was used longest ago goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")
ENTRY_BYTES = 300  # of an entry beside its value: keys, tuples, the heads of arrays


class Cache:
    """One budget for everything in it. Threads may share it, and MUST NOT change what they get."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value], size: Callable[[Value], int]) -> Value:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
                held: Value = found[0]
                return held
        value = make()  # two threads may both make it: dearer once, and never wrong
        self.put(key, value, size(value))
        return value

    def peek(self, key: Hashable) -> Any:
        """The value if it is held, else None."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: object, value_bytes: int) -> None:
        weight = value_bytes + ENTRY_BYTES
        with self._lock:
            if key in self._held or weight > self._limit:
                return
            self._held[key] = (value, weight)
            self._bytes += weight
            while self._bytes > self._limit:
                self._bytes -= self._held.popitem(last=False)[1][1]

    @property
    def sizes(self) -> tuple[int, int]:
        """The bytes that are held, and how many may be."""
        return self._bytes, self._limit
