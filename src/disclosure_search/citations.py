"""What a text cites: 《titles》 and 文号, each with a key under which the cited document is known.

The key of a title is its canonical text, with or without the prefix 中华人民共和国; that of a 文号 the fullest of its
lookup terms. An index keeps what a document is called (`calls`) and what it cites (`cites`) in the same form, so that
what cites a document, and how often, is one lookup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from disclosure_search import analysis
from disclosure_search.collection.numbers import find_numbers
from disclosure_search.document import Document, Publication

LONGEST_TITLE = 160  # characters between the marks; a mark that was never closed would swallow a page
BEFORE, AFTER = 64, 6  # characters of a 文号 before and behind its last digit
_STATE = "中华人民共和国"
_SIGNS = re.compile("[《》〈〉]")
_NUMBERED = re.compile("[0-9０-９一二三四五六七八九十百零〇]\\s{0,3}号")
_LEAD = re.compile("[按据见以及与]+(?=[\u4e00-\u9fa5]{2})")  # no code of an issuer begins so
# (2018年修正), (2009修订), (修订版): a title is cited without it
_AMENDED = re.compile("\\s*[（(][^（()）]{0,12}(?:修正|修订|修改)[^（()）]{0,4}[)）]$")
# 关于印发《补贴办法》的通知: what cites the rules means the notice that they came with
_ISSUED = re.compile("(?:印发|公布|发布|颁布|颁发)([^转]{4,120})的(?:通知|公告|通告|决定|命令|令)$")
# 专利法第十一条: what cites a document cites each part of it
_PART = re.compile(
    "(?:第[一二三四五六七八九十百千零〇0-9]{1,9}[编章节条款](?:之[一二三四五六七八九十]{1,3})?)+$"
)
# 依照行政许可法第四十六条: what is cited by its article needs no marks
_ARTICLE = re.compile(
    "([一-龥]{2,40}?(?:法典|法|条例|规定|办法|细则|规则|准则|解释))第[一二三四五六七八九十百千零〇]{1,9}条"
)
# What stands before such a name. Of a name that itself holds one of these only the end is taken, which is nobody's.
_LEADS = re.compile(
    ".*(?:依照|依据|根据|按照|参照|比照|违反|适用|符合|执行|属于|具有|构成|触犯|影响|关于|以及|或者|规定|上述|前述|有关|相关"
    "|实施(?!条例|办法|细则)|修[正改订][前后]|(?<!共)和|[的与及或在对由是为将把据按以有但除犯受])(?=.)"
)
_OWN = re.compile("(?:^|.*[本该此])(?:法典|法|条例|规定|办法|细则|规则|准则|解释)$")  # 本法第三条
# Short for a title that was given before, as in 以下简称《办法》: it names nobody.
_KINDS = frozenset(
    ("办法", "报告", "标准", "裁定", "裁决", "草案", "承诺书", "大纲", "方案", "附件", "纲要", "公报", "公告",
     "规程", "规定", "规范", "规划", "规则", "合同", "计划", "纪要", "解释", "决定", "决议", "命令", "名单",
     "名录", "目录", "批复", "清单", "实施办法", "实施方案", "实施细则", "实施意见", "条例", "通报", "通告",
     "通知", "通知书", "协定", "协议", "协议书", "细则", "意见", "议案", "预案", "责任书", "章程", "指导意见",
     "指南", "指引", "制度", "准则")
)  # fmt: skip


_FIELDS_OF_LAW = frozenset(("基本法", "新法", "旧法", "原法", "民法", "行政法", "法律解释", "司法解释"))


@dataclass(frozen=True, slots=True)
class Citation:
    """`text` stands at `start` to `end`; that of a title without its marks. One may stand inside another, as in
    《关于印发〈办法〉的通知》."""

    start: int
    end: int
    text: str
    key: str


def find(text: str) -> tuple[Citation, ...]:
    """In order of place, the outer before the inner."""
    found = (*_titles(text), *_unmarked(text), *_numbers(text))
    return tuple(sorted(found, key=lambda one: (one.start, -one.end)))


def title_key(title: str) -> str:
    """Empty for what names no particular document."""
    plain = analysis.canonical(title)
    short = plain.removeprefix(_STATE)
    plain = short if len(short) > 1 else plain
    return plain if len(plain) > 1 and plain not in _KINDS and not plain.isdecimal() else ""


def number_key(number: str) -> str:
    """Empty for what is no whole 文号."""
    terms = analysis.number_terms(number)
    is_whole = bool(terms) and len(terms[0]) > 4 and any(map(str.isdigit, terms[0])) and terms[0][0] != "|"
    return terms[0].removeprefix(_STATE) if is_whole and not terms[0].endswith("|") else ""


def calls(document: Document) -> tuple[str, ...]:
    """The keys under which others may cite the document: of its title, of what it is a part of, its 文号 and those of
    its copies."""
    named: tuple[Document | Publication, ...] = (document, *document.publications)
    titles = (one.title for one in named)
    keys = [title_key(form) for title in titles for form in _forms(title.strip())]
    return _distinct((*keys, *(number_key(one.number) for one in named)))


def _forms(title: str) -> tuple[str, ...]:
    whole = _PART.sub("", title)
    issued = _ISSUED.search(title)
    return title, _AMENDED.sub("", title), whole, _AMENDED.sub("", whole), issued[1] if issued else ""


def cites(document: Document) -> tuple[str, ...]:
    """The keys of all that its title, text and attachments cite, neither itself nor what is attached to it."""
    texts = (document.title, document.body, *(one.text for one in document.attachments))
    own = {*calls(document), *(title_key(PurePath(one.name).stem) for one in document.attachments)}
    return tuple(key for key in _distinct(one.key for text in texts for one in find(text)) if key not in own)


def _titles(text: str) -> Iterator[Citation]:
    opened: list[tuple[str, int]] = []
    for match in _SIGNS.finditer(text):
        sign, at = match[0], match.start()
        while opened and at - opened[0][1] > LONGEST_TITLE:
            opened.pop(0)
        if sign == "《" or (sign == "〈" and opened):
            opened.append((sign, match.end()))
            continue
        wanted = "《" if sign == "》" else "〈"
        while opened:
            opener, start = opened.pop()
            if opener == wanted:
                if key := title_key(text[start:at]):
                    yield Citation(start, at, text[start:at], key)
                break


def _unmarked(text: str) -> Iterator[Citation]:
    for match in _ARTICLE.finditer(text):
        lead = _LEADS.match(text, *match.span(1))
        start, end = lead.end() if lead else match.start(1), match.end(1)
        key = "" if _OWN.match(text, start, end) else title_key(text[start:end])
        if key and key not in _FIELDS_OF_LAW:
            yield Citation(start, end, text[start:end], key)


def _numbers(text: str) -> Iterator[Citation]:
    for low, high in _numbered(text):
        for number in find_numbers(text[low:high]):
            lead = _LEAD.match(number.text)
            start, end = low + number.start, low + number.end
            if lead and text.startswith(lead[0], start):
                start += lead.end()
            if text[end - 1] in ")）" and not re.search(
                "[(（]第", text[start:end]
            ):  # of the sentence around it
                end -= 1
            if key := number_key(number.text.removeprefix(text[low + number.start : start])):
                yield Citation(start, end, text[start:end], key)


def _numbered(text: str) -> Iterator[tuple[int, int]]:
    """The parts of the text that may hold a 文号: to look for issuers takes longer than all else."""
    low = high = 0
    for match in _NUMBERED.finditer(text):
        if match.start() - BEFORE > high:
            if high:
                yield low, high
            low = max(0, match.start() - BEFORE)
        high = match.end() + AFTER
    if high:
        yield low, high


def _distinct(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for key in keys if key))
