"""Harvesting by OAI-PMH 2.0: every answer has the form that the protocol's schema demands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from disclosure_search.indexing import bring_up_to_date
from disclosure_search.web import Originals, SiteSettings, create_app, oai
from disclosure_search.web.harvests import Harvest, set_spec
from disclosure_search.wiring import Archive

if TYPE_CHECKING:
    from conftest import Site

OAI = "{http://www.openarchives.org/OAI/2.0/}"
CONTAINER = "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"
DC = "{http://purl.org/dc/elements/1.1/}"
ELEMENTS = frozenset(
    (
        *("title", "creator", "subject", "description", "publisher", "contributor", "date", "type", "format"),
        *("identifier", "source", "language", "relation", "coverage", "rights"),
    )
)
SPEC = re.compile(r"([A-Za-z0-9\-_.!~*'()])+(:[A-Za-z0-9\-_.!~*'()]+)*")
CODES = frozenset(
    (
        *("cannotDisseminateFormat", "idDoesNotExist", "badArgument", "badVerb", "noMetadataFormats"),
        *("noRecordsMatch", "badResumptionToken", "noSetHierarchy"),
    )
)
IN_ORDER = {
    "Identify": (
        "repositoryName", "baseURL", "protocolVersion", "adminEmail", "earliestDatestamp", "deletedRecord",
        "granularity",
    ),
    "metadataFormat": ("metadataPrefix", "schema", "metadataNamespace"),
    "set": ("setSpec", "setName"),
    "record": ("header", "metadata"),
}  # fmt: skip
PREFIX = "&metadataPrefix=oai_dc"


def ask(client: FlaskClient, query: str) -> ET.Element:
    """The answer to a verb, or the error, after the whole was held to the schema."""
    response = client.get(f"/oai?{query}")
    assert (response.status_code, response.mimetype) == (200, "text/xml")
    root = ET.fromstring(response.get_data())
    assert root.tag == f"{OAI}OAI-PMH"
    told, request, answer = root
    assert (told.tag, request.tag) == (f"{OAI}responseDate", f"{OAI}request")
    datetime.strptime(told.text or "", "%Y-%m-%dT%H:%M:%SZ")
    assert (request.text or "").endswith("/oai")
    check(answer)
    if answer.tag == f"{OAI}error":
        assert answer.get("code") in CODES
        if answer.get("code") in ("badVerb", "badArgument"):
            assert not request.attrib
    else:
        assert answer.tag == f"{OAI}{request.get('verb')}"
    return answer


def check(answer: ET.Element) -> None:
    for element in answer.iter():
        kind = element.tag.removeprefix(OAI)
        names = [one.tag.removeprefix(OAI) for one in element]
        if kind in IN_ORDER:
            assert names == list(IN_ORDER[kind])
        if kind == "header":
            assert names[:2] == ["identifier", "datestamp"]
            assert set(names[2:]) <= {"setSpec"}
        if kind == "setSpec":
            assert SPEC.fullmatch(element.text or "")
        if kind in ("datestamp", "earliestDatestamp"):
            date.fromisoformat(element.text or "")
        if kind == "metadata":
            (container,) = element
            assert container.tag == CONTAINER
            assert {one.tag.removeprefix(DC) for one in container} <= ELEMENTS
    assert answer.tag == f"{OAI}error" or len(answer)


def code(answer: ET.Element) -> str | None:
    return answer.get("code") if answer.tag == f"{OAI}error" else None


def texts(answer: ET.Element, name: str) -> list[str]:
    return [one.text or "" for one in answer.iter(f"{OAI}{name}")]


def harvest(client: FlaskClient, query: str) -> Iterator[ET.Element]:
    verb = query.partition("&")[0]
    while query:
        answer = ask(client, query)
        yield answer
        token = answer.findtext(f"{OAI}resumptionToken")
        query = f"{verb}&{urlencode({'resumptionToken': token})}" if token else ""


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oai, "SOME", 7)


def test_the_repository_tells_of_itself(site: Site) -> None:
    answer = ask(site.client, "verb=Identify")
    told = {one.tag.removeprefix(OAI): one.text for one in answer}
    assert told["repositoryName"] == "公开档案"
    assert (told["protocolVersion"], told["deletedRecord"], told["granularity"]) == (
        "2.0",
        "no",
        "YYYY-MM-DD",
    )
    assert re.fullmatch(r"\S+@(\S+\.)+\S+", told["adminEmail"] or "")
    stamps = texts(ask(site.client, f"verb=ListIdentifiers{PREFIX}"), "datestamp")
    assert told["earliestDatestamp"] == min(stamps)
    reached = ask(site.mounted(contact="电话 0000，gongkai@example.gov.cn"), "verb=Identify")
    assert reached.findtext(f"{OAI}adminEmail") == "gongkai@example.gov.cn"


def test_dublin_core_is_the_format(site: Site) -> None:
    assert texts(ask(site.client, "verb=ListMetadataFormats"), "metadataPrefix") == ["oai_dc"]


def test_a_record_is_given_by_its_identifier(site: Site) -> None:
    answer = ask(site.client, f"verb=GetRecord{PREFIX}&identifier=oai:localhost:LX00123-0215-2014-00031")
    told = {
        name: [one.text for one in answer.iter(f"{DC}{name}")]
        for name in ("title", "identifier", "date", "subject")
    }
    assert told == {
        "title": ["企业新设专卖店补贴名单"],
        "identifier": [
            "http://localhost/d/LX00123-0215-2014-00031",
            "LX00123-0215-2014-00031",
            "临经贸〔2014〕39号",
        ],
        "date": ["2014-12-02"],
        "subject": ["奖补名单", "补贴", "专卖店"],
    }
    formats = ask(site.client, "verb=ListMetadataFormats&identifier=oai:localhost:LX00123-0215-2014-00031")
    assert code(formats) is None


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_a_harvest_in_parts_gives_every_record_once(site: Site, verb: str) -> None:
    parts = list(harvest(site.client, f"verb={verb}{PREFIX}"))
    ids = [one for part in parts for one in texts(part, "identifier")]
    listed = site.client.get("/search.json?size=100").get_json()["items"]
    assert sorted(ids) == sorted(f"oai:localhost:{quote(one['id'])}" for one in listed)
    tokens = [part.find(f"{OAI}resumptionToken") for part in parts]
    assert [token.get("cursor") for token in tokens if token is not None] == ["0", "7", "14", "21", "28"]
    assert {token.get("completeListSize") for token in tokens if token is not None} == {str(site.documents)}
    assert tokens[-1] is not None
    assert not tokens[-1].text


def test_a_short_list_has_no_token(site: Site) -> None:
    answer = ask(site.client, f"verb=ListIdentifiers{PREFIX}&set=channel:notice-board")
    assert answer.find(f"{OAI}resumptionToken") is None


def test_the_sets_are_the_shelves_and_hold_what_bears_their_name(site: Site) -> None:
    sets = texts(ask(site.client, "verb=ListSets"), "setSpec")
    assert {"category:20-07-01", "channel:website", set_spec("category", "医疗、卫生")} <= set(sets)
    for one in sets:
        answer = ask(site.client, f"verb=ListIdentifiers{PREFIX}&{urlencode({'set': one})}")
        headers = list(answer.iter(f"{OAI}header"))
        assert headers
        assert all(one in texts(header, "setSpec") for header in headers)
        name, _, value = one.partition(":")
        value = bytes.fromhex(value[1:]).decode() if value.startswith("~") else value
        found = site.client.get("/search.json", query_string={name: value}).get_json()
        assert found["total"] == len(headers)


def test_days_limit_a_harvest_with_both_ends(site: Site) -> None:
    today = date.fromisoformat(texts(ask(site.client, f"verb=ListIdentifiers{PREFIX}"), "datestamp")[0])
    before, after = today - timedelta(days=1), today + timedelta(days=1)

    def count(days: str) -> int:
        return len(texts(ask(site.client, f"verb=ListIdentifiers{PREFIX}&{days}"), "identifier"))

    for days in (
        f"from={today}",
        f"until={today}",
        f"from={today}&until={today}",
        f"from={before}&until={after}",
    ):
        assert count(days) == site.documents
    for days in (f"from={after}", f"until={before}"):
        assert code(ask(site.client, f"verb=ListIdentifiers{PREFIX}&{days}")) == "noRecordsMatch"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", "badVerb", id="no verb"),
        pytest.param("verb=Nothing", "badVerb", id="unknown verb"),
        pytest.param("verb=Identify&verb=Identify", "badVerb", id="two verbs"),
        pytest.param("verb=identify", "badVerb", id="small letters"),
        pytest.param("verb=Identify&set=x", "badArgument", id="argument too many"),
        pytest.param("verb=ListRecords", "badArgument", id="no format"),
        pytest.param("verb=GetRecord&metadataPrefix=oai_dc", "badArgument", id="no identifier"),
        pytest.param(f"verb=ListRecords{PREFIX}{PREFIX}", "badArgument", id="argument twice"),
        pytest.param(f"verb=ListRecords{PREFIX}&from=2014", "badArgument", id="no day"),
        pytest.param(f"verb=ListRecords{PREFIX}&from=2014-02-30", "badArgument", id="day that is not"),
        pytest.param(f"verb=ListRecords{PREFIX}&from=2014-01-01T00:00:00Z", "badArgument", id="too fine"),
        pytest.param(
            f"verb=ListRecords{PREFIX}&from=2015-01-01&until=2014-01-01", "badArgument", id="backwards"
        ),
        pytest.param(f"verb=ListRecords{PREFIX}&from=", "badArgument", id="empty day"),
        pytest.param("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat", id="other format"),
        pytest.param(f"verb=GetRecord{PREFIX}&identifier=oai:localhost:x", "idDoesNotExist", id="no record"),
        pytest.param(f"verb=GetRecord{PREFIX}&identifier=x", "idDoesNotExist", id="foreign identifier"),
        pytest.param("verb=ListMetadataFormats&identifier=x", "idDoesNotExist", id="formats of nothing"),
        pytest.param(f"verb=ListRecords{PREFIX}&set=category:none", "noRecordsMatch", id="no such set"),
        pytest.param(f"verb=ListRecords{PREFIX}&set=category:~zz", "noRecordsMatch", id="broken set"),
        pytest.param(f"verb=ListRecords{PREFIX}&set=agency:x", "noRecordsMatch", id="facet without sets"),
        pytest.param("verb=ListRecords&resumptionToken=x", "badResumptionToken", id="broken token"),
        pytest.param("verb=ListRecords&resumptionToken=", "badResumptionToken", id="empty token"),
        pytest.param("verb=ListSets&resumptionToken=x", "badResumptionToken", id="token of sets"),
        pytest.param(f"verb=ListRecords{PREFIX}&resumptionToken=x", "badArgument", id="token beside others"),
    ],
)
def test_a_wrong_request_is_told_by_the_code_of_the_protocol(site: Site, query: str, expected: str) -> None:
    assert code(ask(site.client, query)) == expected


@pytest.mark.parametrize(
    "forged",
    [
        Harvest(offset=7, last="nothing").token(),
        Harvest(offset=10**9, last="x").token(),
        Harvest(set="agency:x", offset=7, last="x").token(),
        Harvest(start="x", offset=7, last="x").token(),
        "bnVsbA==",
        "W10=",
        "é",
    ],
    ids=["no such record", "too far", "no set", "no day", "null", "empty list", "not ascii"],
)
def test_a_token_that_was_not_given_is_refused(site: Site, forged: str) -> None:
    assert (
        code(ask(site.client, urlencode({"verb": "ListRecords", "resumptionToken": forged})))
        == "badResumptionToken"
    )


def test_a_form_may_be_sent_instead(site: Site) -> None:
    response = site.client.post("/oai", data={"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"})
    assert response.status_code == 200
    assert len(texts(ET.fromstring(response.get_data()), "identifier")) == site.documents


@pytest.mark.parametrize("path", ["简报/公示公告/2014/内部.txt", "公示栏/公示公告/2012/到期.txt"])
def test_what_is_not_public_has_no_record(site: Site, path: str) -> None:
    identifier = f"oai:localhost:{site.doc_id(path)}"
    assert code(ask(site.client, f"verb=GetRecord{PREFIX}&identifier={identifier}")) == "idDoesNotExist"
    assert identifier not in texts(ask(site.client, f"verb=ListIdentifiers{PREFIX}"), "identifier")


@pytest.mark.usefixtures("few_at_a_time")
def test_commits_during_a_harvest_double_and_lose_nothing_that_stays(
    make_archive: Callable[..., Archive],
) -> None:
    folder = "政府网站/公示公告/2013"
    files = {f"{folder}/{one:02}.txt": f"第{one:02}号通知\n内容{one}。\n" for one in range(20)}
    archive = make_archive(
        {"collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n', **files}
    )
    data_dir = archive.settings.data_dir
    client = create_app(
        lambda: archive.search, Originals(data_dir), SiteSettings("公开档案", "", data_dir)
    ).test_client()
    found = client.get("/search.json?size=100&sort=oldest").get_json()["items"]
    titles = [one["title"] for one in found]
    harvested: list[str] = []
    for number, part in enumerate(harvest(client, f"verb=ListRecords{PREFIX}")):
        harvested += [one.text or "" for one in part.iter(f"{DC}title")]
        if number == 0:  # one that was given goes, one that was not goes too, and a new one comes first
            (data_dir / folder / f"{titles[2][1:3]}.txt").unlink()
            (data_dir / folder / f"{titles[15][1:3]}.txt").unlink()
            (data_dir / folder / "早.txt").write_text("更早的通知\n内容。\n", "utf-8")
            (data_dir / folder / "早.txt.meta.toml").write_text('issued = "2001-01-01"\n', "utf-8")
            bring_up_to_date(
                archive.engine, data_dir, archive.store_dir, archive.vocabularies, archive.segmenter
            )
    staying = [title for title in titles if title != titles[15]]
    assert [one for one in harvested if one != "更早的通知"] == staying
