"""Everything that a writer does to its disks and its database, in one order, so that each moment can be tried."""

import os
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pysqlite3
import pytest
from tests.unit.media.disk import (
    AllSynced,
    Call,
    Created,
    Cut,
    FileSynced,
    FolderMade,
    FolderSynced,
    Removed,
    Written,
)

from mingjian.media.record import files as product
from mingjian.media.record.files import FlushPolicy, SegmentFiles
from mingjian.storage.engine import Database, Transaction


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A call to one volume."""

    disk: int
    call: Call


@dataclass(frozen=True, slots=True)
class Flushed:
    """`sync` of a volume has returned: what was written before it was asked for is promised."""

    disk: int


@dataclass(frozen=True, slots=True)
class Committed:
    """A transaction is durable; the database file as it is then, packed."""

    packed: bytes

    def database(self) -> bytes:
        return zlib.decompress(self.packed)


Event = OnDisk | Flushed | Committed


@dataclass(slots=True)
class Trace:
    """Events in their order. Whoever does something holds `lock`, so that the order is what happened."""

    events: list[Event] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)


class TracedFiles(SegmentFiles):
    """Does everything in a real folder but the syncs: of those it only notes which were asked for."""

    def __init__(self, root: Path, policy: FlushPolicy, trace: Trace, disk: int) -> None:
        super().__init__(root, policy)
        self.trace = trace
        self.disk = disk
        self._names: dict[int, str] = {}
        self.before_sync = threading.Event()
        self.before_sync.set()

    def note(self, call: Call) -> None:
        self.trace.events.append(OnDisk(self.disk, call))

    def name_of(self, descriptor: int) -> str:
        return self._names[descriptor]

    def create(self, path_name: str) -> int:
        with self.trace.lock:
            descriptor = super().create(path_name)
            self.note(Created(path_name))
            self._names[descriptor] = path_name
            return descriptor

    def _make_folders(self, folder: Path) -> None:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        super()._make_folders(folder)
        for one in reversed(missing):
            self.note(FolderMade(str(one.relative_to(self.root))))

    def open_existing(self, path_name: str, *, writing: bool = False) -> int:
        with self.trace.lock:
            descriptor = super().open_existing(path_name, writing=writing)
            self._names[descriptor] = path_name
            return descriptor

    def append(self, descriptor: int, *parts: bytes) -> None:
        with self.trace.lock:
            super().append(descriptor, *parts)
            self.note(Written(self._names[descriptor], b"".join(parts)))

    def cut(self, descriptor: int, size: int) -> None:
        with self.trace.lock:
            super().cut(descriptor, size)
            self.note(Cut(self._names[descriptor], size))

    def remove(self, path_name: str) -> None:
        with self.trace.lock:
            if self.size(path_name) is not None:
                self.note(Removed(path_name))
            super().remove(path_name)

    def remove_all(self, path_names: Iterable[str]) -> list[str]:
        with self.trace.lock:
            _SYNCING.files = self
            names = list(path_names)
            for name in names:
                if self.size(name) is not None:
                    self.note(Removed(name))
            return super().remove_all(names)

    def sync(self, descriptors: Sequence[int]) -> None:
        self.before_sync.wait()
        with self.trace.lock:
            _SYNCING.files = self
            super().sync(descriptors)
            self.trace.events.append(Flushed(self.disk))

    def sync_folder(self, folder: Path) -> None:
        self.note(FolderSynced(str(folder.relative_to(self.root))))


class TracedDatabase(Database):
    """SQLite; each commit is an event, with nothing else happening while it is made."""

    def __init__(self, path: Path, trace: Trace) -> None:
        super().__init__(f"sqlite:///{path}")
        self.path = path
        self.trace = trace

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        held = False
        try:
            with super().write() as tx:
                yield tx
                held = self.trace.lock.acquire()
            self.trace.events.append(Committed(zlib.compress(self._file(), 1)))
        finally:
            if held:
                self.trace.lock.release()

    def _file(self) -> bytes:
        with closing(pysqlite3.connect(self.path)) as connection:
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                pass
        return self.path.read_bytes()


class _Syncing(threading.local):
    files: TracedFiles


class _Libc:
    def syncfs(self, _descriptor: int) -> int:
        _SYNCING.files.note(AllSynced())
        return 0


_SYNCING: Final = _Syncing()


def _fdatasync(descriptor: int) -> None:
    _SYNCING.files.note(FileSynced(_SYNCING.files.name_of(descriptor)))


@contextmanager
def traced_syncs() -> Iterator[None]:
    """Inside, a sync is noted where the product asks the system for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(product, "_LIBC", _Libc())
        patch.setattr(os, "fdatasync", _fdatasync)
        yield
