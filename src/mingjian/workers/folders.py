"""The data directory and the run directory in it: made, checked, and held by one instance at a time."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mingjian.kernel.errors import MingjianError, Text
from mingjian.workers.errors import ALREADY_RUNNING, DATA_DIR_UNUSABLE

# sun_path of unix(7) holds 108 bytes, one of them a zero; names of sockets in the run directory have up to 24.
SOCKET_PATH_LIMIT: Final = 107
_LONGEST_NAME: Final = 24
MEDIA: Final = "media"
VAULT_KEY: Final = Path("keys") / "devices.key"
"""In the data directory: the key of the passwords of devices."""
CERTIFICATE: Final = Path("keys") / "tls" / "server.pem"
"""In the data directory: what the API serves with."""
_POLL_S: Final = 0.05

_REASONS: Final[Mapping[int, Text]] = {
    errno.ENOTDIR: Text("它不是目录。", "It is not a directory."),
    errno.EEXIST: Text("它不是目录。", "It is not a directory."),
    errno.EROFS: Text("文件系统是只读的。", "The file system is read-only."),
    errno.EACCES: Text("没有写权限。", "Writing is not permitted."),
    errno.EPERM: Text("没有写权限。", "Writing is not permitted."),
    errno.ENOSPC: Text("磁盘已满。", "The disk is full."),
}
_TOO_LONG: Final = Text(
    "路径太长：Unix 套接字的路径不能超过 107 字节。",
    "Its path is too long: that of a Unix socket has at most 107 bytes.",
)


@dataclass(frozen=True, slots=True)
class Folders:
    """`data` holds what must survive; `run` holds sockets, locks and states, worthless after a stop."""

    data: Path
    run: Path

    @property
    def metrics(self) -> Path:
        return self.run / "metrics"


def prepare(data: Path) -> Folders:
    """Make the directories (rights 0700) and try them by writing.

    Raises MingjianError DATA_DIR_UNUSABLE: not a directory, read-only, full, or too long a path for sockets.
    """
    data = data.absolute()
    folders = Folders(data, data / "run")
    if len(os.fsencode(folders.run)) + 1 + _LONGEST_NAME > SOCKET_PATH_LIMIT:
        raise _unusable(data, _TOO_LONG)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        folders.run.mkdir(mode=0o700, exist_ok=True)
        probe = folders.run / f"probe.{os.getpid()}"
        probe.write_bytes(b"\0")
        probe.unlink()
    except OSError as error:
        raise _unusable(data, why_unusable(error)) from error
    return folders


def why_unusable(error: OSError) -> Text:
    """The reason in words; that of the system when it is a rare one."""
    reason = error.strerror or str(error)
    return _REASONS.get(error.errno or 0, Text(f"系统回答：{reason}。", f"The system says: {reason}."))


def name_of(role: str, member: int = 1) -> str:
    """The name of a process: in locks, states, metrics and logs. There may be several of a role."""
    return role if member == 1 else f"{role}-{member}"


def media_socket(folders: Folders, member: int = 1) -> Path:
    """Where a process that records answers `api`."""
    return folders.run / f"{name_of(MEDIA, member)}.sock"


def media_sockets(folders: Folders) -> list[str]:
    """Those that there are, of processes that nobody announced too."""
    return sorted(str(path) for path in folders.run.glob(f"{MEDIA}*.sock"))


def is_held(folders: Folders, name: str) -> bool:
    """Whether a process has the lock of `name`; the system takes it from one that is gone, and from no other."""
    try:
        with (folders.run / f"{name}.lock").open("r") as file:
            return not _try_lock(file.fileno())
    except FileNotFoundError:
        return False


@contextmanager
def held(folders: Folders, name: str, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock of `name` (`mingjian` for the whole, or a process's name); the system drops it with the process.

    Waits up to `wait_s` seconds: the processes of a killed supervisor need a moment to notice.

    Raises MingjianError ALREADY_RUNNING with the pid of the holder.
    """
    path = folders.run / f"{name}.lock"
    with path.open("a+") as file:
        deadline = time.monotonic() + wait_s
        while not _try_lock(file.fileno()):
            if time.monotonic() >= deadline:
                file.seek(0)
                raise MingjianError(ALREADY_RUNNING, name=name, pid=file.read(20).strip() or "?", path=path)
            time.sleep(_POLL_S)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unusable(path: Path, why: Text) -> MingjianError:
    return MingjianError(DATA_DIR_UNUSABLE, path=path, reason_zh=why.zh, reason_en=why.en)
