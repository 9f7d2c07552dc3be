"""Mails (EML) and saved pages (MHTML): MIME, by the standard library.

Of a mail the plain text is read, else the HTML; its attachments are members. A saved page is its root part.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from disclosure_search.errors import DamagedDocumentError
from disclosure_search.extract._encoding import decode
from disclosure_search.extract._members import Found, contained, read_members
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract.clean import clean, clean_line

_HEADERS = ("Subject", "Date", "From", "To")
_MOST_PARTS = 1_000
_SAVED = re.compile(rb"^(?:Snapshot-Content-Location:|From: *<?Saved by)", re.IGNORECASE | re.MULTILINE)


def read(path: Path, limits: Limits) -> Extract:
    data = path.read_bytes()
    message = email.message_from_bytes(data.lstrip(b"\r\n"))
    parts = list(_leaves(message))
    if not parts:
        raise DamagedDocumentError(str(path), "it holds no part that can be read", "save it again")
    if _is_saved_page(message, data):
        return _page(_root(message, parts))
    text, used = _body(parts)
    again = {id(part) for part in _said_again(message, used, text)}
    attached = [
        Found(_name(part, at), _bytes(part))
        for at, part in enumerate(parts, 1)
        if part is not used and id(part) not in again
    ]
    members = read_members(path, limits, attached) if attached else ()
    found = Extract(
        text=text.text,
        title=_header(message, "Subject"),
        metadata=(*_metadata(message), *text.metadata),
        links=text.links,
        warnings=text.warnings,
        members=members,
    )
    return contained(path, found) if members else found


def _is_saved_page(message: Message, data: bytes) -> bool:
    is_related = message.get_content_type() == "multipart/related" and "To" not in message
    return is_related or _SAVED.search(data[:4096]) is not None


def _leaves(message: Message) -> Iterator[Message]:
    """Parts that hold something, in order; a mail inside a mail is one part. Without a stack: nesting is free."""
    todo, seen = [message], 0
    while todo and seen < _MOST_PARTS:
        part = todo.pop()
        seen += 1
        if part.get_content_type() == "message/rfc822" and part is not message:
            yield part
        elif part.is_multipart():
            inner = part.get_payload()
            todo += [one for one in reversed(inner) if isinstance(one, Message)]  # type: ignore[arg-type]
        else:
            yield part


def _root(message: Message, parts: list[Message]) -> Message:
    """The part that `start` names, else the first page."""
    start = str(message.get_param("start") or "").strip("<> ")
    named = [part for part in parts if start and str(part.get("Content-ID", "")).strip("<> ") == start]
    pages = [part for part in parts if part.get_content_type() in ("text/html", "application/xhtml+xml")]
    return [*named, *pages, *parts][0]


def _body(parts: list[Message]) -> tuple[Extract, Message | None]:
    """An attachment is none, also where it is a text."""
    shown = [part for part in parts if not _is_attached(part)]
    for kind in ("text/plain", "text/html"):
        for part in (one for one in shown if one.get_content_type() == kind):
            found = _page(part) if kind == "text/html" else _plain(part)
            if any(map(str.isalnum, found.text)):
                return found, part
    return Extract(""), None


def _said_again(message: Message, used: Message | None, text: Extract) -> Iterator[Message]:
    """The pages that stand beside the plain text and say no more than it: one mail in two forms."""
    todo, seen = [message], 0
    while used is not None and todo and seen < _MOST_PARTS:
        part = todo.pop()
        seen += 1
        inner = part.get_payload() if part.is_multipart() else ()
        todo += [one for one in inner if isinstance(one, Message)]
        leaves = list(_leaves(part)) if part.get_content_type() == "multipart/alternative" else []
        if any(one is used for one in leaves):
            pages = (one for one in leaves if one.get_content_type() == "text/html" and one is not used)
            yield from (
                one for one in pages if not _is_attached(one) and _size(_page(one)) <= _size(text) * 1.2 + 20
            )


def _size(extract: Extract) -> int:
    return sum(map(str.isalnum, extract.text))


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _plain(part: Message) -> Extract:
    decoded = decode(_bytes_of(part), _charset(part))
    return Extract(clean(decoded.text), warnings=decoded.warnings)


def _page(part: Message) -> Extract:
    from disclosure_search.extract import _html

    decoded = decode(_bytes_of(part), _charset(part))
    found = _html.read_page(decoded.text, decoded.warnings)
    location = clean_line(str(part.get("Content-Location", ""))[:2_000])
    if not location.lower().startswith(("http://", "https://")):
        return found
    metadata = (*found.metadata, ("meta:canonical", location))
    return Extract(found.text, found.title, metadata, found.links, warnings=found.warnings)


def _charset(part: Message) -> str:
    try:
        return _plain_charset(part.get_content_charset())
    except (ValueError, LookupError):
        return ""


def _file_name(part: Message) -> str:
    """Its parameters may name a charset that no library takes."""
    try:
        return str(part.get_filename() or "")
    except (ValueError, LookupError):
        return "unnamed"


def _plain_charset(named: object) -> str:
    return re.sub(r"[^A-Za-z0-9_.:-]", "", str(named or ""))


def _bytes_of(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _bytes(part: Message) -> Iterator[bytes]:
    """A mail inside a mail as it came."""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        yield inner[0].as_bytes() if isinstance(inner, list) and isinstance(inner[0], Message) else b""
    else:
        yield _bytes_of(part)


def _name(part: Message, position: int) -> str:
    """Its file name, without folders; of a mail inside a mail the subject."""
    name = clean_line(_decoded(_file_name(part))).replace("\\", "/").rpartition("/")[2]
    if part.get_content_type() == "message/rfc822" and not name:
        inner = part.get_payload()
        subject = _header(inner[0], "Subject") if isinstance(inner, list) and inner else ""  # type: ignore[arg-type]
        name = f"{subject.replace('/', '_') or f'mail {position}'}.eml"
    endings = {"text/html": ".html", "text/plain": ".txt"}
    return name or f"part {position}{endings.get(part.get_content_type(), '')}"


def _header(message: Message, name: str) -> str:
    """As it came: 8-bit characters, which many mailers leave as they are, would be lost otherwise."""
    raw = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return clean_line(_decoded(next(raw, "")[:10_000].replace("\r", "").replace("\n", "")))


def _decoded(value: str) -> str:
    """RFC 2047 words, in the charset that they really have; raw bytes of old mailers too."""
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError, HeaderParseError):
        return decode(value.encode("utf-8", "surrogateescape")).text
    found = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            found.append(decode(piece.encode("utf-8", "surrogateescape")).text)
        else:
            found.append(decode(piece, _plain_charset(charset)).text)
    return "".join(found)


def _metadata(message: Message) -> list[tuple[str, str]]:
    """The sender is shown as it stands; nobody's private address becomes an agency: that field takes none of these."""
    found = [(f"mail:{name}", _header(message, name)) for name in _HEADERS if message.get(name)]
    moment = _moment(str(message.get("Date", "")))
    return [(name, moment if name == "mail:Date" and moment else value) for name, value in found if value]


def _moment(value: str) -> str:
    """The day and minute where it was sent, as pages write it."""
    try:
        moment: datetime = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError, IndexError):
        return ""
    return moment.strftime("%Y-%m-%d %H:%M")
