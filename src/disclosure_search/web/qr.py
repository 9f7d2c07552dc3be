"""QR codes as the path of an SVG: they are made here, so that no page asks another site for one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import segno

QUIET = 4  # modules of white around the code, as the standard wants them
LONGEST = 1000  # bytes; a phone no longer reads the fine code of a longer one from paper


@dataclass(frozen=True, slots=True)
class Code:
    """`path` is drawn with a pen one wide on a field of `size` by `size`."""

    size: int
    path: str


@lru_cache(maxsize=256)
def code_of(text: str) -> Code | None:
    """None for what is too long to be scanned."""
    if len(text.encode()) > LONGEST:
        return None
    rows = segno.make(text, error="m", micro=False).matrix
    return Code(len(rows) + 2 * QUIET, "".join(_row(number, row) for number, row in enumerate(rows)))


def _row(number: int, modules: bytearray) -> str:
    """`M` to the first dark run, then by turns `h` along it and `m` to the next."""
    path, at, end = "", 0, 0
    while at < len(modules):
        begin = at
        while at < len(modules) and modules[at] == modules[begin]:
            at += 1
        if modules[begin]:
            moved = f"m{begin - end} 0" if path else f"M{begin + QUIET} {number + QUIET}.5"
            path += f"{moved}h{at - begin}"
            end = at
    return path
