"""The record made from an original, and the one table of fields.

`FIELDS` drives the schema of the engines, the facets of the page, the keys of the interfaces, the names in the
query language and the headings of the catalogues: a new facet or scored field is one line there.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    TEXT = "text"  # cut into words and grams, scored
    KEYWORD = "keyword"  # matched whole
    DATE = "date"
    RECORD = "record"  # shown, not searched by itself


@dataclass(frozen=True, slots=True)
class Field:
    """`names` are what the query language, a catalogue heading or a sidecar may call the field besides
    `name` and `label`; `weight` is the share of a word found here in the score."""

    name: str
    label: str
    english: str
    kind: Kind
    names: tuple[str, ...] = ()
    facet: bool = False
    multiple: bool = False
    weight: float = 0.0
    vocabulary: str = ""

    @property
    def times(self) -> int:
        """How often its text counts among the joined texts; what counts less than once is scored by itself."""
        return int(self.weight)

    def is_called(self, name: str) -> bool:
        wanted = name.strip().casefold()
        return wanted in (self.name, self.label, self.english.casefold(), *self.names)


FIELDS: tuple[Field, ...] = (
    Field("title", "标题", "Title", Kind.TEXT, ("名称", "信息名称", "题名", "文件名称"), weight=1.0),
    Field("about", "著录", "Description fields", Kind.TEXT, weight=1.0),
    Field("body", "正文", "Text", Kind.TEXT, ("内容",), weight=1.0),
    Field("heading", "小标题", "Headings", Kind.TEXT, ("章节", "headings"), weight=2.0),
    Field("attachment", "附件", "Attachments", Kind.TEXT, ("attachments",), weight=0.6),
    Field("year", "年份", "Year", Kind.KEYWORD, ("年度", "年"), facet=True),
    Field(
        "category",
        "类别",
        "Category",
        Kind.KEYWORD,
        ("分类", "公开类别", "目录分类", "categories"),
        facet=True,
        multiple=True,
        vocabulary="categories",
    ),
    Field(
        "channel",
        "渠道",
        "Channel",
        Kind.KEYWORD,
        ("公开渠道", "发布渠道", "channels"),
        facet=True,
        multiple=True,
        vocabulary="channels",
    ),
    Field(
        "agency",
        "发布机构",
        "Agency",
        Kind.KEYWORD,
        ("机构", "发文机关", "发文机构", "公开机构", "信息来源"),
        facet=True,
        vocabulary="agencies",
    ),
    Field("genre", "体裁", "Genre", Kind.KEYWORD, ("文种", "体裁分类"), facet=True, vocabulary="genres"),
    Field("number", "文号", "Document number", Kind.KEYWORD, ("发文字号", "发布文号", "文件编号")),
    Field("index_number", "索引号", "Index number", Kind.KEYWORD, ("信息索引号",)),
    Field("openness", "公开方式", "Openness", Kind.KEYWORD, ("公开属性",), facet=True),
    Field("validity", "有效性", "Validity", Kind.KEYWORD, ("时效性", "时效"), facet=True),
    Field("issued", "成文日期", "Issued", Kind.DATE, ("发文日期", "生成日期", "产生日期")),
    Field("published", "发布日期", "Published", Kind.DATE, ("发布时间", "公开日期", "时间")),
    Field("expires", "到期日期", "Public until", Kind.DATE, ("公开期限", "到期日", "公示截止日期")),
    Field("audience", "公开范围", "Audience", Kind.RECORD),
    Field("withdrawn", "撤回", "Withdrawn", Kind.RECORD, ("撤下", "撤回原因")),
    Field("keywords", "关键词", "Keywords", Kind.RECORD, ("主题词",), multiple=True),
    Field("description", "内容概述", "Description", Kind.RECORD, ("摘要", "概述")),
    Field("url", "网址", "Published at", Kind.RECORD, ("原文地址", "在线链接地址", "链接")),
    Field("attachments", "附件文件", "Attachment files", Kind.RECORD, ("附件",), multiple=True),
    Field("interpretations", "相关解读", "Interpretations", Kind.RECORD, ("解读",), multiple=True),
    Field("publications", "公开记录", "Publications", Kind.RECORD, multiple=True),
    Field("remark", "备注", "Remark", Kind.RECORD),
)
BY_NAME: Mapping[str, Field] = {one.name: one for one in FIELDS}
TEXT_FIELDS: tuple[Field, ...] = tuple(one for one in FIELDS if one.kind is Kind.TEXT)
FACETS: tuple[Field, ...] = tuple(one for one in FIELDS if one.facet)
# What 公开方式 may say of a document that everybody may see; any other word keeps it inside.
OPEN = frozenset(
    (*("", "主动公开", "主动", "公开", "已公开", "全文公开", "全部公开", "面向社会", "面向社会公开", "向社会公开"),
     "社会公开", "对外公开", "网上公开", "网站公开", "public", "open")
)  # fmt: skip
INTERPRETATION_KINDS: tuple[str, ...] = ("文字解读", "图片解读", "视频解读", "访谈解读", "媒体报道")


class Audience(StrEnum):
    """公开范围. Only PUBLIC may ever leave the collection."""

    PUBLIC = "面向社会"
    APPLICANT = "面向申请人"
    INTERNAL = "面向本单位"


@dataclass(frozen=True, slots=True)
class Attachment:
    """`path` lies below the data folder and is empty where the file is not in the collection. `stated` tells those
    that a catalogue or sidecar names from those that the page itself links to. Until it is known where the file lies,
    `places` are the paths at which it may, besides `path`, the likeliest first."""

    name: str = ""
    path: str = ""
    url: str = ""
    text: str = ""
    size_bytes: int = 0
    sha256: str = ""
    stated: bool = False
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interpretation:
    """相关解读: `kind` is one of INTERPRETATION_KINDS; `doc_id` is set where it is a document of the collection. Until
    that is known, `places` are the paths at which it may lie, besides `path`, the likeliest first."""

    kind: str = ""
    title: str = ""
    url: str = ""
    path: str = ""
    doc_id: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication event: a document counts once however many it has. Where the same content was published under
    several descriptions, each event bears its own title and numbers, which find the document like its own."""

    channel: str = ""
    published: date | None = None
    url: str = ""
    path: str = ""
    title: str = ""
    number: str = ""
    index_number: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of one disclosure.

    `category` and `channel` hold vocabulary codes, or the text as found where the vocabulary lacks it.
    `published` may be a datetime; the year is that of `published`, else of `issued`, else the folder's. `recorded` is
    the day on which the index took the document as it is now.
    `headings` are those that a description names, besides those that stand in the text.
    `sources` says for each field where its value came from; `path` lies below the data folder. `suggested_category` is
    a code for staff to confirm where `category` holds none of the list: it is shown to them and counts nowhere.
    """

    doc_id: str
    title: str
    path: str
    body: str = ""
    sha256: str = ""
    size_bytes: int = 0
    format: str = ""
    agency: str = ""
    number: str = ""
    index_number: str = ""
    category: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    genre: str = ""
    filed_year: int | None = None
    issued: date | None = None
    published: date | None = None
    expires: date | None = None
    arrived: date | None = None
    recorded: date | None = None
    audience: str = Audience.PUBLIC
    openness: str = ""
    validity: str = ""
    withdrawn: str = ""
    keywords: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    description: str = ""
    url: str = ""
    remark: str = ""
    attachments: tuple[Attachment, ...] = ()
    interpretations: tuple[Interpretation, ...] = ()
    publications: tuple[Publication, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    suggested_category: str = ""
    suggested_because: str = ""
    warnings: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def year(self) -> int | None:
        day = self.published or self.issued
        return day.year if day else self.filed_year

    @property
    def about(self) -> str:
        """The description fields as one searchable text, with what the copies were called."""
        own = (self.number, self.index_number, self.agency, " ".join(self.keywords), self.description)
        events = (
            line for event in self.publications for line in (event.title, event.number, event.index_number)
        )
        copied = (line for line in events if line != self.title)
        return "\n".join(dict.fromkeys(line for line in (*own, *copied) if line))

    def withheld(self, today: date) -> str:
        """Why the document may not be shown to the public on that day; empty where it may."""
        if self.withdrawn:
            return f"withdrawn: {self.withdrawn}"
        if self.audience != Audience.PUBLIC:
            return f"audience: {self.audience}"
        if self.openness.casefold() not in OPEN:
            return f"openness: {self.openness}"
        if self.published and _day(self.published) > today:
            return f"embargoed until {_day(self.published).isoformat()}"
        if self.expires and _day(self.expires) < today:
            return f"expired on {self.expires.isoformat()}"
        return ""


def doc_id_of(index_number: str, sha256: str) -> str:
    """索引号 when there is one (its slashes would split an address), else the beginning of the content digest."""
    return index_number.strip().replace("/", "-").replace(" ", "") or sha256[:12]


def shown(path: str) -> str:
    """A path that can be printed on one line: names that are not UTF-8 are read as GB18030, else their bytes are
    escaped, as are line ends and characters that control a terminal or the direction of writing."""
    if path.isprintable():
        return path
    name = "/".join(map(_shown_name, path.split("/")))
    return "".join(_escaped(one) if unicodedata.category(one) in _CONTROLS else one for one in name)


_CONTROLS = ("Cc", "Cf", "Zl", "Zp")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _shown_name(name: str) -> str:
    """Each name by itself: one of another encoding may lie in a folder of ours."""
    raw = name.encode("utf-8", "surrogateescape")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def iso(day: date | None) -> str | None:
    """ISO 8601: a date, or a date with hours and minutes where the time is known."""
    if isinstance(day, datetime):
        return day.isoformat(timespec="minutes")
    return day.isoformat() if day else None


def parse_iso(text: str | None) -> date | None:
    """The reverse of `iso`; None for anything that is not one."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        return None


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def digest_of(*parts: str) -> str:
    """A short digest of several texts, safe against one running into the next."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(f"{len(part)}:".encode())
        whole.update(part.encode("utf-8", "surrogatepass"))
    return whole.hexdigest()[:16]
