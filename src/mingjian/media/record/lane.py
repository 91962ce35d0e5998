"""One volume's thread: does the file work of its segments in order, and says how it went.

A disk that hangs keeps its lane waiting and nothing else. What waits for a lane is counted, so that it can be bounded.
"""

import errno
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from mingjian.kernel.clock import Clock
from mingjian.media.model import Volume
from mingjian.media.record.files import SegmentFiles
from mingjian.media.record.orders import Orders

_log: Final = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class LaneFile:
    """A file as its lane has it. `written`: bytes that the system has taken; after `error` nothing more is written."""

    path_name: str
    descriptor: int = -1
    written: int = 0
    error: OSError | None = None
    created: bool = False
    waiting: deque[tuple[bytes, ...]] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Failed:
    """A file could not be created, written or cut; once for each file and fault."""

    lane: "Lane"
    file: LaneFile
    error: OSError


@dataclass(frozen=True, slots=True)
class Synced:
    """Everything given before the request with this number is durable, or why not."""

    lane: "Lane"
    number: int
    error: OSError | None


@dataclass(frozen=True, slots=True)
class Discarded:
    """A file is gone, or could not be removed."""

    file: LaneFile
    gone: bool


Report = Failed | Synced | Discarded


@dataclass(frozen=True, slots=True)
class Seen:
    """The volume as its lane last saw it: whether it is the right one and can be written, bytes free and in all."""

    here: bool
    writable: bool
    free_bytes: int
    total_bytes: int


class Lane:
    """Methods are called by the writer's thread and return at once; `report` is called from the lane's."""

    def __init__(
        self,
        volume: Volume,
        files: SegmentFiles,
        report: Callable[[Report], None],
        clock: Clock,
        is_ours: Callable[[], bool] = lambda: True,
    ) -> None:
        """`is_ours`: whether nobody else can have taken over the files; what is not ours is neither made nor removed
        by its name.
        """
        self._is_ours = is_ours
        self.volume = volume
        self.files = files
        self._report = report
        self._monotonic = clock.monotonic
        self._work: Orders[Callable[[], None] | None] = Orders()
        # Each is counted up by one thread alone.
        self._given_bytes = 0
        self._taken_bytes = 0
        self._busy_since: float | None = None
        self.seen: Seen | None = None
        self._thread = threading.Thread(target=self._run, name=f"lane {volume.path}", daemon=True)
        self._thread.start()

    @property
    def waiting_bytes(self) -> int:
        """What was given and not yet written."""
        return self._given_bytes - self._taken_bytes

    @property
    def taken_bytes(self) -> int:
        """All that was ever written."""
        return self._taken_bytes

    def busy_s(self) -> float:
        """How long the work in hand has taken."""
        since = self._busy_since
        return 0.0 if since is None else self._monotonic() - since

    def stop(self, timeout_s: float) -> bool:
        """End after all work that was given; False when the disk did not come back in time."""
        self._work.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # From the writer

    def create(self, file: LaneFile) -> None:
        self._work.put(partial(self._create, file))

    def append(self, file: LaneFile, *parts: bytes) -> None:
        """Written once the lane is woken, by `wake` or by anything else that it is told."""
        file.waiting.append(parts)
        self._given_bytes += sum(map(len, parts))
        self._work.put_quietly(partial(self._append, file))

    def wake(self) -> None:
        if not self._work.empty():
            self._work.wake()

    def cut(self, file: LaneFile, size: int) -> None:
        """Cut a file back, after which its fault is over."""
        self._work.put(partial(self._cut, file, size))

    def sync(self, number: int, files: Sequence[LaneFile]) -> None:
        self._work.put(partial(self._sync, number, files))

    def look(self) -> None:
        """Have `seen` made new; where the disk hangs it stays as it was."""
        self._work.put(self._look)

    def close(self, file: LaneFile) -> None:
        self._work.put(partial(self._close, file))

    def discard(self, file: LaneFile) -> None:
        """Close and remove a file."""
        self.forget_waiting(file)
        self._work.put(partial(self._discard, file))

    def forget_waiting(self, file: LaneFile) -> None:
        """What still waits for this file is not written any more, and its memory is free at once."""
        while file.waiting:
            try:
                parts = file.waiting.popleft()
            except IndexError:  # the lane's thread was faster
                return
            self._given_bytes -= sum(map(len, parts))

    # The thread

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            self._busy_since = self._monotonic()
            work()
            self._busy_since = None
        self.files.release()

    def _look(self) -> None:
        here = self.files.identity() == self.volume.id
        if not here:
            self.files.release()
        try:
            self.seen = Seen(here, self.files.writable(), self.files.free_bytes(), self.files.total_bytes())
        except OSError:
            self.seen = Seen(here=False, writable=False, free_bytes=0, total_bytes=0)

    def _create(self, file: LaneFile) -> None:
        try:
            if not self._is_ours():
                raise OSError(errno.ESTALE, "another process may have the camera")  # noqa: TRY301 - as the system would
            if not self.files.hold(self.volume.id):
                raise OSError(errno.ENODEV, "the volume is not in its place")  # noqa: TRY301 - as the system would
            file.descriptor = self.files.create(file.path_name)
            file.created = True
        except OSError as error:
            self._failed(file, error)

    def _append(self, file: LaneFile) -> None:
        try:
            parts = file.waiting.popleft()
        except IndexError:  # forgotten
            return
        size = sum(map(len, parts))
        try:
            if file.error is None and file.descriptor >= 0:
                self.files.append(file.descriptor, *parts)
                file.written += size
        except OSError as error:
            self._failed(file, error)
        finally:
            self._taken_bytes += size

    def _cut(self, file: LaneFile, size: int) -> None:
        if file.descriptor < 0:
            return
        try:
            self.files.cut(file.descriptor, size)
            file.written = size
        except OSError as error:
            file.error = None
            self._failed(file, error)

    def _sync(self, number: int, files: Sequence[LaneFile]) -> None:
        error: OSError | None = None
        try:
            self.files.sync([one.descriptor for one in files if one.descriptor >= 0])
        except OSError as refused:
            error = refused
        self._report(Synced(self, number, error))

    def _close(self, file: LaneFile) -> None:
        descriptor, file.descriptor = file.descriptor, -1
        if descriptor < 0:
            return
        try:
            self.files.close(descriptor)
        except OSError as error:
            # The bytes are durable, and a descriptor is closed even when this is said.
            _log.error("recorder.close_failed", path=file.path_name, error=str(error))

    def _discard(self, file: LaneFile) -> None:
        self._close(file)
        self._report(Discarded(file, gone=self._removed(file)))

    def _removed(self, file: LaneFile) -> bool:
        if not file.created:
            return True  # a read-only disk would not even say that it is not there
        if self.files.identity() != self.volume.id or not self._is_ours():
            return False  # not the disk that has it, or somebody else's file by now
        try:
            self.files.remove(file.path_name)
        except OSError as error:
            _log.error("recorder.remove_failed", path=file.path_name, error=str(error))
            return False
        return True

    def _failed(self, file: LaneFile, error: OSError) -> None:
        self.files.release()  # whoever repairs it has to be able to unmount it
        if file.error is None:
            file.error = error
            self._report(Failed(self, file, error))
