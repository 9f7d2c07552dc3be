"""Writes one segment from tokens: numbers in arrays while documents come in, bytes when it is finished."""

from __future__ import annotations

import copy
import pickle
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from whoosh.codec.whoosh3 import W3Codec, W3Segment

from disclosure_search.engine.w3_columns import BytesColumn, encode_numbers, sortable
from disclosure_search.engine.w3_compound import CompoundWriter
from disclosure_search.engine.w3_deflate import compress
from disclosure_search.engine.w3_digests import digests, digests_column
from disclosure_search.engine.w3_fields import (
    MAX_DOCUMENTS,
    MAX_TOKENS,
    ROUND_TOKENS,
    SortedValues,
    TokenField,
    ValueField,
    encode_postings,
    sorted_values,
)
from disclosure_search.engine.w3_schema import STRING_BYTES, Layout
from disclosure_search.engine.w3_terms import TermFile
from disclosure_search.engine.w3_toc import INDEX_NAME
from disclosure_search.errors import EngineError

MAX_STORED_BYTES = 2**32 - 1
TERM_BYTES = 350
UNIQUE_BYTES = 400
"""Of a document when the segment is finished: its id as a term, sorted, and its entry in the term file."""


class SegmentWriter:
    """`add` checks everything before it changes anything, so a refused document leaves the writer usable."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self._folder = folder
        self._layout = layout
        self.abort()

    def abort(self) -> None:
        """Forgets what was added. Nothing is on the disk before `finish`."""
        layout = self._layout
        self._scored = {
            name: TokenField(positions=name in layout.grams) for name in (*layout.words, *layout.grams)
        }
        self._values = {name: ValueField() for name in layout.keywords}
        self._numbers = {name: array("q") for name in layout.bits}
        self._strings = {name: BytesColumn() for name in layout.columns_of_bytes}
        self._stored = BytesColumn()
        self.document_count = 0
        self.token_count = 0

    def add(
        self,
        *,
        unique: str,
        tokens: Mapping[str, Sequence[str]],
        keywords: Mapping[str, Sequence[str]],
        numbers: Mapping[str, int],
        strings: Mapping[str, bytes],
        stored: Mapping[str, object],
    ) -> None:
        """Any field may be left out, except numbers: every document has each of them."""
        layout = self._layout
        packed = compress(_pickled(stored)) if stored else b""
        columns = [(column, numbers[name], layout.bits[name]) for name, column in self._numbers.items()]
        keys = {name: strings.get(name, b"") for name in layout.strings}
        self._check(tokens, keywords, stored, columns, keys.values())
        if not self.has_room(len(packed)):
            raise self._full()
        keys[layout.unique] = unique.encode("utf-8", "backslashreplace")
        for name in layout.digests:
            keys[digests_column(name)] = digests(keywords.get(name, ()))
        ordinal = self.document_count
        for name, field in self._values.items():
            field.add(ordinal, keywords.get(name, ()))
        for name, scored in self._scored.items():
            self.token_count += scored.add(tokens.get(name, ()))
        for column, number, _ in columns:
            column.append(number)
        for name, key in keys.items():
            self._strings[name].add(key)
        self._stored.add(packed)
        self.document_count += 1

    @property
    def held_bytes(self) -> int:
        """About how much memory this takes, up to and with `finish`: measured with laws and with articles.

        A token takes 4 bytes until its field is written, a term its string, its number and its bytes; of the largest
        field one round is sorted at a time."""
        scored = self._scored.values()
        terms = sum(field.term_count() for field in scored)
        terms += sum(field.term_count() for field in self._values.values())
        columns = sum(column.held_bytes for column in (*self._strings.values(), self._stored))
        numbers = 8 * len(self._numbers) + 4 * len(self._scored)
        sorting = 10 * min(max((field.total() for field in scored), default=0), ROUND_TOKENS)
        documents = (UNIQUE_BYTES + numbers) * self.document_count
        return sorting + 4 * self.token_count + TERM_BYTES * terms + documents + 2 * columns

    def _check(
        self,
        tokens: Mapping[str, Sequence[str]],
        keywords: Mapping[str, Sequence[str]],
        stored: Mapping[str, object],
        numbers: Iterable[tuple[object, int, int]],
        keys: Iterable[bytes],
    ) -> None:
        layout = self._layout
        unknown = (tokens.keys() - self._scored.keys()) | (
            keywords.keys() - {*layout.keywords, *layout.digests}
        )
        unknown |= stored.keys() - set(layout.stored)
        if unknown:
            raise ValueError(f"fields that the layout does not have: {', '.join(sorted(unknown))}")
        for _, number, bits in numbers:
            least = most = 2 ** (bits - 1)
            # the largest 32 bits hold stands for a day that never comes
            if not -least <= number < most - (bits == 64):
                raise ValueError(f"a number outside of {bits} bits (the largest stands for none)")
        if any(len(key) > STRING_BYTES for key in keys):
            raise ValueError(f"a string of more than {STRING_BYTES} bytes")
        for name, sequence in tokens.items():
            if len(sequence) > MAX_TOKENS:
                what = f"a document has {len(sequence)} tokens"
                raise EngineError(name, what, f"cut it into parts of at most {MAX_TOKENS}")

    def has_room(self, stored_bytes: int = 0) -> bool:
        """Whether the numbers of the format suffice for one more document."""
        is_small = self._stored.held_bytes + stored_bytes <= MAX_STORED_BYTES
        return is_small and self.document_count < MAX_DOCUMENTS

    def _full(self) -> EngineError:
        subject = f"segment of {self.document_count} documents"
        return EngineError(subject, "it has no room for another", "finish it and go on in another segment")

    def finish(self) -> W3Segment | None:
        if not self.document_count:
            return None
        segment = write_segment(
            self._folder, self.document_count, self._totals(), self._postings, self._columns
        )
        self.abort()
        return segment

    def _totals(self) -> dict[str, int]:
        return {name: field.total() for name, field in self._scored.items()}

    def _postings(self, terms: TermFile) -> Iterator[bytes | memoryview]:
        """Yields the postings of field after field, and hands each field's terms to `terms` on the way."""
        size = 0
        for name in sorted({*self._scored, *self._values, *self._layout.term_numbers, self._layout.unique}):
            field = self._field(name)
            postings = field.postings()  # first: it forgets the order that an earlier try left
            names = field.terms()
            done = 0
            for encoded in encode_postings(postings, size):
                yield from encoded.chunks
                size += encoded.size
                stop = done + len(encoded.infos)
                terms.add_field(name, names[done:stop], encoded.infos, encoded.inlined)
                done = stop

    def _field(self, name: str) -> TokenField | SortedValues:
        if name in self._scored:
            return self._scored[name]
        if name in self._values:
            return self._values[name].sorted()
        if name == self._layout.unique:
            return sorted_values(self._strings[name].values())
        numbers, of_document = np.unique(np.array(self._numbers[name], np.int64), return_inverse=True)
        # Whoosh's term of a number: how far it is shifted (not at all), then its sortable form.
        bits = self._layout.bits[name]
        form = {32: "!BI", 64: "!BQ"}[bits]
        terms = [struct.pack(form, 0, number) for number in sortable(numbers, bits).tolist()]
        return SortedValues(terms, of_document, np.arange(len(of_document)))

    def _columns(self) -> Iterator[tuple[str, Iterable[bytes | bytearray]]]:
        yield "_stored", self._stored.encode()
        for name, field in self._scored.items():
            if field.total():
                yield f"_{name}_len", [field.length_bytes().tobytes()]
        for name, numbers in self._numbers.items():
            yield name, [encode_numbers(np.array(numbers, np.int64), self._layout.bits[name])]
        for name, column in self._strings.items():
            yield name, column.encode()


