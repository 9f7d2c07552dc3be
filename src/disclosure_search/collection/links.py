"""The links of a page that belong to its document: attachments, and interpretations of the five kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable

from disclosure_search.document import INTERPRETATION_KINDS
from disclosure_search.extract import Link

_FILE = re.compile(
    r"\.(?:docx?|xlsx?|pptx?|pdf|wps|et|dps|ofd|ceb|odt|ods|rtf|txt|csv|zip|rar|7z|tif|tiff)(?:$|[?#&])",
    re.IGNORECASE,
)
_DOWNLOAD = re.compile(r"download|attach|/downfile|/P0\d{10,}", re.IGNORECASE)
_ATTACHMENT_SECTIONS = ("附件", "相关附件", "文件下载", "下载附件", "相关下载")
_INTERPRETATION_SECTIONS = frozenset(
    {
        "相关解读",
        "政策解读",
        "解读",
        "解读回应",
        "相关政策解读",
        "图解",
        "一图读懂",
        "专家解读",
        "部门解读",
        "媒体解读",
    }
)
_KIND_WORDS = (
    ("图片解读", ("一图", "图解", "图说", "长图", "图片", "读图", "海报")),
    ("视频解读", ("视频", "动画", "微课", "直播")),
    ("访谈解读", ("访谈", "专访", "答记者问", "问答", "发布会", "对话")),
    ("媒体报道", ("报道", "日报", "新华社", "晚报", "媒体")),
)
_SECTION_KINDS = {"图解": "图片解读", "一图读懂": "图片解读", "媒体解读": "媒体报道"}


def is_file_name(text: str) -> bool:
    return _FILE.search(text) is not None


def sort_links(links: Iterable[Link]) -> tuple[tuple[Link, ...], tuple[Link, ...]]:
    """Attachments and interpretations, each address once; an interpretation has its kind as section."""
    attachments: dict[str, Link] = {}
    interpretations: dict[str, Link] = {}
    for link in links:
        kind = _kind(link)
        if kind:
            interpretations.setdefault(link.href, Link(link.text, link.href, kind))
        elif _is_attachment(link):
            attachments.setdefault(link.href, link)
    return tuple(attachments.values()), tuple(interpretations.values())


def _kind(link: Link) -> str:
    if link.section in INTERPRETATION_KINDS:
        return link.section
    if link.section not in _INTERPRETATION_SECTIONS:
        return ""
    if link.section in _SECTION_KINDS:
        return _SECTION_KINDS[link.section]
    return next((kind for kind, words in _KIND_WORDS if any(word in link.text for word in words)), "文字解读")


def _is_attachment(link: Link) -> bool:
    if _FILE.search(link.href):
        return True
    if link.section.startswith(_ATTACHMENT_SECTIONS) and bool(link.text):
        return not link.href.lower().endswith((".html", ".htm", ".shtml", "/"))
    return link.text.startswith("附件") and _DOWNLOAD.search(link.href) is not None
