"""The embedded engine on disk: what a writer leaves, what readers see and when, and what damage is called."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from disclosure_search.analysis import Segmenter
from disclosure_search.document import Attachment, Document, Interpretation, Publication
from disclosure_search.engine import embedded_writer, open_engine
from disclosure_search.engine.base import Engine, Every, Request, Run, Sort, State, Term
from disclosure_search.engine.generations import FORMAT
from disclosure_search.entry import entry_of
from disclosure_search.errors import (
    DocumentNotFoundError,
    EngineError,
    IndexDamagedError,
    IndexLockedError,
    IndexMissingError,
    IndexOutdatedError,
)

RECIPE = "recipe"
Fill = Callable[..., None]


def document(doc_id: str, **values: object) -> Document:
    defaults = {"title": f"第{doc_id}号通知", "path": f"{doc_id}.txt", "body": f"补贴名单{doc_id}"}
    return Document(doc_id, **{**defaults, **values})  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def ids(engine: Engine) -> set[str]:
    return {hit.doc_id for hit in engine.search(Request(Every(), limit=1000)).hits}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def embedded(folder: Path, fill: Fill) -> Iterator[Engine]:
    """An engine of two documents."""
    engine = open_engine(folder, RECIPE)
    fill(engine, [document("1"), document("2")])
    yield engine
    engine.close()


def generation_dir(folder: Path) -> Path:
    return folder / "generations" / json.loads((folder / "CURRENT").read_text())["generation"]


# --- writing


def test_a_folder_without_an_index_is_missing_and_says_what_to_do(folder: Path) -> None:
    engine = open_engine(folder, RECIPE)
    assert engine.condition().state is State.MISSING
    with pytest.raises(IndexMissingError, match="disclosure-search index"):
        engine.search(Request(Every()))
    with pytest.raises(IndexMissingError), engine.writer(fresh=False):
        pass
    assert not (folder / "generations").exists()


@pytest.mark.parametrize("is_fresh", [True, False], ids=["fresh", "increment"])
@pytest.mark.parametrize("bytes_held", [1, 10**9], ids=["segments written", "nothing written yet"])
def test_a_writer_that_does_not_commit_leaves_no_trace(
    embedded: Engine,
    folder: Path,
    segmenter: Segmenter,
    monkeypatch: pytest.MonkeyPatch,
    is_fresh: bool,
    bytes_held: int,
) -> None:
    monkeypatch.setattr(embedded_writer, "LEAST_HELD", bytes_held)
    monkeypatch.setattr(embedded_writer, "PROCESS_BYTES", 1 << 40)
    before = files(folder)

    def interrupted() -> None:
        with embedded.writer(fresh=is_fresh) as writer:
            writer.add(entry_of(document("3"), segmenter))
            writer.remove("1")
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        interrupted()
    assert files(folder) == before
    assert ids(embedded) == {"1", "2"}


def test_a_commit_that_fails_leaves_no_trace(embedded: Engine, folder: Path, fill: Fill) -> None:
    before = files(folder)
    name = next(path.name for path in generation_dir(folder).glob("*.toc"))
    blocker = generation_dir(folder) / f"{name.replace('_0.', '_1.')}.new"
    blocker.mkdir()
    with pytest.raises(EngineError, match="the old index goes on"):
        fill(embedded, [document("3")], fresh=False)
    blocker.rmdir()
    assert files(folder) == before
    assert ids(embedded) == {"1", "2"}


def test_the_same_document_twice_in_one_run_is_refused(embedded: Engine, fill: Fill) -> None:
    with pytest.raises(EngineError, match="twice"):
        fill(embedded, [document("3"), document("3")], fresh=False)
    assert ids(embedded) == {"1", "2"}


def test_a_document_written_again_replaces_the_old_one(embedded: Engine, fill: Fill) -> None:
    fill(embedded, [document("1", body="别的内容")], fresh=False)
    assert embedded.get("1").body == "别的内容"
    assert embedded.search(Request(Term("body_grams", "补贴"))).total == 1
    # half of the old segment was deleted, so it was written anew
    assert (embedded.condition().documents, embedded.condition().deleted) == (2, 0)


def test_removing_what_is_not_there_changes_nothing(embedded: Engine, fill: Fill) -> None:
    fill(embedded, [], fresh=False, removed=["9"])
    assert ids(embedded) == {"1", "2"}


def test_everything_may_be_removed_and_put_back(embedded: Engine, fill: Fill) -> None:
    fill(embedded, [], fresh=False, removed=["1", "2"])
    for sort in Sort:
        result = embedded.search(Request(Every(), facets=("year", "category"), sort=sort))
        assert (result.total, result.hits, dict(result.facets)) == (0, (), {"year": {}, "category": {}})
    with pytest.raises(DocumentNotFoundError):
        embedded.get("1")
    fill(embedded, [document("1")], fresh=False)
    assert embedded.get("1") == document("1")


def test_an_index_of_nothing_is_ready_and_answers(folder: Path, fill: Fill) -> None:
    engine = open_engine(folder, RECIPE)
    fill(engine, [])
    assert engine.condition().state is State.READY
    result = engine.search(
        Request(Term("body_grams", "补贴"), {"year": ("2014",)}, ("year", "category", "channel"))
    )
    assert (result.total, result.hits) == (0, ())
    assert list(engine.documents()) == []
    assert engine.search(Request(Every(), facets=("year",))).facets == {"year": {}}


# --- readers


def test_readers_take_up_a_new_commit(embedded: Engine, folder: Path, fill: Fill) -> None:
    reader = open_engine(folder, RECIPE)
    names = [reader.condition().generation]
    for number in range(3, 6):
        fill(embedded, [document(str(number))], fresh=False)
        assert ids(reader) == {str(one) for one in range(1, number + 1)}
        names.append(reader.condition().generation)
    assert len(set(names)) == 4
    assert reader.condition().segments == 4
    reader.close()


def test_a_rebuild_is_switched_to_and_the_one_before_is_kept(
    embedded: Engine, folder: Path, fill: Fill
) -> None:
    first = generation_dir(folder)
    fill(embedded, [document("3")])
    second = generation_dir(folder)
    assert ids(embedded) == {"3"}
    assert {path.name for path in (folder / "generations").iterdir()} == {first.name, second.name}
    assert json.loads((folder / "CURRENT").read_text())["previous"] == first.name
    fill(embedded, [document("4")])
    kept = {path.name for path in (folder / "generations").iterdir()}
    assert kept == {second.name, generation_dir(folder).name}
    assert embedded.condition().segments == 1


def test_what_was_begun_to_be_read_can_be_read_to_its_end(embedded: Engine, fill: Fill) -> None:
    reading = embedded.documents()
    first = next(reading)
    fill(embedded, [document("3")])
    assert {first.doc_id, *(one.doc_id for one in reading)} == {"1", "2"}


def test_the_ledger_is_the_one_of_the_commit(embedded: Engine) -> None:
    for content in (b"one", b"two"):
        with embedded.writer(fresh=False) as writer:
            writer.commit(content)
        assert embedded.ledger() == content


def test_searches_during_commits_see_only_committed_states(embedded: Engine, fill: Fill) -> None:
    """Each commit replaces all documents by as many of another year: any mixture would show two years."""
    size = 20
    seen: list[tuple[int, dict[str, int]]] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def replaced(number: int) -> list[Document]:
        return [document(str(one), published=date(2000 + number, 1, 1)) for one in range(1, size + 1)]

    def read() -> None:
        try:
            while not done.is_set():
                result = embedded.search(Request(Every(), facets=("year",)))
                seen.append((result.total, dict(result.facets["year"])))
                embedded.ledger()
                assert embedded.condition().state is State.READY
                assert embedded.get("1").title
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    fill(embedded, replaced(0))
    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 16):
        fill(embedded, replaced(number), fresh=number % 5 == 0)
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({str(years) for _, years in seen}) > 3
    assert {total for total, _ in seen} == {size}
    assert all(list(years.values()) == [size] for _, years in seen)


# --- the lock


def test_a_second_writer_is_told_who_writes_since_when(embedded: Engine, folder: Path) -> None:
    other = open_engine(folder, RECIPE)
    with embedded.writer(fresh=False):
        with (
            pytest.raises(IndexLockedError, match=r"process \d+ on .* since \d{4}-") as caught,
            other.writer(fresh=True),
        ):
            pass
        assert ids(other) == {"1", "2"}
    assert "process" in caught.value.owner
    with other.writer(fresh=False) as writer:
        writer.commit(b"")


def test_the_lock_of_a_killed_process_is_free(embedded: Engine, folder: Path) -> None:
    script = (
        "import time; from pathlib import Path; from disclosure_search.engine import open_engine\n"
        f"with open_engine(Path({str(folder)!r}), 'recipe').writer(fresh=True):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(IndexLockedError, match=f"process {process.pid}"), embedded.writer(fresh=False):
            pass
        process.kill()
    assert len(list((folder / "generations").iterdir())) == 2
    with embedded.writer(fresh=False) as writer:
        writer.commit(b"")
    assert list((folder / "generations").iterdir()) == [generation_dir(folder)]
    assert ids(embedded) == {"1", "2"}


# --- other versions, and damage


def test_an_index_cut_by_another_recipe_is_outdated(embedded: Engine, folder: Path) -> None:
    other = open_engine(folder, "another recipe")
    assert other.condition().state is State.OUTDATED
    with pytest.raises(IndexOutdatedError, match="--rebuild"):
        other.search(Request(Every()))
    assert other.ledger() == embedded.ledger() == b"{}"


@pytest.mark.parametrize("more", [{}, {"what_is_new": 1}], ids=["same keys", "more keys"])
def test_an_index_of_another_format_is_outdated_and_can_be_rebuilt(
    embedded: Engine, folder: Path, fill: Fill, more: dict[str, object]
) -> None:
    pointer = json.loads((folder / "CURRENT").read_text())
    values = {**pointer, "format": f"{FORMAT}x", **more}
    del values["check"]
    (folder / "CURRENT").write_text(json.dumps(values))
    assert embedded.condition().state is State.OUTDATED
    assert f"{FORMAT}x" in embedded.condition().reason
    fill(embedded, [document("3")])
    assert ids(embedded) == {"3"}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9], ids=["emptied", "cut early", "cut late"])
@pytest.mark.parametrize("pattern", ["*.seg", "*.toc"])
def test_a_truncated_file_is_damage_and_is_named(
    folder: Path, fill: Fill, pattern: str, share: float
) -> None:
    fill(open_engine(folder, RECIPE), [document(str(number)) for number in range(50)])
    (path,) = generation_dir(folder).glob(pattern)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    engine = open_engine(folder, RECIPE)
    condition = engine.condition()
    assert condition.state is State.DAMAGED
    assert path.name in condition.reason
    with pytest.raises(IndexDamagedError, match="--rebuild"):
        engine.search(Request(Every()))
    fill(engine, [document("3")])
    assert ids(engine) == {"3"}


@pytest.mark.parametrize("pattern", ["*.seg", "*.toc", "ledger-*"])
def test_a_missing_file_is_damage(folder: Path, fill: Fill, pattern: str) -> None:
    fill(open_engine(folder, RECIPE), [document("1")])
    (path,) = generation_dir(folder).glob(pattern)
    path.unlink()
    condition = open_engine(folder, RECIPE).condition()
    assert condition.state is State.DAMAGED


@pytest.mark.parametrize("share", [None, 0.0, 0.5], ids=["missing", "emptied", "cut"])
def test_a_lost_text_is_damage_and_is_named(folder: Path, fill: Fill, share: float | None) -> None:
    fill(open_engine(folder, RECIPE), [document("1")])
    (path,) = generation_dir(folder).glob("*.texts")
    content = path.read_bytes()
    path.unlink() if share is None else path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(IndexDamagedError, match=path.name):
        open_engine(folder, RECIPE).get("1")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"generation": "../..", "recipe": "recipe"}', b"\xff"]
)
def test_a_pointer_that_cannot_be_read_is_damage_and_a_rebuild_mends_it(
    embedded: Engine, folder: Path, fill: Fill, content: bytes
) -> None:
    (folder / "CURRENT").write_bytes(content)
    assert embedded.condition().state is State.DAMAGED
    assert "CURRENT" in embedded.condition().reason
    fill(embedded, [document("3")])
    assert ids(embedded) == {"3"}


# --- documents


WHOLE = Document(
    "LX-0215",
    "关于𠮷的通知",
    "公示栏/2014/名单.txt",
    "正文\n第二行\udcff",
    sha256="ab" * 32,
    size_bytes=12,
    format="txt",
    agency="临溪市经济贸易局",
    number="临经贸〔2014〕39号",
    index_number="LX/0215",
    category=("20-07", "别的"),
    channel=("site",),
    genre="通知",
    filed_year=2013,
    issued=date(2014, 11, 28),
    published=datetime(2014, 12, 2, 9, 46),
    expires=date(2099, 1, 1),
    arrived=date(2015, 1, 1),
    validity="有效",
    keywords=("补贴", "名单"),
    description="概述",
    url="http://www.example.gov.cn/",
    attachments=(Attachment("表.xlsx", "表.xlsx", "", "表中的字", 3, "cd"), Attachment("无.pdf")),
    interpretations=(Interpretation("文字解读", "解读", "", "a.txt", "b1"),),
    publications=(
        Publication("site", datetime(2014, 12, 2, 9, 46), "http://x"),
        Publication("board", date(2014, 12, 3)),
    ),
    sources={"title": "sidecar"},
    conflicts=("一",),
    warnings=("二",),
    fingerprint="f",
)


def test_a_document_comes_back_as_it_was_given(embedded: Engine, fill: Fill) -> None:
    fill(embedded, [WHOLE], fresh=False)
    assert embedded.get("LX-0215") == WHOLE
    bare = replace(WHOLE, body="", attachments=tuple(replace(one, text="") for one in WHOLE.attachments))
    assert embedded.get("LX-0215", with_text=False) == bare
    assert WHOLE in list(embedded.documents())


def test_an_unknown_id_is_not_found(embedded: Engine) -> None:
    for doc_id in ("3", "", "补" * 500, "\udcff"):
        with pytest.raises(DocumentNotFoundError):
            embedded.get(doc_id)


def test_values_are_counted_without_removed_documents(embedded: Engine, fill: Fill) -> None:
    given = [
        document(str(one), category=("a", "b")[: one % 2 + 1], published=date(2012 + one % 2, 1, 1))
        for one in range(5)
    ]
    fill(embedded, given)
    everything = Request(Every(), facets=("category", "year"))
    counted = {"category": {"a": 5, "b": 2}, "year": {"2012": 3, "2013": 2}}
    assert embedded.search(everything).facets == counted
    fill(embedded, [], fresh=False, removed=["1", "3"])
    assert embedded.search(everything).facets["category"] == {"a": 3}


def test_expired_documents_are_left_out_from_the_day_after(embedded: Engine, fill: Fill) -> None:
    fill(embedded, [document("1", expires=date(2014, 6, 30)), document("2")])
    totals = [
        embedded.search(Request(Every(), facets=("year",), today=date(2014, month, day).toordinal())).total
        for month, day in ((6, 29), (6, 30), (7, 1))
    ]
    assert totals == [2, 2, 1]


def test_a_long_text_keeps_every_position(embedded: Engine, fill: Fill) -> None:
    fill(embedded, [document("1", body="甲乙" * 100_000 + "补贴名单")])
    began = time.perf_counter()
    assert embedded.search(Request(Run("body_grams", ("乙补", "贴名"), (0, 2)))).total == 1
    assert embedded.search(Request(Run("body_grams", ("乙补", "贴名"), (0, 3)))).total == 0
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("others", [(), ("3",)], ids=["alone", "beside another"])
def test_a_refused_document_leaves_the_one_that_is_there(
    embedded: Engine, segmenter: Segmenter, others: tuple[str, ...]
) -> None:
    with embedded.writer(fresh=False) as writer:
        for doc_id in others:
            writer.add(entry_of(document(doc_id), segmenter))
        with pytest.raises(ValueError, match="string"):
            writer.add(replace(entry_of(document("1"), segmenter), sort_key=b"k" * 300))
        writer.commit(b"{}")
    assert ids(embedded) == {"1", "2", *others}
    assert embedded.get("1").title == "第1号通知"
    assert embedded.inspect().problems == ()


def test_strange_files_in_a_generation_are_no_obstacle(embedded: Engine, folder: Path, fill: Fill) -> None:
    home = generation_dir(folder)
    for name in ("seal-copy.json", "ledger-old.json", "²2.texts", "notes.texts"):
        (home / name).write_text("strange")
    (home / "ledger-kept").mkdir()
    fill(embedded, [document("3")], fresh=False)
    assert ids(embedded) == {"1", "2", "3"}
    (table,) = home.glob("*.toc")
    table.unlink()
    (home / "seal-copy.json").write_text("strange")
    lost = open_engine(folder, RECIPE)
    with pytest.raises(IndexDamagedError, match=f"{table.name}: .* it is missing"):
        lost.search(Request(Every()))
    assert [problem.path for problem in lost.inspect().problems] == [str(table)]
