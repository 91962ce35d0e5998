"""Photos of signs: written anew by a process of their own, kept under names that are made here, read by digest."""

import os
import secrets
import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from mingjian.kernel.errors import MingjianError
from mingjian.registry import reencode
from mingjian.registry.errors import PHOTO_UNREADABLE, SIGN_UNKNOWN

FOLDER: Final = "signs"
MOST_BYTES: Final = reencode.MOST_BYTES
_PROGRAM: Final = Path(reencode.__file__)
_LIMIT_S: Final = 30.0


def cleaned(data: bytes) -> bytes:
    """The photo as a JPEG of its pixels alone. Raises MingjianError PHOTO_UNREADABLE."""
    if 0 < len(data) <= MOST_BYTES:
        command = [sys.executable, "-I", str(_PROGRAM)]
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(  # noqa: S603 - our own program, by its own path
                command, input=data, capture_output=True, timeout=_LIMIT_S, check=False, env={}, cwd="/"
            )
            if done.returncode == 0 and done.stdout:
                return done.stdout
    raise MingjianError(PHOTO_UNREADABLE, megabytes=MOST_BYTES >> 20, megapixels=reencode.MOST_PIXELS // 1_000_000)


def keep(data_dir: Path, sign_id: UUID, photo: bytes) -> bytes:
    """Put the photo on the disk; returns its SHA-256, by which it is found."""
    digest = sha256(photo).digest()
    path = _path(data_dir, sign_id, digest)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with aside.open("xb") as out:
        out.write(photo)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
    return digest


def read(data_dir: Path, sign_id: UUID, digest: bytes) -> bytes:
    """The photo with this digest. Raises MingjianError SIGN_UNKNOWN when it is gone or is another one."""
    try:
        photo = _path(data_dir, sign_id, digest).read_bytes()
    except OSError as error:
        raise MingjianError(SIGN_UNKNOWN) from error
    if sha256(photo).digest() != digest:
        raise MingjianError(SIGN_UNKNOWN)
    return photo


def forget(data_dir: Path, sign_id: UUID, digest: bytes) -> None:
    """A photo that another one has replaced."""
    _path(data_dir, sign_id, digest).unlink(missing_ok=True)


def _path(data_dir: Path, sign_id: UUID, digest: bytes) -> Path:
    return data_dir / FOLDER / f"{sign_id.hex}-{digest.hex()[:16]}.jpg"
