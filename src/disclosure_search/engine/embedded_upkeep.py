"""Looking after an embedded index: what takes up room in it, and whether all of it is as it was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from disclosure_search.engine.base import Inspection, Problem
from disclosure_search.engine.commits import Commit, missing, open_commit
from disclosure_search.engine.seal import Seal, read_seal
from disclosure_search.engine.space import Space
from disclosure_search.engine.texts import SUFFIX
from disclosure_search.engine.w3_toc import latest_generation
from disclosure_search.errors import EngineError, IndexDamagedError, IndexMissingError

MOST_PROBLEMS = 100  # of one segment: one broken byte may break every term


def sizes(commit: Commit, space: Space) -> dict[str, int]:
    """The bytes of each part of one commit."""
    found = Counter(dict.fromkeys(("postings", "terms", "columns", "texts", "ledger", "seals"), 0))
    for reader in space.readers:
        found.update(reader.sizes())
    for name, sealed in commit.seal.files.items():
        if name.endswith(SUFFIX):
            found["texts"] += sealed.size
        elif name == commit.ledger_path.name:
            found["ledger"] += sealed.size
    found["seals"] = sum(path.stat().st_size for path in commit.folder.glob("seal-*"))
    found["seals"] += sum(path.stat().st_size for path in commit.folder.glob("_MAIN_*"))
    return dict(found)


def inspect(folder: Path) -> Inspection:
    """Every file against the seal, then every posting and every count of every segment."""
    newest = latest_generation(folder)
    checked: Counter[str] = Counter()
    problems = list(_problems(folder, checked))
    if latest_generation(folder) != newest:
        raise EngineError(str(folder), "a commit came in while it was checked", "run the check again")
    return Inspection(dict(checked), tuple(problems))


def _problems(folder: Path, checked: Counter[str]) -> Iterator[Problem]:
    try:
        commit_number = latest_generation(folder)
        if commit_number < 0:
            raise IndexMissingError(str(folder))
        yield from _file_problems(folder, read_seal(folder, commit_number), checked)
        commit = open_commit(folder)
    except (FileNotFoundError, IndexMissingError) as error:
        lost = missing(folder, error)
        yield Problem(lost.subject, lost.what)
    except IndexDamagedError as error:
        yield Problem(error.subject, error.what)
    else:
        yield from _segment_problems(commit, checked)


def _file_problems(folder: Path, seal: Seal, checked: Counter[str]) -> Iterator[Problem]:
    for name, sealed in seal.files.items():
        checked["files"] += 1
        checked["bytes"] += sealed.size
        try:
            seal.check_file(folder / name)
        except FileNotFoundError:
            yield Problem(str(folder / name), "it is missing")
        except IndexDamagedError as error:
            yield Problem(error.subject, error.what)


def _segment_problems(commit: Commit, checked: Counter[str]) -> Iterator[Problem]:
    for segment in commit.toc.segments:
        checked["segments"] += 1
        try:
            reader = commit.reader(segment)
        except IndexDamagedError as error:
            yield Problem(error.subject, error.what)
            continue
        try:
            checked["terms"] += reader.term_count
            for what in reader.verify()[:MOST_PROBLEMS]:
                yield Problem(str(reader.path), what)
        finally:
            reader.close()
