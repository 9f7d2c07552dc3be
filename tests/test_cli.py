"""The command line as it is used: real processes over the sample collection, their output, shapes and exit codes."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from disclosure_search import __version__
from disclosure_search.cli import main
from disclosure_search.document import FACETS

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ("catalogue", "golden", "index", "inspect", "problems", "search", "serve", "show", "status")
HIT_KEYS = [
    "id", "title", "url", "path", "agency", "number", "category", "channel", "year", "published", "issued", "fragments",
]  # fmt: skip
STATUS_KEYS = {
    "found", "indexed", "duplicate", "quarantined", "not_public", "state", "reason", "generation", "documents", "built",
    "run_at", "segments", "deleted", "doubtful", "warnings",
}  # fmt: skip

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


def call(*arguments: str | bytes, **options: Any) -> Done:
    command = [sys.executable, "-m", "disclosure_search", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False, **options
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The options that name the sample collection and its index."""
    index = tmp_path_factory.mktemp("cli") / "index"
    places = ["--data", str(ROOT / "data"), "--index", str(index)]
    assert call("index", *places).returncode == 3
    return places


@pytest.fixture
def run(archive: list[str]) -> Run:
    """In this process, which saves loading the libraries a hundred times."""

    def with_places(command: str, *arguments: str, **options: Any) -> Done:
        asked = [command, *archive, *arguments]
        result = CliRunner().invoke(main, asked, **options)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return subprocess.CompletedProcess(asked, result.exit_code, result.stdout, result.stderr)

    return with_places


def answer(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# Help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_takes_both_folders(command: str) -> None:
    done = call(command, "--help")
    assert done.returncode == 0
    for option in ("--data", "--index", "DISCLOSURE_DATA", "DISCLOSURE_INDEX"):
        assert option in done.stdout


def test_the_commands_are_those_that_are_tested() -> None:
    others = ("report", "suggest")  # `test_tally` and `test_repair` ask them
    assert sorted(main.list_commands(click.Context(main))) == sorted((*COMMANDS, *others))


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("serve", "catalogue")])
def test_every_reading_command_has_json(command: str) -> None:
    assert "--json" in call(command, "--help").stdout


def test_help_comes_at_once() -> None:
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        call("--help")
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.3


