"""A document as others cite it: a line of GB/T 7714 and a record of RIS, which reference managers read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from disclosure_search.document import Document

RIS_TYPE = "application/x-research-info-systems"
_MOST_AUTHORS = 3  # GB/T 7714 names three, and then says that there are more


def gb7714(document: Document, agencies: tuple[str, ...], address: str, today: date) -> str:
    """An electronic resource (EB/OL): who, what, when published, when looked at, where."""
    who = ", ".join(agencies[:_MOST_AUTHORS]) + (", 等" if len(agencies) > _MOST_AUTHORS else "")
    what = ": ".join(_line(one) for one in (document.title, document.number) if one)
    day = _day(document.published or document.issued)
    when = f"({day.isoformat()})" if day else ""
    begin = f"{_line(who)}. " if who else ""
    return f"{begin}{what}[EB/OL]. {when}[{today.isoformat()}]. {address}."


def ris(document: Document, agencies: tuple[str, ...], address: str, original: str, today: date) -> str:
    lines = (f"{tag}  - {_line(value)}" for tag, value in _tags(document, agencies, address, original, today))
    return "".join(f"{line}\r\n" for line in (*lines, "ER  - "))


def _tags(
    document: Document, agencies: tuple[str, ...], address: str, original: str, today: date
) -> Iterator[tuple[str, str]]:
    yield "TY", "GOVDOC"
    yield "ID", document.doc_id
    yield "TI", document.title
    yield from (("AU", agency) for agency in agencies)
    yield from (("PB", agency) for agency in agencies[:1])
    if document.number:
        yield "M1", document.number
    if document.index_number:
        yield "CN", document.index_number
    if day := _day(document.published or document.issued):
        yield "PY", str(day.year)
        yield "DA", day.strftime("%Y/%m/%d")
    yield "Y2", today.strftime("%Y/%m/%d")
    if document.description:
        yield "AB", document.description
    yield from (("KW", word) for word in document.keywords)
    yield "LA", "zh-CN"
    yield "UR", address
    yield "L1", original


def _line(text: str) -> str:
    return " ".join(text.split())


def _day(moment: date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment
