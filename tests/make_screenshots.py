"""Takes the pictures of the README from a running site.

    disclosure-search serve & python tests/make_screenshots.py http://127.0.0.1:8000 tests/screenshots

Needs Debian's chromium and fonts-noto-cjk.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

PAGES = {"search": (f"/search?q={quote('补贴名单')}", 1180, 1000)}
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def main(base: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (path, width, height) in PAGES.items():
        with tempfile.TemporaryDirectory() as profile:
            picture = f"--screenshot={(folder / f'{name}.png').absolute()}"
            window = f"--window-size={width},{height}"
            command = ["chromium", *QUIET, f"--user-data-dir={profile}", picture, window, base + path]
            subprocess.run(command, check=True, timeout=60, capture_output=True)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
