"""`show --related`: what a document cites, who cites it, and what is like it."""

from __future__ import annotations

import click

from disclosure_search.cli.output import as_line
from disclosure_search.document import Document
from disclosure_search.search import Search
from disclosure_search.shapes import related_shape


def related(search: Search, document: Document, *, json_wanted: bool) -> None:
    found = related_shape(search.cited(document), search.citing(document), search.similar(document))
    if json_wanted:
        click.echo(as_line(found))
        return
    click.echo(f"cites {found['cited_total']}:")
    for cited in found["cited"]:
        click.echo(f"  {cited['text']}")
        for one in cited["documents"]:
            click.echo(f"    {one['title']}  [{one['id']}]")
    click.echo(f"cited by {found['citing_total']}:")
    for one in found["citing"]:
        click.echo(f"  {one['title']}  [{one['id']}]  “{one['text']}”")
    click.echo("similar:")
    for one in found["similar"]:
        click.echo(f"  {one['title']}  [{one['id']}]{'  (nearly the same text)' if one['copy'] else ''}")
