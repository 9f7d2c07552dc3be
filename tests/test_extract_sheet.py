"""Workbooks of all formats: what is shown, what is left out and reported, what is refused."""

import io
import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from disclosure_search.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    ExtractionError,
    LimitExceededError,
)
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract.child import read

FORMATS = (
    ("编码", 123, "000000", "000123"),
    ("比例", 0.2567, "0.00%", "25.67%"),
    ("金额", 1234567.891, "#,##0.00", "1,234,567.89"),
    ("日期", 41971, "yyyy-mm-dd", "2014-11-28"),
    ("成文", 41971, 'yyyy"年"m"月"d"日"', "2014年11月28日"),
    ("时刻", 41971.6458333333, "yyyy-mm-dd hh:mm", "2014-11-28 15:30"),
    ("资金", 12.5, '0.0"万元"', "12.5万元"),
    ("个数", 54.0, "General", "54"),
)


def extracted(folder: Path, name: str, data: bytes, limits: Limits | None = None) -> Extract:
    (folder / name).write_bytes(data)
    return read(folder / name, limits or Limits())


def workbook() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("统计")
        for row, (label, value, code, _) in enumerate(FORMATS):
            sheet.write(row, 0, label)
            sheet.write_number(row, 1, value, book.add_format({"num_format": code}))
        sheet.merge_range(10, 0, 10, 3, "合并单元格")
        sheet.write(12, 0, "藏行")
        sheet.set_row(12, None, None, {"hidden": True})
        sheet.write(0, 5, "藏列")
        sheet.set_column(5, 5, None, None, {"hidden": True})
        sheet.write_comment("A1", "批注内容")
        sheet.set_header("&C云岭县统计局&R第 &P 页")
        sheet.insert_textbox(15, 1, "文本框文字")
        hidden = book.add_worksheet("底稿")
        hidden.hide()
        hidden.write(0, 0, "秘密")
    return buffer.getvalue()


def rewritten(data: bytes, member: str, change: tuple[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == member:
                assert re.search(change[0], content.decode())
                content = re.sub(change[0], change[1], content.decode()).encode()
            new.writestr(name, content)
    return buffer.getvalue()


def test_xlsx_shows_what_the_sheet_shows_and_reports_what_is_hidden(tmp_path: Path) -> None:
    extract = extracted(tmp_path, "a.xlsx", workbook())
    lines = [f"{label}\t{shown}" for label, _, _, shown in FORMATS]
    assert extract.text.split("\n") == ["统计", "云岭县统计局", *lines, "合并单元格", "文本框文字", ""]
    assert extract.warnings == (
        "hidden sheet left out: 底稿",
        "hidden rows left out in 统计: 1",
        "hidden columns left out in 统计: 1",
        "comments left out: 1",
    )


SHEET = "xl/worksheets/sheet1.xml"


def test_rows_hidden_by_a_filter_are_kept(tmp_path: Path) -> None:
    data = rewritten(workbook(), SHEET, ("<dimension", '<sheetPr filterMode="1"/><dimension'))
    extract = extracted(tmp_path, "a.xlsx", data)
    assert "藏行" in extract.text
    assert "rows hidden by a filter are included in 统计: 1" in extract.warnings


def test_only_the_first_of_merged_cells_is_seen(tmp_path: Path) -> None:
    covered = ('(<c r="A11".*?</c>)', r'\1<c r="B11"><v>777</v></c>')
    assert "777" not in extracted(tmp_path, "a.xlsx", rewritten(workbook(), SHEET, covered)).text


def test_xlsx_elements_with_a_prefix_and_cells_without_places_are_read(tmp_path: Path) -> None:
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row>'
        '<x:c t="inlineStr"><x:is><x:r><x:t>甲_x000D_</x:t></x:r><x:r><x:t>乙</x:t></x:r><x:rPh sb="0" eb="1">'
        "<x:t>yi</x:t></x:rPh></x:is></x:c><x:c><x:v>350583199001011234</x:v></x:c><x:c><x:f>A1</x:f></x:c>"
        '<x:c t="e"><x:v>#DIV/0!</x:v></x:c><x:c t="b"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    data = rewritten(workbook(), SHEET, ("(?s).*", ""))
    data = rewritten(data, SHEET, ("^$", sheet))
    extract = extracted(tmp_path, "a.xlsx", data)
    assert "甲乙\t350583199001011234\t\t#DIV/0!\tTRUE\n" in extract.text
    assert "formulas without a stored value: 1" in extract.warnings


def test_a_million_merges_of_a_million_rows_end(tmp_path: Path) -> None:
    merges = '<mergeCell ref="A2:XFD1048576"/>' * 100_000
    data = rewritten(workbook(), SHEET, ("<mergeCell [^>]*>", merges))
    assert "编码\t000123" in extracted(tmp_path, "a.xlsx", data).text


def test_a_text_longer_than_allowed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitExceededError, match="longer than allowed"):
        extracted(tmp_path, "a.xlsx", workbook(), Limits(output_bytes=50))


def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "哈哈"><!ENTITY b "&a;&a;">]><worksheet'
    with pytest.raises(DamagedDocumentError, match="document type"):
        extracted(tmp_path, "a.xlsx", rewritten(workbook(), SHEET, ("<worksheet", bomb)))


_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style")
)


