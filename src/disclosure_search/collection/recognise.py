"""What a document says of itself: its metadata with where each value stood, its body without page furniture.

Inside the file, meta tags and metadata tables are believed before labelled lines, these before the title line
and the signature, these before properties and the file name. Where the stronger ones disagree, it is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from disclosure_search.collection import head as heads
from disclosure_search.collection import issuers
from disclosure_search.collection.claims import (
    ADDRESS,
    HEAD,
    LINE,
    MAIL,
    META,
    NAME,
    ORIGIN,
    PROPERTY,
    SIGNATURE,
    TABLE,
    TIME,
    TITLE,
    Claims,
    is_site,
    usable,
)
from disclosure_search.collection.furniture import without_furniture
from disclosure_search.collection.links import sort_links
from disclosure_search.collection.moments import day_in_address, find_moments, iso, parse_moment, passed_days
from disclosure_search.collection.numbers import find_numbers, in_name
from disclosure_search.collection.plausible import doubts
from disclosure_search.collection.restrictions import restricts
from disclosure_search.collection.signature import find_signature
from disclosure_search.extract import Extract, Link, labels
from disclosure_search.extract.clean import clean_line
from disclosure_search.vocabulary import Vocabulary

__all__ = ["Recognised", "parse_moment", "recognise"]

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
_JUNK_TITLE = re.compile(
    r"Microsoft|PowerPoint|\.(?:docx?|wps|xlsx?|et|pdf|pptx?|cdr)$|untitled|无标题|^文档\s?\d|^新建|^Book\d|^工作簿|幻灯片|^Sheet\d"
    r"|^\W*$|^[\d\W_]+$|〔\d{4}〕\d{0,4}号$|文件模板|^标题$|[\u0080-\u02ff\u2044]",
    re.IGNORECASE,
)
_SITE_SUFFIX = re.compile(
    r"\s*[_|｜]\s*[^_|｜]{2,40}$|\s*(?:--|—{1,2}|\s-\s|-)\s*[^-—]{2,30}(?:网|网站|政府|门户|局|委|厅)$"
)
_ENDED = re.compile(
    r"[（(【\[](?:已|现已)(?:被)?(废止|失效|修改)[）)】\]]$|^[（(【\[](?:已|现已)?(废止|失效)[）)】\]]"
)
_SPACES = re.compile(r"\s+")
_PAGES = ("html", "mhtml")
_SHEETS = ("xlsx", "xls", "ods", "excelxml")
_MOST_CITED = 200
_MOST_TORN = 120  # labels stand above the text
_MOST_ABOVE_TITLE = 15  # further down, a line stays in its text even where it has become the title
# Beyond this no signature is looked for: the head and the tail of a text hold it.
_SEARCHED_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Recognised:
    """`values`: field → (value, source), the sources being the words above; interpretations have their kind
    as `section`. `body` is the text without its title, `whole` with it."""

    values: dict[str, tuple[str, str]]
    body: str
    whole: str
    attachments: tuple[Link, ...]
    interpretations: tuple[Link, ...]
    cited: tuple[str, ...]
    conflicts: tuple[str, ...]


def recognise(extract: Extract, stem: str, agencies: Vocabulary | None = None) -> Recognised:
    """`stem`: the file name without its ending, the last resort for a title."""
    shown = extract.text.split("\n")
    lines = labels.rejoined(shown[:_MOST_TORN]) + shown[_MOST_TORN:]
    length = heads.head_length(lines)
    title = _page_line(lines[:length], extract) or heads.find_title(lines, length, _elsewhere(extract))
    claims = Claims()
    _from_metadata(claims, extract)
    _from_head(claims, lines[:length])
    _add_title(claims, extract, title, stem)
    claims.add("number", heads.own_number(lines, length), HEAD)
    trouble = _from_signature(claims, lines, length)
    _add_themes(claims, extract)
    _weak(claims, extract, lines[:length], stem)
    if not claims.best("published"):
        claims.add("published", dict(extract.metadata).get("mail:Date", ""), MAIL)
    if claims.best("description") == claims.best("title"):
        claims.held.pop("description", None)
    attachments, interpretations = sort_links(extract.links)
    own = {value for value, _ in claims.held.get("number", [])}
    values = {name: said[0] for name, said in claims.held.items()}
    cited = dict.fromkeys(found.text for found in find_numbers(extract.text) if found.text not in own)
    return Recognised(
        values=values,
        body=_body(shown, title, claims.best("title")),
        whole=_whole(shown, claims),
        attachments=attachments,
        interpretations=interpretations,
        cited=tuple(cited)[:_MOST_CITED],
        conflicts=(*claims.conflicts(agencies or Vocabulary()), *trouble, *doubts(values)),
    )


def _from_metadata(claims: Claims, extract: Extract) -> None:
    """ContentSource comes last: it may be an abbreviation, or the medium of a reprint."""
    pairs = [(*key.partition(":")[::2], value) for key, value in extract.metadata]
    for origin, name, value in pairs:
        if origin == "mail" and name == "Subject":  # whoever sent it is a person: From gives no agency
            claims.add("title", value, MAIL)
        if origin == "meta" and name.lower() != "contentsource":
            claims.add(_META_FIELDS.get(name.lower(), ""), value, META)
    for wanted, source in (("table", TABLE), ("line", LINE)):
        for origin, name, value in pairs:
            if origin == wanted:
                _labelled(claims, name, value, source)
    for _, name, value in pairs:
        if name.lower() == "contentsource" and heads.is_agency(clean_line(value)):
            claims.add("agency", value, META)


def _labelled(claims: Claims, label: str, value: str, source: str) -> None:
    name = labels.field_of(label)
    if name == "published" and source == LINE:
        source = TIME
    if name == "category" and restricts(value):
        name = "openness"
    if name and name not in ("source", "theme"):
        claims.add(name, value, source)


def _from_head(claims: Claims, lines: list[str]) -> None:
    plain = [heads.bare(line) for line in lines]
    for label, value in labels.pairs(plain):
        _labelled(claims, label, value, LINE)
    first = next(filter(None, plain), "")
    if heads.is_stamped(first):
        claims.add("published", iso(next(find_moments(first)).moment), TIME)
    for line in plain:
        found = next(find_moments(line), None) if len(line) < 200 else None
        if found is None or found.start > 2:
            continue
        rest = line[found.end :].strip(" :0）)")
        if (":" in line[: found.end] and not rest) or next(labels.pairs([rest]), None) is not None:
            claims.add("published", iso(found.moment), TIME)


def _add_title(claims: Claims, extract: Extract, title: heads.Title | None, stem: str) -> None:
    """A line of the text beats `<title>`, which carries the names of sites, when the latter contains it."""
    page = _page_title(extract)
    if extract.reader in _SHEETS:
        page, title = "", _sheet_title(extract.text)
    headings = [value for key, value in extract.metadata if key == "heading:h1" and len(value) > 5]
    line = title.text if title is not None else ""
    for heading in headings:
        if not heads.is_agency(heading) and not is_site(heading):
            claims.add("title", heading, TITLE)
    if line and (
        heads.is_titled(line) or (title is not None and title.is_marked) or not page or line in page
    ):
        claims.add("title", _without_number(line), TITLE)
    if extract.reader in _PAGES and len(page) > 3:
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


def _from_signature(claims: Claims, lines: list[str], length: int) -> tuple[str, ...]:
    """What stands there and cannot be told for certain."""
    signature = find_signature(lines[:_SEARCHED_LINES], length)
    claims.add("issued", signature.issued, SIGNATURE)
    claims.add("agency", issuers.parted(signature.agency, claims.best("title")), SIGNATURE)
    for line in lines[:length]:
        plain = heads.bare(line)
        if heads.is_only_date(plain) and next(labels.pairs([plain]), None) is None:
            found = next(find_moments(plain))
            claims.add("issued", iso(found.moment)[:10], HEAD)
    for day in passed_days(map(heads.bare, lines[:length])):
        claims.add("issued", iso(day), HEAD)
    return (
        (f"issued: signature says {signature.doubt}, which may be several days",) if signature.doubt else ()
    )


def _add_themes(claims: Claims, extract: Extract) -> None:
    """主题分类 is the state's list of themes: words for the document, and none of the categories of disclosure."""
    found = (value for key, value in extract.metadata if labels.field_of(key.partition(":")[2]) == "theme")
    themes = dict.fromkeys(value.replace("\\", ";") for value in found if usable("keywords", value))
    if themes:
        words, source = claims.held.pop("keywords", [("", TABLE)])[0]
        claims.add("keywords", ";".join(filter(None, (words, *themes))), source)


