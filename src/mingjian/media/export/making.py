"""Make the file of a clip: stored fragments, proven by their digests, into MP4 files that play anywhere.

The file appears under its name whole and durable, or not at all; whoever dies on the way is repeated from the start.
"""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.export import service, store
from mingjian.media.export.cutting import ChannelCut, Cut
from mingjian.media.export.errors import MAKING_FAILED, NO_ROOM, NOTHING_LEFT
from mingjian.media.export.manifest import manifest
from mingjian.media.export.model import LEFT_OUT_TEXT, LIST_LIMIT, UNFINISHED, Clip, Contents
from mingjian.media.export.packing import Package, file_digest, sync_folder
from mingjian.media.export.reading import Footage
from mingjian.media.export.service import Room
from mingjian.storage.engine import Database, Transaction

MAX_ATTEMPTS: Final = 5
_TICK_S: Final = 1.0
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Interrupted(Exception):  # noqa: N818 - the role stops; the job is repeated
    """The making ends before its time, and will be repeated."""


class _Unwanted(Exception):  # noqa: N818 - somebody deleted the clip
    """Nobody wants the clip any more."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the making of a clip is given by the job that does it.

    `check` raises when the job is another worker's by now; `stopped` says that this one must end soon; `attempt`
    counts from 1.
    """

    database: Database
    clock: Clock
    room: Room
    check: Callable[[Transaction], None]
    stopped: Callable[[], bool]
    attempt: int = 1


def make(work: Work, clip_id: UUID) -> None:
    """Make a clip that waits, or was begun by a worker that died; anything else is left as it is.

    What cannot be mended by trying again becomes the clip's problem. Raises Interrupted when it has to end early, and
    whatever `check` raises.
    """
    with work.database.read() as tx:
        clip = store.get(tx, clip_id)
    if clip is None or clip.state not in UNFINISHED:
        return
    folder = _Folder(work.room.folder, clip, work.attempt)
    try:
        _require_patience(work.attempt)
        folder.prepare()
        making = _Making(work, clip, folder)
        try:
            making.run()
        finally:
            making.abandon()
    except _Unwanted:
        service.remove_files(folder.root, clip.id)
    except MingjianError as error:
        _fail(work, clip, error)
    except OSError as error:
        if error.errno in _FULL:
            _fail(work, clip, work.room.no_room(clip.total_bytes - clip.done_bytes))
        else:
            _fail(work, clip, MingjianError(MAKING_FAILED, reason=error.strerror or str(error)))
    finally:
        folder.drop()


def _require_patience(attempt: int) -> None:
    if attempt > MAX_ATTEMPTS:  # whoever made it died each time
        raise MingjianError(MAKING_FAILED, reason=f"{MAX_ATTEMPTS}×")


def _fail(work: Work, clip: Clip, error: MingjianError) -> None:
    if error.code not in {problem.code for problem in (MAKING_FAILED, NOTHING_LEFT, NO_ROOM)}:
        raise error  # of the database or the job: for the worker
    with work.database.write() as tx:
        work.check(tx)
        kept = store.get(tx, clip.id, for_change=True)
        if kept is not None and kept.state in UNFINISHED:
            service.failed(tx, clip, error, work.clock.now_us())


@dataclass(frozen=True, slots=True)
class _Folder:
    """Where files of one clip are: `making` while they are made, each attempt with its own."""

    root: Path
    clip: Clip
    attempt: int

    @property
    def making(self) -> Path:
        return self.root / f"{self.clip.id}.{self.attempt}.making"

    def prepare(self) -> None:
        """Make the folders, and remove what earlier attempts left."""
        self.root.mkdir(mode=0o700, exist_ok=True)
        service.remove_files(self.root, self.clip.id)
        self.making.mkdir(mode=0o700)

    def drop(self) -> None:
        shutil.rmtree(self.making, ignore_errors=True)

    def place(self, made: Path, suffix: str) -> None:
        """Give a finished file its name; durable on return."""
        made.replace(self.root / f"{self.clip.id}.{suffix}")


