"""All hits of a search as one file, sent while it is made: CSV for spreadsheets, NDJSON for programs.

A spreadsheet takes a cell for what it looks like: one that begins with = + - or @ is a formula, and a long number loses
its last digits. The first get an apostrophe in front, the second a tab behind; both are shown as text.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from io import StringIO

from flask import Response, request, stream_with_context

from disclosure_search.document import BY_NAME, Document, Field, iso
from disclosure_search.search import Search
from disclosure_search.states import SearchState
from disclosure_search.web.absolute import of_document
from disclosure_search.web.answering import searching
from disclosure_search.web.api import CODED, DAYS, all_records, record_shape
from disclosure_search.web.conditional import conditional
from disclosure_search.web.limiting import Gate
from disclosure_search.web.typeset import web_address

COLUMNS: tuple[Field, ...] = tuple(
    BY_NAME[name]
    for name in (
        "title", "year", "category", "channel", "agency", "genre", "number", "index_number", "validity",
        "openness", "issued", "published", "expires", "keywords", "description", "url", "remark",
    )
)  # fmt: skip
MORE: tuple[str, ...] = ("附件数", "固定网址", "原件", "SHA-256")
HEADINGS: tuple[str, ...] = ("编号", *(field.label for field in COLUMNS), *MORE)
FORMULA = tuple("=+-@\t\r＝＋－＠")
_NUMBER_LIKE = re.compile(r"0\d+|\d{12,}|\d+[Ee]\d+")
_LINES_AT_ONCE = 200


class Exports:
    """The views; `places` exports run side by side, so that others are still answered."""

    def __init__(self, places: int) -> None:
        self._gate = Gate(places)

    def csv(self) -> Response:
        return self._view("text/csv; charset=utf-8", "csv", _csv_lines)

    def ndjson(self) -> Response:
        return self._view("application/x-ndjson; charset=utf-8", "ndjson", _json_lines)

    def _view(
        self, content_type: str, suffix: str, lines: Callable[[Search, Iterable[Document]], Iterator[str]]
    ) -> Response:
        @conditional
        def view() -> Response:
            search = searching()
            state = SearchState.from_params(request.args.items(multi=True))
            leave = self._gate.enter()
            try:
                total, records = all_records(search, state)
            except BaseException:
                leave()
                raise
            response = Response(
                stream_with_context(_joined(lines(search, records), leave)), content_type=content_type
            )
            response.call_on_close(leave)  # also where nothing was read, or not to the end
            response.headers["X-Total-Count"] = str(total)
            response.headers["Content-Disposition"] = f"attachment; filename=search.{suffix}"
            return response

        return view()


def _joined(lines: Iterator[str], leave: Callable[[], None]) -> Iterator[bytes]:
    held: list[str] = []
    for line in lines:
        held.append(line)
        if len(held) == _LINES_AT_ONCE:
            yield "".join(held).encode()
            held.clear()
    leave()
    yield "".join(held).encode()


def _json_lines(search: Search, records: Iterable[Document]) -> Iterator[str]:
    for document in records:
        yield json.dumps(record_shape(search, document), ensure_ascii=False) + "\n"


def _csv_lines(search: Search, records: Iterable[Document]) -> Iterator[str]:
    line = StringIO(newline="")
    writer = csv.writer(line)
    yield "\ufeff"  # else Excel takes it for GB18030
    for row in _rows(search, records):
        writer.writerow(map(cell, row))
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _rows(search: Search, records: Iterable[Document]) -> Iterator[Iterable[str]]:
    yield HEADINGS
    for document in records:
        yield (
            document.doc_id,
            *(_value(search, document, field) for field in COLUMNS),
            str(len(document.attachments)),
            of_document(document.doc_id),
            of_document(document.doc_id, "original"),
            document.sha256,
        )


def _value(search: Search, document: Document, field: Field) -> str:
    value = getattr(document, field.name)
    if field.name in DAYS:
        return (iso(value) or "").replace("T", " ")
    if field.name == "url":
        return web_address(value)
    if field.name in CODED:
        codes = value if field.multiple else (value,)
        return "；".join(search.label(field.name, code) for code in codes if code)
    return "；".join(value) if field.multiple else str(value or "")


def cell(text: str) -> str:
    """As a spreadsheet shows it as text."""
    text = text.replace("\0", "")
    if text.startswith(FORMULA):
        return f"'{text}"
    return f"{text}\t" if _NUMBER_LIKE.fullmatch(text) else text
