"""The head of a text: from its top to its first sentence, where title, number and labelled values stand."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from disclosure_search.collection.moments import find_moments
from disclosure_search.collection.numbers import find_numbers, normalise, without_signs
from disclosure_search.extract import labels

_MOST_LINES = 60
_LONGEST_TITLE = 200
GENRES = (
    "通知|意见|决定|决议|公告|通告|公报|通报|批复|复函|函|报告|请示|议案|答复|命令|令|办法|规定|规则|细则|条例|章程|制度|方案|预案|规划|"
    "计划|纲要|要点|总结|目录|名单|公示|清单|指南|指引|标准|准则|守则|规程|预算|决算|纪要|说明|解读|简报|动态|表|书|法"
)
_COMPLETE = re.compile(rf"(?:{GENRES})(?:[（(《〔\[].{{0,60}})?$")
# Titles also break after these: the lines that follow may belong to them.
_WEAK_END = re.compile("(?:制度|表|书|法|目录|清单|标准|规划|计划|方案|规定|要点|报告)$")
_ABOUT = re.compile("关于|印发|转发|公布|批转|发布|对.{2,40}的答复")
_ADDRESSEE = re.compile(r".{2,}[:：]$")
_STANDARD = re.compile("(?:代替 ?)?(?:GB|DB|ICS|CCS)[/ \\d]")
_BREADCRUMB = re.compile(r"(?:您?当?前?的?所?在?位置|当前位置|首页)\s*[:：>＞»]|.{0,20}首页\s*[>＞»]")
_LETTERHEAD = re.compile(r"(?:(?!关于|印发|转发)[\u4e00-\u9fa5]){3,40}文件")
_PREFIXED = re.compile(".{1,3}[:：]")
_SIGNER = re.compile("签发人[:：]?.{0,12}$")
_MARKS = re.compile(r"^(?:#{1,6}\s+|\*\*|__)|(?:\*\*|__)$")
_SERIAL = re.compile(r"(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]|第[一二三四五六七八九十]+[章节条])")
_BARE_GENRE = re.compile(rf"(?:{GENRES}|启事|声明|简介|会议纪要)")
_NO_TITLES = frozenset({"返回顶部", "无障碍浏览", "中华人民共和国国家标准"})
_PROCLAIMED = re.compile("公布.{0,12}?《([^《》]{4,80})》")
_SERIAL_OF_NOTICE = re.compile(r"[（(]?(?:19|20)\d\d ?年 ?第 ?\d{1,4} ?号[)）]?")
_DAY_FOLLOWS = re.compile(r"[,，、 ]\s?(?:19|20)\d\d\s?年")
_SERIAL_OF_ORDER = re.compile("[（(]?第.{1,8}号[)）]?")
AGENCY_END = (
    "局|委员会|委|办公室|办公厅|办|政府|厅|部|院|署|会|中心|站|所|队|法院|检察院|银行|公司|协会|集团|处|科|组|指挥部|管委会|联席会议|"
    "大队|学校|大学|学院|馆|分行|支行|社|军|总部|街道|机关"
)
_AGENCY = re.compile(rf"[\u4e00-\u9fa5A-Za-z（）()、·]{{1,60}}(?:{AGENCY_END})")


class Title(NamedTuple):
    """`first` and `last` are the lines it covers; a marked title was declared one (`# …`)."""

    text: str
    first: int
    last: int
    is_marked: bool


def bare(line: str) -> str:
    """Without the marks of Markdown."""
    return _MARKS.sub("", line.strip()).strip().strip("*")


def head_length(lines: Sequence[str]) -> int:
    """How many lines come before the first sentence or the addressee."""
    seen = 0
    for number, line in enumerate(lines):
        if not line.strip() or line.startswith("# "):
            continue
        seen += 1
        if seen > _MOST_LINES:
            return number
        plain = bare(line)
        if labels.is_label(plain) or next(labels.pairs([plain]), None) is not None or _SIGNER.search(plain):
            continue
        is_addressee = _ADDRESSEE.fullmatch(plain) is not None and len(plain) > 3 and "http" not in plain
        if "。" in plain or is_addressee or len(plain) > _LONGEST_TITLE + 60:
            return number
    return len(lines)


def is_agency(text: str) -> bool:
    return len(text) <= 80 and _AGENCY.fullmatch(text) is not None and not _ABOUT.search(text)


def is_titled(text: str) -> bool:
    """It ends as titles do, and says what it is about."""
    return _COMPLETE.search(text) is not None and len(text) > 4


def find_title(lines: Sequence[str], length: int, elsewhere: Collection[str] = ()) -> Title | None:
    """The first line of the head that can be one, with the lines over which it is broken. `elsewhere` are lines that
    name other documents."""
    marked = [number for number in range(length) if lines[number].startswith("# ")]
    for number in marked + [number for number in range(min(length + 1, len(lines))) if number not in marked]:
        plain = bare(lines[number])
        if "\t" in lines[number] and not labels.mentions_label(plain):
            return None
        if (number >= length and not is_titled(plain)) or plain in elsewhere:
            continue
        if number not in marked and _ends_the_search(plain):
            return None
        if plain.endswith("令") and len(plain) < 30:
            return _proclaimed(lines, number) or Title(plain, number, number, is_marked=False)
        if _can_be_title(plain.rstrip("。") if number in marked else plain):
            return _with_next_lines(lines, number, length, is_marked=number in marked)
    return None


def _ends_the_search(plain: str) -> bool:
    """No title stands below a heading that only names a kind (公告), nor below running text or the items of a list:
    what looks like one there is a line of the text."""
    if _BARE_GENRE.fullmatch(plain) and len(plain) < 4:
        return True
    is_item = _SERIAL.match(plain) is not None and len(plain) > 12 and not is_titled(plain)
    return is_item or (len(plain) > 20 and plain[-1] in "；;，,")


def _proclaimed(lines: Sequence[str], number: int) -> Title | None:
    """An order has the title of what it puts into force; no line is the title's own."""
    found = _PROCLAIMED.search("".join(lines[number : number + 8])[:400])
    return Title(found.group(1), number, number, is_marked=False) if found else None


