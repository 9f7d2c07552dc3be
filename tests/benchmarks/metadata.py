"""How much of what documents say of themselves is recognised, counted against what is known to be right.

    python tests/benchmarks/metadata.py FOLDER … [--limit N] [--misses N] [--json FILE]

What is right is taken from the folder, by the first of these that there is:

* `gold.jsonl` beside the files: one object a line, `{file, title, number or doc_number, agency, issued, publish}`;
  a field that is absent is not asked, an empty one must stay empty;
* `目录.csv` beside the files (the catalogue itself is not shown to the recogniser); of texts that name no day of
  publication the day of issue is taken for it, since lists of laws do so;
* the metadata table in a page: such a page is asked twice, as it is and with its text alone, as on a portal that
  has no table;
* for `derived…_NAME.EXT` the page `NAME.html` anywhere below the folder;
* the name of the file, for the title, and for the 文号 where it holds one: names are shortened, so that it is enough
  when the title found holds the one of the name, and the issuer of a number may be abbreviated.

The table counts for each kind of gold and each field: asked, right, missing, wrong, and `invented` (a value where there
is none). Every miss is explained by what can be seen: whether the right value stands in the text at all, and where the
one that was taken stood.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from disclosure_search.collection.moments import iso, parse_moment
from disclosure_search.collection.numbers import find_numbers
from disclosure_search.collection.recognise import Recognised, recognise
from disclosure_search.extract import Extract
from disclosure_search.extract.pool import ReaderPool

FIELDS = ("title", "number", "index_number", "agency", "issued", "published")
_TABLE = {
    "标题": "title", "名称": "title", "信息名称": "title", "索引号": "index_number", "发文机关": "agency",
    "发布机构": "agency", "发文字号": "number", "文号": "number", "成文日期": "issued", "发布日期": "published",
}  # fmt: skip
_HEADINGS = _TABLE | {"信息标题": "title", "发文日期": "issued", "发布时间": "published"}
_SKIPPED = (".jsonl", ".csv", ".tsv", ".py", ".toml", ".json")
_SPACE = re.compile(r"\s+")


class Case(NamedTuple):
    """One document asked in one way."""

    kind: str
    path: Path
    gold: dict[str, str]
    extract: Extract
    found: Recognised


class Miss(NamedTuple):
    kind: str
    field: str
    path: Path
    wanted: str
    got: str
    reason: str


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Counts what is recognised of documents against what is known."
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "--limit", type=int, default=0, help="take every Nth file so that about so many remain"
    )
    parser.add_argument("--misses", type=int, default=1000, help="how many misses to explain")
    parser.add_argument("--json", type=Path, help="write counts and misses there")
    asked = parser.parse_args()
    counts: dict[tuple[str, str], dict[str, int]] = {}
    misses: list[Miss] = []
    for case in cases(asked.folders, asked.limit):
        for field, wanted in case.gold.items():
            got = case.found.values.get(field, ("", ""))[0]
            if field == "published" and case.kind == "catalogue":
                got = got or case.found.values.get("issued", ("", ""))[0]
            outcome = judged(field, wanted, got, is_hint=case.kind == "file name")
            row = counts.setdefault((case.kind, field), {})
            row[outcome] = row.get(outcome, 0) + 1
            if outcome != "right":
                misses.append(_miss(case, field, wanted, outcome))
    _print(counts, misses[: asked.misses])
    if asked.json:
        rows = [{"kind": kind, "field": field, **row} for (kind, field), row in counts.items()]
        told = [{**miss._asdict(), "path": str(miss.path)} for miss in misses]
        asked.json.write_text(
            json.dumps({"counts": rows, "misses": told}, ensure_ascii=False, indent=1), "utf-8"
        )
    return 0


def cases(folders: Iterable[Path], limit: int) -> Iterator[Case]:
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if _is_asked(path)]
    files = files[:: max(1, len(files) // limit)] if limit else files
    told = _told(folders)
    pages = {path.stem: path for folder in folders for path in folder.rglob("*.html")}
    wanted = sorted({*files, *(page for path in files if (page := _origin(path, pages)))})
    read: dict[Path, Extract] = {}
    with ReaderPool(2) as pool:
        for path, extract in pool.extract_many(wanted):
            if isinstance(extract, Extract):
                read[path] = extract
            else:
                print(f"not read: {path}: {extract}", file=sys.stderr)
    for path in files:
        if path in read:
            yield from _asked(path, read, told, pages)


def _asked(
    path: Path, read: dict[Path, Extract], told: dict[Path, dict[str, str]], pages: dict[str, Path]
) -> Iterator[Case]:
    extract = read[path]
    table = of_table(extract)
    origin = _origin(path, pages)
    whole = recognise(extract, path.stem)
    if path in told:
        yield Case("catalogue", path, told[path], extract, recognise(extract, ""))
    elif table:
        yield Case("page with its table", path, table, extract, whole)
        alone = Extract(extract.text, reader=extract.reader, links=extract.links)
        gold = {name: value for name, value in table.items() if name not in ("published", "index_number")}
        yield Case("page without its table", path, gold, alone, recognise(alone, ""))
    elif origin in read and of_table(read[origin]):
        gold = {
            name: value
            for name, value in of_table(read[origin]).items()
            if name not in ("published", "index_number")
        }
        yield Case(f"the same as {path.suffix}", path, gold, extract, recognise(extract, ""))
    elif gold := of_name(path.stem):
        yield Case("file name", path, gold, extract, whole)


def _is_asked(path: Path) -> bool:
    return (
        path.is_file()
        and path.suffix.lower() not in _SKIPPED
        and not path.name.startswith((".", "README", "目录"))
    )


def _told(folders: Iterable[Path]) -> dict[Path, dict[str, str]]:
    """Of all lists beside the files."""
    told: dict[Path, dict[str, str]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("gold.jsonl")):
            for row in map(json.loads, filter(str.strip, path.read_text("utf-8").split("\n"))):
                names = {"doc_number": "number", "publish": "published"}
                gold = {names.get(name, name): value for name, value in row.items()}
                told[path.parent / row["file"]] = {name: gold[name] for name in FIELDS if name in gold}
        for path in sorted(folder.rglob("目录.csv")):
            text = ""
            for encoding in ("utf-8-sig", "gb18030"):
                with suppress(UnicodeDecodeError):
                    text = path.read_text(encoding)
                    break
            for row in csv.DictReader(StringIO(text)):
                gold = {_HEADINGS[name]: value for name, value in row.items() if name in _HEADINGS and value}
                told[path.parent / row.get("文件名", "")] = gold
    return told


def of_table(extract: Extract) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in extract.metadata:
        origin, _, label = key.partition(":")
        if origin == "table" and label in _TABLE:
            found.setdefault(_TABLE[label], value)
    return found if "title" in found else {}


def of_name(stem: str) -> dict[str, str]:
    """What the name tells: a title with its 文号 in brackets, or with both parted by `_`."""
    stem = re.sub(r"^(?:derived_)?(?:[a-z0-9-]+_)*(?=[^a-zA-Z])", "", stem)
    plain = re.sub(r"_([12]\d{3})_?(?:第)?(\d+)号", r"〔\1〕\2号", stem)
    numbers = list(find_numbers(plain))
    title = plain[: numbers[0].start] if numbers else plain
    title = re.sub(r"_?(?:令|版\d|\d{4}|[12]\d{3}(?:修订|年第\d+号))?$", "", title).strip("_（( ")
    gold = {"title": title} if len(re.findall("[\u4e00-\u9fff]", title)) >= 6 else {}
    return gold | ({"number": numbers[0].text} if len(numbers) == 1 and gold else {})


def _origin(path: Path, pages: dict[str, Path]) -> Path | None:
    name = re.search(r"gov\.cn_\d+$", path.stem) if path.stem.startswith("derived_") else None
    return pages.get(name.group()) if name else None


def judged(field: str, wanted: str, got: str, *, is_hint: bool = False) -> str:
    if not wanted:
        return "invented" if got else "right"
    if not got:
        return "missing"
    if is_hint and field in ("title", "number"):
        return "right" if _holds(_key(field, got), _key(field, wanted)) else "wrong"
    return "right" if _alike(field, wanted, got) else "wrong"


def _holds(whole: str, part: str) -> bool:
    """All characters of the part in their order: 人民银行令 in 中国人民银行令."""
    rest = iter(whole)
    return all(char in rest for char in part)


def _alike(field: str, wanted: str, got: str) -> bool:
    if field in ("issued", "published"):
        days = [parse_moment(value) for value in (wanted, got)]
        return all(days) and len({iso(day)[:10] for day in days if day}) == 1
    return _key(field, wanted) == _key(field, got)


def _key(field: str, value: str) -> str:
    if field == "number":
        value = next((found.text for found in find_numbers(value)), value).replace("国令第", "国务院令第")
    plain = _SPACE.sub("", unicodedata.normalize("NFKC", value))
    if field == "title":
        return re.sub(r"[《》〈〉<>“”\"'()_、,:]|中华人民共和国", "", plain)
    return ";".join(sorted(re.split("[;、]", plain))) if field == "agency" else plain


def _miss(case: Case, field: str, wanted: str, outcome: str) -> Miss:
    got, source = case.found.values.get(field, ("", ""))
    return Miss(
        case.kind, field, case.path, wanted, got, f"{outcome}: {_reason(case, field, wanted, got, source)}"
    )


def _reason(case: Case, field: str, wanted: str, got: str, source: str) -> str:
    taken = f"; taken from the {source}" if got else ""
    if not wanted:
        return f"there is none{taken}"
    text = _SPACE.sub("", unicodedata.normalize("NFKC", case.extract.text))
    if field in ("issued", "published"):
        day = parse_moment(wanted)
        spelled = (f"{day.year}年{day.month}月{day.day}日", f"{day:%Y-%m-%d}") if day else (wanted,)
        return (
            "its day stands in the text"
            if any(one in text for one in spelled)
            else "its day is not in the text"
        ) + taken
    at = text.find(_SPACE.sub("", unicodedata.normalize("NFKC", wanted)))
    place = "it is not in the text" if at < 0 else f"it stands at character {at} of {len(text)}"
    return place + taken


def _print(counts: dict[tuple[str, str], dict[str, int]], misses: list[Miss]) -> None:
    print(
        f"{'gold':<26}{'field':<14}{'asked':>7}{'right':>7}{'%':>7}{'missing':>9}{'wrong':>7}{'invented':>10}"
    )
    for (kind, field), row in sorted(counts.items()):
        asked, right = sum(row.values()), row.get("right", 0)
        rest = f"{row.get('missing', 0):>9}{row.get('wrong', 0):>7}{row.get('invented', 0):>10}"
        print(f"{kind:<26}{field:<14}{asked:>7}{right:>7}{100 * right / asked:>7.1f}{rest}")
    for miss in misses:
        print(f"{miss.kind} / {miss.field} / {miss.path.name}: {miss.reason}")
        print(f"  want {miss.wanted!r}", f"  got  {miss.got!r}", sep="\n")


if __name__ == "__main__":
    sys.exit(main())
