"""What is known while an RTF is read: the state of each open group, and where its text goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from disclosure_search.extract import _rtf_words as words
from disclosure_search.extract._codepage import CHARSET_PAGES, decode_page
from disclosure_search.extract._flow import End, Flow
from disclosure_search.extract._symbols import shown_by_code, symbol

_SYMBOL_CHARSET = 2


class _State(NamedTuple):
    """Of a group: `target` is where its text goes, empty for nowhere."""

    target: str = "body"
    font: int = -1
    skip: int = 1
    hidden: bool = False
    deleted: bool = False
    in_table: bool = False
    level: int = 0


class _Font(NamedTuple):
    page: int = 0
    charset: int = 0
    name: str = ""


class Reading:
    def __init__(self, most: int) -> None:
        self._most = most
        self._state = _State()
        self._stack: list[_State] = []
        self._flows: dict[str, Flow] = {"body": Flow()}
        self._headers: list[Flow] = []
        self._values: dict[str, list[str]] = {}
        self._date: dict[str, int] = {}
        self._fonts: dict[int, _Font] = {}
        self._page = 1252
        self._default_font = -1
        self._bytes = bytearray()
        self._to_skip = 0
        self._size = 0
        self._high = 0
        self._is_starred = self._is_first = False
        self._left_out: dict[str, None] = {}
        self.has_text = False

    @property
    def depth(self) -> int:
        return len(self._stack)

    @property
    def is_dropping(self) -> bool:
        return not self._state.target

    @property
    def is_unfinished(self) -> bool:
        return bool(self._stack)

    def open(self) -> None:
        self._flush()
        self._to_skip = 0
        self._stack.append(self._state)
        self._is_starred, self._is_first = False, True

    def close(self) -> None:
        self._flush()
        self._to_skip = 0
        self._is_first = False
        if not self._stack:
            return
        before, self._state = self._state, self._stack.pop()
        if before.target == self._state.target:
            return
        if before.target == "font":
            self._name_font(before)
        elif before.target == "code":
            self._add(shown_by_code("".join(self._values.pop("code", ()))))
        elif before.target in ("notes", "headers", "boxes"):
            self._flows[before.target].end(End.PARAGRAPH)
            if before.target == "boxes" and self._state.target != "boxes":
                self._flow().before(self._flows.pop("boxes").text())
        elif before.target in words.DATES:
            date = self._date
            if date.get("yr", 0) > 1980:
                self._values[before.target] = ["{yr:04}-{mo:02}-{dy:02}".format(**{"mo": 1, "dy": 1, **date})]
            self._date = {}

    def plain(self, data: bytes) -> None:
        self._is_first = False
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        if self._state.target:
            self._bytes += data

    escaped = plain

    def sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._is_starred = True
            return
        self._is_first = False
        if self._to_skip:
            self._to_skip -= 1
        elif sign in b"\r\n":
            self.word("par", None)
        elif sign in b"\\{}":
            if self._state.target:
                self._bytes += sign
        else:
            self._put(words.SIGNS.get(sign.decode("latin-1"), ""))

    def word(self, word: str, number: int | None) -> None:
        is_first, self._is_first = self._is_first, False
        if word == "u" and number is not None:
            self._unicode(number)
            return
        if self._to_skip:
            self._to_skip -= 1
            return
        if is_first and self._is_destination(word):
            return
        if not self._state.target:
            return
        if word in words.CHARACTERS:
            self._put(words.CHARACTERS[word])
        elif word in ("par", "sect"):
            self._end(End.PARAGRAPH, self._level())
        elif word in ("cell", "nestcell"):
            self._end(End.CELL, self._level() if word == "nestcell" else 1)
        elif word in ("row", "nestrow"):
            self._end(End.ROW, max(2, self._level()) if word == "nestrow" else 1)
        else:
            self._set(word, number)

    def _level(self) -> int:
        return max(1, self._state.level) if self._state.in_table else 0

    def _is_destination(self, word: str) -> bool:
        """Sets where the text of the group that has just begun goes."""
        target = self._target_of(word)
        if target is None:
            return False
        self._flush()
        if word == "annotation":
            self._left_out["comments"] = None
        if not self._state.target and word != "ud":
            return True
        if target in ("notes", "boxes", "headers"):
            self._flows.setdefault(target, Flow())
            self._state = self._state._replace(
                target=target, in_table=False, level=0, deleted=self._state.deleted
            )
        else:
            self._state = self._state._replace(target=target)
        return True

    def _target_of(self, word: str) -> str | None:
        if word == "fonttbl":
            return "font"
        if word in words.NOTES:
            return "notes"
        if word in words.HEADERS:
            return "headers"
        if word in ("shptxt", "dptxbxtext"):
            return "boxes"
        if word == "fldinst":
            return "code"
        if word == "ud":
            return self._stack[-2].target if len(self._stack) > 1 else "body"
        if word in words.PROPERTIES or word in words.DATES:
            return word if self._state.target == "info" else None
        if word == "info":
            return "info"
        if word == "upr" or word in words.DROPPED or words.MATH_PROPERTIES.fullmatch(word):
            return ""
        return "" if self._is_starred and word not in words.KEPT else None

    def _set(self, word: str, number: int | None) -> None:
        change = self._changed(word, number)
        if change is not None:
            self._flush()
            self._state = change
        elif word == "ansicpg":
            self._page = number or self._page
        elif word in words.ENCODINGS:
            self._page = words.ENCODINGS[word]
        elif word == "deff":
            self._default_font = number or 0
        else:
            self._note(word, number)

    def _changed(self, word: str, number: int | None) -> _State | None:
        state = self._state
        match word:
            case "f":
                return state._replace(font=number or 0)
            case "uc":
                return state._replace(skip=min(max(number or 0, 0), 16))
            case "v":
                return state._replace(hidden=number != 0)
            case "deleted":
                return state._replace(deleted=number != 0)
            case "intbl":
                return state._replace(in_table=True)
            case "itap":
                return state._replace(level=number or 0, in_table=bool(number))
            case "pard":
                return state._replace(in_table=False, level=0)
            case "plain":
                return state._replace(font=-1, hidden=False, deleted=False)
        return None

    def _note(self, word: str, number: int | None) -> None:
        """Facts about a font, or a part of a date."""
        if self._state.target == "font":
            font = self._fonts.get(self._state.font, _Font())
            if word == "fcharset":
                charset = number or 0
                page = CHARSET_PAGES.get(charset, 0)
                self._fonts[self._state.font] = font._replace(charset=charset, page=page)
            elif word == "cpg":
                self._fonts[self._state.font] = font._replace(page=number or 0)
        elif self._state.target in words.DATES and word in ("yr", "mo", "dy"):
            self._date[word] = min(max(number or 0, 0), 9999)

    def _name_font(self, state: _State) -> None:
        names = "".join(self._values.pop("font", ())).split(";")
        if names[0] and state.font in self._fonts:
            self._fonts[state.font] = self._fonts[state.font]._replace(name=names[0].strip())

    def _unicode(self, number: int) -> None:
        self._flush()
        code = number & 0xFFFF if -0x8000 <= number < 0x10000 else 0xFFFD
        self._to_skip = self._state.skip
        if not self._state.target:
            return
        if 0xD800 <= code < 0xDC00:
            self._high = code
        elif 0xDC00 <= code < 0xE000:
            if self._high:
                self._add(chr(0x10000 + (self._high - 0xD800 << 10) + code - 0xDC00))
            self._high = 0
        elif 0xF000 <= code < 0xF100:
            self._add(symbol(self._font().name, code))
        else:
            self._add(chr(code))

    def _put(self, text: str) -> None:
        self._flush()
        self._add(text)

    def _font(self) -> _Font:
        number = self._state.font if self._state.font >= 0 else self._default_font
        return self._fonts.get(number, _Font())

    def _flush(self) -> None:
        if not self._bytes:
            return
        data = bytes(self._bytes)
        self._bytes.clear()
        font = self._font() if self._state.target != "font" else _Font()
        if font.charset == _SYMBOL_CHARSET and not data.isspace():
            text = "".join(symbol(font.name, byte) or " " for byte in data)
        else:
            text = decode_page(data, font.page or self._page)
        self._add(text)

    def _add(self, text: str) -> None:
        state = self._state
        if not text or not state.target:
            return
        if state.target not in ("body", "notes", "headers", "boxes"):
            if state.target != "info":
                self._values.setdefault(state.target, []).append(text)
            return
        if state.deleted or state.hidden:
            self._left_out["tracked deletions" if state.deleted else "hidden text"] = None
            return
        self._size += len(text)
        if self._size > self._most:
            raise OverflowError("its text is longer than allowed")
        self.has_text = True
        self._flow().add(text)

    def _flow(self) -> Flow:
        target = self._state.target
        return self._flows.setdefault(target if target in ("notes", "headers", "boxes") else "body", Flow())

    def _end(self, kind: End, level: int) -> None:
        self._flush()
        if self._state.target in ("body", "notes", "headers", "boxes"):
            if self._state.deleted and kind is End.PARAGRAPH:
                return
            self._flow().end(kind, level)

    def finish(self) -> None:
        self._flush()

    def parts(self, lines_of: Callable[[str], list[str]]) -> list[str]:
        texts = {name: flow.text() for name, flow in self._flows.items()}
        headers = dict.fromkeys(lines_of(texts.get("headers", "")))
        return [part for part in (texts["body"], texts.get("notes", "")) if part] + list(headers)

    def properties(self) -> list[tuple[str, str]]:
        names = words.PROPERTIES | words.DATES
        return [
            (f"property:{names[key]}", "".join(value)) for key, value in self._values.items() if key in names
        ]

    def warnings(self) -> list[str]:
        found = [f"{what} left out" for what in self._left_out]
        return [*found, "truncated: the file ends within a group"] if self._stack else found
