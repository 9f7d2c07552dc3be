"""The pool: one bad original costs one original, results keep their order, no child is left behind."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from disclosure_search.errors import (
    EmptyDocumentError,
    ExtractionError,
    LimitExceededError,
    UnsupportedFormatError,
)
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract.pool import ReaderPool

SAMPLES = Path(__file__).parent / "samples"
# Lexbor needs about 14 s for 100,000 open elements: a page that hangs its reader without any trick.
ENDLESS = "<div>" * 200_000 + "甲"


def children(pid: int | None = None) -> set[int]:
    found = set()
    for task in Path(f"/proc/{pid or os.getpid()}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_many_originals_come_back_in_order(tmp_path: Path) -> None:
    lengths = [random.Random(3).randrange(1, 20_000) for _ in range(300)]
    paths = []
    for number, length in enumerate(lengths):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_text(f"第{number}号" + "文" * length, "utf-8")
    with ReaderPool(2) as pool:
        results = list(pool.extract_many(paths))
    assert [path for path, _ in results] == paths
    texts = [result.text for _, result in results if isinstance(result, Extract)]
    assert [len(text) - len(f"第{n}号") - 1 for n, text in enumerate(texts)] == lengths


def test_all_text_survives_the_pipe(tmp_path: Path) -> None:
    text = '引号" 反斜杠\\ 𠮷野 བོད \u4e00' * 50_000
    (tmp_path / "a.txt").write_text(text, "utf-8")
    with ReaderPool(1) as pool:
        assert pool.extract(tmp_path / "a.txt").text == text.replace("野 ", "野 ") + "\n"


def test_names_that_are_not_utf8_are_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + "公告".encode("gbk") + b"\n.txt"))
    path.write_text("正文", "utf-8")
    with ReaderPool(1) as pool:
        assert pool.extract(path).text == "正文\n"


def test_relative_paths_are_those_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("正文", "utf-8")
    monkeypatch.chdir(tmp_path)
    with ReaderPool(1) as pool:
        assert pool.extract(Path("a.txt")).text == "正文\n"


def test_a_hang_costs_one_original_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "hang.html").write_text(ENDLESS, "utf-8")
    paths = [SAMPLES / "notice.txt", tmp_path / "hang.html", SAMPLES / "notice.docx", SAMPLES / "notice.pdf"]
    with ReaderPool(2, Limits(seconds=2)) as pool:
        list(pool.extract_many([SAMPLES / "notice.html"] * 4))  # past the grace that fresh children have
        start = time.monotonic()
        results = [result for _, result in pool.extract_many(paths)]
        assert time.monotonic() - start < 8
    assert [type(result) for result in results] == [Extract, LimitExceededError, Extract, Extract]
    assert isinstance(results[1], LimitExceededError)
    assert "more than 2 s" in str(results[1])
    assert str(tmp_path / "hang.html") in str(results[1])


def test_a_child_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    with ReaderPool(1) as pool:
        before = children()
        stream = pool.extract_many([SAMPLES / "notice.txt", SAMPLES / "notice.docx", SAMPLES / "notice.pdf"])
        next(stream)
        for child in children() - before:
            os.kill(child, signal.SIGKILL)
        assert [type(result) for _, result in stream] == [Extract, Extract]


def test_a_fresh_child_that_is_killed_is_replaced_once(tmp_path: Path) -> None:
    (tmp_path / "hang.html").write_text(ENDLESS, "utf-8")
    with ReaderPool(1, Limits(seconds=30)) as pool:
        stop = threading.Event()
        killed: set[int] = set()

        def kill() -> None:
            while not stop.is_set():
                with suppress(OSError):  # it has just ended
                    for pid in children() - killed:
                        if b"extract.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                            killed.add(pid)
                            os.kill(pid, signal.SIGKILL)
                stop.wait(0.02)

        killer = threading.Thread(target=kill)
        killer.start()
        measured = pool.measured(tmp_path / "hang.html")
        stop.set()
        killer.join()
    assert isinstance(measured.result, LimitExceededError)
    assert "killed twice" in measured.result.what
    assert len(killed) == 2


def test_every_answer_tells_what_reading_took(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_bytes("公开\n".encode() * 3_000_000)
    (tmp_path / "empty.txt").write_bytes(b"")
    with ReaderPool(1) as pool:
        results = [pool.measured(path) for path in (tmp_path / "big.txt", SAMPLES / "notice.txt")]
        refused = pool.measured(tmp_path / "empty.txt")
    big, small = results
    assert isinstance(small.result, Extract)
    assert isinstance(refused.result, EmptyDocumentError)
    assert big.seconds > small.seconds > 0
    assert big.peak_bytes > small.peak_bytes + (20 << 20)  # each original has a peak of its own
    assert refused.seconds >= 0
    assert refused.peak_bytes > 1 << 20


def test_what_takes_too_long_tells_what_it_took(tmp_path: Path) -> None:
    (tmp_path / "hang.html").write_text(ENDLESS, "utf-8")
    with ReaderPool(1, Limits(seconds=2)) as pool:
        pool.extract(SAMPLES / "notice.txt")
        measured = pool.measured(tmp_path / "hang.html")
    assert isinstance(measured.result, LimitExceededError)
    assert measured.seconds > 1.9
    assert measured.peak_bytes > 10 << 20


def test_a_child_of_a_large_parent_serves_more_than_one_original() -> None:
    large = bytearray(500 << 20)
    large[::4096] = b"x" * len(range(0, len(large), 4096))  # every page is really there
    with ReaderPool(1) as pool:
        list(pool.extract_many([SAMPLES / "notice.txt"] * 3))
        assert [child.served for child in pool._children] == [3]
    del large


def test_too_much_memory_is_a_limit_and_the_next_original_is_read(tmp_path: Path) -> None:
    (tmp_path / "big.html").write_bytes(b"<p>" + "公开".encode() * 20_000_000)
    with ReaderPool(1, Limits(memory_bytes=300 << 20)) as pool:
        with pytest.raises(LimitExceededError, match="memory"):
            pool.extract(tmp_path / "big.html")
        assert pool.extract(SAMPLES / "notice.txt").text


def test_too_much_text_is_a_limit(tmp_path: Path) -> None:
    (tmp_path / "long.html").write_bytes("<p>公开\n".encode() * 500_000)
    with (
        ReaderPool(1, Limits(output_bytes=1 << 20)) as pool,
        pytest.raises(LimitExceededError, match="longer than allowed"),
    ):
        pool.extract(tmp_path / "long.html")


def test_too_large_a_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "sparse.txt").open("wb") as file:
        file.truncate(20 << 30)
    with ReaderPool(1) as pool, pytest.raises(LimitExceededError, match="20480 MB"):
        pool.extract(tmp_path / "sparse.txt")


def test_a_fifo_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.txt")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    with ReaderPool(1) as pool:
        for name in ("fifo.txt", "folder.txt", "missing.txt", "loop.txt"):
            with pytest.raises(ExtractionError) as caught:
                pool.extract(tmp_path / name)
            assert caught.value.reason == "unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file; run the tests as another user")
def test_a_file_without_read_permission_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("正文", "utf-8")
    (tmp_path / "a.txt").chmod(0)
    with ReaderPool(1) as pool, pytest.raises(ExtractionError, match="Permission denied"):
        pool.extract(tmp_path / "a.txt")


def test_a_format_without_a_reader_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"MZ" + bytes(100))
    with ReaderPool(1) as pool, pytest.raises(UnsupportedFormatError, match="no reader for programs"):
        pool.extract(tmp_path / "a.doc")


def test_errors_of_readers_keep_their_kind(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"\n \n")
    with ReaderPool(1) as pool, pytest.raises(EmptyDocumentError, match="no text"):
        pool.extract(tmp_path / "empty.txt")


def test_nothing_is_left_when_the_pool_closes() -> None:
    before = children()
    with ReaderPool(2) as pool:
        list(pool.extract_many([SAMPLES / "notice.txt"] * 4))
        started = children() - before
        folder = Path(pool._folder)
        assert started
        assert folder.is_dir()
    assert not any(map(is_alive, started))
    assert not folder.exists()


def test_an_abandoned_run_leaves_the_pool_usable() -> None:
    with ReaderPool(2) as pool:
        stream = pool.extract_many([SAMPLES / "notice.html"] * 50)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert pool.extract(SAMPLES / "notice.txt").reader == "txt"


def test_a_run_may_be_started_inside_another() -> None:
    with ReaderPool(2) as pool:
        outer = 0
        for _ in pool.extract_many([SAMPLES / "notice.html"] * 40):
            outer += 1
            if outer % 10 == 0:
                assert pool.extract(SAMPLES / "list.xlsx").reader == "xlsx"
                inner = pool.extract_many([SAMPLES / "notice.txt"] * 20)
                next(inner)
                inner.close()  # type: ignore[attr-defined]
        assert outer == 40


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "hang.html").write_text(ENDLESS, "utf-8")
    script = (
        "import sys; from pathlib import Path; from disclosure_search.extract.pool import ReaderPool\n"
        "pool = ReaderPool(2); stream = pool.extract_many(map(Path, sys.argv[1:]))\n"
        "next(stream); print('ready', flush=True); next(stream)"
    )
    root = str(Path(sys.modules["disclosure_search"].__path__[0]).parent)
    with subprocess.Popen(
        [sys.executable, "-c", script, SAMPLES / "notice.txt", tmp_path / "hang.html"],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": root},
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        orphans = children(parent.pid)
        assert orphans
        parent.kill()
    deadline = time.monotonic() + 30
    while any(map(is_alive, orphans)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_alive, orphans))


def test_the_parent_loads_no_format_library() -> None:
    script = (
        "import sys; from disclosure_search.extract.pool import ReaderPool\n"
        "libraries = {'lxml', 'selectolax', 'pypdfium2', 'python_calamine', 'readability'}\n"
        "print(sorted(libraries & set(sys.modules)))"
    )
    root = str(Path(sys.modules["disclosure_search"].__path__[0]).parent)
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": root},
    )
    assert done.stdout.strip() == "[]"
