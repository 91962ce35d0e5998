"""The key file of backups: 32 random bytes as text, readable by its owner alone."""

import os
import secrets
import stat
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.operations.backup.errors import DESTINATION_EXISTS, KEY_UNREADABLE, WRITING_FAILED
from mingjian.operations.backup.format import KEY_BYTES, BackupKey, KeyKind

_PREFIX: Final = "mingjian-backup-key-1:"
_LIMIT: Final = 1_000


def new_key(path: Path) -> None:
    """Make a key in a new file. Raises MingjianError DESTINATION_EXISTS or WRITING_FAILED."""
    line = f"{_PREFIX}{b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise MingjianError(DESTINATION_EXISTS, path=path) from error
    except OSError as error:
        raise MingjianError(WRITING_FAILED, path=path, reason=error.strerror or str(error)) from error


def read_key(path: Path) -> BackupKey:
    """Raises MingjianError KEY_UNREADABLE: not such a file, or one that others may read."""
    try:
        with path.open("rb") as file:
            rights = os.fstat(file.fileno()).st_mode
            text = file.read(_LIMIT).decode("ascii").strip()
        if rights & 0o077:
            raise _unreadable(
                path, f"others may read it (rights {stat.S_IMODE(rights):03o}) / 其他账号可读，请 chmod 600"
            )
        secret = b64decode(text.removeprefix(_PREFIX), validate=True)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise _unreadable(path, "not a key / 不是密钥文件") from error
    if not text.startswith(_PREFIX) or len(secret) != KEY_BYTES:
        raise _unreadable(path, "not a key / 不是密钥文件")
    return BackupKey(KeyKind.FILE, secret)


def _unreadable(path: Path, reason: str) -> MingjianError:
    return MingjianError(KEY_UNREADABLE, path=path, reason=reason)
