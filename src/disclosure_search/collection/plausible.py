"""What single values of a document, or two of them together, cannot well be: said to staff, and changed by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from disclosure_search.collection.check_digits import is_mistyped


def doubts(values: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """`values`: field → (value, source), as recognised."""
    index_number, source = values.get("index_number", ("", ""))
    if is_mistyped(index_number):
        yield f"index_number: {source} says {index_number}, whose check digit is wrong"
    published, source = values.get("published", ("", ""))
    issued, of_issued = values.get("issued", ("", ""))
    if published and issued and published[:10] < issued[:10]:
        yield f"published: {source} says {published}, before the day of issue, {issued} ({of_issued})"
