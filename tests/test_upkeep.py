"""Looking after an index: checking all of it, going back a generation, what it takes up, and who may write there."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from disclosure_search import analysis, upkeep
from disclosure_search.cli import main
from disclosure_search.document import Attachment, Document
from disclosure_search.engine.base import JOINED_PAIRS, Engine, Every, Request, Run, State
from disclosure_search.engine.generations import IndexFolder, Pointer
from disclosure_search.engine.standing import digest_of, digest_of_set
from disclosure_search.entry import entry_of
from disclosure_search.errors import EngineError, IndexDamagedError, IndexMissingError, IndexOutdatedError
from disclosure_search.indexing import Wishes, bring_up_to_date
from disclosure_search.ledger import read_ledger
from disclosure_search.states import SearchState
from disclosure_search.wiring import Archive, open_archive

FILES = {
    "collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n',
    "公示栏/奖补名单/2014/名单.txt": "企业新设专卖店补贴名单\n第一批“补贴名单”如下，共二家企业：ABC-12号。\n"
    * 3,
    "政府网站/部门预算/2013/预算.txt": "2013年部门预算\n收入合计七百万元。\n",
    "政府网站/部门预算/2014/预算.txt": "2014年部门预算\n收入合计八百万元，其中补贴一百万元。\n",
}
EVERYTHING = Request(Every(), facets=("year",))
MORE = "政府网站/部门预算/2014/追加.txt"


@pytest.fixture
def kept(make_archive: Callable[..., Archive]) -> Archive:
    """An archive of its own, with two generations of three documents."""
    archive = make_archive(FILES)
    update(archive, rebuild=True)
    return archive


def update(archive: Archive, *, rebuild: bool = False) -> None:
    settings = archive.settings
    bring_up_to_date(
        archive.engine,
        settings.data_dir,
        archive.store_dir,
        archive.vocabularies,
        archive.segmenter,
        wishes=Wishes(rebuild=rebuild),
        workers=1,
    )


def write(archive: Archive, path: str, text: str) -> None:
    (archive.settings.data_dir / path).write_text(text, "utf-8")


def home(archive: Archive) -> Path:
    index_dir = archive.settings.index_dir
    return index_dir / "generations" / json.loads((index_dir / "CURRENT").read_text())["generation"]


def command(archive: Archive, *arguments: str) -> Result:
    places = ("--data", str(archive.settings.data_dir), "--index", str(archive.settings.index_dir))
    return CliRunner().invoke(main, ["index", *places, *arguments])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 2
    path.unlink()
    path.write_bytes(content)


# --- verify


@pytest.mark.parametrize("full", [False, True], ids=["sample", "full"])
def test_a_sound_index_has_no_problems_and_everything_was_looked_at(kept: Archive, full: bool) -> None:
    write(kept, MORE, "追加的预算\n另有补贴二百万元。\n")
    update(kept)
    seen: list[tuple[str, int, int]] = []
    found = upkeep.verify(kept.engine, kept.search, full=full, progress=lambda *advance: seen.append(advance))
    assert found.problems == ()
    files = [path for path in home(kept).iterdir() if not path.name.startswith("seal-")]
    assert found.checked["files"] == len(files)
    assert found.checked["bytes"] == sum(path.stat().st_size for path in files)
    assert found.checked["documents"] == 4
    assert found.checked["segments"] == kept.engine.condition().segments
    assert found.checked["terms"] == kept.engine.statistics().terms
    assert found.checked["strings"] >= 8
    assert found.checked.get("characters", 0) > (150 if full else -1)
    counted = kept.engine.search(Request(Every(), facets=upkeep.FACET_NAMES))
    assert found.checked["facet values"] == sum(map(len, counted.facets.values()))
    assert seen[-1] == ("verify", 4, 4)


@pytest.mark.parametrize("kind", ["*.seg", "*.toc", "*.texts", "ledger-*", "seal-*"])
@pytest.mark.parametrize("damage", [flip, Path.unlink], ids=["flipped", "gone"])
def test_a_damaged_file_is_told_and_the_command_fails(
    kept: Archive, kind: str, damage: Callable[[Path], None]
) -> None:
    (path,) = home(kept).glob(kind)
    damage(path)
    result = command(kept, "--verify", "--json")
    assert result.exit_code == 1
    shape = json.loads(result.stdout)
    assert not shape["sound"]
    assert str(path) in [one["path"] for one in shape["problems"]]
    plain = command(kept, "--verify")
    assert plain.exit_code == 1
    assert f"problem: {path}: " in plain.stdout
    assert "--rebuild" in plain.stdout


def test_a_broken_pointer_is_told(kept: Archive) -> None:
    flip(kept.settings.index_dir / "CURRENT")
    assert [Path(one.path).name for one in upkeep.verify(kept.engine, kept.search).problems] == ["CURRENT"]


def test_the_command_says_what_it_checked(kept: Archive) -> None:
    result = command(kept, "--verify", "--full")
    assert result.exit_code == 0
    assert "checked: 3 documents\n" in result.stdout
    assert result.stdout.endswith("the index is sound\n")


def test_a_ledger_of_other_documents_is_told(kept: Archive) -> None:
    """Sealed and committed, and yet not true: no digest can tell, the counts do."""
    ledger = read_ledger(kept.engine.ledger())
    accounts = dict(ledger.accounts)
    path, account = next((path, one) for path, one in accounts.items() if one.is_document)
    accounts["别处.txt"] = replace(account, path="别处.txt", doc_id="nowhere")
    accounts[path] = replace(account, fingerprint="another")
    with kept.engine.writer(fresh=False) as writer:
        writer.commit(replace(ledger, accounts=accounts).to_bytes())
    problems = {(one.path, one.what) for one in upkeep.verify(kept.engine, kept.search).problems}
    assert ("别处.txt", "document nowhere is in the ledger and not in the index") in problems
    assert (path, f"document {account.doc_id} is not the one that the ledger tells of") in problems
    assert ("ledger", "the index holds 3 documents, the ledger tells of 4") in problems


def test_a_document_that_is_not_found_by_its_own_words_is_told(kept: Archive) -> None:
    """Tokens of another text, as a wrong tokeniser would give, and a facet value that it does not bear."""
    ledger = kept.engine.ledger()
    account = next(one for one in read_ledger(ledger).accounts.values() if one.is_document)
    document = kept.engine.get(account.doc_id)
    entry = entry_of(replace(document, title="别的", body="别的文字", channel=("elsewhere",)), kept.segmenter)
    with kept.engine.writer(fresh=False) as writer:
        writer.add(replace(entry, document=document))
        writer.commit(ledger)
    whats = [one.what for one in upkeep.verify(kept.engine, kept.search).problems]
    assert any("and is not found by it" in what for what in whats)
    assert "channel 'elsewhere' is counted 1 times, and 0 documents bear it" in whats


def test_needles_stand_in_the_document_and_are_the_same_each_time() -> None:
    chance = random.Random(3)
    body = "".join(chance.choice("补贴名单“”，。 \nABc１２") for _ in range(3000))
    attachments = (Attachment("表.xlsx", text="附件里的字"),)
    document = Document(
        "d", "标题是“这样”的", "d.txt", body, attachments=attachments, number="临经贸〔2014〕39号"
    )
    texts = (document.title, document.number, body, "表.xlsx", "附件里的字")
    fields = [analysis.canonical(text) for text in texts]
    found = list(upkeep.needles(document))
    assert found == list(upkeep.needles(document))
    assert all(any(analysis.canonical(one) in field for field in fields) for one in found)
    assert all(len(analysis.canonical(one)) >= 2 and len(one) <= 20 for one in found)
    assert {"标题是这样的", "临经贸〔2014〕39号"} <= set(found)
    assert len(found) <= 3 + 4 + upkeep.SAMPLES


@pytest.mark.parametrize(
    "hard", [*"，“\n Ａ９補x3"], ids=["comma", "quote", "line", "space", "wide", "digit", "old", "x", "3"]
)
def test_a_needle_goes_over_a_place_that_is_hard(hard: str) -> None:
    body = f"{'字' * 300}{hard}{'字' * 300}"
    places = [upkeep._hard_place(body, random.Random(seed)) for seed in range(5)]
    assert places == [300] * 5


@pytest.mark.parametrize(
    "text", ["", "字", "，。", "\udcff\udcff"], ids=["nothing", "one", "signs", "no text"]
)
def test_where_there_is_nothing_to_look_for_nothing_is_looked_for(text: str) -> None:
    assert list(upkeep.needles(Document("d", text, "d.txt", text))) == []


# --- full: what the postings hold is what the text holds

WRITTEN = {
    "month": ("于２０１４ 年 11 月\n底前报送", "2014年11月"),
    "standard": ("按ＧＢ 18030编码", "GB18030"),
    "traditional": ("公開《三公經費》之決算", "三公经费"),
    "simplified": ("公开三公经费决算", "三公經費"),
    "line end": ("专卖店补\n\n贴名单", "补贴名单"),
    "brackets": ("国办发﹝2014﹞12号", "国办发[2014]12号"),
    "beyond the plane": ("𠮷林𠮷", "林𠮷"),
    "nothing": ("", ""),
    "one": ("一", "一"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_can_be_read_is_found_however_it_is_written(
    name: str, make_archive: Callable[..., Archive]
) -> None:
    text, searched = WRITTEN[name]
    if not searched:
        pytest.skip("there is nothing to search")
    archive = make_archive(
        {
            "甲.txt": f"第一份文件\n\n正文如下，并无其他。\n这里写着{text}，此外没有。\n",
            "乙.txt": "第二份\n别的内容\n",
        }
    )
    (hit,) = archive.search.run(SearchState(text=f'"{searched}"')).hits
    assert hit.document.path == "甲.txt"
    assert archive.search.run(SearchState(text=searched)).hits[0].document.path == "甲.txt"
    assert upkeep.verify(archive.engine, archive.search, full=True).problems == ()


def test_postings_and_texts_tell_the_same_number_in_every_layout_of_segments(
    engine: Engine, fill: Callable[..., None]
) -> None:
    chance = random.Random(5)
    alphabet = "补贴名单公示一二三，。 \nAb１𠮷"
    documents = [
        Document(
            f"d{at}",
            f"第{at}份",
            f"{at}.txt",
            "".join(chance.choices(alphabet, k=chance.choice((0, 1, 2, 900)))),
        )
        for at in range(60)
    ]
    documents += [Document(f"w{name}", name, f"{name}.txt", text) for name, (text, _) in WRITTEN.items()]
    fill(engine, documents[:30])
    fill(engine, documents[30:], fresh=False, removed=["d1", "d2"])
    wanted = {one.doc_id: digest_of(analysis.canonical(one.body)) for one in documents}
    del wanted["d1"], wanted["d2"]
    assert dict(engine.standing("body_grams")) == wanted
    assert len(set(wanted.values())) > 40


def test_texts_that_differ_in_one_place_tell_different_numbers() -> None:
    texts = [
        "补贴名单",
        "补贴名",
        "贴补名单",
        "补贴单名",
        "补贴名单一",
        "补贴名单名单",
        "补贴",
        "",
        "补",
        "贴",
    ]
    assert len({digest_of(text) for text in texts}) == len(texts)
    assert digest_of("") == 0


def test_full_tells_which_strings_are_lost_and_a_sample_need_not(kept: Archive) -> None:
    """One character among thousands is not in the postings."""
    ledger = kept.engine.ledger()
    account = next(one for one in read_ledger(ledger).accounts.values() if one.is_document)
    body = "".join(map(chr, range(0x4E00, 0x5A00)))
    document = replace(kept.engine.get(account.doc_id), body=body)
    entry = entry_of(replace(document, body=body.replace("两", "二")), kept.segmenter)
    with kept.engine.writer(fresh=False) as writer:
        writer.add(replace(entry, document=document))
        writer.commit(ledger)
    problems = upkeep.verify(kept.engine, kept.search, full=True).problems
    lost = [one.what for one in problems if "两" in one.what]
    assert len(lost) == upkeep.MOST_TOLD
    assert all(one.path == account.path for one in problems)


def test_full_tells_also_of_pairs_that_are_lost_where_they_are_looked_up_first(kept: Archive) -> None:
    ledger = kept.engine.ledger()
    account = next(one for one in read_ledger(ledger).accounts.values() if one.is_document)
    document = kept.engine.get(account.doc_id)
    entry = entry_of(document, kept.segmenter, kept.vocabularies)
    lost = document.title[:2]
    tokens = {**entry.tokens, JOINED_PAIRS: [one for one in entry.tokens[JOINED_PAIRS] if one != lost]}
    with kept.engine.writer(fresh=False) as writer:
        writer.add(replace(entry, tokens=tokens))
        writer.commit(ledger)
    assert digest_of_set([document.title]) != digest_of_set([document.title[1:]])
    whats = [one.what for one in upkeep.verify(kept.engine, kept.search, full=True).problems]
    assert whats
    assert all(lost in what for what in whats)


# --- going back


def test_going_back_answers_as_before_the_rebuild_and_again_as_after_it(kept: Archive) -> None:
    before = kept.engine.condition()
    write(kept, MORE, "追加的预算\n")
    update(kept, rebuild=True)
    after = kept.engine.condition()
    assert (before.documents, after.documents) == (3, 4)
    assert kept.engine.roll_back() == before
    assert kept.engine.condition() == before
    assert kept.engine.roll_back() == after
    result = command(kept, "--rollback", "--json")
    assert json.loads(result.stdout)["generation"] == before.generation
    update(kept)
    assert kept.engine.condition().documents == 4
    assert upkeep.verify(kept.engine, kept.search, full=True).problems == ()


def test_the_command_says_what_answers_now_and_how_to_undo_it(kept: Archive) -> None:
    result = command(kept, "--rollback")
    assert result.exit_code == 0
    assert f"generation {home(kept).name}.0 of " in result.stdout
    assert "with 3 documents" in result.stdout
    assert "--rollback" in result.stdout


def test_going_back_from_damage_needs_no_rebuild(kept: Archive) -> None:
    (path,) = home(kept).glob("*.toc")
    flip(path)
    assert kept.engine.condition().state is State.DAMAGED
    assert command(kept, "--rollback").exit_code == 0
    assert kept.engine.condition().state is State.READY


def test_without_an_earlier_generation_there_is_no_going_back(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive(FILES)
    before = archive.engine.condition()
    result = command(archive, "--rollback")
    assert result.exit_code == 1
    assert "there is no earlier generation to go back to" in result.stderr
    assert archive.engine.condition() == before


def test_there_is_no_going_back_to_damage(kept: Archive) -> None:
    before = kept.engine.condition()
    (other,) = (one for one in (kept.settings.index_dir / "generations").iterdir() if one != home(kept))
    next(other.glob("*.seg")).unlink()
    with pytest.raises(IndexDamagedError, match=r"\.seg"):
        kept.engine.roll_back()
    assert kept.engine.condition() == before


def test_there_is_no_going_back_to_words_cut_otherwise(kept: Archive) -> None:
    folder = IndexFolder(kept.settings.index_dir)
    folder.switch(replace(folder.pointer(), previous_recipe="another"))
    with pytest.raises(IndexOutdatedError):
        kept.engine.roll_back()
    assert kept.engine.condition().state is State.READY


def test_where_there_is_no_index_every_command_says_so(make_collection: Callable[..., Path]) -> None:
    data = make_collection(FILES)
    for option in ("--verify", "--rollback", "--stats"):
        result = CliRunner().invoke(main, ["index", "--data", str(data), "--index", str(data / "no"), option])
        assert result.exit_code == 1
        assert "there is no index here" in result.stderr


# --- statistics


def test_statistics_account_for_every_byte_of_the_generation(kept: Archive) -> None:
    write(kept, MORE, "追加的预算\n")
    update(kept)
    (kept.settings.data_dir / MORE).unlink()
    update(kept)
    found = upkeep.statistics(kept.engine, kept.store_dir)
    files = list(home(kept).iterdir())
    inside = {name: size for name, size in found.size_bytes.items() if name != "cache"}
    heads = sum(path.stat().st_size for path in files) - sum(inside.values())
    assert 0 < heads < 4096 * found.segments  # a segment's directory belongs to no part
    assert inside["texts"] == sum(path.stat().st_size for path in files if path.suffix == ".texts")
    assert inside["ledger"] == sum(path.stat().st_size for path in files if path.name.startswith("ledger"))
    assert found.size_bytes["cache"] == sum(
        path.stat().st_size for path in kept.store_dir.rglob("*") if path.is_file()
    )
    condition = kept.engine.condition()
    assert (found.documents, found.deleted, found.segments) == (3, condition.deleted, condition.segments)


def test_statistics_tell_what_caches_hold(kept: Archive) -> None:
    kept.engine.search(Request(Run("body_grams", ("补贴", "名单"), (0, 2))))
    caches = kept.engine.statistics().caches
    assert all(0 < held <= most for held, most in caches.values())


def test_the_command_prints_what_the_index_takes_up(kept: Archive) -> None:
    shape = json.loads(command(kept, "--stats", "--json").stdout)
    assert (shape["documents"], shape["deleted"], shape["deleted_share"], shape["segments"]) == (3, 0, 0.0, 1)
    assert set(shape["bytes"]) == {
        "postings", "terms", "columns", "texts", "ledger", "seals", "cache", "total",
    }  # fmt: skip
    assert shape["bytes"]["total"] == sum(size for name, size in shape["bytes"].items() if name != "total")
    lines = command(kept, "--stats").stdout.splitlines()
    assert "documents: 3" in lines
    assert "deleted: 0 (0.0%)" in lines
    assert f"bytes of texts: {shape['bytes']['texts']:,}" in lines


@pytest.mark.parametrize(
    "options", [("--verify", "--rebuild"), ("--stats", "--rollback"), ("--full",), ("--full", "--rebuild")]
)
def test_options_that_do_not_go_together_are_refused(kept: Archive, options: tuple[str, ...]) -> None:
    before = home(kept)
    assert command(kept, *options).exit_code == 2
    assert home(kept) == before


# --- safety


def folders(archive: Archive) -> list[Path]:
    return [archive.settings.index_dir, archive.settings.index_dir / "generations", home(archive)]


def reopened(archive: Archive) -> Archive:
    return open_archive(archive.settings)


@pytest.mark.parametrize("which", [0, 1, 2], ids=["index", "generations", "generation"])
def test_a_folder_that_others_may_write_to_is_not_opened(kept: Archive, which: int) -> None:
    folder = folders(kept)[which]
    folder.chmod(0o757)
    try:
        with pytest.raises(EngineError, match=r"others may write there.*chmod") as caught:
            reopened(kept).engine.search(EVERYTHING)
        assert caught.value.subject == str(folder)
        with pytest.raises(EngineError, match="others may write there"):
            upkeep.verify(reopened(kept).engine, kept.search)
    finally:
        folder.chmod(0o755)
    assert reopened(kept).engine.search(EVERYTHING).total


def test_a_folder_of_a_group_of_other_people_is_not_opened(
    kept: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home(kept)
    folder.chmod(0o775)
    if os.geteuid() == 0:
        os.chown(folder, -1, 12345)
    else:
        monkeypatch.setattr(os, "getegid", lambda: 12345)
    with pytest.raises(EngineError, match="others may write there"):
        reopened(kept).engine.search(EVERYTHING)
    folder.chmod(0o755)
    assert reopened(kept).engine.search(EVERYTHING).total


@pytest.mark.parametrize("which", [0, 1, 2], ids=["index", "generations", "generation"])
def test_a_folder_of_another_user_is_not_opened(
    kept: Archive, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    if os.geteuid() == 0:
        os.chown(folders(kept)[which], 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(EngineError, match=r"belongs to user .*chown"):
        reopened(kept).engine.search(EVERYTHING)


@pytest.mark.parametrize("which", [1, 2], ids=["generations", "generation"])
def test_a_linked_folder_inside_the_index_is_not_opened(kept: Archive, tmp_path: Path, which: int) -> None:
    folder = folders(kept)[which]
    shutil.move(folder, tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EngineError, match="symbolic link"):
        reopened(kept).engine.search(EVERYTHING)


@pytest.mark.parametrize("name", ["CURRENT", "lock"])
def test_a_linked_pointer_or_lock_is_not_followed(kept: Archive, tmp_path: Path, name: str) -> None:
    path = kept.settings.index_dir / name
    path.rename(tmp_path / name)
    path.symlink_to(tmp_path / name)
    with pytest.raises(EngineError, match=str(path) if name == "CURRENT" else "cannot be written"):
        update(reopened(kept), rebuild=name == "lock")


def test_the_index_itself_may_be_a_link(kept: Archive, tmp_path: Path) -> None:
    index_dir = kept.settings.index_dir
    index_dir.rename(tmp_path / "elsewhere")
    index_dir.symlink_to(tmp_path / "elsewhere")
    assert reopened(kept).engine.condition().state is State.READY


def test_folders_are_made_for_the_owner_alone_whatever_the_umask_allows(
    make_collection: Callable[..., Path], make_archive: Callable[..., Archive]
) -> None:
    old = os.umask(0)
    try:
        archive = make_archive(FILES, "open")
    finally:
        os.umask(old)
    assert [folder.stat().st_mode & 0o022 for folder in folders(archive)] == [0, 0, 0]
    assert reopened(archive).engine.condition().state is State.READY


def test_a_pointer_to_no_generation_is_no_index(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    folder.switch(Pointer(""))
    with pytest.raises(IndexMissingError):
        folder.pointer()
