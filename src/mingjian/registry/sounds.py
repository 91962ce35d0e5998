"""How names are found: by their characters, by the whole pinyin and by its initials. Pure."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

MOST_WORDS: Final = 6
MOST_LETTERS: Final = 40
SORT_LETTERS: Final = 32
_FOREIGN: Final = "\0"
_SEPARATOR: Final = "\n"
"""Stands between what is searched, so that nothing is found that reaches over two of them."""


def plain(text: str) -> str:
    """As it is compared: full-width letters and digits like others, no capitals, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words(query: str) -> tuple[str, ...]:
    """What is looked for: every one of these has to be found. Empty for a query of spaces."""
    return tuple(word[:MOST_LETTERS] for word in plain(query).split()[:MOST_WORDS])


def searched(name: str, others: Iterable[str] = ()) -> str:
    """The text in which `words` are looked for: the name, its pinyin, the initials, then other texts as they are."""
    own = plain(name)
    found = [own]
    if any(_is_han(letter) for letter in own):
        sounds = _sounds(own)
        found += ["".join(whole for whole, _initial in sounds), "".join(initial for _whole, initial in sounds)]
    found += [plain(other) for other in others if other]
    return _SEPARATOR.join(found)


def sorting(name: str) -> str:
    """By what names are put in order: as a Chinese dictionary does, by sound."""
    own = plain(name)
    heard = "".join(whole for whole, _initial in _sounds(own)) if any(_is_han(letter) for letter in own) else own
    return heard[:SORT_LETTERS]


@lru_cache(maxsize=4_096)
def _sounds(text: str) -> tuple[tuple[str, str], ...]:
    """Each syllable with its first letter; what is no Chinese stands for itself."""
    # Loaded at the first name: its tables take a third of a second and 40 MB, and the recorder needs no names.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    read = lazy_pinyin(text, style=Style.NORMAL, errors=lambda other: _FOREIGN + other.replace(" ", ""))
    owns = ((one.removeprefix(_FOREIGN), one.startswith(_FOREIGN)) for one in read)
    return tuple((own, own if foreign else own[:1]) for own, foreign in owns)


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" or "\U00020000" <= letter <= "\U0003ffff"
