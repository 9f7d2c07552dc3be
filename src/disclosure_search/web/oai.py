"""OAI-PMH 2.0: archives and libraries harvest the records as Dublin Core, all of them or what is new since a day.

The datestamp of a record is the day on which the index took it as it is now; a new index has new datestamps. What was
withdrawn is not told of, not even by its id: `deletedRecord` is `no`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, unquote

from flask import Response, request

from disclosure_search.answers import Listing
from disclosure_search.document import BY_NAME, Document
from disclosure_search.engine.base import Sort
from disclosure_search.errors import DocumentNotFoundError, QueryError
from disclosure_search.states import SearchState
from disclosure_search.web import xml
from disclosure_search.web.absolute import address_of, domain, settings
from disclosure_search.web.answering import searching
from disclosure_search.web.dublin import PREFIX, SCHEMA, SPACE, dublin_core
from disclosure_search.web.harvests import (
    SETS,
    BadArgumentError,
    Harvest,
    OaiError,
    read_token,
    set_spec,
)
from disclosure_search.web.moments import built_at, utc
from disclosure_search.web.xml import Node, node

OAI = "http://www.openarchives.org/OAI/2.0/"
SOME = 100  # records in one answer
EVERYTHING = 2**31 - 1
_IN_IDENTIFIER = "-_.!~*'();:@&=+$,"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
# verb → arguments, those in capitals required; resumptionToken is alone or not there
_VERBS: Mapping[str, tuple[str, ...]] = {
    "Identify": (),
    "ListMetadataFormats": ("identifier",),
    "ListSets": ("resumptionToken",),
    "ListIdentifiers": ("METADATAPREFIX", "from", "until", "set", "resumptionToken"),
    "ListRecords": ("METADATAPREFIX", "from", "until", "set", "resumptionToken"),
    "GetRecord": ("IDENTIFIER", "METADATAPREFIX"),
}
_SPELT = {"METADATAPREFIX": "metadataPrefix", "IDENTIFIER": "identifier"}


def oai() -> Response:
    given = request.form if request.method == "POST" else request.args
    attributes: dict[str, str] = {}
    try:
        verb, arguments = _checked(given.to_dict(flat=False))
        attributes = {"verb": verb, **arguments}
        told = [node(verb, None, None, *_answer(verb, arguments))]
    except OaiError as error:
        if error.code in ("badVerb", "badArgument"):
            attributes = {}
        told = [node("error", error.told, {"code": error.code})]
    root = node(
        "OAI-PMH",
        None,
        {
            "xmlns": OAI,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{OAI} {OAI}OAI-PMH.xsd",
        },
        node("responseDate", utc(datetime.now(UTC))),
        node("request", address_of("oai"), attributes),
        *told,
    )
    return xml.answer(root, "text/xml")


def _checked(given: Mapping[str, list[str]]) -> tuple[str, dict[str, str]]:
    verbs = given.get("verb", [])
    if len(verbs) != 1 or verbs[0] not in _VERBS:
        raise OaiError("badVerb", f"the verb is one of {', '.join(_VERBS)}")
    verb = verbs[0]
    arguments = {name: values[0] for name, values in given.items() if name != "verb"}
    known = {_SPELT.get(name, name): name in _SPELT for name in _VERBS[verb]}
    for name, values in given.items():
        if name != "verb" and name not in known:
            raise BadArgumentError(f"{verb} has no argument {name[:40]}")
        if len(values) != 1:
            raise BadArgumentError(f"{name[:40]} is given twice")
    if "resumptionToken" in arguments:
        if len(arguments) > 1:
            raise BadArgumentError("resumptionToken goes with no other argument")
        return verb, arguments
    for name, is_needed in known.items():
        if is_needed and name not in arguments:
            raise BadArgumentError(f"{verb} needs {name}")
    return verb, arguments


def _answer(verb: str, arguments: Mapping[str, str]) -> Iterator[Node]:
    if verb == "Identify":
        return _identify()
    if verb == "ListMetadataFormats":
        return _formats(arguments.get("identifier"))
    if verb == "ListSets":
        return _sets(arguments)
    if verb == "GetRecord":
        return _get(arguments)
    return _list(arguments, with_records=verb == "ListRecords")


def _identify() -> Iterator[Node]:
    found = _EMAIL.search(settings().contact)
    host = domain() if "." in domain() else f"{domain()}.invalid"
    yield node("repositoryName", settings().name)
    yield node("baseURL", address_of("oai"))
    yield node("protocolVersion", "2.0")
    yield node("adminEmail", found[0] if found else f"webmaster@{host}")
    yield node("earliestDatestamp", _earliest().isoformat())
    yield node("deletedRecord", "no")
    yield node("granularity", "YYYY-MM-DD")


def _earliest() -> date:
    """The first day on which anything was recorded, found by halving: some fifteen counts, a millisecond each."""
    low, high = date(2000, 1, 1), searching().today
    while low < high:
        middle = low + timedelta(days=(high - low).days // 2)
        if searching().listing(SearchState(size=1), until=middle).total:
            high = middle
        else:
            low = middle + timedelta(days=1)
    return low


def _formats(identifier: str | None) -> Iterator[Node]:
    if identifier is not None:
        _document(identifier)
    yield node(
        "metadataFormat",
        None,
        None,
        node("metadataPrefix", PREFIX),
        node("schema", SCHEMA),
        node("metadataNamespace", SPACE),
    )


def _sets(arguments: Mapping[str, str]) -> Iterator[Node]:
    if "resumptionToken" in arguments:
        raise OaiError("badResumptionToken", "all sets are listed at once")
    for facet in searching().overview():
        for one in facet.values:
            if facet.name in SETS and one.count:
                name = f"{BY_NAME[facet.name].label}：{one.label}"
                yield node(
                    "set", None, None, node("setSpec", set_spec(facet.name, one.value)), node("setName", name)
                )


def _get(arguments: Mapping[str, str]) -> Iterator[Node]:
    _check_prefix(arguments["metadataPrefix"])
    yield _record(_document(arguments["identifier"]))


def _list(arguments: Mapping[str, str], *, with_records: bool) -> Iterator[Node]:
    if "resumptionToken" in arguments:
        harvest = read_token(arguments["resumptionToken"])
    else:
        _check_prefix(arguments["metadataPrefix"])
        harvest = Harvest.of(arguments)
    total, at, doc_ids = _portion(harvest)
    for document in searching().records(doc_ids):
        yield _record(document) if with_records else _header(document)
    end = at + len(doc_ids)
    if end < total or harvest.last:
        following = harvest.after(end, doc_ids[-1]).token() if end < total else ""
        yield node("resumptionToken", following, {"completeListSize": str(total), "cursor": str(at)})


def _portion(harvest: Harvest) -> tuple[int, int, tuple[str, ...]]:
    """How many records there are, and those that come behind the last one that the harvester has got, with their
    place. Commits in between may move that one; the order of what stays as it is never changes, and what changes is
    recorded anew, so that the next harvest finds it."""
    listing = _listing(harvest, harvest.offset + SOME)
    at = harvest.offset
    if harvest.last and (at > len(listing.doc_ids) or listing.doc_ids[at - 1] != harvest.last):
        listing = _listing(harvest, EVERYTHING)
        if harvest.last not in listing.doc_ids:
            raise OaiError("badResumptionToken", "the record that the list goes on from is gone; begin again")
        at = listing.doc_ids.index(harvest.last) + 1
    portion = listing.doc_ids[at : at + SOME]
    if not portion:
        raise OaiError("noRecordsMatch", "no record is of this set and was recorded within these days")
    return listing.total, at, portion


def _listing(harvest: Harvest, size: int) -> Listing:
    state = SearchState(filters=harvest.filters, sort=Sort.OLDEST, size=size)
    try:
        return searching().listing(state, harvest.since, harvest.until)
    except QueryError as error:
        raise OaiError("noRecordsMatch", "there is no such set; see ListSets") from error


def _check_prefix(prefix: str) -> None:
    if prefix != PREFIX:
        raise OaiError("cannotDisseminateFormat", f"the only format is {PREFIX}")


def identifier_of(document: Document) -> str:
    return f"oai:{domain()}:{quote(document.doc_id, safe=_IN_IDENTIFIER)}"


def _document(identifier: str) -> Document:
    start = f"oai:{domain()}:"
    if not identifier.startswith(start):
        raise OaiError("idDoesNotExist", f"identifiers begin with {start}")
    try:
        return searching().record(unquote(identifier[len(start) :]))
    except DocumentNotFoundError as error:
        raise OaiError("idDoesNotExist", "no public document has this identifier") from error


def _header(document: Document) -> Node:
    recorded = document.recorded or built_at(searching().condition().built).date()
    specs = (set_spec(name, value) for name in SETS for value in getattr(document, name))
    return node(
        "header",
        None,
        None,
        node("identifier", identifier_of(document)),
        node("datestamp", recorded.isoformat()),
        *(node("setSpec", one) for one in specs),
    )


def _record(document: Document) -> Node:
    metadata = node("metadata", None, None, dublin_core(searching(), document))
    return node("record", None, None, _header(document), metadata)
