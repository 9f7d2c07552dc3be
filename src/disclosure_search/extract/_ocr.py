"""Recognition of characters in pictures (OCR), with the extra `ocr`; its models come in its package.

Whoever calls this shows pictures as arrays of pixels or files; what is recognised is always marked as such.
"""

from __future__ import annotations

import importlib.util
import itertools
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from disclosure_search.errors import DamagedDocumentError, LimitExceededError, NoTextError
from disclosure_search.extract._model import Limits
from disclosure_search.extract._pdf_lines import Line

# 40 MP is an A2 page at 200 dpi; decoded it takes 120 MB.
_MOST_PIXELS = 40_000_000
_MOST_FRAMES = 500
# Larger ones are reduced: 2000 took 0.9 GB and was no better on characters of 16 points at 200 dpi.
_LONGEST_SIDE = 1600
# Lines below this are noise: stamps, hatching, handwriting.
_LEAST_SCORE = 0.5
DOUBTFUL_BELOW = 0.85
# Address space that the runtime reserves beside what one original may use: 1.2 GB were measured, with its libraries.
MEMORY_BYTES = 3 << 30
# The rest of the time is for opening, rendering and answering.
_SHARE_OF_TIME = 0.75
INSTALL = "install disclosure-search[ocr] to have it recognised, or put a copy with text beside it"


class Recognised(NamedTuple):
    """`confidence` is the mean over the characters, 0 without any."""

    lines: list[Line]
    confidence: float
    characters: int


def is_installed() -> bool:
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


class Recogniser:
    """Made when the first picture comes: loading takes about two seconds."""

    def __init__(self, limits: Limits) -> None:
        self._deadline = time.monotonic() + limits.seconds * _SHARE_OF_TIME
        _allow_memory()
        from rapidocr import RapidOCR

        self._engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Global.max_side_len": _LONGEST_SIDE,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
            }
        )

    def has_time(self) -> bool:
        return time.monotonic() < self._deadline

    def lines(self, pixels: Any, page: int) -> Recognised:
        """`pixels`: a picture, or an array of height, width and three colours (blue, green, red)."""
        result = self._engine(pixels)
        boxes, texts, scores = result.boxes, result.txts, result.scores
        if boxes is None or texts is None or scores is None:
            return Recognised([], 0.0, 0)
        found = [
            (_line(box, text.strip(), page), float(score))
            for box, text, score in zip(boxes, texts, scores, strict=True)
            if score >= _LEAST_SCORE and text.strip()
        ]
        size = sum(len(line.text) for line, _ in found)
        mean = sum(len(line.text) * score for line, score in found) / size if size else 0.0
        return Recognised(_rows(_evened([line for line, _ in found])), mean, size)


def _allow_memory() -> None:
    """The child that reads has a lower limit for all that needs no models; it ends after this original."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        wanted = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_AS, (max(soft, wanted), hard))


def _line(box: Any, text: str, page: int) -> Line:
    """Heights are counted downwards in pictures and upwards on pages."""
    across = [float(point[0]) for point in box]
    down = [float(point[1]) for point in box]
    height = max(down) - min(down)
    return Line(text, page, min(across), max(across), -max(down), max(height * 0.8, 1.0))


def _evened(lines: list[Line]) -> list[Line]:
    """The heights that are measured in a picture differ by a quarter among lines of one size."""
    usual = sorted(line.size for line in lines)[len(lines) // 2] if lines else 0.0
    return [replace(line, size=usual) if usual * 0.7 < line.size < usual * 1.4 else line for line in lines]


def _rows(lines: list[Line]) -> list[Line]:
    """What stands side by side is one row, from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda one: -one.base):
        row = rows[-1] if rows else []
        if row and abs(row[0].base - line.base) < 0.6 * min(row[0].size, line.size):
            row.append(line)
        else:
            rows.append([line])
    return [_row(sorted(row, key=lambda one: one.left)) for row in rows]


def _row(row: Sequence[Line]) -> Line:
    text = row[0].text
    for before, line in itertools.pairwise(row):
        text += ("\t" if line.left - before.right > 2 * line.size else " ") + line.text
    return Line(text, row[0].page, row[0].left, row[-1].right, row[0].base, max(one.size for one in row))


def pictures(path: Path) -> Iterator[Any]:
    """The frames of an image file, upright and on white."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # judged here before a pixel is decoded
    try:
        with Image.open(path) as image:
            frames = int(getattr(image, "n_frames", 1))
            if frames > _MOST_FRAMES:
                raise LimitExceededError(str(path), f"it has {frames} pictures", "split it")
            for number in range(1 if image.format in ("GIF", "WEBP", "PNG") else frames):
                image.seek(number)
                width, height = image.size
                if width * height > _MOST_PIXELS:
                    what = f"a picture of {width} × {height} pixels is too large to recognise"
                    raise LimitExceededError(str(path), what, "save it with fewer pixels")
                upright = ImageOps.exif_transpose(image.convert("RGBA"))
                paper = Image.new("RGBA", upright.size, "white")
                yield Image.alpha_composite(paper, upright).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        what = f"the picture cannot be opened ({type(error).__name__})"
        raise DamagedDocumentError(str(path), what, "fetch the original again") from error


def no_text(path: Path, what: str) -> NoTextError:
    remedy = "put a copy with text beside it" if is_installed() else INSTALL
    return NoTextError(str(path), what, remedy)


def notice(confidence: float) -> str:
    return f"recognised from the picture (OCR), confidence {confidence:.2f}"
