"""`serve` opens and warms the index before it forks, so that its workers share what is in memory."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request

import pytest

from disclosure_search.errors import IndexMissingError
from disclosure_search.wiring import Archive

SCRIPT = """
import gc, os
from disclosure_search.engine.embedded import EmbeddedEngine
from disclosure_search.cli import main

def tell():
    gc.unfreeze()
    for one in gc.get_objects():
        if isinstance(one, EmbeddedEngine):
            held = one._snapshot.space.cache.sizes[0] if one._snapshot else -1
            print("before a fork:", held, one._snapshot and len(one._snapshot.space._columns[0]), flush=True)

os.register_at_fork(before=tell)
main()
"""


def test_the_index_is_open_and_warm_before_the_first_fork(archive: Archive) -> None:
    settings = archive.settings
    places = ["--data", str(settings.data_dir), "--index", str(settings.index_dir)]
    command = [sys.executable, "-c", SCRIPT, "serve", *places, "--port", "0"]
    environment = {**os.environ, "DISCLOSURE_WORKERS": "2"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        try:
            home = server.stdout.readline().split()[-1]
            forks = [server.stdout.readline().split()[-2:] for _ in range(2)]
            with urllib.request.urlopen(f"{home}search?q=%E8%A1%A5%E8%B4%B4", timeout=20) as answer:
                assert answer.status == 200
        finally:
            server.terminate()
        assert server.wait(30) == 0
    assert all(int(decoded) > 1000 and int(columns) > 3 for decoded, columns in forks)


@pytest.mark.parametrize("command", ["serve", "application"])
def test_a_folder_without_an_index(archive: Archive, command: str) -> None:
    """`serve` refuses, in the words of the error; another server's workers wait for the first index."""
    places = {
        "DISCLOSURE_DATA": str(archive.settings.data_dir),
        "DISCLOSURE_INDEX": str(archive.settings.data_dir),
    }
    script = {
        "serve": [sys.executable, "-m", "disclosure_search", "serve", "--port", "0"],
        "application": [sys.executable, "-c", "import disclosure_search.wsgi as w; w.application()"],
    }[command]
    done = subprocess.run(
        script, capture_output=True, text=True, timeout=60, env={**os.environ, **places}, check=False
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == (IndexMissingError.exit_code if command == "serve" else 0)
    assert ("there is no index here" in done.stderr) == (command == "serve")
