"""A document as an engine takes it: the tokens of every stream, keywords, numbers and the key it sorts by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from disclosure_search import analysis, citations
from disclosure_search.analysis import Segmenter
from disclosure_search.collection.headings import headings
from disclosure_search.document import TEXT_FIELDS, Document, Publication, iso
from disclosure_search.engine.base import (
    CALLED,
    CITES,
    CONTENT,
    DAY,
    EXACT,
    EXPIRES,
    EXPLAINED,
    FOREVER,
    JOINED,
    JOINED_CHARACTERS,
    JOINED_PAIRS,
    RECORDED,
    TITLE_CHARACTERS,
    UNDATED,
    YEAR,
    Entry,
    grams_of,
    words_of,
)
from disclosure_search.errors import LimitExceededError
from disclosure_search.vocabulary import Vocabularies

SORT_KEY_BYTES = 192  # 96 Chinese characters: suggestions are made of these keys too
MOST_TOKENS = 2**23  # 25 MB of Chinese, and a gigabyte of memory while it is cut


def entry_of(
    document: Document,
    segmenter: Segmenter,
    vocabularies: Vocabularies = Vocabularies(),  # noqa: B008 - it never changes
) -> Entry:
    """`vocabularies` give the labels that a page shows for the codes: who reads them may search for them.
    LimitExceededError for a text that is too long."""
    texts = texts_of(document, vocabularies)
    tokens: dict[str, list[str]] = {name: [] for name in JOINED}
    for field in TEXT_FIELDS:
        tokens[words_of(field.name)] = segmenter.words(texts[field.name])
        grams = tokens[grams_of(field.name)] = analysis.grams(texts[field.name])
        characters = [*analysis.canonical(texts[field.name])]
        if field.name == "title":
            tokens[TITLE_CHARACTERS] = characters
        for _ in range(field.times):
            tokens[JOINED_PAIRS] += grams[:-1]
            tokens[JOINED_CHARACTERS] += characters
    if (most := max(map(len, tokens.values()))) > MOST_TOKENS:
        what = f"its text has {most:,} words or characters, and {MOST_TOKENS:,} can be indexed"
        raise LimitExceededError(document.path, what, "split it")
    return Entry(document, tokens, _keywords(document), _numbers(document), sort_key(document.title))


def texts_of(document: Document, vocabularies: Vocabularies) -> Mapping[str, str]:
    """What stands in each text field."""
    return {
        "title": document.title,
        "about": "\n".join((document.about, *_shown(document, vocabularies))),
        "body": document.body,
        "heading": "\n".join(headings(document)),
        "attachment": "\n".join(f"{one.name}\n{one.text}" for one in document.attachments),
    }


def _shown(document: Document, vocabularies: Vocabularies) -> Iterator[str]:
    """Labels and days as the page has them."""
    for vocabulary, codes in (("categories", document.category), ("channels", document.channel)):
        known = vocabularies[vocabulary]
        yield from map(known.label_of, known.narrowest(codes))
    days = (iso(day) for day in (document.published, document.issued))
    yield from (day.replace("T", " ") for day in days if day)


def _keywords(document: Document) -> Mapping[str, tuple[str, ...]]:
    year = document.year
    # a copy may bear another title and other numbers
    called: tuple[Document | Publication, ...] = (document, *document.publications)
    values: dict[str, tuple[str, ...]] = {
        "year": (str(year),) if year else (),
        "category": document.category,
        "channel": document.channel,
        "agency": tuple(document.agency.split("、")),
        "genre": (document.genre,),
        "number": tuple(term for one in called for term in analysis.number_terms(one.number)),
        "index_number": tuple(analysis.canonical(one.index_number) for one in called),
        "validity": (document.validity,),
        "openness": (document.openness,),
        EXACT: tuple(cut(one.title) for one in called for cut in (analysis.canonical, analysis.verbatim)),
        CALLED: citations.calls(document),
        CITES: citations.cites(document),
        CONTENT: (document.sha256, *(one.sha256 for one in document.attachments)),
        EXPLAINED: tuple(one.doc_id for one in document.interpretations),
    }
    return {
        name: tuple(dict.fromkeys(value for value in several if value)) for name, several in values.items()
    }


def _numbers(document: Document) -> Mapping[str, int]:
    return {
        "issued": _ordinal(document.issued),
        "published": _ordinal(document.published),
        EXPIRES: document.expires.toordinal() if document.expires else FOREVER,
        DAY: _ordinal(document.published or document.issued),
        YEAR: document.year or UNDATED,
        RECORDED: _ordinal(document.recorded),
    }


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day else UNDATED


def sort_key(title: str) -> bytes:
    """GB18030 puts the common characters in the order of their pinyin, as a Chinese reader expects of a list."""
    return analysis.fold(title).encode("gb18030", "replace")[:SORT_KEY_BYTES]
