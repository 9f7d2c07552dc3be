"""The JSON shapes that programs read. Keys are only ever added; README documents each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from disclosure_search.absence import Told
from disclosure_search.answers import Facet, HitView, Page
from disclosure_search.document import Document, iso, shown
from disclosure_search.engine.base import Inspection, Statistics
from disclosure_search.golden import Verdict
from disclosure_search.indexing import RunReport
from disclosure_search.indexing.inspecting import Inspected
from disclosure_search.ledger import Account
from disclosure_search.record import to_record
from disclosure_search.related import Citing, Reference, Similar
from disclosure_search.report import Alike, Status
from disclosure_search.suggestions import Suggestion
from disclosure_search.tally import Month, Word

_PATHS = ("path",)


_EMPTY: Mapping[str, Any] = {
    name: [] if isinstance(value, tuple) else {} if isinstance(value, dict) else value
    for name, value in ((name, getattr(Document("", "", ""), name)) for name in Document.__dataclass_fields__)
    if name not in ("doc_id", "body")
}


def page_shape(page: Page) -> dict[str, Any]:
    return {
        "total": page.total,
        "page": page.state.page,
        "size": page.state.size,
        "took_ms": page.took_ms,
        "hits": [hit_shape(hit) for hit in page.hits],
        "facets": {facet.name: facet_shape(facet) for facet in page.facets},
        "notes": list(page.notes),
        "proposals": [{"text": one.text, "total": one.total, "why": one.why} for one in page.proposals],
        "generation": page.generation,
    }


def suggestion_shape(found: Suggestion) -> dict[str, Any]:
    return {"text": found.text, "kind": found.kind, "id": found.doc_id}


def hit_shape(hit: HitView) -> dict[str, Any]:
    document = hit.document
    return {
        "id": document.doc_id,
        "title": document.title,
        "url": document.url,
        "path": shown(document.path),
        "agency": document.agency,
        "number": document.number,
        "category": list(document.category),
        "channel": list(document.channel),
        "year": document.year,
        "published": iso(document.published),
        "issued": iso(document.issued),
        "fragments": [fragment.plain() for fragment in hit.fragments],
    }


def told_shape(told: Told) -> dict[str, Any]:
    """The `parts` of a hit add up to its `score`; `rank` 0 is beyond what anybody looks at."""
    return {
        "query": told.page.state.text,
        "total": told.page.total,
        "notes": list(told.page.notes),
        "explained": [
            {
                "id": hit.document.doc_id,
                "title": hit.document.title,
                "rank": hit.rank,
                "score": hit.score,
                "parts": [asdict(part) for part in hit.parts],
            }
            for hit in told.explained
        ],
        "reasons": [{"code": one.code, "told": shown(one.told)} for one in told.reasons],
    }


def related_shape(
    cited: tuple[int, tuple[Reference, ...]],
    citing: tuple[int, tuple[Citing, ...]],
    similar: tuple[Similar, ...],
) -> dict[str, Any]:
    """`text` is how a document is named there, `times` how often; of one title there may be several documents."""
    return {
        "cited_total": cited[0],
        "cited": [
            {
                "text": one.text,
                "times": one.times,
                "total": one.total,
                "documents": [_named(document) for document in one.documents],
            }
            for one in cited[1]
        ],
        "citing_total": citing[0],
        "citing": [{**_named(one.document), "text": one.text, "times": one.times} for one in citing[1]],
        "similar": [{**_named(one.document), "copy": one.is_copy} for one in similar],
    }


def _named(document: Document) -> dict[str, Any]:
    return {"id": document.doc_id, "title": document.title, "number": document.number}


def facet_shape(facet: Facet) -> list[dict[str, Any]]:
    return [{"value": one.value, "label": one.label, "count": one.count} for one in facet.values]


def status_shape(status: Status) -> dict[str, Any]:
    condition = status.condition
    return {
        **status.counts,
        "doubtful": sum(bool(one.doubt) for one in status.ledger.accounts.values()),
        "state": str(condition.state),
        "reason": condition.reason,
        "generation": condition.generation,
        "documents": condition.documents,
        "built": condition.built,
        "run_at": status.ledger.run_at,
        "segments": condition.segments,
        "deleted": condition.deleted,
        "warnings": [shown(warning) for warning in status.ledger.warnings],
    }


def problem_shape(account: Account) -> dict[str, Any]:
    reason = f"{account.reason}: {account.what}" if account.what else account.reason
    return {
        "path": shown(account.path),
        "reason": shown(reason),
        "reader": account.reader or None,
        "since": account.since,
        "remedy": account.remedy,
    }


def doubtful_shape(account: Account) -> dict[str, Any]:
    return {
        "path": shown(account.path),
        "id": account.doc_id,
        "reason": shown(account.doubt),
        "reader": account.reader or None,
    }


def uncategorised_shape(document: Document) -> dict[str, Any]:
    return {
        "path": shown(document.path),
        "id": document.doc_id,
        "title": document.title,
        "suggested_category": document.suggested_category,
        "suggested_because": document.suggested_because,
    }


def alike_shape(pair: Alike) -> dict[str, Any]:
    """`alike` is the share of their five-character strings that both texts have."""
    return {
        "alike": round(pair.share, 3),
        "first": {"id": pair.first.doc_id, "title": pair.first.title, "path": shown(pair.first.path)},
        "second": {"id": pair.second.doc_id, "title": pair.second.title, "path": shown(pair.second.path)},
    }


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def inspected_shape(found: Inspected) -> dict[str, Any]:
    """`path` is the file as it was named, so that whoever asked finds it again; only one that is not UTF-8 is shown."""
    document = found.document or Document("", "", "")
    return {
        "path": found.path if _is_text(found.path) else shown(found.path),
        "format": found.format,
        "reader": found.reader,
        "status": found.status,
        "reason": shown(found.reason),
        "remedy": found.remedy,
        "text": found.text,
        "title": document.title,
        "agency": document.agency,
        "number": document.number,
        "index_number": document.index_number,
        "issued": iso(document.issued),
        "published": iso(document.published),
        "category": list(document.category),
        "suggested_category": document.suggested_category,
        "suggested_because": document.suggested_because,
        "channel": list(document.channel),
        "genre": document.genre,
        "validity": document.validity,
        "attachments": [one.name for one in document.attachments],
        "interpretations": [one.title for one in document.interpretations],
        "confidence": found.confidence,
        "warnings": list(document.warnings),
        "conflicts": list(document.conflicts),
        "sources": dict(document.sources),
        "seconds": round(found.seconds, 3),
        "peak_bytes": found.peak_bytes,
    }


def run_shape(report: RunReport) -> dict[str, Any]:
    return {
        **report.counts,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "rebuilt": report.rebuilt,
        "committed": report.committed,
        "rehearsal": report.is_rehearsal,
        "seconds": round(report.seconds, 2),
        "peak_mb": report.peak_bytes >> 20,
        "indexed_unchanged": report.indexed_unchanged,
        "broken": list(report.broken),
    }


def month_shape(found: Month, months: Sequence[str], least: int, size: int) -> dict[str, Any]:
    def shape(words: Sequence[Word]) -> list[dict[str, Any]]:
        return [{"word": one.word, "asked": one.asked, "missing": one.missing} for one in words[:size]]

    return {
        "month": found.month,
        "months": list(months),
        "searches": found.searches,
        "without_hits": found.without_hits,
        "least": least,
        "words": shape(found.words),
        "missing": shape(found.missing),
    }


def golden_shape(verdict: Verdict) -> dict[str, Any]:
    golden = verdict.golden
    return {
        "line": golden.line,
        "search": golden.search,
        "document": verdict.document,
        "first": golden.first,
        "rank": verdict.rank or None,
        "holds": not verdict.reason,
        "reason": verdict.reason,
    }


def statistics_shape(found: Statistics) -> dict[str, Any]:
    kept = found.documents + found.deleted
    return {
        "generation": found.generation,
        "documents": found.documents,
        "deleted": found.deleted,
        "deleted_share": round(found.deleted / kept, 4) if kept else 0.0,
        "segments": found.segments,
        "terms": found.terms,
        "bytes": {**found.size_bytes, "total": sum(found.size_bytes.values())},
        "caches": {name: {"bytes": held, "limit": most} for name, (held, most) in found.caches.items()},
    }


def inspection_shape(found: Inspection) -> dict[str, Any]:
    return {
        "sound": not found.problems,
        "checked": dict(found.checked),
        "problems": [{"path": shown(one.path), "what": shown(one.what)} for one in found.problems],
    }


def document_shape(document: Document) -> dict[str, Any]:
    """The whole record, with the same keys for every document; `sources` says for each value where it came from."""
    given = to_record(document)
    record: dict[str, Any] = {"id": given.pop("doc_id"), **_EMPTY, **given, "year": document.year}
    record["path"] = shown(document.path)
    for name in ("attachments", "interpretations", "publications"):
        record[name] = [_shown_path(one) for one in record[name]]
    record["text"] = document.body
    for one, attachment in zip(record["attachments"], document.attachments, strict=True):
        one["text"] = attachment.text
    return record


def _shown_path(row: dict[str, Any]) -> dict[str, Any]:
    return {name: shown(value) if name in _PATHS else value for name, value in row.items()}
