"""How a bureau wants its site to look and what has to stand at the foot of it: the table [site] of collection.toml.

[site]
name = "…"            # else [collection] name
host = "…"            # 主办单位, else [collection] agency
contact = "…"         # 联系方式
requests = "…"        # where to ask for what is not here: an address, a post box, a telephone
code = "3505830001"   # 网站标识码
icp = "…"             # ICP备案号
police = "…"          # 公安备案号
colour = "#17406f"    # of the head; white letters have to be readable on it
logo = "logo.svg"     # below the data folder: SVG, PNG, JPEG or WebP
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from disclosure_search.collection.scan import SETTINGS
from disclosure_search.errors import CollectionError

READABLE, VERY_READABLE = 4.5, 7.0  # contrast to white: of pages, and of pages in large type
LARGEST_LOGO_BYTES = 256 << 10
LOGO_TYPES = {
    ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
}  # fmt: skip
_TEXTS = ("name", "host", "contact", "requests", "code", "icp", "police")
_KNOWN = (*_TEXTS, "colour", "logo")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Branding:
    """`colour` is as it is written, `deep` the same darkened until it suits large type; `logo` lies below the data
    folder. What is not set is empty."""

    name: str = ""
    host: str = ""
    contact: str = ""
    requests: str = ""
    code: str = ""
    icp: str = ""
    police: str = ""
    colour: str = ""
    deep: str = ""
    logo: str = ""


def load_branding(data_dir: Path) -> Branding:
    """CollectionError for what could not be shown as it is meant."""
    path = data_dir / SETTINGS
    try:
        table = tomllib.loads(path.read_text("utf-8-sig")).get("site", {}) if path.is_file() else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CollectionError(str(path), f"cannot be read ({error})", "correct it or remove it") from error
    if not isinstance(table, dict):
        raise CollectionError(str(path), "`site` must be a table", "head it [site]")
    for key, value in table.items():
        if key not in _KNOWN:
            raise CollectionError(f"{path} [site]", f"it sets {key}", f"use one of {', '.join(_KNOWN)}")
        if not isinstance(value, str) or "\n" in value:
            raise CollectionError(f"{path} [site] {key}", "it is no line of text", "write it in quotes")
    held = {key: value.strip() for key, value in table.items()}
    colour = _checked_colour(f"{path} [site] colour", held.get("colour", "").lower())
    logo = _checked_logo(f"{path} [site] logo", data_dir, held.get("logo", ""))
    texts = {key: held.get(key, "") for key in _TEXTS}
    return Branding(**texts, colour=colour, deep=_deepened(colour) if colour else "", logo=logo)


def contrast_to_white(colour: str) -> float:
    """As WCAG 2 has it: 21 for black, 1 for white."""
    return 1.05 / (_luminance(colour) + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _deepened(colour: str) -> str:
    while contrast_to_white(colour) < VERY_READABLE:
        colour = "#" + "".join(f"{int(int(colour[at : at + 2], 16) * 0.95):02x}" for at in (1, 3, 5))
    return colour


def _checked_colour(subject: str, colour: str) -> str:
    if not colour:
        return ""
    if not _COLOUR.fullmatch(colour):
        raise CollectionError(subject, f"{colour!r} is no colour", "write six digits, such as #17406f")
    if (contrast := contrast_to_white(colour)) < READABLE:
        what = f"white letters on {colour} have a contrast of {contrast:.1f}, and {READABLE} is the least"
        raise CollectionError(subject, what, "choose a darker colour")
    return colour


def _checked_logo(subject: str, data_dir: Path, logo: str) -> str:
    if not logo:
        return ""
    path = (data_dir / logo).resolve()
    if not path.is_relative_to(data_dir.resolve()):
        raise CollectionError(
            subject, f"{logo!r} lies outside the data folder", "put it into the data folder"
        )
    if path.suffix.lower() not in LOGO_TYPES:
        raise CollectionError(
            subject, f"{logo!r} is no picture of a known kind", f"use {', '.join(LOGO_TYPES)}"
        )
    if not path.is_file():
        raise CollectionError(
            subject, f"there is no file {logo!r}", "put it into the data folder or remove the line"
        )
    if (size := path.stat().st_size) > LARGEST_LOGO_BYTES:
        raise CollectionError(subject, f"{logo!r} has {size:,} bytes", f"use at most {LARGEST_LOGO_BYTES:,}")
    return logo
