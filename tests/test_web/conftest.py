"""A small archive, indexed by the real parts, and a visitor of its site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lxml.html
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from disclosure_search.config import Settings
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.ledger import read_ledger
from disclosure_search.web import Originals, SiteSettings, create_app
from disclosure_search.wiring import Archive, open_archive

SECRET = "绝不外传的内容"
HOSTILE = "<b onmouseover=\"alert(1)\">&'名单'"
LIST_BODY = f"""企业新设专卖店补贴名单
各有关企业：
一、补贴名单
第一批补贴名单如下，共二家企业。
甲字鞋业有限公司补贴三万元。
{HOSTILE}
临溪市经济贸易局
2014年11月28日
"""
FILES: dict[str, str] = {
    "collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n',
    "公示栏/奖补名单/2014/名单.txt": LIST_BODY,
    "公示栏/奖补名单/2014/名单.txt.meta.toml": """
title = "企业新设专卖店补贴名单"
number = "临经贸〔2014〕39号"
index_number = "LX00123-0215-2014-00031"
agency = "临溪市经济贸易局"
issued = "2014-11-28"
published = "2014-12-02 09:46"
validity = "有效"
genre = "通知"
keywords = ["补贴", "专卖店"]
url = "http://www.example.gov.cn/lists/31.html"
attachments = ["明细表.txt", "没有的文件.pdf"]
[[publications]]
channel = "政府网站"
date = "2014-12-02"
url = "javascript:alert(1)"
[[interpretations]]
kind = "文字解读"
title = "旧标题"
path = "../../../政府网站/公示公告/2014/名单解读.txt"
[[interpretations]]
kind = "媒体报道"
title = "内部报道的题目"
path = "../../../简报/公示公告/2014/内部.txt"
[[interpretations]]
kind = "图片解读"
title = "一张图"
url = "https://www.example.gov.cn/tu.html"
""",
    "公示栏/奖补名单/2014/明细表.txt": "明细如下\n丙字机械有限公司的设备补贴\n",
    "政府网站/公示公告/2014/名单解读.txt": "专卖店补贴名单怎么看\n补贴按家数计算，由财政局拨付。\n",
    "政府网站/公示公告/2014/名单解读.txt.meta.toml": (
        'title = "专卖店补贴名单怎么看"\npublished = "2014-12-03"\n'
    ),
    "简报/公示公告/2014/内部.txt": f"内部简报\n{SECRET}一\n",
    "简报/公示公告/2014/内部.txt.meta.toml": 'title = "内部报道的题目"\naudience = "面向本单位"\n',
    "政府网站/公示公告/2014/申请人.txt": f"给申请人的答复\n{SECRET}二\n",
    "政府网站/公示公告/2014/申请人.txt.meta.toml": 'title = "给申请人的答复"\naudience = "面向申请人"\n',
    "公示栏/公示公告/2012/到期.txt": f"到期的公示\n{SECRET}三\n",
    "公示栏/公示公告/2012/到期.txt.meta.toml": 'title = "到期的公示"\nexpires = "2012-12-31"\n',
    "政府网站/部门预算/2013/预算.txt": "部门预算说明\n收入合计七百万元。\n",
    "政府网站/部门预算/2013/预算.txt.meta.toml": 'title = "2013年部门预算"\npublished = "2013-03-01"\n',
    "政府网站/部门预算/2014/预算和三公.txt": "部门预算和三公经费\n支出合计八百万元。\n",
    "政府网站/部门预算/2014/预算和三公.txt.meta.toml": (
        'title = "2014年部门预算和三公经费"\npublished = "2014-03-01"\ncategory = ["部门预算", "三公经费"]\n'
    ),
    "政府网站/机构职能/2012/职责.html": (
        "<html><head><title>主要职责</title></head><body><script>alert(1)</script>"
        "<p>负责全市工业经济运行和商贸流通管理工作，拟订规划并组织实施。</p></body></html>"
    ),
    "政府网站/医疗、卫生/2015/移走.txt": "随后移走的文件\n这份文件在收录之后被移走。\n",
    "政府网站/医疗、卫生/2015/更换.txt": "随后更换的文件\n这份文件在收录之后被更换。\n",
}
NOTICES = 23  # three pages of ten
LIST = "公示栏/奖补名单/2014/名单.txt"


class _Buffered(FlaskClient):
    """Reads an answer to its end and closes the file behind it, as a server does."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, **kwargs})


