"""The rules of the house, held over tables: what must be documented, how long things may be, who imports what."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from disclosure_search import errors, extract
from disclosure_search.cli import main
from disclosure_search.config import SETTINGS, Setting
from disclosure_search.document import FIELDS, Field, Kind

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "disclosure_search"
MODULES = sorted(PACKAGE.rglob("*.py"))
README = ROOT / "README.md"  # the one for users; the English one is a summary
MOST_LINES, MOST_IN_A_FUNCTION = 400, 60
# Each library of ours with its one home below src/disclosure_search.
HOMES: dict[str, tuple[str, ...]] = {
    "PIL": ("extract/_ocr",),
    "calamine": ("extract/_xlsb",),
    "click": ("cli/",),
    "flask": ("web/", "wsgi"),
    "flask_babel": ("web/languages",),
    "gunicorn": ("web/serve",),
    "isal": ("engine/w3_deflate",),
    "jieba": ("analysis",),
    "jinja2": ("web/rendering",),
    "libarchive": ("extract/_libarchive",),
    "lxml": ("extract/",),
    "markupsafe": ("web/",),
    "numpy": ("engine/", "upkeep"),
    "olefile": ("extract/_ole",),
    "opencc": ("analysis",),
    "pypdfium2": ("extract/_pdf",),
    "pypinyin": ("pinyin",),
    "python_calamine": ("extract/_xlsb",),
    "xlrd": ("extract/_xls",),
    "rapidocr": ("extract/_ocr",),
    "readability": ("extract/",),
    "rjieba": ("analysis",),
    "segno": ("web/qr",),
    "selectolax": ("extract/",),
    "waitress": ("web/serve",),
    "werkzeug": ("web/",),
    "whoosh": ("engine/w3_",),
    "xlsxwriter": ("collection/sheet_writing",),
    "zstandard": ("engine/texts",),
}
ONE_MODULE_ONLY = {
    "lxml",
    "readability",
    "selectolax",
    "pypdfium2",
    "python_calamine",
    "zstandard",
    "opencc",
    "jieba",
}


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).with_suffix("").as_posix()


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            yield from (str(one.value).split(".")[0] for one in node.args if isinstance(one, ast.Constant))


def strangers() -> dict[str, set[str]]:
    """The libraries that are neither ours nor Python's, with the modules that import each."""
    found: dict[str, set[str]] = {}
    for module in MODULES:
        for name in imported(module):
            if name not in sys.stdlib_module_names and name not in ("disclosure_search", "_typeshed"):
                found.setdefault(name, set()).add(name_of(module))
    return found


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_module_and_no_function_is_long(module: Path) -> None:
    text = module.read_text("utf-8")
    assert text.count("\n") <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MOST_IN_A_FUNCTION, node.name


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_module_says_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text("utf-8")))


def test_every_library_is_imported_at_home_alone() -> None:
    found = strangers()
    assert set(found) <= set(HOMES)
    for library, modules in found.items():
        assert all(name.startswith(HOMES[library]) for name in modules), (library, modules)
        if library in ONE_MODULE_ONLY:
            assert len(modules) == 1, (library, modules)


def test_every_dependency_is_used_and_every_library_is_a_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["fast"], *extras["archives"], *extras["ocr"]]
    named = {re.split(r"[^\w-]", line)[0].lower() for line in lines}
    names = {
        "python-calamine": "python_calamine",
        "flask-babel": "flask_babel",
        "libarchive-c": "libarchive",
        "readability-lxml": "readability",
        "pillow": "PIL",
    }
    indirect = {"jinja2", "markupsafe", "werkzeug"}  # Flask is made of them
    assert {names.get(name, name) for name in named} - {"setuptools", "onnxruntime"} == set(
        strangers()
    ) - indirect


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_and_option_has_help_and_stands_in_the_readme(command: str) -> None:
    text = README.read_text("utf-8")
    made = main.commands[command]
    assert made.help
    assert f"disclosure-search {command}" in text
    for parameter in made.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert re.search(rf"`{parameter.opts[0]}[ `]", text), parameter.opts[0]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.name)
def test_every_setting_stands_in_the_readme_with_its_default(setting: Setting) -> None:
    rows = [line for line in README.read_text("utf-8").splitlines() if f"`{setting.variable}`" in line]
    assert rows
    assert not setting.default or f"`{setting.default}`" in rows[0]


@pytest.mark.parametrize(
    "field", [one for one in FIELDS if one.kind is Kind.RECORD], ids=lambda one: one.name
)
def test_every_field_that_a_catalogue_may_fill_stands_in_the_readme(field: Field) -> None:
    text = README.read_text("utf-8")
    assert any(f"{name} ({field.name})" in text for name in (field.label, *field.names))


def classes_of_errors() -> list[type[errors.DisclosureError]]:
    found = [held for _, held in inspect.getmembers(errors, inspect.isclass)]
    return [held for held in found if issubclass(held, errors.DisclosureError)]


@pytest.mark.parametrize("kind", classes_of_errors(), ids=lambda kind: kind.__name__)
def test_every_error_stands_in_the_tree_of_errors(kind: type[errors.DisclosureError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")
    assert kind.exit_code in (1, 2)
    assert kind.status in (400, 404, 500, 503)


def test_every_reader_has_good_and_bad_samples() -> None:
    names = [path.name for path in (ROOT / "tests" / "samples").rglob("*") if path.is_file()]
    made = (ROOT / "tests").rglob("test_extract*.py")
    text = "\n".join([*names, *(path.read_text("utf-8") for path in made)])
    for reader in extract.READERS:
        assert f".{reader}" in text


def test_the_top_level_is_the_one_that_was_agreed() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("this is no checkout")
    top = {line.split("/")[0] for line in tracked.stdout.split("\0") if line}
    folders = {"src", "index", "data", "templates", "tests"}
    beside = {".ci", "docs", ".gitignore", "pyproject.toml", "Makefile", "LICENSE"}
    papers = {"README.md", "README.en.md", "ARCHITECTURE.md", "CHANGELOG.md"}
    assert folders <= top <= folders | beside | papers


def test_the_map_of_the_house_is_short() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) <= 150


def test_nothing_of_ours_is_mocked() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        names = set(imported(path))
        assert not names & {"mock", "pytest_mock"}, path
        assert "unittest.mock" not in path.read_text("utf-8").replace('"unittest.mock"', ""), path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("install hatchling to build the wheel without a network")
    target = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(target),
    ]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(target.glob("*.whl"))) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("templates", "disclosure_search/templates"),
        ("src/disclosure_search/web/static", "disclosure_search/web/static"),
        ("data/vocabulary", "disclosure_search/vocabulary_default"),
        ("src/disclosure_search", "disclosure_search"),
    ],
    ids=["templates", "static", "vocabulary", "package"],
)
def test_the_wheel_carries_all_that_the_program_needs(wheel: set[str], source: str, target: str) -> None:
    home = ROOT / source
    wanted = {
        path.relative_to(home)
        for path in home.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted
    assert {f"{target}/{path.as_posix()}" for path in wanted} <= wheel
