"""Controlled lists: what a code, a label or an alias leads to, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from disclosure_search.errors import CollectionError
from disclosure_search.vocabulary import (
    CHECKOUT,
    NAMES,
    Entry,
    Vocabularies,
    Vocabulary,
    load_vocabularies,
    load_words,
)

HEAD = "code,label,english,aliases,parent,since,until,note\n"


def load(folder: Path, text: str | bytes, name: str = "channels") -> Vocabulary:
    path = folder / "vocabulary" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_vocabularies(folder)[name]


@pytest.mark.parametrize("text", ["site", "SITE", "政府网站", " 网站 ", "Web"])
def test_code_label_and_alias_lead_to_the_code(tmp_path: Path, text: str) -> None:
    channels = load(tmp_path, f"{HEAD}site,政府网站,Website,网站；web,,,,\n")
    assert channels.code_of(text) == "site"
    assert channels.knows(text)
    assert channels.label_of("site") == "政府网站"


def test_unknown_text_is_its_own_code_and_label() -> None:
    empty = Vocabulary()
    assert empty.code_of(" 公示栏 ") == "公示栏"
    assert empty.label_of("公示栏") == "公示栏"
    assert not empty.knows("公示栏")
    assert empty.get("公示栏") is None
    assert Vocabularies()["no such list"].entries == ()


def test_a_code_wins_over_a_label_and_a_label_over_an_alias() -> None:
    lists = Vocabulary((Entry("a", "乙"), Entry("乙", "丙", aliases=("乙", "丁")), Entry("c", "丁")))
    assert lists.code_of("乙") == "乙"
    assert lists.code_of("丁") == "c"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_list_may_come_out_of_a_spreadsheet(tmp_path: Path, encoding: str) -> None:
    text = f'{HEAD}site,政府网站,,"网站; 门户",,,,"一, 二"\r\n,,,,,,,\r\nboard,公示栏,,,,,,\r\n'
    entries = load(tmp_path, text.encode(encoding)).entries
    assert [(one.code, one.label, one.aliases, one.note) for one in entries] == [
        ("site", "政府网站", ("网站", "门户"), "一, 二"),
        ("board", "公示栏", (), ""),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_word_list_may_come_out_of_any_editor(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("# 用户词\r\n三公经费 50 # 常用\r\n\r\n  增产增效  \n".encode(encoding))
    assert load_words(path) == ("三公经费 50", "增产增效")
    assert load_words(tmp_path / "missing.txt") == ()


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        pytest.param("a,甲\na,乙\n", "channels.csv", id="a code twice"),
        pytest.param("a,甲\n,乙\n", "channels.csv:3", id="no code"),
        pytest.param("a,\n", "channels.csv:2", id="no label"),
        pytest.param('a,"甲\nb,乙\n', "channels.csv", id="a quote that is never closed"),
        pytest.param('a,"甲"乙\n', "channels.csv", id="text behind a quote"),
        pytest.param("a,甲,红\n", "channels.csv:2", id="more cells than columns"),
    ],
)
def test_a_broken_list_is_a_collection_error_that_names_the_place(
    tmp_path: Path, rows: str, place: str
) -> None:
    with pytest.raises(CollectionError) as caught:
        load(tmp_path, f"code,label\n{rows}")
    assert caught.value.subject.endswith(place)
    assert caught.value.remedy


def test_columns_may_be_missing_or_more(tmp_path: Path) -> None:
    channels = load(tmp_path, "code,label,colour\na,甲,红,,\nb,乙\n")
    assert [one.label for one in channels.entries] == ["甲", "乙"]


@pytest.mark.parametrize("head", ["名称,代码", "code;label", "code,name", ""])
def test_a_list_without_its_columns_is_a_collection_error(tmp_path: Path, head: str) -> None:
    with pytest.raises(CollectionError, match="has no column"):
        load(tmp_path, f"{head}\na,甲\n")


def test_the_way_to_a_code_leads_from_the_top_and_ends_in_no_circle() -> None:
    entries = (
        Entry("20", "法定"),
        Entry("20-07", "补贴", parent="20"),
        Entry("x", "甲", parent="y"),
        Entry("y", "乙", parent="x"),
    )
    categories = Vocabulary(entries)
    assert categories.path_to("20-07") == ("20", "20-07")
    assert categories.path_to("unknown") == ("unknown",)
    assert categories.path_to("x") == ("y", "x")


def test_agencies_are_those_of_the_collection_alone(tmp_path: Path) -> None:
    """Those of the sample collection are invented: none of their aliases may rename the office of a real city."""
    assert load_vocabularies(tmp_path)["agencies"].entries == ()
    assert load_vocabularies(CHECKOUT.parent)["agencies"].entries


@pytest.mark.parametrize("name", [name for name in NAMES if name != "agencies"])
def test_every_list_comes_with_the_program(tmp_path: Path, name: str) -> None:
    vocabularies = load_vocabularies(tmp_path)
    assert vocabularies[name].entries
    assert vocabularies.words
    for entry in vocabularies[name].entries:
        assert vocabularies[name].code_of(entry.label) == entry.code
        assert not entry.parent or vocabularies[name].get(entry.parent)
        assert all(vocabularies[name].get(one) for one in entry.predecessors)
