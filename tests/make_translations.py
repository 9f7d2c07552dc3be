"""Brings the translations of the interface up to date.

    python tests/make_translations.py

Collects the strings of templates and modules. Traditional Chinese is made from them by OpenCC; English is what
`en/LC_MESSAGES/messages.po` says: new strings are added there without a translation, for somebody to write it, and
those that nobody uses any more are dropped. Run it again after that: the .mo files are what the site reads.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from opencc import OpenCC

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "src" / "disclosure_search" / "web" / "translations"
WEB = ROOT / "src" / "disclosure_search" / "web"
SOURCES = ((ROOT / "templates", "jinja2", "**.*"), (WEB, "python", "**.py"))
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true"}
CALLS = dict.fromkeys(("gettext", "lazy_gettext", "_", "_word"))


def strings() -> list[str]:
    """All that is shown through gettext, each once."""
    found: dict[str, None] = {}
    for folder, method, pattern in SOURCES:
        rows = extract_from_dir(folder, [(pattern, method)], {pattern: OPTIONS}, CALLS)
        found |= dict.fromkeys(str(row[2]) for row in rows)
    return sorted(found)


def catalogue(language: str) -> Catalog:
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def made(language: str, texts: list[str]) -> Catalog:
    held = catalogue(language)
    new = Catalog(
        locale=language, project="disclosure-search", version="1", charset="utf-8", fuzzy=False,
        creation_date=None, revision_date=None, header_comment="# Translations of the interface.",
    )  # fmt: skip
    convert = OpenCC("s2tw").convert
    for text in texts:
        old = held.get(text)
        said = convert(text) if language == "zh_Hant" else (old.string if old else "")
        flags = ["python-format"] if "%(" in text else []
        new.add(text, said, flags=flags)
    return new


def written(catalog: Catalog) -> tuple[bytes, bytes]:
    """Without dates: the same strings give the same bytes."""
    text, binary = io.BytesIO(), io.BytesIO()
    write_po(text, catalog, width=0, no_location=True, sort_output=True, omit_header=False)
    lines = [line for line in text.getvalue().splitlines(keepends=True) if b"-Date: " not in line]
    plain = b"".join(lines)
    write_mo(binary, read_po(io.BytesIO(plain), locale=str(catalog.locale)))
    return plain, binary.getvalue()


def main() -> None:
    texts = strings()
    for language in ("en", "zh_Hant"):
        catalog = made(language, texts)
        folder = FOLDER / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        plain, binary = written(catalog)
        (folder / "messages.po").write_bytes(plain)
        (folder / "messages.mo").write_bytes(binary)
        missing = [text for text in texts if not (found := catalog.get(text)) or not found.string]
        print(f"{language}: {len(texts)} strings, {len(missing)} without a translation")


if __name__ == "__main__":
    main()
