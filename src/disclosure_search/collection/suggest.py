"""A category for a document that has none: a suggestion with its reason, for staff to confirm, never a value.

Rules come first: words of the title, then the column of the site, then what the vocabulary itself is called, then what
such an agency writes in such a form. A rule names categories as people do; the first that the collection's own list
knows is meant, so that a list without them gets no suggestion from it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from disclosure_search.vocabulary import Vocabularies, Vocabulary

# Title words, then names of categories, the narrowest first. The order decides: what is said of penalties for charges
# is a penalty.
_TITLES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(words), tuple(names.split()))
    for words, names in (
        ("信息公开.{0,8}(?:年度报告|年报|工作报告|情况报告|工作情况|工作总结)", "年度报告 其他法定公开"),
        ('[“"]?三公[”"]?经费', "三公经费 财政预算决算"),
        ("决算", "部门决算 财政预算决算"),
        ("预算", "部门预算 财政预算决算"),
        ("处罚|行政强制|案件信息", "行政处罚"),
        ("收费|征收(?:标准|有关事项)", "行政事业性收费"),
        ("采购|招标|中标|成交公告|竞争性磋商|询价", "政府采购"),
        ("职称|任职资格|专业技术职务", "职称评定 社会民生"),
        ("招聘|招考|招录|录用|遴选|公务员|选调|面试|笔试|任免|任前公示|人事任", "公务员招考"),
        ("预案|预警|应急|突发|台风|防汛|供应情况", "应急管理"),
        (
            "规范性文件|(?:条例|办法|规定|细则|规则|实施意见|若干意见)(?:（.{1,8}）|》|的通知){0,3}$",
            "规范性文件",
        ),
        ("重[点大].{0,8}项目|可行性研究|初步设计|技改项目|节能(?:评估|审查)", "重大建设项目"),
        ("淘汰落后|落后产能|过剩产能|能耗|节能", "淘汰落后产能"),
        (
            "(?:补贴|补助|奖励|奖补|贴息|扶持)(?:资金|项目|企业|对象)?.{0,8}(?:名单|公示|结果|分配|明细)",
            "奖补名单",
        ),
        (
            "(?:示范|优秀|先进|标杆|龙头)(?:企业|单位|项目|基地).{0,10}(?:名单|认定|公示|复核|结果)",
            "示范企业",
        ),
        (
            "(?:申报|申请|征集).{0,30}(?:通知|指南|公告)|组织申报|申报指南|组织推荐|开展.{0,20}申报",
            "项目申报",
        ),
        (
            "惠企|优惠政策|减负|扶持政策|政策(?:问答|摘编|汇编|口袋书)|(?:奖励|补贴|扶持|补助|贴息).{0,8}(?:办法|规定|细则|措施|意见)",
            "惠企政策",
        ),
        (
            "机构职能|主要职责|机构改革|职责(?:划转|调整)|内设机构|机构设置|人员编制|领导(?:分工|简介|信息)|办公(?:地址|时间)",
            "机构职能",
        ),
        ("许可|审批|办事指南|服务指南|备案|年检|权力清单|责任清单|权责清单|办理流程", "行政许可"),
        ("统计|主要(?:经济)?指标|经济运行|运行(?:分析|情况)|指标完成|用电(?:情况|量)|零售情况", "统计信息"),
        ("规划|工作计划|年度计划|工作要点|工作总结|行动计划|纲要", "规划计划"),
        ("抽查|检查|督查|监测情况|安全生产|质量监督", "监督检查"),
        ("就业|社会保险|社会保障|医疗|教育|救助|低保|养老|扶贫|住房", "社会民生"),
        ("简报|动态|走访|调研|召开|举行|启动|签约|开业|开课|开展.{0,12}活动$", "工作动态"),
        ("公示|公告|通告", "公示公告"),
    )
)
_AGENCIES: tuple[tuple[re.Pattern[str], re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(agency), re.compile(genre), tuple(names.split()))
    for agency, genre, names in (
        ("统计局|调查队", "报告|公报|数据|分析|情况", "统计信息"),
        ("财政局|财政厅|财政部", "报告|情况|表", "财政预算决算"),
        ("市场监管|市场监督|安全生产|应急管理|质量技术监督|生态环境", "通报|情况|公告", "监督检查"),
        ("人力资源|组织部|人事局", "公告|公示|名单", "公务员招考"),
        ("人民政府|国务院|办公厅|办公室|委员会", "通知|意见|决定|办法|批复|命令|令", "规范性文件"),
    )
)
_SHORTEST_NAME = 4
_LONGEST_TITLE = 300


class Suggestion(NamedTuple):
    code: str = ""
    reason: str = ""


def suggest(title: str, column: str, agency: str, genre: str, vocabularies: Vocabularies) -> Suggestion:
    """Empty where nothing speaks for any category of the list."""
    categories = vocabularies["categories"]
    for words, names in _TITLES:
        if (found := words.search(title[:_LONGEST_TITLE])) and (code := _known(categories, names)):
            return Suggestion(code, f"标题含“{found.group()}”")
    for name in reversed(re.split(r"\s*[>＞»/|,，;；、]\s*", column)):
        if name and categories.knows(name):
            return Suggestion(categories.code_of(name), f"栏目“{name}”")
    if named := _named(categories, title):
        return named
    form = genre or title[-6:]
    for issuer, forms, names in _AGENCIES:
        found, written = issuer.search(agency), forms.search(form)
        if found and written and (code := _known(categories, names)):
            return Suggestion(code, f"机构“{found.group()}”与文种“{written.group()}”")
    return Suggestion()


def _known(categories: Vocabulary, names: tuple[str, ...]) -> str:
    return next((categories.code_of(name) for name in names if categories.knows(name)), "")


def _named(categories: Vocabulary, title: str) -> Suggestion | None:
    """The longest name of a category that stands in the title."""
    names = ((name, entry.code) for entry in categories.entries for name in (entry.label, *entry.aliases))
    held = [(name, code) for name, code in names if len(name) >= _SHORTEST_NAME and name in title]
    name, code = max(held, key=lambda pair: len(pair[0]), default=("", ""))
    return Suggestion(code, f"标题含类目名“{name}”") if code else None
