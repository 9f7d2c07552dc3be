"""Where the text of a government page stands: selectors of the usual content systems, most specific first."""

from __future__ import annotations

SELECTORS: tuple[str, ...] = (
    # UCAP (State Council and ministries)
    "#UCAP-CONTENT, ucapcontent, .pages_content",
    # TRS
    ".TRS_Editor, .TRS_UEDITOR, .trs_editor_view, .trs_paper_default, .Custom_UnionStyle",
    # 博达 Visual SiteBuilder
    "[id^=vsb_content], .v_news_content, #vsb_newscontent",
    # 大汉 jcms
    "#zoom, #Zoom, #ZOOM, .bt_content, #BodyLabel, #ivs_content, .ivs_content",
    # gkmlpt and other information-disclosure catalogues
    ".gkml_content, .xxgk_content, #xxgk_content, .zfxxgk_content, .gkml-content, #gk_content",
    ".wzcon",
    "#fontzoom, #fontZoom, #news_content, #newscontent, .news_content, .newscontent",
    ".news-content, #NewsContent",
    ".article-content, .article_content, .articleContent, #article_content, #articleContent",
    ".art_con, .artcon",
    ".content_body, .contentBody, .detail-content, .detail_content, .con_text, .conTxt, .main-txt",
    ".info_content",
    ".j-fontContent, .minh300, .wenz, .zw_content, .zwnr, .text_con, .txt_con, .xl_content",
    ".xq_con, .detail_con",
    "#artibody, #articleText, #textBox, #printArea, #print_area, #printContent, #mainText",
    "#wenzhang-content, .wenzhang-content, .Section0",
    "article, [itemprop=articleBody]",
)
_SKIPPED = """
script style noscript template textarea select button object embed iframe svg canvas nav head title audio video
map input applet frameset noframes datalist rt rp
"""
_BLOCKS = """
p div table tbody thead tfoot ul ol li h1 h2 h3 h4 h5 h6 section article header footer main aside dl dt dd
form fieldset blockquote pre hr address figure figcaption center caption details summary body ucapcontent
"""
_FURNITURE = """
nav navbar navigation menu breadcrumb breadcrumbs crumb footer foot sidebar share bdsharebuttonbox qrcode
top_link toolbar position location pagination
"""
_SECTIONS = """
附件下载 附件 相关附件 附件列表 附件材料 附件信息 文件下载 下载附件 相关下载
相关解读 政策解读 解读 解读回应 相关政策解读 文字解读 图片解读 视频解读 访谈解读 媒体报道
图解 一图读懂 专家解读 部门解读 媒体解读 相关文件 相关政策 相关链接 相关信息 相关阅读 相关文章
相关新闻 原文链接 政策原文 关联稿件 友情链接 上一篇 下一篇 扫一扫在手机打开当前页 扫一扫在手机上查看当前页面
"""

SKIPPED_TAGS = frozenset(_SKIPPED.split())
BLOCK_TAGS = frozenset(_BLOCKS.split())
# Whole words of `class` and `id`; only consulted when no selector has found the text.
FURNITURE_NAMES = frozenset(_FURNITURE.split())
# Labels under which links stand.
SECTIONS = frozenset(_SECTIONS.split())
