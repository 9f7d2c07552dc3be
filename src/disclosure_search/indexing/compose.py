"""One document from its originals: all that the settlement decided about it, as a job that any process can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from disclosure_search.collection.reading import Reading
from disclosure_search.collection.related import without_names
from disclosure_search.collection.scan import Original
from disclosure_search.document import Attachment, Document, Interpretation, Publication
from disclosure_search.errors import CollectionError
from disclosure_search.indexing.descriptions import Describer
from disclosure_search.indexing.settle import Planned, Settlement, names_of
from disclosure_search.indexing.survey import Item, Survey


@dataclass(frozen=True, slots=True)
class Owned:
    """The file of an attachment; `readable` unless reading it failed in this run or before."""

    original: Original
    sha256: str
    readable: bool


@dataclass(frozen=True, slots=True)
class Job:
    """`there` are the places at which files lie that it names; `attached` holds those that belong to the document, by
    path; `resolved` the ids of the documents that it is explained by; `withheld` the paths of both kinds that
    must not even be named."""

    doc_id: str
    fingerprint: str
    originals: tuple[Item, ...]
    there: frozenset[str]
    attached: dict[str, Owned]
    resolved: dict[str, str]
    withheld: frozenset[str]

    @property
    def path(self) -> str:
        return self.originals[0].path


def job_of(planned: Planned, survey: Survey, settlement: Settlement) -> Job:
    originals = (planned.first, *planned.copies)
    named = [one for item in originals for one in names_of(item, survey.items)]
    there = {one.path for one in named}
    attached = {
        path: Owned(target.original, target.sha256, not target.failed)
        for path in there
        if path in settlement.owners and path not in planned.hidden and (target := survey.items[path])
    }
    ids = {path: settlement.ids.get(path, "") for path in planned.first.mentions}
    return Job(
        planned.doc_id,
        planned.fingerprint,
        tuple(Item(item.original, sha256=item.sha256, described=item.described) for item in originals),
        frozenset(there),
        attached,
        {path: doc_id for path, doc_id in ids.items() if doc_id in settlement.documents},
        planned.hidden,
    )


@dataclass(frozen=True, slots=True)
class Composer:
    reading: Reading
    describer: Describer

    def document(self, job: Job) -> Document:
        """ExtractionError or CollectionError where it can no longer be put together."""
        first, *copies = [self._whole(item) for item in job.originals]
        arrived = date.fromtimestamp(job.originals[0].original.modified_ns / 1e9)
        joined = _joined(first, copies)
        return replace(
            joined,
            body=without_names(joined.body, _hidden_names((first, *copies), job)),
            doc_id=job.doc_id,
            arrived=arrived,
            recorded=date.today(),
            fingerprint=job.fingerprint,
            attachments=_once([list(self._attachments(one, job)) for one in (first, *copies)]),
            interpretations=tuple(
                _resolved(one, job)
                for one in first.interpretations
                if not job.withheld.intersection((one.path, *one.places))
            ),
        )

    def _whole(self, item: Item) -> Document:
        if item.described is None:  # unreadable at present, while another part of the document changed
            raise CollectionError(item.path, "its catalogue cannot be read", "mend the catalogue")
        extract = self.reading.read(item.original, item.sha256)
        return self.describer.document(item.original, item.sha256, extract, item.described)

    def _attachments(self, document: Document, job: Job) -> Iterator[Attachment]:
        """Only files that belong to a document give their text; one that is withheld is not even named."""
        for one in document.attachments:
            path = next((place for place in (one.path, *one.places) if place in job.there), "")
            target = job.attached.get(path)
            if path in job.withheld or (one.sha256 and path):
                continue  # a member that is an original of its own
            if one.sha256:
                yield one
            elif target is None:
                yield replace(one, path="", places=())
            else:
                text = self.reading.read(target.original, target.sha256).text if target.readable else ""
                size = target.original.size_bytes
                yield replace(one, path=path, places=(), text=text, size_bytes=size, sha256=target.sha256)


def _hidden_names(documents: Iterable[Document], job: Job) -> frozenset[str]:
    """What a page calls, in its lists of links, the files and documents that must not be named."""
    attachments = (one for document in documents for one in document.attachments)
    hidden = [one.name for one in attachments if job.withheld.intersection((one.path, *one.places))]
    mentions = (one for document in documents for one in document.interpretations)
    return frozenset(
        (*hidden, *(one.title for one in mentions if job.withheld.intersection((one.path, *one.places))))
    )


def _resolved(one: Interpretation, job: Job) -> Interpretation:
    """To the document of the collection that its address means, by the first of the places where one lies."""
    path = next(
        (place for place in (one.path, *one.places) if place in job.resolved and place != job.path), one.path
    )
    return replace(one, path=path, doc_id=job.resolved.get(path, ""), places=())


def _once(listed: list[list[Attachment]]) -> tuple[Attachment, ...]:
    """Those of the first original, and of its copies those that it lacks: the same file may lie beside each."""
    found, *others = listed
    for one in (one for attachments in others for one in attachments if one.path):
        gap = next((at for at, held in enumerate(found) if held.name == one.name and not held.path), None)
        if gap is not None:
            found[gap] = one
        elif one.sha256 not in {held.sha256 for held in found}:
            found.append(one)
    return tuple(found)


def _joined(document: Document, copies: list[Document]) -> Document:
    """The same content published elsewhere too: one document, several publication events."""
    if not copies:
        return document
    everything = [document, *copies]
    return replace(
        document,
        category=tuple(dict.fromkeys(code for one in everything for code in one.category)),
        channel=tuple(dict.fromkeys(code for one in everything for code in one.channel)),
        keywords=tuple(dict.fromkeys(word for one in everything for word in one.keywords)),
        publications=tuple(dict.fromkeys(event for one in everything for event in _own_events(one))),
    )


def _own_events(document: Document) -> Iterator[Publication]:
    """With what the document was called there."""
    for event in document.publications:
        yield replace(event, title=document.title, number=document.number, index_number=document.index_number)
