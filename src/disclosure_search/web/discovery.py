"""What tells programs that come by what is here: OpenSearch description, robots.txt, and the catalogue (DCAT)."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from disclosure_search.answers import FacetValue
from disclosure_search.states import SearchState
from disclosure_search.web import xml
from disclosure_search.web.absolute import absolute, address_of, search_address, settings
from disclosure_search.web.answering import searching
from disclosure_search.web.api import answer, only
from disclosure_search.web.conditional import conditional
from disclosure_search.web.moments import built_at
from disclosure_search.web.xml import Node, node

LONGEST_SHORT_NAME, LONGEST_LONG_NAME = 16, 48  # characters, says OpenSearch 1.1
_FORMS = (
    ("csv", "search_csv", "text/csv"),
    ("ndjson", "search_ndjson", "application/x-ndjson"),
    ("json", "api_search", "application/json"),
    ("atom", "search_atom", "application/atom+xml"),
)


@conditional
def opensearch() -> Response:
    name, agency = settings().name, settings().agency
    suggestions = f"{address_of('suggestions')}?q={{searchTerms}}"
    root = node(
        "OpenSearchDescription",
        None,
        {"xmlns": "http://a9.com/-/spec/opensearch/1.1/"},
        node("ShortName", name[:LONGEST_SHORT_NAME]),
        node("LongName", name[:LONGEST_LONG_NAME]),
        node("Description", f"检索{agency}的公开信息"[:1024]),
        _template("search", "text/html"),
        _template("search_atom", "application/atom+xml"),
        _template("api_search", "application/json"),
        node("Url", None, _template_of(suggestions, "application/x-suggestions+json", "suggestions")),
        node(
            "Url",
            None,
            _template_of(address_of("opensearch"), "application/opensearchdescription+xml", "self"),
        ),
        node("Language", "zh-CN"),
        node("InputEncoding", "UTF-8"),
        node("OutputEncoding", "UTF-8"),
    )
    return xml.answer(root, "application/opensearchdescription+xml")


def _template(endpoint: str, media_type: str) -> Node:
    address = f"{address_of(endpoint)}?q={{searchTerms}}&page={{startPage?}}"
    return node("Url", None, _template_of(address, media_type, "results"))


def _template_of(address: str, media_type: str, relation: str) -> dict[str, str]:
    return {"type": media_type, "rel": relation, "template": address}


def robots() -> Response:
    """Documents and shelves are to be found by every search engine; searches are without end."""
    lines = ("User-agent: *", f"Disallow: {url_for('search')}", f"Disallow: {url_for('oai')}")
    text = "\n".join(
        (*lines, f"Disallow: {url_for('home')}api/", "", f"Sitemap: {address_of('sitemap')}", "")
    )
    return Response(text, content_type="text/plain; charset=utf-8")


@conditional
def catalogue() -> Response:
    """The whole collection and each of its categories as data sets."""
    only()
    condition = searching().condition()
    categories = next((one.values for one in searching().overview() if one.name == "category"), ())
    about = address_of("home")
    shape = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": address_of("catalogue"),
        "@type": "dcat:Catalog",
        "dct:title": _chinese(settings().name),
        "dct:language": "zh",
        "dct:modified": {"@type": "xsd:dateTime", "@value": built_at(condition.built).isoformat()},
        "foaf:homepage": {"@id": about},
        **_publisher(),
        "dcat:service": [
            _service("api_openapi", "API", "application/json"),
            _service("oai", "OAI-PMH 2.0", "text/xml"),
        ],
        "dcat:dataset": [
            _dataset(settings().name, condition.documents, SearchState()),
            *(_of_category(one) for one in categories if one.count),
        ],
    }
    return answer(shape, "application/ld+json")


def _of_category(one: FacetValue) -> dict[str, Any]:
    return _dataset(one.label, one.count, SearchState(filters={"category": (one.value,)}))


def _dataset(title: str, count: int, state: SearchState) -> dict[str, Any]:
    page = search_address("search", state)
    return {
        "@id": f"{page}#dataset",
        "@type": "dcat:Dataset",
        "dct:title": _chinese(title),
        "dct:description": _chinese(f"{title}：{count} 份公开信息"),
        "dct:language": "zh",
        "dcat:landingPage": {"@id": page},
        **_publisher(),
        "dcat:distribution": [
            {
                "@id": search_address(endpoint, state),
                "@type": "dcat:Distribution",
                "dct:title": form,
                "dcat:accessURL": {"@id": search_address(endpoint, state)},
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
            }
            for form, endpoint, media_type in _FORMS
        ],
    }


def _service(endpoint: str, title: str, media_type: str) -> dict[str, Any]:
    return {
        "@id": f"{address_of(endpoint)}#service",
        "@type": "dcat:DataService",
        "dct:title": title,
        "dct:format": media_type,
        "dcat:endpointURL": {"@id": absolute(url_for("home"))},
        "dcat:endpointDescription": {"@id": address_of(endpoint)},
    }


def _publisher() -> dict[str, Any]:
    name = settings().agency
    return {"dct:publisher": {"@type": "foaf:Organization", "foaf:name": name}} if name else {}


def _chinese(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "zh"}
