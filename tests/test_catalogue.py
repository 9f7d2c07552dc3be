"""Catalogues and sidecars: whose file is meant, what keeps it inside, and what is said in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from disclosure_search.collection.catalogue import Catalogue, field_name, load_catalogue, load_sidecar
from disclosure_search.collection.naming import loose, meant, of_one_stem
from disclosure_search.collection.restrictions import joined, may_restrict
from disclosure_search.collection.scan import Original, lonely_sidecars, scan
from disclosure_search.document import FIELDS
from disclosure_search.errors import CollectionError
from disclosure_search.extract.pool import ReaderPool

SAMPLES = Path(__file__).parent / "samples"
TOMORROW = (date.today() + timedelta(days=1)).isoformat()
MakeCollection = Callable[..., Path]


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(1) as opened:
        yield opened


def rows_of(
    make: MakeCollection, pool: ReaderPool, table: str, *files: str
) -> Mapping[str, Mapping[str, str]]:
    return load(make, pool, {"k/目录.csv": table, **{f"k/{name}": "文" for name in files}}).rows


def load(make: MakeCollection, pool: ReaderPool, files: Mapping[str, str | bytes]) -> Catalogue:
    return load_catalogue(make(files), "k", pool)


@pytest.mark.parametrize(
    ("said", "file"),
    [
        pytest.param("K.TXT", "k.txt", id="case"),
        pytest.param("名单", "名单.docx", id="no ending"),
        pytest.param("名单.doc", "名单.docx", id="another ending"),
        pytest.param("名单（1）.txt", "名单(1).txt", id="full-width brackets"),
        pytest.param("が.txt", "か\u3099.txt", id="composed and decomposed"),
        pytest.param(" 名 单 .txt", "名单.txt", id="spaces"),
        pytest.param("*.txt", "名单.txt", id="pattern"),
        pytest.param("2014.名单", "2014.名单.txt", id="a dot inside"),
    ],
)
def test_a_row_finds_the_file_that_its_name_means(
    make_collection: MakeCollection, pool: ReaderPool, said: str, file: str
) -> None:
    rows = rows_of(make_collection, pool, f"文件名,公开范围\n{said},面向本单位\n", file, "别的.pdf")
    assert rows == {f"k/{file}": {"audience": "面向本单位"}}


def test_a_name_that_several_files_could_have_stays_as_it_is(
    make_collection: MakeCollection, pool: ReaderPool
) -> None:
    table = "文件名,标题\n名单,甲\n甲.doc,乙\n"
    assert set(rows_of(make_collection, pool, table, "名单.docx", "名单.pdf", "乙.doc")) == {
        "k/名单",
        "k/甲.doc",
    }


def test_a_row_of_its_own_is_not_taken_by_a_name_alike(
    make_collection: MakeCollection, pool: ReaderPool
) -> None:
    table = "文件名,标题\n名单.xlsx,表\n名单.docx,文\n"
    rows = rows_of(make_collection, pool, table, "名单.docx", "名单.pdf")
    assert rows == {"k/名单.docx": {"title": "文"}, "k/名单.pdf": {"title": "表"}}


@pytest.mark.parametrize("name", ["目录.CSV", "目录.Csv", " 目录.csv"])
def test_a_catalogue_is_known_by_any_spelling_of_its_name(
    make_collection: MakeCollection, pool: ReaderPool, name: str
) -> None:
    files = {f"k/{name}": "文件名,公开范围\na.txt,面向本单位\n", "k/a.txt": "文"}
    assert load(make_collection, pool, files).rows == {"k/a.txt": {"audience": "面向本单位"}}
    assert [one.path for one in scan(make_collection({}))] == ["k/a.txt"]


@pytest.mark.parametrize("name", ["目录.xls", "目录.et", "目录.XLS", "目录.ods"])
def test_a_catalogue_that_cannot_be_read_yet_holds_its_folder_back(
    make_collection: MakeCollection, pool: ReaderPool, name: str
) -> None:
    folder = make_collection({f"k/{name}": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "k/a.txt": "文"})
    assert name in load_catalogue(folder, "k", pool).trouble
    assert [one.path for one in scan(folder)] == ["k/a.txt"]


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Sheet1">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def ods(*rows: str, hidden: str = "") -> bytes:
    """Cells are parted by commas; the row `hidden` is not seen."""
    made = [
        f"<table:table-row{' table:visibility=' + chr(34) + 'collapse' + chr(34) if row == hidden else ''}>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row.split(","))
        + "</table:table-row>"
        for row in rows
    ]
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", _ODS.format("".join(made)))
    return buffer.getvalue()


def test_a_catalogue_may_be_any_workbook_but_must_hide_nothing(
    make_collection: MakeCollection, pool: ReaderPool
) -> None:
    rows = ("文件名,标题", "a.txt,甲")
    assert load(make_collection, pool, {"k/目录.ods": ods(*rows), "k/a.txt": "文"}).rows == {
        "k/a.txt": {"title": "甲"}
    }
    hidden = load(make_collection, pool, {"k/目录.ods": ods(*rows, hidden=rows[1]), "k/a.txt": "文"})
    assert "hidden rows" in hidden.trouble


def test_a_text_under_the_name_of_a_spreadsheet_is_no_catalogue(
    make_collection: MakeCollection, pool: ReaderPool
) -> None:
    assert load(make_collection, pool, {"k/目录.xls": "文件名\t公开范围\na.txt\t面向社会\n"}).trouble


@pytest.mark.parametrize(
    ("heading", "value", "said"),
    [
        ("是否公开", "否", {"openness": "不予公开（否）"}),
        ("是否主动公开", "不", {"openness": "不予公开（不）"}),
        ("是否公开？", "待定", {"openness": "不予公开（待定）"}),
        ("公开", "是", {"openness": "主动公开"}),
        ("密级", "内部", {"audience": "密级：内部"}),
        ("密级", "秘密", {"audience": "密级：秘密"}),
        ("密级", "非密", {}),
        ("是否涉密", "是", {"audience": "密级：是"}),
        ("是否涉密", "否", {}),
        ("公开形式", "网站、公示栏", {}),
        ("公开形式", "依申请公开", {"openness": "依申请公开"}),
        ("公开类别", "依申请公开", {"openness": "依申请公开"}),
        ("公开类别", "部门预算", {"category": "部门预算"}),
        ("公开 范围（必填）", "面向本单位", {"audience": "面向本单位"}),
    ],
)
def test_columns_that_restrict_are_understood_in_other_words(
    make_collection: MakeCollection, pool: ReaderPool, heading: str, value: str, said: dict[str, str]
) -> None:
    assert rows_of(make_collection, pool, f"文件名,{heading}\na.txt,{value}\n", "a.txt")["k/a.txt"] == said


@pytest.mark.parametrize(
    ("name", "loosest", "strictest"),
    [
        ("audience", "面向社会", "面向本单位"),
        ("openness", "主动公开", "不公开"),
        ("withdrawn", "否", "有误"),
        ("expires", "长期", "2014-01-01"),
        ("expires", "2014-02-01", "2014-01-01"),
        ("expires", "2014-02-01", "下周"),
        ("published", "2014-01-01", TOMORROW),
    ],
)
def test_of_two_rows_for_one_file_the_stricter_decides(name: str, loosest: str, strictest: str) -> None:
    first, second = {name: loosest, "title": "甲"}, {name: strictest, "title": "乙"}
    assert joined(first, second) == {name: strictest, "title": "乙"}
    assert joined(second, first) == {name: strictest, "title": "甲"}


def test_two_rows_under_two_spellings_are_of_one_file(
    make_collection: MakeCollection, pool: ReaderPool
) -> None:
    table = "文件名,公开范围\nA.txt,面向本单位\na.txt,面向社会\n"
    assert rows_of(make_collection, pool, table, "a.txt") == {"k/a.txt": {"audience": "面向本单位"}}


@pytest.mark.parametrize(
    ("values", "restricts"),
    [
        ({}, False),
        ({"title": "甲", "audience": "面向社会", "openness": "主动公开"}, False),
        ({"audience": "内部"}, True),
        ({"openness": "不公开"}, True),
        ({"withdrawn": "是"}, True),
        ({"expires": "2030-01-01"}, True),
        ({"expires": "长期"}, False),
        ({"published": TOMORROW}, True),
        ({"published": "2014-01-01"}, False),
        ({"published": date(2014, 1, 1)}, False),
    ],
)
def test_whether_a_description_keeps_something_inside(values: dict[str, object], restricts: bool) -> None:
    assert may_restrict(values, date.today()) is restricts


@pytest.mark.parametrize(
    "name",
    [
        "名单.docx.META.toml",
        "名单.DOCX.meta.toml",
        "名单.meta.toml",
        "名单.doc.meta.toml",
        "名 单.docx.meta.toml",
    ],
)
def test_a_sidecar_finds_the_file_that_its_name_means(make_collection: MakeCollection, name: str) -> None:
    folder = make_collection(
        {f"k/{name}": 'audience = "面向本单位"\n', "k/名单.docx": "文", "k/别的.txt": "文"}
    )
    found = {one.path: load_sidecar(folder, one) for one in scan(folder)}
    assert found == {"k/名单.docx": {"audience": "面向本单位"}, "k/别的.txt": {}}
    assert not lonely_sidecars(folder)


def test_a_sidecar_that_means_no_file_or_several_is_lonely(make_collection: MakeCollection) -> None:
    folder = make_collection(
        {
            "甲.meta.toml": "",
            "甲.txt": "",
            "甲.pdf": "",
            "k/乙.txt.Meta.toml": "",
            "丙.txt.meta.toml": "",
            "丙.txt": "",
        }
    )
    assert lonely_sidecars(folder) == ["k/乙.txt.Meta.toml", "甲.meta.toml"]


def test_an_exact_sidecar_comes_before_one_alike(make_collection: MakeCollection) -> None:
    folder = make_collection(
        {"a.txt": "", "a.txt.meta.toml": 'title = "甲"\n', "A.txt.meta.toml": 'title = "乙"\n'}
    )
    assert load_sidecar(folder, scan(folder)[0]) == {"title": "甲"}
    assert lonely_sidecars(folder) == ["A.txt.meta.toml"]


def test_a_sidecar_may_answer_yes_or_no(make_collection: MakeCollection) -> None:
    folder = make_collection({"a.txt": "", "a.txt.meta.toml": '"是否公开" = false\nwithdrawn = false\n'})
    assert load_sidecar(folder, scan(folder)[0]) == {"openness": "不予公开（否）", "withdrawn": "否"}


def test_a_sidecar_with_an_unknown_key_holds_its_original_back(make_collection: MakeCollection) -> None:
    folder = make_collection({"a.txt": "", "a.txt.meta.toml": '"没有这一项" = 1\n'})
    with pytest.raises(CollectionError, match="没有这一项"):
        load_sidecar(folder, Original("a.txt"))


def test_names_are_compared_without_what_cannot_be_seen() -> None:
    assert loose("Ａ （１）\u200b.TXT") == "a(1).txt"
    assert meant("a.txt", ["a.txt", "A.txt"]) == ["a.txt"]
    assert of_one_stem("2014.1", ["2014.1.txt", "2014.txt"]) == ["2014.1.txt", "2014.txt"]
    assert field_name("index_number") == "index_number"
    assert field_name("没有") is None


def test_the_guide_to_the_folder_names_every_column() -> None:
    guide = (Path(__file__).resolve().parents[1] / "data" / "README.md").read_text("utf-8")
    columns = guide.split("要有一列叫“文件名”", 1)[1].split("\n", 1)[0]
    for field in FIELDS:
        if field.name not in ("about", "body", "attachment", "attachments"):
            assert field.label in columns, field.label
    assert "、附件、" in columns
