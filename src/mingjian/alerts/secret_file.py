"""A secret in a file of its own, which nobody else may read."""

import os
import stat
from pathlib import Path
from typing import Final

from mingjian.alerts.errors import SECRET_UNREADABLE
from mingjian.kernel.errors import MingjianError

_LIMIT: Final = 4_096


def read_secret(path: Path, least: int) -> bytes:
    """The bytes of the file, without white space around them.

    Raises MingjianError SECRET_UNREADABLE: no regular file, more than a secret, fewer than `least` bytes, or readable
    by others.
    """
    try:
        with path.open("rb") as file:
            rights = os.fstat(file.fileno()).st_mode
            content = file.read(_LIMIT + 1).strip()
    except OSError as error:
        raise MingjianError(SECRET_UNREADABLE, path=path, reason=error.strerror or str(error)) from error
    reason = None
    if not stat.S_ISREG(rights):
        reason = "not a file / 不是文件"
    elif rights & 0o077:
        reason = f"others may read it (rights {stat.S_IMODE(rights):03o}) / 其他账号可读"
    elif not least <= len(content) <= _LIMIT:
        reason = f"{len(content)} bytes; {least} to {_LIMIT} are wanted / 长度须为 {least} 至 {_LIMIT} 字节"
    if reason is not None:
        raise MingjianError(SECRET_UNREADABLE, path=path, reason=reason)
    return content
