"""How characters are read: syllables without tones, their initials, and which syllables are taken for each other.

pypinyin is at home here. Its dictionaries take 0.1 s and 57 MB to load, so that this waits for the first question.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

_COMMON = 3  # words in which a character has to be read so
_LONGEST_UNCOMMON = 4  # characters of a word: longer ones are sayings
MOST_CUTS = 6  # ways to cut a run of letters into syllables
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_KEPT = frozenset(("ng", "n", "m", "hm", "hng"))  # interjections: the whole syllable is a sound in the nose


@lru_cache(maxsize=1)
def _dictionaries() -> tuple[Mapping[int, str], Mapping[str, list[list[str]]]]:
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    return PINYIN_DICT, PHRASES_DICT


@lru_cache(maxsize=1)
def _in_words() -> Mapping[tuple[str, str], int]:
    """In how many words a character is read so: 示 is shi in all of them, whatever else the dictionary knows."""
    words = _dictionaries()[1].items()
    return Counter(
        (character, _toneless(reading[0]))
        for word, read in words
        for character, reading in zip(word, read, strict=False)
    )


@lru_cache(maxsize=1 << 15)
def readings(character: str) -> tuple[str, ...]:
    """The usual one first, others only if they are common; none for what is no Chinese character."""
    if character < "\u3007":
        return ()
    known = _dictionaries()[0].get(ord(character), "")
    found = dict.fromkeys(_toneless(one) for one in known.split(",") if one)
    return tuple(
        one for at, one in enumerate(found) if not at or _in_words().get((character, one), 0) >= _COMMON
    )


def of_word(word: str) -> tuple[str, ...]:
    """As the word is read where it is known, 重庆 with chong; else each character as usual; "" for other signs."""
    known = _dictionaries()[1].get(word)
    if known and len(known) == len(word):
        return tuple(_toneless(one[0]) for one in known)
    return tuple((readings(one) or ("",))[0] for one in word)


@lru_cache(maxsize=2048)
def blurred(syllable: str) -> str:
    """Equal for syllables that are taken for each other: zh and z, ch and c, sh and s, n and l, -ng and -n."""
    if syllable in _KEPT:
        return syllable
    for long, short in _ALIKE:
        if syllable.startswith(long):
            syllable = short + syllable[len(long) :]
            break
    return syllable[:-1] if re.search("[aei]ng$", syllable) else syllable


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    """Those of common characters; a ü is written v, or u as people type it."""
    known = {one for code in range(0x4E00, 0x9FA6) for one in readings(chr(code))[:2]}
    return frozenset(known | {one.replace("v", "u") for one in known}) - _KEPT


def is_syllable(text: str) -> bool:
    return text in _syllables()


def cuts(letters: str, *, unfinished: bool = False) -> list[tuple[str, ...]]:
    """The ways to cut a run of small letters into syllables, fewest first. With `unfinished` the last one may be the
    beginning of a syllable."""
    found = [] if len(letters) > 100 else list(_cut(letters, unfinished, {}))
    return sorted(found, key=len)[:MOST_CUTS]


def _cut(
    letters: str, unfinished: bool, known: dict[str, list[tuple[str, ...]]]
) -> Iterator[tuple[str, ...]]:
    if letters not in known:
        ways: list[tuple[str, ...]] = [] if letters else [()]
        for size in range(min(6, len(letters)), 0, -1):
            head, rest = letters[:size], letters[size:]
            if is_syllable(head):
                ways += [(head, *way) for way in _cut(rest, unfinished, known)]
            elif unfinished and not rest and _begins_one(head):
                ways.append((head,))
        known[letters] = sorted(ways, key=len)[:MOST_CUTS]
    return iter(known[letters])


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    return frozenset(one[:size] for one in _syllables() for size in range(1, len(one)))


def _begins_one(head: str) -> bool:
    return head in _beginnings()


@lru_cache(maxsize=4096)
def _toneless(syllable: str) -> str:
    spread = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(one for one in spread if one.isascii())


@lru_cache(maxsize=1)
def _uncommon() -> tuple[dict[str, tuple[str, ...]], re.Pattern[str]]:
    """Words in which a character is not read as it usually is, and a pattern for these characters."""
    found: dict[str, tuple[str, ...]] = {}
    characters: set[str] = set()
    for word in _dictionaries()[1]:
        if len(word) <= _LONGEST_UNCOMMON:
            usual = tuple((readings(one) or ("",))[0] for one in word)
            if (read := of_word(word)) != usual:
                found[word] = read
                characters.update(one for one, a, b in zip(word, read, usual, strict=True) if a != b)
    return found, re.compile(f"[{''.join(sorted(characters))}]")


def uncommon(text: str) -> Iterator[tuple[int, str]]:
    """Where a character is not read as usual, since it stands in a word such as 重庆, and how it is read there."""
    words, characters = _uncommon()
    for match in characters.finditer(text):
        at = match.start()
        for size in range(_LONGEST_UNCOMMON, 1, -1):
            starts = range(max(0, at - size + 1), at + 1)
            read = next(
                (
                    words[text[one : one + size]][at - one]
                    for one in starts
                    if text[one : one + size] in words
                ),
                "",
            )
            if read:
                yield at, read
                break
