"""TXT, Markdown, CSV and TSV: the text as it stands, in whatever encoding; rows of tables joined by tabs.

The marks of Markdown stay: they are what the original says, and analysis passes over them.
"""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

from disclosure_search.extract._encoding import decode
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract.clean import clean, clean_line

# Longer ones are no documents but lists and logs; the largest law has 0.5 MB.
_MOST_BYTES = 16 << 20
_HEADING = re.compile(r"(?m)^# {0,3}(?!#)(.{2,200}?)#*$")
_MARKS = re.compile(r"[*_`]{1,3}")


def read(path: Path, limits: Limits) -> Extract:
    most = min(_MOST_BYTES, limits.output_bytes // 4)
    with path.open("rb") as file:
        data = file.read(most)
        size = file.seek(0, os.SEEK_END)
    is_cut = size > most
    decoded = decode(data)
    suffix = path.suffix.lower()
    text = decoded.text.rstrip("\ufffd") if is_cut else decoded.text  # the last character may be cut
    warnings = decoded.warnings if "\ufffd" in text or not is_cut else ()
    if suffix in (".csv", ".tsv"):
        text = _rows(text.replace("\x00", ""), suffix)
    text = clean(text)
    heading = _HEADING.search(text[:2_000]) if suffix in (".md", ".markdown") else None
    title = clean_line(_MARKS.sub("", heading[1])) if heading else ""
    cut = (f"truncated: only the first {most >> 20} of {size >> 20} MB are read",) if is_cut else ()
    return Extract(text=text, title=title, is_doubtful=is_cut, warnings=(*warnings, *cut))


def _rows(text: str, suffix: str) -> str:
    """A file that is no table after all stays as it is."""
    head = text[: text.find("\n") % 5_000]
    delimiter = "\t" if suffix == ".tsv" else max(",;\t，|", key=head.count)
    if delimiter not in head:
        return text
    csv.field_size_limit(max(len(text), 1 << 17))
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:
        return text
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)
