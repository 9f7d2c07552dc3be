"""The Whoosh schema of an index.

Stock classes only: the schema is pickled into the table of contents, and a class of our own there would keep
stock Whoosh from opening the index.
"""

from __future__ import annotations

from dataclasses import dataclass

from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.columns import NumericColumn, VarBytesColumn
from whoosh.fields import COLUMN, ID, NUMERIC, STORED, TEXT, Schema

from disclosure_search.engine.w3_digests import digests_column

STRING_BYTES = 192


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
    days: tuple[str, ...] = ()
    """The same with 32 bits: half the bytes. 2**31 - 1 stands for none."""
    columns: tuple[str, ...] = ()
    """One signed 64-bit number per document, as a column only."""
    strings: tuple[str, ...] = ()
    """At most 192 bytes per document, as a column only."""
    digests: tuple[str, ...] = ()
    """Several whole values per document, given as keywords, of which only digests are kept (see `w3_digests`)."""
    stored: tuple[str, ...] = ()

    @property
    def bits(self) -> dict[str, int]:
        """Of all fields that hold a number."""
        return {
            **dict.fromkeys(self.numbers, 64),
            **dict.fromkeys(self.days, 32),
            **dict.fromkeys(self.columns, 64),
        }

    @property
    def term_numbers(self) -> tuple[str, ...]:
        """The numbers that are terms, too."""
        return (*self.numbers, *self.days)

    @property
    def columns_of_bytes(self) -> tuple[str, ...]:
        return (self.unique, *self.strings, *map(digests_column, self.digests))


def make_schema(layout: Layout) -> Schema:
    """Tokens are cut by us, so the analyzers only split at blanks and change nothing."""
    schema = Schema()
    # As a column and not among the stored fields: 7 bytes a document and not 33.
    schema.add(layout.unique, ID(unique=True, sortable=VarBytesColumn()))
    for name in layout.words:
        schema.add(name, TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False))
    for name in layout.grams:
        schema.add(name, TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=True))
    for name in layout.keywords:
        schema.add(name, ID())
    for name in (*layout.numbers, *layout.days):
        # No shift terms: they would be sixteen terms per document, and the columns answer ranges.
        schema.add(name, NUMERIC(int, bits=layout.bits[name], signed=True, shift_step=0, sortable=True))
    for name in layout.columns:
        schema.add(
            name, COLUMN(NumericColumn("Q", default=2**64 - 1))
        )  # as NUMERIC keeps them: shifted by 2**63
    for name in (*layout.strings, *map(digests_column, layout.digests)):
        schema.add(name, COLUMN(VarBytesColumn()))
    for name in layout.stored:
        schema.add(name, STORED())
    return schema
