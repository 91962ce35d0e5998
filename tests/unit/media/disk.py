"""A disk as POSIX describes it, in memory: what a sequence of calls may leave behind when it ends at any moment.

What was written and not made durable may be there, be missing, or be there in part: the last write torn anywhere, a
file longer with zeros where its pages were not written, the name of a new file missing because its folder was not made
durable, and each of these for one file and not for another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from random import Random
from typing import Final, Protocol

PAGE: Final = 4096
ROOT: Final = "."


@dataclass(frozen=True, slots=True)
class FolderMade:
    name: str


@dataclass(frozen=True, slots=True)
class Created:
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes at the end of a file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Removed:
    name: str


@dataclass(frozen=True, slots=True)
class FileSynced:
    """Content and length; not the name in its folder, which POSIX leaves to the folder."""

    name: str


@dataclass(frozen=True, slots=True)
class FolderSynced:
    """The names in a folder."""

    name: str


@dataclass(frozen=True, slots=True)
class AllSynced:
    """The whole file system."""


Call = FolderMade | Created | Written | Cut | Removed | FileSynced | FolderSynced | AllSynced
Image = Mapping[str, bytes]
"""Files by name, as a machine that starts again finds them."""


@dataclass(slots=True)
class File:
    """`content` is what a reader sees, `durable` what was there at the last sync; they agree up to `clean`.

    `last`: where the last write began.
    """

    content: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    clean: int = 0
    last: int = 0
    named: bool = False
    removed: bool = False

    def take(self, call: "Written | Cut | Removed | FileSynced") -> None:
        match call:
            case Written(_, data):
                self.last = len(self.content)
                self.content += data
            case Cut(_, size):
                del self.content[size:]
                self.clean, self.last = min(self.clean, size), min(self.last, size)
            case Removed():
                self.removed = True
            case FileSynced():
                self.sync()

    def sync(self) -> None:
        self.durable = bytes(self.content)
        self.clean = self.last = len(self.content)

    def dirty_pages(self) -> range:
        return range(self.clean // PAGE, -(-len(self.content) // PAGE))

    def without(self, pages: Sequence[int]) -> bytes:
        """As long as it is, without what was written to some pages: zeros there, or what was durable."""
        left = bytearray(self.content)
        for page in pages:
            begin, end = max(page * PAGE, self.clean), min((page + 1) * PAGE, len(left))
            before = self.durable[begin:end]
            left[begin:end] = before + bytes(end - begin - len(before))
        return bytes(left)


class Disk:
    """One volume, call after call."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self._folders: dict[str, bool] = {ROOT: True}
        self._last: str | None = None

    @classmethod
    def holding(cls, image: Image) -> "Disk":
        """One on which all of this is durable."""
        made = cls()
        for name, content in image.items():
            for folder in reversed(PurePosixPath(name).parents):
                made._folders[str(folder)] = True
            made.files[name] = File(bytearray(content), content, len(content), len(content), named=True)
        return made

    def take(self, call: Call) -> None:
        self._last = call.name if isinstance(call, Written) else None
        match call:
            case FolderMade(name):
                self._folders[name] = False
            case Created(name):
                assert name not in self.files
                self.files[name] = File()
            case Written() | Cut() | Removed() | FileSynced():
                if call.name in self.files:  # else it was removed while somebody still had it open
                    self.files[call.name].take(call)
            case FolderSynced(name):
                self._sync_folder(name)
            case AllSynced():
                for one in self.files.values():
                    one.sync()
                for folder in list(self._folders):
                    self._sync_folder(folder)

    def _sync_folder(self, folder: str) -> None:
        for name, file in list(self.files.items()):
            if _parent(name) == folder:
                file.named = True
                if file.removed:
                    del self.files[name]
        for name in self._folders:
            if name != ROOT and _parent(name) == folder:
                self._folders[name] = True

    def _named(self, name: str) -> bool:
        """Whether the way to this file is durable, from the root on."""
        ways = [str(one) for one in PurePosixPath(name).parents]
        return self.files[name].named and all(self._folders[one] for one in ways)

    @property
    def settled(self) -> bool:
        """Whether everything is durable: then there is one image only."""
        return not any(
            one.removed or one.clean < max(len(one.content), len(one.durable)) or not self._named(name)
            for name, one in self.files.items()
        )

    # What may be left

    def kept(self) -> Image:
        """The process died; the machine did not."""
        return {name: bytes(one.content) for name, one in self.files.items() if not one.removed}

    def lost(self) -> Image:
        """The power failed, and nothing was written before it had to be."""
        return {name: one.durable for name, one in self.files.items() if self._named(name)}

    def nameless(self) -> Image:
        """All data is there; names that nobody made durable are not."""
        return {name: bytes(one.content) for name, one in self.files.items() if self._named(name)}

    def empty(self) -> Image:
        """All names are there; data that nobody made durable is not."""
        return {name: one.durable for name, one in self.files.items()}

    def torn(self, at: float) -> Image | None:
        """The last write ends somewhere inside; `at` from 0 to 1. None when the last call was no write."""
        if self._last is None:
            return None
        file = self.files[self._last]
        size = file.last + min(int((len(file.content) - file.last) * at), len(file.content) - file.last - 1)
        return {**self.kept(), self._last: bytes(file.content[:size])}

    def zeros(self, chance: Random) -> Image:
        """Files have their new length, and zeros where pages were not written."""
        return {
            name: one.without(_some(chance, one.dirty_pages())) for name, one in self.files.items() if not one.removed
        }

    def mixed(self, chance: Random) -> Image:
        """Each file has a fate of its own: a later write may be there, and an earlier one of another file not."""
        kept, fates = self.kept(), (self.kept(), self.lost(), self.nameless(), self.empty(), self.zeros(chance))
        image: dict[str, bytes] = {}
        for name, file in self.files.items():
            fate = chance.choice(fates)
            if (content := fate.get(name)) is None:
                continue
            if fate is fates[0] and name in kept and chance.random() < 0.5:
                content = content[: chance.randint(file.clean, len(content))]
            image[name] = content
        return image


class Variant(Protocol):
    def __call__(self, disk: Disk, chance: Random) -> Image | None: ...


VARIANTS: Final[Mapping[str, Variant]] = {
    "kept": lambda disk, chance: disk.kept(),
    "lost": lambda disk, chance: disk.lost(),
    "nameless": lambda disk, chance: disk.nameless(),
    "empty": lambda disk, chance: disk.empty(),
    "torn early": lambda disk, chance: disk.torn(chance.uniform(0, 0.1)),
    "torn": lambda disk, chance: disk.torn(chance.random()),
    "torn late": lambda disk, chance: disk.torn(1),
    "zeros": lambda disk, chance: disk.zeros(chance),
    "mixed": lambda disk, chance: disk.mixed(chance),
    "mixed again": lambda disk, chance: disk.mixed(chance),
}


def images(disk: Disk, chance: Random) -> Iterator[tuple[str, Image]]:
    """What may be left of a disk, each image once."""
    seen: list[Image] = []
    for name, variant in VARIANTS.items():
        image = variant(disk, chance)
        if image is not None and image not in seen:
            seen.append(image)
            yield name, image


def _some(chance: Random, pages: range) -> list[int]:
    share = chance.choice((0.3, 0.7, 1.0))
    return [one for one in pages if chance.random() < share]


def _parent(name: str) -> str:
    return str(PurePosixPath(name).parent)