def _weak(claims: Claims, extract: Extract, head: list[str], stem: str) -> None:
    """What only hints: the source that a page names, the issuer in a title, the file's name."""
    claims.add("agency", issuers.of_order(claims.best("number")), HEAD)
    claims.add("agency", issuers.of_title(claims.best("title")), TITLE)
    named_sources = [(key.partition(":")[2], value) for key, value in extract.metadata]
    for label, value in [*named_sources, *labels.pairs(map(heads.bare, head))]:
        if labels.field_of(label) == "source" and heads.is_agency(value):
            claims.add("agency", value, ORIGIN)
    claims.add("agency", issuers.of_text(extract.text), LINE)
    claims.add("agency", issuers.of_quoted(claims.best("title"), claims.best("number")), TITLE)
    claims.add("number", in_name(stem), NAME)
    ended = _ENDED.search(claims.best("title"))
    claims.add("validity", (ended[1] or ended[2]) if ended else "", TITLE)
    claims.add("published", day_in_address(claims.best("url")), ADDRESS)


def _elsewhere(extract: Extract) -> frozenset[str]:
    """Lines that are no titles of this page: what it links to, unless its own `<title>` says the same."""
    page = _page_title(extract)
    return frozenset(link.text for link in extract.links if link.text and link.text != page)


