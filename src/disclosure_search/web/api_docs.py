"""The documentation of the interface as a page of ours, made from its description alone: no script, nothing foreign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import render_template

from disclosure_search.web.answering import searching
from disclosure_search.web.openapi import description
from disclosure_search.web.problems import KINDS

MOST_VALUES = 6  # of a parameter; all of them stand in the description


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    kind: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    path: str
    summary: str
    parameters: tuple[Row, ...]
    gives: str


def api_docs() -> str:
    described = description(searching())
    return render_template(
        "api.html",
        described=described,
        operations=tuple(_operations(described)),
        schemas={name: tuple(_rows(shape)) for name, shape in described["components"]["schemas"].items()},
        problems=KINDS,
        stand=searching().condition(),
    )


def _operations(described: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in described["paths"].items():
        operation = methods["get"]
        parameters = (_resolved(described, one) for one in operation["parameters"])
        rows = tuple(Row(one["name"], _kind(one["schema"]), one.get("description", "")) for one in parameters)
        ((media_type, content),) = operation["responses"]["200"]["content"].items()
        shape = _kind(content["schema"])
        gives = f"{media_type}: {shape}" if "json" in media_type else media_type
        yield Operation(path, operation["summary"], rows, gives)


def _resolved(described: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in one:
        return one
    found: dict[str, Any] = described["components"]["parameters"][one["$ref"].rpartition("/")[2]]
    return found


def _rows(shape: dict[str, Any], above: str = "") -> Iterator[Row]:
    """Keys of objects within objects are written with a point."""
    for name, value in shape["properties"].items():
        yield Row(f"{above}{name}", _kind(value), value.get("description", ""))
        inner = value.get("items", value)
        if "properties" in inner:
            yield from _rows(inner, f"{above}{name}.")


def _kind(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        return str(shape["$ref"]).rpartition("/")[2]
    if "anyOf" in shape:
        return " | ".join(map(_kind, shape["anyOf"]))
    if shape.get("type") == "array":
        return f"[{_kind(shape['items'])}]"
    if "enum" in shape:
        shown = [one for one in shape["enum"][:MOST_VALUES] if one]
        return " | ".join((*shown, *(("…",) if len(shape["enum"]) > MOST_VALUES else ())))
    kind = shape.get("type", "")
    return " | ".join(kind) if isinstance(kind, list) else str(kind)