def _pickled(row: Mapping[str, object]) -> bytes:
    """A row of short strings takes a third less without the memo that pickle keeps of each."""
    parts = [text.encode("utf-8", "surrogatepass") for text in chain(*row.items()) if isinstance(text, str)]
    if len(parts) < 2 * len(row) or any(len(part) > 255 for part in parts):
        return pickle.dumps(row, 2)
    strings = [b"\x8c%c%b" % (len(part), part) for part in parts]
    items = b"".join(b"%b%bs" % pair for pair in zip(strings[::2], strings[1::2], strict=True))
    return b"\x80\x04}%b." % items


def write_segment(
    folder: Path,
    documents: int,
    totals: Mapping[str, int],
    postings: Callable[[TermFile], Iterable[bytes | memoryview]],
    columns: Callable[[], Iterable[tuple[str, Iterable[bytes | bytearray | memoryview]]]],
) -> W3Segment:
    """`totals` are the lengths of the scored fields, which `postings` may still be counting."""
    segment = W3Codec().new_segment(None, INDEX_NAME)
    segment.compound = True
    segment.set_doc_count(documents)
    name = segment.segment_id()
    output = CompoundWriter(folder / f"{name}.seg")
    try:
        terms = TermFile()
        output.add(f"{name}.pst", postings(terms))
        output.add(f"{name}.trm", terms.finish())
        for ending, chunks in columns():
            output.add(f"{name}.{ending}.col", chunks)
        output.close()
    except BaseException:
        output.abort()
        raise
    vars(segment)["_fieldlengths"] = {name: total for name, total in totals.items() if total}
    return segment


def with_deletions(segment: W3Segment, ordinals: Iterable[int]) -> W3Segment:
    """A new segment value: one that a Toc holds never changes, since searches may be using it."""
    changed = copy.copy(segment)
    deleted = set(segment.deleted_docs()).union(map(int, ordinals))
    if deleted and not 0 <= min(deleted) <= max(deleted) < segment.doc_count_all():
        raise ValueError(f"ordinals outside of 0..{segment.doc_count_all() - 1}")
    vars(changed)["_deleted"] = deleted
    return changed
