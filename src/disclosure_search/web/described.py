"""What a page says of itself to machines: the tags that government pages must have, and schema.org as JSON-LD."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from disclosure_search.document import Document, iso
from disclosure_search.search import Search
from disclosure_search.web.absolute import settings
from disclosure_search.web.addresses import url_for
from disclosure_search.web.answering import searching
from disclosure_search.web.typeset import web_address

Tags = tuple[tuple[str, str], ...]
COLUMN_TYPE = "信息公开"


def page_tags() -> Tags:
    """For every page. A tag that has nothing to say is left out: an empty one counts as an error in the inspections."""
    site = settings()
    return _filled(
        ("SiteName", site.name),
        ("SiteDomain", urlsplit(site.address).hostname or ""),
        ("SiteIDCode", site.site_code),
    )


def column_tags(name: str, description: str = "", keywords: tuple[str, ...] = ()) -> Tags:
    """For a list of documents; `name` is what it is called."""
    return (
        *page_tags(),
        *_filled(
            ("ColumnName", name),
            ("ColumnDescription", description or f"{settings().name}：{name}"),
            ("ColumnKeywords", ",".join(keywords or (name,))),
            ("ColumnType", COLUMN_TYPE),
        ),
    )


def document_tags(document: Document) -> Tags:
    """All ten, with the four optional ones."""
    search = searching()
    agency = search.label("agency", document.agency) or settings().agency
    names = [search.label("category", code) for code in search.narrowest("category", document.category)]
    column = names[0] if names else COLUMN_TYPE
    return (
        *column_tags(column, keywords=(*names, *document.keywords)),
        *_filled(
            ("ArticleTitle", document.title),
            ("PubDate", _minute(document.published or document.issued)),
            ("ContentSource", agency),
            ("Keywords", ",".join(document.keywords)),
            ("Description", document.description),
            ("Author", agency),
            ("Url", _permanent(document.doc_id) if settings().address else ""),
        ),
    )


def _permanent(doc_id: str, endpoint: str = "document") -> str:
    """Pages are kept by others, so no host that a visitor names stands in them: without an address, the path alone."""
    return f"{settings().address}{url_for(endpoint, doc_id=doc_id)}"


def _filled(*tags: tuple[str, str]) -> Tags:
    return tuple((name, content) for name, content in tags if content)


def _minute(day: date | None) -> str:
    """As the guideline wants it, yyyy-MM-dd HH:mm: of a day without an hour, its beginning."""
    if day is None:
        return ""
    return day.strftime("%Y-%m-%d %H:%M") if isinstance(day, datetime) else f"{day.isoformat()} 00:00"


def linked_data(document: Document) -> Markup:
    """For a script element of the type application/ld+json: a block of data, which no browser runs."""
    text = json.dumps(schema(searching(), document), ensure_ascii=False)
    for character in "<>&":  # so that nothing in it ends the element
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing is left in it that HTML reads


def schema(search: Search, document: Document) -> dict[str, Any]:
    """The document as schema.org describes one."""
    permalink = _permanent(document.doc_id)
    agency = search.label("agency", document.agency)
    numbers = [one for one in (document.index_number, document.number) if one]
    kinds = [search.label("category", code) for code in search.narrowest("category", document.category)]
    values: dict[str, Any] = {
        "@id": permalink,
        "url": permalink,
        "name": document.title,
        "identifier": numbers,
        "datePublished": iso(document.published),
        "dateCreated": iso(document.issued),
        "expires": iso(document.expires),
        "description": document.description,
        "keywords": [*document.keywords, *kinds],
        "genre": search.label("genre", document.genre),
        "creativeWorkStatus": document.validity,
        "publisher": {"@type": "GovernmentOrganization", "name": agency} if agency else None,
        "sameAs": web_address(document.url),
        "encoding": _encoding(document),
    }
    fixed = {"@context": "https://schema.org", "@type": "DigitalDocument", "inLanguage": "zh-CN"}
    return {**fixed, "isAccessibleForFree": True, **{name: value for name, value in values.items() if value}}


def _encoding(document: Document) -> dict[str, Any]:
    size = {"contentSize": f"{document.size_bytes} B"} if document.size_bytes else {}
    digest = {"sha256": document.sha256} if document.sha256 else {}
    address = _permanent(document.doc_id, "original")
    return {"@type": "MediaObject", "contentUrl": address, **size, **digest}
