"""3,476 laws, indexed whole: every title comes first, every count is right, and a second run has nothing to do."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("DISCLOSURE_SHARED", Path(__file__).resolve().parents[1].parent / "shared"))
UNPACK = SHARED / "corpus" / "unpack.py"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not UNPACK.is_file(), reason="put the corpus of laws at ../shared or set DISCLOSURE_SHARED"
    ),
]
LAWS = 3476


@dataclass(frozen=True)
class Corpus:
    data_dir: Path
    index_dir: Path
    first: dict[str, Any]

    def run(self, command: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        places = ("--data", str(self.data_dir), "--index", str(self.index_dir))
        asked = [sys.executable, "-m", "disclosure_search", command, *places, *arguments]
        return subprocess.run(asked, capture_output=True, text=True, check=False, timeout=900, **options)

    def rows(self) -> list[dict[str, str]]:
        found = []
        for path in sorted(self.data_dir.rglob("目录.csv")):
            with path.open(encoding="utf-8-sig", newline="") as opened:
                found += [{**row, "folder": path.parent.name} for row in csv.DictReader(opened)]
        return found


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    home = tmp_path_factory.mktemp("laws")
    subprocess.run([sys.executable, str(UNPACK), "folder", str(home / "data")], check=True)
    made = Corpus(home / "data", home / "index", {})
    began = time.monotonic()
    done = made.run("index", "--json")
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    size = sum(path.stat().st_size for path in (made.index_dir / "generations").rglob("*") if path.is_file())
    print(f"{LAWS} laws in {seconds:.0f} s ({LAWS / seconds:.0f} a second), index of {size / 1e6:.0f} MB")
    made.first.update(json.loads(done.stdout))
    return made


def test_every_law_is_indexed(corpus: Corpus) -> None:
    assert corpus.first["found"] == LAWS
    assert corpus.first["quarantined"] == corpus.first["not_public"] == 0
    assert corpus.first["indexed"] + corpus.first["duplicate"] == LAWS


def test_every_title_searched_exactly_comes_first(corpus: Corpus, tmp_path: Path) -> None:
    titles = [row["标题"] for row in corpus.rows()]
    (tmp_path / "titles.txt").write_text("\n".join(titles) + "\n", "utf-8")
    done = corpus.run("search", "--size", "1", "--batch", str(tmp_path / "titles.txt"))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(titles)
    missed = [
        title for title, answer in zip(titles, answers, strict=True)
        if [hit["title"] for hit in answer["hits"]] != [title]
    ]  # fmt: skip
    assert missed == []
    took = sorted(answer["took_ms"] for answer in answers)
    print(
        f"searches: {took[len(took) // 2]} ms in the middle, {took[len(took) * 99 // 100]} ms for 99 of 100"
    )


def test_facets_count_what_the_catalogues_count(corpus: Corpus) -> None:
    status = json.loads(corpus.run("status", "--json").stdout)
    found = json.loads(corpus.run("search", "", "--json").stdout)
    assert found["total"] == status["documents"] == corpus.first["indexed"]
    facets = {
        name: {one["label"]: one["count"] for one in values} for name, values in found["facets"].items()
    }
    expected: dict[str, set[int]] = {}
    years: Counter[str] = Counter()
    contents: set[bytes] = set()
    for row in corpus.rows():
        content = (corpus.data_dir / row["folder"] / row["文件名"]).read_bytes()
        expected.setdefault(row["类别"], set()).add(hash(content))
        if row["发布日期"] and content not in contents:
            years[row["发布日期"][:4]] += 1
        contents.add(content)
    counted = {label: facets["category"].get(label, 0) for label in expected}
    assert counted == {label: len(hashes) for label, hashes in expected.items()}
    if corpus.first["duplicate"] == 0:
        assert {label: count for label, count in facets["year"].items() if label in years} == dict(years)


def test_a_filter_gives_the_count_of_its_facet(corpus: Corpus) -> None:
    facets = json.loads(corpus.run("search", "处罚", "--json").stdout)["facets"]
    for name in ("category", "year"):
        for one in facets[name][:4]:
            found = json.loads(corpus.run("search", "处罚", f"--{name}", one["value"], "--json").stdout)
            assert found["total"] == one["count"]


def test_a_second_run_has_nothing_to_do_in_seconds(corpus: Corpus) -> None:
    began = time.monotonic()
    done = corpus.run("index", "--json")
    assert time.monotonic() - began < 10
    told = json.loads(done.stdout)
    assert (told["added"], told["changed"], told["removed"], told["committed"]) == (0, 0, 0, False)
    assert told["unchanged"] == corpus.first["indexed"]


def test_a_change_costs_itself_alone_and_permalinks_hold(corpus: Corpus) -> None:
    rows = [row for row in corpus.rows() if row["folder"] == corpus.rows()[0]["folder"]][:3]
    folder = corpus.data_dir / rows[0]["folder"]
    changed, renamed, removed = (folder / row["文件名"] for row in rows)

    def first(title: str) -> str:
        return str(json.loads(corpus.run("search", title, "--size", "1", "--json").stdout)["hits"][0]["id"])

    ids = [first(row["标题"]) for row in rows]
    kept = removed.read_bytes()
    original = changed.read_bytes()
    changed.write_bytes(original + "\n补充的最后一条独一无二。\n".encode())
    renamed.rename(folder / "改了名字.txt")
    removed.unlink()
    (folder / "新来的.txt").write_text("新来的一部规定\n第一条，谁也没有写过的条文。\n", "utf-8")
    began = time.monotonic()
    told = json.loads(corpus.run("index", "--json").stdout)
    assert time.monotonic() - began < 20
    assert (told["added"], told["changed"], told["removed"]) == (1, 2, 1)
    assert first('"补充的最后一条独一无二"') == ids[0]
    assert json.loads(corpus.run("show", ids[1], "--json").stdout)["path"] == f"{folder.name}/改了名字.txt"
    assert corpus.run("show", ids[2]).returncode == 1
    changed.write_bytes(original)
    (folder / "改了名字.txt").rename(renamed)
    removed.write_bytes(kept)
    (folder / "新来的.txt").unlink()
    corpus.run("index")
    assert [first(row["标题"]) for row in rows] == ids
