"""What is inside: a compressed tar of a fixed set of names, and at its end a list of them with their digests.

    about.json              first: version, schema, engine, when, where
    database.sqlite         or database.pgdump
    keys/…                  the vault's key, certificate and authority, the key of the log
    signs/…                 photos of signs
    law/…                   official wordings that the installation attached to texts
    mingjian.toml           the settings, where there is such a file
    manifest.json           last: {name: {"size": …, "sha256": …}}

Names are checked before anything is opened, and files are made below a folder of ours, each exactly once, never through
a link. So an archive by a stranger who knows the key can name nothing outside.
"""

import gzip
import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, cast

from mingjian.kernel.errors import MingjianError
from mingjian.operations.backup.errors import DAMAGED, NAME_REFUSED
from mingjian.operations.backup.format import BackupKey, Decrypting, Effort, Encrypting
from mingjian.operations.backup.model import About, Verified

ABOUT: Final = "about.json"
MANIFEST: Final = "manifest.json"
SETTINGS: Final = "mingjian.toml"
DATABASES: Final = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
KEYS: Final = "keys"
SIGNS: Final = "signs"
LAW: Final = "law"
FOLDERS: Final = (KEYS, SIGNS, LAW)
"""Folders of the data folder that are in it."""
_KEY_NAME: Final = re.compile(r"keys(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){1,3}")
_SIGN_NAME: Final = re.compile(r"signs/[0-9a-f]{32}-[0-9a-f]{16}\.jpg")
_LAW_NAME: Final = re.compile(r"law/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\.txt")
_PLAIN: Final = frozenset({ABOUT, MANIFEST, SETTINGS, *DATABASES.values()})
_SMALL: Final = 512 << 20  # the list of very many photos
_MOST_ENTRIES: Final = 2_000_000
_COPY: Final = 1 << 20

Keep = Callable[[str, BinaryIO, int], None]
"""Takes one entry: its checked name, its content, its size."""


def require_name(name: str) -> None:
    """Raises MingjianError NAME_REFUSED for anything that a backup does not hold."""
    if not holds(name):
        raise MingjianError(NAME_REFUSED, name=repr(name)[:200])


def holds(name: str) -> bool:
    """Whether a backup may have an entry of this name."""
    if name in _PLAIN or _SIGN_NAME.fullmatch(name):
        return True
    return any(pattern.fullmatch(name) for pattern in (_KEY_NAME, _LAW_NAME)) and ".." not in name


class Writer:
    """Writes one backup into a file."""

    def __init__(self, target: BinaryIO, key: BackupKey, effort: Effort) -> None:
        self._sealed = Encrypting(target, key, effort)
        self._packed = gzip.GzipFile(fileobj=cast("Any", self._sealed), mode="wb", compresslevel=1, mtime=0)
        # Closed by `finish`.
        self._tar = tarfile.open(fileobj=self._packed, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._entries: dict[str, dict[str, Any]] = {}

    def about(self, about: About) -> None:
        self.text(ABOUT, json.dumps(asdict(about), ensure_ascii=False))

    def text(self, name: str, text: str) -> None:
        content = text.encode()
        self.add(name, io.BytesIO(content), len(content))

    def file(self, name: str, path: Path) -> None:
        """A file that nobody changes meanwhile."""
        with path.open("rb") as source:
            self.add(name, source, os.fstat(source.fileno()).st_size)

    def add(self, name: str, source: BinaryIO, size: int) -> None:
        require_name(name)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        digesting = _Digesting(source)
        self._tar.addfile(entry, cast("Any", digesting))
        self._entries[name] = {"size": size, "sha256": digesting.digest.hexdigest()}

    def finish(self) -> None:
        """The list, and the end of everything."""
        self.text(MANIFEST, json.dumps(self._entries, sort_keys=True))
        self._tar.close()
        self._packed.close()
        self._sealed.finish()


class _Digesting:
    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.digest = sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.digest.update(data)
        return data


def read(source: BinaryIO, key: BackupKey, name: str, keep: Keep) -> Verified:
    """Read a backup whole; each entry is given to `keep`, and at the end everything is what was written.

    What `keep` did before an error is for its owner to undo. Raises MingjianError NOT_A_BACKUP, WRONG_KEY, DAMAGED or
    NAME_REFUSED.
    """
    whole = _Digesting(source)
    opened = Decrypting(cast("BinaryIO", whole), key, name)
    found: dict[str, dict[str, Any]] = {}
    small: dict[str, bytes] = {}
    with _told_as_damage():
        with gzip.GzipFile(fileobj=cast("Any", opened), mode="rb") as packed:
            for entry, content in _entries(packed):
                digesting = _Digesting(content)
                if entry.name in {ABOUT, MANIFEST}:
                    small[entry.name] = digesting.read(_SMALL)
                else:
                    keep(entry.name, cast("BinaryIO", digesting), entry.size)
                while digesting.read(_COPY):
                    pass
                found[entry.name] = {"size": entry.size, "sha256": digesting.digest.hexdigest()}
            while packed.read(_COPY):
                pass
        opened.drain()
        return _verified(found, small, whole.digest.digest(), source.tell())


def _entries(packed: gzip.GzipFile) -> Iterator[tuple[tarfile.TarInfo, BinaryIO]]:
    seen: set[str] = set()
    with tarfile.open(fileobj=packed, mode="r|") as tar:
        for entry in tar:
            require_name(entry.name)
            if not entry.isreg() or entry.name in seen or len(seen) >= _MOST_ENTRIES:
                raise MingjianError(NAME_REFUSED, name=repr(entry.name)[:200])
            seen.add(entry.name)
            content = tar.extractfile(entry)
            assert content is not None, "a regular file has content"
            yield entry, cast("BinaryIO", content)


def _verified(found: dict[str, dict[str, Any]], small: dict[str, bytes], digest: bytes, size: int) -> Verified:
    if MANIFEST not in small or ABOUT not in small:
        raise MingjianError(DAMAGED, detail="no list at its end")
    listed = json.loads(small[MANIFEST])
    found.pop(MANIFEST)
    if listed != found:
        raise MingjianError(DAMAGED, detail="the list differs")
    about = About(**json.loads(small[ABOUT]))
    if DATABASES.get(about.engine) not in found:
        raise MingjianError(DAMAGED, detail="no database")
    return Verified(about, {name: one["size"] for name, one in found.items()}, digest, size)


@contextmanager
def _told_as_damage() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, ValueError, TypeError, gzip.BadGzipFile) as error:
        raise MingjianError(DAMAGED, detail=type(error).__name__) from error


class Unpacking:
    """Keeps entries below `folder`, which it makes and which nobody else knows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700)

    def __call__(self, name: str, source: BinaryIO, size: int) -> None:
        require_name(name)
        at = self._folder
        *folders, last = PurePosixPath(name).parts
        for part in folders:
            at /= part
            at.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(at / last, flags, 0o600), "wb") as target:
            left = size
            while left and (data := source.read(min(_COPY, left))):
                target.write(data)
                left -= len(data)
            target.flush()
            os.fsync(target.fileno())
