"""What the commands print: JSON for programs, text for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from disclosure_search.answers import Page
from disclosure_search.document import BY_NAME, Document, iso, shown
from disclosure_search.engine.base import Condition, Inspection, State, Statistics
from disclosure_search.errors import DisclosureError
from disclosure_search.golden import Verdict
from disclosure_search.indexing import RunReport
from disclosure_search.indexing.inspecting import Inspected
from disclosure_search.ledger import Account
from disclosure_search.report import Alike, Status
from disclosure_search.search import Search
from disclosure_search.shapes import (
    alike_shape,
    document_shape,
    doubtful_shape,
    golden_shape,
    inspected_shape,
    inspection_shape,
    page_shape,
    problem_shape,
    run_shape,
    statistics_shape,
    status_shape,
    suggestion_shape,
    uncategorised_shape,
)
from disclosure_search.states import SearchState
from disclosure_search.suggestions import Suggestion

Label = Callable[[str, str], str]
Shape = dict[str, Any]


def as_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def identity(counts: dict[str, int], unchanged: int | None = None) -> str:
    """found = … with every original counted once."""
    indexed = counts["indexed"]
    parts = (
        [f"indexed {indexed}"]
        if unchanged is None
        else [f"indexed {indexed - unchanged}", f"unchanged {unchanged}"]
    )
    parts += [
        f"duplicate {counts['duplicate']}",
        f"quarantined {counts['quarantined']}",
        f"not public {counts['not_public']}",
    ]
    return f"found {counts['found']} = {' + '.join(parts)}"


def run(report: RunReport, *, json_wanted: bool, on_one_line: bool = False) -> None:
    told(report)
    if json_wanted:
        click.echo(as_line(run_shape(report))) if on_one_line else _json(run_shape(report))
        return
    if report.rebuilt:
        click.echo(f"index written anew: {report.rebuilt}")
    click.echo(
        f"documents: {report.added} added, {report.changed} changed, {report.removed} removed, "
        f"{report.unchanged} as before, in {report.seconds:.1f} s, at most {report.peak_bytes >> 20} MB"
    )
    click.echo(identity(dict(report.counts), report.indexed_unchanged))
    if report.is_rehearsal:
        click.echo("nothing was written: this is what `disclosure-search index` would do")


def told(report: RunReport) -> None:
    """What staff should know of a run, on standard error."""
    for warning in report.warnings:
        click.echo(f"warning: {shown(warning)}", err=True)
    for one in report.broken:
        click.echo(f"broken: golden.toml: {shown(one)}", err=True)
    for account in report.new_problems:
        click.echo(f"skipped: {shown(account.path)}: {account.reason}: {shown(account.what)}", err=True)


def inspection(found: Inspection, *, json_wanted: bool) -> None:
    shape = inspection_shape(found)
    if json_wanted:
        _json(shape)
        return
    for name, count in shape["checked"].items():
        click.echo(f"checked: {count:,} {name}")
    for one in shape["problems"]:
        click.echo(f"problem: {one['path']}: {one['what']}")
    if found.problems:
        click.echo(f"{len(found.problems)} problems: run `disclosure-search index --rebuild`")
    else:
        click.echo("the index is sound")


def statistics(found: Statistics, *, json_wanted: bool) -> None:
    shape = statistics_shape(found)
    if json_wanted:
        _json(shape)
        return
    for name in ("generation", "documents", "segments", "terms"):
        click.echo(f"{name}: {shape[name]}")
    click.echo(f"deleted: {shape['deleted']} ({shape['deleted_share']:.1%})")
    for name, size in shape["bytes"].items():
        click.echo(f"bytes of {name}: {size:,}")
    for name, kept in shape["caches"].items():
        click.echo(f"cache of {name}: {kept['bytes']:,} of at most {kept['limit']:,} bytes")


def rolled_back(condition: Condition, *, json_wanted: bool) -> None:
    if json_wanted:
        _json(
            {"generation": condition.generation, "documents": condition.documents, "built": condition.built}
        )
        return
    click.echo(
        f"generation {condition.generation} of {condition.built} answers again, with {condition.documents} documents"
    )
    click.echo("`disclosure-search index --rollback` once more undoes this; `index` brings it up to date")


def status(found: Status, *, json_wanted: bool) -> None:
    shape = status_shape(found)
    if json_wanted:
        _json(shape)
        return
    is_ready = found.condition.state is State.READY
    for name in ("state", "reason", *(("documents", "generation", "built", "run_at") if is_ready else ())):
        if shape[name] not in ("", None):
            click.echo(f"{name}: {shape[name]}")
    if is_ready:
        click.echo(identity(found.counts))
        if members := found.ledger.members():
            click.echo(
                f"of them {members} lie in containers and are documents of their own, as catalogues say"
            )
    for warning in shape["warnings"]:
        click.echo(f"warning: {warning}")


def _listed(shapes: Sequence[Shape], told: Callable[[Shape], str], end: str, *, json_wanted: bool) -> None:
    """All of one kind, and how many; `end` says what they are."""
    if json_wanted:
        _json(shapes)
        return
    for one in shapes:
        click.echo(told(one))
    click.echo(end.format(len(shapes)))


def problems(accounts: Sequence[Account], *, json_wanted: bool) -> None:
    def told(one: Shape) -> str:
        return f"{one['path']}\n    {one['reason']}\n    since {one['since']}; {one['remedy']}"

    shapes = [problem_shape(account) for account in accounts]
    _listed(shapes, told, "{} originals are quarantined", json_wanted=json_wanted)


def doubtful(accounts: Sequence[Account], *, json_wanted: bool) -> None:
    def told(one: Shape) -> str:
        return f"{one['path']}  [{one['id']}]\n    {one['reason']}"

    shapes = [doubtful_shape(account) for account in accounts]
    _listed(shapes, told, "the text of {} originals may be wrong", json_wanted=json_wanted)


def uncategorised(documents: Sequence[Document], label: Label, *, json_wanted: bool) -> None:
    def told(one: Shape) -> str:
        code = one["suggested_category"]
        why = f"{label('category', code)} ({one['suggested_because']})" if code else "nothing is suggested"
        return f"{one['path']}  [{one['id']}]\n    {why}"

    shapes = [uncategorised_shape(document) for document in documents]
    _listed(shapes, told, "{} documents have no category", json_wanted=json_wanted)


def goldens(verdicts: Sequence[Verdict], *, json_wanted: bool) -> None:
    def told(one: Shape) -> str:
        state = f"at {one['rank']}" if one["holds"] else "broken"
        what = "is found" if one["holds"] else one["reason"]
        return f"line {one['line']}: {state}: {one['search']}\n    {one['document']} {what}"

    shapes = [golden_shape(one) for one in verdicts]
    broken = sum(not one["holds"] for one in shapes)
    _listed(shapes, told, f"{broken} of {{}} golden searches are broken", json_wanted=json_wanted)


def alike(pairs: Iterable[Alike], *, json_wanted: bool) -> None:
    def told(one: Shape) -> str:
        return f"{one['alike']:.0%}  {one['first']['path']}\n     {one['second']['path']}"

    shapes = [alike_shape(pair) for pair in pairs]
    _listed(shapes, told, "{} pairs of documents have nearly the same text", json_wanted=json_wanted)


def inspected(found: Inspected, *, json_wanted: bool) -> None:
    shape = inspected_shape(found)
    if json_wanted:
        click.echo(as_line(shape | {"path": "\0"}).replace(r'"\u0000"', json.dumps(shape["path"]), 1))
        return
    shape["path"] = shown(found.path)
    sources, text = shape.pop("sources"), shape.pop("text")
    for name, value in shape.items():
        if value not in ("", None, []):
            source = f"  ({sources[name]})" if name in sources else ""
            click.echo(f"{name}: {as_line(value) if isinstance(value, list | dict) else value}{source}")
    click.echo(f"\n{text}" if text else "")


def page(found: Page, *, json_wanted: bool) -> None:
    if json_wanted:
        _json(page_shape(found))
        return
    for note in found.notes:
        click.echo(note)
    for one in found.proposals:
        click.echo(f"您是不是要找：{one.text}（{one.total}）")
    for rank, hit in enumerate(found.hits, (found.state.page - 1) * found.state.size + 1):
        day = (iso(hit.document.published or hit.document.issued) or "")[:10]
        click.echo(f"{rank}. {hit.document.title}  [{hit.document.doc_id}]")
        click.echo(
            f"   {'  '.join(part for part in (day, hit.document.agency, hit.document.number) if part)}"
        )
        for fragment in hit.fragments[:2]:
            place = f"（{fragment.label}）" if fragment.label else ""
            click.echo(f"   {place}{fragment.plain()}")
    for facet in found.facets:
        values = "  ".join(f"{one.label} {one.count}" for one in facet.values[:12])
        click.echo(f"{facet.label}: {values}")
    click.echo(f"{found.total} documents, {found.took_ms} ms")


def suggestions(found: Sequence[Suggestion], *, json_wanted: bool) -> None:
    if json_wanted:
        _json([suggestion_shape(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.kind}  {one.text}{f'  [{one.doc_id}]' if one.doc_id else ''}")


def batch(search: Search, state: SearchState, lines: Iterable[bytes]) -> bool:
    """One answer a line, in order; True where a search could not be run (its line says why). The lines may be in
    UTF-8 or GB18030."""
    failed = False
    for line in lines:
        text = _text_of(line).rstrip("\r\n")
        try:
            shape = page_shape(search.run(state.with_text(text).with_page(state.page)))
        except DisclosureError as error:
            failed, shape = True, {"error": str(error)}
        click.echo(as_line({"query": text, **shape}))
    return failed


def _text_of(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("gb18030", "replace")


def document(found: Document, label: Label, *, json_wanted: bool) -> None:
    shape = document_shape(found)
    if json_wanted:
        _json(shape)
        return
    sources = shape.pop("sources", {})
    text = shape.pop("text")
    for name, value in shape.items():
        if value in ("", None, []):
            continue
        source = f"  ({sources[name]})" if name in sources else ""
        click.echo(f"{name}: {_readable(name, value, label)}{source}")
    click.echo(f"\n{text}")


def _readable(name: str, value: Any, label: Label) -> str:
    if name in BY_NAME and BY_NAME[name].vocabulary:
        return ", ".join(label(name, code) for code in (value if isinstance(value, list) else [value]))
    return as_line(value) if isinstance(value, list | dict) else str(value)
