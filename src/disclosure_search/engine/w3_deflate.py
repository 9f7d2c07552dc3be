"""The compression of Whoosh's files, zlib's: by isal where it is installed, the same format in half the time."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial

Work = Callable[[bytes | memoryview], bytes]


def _fastest() -> tuple[Work, Work]:
    try:
        from isal import isal_zlib
    except ImportError:
        return partial(zlib.compress, level=1), zlib.decompress

    failure: type[Exception] = vars(isal_zlib)["error"]  # declared as an instance

    def decompress(data: bytes | memoryview) -> bytes:
        try:
            found: bytes = isal_zlib.decompress(data)
        except failure:
            return zlib.decompress(data)  # so that damage is told in one way
        return found

    return partial(isal_zlib.compress, level=3), decompress  # 3 % smaller, too


compress, decompress = _fastest()
"""Of a whole block. For the beginning of one zlib itself is faster."""
