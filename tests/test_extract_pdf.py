"""PDF: paragraphs, rows, what pages repeat, pages without text, fonts that tell nothing; made with reportlab."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from disclosure_search.errors import (
    DamagedDocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    ExtractionError,
    NoTextError,
)
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract._ocr import is_installed
from disclosure_search.extract._pdf_lines import Line, lines_of, page_list, paragraphs, without_furniture
from disclosure_search.extract.child import read

reportlab = pytest.importorskip("reportlab", reason="reportlab makes the samples")
canvas = pytest.importorskip("reportlab.pdfgen.canvas")

SAMPLES = Path(__file__).parent / "samples"
FONT = "STSong-Light"
BODY = "为做好本年度技术改造补助资金的申报工作，根据有关规定，现将申报的条件、程序和时限通知如下，请遵照执行并按时报送"


def made(path: Path, draw: Callable[[object], None], **options: object) -> Path:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    page = canvas.Canvas(str(path), **options)
    draw(page)
    page.save()
    return path


def write(page: object, rows: list[tuple[float, float, str]], size: float = 12) -> None:
    page.setFont(FONT, size)  # type: ignore[attr-defined]
    for left, base, text in rows:
        page.drawString(left, base, text)  # type: ignore[attr-defined]


def extracted(folder: Path, draw: Callable[[object], None], **options: object) -> Extract:
    return read(made(folder / "a.pdf", draw, **options), Limits())


def test_lines_of_a_paragraph_are_joined_and_paragraphs_are_not(tmp_path: Path) -> None:
    first, second, third = BODY[:30], BODY[30:], "二、申报程序"

    def draw(page: object) -> None:
        write(page, [(84, 700, first), (60, 680, second), (84, 660, third)])

    assert extracted(tmp_path, draw).text == f"{first}{second}\n{third}\n"


def test_a_title_in_two_centred_lines_is_one(tmp_path: Path) -> None:
    def draw(page: object) -> None:
        page.setFont(FONT, 20)  # type: ignore[attr-defined]
        page.drawCentredString(300, 780, "云岭县经济和贸易局关于组织申报")  # type: ignore[attr-defined]
        page.drawCentredString(300, 752, "技术改造补助资金的通知")  # type: ignore[attr-defined]
        write(page, [(60, 700 - 20 * row, BODY[:40]) for row in range(6)])

    text = extracted(tmp_path, draw).text
    assert text.startswith("云岭县经济和贸易局关于组织申报技术改造补助资金的通知\n")


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    def draw(page: object) -> None:
        for left in (40, 320):
            write(page, [(left, 700 - 20 * row, BODY[row : row + 20]) for row in range(8)])

    left = "".join(BODY[row : row + 20] for row in range(8))
    assert extracted(tmp_path, draw).text == f"{left}\n{left}\n"


def test_short_lines_at_the_margin_stay_lines(tmp_path: Path) -> None:
    def draw(page: object) -> None:
        write(page, [(60, 700 - 20 * row, f"第{'一二三'[row]}科") for row in range(3)])

    assert extracted(tmp_path, draw).text == "第一科\n第二科\n第三科\n"


def test_cells_that_stand_apart_are_a_row(tmp_path: Path) -> None:
    def draw(page: object) -> None:
        rows = (("项目", "最高额度"), ("设备购置", "20"), ("合计", "25"))
        write(
            page,
            [(60 + 200 * x, 700 - 20 * y, cell) for y, row in enumerate(rows) for x, cell in enumerate(row)],
        )

    assert extracted(tmp_path, draw).text == "项目\t最高额度\n设备购置\t20\n合计\t25\n"


def test_headers_stay_once_and_page_numbers_go(tmp_path: Path) -> None:
    def draw(page: object) -> None:
        for number in range(1, 6):
            write(page, [(60, 800, "云岭县人民政府公报"), (280, 40, f"— {number} —")])
            write(page, [(60, 700, f"本页的内容是第{'一二三四五'[number - 1]}件事。"), (60, 600, "54")])
            page.showPage()  # type: ignore[attr-defined]

    extract = extracted(tmp_path, draw)
    assert extract.pages == 5
    assert extract.text.count("云岭县人民政府公报") == 1
    assert "—" not in extract.text
    assert all(f"第{one}件事" in extract.text for one in "一二三四五")


def test_a_page_drawn_from_below_is_read_from_above(tmp_path: Path) -> None:
    def draw(page: object) -> None:
        write(page, [(60, 400 + 30 * row, f"{'末五四三二一'[row]}、这一段。") for row in range(6)])

    text = extracted(tmp_path, draw).text
    assert [line[0] for line in text.splitlines()] == list("一二三四五末")


def test_filled_in_fields_and_notes_on_the_page_are_read(tmp_path: Path) -> None:
    def draw(page: object) -> None:
        write(page, [(60, 700, "姓名：")])
        page.acroForm.textfield(x=120, y=690, width=200, height=20, value="Yunling 2014")  # type: ignore[attr-defined]

    assert "Yunling 2014" in extracted(tmp_path, draw).text


def test_a_file_that_only_its_owner_may_change_is_read(tmp_path: Path) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    draw = lambda page: write(page, [(60, 700, BODY[:30])])  # noqa: E731
    owner = StandardEncryption("", ownerPassword="owner", canPrint=0)
    assert extracted(tmp_path, draw, encrypt=owner).text == BODY[:30] + "\n"
    with pytest.raises(EncryptedDocumentError):
        extracted(tmp_path, draw, encrypt=StandardEncryption("user", ownerPassword="owner"))


def picture(page: object, *, text: str = "") -> None:
    """A grey square over the page, as a scanner's picture is one."""
    from reportlab.lib.utils import ImageReader

    image = pytest.importorskip("PIL.Image").new("RGB", (60, 80), "grey")
    page.drawImage(ImageReader(image), 0, 0, 595, 842)  # type: ignore[attr-defined]
    if text:
        write(page, [(60, 40, text)])
    page.showPage()  # type: ignore[attr-defined]


