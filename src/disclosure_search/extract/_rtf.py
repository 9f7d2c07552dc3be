"""RTF: text in any code page, tables by their marks, notes at the end, headers once, text boxes, results of fields.

Left out and reported: tracked deletions, hidden text, comments; pictures and embedded files are skipped unread.
"""

from __future__ import annotations

import re
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, LimitExceededError
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._rtf_state import Reading
from disclosure_search.extract.clean import clean, clean_line

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,40})(-?\d{1,10})? ?"  # a control word, its number, the space that ends it
    rb"|((?:\\'[0-9a-fA-F]{2}(?:[\r\n]+(?=\\'))?)+)"
    rb"|([{}])"
    rb"|([^\\{}\r\n\x00]+)"
    rb"|\\([^a-zA-Z])"
    rb"|[\r\n\x00]+|\\",
)
_PAGE_NUMBER = re.compile(r"[\s第共页/\d—–-]*")
_HEX = re.compile(rb"\\'([0-9a-fA-F]{2})")
# Word itself nests below 100 deep.
_DEEPEST = 20_000


def read(path: Path, limits: Limits) -> Extract:
    data = path.read_bytes()
    reading = Reading(limits.output_bytes)
    try:
        _run(data, reading)
    except OverflowError as error:
        raise LimitExceededError(str(path), str(error), "split the original") from error
    if reading.is_unfinished and not reading.has_text:
        raise DamagedDocumentError(
            str(path), "the RTF is cut off before any text", "fetch the original again"
        )
    text = clean("\n".join(reading.parts(_once)))
    metadata = tuple((key, clean_line(value)) for key, value in reading.properties() if clean_line(value))
    return Extract(
        text=text,
        title=dict(metadata).get("property:title", ""),
        metadata=metadata,
        warnings=(*reading.warnings(), *suspicions(text)),
        is_doubtful=reading.is_unfinished,
    )


def text_of(data: bytes, most: int) -> str:
    """Of RTF inside another document; OverflowError when it is too long or too deep."""
    reading = Reading(most)
    _run(data, reading)
    return "\n".join(reading.parts(_once))


def _once(header: str) -> list[str]:
    return [line for line in header.split("\n") if not _PAGE_NUMBER.fullmatch(line)]


def _run(data: bytes, reading: Reading) -> None:
    at, end = data.find(b"{"), len(data)
    while 0 <= at < end:
        at = _until_binary(data, at, reading)
    reading.finish()


def _until_binary(data: bytes, at: int, reading: Reading) -> int:
    """Goes on to the end, or behind the bytes that follow `\\bin`: those are no RTF."""
    for match in _TOKEN.finditer(data, at):
        word, number, escaped, brace, plain, sign = match.groups()
        if plain is not None:
            reading.plain(plain)
        elif brace == b"{":
            reading.open()
            if reading.depth > _DEEPEST:
                raise OverflowError("its groups are nested too deeply")
        elif brace:
            reading.close()
            if not reading.depth:
                return len(data)
        elif escaped is not None:
            if not reading.is_dropping:
                reading.escaped(bytes.fromhex(b"".join(_HEX.findall(escaped)).decode("ascii")))
        elif word is not None:
            if word == b"bin" and number:
                return match.end() + max(0, int(number))
            reading.word(word.decode("ascii"), int(number) if number else None)
        elif sign is not None:
            reading.sign(sign)
    return len(data)
