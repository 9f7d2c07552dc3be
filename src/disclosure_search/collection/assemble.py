"""One document from all that is said of an original; later sources win, and each value remembers its own.

path  <  the file itself  <  the folder's catalogue  <  the sidecar
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

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
_PUBLIC = frozenset({"面向社会", "社会", "公众", "社会公众", "公开", "全社会", "public"})
_PLAIN = ("title", "index_number", "validity", "openness", "withdrawn", "description", "url", "remark")
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
        category=_codes(values, "category", vocabularies, "categories"),
        channel=_codes(values, "channel", vocabularies, "channels"),
        genre=vocabularies["genres"].code_of(values.text("genre")),
        filed_year=int(values.text("year")) if values.text("year")[:4].isdigit() else None,
        issued=_date(values, "issued", conflicts),
        published=_date(values, "published", conflicts),
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
    """A value that the vocabulary knows as a whole is not split: 医疗、卫生 may be one label."""
    whole = values.text(name)
    if whole and vocabularies[vocabulary].knows(whole):
        return (vocabularies[vocabulary].code_of(whole),)
    return tuple(dict.fromkeys(vocabularies[vocabulary].code_of(part) for part in values.several(name)))


def _agency(values: Values, vocabularies: Vocabularies) -> str:
    """The agency's name as its list prints it."""
    agencies = vocabularies["agencies"]
    return agencies.label_of(agencies.code_of(values.text("agency")))


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
    found = parse_moment(values.text(name))
    if values.text(name) and found is None:
        conflicts.append(f"{name}: {values.source(name)} says {values.text(name)!r}, which is no date")
    return found


def _deadline(original: Original, values: Values) -> date | None:
    trouble: list[str] = []
    found = _date(values, "expires", trouble)
    if trouble:
        raise CollectionError(shown(original.path), trouble[0], "write the last public day as 2014-12-31")
    return found.date() if isinstance(found, datetime) else found


def _attachments(original: Original, values: Values, recognised: Recognised) -> tuple[Attachment, ...]:
    if values.several("attachments"):
        links: Iterable[Link] = (Link("", name) for name in values.several("attachments"))
    else:
        links = recognised.attachments
    base = _base(values)
    found = (_attachment(original, link, base) for link in links)
    return tuple({(one.path or one.url): one for one in found if one.path or one.url}.values())


def _attachment(original: Original, link: Link, base: str) -> Attachment:
    href = link.href.split("#")[0].strip()
    name = link.text.strip() or href.rpartition("/")[2]
    if is_remote(href):
        return Attachment(name, url=href)
    plain = href.split("?")[0]
    return Attachment(
        name, path=beside(original.folder, plain) if plain else "", url=base + plain if base else ""
    )


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
        rows = [(link.section, link.text, link.href) for link in recognised.interpretations]
    return tuple(_interpretation(original, *row) for row in rows)


def _kind_and_place(entry: str) -> tuple[str, str, str]:
    kind, _, place = entry.replace("：", ":").partition(":")
    return (kind.strip(), "", place.strip()) if kind.strip() in INTERPRETATION_KINDS else ("", "", entry)


def _interpretation(original: Original, kind: str, title: str, place: str) -> Interpretation:
    kind = kind if kind in INTERPRETATION_KINDS else INTERPRETATION_KINDS[0]
    title = title.strip() or place.rpartition("/")[2]
    if is_remote(place):
        return Interpretation(kind, title, url=place)
    return Interpretation(
        kind, title, path=beside(original.folder, place.split("#", maxsplit=1)[0].split("?", maxsplit=1)[0])
    )


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
