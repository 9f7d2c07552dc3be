"""Makes the binary originals of the sample collection (DOCX, PDF, XLSX), the damaged one and the empty one.

    python tests/make_sample_collection.py [FOLDER]      FOLDER is data/ unless named

Needs python-docx, reportlab and XlsxWriter. The same versions give the same bytes: no clock, no chance.
Their texts are in data/README.originals.txt, which says how it is written.
"""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import docx
import xlsxwriter  # type: ignore[import-untyped]
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

DATA = Path(__file__).resolve().parents[1] / "data"
TEXTS = DATA / "README.originals.txt"
AGENCY = "临溪市经济贸易局"
MADE = datetime(2016, 12, 30, 9, 0)
FONT = "STSong-Light"  # a CID font that every PDF viewer brings along, so no font file is needed
NOTICE_BOARD_LIST = "公示栏/2014/2013年企业新设专卖店补贴名单.docx"
SAME_LIST_ON_THE_WEBSITE = "政府网站/奖补名单/2014/2013年企业新设专卖店补贴名单.docx"
DAMAGED = "政府网站/统计信息/2015/2015年上半年工业运行分析.pdf"
EMPTY = "公示栏/2015/二季度公示内容.txt"

Lines = list[str]


def sources() -> Iterator[tuple[str, Lines]]:
    for block in re.split(r"^@ ", TEXTS.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        path, *lines = block.strip().split("\n")
        yield path.strip(), lines


def table_rows(line: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")] for row in line.removeprefix("|").split(" / ")]


def title_of(lines: Lines) -> str:
    return next(line[2:] for line in lines if line.startswith("# "))


def write_docx(target: Path, lines: Lines) -> None:
    document = docx.Document()
    normal = document.styles["Normal"]
    normal.font.name = "FangSong"
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋_GB2312")
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title_of(lines), AGENCY, ""
    properties.comments, properties.created, properties.modified = "", MADE, MADE
    for line in lines:
        if "|" in line:
            add_docx_table(document, table_rows(line))
        elif line.startswith("## "):
            document.add_heading(line[3:], level=2)
        else:
            paragraph = document.add_paragraph(line.removeprefix("# ").removeprefix("> "))
            if line.startswith("# "):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                paragraph.runs[0].bold = True
            elif line.startswith("> "):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.save(str(target))
    set_fixed_dates(target)


def add_docx_table(document: docx.document.Document, rows: list[list[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def set_fixed_dates(package: Path) -> None:
    """Rewrites a zip package with one date for every part, or else the bytes would change with the clock."""
    with zipfile.ZipFile(package) as old:
        parts = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts:
            new.writestr(zipfile.ZipInfo(name, MADE.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)


def write_pdf(target: Path, lines: Lines) -> None:
    def style(size: int, align: Literal[0, 1, 2] = TA_LEFT, indent: int = 0) -> ParagraphStyle:
        made = ParagraphStyle("s", fontName=FONT, fontSize=size, leading=size * 1.7, wordWrap="CJK")
        made.alignment, made.firstLineIndent = align, indent
        return made

    body, small = style(12, indent=24), style(9)
    story: list[Flowable] = []
    for line in lines:
        if "|" in line:
            cells = [[Paragraph(text, small) for text in row] for row in table_rows(line)]
            story += [Table(cells, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)]), Spacer(1, 8)]
        elif line.startswith("# "):
            story += [Paragraph(line[2:], style(18, TA_CENTER)), Spacer(1, 12)]
        elif line.startswith("## "):
            story.append(Paragraph(line[3:], style(14)))
        elif line.startswith("> "):
            story.append(Paragraph(line[2:], style(12, TA_RIGHT)))
        else:
            story.append(Paragraph(line, body))
    pages = SimpleDocTemplate(str(target), pagesize=A4, title=title_of(lines), author=AGENCY, invariant=1)
    pages.build(story)


def write_xlsx(target: Path, lines: Lines) -> None:
    with xlsxwriter.Workbook(str(target)) as book:
        book.set_properties({"title": title_of(lines), "author": AGENCY, "created": MADE})
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet, row = None, 0
        for line in lines:
            if line.startswith("% ") or sheet is None:
                sheet, row = book.add_worksheet(line[2:] if line.startswith("% ") else "Sheet1"), 0
                sheet.set_column(0, 9, 16)
                if line.startswith("% "):
                    continue
            if "|" not in line:
                sheet.write_string(row, 0, line.removeprefix("# "), bold if line.startswith("# ") else None)
                row += 1
                continue
            for cells in table_rows(line):
                for column, text in enumerate(cells):
                    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
                        sheet.write_datetime(row, column, datetime.fromisoformat(text), day)
                    elif re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text):
                        sheet.write_number(row, column, float(text))
                    else:
                        sheet.write_string(row, column, text)
                row += 1


WRITERS = {".docx": write_docx, ".pdf": write_pdf, ".xlsx": write_xlsx}


def main(folder: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    for path, lines in sources():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[target.suffix](target, lines)
    copy = folder / SAME_LIST_ON_THE_WEBSITE
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / NOTICE_BOARD_LIST, copy)
    whole = (folder / DAMAGED).read_bytes()
    (folder / DAMAGED).write_bytes(whole[: len(whole) // 2])
    (folder / EMPTY).write_bytes(b"")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
