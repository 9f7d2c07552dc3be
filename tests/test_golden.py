"""Golden searches: the list that staff keep, what breaks one, and that a broken one stops the switch."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from disclosure_search import golden
from disclosure_search.cli import main
from disclosure_search.document import Document
from disclosure_search.engine.base import Engine, Every, Request, State
from disclosure_search.errors import CollectionError, GoldenSearchError
from disclosure_search.wiring import Archive

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 1, 1)
LISTED = "公示栏/名单/2014/名单.txt"
BUDGET = "政府网站/预算/2013/预算.txt"
FILES = {
    "collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n',
    LISTED: "企业新设专卖店补贴名单\n第一批补贴名单如下，共二家企业。\n",
    f"{LISTED}.meta.toml": (
        'number = "临经贸〔2014〕39号"\nindex_number = "LX00123-0215-2014-00031"\npublished = "2014-12-02"\n'
    ),
    BUDGET: "2013年部门预算\n收入合计七百万元，其中补贴一百万元。\n",
    "政府网站/预算/2014/预算.txt": "2014年部门预算\n收入合计八百万元，其中补贴一百万元。\n",
    "简报/2014/内部.txt": "内部简报\n补贴名单的内部意见\n",
    "简报/2014/内部.txt.meta.toml": 'audience = "面向本单位"\n',
    "简报/2014/过期.txt": "过期公示\n公示期已满\n",
    "简报/2014/过期.txt.meta.toml": 'expires = "2015-01-01"\n',
}
HOLDS = '[[golden]]\nsearch = "补贴名单"\ndocument = "企业新设专卖店补贴名单"\n'
BROKEN = '\n[[golden]]\nsearch = "“七百万元”"\ndocument = "临经贸〔2014〕39号"\nfirst = 2\n'


def keep(archive: Archive, text: str) -> None:
    (archive.settings.data_dir / golden.NAME).write_text(text, "utf-8")


def write(archive: Archive, path: str, text: str) -> None:
    (archive.settings.data_dir / path).write_text(text, "utf-8")


def command(archive: Archive, *arguments: str) -> Result:
    places = ("--data", str(archive.settings.data_dir), "--index", str(archive.settings.index_dir))
    return CliRunner().invoke(main, [arguments[0], *places, *arguments[1:]])


def files(archive: Archive) -> set[tuple[str, int]]:
    home = archive.settings.index_dir / "generations"
    return {
        (str(path.relative_to(home)), path.stat().st_mtime_ns) for path in home.rglob("*") if path.is_file()
    }


def verdicts(archive: Archive) -> list[golden.Verdict]:
    goldens = golden.load_golden(archive.settings.data_dir)
    return list(golden.check(goldens, archive.engine, archive.search, TODAY))


# --- the list


def test_without_a_list_nothing_is_golden(tmp_path: Path) -> None:
    assert golden.load_golden(tmp_path) == ()


def test_the_list_is_read_with_its_lines_filters_and_defaults(tmp_path: Path) -> None:
    text = '# 注\n\n[[golden]]\nsearch = "补贴"\ndocument = ["甲", "乙"]\nfirst = 3\nyear = 2014\n'
    text += 'channel = ["a", "b"]\n'
    (tmp_path / golden.NAME).write_text(f"\ufeff{text}{HOLDS}", "utf-8")
    first, second = golden.load_golden(tmp_path)
    assert (first.search, first.documents, first.first, first.line) == ("补贴", ("甲", "乙"), 3, 3)
    assert first.state.filters == {"year": ("2014",), "channel": ("a", "b")}
    assert (second.first, second.line) == (1, 9)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("[[golden]]\nsearch = 补贴\n", "line 2", id="no TOML"),
        pytest.param('[[golden]]\ndocument = "甲"\n', "golden.toml:1: search: ", id="no search"),
        pytest.param(
            '\n[[golden]]\nsearch = " "\ndocument = "甲"\n', "golden.toml:2: search: ", id="empty search"
        ),
        pytest.param(f'{HOLDS}[[golden]]\nsearch = "补贴"\n', "golden.toml:4: document: ", id="no document"),
        pytest.param('[[golden]]\nsearch = "a"\ndocument = []\n', ":1: document: ", id="empty list"),
        pytest.param('[[golden]]\nsearch = "a"\ndocument = ["甲", 3]\n', ":1: document: ", id="a number"),
        pytest.param(f"{HOLDS}first = 0\n", ":1: first: 0", id="first of none"),
        pytest.param(f"{HOLDS}first = true\n", ":1: first: True", id="first of true"),
        pytest.param(f"{HOLDS}first = 101\n", ":1: first: 101", id="first of too many"),
        pytest.param(f'{HOLDS}colour = "red"\n', ":1: colour: ", id="unknown key"),
        pytest.param(f'{HOLDS}sort = "best"\n', ":1: sort: ", id="unknown order"),
        pytest.param(f"{HOLDS}page = 2\n", ":1: page: ", id="a page"),
        pytest.param(f"{HOLDS}year = {{ a = 1 }}\n", ":1: year: ", id="a table"),
        pytest.param(f'[[golden]]\nsearch = "{"补" * 1001}"\ndocument = "甲"\n', ":1: q: ", id="too long"),
        pytest.param('golden = "a"\n', "'golden'", id="no table"),
        pytest.param('[[goldne]]\nsearch = "a"\n', "'goldne'", id="a typing error"),
    ],
)
def test_a_list_that_cannot_be_used_is_told_with_line_and_key(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / golden.NAME).write_text(text, "utf-8")
    with pytest.raises(CollectionError) as caught:
        golden.load_golden(tmp_path)
    assert told in str(caught.value)
    assert caught.value.remedy


def test_a_list_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / golden.NAME).write_bytes(HOLDS.encode("gb18030"))
    with pytest.raises(CollectionError, match="UTF-8"):
        golden.load_golden(tmp_path)


# --- what holds


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("LX00123-0215-2014-00031", id="id and 索引号"),
        pytest.param("lx00123 0215 2014 00031", id="索引号 in other writing"),
        pytest.param("临经贸（2014）第039号", id="文号"),
        pytest.param("企业新设专卖店补贴名单", id="title"),
        pytest.param(LISTED, id="path"),
    ],
)
def test_a_document_may_be_named_in_any_way(make_archive: Callable[..., Archive], name: str) -> None:
    archive = make_archive({**FILES, golden.NAME: f'[[golden]]\nsearch = "补贴名单"\ndocument = "{name}"\n'})
    (verdict,) = verdicts(archive)
    assert (verdict.rank, verdict.reason) == (1, "")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        pytest.param(
            f'search = "“收入合计”"\ndocument = "{LISTED}"', "is not among the first 100", id="not found"
        ),
        pytest.param(
            f'search = "补贴"\ndocument = "{BUDGET}"', "should be among the first 1", id="too far down"
        ),
        pytest.param('search = "补贴"\ndocument = "没有的"', "is not in the collection", id="unknown"),
        pytest.param(
            'search = "补贴"\ndocument = "简报/2014/内部.txt"',
            "is not public: audience: 面向本单位",
            id="internal",
        ),
        pytest.param(
            'search = "过期"\ndocument = "简报/2014/过期.txt"', "is not public: expired on", id="expired"
        ),
        pytest.param(
            f'search = "补贴名单"\ndocument = "{LISTED}"\nyear = 2013', "is not among", id="filtered away"
        ),
        pytest.param(
            f'search = "补贴名单"\ndocument = "{LISTED}"\nchannel = "没有"',
            "cannot be searched for",
            id="no value",
        ),
    ],
)
def test_a_broken_one_says_why(make_archive: Callable[..., Archive], entry: str, reason: str) -> None:
    archive = make_archive({**FILES, golden.NAME: f"[[golden]]\n{entry}\n"})
    (verdict,) = verdicts(archive)
    assert reason in verdict.reason
    assert str(verdict).startswith("line 1: ")


def test_what_went_away_is_told_with_the_day(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive(
        {**FILES, golden.NAME: f'[[golden]]\nsearch = "补贴名单"\ndocument = "{LISTED}"\n'}
    )
    (archive.settings.data_dir / LISTED).unlink()
    assert command(archive, "index", "--force").exit_code == 0
    (verdict,) = verdicts(archive)
    assert verdict.reason.startswith(f"is not in the collection since {date.today().isoformat()}")


# --- before the switch


def test_a_run_that_breaks_none_switches(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive({**FILES, golden.NAME: HOLDS})
    write(archive, "公示栏/名单/2014/新.txt", "新的公示\n内容\n")
    result = command(archive, "index")
    assert (result.exit_code, archive.engine.condition().documents) == (0, 4)


@pytest.mark.parametrize("options", [(), ("--rebuild",)], ids=["increment", "rebuild"])
def test_a_broken_one_stops_the_switch_and_leaves_no_trace(
    make_archive: Callable[..., Archive], options: tuple[str, ...]
) -> None:
    archive = make_archive({**FILES, golden.NAME: HOLDS})
    before, held = archive.engine.condition(), files(archive)
    write(archive, LISTED, "别的标题\n全文已经改写。\n")
    result = command(archive, "index", *options)
    assert result.exit_code == 1
    assert (
        "error: golden.toml: 1 golden searches are broken, and the index was left as it was" in result.stderr
    )
    assert "line 1: 补贴名单: 企业新设专卖店补贴名单" in result.stderr
    assert "--force" in result.stderr
    assert archive.engine.condition() == before
    assert files(archive) == held
    assert command(archive, "index", *options, "--force").exit_code == 0
    assert archive.engine.condition() != before


def test_force_tells_what_is_broken(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive({**FILES, golden.NAME: HOLDS})
    write(archive, golden.NAME, HOLDS + BROKEN)
    write(archive, "公示栏/名单/2014/新.txt", "新的公示\n内容\n")
    result = command(archive, "index", "--force", "--json")
    assert result.exit_code == 0
    assert "broken: golden.toml: line 5: “七百万元”" in result.stderr
    (told,) = json.loads(result.stdout)["broken"]
    assert told.startswith("line 5: ")


def test_a_run_with_nothing_to_do_tells_what_is_broken(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive(FILES)
    before = archive.engine.condition()
    keep(archive, BROKEN)
    assert command(archive, "index").exit_code == 1
    assert command(archive, "index", "--force").exit_code == 0
    assert archive.engine.condition() == before


def test_a_first_index_is_not_made_where_one_is_broken(make_collection: Callable[..., Path]) -> None:
    data = make_collection({**FILES, golden.NAME: BROKEN})
    index = data.with_name("new-index")
    arguments = ["index", "--data", str(data), "--index", str(index)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert [*(index / "generations").iterdir()] == []
    assert CliRunner().invoke(main, [*arguments, "--force"]).exit_code == 0


def test_a_list_that_cannot_be_read_stops_a_run_before_it_begins(
    make_archive: Callable[..., Archive],
) -> None:
    archive = make_archive(FILES)
    keep(archive, "[[golden]]\n")
    for options in ((), ("--force",), ("--dry-run",)):
        result = command(archive, "index", *options)
        assert result.exit_code == 1
        assert "golden.toml:1: search: " in result.stderr


def test_a_rehearsal_tells_what_it_can_know_and_writes_nothing(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive({**FILES, golden.NAME: HOLDS})
    assert json.loads(command(archive, "index", "--dry-run", "--json").stdout)["broken"] == []
    held = files(archive)
    (archive.settings.data_dir / LISTED).unlink()
    keep(archive, HOLDS + BROKEN.replace("临经贸〔2014〕39号", BUDGET).replace("first = 2", "first = 1"))
    result = command(archive, "index", "--dry-run", "--json")
    (told,) = json.loads(result.stdout)["broken"]
    assert told == "line 1: 补贴名单: 企业新设专卖店补贴名单 will be gone"
    assert files(archive) == held


def test_the_check_sees_what_is_about_to_answer_and_nobody_else_does(
    engine: Engine, fill: Callable[..., None]
) -> None:
    seen: list[tuple[int, int, bytes, str]] = []
    document = Document("b", "乙", "b.txt", "乙的文字")
    fill(engine, [Document("a", "甲", "a.txt", "甲的文字")], ledger=b"before")

    def look(state: Engine) -> None:
        total = state.search(Request(Every())).total
        seen.append((total, engine.search(Request(Every())).total, state.ledger(), state.get("a").title))
        assert state.condition().state is State.READY

    with engine.writer(fresh=False) as writer:
        writer.remove("b")
        writer.commit(b"between", look)
    assert seen == [(1, 1, b"between", "甲")]
    with engine.writer(fresh=False) as writer:
        writer.commit(b"after", look)
    assert seen[-1] == (1, 1, b"after", "甲")
    assert document.doc_id == "b"


@pytest.mark.parametrize("fresh", [False, True], ids=["increment", "rebuild"])
def test_a_check_that_raises_commits_nothing(engine: Engine, fill: Callable[..., None], fresh: bool) -> None:
    fill(engine, [Document("a", "甲", "a.txt", "甲的文字")], ledger=b"before")
    before = engine.condition()

    def refuse(state: Engine) -> None:
        raise GoldenSearchError("golden.toml", (f"{state.condition().documents} documents",))

    with (
        pytest.raises(GoldenSearchError, match="0 documents" if fresh else "1 documents"),
        engine.writer(fresh=fresh) as writer,
    ):
        writer.commit(b"after", refuse)
    assert (engine.condition(), engine.ledger()) == (before, b"before")
    fill(engine, [Document("b", "乙", "b.txt", "乙的文字")], fresh=False)
    assert engine.condition().documents == 2


# --- the command


def test_the_command_checks_at_any_time(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive({**FILES, golden.NAME: HOLDS})
    assert command(archive, "golden").exit_code == 0
    keep(archive, HOLDS + BROKEN)
    result = command(archive, "golden", "--json")
    assert result.exit_code == 1
    holds, broken = json.loads(result.stdout)
    assert list(holds) == ["line", "search", "document", "first", "rank", "holds", "reason"]
    assert (holds["line"], holds["rank"], holds["holds"], holds["reason"]) == (1, 1, True, "")
    assert (broken["line"], broken["rank"], broken["holds"]) == (5, None, False)
    assert "1 of 2 golden searches are broken" in command(archive, "golden").stdout


def test_staff_add_one_and_what_was_there_stays(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive(FILES)
    assert command(archive, "golden", "--add", '补贴 "名单"', "临经贸〔2014〕39号").exit_code == 0
    keep(archive, f"# 我们的\n{(archive.settings.data_dir / golden.NAME).read_text('utf-8')}")
    assert command(archive, "golden", "--add", "补贴", BUDGET, "--first", "3").exit_code == 0
    text = (archive.settings.data_dir / golden.NAME).read_text("utf-8")
    assert text.startswith("# 我们的\n[[golden]]\n")
    first, second = golden.load_golden(archive.settings.data_dir)
    assert (first.search, first.first) == ('补贴 "名单"', 1)
    assert (second.documents, second.first) == ((BUDGET,), 3)
    assert command(archive, "index").exit_code == 0
    assert archive.engine.condition().documents == 3


def test_what_does_not_hold_is_not_added(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive({**FILES, golden.NAME: HOLDS})
    result = command(archive, "golden", "--add", "部门预算", LISTED)
    assert result.exit_code == 1
    assert "nothing was added" in result.stderr
    assert (archive.settings.data_dir / golden.NAME).read_text("utf-8") == HOLDS


def test_the_golden_searches_of_the_sample_collection_are_read() -> None:
    goldens = golden.load_golden(ROOT / "data")
    assert len(goldens) >= 10
    assert len({one.search for one in goldens}) == len(goldens)
