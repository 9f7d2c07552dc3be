"""Index runs over real files: what each change of the collection does, and what must stay as it was."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from disclosure_search.config import Settings
from disclosure_search.document import Document
from disclosure_search.errors import CollectionError, DocumentNotFoundError
from disclosure_search.indexing import RunReport, bring_up_to_date
from disclosure_search.ledger import Account, Outcome, read_ledger
from disclosure_search.report import problems
from disclosure_search.search import SearchState
from disclosure_search.wiring import Archive, open_archive

TODAY = date(2016, 6, 1)
SETTINGS = '[collection]\nagency = "临溪市经济贸易局"\n[[patterns]]\npath = "{channel}/{category}/{year}/"\n'
FOLDER = "公示栏/奖补名单/2014"
LIST = f"{FOLDER}/名单.txt"
LIST_TEXT = "企业新设专卖店补贴名单\n甲字鞋业有限公司补贴三万元。\n"
PLAN = "政府网站/规划计划/2013/计划.txt"
PLAN_TEXT = "2013年工作计划\n抓好有序用电和错峰生产。\n"


def original_paths(data_dir: Path) -> set[str]:
    """What stands there as an original, told by a walk of its own."""
    found = set()
    for folder, _, names in os.walk(data_dir):
        below = Path(folder).relative_to(data_dir)
        for name in names:
            if name in ("目录.csv", "目录.xlsx", "collection.toml") or name.endswith(".meta.toml"):
                continue
            if below.parts[:1] != ("vocabulary",):
                found.add(str(below / name))
    return found


@dataclass
class Collection:
    """A folder of originals with its index; every run is checked for what must hold after any run."""

    home: Path
    today: date = TODAY
    opened: Archive | None = None

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    def write(self, path: str, content: str | bytes) -> Path:
        target = self.data_dir / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        if path.startswith("vocabulary/"):
            self.close()
        return target

    def describe(self, path: str, **values: object) -> None:
        lines = (f"{name} = {_toml(value)}\n" for name, value in values.items())
        self.write(f"{path}.meta.toml", "".join(lines))

    def move(self, path: str, to: str) -> None:
        (self.data_dir / to).parent.mkdir(parents=True, exist_ok=True)
        (self.data_dir / path).rename(self.data_dir / to)

    def remove(self, path: str) -> None:
        (self.data_dir / path).unlink()

    def archive(self) -> Archive:
        if self.opened is None:
            self.opened = open_archive(Settings(self.data_dir, self.home / "index"))
        return self.opened

    def close(self) -> None:
        if self.opened is not None:
            self.opened.engine.close()
        self.opened = None

    def forget(self) -> None:
        """Deletes the index, which anybody may do at any time."""
        self.close()
        shutil.rmtree(self.home / "index")

    def run(self, **options: Any) -> RunReport:
        archive = self.archive()
        report = bring_up_to_date(
            archive.engine,
            self.data_dir,
            archive.store_dir,
            archive.vocabularies,
            archive.segmenter,
            **{"today": self.today, "workers": 1, **options},
        )
        self.check(report)
        return report

    def check(self, report: RunReport) -> None:
        counts, accounts, documents = report.counts, self.accounts(), self.documents()
        assert counts["found"] == sum(counts[str(outcome)] for outcome in Outcome)
        assert set(accounts) == original_paths(self.data_dir)
        ids = {account.doc_id for account in accounts.values() if account.is_document}
        assert ids == set(documents)
        assert len(ids) == sum(account.is_document for account in accounts.values())
        for account in accounts.values():
            if account.outcome == Outcome.DUPLICATE:
                assert account.sha256 == documents[account.doc_id].sha256
            elif account.outcome == Outcome.INDEXED and account.part_of:
                held = {one.sha256 for one in documents[account.doc_id].attachments}
                assert account.sha256 in held, f"the text of {account.path} is nowhere"
        assert report.added + report.changed + report.unchanged == len(documents)

    def accounts(self) -> Mapping[str, Account]:
        return read_ledger(self.archive().engine.ledger()).accounts

    def documents(self) -> dict[str, Document]:
        return {document.doc_id: document for document in self.archive().engine.documents()}

    def doc_id(self, path: str) -> str:
        return self.accounts()[path].doc_id

    def document(self, path: str) -> Document:
        return self.documents()[self.doc_id(path)]

    def find(self, text: str) -> list[str]:
        hits = self.archive().search.run(SearchState(text=f'"{text}"')).hits
        return [hit.document.path for hit in hits]

    def outcome(self, path: str) -> str:
        return str(self.accounts()[path].outcome)

    def files_of_index(self) -> dict[str, int]:
        return {
            str(path): path.stat().st_mtime_ns
            for path in (self.home / "index").rglob("*")
            if path.is_file() and path.name != "lock"
        }


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_toml(held)}' for name, held in value.items())} }}"
    return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'


def changes(report: RunReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.removed, report.unchanged


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    made = Collection(tmp_path)
    made.write("collection.toml", SETTINGS)
    made.write(LIST, LIST_TEXT)
    made.write(PLAN, PLAN_TEXT)
    yield made
    made.close()


@pytest.fixture
def indexed(collection: Collection) -> Collection:
    assert changes(collection.run()) == (2, 0, 0, 0)
    return collection


# What a change does


def test_a_first_run_finds_every_original(indexed: Collection) -> None:
    assert indexed.find("甲字鞋业") == [LIST]
    assert indexed.find("有序用电") == [PLAN]


def test_an_unchanged_run_writes_nothing(indexed: Collection) -> None:
    before = indexed.files_of_index()
    report = indexed.run()
    assert changes(report) == (0, 0, 0, 2)
    assert (report.indexed_unchanged, report.committed) == (2, False)
    assert indexed.files_of_index() == before


def test_an_added_original_is_found_and_the_others_are_left(indexed: Collection) -> None:
    indexed.write(f"{FOLDER}/新来.txt", "新来的公示\n乙字水暖有限公司。\n")
    assert changes(indexed.run()) == (1, 0, 0, 2)
    assert indexed.find("乙字水暖") == [f"{FOLDER}/新来.txt"]


def test_a_changed_original_keeps_its_id_and_loses_its_old_text(indexed: Collection) -> None:
    doc_id = indexed.doc_id(LIST)
    indexed.write(LIST, LIST_TEXT.replace("甲字鞋业", "丙字茶业"))
    assert changes(indexed.run()) == (0, 1, 0, 1)
    assert indexed.doc_id(LIST) == doc_id
    assert indexed.find("丙字茶业") == [LIST]
    assert indexed.find("甲字鞋业") == []


@pytest.mark.parametrize(
    "to",
    [f"{FOLDER}/改名.txt", "政府网站/年度报告/2015/名单.txt"],
    ids=["renamed", "moved to another channel, category and year"],
)
def test_a_file_that_moved_keeps_its_id(indexed: Collection, to: str) -> None:
    doc_id = indexed.doc_id(LIST)
    indexed.move(LIST, to)
    assert changes(indexed.run()) == (0, 1, 0, 1)
    assert indexed.doc_id(to) == doc_id
    assert indexed.find("甲字鞋业") == [to]


def test_two_files_that_change_places_keep_the_id_at_their_path(indexed: Collection) -> None:
    ids = indexed.doc_id(LIST), indexed.doc_id(PLAN)
    indexed.write(LIST, PLAN_TEXT)
    indexed.write(PLAN, LIST_TEXT)
    indexed.run()
    assert (indexed.doc_id(LIST), indexed.doc_id(PLAN)) == ids
    assert indexed.find("甲字鞋业") == [PLAN]


def test_a_removed_original_leaves_no_trace(indexed: Collection) -> None:
    doc_id = indexed.doc_id(LIST)
    indexed.remove(LIST)
    assert changes(indexed.run()) == (0, 0, 1, 1)
    assert indexed.find("甲字鞋业") == []
    with pytest.raises(DocumentNotFoundError):
        indexed.archive().search.document(doc_id)


def test_the_last_original_may_go(indexed: Collection) -> None:
    indexed.remove(LIST)
    indexed.remove(PLAN)
    assert changes(indexed.run()) == (0, 0, 2, 0)
    assert indexed.documents() == {}
    indexed.write(LIST, LIST_TEXT)
    assert changes(indexed.run()) == (1, 0, 0, 0)


def test_a_file_that_was_only_touched_is_unchanged(indexed: Collection) -> None:
    os.utime(indexed.data_dir / LIST, (1_000_000_000, 1_000_000_000))
    report = indexed.run()
    assert changes(report) == (0, 0, 0, 2)
    assert report.indexed_unchanged == 2
    assert indexed.run().committed is False


def test_a_rebuild_keeps_every_id(indexed: Collection) -> None:
    indexed.write(LIST, LIST_TEXT + "补充一行。\n")
    indexed.run()
    before = {path: account.doc_id for path, account in indexed.accounts().items()}
    report = indexed.run(rebuild=True)
    assert report.rebuilt
    assert {path: account.doc_id for path, account in indexed.accounts().items()} == before
    assert indexed.find("补充一行") == [LIST]


def test_ids_of_unchanged_contents_outlive_the_index(indexed: Collection) -> None:
    indexed.move(LIST, f"{FOLDER}/改名.txt")
    indexed.run()
    before = {path: account.doc_id for path, account in indexed.accounts().items()}
    indexed.forget()
    indexed.run()
    assert {path: account.doc_id for path, account in indexed.accounts().items()} == before


def test_an_index_number_is_the_id_and_outlives_the_index_and_a_changed_content(
    collection: Collection,
) -> None:
    collection.describe(LIST, index_number="LX00123-0215-2014-00031")
    collection.run()
    assert collection.doc_id(LIST) == "LX00123-0215-2014-00031"
    collection.write(LIST, "全部改写\n没有一个字相同。\n")
    collection.forget()
    collection.run()
    assert collection.doc_id(LIST) == "LX00123-0215-2014-00031"


def test_an_id_given_once_is_kept_when_an_index_number_comes_later(indexed: Collection) -> None:
    doc_id = indexed.doc_id(LIST)
    indexed.describe(LIST, index_number="LX00123-0215-2014-00031")
    indexed.run()
    assert indexed.doc_id(LIST) == doc_id
    assert indexed.archive().search.document("LX00123-0215-2014-00031").doc_id == doc_id


def test_two_documents_with_one_index_number_both_stand_and_are_named(collection: Collection) -> None:
    for path in (LIST, PLAN):
        collection.describe(path, index_number="LX00123-0215-2014-00031")
    report = collection.run()
    assert len(collection.documents()) == 2
    assert any("LX00123-0215-2014-00031" in warning for warning in report.warnings)


def test_new_user_words_rebuild_the_index_and_keep_ids_of_changed_contents(indexed: Collection) -> None:
    indexed.write(LIST, "改写过的名单\n丁字石材有限公司。\n")
    indexed.run()
    doc_id = indexed.doc_id(LIST)
    indexed.write("vocabulary/words.txt", "丁字石材\n")
    assert indexed.run().rebuilt
    assert indexed.doc_id(LIST) == doc_id


# Descriptions


def test_a_catalogue_that_is_edited_changes_its_documents_alone(indexed: Collection) -> None:
    indexed.write(
        f"{FOLDER}/目录.csv", "文件名,标题,文号\n名单.txt,新设专卖店补贴名单公告,临经贸〔2014〕39号\n"
    )
    assert changes(indexed.run()) == (0, 1, 0, 1)
    assert indexed.document(LIST).title == "新设专卖店补贴名单公告"
    indexed.write(f"{FOLDER}/目录.csv", "文件名,标题\n名单.txt,再改的题目\n")
    assert changes(indexed.run()) == (0, 1, 0, 1)
    assert (indexed.document(LIST).title, indexed.document(LIST).number) == ("再改的题目", "")


def test_a_sidecar_that_comes_later_changes_its_document_alone(indexed: Collection) -> None:
    indexed.describe(LIST, published="2014-12-02 09:46", keywords=["补贴", "专卖店"])
    assert changes(indexed.run()) == (0, 1, 0, 1)
    assert indexed.document(LIST).keywords == ("补贴", "专卖店")
    indexed.remove(f"{LIST}.meta.toml")
    assert changes(indexed.run()) == (0, 1, 0, 1)
    assert indexed.document(LIST).keywords == ()


def test_a_label_edited_in_a_vocabulary_is_the_new_label_and_the_code_stays(indexed: Collection) -> None:
    assert indexed.document(LIST).channel == ("notice-board",)
    indexed.write(
        "vocabulary/channels.csv", "code,label,aliases\nnotice-board,市府公示栏,公示栏\nwebsite,政府网站,\n"
    )
    indexed.run()
    assert indexed.document(LIST).channel == ("notice-board",)
    facets = {facet.name: facet for facet in indexed.archive().search.run(SearchState()).facets}
    assert "市府公示栏" in [one.label for one in facets["channel"].values]


def test_sources_win_in_their_order_and_are_named(collection: Collection) -> None:
    tags = (
        '<meta name="ArticleTitle" content="网页自己的题目"><meta name="PubDate" content="2014-03-01 08:00">'
    )
    path = f"{FOLDER}/网页.html"
    collection.write(
        path, f"<html><head>{tags}</head><body><p>正文里的一句话，足够长，才会被当作正文。</p></body></html>"
    )
    collection.run()
    assert (collection.document(path).title, collection.document(path).sources["title"]) == (
        "网页自己的题目",
        "meta tag",
    )
    collection.write(f"{FOLDER}/目录.csv", "文件名,标题,类别\n网页.html,目录里的题目,年度报告\n")
    collection.run()
    document = collection.document(path)
    assert (document.title, document.sources["title"]) == ("目录里的题目", "catalogue")
    assert (document.category[-1], document.sources["category"]) == ("20-15-07", "catalogue")
    assert (document.channel, document.sources["channel"]) == (("notice-board",), "path")
    assert document.sources["published"] == "meta tag"
    assert document.sources["agency"] == "collection.toml"
    collection.describe(path, title="附注里的题目", channel=["政府网站", "简报"])
    collection.run()
    document = collection.document(path)
    assert (document.title, document.sources["title"]) == ("附注里的题目", "sidecar")
    assert (document.channel, document.sources["channel"]) == (("website", "bulletin"), "sidecar")
    assert document.sources["category"] == "catalogue"


BROKEN_SIDECAR = (f"{LIST}.meta.toml", 'title = "没有引号\n', LIST)
BROKEN = {
    "sidecar": BROKEN_SIDECAR,
    "catalogue without a file column": (f"{FOLDER}/目录.csv", "标题,文号\n甲,乙\n", LIST),
    "catalogue in no encoding": (f"{FOLDER}/目录.csv", b"\xff\xff\x81\n", LIST),
    "catalogue with an open quote": (
        f"{FOLDER}/目录.csv",
        '文件名,标题\n别的.txt,"没有收尾\n名单.txt,题目\n',
        LIST,
    ),
    "catalogue with an endless cell": (
        f"{FOLDER}/目录.csv",
        "文件名,标题\n名单.txt," + "长" * 200_000 + "\n",
        LIST,
    ),
    "spreadsheet that is none": (f"{FOLDER}/目录.xlsx", b"PK\x03\x04 not a workbook", LIST),
    "unknown field": (f"{LIST}.meta.toml", 'titel = "x"\n', LIST),
    "embargo that is no date": (f"{LIST}.meta.toml", 'published = "以后"\n', LIST),
    "deadline that is no date": (f"{LIST}.meta.toml", 'expires = "以后"\n', LIST),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_description_holds_back_what_is_new(collection: Collection, kind: str) -> None:
    path, content, held = BROKEN[kind]
    collection.write(path, content)
    report = collection.run()
    assert collection.outcome(held) == Outcome.QUARANTINED
    assert collection.outcome(PLAN) == Outcome.INDEXED
    assert [account.path for account in report.new_problems] == [held]
    assert collection.find("甲字鞋业") == []
    told = problems(collection.archive().engine)[0]
    assert told.reason == "metadata"
    assert told.remedy
    collection.remove(path)
    assert changes(collection.run()) == (1, 0, 0, 1)


@pytest.mark.parametrize("kind", [name for name in BROKEN if "date" not in name and "table" not in name])
def test_a_broken_description_leaves_what_is_indexed_as_it_was(indexed: Collection, kind: str) -> None:
    before = indexed.document(LIST)
    path, content, _ = BROKEN[kind]
    indexed.write(path, content)
    report = indexed.run()
    assert changes(report) == (0, 0, 0, 2)
    assert indexed.document(LIST) == before
    indexed.write(LIST, "没有说明的新内容\n不可放出。\n")
    indexed.run()
    assert indexed.outcome(LIST) == Outcome.QUARANTINED
    assert indexed.find("不可放出") == []
    assert indexed.find("甲字鞋业") == []
    indexed.remove(path)
    indexed.run()
    assert indexed.find("不可放出") == [LIST]
    assert indexed.doc_id(LIST) == before.doc_id


def test_a_row_of_a_catalogue_that_names_nothing_is_told(collection: Collection) -> None:
    collection.write(f"{FOLDER}/目录.csv", "文件名,标题\n没有.txt,题目\n")
    assert any("没有.txt" in warning for warning in collection.run().warnings)


def test_a_sidecar_whose_original_is_gone_is_told(indexed: Collection) -> None:
    indexed.describe(LIST, audience="面向本单位")
    indexed.run()
    indexed.move(LIST, f"{FOLDER}/改名.txt")
    assert any("名单.txt.meta.toml" in warning for warning in indexed.run().warnings)


@pytest.mark.parametrize("home", ["", "公示栏", "公示栏/奖补名单"], ids=["top", "channel", "category"])
def test_a_catalogue_may_name_files_in_folders_below(collection: Collection, home: str) -> None:
    name = LIST.removeprefix(f"{home}/") if home else LIST
    collection.write(f"{home}/目录.csv".lstrip("/"), f"文件名,公开范围\n{name},面向本单位\n")
    collection.run()
    assert collection.outcome(LIST) == Outcome.NOT_PUBLIC


def test_a_catalogue_speaks_of_a_file_whose_name_is_not_utf8(collection: Collection) -> None:
    raw = os.fsencode(collection.data_dir / FOLDER) + b"/" + "内部材料.txt".encode("gb18030")
    Path(os.fsdecode(raw)).write_text("内部材料\n不可外传。\n", "utf-8")
    collection.write(f"{FOLDER}/目录.csv", "文件名,公开范围\n内部材料.txt,面向本单位\n".encode("gb18030"))
    report = collection.run()
    assert report.counts["not_public"] == 1
    assert collection.find("不可外传") == []


def test_a_name_of_many_characters_is_indexed(collection: Collection) -> None:
    path = f"{FOLDER}/{'长' * 83}.txt"
    collection.write(path, "名字很长的公示\n戊字纸业有限公司。\n")
    collection.run()
    assert collection.find("戊字纸业") == [path]


# Attachments and copies


PAGE = (
    "<html><head><title>申报通知页面</title></head>"
    "<body><p>请按要求申报，附件见下，逾期不予受理。</p>{}</body></html>"
)
NOTICE = f"{FOLDER}/通知.html"
TABLE = f"{FOLDER}/附件/明细.txt"
LINK = '<p><a href="附件/明细.txt">附件：明细</a></p>'


@pytest.fixture
def with_attachment(collection: Collection) -> Collection:
    collection.write(NOTICE, PAGE.format(LINK))
    collection.write(TABLE, "明细\n己字印染厂。\n")
    collection.run()
    return collection


def test_an_attachment_is_found_with_its_document(with_attachment: Collection) -> None:
    assert with_attachment.find("己字印染") == [NOTICE]
    account = with_attachment.accounts()[TABLE]
    assert (account.outcome, account.part_of) == (Outcome.INDEXED, NOTICE)


def test_a_changed_attachment_changes_its_document_alone(with_attachment: Collection) -> None:
    with_attachment.write(TABLE, "明细\n庚字机床厂。\n")
    assert changes(with_attachment.run()) == (0, 1, 0, 2)
    assert with_attachment.find("庚字机床") == [NOTICE]
    assert with_attachment.find("己字印染") == []


def test_an_attachment_that_loses_its_document_is_a_document(with_attachment: Collection) -> None:
    with_attachment.remove(NOTICE)
    assert changes(with_attachment.run()) == (1, 0, 1, 2)
    assert with_attachment.find("己字印染") == [TABLE]


def test_an_attachment_that_is_removed_leaves_the_link(with_attachment: Collection) -> None:
    with_attachment.remove(TABLE)
    assert changes(with_attachment.run()) == (0, 1, 0, 2)
    assert with_attachment.find("己字印染") == []
    assert [one.path for one in with_attachment.document(NOTICE).attachments] == [""]


def test_a_damaged_attachment_is_quarantined_and_its_document_stands(with_attachment: Collection) -> None:
    with_attachment.write(f"{FOLDER}/附件/表.pdf", b"%PDF-1.4 nothing more")
    with_attachment.write(NOTICE, PAGE.format(LINK + '<p><a href="附件/表.pdf">附件2</a></p>'))
    report = with_attachment.run()
    assert report.counts["quarantined"] == 1
    assert with_attachment.outcome(f"{FOLDER}/附件/表.pdf") == Outcome.QUARANTINED
    assert with_attachment.find("己字印染") == [NOTICE]


def test_a_document_that_becomes_internal_takes_its_attachments_along_and_back(
    with_attachment: Collection,
) -> None:
    with_attachment.describe(NOTICE, audience="面向本单位")
    assert changes(with_attachment.run()) == (0, 0, 1, 2)
    assert with_attachment.outcome(TABLE) == Outcome.NOT_PUBLIC
    assert with_attachment.find("己字印染") == []
    with_attachment.remove(f"{NOTICE}.meta.toml")
    assert changes(with_attachment.run()) == (1, 0, 0, 2)
    assert with_attachment.find("己字印染") == [NOTICE]


@pytest.mark.parametrize("content", [b"%PDF-1.4 nothing more", b""], ids=["damaged", "empty"])
def test_attachments_of_an_internal_document_that_cannot_be_read_stay_inside(
    collection: Collection, content: bytes
) -> None:
    collection.write(f"{FOLDER}/内部.pdf", content)
    collection.write(f"{FOLDER}/内部明细.txt", "内部明细\n不可外传。\n")
    collection.describe(f"{FOLDER}/内部.pdf", audience="面向本单位", attachments=["内部明细.txt"])
    collection.run()
    assert collection.find("不可外传") == []
    assert collection.outcome(f"{FOLDER}/内部明细.txt") == Outcome.NOT_PUBLIC


def test_attachments_of_an_internal_page_whose_sidecar_breaks_stay_inside(collection: Collection) -> None:
    collection.write(NOTICE, PAGE.format(LINK))
    collection.write(TABLE, "明细\n己字印染厂。\n")
    collection.write(f"{NOTICE}.meta.toml", 'audience = "面向本单位\n')
    collection.run()
    assert collection.find("己字印染") == []


def test_attachments_of_a_public_document_that_cannot_be_read_are_documents(collection: Collection) -> None:
    collection.write(f"{FOLDER}/坏.pdf", b"%PDF-1.4 nothing more")
    collection.write(f"{FOLDER}/好.txt", "好的明细\n辛字食品厂。\n")
    collection.describe(f"{FOLDER}/坏.pdf", attachments=["好.txt"])
    collection.run()
    assert collection.find("辛字食品") == [f"{FOLDER}/好.txt"]


COPY = "政府网站/奖补名单/2014/名单.txt"


def test_the_same_content_twice_is_one_document_with_two_publications(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    report = collection.run()
    assert report.counts == {"found": 3, "indexed": 2, "duplicate": 1, "quarantined": 0, "not_public": 0}
    document = collection.document(LIST)
    assert document.channel == ("notice-board", "website")
    assert [event.channel for event in document.publications] == ["notice-board", "website"]
    assert collection.find("甲字鞋业") == [LIST]


def test_a_copy_takes_over_with_the_id_when_the_first_is_removed(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    collection.run()
    doc_id = collection.doc_id(LIST)
    collection.remove(LIST)
    assert changes(collection.run()) == (0, 1, 0, 1)
    assert collection.doc_id(COPY) == doc_id
    assert collection.document(COPY).channel == ("website",)


def test_a_copy_that_is_removed_takes_its_publication_along(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    collection.run()
    collection.remove(COPY)
    assert changes(collection.run()) == (0, 1, 0, 1)
    assert collection.document(LIST).channel == ("notice-board",)


def test_a_copy_that_changes_becomes_a_document_and_the_first_keeps_its_id(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    collection.run()
    doc_id = collection.doc_id(LIST)
    collection.write(COPY, "另一份名单\n壬字家具厂。\n")
    assert changes(collection.run()) == (1, 1, 0, 1)
    assert collection.doc_id(LIST) == doc_id
    assert collection.doc_id(COPY) != doc_id


def test_an_internal_copy_adds_nothing_to_the_public_one(collection: Collection) -> None:
    collection.write(COPY, LIST_TEXT)
    collection.describe(COPY, audience="面向本单位")
    collection.run()
    assert collection.outcome(COPY) == Outcome.NOT_PUBLIC
    assert collection.document(LIST).channel == ("notice-board",)


def test_the_attachment_that_lies_only_beside_a_copy_is_found(collection: Collection) -> None:
    page = PAGE.format('<p><a href="明细.txt">附件：明细</a></p>')
    collection.write(NOTICE, page)
    collection.write("政府网站/奖补名单/2014/通知.html", page)
    collection.write("政府网站/奖补名单/2014/明细.txt", "明细\n己字印染厂。\n")
    collection.run()
    assert collection.find("己字印染") == [NOTICE]


def test_the_same_attachment_beside_each_copy_is_listed_once(collection: Collection) -> None:
    page = PAGE.format('<p><a href="明细.txt">附件：明细</a></p>')
    for folder in (FOLDER, "政府网站/奖补名单/2014"):
        collection.write(f"{folder}/通知.html", page)
        collection.write(f"{folder}/明细.txt", "明细\n己字印染厂。\n")
    collection.run()
    assert [one.path for one in collection.document(NOTICE).attachments] == [f"{FOLDER}/明细.txt"]


def test_an_interpretation_points_to_its_document_as_long_as_that_is_public(collection: Collection) -> None:
    collection.describe(
        LIST, interpretations=[{"kind": "文字解读", "title": "解读", "path": f"../../../{PLAN}"}]
    )
    collection.run()
    assert [one.doc_id for one in collection.document(LIST).interpretations] == [collection.doc_id(PLAN)]
    collection.describe(PLAN, audience="面向申请人")
    assert changes(collection.run()) == (0, 1, 1, 0)
    assert collection.document(LIST).interpretations == ()


# Days


@pytest.mark.parametrize("day", ["2016-07-01", "2016年7月1日", "2030-01-01"], ids=["soon", "in words", "far"])
def test_a_publication_in_the_future_waits_for_its_day(collection: Collection, day: str) -> None:
    collection.describe(LIST, published=day)
    collection.run()
    assert collection.outcome(LIST) == Outcome.NOT_PUBLIC
    collection.today = date(int(day[:4]), 7, 1)
    assert changes(collection.run()) == (1, 0, 0, 1)
    assert collection.find("甲字鞋业") == [LIST]


@pytest.mark.parametrize("day", ["2016-06-30", "2099-12-31"], ids=["soon", "far"])
def test_a_notice_goes_on_the_day_after_its_last(collection: Collection, day: str) -> None:
    collection.describe(LIST, expires=day)
    collection.run()
    assert collection.outcome(LIST) == Outcome.INDEXED
    collection.today = date.fromisoformat(day)
    assert changes(collection.run()) == (0, 0, 0, 2)
    collection.today = date.fromordinal(collection.today.toordinal() + 1)
    assert changes(collection.run()) == (0, 0, 1, 1)
    assert collection.outcome(LIST) == Outcome.NOT_PUBLIC
    assert changes(collection.run()) == (0, 0, 0, 1)


def test_an_expired_notice_is_not_found_even_before_the_next_run(collection: Collection) -> None:
    collection.describe(LIST, expires="2016-06-30")
    collection.run()
    assert date.today() > date(2016, 6, 30)
    assert collection.find("甲字鞋业") == []


@pytest.mark.parametrize("word", ["长期", "长期公开", "永久"])
def test_a_period_without_an_end_has_none(collection: Collection, word: str) -> None:
    collection.write(f"{FOLDER}/目录.csv", f"文件名,公开期限\n名单.txt,{word}\n")
    collection.run()
    assert collection.document(LIST).expires is None


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        pytest.param({"withdrawn": "内容有误"}, Outcome.NOT_PUBLIC, id="withdrawn"),
        pytest.param({"withdrawn": True}, Outcome.NOT_PUBLIC, id="withdrawn = true"),
        pytest.param({"withdrawn": False}, Outcome.INDEXED, id="withdrawn = false"),
        pytest.param({"withdrawn": "否"}, Outcome.INDEXED, id="withdrawn: no"),
        pytest.param({"audience": "面向社会"}, Outcome.INDEXED, id="public"),
        pytest.param({"audience": "面向某些人"}, Outcome.NOT_PUBLIC, id="unknown audience"),
        pytest.param({"openness": "依申请公开"}, Outcome.NOT_PUBLIC, id="on request"),
        pytest.param({"openness": "不予公开"}, Outcome.NOT_PUBLIC, id="refused"),
        pytest.param({"openness": "主动公开"}, Outcome.INDEXED, id="proactive"),
    ],
)
def test_who_may_see_a_document_is_decided_by_its_description(
    collection: Collection, values: dict[str, object], outcome: str
) -> None:
    collection.describe(LIST, **values)
    collection.run()
    assert collection.outcome(LIST) == outcome


def test_a_data_folder_that_is_not_there_is_an_error_and_the_index_goes_on(indexed: Collection) -> None:
    indexed.data_dir.rename(indexed.home / "elsewhere")
    archive = indexed.archive()
    with pytest.raises(CollectionError):
        bring_up_to_date(
            archive.engine, indexed.data_dir, archive.store_dir, archive.vocabularies, archive.segmenter
        )
    (indexed.home / "elsewhere").rename(indexed.data_dir)
    assert indexed.find("甲字鞋业") == [LIST]
    assert changes(indexed.run()) == (0, 0, 0, 2)


# Any history ends where a fresh start ends


class Chance:
    """Random changes to a small collection, rich in copies, attachments and descriptions."""

    CONTENTS = tuple(f"第{number}号文件\n内容{'甲乙丙丁戊己'[number]}字企业。\n" for number in range(6))
    FOLDERS = ("公示栏/奖补名单/2014", "政府网站/年度报告/2015", "简报/公示公告/2013")

    def __init__(self, seed: int, collection: Collection) -> None:
        self.random = random.Random(seed)
        self.collection = collection

    def some(self) -> str:
        return f"{self.random.choice(self.FOLDERS)}/{self.random.choice('abcd')}.txt"

    def page(self) -> str:
        return f"{self.random.choice(self.FOLDERS)}/{self.random.choice('xy')}.html"

    def step(self) -> None:
        acts = (
            self.put,
            self.put,
            self.put_page,
            self.move,
            self.remove,
            self.describe,
            self.undescribe,
            self.list,
        )
        self.random.choice(acts)()

    def put(self) -> None:
        self.collection.write(self.some(), self.random.choice(self.CONTENTS))

    def put_page(self) -> None:
        names = self.random.sample("abcd", 2)
        links = "".join(f'<p><a href="{name}.txt">附件：{name}</a></p>' for name in names)
        self.collection.write(self.page(), PAGE.format(links))

    def damage(self) -> None:
        self.collection.write(self.random.choice([self.some(), self.page()]), b"%PDF-1.4 nothing more")

    def there(self) -> list[str]:
        return sorted(original_paths(self.collection.data_dir))

    def move(self) -> None:
        here = self.random.choice(self.there())
        to = self.page() if here.endswith(".html") else self.some()
        if not (self.collection.data_dir / to).exists():
            self.collection.move(here, to)

    def remove(self) -> None:
        if len(self.there()) > 3:
            self.collection.remove(self.random.choice(self.there()))

    def describe(self) -> None:
        values = self.random.choice(
            [
                {"audience": "面向本单位"},
                {"title": f"题目{self.random.randrange(3)}"},
                {"published": "2030-01-01"},
                {"expires": "2015-01-01"},
                {"attachments": ["a.txt"]},
                {
                    "interpretations": [
                        {"kind": "文字解读", "title": "解读", "path": self.random.choice("abcd") + ".txt"}
                    ]
                },
            ]
        )
        self.collection.describe(self.random.choice(self.there()), **values)

    def undescribe(self) -> None:
        for path in self.collection.data_dir.rglob("*.meta.toml"):
            if self.random.random() < 0.5:
                path.unlink()

    def list(self) -> None:
        folder = self.random.choice(self.FOLDERS)
        rows = [
            f"{name}.txt,目录题目{self.random.randrange(3)},{self.random.choice(['', '面向本单位'])}"
            for name in "ab"
        ]
        self.collection.write(f"{folder}/目录.csv", "\n".join(["文件名,标题,公开范围", *rows, ""]))


def told(collection: Collection) -> tuple[dict[str, str], set[Any]]:
    """What is told to the public, without the ids, which depend on history, as does which copy comes first."""
    accounts, documents = collection.accounts(), collection.documents()
    paths: dict[str, list[str]] = {}
    for path, account in accounts.items():
        if account.outcome in (Outcome.INDEXED, Outcome.DUPLICATE) and not account.part_of:
            paths.setdefault(account.doc_id, []).append(path)
    shown = set()
    for doc_id, document in documents.items():
        events = frozenset(document.publications)
        linked = tuple(tuple(sorted(paths.get(one.doc_id, ()))) for one in document.interpretations)
        attached = tuple((one.path, one.text) for one in document.attachments)
        alone = len(paths[doc_id]) == 1
        shown.add(
            (
                tuple(sorted(paths[doc_id])), document.body, frozenset(document.channel), events,
                document.title if alone else "", attached if alone else (), linked if alone else (),
            )
        )  # fmt: skip
    states = {
        path: "public"
        if account.outcome == Outcome.DUPLICATE
        else str(account.outcome).replace("indexed", "public")
        for path, account in accounts.items()
    }
    return states, shown


@pytest.mark.parametrize("seed", range(int(os.environ.get("DISCLOSURE_HISTORIES", "6"))))
def test_any_history_of_changes_ends_where_a_fresh_start_ends(tmp_path: Path, seed: int) -> None:
    collection = Collection(tmp_path)
    collection.write("collection.toml", SETTINGS)
    chance = Chance(seed, collection)
    for _ in range(8):
        chance.put()
    chance.put_page()
    for _ in range(10):
        collection.run()
        for _ in range(chance.random.randrange(1, 4)):
            chance.step()
    collection.run()
    collection.run()  # clears away what was removed, where that is much
    state = told(collection)
    assert collection.run().committed is False
    collection.forget()
    collection.run()
    assert state == told(collection)
    collection.close()
