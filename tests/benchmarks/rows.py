"""Documents of a benchmark: JSON lines in, token streams out, the same for every system.

The one stream of a document is the words of its title followed by those of its text, as the product's own analysis
cuts them; for the page's search it is the words and the grams of its text. Copies make a large collection of a small
one: numbers and years are shifted.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from disclosure_search import analysis
from disclosure_search.analysis import Segmenter
from disclosure_search.engine.base import grams_of, words_of

CHANNELS = ("政府网站", "政府公报", "新闻发布会", "政务新媒体", "公共查阅点")
STREAM = "words"
BODY_WORDS, BODY_GRAMS = words_of("body"), grams_of("body")
FACETS = ("year", "category", "channel")


class Source(NamedTuple):
    """The documents of `path`, at most `limit` of them (0: all), `times` over."""

    path: Path
    times: int = 1
    limit: int = 0


class Text(NamedTuple):
    """A document before it is cut; `facets` are year, category and channel, empty where not known."""

    number: int
    title: str
    text: str
    facets: tuple[str, str, str]
    day: int


class Row(NamedTuple):
    """A document as the systems take it: the tokens of each stream in order."""

    number: int
    streams: dict[str, list[str]]
    facets: tuple[str, str, str]
    day: int


def texts(source: Source, part: int = 0, parts: int = 1) -> Iterator[Text]:
    """Every `parts`-th document, beginning with `part`: what one of several processes has to do."""
    count = documents(source) // source.times
    for copy in range(source.times):
        for number, line in islice(enumerate(_lines(source)), part, None, parts):
            yield _text(json.loads(line), number + copy * count, copy)


def rows(source: Source, part: int = 0, parts: int = 1, *, body: bool = False) -> Iterator[Row]:
    """With `body` the two streams of the text alone, else the one of title and text."""
    segmenter = Segmenter()
    cut = _body if body else _whole
    for text in texts(source, part, parts):
        yield Row(text.number, cut(text, segmenter), text.facets, text.day)


def _whole(text: Text, segmenter: Segmenter) -> dict[str, list[str]]:
    return {STREAM: segmenter.words(text.title) + segmenter.words(text.text)}


def _body(text: Text, segmenter: Segmenter) -> dict[str, list[str]]:
    return {BODY_WORDS: segmenter.words(text.text), BODY_GRAMS: analysis.grams(text.text)}


def documents(source: Source) -> int:
    return sum(1 for _ in _lines(source)) * source.times


def _lines(source: Source) -> Iterator[bytes]:
    with source.path.open("rb") as lines:
        yield from islice(lines, source.limit or None)


def _text(record: dict[str, Any], number: int, copy: int) -> Text:
    """Year and channel are derived where absent: from the date, and from the name of the law or the title."""
    day = str(record.get("date") or "")
    year = str(record.get("year") or day[:4])
    shifted = str(int(year) + copy) if year.isdigit() else ""
    title = str(record.get("title") or "")
    law = str(record.get("law") or title)
    channel = str(record.get("channel") or CHANNELS[zlib.crc32(law.encode()) % len(CHANNELS)])
    facets = (shifted, str(record.get("category") or ""), channel)
    ordinal = date(int(shifted), 1, 1).toordinal() if shifted else 0
    return Text(number, title, str(record.get("text") or ""), facets, ordinal)
