"""The record of a document: its year, what may be shown of it, and its way into plain values and back."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disclosure_search.analysis import Segmenter, grams
from disclosure_search.document import (
    BY_NAME,
    FACETS,
    FIELDS,
    TEXT_FIELDS,
    Attachment,
    Audience,
    Document,
    Field,
    Interpretation,
    Kind,
    Publication,
    digest_of,
    doc_id_of,
    iso,
    parse_iso,
    shown,
)
from disclosure_search.engine.base import (
    EXACT,
    EXPIRES,
    FOREVER,
    GRAMS,
    JOINED,
    KEYWORDS,
    NUMBERS,
    UNDATED,
    WORDS,
    YEAR,
)
from disclosure_search.entry import SORT_KEY_BYTES, entry_of, sort_key
from disclosure_search.record import from_record, to_record
from disclosure_search.vocabulary import Vocabularies

TODAY = date(2016, 6, 1)
PLAIN = Document("d1", "题", "a.txt")
MINUTES = st.datetimes().map(lambda one: one.replace(second=0, microsecond=0))
DAYS = st.one_of(st.none(), st.dates(), MINUTES)
TEXTS = st.text(max_size=12)
ATTACHMENTS = st.builds(Attachment, TEXTS, TEXTS, TEXTS, TEXTS, st.integers(0, 9), TEXTS)
DOCUMENTS = st.builds(
    Document, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.integers(0, 10**12), agency=TEXTS, number=TEXTS,
    category=st.lists(TEXTS, max_size=3).map(tuple), channel=st.lists(TEXTS, max_size=3).map(tuple),
    filed_year=st.one_of(st.none(), st.integers(1900, 2100)), issued=DAYS, published=DAYS, expires=DAYS, arrived=DAYS,
    audience=st.sampled_from([*map(str, Audience)]), withdrawn=TEXTS, keywords=st.lists(TEXTS, max_size=3).map(tuple),
    attachments=st.lists(ATTACHMENTS, max_size=3).map(tuple),
    interpretations=st.lists(st.builds(Interpretation, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
    publications=st.lists(st.builds(Publication, TEXTS, DAYS, TEXTS, TEXTS), max_size=2).map(tuple),
    sources=st.dictionaries(TEXTS, TEXTS, max_size=2), warnings=st.lists(TEXTS, max_size=2).map(tuple),
)  # fmt: skip


@given(DOCUMENTS)
@settings(max_examples=300, deadline=None)
def test_a_document_survives_the_way_into_json_and_back(document: Document) -> None:
    record = json.loads(json.dumps(to_record(document)))
    texts = tuple(one.text for one in document.attachments)
    assert from_record(record, document.body, texts) == document


def test_a_record_holds_no_texts() -> None:
    record = to_record(replace(PLAIN, body="正文", attachments=(Attachment("表", text="表中"),)))
    assert "正文" not in str(record)
    assert "表中" not in str(record)


@pytest.mark.parametrize(
    ("published", "issued", "filed", "year"),
    [
        pytest.param(date(2014, 1, 1), date(2013, 1, 1), 2012, 2014, id="published"),
        pytest.param(None, date(2013, 1, 1), 2012, 2013, id="issued"),
        pytest.param(None, None, 2012, 2012, id="folder"),
        pytest.param(None, None, None, None, id="unknown"),
    ],
)
def test_the_year_is_that_of_publication_else_of_issue_else_of_the_folder(
    published: date | None, issued: date | None, filed: int | None, year: int | None, segmenter: Segmenter
) -> None:
    document = replace(PLAIN, published=published, issued=issued, filed_year=filed)
    assert document.year == year
    entry = entry_of(document, segmenter)
    assert entry.keywords["year"] == ((str(year),) if year else ())
    assert entry.numbers[YEAR] == (year or UNDATED)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        pytest.param({}, "", id="public"),
        pytest.param({"audience": "面向本单位"}, "audience", id="internal"),
        pytest.param({"audience": "面向申请人"}, "audience", id="applicant"),
        pytest.param({"audience": "没有这种范围"}, "audience", id="unknown audience"),
        pytest.param({"audience": ""}, "audience", id="no audience"),
        pytest.param({"openness": "依申请公开"}, "openness", id="on application"),
        pytest.param({"openness": "不予公开"}, "openness", id="not open"),
        pytest.param({"openness": "不公开"}, "openness", id="unknown openness"),
        pytest.param({"openness": "主动公开"}, "", id="open"),
        pytest.param({"withdrawn": "有误"}, "withdrawn: 有误", id="withdrawn"),
        pytest.param({"published": date(2016, 6, 1)}, "", id="published today"),
        pytest.param({"published": datetime(2016, 6, 1, 23, 59)}, "", id="published late today"),
        pytest.param({"published": date(2016, 6, 2)}, "embargoed until 2016-06-02", id="embargoed"),
        pytest.param({"published": datetime(2016, 6, 2, 0, 0)}, "embargoed", id="embargoed to an hour"),
        pytest.param({"expires": date(2016, 6, 1)}, "", id="last day"),
        pytest.param({"expires": date(2016, 5, 31)}, "expired on 2016-05-31", id="expired"),
        pytest.param({"expires": datetime(2016, 6, 1, 8, 0)}, "", id="last day to an hour"),
    ],
)
def test_only_what_is_public_today_is_not_withheld(values: dict[str, object], why: str) -> None:
    reason = replace(PLAIN, **values).withheld(TODAY)  # type: ignore[arg-type]
    assert reason.startswith(why)
    assert bool(reason) == bool(why)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2014-12-02", date(2014, 12, 2)),
        ("2014-12-02T09:46", datetime(2014, 12, 2, 9, 46)),
        ("", None),
        (None, None),
        ("2014-13-02", None),
        ("昨天", None),
    ],
)
def test_dates_are_read_back_as_they_are_written(text: str | None, day: date | None) -> None:
    assert parse_iso(text) == day
    assert type(parse_iso(text)) is type(day)
    if day:
        assert iso(day) == text


def test_an_id_is_the_index_number_or_the_begin_of_the_digest() -> None:
    assert doc_id_of(" LX00123/0215 2014 ", "ab" * 32) == "LX00123-02152014"
    assert doc_id_of("", "ab" * 32) == "abababababab"


def test_paths_can_be_printed_whatever_their_bytes_are() -> None:
    assert shown("公示栏/名单.txt") == "公示栏/名单.txt"
    assert shown(os.fsdecode("公示栏/名单.txt".encode("gb18030"))) == "公示栏/名单.txt"
    assert shown(os.fsdecode("公示栏/".encode() + "名单.txt".encode("gb18030"))) == "公示栏/名单.txt"
    shown(os.fsdecode(b"\xff\x00\x80")).encode()


def test_a_digest_tells_where_one_text_ends() -> None:
    assert len({digest_of("ab", "c"), digest_of("a", "bc"), digest_of("abc"), digest_of("abc", "")}) == 4
    assert len(digest_of("\ud800")) == 16


# --- the table of fields, and the entry that an engine takes


@pytest.mark.parametrize("field", FIELDS, ids=lambda one: one.name)
def test_every_field_is_found_by_its_names_and_by_no_name_of_another(field: Field) -> None:
    assert BY_NAME[field.name] is field
    searched = [one for one in FIELDS if one.kind is not Kind.RECORD]
    for name in (field.name, field.label, *field.names):
        assert sum(one.is_called(name) for one in searched) <= 1, name


def test_an_entry_has_every_stream_keyword_and_number(segmenter: Segmenter) -> None:
    entry = entry_of(PLAIN, segmenter)
    assert set(entry.tokens) == {*WORDS, *GRAMS, *JOINED}
    assert set(entry.keywords) == set(KEYWORDS)
    assert set(entry.numbers) == set(NUMBERS)
    assert {one.name for one in FACETS} <= set(KEYWORDS)
    assert entry.numbers[EXPIRES] == FOREVER


def test_each_text_goes_to_the_streams_of_its_field(segmenter: Segmenter) -> None:
    document = Document(
        "d1", "标题甲", "a.txt", "正文乙", headings=("目壬",), number="文号丙", description="概述丁",
        keywords=("词戊",),
        attachments=(Attachment("附件己", text="表庚"), Attachment("第二份", text="辛")),
    )  # fmt: skip
    entry = entry_of(document, segmenter)
    texts = {
        "title": "标题甲",
        "body": "正文乙",
        "about": "文号丙词戊概述丁",
        "heading": "目壬",
        "attachment": "附件己表庚第二份辛",
    }
    assert {one.name for one in TEXT_FIELDS} == set(texts)
    for name, text in texts.items():
        assert entry.tokens[f"{name}_grams"] == grams(text)
        assert set("".join(entry.tokens[f"{name}_words"])) == set(text)
    joined = "标题甲文号丙词戊概述丁正文乙目壬目壬"  # a heading counts twice, an attachment stays apart
    assert sorted(entry.tokens["joined_characters"]) == sorted(joined)
    assert entry.tokens["joined_pairs"].count("目壬") == 2
    assert entry.tokens["title_characters"] == ["标", "题", "甲"]


def test_labels_and_days_are_text_as_the_page_shows_them(
    segmenter: Segmenter, vocabularies: Vocabularies
) -> None:
    document = replace(
        PLAIN, category=("20-07", "20-07-01"), channel=("notice-board", "自设渠道"),
        published=datetime(2014, 12, 2, 9, 46), issued=date(2014, 11, 28),
    )  # fmt: skip
    found = entry_of(document, segmenter, vocabularies).tokens["about_grams"]
    assert found == grams("部门预算公示栏自设渠道2014-12-02 09:462014-11-28")


def test_keywords_are_whole_values_without_empty_ones(segmenter: Segmenter) -> None:
    document = replace(
        PLAIN, number="临经贸〔2014〕39号", index_number="LX/02 15", category=("a", "a", ""), genre=""
    )
    keywords = entry_of(document, segmenter).keywords
    assert keywords["number"] == (
        "临经贸|2014|39", "|2014|39", "临经贸||39", "临经贸|2014|", "||39", "|2014|", "临经贸||"
    )  # fmt: skip
    assert keywords["index_number"] == ("lx0215",)
    assert keywords["category"] == ("a",)
    assert keywords["genre"] == ()
    assert keywords[EXACT] == ("题", "=题")


def test_titles_sort_by_pinyin_and_keys_are_short() -> None:
    titles = ["乙通知", "阿通知", "丙通知", "2014年通知", "甲通知"]
    assert sorted(titles, key=sort_key) == ["2014年通知", "阿通知", "丙通知", "甲通知", "乙通知"]
    assert len(sort_key("𠮷" * 100)) <= SORT_KEY_BYTES
    assert sort_key("\ud800") is not None
