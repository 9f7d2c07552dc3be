"""The interface for programs, held to its own description."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import lxml.html
import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from disclosure_search.document import FACETS
from disclosure_search.states import PARAMETERS, SearchState

if TYPE_CHECKING:
    from conftest import Site

DOCUMENT = "/api/v1/documents/LX00123-0215-2014-00031"
SAMPLES = {"sort": "newest", "page": "1", "size": "5", "from": "2012", "to": "2015-12-31", "year": "2014"}


@pytest.fixture(scope="session")
def described(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.client.get("/api/v1/openapi.json").get_json()
    return found


@pytest.fixture(scope="session")
def conforms(described: dict[str, Any]) -> Callable[[str, object], None]:
    """Fails where an answer is not what the description says of that shape."""

    def check(name: str, answer: object) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        faults = [
            f"{fault.json_path}: {fault.message}"
            for fault in Draft202012Validator(schema).iter_errors(answer)
        ]
        assert not faults

    return check


def get(client: FlaskClient, address: str) -> dict[str, Any]:
    response = client.get(address)
    assert (response.status_code, response.mimetype) == (200, "application/json"), address
    found: dict[str, Any] = response.get_json()
    return found


def test_the_description_is_valid_openapi(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    validate(described)


def test_every_described_address_is_answered_and_every_address_of_the_interface_is_described(
    site: Site, described: dict[str, Any]
) -> None:
    rules = {str(rule).replace("<doc_id>", "{id}") for rule in site.client.application.url_map.iter_rules()}
    assert set(described["paths"]) <= rules
    ours = {rule for rule in rules if rule.startswith(("/api/v1/", "/search."))}
    assert ours - {"/api/v1/", "/api/v1/openapi.json"} <= set(described["paths"])


def test_every_parameter_of_a_search_is_described_and_nothing_else(described: dict[str, Any]) -> None:
    assert tuple(described["components"]["parameters"]) == PARAMETERS
    for name in PARAMETERS:
        SearchState.from_params([(name, SAMPLES.get(name, "x"))])  # none of them is unknown


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("", id="everything"),
        pytest.param(f"?q={quote('补贴')}", id="words"),
        pytest.param(f"?q={quote('丙字机械')}&size=1", id="in an attachment"),
        pytest.param("?year=2013&year=2014&sort=oldest&page=2", id="filters"),
        pytest.param(f"?q={quote('没有这样的词')}", id="nothing"),
        pytest.param("?from=2013&to=junk", id="days"),
        pytest.param("?page=500", id="beyond the last"),
    ],
)
def test_a_search_answers_as_described(
    site: Site, conforms: Callable[[str, object], None], query: str
) -> None:
    conforms("Search", get(site.client, f"/api/v1/search{query}"))


def test_a_document_answers_as_described_with_its_texts(
    site: Site, conforms: Callable[[str, object], None]
) -> None:
    for doc_id in ("LX00123-0215-2014-00031", site.doc_id("政府网站/部门预算/2013/预算.txt")):
        conforms("Document", get(site.client, f"/api/v1/documents/{doc_id}"))
    found = get(site.client, DOCUMENT)
    assert site.hostile in found["text"]
    assert [one["name"] for one in found["attachments"]] == ["明细表.txt", "没有的文件.pdf"]
    assert "丙字机械" in found["attachments"][0]["text"]
    assert found["attachments"][1]["url"] is None
    assert found["agency"] == {"value": "临溪市经济贸易局", "label": "临溪市经济贸易局"}
    assert "javascript:" not in json.dumps(found)


def test_a_line_of_an_export_and_readiness_answer_as_described(
    site: Site, empty: FlaskClient, conforms: Callable[[str, object], None]
) -> None:
    for line in site.client.get("/search.ndjson").text.splitlines():
        conforms("Record", json.loads(line))
    conforms("Condition", get(site.client, "/readyz"))
    missing = empty.get("/readyz")
    assert missing.status_code == 503
    assert missing.get_json()["state"] == "missing"
    assert int(missing.headers["Retry-After"]) > 0
    conforms("Condition", missing.get_json())


def test_the_page_and_the_interface_find_the_same_in_the_same_order(site: Site) -> None:
    for query in ("q=%E9%80%9A%E7%9F%A5", "year=2014&sort=title", "q=%E8%A1%A5%E8%B4%B4&channel=website"):
        page = site.get(f"/search?{query}")
        hits = [urlsplit(one).path for one in page.xpath('//ol[@class="hits"]//h2/a/@href')]
        found = get(site.client, f"/search.json?{query}")
        assert [f"/d/{one['id']}" for one in found["items"]] == hits
        assert found["total"] == site.total(page)


def pages(client: FlaskClient, address: str | None) -> Iterator[dict[str, Any]]:
    while address:
        found = get(client, address)
        yield found
        address = found["links"]["next"]


def test_following_next_gives_every_hit_once(site: Site) -> None:
    turned = list(pages(site.client, "/api/v1/search?size=7&sort=title"))
    ids = [one["id"] for found in turned for one in found["items"]]
    assert len(ids) == len(set(ids)) == site.documents == turned[0]["total"]
    assert turned[0]["links"]["prev"] is None
    assert turned[-1]["links"]["self"].endswith(f"page={turned[0]['pages']}&size=7")


def test_a_facet_says_where_each_value_leads_and_counts_what_is_there(site: Site) -> None:
    found = get(site.client, "/api/v1/search?year=2014")
    assert [facet["name"] for facet in found["facets"]] == [field.name for field in FACETS]
    values = [one for facet in found["facets"] for one in facet["values"] if facet["name"] == "year"]
    assert [one["value"] for one in values if one["selected"]] == ["2014"]
    for one in values:
        led = get(site.client, one["toggle_url"])
        chosen = led["query"]["filters"].get("year", [])
        assert chosen == ([] if one["selected"] else ["2014", one["value"]])


def test_the_ranges_of_a_fragment_are_the_matches(site: Site) -> None:
    found = get(site.client, f"/api/v1/search?q={quote('丙字机械')}")
    fragment = next(one for one in found["items"][0]["fragments"] if one["ranges"])
    assert fragment["place"] == "明细表.txt"
    assert [fragment["text"][start:end] for start, end in fragment["ranges"]] == ["丙字机械"]


@pytest.mark.parametrize(
    ("address", "status", "kind", "parameter"),
    [
        pytest.param("/api/v1/search?foo=1", 400, "bad-parameter", "foo", id="unknown parameter"),
        pytest.param("/api/v1/search?size=101", 400, "bad-parameter", "size", id="too large a page"),
        pytest.param("/search.json?sort=best", 400, "bad-parameter", "sort", id="unknown order"),
        pytest.param("/search.csv?year=x", 400, "bad-parameter", "year", id="an export"),
        pytest.param("/search.atom?page=0", 400, "bad-parameter", "page", id="a feed"),
        pytest.param(f"/api/v1/search?q={'a' * 1001}", 400, "bad-parameter", "q", id="too long a text"),
        pytest.param(f"/api/v1/search?{'q=a&' * 101}", 400, "bad-parameter", "parameters", id="too many"),
        pytest.param(f"{DOCUMENT}?text=0", 400, "bad-parameter", "text", id="a document takes none"),
        pytest.param("/api/v1/documents/nothing", 404, "not-found", None, id="no such document"),
        pytest.param("/api/v1/nothing", 404, "not-found", None, id="no such address"),
        pytest.param(f"/api/v1/search?q={'a' * 140_000}", 414, "too-long", None, id="too long an address"),
    ],
)
def test_an_error_is_a_problem_that_names_its_kind(
    site: Site,
    conforms: Callable[[str, object], None],
    address: str,
    status: int,
    kind: str,
    parameter: str | None,
) -> None:
    response = site.client.get(address)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    found = json.loads(response.text)
    conforms("Problem", found)
    assert found["status"] == status
    assert found["type"] == f"/api/v1/#{kind}"
    assert found.get("parameter") == parameter
    assert site.get("/api/v1/").xpath(f'//*[@id="{kind}"]')


def test_only_reading_is_allowed_and_said_with_the_methods(site: Site) -> None:
    response = site.client.post("/api/v1/search")
    assert (response.status_code, response.mimetype) == (405, "application/problem+json")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_without_an_index_programs_are_told_to_come_back(
    empty: FlaskClient, described: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    for path in (*described["paths"], "/sitemap.xml", "/catalog.jsonld", "/oai?verb=Identify"):
        response = empty.get(path.replace("{id}", "x"))
        assert response.status_code == 503, path
        assert int(response.headers["Retry-After"]) > 0
        assert str(tmp_path_factory.getbasetemp()) not in response.text


def test_the_documentation_names_every_address_parameter_and_key(
    site: Site, described: dict[str, Any]
) -> None:
    page = site.get("/api/v1/")
    shown = {site.text(one) for one in page.xpath("//main//code")}
    assert {f"GET {path}" for path in described["paths"]} <= shown
    assert set(PARAMETERS) <= shown
    for shape in described["components"]["schemas"].values():
        assert set(shape["properties"]) <= shown
    assert not page.xpath('//main//script | //main//*[@style] | //*[starts-with(@src, "http")]')


MACHINE = (
    "/api/v1/search?size=100",
    "/search.json?size=100",
    "/search.csv",
    "/search.ndjson",
    "/search.atom?size=100",
    "/search.feed.json?size=100",
    "/catalog.jsonld",
    "/sitemap.xml",
    "/sitemap-pages.xml",
    "/sitemap-1.xml",
    "/opensearch.xml",
    "/robots.txt",
    "/api/v1/openapi.json",
    "/oai?verb=ListRecords&metadataPrefix=oai_dc",
    "/oai?verb=ListSets",
    DOCUMENT,
)


@pytest.mark.parametrize("address", MACHINE)
def test_nothing_that_is_not_public_is_in_any_form(site: Site, address: str) -> None:
    hidden = [
        site.doc_id(path)
        for path in (
            "简报/公示公告/2014/内部.txt",
            "政府网站/公示公告/2014/申请人.txt",
            "公示栏/公示公告/2012/到期.txt",
        )
    ]
    response = site.client.get(address)
    assert response.status_code == 200
    text = response.get_data(as_text=True)
    named = () if "openapi" in address else ("简报",)  # its channel stands in the list of channels
    for word in (site.secret, "内部报道的题目", "给申请人的答复", "到期的公示", *named, *hidden):
        assert word not in text
        assert json.dumps(word).strip('"') not in text
    for doc_id in hidden:
        assert site.client.get(f"/api/v1/documents/{doc_id}").status_code == 404


@pytest.mark.parametrize("address", MACHINE)
def test_nothing_of_where_files_lie_and_no_note_for_staff_is_told(site: Site, address: str) -> None:
    text = site.client.get(address).get_data(as_text=True)
    assert str(site.data_dir) not in text
    for name in ("meta.toml", "公示栏/奖补名单/2014", '"sources"', '"conflicts"', '"path":'):
        assert name not in text


@pytest.mark.parametrize("address", MACHINE)
def test_below_a_prefix_and_with_an_address_of_its_own_every_address_begins_so(
    site: Site, address: str
) -> None:
    client = site.mounted(prefix="/gk", address="https://open.example.gov.cn")
    response = client.get(f"/gk{address}", headers={"Host": "evil.example"})
    assert response.status_code == 200
    text = response.get_data(as_text=True)
    assert "evil.example" not in text
    assert "http://localhost" not in text
    assert text.count("https://open.example.gov.cn/") == text.count("https://open.example.gov.cn/gk")
    if not address.startswith("/api/v1/openapi"):
        assert "https://open.example.gov.cn/gk/" in text


def tagged(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.headers["Cache-Control"] == "no-cache", address
    return response.headers["ETag"]


@pytest.mark.parametrize("address", [one for one in MACHINE if one[1:4] not in ("oai", "rob")])
def test_what_a_client_has_is_not_sent_again(site: Site, address: str) -> None:
    tag = tagged(site.client, address)
    assert tag == tagged(site.client, address)
    again = site.client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "no-cache"
    assert site.client.get(address, headers={"If-None-Match": 'W/"other"'}).status_code == 200
    assert tag != tagged(site.mounted(prefix="/gk"), f"/gk{address}")


def test_another_search_has_another_tag(site: Site) -> None:
    addresses = ("/search.json", "/search.json?year=2014", "/search.json?page=2", "/search.atom")
    assert len({tagged(site.client, one) for one in addresses}) == len(addresses)


def test_head_tells_the_same_without_the_body(site: Site) -> None:
    for address in ("/api/v1/search", "/search.csv", DOCUMENT):
        told: TestResponse = site.client.head(address)
        assert (told.status_code, told.get_data()) == (200, b"")
        assert told.headers["ETag"] == tagged(site.client, address)


def test_a_page_can_be_read_as_html_too(site: Site) -> None:
    found = get(site.client, "/api/v1/search?year=2014")
    page = lxml.html.document_fromstring(site.client.get(found["links"]["html"]).text)
    assert site.total(page) == found["total"]
    for form in ("json", "csv", "ndjson", "atom", "feed_json"):
        assert site.client.get(found["links"][form]).status_code == 200


def test_suggestions_lead_where_they_say(site: Site, conforms: Callable[[str, object], None]) -> None:
    found = get(site.client, f"/api/v1/suggest?q={quote('补贴')}&size=2")
    conforms("Suggestions", found)
    titles = [one for one in found["suggestions"] if one["kind"] == "title"]
    assert "企业新设专卖店补贴名单" in [one["text"] for one in titles]
    assert len(found["suggestions"]) <= 2
    for one in found["suggestions"]:
        assert site.client.get(one["url"]).status_code == 200
    assert get(site.client, "/api/v1/suggest")["suggestions"] == []
    assert site.client.get("/api/v1/suggest?size=11").status_code == 400


def test_a_browser_gets_suggestions_in_its_own_form(site: Site) -> None:
    response = site.client.get(f"/opensearch/suggest?q={quote('补贴')}")
    assert response.mimetype == "application/x-suggestions+json"
    typed, texts, kinds, addresses = json.loads(response.text)
    assert typed == "补贴"
    assert "企业新设专卖店补贴名单" in texts
    assert len(texts) == len(kinds) == len(addresses)


@pytest.mark.parametrize("typed", ["内部", "给申请人", "到期的公示", "绝不外传"])
def test_nothing_that_is_not_public_is_suggested(site: Site, typed: str) -> None:
    for address in ("/api/v1/suggest", "/opensearch/suggest"):
        text = site.client.get(f"{address}?q={quote(typed)}").text
        for word in (site.secret, "内部报道的题目", "给申请人的答复", "到期的公示", "内部简报"):
            assert word not in text.replace(f'"{typed}"', "")