def _can_be_title(plain: str) -> bool:
    if (
        not 4 <= len(plain) <= _LONGEST_TITLE
        or "\t" in plain
        or plain[-1] in "。；;，,：:、"
        or plain.count("。")
    ):
        return False
    if (
        _BREADCRUMB.match(plain)
        or _STANDARD.match(plain)
        or _LETTERHEAD.fullmatch(plain)
        or _SERIAL.match(plain)
    ):
        return False
    if labels.is_label(plain) or labels.mentions_label(plain) or plain.startswith("|") or plain in _NO_TITLES:
        return False
    if not re.search(r"[\u3400-\u9fff]{2}|[A-Za-z]{4}", plain):
        return False
    return not (_is_only_number(plain) or is_only_date(plain) or is_stamped(plain))


def _with_next_lines(lines: Sequence[str], first: int, length: int, *, is_marked: bool) -> Title:
    """A title broken over lines goes on until it reads like one; if it never does, the first line is all."""
    text = bare(lines[first])
    if is_marked or (_COMPLETE.search(text) and _is_whole(text) and not _WEAK_END.search(text)):
        return Title(text, first, first, is_marked)
    joined, best, last = text, text, first
    for number in range(first + 1, min(first + 6, length, len(lines))):
        plain = bare(lines[number])
        if not _continues_title(plain):
            break
        joined += plain
        if _COMPLETE.search(joined) and _is_whole(joined) and _ABOUT.search(joined):
            best, last = joined, number
            if not _WEAK_END.search(joined):
                break
    return Title(best, first, last, is_marked)


def _continues_title(plain: str) -> bool:
    if (
        not plain
        or len(plain) > 60
        or plain[-1] in "。：:；;"
        or _is_only_number(plain)
        or is_only_date(plain)
    ):
        return False
    return not _SERIAL.match(plain) and next(labels.pairs([plain]), None) is None


def _is_whole(text: str) -> bool:
    return all(text.count(left) == text.count(right) for left, right in ("《》", "（）", "“”", "()"))


def _is_only_number(plain: str) -> bool:
    if _SERIAL_OF_ORDER.fullmatch(plain):
        return True
    found = next(find_numbers(plain), None)
    return found is not None and len(plain) - (found.end - found.start) <= 4


def is_stamped(plain: str) -> bool:
    """With the time of day at its end or beginning: the head of a message in a group, `群通知 2015/4/21 10:11`."""
    found = next(find_moments(plain), None)
    is_timed = found is not None and isinstance(found.moment, datetime)
    return (
        found is not None and is_timed and (found.start == 0 or found.end == len(plain)) and len(plain) < 60
    )


def is_only_date(plain: str) -> bool:
    """Nothing else on the line: 2014年1月1日施行 is another matter."""
    found = next(find_moments(plain), None)
    return found is not None and not (plain[: found.start] + plain[found.end :]).strip(" ()（）[]。")


def own_number(lines: Sequence[str], length: int) -> str:
    """On a line of its own near the head, or in brackets at the end of the title; never inside a sentence."""
    for number in range(min(length, len(lines))):
        plain = bare(lines[number])
        if mended := without_signs(plain):
            return mended
        following = bare(lines[number + 1]) if number + 1 < len(lines) else ""
        if plain.endswith("令") and len(plain) < 40 and _SERIAL_OF_ORDER.fullmatch(following):
            plain = f"{plain}{following}"
        if plain.endswith(("公告", "通告")) and _SERIAL_OF_NOTICE.fullmatch(following):
            return normalise(following + plain[-2:])
        for found in find_numbers(plain) if len(plain) <= 260 else ():
            if plain.startswith(("（", "(")) and plain[found.end :].startswith(("公布", "发布", "印发")):
                return found.text
            if found.start == 1 and plain[0] in "（(" and _DAY_FOLLOWS.match(plain, found.end):
                return found.text
            before, after = plain[: found.start].strip("(（*【[ "), plain[found.end :].strip(")）*】] ")
            if (not before and (not after or after.startswith(("签发人", "抄", "（", "(")))) or (
                not after
                and plain[found.start - 1 : found.start] in ("(", "（", "[", "【")
                and not _is_quoting(before)
            ):
                return found.text
    return ""


def _is_quoting(before: str) -> bool:
    return before.count("《") != before.count("》")
