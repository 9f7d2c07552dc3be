"""相关解读 that a page links to by its address on the site is the document of the collection that lies here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (
    "<html><head><title>{title}</title></head><body><div class='TRS_Editor'><p>{title}</p><p>正文一句，说明此事。</p>"
    "<p>各企业请按要求办理，有疑问请来电咨询。</p></div><h3>相关解读</h3><ul>{links}</ul></body></html>"
)


def run(folder: Path, *arguments: str) -> str:
    places = ("--data", str(folder / "data"), "--index", str(folder / "index"))
    asked = [sys.executable, "-m", "disclosure_search", arguments[0], *places, *arguments[1:]]
    return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.parametrize(
    "address",
    ["https://gov.example/jd/explained.html", "/jd/explained.html", "explained.html"],
    ids=["whole address", "address on the site", "beside the page"],
)
def test_an_interpretation_is_found_by_its_address(tmp_path: Path, address: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    link = f"<li><a href='{address}'>一图读懂新办法</a></li>"
    (data / "rule.html").write_text(PAGE.format(title="关于印发新办法的通知", links=link), "utf-8")
    (data / "explained.html").write_text(PAGE.format(title="一图读懂新办法的全部要点", links=""), "utf-8")
    run(tmp_path, "index")
    hits = json.loads(run(tmp_path, "search", "关于印发新办法的通知", "--json"))["hits"]
    explained = json.loads(run(tmp_path, "search", "一图读懂新办法的全部要点", "--json"))["hits"]
    shown = json.loads(run(tmp_path, "show", hits[0]["id"], "--json"))
    assert [one["doc_id"] for one in shown["interpretations"]] == [explained[0]["id"]]
    assert (shown.get("category", []), shown["suggested_category"]) == ([], "20-01")
