"""What the places of a document claim for each field, in their normal forms, and where they disagree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from disclosure_search.collection.furniture import is_furniture
from disclosure_search.collection.moments import any_day, iso, parse_moment
from disclosure_search.collection.numbers import normalise
from disclosure_search.collection.restrictions import openness_of, restricts
from disclosure_search.document import OPEN
from disclosure_search.extract.clean import clean_line
from disclosure_search.vocabulary import Vocabulary

META, MAIL, TABLE, LINE, TIME, HEAD, TITLE, SIGNATURE, PROPERTY, NAME, ADDRESS, ORIGIN = (
    "meta tag",
    "mail header",
    "metadata table",
    "text head",
    "时间 line",
    "text head",
    "title line",
    "signature",
    "file property",
    "file name",
    "address",
    "source line",
)
_HINTS = (NAME, TITLE, ADDRESS, ORIGIN)
_NO_VALUES = frozenset(
    {"", "null", "none", "undefined", "无", "-", "--", "—", "/", "暂无", "空", "nan", "n/a"}
)
_VALIDITY = {
    "是": "有效",
    "现行有效": "有效",
    "否": "失效",
    "已失效": "失效",
    "已废止": "废止",
    "已修订": "已修改",
    "修改": "已修改",
}
_SITE = re.compile(
    r"(?:网|网站|门户|本站原创|本站|原创|转载|互联网|客户端|公众号|管理员|admin)$|^https?:", re.IGNORECASE
)
_SPACES = re.compile(r"\s+")


@dataclass(slots=True)
class Claims:
    """All that is said of each field, the strongest first."""

    held: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, name: str, value: str, source: str) -> None:
        value = usable(name, value)
        if value:
            self.held.setdefault(name, []).append((value, source))

    def best(self, name: str) -> str:
        return self.held.get(name, [("", "")])[0][0]

    def conflicts(self, agencies: Vocabulary) -> tuple[str, ...]:
        """Names that the list of agencies gives to one of them do not disagree."""
        found = []
        for name in ("number", "index_number", "issued", "published", "agency"):
            said = self.held.get(name, [])
            first = said[0] if said else ("", "")
            for value, source in said[1:]:
                if source not in (first[1], *_HINTS) and not (
                    _agree(name, value, first[0])
                    or (name == "agency" and agencies.code_of(value) == agencies.code_of(first[0]))
                ):
                    found.append(f"{name}: {first[1]} says {first[0]}, {source} says {value}")
        return tuple(dict.fromkeys(found))


def is_site(text: str) -> bool:
    """Names of sites and makers of pages are no issuers."""
    return _SITE.search(text) is not None


def usable(name: str, value: str) -> str:
    """The value in its normal form; empty when it is none."""
    value = clean_line(value) if name in ("title", "agency") else _SPACES.sub(" ", value).strip()
    if not name or value.lower() in _NO_VALUES or is_furniture(value):
        return ""
    return _NORMAL[name](value) if name in _NORMAL else value[:5_000]


def _normal_moment(value: str) -> str:
    moment = parse_moment(value)
    return "" if moment is None else iso(moment)


def _normal_publication(value: str) -> str:
    """Also a day far ahead, which is an embargo."""
    moment = any_day(value)
    return "" if moment is None else iso(moment)


def _normal_openness(value: str) -> str:
    """Where a page tells the way of publication instead (网站、公示栏), it says nothing of who may see it."""
    openness = openness_of(value)
    return openness if openness.casefold() in OPEN or restricts(openness) else ""


def _normal_index(value: str) -> str:
    plain = value.replace(" ", "")
    return plain if re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z/_—–-]{4,40}", plain) else ""


_NORMAL: dict[str, Callable[[str], str]] = {
    "published": _normal_publication,
    "issued": lambda value: _normal_moment(value)[:10],
    "number": normalise,
    "openness": _normal_openness,
    "index_number": _normal_index,
    "validity": lambda value: _VALIDITY.get(value, value),
    "agency": lambda value: "" if is_site(value) or len(value) > 100 else value,
    "url": lambda value: value if value.lower().startswith(("http://", "https://")) else "",
}


def _is_short_for(value: str, other: str) -> bool:
    """国令第707号 and 国务院令第707号: the same digits, and the one code holds the characters of the other in order."""
    rest = iter(re.sub(r"\d", "", other))
    return re.findall(r"\d+", value) == re.findall(r"\d+", other) and all(
        char in rest for char in re.sub(r"\d", "", value)
    )


def _agree(name: str, value: str, other: str) -> bool:
    if name in ("published", "issued"):
        return value[:10] == other[:10]
    if name == "agency":
        value, other = (re.sub(r"[\s、,，;；]", "", one) for one in (value, other))
        return value in other or other in value
    if name == "number":
        return _is_short_for(value, other) or _is_short_for(other, value)
    return value == other