def ods(rows: str, extra: dict[str, str] | None = None) -> bytes:
    content = (
        f"<office:document-content {_NAMESPACES}><office:automatic-styles><style:style style:name='h'>"
        "<style:table-properties table:display='false'/></style:style></office:automatic-styles><office:body>"
        f"<office:spreadsheet><table:table table:name='名单'>{rows}</table:table>"
        "<table:table table:name='暗' table:style-name='h'><table:table-row><table:table-cell><text:p>秘密</text:p>"
        "</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        for name, text in (extra or {}).items():
            archive.writestr(name, text)
    return buffer.getvalue()


def ods_row(cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{cells}</table:table-row>"


def ods_cell(text: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


@pytest.mark.parametrize(
    "rows",
    [
        ods_row(ods_cell("同", "table:number-columns-repeated='16000'")),
        ods_row(ods_cell("同"), "table:number-rows-repeated='900000'"),
    ],
    ids=["columns", "rows"],
)
def test_ods_that_repeats_without_end_is_cut_and_says_so(tmp_path: Path, rows: str) -> None:
    extract = extracted(tmp_path, "a.ods", ods(rows))
    assert any(said.startswith("truncated: ") for said in extract.warnings)


def test_ods_shows_its_texts_and_reports_what_is_hidden(tmp_path: Path) -> None:
    note = "<office:annotation><text:p>批注</text:p></office:annotation>"
    rows = (
        ods_row(
            ods_cell("25%", "office:value='0.25'")
            + "<table:table-cell table:number-columns-repeated='2'/>"
            + f"<table:table-cell>{note}<text:p>甲<text:s/>a</text:p><text:p>乙</text:p></table:table-cell>"
            + "<table:covered-table-cell><text:p>盖住</text:p></table:covered-table-cell>"
        )
        + ods_row(ods_cell("藏"), "table:visibility='collapse'")
        + ods_row(ods_cell("筛"), "table:visibility='filter'")
        + ods_row(ods_cell("同", "table:number-columns-repeated='2'"), "table:number-rows-repeated='2'")
        + ods_row(
            "<table:table-cell table:number-columns-repeated='16384'/>",
            "table:number-rows-repeated='1048570'",
        )
    )
    extract = extracted(tmp_path, "a.ods", ods(rows))
    assert extract.text == "名单\n25%\t\t\t甲 a 乙\n筛\n同\t同\n同\t同\n"
    assert extract.warnings == (
        "hidden sheet left out: 暗",
        "hidden rows left out in 名单: 1",
        "rows hidden by a filter are included in 名单: 1",
        "comments left out: 1",
    )


def test_an_encrypted_ods_is_said_to_be(tmp_path: Path) -> None:
    manifest = {"META-INF/manifest.xml": "<manifest:encryption-data/>"}
    with pytest.raises(EncryptedDocumentError):
        extracted(tmp_path, "a.ods", ods("", manifest))


@pytest.mark.parametrize("count", ["999999999", "-1", "x", "99999999999999999999"])
def test_ods_repetitions_without_end_are_cut(tmp_path: Path, count: str) -> None:
    rows = ods_row(
        ods_cell("甲", f"table:number-columns-repeated='{count}'"), f"table:number-rows-repeated='{count}'"
    )
    extract = extracted(tmp_path, "a.ods", ods(rows))
    assert 1 <= extract.text.count("甲") <= 1_000_000


def test_excel_2003_xml_is_shown_by_its_formats(tmp_path: Path) -> None:
    xml = (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="p"><NumberFormat'
        ' ss:Format="Percent"/></Style><Style ss:ID="d"><NumberFormat ss:Format="Short Date"/></Style></Styles>'
        '<Worksheet ss:Name="名单"><Table><Column ss:Index="5" ss:Hidden="1"/><Row><Cell ss:StyleID="p">'
        '<Data ss:Type="Number">0.25</Data></Cell><Cell ss:Index="3" ss:StyleID="d"><Data ss:Type="DateTime">'
        '2014-11-28T00:00:00.000</Data><Comment><ss:Data>批注</ss:Data></Comment></Cell><Cell ss:Index="5">'
        '<Data ss:Type="String">藏列</Data></Cell></Row><Row ss:Hidden="1"><Cell><Data ss:Type="String">藏行</Data>'
        '</Cell></Row></Table></Worksheet><Worksheet ss:Name="暗"><Table><Row><Cell><Data ss:Type="String">秘密</Data>'
        "</Cell></Row></Table><WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet></Workbook>"
    )
    extract = extracted(tmp_path, "a.excelxml", xml.encode())
    assert (extract.reader, extract.text) == ("excelxml", "名单\n25.00%\t\t2014-11-28\n")
    assert extract.warnings == (
        "hidden sheet left out: 暗",
        "hidden rows left out in 名单: 1",
        "hidden columns left out in 名单: 1",
        "comments left out: 1",
    )


def test_an_html_table_named_xls_is_read_as_a_page(tmp_path: Path) -> None:
    page = '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table><tr><td>甲</td><td>25%</td></tr></table>'
    extract = extracted(tmp_path, "a.xls", page.encode("gb18030"))
    assert extract.reader == "html"
    assert "甲\t25%" in extract.text


@pytest.mark.parametrize("cut", [100, 1000, 3000, 5000])
def test_a_torn_workbook_is_refused(tmp_path: Path, cut: int) -> None:
    with pytest.raises(ExtractionError):
        extracted(tmp_path, "a.xlsx", workbook()[:cut])


def test_a_binary_workbook_that_reaches_too_far_is_refused_before_it_is_filled(tmp_path: Path) -> None:
    row = b"\x00\x04" + (1_048_575).to_bytes(4, "little")
    cell = b"\x05\x10" + (16_383).to_bytes(4, "little") + bytes(12)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
        archive.writestr("xl/worksheets/sheet1.bin", row + cell)
    with pytest.raises(LimitExceededError, match="reaches too far"):
        extracted(tmp_path, "a.xlsb", buffer.getvalue())
