"""Writes one segment from tokens: numbers in arrays while documents come in, bytes when it is finished."""

from __future__ import annotations

import copy
import pickle
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from whoosh.codec.whoosh3 import W3Codec, W3Segment

from disclosure_search.engine.w3_columns import encode_bytes, encode_numbers, sortable
from disclosure_search.engine.w3_compound import CompoundWriter
from disclosure_search.engine.w3_deflate import compress
from disclosure_search.engine.w3_fields import TokenField, ValueField, encode_postings
from disclosure_search.engine.w3_layout import TERM_INFO
from disclosure_search.engine.w3_schema import STRING_BYTES, Layout
from disclosure_search.engine.w3_terms import TermFile
from disclosure_search.engine.w3_toc import INDEX_NAME
from disclosure_search.errors import EngineError

MAX_DOCUMENTS = 2**22
MAX_STORED_BYTES = 2**32 - 1


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
            name: TokenField(name, positions=name in layout.grams) for name in (*layout.words, *layout.grams)
        }
        self._values = {name: ValueField() for name in (layout.unique, *layout.keywords)}
        self._numbers: dict[str, list[int]] = {name: [] for name in (*layout.numbers, *layout.columns)}
        self._strings: dict[str, list[bytes]] = {name: [] for name in layout.strings}
        self._stored: list[bytes] = []
        self._stored_bytes = 0
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
        packed = compress(_pickled({self._layout.unique: unique, **stored}))
        columns = [(column, numbers[name]) for name, column in self._numbers.items()]
        keys = [(column, strings.get(name, b"")) for name, column in self._strings.items()]
        self._check(tokens, keywords, stored, [number for _, number in columns], [key for _, key in keys])
        if self._stored_bytes + len(packed) > MAX_STORED_BYTES or self.document_count >= MAX_DOCUMENTS:
            raise self._full("it holds too many documents")
        ordinal = self.document_count
        self._values[self._layout.unique].add(ordinal, (unique,))
        for name, values in keywords.items():
            self._values[name].add(ordinal, values)
        for name, field in self._scored.items():
            self.token_count += field.add(tokens.get(name, ()))
        for column, number in columns:
            column.append(number)
        for strings_column, key in keys:
            strings_column.append(key)
        self._stored.append(packed)
        self._stored_bytes += len(packed)
        self.document_count += 1

    @property
    def held_bytes(self) -> int:
        """About how much memory this takes, up to and with `finish`: measured with laws and with articles."""
        fields = self._scored.values()
        terms = sum(field.term_count() for field in fields)
        largest = max((field.total() for field in fields), default=0)
        return (
            4 * self.token_count
            + 10 * largest
            + 350 * terms
            + 2000 * self.document_count
            + self._stored_bytes
        )

    def _check(
        self,
        tokens: Mapping[str, Sequence[str]],
        keywords: Mapping[str, Sequence[str]],
        stored: Mapping[str, object],
        numbers: Sequence[int],
        keys: Sequence[bytes],
    ) -> None:
        unknown = (tokens.keys() - self._scored.keys()) | (keywords.keys() - set(self._layout.keywords))
        unknown |= stored.keys() - set(self._layout.stored)
        if unknown:
            raise ValueError(f"fields that the layout does not have: {', '.join(sorted(unknown))}")
        if not all(-(2**63) <= number < 2**63 - 1 for number in numbers):
            raise ValueError("a number outside of 64 bits (the largest stands for none)")
        if any(len(key) > STRING_BYTES for key in keys):
            raise ValueError(f"a string of more than {STRING_BYTES} bytes")
        for name, sequence in tokens.items():
            if not self._scored[name].has_room(len(sequence)):
                raise self._full(f"{name} holds too many different terms")

    def _full(self, what: str) -> EngineError:
        return EngineError(
            f"segment of {self.document_count} documents", what, "finish it and go on in another segment"
        )

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
        fields = {**self._scored, **self._values, **dict.fromkeys(self._layout.numbers)}
        for name in sorted(fields):
            field = fields[name] or self._number_field(name)
            infos = []
            for encoded in encode_postings(field.postings(), size):
                yield from encoded.chunks
                size += encoded.size
                infos.append(encoded.infos)
            if infos:
                # concatenate turns the fields of a record into the byte order of the machine.
                terms.add_field(name, field.terms(), np.concatenate(infos).astype(TERM_INFO))

    def _number_field(self, name: str) -> ValueField:
        field = ValueField()
        numbers, of_document = np.unique(np.array(self._numbers[name], np.int64), return_inverse=True)
        # Whoosh's term of a number: how far it is shifted (not at all), then its sortable form.
        terms = [struct.pack("!BQ", 0, number) for number in sortable(numbers).tolist()]
        field.set_sorted(terms, of_document)
        return field

    def _columns(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        yield "_stored", encode_bytes(self._stored)
        for name, field in self._scored.items():
            if field.total():
                yield f"_{name}_len", [field.length_bytes().tobytes()]
        for name, numbers in self._numbers.items():
            yield name, [encode_numbers(np.array(numbers, np.int64))]
        for name, keys in self._strings.items():
            yield name, encode_bytes(keys)


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
    columns: Callable[[], Iterable[tuple[str, Iterable[bytes | memoryview]]]],
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
