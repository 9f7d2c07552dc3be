"""What the readers make of files whose text is known, and what hostile ones cost them.

    python tests/benchmarks/formats.py FOLDER … [--hostile FOLDER] [--misses N] [--json FILE]

Gold text, by the first of these that there is:

* `NAME.gold.txt` beside a file;
* for `derived_…NAME.EXT` the file `NAME.html`, `NAME.md` or `NAME.xls` anywhere below the folders: the same text in
  another container. The gold of other containers is all text of the page's elements, taken with the standard library's
  parser; that of a workbook is what our own reader says of the other container: it shows agreement only;
* for a page the text of its element `UCAP-CONTENT`; for TXT and MD in UTF-8 the file's own text.

Both sides lose all that is neither letter nor digit, and the marks of Markdown; precision and recall are those of
their character bigrams. `--hostile` is a folder with a `manifest.jsonl` of `{file, expect, must, mustnot}`: `ok`
must hold its text, `empty` and `reject` must be refused with a reason, `any` may do either; nothing may end the run.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from disclosure_search.errors import ExtractionError
from disclosure_search.extract import Extract, Limits
from disclosure_search.extract._process import Measured
from disclosure_search.extract.pool import ReaderPool

SKIPPED = (".tsv", ".jsonl", ".py", ".gold.txt")
DERIVED = re.compile(
    r"derived_(?:(?:gbk|gb18030|utf-8(?:-sig)?|utf-16(?:-le|-be)?|big5)_(?:as_[\w-]+?_)?)?(.+)\.\w+"
)
TARGETS = {"pdf": (0.94, 0.0)}
TARGET = (0.99, 0.97)
CONTENT = "UCAP-CONTENT"  # where pages of this system keep the text
UNSEEN = ("script", "style", "title", "noscript", "textarea")


class _Text(HTMLParser):
    """All text, or that of the table cell or block whose id is `within`, up to the end tag of its own depth."""

    def __init__(self, within: str = "") -> None:
        super().__init__()
        self.parts: list[str] = []
        self._within = within
        self._tag, self._depth = "", 0 if within else 1
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in UNSEEN
        if self._depth and tag == self._tag:
            self._depth += 1
        elif not self._depth and self._within and ("id", self._within) in attrs:
            self._tag, self._depth = tag, 1

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in UNSEEN
        if self._depth and tag == self._tag:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._depth and not self._hidden:
            self.parts.append(data)


@dataclass
class Row:
    """Of one format; shares of each file with gold, and the worst that any file cost."""

    files: int = 0
    refused: int = 0
    recalls: list[float] = field(default_factory=list)
    precisions: list[float] = field(default_factory=list)
    size: int = 0
    seconds: float = 0.0
    worst_seconds: float = 0.0
    worst_bytes: int = 0

    def take(self, path: Path, measured: Measured) -> None:
        self.files += 1
        self.refused += isinstance(measured.result, ExtractionError)
        self.cost(measured)
        if path.is_file():
            self.size += path.stat().st_size
        self.seconds += measured.seconds

    def cost(self, measured: Measured) -> None:
        self.worst_seconds = max(self.worst_seconds, measured.seconds)
        self.worst_bytes = max(self.worst_bytes, measured.peak_bytes)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--hostile", type=Path)
    parser.add_argument("--misses", type=int, default=20, help="how many to explain")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    paths = sorted(path for folder in chosen.folders for path in folder.rglob("*") if _is_asked(path))
    rows: dict[str, Row] = defaultdict(Row)
    misses: list[str] = []
    with ReaderPool(2, Limits()) as pool:
        texts = dict(_read(pool, paths, rows))
        for path, extract in texts.items():
            _compare(path, extract, gold_of(path, paths, texts), rows[extract.reader], misses)
        wrong, hostile = _hostile(pool, chosen.hostile) if chosen.hostile else ([], {})
    _print(rows, hostile)
    for line in misses[: chosen.misses]:
        print(line)
    for line in wrong:
        print(f"hostile: {line}")
    if chosen.json:
        chosen.json.write_text(
            json.dumps(_as_json(rows, hostile, wrong), ensure_ascii=False, indent=1), "utf-8"
        )
    return 1 if wrong else 0


def _is_asked(path: Path) -> bool:
    return (
        path.is_file()
        and not path.name.endswith(SKIPPED)
        and path.name not in ("README.md", "PROVENANCE.tsv")
    )


def _read(pool: ReaderPool, paths: Sequence[Path], rows: dict[str, Row]) -> Iterator[tuple[Path, Extract]]:
    for path, measured in pool.measure_many(paths):
        outcome = measured.result
        name = outcome.reader if isinstance(outcome, Extract) else path.suffix.lower().lstrip(".")
        rows[name].take(path, measured)
        if isinstance(outcome, Extract):
            yield path, outcome
        else:
            print(f"refused: {path.name}: {outcome.kind}: {outcome.what}", file=sys.stderr)


def gold_of(path: Path, paths: Iterable[Path], texts: dict[Path, Extract]) -> str:
    """Empty where the text is not known."""
    beside = path.with_name(f"{path.name}.gold.txt")
    if beside.is_file():
        return beside.read_text("utf-8")
    derived = DERIVED.fullmatch(path.name)
    name = derived[1] if derived else path.stem
    for origin in paths:
        if origin.name.startswith("derived_") or origin.stem != name:
            continue
        if origin.suffix == ".html" and name.startswith("gov.cn_"):
            return _page_text(origin, CONTENT if path.suffix == ".html" else "")
        if origin.suffix == ".md":
            return origin.read_text("utf-8-sig")
        if derived and origin.suffix == ".xls" and origin in texts:
            return texts[origin].text
    return ""


def _page_text(page: Path, within: str) -> str:
    parser = _Text(within)
    parser.feed(page.read_text("utf-8"))
    return " ".join(parser.parts)


def _compare(path: Path, extract: Extract, gold: str, row: Row, misses: list[str]) -> None:
    if not gold:
        return
    wanted, got = bigrams(gold), bigrams(extract.text)
    both = (wanted & got).total()
    recall, precision = both / max(1, wanted.total()), both / max(1, got.total())
    row.recalls.append(recall)
    row.precisions.append(precision)
    least = TARGETS.get(extract.reader, TARGET)
    if recall < least[0] or precision < least[1]:
        lost, added = (
            " ".join(one for one, _ in some.most_common(12)) for some in (wanted - got, got - wanted)
        )
        misses.append(
            f"{path.name}: recall {recall:.4f}, precision {precision:.4f}; lost {lost}; added {added}"
        )


def bigrams(text: str) -> Counter[str]:
    plain = "".join(one for one in unicodedata.normalize("NFKC", text) if one.isalnum())
    return Counter(plain[at : at + 2] for at in range(len(plain) - 1))


def _hostile(pool: ReaderPool, folder: Path) -> tuple[list[str], dict[str, Row]]:
    manifest = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    rows: dict[str, Row] = defaultdict(Row)
    wrong = []
    for one in manifest:
        path = folder / one["file"]
        if path.is_symlink() or not path.is_file():  # an index run reports them by themselves
            continue
        measured = pool.measured(path)
        rows[one["category"]].take(path, measured)
        if complaint := complaint_of(one, measured.result):
            wrong.append(f"{one['file']} ({one['expect']}): {complaint}")
    return wrong, rows


def complaint_of(told: dict[str, object], result: Extract | ExtractionError) -> str:
    """What does not hold of an entry of the manifest; empty where all does."""
    expected = told["expect"]
    if isinstance(result, ExtractionError):
        return f"refused: {result.kind}: {result.what}" if expected == "ok" else ""
    if expected in ("empty", "reject"):
        return f"read as {result.reader}: {result.text[:60]!r}"
    inside = (f"{one.name}\n{one.extract.text}" for one in result.members if one.extract)
    text = "".join("\n".join([result.title, result.text, *inside]).split())
    must, mustnot = ("".join(str(told[name] or "").split()) for name in ("must", "mustnot"))
    if expected == "ok" and must and must not in text:
        return f"does not hold {must[:40]!r}: {text[:60]!r}"
    return f"holds {mustnot[:40]!r}" if mustnot and mustnot in text else ""


def _print(rows: dict[str, Row], hostile: dict[str, Row]) -> None:
    print(
        "| format | files | refused | with gold | recall: mean, least | precision: mean, least "
        "| s/MB | worst s | worst MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, row in sorted(rows.items()):
        print(f"| {name} | {row.files} | {row.refused} | {_shares(row)} | {_cost(row)} |")
    if hostile:
        print("\n| hostile | files | refused | s/MB | worst s | worst MB |\n|---|---|---|---|---|---|")
    for name, row in sorted(hostile.items()):
        print(f"| {name} | {row.files} | {row.refused} | {_cost(row)} |")


def _shares(row: Row) -> str:
    if not row.recalls:
        return "0 | – | –"
    told = (f"{sum(some) / len(some):.4f}, {min(some):.4f}" for some in (row.recalls, row.precisions))
    return f"{len(row.recalls)} | " + " | ".join(told)


def _cost(row: Row) -> str:
    return (
        f"{row.seconds / max(row.size / 1e6, 1e-6):.3f} | {row.worst_seconds:.2f} | {row.worst_bytes >> 20}"
    )


def _as_json(rows: dict[str, Row], hostile: dict[str, Row], wrong: list[str]) -> dict[str, object]:
    return {
        "formats": {
            name: {
                "files": row.files,
                "refused": row.refused,
                "recall": row.recalls,
                "precision": row.precisions,
                "s_per_mb": row.seconds / max(row.size / 1e6, 1e-6),
                "worst_s": row.worst_seconds,
                "worst_bytes": row.worst_bytes,
            }
            for name, row in sorted(
                {**rows, **{f"hostile {name}": row for name, row in hostile.items()}}.items()
            )
        },
        "wrong": wrong,
    }


if __name__ == "__main__":
    sys.exit(main())
