"""A site goes on answering while its word lists are edited and its index is written anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from disclosure_search.engine.base import State
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.vocabulary import CHECKOUT
from disclosure_search.web import Originals, SiteSettings, create_app
from disclosure_search.wiring import Archive, open_archive
from disclosure_search.wsgi import make_app

FILES = {
    "collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n',
    "公示栏/奖补名单/2014/名单.txt": "企业新设专卖店补贴名单\n第一批补贴名单如下。\n",
    "vocabulary/words.txt": "专卖店\n",
    "vocabulary/channels.csv": (CHECKOUT / "channels.csv").read_text("utf-8"),
}
ADDRESSES = ("/", f"/search?q={quote('补贴')}", "/browse/channel", "/healthz")


@pytest.fixture
def archive(make_archive: Callable[..., Archive]) -> Archive:
    return make_archive(FILES)


def edit(archive: Archive, name: str, old: str, new: str) -> None:
    path = archive.settings.data_dir / "vocabulary" / name
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def index(archive: Archive) -> None:
    """As another process does it, with the lists as they are now."""
    now = open_archive(archive.settings)
    bring_up_to_date(now.engine, now.settings.data_dir, now.store_dir, now.vocabularies, now.segmenter)
    now.engine.close()


def states(client: FlaskClient) -> list[int]:
    return [client.get(address).status_code for address in ADDRESSES]


def test_new_words_are_taken_up_once_the_index_was_made_with_them(archive: Archive) -> None:
    client = make_app(archive).test_client()
    assert states(client) == [200] * 4
    edit(archive, "words.txt", "专卖店", "补贴名单")
    assert states(client) == [200] * 4
    index(archive)
    assert archive.engine.condition().state is State.OUTDATED  # what was open is of no use any more
    assert states(client) == [200] * 4
    for words in ("专卖店 3", "名单"):
        edit(archive, "words.txt", "补贴名单", words)
        index(archive)
        assert states(client) == [200] * 4


def test_a_new_label_shows_without_an_index_run(archive: Archive) -> None:
    client = make_app(archive).test_client()
    assert "公示栏" in client.get("/browse/channel").text
    edit(archive, "channels.csv", "notice-board,公示栏", "notice-board,公开公示专栏")
    assert "公开公示专栏" in client.get("/browse/channel").text


def test_a_list_that_is_no_list_changes_nothing_until_it_is_mended(archive: Archive) -> None:
    client = make_app(archive).test_client()
    assert states(client) == [200] * 4
    edit(archive, "channels.csv", "notice-board,公示栏", "notice-board,")
    assert states(client) == [200] * 4
    assert "公示栏" in client.get("/browse/channel").text
    edit(archive, "channels.csv", "notice-board,", "notice-board,改好的公示栏")
    assert "改好的公示栏" in client.get("/browse/channel").text


def test_a_page_that_is_being_made_while_the_index_changes_hands_is_made_anew(archive: Archive) -> None:
    edit(archive, "words.txt", "专卖店", "补贴名单")
    index(archive)
    new = open_archive(archive.settings)
    answers = iter([archive.search, new.search])
    data_dir = archive.settings.data_dir
    app = create_app(lambda: next(answers), Originals(data_dir), SiteSettings("公开档案", "", data_dir))
    assert app.test_client().get(ADDRESSES[1]).status_code == 200
    new.engine.close()


def test_every_process_of_a_server_takes_up_new_words(archive: Archive) -> None:
    settings = archive.settings
    places = ["--data", str(settings.data_dir), "--index", str(settings.index_dir)]
    command = [sys.executable, "-m", "disclosure_search", "serve", *places, "--port", "0"]
    environment = {**os.environ, "DISCLOSURE_WORKERS": "2", "DISCLOSURE_THREADS": "2"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            home = process.stdout.readline().split()[-1]
            assert _health(home) == {"ready"}
            edit(archive, "words.txt", "专卖店", "补贴名单")
            index(archive)
            assert _health(home) == {"ready"}
        finally:
            process.terminate()
        assert process.wait(30) == 0


def _health(home: str) -> set[str]:
    """What both processes say: each of forty connections falls to either."""
    found = set()
    for _ in range(40):
        with urllib.request.urlopen(f"{home}healthz", timeout=20) as answer:
            found |= set(re.findall('"state":\\s*"(\\w+)"', answer.read().decode()))
    return found
