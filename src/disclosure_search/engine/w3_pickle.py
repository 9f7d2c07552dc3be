"""Unpickling without running anything.

A W3 index keeps its table of contents, directories, block headers and stored fields as pickles. A pickle can
name any callable, so a crafted index would run a command when it is opened. Only listed names load here.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from io import BytesIO

Names = Mapping[tuple[str, str], Callable[..., object] | None]
"""Allowed (module, name) pairs; None stands for the object of that name itself."""

FAILURES = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
"""All that the unpickler raises on bytes that are no sound pickle (its manual names no closed list)."""


class RefusedPickleError(Exception):
    """The bytes are no pickle, or name something that is not allowed."""


def _encode_latin1(text: object, encoding: object) -> bytes:
    # Protocol 2 knows no bytes: Python 3 writes them as a call of _codecs.encode.
    if not isinstance(text, str) or encoding != "latin1":
        raise RefusedPickleError("a call of _codecs.encode that no bytes value makes")
    return text.encode("latin1")


PLAIN: Names = {("_codecs", "encode"): _encode_latin1}


class _ListedUnpickler(pickle.Unpickler):
    def __init__(self, stream: BytesIO, names: Names) -> None:
        super().__init__(stream)
        self._names = names

    def find_class(self, module: str, name: str) -> object:
        try:
            listed = self._names[module, name]
        except KeyError:
            raise RefusedPickleError(f"it names {module}.{name}") from None
        return super().find_class(module, name) if listed is None else listed


def load_pickle(stream: BytesIO, names: Names = PLAIN) -> object:
    """Reads one pickle and leaves the stream behind it."""
    try:
        return _ListedUnpickler(stream, names).load()
    except FAILURES as error:
        raise RefusedPickleError(f"no sound pickle ({error})") from error


def load_plain(data: bytes) -> object:
    """Numbers, strings and containers of them."""
    return load_pickle(BytesIO(data))
