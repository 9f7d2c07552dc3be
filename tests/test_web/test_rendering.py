"""What templates put out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from disclosure_search.web.rendering import escaped

TEXTS = st.text(st.sampled_from("<>&\"'补a;#/\0\n")) | st.text()


@given(st.one_of(TEXTS, st.integers(), st.booleans(), st.none(), TEXTS.map(Markup), st.lists(TEXTS)))
def test_values_are_put_out_as_the_library_escapes_them(value: object) -> None:
    assert str(escaped(value)) == str(escape(value))


def test_what_knows_its_own_html_gives_it() -> None:
    class Own(str):
        __slots__ = ()

        def __html__(self) -> str:
            return f"<b>{escape(str(self))}</b>"

    assert str(escaped(Own("<"))) == "<b>&lt;</b>" == str(escape(Own("<")))
