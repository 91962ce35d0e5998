"""The installed texts: which of them hold at a place on a day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from mingjian.law import loading
from mingjian.law.errors import PackError
from mingjian.law.model import Scope
from mingjian.law.pack import NATION, Instrument, OutsideLaw, Pack
from mingjian.law.vocabulary import Vocabulary

FOLDER: Final = resources.files("mingjian.law") / "packs"


@dataclass(frozen=True, slots=True)
class Library:
    """Packs by the code of their text, highest rank first; `jurisdictions` name the divisions that have one."""

    vocabulary: Vocabulary
    packs: Mapping[str, Pack]
    outside: tuple[OutsideLaw, ...]
    jurisdictions: Mapping[str, str]

    def applicable(self, region: str, day: date, scope: Scope = "all_in_force") -> tuple[Pack, ...]:
        """Packs of the texts in force at `region` on `day`, highest rank first."""
        return tuple(pack for pack in self.made_for(region, scope) if pack.instrument.holds_on(day))

    def made_for(self, region: str, scope: Scope) -> Iterator[Pack]:
        """Packs whose text covers `region` on some day; with `instrument_only` those made for exactly it."""
        for pack in self.packs.values():
            instrument = pack.instrument
            if instrument.region == region if scope == "instrument_only" else instrument.covers(region):
                yield pack

    def instrument(self, code: str) -> Instrument | None:
        """The text with this code, in capitals or not."""
        wanted = code.casefold()
        return next((pack.instrument for known, pack in self.packs.items() if known.casefold() == wanted), None)


def load(folder: Traversable) -> Library:
    """Every pack below `folder`: `<jurisdiction>/<text>/`. Raises PackError."""
    vocabulary = loading.load_vocabulary(folder)
    packs: dict[str, Pack] = {}
    jurisdictions: dict[str, str] = {"national": NATION}
    for jurisdiction in sorted(_folders(folder), key=lambda one: one.name):
        for text in sorted(_folders(jurisdiction), key=lambda one: one.name):
            name = f"{jurisdiction.name}/{text.name}"
            pack = loading.load_pack(text, name, vocabulary)
            if pack.instrument.code in packs:
                raise PackError(f"{name}/instrument.yaml", 1, f"{pack.instrument.code} is installed already")
            packs[pack.instrument.code] = pack
            jurisdictions[jurisdiction.name] = pack.instrument.region
    return Library(vocabulary, _ranked(packs), loading.load_outside(folder), jurisdictions)


def load_with(folder: Traversable, text: Traversable) -> tuple[Library, Pack]:
    """The packs below `folder` with the one in `text` added, or put in the place of the one with its code.

    Raises PackError.
    """
    books = load(folder)
    pack = loading.load_pack(text, text.name, books.vocabulary)
    packs = {**books.packs, pack.instrument.code: pack}
    return replace(books, packs=_ranked(packs)), pack


def _ranked(packs: Mapping[str, Pack]) -> dict[str, Pack]:
    ordered = sorted(packs.values(), key=lambda pack: (-pack.instrument.rank, pack.instrument.code))
    return {pack.instrument.code: pack for pack in ordered}


def _folders(folder: Traversable) -> Iterator[Traversable]:
    return (entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(("_", ".")))


@lru_cache(maxsize=1)
def installed() -> Library:
    """The library that ships with this program, read once."""
    return load(FOLDER)
