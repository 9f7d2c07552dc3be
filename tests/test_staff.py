"""What staff ask before and after a run: rehearsal, watching, inspection, doubts, likeness, a catalogue to correct."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from disclosure_search.likeness import resembling, sketch

NOTICE = (
    "关于公布2014年度商贸流通奖补名单的通知\n临经贸〔2014〕31号\n各有关单位：\n"
    "现将二〇一四年度商贸流通企业奖励补助资金安排名单公布如下，请各单位及时办理拨付手续。\n"
    "临溪县经济贸易局\n2014年11月28日\n"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "通知").mkdir(parents=True)
    (folder / "通知" / "奖补.txt").write_text(NOTICE, "utf-8")
    return folder


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    places = ["--data", str(data), "--index", str(data.parent / "index")]
    program = [sys.executable, "-m", "disclosure_search", *arguments, *places]
    return subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)


def answer(data: Path, *arguments: str) -> object:
    done = run(data, *arguments, "--json")
    assert done.returncode in (0, 3), done.stderr
    return json.loads(done.stdout)


def listing(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


# --- rehearsal


def test_a_rehearsal_reports_what_the_run_then_does_and_writes_nothing(data: Path) -> None:
    (data / "坏.pdf").write_bytes(b"%PDF-1.4 broken")
    before = listing(data.parent)
    rehearsed = answer(data, "index", "--dry-run")
    assert listing(data.parent) == before
    done = answer(data, "index")
    assert isinstance(rehearsed, dict)
    assert isinstance(done, dict)
    assert (rehearsed["rehearsal"], rehearsed["committed"], done["rehearsal"]) == (True, False, False)
    for name in ("found", "indexed", "quarantined", "added", "changed", "removed", "unchanged"):
        assert rehearsed[name] == done[name], name
    assert answer(data, "status") is not None


def test_a_rehearsal_beside_an_index_changes_nothing_in_it(data: Path) -> None:
    run(data, "index")
    (data / "通知" / "新.txt").write_text("新的通知\n正文一行。\n", "utf-8")
    before = listing(data.parent)
    rehearsed = answer(data, "index", "--dry-run")
    assert isinstance(rehearsed, dict)
    assert (rehearsed["added"], rehearsed["unchanged"]) == (1, 1)
    assert listing(data.parent) == before


# --- watching


@pytest.fixture
def watcher(data: Path) -> Iterator[subprocess.Popen[str]]:
    places = ["--data", str(data), "--index", str(data.parent / "index")]
    program = [
        sys.executable,
        "-m",
        "disclosure_search",
        "index",
        "--watch",
        "--every",
        "0.2",
        "--json",
        *places,
    ]
    with (data.parent / "errors").open("w") as errors:
        process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=errors, text=True)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=30)


def next_report(watcher: subprocess.Popen[str]) -> dict[str, int]:
    assert watcher.stdout is not None
    report: dict[str, int] = json.loads(watcher.stdout.readline())
    return report


def test_watching_takes_up_what_comes_and_ends_when_asked(data: Path, watcher: subprocess.Popen[str]) -> None:
    assert next_report(watcher)["added"] == 1
    (data / "通知" / "新.txt").write_text("新的通知\n正文一行。\n", "utf-8")
    assert next_report(watcher)["added"] == 1
    (data / "通知" / "新.txt").unlink()
    assert next_report(watcher)["removed"] == 1
    watcher.send_signal(signal.SIGTERM)
    assert watcher.wait(timeout=60) == 0


def test_watching_outlives_a_share_that_goes_away(data: Path, watcher: subprocess.Popen[str]) -> None:
    assert next_report(watcher)["added"] == 1
    data.rename(data.parent / "away")
    errors = data.parent / "errors"
    deadline = time.monotonic() + 60
    while "no such folder" not in errors.read_text("utf-8") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert errors.read_text("utf-8").count("no such folder") == 1
    (data.parent / "away" / "通知" / "新.txt").write_text("新的通知\n正文一行。\n", "utf-8")
    (data.parent / "away").rename(data)
    report = next_report(watcher)
    while report["added"] + report["changed"] == 0:
        report = next_report(watcher)
    assert (report["added"], report["removed"]) == (1, 0)


# --- inspection


def test_inspection_tells_values_with_their_sources_and_writes_nothing(data: Path) -> None:
    before = listing(data.parent)
    done = run(data, "inspect", str(data / "通知" / "奖补.txt"), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["status"], found["format"], found["reason"]) == ("ok", "txt", "")
    assert found["title"] == "关于公布2014年度商贸流通奖补名单的通知"
    assert (found["number"], found["agency"], found["issued"]) == (
        "临经贸〔2014〕31号",
        "临溪县经济贸易局",
        "2014-11-28",
    )
    assert set(found["sources"]) >= {"title", "number", "agency", "issued"}
    assert "奖励补助资金" in found["text"]
    assert found["seconds"] > 0
    assert found["peak_bytes"] > 1 << 20
    assert listing(data.parent) == before


def test_inspection_of_a_folder_names_what_cannot_be_read_and_goes_on(data: Path) -> None:
    (data / "空.txt").write_bytes(b"")
    (data / "坏.docx").write_bytes(b"PK\x03\x04 not a container")
    done = run(data, "inspect", str(data), str(data / "没有.txt"), "--json")
    assert done.returncode == 3
    found = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = {Path(one["path"]).name: one["status"] for one in found}
    assert kinds == {"空.txt": "empty", "坏.docx": "damaged", "奖补.txt": "ok", "没有.txt": "damaged"}
    assert all(one["reason"] and one["remedy"] for one in found if one["status"] != "ok")


def test_inspection_gives_the_name_back_as_it_was_asked_for(data: Path) -> None:
    path = data / "奇\n\u202e怪.txt"
    path.write_text(NOTICE, "utf-8")
    done = run(data, "inspect", str(path), "--json")
    assert json.loads(done.stdout)["path"] == str(path)
    assert "\u202e" not in done.stdout


def test_inspection_knows_what_the_collection_says_of_a_file(data: Path) -> None:
    (data / "通知" / "目录.csv").write_text("文件名,标题\n奖补.txt,改正过的标题\n", "utf-8")
    done = run(data, "inspect", str(data / "通知" / "奖补.txt"), "--json")
    found = json.loads(done.stdout)
    assert (found["title"], found["sources"]["title"]) == ("改正过的标题", "catalogue")


# --- repetition


def test_what_could_not_be_read_is_read_again_when_asked(data: Path) -> None:
    broken = data / "坏.pdf"
    broken.write_bytes(b"%PDF-1.4 broken")
    assert run(data, "index").returncode == 3
    assert [one["path"] for one in json.loads(run(data, "problems", "--json").stdout)] == ["坏.pdf"]
    again = run(data, "problems", "--retry", "--json")
    assert again.returncode == 0, again.stderr
    assert [one["path"] for one in json.loads(again.stdout)] == ["坏.pdf"]


# --- doubt and likeness


def test_documents_whose_text_may_be_wrong_are_listed_for_staff(data: Path) -> None:
    (data / "乱.txt").write_text("名单\n" + "锟斤拷烫烫烫" * 40, "utf-8")
    run(data, "index")
    (found,) = json.loads(run(data, "problems", "--doubtful", "--json").stdout)
    assert (found["path"], found["reader"]) == ("乱.txt", "txt")
    assert "mojibake" in found["reason"]
    status = answer(data, "status")
    assert isinstance(status, dict)
    assert (status["doubtful"], status["quarantined"]) == (1, 0)


def test_documents_of_nearly_the_same_text_are_told(data: Path) -> None:
    long = "".join(f"第{number}家企业获得补助资金{number * 7}万元，" for number in range(60))
    for name, text in (("一", long), ("二", long.replace("第9家", "第九家")), ("三", long[::-1])):
        (data / f"{name}.txt").write_text(f"补助名单\n{text}\n", "utf-8")
    run(data, "index")
    (pair,) = json.loads(run(data, "problems", "--alike", "--json").stdout)
    assert {pair["first"]["path"], pair["second"]["path"]} == {"一.txt", "二.txt"}
    assert 0.8 <= pair["alike"] < 1


def test_likeness_is_estimated_as_it_is() -> None:
    """Texts of 3,000 strings each, of which two in three are shared: 2,000 of 4,000 are common to both."""
    parts = [
        "".join(chr(0x4E00 + (seed * 7919 + at * at) % 20000) for at in range(1000)) for seed in range(4)
    ]
    first, second = "".join(parts[:3]), "".join(parts[1:])
    assert list(resembling([sketch(first), sketch(second)])) == []  # 0.5 is not nearly the same
    assert list(resembling([sketch(first), sketch(first)])) == [(0, 1, 1.0)]
    assert sketch("补助名单") == frozenset()


def test_documents_without_a_category_are_a_work_list_with_suggestions(data: Path) -> None:
    (data / "2014年部门预算.txt").write_text(
        "2014年部门预算\n收入合计七百万元，支出合计七百万元。\n", "utf-8"
    )
    (data / "财政.txt").write_text("关于分类的说明\n正文一行。\n", "utf-8")
    (data / "财政.txt.meta.toml").write_text('category = "财政预算决算"\n', "utf-8")
    run(data, "index")
    found = json.loads(run(data, "problems", "--uncategorised", "--json").stdout)
    told = {one["path"]: one["suggested_category"] for one in found}
    assert set(told) == {"2014年部门预算.txt", "通知/奖补.txt"}
    assert told["2014年部门预算.txt"]
    assert run(data, "problems", "--uncategorised").stdout.endswith("2 documents have no category\n")


# --- the catalogue


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_catalogue_is_filled_with_what_was_recognised_and_the_corrected_one_wins(data: Path) -> None:
    (data / "通知" / "密.txt").write_text("内部通知\n正文一行。\n", "utf-8")
    (data / "通知" / "密.txt.meta.toml").write_text('audience = "面向本单位"\n', "utf-8")
    done = run(data, "catalogue", "通知", "--csv")
    assert done.returncode == 0, done.stderr
    catalogue = data / "通知" / "目录.csv"
    held = {row["文件名"]: row for row in rows(catalogue)}
    assert set(held) == {"奖补.txt", "密.txt"}
    assert held["奖补.txt"]["文号"] == "临经贸〔2014〕31号"
    assert held["奖补.txt"]["成文日期"] == "2014-11-28"
    assert held["密.txt"]["公开范围"] == "面向本单位"
    text = catalogue.read_text("utf-8-sig").replace(
        "关于公布2014年度商贸流通奖补名单的通知", "奖补名单（更正）"
    )
    catalogue.write_text(text, "utf-8-sig")
    run(data, "index")
    (hit,) = json.loads(run(data, "search", "更正", "--json").stdout)["hits"]
    assert hit["title"] == "奖补名单（更正）"
    assert json.loads(run(data, "search", "内部", "--json").stdout)["total"] == 0


def test_a_catalogue_as_a_spreadsheet_is_read_back_as_it_was_written(data: Path) -> None:
    assert run(data, "catalogue", "通知").returncode == 0
    before = json.loads(run(data, "inspect", str(data / "通知"), "--json").stdout)
    assert before["sources"]["number"] == "catalogue"
    assert before["number"] == "临经贸〔2014〕31号"
    assert (before["issued"], before["agency"]) == ("2014-11-28", "临溪县经济贸易局")


def test_a_catalogue_that_is_there_is_replaced_only_when_forced_and_says_the_same(data: Path) -> None:
    (data / "通知" / "目录.csv").write_text("文件名,标题\n奖补.txt,改正过的标题\n", "utf-8")
    refused = run(data, "catalogue", "通知", "--csv")
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert run(data, "catalogue", "通知", "--csv", "--force").returncode == 0
    (row,) = rows(data / "通知" / "目录.csv")
    assert (row["标题"], row["文号"]) == ("改正过的标题", "临经贸〔2014〕31号")
    assert (data / "通知" / ".目录.csv.old").exists()


def test_attachments_get_no_row_since_it_would_part_them_from_their_page(data: Path) -> None:
    (data / "页.html").write_text(
        "<html><head><title>名单公示</title></head><body><h1>名单公示</h1><p>现将名单公示如下，请查看附件。</p>"
        '<a href="名单.txt">名单.txt</a></body></html>',
        "utf-8",
    )
    (data / "名单.txt").write_text("企业名单\n甲企业\n", "utf-8")
    assert run(data, "catalogue", "--csv").returncode == 0
    assert {row["文件名"] for row in rows(data / "目录.csv")} == {"页.html", "通知/奖补.txt"}


def test_a_folder_that_is_not_there_is_named(data: Path) -> None:
    done = run(data, "catalogue", "没有")
    assert done.returncode == 1
    assert "no such folder" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_rehearsal_needs_no_right_to_write(data: Path) -> None:
    assert run(data, "index", "--dry-run").returncode == 0
    assert not (data.parent / "index").exists()
