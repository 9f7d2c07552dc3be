"""The page that explains a search: only on a site for staff, which never stands where the public may reach it."""

from __future__ import annotations

import pytest

from disclosure_search.config import Settings, settings_from
from disclosure_search.errors import SettingError
from disclosure_search.wiring import Archive, open_archive
from disclosure_search.wsgi import make_app


def page(archive: Archive, address: str, *, staff: bool) -> tuple[int, str]:
    held = archive.settings
    opened = open_archive(Settings(held.data_dir, held.index_dir, staff=staff))
    answer = make_app(opened).test_client().get(address)
    opened.engine.close()
    return answer.status_code, answer.get_data(as_text=True)


@pytest.mark.parametrize("address", ["/explain", "/explain?q=补贴", "/explain?q=补贴&document=内部.txt"])
def test_a_public_site_has_no_such_page(archive: Archive, address: str) -> None:
    status, text = page(archive, address, staff=False)
    assert status == 404
    assert "面向本单位" not in text


def test_staff_see_what_every_hit_owes_its_place_to(archive: Archive) -> None:
    status, text = page(archive, "/explain?q=补贴名单", staff=True)
    assert status == 200
    assert "企业新设专卖店补贴名单" in text
    assert "得分" in text
    assert "名单" in text


def test_staff_are_told_why_a_file_is_not_found(archive: Archive) -> None:
    status, text = page(archive, "/explain?q=补贴名单&document=内部.txt", staff=True)
    assert status == 200
    assert "面向本单位" in text


def test_what_is_typed_is_shown_as_text(archive: Archive) -> None:
    _, text = page(archive, "/explain?q=<b>&document=<i>", staff=True)
    assert "<i>" not in text
    assert "&lt;i&gt;" in text


def test_a_bad_value_is_told_as_on_any_page(archive: Archive) -> None:
    assert page(archive, "/explain?q=补贴&size=0", staff=True)[0] == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "192.168.1.5", "10.0.0.7", "::1"])
def test_staff_are_served_within_the_network(host: str) -> None:
    assert settings_from({"host": host}, {"DISCLOSURE_STAFF": "1"}).staff
    assert not settings_from({"host": host}, {}).staff


@pytest.mark.parametrize(
    ("given", "environment"),
    [
        pytest.param({"host": "0.0.0.0"}, {}, id="every address"),
        pytest.param({"host": "::"}, {}, id="every address of the new kind"),
        pytest.param({"host": "8.8.8.8"}, {}, id="an address of the internet"),
        pytest.param({"host": "www.example.gov.cn"}, {}, id="a name"),
        pytest.param({}, {"DISCLOSURE_PROXIES": "1"}, id="behind a proxy"),
    ],
)
def test_a_site_of_staff_does_not_start_where_the_public_may_reach_it(
    given: dict[str, str | None], environment: dict[str, str]
) -> None:
    with pytest.raises(SettingError):
        settings_from(given, environment | {"DISCLOSURE_STAFF": "1"})
    assert not settings_from(given, environment).staff


def test_the_address_may_come_from_the_environment() -> None:
    with pytest.raises(SettingError):
        settings_from({}, {"DISCLOSURE_STAFF": "1", "DISCLOSURE_HOST": "0.0.0.0"})
