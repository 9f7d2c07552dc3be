"""The command line: each command parses, builds, calls and prints. What a command needs is loaded when it runs,
so that `--help` answers at once.

Exit codes: 0 done · 1 failed, also a search that cannot be run · 2 wrong option or setting · 3 finished, but some
originals were skipped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

import click

from disclosure_search import __version__
from disclosure_search.errors import DisclosureError

if TYPE_CHECKING:
    from disclosure_search.wiring import Archive

SKIPPED = 3
_ROOM = "make room or check the permissions; an index that was complete goes on answering"
Command = Callable[..., Any]


class _Group(click.Group):
    """The one place where our errors become messages and exit codes."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except DisclosureError as error:
            click.echo(f"error: {error}", err=True)
            context.exit(error.exit_code)
        except BrokenPipeError:  # the reader of our output has seen enough
            sys.stderr.close()
            context.exit(0)
        except OSError as error:  # a full disk shows wherever a file is written
            click.echo(f"error: {error.filename or 'disk'}: {error.strerror}; {_ROOM}", err=True)
            context.exit(DisclosureError.exit_code)


def places(command: Command) -> Command:
    """The two options that every command takes."""
    index = click.option("--index", metavar="DIR", help="Folder of the index [DISCLOSURE_INDEX; index].")
    data = click.option("--data", metavar="DIR", help="Folder of the originals [DISCLOSURE_DATA; data].")
    return data(index(command))


def as_json(command: Command) -> Command:
    return click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")(command)


def _open(data: str | None, index: str | None, **others: str | None) -> Archive:
    from disclosure_search.config import settings_from
    from disclosure_search.wiring import open_archive

    return open_archive(settings_from({"data": data, "index": index, **others}, os.environ))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="disclosure-search")
def main() -> None:
    """A searchable archive of government disclosures. 政府信息公开检索与存档。"""


def care(command: Command) -> Command:
    """What `index` does instead of an index run."""
    full = click.option(
        "--full", is_flag=True, help="With --verify: look for far more of the strings that it holds."
    )
    for name, sentence in reversed(_CARE.items()):
        command = click.option(f"--{name}", is_flag=True, help=sentence)(command)
    return full(command)


_CARE = {
    "verify": "Check every byte, count and promise of the index instead.",
    "rollback": "Let the generation before the last rebuild answer again.",
    "stats": "Print what the index holds and what takes up room in it.",
}


def running(command: Command) -> Command:
    """How an index run goes about it."""
    for name, sentence in reversed(_RUNNING.items()):
        command = click.option(f"--{name}", is_flag=True, help=sentence)(command)
    every = click.option(
        "--every", default=10.0, show_default=True, type=click.FloatRange(min=0.1), metavar="SECONDS",
        help="With --watch: how often to look.",
    )  # fmt: skip
    return every(command)


_RUNNING = {
    "rebuild": "Write the whole index anew, aside, and switch to it at the end.",
    "accept-losses": "Go on although most of the originals are gone.",
    "dry-run": "Say what would be done, and write nothing.",
    "watch": "Go on until interrupted: look again and again, and run when something has changed.",
    "force": "Switch to the new index even though golden searches are broken.",
}


@main.command()
@places
@as_json
@running
@care
@click.pass_context
def index(
    context: click.Context,
    /,
    data: str | None,
    index: str | None,
    json_wanted: bool,
    every: float,
    full: bool,
    **flags: bool,
) -> None:
    """Bring the index up to date with the originals; or look after it."""
    cares = {name: flags.pop(name) for name in _CARE}
    if sum(cares.values()) + any(flags.values()) > 1:
        raise click.UsageError("--verify, --rollback and --stats stand alone")
    if flags["watch"] and (flags["dry_run"] or flags["rebuild"]):
        raise click.UsageError("--watch goes with neither --dry-run nor --rebuild")
    if full and not cares["verify"]:
        raise click.UsageError("--full belongs to --verify")
    archive = _open(data, index)
    if any(cares.values()):
        from disclosure_search.cli import caring

        if not caring.look_after(archive, full=full, json_wanted=json_wanted, **cares):
            context.exit(DisclosureError.exit_code)
        return
    from disclosure_search.cli import runs

    if runs.index(archive, every, json_wanted=json_wanted, **flags):
        context.exit(SKIPPED)


