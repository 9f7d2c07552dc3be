"""One document from all that is said of an original; later sources win, and each value remembers its own.

path  <  the file itself  <  the folder's catalogue  <  the sidecar
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

from disclosure_search.collection.catalogue import Row, beside
from disclosure_search.collection.moments import parse_moment
from disclosure_search.collection.patterns import Patterns
from disclosure_search.collection.recognise import Recognised, recognise
from disclosure_search.collection.scan import Original
from disclosure_search.document import (
    INTERPRETATION_KINDS,
    Attachment,
    Audience,
    Document,
    Interpretation,
    Publication,
    digest_of,
    shown,
)
from disclosure_search.errors import CollectionError
from disclosure_search.extract import Extract, Link
from disclosure_search.vocabulary import Vocabularies

PATH, CATALOGUE, SIDECAR_FILE = "path", "catalogue", "sidecar"
_NO = frozenset({"", "否", "没有", "未撤回", "no", "false", "0"})
_ENDLESS = frozenset({"长期", "长期公开", "长期有效", "永久", "永久公开"})
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PUBLIC = frozenset({"面向社会", "社会", "公众", "社会公众", "公开", "全社会", "public"})
_PLAIN = ("title", "index_number", "validity", "openness", "description", "url", "remark")
_COMMAS = str.maketrans("，,、", "   ")
_SEPARATORS = str.maketrans("；|\n", ";;;")


@dataclass(frozen=True, slots=True)
class Described:
    """What stands outside the file: by the path's folders, in the catalogue's row, in the sidecar."""

    path_values: Mapping[str, str]
    row: Row
    sidecar: Mapping[str, Any]

    @property
    def stands_alone(self) -> bool:
        """Described for itself, an original is a document even where another one links to it."""
        return bool(self.row or self.sidecar)

    def of(self, *names: str) -> Described:
        """These fields alone."""
        row = {name: value for name, value in self.row.items() if name in names}
        sidecar = {name: value for name, value in self.sidecar.items() if name in names}
        return Described({}, row, sidecar)

    def fingerprint(self) -> str:
        return digest_of(
            repr(sorted(self.path_values.items())),
            repr(sorted(self.row.items())),
            repr(sorted(self.sidecar.items(), key=lambda pair: pair[0])),
        )


@dataclass(frozen=True, slots=True)
class Values:
    """The winning value of each field with its source; lists in the sidecar stay lists."""

    held: Mapping[str, tuple[Any, str]]

    def text(self, name: str) -> str:
        value = self.held.get(name, ("", ""))[0]
        if value is False:  # withdrawn = false
            return ""
        return "; ".join(map(str, value)) if isinstance(value, list) else str(value).strip()

    def several(self, name: str) -> tuple[str, ...]:
        value = self.held.get(name, ("", ""))[0]
        parts = map(str, value) if isinstance(value, list) else str(value).translate(_SEPARATORS).split(";")
        return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def source(self, name: str) -> str:
        return self.held.get(name, ("", ""))[1]


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
    recognised = recognise(extract, stem)
    values = _merged(described, recognised, patterns)
    conflicts = list(recognised.conflicts)
    document = Document(
        doc_id="",
        title="",
        path=original.path,
        body=recognised.body,
        sha256=sha256,
        size_bytes=original.size_bytes,
        format=extract.reader,
        agency=_agency(values, vocabularies),
        number=values.text("number"),
        category=_categories(values, vocabularies),
        channel=_codes(values, "channel", vocabularies, "channels"),
        genre=vocabularies["genres"].code_of(values.text("genre")),
        filed_year=int(year[0]) if (year := _YEAR.match(values.text("year"))) else None,
        issued=_date(values, "issued", conflicts),
        published=_published(original, values, conflicts),
        withdrawn="" if values.text("withdrawn").casefold() in _NO else values.text("withdrawn"),
        expires=_deadline(original, values),
        audience=_audience(values.text("audience")),
        keywords=_keywords(values),
        attachments=_attachments(original, values, recognised),
        interpretations=_interpretations(original, values, recognised),
        sources={name: source for name, (value, source) in sorted(values.held.items()) if value},
        conflicts=tuple(conflicts),
        warnings=extract.warnings,
    )
    document = replace(document, **_plain(values))
    document = replace(document, title=document.title or stem)
    publications = _publications(document, values, vocabularies)
    channels = (*document.channel, *(event.channel for event in publications if event.channel))
    return replace(document, publications=publications, channel=tuple(dict.fromkeys(channels)))


def _plain(values: Values) -> dict[str, Any]:
    return {name: values.text(name) for name in _PLAIN}


def _merged(described: Described, recognised: Recognised, patterns: Patterns) -> Values:
    held: dict[str, tuple[Any, str]] = {}
    if patterns.agency:
        held["agency"] = (patterns.agency, "collection.toml")
    held |= {name: (value, PATH) for name, value in described.path_values.items()}
    held |= {name: pair for name, pair in recognised.values.items() if name != "column"}
    held |= {name: (value, CATALOGUE) for name, value in described.row.items()}
    held |= {name: (value, SIDECAR_FILE) for name, value in described.sidecar.items()}
    return Values(held)


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


def _audience(text: str) -> str:
    """Empty means public; anything else that is not known to mean public is kept from the public."""
    return Audience.PUBLIC if not text or text in _PUBLIC else text


def _date(values: Values, name: str, conflicts: list[str]) -> date | None:
    value = values.held.get(name, ("", ""))[0]
    if isinstance(value, date):
        return value
    found = _moment(values.text(name))
    if values.text(name) and found is None:
        conflicts.append(f"{name}: {values.source(name)} says {values.text(name)!r}, which is no date")
    return found


def _moment(text: str) -> date | None:
    """Also days far ahead: no letter bears one, but an embargo or a last day may."""
    match = None if parse_moment(text) else _DAY.search(text)
    try:
        return date(*map(int, match.groups())) if match else parse_moment(text)
    except ValueError:
        return None


def _published(original: Original, values: Values, conflicts: list[str]) -> date | None:
    """CollectionError where a description may name a day to come that cannot be understood."""
    trouble: list[str] = []
    found = _date(values, "published", trouble)
    years = [int(year) for year in _YEAR.findall(values.text("published"))]
    is_past = bool(years) and max(years) < date.today().year
    if trouble and not is_past and values.source("published") in (CATALOGUE, SIDECAR_FILE):
        raise CollectionError(
            shown(original.path), trouble[0], "write the day as 2014-12-02, or leave it empty"
        )
    conflicts += trouble
    return found


def _deadline(original: Original, values: Values) -> date | None:
    trouble: list[str] = []
    if values.text("expires") in _ENDLESS:
        return None
    found = _date(values, "expires", trouble)
    if trouble:
        raise CollectionError(shown(original.path), trouble[0], "write the last public day as 2014-12-31")
    return found.date() if isinstance(found, datetime) else found


def _attachments(original: Original, values: Values, recognised: Recognised) -> tuple[Attachment, ...]:
    base = _base(values)
    if stated := values.several("attachments"):
        found = [_attachment(original, name, name, base) for name in stated]
    else:
        found = [_linked(original, link, base) for link in recognised.attachments]
    return tuple({(one.path or one.url): one for one in found if one.path or one.url}.values())


def _linked(original: Original, link: Link, base: str) -> Attachment:
    href = link.href.strip()
    plain = _local(href)
    name = link.text.strip() or shown(plain.rpartition("/")[2])
    return _attachment(original, href if is_remote(href) else plain, name, base)


def _attachment(original: Original, place: str, name: str, base: str) -> Attachment:
    name = name.rpartition("/")[2] if name == place else name
    if is_remote(place):
        return Attachment(name, url=place)
    return Attachment(
        name, path=beside(original.folder, place) if place else "", url=base + place if base else ""
    )


def _local(href: str) -> str:
    """The file that an address in a page names: without its query and fragment, its escapes resolved."""
    return unquote(href.split("#", maxsplit=1)[0].split("?", maxsplit=1)[0], errors="surrogateescape")


def _base(values: Values) -> str:
    url = values.text("url")
    return url.rpartition("/")[0] + "/" if is_remote(url) and url.count("/") > 2 else ""


def _interpretations(
    original: Original, values: Values, recognised: Recognised
) -> tuple[Interpretation, ...]:
    said = values.held.get("interpretations", ("", ""))[0]
    if isinstance(said, list) and all(isinstance(one, dict) for one in said):
        rows = [
            (
                str(one.get("kind", "")),
                str(one.get("title", "")),
                str(one.get("path", "") or one.get("url", "")),
            )
            for one in said
        ]
    elif said:
        rows = [_kind_and_place(entry) for entry in values.several("interpretations")]
    else:
        rows = [(link.section, link.text, _place(link.href)) for link in recognised.interpretations]
    return tuple(_interpretation(original, *row) for row in rows)


def _place(href: str) -> str:
    return href if is_remote(href) else _local(href)


def _kind_and_place(entry: str) -> tuple[str, str, str]:
    kind, _, place = entry.replace("：", ":").partition(":")
    return (kind.strip(), "", place.strip()) if kind.strip() in INTERPRETATION_KINDS else ("", "", entry)


def _interpretation(original: Original, kind: str, title: str, place: str) -> Interpretation:
    kind = kind if kind in INTERPRETATION_KINDS else INTERPRETATION_KINDS[0]
    title = title.strip() or place.rpartition("/")[2]
    if is_remote(place):
        return Interpretation(kind, title, url=place)
    return Interpretation(kind, shown(title), path=beside(original.folder, place))


def _publications(document: Document, values: Values, vocabularies: Vocabularies) -> tuple[Publication, ...]:
    """One event for each channel; an event that is described for itself says more than the folder's name."""
    said = values.held.get("publications", ("", ""))[0]
    described = (
        [_event(one, vocabularies) for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    )
    named = {event.channel for event in described}
    channels = [channel for channel in document.channel if channel not in named]
    if not channels and not described:
        channels = [""]
    plain = [Publication(channel, document.published, document.url, document.path) for channel in channels]
    return tuple(dict.fromkeys((*plain, *described)))


def _event(row: Mapping[str, Any], vocabularies: Vocabularies) -> Publication:
    day = row.get("date") or row.get("published")
    moment = day if isinstance(day, date) else parse_moment(str(day or ""))
    channel = vocabularies["channels"].code_of(str(row.get("channel", "")))
    return Publication(channel, moment, str(row.get("url", "")))


def is_remote(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))
