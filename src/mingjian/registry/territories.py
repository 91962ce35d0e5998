"""Administrative divisions by their codes of GB/T 2260: provinces, prefectures and counties.

`territories.tsv` holds all that are used and those that were, with what came after them; where it is from and how it is
made is in docs/design/registry.md. The Chinese names are the data; those in Latin letters are made from them by rule.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from mingjian.kernel.errors import Text

_CITY_UNDER_PREFECTURE: Final = "市"


@dataclass(frozen=True, slots=True)
class Territory:
    """One division. `later` is None while its code is used, else the codes that came after it, if any did."""

    code: str
    zh: str
    en: str
    later: tuple[str, ...] | None = None

    @property
    def stem(self) -> str:
        """The digits with which the codes of all its subdivisions begin."""
        return self.code[:2] if self.code.endswith("0000") else self.code[:4] if self.code.endswith("00") else self.code


@cache
def territories() -> Mapping[str, Territory]:
    """Every division by code: those in use in the order of their codes, then the others."""
    return {one.code: one for one in _read()}


def territory(code: str) -> Territory | None:
    """The division with this code, in use or not."""
    return territories().get(code)


def in_use() -> Iterator[Territory]:
    """The divisions that something new can be in."""
    return (one for one in territories().values() if one.later is None)


def parent(code: str) -> str | None:
    """The code of the division that this one is part of; None for a province, and for what is not known.

    Counties of Beijing, Chongqing and the like, and those that a province holds itself, are part of the province.
    """
    if code.endswith("0000") or code not in territories():
        return None
    prefecture, province = f"{code[:4]}00", f"{code[:2]}0000"
    return prefecture if code != prefecture and prefecture in territories() else province


@cache
def full_name(code: str) -> Text:
    """A name that stands alone: with its province, and with its prefecture unless it is a city of its own.

    The code itself where it is not known.
    """
    own = territory(code)
    if own is None:
        return Text(code, code)
    above = [territories()[one] for one in reversed(list(_above(code))) if one in territories()]
    english = f"{own.en} City" if own.en in {one.en for one in above} else own.en
    if own.zh.endswith(_CITY_UNDER_PREFECTURE) and len(above) > 1:
        above = above[:1]
    zh = "".join(one.zh for one in above) + own.zh
    return Text(zh, f"{english}, {above[-1].en}" if above else english)


def territory_named(name: str) -> str | None:
    """The code of a division in use by its name in pinyin, in small letters: `beijing`, `jiujiang`, or with what it
    is part of, `baoshan_longyang`. None where there is none, or more than one of the same level.
    """
    return _by_name().get(name.lower())


@cache
def _by_name() -> Mapping[str, str | None]:
    found: dict[str, str | None] = {}
    for one in sorted(in_use(), key=lambda known: (len(known.stem), known.code)):
        own = _spelt(one.en)
        above = [_spelt(territories()[code].en) for code in _above(one.code) if code in territories()]
        for name in {own, *(f"{part}_{own}" for part in above), "_".join([*reversed(above), own])}:
            known = found.get(name, one.code)
            same_level = known is None or len(territories()[known].stem) == len(one.stem)
            found[name] = one.code if name not in found else None if same_level and known != one.code else known
    return found


def _spelt(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _above(code: str) -> Iterator[str]:
    above = parent(code)
    while above is not None:
        yield above
        above = parent(above)


def _read() -> Iterator[Territory]:
    text = files("mingjian.registry").joinpath("territories.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        code, zh, en, *more = line.split("\t")
        later = tuple(one for one in more[0].split(",") if one != "-") if more else None
        yield Territory(code, zh, en, later)
