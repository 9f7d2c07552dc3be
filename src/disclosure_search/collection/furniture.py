"""Lines of a page that are not of its document: buttons, QR captions, empty headings for interpretations."""

from __future__ import annotations

import re
from collections.abc import Iterable

from disclosure_search.document import INTERPRETATION_KINDS

_BUTTON = (
    r"打印|打印本页|打印此页|打印页面|关闭|关闭窗口|关闭本页|关闭页面|收藏|收藏本页|加入收藏|复制链接|分享|分享到|分享至|我要纠错|返回顶部|返回|"
    r"回到顶部|置顶|字号|字体|文字大小|字体大小|大|中|小|特大|超大|默认|默认字体|微信|微博|新浪微博|腾讯微博|QQ空间|QQ好友|人人网|朋友圈|更多|保存|下载|"
    r"上一页|下一页|上一篇|下一篇|视力保护色|无障碍|无障碍浏览|语音播报|扫一扫|手机版|简体|繁体|繁|EN|注销|登录|注册"
)
_GAP = r"[\s|｜/\[\]【】［］（）():：,，、·>＞<-]*"
# Spaces between Han are gone by now, so that buttons may stand without anything between them.
_BUTTONS = re.compile(rf"{_GAP}(?:(?:{_BUTTON}){_GAP})+")
_CAPTION = re.compile(
    r"扫一扫在?(?:手机|移动端|微信)?(?:上|端)?(?:查看|打开|浏览|分享)(?:到微信|当前页面|当前页|本页|此页|该页)?(?:面)?"
)
_ALWAYS = frozenset({"附件下载", "相关解读", *INTERPRETATION_KINDS} - {"媒体报道"})
_SIZE = re.compile(
    r"[【\[［]?(?:字号|字体|字体大小|文字大小)[:：]?[\s【\[]*(?:[大中小特超默认]{1,4}[\s】\]|]*){0,4}[】\]］]?"
)
_LONGEST = 40


def without_furniture(lines: Iterable[str]) -> list[str]:
    """Single characters such as 大 are buttons only in company: a line of one is kept."""
    kept: list[str] = []
    after_kind = False
    for line in lines:
        plain = line.strip().strip("：: ")
        drop = 0 < len(plain) <= _LONGEST and _is_furniture(plain, after_kind=after_kind)
        if plain:
            after_kind = drop and plain in _ALWAYS
        if not drop:
            kept.append(line)
    return _collapsed(kept)


def is_furniture(text: str) -> bool:
    """A value that is a button or a caption is none."""
    plain = text.strip().strip("：: ")
    return len(plain) <= _LONGEST and (
        _BUTTONS.fullmatch(plain) is not None or _is_furniture(plain, after_kind=False)
    )


def _is_furniture(plain: str, *, after_kind: bool) -> bool:
    if plain in _ALWAYS or (plain == "媒体报道" and after_kind):
        return True
    if _CAPTION.fullmatch(plain):
        return True
    words = plain.split()
    if len(words) > 1 and all(word in INTERPRETATION_KINDS or word == "相关解读" for word in words):
        return True
    return (len(plain) > 1 and _SIZE.fullmatch(plain) is not None) or (
        len(plain) > 3 and _BUTTONS.fullmatch(plain) is not None
    )


def _collapsed(lines: list[str]) -> list[str]:
    """At most one empty line where furniture has stood between two."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
