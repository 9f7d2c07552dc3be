"""One document from all that is said of an original; later sources win, and each value remembers its own.

path  <  the file itself  <  the folder's catalogue  <  the sidecar
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from disclosure_search.collection.members import attached
from disclosure_search.collection.moments import any_day, is_past, year_and_month
from disclosure_search.collection.patterns import Patterns
from disclosure_search.collection.recognise import Recognised, recognise
from disclosure_search.collection.related import attachments, interpretations, publications, web_address
from disclosure_search.collection.restrictions import ENDLESS, audience_of, is_withdrawn, openness_of
from disclosure_search.collection.scan import Original
from disclosure_search.collection.suggest import suggest
from disclosure_search.collection.values import CATALOGUE, SIDECAR_FILE, Described, Values, merged
from disclosure_search.document import Document, shown
from disclosure_search.errors import CollectionError
from disclosure_search.extract import Extract
from disclosure_search.vocabulary import Vocabularies

__all__ = ["Described", "assemble"]

_YEAR = re.compile(r"(?:19|20)\d\d")
_PLAIN = ("title", "index_number", "validity", "description", "remark")
_COMMAS = str.maketrans("，,、", "   ")


def assemble(
    original: Original,
    sha256: str,
    extract: Extract,
    described: Described,
    patterns: Patterns,
    vocabularies: Vocabularies,
) -> Document:
    """Without id and attachment texts, which take knowledge of the other originals.

    CollectionError where a value that decides who may see the document cannot be understood.
    """
    stem = shown(original.name).rpartition(".")[0] or shown(original.name)
    recognised = recognise(extract, stem, vocabularies["agencies"])
    values = merged(described, recognised, patterns)
    conflicts = list(recognised.conflicts)
    document = Document(
        doc_id="",
        title="",
        path=original.path,
        body=_body(values, recognised),
        sha256=sha256,
        size_bytes=original.size_bytes,
        format=extract.reader,
        agency=_agency(values, vocabularies),
        number=values.text("number"),
        category=_categories(values, vocabularies),
        channel=_codes(values, "channel", vocabularies, "channels"),
        genre=vocabularies["genres"].code_of(values.text("genre")),
        filed_year=_filed_year(values),
        issued=_date(values, "issued", conflicts),
        published=_published(original, values, conflicts),
        withdrawn=values.text("withdrawn") if is_withdrawn(values.text("withdrawn")) else "",
        expires=_deadline(original, values),
        audience=audience_of(values.text("audience")),
        openness=openness_of(values.text("openness")),
        keywords=_keywords(values),
        headings=values.several("heading"),
        url=web_address(values.text("url"), "url", conflicts),
        attachments=(*attachments(original, values, recognised), *attached(original, extract)),
        interpretations=interpretations(original, values, recognised, conflicts),
        sources={name: source for name, (value, source) in sorted(values.held.items()) if value},
        warnings=_warnings(extract),
    )
    document = replace(document, **_plain(values))
    document = replace(document, title=document.title or stem)
    document = _suggested(document, recognised.values.get("column", ("", ""))[0], vocabularies)
    events = publications(document, values, vocabularies, conflicts)
    channels = (*document.channel, *(event.channel for event in events if event.channel))
    return replace(
        document, publications=events, channel=tuple(dict.fromkeys(channels)), conflicts=tuple(conflicts)
    )


def _warnings(extract: Extract) -> tuple[str, ...]:
    """What a reader says of its text; and that it says so at all where it gives no reason."""
    found = list(extract.warnings)
    if extract.confidence is not None:
        found.append(f"recognised characters, confidence {extract.confidence:.2f}")
    if extract.is_doubtful and not found:
        found.append("the text may be wrong")
    return tuple(found)


def _suggested(document: Document, column: str, vocabularies: Vocabularies) -> Document:
    categories = vocabularies["categories"]
    if any(map(categories.get, document.category)):
        return document
    genre = vocabularies["genres"].label_of(document.genre)
    found = suggest(document.title, column, document.agency, genre, vocabularies)
    return replace(document, suggested_category=found.code, suggested_because=found.reason)


def _plain(values: Values) -> dict[str, Any]:
    return {name: values.text(name) for name in _PLAIN}


def _body(values: Values, recognised: Recognised) -> str:
    """The line of the title goes only where it is the title: under another one it must be found as text."""
    chosen = re.sub(r"\s+", "", values.text("title"))
    is_own = chosen == re.sub(r"\s+", "", recognised.values.get("title", ("", ""))[0])
    return recognised.body if is_own else recognised.whole


def _filed_year(values: Values) -> int | None:
    """Of the month or year that stands in place of a day, else that of the folder."""
    stated = (values.text(name) for name in ("published", "issued"))
    months = (month for text in stated if not any_day(text) and (month := year_and_month(text)))
    year = _YEAR.match(values.text("year"))
    return next((month[0] for month in months), int(year[0]) if year else None)


def _codes(values: Values, name: str, vocabularies: Vocabularies, vocabulary: str) -> tuple[str, ...]:
    """A value that the vocabulary knows as a whole is not split."""
    known = vocabularies[vocabulary]
    whole = values.text(name)
    parts = (whole,) if known.knows(whole) else values.several(name)
    return tuple(dict.fromkeys(known.code_of(part) for part in parts))


def _categories(values: Values, vocabularies: Vocabularies) -> tuple[str, ...]:
    """With the codes above them, so that a category counts and finds what its children hold."""
    categories = vocabularies["categories"]
    codes = _codes(values, "category", vocabularies, "categories")
    return tuple(dict.fromkeys(one for code in codes for one in categories.path_to(code)))


def _agency(values: Values, vocabularies: Vocabularies) -> str:
    """The names of the agencies as their list prints them; joint issuers are joined by 、."""
    agencies = vocabularies["agencies"]
    return "、".join(agencies.label_of(agencies.code_of(name)) for name in values.several("agency"))


def _keywords(values: Values) -> tuple[str, ...]:
    words = (word for part in values.several("keywords") for word in part.translate(_COMMAS).split())
    return tuple(dict.fromkeys(words))


def _date(values: Values, name: str, conflicts: list[str]) -> date | None:
    value = values.held.get(name, ("", ""))[0]
    if isinstance(value, date):
        return value
    found = any_day(values.text(name))
    if values.text(name) and found is None:
        conflicts.append(f"{name}: {values.source(name)} says {values.text(name)!r}, which is no date")
    return found


def _published(original: Original, values: Values, conflicts: list[str]) -> date | None:
    """CollectionError where a description may name a day to come that cannot be understood."""
    trouble: list[str] = []
    found = _date(values, "published", trouble)
    if (
        trouble
        and not _is_past(values.text("published"))
        and values.source("published") in (CATALOGUE, SIDECAR_FILE)
    ):
        raise CollectionError(
            shown(original.path), trouble[0], "write the day as 2014-12-02, or leave it empty"
        )
    conflicts += trouble
    return found


def _is_past(text: str) -> bool:
    years = [int(year) for year in _YEAR.findall(text)]
    return is_past(text, date.today()) or (bool(years) and max(years) < date.today().year)


def _deadline(original: Original, values: Values) -> date | None:
    trouble: list[str] = []
    if values.text("expires") in ENDLESS:
        return None
    found = _date(values, "expires", trouble)
    if trouble:
        raise CollectionError(shown(original.path), trouble[0], "write the last public day as 2014-12-31")
    return found.date() if isinstance(found, datetime) else found
