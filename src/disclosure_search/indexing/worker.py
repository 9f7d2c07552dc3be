"""A process that writes its share of a large run: a Setup and batches of jobs come in, an answer per job goes out.

Answers are pickles on what was standard output; anything else that is printed goes to standard error.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import IO

from disclosure_search.collection.reading import Reading
from disclosure_search.engine import open_part
from disclosure_search.engine.base import PartWriter
from disclosure_search.entry import entry_of
from disclosure_search.errors import CollectionError, ExtractionError
from disclosure_search.extract.pool import ReaderPool
from disclosure_search.indexing.bulk import Crashed, Setup, Unmade, unmade
from disclosure_search.indexing.compose import Composer, Job


def work(source: IO[bytes], answers: IO[bytes]) -> None:
    setup: Setup = pickle.load(source)  # noqa: S301 - from our own parent
    with ReaderPool(1, setup.limits) as pool:
        composer = Composer(Reading(setup.data_dir, setup.store_dir, pool), setup.describer)
        part = open_part(setup.part)
        while (batch := pickle.load(source)) is not None:  # noqa: S301
            for job in batch:
                _answer(answers, _done(job, composer, part, setup))
        _answer(answers, part.finish())


def _done(job: Job, composer: Composer, part: PartWriter, setup: Setup) -> Unmade | Crashed | None:
    try:
        document = composer.document(job)
        part.add(entry_of(document, setup.segmenter, setup.describer.vocabularies))
    except (ExtractionError, CollectionError) as error:
        return unmade(job.doc_id, error)
    except Exception as error:  # noqa: BLE001 - named by its document, and the whole run fails
        return Crashed(job.path, f"{type(error).__name__}: {error}")
    return None


def _answer(answers: IO[bytes], value: object) -> None:
    pickle.dump(value, answers)
    answers.flush()


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        work(sys.stdin.buffer, answers)
    except (EOFError, BrokenPipeError):  # the parent is gone: nobody will adopt what we wrote
        sys.exit(1)


if __name__ == "__main__":
    main()
