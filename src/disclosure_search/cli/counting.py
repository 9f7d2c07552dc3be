"""`report words`: the counts of searched words."""

from __future__ import annotations

import json
from pathlib import Path

import click

from disclosure_search.errors import SettingError
from disclosure_search.shapes import month_shape
from disclosure_search.tally import LEAST, Month, Tally, Word


def words(folder: Path | None, month: str, size: int, *, json_wanted: bool) -> None:
    if folder is None:
        raise SettingError(
            "counts", "searched words are not counted here", "set it to a folder and serve anew"
        )
    tally = Tally(folder)
    months = tally.months()
    if month and month not in months:
        raise SettingError(
            "month",
            f"nothing is counted for {month[:20]!r}",
            f"use one of {', '.join(months) or 'none so far'}",
        )
    found = tally.month(month or next(iter(months), ""))
    if json_wanted:
        click.echo(json.dumps(month_shape(found, months, LEAST, size), ensure_ascii=False, indent=2))
    elif not months:
        click.echo("no search has been counted yet")
    else:
        _print(found, size)


def _print(found: Month, size: int) -> None:
    click.echo(f"{found.month}: {found.searches} searches, {found.without_hits} of them found nothing")
    click.echo(f"words asked for (shown from {LEAST} times on):")
    _lines([(one, one.asked) for one in found.words[:size]])
    click.echo("words that stand in no public document:")
    _lines([(one, one.missing) for one in found.missing[:size]])


def _lines(counted: list[tuple[Word, int]]) -> None:
    for one, times in counted:
        click.echo(f"  {times:>7}  {one.word}")
    if not counted:
        click.echo("  none")
