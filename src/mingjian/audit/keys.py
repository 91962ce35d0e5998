"""What the seals of the log need outside of the database: the key that signs heads, and the last head."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from mingjian.audit.errors import HEAD_UNREADABLE, KEY_UNREADABLE
from mingjian.audit.notes import BadNote, Checkpoint, Signer, Verifier
from mingjian.kernel.errors import MingjianError

KEY: Final = Path("keys") / "audit.key"
"""In the data directory. Whoever has it can forge heads; whoever has only the database cannot."""

HEAD: Final = Path("audit") / "head"
"""In the data directory: the newest head as it was signed."""


def signer(data_dir: Path, *, make: bool = False) -> Signer:
    """The key of this installation's log; with `make` it is made where there is none, readable by its owner alone.

    Raises MingjianError KEY_UNREADABLE.
    """
    path = data_dir / KEY
    try:
        if make and not path.exists():
            _write_once(path, Signer(f"mingjian-{secrets.token_hex(4)}/audit", secrets.token_bytes(32)).line)
        return Signer.read(path.read_text())
    except (OSError, BadNote, UnicodeDecodeError) as error:
        raise MingjianError(KEY_UNREADABLE, path=str(KEY), reason=str(error)) from error


@dataclass(frozen=True, slots=True)
class HeadFile:
    """The newest head, kept outside of the database: a copy of yesterday's database does not reach it."""

    path: Path

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        return cls(data_dir / HEAD)

    def read(self, verifier: Verifier) -> tuple[Checkpoint, str] | None:
        """The head and its note; None when none was written yet.

        Raises MingjianError HEAD_UNREADABLE when it is not one that this key signed.
        """
        try:
            note = self.path.read_text()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise MingjianError(HEAD_UNREADABLE, reason=str(error)) from error
        try:
            return verifier.open(note), note
        except BadNote as error:
            raise MingjianError(HEAD_UNREADABLE, reason=str(error)) from error

    def write(self, note: str) -> None:
        """Put another head in its place, durably: after a power cut the old one or the new one is there."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            _write(aside, note)
            aside.replace(self.path)
        finally:
            with suppress(FileNotFoundError):
                aside.unlink()
        _sync_folder(self.path.parent)

    def lost(self) -> list[str]:
        """The notes that `set_aside` kept, oldest first."""
        return [path.read_text() for path in sorted(self.path.parent.glob("lost-*"))]

    def set_aside(self, checkpoint: Checkpoint, note: str) -> None:
        """Keep a head that the database does not reach any more."""
        _write(self.path.with_name(f"lost-{checkpoint.size:012}-{secrets.token_hex(4)}"), note)


def _write_once(path: Path, text: str) -> None:
    # Written aside and linked into place: two roles that start together end with one key, and never half of one.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(aside, text + "\n")
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()
    _sync_folder(path.parent)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
