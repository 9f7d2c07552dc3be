"""The Whoosh schema of an index.

Stock classes only: the schema is pickled into the table of contents, and a class of our own there would keep
stock Whoosh from opening the index.
"""

from __future__ import annotations

from dataclasses import dataclass

from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.columns import NumericColumn, VarBytesColumn
from whoosh.fields import COLUMN, ID, NUMERIC, STORED, TEXT, Schema

STRING_BYTES = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """Which fields an index has, by how they are kept."""

    unique: str
    words: tuple[str, ...] = ()
    """Scored, with frequencies only."""
    grams: tuple[str, ...] = ()
    """Scored, with positions."""
    keywords: tuple[str, ...] = ()
    """Several whole values per document, not scored."""
    numbers: tuple[str, ...] = ()
    """One signed 64-bit number per document, as a column and as terms (for stock range searches)."""
    columns: tuple[str, ...] = ()
    """One signed 64-bit number per document, as a column only."""
    strings: tuple[str, ...] = ()
    """At most 64 bytes per document, as a column only."""
    stored: tuple[str, ...] = ()


def make_schema(layout: Layout) -> Schema:
    """Tokens are cut by us, so the analyzers only split at blanks and change nothing."""
    schema = Schema()
    schema.add(layout.unique, ID(unique=True, stored=True))
    for name in layout.words:
        schema.add(name, TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False))
    for name in layout.grams:
        schema.add(name, TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=True))
    for name in layout.keywords:
        schema.add(name, ID())
    for name in layout.numbers:
        # No shift terms: they would be sixteen terms per document, and the columns answer ranges.
        schema.add(name, NUMERIC(int, bits=64, signed=True, shift_step=0, sortable=True))
    for name in layout.columns:
        schema.add(
            name, COLUMN(NumericColumn("Q", default=2**64 - 1))
        )  # as NUMERIC keeps them: shifted by 2**63
    for name in layout.strings:
        schema.add(name, COLUMN(VarBytesColumn()))
    for name in layout.stored:
        schema.add(name, STORED())
    return schema
