"""How templates are compiled here: functions that know nothing of templates are called as such.

Jinja asks of everything that is called whether it wants the context, and hands over the variables of loops. A search
page calls some three hundred translations, labels and addresses; asked directly they take a third of the time.
"""

from __future__ import annotations

from keyword import iskeyword
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

# What these names stand for in a template is neither a macro nor marked as wanting the context.
PLAIN = frozenset(
    [
        "_",
        "address",
        "browse_url",
        "chosen_display",
        "document_url",
        "facet_title",
        "facet_url",
        "form_url",
        "hit_url",
        "label",
        "language",
        "narrowest",
        "request_url",
        "script_url",
        "search_url",
        "style_urls",
        "suggest_url",
        "url_for",
    ]
)


def escaped(value: object) -> str:
    """As `markupsafe.escape` has it."""
    kind = type(value)
    if kind is str:
        text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return text.replace("'", "&#39;").replace('"', "&#34;")
    if isinstance(value, Markup):
        return value
    return str(value) if kind is int else escape(value)


class DirectCalls(CodeGenerator):
    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802
        if forward_caller or not _is_plain(node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for given in node.args:
            self.visit(given, frame)
            self.write(", ")
        for named in node.kwargs:
            self.write(f"{named.key}=")
            self.visit(named.value, frame)
            self.write(", ")
        self.write(")")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """What is put out only becomes part of a longer string: none of it needs to be Markup by itself."""
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")


class _Environment(Environment):
    """Flask's, with our way of putting values out."""

    code_generator_class = DirectCalls
    escaped = staticmethod(escaped)


def _is_plain(node: nodes.Call) -> bool:
    is_known = isinstance(node.node, nodes.Name) and node.node.name in PLAIN
    return (
        is_known
        and not (node.dyn_args or node.dyn_kwargs)
        and not any(iskeyword(one.key) for one in node.kwargs)
    )


def install(app: Flask) -> None:
    """Templates belong to the program: nothing looks whether a file has changed."""
    app.jinja_environment = _Environment
    app.jinja_env.auto_reload = False
