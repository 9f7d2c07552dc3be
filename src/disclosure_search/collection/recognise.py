"""What a document says of itself: its metadata with where each value stood, its body without page furniture.

Inside the file, meta tags and metadata tables are believed before labelled lines, these before the title line
and the signature, these before properties and the file name. Where the stronger ones disagree, it is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from disclosure_search.collection import head as heads
from disclosure_search.collection.furniture import is_furniture, without_furniture
from disclosure_search.collection.links import sort_links
from disclosure_search.collection.moments import find_moments, iso, parse_moment
from disclosure_search.collection.numbers import find_numbers, normalise
from disclosure_search.collection.signature import find_signature
from disclosure_search.extract import Extract, Link, labels
from disclosure_search.extract.clean import clean_line

__all__ = ["Recognised", "parse_moment", "recognise"]

META, TABLE, LINE, TIME, HEAD, TITLE, SIGNATURE, PROPERTY, NAME = (
    "meta tag",
    "metadata table",
    "text head",
    "时间 line",
    "text head",
    "title line",
    "signature",
    "file property",
    "file name",
)
_META_FIELDS = {
    "articletitle": "title",
    "pubdate": "published",
    "publishdate": "published",
    "columnname": "column",
    "keywords": "keywords",
    "description": "description",
    "url": "url",
    "canonical": "url",
    "og:url": "url",
    "og:title": "title",
    "indexno": "index_number",
    "fileno": "number",
}
_NO_VALUES = frozenset(
    {"", "null", "none", "undefined", "无", "-", "--", "—", "/", "暂无", "空", "nan", "n/a"}
)
_SITE = re.compile(
    r"(?:网|网站|门户|本站原创|本站|原创|转载|互联网|客户端|公众号|管理员|admin)$|^https?:", re.IGNORECASE
)
_JUNK_TITLE = re.compile(
    r"Microsoft|PowerPoint|\.(?:docx?|wps|xlsx?|et|pdf|pptx?|cdr)$|untitled|无标题|^文档\s?\d|^新建|^Book\d|^工作簿|幻灯片|^Sheet\d"
    r"|^\W*$|^[\d\W_]+$|文件模板|^标题$|[\u0080-\u02ff\u2044]",
    re.IGNORECASE,
)
_SITE_SUFFIX = re.compile(
    r"\s*[_|｜]\s*[^_|｜]{2,40}$|\s*(?:--|—{1,2}|\s-\s|-)\s*[^-—]{2,30}(?:网|网站|政府|门户|局|委|厅)$"
)
_SPACES = re.compile(r"\s+")
_MOST_CITED = 200
# Beyond this no signature is looked for: the head and the tail of a text hold it.
_SEARCHED_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Recognised:
    """`values`: field → (value, source), the sources being the words above; interpretations have their kind
    as `section`."""

    values: dict[str, tuple[str, str]]
    body: str
    attachments: tuple[Link, ...]
    interpretations: tuple[Link, ...]
    cited: tuple[str, ...]
    conflicts: tuple[str, ...]


@dataclass(slots=True)
class _Claims:
    """All that is said of each field, the strongest first."""

    held: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, name: str, value: str, source: str) -> None:
        value = _usable(name, value)
        if value:
            self.held.setdefault(name, []).append((value, source))

    def best(self, name: str) -> str:
        return self.held.get(name, [("", "")])[0][0]

    def conflicts(self) -> tuple[str, ...]:
        found = []
        for name in ("number", "index_number", "issued", "published", "agency"):
            said = self.held.get(name, [])
            first = said[0] if said else ("", "")
            for value, source in said[1:]:
                if source not in (first[1], NAME, TITLE) and not _agree(name, value, first[0]):
                    found.append(f"{name}: {first[1]} says {first[0]}, {source} says {value}")
        return tuple(dict.fromkeys(found))


def recognise(extract: Extract, stem: str) -> Recognised:
    """`stem`: the file name without its ending, the last resort for a title."""
    lines = extract.text.split("\n")
    length = heads.head_length(lines)
    title = heads.find_title(lines, length)
    claims = _Claims()
    _from_metadata(claims, extract)
    _from_head(claims, lines[:length])
    _add_title(claims, extract, title, stem)
    claims.add("number", heads.own_number(lines, length), HEAD)
    _from_signature(claims, lines, length)
    _weak(claims, extract, stem)
    if claims.best("description") == claims.best("title"):
        claims.held.pop("description", None)
    attachments, interpretations = sort_links(extract.links)
    own = {value for value, _ in claims.held.get("number", [])}
    cited = dict.fromkeys(found.text for found in find_numbers(extract.text) if found.text not in own)
    return Recognised(
        values={name: said[0] for name, said in claims.held.items()},
        body=_body(lines, title, claims.best("title")),
        attachments=attachments,
        interpretations=interpretations,
        cited=tuple(cited)[:_MOST_CITED],
        conflicts=claims.conflicts(),
    )


def _from_metadata(claims: _Claims, extract: Extract) -> None:
    """ContentSource comes last: it may be an abbreviation, or the medium of a reprint."""
    pairs = [(*key.partition(":")[::2], value) for key, value in extract.metadata]
    for origin, name, value in pairs:
        if origin == "meta" and name.lower() != "contentsource":
            claims.add(_META_FIELDS.get(name.lower(), ""), value, META)
    for wanted, source in (("table", TABLE), ("line", LINE)):
        for origin, name, value in pairs:
            if origin == wanted:
                _labelled(claims, name, value, source)
    for _, name, value in pairs:
        if name.lower() == "contentsource" and heads.is_agency(clean_line(value)):
            claims.add("agency", value, META)


def _labelled(claims: _Claims, label: str, value: str, source: str) -> None:
    name = labels.field_of(label)
    if name == "published" and source == LINE:
        source = TIME
    if name and name != "source":
        claims.add(name, value, source)


def _from_head(claims: _Claims, lines: list[str]) -> None:
    plain = [heads.bare(line) for line in lines]
    for label, value in labels.pairs(plain):
        _labelled(claims, label, value, LINE)
    for line in plain:
        found = next(find_moments(line), None) if len(line) < 200 else None
        if found is None or found.start > 2:
            continue
        rest = line[found.end :].strip(" :0）)")
        if (":" in line[: found.end] and not rest) or next(labels.pairs([rest]), None) is not None:
            claims.add("published", iso(found.moment), TIME)


def _add_title(claims: _Claims, extract: Extract, title: heads.Title | None, stem: str) -> None:
    """A line of the text beats `<title>`, which carries the names of sites, when the latter contains it."""
    page = _SITE_SUFFIX.sub("", _SITE_SUFFIX.sub("", extract.title))
    page = "" if _JUNK_TITLE.search(page) else page
    if extract.reader == "xlsx":
        page, title = "", _sheet_title(extract.text)
    headings = [value for key, value in extract.metadata if key == "heading:h1" and len(value) > 5]
    line = title.text if title is not None else ""
    for heading in headings:
        if not heads.is_agency(heading) and not _SITE.search(heading):
            claims.add("title", heading, TITLE)
    if line and (
        heads.is_titled(line) or (title is not None and title.is_marked) or not page or line in extract.title
    ):
        claims.add("title", _without_number(line), TITLE)
    if extract.reader == "html" and len(page) > 3:
        claims.add("title", page, PROPERTY)
    claims.add("title", line, TITLE)
    if len(page) > 3:
        claims.add("title", page, PROPERTY)
    claims.add("title", stem, NAME)


def _sheet_title(text: str) -> heads.Title | None:
    """Of the lines before the first row of several cells the one that reads like a title."""
    lines = text[:4_000].split("\n")
    first_row = next((number for number, line in enumerate(lines) if "\t" in line), 0)
    wanted = [line for line in lines[: min(first_row, 6)] if len(line) >= 8 or heads.is_titled(line)]
    return heads.Title(max(wanted, key=len), 0, 0, is_marked=False) if wanted else None


def _without_number(title: str) -> str:
    """A 文号 in brackets at the end belongs to the document, not to its title."""
    found = list(find_numbers(title)) if title.endswith((")", "）", "]", "】")) else []
    if found and found[-1].end == len(title) - 1 and title[found[-1].start - 1] in "(（[【":
        return title[: found[-1].start - 1].strip() or title
    return title


def _from_signature(claims: _Claims, lines: list[str], length: int) -> None:
    signature = find_signature(lines[:_SEARCHED_LINES], length)
    claims.add("issued", signature.issued, SIGNATURE)
    claims.add("agency", signature.agency, SIGNATURE)
    for line in lines[:length]:
        plain = heads.bare(line)
        if heads.is_only_date(plain) and next(labels.pairs([plain]), None) is None:
            found = next(find_moments(plain))
            claims.add("issued", iso(found.moment)[:10], HEAD)


def _weak(claims: _Claims, extract: Extract, stem: str) -> None:
    """What only hints: the source that a page names, the issuer in a title, the file's name."""
    issuer = re.match(r"(.{2,40}?)(?:关于|印发|转发)", claims.best("title"))
    if issuer and heads.is_agency(issuer.group(1)):
        claims.add("agency", issuer.group(1), TITLE)
    for key, value in extract.metadata:
        if labels.field_of(key.partition(":")[2]) == "source" and heads.is_agency(value):
            claims.add("agency", value, LINE)
    named = next(find_numbers(stem), None)
    if named is not None:
        claims.add("number", named.text, NAME)


