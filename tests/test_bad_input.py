"""Bad originals, bad folders, bad indexes, bad searches: a clear message, the right exit code, nothing lost."""

from __future__ import annotations

import ctypes
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from disclosure_search.cli import main
from disclosure_search.config import Settings
from disclosure_search.engine.generations import IndexFolder
from disclosure_search.wiring import open_archive
from disclosure_search.wsgi import make_app

GOOD = "公示栏/好文件.txt"
GOOD_TEXT = "好文件\n这一份总是搜得到的。\n"


@dataclass(frozen=True)
class Place:
    home: Path

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    @property
    def index_dir(self) -> Path:
        return self.home / "index"

    def write(self, path: str | bytes, content: bytes) -> Path:
        target = Path(os.fsdecode(os.fsencode(self.data_dir) + b"/" + os.fsencode(path)))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def run(self, command: str, *arguments: str, **options: Any) -> tuple[int, str, str]:
        asked = [command, "--data", str(self.data_dir), "--index", str(self.index_dir), *arguments]
        result = CliRunner().invoke(main, asked, **options)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    def index(self, *options: str) -> tuple[int, dict[str, Any], str]:
        code, out, err = self.run("index", "--json", *options)
        told = json.loads(out)
        parts = ("indexed", "duplicate", "quarantined", "not_public")
        assert told["found"] == sum(told[part] for part in parts)
        return code, told, err

    def problems(self) -> dict[str, dict[str, Any]]:
        code, out, _ = self.run("problems", "--json")
        assert code == 0
        return {one["path"]: one for one in json.loads(out)}

    def total(self, text: str) -> int:
        code, out, err = self.run("search", text, "--json")
        assert code == 0, err
        return int(json.loads(out)["total"])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.write(GOOD, GOOD_TEXT.encode())
    return made


