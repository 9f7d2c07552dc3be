"""Plain text to what a page shows: blocks of a text, days, sizes, addresses, page numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

Pieces = tuple[tuple[str, object], ...]  # (text, what marks it: as a match, say)

_HAN = "一二三四五六七八九十"
_HEADING = re.compile(rf"(?:第?[{_HAN}百]{{1,4}}[、章节]|[(（][{_HAN}]{{1,3}}[)）])[^。；;]{{1,40}}")
_DATED = re.compile(rf"(?:\d{{4}}|[〇○零{_HAN}]{{4}})年[\d{_HAN}]{{1,3}}月[\d{_HAN}]{{1,3}}日")
_SIGNED_LINES = 4  # a signature stands within the last lines; the same words earlier are text


@dataclass(frozen=True, slots=True)
class Block:
    """`kind` is paragraph, heading, signature or table; only a table has several rows or cells."""

    kind: str
    rows: tuple[tuple[Pieces, ...], ...]

    @property
    def pieces(self) -> Pieces:
        return self.rows[0][0]


def blocks(pieces: Pieces, title: str = "", agency: str = "") -> tuple[Block, ...]:
    """The lines of a text; a first one that repeats the title is left out, those with tabs make a table."""
    lines = [line for line in _split(pieces, "\n") if _plain(line).strip()]
    if lines and title and _squeezed(_plain(lines[0])) == _squeezed(title):
        lines = lines[1:]
    found: list[Block] = []
    for number, line in enumerate(lines):
        if any("\t" in text for text, _ in line):
            row = tuple(_split(line, "\t"))
            rows = found.pop().rows if found and found[-1].kind == "table" else ()
            found.append(Block("table", (*rows, row)))
        else:
            found.append(Block(_kind(_plain(line), agency, len(lines) - number), ((line,),)))
    return tuple(found)


def _kind(line: str, agency: str, lines_left: int) -> str:
    text = _squeezed(line)
    if lines_left <= _SIGNED_LINES and (text == _squeezed(agency) or _DATED.fullmatch(text)):
        return "signature"
    return "heading" if _HEADING.fullmatch(line.strip()) else "paragraph"


def _split(pieces: Pieces, separator: str) -> Iterator[Pieces]:
    part: list[tuple[str, object]] = []
    for text, match in pieces:
        first, *others = text.split(separator)
        if first:
            part.append((first, match))
        for other in others:
            yield tuple(part)
            part = [(other, match)] if other else []
    yield tuple(part)


def _plain(pieces: Pieces) -> str:
    return "".join(text for text, _ in pieces)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def day(moment: date | str | None) -> str:
    """A day, with hours and minutes where they are known; an ISO text comes out in local time."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return str(moment)
        moment = moment.astimezone() if moment.tzinfo else moment
    if isinstance(moment, datetime):
        return moment.strftime("%Y-%m-%d %H:%M")
    return moment.isoformat() if moment else ""


def size(count: int) -> str:
    if count < 1024:
        return f"{count} 字节"
    return f"{count / 1024:.1f} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"


def web_address(url: str) -> str:
    """The address if a browser may be sent there, else nothing: a record may hold javascript: or file:."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def page_numbers(page: int, pages: int) -> tuple[int, ...]:
    """First, last and the two around the present one; 0 stands for a gap."""
    shown = sorted({1, pages, *range(max(1, page - 2), min(pages, page + 2) + 1)})
    numbers: list[int] = []
    for number in shown:
        if numbers and number > numbers[-1] + 1:
            numbers.append(0)
        numbers.append(number)
    return tuple(numbers)
