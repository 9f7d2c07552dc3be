"""Error pages: what happened and what to do, in the words of the reader, with the search box still filled."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from disclosure_search.document import BY_NAME
from disclosure_search.errors import DisclosureError, EngineError, IndexMissingError, QueryError
from disclosure_search.web import problems
from disclosure_search.web.languages import facet_title, gettext
from disclosure_search.web.languages import lazy_gettext as _
from disclosure_search.web.originals import CopyNotFoundError

_log = logging.getLogger(__name__)
_TYPED_SHOWN = 500  # a longer text is what the error is about; nobody edits it in a one-line box

_TITLES: Mapping[int, str] = {
    400: _("检索条件有误"),
    404: _("没有找到这个页面"),
    405: _("不支持这种访问方式"),
    414: _("网址太长"),
    429: _("访问过于频繁"),
    500: _("网站出现故障"),
    503: _("检索服务暂时不可用"),
}
_ADVICE: Mapping[int, str] = {
    400: _("请修改条件后重新检索，或者从首页重新开始。"),
    404: _(
        "文件可能从未公开、已经撤回，或者公示期已满；网址也可能抄写有误。"
        "请用上方的检索框按标题、文号或索引号查找。"
    ),
    405: _("本站页面只供浏览。请返回上一页，或者从首页重新开始。"),
    414: _("请缩短检索词，或者减少筛选条件。"),
    429: _("请稍等一会儿再试。需要全部数据的，请使用导出或数据接口，不必逐页抓取。"),
    500: _("这不是您的操作造成的，故障已经记录。请稍后再试。"),
    503: _("索引正在准备或维护，原件和数据不受影响。请稍后再试。"),
}
_ADVICE_COPY = _("文字仍可以在文件页面阅读；需要原件的，请联系发布机构。")
_ADVICE_BROWSE = _("请回到目录重新选择，或者用上方的检索框查找。")
_PARAMETERS: Mapping[str, str] = {
    "q": _("检索词"),
    "page": _("页码"),
    "size": _("每页条数"),
    "sort": _("排序"),
}


def install(app: Flask) -> None:
    app.register_error_handler(DisclosureError, _on_our_error)
    app.register_error_handler(HTTPException, _on_http_error)


def _on_our_error(error: DisclosureError) -> Response:
    # What the log gets in full (folders, reasons) is nobody's business outside.
    level = logging.INFO if error.status < 500 else logging.ERROR
    _log.log(level, "%s %s: %s", request.method, request.path, error)
    if problems.is_for_machines():
        return problems.problem_of(error)
    if isinstance(error, CopyNotFoundError):
        return _page(404, error.what, title=gettext("这份文件暂时无法提供"), advice=_ADVICE_COPY)
    return _page(error.status, _detail(error), _remedy(error))


def _on_http_error(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:
        return make_response(error.get_response())
    if problems.is_for_machines():
        return _with_headers(problems.problem(code), error)
    told = error.description if code == 404 and error.description != type(error).description else ""
    return _with_headers(_page(code, told or "", advice=_ADVICE_BROWSE if told else ""), error)


def _with_headers(response: Response, error: HTTPException) -> Response:
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _page(status: int, detail: str = "", remedy: str = "", title: str = "", advice: str = "") -> Response:
    html = render_template(
        "error.html",
        status=status,
        title=title or _TITLES.get(status) or gettext("请求无法完成"),
        detail=detail,
        remedy=remedy,
        advice=advice or _ADVICE.get(status, _ADVICE[400 if status < 500 else 500]),
        typed=request.args.get("q", "")[:_TYPED_SHOWN],
    )
    return make_response(html, status)


def _detail(error: DisclosureError) -> str:
    if isinstance(error, QueryError):
        return _about_parameter(error)
    if isinstance(error, IndexMissingError):
        return gettext("还没有建立索引。")
    return error.what if error.status == 404 and not error.what.isascii() else ""


def _about_parameter(error: QueryError) -> str:
    name = error.subject
    label = _PARAMETERS.get(name) or (facet_title(name) if name in BY_NAME else "")
    named = gettext("%(label)s（%(name)s）", label=label, name=name) if label else name
    if len(typed := request.args.get(name, "")) > _TYPED_SHOWN:
        return gettext("参数“%(name)s”太长：共 %(count)s 个字。", name=named, count=len(typed))
    given = gettext("、").join(f"“{value[:60]}”" for value in request.args.getlist(name))
    if not given:
        return gettext("参数“%(name)s”的值不能使用。", name=named)
    return gettext("参数“%(name)s”的值不能使用：%(given)s。", name=named, given=given)


def _remedy(error: DisclosureError) -> str:
    """The command for whoever looks after the site; it names no folder."""
    return error.remedy if isinstance(error, EngineError) else ""