@pytest.mark.parametrize("arguments", [[], ["search"]], ids=["whole", "search"])
def test_help_loads_nothing_that_is_slow(arguments: list[str]) -> None:
    asked = [*arguments, "--help"]
    program = (
        f"import sys\nfrom disclosure_search.cli import main\ntry:\n    main({asked!r})\nexcept SystemExit:\n    pass\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(eval(done.stdout.splitlines()[-1]))
    slow = {
        "flask",
        "jieba",
        "rjieba",
        "numpy",
        "whoosh",
        "opencc",
        "lxml",
        "waitress",
        "zstandard",
        "jinja2",
    }
    assert "click" in loaded
    assert not loaded & slow


def test_the_version_is_told() -> None:
    assert __version__ in call("--version").stdout


# Shapes


def test_search_answers_in_the_documented_shape(run: Run) -> None:
    found = answer(run("search", "补贴名单", "--json"))
    assert list(found) == [
        "total",
        "page",
        "size",
        "took_ms",
        "hits",
        "facets",
        "notes",
        "proposals",
        "generation",
    ]
    assert (found["page"], found["size"]) == (1, 10)
    assert found["total"] >= len(found["hits"]) > 0
    assert isinstance(found["took_ms"], int | float)
    assert set(found["facets"]) == {one.name for one in FACETS}
    for values in found["facets"].values():
        assert all(list(value) == ["value", "label", "count"] for value in values)
    for hit in found["hits"]:
        assert list(hit) == HIT_KEYS
        assert isinstance(hit["category"], list)
        assert isinstance(hit["channel"], list)
        assert isinstance(hit["year"], int)
        assert all(isinstance(fragment, str) for fragment in hit["fragments"])


def test_dates_are_iso_8601(run: Run) -> None:
    hits = answer(run("search", "", "--json", "--size", "100"))["hits"]
    days = {hit["published"] for hit in hits if hit["published"]}
    assert any(len(day) == 10 for day in days)
    assert any(len(day) == 16 and day[10] == "T" for day in days)


def test_an_empty_search_is_everything_public(run: Run) -> None:
    assert answer(run("search", "", "--json"))["total"] == answer(run("status", "--json"))["documents"]


def test_status_answers_in_the_documented_shape(run: Run) -> None:
    told = answer(run("status", "--json"))
    assert set(told) == STATUS_KEYS
    assert told["state"] == "ready"
    assert told["found"] == told["indexed"] + told["duplicate"] + told["quarantined"] + told["not_public"]
    assert told["documents"] > 80


def test_problems_answers_in_the_documented_shape(run: Run) -> None:
    told = answer(run("problems", "--json"))
    assert [list(one) for one in told] == [["path", "reason", "reader", "since", "remedy"]] * 2
    assert [one["path"] for one in told] == [
        "公示栏/2015/二季度公示内容.txt",
        "政府网站/统计信息/2015/2015年上半年工业运行分析.pdf",
    ]
    assert all(one["reason"] and one["since"] and one["remedy"] for one in told)


def test_show_answers_with_the_whole_record_and_its_sources(run: Run) -> None:
    hit = answer(run("search", "企业新设专卖店补贴名单 渠道:公示栏", "--json"))["hits"][0]
    shown = answer(run("show", hit["id"], "--json"))
    for name in ("id", "title", "path", "agency", "category", "channel", "year", "published"):
        assert shown[name] == hit[name]
    assert set(shown) >= {"text", "sha256", "attachments", "interpretations", "publications", "sources"}
    known = {
        "meta tag",
        "metadata table",
        "text head",
        "时间 line",
        "title line",
        "signature",
        "file property",
    }
    known |= {"path", "catalogue", "sidecar", "collection.toml", "file name"}
    assert set(shown["sources"].values()) <= known
    described = {
        "title",
        "agency",
        "category",
        "channel",
        "published",
        "issued",
        "number",
        "keywords",
        "genre",
    }
    assert {name for name in described if shown.get(name)} <= set(shown["sources"])


def test_every_hit_can_be_shown_with_the_same_keys(run: Run) -> None:
    ids = [hit["id"] for hit in answer(run("search", "补贴", "--json", "--size", "5"))["hits"]]
    assert len({tuple(sorted(answer(run("show", one, "--json")))) for one in ids}) == 1


def test_index_answers_in_the_documented_shape(run: Run) -> None:
    done = run("index", "--json")
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert list(told) == [
        "found", "indexed", "duplicate", "quarantined", "not_public",
        "added", "changed", "removed", "unchanged", "rebuilt", "committed", "rehearsal", "seconds", "peak_mb",
        "indexed_unchanged", "broken",
    ]  # fmt: skip
    assert (told["added"], told["changed"], told["removed"], told["committed"]) == (0, 0, 0, False)
    assert told["indexed_unchanged"] == told["indexed"] > told["unchanged"]  # attachments are originals, too


# Text


def test_an_index_run_ends_with_the_identity(run: Run) -> None:
    last = run("index").stdout.splitlines()[-1]
    numbers = [int(word) for word in last.split() if word.isdigit()]
    assert last.startswith("found ")
    assert numbers[0] == sum(numbers[1:])
    assert "indexed 0 + unchanged" in last


@pytest.mark.parametrize(
    "arguments", [["index"], ["status"], ["search", "补贴", "--size", "1"]], ids=lambda one: one[0]
)
def test_the_readme_tells_of_every_key(run: Run, arguments: list[str]) -> None:
    lines = (ROOT / "README.md").read_text("utf-8").partition("### JSON")[2]
    shape = lines.partition(f"- `{arguments[0]}` → ")[2].partition("\n- ")[0]
    assert set(json.loads(run(*arguments, "--json").stdout)) <= set(re.findall(r"[a-z_]+", shape))


def test_the_readme_tells_of_every_exit_code() -> None:
    codes = re.findall(r"^- ([0-9])：(.*(?:\n  .*)*)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert [code for code, _ in codes] == ["0", "1", "2", "3"]
    assert all(word in codes[1][1] for word in ("页码", "排序", "年份", "--batch"))


def test_in_an_index_run_unchanged_has_one_meaning(run: Run) -> None:
    told = run("index").stdout
    assert told.count("unchanged") == 1
    assert "found" in next(line for line in told.splitlines() if "unchanged" in line)


def test_hits_are_readable_without_json(run: Run) -> None:
    done = run("search", "补贴名单", "--size", "2")
    lines = done.stdout.splitlines()
    notes = list(itertools.takewhile(lambda line: not line.startswith("1. "), lines))
    assert notes == answer(run("search", "补贴名单", "--size", "2", "--json"))["notes"]
    assert "补贴名单" in lines[len(notes)]
    assert lines[-1].endswith(" ms")


@pytest.mark.parametrize("command", ["status", "problems"])
def test_other_commands_are_readable_without_json(run: Run, command: str) -> None:
    done = run(command)
    assert done.returncode == 0
    assert done.stdout.count("\n") >= 3


def test_show_is_readable_without_json(run: Run) -> None:
    hit = answer(run("search", "补贴名单", "--json"))["hits"][0]
    done = run("show", hit["id"])
    assert f"title: {hit['title']}" in done.stdout
    assert "公示栏" in done.stdout or "政府网站" in done.stdout


# Searching


def test_filters_narrow_to_the_count_of_their_facet(run: Run) -> None:
    facets = answer(run("search", "补贴", "--json"))["facets"]
    assert sum(map(bool, facets.values())) >= 5
    for name, values in facets.items():
        if not values:
            continue
        value = values[0]
        for asked in {value["value"], value["label"]}:
            assert answer(run("search", "补贴", f"--{name}", asked, "--json"))["total"] == value["count"]


def test_several_values_of_a_filter_add_up(run: Run) -> None:
    years = {one["value"]: one["count"] for one in answer(run("search", "", "--json"))["facets"]["year"]}
    found = answer(run("search", "", "--year", "2013", "--year", "2014", "--json"))
    assert found["total"] == years["2013"] + years["2014"]


def test_pages_hold_every_hit_once(run: Run) -> None:
    pages = [
        answer(run("search", "补贴", "--json", "--size", "7", "--page", str(page))) for page in (1, 2, 3)
    ]
    ids = [hit["id"] for page in pages for hit in page["hits"]]
    assert len(ids) == len(set(ids)) == min(21, pages[0]["total"])


def test_orders_are_kept(run: Run) -> None:
    newest = [
        hit["published"] or hit["issued"]
        for hit in answer(run("search", "", "--sort", "newest", "--json"))["hits"]
    ]
    oldest = [
        hit["published"] or hit["issued"]
        for hit in answer(run("search", "", "--sort", "oldest", "--json"))["hits"]
    ]
    assert [day[:10] for day in newest] == sorted((day[:10] for day in newest), reverse=True)
    assert newest[0] > oldest[0]


@pytest.mark.parametrize("query", ["-名单", "-失效", "－名单", "-- 名单", "-h 名单"], ids=str)
def test_a_search_may_begin_with_a_dash(run: Run, query: str) -> None:
    arguments = ["--json", "--", query] if query in ("-- 名单", "-h 名单") else ["--json", query]
    assert answer(run("search", *arguments))["total"] > 0


def test_an_exclusion_excludes(run: Run) -> None:
    everything, without = (answer(run("search", query, "--json"))["total"] for query in ("", "-名单"))
    assert answer(run("search", "名单", "--json"))["total"] == everything - without


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
def test_a_batch_answers_line_by_line(run: Run, tmp_path: Path, ending: str) -> None:
    queries = ["补贴名单", "预算", "没有这样的词语组合吧", ""]
    (tmp_path / "queries.txt").write_bytes("".join(query + ending for query in queries).encode())
    done = run("search", "--batch", str(tmp_path / "queries.txt"))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["query"] for line in lines] == queries
    assert lines[0]["total"] == answer(run("search", "补贴名单", "--json"))["total"]
    assert lines[0]["hits"][0]["id"] == answer(run("search", "补贴名单", "--json"))["hits"][0]["id"]
    assert done.returncode == 0


def test_a_batch_comes_from_standard_input_too_with_the_filters_of_the_command(run: Run) -> None:
    done = run("search", "--batch", "-", "--year", "2014", "--size", "3", input="补贴\n预算\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 2
    assert all(hit["year"] == 2014 for line in lines for hit in line["hits"])
    assert all(len(line["hits"]) <= 3 for line in lines)


def test_a_line_of_a_batch_that_cannot_be_run_says_so_and_the_others_answer(run: Run) -> None:
    done = run("search", "--batch", "-", input=f"补贴\n{'长' * 10_000}\n预算\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["error" in line for line in lines] == [False, True, False]
    assert done.returncode == 1


def test_a_batch_file_in_gb18030_is_understood(run: Run, tmp_path: Path) -> None:
    (tmp_path / "queries.txt").write_bytes("补贴名单\n预算\n".encode("gb18030"))
    lines = [
        json.loads(line)
        for line in run("search", "--batch", str(tmp_path / "queries.txt")).stdout.splitlines()
    ]
    assert [line["query"] for line in lines] == ["补贴名单", "预算"]


# Exit codes and settings


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        pytest.param(["search"], 2, "QUERY", id="no query"),
        pytest.param(["search", "a", "--batch", "-"], 2, "QUERY", id="query and batch"),
        pytest.param(["search", "a", "b"], 2, "unexpected", id="two queries"),
        pytest.param(
            ["search", "a", "--batch", "/nowhere/at/all"], 2, "/nowhere/at/all", id="no such batch file"
        ),
        pytest.param(["find", "a"], 2, "find", id="unknown command"),
        pytest.param(["index", "--fast"], 2, "--fast", id="unknown option"),
        pytest.param(["show"], 2, "DOC_ID", id="no id"),
        pytest.param(["show", "nothing"], 1, "error: nothing: ", id="unknown id"),
        pytest.param(["search", "a", "--page", "-1"], 1, "error: page: ", id="page of -1"),
        pytest.param(["search", "a", "--page", "0"], 1, "error: page: ", id="page of 0"),
        pytest.param(["search", "a", "--size", "1000"], 1, "error: size: ", id="size of 1000"),
        pytest.param(["search", "a", "--size", "0" * 5000], 1, "error: size: ", id="endless size"),
        pytest.param(["search", "a", "--sort", "best"], 1, "error: sort: ", id="unknown order"),
        pytest.param(["search", "a", "--year", "14"], 1, "error: year: ", id="no year"),
        pytest.param(["search", "a", "--category", "无此类"], 1, "error: category: ", id="unknown category"),
        pytest.param(["search", "a", "--channel", "无此渠道"], 1, "error: channel: ", id="unknown channel"),
        pytest.param(["search", "长" * 10_000], 1, "error: q: ", id="10,000 characters"),
        pytest.param(["serve", "--port", "99999"], 2, "error: port: ", id="port too high"),
        pytest.param(["serve", "--port", "-1"], 2, "error: port: ", id="port below zero"),
        pytest.param(["serve", "--port", "9" * 5000], 2, "error: port: ", id="endless port"),
        pytest.param(
            ["serve", "--host", "no.such.host.invalid"], 2, "no.such.host.invalid", id="unknown host"
        ),
    ],
)
def test_a_wrong_use_is_told_with_its_exit_code(
    archive: list[str], arguments: list[str], code: int, told: str
) -> None:
    command, *rest = arguments
    done = call(command, *archive, *rest) if command in COMMANDS else call(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert len(done.stderr) < 1000


def test_a_size_in_disguise_is_refused(run: Run) -> None:
    assert run("search", "a", "--size", "0000000011999").returncode == 1


@pytest.mark.parametrize("name", ["THREADS", "WORKERS"])
@pytest.mark.parametrize("value", ["0", "x", "-1"])
def test_a_site_that_could_never_answer_is_refused(archive: list[str], name: str, value: str) -> None:
    environment = {**os.environ, f"DISCLOSURE_{name}": value}
    done = call("serve", *archive, "--port", "0", env=environment)
    assert done.returncode == 2
    assert name.lower() in done.stderr


def test_the_environment_names_the_folders_and_an_option_wins(archive: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "DISCLOSURE_DATA": archive[1], "DISCLOSURE_INDEX": archive[3]}
    assert json.loads(call("status", "--json", env=environment, cwd=tmp_path).stdout)["state"] == "ready"
    elsewhere = call("status", "--json", "--index", str(tmp_path / "none"), env=environment)
    assert json.loads(elsewhere.stdout)["state"] == "missing"


@pytest.mark.parametrize(
    "command", [["search", "a"], ["problems"], ["show", "a"], ["serve"]], ids=lambda one: one[0]
)
def test_without_an_index_the_commands_say_how_to_make_one(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "data").mkdir()
    done = call(*command, "--data", str(tmp_path / "data"), "--index", str(tmp_path / "index"))
    assert done.returncode == 1
    assert "there is no index here" in done.stderr
    assert "run `disclosure-search index`" in done.stderr


def _small_index(tmp_path: Path) -> list[str]:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "名单.txt").write_text("补贴名单\n", "utf-8")
    places = ["--data", str(tmp_path / "data"), "--index", str(tmp_path / "index")]
    assert call("index", *places).returncode == 0
    return places


def _break_pointer(tmp_path: Path) -> None:
    (tmp_path / "index" / "CURRENT").write_text("nonsense")


def _break_table(tmp_path: Path) -> None:
    (table,) = (tmp_path / "index").rglob("*.toc")
    table.write_bytes(table.read_bytes() + b"x")


def _lose_segment(tmp_path: Path) -> None:
    for segment in (tmp_path / "index").rglob("*.seg"):
        segment.unlink()


def _break_ledger(tmp_path: Path) -> None:
    (ledger,) = (tmp_path / "index").rglob("ledger-*.json")
    ledger.write_bytes(b"x")


def _other_words(tmp_path: Path) -> None:
    (tmp_path / "data" / "vocabulary").mkdir()
    (tmp_path / "data" / "vocabulary" / "words.txt").write_text("补贴名单\n", "utf-8")


@pytest.mark.parametrize(
    ("harm", "state"),
    [
        pytest.param(_break_pointer, "damaged", id="pointer"),
        pytest.param(_break_table, "damaged", id="table of contents"),
        pytest.param(_lose_segment, "damaged", id="segment"),
        pytest.param(_break_ledger, "damaged", id="ledger"),
        pytest.param(_other_words, "outdated", id="other words"),
    ],
)
def test_an_index_that_cannot_answer_is_told_once_and_first(
    tmp_path: Path, harm: Callable[[Path], None], state: str
) -> None:
    places = _small_index(tmp_path)
    harm(tmp_path)
    told = call("status", *places)
    assert told.returncode == 1
    assert told.stdout.splitlines()[0] == f"state: {state}"
    assert "found 0" not in told.stdout
    in_json = call("status", *places, "--json")
    assert in_json.returncode == 1
    assert json.loads(in_json.stdout)["state"] == state
    for command in (["search", "补贴"], ["serve", "--port", "0"]):
        done = call(command[0], *places, *command[1:])
        assert done.returncode == 1
        assert done.stderr.count("error: ") == 1
        assert done.stderr.count(f"the index is {state}") == 1
        assert done.stderr.count("run `disclosure-search index") == 1


@pytest.mark.parametrize(
    "address",
    ["www.example.gov.cn", "ftp://example.gov.cn", "https://", "https://example.gov.cn/gk", "https://a b"],
)
def test_an_address_that_no_permalink_can_begin_with_is_refused(archive: list[str], address: str) -> None:
    done = call("serve", *archive, "--port", "0", env={**os.environ, "DISCLOSURE_ADDRESS": address})
    assert done.returncode == 2
    assert "error: address: " in done.stderr


@pytest.mark.parametrize("made", ["nothing", "file"])
def test_a_data_folder_that_is_none_is_named(tmp_path: Path, made: str) -> None:
    place = tmp_path / "data"
    if made == "file":
        place.write_text("no folder")
    done = call("index", "--data", str(place), "--index", str(tmp_path / "index"))
    assert done.returncode == 1
    assert f"error: {place}: " in done.stderr
    assert "--data" in done.stderr


def test_an_index_place_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "index").write_text("no folder")
    done = call("index", "--data", str(tmp_path / "data"), "--index", str(tmp_path / "index"))
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert str(tmp_path / "index") in done.stderr


def test_an_empty_folder_is_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    places = ["--data", str(tmp_path / "data"), "--index", str(tmp_path / "index")]
    assert call("index", *places).returncode == 0
    assert json.loads(call("search", *places, "补贴", "--json").stdout)["total"] == 0


def test_a_reader_that_stops_reading_breaks_nothing(archive: list[str]) -> None:
    command = [sys.executable, "-m", "disclosure_search", "search", *archive, "--batch", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write("补贴\n".encode() * 3)
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            process.stdin.write("补贴\n".encode() * 200)
            process.stdin.close()
        except BrokenPipeError:
            process.stdin = None
        told = process.stderr.read().decode()
        process.wait(timeout=30)
    assert told == ""


def test_a_terminal_gets_a_bar_and_a_pipe_gets_lines(tmp_path: Path) -> None:
    import pty

    places = ["--data", str(ROOT / "data"), "--index", str(tmp_path / "index")]
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "disclosure_search", "index", *places]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            seen += part
        process.wait(timeout=60)
    os.close(ours)
    assert b"indexing" in seen
    assert b"\r" in seen
    piped = call("index", "--rebuild", *places)
    assert "\r" not in piped.stderr
