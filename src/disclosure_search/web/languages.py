"""The interface in simplified Chinese, traditional Chinese and English; what the documents say stays as it is.

The strings of the source are simplified Chinese. The others stand in `translations/`, kept by
`tests/make_translations.py`. Flask-Babel is at home here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Flask, g, request
from flask_babel import Babel, lazy_gettext
from flask_babel import get_translations as _translations
from markupsafe import Markup

from disclosure_search import analysis
from disclosure_search.document import BY_NAME
from disclosure_search.vocabulary import Vocabularies

__all__ = [
    "FOLDER",
    "LANGUAGES",
    "facet_title",
    "gettext",
    "install",
    "label",
    "language",
    "lazy_gettext",
    "shown",
]


def _word(text: str) -> str:
    """Marks a string for the catalogues."""
    return text


FOLDER = Path(__file__).parent / "translations"
LANGUAGES: Mapping[str, str] = {"zh-CN": "简体", "zh-Hant": "繁體", "en": "English"}
COOKIE = "lang"
# What records say of validity and openness, and the kinds of 解读.
WORDS = frozenset(
    (
        _word("有效"), _word("失效"), _word("废止"), _word("已失效"), _word("已废止"), _word("已修改"), _word("试行"),
        _word("主动公开"), _word("依申请公开"), _word("不予公开"),
        _word("文字解读"), _word("图片解读"), _word("视频解读"), _word("访谈解读"), _word("媒体报道"),
    )
)  # fmt: skip
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


def install(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    Babel(app, default_locale="zh_CN", locale_selector=lambda: language().replace("-", "_"))
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)
    app.jinja_env.filters["shown"] = shown
    app.jinja_env.globals["_"] = _said
    app.context_processor(lambda: {"_": _saying(language())})


class Saying:
    """`_` of a template: Flask-Babel's own asks for domain and locale at every string, and 300 strings make a page."""

    def __init__(self, translations: object) -> None:
        self._said: dict[str, Markup] = {}
        self.plain: Callable[[str], str] = getattr(translations, "ugettext", str)

    def __call__(self, text: str, /, **values: object) -> Markup:
        said = self._said.get(text)
        if said is None:
            said = self._said[text] = Markup(self.plain(text))  # noqa: S704 - it stands in a template of ours
        return said % values if values else said


_sayings: dict[str, Saying] = {}


def _saying(name: str) -> Saying:
    """Of a language; its translations are those of this request."""
    if name not in _sayings:
        _sayings[name] = Saying(_translations())
    return _sayings[name]


def _said(text: str, /, **values: object) -> Markup:
    """For macros that were imported without the context of their page."""
    return _saying(language())(text, **values)


def gettext(text: str, /, **values: object) -> str:
    said = _saying(language()).plain(text)
    return said % values if values else said


def language() -> str:
    """That of the cookie, else the first that the browser asks for and we have, else simplified Chinese."""
    if "language" not in g:
        chosen = request.cookies.get(COOKIE, "")
        g.language = chosen if chosen in LANGUAGES else _accepted()
    return str(g.language)


def _accepted() -> str:
    for wanted, _ in request.accept_languages:
        name = wanted.lower()
        if name.startswith(_TRADITIONAL):
            return "zh-Hant"
        if name.startswith("zh"):
            return "zh-CN"
        if name.startswith("en"):
            return "en"
    return "zh-CN"


def shown(text: str, wanted: str = "") -> str:
    """A Chinese text of ours, such as a label or a note: its characters as the reader's, or the English where it is one
    of `WORDS`."""
    name = wanted or language()
    if name == "en":
        return _saying(language()).plain(text) if text in WORDS else text
    return analysis.traditional(text) if name == "zh-Hant" else text


def facet_title(name: str) -> str:
    field = BY_NAME.get(name)
    if field is None:
        return name
    return field.english if language() == "en" else shown(field.label)


def label(vocabularies: Vocabularies, name: str, code: str, wanted: str = "") -> str:
    """Of a record's several agencies, each by itself."""
    if name == "agency" and "、" in code:
        return gettext("、").join(label(vocabularies, name, one, wanted) for one in code.split("、"))
    vocabulary, wanted = vocabularies[BY_NAME[name].vocabulary], wanted or language()
    if wanted == "en":
        entry = vocabulary.get(vocabulary.code_of(code))
        return entry.english if entry and entry.english else shown(vocabulary.label_of(code), wanted)
    return shown(vocabulary.label_of(code), wanted)
