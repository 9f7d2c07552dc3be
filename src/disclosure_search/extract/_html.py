"""HTML pages: the text of the document, the metadata around it, its attachments and interpretations."""

from __future__ import annotations

import re
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from disclosure_search.errors import NoTextError
from disclosure_search.extract import _xml, labels
from disclosure_search.extract._encoding import decode
from disclosure_search.extract._html_select import SELECTORS
from disclosure_search.extract._html_walk import MOST_LINKS, render
from disclosure_search.extract._model import Extract, Limits
from disclosure_search.extract.clean import clean, clean_line, clean_value

_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,30})", re.IGNORECASE)
_SAVED_FROM = re.compile(r"<!--\s{0,5}saved from url=\(\d{1,6}\)(https?://[^\s<>]{3,2000}?)\s{0,5}-->")
_MOST_META = 200
_LONGEST_ERROR = 400
_ERROR = re.compile(
    r"(?:页面|网页|文件|文章|信息|附件|内容|栏目|资源)(?:已经?)?(?:不存在|(?:被|已)?删除|找不到|无法(?:访问|显示|找到))|(?:无法|不能)(?:找到|显示|访问)(?:该|此|您)"
    r"|(?:^|\D)(?:40[0134]|50[0234])(?: |-|—|_)?(?:错误|Not Found|Forbidden|Error|Bad|Internal|页面|$)"
    r"|Not Found|Access Denied|Bad Gateway|Service Unavailable|Internal Server Error"
    r"|请(?:开启|启用)\s?JavaScript|(?:访问|请求)(?:被拒绝|过于频繁|被拦截)|请输入验证码|登录(?:超时|已过期)",
    re.IGNORECASE | re.MULTILINE,
)
_READABILITY_LENGTH = 1_000_000
# lxml leaves out what is nested deeper than about 255.
_READABILITY_DEPTH = 200


def read(path: Path, limits: Limits) -> Extract:  # noqa: ARG001 - the signature all readers share
    data = path.read_bytes()
    decoded = decode(data, _declared(data))
    try:
        return read_page(decoded.text, decoded.warnings)
    except NoTextError as error:
        raise NoTextError(str(path), error.what, error.remedy) from None


def read_page(source: str, warnings: tuple[str, ...] = ()) -> Extract:
    tree = LexborHTMLParser(_mended(source))
    body = tree.body
    if body is None:
        text, of_pictures = _of_pictures(tree)
        return Extract(text=text, is_doubtful=bool(of_pictures), warnings=(*warnings, *of_pictures))
    parts = _content_nodes(tree)
    frame = render(body, without=frozenset(part.mem_id for part in parts), skip_furniture=False)
    doubts: tuple[str, ...] = ()
    if parts:
        rendered = [render(part, frozenset(), skip_furniture=False) for part in parts]
        text = "\n".join(dict.fromkeys(part.text for part in rendered))  # some pages hold a copy for printing
        links = tuple(link for part in rendered for link in part.links) + frame.links
    else:
        text, doubts = _without_selector(source, body)
        links = frame.links
    text = clean(text)
    if not any(map(str.isalnum, text)):
        text, doubts = _of_pictures(tree)
    doubts += _of_errors(tree, text)
    return Extract(
        text=text,
        title=clean_line(_title(tree)),
        metadata=(
            *_meta_tags(tree),
            *_addresses(tree, source),
            *_headings(tree),
            *_table_pairs(tree),
            *_line_pairs(frame.text if parts else ""),
        ),
        links=links[:MOST_LINKS],
        is_doubtful=bool(doubts),
        warnings=(*warnings, *doubts),
    )


def _of_pictures(tree: LexborHTMLParser) -> tuple[str, tuple[str, ...]]:
    """A page that shows only pictures: what they are said to show."""
    pictures = tree.css("img")[:_MOST_META]
    said = (clean_line((node.attributes.get("alt") or "")[:1_000]) for node in pictures)
    text = clean("\n".join(dict.fromkeys(said)))
    if not any(map(str.isalnum, text)):
        if pictures or tree.css_first("frame, iframe") is not None:
            what = "pictures" if pictures else "frames, which are files of their own"
            raise NoTextError("", f"the page shows only {what}", "put a copy with text beside it")
        return "", ()
    return text, ("low confidence: the page shows only pictures, their descriptions are taken",)


def _of_errors(tree: LexborHTMLParser, text: str) -> tuple[str, ...]:
    """Servers answer with such pages and say that all is well."""
    if len(text) > _LONGEST_ERROR:
        return ()
    found = _ERROR.search(f"{_title(tree)}\n{text}")
    return (f"low confidence: an error page is suspected ({found[0].strip()})",) if found else ()


def _declared(data: bytes) -> str:
    head = data[:65536]
    match = _XML_ENCODING.match(head.lstrip()) or _CHARSET.search(head)
    return match.group(1).decode("ascii", "replace") if match else ""


