"""Single and double bytes of the code pages that DOC and RTF name by number."""

from __future__ import annotations

import codecs
import re
from functools import cache

from disclosure_search.extract._encoding import rare_share

_NAMES = {
    936: "gb18030", 950: "big5hkscs", 932: "cp932", 949: "cp949", 1361: "johab", 65001: "utf-8", 10000: "mac_roman",
    10008: "gb18030", 10002: "big5hkscs", 10001: "cp932", 54936: "gb18030", 20936: "gb18030",
}  # fmt: skip
# Charsets of fonts, and the primary languages of documents.
CHARSET_PAGES = {
    128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
    186: 1257, 204: 1251, 222: 874, 238: 1250, 77: 10000,
}  # fmt: skip
LANGUAGE_PAGES = {
    0x04: 936,
    0x11: 932,
    0x12: 949,
    0x19: 1251,
    0x22: 1251,
    0x15: 1250,
    0x05: 1250,
    0x08: 1253,
    0x1F: 1254,
}
_TRADITIONAL = (0x0404, 0x0C04, 0x1404)
_HIGH_PAIRS = re.compile(rb"(?:[\x81-\xfe][\x40-\xfe]){2,}")


def page_of_language(language: int) -> int:
    return 950 if language in _TRADITIONAL else LANGUAGE_PAGES.get(language & 0x3FF, 1252)


@cache
def _codec(page: int) -> str:
    name = _NAMES.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def decode_page(data: bytes, page: int) -> str:
    """Bytes that are said to be Western, but read well as Chinese, are Chinese: programs forget to say so."""
    if page in (0, 1252) and not data.isascii():
        if _HIGH_PAIRS.search(data):
            text = data.decode("gb18030", "replace")
            han = sum("\u4e00" <= char <= "\u9fff" for char in text)
            if han >= 4 and "\ufffd" not in text and rare_share(text) < 0.1:
                return text
        return data.decode("cp1252", "replace")
    return data.decode(_codec(page), "replace")
