"""PPTX: slides in order, what stands on them, what is left out."""

import io
import zipfile
from pathlib import Path

import pytest

from disclosure_search.errors import DamagedDocumentError, NoTextError
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract.child import read

_P = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def paragraph(text: str) -> str:
    return f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"


def shape(*lines: str, kind: str = "") -> str:
    place = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else ""
    return f"<p:sp>{place}<p:txBody>{''.join(map(paragraph, lines))}</p:txBody></p:sp>"


def slide(content: str, attributes: str = "") -> str:
    return f"<p:sld {_P} {attributes}><p:cSld><p:spTree>{content}</p:spTree></p:cSld></p:sld>"


def relations(*targets: tuple[str, str]) -> str:
    listed = (
        f'<Relationship Id="r{at}" Type="{_TYPE}{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets)
    )
    return f"<Relationships>{''.join(listed)}</Relationships>"


def pptx(*slides: str, extra: dict[str, str] | None = None) -> bytes:
    """The last slide of the list is shown first."""
    order = "".join(f'<p:sldId r:id="r{at}" id="{256 + at}"/>' for at in reversed(range(len(slides))))
    members = {
        "[Content_Types].xml": "<Types/>",
        "ppt/presentation.xml": f"<p:presentation {_P}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            *(("slide", f"slides/s{at}.xml") for at in range(len(slides)))
        ),
        **{f"ppt/slides/s{at}.xml": content for at, content in enumerate(slides)},
        **(extra or {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def extracted(folder: Path, data: bytes) -> Extract:
    (folder / "a.pptx").write_bytes(data)
    return read(folder / "a.pptx", Limits())


def test_slides_are_read_in_the_order_of_the_list_with_tables_and_groups(tmp_path: Path) -> None:
    row = "".join(f"<a:tc><a:txBody>{paragraph(text)}</a:txBody></a:tc>" for text in ("设备", "二十万元"))
    table = f"<p:graphicFrame><a:tbl><a:tr>{row}</a:tr></a:tbl></p:graphicFrame>"
    group = f"<p:grpSp>{shape('组内文字')}</p:grpSp>"
    last = slide(shape("第二页", kind="title") + table + group + shape("7", kind="sldNum"))
    extract = extracted(tmp_path, pptx(last, slide(shape("政策解读", "技改补助", kind="title"))))
    assert extract.text == "政策解读\n技改补助\n第二页\n设备\t二十万元\n组内文字\n"
    assert (extract.reader, extract.pages, extract.warnings) == ("pptx", 2, ())


def test_hidden_slides_notes_and_masters_are_left_out(tmp_path: Path) -> None:
    extra = {
        "ppt/slides/_rels/s0.xml.rels": relations(
            ("notesSlide", "../notesSlides/n.xml"),
            ("slideLayout", "../slideLayouts/l.xml"),
            ("comments", "../c.xml"),
        ),
        "ppt/notesSlides/n.xml": f"<p:notes {_P}>{shape('讲稿内容', kind='body')}</p:notes>",
        "ppt/slideLayouts/l.xml": slide(shape("单击此处编辑标题")),
    }
    extract = extracted(tmp_path, pptx(slide(shape("正文")), slide(shape("藏页"), 'show="0"'), extra=extra))
    assert extract.text == "正文\n"
    assert extract.warnings == (
        "hidden slides left out: 1",
        "slides with speaker's notes left out: 1",
        "slides with comments left out: 1",
    )


def test_slides_of_pictures_have_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoTextError):
        extracted(tmp_path, pptx(slide("<p:pic/>"), extra={"ppt/media/image1.png": "x"}))


@pytest.mark.parametrize("broken", ["<p:sld", f"<!DOCTYPE x [<!ENTITY a 'b'>]>{slide(shape('&a;'))}"])
def test_broken_slides_are_refused(tmp_path: Path, broken: str) -> None:
    with pytest.raises(DamagedDocumentError):
        extracted(tmp_path, pptx(broken))