def _mended(source: str) -> str:
    """NUL ends a text for some parsers, and a title that is never closed swallows the page."""
    source = source.replace("\x00", "")
    opened = re.search(r"<title\b[^>]{0,200}>", source[:65536], re.IGNORECASE)
    if opened and not re.search(r"</title", source[opened.end() :], re.IGNORECASE):
        return source[: opened.start()] + source[opened.end() :]
    return source


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return node.text() if node is not None else ""


def _meta_tags(tree: LexborHTMLParser) -> list[tuple[str, str]]:
    found = []
    for node in tree.css("meta")[:_MOST_META]:
        attributes = node.attributes
        name = attributes.get("name") or attributes.get("property")
        content = clean_value((attributes.get("content") or "")[:5_000])
        if name and content and name.lower() not in ("viewport", "renderer", "generator", "robots"):
            found.append((f"meta:{clean_line(name[:80])}", content))
    return found


def _addresses(tree: LexborHTMLParser, source: str) -> list[tuple[str, str]]:
    """Where the page was published: its canonical link, or what the browser that saved it noted."""
    canonical = tree.css_first("link[rel=canonical]")
    saved = _SAVED_FROM.search(source[:4_096])
    found = [
        (canonical.attributes.get("href") or "") if canonical is not None else "",
        saved[1] if saved else "",
    ]
    return [("meta:canonical", clean_line(address[:2_000])) for address in found if address]


def _headings(tree: LexborHTMLParser) -> list[tuple[str, str]]:
    texts = (clean_line(node.text()[:1_000]) for node in tree.css("h1")[:3])
    return [("heading:h1", text) for text in texts if text]


def _table_pairs(tree: LexborHTMLParser) -> list[tuple[str, str]]:
    """Of tables that hold at least one label which only metadata tables have."""
    tables: dict[int, list[tuple[str, str]]] = {}
    for row in tree.css("tr")[:2_000]:
        cells = [_cell_text(cell) for cell in row.iter() if cell.tag in ("td", "th")]
        found = _row_pairs(cells[:12])
        if found and row.parent is not None:
            tables.setdefault(row.parent.mem_id, []).extend(found)
    is_metadata = any(label in labels.DECISIVE for found in tables.values() for label, _ in found)
    return (
        [(f"table:{label}", value) for found in tables.values() for label, value in found]
        if is_metadata
        else []
    )


def _row_pairs(cells: list[str]) -> list[tuple[str, str]]:
    """Label, value, label, value …; a row of labels alone is the head of a list."""
    names, values = cells[0::2], cells[1::2]
    if (
        values
        and all(labels.is_label(name) or not name for name in names)
        and not any(map(labels.is_label, values))
    ):
        return [
            (labels.canonical(name), value)
            for name, value in zip(names, values, strict=False)
            if name and value
        ]
    return [pair for cell in cells if len(cell) < 400 for pair in labels.pairs([cell])]


def _cell_text(cell: LexborNode) -> str:
    if cell.css_first("table") is not None:
        return ""
    text = cell.text()
    return clean_value(text) if len(text) < 2_000 else ""


def _line_pairs(text: str) -> list[tuple[str, str]]:
    lines = clean(text).replace("\t", " ").split("\n")
    return [(f"line:{label}", value) for label, value in labels.pairs(lines)]


def _content_nodes(tree: LexborHTMLParser) -> list[LexborNode]:
    """All outermost parts that the first successful selector finds: some pages hold their text in several."""
    for selector in SELECTORS:
        found: list[LexborNode] = []
        ids: set[int] = set()
        for node in tree.css(selector)[:200]:
            if not _is_within(node, ids):
                ids.add(node.mem_id)
                found.append(node)
        if sum(len(node.text(strip=True)) for node in found) >= 20:
            return found
    return []


def _is_within(node: LexborNode, ids: set[int]) -> bool:
    """Also the node itself: a list of selectors gives it once for each that fits."""
    above: LexborNode | None = node if ids else None
    while above is not None:
        if above.mem_id in ids:
            return True
        above = above.parent
    return False


def _without_selector(source: str, body: LexborNode) -> tuple[str, tuple[str, ...]]:
    """A page of few links is its own text; else the part that readability finds, if it is the larger part."""
    whole = render(body, frozenset(), skip_furniture=True)
    if not whole.text.strip():
        whole = render(body, frozenset(), skip_furniture=False)
    if whole.linked * 4 <= len(whole.text):
        return whole.text, ()
    if len(source) <= _READABILITY_LENGTH and whole.depth <= _READABILITY_DEPTH:
        main = _xml.main_part(source)
        part = LexborHTMLParser(main).body if main else None
        found = render(part, frozenset(), skip_furniture=True) if part is not None else whole
        is_larger_part = len(found.text) * 2 >= len(whole.text) - whole.linked
        if len(found.text) >= 120 and is_larger_part and found.linked * 2 <= len(found.text):
            return found.text, ()
    return whole.text, ("low confidence: the main text of the page was not found, the whole page is taken",)
