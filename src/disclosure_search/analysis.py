"""Text to tokens, the same for documents and for searches.

Two streams are made of every text. *Words* are what jieba cuts (search mode), for ranking. *Grams* are the
overlapping pairs of characters of the canonical text, for recall: whatever run of characters stands in a document
is a run of its grams, wherever jieba would have cut.

The canonical text keeps letters and digits only, folded: NFKC, lower case, traditional to simplified. Spaces, line
ends and punctuation are therefore no obstacle to a match. Any change here must change VERSION: it is part of the
fingerprint of an index.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from opencc import OpenCC

from disclosure_search import numbering

VERSION = "4"

_ZERO = {"○": "〇", "◯": "〇", "⭕": "〇"}  # drawn circles that stand for 〇 in 二○一四年
_STOP = frozenset("的了和与及或在是有对为以于之其等由从到被把将向就都也还又而并但这那个吗呢吧啊我你他她") | {
    "关于", "什么", "怎么", "如何", "哪些", "哪里", "多少", "请问", "可以", "需要",
}  # fmt: skip


_RARE = re.compile("([\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")


class Run(NamedTuple):
    """A run of characters as grams: `tokens[i]` begins `offsets[i]` characters after the first."""

    tokens: tuple[str, ...]
    offsets: tuple[int, ...]


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """One character at a time, so that offsets hold; each on a line of its own, so that no phrase rule applies."""
    blocks = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2A6E0))
    characters = [chr(code) for low, high in blocks for code in range(low, high)]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    table = {ord(old): new for old, new in pairs if old != new and len(new) == 1}
    return {code: table.get(ord(new), new) for code, new in table.items()}  # 薴 becomes 苧, which becomes 苎


@lru_cache(maxsize=1)
def _to_traditional() -> OpenCC:
    return OpenCC("s2tw")


@lru_cache(maxsize=8192)
def traditional(text: str) -> str:
    """For showing, as people in Taiwan write; nothing is looked up by it."""
    return str(_to_traditional().convert(text))


class _Folding(dict[int, str]):
    """A table for str.translate that fills itself: NFKC, lower case, simplified, one character at a time."""

    def __init__(self, keep: Callable[[str], bool]) -> None:
        super().__init__()
        self._keep = keep

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(code)).lower()
        simple = "".join(_ZERO.get(one) or _simplified().get(ord(one), one) for one in folded)
        self[code] = kept = "".join(one for one in simple if self._keep(one))
        return kept


def _is_readable(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"


_CANONICAL = _Folding(_is_readable)
_FOLDED = _Folding(lambda one: not "\ud800" <= one <= "\udfff")  # half a character: rjieba takes none


def canonical(text: str) -> str:
    """Letters and digits only, folded: two texts that read the same have the same one."""
    return text.translate(_CANONICAL)


class _Spread(dict[int, str]):
    """The canonical characters, or NUL where there is none."""

    def __missing__(self, code: int) -> str:
        self[code] = kept = _CANONICAL[code] or "\0"
        return kept


_SPREAD = _Spread()


def spread(text: str) -> tuple[str, Sequence[int]]:
    """The canonical text with NUL for each character that is no letter or digit, and the offset in `text` that
    each character of it comes from."""
    plain = text.translate(_SPREAD)
    if len(plain) == len(text):
        return plain, range(len(text))
    return plain, [
        at for at, one in enumerate(text) for _ in _SPREAD[ord(one)]
    ]  # some read as two, as ㎏ does


@lru_cache(maxsize=1)
def _compatible() -> Mapping[str, str]:
    """The signs and letters that NFKC takes for others, with what they read as."""
    blocks = ((0xA0, 0x3400), (0xA640, 0xA800), (0xF900, 0x10000), (0x1D400, 0x1D800), (0x1F100, 0x1F300))
    more = ((0x10780, 0x107C0), (0x1FBF0, 0x1FBFA), (0x2F800, 0x2FA20))
    wide = (chr(code) for low, high in (*blocks, *more) for code in range(low, high))
    capitals = map(chr, range(0x41, 0x5B))
    fresh = _Folding(_is_readable)  # the common table would keep 15,000 characters that no text holds
    return {one: plain for one in (*capitals, *wide) if (plain := one.translate(fresh)) not in ("", one)}


@lru_cache(maxsize=1)
def readings() -> Mapping[str, str]:
    """Of a canonical character the other single ones that read as it, such as 補 of 补."""
    found: dict[str, str] = {}
    traditional = {chr(code): simple for code, simple in _simplified().items()}
    for one, plain in {**traditional, **_compatible()}.items():
        if len(plain) == 1:
            found[plain] = found.get(plain, "") + one
    return found


@lru_cache(maxsize=1)
def read_as_several() -> Mapping[str, str]:
    """The single characters that read as several, such as ㎏."""
    return {one: plain for one, plain in _compatible().items() if len(plain) > 1}


def fold(text: str) -> str:
    """NFKC, lower case, simplified; spaces and punctuation stay."""
    return text.translate(_FOLDED)


def verbatim(text: str) -> str:
    """The folded text with its punctuation, marked off from canonical texts: it tells two titles apart that read
    the same."""
    return f"={' '.join(fold(text).split())}"


def grams(text: str) -> list[str]:
    """The pairs of the canonical text in order; the last character closes the list alone."""
    plain = canonical(text)
    return [plain[at : at + 2] for at in range(len(plain))]


def run_of(text: str) -> Run:
    """What must stand in the grams of a document for it to hold this text (two characters or more).

    Every second pair is enough, since a pair fixes both of its characters.
    """
    plain = canonical(text)
    offsets = list(range(0, len(plain) - 1, 2))
    if len(plain) % 2 and len(plain) > 1:
        offsets.append(len(plain) - 2)
    return Run(tuple(plain[at : at + 2] for at in offsets), tuple(offsets))


def number_terms(number: str) -> tuple[str, ...]:
    """The lookup terms of a 文号, the fullest first: 代字|年|号, then each part of it; else its canonical text."""
    if found := numbering.read(fold(number)):
        return found.terms()
    plain = canonical(number)
    return (plain,) if plain else ()


def numbers_within(text: str) -> tuple[str, ...]:
    """The lookup terms of every 文号 that stands in a text, or that the whole of it is."""
    folded = fold(text)
    whole = numbering.read(folded)
    found = [whole] if whole and whole.is_telling else []
    return tuple(dict.fromkeys(one.terms()[0] for one in (*found, *numbering.within(folded))))


def is_number(text: str) -> bool:
    """Whether the whole text reads as a 文号."""
    found = numbering.read(fold(text))
    return found is not None and found.is_telling


def is_stop_word(text: str) -> bool:
    return canonical(text) in _STOP


REMEMBERED = 500  # characters of a text that is kept as it was cut


class Segmenter:
    """jieba with the user words of a collection.

    `rjieba`, a Rust build with jieba's dictionary, is used where it is installed; it cuts alike and 16 times faster.
    """

    def __init__(self, user_words: Iterable[str] = (), *, pure: bool = False) -> None:
        self._words, self._pure = tuple(user_words), pure
        self._cut, self._search = (_pure if pure else _fastest)([_entry(line) for line in self._words])
        self._pieces = lru_cache(maxsize=256)(self._cut_anew)  # one search asks for its text eight times

    def __reduce__(self) -> tuple[object, ...]:
        """Another process makes one that cuts alike."""
        return partial(Segmenter, self._words, pure=self._pure), ()

    def words(self, text: str) -> list[str]:
        """Tokens for ranking: search mode, folded, without what holds no letter or digit."""
        return [word for word in self._search(_unjoined(text)) if _READABLE[word]]

    def pieces(self, text: str) -> list[str]:
        """The text as it is cut, each piece canonical: what holds no letter or digit is an empty one."""
        return list(self._pieces(text) if len(text) <= REMEMBERED else self._cut_anew(text))

    def _cut_anew(self, text: str) -> tuple[str, ...]:
        return tuple(canonical(word) for word in self._cut(_unjoined(text)))

    def required(self, text: str) -> list[str]:
        """The words that a document must hold to match this text: no stop words, single characters only where
        they stand side by side or are all there is."""
        plain = canonical(text)
        return required_of(self.pieces(text)) or ([plain] if plain else [])


def required_of(pieces: Iterable[str]) -> list[str]:
    found: list[str] = []
    single = ""
    for plain in [*pieces, ""]:
        if len(plain) == 1 and plain not in _STOP:
            single += plain
            continue
        if len(single) > 1:
            found.append(single)
        single = ""
        if plain and plain not in _STOP:
            found.append(plain)
    return list(dict.fromkeys(found))


class _Readable(dict[str, bool]):
    """Whether a word holds a letter or a digit: asked of every word of every text, and the same few again and
    again."""

    def __missing__(self, word: str) -> bool:
        if len(self) > 1 << 17:
            self.clear()
        self[word] = found = any(map(str.isalnum, word))
        return found


_READABLE = _Readable()
_SIGNS = re.compile(r"(?<![a-z0-9.])([0-9]+\.[0-9]+)(?![a-z0-9.])|[-_#&+%.]")


def _unjoined(text: str) -> str:
    """The folded text without the signs that rjieba takes for parts of words, as in 2014-12-02, and jieba does not."""
    return _SIGNS.sub(lambda match: match[1] or " ", fold(text))


Cut = Callable[[str], list[str]]


def _entry(line: str) -> tuple[str, int]:
    word, _, frequency = line.partition(" ")
    return fold(word), int(frequency) if frequency.strip().isdigit() else 1000


def _fastest(user_words: list[tuple[str, int]]) -> tuple[Cut, Cut]:
    try:
        from rjieba import Jieba
    except ImportError:
        return _pure(user_words)
    jieba = Jieba()
    for word, frequency in user_words:
        jieba.add_word(word, frequency, "n")
    return _apart(jieba.cut), _apart(jieba.cut_for_search)


def _apart(cut: Cut) -> Cut:
    """jieba takes the characters of _RARE one by one, rjieba would join them to what stands beside them."""

    def cut_alike(text: str) -> list[str]:
        if not _RARE.search(text):
            return cut(text)
        parts = _RARE.split(text)
        return [word for part in parts if part for word in ([part] if _RARE.match(part) else cut(part))]

    return cut_alike


def _pure(user_words: list[tuple[str, int]]) -> tuple[Cut, Cut]:
    import jieba

    jieba.setLogLevel("WARNING")
    tokenizer = jieba.Tokenizer()
    for word, frequency in user_words:
        tokenizer.add_word(word, frequency)
    return tokenizer.lcut, tokenizer.lcut_for_search
