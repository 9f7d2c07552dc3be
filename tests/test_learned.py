"""The table that was learned: checked when it is read, off by a setting, and no hit is lost or shown twice by it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from disclosure_search import learned
from disclosure_search.analysis import Segmenter
from disclosure_search.config import settings_from
from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.engine.base import Engine
from disclosure_search.engine.rerank import telling
from disclosure_search.errors import CollectionError
from disclosure_search.ranking import Parts
from disclosure_search.search import Search
from disclosure_search.states import SearchState
from disclosure_search.vocabulary import Vocabularies

WORDS = ("补贴", "名单", "公示", "预算", "养老", "企业", "机械", "渔业")
DOCUMENTS = [
    Document(f"d{at}", f"工作动态{at}", f"d{at}.txt", body="，".join(some) * (1 + at % 3))
    for at, some in enumerate(itertools.product(WORDS, repeat=3))
]
SEARCHES = ("养老机构补贴名单如何公示", "渔业 机械", "企业预算与养老", "标题:动态 补贴", "补贴 -名单 养老")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, fill: Callable[..., None]) -> Iterator[Engine]:
    engine = open_engine(tmp_path_factory.mktemp("learned") / "index", "recipe")
    fill(engine, DOCUMENTS)
    yield engine
    engine.close()


def search_of(engine: Engine, **parts: bool) -> Search:
    return Search(engine, Vocabularies(), Segmenter(), lambda: date(2016, 6, 1), Parts(**parts))


def ids(search: Search, text: str, page: int, size: int) -> list[str]:
    return [*search.listing(SearchState(text, page=page, size=size)).doc_ids]


def pages(search: Search, text: str, size: int) -> list[str]:
    count = -(-search.listing(SearchState(text)).total // size)
    return [doc_id for page in range(1, count + 1) for doc_id in ids(search, text, page, size)]


def test_the_table_of_the_package_can_be_read() -> None:
    table = learned.shipped()
    assert dict(table.weights).keys() <= {*learned.STREAMS}
    assert 1 < table.depth <= learned.DEEPEST


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("depth = 0\n[weights]", id="no depth"),
        pytest.param("depth = 9", id="no weights"),
        pytest.param("depth = 9\n[weights]\nyear = 0.1", id="another stream"),
        pytest.param("depth = 9\n[weights]\njoined_pairs = -1", id="a weight below zero"),
        pytest.param("=", id="no table"),
    ],
)
def test_a_table_that_says_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "learned.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(CollectionError, match=r"learned\.toml"):
        learned.read(path)


def test_a_term_that_few_of_the_hits_hold_tells_more_than_one_that_most_hold() -> None:
    holding = np.array([[True, True, True, False], [False, False, False, True], [False] * 4])
    shares = telling(holding)
    assert shares[3] > shares[0] == shares[2] > 0
    assert not telling(holding[2:]).any()


@pytest.mark.parametrize("text", SEARCHES)
def test_pages_hold_each_hit_once_also_beyond_the_depth(engine: Engine, text: str) -> None:
    search = search_of(engine)
    found = pages(search, text, 50)
    assert len(found) == len(set(found)) == search.listing(SearchState(text)).total
    assert pages(search, text, 20) == found


@pytest.mark.parametrize("text", SEARCHES)
def test_what_comes_after_the_depth_stays_where_it_is(engine: Engine, text: str) -> None:
    depth = learned.shipped().depth
    weighed, plain = (pages(search_of(engine, learned=on), text, 50) for on in (True, False))
    assert weighed[depth:] == plain[depth:]
    assert {*weighed[:depth]} == {*plain[:depth]}


def test_the_order_is_another_and_the_same_at_every_time(engine: Engine) -> None:
    orders = [
        [ids(search_of(engine, learned=on), text, 1, 50) for text in SEARCHES] for on in (True, True, False)
    ]
    assert orders[0] == orders[1] != orders[2]


def test_a_setting_leaves_it_out() -> None:
    assert settings_from({}, {}).learned
    assert not settings_from({}, {"DISCLOSURE_LEARNED": "0"}).learned
