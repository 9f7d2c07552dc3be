"""OFD: order, lines, templates, what is left out, packages that are odd or hostile."""

import io
import zipfile
from pathlib import Path

import pytest

from disclosure_search.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    ExtractionError,
    NoTextError,
)
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract.child import read

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def text(content: str, x: float, y: float, *, size: float = 4, extra: str = "", code: str = "") -> str:
    return (
        f'<ofd:TextObject ID="1" Boundary="{x} {y} {size * len(content)} {size}" Font="1" Size="{size}" {extra}>'
        f'<ofd:TextCode X="0" Y="{size}" {code or spaced(content, size)}>{content}</ofd:TextCode></ofd:TextObject>'
    )


def spaced(content: str, step: float) -> str:
    return f'DeltaX="g {len(content) - 1} {step}"'


def page(objects: str, *, template: str = "") -> str:
    named = f'<ofd:Template TemplateID="{template}"/>' if template else ""
    return (
        f"<ofd:Page {NAMESPACE}>{named}<ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>"
    )


def ofd(
    *pages: str, extra: dict[str, str] | None = None, document: str = "", common: str = ""
) -> dict[str, str]:
    listed = "".join(f'<ofd:Page ID="{at}" BaseLoc="Pages/{at}.xml"/>' for at in range(len(pages)))
    return {
        "OFD.xml": f"<ofd:OFD {NAMESPACE}><ofd:DocBody><ofd:DocInfo><ofd:Title>关于技改补助的通知</ofd:Title>"
        "<ofd:CreationDate>2014-06-18</ofd:CreationDate><ofd:CustomDatas><ofd:CustomData Name='文号'>"
        "云经贸〔2014〕36号</ofd:CustomData></ofd:CustomDatas></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NAMESPACE}><ofd:CommonData>{common}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages>{document}</ofd:Document>",
        **{f"Doc_0/Pages/{at}.xml": content for at, content in enumerate(pages)},
        **(extra or {}),
    }


def extracted(folder: Path, members: dict[str, str]) -> Extract:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    (folder / "a.ofd").write_bytes(buffer.getvalue())
    return read(folder / "a.ofd", Limits())


def test_objects_are_read_from_the_top_and_pages_in_their_order(tmp_path: Path) -> None:
    first = page(text("第三行", 20, 60) + text("第一行", 20, 20) + text("第二行", 20, 40))
    extract = extracted(tmp_path, ofd(first, page(text("另一页", 20, 20))))
    assert extract.text == "第一行\n第二行\n第三行\n另一页\n"
    assert extract.pages == 2
    assert extract.title == "关于技改补助的通知"
    assert ("property:created", "2014-06-18") in extract.metadata
    assert ("property:文号", "云经贸〔2014〕36号") in extract.metadata


def test_an_object_a_character_makes_a_line_and_gaps_make_columns(tmp_path: Path) -> None:
    characters = "".join(text(character, 20 + 4 * at, 20) for at, character in enumerate("提高认识"))
    row = text("项目", 20, 40) + text("金额", 60, 40) + text("2014年", 90, 40.5)
    assert extracted(tmp_path, ofd(page(characters + row))).text == "提高认识\n项目\t金额\t2014年\n"


def test_broken_lines_of_a_paragraph_are_joined_and_new_paragraphs_are_not(tmp_path: Path) -> None:
    long = "为做好二〇一四年度技术改造补助资金的申报工作现将"
    objects = text(long, 28, 20) + text("有关事项通知如下。", 20, 27) + text("一、申报条件。", 28, 34)
    assert extracted(tmp_path, ofd(page(objects))).text == f"{long}有关事项通知如下。\n一、申报条件。\n"


def test_the_form_of_a_template_is_read_with_what_is_filled_in(tmp_path: Path) -> None:
    form = page(text("年月日", 30, 20, code='DeltaX="20 20"'))
    filled = page(text("11", 38, 20, size=4) + text("28", 58, 20, size=4), template="9")
    common = '<ofd:TemplatePage ID="9" BaseLoc="Tpl.xml"/>'
    extract = extracted(tmp_path, ofd(filled, extra={"Doc_0/Tpl.xml": form}, common=common))
    assert extract.text.replace(" ", "").replace("\t", "") == "年11月28日\n"


