"""What is said of a hit adds up to its score, and what is said of a document that is no hit is true."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from click.testing import CliRunner

from disclosure_search import absence, explain
from disclosure_search.absence import Told
from disclosure_search.cli import main
from disclosure_search.config import Settings
from disclosure_search.document import Document
from disclosure_search.engine.base import Engine, Every, Sort
from disclosure_search.errors import DocumentNotFoundError
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.ledger import Ledger, read_ledger
from disclosure_search.search import Search
from disclosure_search.states import SearchState
from disclosure_search.wiring import Archive, open_archive

FILES = {
    "collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n',
    "vocabulary/synonyms.txt": "老板 → 用人单位\n# 空\n低保 = 最低生活保障\n",
    "公示栏/公示公告/2014/一.txt": "用人单位补贴办法\n用人单位按《档案法》申请补贴。\n",
    "公示栏/公示公告/2014/二.txt": "补贴名单\n第一批补贴名单，见附件。\n",
    "公示栏/公示公告/2014/二.txt.meta.toml": 'attachments = ["表.txt"]\npublished = "2014-05-01"\n',
    "公示栏/公示公告/2014/表.txt": "丙字机械有限公司\n",
    "公示栏/公示公告/2013/三.txt": "农机补贴\n农机手申请补贴的办法。\n",
    "公示栏/公示公告/2014/空.txt": "",
    "公示栏/公示公告/2014/内.txt": "内部补贴\n内部补贴意见\n",
    "公示栏/公示公告/2014/内.txt.meta.toml": 'audience = "面向本单位"\n',
    "公示栏/公示公告/2014/过.txt": "已到期补贴\n到期补贴\n",
    "公示栏/公示公告/2014/过.txt.meta.toml": 'expires = "2014-06-30"\n',
}  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    home = tmp_path_factory.mktemp("town")
    for name, content in FILES.items():
        path = home / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    made = open_archive(Settings(home / "data", home / "index"))
    bring_up_to_date(made.engine, home / "data", made.store_dir, made.vocabularies, made.segmenter)
    yield made
    made.engine.close()


def ledger_of(archive: Archive) -> Ledger:
    return read_ledger(archive.engine.ledger())


def told(archive: Archive, text: str, name: str = "", **filters: tuple[str, ...]) -> Told:
    state = SearchState(text, filters)
    return absence.tell(archive.search, archive.engine, archive.segmenter, state, name, ledger_of(archive))


def id_of(archive: Archive, title: str) -> str:
    return next(one.doc_id for one in archive.engine.documents() if one.title == title)


SEARCHES = [
    "补贴", "补贴 名单", "老板 补贴", "补贴名单", '"补贴名单"', "补", "名单 | 农机", "补贴 -名单", "标题:补贴",
    "附件:机械", "年份:2014 补贴", "农机补贴 老板", "2013年的农机补贴", "最新 补贴",
]  # fmt: skip


@pytest.mark.parametrize("text", SEARCHES)
def test_the_parts_of_every_hit_add_up_to_its_score(town: Archive, text: str) -> None:
    found = told(town, text)
    asked = explain.ask(town.search, town.engine, SearchState(text))
    assert len(found.explained) == len(found.page.hits) > 0
    for rank, (hit, view) in enumerate(zip(found.explained, found.page.hits, strict=True), 1):
        assert (hit.document.doc_id, hit.rank) == (view.document.doc_id, rank)
        assert hit.score == pytest.approx(view.score, rel=1e-6)
        assert sum(part.score for part in hit.parts) == pytest.approx(hit.score, rel=1e-5, abs=1e-4)
        assert all(part.score for part in hit.parts)
        assert all(part.score > 0 for part in hit.parts if part.kind == "learned")
        alone = explain._Only(town.engine, asked.request, hit.document.doc_id).score(asked.request.node)
        told_of = sum(part.score for part in hit.parts if part.kind != "learned")
        assert told_of == pytest.approx(
            alone, rel=1e-5, abs=1e-4
        )  # what weighs it against others is no excuse


def test_without_words_there_is_nothing_to_add_up(town: Archive) -> None:
    found = told(town, "")
    assert [hit.parts for hit in found.explained] == [()] * found.page.total


def test_an_order_by_day_owes_nothing_to_words(town: Archive) -> None:
    state = SearchState("补贴", sort=Sort.NEWEST)
    found = absence.tell(town.search, town.engine, town.segmenter, state)
    assert [hit.rank for hit in found.explained] == list(range(1, found.page.total + 1))
    assert not any(hit.parts or hit.score for hit in found.explained)


def test_the_title_itself_is_named_as_such(town: Archive) -> None:
    (first, *_) = told(town, "补贴名单").explained
    assert first.document.title == "补贴名单"
    assert "exact" in {part.kind for part in first.parts}
    assert {part.token for part in first.parts if part.kind == "pair"} == {"补贴", "贴名", "名单"}


def test_what_a_synonym_gave_names_the_line_of_its_rule(town: Archive) -> None:
    found = told(town, "老板 补贴", id_of(town, "用人单位补贴办法"))
    (hit,) = found.explained
    assert {part.rule for part in hit.parts if part.token in ("用人单位", "用人", "单位")} == {1}
    assert {part.rule for part in hit.parts if part.token == "补贴"} == {0}
    assert [one.code for one in found.reasons] == ["synonym"]
    assert "第 1 行（老板 → 用人单位）" in found.reasons[0].told


@pytest.mark.parametrize(
    ("text", "name", "filters", "code", "words"),
    [
        pytest.param("补贴 农机", "补贴名单", {}, "missing", "“农机”", id="a word stands nowhere"),
        pytest.param('补贴 "渔船"', "补贴名单", {}, "missing", "“渔船”", id="a phrase stands nowhere"),
        pytest.param("标题:农机手", "农机补贴", {}, "missing", "标题里没有", id="not in the field"),
        pytest.param("机械有限公司", "补贴名单", {}, "attachment_only", "附件《表.txt》", id="only in an attachment"),
        pytest.param("补贴", "农机补贴", {"year": ("2014",)}, "filter", "年份：2014", id="a filter"),
        pytest.param("补贴 -名单", "补贴名单", {}, "excluded", "“名单”", id="an exclusion"),
        pytest.param("补贴 年份:2014", "农机补贴", {}, "condition", "年份：2014", id="a condition"),
    ],
)  # fmt: skip
def test_what_keeps_a_document_back_is_said(
    town: Archive, text: str, name: str, filters: dict[str, tuple[str, ...]], code: str, words: str
) -> None:
    found = told(town, text, id_of(town, name), **filters)
    assert code in [one.code for one in found.reasons]
    assert any(words in one.told for one in found.reasons if one.code == code)


def test_a_day_keeps_a_document_back(town: Archive) -> None:
    state = SearchState.from_params([("q", "补贴"), ("from", "2014-06")])
    found = absence.tell(
        town.search, town.engine, town.segmenter, state, id_of(town, "补贴名单"), ledger_of(town)
    )
    assert [one.code for one in found.reasons] == ["period"]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        pytest.param("公示栏/公示公告/2014/空.txt", "quarantined", "empty", id="an empty file"),
        pytest.param("空.txt", "quarantined", "empty", id="by its name alone"),
        pytest.param("公示栏/公示公告/2014/内.txt", "not_public", "面向本单位", id="internal"),
        pytest.param("过.txt", "not_public", "expired on 2014-06-30", id="expired"),
        pytest.param("公示栏/公示公告/2014/表.txt", "attachment", "二.txt", id="an attachment"),
        pytest.param("没有.txt", "unknown", "没有.txt", id="no such file"),
    ],
)
def test_what_became_of_an_original_is_said_to_staff(town: Archive, name: str, code: str, words: str) -> None:
    found = told(town, "补贴", name)
    assert [one.code for one in found.reasons] == [code]
    assert words in found.reasons[0].told
    assert found.explained == ()


@pytest.mark.parametrize(
    "name", ["公示栏/公示公告/2014/空.txt", "公示栏/公示公告/2014/内.txt", "过.txt", "没有.txt"]
)
def test_nothing_is_said_of_it_without_the_ledger(town: Archive, name: str) -> None:
    with pytest.raises(DocumentNotFoundError):
        absence.tell(town.search, town.engine, town.segmenter, SearchState("补贴"), name)


def test_what_expires_while_the_index_stands_is_explained_to_staff_alone(
    engine: Engine, fill: Callable[..., None], town: Archive
) -> None:
    fill(engine, [Document("a", "补贴", "a.txt", "补贴", expires=date(2014, 6, 30))])
    search = Search(engine, town.vocabularies, town.segmenter, lambda: date(2015, 1, 1))
    asked = (search, engine, town.segmenter, SearchState("补贴"), "a")
    with pytest.raises(DocumentNotFoundError):
        absence.tell(*asked)
    found = absence.tell(*asked, Ledger())
    assert [one.told for one in found.reasons] == ["不对外公开：expired on 2014-06-30"]


def test_a_document_of_the_archive_is_found_by_its_path(town: Archive) -> None:
    (hit,) = told(town, "补贴", "公示栏/公示公告/2013/三.txt").explained
    assert hit.document.title == "农机补贴"


def test_a_late_document_is_told_what_the_first_have(
    engine: Engine, fill: Callable[..., None], town: Archive
) -> None:
    first = [Document(f"a{at}", f"渔船补贴{at}号", "a.txt", "渔船补贴") for at in range(14)]
    fill(engine, [*first, Document("z", "其他", "z.txt", "甲" * 400 + "渔船" + "乙" * 400)])
    search = Search(engine, town.vocabularies, town.segmenter, lambda: date(2015, 1, 1))
    found = absence.tell(search, engine, town.segmenter, SearchState("渔船"), "z", Ledger())
    assert found.explained[0].rank == 15
    assert [one.told for one in found.reasons] == [
        "排在第 15 位：前 10 条里有 10 条标题含“渔船”，它的标题没有"
    ]


def test_whatever_an_engine_scores_by_is_counted(town: Archive) -> None:
    """A node that nobody told of gives the difference that it makes."""
    asked = explain.ask(town.search, town.engine, SearchState("补贴"))
    only = explain._Only(town.engine, asked.request, asked.page.hits[0].document.doc_id)
    assert list(only.parts(Every())) == []
    assert only.score(asked.request.node) == pytest.approx(asked.page.hits[0].score, rel=1e-6)


def run(town: Archive, *arguments: str) -> str:
    places = ("--data", str(town.settings.data_dir), "--index", str(town.settings.index_dir))
    done = CliRunner().invoke(main, ["search", *places, *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_explains_every_hit(town: Archive) -> None:
    shape = json.loads(run(town, "补贴", "--json", "--explain"))
    assert [hit["rank"] for hit in shape["explained"]] == list(range(1, shape["total"] + 1))
    assert set(shape["explained"][0]["parts"][0]) == {"kind", "field", "token", "score", "rule"}
    printed = run(town, "补贴", "--explain")
    assert all(hit["title"] in printed for hit in shape["explained"])
    assert "“补贴”" in printed


def test_the_command_says_why_a_file_is_not_found(town: Archive) -> None:
    assert "面向本单位" in run(town, "补贴", "--explain", "内.txt")
    shape = json.loads(run(town, "补贴", "--json", "--explain", "空.txt"))
    assert [one["code"] for one in shape["reasons"]] == ["quarantined"]


def test_what_speaks_for_a_document_besides_its_words_is_named(
    engine: Engine, fill: Callable[..., None], town: Archive
) -> None:
    law = Document("law", "渔船补贴条例", "a.txt", "渔船补贴", published=date(2014, 12, 1), validity="废止")
    citing = [Document(f"c{at}", f"通知{at}", "c.txt", "按《渔船补贴条例》发放渔船补贴") for at in range(9)]
    fill(engine, [law, *citing])
    search = Search(engine, town.vocabularies, town.segmenter, lambda: date(2015, 1, 1))
    found = absence.tell(
        search, engine, town.segmenter, SearchState("2014年最新的渔船补贴条例"), "law", Ledger()
    )
    (hit,) = found.explained
    scores = {part.kind: part.score for part in hit.parts}
    assert scores["authority"] > 0
    assert scores["year"] > 0
    assert scores["freshness"] > 0
    assert scores["validity"] < 0
    assert sum(part.score for part in hit.parts) == pytest.approx(hit.score, rel=1e-5)
