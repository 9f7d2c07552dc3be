"""What belongs to a document besides its text: attachments, interpretations, publications."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote, urljoin

from disclosure_search.collection.catalogue import beside
from disclosure_search.collection.links import is_file_name
from disclosure_search.collection.moments import parse_moment
from disclosure_search.collection.naming import loose
from disclosure_search.collection.recognise import Recognised
from disclosure_search.collection.scan import Original
from disclosure_search.collection.values import Values
from disclosure_search.document import (
    INTERPRETATION_KINDS,
    Attachment,
    Document,
    Interpretation,
    Publication,
    shown,
)
from disclosure_search.extract import Link
from disclosure_search.vocabulary import Vocabularies

_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_MARK = "[一二三四五六七八九十0-9]{0,3}[:.、,)·•●*-]{0,2}"
_LIST_MARK = re.compile(f"^(?:相关)?(?:附件|附)?{_MARK}{_MARK}")
_MOST_FOLDERS = 4  # how much of an absolute address is looked for below the page's folder


def is_remote(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))


def web_address(address: str, what: str, conflicts: list[str]) -> str:
    """The address if a browser may be sent there; `javascript:` and the like are said and left out."""
    address = address.strip()
    if not address or is_remote(address):
        return address
    conflicts.append(f"{what}: {address[:80]!r} is no web address (http or https)")
    return ""


def attachments(original: Original, values: Values, recognised: Recognised) -> tuple[Attachment, ...]:
    base = values.text("url")
    if stated := values.several("attachments"):
        found = [_stated(original, place, base) for place in stated]
    else:
        found = [_linked(original, link, base) for link in recognised.attachments]
    return tuple({(one.path or one.url): one for one in found if one.path or one.url}.values())


def _stated(original: Original, place: str, base: str) -> Attachment:
    name = place.rpartition("/")[2]
    if is_remote(place):
        return Attachment(name, url=place, stated=True, places=_places(original, place, name))
    path = beside(original.folder, place)
    return Attachment(name, path=path, url=_joined(base, place), stated=True)


def _linked(original: Original, link: Link, base: str) -> Attachment:
    """A file that lies beside its page is its attachment, also where the page calls it by its address on the site."""
    href = link.href.strip()
    plain = _local(href)
    name = link.text.strip() or shown(plain.rpartition("/")[2])
    if is_remote(href):
        return Attachment(name, url=href, places=_places(original, href, link.text))
    if _SCHEME.match(href):
        return Attachment(name)
    places = _places(original, plain, link.text) if plain.startswith("/") else ()
    path = beside("" if places else original.folder, plain) if plain else ""
    return Attachment(name, path=path, url=_joined(base, plain), places=places)


def _places(original: Original, address: str, text: str) -> tuple[str, ...]:
    """Beside the page or below its folder, by the end of the address; or by the name that the link bears."""
    plain = _local(address)
    plain = plain.split("://", maxsplit=1)[-1].partition("/")[2] if is_remote(plain) else plain
    parts = [part for part in plain.split("/") if part not in ("", ".", "..")]
    if not parts:
        return ()
    ends = ["/".join(parts[-count:]) for count in range(1, min(len(parts), _MOST_FOLDERS) + 1)]
    page = original.name.rpartition(".")[0]
    saved = [f"{page}{end}/{parts[-1]}" for end in ("_files", ".files")]
    named = [text.strip()] if is_file_name(text.strip()) and "/" not in text else []
    return tuple(dict.fromkeys(beside(original.folder, one) for one in (*ends, *saved, *named)))


def _local(href: str) -> str:
    """The file that an address in a page names: without its query and fragment, its escapes resolved."""
    return unquote(href.split("#", maxsplit=1)[0].split("?", maxsplit=1)[0], errors="surrogateescape")


def _joined(base: str, place: str) -> str:
    if not is_remote(base) or base.count("/") < 3 or not place:
        return ""
    return base.rpartition("/")[0] + "/" + place if not place.startswith("/") else urljoin(base, place)


def interpretations(
    original: Original, values: Values, recognised: Recognised, conflicts: list[str]
) -> tuple[Interpretation, ...]:
    said = values.held.get("interpretations", ("", ""))[0]
    if isinstance(said, list) and all(isinstance(one, dict) for one in said):
        rows = [_row(one) for one in said]
    elif said:
        rows = [_kind_and_place(entry) for entry in values.several("interpretations")]
    else:
        rows = [(link.section, link.text, _place(link.href)) for link in recognised.interpretations]
    kept = []
    for kind, title, place in rows:
        if is_remote(place) or not _SCHEME.match(place):
            kept.append(_interpretation(original, kind, title, place))
        else:
            web_address(place, "interpretations", conflicts)
    return tuple(kept)


def _row(one: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        str(one.get("kind", "")),
        str(one.get("title", "")),
        str(one.get("path", "") or one.get("url", "")),
    )


def _place(href: str) -> str:
    return href if is_remote(href) else _local(href)


def _kind_and_place(entry: str) -> tuple[str, str, str]:
    kind, _, place = entry.replace("：", ":").partition(":")
    return (kind.strip(), "", place.strip()) if kind.strip() in INTERPRETATION_KINDS else ("", "", entry)


def _interpretation(original: Original, kind: str, title: str, place: str) -> Interpretation:
    kind = kind if kind in INTERPRETATION_KINDS else INTERPRETATION_KINDS[0]
    name = title.strip() or place.rpartition("/")[2]
    if is_remote(place):
        return Interpretation(kind, name, url=place, places=_places(original, place, title))
    places = _places(original, place, title) if place.startswith("/") else ()
    return Interpretation(
        kind, shown(name), path=beside("" if places else original.folder, place), places=places
    )


def publications(
    document: Document, values: Values, vocabularies: Vocabularies, conflicts: list[str]
) -> tuple[Publication, ...]:
    """One event for each channel; an event that is described for itself says more than the folder's name."""
    said = values.held.get("publications", ("", ""))[0]
    rows = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    described = [_event(one, vocabularies, conflicts) for one in rows]
    named = {event.channel for event in described}
    channels = [channel for channel in document.channel if channel not in named]
    if not channels and not described:
        channels = [""]
    plain = [Publication(channel, document.published, document.url, document.path) for channel in channels]
    return tuple(dict.fromkeys((*plain, *described)))


def _event(row: Mapping[str, Any], vocabularies: Vocabularies, conflicts: list[str]) -> Publication:
    day = row.get("date") or row.get("published")
    moment = day if isinstance(day, date) else parse_moment(str(day or ""))
    channel = vocabularies["channels"].code_of(str(row.get("channel", "")))
    return Publication(channel, moment, web_address(str(row.get("url", "")), "publications", conflicts))


def without_names(text: str, names: frozenset[str]) -> str:
    """Without the lines of a list of links that are the names of what must not be named: the name stands alone there
    but for its serial, `附件` or a bullet. A sentence that speaks of it is the document's own."""
    wanted = {loose(name) for name in names if name.strip()}
    if not wanted:
        return text
    return "\n".join(line for line in text.split("\n") if not _is_named(loose(line), wanted))


def _is_named(line: str, wanted: set[str]) -> bool:
    return line in wanted or _LIST_MARK.sub("", line, count=1) in wanted
