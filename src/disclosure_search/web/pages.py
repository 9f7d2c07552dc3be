"""The pages of the site; each takes what the address says, asks the search, fills a template."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePath
from urllib.parse import quote

from flask import Response, render_template, send_file

from disclosure_search.engine.base import State
from disclosure_search.web.answering import searching
from disclosure_search.web.browse import Browse
from disclosure_search.web.originals import Copy, Originals

_NEWEST = 8


class Pages:
    def __init__(self, originals: Originals, browse: Browse) -> None:
        self._originals = originals
        self._browse = browse

    def home(self) -> str:
        return render_template(
            "home.html",
            trees=self._browse.trees(),
            fresh=self._browse.freshness(),
            chart=self._browse.chart(),
            newest=searching().newest(_NEWEST),
            stand=searching().condition(),
        )

    def original(self, doc_id: str) -> Response:
        document = searching().document(doc_id)
        return _sent(self._originals.original(document), document.doc_id)

    def attachment(self, doc_id: str, position: int) -> Response:
        document = searching().document(doc_id)
        return _sent(self._originals.attachment(document, position), f"{document.doc_id}-{position}")

    def healthz(self) -> tuple[dict[str, object], int]:
        condition = searching().condition()
        told = {
            "state": str(condition.state),
            "generation": condition.generation,
            "documents": condition.documents,
            "built": condition.built,
        }
        return told, 200 if condition.state is State.READY else 503


def _sent(copy: Copy, plain: str) -> Response:
    """`plain` names the file, without its ending, for a program that reads no Chinese in a header."""
    response = send_file(
        copy.path if copy.content is None else BytesIO(copy.content),
        mimetype=copy.media_type,
        download_name="copy",  # replaced below: Flask cannot be told a name in ASCII beside the true one
        etag=copy.sha256,
        conditional=True,
        max_age=0,
    )
    disposition = "inline" if copy.inline else "attachment"
    response.headers.set("Content-Disposition", disposition, **_names(copy.name, plain))
    response.headers["Content-Type"] = copy.media_type  # Flask would add its own charset to a text
    if copy.media_type != "application/pdf":  # the PDF viewer of Chromium stays empty in a sandbox
        response.headers["Content-Security-Policy"] = "default-src 'self'; sandbox"
    return response


def _names(name: str, plain: str) -> dict[str, str]:
    if name.isascii():
        return {"filename": name}
    ascii_only = f"{plain}{PurePath(name).suffix}".encode("ascii", "ignore").decode()
    return {"filename": ascii_only, "filename*": f"UTF-8''{quote(name, safe='')}"}
