"""The query language: text to a tree and back. Any text is a valid search.

    补贴 名单          both words            "补贴名单"        the exact run of characters, also 「…」 and 《…》
    -失效  NOT 失效    without              增产|扩产  a OR b  either
    标题:年度报告      in one field         年份:2012..2015    a range, also >=2012, 2012年以来
    文号:国办发〔2014〕12号                  (a | b) c          grouping, also 标题:(a | b)

Field names are those of `document.FIELDS`, in Chinese or English, with either colon. What cannot be understood is
searched as text, and a note says so. The tree holds text as typed; `matching` turns it into what an engine looks up.
"""

from disclosure_search.query.parsing import MOST_LEAVES, field_called, parse
from disclosure_search.query.tree import (
    All,
    And,
    Filter,
    Not,
    Or,
    Parsed,
    Phrase,
    Query,
    Range,
    Text,
    leaves,
)

__all__ = [
    "MOST_LEAVES",
    "All",
    "And",
    "Filter",
    "Not",
    "Or",
    "Parsed",
    "Phrase",
    "Query",
    "Range",
    "Text",
    "field_called",
    "leaves",
    "parse",
]
