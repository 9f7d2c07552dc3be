"""Figures as a table to read: times per kind of query, and how many times as long each peer takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def text(result: Mapping[str, Any]) -> str:
    parts = [
        f"{result['documents']} documents, {result['queries']} queries, milliseconds, best of several rounds",
        *_search(result["search"]),
        "",
        *_listed("indexing, tokenising included", result["indexing"]),
        "",
        *_listed("updates, until seen", result["updates"]),
        "",
        *_listed("memory of one process", result["memory"]),
    ]
    return "\n".join([*parts, "", *_compared(result["differences"])])


def page(result: Mapping[str, Any]) -> str:
    parts = [
        "",
        "the product's real index and the page's whole search (all fields, total, every facet); peers over two streams",
        *_search(result["search"]),
        "",
        *_listed("indexing, tokenising included", result["indexing"]),
        "",
        *_compared(result["differences"]),
    ]
    return "\n".join(parts)


def _compared(differences: Sequence[str]) -> Iterator[str]:
    if differences:
        yield "other totals or facets than ours:"
        yield from differences
    else:
        yield "all totals and facets are the same"


def progress(what: str, figures: Row) -> str:
    return f"{what}: " + ", ".join(f"{name} {_shown(name, value)}" for name, value in figures.items())


def _search(rows: Sequence[Row]) -> Iterator[str]:
    systems = list(dict.fromkeys(row["system"] for row in rows))
    peers = [name for name in systems if name != "ours"]
    by_key = {(row["system"], row["state"], row["facets"], row["kind"]): row for row in rows}
    heads = [f"{name} geo/med/worst" for name in systems] + [f"ours/{name}" for name in peers]
    lines = [["", *heads]]
    for state, facets, kind in dict.fromkeys((row["state"], row["facets"], row["kind"]) for row in rows):
        found = {name: by_key[name, state, facets, kind] for name in systems}
        cells = [" / ".join(_number(found[name][figure]) for figure in _FIGURES) for name in systems]
        if "ours" in found:
            cells += [_ratio(found["ours"]["geomean_ms"] / found[name]["geomean_ms"]) for name in peers]
        lines.append([f"{state} {kind}{' + facets' if facets else ''}", *cells])
    yield from _aligned(lines)


_FIGURES = ("geomean_ms", "median_ms", "worst_ms")


def _listed(title: str, rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        heads = list(rows[0])
        lines = [[name.replace("_bytes", "") for name in heads]]
        lines += [[_shown(name, row[name]) for name in heads] for row in rows]
        yield title
        yield from _aligned(lines)


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = zip(line, widths, strict=True)
        yield "  ".join(
            cell.rjust(width) if at else cell.ljust(width) for at, (cell, width) in enumerate(cells)
        )


def _shown(name: str, value: object) -> str:
    if "bytes" in name and isinstance(value, int):
        return f"{value / 1e6:.1f} MB"
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _ratio(value: float) -> str:
    return f"x{value:.2f}" if value >= 1 / 3 else f"/{1 / value:.1f}"