@main.command()
@places
@as_json
@click.pass_context
def status(context: click.Context, /, data: str | None, index: str | None, json_wanted: bool) -> None:
    """What the index holds, and what became of every original."""
    from disclosure_search import report
    from disclosure_search.cli import output

    found = report.status(_open(data, index).engine)
    output.status(found, json_wanted=json_wanted)
    if not found.is_usable:
        context.exit(DisclosureError.exit_code)


@main.command()
@places
@as_json
@click.option("--retry", is_flag=True, help="First try once more to read them.")
@click.option(
    "--doubtful", is_flag=True, help="Instead those that were taken in, though their text may be wrong."
)
@click.option("--alike", is_flag=True, help="Instead the pairs of documents with nearly the same text.")
@click.option(
    "--uncategorised", is_flag=True, help="Instead the documents without a category; some suggested."
)
def problems(data: str | None, index: str | None, json_wanted: bool, retry: bool, **others: bool) -> None:
    """Every original that could not be taken in, with the reason and what to do."""
    from disclosure_search import report
    from disclosure_search.cli import output, runs

    if retry + sum(others.values()) > 1:
        raise click.UsageError("--retry, --doubtful, --alike and --uncategorised exclude each other")
    archive = _open(data, index)
    if retry:
        runs.retry(archive)
    if others["alike"]:
        output.alike(report.alike(archive.engine), json_wanted=json_wanted)
    elif others["doubtful"]:
        output.doubtful(report.doubtful(archive.engine), json_wanted=json_wanted)
    elif others["uncategorised"]:
        found = report.without_category(archive.engine)
        output.uncategorised(found, archive.search.label, json_wanted=json_wanted)
    else:
        output.problems(report.problems(archive.engine), json_wanted=json_wanted)


@main.command()
@places
@as_json
@click.option(
    "--add", nargs=2, metavar="SEARCH DOCUMENT", help="First add one: id, 索引号, 文号, title or path."
)
@click.option(
    "--first", type=click.IntRange(1, 100), default=1, metavar="N", help="With --add: among the first N."
)
@click.pass_context
def golden(
    context: click.Context,
    /,
    data: str | None,
    index: str | None,
    json_wanted: bool,
    add: tuple[str, str] | None,
    first: int,
) -> None:
    """Check the golden searches: what staff want to be found first (golden.toml in the data folder)."""
    from disclosure_search.cli import runs

    if runs.goldens(_open(data, index), add, first, json_wanted=json_wanted):
        context.exit(DisclosureError.exit_code)


@main.command()
@places
@as_json
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.pass_context
def inspect(
    context: click.Context,
    /,
    data: str | None,
    index: str | None,
    json_wanted: bool,
    files: tuple[str, ...],
) -> None:
    """What would be read from files or folders: values with their sources, text, warnings. Writes nothing."""
    from disclosure_search.cli import output
    from disclosure_search.indexing.inspecting import inspect as look

    archive = _open(data, index)
    skipped = False
    for one in look(files, archive.settings.data_dir, archive.vocabularies):
        output.inspected(one, json_wanted=json_wanted)
        skipped |= not one.is_read
    if skipped:
        context.exit(SKIPPED)


