"""Who issued a document that nobody signed: what its order, its title, its number and its first sentence say."""

from __future__ import annotations

import re

from disclosure_search.collection.head import is_agency

_ISSUER = re.compile("(.{2,80}?)(?:关于|印发|转发|批转|公布|发布)")
_OF_YEAR = re.compile(r"(.{4,40}?)(?:19|20)\d\d ?年")
_ORDER = re.compile("(.{2,40})令(?:第|〔)")
_WRITTEN_BY = re.compile(
    "(?:本|该)(?:年度)?报告由([\u4e00-\u9fa5]{4,40}?)(?:根据|依据|依照|按照|编制|汇总|汇编|编写|撰写|负责)"
)
_QUOTED = re.compile("《([\u4e00-\u9fa5]{2,30}?(?:人民政府|委员会|局|厅))")
_SEPARATORS = re.compile(r"[、，,;；\s]")
_SEARCHED = 3_000


def of_title(title: str) -> str:
    """It stands before 关于 or, in yearly reports, before the year; joint issuers are joined by `;`."""
    for pattern in (_ISSUER, _OF_YEAR):
        found = pattern.match(title)
        names = [name for name in _SEPARATORS.split(found[1]) if name] if found else []
        if names and all(map(is_agency, names)):
            return ";".join(names)
    return ""


def of_order(number: str) -> str:
    """国务院令第707号 is the order of 国务院; 云政令〔2014〕3号 names nobody in full."""
    found = _ORDER.match(number)
    return found[1] if found and len(found[1]) > 2 and is_agency(found[1]) else ""


def of_text(text: str) -> str:
    """`本报告由…编制`: who wrote a yearly report."""
    found = _WRITTEN_BY.search(text[:_SEARCHED])
    return found[1] if found and is_agency(found[1]) else ""


def of_quoted(title: str, number: str) -> str:
    """海府〔2011〕33号 that puts into force the 《海口市人民政府工作规则》: the number begins as the name does."""
    found = _QUOTED.search(title)
    return found[1] if found and number[:1] == found[1][:1] and is_agency(found[1]) else ""


def parted(signature: str, title: str) -> str:
    """Issuers that have run together in the signature, as the title parts them: 国务院中央军委."""
    names = of_title(title)
    return names if ";" in names and names.replace(";", "") == signature else signature