def _usable(name: str, value: str) -> str:
    """The value in its normal form; empty when it is none."""
    value = clean_line(value) if name in ("title", "agency") else _SPACES.sub(" ", value).strip()
    if not name or value.lower() in _NO_VALUES or is_furniture(value):
        return ""
    return _NORMAL[name](value) if name in _NORMAL else value[:5_000]


def _normal_moment(value: str) -> str:
    moment = parse_moment(value)
    return "" if moment is None else iso(moment)


def _normal_index(value: str) -> str:
    plain = value.replace(" ", "")
    return plain if re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z/_—–-]{4,40}", plain) else ""


_NORMAL: dict[str, Callable[[str], str]] = {
    "published": _normal_moment,
    "issued": lambda value: _normal_moment(value)[:10],
    "number": normalise,
    "index_number": _normal_index,
    "agency": lambda value: "" if _SITE.search(value) or len(value) > 100 else value,
    "url": lambda value: value if value.lower().startswith(("http://", "https://")) else "",
}


def _agree(name: str, value: str, other: str) -> bool:
    if name in ("published", "issued"):
        return value[:10] == other[:10]
    if name == "agency":
        value, other = (re.sub(r"[\s、,，;；]", "", one) for one in (value, other))
        return value in other or other in value
    return value == other


def _body(lines: list[str], title: heads.Title | None, chosen: str) -> str:
    """Everything that can be read must be findable: only the title itself and furniture go."""
    kept = lines
    wanted = _SPACES.sub("", chosen)
    if title is not None and wanted:
        joined = _SPACES.sub("", "".join(heads.bare(line) for line in lines[title.first : title.last + 1]))
        if joined == wanted:
            kept = lines[: title.first] + lines[title.last + 1 :]
    text = "\n".join(without_furniture(kept)).strip("\n")
    return text + "\n" if text else ""
