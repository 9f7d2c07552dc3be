"""The headings inside a document: lines that say what stands below them, as official texts number them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from disclosure_search.document import Document

LONGEST = 40  # characters; what is longer is a numbered paragraph
MOST = 400  # a register has thousands of numbered lines
_DIGITS = "一二三四五六七八九十百零〇0-9０-９"
_NUMBERED = re.compile(
    rf"\s*(?:第[{_DIGITS}]{{1,5}}[编章节篇部分]{{1,2}}(?=[\s　:：]|[^\W\d_])"
    r"|[一二三四五六七八九十]{1,3}、"
    r"|[（(][一二三四五六七八九十]{1,3}[)）])"
    r"[\s　:：]*(.*)"
)
_SENTENCE = re.compile("[。；;！!？?，,]")


def headings(document: Document) -> tuple[str, ...]:
    """Those that a description names, then those of the text, each once."""
    found = dict.fromkeys(document.headings)
    for line in _of(document.body):
        if len(found) >= MOST:
            break
        found[line] = None
    return tuple(found)


def _of(text: str) -> Iterator[str]:
    for line in text.splitlines():
        match = _NUMBERED.match(line) if len(line) <= LONGEST + 12 else None
        if match is None:
            continue
        said = match[1].strip().rstrip("：:")
        if 1 < len(said) <= LONGEST and not _SENTENCE.search(said):
            yield said
