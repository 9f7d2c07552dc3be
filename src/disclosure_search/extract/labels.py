"""The labels that portals print before a value, and how pairs are read from lines.

Readers look for them in tables and page heads, recognition in the head of a text: one list for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

# Field, then its labels; `-` for labels whose values are not kept.
_TABLE = """
index_number 索引号 信息索引号 索引号码 信息索取号 索取号
title 标题 名称 信息名称 文件名称 公文名称 文件标题 信息标题 题名
agency 发布机构 发文机关 发文机构 发布单位 发文单位 发布机关 公开机构 制发机关 制发机构 制定机关 印发机关
agency 生成机构 信息生成机构 公开责任部门 责任部门 作出决定机关 信息来源单位
agency 作出处罚决定的机关名称 作出行政处罚决定的机关名称
number 文号 发文字号 发布文号 发文文号 文件编号 文件字号 公文文号 文件号 行政处罚决定书文号
issued 成文日期 发文日期 生成日期 产生日期 印发日期 签发日期 成文时间 发文时间 形成日期 生成时间
issued 作出处罚决定的日期 作出行政处罚决定的日期
published 发布日期 发布时间 公开日期 公开时间 发表时间 发表日期 上网时间 时间 日期 公布日期 发稿时间
published 信息发布时间
keywords 主题词 关键词 关键字
description 内容概述 摘要 信息概述 内容摘要 概述
category 分类 信息分类 组配分类 公开类别 信息类别 公开目录 目录分类 所属目录
genre 体裁分类 体裁 文种 公文种类 信息体裁
validity 有效性 时效性 文件状态 效力状态 是否有效 时效 效力
theme 主题分类
openness 公开方式 公开形式 公开属性 公开类型 公开程度 公开类别方式
audience 公开范围 信息公开范围 公开对象
url 在线链接地址 原文地址 原文链接
source 来源 信息来源 稿源 文章来源 文稿来源
- 归档时间 主题导航 服务对象 服务对象分类 公开时限 公开程序 信息格式 语种 作者
- 责任编辑 编辑 字号 字体 浏览次数 浏览量 点击数 点击率 阅读次数 阅读量 访问量 视力保护色 打印
- 分享 分享到 生效日期 失效日期 废止日期 实施日期 审核 撰稿 有效期 当前位置 抓取时间 更新时间
- 内容分类 文章类型 办文部门
"""


def _labels() -> dict[str, str]:
    rows = (line.split() for line in _TABLE.strip().split("\n"))
    return {label: field.strip("-") for field, *labels in rows for label in labels}


LABELS: dict[str, str] = _labels()
# Labels that lists and ordinary tables do not have.
DECISIVE = frozenset(
    label for label, field in LABELS.items() if field in ("index_number", "number", "agency")
)

_DECORATION = re.compile(r"[\s:：\[\]【】［］•·●*＊|｜]+")
_MARKERS = "•·●◆■▪*- "
_SPACED = "|".join(" ?".join(map(re.escape, label)) for label in sorted(LABELS, key=len, reverse=True))
_NAMED = rf"(?:[\[【［] ?({_SPACED}) ?[\]】］] ?[:：]?|({_SPACED}) ?\**[:：]\**)"
# A label counts at the start of a line or after a space; after another label anywhere, since the spaces
# between Han are gone: 来源:某市政府日期:2014-12-02.
_FIRST = re.compile(rf"(?:(?<=^)|(?<=[\s|｜•●*])){_NAMED}")
_FURTHER = re.compile(_NAMED)
_LONGEST_LINE = 600
_TORN = re.compile("([\u4e00-\u9fff]{1,6}) ?[:：]")
_LONGEST_TORN = 6
_LONGEST_VALUE = 300


def canonical(label: str) -> str:
    """`索 引 号：`, `【索引号】` and `索引号` are one label."""
    return _DECORATION.sub("", label)


def field_of(label: str) -> str:
    return LABELS.get(canonical(label), "")


def is_label(text: str) -> bool:
    return len(text) < 24 and canonical(text) in LABELS


def mentions_label(line: str) -> bool:
    """A label with its colon or brackets stands anywhere in the line."""
    return _FURTHER.search(line[:_LONGEST_LINE]) is not None


def rejoined(lines: Sequence[str]) -> list[str]:
    """As many lines, but a label that a line end has torn (`发文字`, `号：…`) stands whole on the later one."""
    mended = list(lines)
    for number in range(1, len(mended)):
        before = mended[number - 1]
        torn = _TORN.match(mended[number]) if before else None
        if torn is None:
            continue
        rest = torn.group(1)
        for length in range(min(_LONGEST_TORN, len(before)), 0, -1):
            is_more = before[-length:] + rest in LABELS and (rest not in LABELS or length == len(before))
            if is_more:
                mended[number - 1], mended[number] = before[:-length], before[-length:] + mended[number]
                break
    return _paired(mended)


def _paired(lines: Sequence[str]) -> list[str]:
    """As many lines, but labels without a colon have one, and their value beside it: where they stand above each other
    or in the cells of a row, two at least, and one of them decisive. A single such word may be the heading of anything.
    """
    mended = [_row(line) if "\t" in line else line for line in lines]
    filled = [number for number, line in enumerate(mended) if line.strip()]
    following = dict(pairwise(filled))
    places = [
        number for number, after in following.items()
        if _is_bare(mended[number]) and not is_label(mended[after]) and len(mended[after]) <= _LONGEST_VALUE
    ]  # fmt: skip
    if len(places) > 1 and any(canonical(mended[number]) in DECISIVE for number in places):
        for number in places:
            after = following[number]
            mended[number], mended[after] = f"{mended[number].strip()}:{mended[after].strip()}", ""
    return mended


def _row(line: str) -> str:
    cells = [cell.strip() for cell in line.split("\t")]
    names, values = cells[0::2], cells[1::2]
    is_whole = len(names) == len(values) > 0 and all(map(_is_bare, names)) and not any(map(is_label, values))
    if not is_whole or DECISIVE.isdisjoint(map(canonical, names)):
        return line
    return " ".join(f"{name}:{value}" for name, value in zip(names, values, strict=True))


def _is_bare(text: str) -> bool:
    return is_label(text) and not text.rstrip().endswith((":", "："))


def pairs(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(label, value) of all labelled values.

    A value may stand on the line after its label, but not on pages that print both on one line: there a label
    without a value has none.
    """
    waiting = ""
    is_inline = False
    for raw in _paired(list(lines)):
        line = raw.strip().lstrip(_MARKERS)
        if not line or len(line) > _LONGEST_LINE:
            waiting = "" if line else waiting
            continue
        first = _FIRST.search(line)
        found = [] if first is None else [first, *_FURTHER.finditer(line, first.end())]
        if waiting and not found and not is_inline:
            yield waiting, line
            waiting = ""
        for number, match in enumerate(found):
            end = found[number + 1].start() if number + 1 < len(found) else len(line)
            value = line[match.end() : end].strip(" \t|｜;；")
            label = canonical(match.group(1) or match.group(2))
            if value:
                yield label, value
            is_inline |= bool(value)
            waiting = "" if value else label
