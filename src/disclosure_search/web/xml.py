"""XML that is well-formed whatever a record holds: every text is escaped, and what XML cannot hold is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from flask import Response

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Node = ET.Element


def node(
    name: str, text: str | None = None, attributes: Mapping[str, str] | None = None, *children: Node | None
) -> Node:
    """`name` may bear a prefix, which an attribute xmlns:… of a node above must bind. No child stands for None."""
    made = ET.Element(name, {key: clean(value) for key, value in (attributes or {}).items()})
    made.text = clean(text) if text is not None else None
    made.extend(child for child in children if child is not None)
    return made


def clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


def document(root: Node) -> bytes:
    text = ET.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def answer(root: Node, media_type: str = "application/xml") -> Response:
    return Response(document(root), content_type=f"{media_type}; charset=utf-8")
