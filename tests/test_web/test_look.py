"""Languages, large type, light and dark, and what a bureau makes of its site."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import lxml.html
import pytest
from flask.testing import FlaskClient

from disclosure_search.collection.branding import contrast_to_white, load_branding
from disclosure_search.errors import CollectionError
from disclosure_search.web import templates_dir
from disclosure_search.web.languages import FOLDER
from disclosure_search.wsgi import make_app

if TYPE_CHECKING:
    from conftest import Site
    from disclosure_search.wiring import Archive

TESTS = Path(__file__).resolve().parents[1]


def page_of(text: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(text)


# Languages


@pytest.mark.parametrize(
    ("accepted", "language", "word"),
    [
        ("", "zh-CN", "检索"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "检索"),
        ("zh-TW,zh;q=0.9", "zh-Hant", "檢索"),
        ("zh-Hant-HK", "zh-Hant", "檢索"),
        ("en-GB,en;q=0.9", "en", "Search"),
        ("fr,en;q=0.5", "en", "Search"),
        ("fr", "zh-CN", "检索"),
    ],
)
def test_the_browser_says_in_which_language_the_pages_are(
    site: Site, accepted: str, language: str, word: str
) -> None:
    response = site.client.get("/", headers={"Accept-Language": accepted})
    page = page_of(response.text)
    assert page.xpath("/html/@lang") == [language]
    assert page.xpath("//form//button/text()") == [word]
    assert {"Cookie", "Accept-Language"} <= set(response.vary)


def test_what_was_chosen_wins_and_the_documents_stay_as_they_are(site: Site) -> None:
    client = site.mounted()
    client.get("/display?lang=zh-Hant")
    page = page_of(client.get(f"/search?q={quote('补贴名单')}", headers={"Accept-Language": "en"}).text)
    assert page.xpath("/html/@lang") == ["zh-Hant"]
    assert "類別" in page.text_content()
    assert "企业新设专卖店补贴名单" in [site.text(one) for one in page.xpath("//h2/a")]
    client.get("/display?lang=en")
    page = page_of(client.get("/browse/category").text)
    assert "Department budgets" in page.text_content()


def strings() -> list[str]:
    sys.path.insert(0, str(TESTS))
    try:
        from make_translations import strings as collected
    finally:
        sys.path.remove(str(TESTS))
    return collected()


@pytest.mark.parametrize("language", ["en", "zh_Hant"])
def test_every_string_is_translated_and_the_catalogues_are_up_to_date(language: str) -> None:
    from babel.messages.mofile import read_mo
    from babel.messages.pofile import read_po

    folder = FOLDER / language / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as file:
        written = {one.id: one.string for one in read_po(file) if one.id}
    with (folder / "messages.mo").open("rb") as file:
        compiled = {one.id: one.string for one in read_mo(file) if one.id}
    assert set(written) == set(strings()), "run python tests/make_translations.py"
    assert [text for text, said in written.items() if not said] == []
    assert compiled == written
    for text, said in written.items():
        assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", str(said))), text


FOR_STAFF = {"explain.html"}  # no public site has it


@pytest.mark.parametrize(
    "template",
    sorted(path for path in templates_dir().iterdir() if path.name not in FOR_STAFF),
    ids=lambda path: path.name,
)
def test_no_template_holds_a_string_that_cannot_be_translated(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}|<code>.*?</code>", "", template.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"\b_\((?:\"[^\"]*\"|'[^']*')", "", text)
    text = re.sub(r"document\.validity (?:==|in) (?:'[^']*'|\([^)]*\))", "", text)
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []


# Large type, light and dark


@pytest.mark.parametrize(
    ("choice", "classes"),
    [
        ("text=large", "auto large"), ("theme=dark", "dark"), ("theme=light&text=large", "light large"),
        ("text=normal", "auto"),
    ],
)  # fmt: skip
def test_a_choice_is_kept_in_a_cookie_and_leads_back(site: Site, choice: str, classes: str) -> None:
    client = site.mounted(prefix="/gov")
    response = client.get(
        f"/gov/display?{choice}", headers={"Referer": "http://localhost/gov/search?year=2014"}
    )
    assert (response.status_code, response.headers["Location"]) == (303, "/gov/search?year=2014")
    for cookie in response.headers.getlist("Set-Cookie"):
        assert {"HttpOnly", "SameSite=Lax", "Path=/gov"} <= {part.strip() for part in cookie.split(";")}
    page = page_of(client.get("/gov/search?year=2014").text)
    assert page.xpath("/html/@class") == [classes]


@pytest.mark.parametrize(
    "referrer",
    [
        "", "https://evil.example//evil.example/x", "https://evil.example/\\\\evil.example", "javascript:alert(1)",
        "http://localhost/display?text=large", "//evil.example",
    ],
)  # fmt: skip
def test_a_choice_leads_nobody_to_another_site(site: Site, referrer: str) -> None:
    response = site.mounted().get("/display?text=large", headers={"Referer": referrer})
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("choice", ["text=huge", "theme=%3Cb%3E", "colour=red", "lang=fr"])
def test_there_are_no_other_choices(site: Site, choice: str) -> None:
    response = site.mounted().get(f"/display?{choice}")
    assert response.status_code == 400
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("cookie", ["text=huge", "theme=<b>", "lang=../../etc", "lang=fr"])
def test_a_cookie_that_means_nothing_is_as_none(site: Site, cookie: str) -> None:
    page = page_of(site.mounted().get("/", headers={"Cookie": cookie}).text)
    assert (page.xpath("/html/@class"), page.xpath("/html/@lang")) == (["auto"], ["zh-CN"])


# What a bureau sets

SITE = """
[site]
name = "某市公开档案"
host = "某市某局"
contact = "0000-1234567"
requests = "某市某路1号某局办公室"
code = "1234560001"
icp = "某ICP备00000001号"
police = "某公网安备 00000000000001号"
colour = "#9E1B16"
logo = "logo.svg"
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def test_a_bureau_sets_name_colour_logo_and_foot(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive(
        {"collection.toml": SITE, "logo.svg": LOGO, "公示栏/2014/一.txt": "一号通知\n正文\n"}
    )
    client: FlaskClient = make_app(archive).test_client()
    page = page_of(client.get("/").text)
    for said in (
        "某市某局",
        "1234560001",
        "某ICP备00000001号",
        "某公网安备 00000000000001号",
        "0000-1234567",
    ):
        assert said in page.xpath("string(//footer)")
    assert page.xpath("string(//header//a/span)") == "某市公开档案"
    logo = client.get(page.xpath("//header//img/@src")[0], buffered=True)
    assert (logo.mimetype, logo.text) == ("image/svg+xml", LOGO)
    assert logo.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    own = client.get(page.xpath('//link[@rel="stylesheet"]/@href')[1])
    assert own.mimetype == "text/css"
    colours = re.findall("--brand:(#[0-9a-f]{6})", own.text)
    assert colours[0] == "#9e1b16"
    assert contrast_to_white(colours[1]) >= 7
    request = client.get("/request.txt").text
    assert "某市某路1号某局办公室" in request
    assert client.get("/healthz").get_json()["documents"] == 1  # the logo is no original


def test_without_settings_there_is_neither_logo_nor_colour(site: Site) -> None:
    page = site.get("/")
    assert not page.xpath("//header//img")
    assert len(page.xpath('//link[@rel="stylesheet"]')) == 1
    assert site.client.get("/logo").status_code == 404


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param('colour = "#ffd200"', "contrast", id="too light"),
        pytest.param('colour = "red"', "no colour", id="name of a colour"),
        pytest.param('colour = "#fff}body{display:none"', "no colour", id="style"),
        pytest.param("colour = 5", "no line of text", id="number"),
        pytest.param('logo = "../logo.svg"', "outside", id="logo elsewhere"),
        pytest.param('logo = "/etc/passwd"', "outside", id="logo at a path"),
        pytest.param('logo = "logo.svg"', "no file", id="no logo"),
        pytest.param('logo = "collection.toml"', "no picture", id="no picture"),
        pytest.param('title = "x"', "title", id="unknown"),
        pytest.param('name = "a\\nb"', "no line of text", id="two lines"),
    ],
)
def test_a_setting_that_cannot_be_is_a_clear_error(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "collection.toml").write_text(f"[site]\n{line}\n", "utf-8")
    with pytest.raises(CollectionError, match=said) as caught:
        load_branding(tmp_path)
    assert caught.value.remedy
    assert "[site]" in str(caught.value)