def bomb() -> bytes:
    """A document of 2 GB in some kilobytes, as deep as a zip file lets it be."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as part:
            part.write(b"<w:document><w:body><w:p><w:r><w:t>")
            for _ in range(256):
                part.write(b"a" * (1 << 20))
    return packed.getvalue()


BAD: dict[str, tuple[str, bytes, str]] = {
    "damaged pdf": ("坏.pdf", b"%PDF-1.4\n1 0 obj\n<<", "damaged"),
    "cut pdf": ("断.pdf", b"%PDF-1.7\n" + b"\0" * 5000, "damaged"),
    "empty file": ("空.txt", b"", "empty"),
    "only spaces": ("白.txt", b"  \r\n\t\r\n", "empty"),
    "zip bomb": ("弹.docx", bomb(), "limit"),
    "no zip": ("假.docx", b"this is no document", "damaged"),
    "broken zip": ("断.xlsx", b"PK\x03\x04" + b"\xff" * 300, "damaged"),
    "picture": ("图.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "no text"),
    "old word": ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, ""),
    "program": ("程序.exe", b"MZ" + bytes(range(256)) * 40, "unsupported"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_original_is_quarantined_with_its_reason_and_the_others_are_indexed(
    place: Place, kind: str
) -> None:
    name, content, reason = BAD[kind]
    place.write(f"公示栏/{name}", content)
    code, told, err = place.index()
    assert (code, told["quarantined"], told["indexed"]) == (3, 1, 1)
    assert f"skipped: 公示栏/{name}: " in err
    problem = place.problems()[f"公示栏/{name}"]
    assert problem["reason"].startswith(reason)
    assert ": " in problem["reason"]
    assert problem["remedy"]
    assert place.total("总是搜得到") == 1
    code, told, err = place.index()
    assert (code, told["committed"], told["added"], err) == (3, False, 0, "")
    place.write(f"公示栏/{name}", "换上了好的\n终于可以读了。\n".encode())
    if name.endswith(".txt"):
        assert place.index()[0] == 0
        assert place.total("终于可以读") == 1


def test_every_bad_original_at_once_costs_only_itself(place: Place) -> None:
    for name, content, _ in BAD.values():
        place.write(f"公示栏/{name}", content)
    _, told, _ = place.index()
    assert (told["found"], told["quarantined"], told["indexed"]) == (len(BAD) + 1, len(BAD), 1)


def test_a_link_that_runs_in_a_ring_is_reported_and_not_followed(place: Place) -> None:
    (place.data_dir / "公示栏/环").symlink_to(place.data_dir / "公示栏", target_is_directory=True)
    (place.data_dir / "自己").symlink_to("自己")
    (place.data_dir / "外面.txt").symlink_to("/etc/passwd")
    code, told, _ = place.index()
    assert (code, told["found"], told["quarantined"]) == (3, 4, 3)
    assert set(place.problems()) == {"公示栏/环", "自己", "外面.txt"}
    assert all("symbolic link" in one["reason"] for one in place.problems().values())
    assert place.total("root") == 0


def test_what_is_no_file_is_reported_and_holds_nothing_up(place: Place) -> None:
    os.mkfifo(place.data_dir / "管道.txt")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(place.data_dir)
        try:
            server.bind("插座")
        finally:
            os.chdir(here)
        code, told, _ = place.index()
    assert (code, told["quarantined"]) == (3, 2)
    assert set(place.problems()) == {"管道.txt", "插座"}


def test_a_file_without_read_permission_is_reported_and_read_when_it_may_be(tmp_path: Path) -> None:
    """A process of its own, which gives up the right of root to read everything."""
    place = Place(tmp_path)
    place.write(GOOD, GOOD_TEXT.encode())
    place.write("公示栏/锁着.txt", "锁着的\n现在可以读了。\n".encode()).chmod(0)
    (place.data_dir / "锁着的").mkdir()
    place.write("锁着的/里面.txt", "里面的\n".encode())
    (place.data_dir / "锁着的").chmod(0)
    command = [sys.executable, "-m", "disclosure_search", "index", "--data", str(place.data_dir), "--index"]
    done = subprocess.run(
        [*command, str(place.index_dir)],
        capture_output=True, text=True, check=False, preexec_fn=_give_up_the_rights_of_root,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    problems = place.problems()
    assert set(problems) == {"公示栏/锁着.txt", "锁着的"}
    assert all("Permission denied" in one["reason"] for one in problems.values())
    assert all("permission" in one["remedy"] for one in problems.values())
    assert place.total("总是搜得到") == 1
    (place.data_dir / "公示栏/锁着.txt").chmod(0o644)
    (place.data_dir / "锁着的").chmod(0o755)
    code, told, _ = place.index()
    assert (code, told["indexed"]) == (0, 3)
    assert place.total("现在可以读了") == 1


def _give_up_the_rights_of_root() -> None:
    """To read and write whatever the permissions say; without effect on others."""
    system = ctypes.CDLL(None, use_errno=True)
    for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        system.prctl(24, right, 0, 0, 0)  # PR_CAPBSET_DROP


GBK_NAME = "关于补贴的公示.txt"


@pytest.mark.parametrize("folder", ["公示栏", ""], ids=["in a folder of ours", "at the top"])
def test_a_name_that_is_not_utf8_is_indexed_and_shown_readable(place: Place, folder: str) -> None:
    raw = GBK_NAME.encode("gb18030")
    path = f"{folder}/".encode() + raw if folder else raw
    place.write(path, "名字是旧编码的公示\n照样搜得到。\n".encode())
    code, _, _ = place.index()
    assert code == 0
    _, out, _ = place.run("search", "照样搜得到", "--json")
    hit = json.loads(out)["hits"][0]
    assert hit["path"] == (f"{folder}/{GBK_NAME}" if folder else GBK_NAME)
    code, out, _ = place.run("show", hit["id"], "--json")
    assert json.loads(out)["path"] == hit["path"]
    assert place.run("show", hit["id"])[0] == 0
    archive = open_archive(Settings(place.data_dir, place.index_dir))
    client = make_app(archive).test_client()
    for address in ("/", f"/d/{hit['id']}", f"/search?q={quote('照样搜得到')}", "/browse"):
        assert client.get(address).status_code == 200
    original = client.get(f"/d/{hit['id']}/original")
    assert original.status_code == 200
    assert quote(GBK_NAME) in original.headers["Content-Disposition"]
    original.close()
    archive.engine.close()


def test_a_bad_original_whose_name_is_not_utf8_is_listed_readable(place: Place) -> None:
    place.write("公示栏/".encode() + "坏的.pdf".encode("gb18030"), b"%PDF-1.4")
    place.write(b"\xff\xfe.txt", b"")
    code, _, err = place.index()
    assert code == 3
    assert "公示栏/坏的.pdf" in err
    assert "公示栏/坏的.pdf" in place.problems()
    assert len(place.problems()) == 2
    assert place.run("problems")[0] == 0


def test_a_name_cannot_write_on_the_terminal(place: Place) -> None:
    place.write("公示栏/坏\n\x1b[2K的\u202efdp.pdf", b"%PDF-1.4")
    done = [place.run("index"), place.run("problems")]
    assert [code for code, _, _ in done] == [3, 0]
    for _, out, err in done:
        assert not set(out + err) & set("\x1b\u202e")
        assert r"公示栏/坏\n\x1b[2K的\u202efdp.pdf" in out + err


def test_names_with_odd_characters_are_indexed(place: Place) -> None:
    names = [
        "空 格.txt",
        "引\"号'.txt",
        "%E9%99%84.txt",
        "-x.txt",
        "#井?问.txt",
        "a:b.txt",
        "\u202eabc.txt",
    ]
    for number, name in enumerate(names):
        place.write(f"公示栏/{name}", f"奇怪的名字\n第{number}份文件的内容。\n".encode())
    code, told, _ = place.index()
    assert (code, told["indexed"]) == (0, len(names) + 1)
    archive = open_archive(Settings(place.data_dir, place.index_dir))
    client = make_app(archive).test_client()
    for hit in json.loads(place.run("search", "奇怪的名字", "--json")[1])["hits"]:
        original = client.get(f"/d/{hit['id']}/original")
        assert original.status_code == 200
        original.close()
    archive.engine.close()


def test_a_name_with_a_line_end_is_indexed_and_its_original_is_sent(place: Place) -> None:
    place.write("公示栏/a\nb.txt", "奇怪的名字\n照样搜得到。\n".encode())
    assert place.index()[0] == 0
    hit = json.loads(place.run("search", "奇怪的名字", "--json")[1])["hits"][0]
    assert hit["path"] == "公示栏/a\\nb.txt"
    archive = open_archive(Settings(place.data_dir, place.index_dir))
    original = make_app(archive).test_client().get(f"/d/{hit['id']}/original")
    original.close()
    archive.engine.close()
    assert original.status_code == 200


# Settings of the collection


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("collection.toml", b"[collection\n", id="broken settings"),
        pytest.param("collection.toml", b"patterns = 1\n", id="patterns that are none"),
        pytest.param("collection.toml", '[[patterns]]\npath = "{渠道}/"\n'.encode(), id="unknown place"),
        pytest.param("collection.toml", b"\xff\xfe\x00", id="settings in no encoding"),
        pytest.param("vocabulary/channels.csv", b"code,label\na,A\na,B\n", id="code twice"),
        pytest.param("vocabulary/channels.csv", b"code,label\na,\n", id="entry without label"),
        pytest.param("vocabulary/channels.csv", b"code,label\na," + b"x" * 200_000, id="endless cell"),
        pytest.param("vocabulary/words.txt", b"\xff\xfe\x81", id="words in no encoding"),
    ],
)
def test_a_broken_setting_is_named_and_the_old_index_stays(place: Place, name: str, content: bytes) -> None:
    place.index()
    place.write(name, content)
    code, out, err = place.run("index")
    assert (code, out) == (1, "")
    assert err.startswith(f"error: {place.data_dir / name}")
    assert len(err) < 500
    (place.data_dir / name).unlink()
    assert place.total("总是搜得到") == 1


# Indexes of another kind


def change_pointer(place: Place, **values: str) -> None:
    """As a program of another version would have written it."""
    folder = IndexFolder(place.index_dir)
    folder.switch(replace(folder.pointer(), **values))


@pytest.fixture
def indexed(place: Place) -> Place:
    place.index()
    return place


@pytest.mark.parametrize("values", [{"format": "999"}, {"recipe": "another"}], ids=["format", "recipe"])
def test_an_index_of_another_version_is_told_and_written_anew(indexed: Place, values: dict[str, str]) -> None:
    change_pointer(indexed, **values)
    code, out, err = indexed.run("search", "总是搜得到", "--json")
    assert (code, out) == (1, "")
    assert err.startswith(f"error: {indexed.index_dir}: the index is outdated: ")
    assert "disclosure-search index" in err
    assert json.loads(indexed.run("status", "--json")[1])["state"] == "outdated"
    assert indexed.run("serve")[0] == 1
    code, told, _ = indexed.index()
    assert (code, told["indexed"]) == (0, 1)
    assert told["rebuilt"]
    assert indexed.total("总是搜得到") == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"{", b"\xff\xfe\x00garbage", b'{"generation": "../../etc", "recipe": "x"}'],
    ids=["empty", "no keys", "list", "null", "cut", "garbage", "way out"],
)
def test_a_pointer_that_is_none_is_told_and_a_rebuild_mends_it(indexed: Place, content: bytes) -> None:
    (indexed.index_dir / "CURRENT").write_bytes(content)
    code, out, err = indexed.run("search", "总是搜得到")
    assert (code, out) == (1, "")
    assert "the index is damaged" in err
    assert "--rebuild" in err
    assert json.loads(indexed.run("status", "--json")[1])["state"] == "damaged"
    code, _, err = indexed.run("index")
    assert code == 1
    assert "--rebuild" in err
    assert indexed.index("--rebuild")[0] == 0
    assert indexed.total("总是搜得到") == 1


@pytest.mark.parametrize("kind", ["*.toc", "*.texts", "ledger-*"])
@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "garbage"])
def test_a_damaged_index_is_told_and_a_rebuild_mends_it(indexed: Place, kind: str, harm: str) -> None:
    found = [path for path in (indexed.index_dir / "generations").rglob(kind) if path.is_file()]
    assert found
    for path in found:
        content = path.read_bytes()
        if harm == "gone":
            path.unlink()
        else:
            path.write_bytes(
                {"empty": b"", "cut": content[: len(content) // 2], "garbage": b"\xa5" * 300}[harm]
            )
    answers = [
        indexed.run(*command)
        for command in (("search", "总是搜得到"), ("problems",), ("status",), ("index",))
    ]
    assert answers[-1][0] == 1, "the run trusted what is damaged"
    for code, out, err in answers:
        assert not code or err.startswith("error: ") or out.startswith("state: damaged\n")
    assert indexed.index("--rebuild")[0] == 0
    assert indexed.total("总是搜得到") == 1


def test_an_index_folder_that_is_deleted_while_it_is_served_comes_back(indexed: Place) -> None:
    archive = open_archive(Settings(indexed.data_dir, indexed.index_dir))
    client = make_app(archive).test_client()
    assert client.get("/").status_code == 200
    shutil.rmtree(indexed.index_dir)
    assert client.get("/search?q=x").status_code == 503
    assert client.get("/healthz").status_code == 503
    indexed.index()
    assert client.get("/search?q=x").status_code == 200
    archive.engine.close()


# Searches


@pytest.mark.parametrize(
    "text",
    [
        '"', '""',
        "-", "--", "|", "| |", "()", "(((((", ")))))", "a:", ":", "：", "年份:", "年份:..", "年份:9999..0000",
        "年份:2012..", "发布日期:2014-99-99", "文号:", "文号:〔〕号", '标题:"', "-()",
        "-\"\"", "*", "?", "%", "\\", "'", "\x00",
        "\u200b", "\ud800", "😀", "𠮷𠮷", "a" * 1000, "( " * 400, "-" * 900, "|" * 900, '"' * 999, "中 " * 450,
        "<script>alert(1)</script>", "'; DROP TABLE documents; --", "标题:标题:标题", "年份:２０１４",
        "\u202e", "ﬁ", "①②③",
    ],
    ids=lambda text: ascii(text)[:24],
)  # fmt: skip
def test_any_text_is_a_search(searchable: Place, text: str) -> None:
    code, out, err = searchable.run("search", "--json", "--", text)
    assert code == 0, err
    assert json.loads(out)["total"] >= 0


@pytest.fixture(scope="module")
def searchable(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = Place(tmp_path_factory.mktemp("searchable"))
    made.write(GOOD, GOOD_TEXT.encode())
    made.index()
    return made
