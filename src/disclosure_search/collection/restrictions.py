"""Which words keep an original from the public, and which of two statements about that is the stricter.

Whatever is not known to mean public is kept inside: a word that nobody has thought of may be the one that matters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from disclosure_search.collection.moments import any_day, is_past
from disclosure_search.collection.naming import loose
from disclosure_search.document import OPEN, Audience

DECIDING = ("audience", "openness", "withdrawn", "expires", "published")
ENDLESS = frozenset({"长期", "长期公开", "长期有效", "永久", "永久公开"})
_EVERYBODY = frozenset(
    {
        "",
        "面向社会",
        "社会",
        "公众",
        "社会公众",
        "公开",
        "全社会",
        "面向全社会",
        "面向公众",
        "面向社会公众",
        "社会公开",
    }
    | {"面向社会公开", "向社会公开", "全社会公开", "主动公开", "不限", "所有人", "public", "everybody"}
)
_YES = frozenset({"是", "可", "可以", "能", "有", "y", "yes", "true", "1", "√", "对"})
_NOT_WITHDRAWN = frozenset({"", "否", "没有", "无", "未撤回", "不", "no", "n", "false", "0"})
_NOT_SECRET = frozenset(
    [
        "",
        "否",
        "不",
        "无",
        "非密",
        "非涉密",
        "不涉密",
        "未涉密",
        "无密级",
        "公开",
        "普通",
        "一般",
        "no",
        "false",
        "public",
    ]
)
# 是否公开, 是否主动公开, 能否对外公开, 公开与否, 公开; 密级, 是否涉密, 保密等级.
_WHETHER_OPEN = re.compile("(?:是否|能否|可否)?(?:可|应)?(?:主动|对外|向社会)?公开(?:与否|否)?")
_WHETHER_SECRET = re.compile(
    "(?:文件|信息)?密级|(?:是否)?涉密(?:与否|否|等级|级别|情况|程度)?|(?:是否)?保密(?:等级|级别|程度)?|秘密等级|定密"
)
# What pages and catalogues call 公开形式 mostly names a place; only these words in it decide.
_HOW_OPEN = frozenset(
    {"公开方式", "公开属性", "公开形式", "公开类型", "公开类别", "公开类别方式", "公开程度", "公开类别形式"}
)
_RESTRICTS = re.compile(
    "依申请|不予公开|不公开|非公开|免予公开|免于公开|暂缓公开|暂不公开|部分公开|内部|保密|秘密|机密|绝密|涉密"
)
_LONGEST_WORD = 20


def audience_of(text: str) -> str:
    plain = loose(text)
    return Audience.PUBLIC if plain in _EVERYBODY else text.strip()


def openness_of(text: str) -> str:
    plain = loose(text)
    if plain in _YES:
        return "主动公开"
    return plain if plain in OPEN else text.strip()


def restricts(text: str) -> bool:
    """A word for what is not open to everybody, as the value of a label that may also say other things."""
    return len(text) <= _LONGEST_WORD and _RESTRICTS.search(loose(text)) is not None


def is_withdrawn(text: str) -> bool:
    return loose(text) not in _NOT_WITHDRAWN


def answer(heading: str, value: str) -> tuple[str, str] | None:
    """The field and value behind a question that a catalogue asks in its own words; None for other headings."""
    heading = loose(heading).rstrip("?:")
    if _WHETHER_OPEN.fullmatch(heading):
        return "openness", "主动公开" if loose(value) in _YES | OPEN else f"不予公开（{value.strip()}）"
    if _WHETHER_SECRET.fullmatch(heading):
        return ("", "") if loose(value) in _NOT_SECRET else ("audience", f"密级：{value.strip()}")
    if heading in _HOW_OPEN and restricts(value):
        return "openness", value.strip()
    if heading in ("公开形式", "公开类型", "公开程度", "公开类别方式", "公开类别形式"):
        return "", ""
    return None


def joined(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """Two descriptions of one file: the later values, but the strictest of those that decide who may see it."""
    both = [name for name in DECIDING if name in first and name in second]
    return {**first, **second} | {
        name: _strictest(name, str(first[name]), str(second[name])) for name in both
    }


def may_restrict(values: Mapping[str, object], today: date) -> bool:
    """Whether such a description keeps what it describes from the public, on that day or a later one."""
    texts = {name: str(values[name]).strip() for name in DECIDING if values.get(name)}
    published = texts.get("published", "")
    return (
        audience_of(texts.get("audience", "")) != Audience.PUBLIC
        or loose(openness_of(texts.get("openness", ""))) not in OPEN
        or is_withdrawn(texts.get("withdrawn", ""))
        or texts.get("expires", "长期") not in ENDLESS
        or (bool(published) and not is_past(published, today))
    )


def _strictest(name: str, first: str, second: str) -> str:
    if name == "expires":
        return min(first, second, key=_last_day)
    if name == "published":
        days = [any_day(first), any_day(second)]
        return first if days[0] is None or _plain(days[0]) > date.today() else second
    is_free = {
        "audience": audience_of(second) == Audience.PUBLIC,
        "openness": loose(openness_of(second)) in OPEN,
        "withdrawn": not is_withdrawn(second),
    }
    return first if is_free[name] else second


def _last_day(text: str) -> date:
    """What cannot be understood comes first: it holds its original back."""
    if text in ENDLESS:
        return date.max
    day = any_day(text)
    return _plain(day) if day else date.min


def _plain(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
