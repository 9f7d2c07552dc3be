"""Where things stand in a DOC: the block at the start of the stream WordDocument, and its table of pieces."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from disclosure_search.extract._codepage import page_of_language

_WORD_97, _WORD_6 = 0xA5EC, 0xA5DC
_MAGICS = {_WORD_97: "97", _WORD_6: "6", 0xA697: "6", 0xA698: "6", 0xA699: "6"}
_COMPRESSED = 0x4000_0000


class FormatError(ValueError):
    """The structures contradict themselves, or point outside of the file."""


class Place(NamedTuple):
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Fib:
    """`counts` are the lengths of main text, footnotes, headers, macros, comments, endnotes, boxes, header boxes."""

    is_97: bool
    is_encrypted: bool
    is_wide: bool
    table: str
    page: int
    first: int
    last: int
    counts: tuple[int, ...]
    pieces: Place
    characters: Place
    paragraphs: Place
    headers: Place
    anchors: Place
    boxes: Place


class Piece(NamedTuple):
    """`length` characters from byte `start`, each `width` bytes; `modifier` as the table gives it."""

    start: int
    length: int
    width: int
    modifier: int


def parse_fib(data: bytes) -> Fib:
    if len(data) < 0x168:
        raise FormatError("its header is cut off")
    magic, number, _, language, _, flags = struct.unpack_from("<6H", data, 0)
    if magic not in _MAGICS:
        raise FormatError("its header is not that of a Word document")
    is_97 = number >= 0xC1 or (magic == _WORD_97 and number >= 0xA0)
    if is_97 and len(data) < 0x262:
        raise FormatError("its header is cut off")
    first, last = struct.unpack_from("<2i", data, 0x18)
    counts = struct.unpack_from("<8i", data, 0x4C if is_97 else 0x34)
    if any(count < 0 for count in counts):
        raise FormatError("a part has a negative length")

    def place(new: int, old: int) -> Place:
        at = 0x9A + new * 8 if is_97 else old
        return Place(*struct.unpack_from("<2i", data, at)) if at else Place(0, 0)

    return Fib(
        is_97=is_97,
        is_encrypted=bool(flags & 0x100),
        is_wide=bool(flags & 0x1000),
        table="1Table" if flags & 0x200 else "0Table",
        page=page_of_language(language),
        first=first,
        last=last,
        counts=counts,
        pieces=place(33, 0x160),
        characters=place(12, 0xB8),
        paragraphs=place(13, 0xC0),
        headers=place(11, 0xB0),
        anchors=place(40, 0),
        boxes=place(56, 0),
    )


def parse_pieces(fib: Fib, table: bytes, size: int) -> tuple[list[Piece], list[bytes]]:
    """The pieces in the order of the text, and the groups of properties that they refer to."""
    data = cut(table, fib.pieces)
    if not data:
        width = 2 if fib.is_wide else 1
        length = max(0, (min(fib.last, size) - fib.first) // width)
        return [Piece(fib.first, length, width, 0)], []
    at, groups = 0, []
    while data[at : at + 1] == b"\x01":
        (length,) = struct.unpack_from("<H", data, at + 1)
        groups.append(data[at + 3 : at + 3 + length])
        at += 3 + length
    if data[at : at + 1] != b"\x02" or len(data) < at + 5:
        raise FormatError("its table of pieces is broken")
    return _pieces(data[at + 5 :][: struct.unpack_from("<I", data, at + 1)[0]], fib), groups


def _pieces(data: bytes, fib: Fib) -> list[Piece]:
    count = (len(data) - 4) // 12
    if count < 1:
        raise FormatError("its table of pieces is empty")
    ends = struct.unpack_from(f"<{count + 1}i", data)
    found = []
    for number in range(count):
        start, modifier = struct.unpack_from("<IH", data, 4 * (count + 1) + 8 * number + 2)
        length = ends[number + 1] - ends[number]
        if length < 0 or ends[number] < 0:
            raise FormatError("its table of pieces runs backwards")
        if not fib.is_97:
            found.append(Piece(start, length, 2 if fib.is_wide else 1, modifier))
        elif start & _COMPRESSED:
            found.append(Piece((start & ~_COMPRESSED) // 2, length, 1, modifier))
        else:
            found.append(Piece(start, length, 2, modifier))
    return found


def cut(data: bytes, place: Place) -> bytes:
    if place.size <= 0 or place.start < 0 or place.start >= len(data):
        return b""
    return data[place.start : place.start + place.size]
