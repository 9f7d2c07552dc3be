"""What people come for, on the sample collection: each at most three clicks, or forms, from the home page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urljoin

import lxml.html
import pytest
from flask.testing import FlaskClient

from disclosure_search.config import Settings
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.wiring import open_archive
from disclosure_search.wsgi import make_app

DATA = Path(__file__).resolve().parents[2] / "data"
MOST_CLICKS = 3


@dataclass
class Citizen:
    """Begins at the home page and counts what they do."""

    client: FlaskClient
    address: str = "/"
    clicks: int = 0
    body: bytes = b""
    page: lxml.html.HtmlElement = field(init=False)

    def __post_init__(self) -> None:
        self._open("/")

    def _open(self, address: str) -> None:
        response = self.client.get(address, buffered=True)
        assert response.status_code == 200, address
        self.address, self.body = address, response.get_data()
        self.clicks += 1 if address != "/" else 0
        assert self.clicks <= MOST_CLICKS
        if response.mimetype == "text/html":
            self.page = lxml.html.document_fromstring(self.body.decode())

    def click(self, path: str) -> None:
        """The first link that fits."""
        links = self.page.xpath(path)
        assert links, f"{path} at {self.address}"
        self._open(urljoin(self.address, links[0].get("href")))

    def ask(self, text: str) -> None:
        form = self.page.xpath('//form[@role="search"]')[0]
        self._open(f"{form.get('action')}?{urlencode({**dict(form.form_values()), 'q': text})}")

    def said(self, path: str = "//main") -> str:
        return " ".join(" ".join(one.text_content() for one in self.page.xpath(path)).split())


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    archive = open_archive(Settings(DATA, tmp_path_factory.mktemp("tasks") / "index"))
    bring_up_to_date(archive.engine, DATA, archive.store_dir, archive.vocabularies, archive.segmenter)
    yield make_app(archive).test_client()
    archive.engine.close()


@pytest.fixture
def citizen(sample: FlaskClient) -> Citizen:
    return Citizen(sample)


def test_the_list_of_subsidies_for_new_shops_published_in_2014(citizen: Citizen) -> None:
    citizen.ask("新设专卖店补贴名单")
    citizen.click('//aside//li/a[span="2014"]')
    assert "年份：2014" in citizen.said('//a[@class="chip"]')
    citizen.click('//ol[@class="hits"]/li[1]//h2/a')
    assert "专卖店补贴名单" in citizen.said("//h1")
    assert "临溪堃泰卫浴股份公司" in citizen.said()


@pytest.mark.parametrize("number", ["临经贸〔2013〕31号", "临经贸[2013]31号", "临经贸2013 31号"])
def test_whether_a_number_is_still_valid(citizen: Citizen, number: str) -> None:
    citizen.ask(number)
    assert "已修改" in citizen.said('//ol[@class="hits"]/li[1]//h2')
    citizen.click('//ol[@class="hits"]/li[1]//h2/a')
    assert "临经贸〔2013〕31号" in citizen.said('//dl[contains(@class, "facts")]')
    assert "已修改" in citizen.said('//dl[contains(@class, "facts")]')


def test_what_the_notice_board_published_in_2014(citizen: Citizen) -> None:
    citizen.click('//section[contains(@class, "channel")]//a[text()="公示栏"]')
    citizen.click('//aside//li/a[span="2014"]')
    dates = citizen.page.xpath('//td[@class="date"]/text()')
    assert dates
    assert all(day.strip().startswith("2014") for day in dates)


def test_the_original_of_the_budget_of_2014(citizen: Citizen) -> None:
    citizen.ask("2014年部门预算")
    assert "2014年度部门预算" in citizen.said('//ol[@class="hits"]/li[1]//h2')
    citizen.click('//ol[@class="hits"]/li[1]//p[@class="links"]/a')
    assert citizen.body in {path.read_bytes() for path in DATA.glob("政府网站/财政预决算/2014/*")}


def test_news_of_a_search_in_a_feed(citizen: Citizen) -> None:
    citizen.ask("补贴")
    citizen.click('//a[contains(@href, ".atom")]')
    assert "http://www.w3.org/2005/Atom" in citizen.body.decode()
    assert "补贴" in citizen.body.decode()