def test_pages_that_only_show_a_picture_are_told(tmp_path: Path) -> None:
    def draw(page: object) -> None:
        write(page, [(60, 700, BODY[:30])])
        page.showPage()  # type: ignore[attr-defined]
        for number in range(2, 5):
            picture(page, text=str(number) if number == 4 else "")

    extract = extracted(tmp_path, draw)
    assert extract.text == BODY[:30] + "\n"
    if not is_installed():
        assert "3 of 4 pages have no text layer: 2–4" in extract.warnings
        assert extract.is_doubtful  # most of what it shows was not read


def test_a_scan_is_no_text_and_not_an_empty_document(tmp_path: Path) -> None:
    with pytest.raises(NoTextError, match=r"no text layer on its 2 pages") as caught:
        extracted(tmp_path, lambda page: [picture(page) for _ in range(2)])
    assert is_installed() or "disclosure-search[ocr]" in caught.value.remedy


def test_blank_pages_are_an_empty_document(tmp_path: Path) -> None:
    with pytest.raises(EmptyDocumentError, match="blank"):
        extracted(tmp_path, lambda page: page.showPage())  # type: ignore[attr-defined]


def test_fonts_that_tell_no_characters_make_the_text_doubtful(tmp_path: Path) -> None:
    path = made(tmp_path / "a.pdf", lambda page: write(page, [(60, 700, BODY[:40])]), pageCompression=0)
    data = path.read_bytes().replace(b"/UniGB-UCS2-H", b"/Identity-H  ").replace(b"(GB1)", b"(XX1)")
    path.write_bytes(data)
    extract = read(path, Limits())
    assert extract.is_doubtful
    assert any("mojibake suspected" in said for said in extract.warnings)


def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    good = (SAMPLES / "notice.pdf").read_bytes()
    chance = random.Random(5)
    outcomes = set()
    for number in range(120):
        data = bytearray(good)
        for _ in range(chance.choice((1, 4, 40))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if number % 4 == 0:
            del data[chance.randrange(len(data)) :]
        (tmp_path / "a.pdf").write_bytes(data)
        try:
            outcomes.add(bool(read(tmp_path / "a.pdf", Limits()).text))
        except ExtractionError:
            outcomes.add(False)
    assert outcomes == {True, False}


def test_what_is_no_pdf_inside_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 20)
    with pytest.raises(DamagedDocumentError):
        read(tmp_path / "a.pdf", Limits())


def test_characters_one_below_the_other_are_a_line() -> None:
    column = [Line(char, 0, 60.0, 72.0, 700.0 - 14 * row, 12.0) for row, char in enumerate("备注栏")]
    text = "\r\n".join(line.text for line in column)
    boxes = {3 * row: (60.0, 700.0 - 14 * row, 72.0, 712.0 - 14 * row) for row in range(3)}
    assert [line.text for line in lines_of(text, 0, lambda index: boxes[index])] == ["备注栏"]


def test_without_places_the_width_of_lines_decides() -> None:
    lines = [Line(BODY[:30], 0), Line(BODY[30:60], 0), Line("二、程序", 0)]
    assert paragraphs(lines) == f"{BODY[:60]}\n二、程序"


def test_few_pages_repeat_nothing_by_chance() -> None:
    pages = [[Line("同一行", number), Line(f"内容{'甲乙'[number]}", number)] for number in range(2)]
    assert len(without_furniture(pages)) == 4


@pytest.mark.parametrize(("numbers", "said"), [([], ""), ([0], "1"), ([1, 2, 3, 6], "2–4, 7")], ids=str)
def test_pages_are_listed_as_runs(numbers: list[int], said: str) -> None:
    assert page_list(numbers) == said