@main.command()
@places
@click.argument("folder", default="", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Write 目录.csv and not 目录.xlsx.")
@click.option("--force", is_flag=True, help="Replace the catalogue that is there; what it says is kept.")
def catalogue(data: str | None, index: str | None, folder: str, as_csv: bool, force: bool) -> None:
    """Write a catalogue for FOLDER (below the data folder), filled with what was recognised, for you to correct."""
    from disclosure_search.cli import runs

    runs.write_catalogue(_open(data, index), folder, as_csv=as_csv, force=force)


@main.command(context_settings={"ignore_unknown_options": True})  # -失效 is a search, not an option
@places
@as_json
@click.argument("query", required=False)
@click.option("--year", multiple=True, help="Only this year (again for more).")
@click.option("--category", multiple=True, help="Only this category: code or label (again for more).")
@click.option("--channel", multiple=True, help="Only this channel: code or label (again for more).")
@click.option("--agency", multiple=True, help="Only of this agency: code or label (again for more).")
@click.option("--genre", multiple=True, help="Only this genre: code or label (again for more).")
@click.option("--openness", multiple=True, help="Only this 公开方式 (again for more).")
@click.option("--validity", multiple=True, help="Only this 有效性 (again for more).")
@click.option("--from", metavar="DAY", help="Not before this year, month or day.")
@click.option("--to", metavar="DAY", help="Not after this year, month or day.")
@click.option("--sort", default="relevance", show_default=True, help="relevance, newest, oldest or title.")
@click.option("--page", default="1", show_default=True, metavar="N", help="Which page of hits.")
@click.option("--size", default="10", show_default=True, metavar="N", help="Hits on a page, at most 100.")
@click.option(
    "--explain",
    is_flag=False,
    flag_value="",
    metavar="[ID]",
    help="What each part gave to every hit; of one document (id, 索引号 or path) also why it is not found or late.",
)
@click.option(
    "--batch",
    type=click.File("rb"),
    metavar="FILE",
    help="One search a line (- for standard input): prints one JSON object a line.",
)
@click.pass_context
def search(
    context: click.Context,
    /,
    data: str | None,
    index: str | None,
    json_wanted: bool,
    query: str | None,
    batch: IO[bytes] | None,
    explain: str | None,
    **choices: Any,
) -> None:
    """Search the index."""
    from disclosure_search.cli import output
    from disclosure_search.states import FACET_NAMES, SearchState

    if (query is None) == (batch is None):
        raise click.UsageError("give a QUERY or --batch FILE")
    archive = _open(data, index)
    params = [(name, value) for name in FACET_NAMES for value in choices[name]]
    params += [(name, choices[name]) for name in ("from", "to") if choices[name]]
    params += [(name, str(choices[name])) for name in ("sort", "page", "size")]
    state = SearchState.from_params(params)
    if batch is not None:
        if output.batch(archive.search, state, batch):
            context.exit(DisclosureError.exit_code)
        return
    state = state.with_text(query or "").with_page(state.page)
    if explain is not None:
        from disclosure_search.cli import explaining

        explaining.explained(archive, state, explain, json_wanted=json_wanted)
        return
    output.page(archive.search.run(state), json_wanted=json_wanted)


@main.command()
@places
@as_json
@click.argument("prefix")
@click.option(
    "--size", default=10, show_default=True, type=click.IntRange(1, 10), metavar="N", help="At most."
)
def suggest(data: str | None, index: str | None, json_wanted: bool, prefix: str, size: int) -> None:
    """What a search that begins so may become: titles, agencies, numbers, categories; pinyin too."""
    from disclosure_search.cli import output

    output.suggestions(_open(data, index).search.suggest(prefix, size), json_wanted=json_wanted)


@main.command()
@places
@as_json
@click.argument("doc_id")
@click.option("--related", is_flag=True, help="Instead what it cites, who cites it, and what is like it.")
def show(data: str | None, index: str | None, json_wanted: bool, doc_id: str, related: bool) -> None:
    """One document: its whole record, and where each value came from."""
    from disclosure_search.cli import output

    search = _open(data, index).search
    if related:
        from disclosure_search.cli import relating

        relating.related(search, search.document(doc_id), json_wanted=json_wanted)
        return
    output.document(search.document(doc_id), search.label, json_wanted=json_wanted)


@main.group()
def report() -> None:
    """Reports for staff; so far one, of searched words."""


@report.command()
@places
@as_json
@click.option("--month", metavar="YYYY-MM", help="Of this month [the latest].")
@click.option(
    "--size",
    default=50,
    show_default=True,
    type=click.IntRange(1, 1000),
    metavar="N",
    help="At most, of each.",
)
def words(data: str | None, index: str | None, json_wanted: bool, month: str | None, size: int) -> None:
    """Which words people search for, and which of them stand in no public document."""
    from disclosure_search.cli import counting

    counting.words(_open(data, index).settings.counts_dir, month or "", size, json_wanted=json_wanted)


@main.command()
@places
@click.option("--host", metavar="ADDRESS", help="Address to serve at [DISCLOSURE_HOST; 127.0.0.1].")
@click.option("--port", metavar="N", help="Port to serve at [DISCLOSURE_PORT; 8000].")
@click.option("--workers", metavar="N", help="Processes that answer [DISCLOSURE_WORKERS; 1].")
def serve(data: str | None, index: str | None, **others: str | None) -> None:
    """Serve the site. SIGHUP takes up changed settings of the data folder; SIGTERM ends when all is answered."""
    from disclosure_search.web.serve import serve as run
    from disclosure_search.wsgi import make_app

    def warm() -> (
        Archive
    ):  # before the workers are forked; an index that cannot answer says so in its own words
        archive = _open(data, index, **others)
        archive.search.warm()
        return archive

    archive = warm()
    settings = archive.settings
    run(make_app(archive), settings.host, settings.port, settings.workers, lambda: make_app(warm()))