class _Making:
    """One attempt."""

    def __init__(self, work: Work, clip: Clip, folder: _Folder) -> None:
        self._work = work
        self._clip = clip
        self._folder = folder
        self._done_bytes = 0
        self._next_tick = work.clock.monotonic()
        self._package = Package(folder.making, clip, self._tick)

    def run(self) -> None:
        footage = Footage(self._work.database)
        cuts: list[ChannelCut] = []
        for number, channel in enumerate(self._clip.channels, 1):
            cut = Cut(footage, self._clip, number, channel, self._folder.making, self._read, self._package.add)
            cuts.append(cut.run(self._work.database))
        if not any(cut.parts for cut in cuts):
            words = LEFT_OUT_TEXT[next((one.cause for cut in cuts for one in cut.left_out), "unexplained")]
            raise MingjianError(NOTHING_LEFT, cause_zh=words.zh, cause_en=words.en)
        self._finish(cuts)

    def abandon(self) -> None:
        """Let go of what is open; without effect on what was finished."""
        self._package.abandon()

    def _finish(self, cuts: list[ChannelCut]) -> None:
        if (single_name := self._package.single_name) is not None:
            for cut in cuts:
                cut.call_part(single_name)
        with self._work.database.read() as tx:
            digests = store.segment_digests(tx, {one.segment_id for cut in cuts for one in cut.sources})
        written = manifest(self._clip, cuts, digests, self._work.clock.now_us())
        aside = self._folder.making / "manifest.json"
        aside.write_bytes(written)
        made = self._package.close(written)
        for path in (made.path, aside):
            _sync(path)
        digest = file_digest(made.path, self._tick)
        contents = _contents(cuts)
        with self._work.database.write() as tx:
            self._still_wanted(tx)
            self._folder.place(aside, "json")
            self._folder.place(made.path, made.suffix)
            sync_folder(self._folder.root)
            name = f"{self._clip.file_name}.{made.suffix}"
            size = (self._folder.root / f"{self._clip.id}.{made.suffix}").stat().st_size
            service.finished(tx, self._clip, contents, name, size, digest, self._work.clock.now_us())

    def _read(self, size: int) -> None:
        self._done_bytes += size
        self._tick()

    def _tick(self) -> None:
        """Now and then: say how far it is, and see whether to go on.

        Raises Interrupted, _Unwanted, or MingjianError NO_ROOM.
        """
        if self._work.stopped():
            raise Interrupted
        now = self._work.clock.monotonic()
        if now < self._next_tick:
            return
        self._next_tick = now + _TICK_S
        if self._work.room.free_bytes() < 0:
            raise self._work.room.no_room(self._clip.total_bytes - self._done_bytes)
        with self._work.database.write() as tx:
            self._work.check(tx)
            if not store.progress(tx, self._clip.id, min(self._done_bytes, self._clip.total_bytes)):
                raise _Unwanted

    def _still_wanted(self, tx: Transaction) -> None:
        self._work.check(tx)
        kept = store.get(tx, self._clip.id, for_change=True)
        if kept is None or kept.state not in UNFINISHED:
            raise _Unwanted


def _contents(cuts: list[ChannelCut]) -> Contents:
    """What the row keeps; the manifest has the rest."""
    parts = [part for cut in cuts for part in cut.parts]
    left_out = [one for cut in cuts for one in cut.left_out]
    more = max(0, len(parts) - LIST_LIMIT) + max(0, len(left_out) - LIST_LIMIT)
    return Contents(tuple(parts[:LIST_LIMIT]), tuple(left_out[:LIST_LIMIT]), more)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def expire(work: Work) -> None:
    """Remove clips whose time is over, and what crashes left behind."""
    with work.database.write() as tx:
        work.check(tx)
        over = service.expire(tx, work.clock.now_us())
    for clip_id in over:
        service.remove_files(work.room.folder, clip_id)
    with work.database.read() as tx:
        service.sweep(tx, work.room.folder)


def make_room(work: Work) -> int:
    """While the disk of clips is below its floor, end ready ones before their time, the oldest first.

    Recording comes before copies, and what they were made of is still there. Returns how many went.
    """
    gone = 0
    while work.room.free_bytes() < 0 and not work.stopped():
        with work.database.write() as tx:
            work.check(tx)
            ended = service.expire_for_room(tx, work.clock.now_us())
        if ended is None:
            break
        service.remove_files(work.room.folder, ended)
        gone += 1
    return gone
