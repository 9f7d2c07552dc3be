"""ODT, its templates and FODT: text, headings, lists, nested tables, notes at the end, headers once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError, EncryptedDocumentError, LimitExceededError
from disclosure_search.extract._doubt import suspicions
from disclosure_search.extract._expat import parse
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract._odt_walk import OdtWalker
from disclosure_search.extract._xml import XmlError
from disclosure_search.extract._zip import Container, open_container
from disclosure_search.extract.clean import clean, clean_line

_PAGE_NUMBER = re.compile(r"[\s第共页/\d—–-]*")
_ENCRYPTED = "encrypted-package"
_CHUNK = 1 << 20


def read(path: Path, limits: Limits) -> Extract:
    walker = OdtWalker(limits.output_bytes)
    warnings: list[str] = []
    with path.open("rb") as file:
        is_flat = file.read(2) != b"PK"
    if is_flat:
        _walk(path, walker, _chunks(path))
    else:
        with open_container(path) as container:
            _read_parts(path, container, walker, warnings)
    headers = (line for line in walker.lines("headers").split("\n") if not _PAGE_NUMBER.fullmatch(line))
    parts = (walker.lines("body"), walker.lines("notes"), *dict.fromkeys(headers))
    text = clean("\n".join(filter(None, parts)))
    pairs = ((f"property:{key}", clean_line(value)) for key, value in walker.properties.items())
    metadata = tuple(pair for pair in pairs if pair[1])
    return Extract(
        text=text,
        title=dict(metadata).get("property:title", ""),
        metadata=metadata,
        warnings=(*warnings, *(f"{what} left out" for what in walker.left_out), *suspicions(text)),
    )


def _read_parts(path: Path, container: Container, walker: OdtWalker, warnings: list[str]) -> None:
    names = container.names
    manifest = container.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
    if _ENCRYPTED in names or b"encryption-data" in manifest:
        raise EncryptedDocumentError(str(path), "encrypted", "save it without a password")
    if "content.xml" not in names:
        raise DamagedDocumentError(str(path), "its part content.xml is missing", "fetch the original again")
    # The styles first: they tell what is hidden.
    for name in ("styles.xml", "meta.xml"):
        if name in names:
            try:
                _walk(path, walker, container.chunks(name))
            except DamagedDocumentError as error:
                warnings.append(f"{name} left out: {error.what}")
    _walk(path, walker, container.chunks("content.xml"))
    if any(re.match(r"Object \d+/content\.xml", name) for name in names):
        warnings.append("embedded objects left out")


def _walk(path: Path, walker: OdtWalker, chunks: Iterable[bytes]) -> None:
    walker.begin_part()
    try:
        parse(chunks, walker.start, walker.end, walker.text)
    except XmlError as error:
        what = f"its XML cannot be read ({error})"
        raise DamagedDocumentError(str(path), what, "save it again as ODT") from error
    except OverflowError as error:
        raise LimitExceededError(str(path), str(error), "split the original") from error


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
