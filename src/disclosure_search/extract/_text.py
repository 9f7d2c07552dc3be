"""TXT, Markdown and CSV: the text as it stands, in whatever encoding."""

from __future__ import annotations

from pathlib import Path

from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._encoding import decode
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract.clean import clean


def read(path: Path, limits: Limits) -> Extract:  # noqa: ARG001 - the signature all readers share
    decoded = decode(path.read_bytes())
    text = clean(decoded.text)
    return Extract(text=text, warnings=(*decoded.warnings, *suspicions(text)))
