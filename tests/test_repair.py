"""What was mistyped is proposed as it was meant; nothing is proposed to whoever typed it right, and what is not
public says nothing."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disclosure_search import analysis, pinyin, query
from disclosure_search.config import Settings
from disclosure_search.document import Document
from disclosure_search.engine import open_engine
from disclosure_search.indexing import bring_up_to_date
from disclosure_search.lexicon import lines_of
from disclosure_search.repair import units_of
from disclosure_search.search import Search
from disclosure_search.spelling import similar
from disclosure_search.states import SearchState
from disclosure_search.vocabulary import load_vocabularies
from disclosure_search.wiring import Archive, open_archive

DATA = Path(__file__).resolve().parents[1] / "data"
SHARED = Path(os.environ.get("DISCLOSURE_SHARED", Path(__file__).resolve().parents[1].parent / "shared"))
UNPACK = SHARED / "corpus" / "unpack.py"
LINES = Path(__file__).with_name("misspelt.tsv").read_text("utf-8").splitlines()
ROWS = [line.split("\t") for line in LINES if line and not line.startswith("#")]
NEEDED = 0.9
LAW_CHARACTERS = 1500  # of a text: enough to mistake one word for another, and indexed in seconds
COMMON = [
    *(
        "补贴",
        "补助",
        "名单",
        "公示",
        "公告",
        "通知",
        "预算",
        "决算",
        "三公经费",
        "年度报告",
        "行政处罚",
        "办事指南",
    ),
    *(
        "安全生产",
        "项目申报",
        "应急预案",
        "政府采购",
        "招聘",
        "收费",
        "成品油",
        "酒类",
        "电费",
        "用电",
        "散装水泥",
    ),
    *(
        "技术改造",
        "专卖店",
        "企业补贴",
        "补贴名单公示",
        "2014年预算",
        "临溪市",
        "经贸局",
        "商务局",
        "工作总结",
    ),
    *("节能", "中小企业", "电子商务", "劳动合同", "房屋", "土地", "环境保护", "教育", "税收", "交通"),
]


def proposed(search: Search, typed: str) -> list[str]:
    return [analysis.canonical(one.text) for one in search.run(SearchState(typed, size=1)).proposals]


def is_right(search: Search, typed: str, meant: str) -> bool:
    """Traditional characters are the same search: what it finds is right without any proposal."""
    plain = analysis.canonical(meant)
    if analysis.canonical(typed) == plain:
        return search.run(SearchState(typed)).total == search.run(SearchState(meant)).total > 0
    return plain in proposed(search, typed)


def indexed(data_dir: Path, index_dir: Path) -> Archive:
    made = open_archive(Settings(data_dir, index_dir))
    bring_up_to_date(made.engine, data_dir, made.store_dir, made.vocabularies, made.segmenter)
    return made


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    made = indexed(DATA, tmp_path_factory.mktemp("sample") / "index")
    yield made
    made.engine.close()


@pytest.fixture(scope="module")
def laws(
    tmp_path_factory: pytest.TempPathFactory, fill: Callable[..., None], segmenter: analysis.Segmenter
) -> Iterator[tuple[Search, list[str]]]:
    """3,476 laws, each with the beginning of its text."""
    if not UNPACK.is_file():
        pytest.skip("put the corpus of laws at ../shared or set DISCLOSURE_SHARED")
    home = tmp_path_factory.mktemp("laws")
    subprocess.run([sys.executable, str(UNPACK), "folder", str(home / "data")], check=True)
    documents = list(_laws(home / "data"))
    engine = open_engine(home / "index", "recipe of the tests")
    fill(engine, documents)
    yield (
        Search(engine, load_vocabularies(Path("/nonexistent")), segmenter),
        [one.title for one in documents],
    )
    engine.close()


def _laws(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.rglob("目录.csv")):
        with path.open(encoding="utf-8-sig", newline="") as opened:
            for row in csv.DictReader(opened):
                text = (path.parent / row["文件名"]).read_text("utf-8")[:LAW_CHARACTERS]
                name = f"{path.parent.name}/{row['文件名']}"
                yield Document(name, row["标题"], name, body=text)


def test_the_searches_are_of_every_kind() -> None:
    kinds = {kind for _, kind, _, _ in ROWS}
    assert len(ROWS) >= 100
    assert kinds >= {
        "sound", "shape", "missing", "doubled", "swapped", "superfluous", "pinyin", "initials", "mixed", "traditional",
    }  # fmt: skip


def test_nine_of_ten_mistyped_searches_of_the_sample_are_understood(sample: Archive) -> None:
    rows = [(typed, meant) for where, _, typed, meant in ROWS if where == "sample"]
    missed = [(typed, meant) for typed, meant in rows if not is_right(sample.search, typed, meant)]
    assert len(missed) <= (1 - NEEDED) * len(rows), missed


@pytest.mark.corpus
def test_nine_of_ten_mistyped_searches_of_the_laws_are_understood(laws: tuple[Search, list[str]]) -> None:
    rows = [(typed, meant) for where, _, typed, meant in ROWS if where == "laws"]
    missed = [(typed, meant) for typed, meant in rows if not is_right(laws[0], typed, meant)]
    assert len(missed) <= (1 - NEEDED) * len(rows), missed


def poorer(search: Search, texts: list[str]) -> list[tuple[str, str]]:
    found = []
    for text in texts:
        page = search.run(SearchState(text, size=1))
        found += [(text, one.text) for one in page.proposals if one.total < page.total]
    return found


def test_no_correct_search_of_the_sample_gets_a_poorer_proposal(sample: Archive) -> None:
    documents = list(sample.engine.documents())
    texts = [
        text for one in documents for text in (one.title, one.number, one.agency, one.index_number) if text
    ]
    assert poorer(sample.search, [*dict.fromkeys(texts), *COMMON]) == []


def test_what_stands_in_a_document_gets_no_proposal_at_all(sample: Archive) -> None:
    titles = [one.title for one in sample.engine.documents()]
    assert [title for title in titles if proposed(sample.search, title)] == []


@pytest.mark.corpus
def test_no_title_of_a_law_gets_a_poorer_proposal(laws: tuple[Search, list[str]]) -> None:
    search, titles = laws
    assert poorer(search, [*titles[::11], *COMMON]) == []


def test_the_count_of_a_proposal_is_what_its_page_says(sample: Archive) -> None:
    for typed in (row[2] for row in ROWS if row[0] == "sample"):
        for one in sample.search.run(SearchState(typed, size=1)).proposals:
            assert sample.search.run(SearchState(one.text, size=1)).total == one.total > 0


def test_a_proposal_keeps_the_other_words_the_filters_and_the_signs(sample: Archive) -> None:
    state = SearchState('专卖店 "补贴明单" -决算 标题:补贴').with_filter("year", "2014")
    page = sample.search.run(state)
    assert page.state.text == state.text
    assert page.proposals[0].text == '专卖店 "补贴名单" -决算 标题:补贴'
    again = sample.search.run(page.state.with_text(page.proposals[0].text))
    assert again.total == page.proposals[0].total > 0


def test_a_document_number_keeps_its_brackets(sample: Archive) -> None:
    found = sample.search.run(SearchState("临经茂〔2014〕39号")).proposals
    assert "临经贸〔2014〕39号" in [one.text for one in found]


def test_the_page_says_which_word_stands_nowhere(sample: Archive) -> None:
    notes = sample.search.run(SearchState("饕餮之宴 预算")).notes
    assert any("饕餮" in note and "没有出现在任何公开文件中" in note for note in notes)


SECRETS = {
    "collection.toml": '[[patterns]]\npath = "{channel}/{category}/{year}/"\n',
    "公示栏/公示公告/2014/公开.txt": "企业新设专卖店补贴名单\n补贴名单如下，共二家企业。\n",
    "公示栏/公示公告/2014/过期.txt": "蟠龙镇麒麟奖补贴名册\n麒麟奖补贴名册已经过期。\n",
    "公示栏/公示公告/2014/过期.txt.meta.toml": 'published = "2014-12-02"\nexpires = "2015-01-01"\n'
    'agency = "蟠龙镇麒麟办"\nnumber = "蟠麒〔2014〕7号"\n',
    "公示栏/公示公告/2014/内部.txt": "凤凰台内部意见书\n凤凰台内部意见书不公开。\n",
    "公示栏/公示公告/2014/内部.txt.meta.toml": 'audience = "面向本单位"\n',
    "公示栏/公示公告/2014/撤回.txt": "貔貅街改造批复\n貔貅街改造批复已经撤回。\n",
    "公示栏/公示公告/2014/撤回.txt.meta.toml": 'withdrawn = "内容有误"\n',
}


@pytest.fixture(scope="module")
def secretive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("secretive") / "data"
    for name, content in SECRETS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    made = indexed(folder, folder.with_name("index"))
    yield made
    made.engine.close()


@pytest.mark.parametrize(
    "typed",
    [
        "麒林奖补贴名册",
        "qilinjiang",
        "qlj",
        "麒麟奖补名册",
        "凤皇台",
        "fenghuangtai",
        "貔休街",
        "pixiujie",
        "蟠麟〔2014〕7号",
    ],
)
def test_what_is_not_public_is_never_proposed(secretive: Archive, typed: str) -> None:
    page = secretive.search.run(SearchState(typed))
    said = [note.replace(word, "") for note in page.notes for word in re.findall("“(.+?)”", note)]
    told = " ".join((*said, *(one.text for one in page.proposals)))
    assert not any(word in told for word in ("麒麟", "凤凰", "貔貅", "蟠龙", "蟠麒"))


@pytest.mark.parametrize(
    "typed", ["麒", "蟠", "麒麟", "蟠龙", "qilin", "plz", "凤", "fht", "貔", "px", "蟠麒"]
)
def test_what_is_not_public_is_never_suggested(secretive: Archive, typed: str) -> None:
    assert [
        one for one in secretive.search.suggest(typed) if any(sign in one.text for sign in "麒蟠凤貔")
    ] == []


def test_letters_side_by_side_are_one_unit() -> None:
    text = "2014 bu zhu ming dan -x 公示"
    units = units_of(text, query.parse(text).query)
    assert [(text[one.start : one.end], one.run) for one in units] == [
        ("2014", "2014"), ("bu zhu ming dan", "buzhumingdan"), ("公示", "公示"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("重庆", ("chong", "qing")),
        ("重要", ("zhong", "yao")),
        ("银行", ("yin", "hang")),
        ("行政", ("xing", "zheng")),
        ("校长", ("xiao", "zhang")),
        ("长期", ("chang", "qi")),
    ],
)
def test_characters_are_read_as_in_their_words(word: str, read: tuple[str, ...]) -> None:
    assert pinyin.of_word(word) == read
    lines = lines_of([f"某某{word}某"])
    assert lines.sounds.split()[2:4] == [pinyin.blurred(one) for one in read]


@pytest.mark.parametrize(
    ("one", "other"),
    [("zhang", "zan"), ("chen", "ceng"), ("shi", "si"), ("nan", "lang"), ("jin", "jing")],
)
def test_sounds_that_are_taken_for_each_other_are_equal(one: str, other: str) -> None:
    assert pinyin.blurred(one) == pinyin.blurred(other)


def test_letters_are_cut_into_syllables_in_every_way() -> None:
    assert ("xian",) in pinyin.cuts("xian")
    assert ("xi", "an") in pinyin.cuts("xian")
    assert pinyin.cuts("bzmd") == []
    assert ("bu", "zhu", "m") in pinyin.cuts("buzhum", unfinished=True)


def test_what_looks_alike_does_so_both_ways() -> None:
    table = similar()
    assert "已" in table["己"]
    assert "末" in table["未"]
    assert all(one in table[other] for one, others in table.items() for other in others)


def test_help_loads_no_pinyin() -> None:
    code = (
        "import sys; from disclosure_search.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "sys.exit('pypinyin' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("typed", "text", "kind"),
    [
        ("补贴名", "企业新设专卖店补贴名单", "title"),
        ("企业", "企业新设专卖店补贴名单", "title"),
        ("企", "企业新设专卖店补贴名单", "title"),
        ("qiyexinshe", "企业新设专卖店补贴名单", "title"),
        ("qiyexins", "企业新设专卖店补贴名单", "title"),
        ("qyxs", "企业新设专卖店补贴名单", "title"),
        ("专卖店bt", "企业新设专卖店补贴名单", "title"),
        ("專賣店", "企业新设专卖店补贴名单", "title"),
        ("临经贸", "临经贸〔2014〕39号", "number"),
        ("临经贸(2014)39", "临经贸〔2014〕39号", "number"),
        ("临溪", "临溪市经济贸易局", "agency"),
        ("jingjimaoyi", "临溪市经济贸易局", "agency"),
        ("奖补", "奖补名单", "category"),
    ],
)
def test_a_beginning_is_continued(archive: Archive, typed: str, text: str, kind: str) -> None:
    found = archive.search.suggest(typed)
    assert (text, kind) in [(one.text, one.kind) for one in found]
    assert len({one.text for one in found}) == len(found) <= 10


def test_what_begins_so_stands_before_what_holds_it(sample: Archive) -> None:
    texts = [one.text for one in sample.search.suggest("2014年") if one.kind == "title"]
    begins = [text.startswith("2014年") for text in texts]
    assert begins == sorted(begins, reverse=True)
    assert begins[0]


def test_a_title_of_one_document_names_it(archive: Archive) -> None:
    found = {one.text: one.doc_id for one in archive.search.suggest("企业新设")}
    doc_id = found["企业新设专卖店补贴名单"]
    assert doc_id is not None
    assert archive.search.document(doc_id).title == "企业新设专卖店补贴名单"


def test_a_commit_is_suggested_from_at_once_and_a_removal_no_more(
    tmp_path: Path, fill: Callable[..., None], segmenter: analysis.Segmenter
) -> None:
    engine = open_engine(tmp_path / "index", "recipe of the tests")
    fill(engine, [Document("a", "甲类企业名录", "a.txt"), Document("b", "乙类企业名录", "b.txt")])
    search = Search(engine, load_vocabularies(Path("/nonexistent")), segmenter)
    assert [one.text for one in search.suggest("企业名录")] == ["甲类企业名录", "乙类企业名录"]
    fill(engine, [Document("c", "丙类企业名录", "c.txt")], fresh=False, removed=["a"])
    assert {one.text for one in search.suggest("企业名录")} == {"乙类企业名录", "丙类企业名录"}
    engine.close()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80) | st.text('补贴明单bzmd 0129"-|()（）:', max_size=30))
def test_any_text_may_be_typed(archive: Archive, text: str) -> None:
    assert len(archive.search.suggest(text)) <= 10
    page = archive.search.run(SearchState(text))
    assert len(page.proposals) <= 3