@dataclass(frozen=True)
class Site:
    """`files` are the originals as they were indexed."""

    archive: Archive
    data_dir: Path
    client: FlaskClient
    files: Mapping[str, str]
    secret: str = SECRET
    hostile: str = HOSTILE
    notices: int = NOTICES
    documents: int = NOTICES + 7

    def get(self, address: str, status: int = 200) -> lxml.html.HtmlElement:
        response = self.client.get(address)
        assert response.status_code == status, f"{address}: {response.status_code}"
        return lxml.html.document_fromstring(response.get_data(as_text=True))

    @staticmethod
    def text(element: lxml.html.HtmlElement) -> str:
        return " ".join(element.text_content().split())

    def total(self, page: lxml.html.HtmlElement) -> int:
        found = re.search(r"(?:找到|共) (\d+) 份", self.text(page.xpath('//*[@role="status"]')[0]))
        return int(found[1]) if found else 0

    def mounted(self, **settings: object) -> FlaskClient:
        """The same archive under other settings."""
        return make_client(self.archive, self.data_dir, **settings)

    def doc_id(self, path: str) -> str:
        return read_ledger(self.archive.engine.ledger()).accounts[path].doc_id


def make_client(archive: Archive, data_dir: Path, **settings: object) -> FlaskClient:
    site = SiteSettings("公开档案", "临溪市经济贸易局", data_dir, **settings)  # type: ignore[arg-type]
    app = create_app(lambda: archive.search, Originals(data_dir), site)
    app.test_client_class = _Buffered
    return app.test_client()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data_dir = tmp_path_factory.mktemp("site") / "data"
    folder = "政府网站/公示公告/2013"
    notices = {
        f"{folder}/通知{one:02}.txt": f"第{one}号通知\n内容{one}，请遵照执行。\n" for one in range(NOTICES)
    }
    files = FILES | notices
    for name, content in files.items():
        path = data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    archive = open_archive(Settings(data_dir, data_dir.parent / "index"))
    bring_up_to_date(archive.engine, data_dir, archive.store_dir, archive.vocabularies, archive.segmenter)
    (data_dir / "政府网站/医疗、卫生/2015/移走.txt").unlink()
    (data_dir / "政府网站/医疗、卫生/2015/更换.txt").write_text("没有人看过的新内容", "utf-8")
    yield Site(archive, data_dir, make_client(archive, data_dir), files)
    archive.engine.close()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A site whose index has not been made yet."""
    folder = tmp_path_factory.mktemp("empty-archive")
    return make_client(open_archive(Settings(folder / "data", folder / "index")), folder / "data")


@pytest.fixture
def make_client_of(make_archive: Callable[..., Archive]) -> Callable[[Mapping[str, str]], FlaskClient]:
    """A site of some files, in folders that are named by channel, category and year."""

    def make(files: Mapping[str, str]) -> FlaskClient:
        archive = make_archive({"collection.toml": FILES["collection.toml"], **files})
        return make_client(archive, archive.settings.data_dir)

    return make


@pytest.fixture(scope="session")
def crawled(site: Site) -> dict[str, TestResponse]:
    """Every address that links lead to from the home page, with its answer."""
    return _crawl(site.client, "/")


def _crawl(client: FlaskClient, start: str) -> dict[str, TestResponse]:
    """All addresses reached from `start` by links, without the anchors."""
    seen: dict[str, TestResponse] = {}
    waiting = [start]
    while waiting and len(seen) < 600:
        address = waiting.pop()
        if address in seen:
            continue
        response = seen[address] = client.get(address)
        if response.mimetype == "text/html" and "Content-Disposition" not in response.headers:
            waiting += [
                href.split("#")[0]
                for href in lxml.html.document_fromstring(response.text).xpath("//a/@href")
                if not urlsplit(href).scheme
                and not href.startswith(("#", "/display"))  # which would stay chosen
            ]
    return seen
