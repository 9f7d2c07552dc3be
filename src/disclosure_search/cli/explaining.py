"""`search --explain`: what each part gave to a hit, and why a document is no hit or a late one. For staff: it also
speaks of what is not public."""

from __future__ import annotations

import click

from disclosure_search import absence
from disclosure_search.cli.output import as_line
from disclosure_search.explain import KINDS
from disclosure_search.ledger import read_ledger
from disclosure_search.shapes import told_shape
from disclosure_search.states import SearchState
from disclosure_search.wiring import Archive


def explained(archive: Archive, state: SearchState, name: str, *, json_wanted: bool) -> None:
    ledger = read_ledger(archive.engine.ledger())
    told = absence.tell(archive.search, archive.engine, archive.segmenter, state, name, ledger)
    shape = told_shape(told)
    if json_wanted:
        click.echo(as_line(shape))
        return
    for note in shape["notes"]:
        click.echo(note)
    for hit in shape["explained"]:
        rank = f"{hit['rank']}." if hit["rank"] else "-"
        click.echo(f"{rank} {hit['title']}  [{hit['id']}]  {hit['score']:.3f}")
        for part in hit["parts"]:
            click.echo(f"   {part['score']:+10.3f}  {_named(part)}")
    for reason in shape["reasons"]:
        click.echo(f"- {reason['told']}")
    click.echo(f"{shape['total']} documents")


def _named(part: dict[str, object]) -> str:
    kind = KINDS.get(str(part["kind"]), str(part["kind"]))
    token = f"“{part['token']}”" if part["token"] else ""
    rule = f"（同义词规则第 {part['rule']} 行）" if part["rule"] else ""
    return f"{part['field']} {kind}{token}{rule}".strip()