def test_hidden_objects_watermarks_and_attachments_are_left_out(tmp_path: Path) -> None:
    objects = text("正文", 20, 20) + text("看不见", 20, 30, extra='Visible="false"')
    extra = {
        "Doc_0/Annots.xml": f"<a {NAMESPACE}><ofd:Page PageID='0'><ofd:FileLoc>Annot.xml</ofd:FileLoc></ofd:Page></a>",
        "Doc_0/Annot.xml": f"<a {NAMESPACE}>{text('内部水印', 20, 40)}</a>",
        "Doc_0/Attach.xml": f"<a {NAMESPACE}><ofd:Attachment ID='1' Name='申请表.docx'/></a>",
    }
    document = "<ofd:Annotations>Annots.xml</ofd:Annotations><ofd:Attachments>Attach.xml</ofd:Attachments>"
    extract = extracted(tmp_path, ofd(page(objects), extra=extra, document=document))
    assert extract.text == "正文\n"
    assert extract.warnings == (
        "annotations and watermarks left out: 1",
        "attachment inside left out: 申请表.docx",
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda name: name.replace("/", "\\"), id="backslashes"),
        pytest.param(str.upper, id="case"),
        pytest.param(lambda name: f"/{name}", id="leading slash"),
    ],
)
def test_names_of_parts_vary(tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    members = {change(name): content for name, content in ofd(page(text("正文", 20, 20))).items()}
    members["OFD.xml"] = ofd()["OFD.xml"].replace("Doc_0/", "/Doc_0/")
    assert extracted(tmp_path, members).text == "正文\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("http://www.ofdspec.org/2016", "http://www.ofdspec.org", id="older"),
        pytest.param("ofd:", "", id="none"),
        pytest.param("ofd:", "x:", id="another prefix"),
    ],
)
def test_namespaces_vary(tmp_path: Path, old: str, new: str) -> None:
    members = {
        name: content.replace("xmlns:ofd=", f"xmlns{':x' if new == 'x:' else ':ofd'}=").replace(old, new)
        for name, content in ofd(page(text("正文", 20, 20))).items()
    }
    members = {name: content.replace("xmlns:x:=", "xmlns:x=") for name, content in members.items()}
    assert extracted(tmp_path, members).text == "正文\n"


def test_a_package_may_hold_several_documents(tmp_path: Path) -> None:
    members = ofd(page(text("第一份", 20, 20)))
    body = "<ofd:DocBody><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    members["OFD.xml"] = members["OFD.xml"].replace("</ofd:OFD>", body)
    members["Doc_1/Document.xml"] = members["Doc_0/Document.xml"]
    members["Doc_1/Pages/0.xml"] = page(text("第二份", 20, 20))
    assert extracted(tmp_path, members).text == "第一份\n第二份\n"


def test_pages_of_paths_have_no_text_and_encrypted_packages_are_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(NoTextError):
        extracted(tmp_path, ofd(page("<ofd:PathObject/>")))
    with pytest.raises(EncryptedDocumentError):
        extracted(tmp_path, {**ofd(page(text("正文", 20, 20))), "Encryptions.xml": "<x/>"})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("Doc_0/Document.xml", "../../etc/passwd", id="outside"),
        pytest.param("<ofd:OFD", '<!DOCTYPE x [<!ENTITY a "b">]><ofd:OFD', id="entities"),
        pytest.param("</ofd:OFD>", "", id="torn"),
    ],
)
def test_hostile_packages_are_refused(tmp_path: Path, old: str, new: str) -> None:
    members = ofd(page(text("正文", 20, 20)))
    members["OFD.xml"] = members["OFD.xml"].replace(old, new)
    with pytest.raises(DamagedDocumentError):
        extracted(tmp_path, members)


@pytest.mark.parametrize("deltas", ["g 999999999 1", "g", "g x y", "nan inf 1e999", "-1 " * 1000])
def test_odd_distances_are_survived(tmp_path: Path, deltas: str) -> None:
    objects = text("正文", 20, 20, code=f'DeltaX="{deltas}" DeltaY="{deltas}"') + text(
        "乙", 1e300, float("nan")
    )
    try:
        shown = extracted(tmp_path, ofd(page(objects))).text
    except ExtractionError:
        pytest.fail("an odd distance is no reason to refuse a page")
    assert set("正文乙") <= set(shown)
