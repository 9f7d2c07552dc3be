"""The control words of RTF by what they mean for reading."""

from __future__ import annotations

import re

# Groups whose text is not text of the document. Those that begin with `\*` and stand nowhere here are dropped too.
_DROPPED = (
    "fonttbl colortbl stylesheet filetbl revtbl listtable listoverridetable rsidtbl generator pict nonshppict shprslt"
    " objdata objclass objname objalias objsect template private xe rxe tc tcn txe bkmkstart bkmkend atnid atnauthor"
    " atntime atnicn atnref atnparent atndate atrfstart atrfend annotation formfield fldtype datafield pntxta pntxtb"
    " pnseclvl ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn themedata colorschememapping latentstyles datastore"
    " xmlnstbl xmlopen xmlclose docvar userprops nonesttables mmathPict mmathPr background sp panose falt fname"
    " keycode passwordhash protusertbl wgrffmtfilter mailmerge blipuid picprop"
)
DROPPED = frozenset(_DROPPED.split())
# Groups that begin with `\*` and hold text of the document all the same.
KEPT = frozenset(
    "shpinst shppict shptxt nesttableprops moMath moMathPara do dptxbx ud fldinst footnote".split()  # noqa: SIM905
)
MATH_PROPERTIES = re.compile(r"m\w{1,20}Pr")
NOTES = frozenset(("footnote", "endnote"))
HEADERS = frozenset(f"{name}{side}" for name in ("header", "footer") for side in ("", "l", "r", "f"))
PROPERTIES = {"title": "title", "subject": "subject", "author": "creator"}
DATES = {"creatim": "created", "revtim": "modified"}
CHARACTERS = {
    "tab": " ",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": "\u3000",
    "enspace": " ",
    "qmspace": " ",
    "line": "\n",
    "lbr": "\n",
    "softline": "\n",
    "column": "\n",
    "page": "\n",
}
SIGNS = {"~": " ", "_": "-", "{": "{", "}": "}", "\\": "\\"}
ENCODINGS = {"ansi": 1252, "mac": 10000, "pc": 437, "pca": 850}