def _page_line(head: list[str], extract: Extract) -> heads.Title | None:
    """The line that `<title>` repeats: in a page laid out by tables, cells of its navigation stand above it."""
    page = _SPACES.sub("", _page_title(extract)) if extract.reader in _PAGES else ""
    at = next((number for number, line in enumerate(head) if page and _SPACES.sub("", line) == page), None)
    is_title = at is not None and len(page) > 4 and not (heads.is_agency(page) or is_site(page))
    return heads.Title(head[at].strip(), at, at, is_marked=False) if at is not None and is_title else None


def _page_title(extract: Extract) -> str:
    """Without the names of sites."""
    page = _SITE_SUFFIX.sub("", _SITE_SUFFIX.sub("", extract.title))
    return "" if _JUNK_TITLE.search(page) else page


def _whole(lines: list[str], claims: Claims) -> str:
    """With the title, also where the page shows it apart from its text."""
    text = "\n".join(without_furniture(lines)).strip("\n")
    title, source = claims.held.get("title", [("", NAME)])[0]
    if source in (META, TABLE, TITLE) and _SPACES.sub("", title) not in _SPACES.sub("", text[:20_000]):
        text = f"{title}\n{text}".strip("\n")
    return text + "\n" if text else ""


def _body(lines: list[str], title: heads.Title | None, chosen: str) -> str:
    """Everything that can be read must be findable: only the title itself and furniture go."""
    kept = lines
    wanted = _SPACES.sub("", chosen)
    if title is not None and wanted:
        joined = _SPACES.sub("", "".join(heads.bare(line) for line in lines[title.first : title.last + 1]))
        is_above = sum(1 for line in lines[: title.first] if line.strip()) <= _MOST_ABOVE_TITLE
        if joined == wanted and is_above:
            kept = lines[: title.first] + lines[title.last + 1 :]
    text = "\n".join(without_furniture(kept)).strip("\n")
    return text + "\n" if text else ""
