"""Hash and check passwords: argon2id, few at a time, never inside a transaction."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from mingjian.identity.errors import HASHING_BUSY
from mingjian.kernel.errors import MingjianError

AT_ONCE: Final = 2
"""Hashes computed at the same time: each takes 64 MiB and about 0.2 s of a core."""

WAITING: Final = 8
"""Requests that may wait for their turn. They hold a thread each; further ones are refused at once."""

_WAIT_S: Final = 5.0


class Hasher:
    """Argon2id with the parameters of RFC 9106 section 4 (second choice: 64 MiB, 3 passes, 4 lanes).

    A flood of sign-ins costs AT_ONCE x 64 MiB and AT_ONCE + WAITING threads, never more.
    """

    def __init__(self, memory_kib: int = 65_536, passes: int = 3, lanes: int = 4) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        self._running = BoundedSemaphore(AT_ONCE)
        self._admitted = BoundedSemaphore(AT_ONCE + WAITING)
        # Checked when nobody has the given name, so that the answer takes as long as for a wrong password.
        self._nobody = self._argon2.hash("nobody has this password")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold one of the places in which `hash` and `verify` may be called.

        Raises MingjianError HASHING_BUSY when too many wait, or when no place was free for 5 s.
        """
        if not self._admitted.acquire(blocking=False):
            raise MingjianError(HASHING_BUSY, retry_after_s=2)
        try:
            if not self._running.acquire(timeout=_WAIT_S):
                raise MingjianError(HASHING_BUSY, retry_after_s=2)
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._admitted.release()

    def hash(self, password: str) -> str:
        """The encoded hash, salt and parameters included. Call it inside `turn`."""
        return self._argon2.hash(_normal(password))

    def verify(self, encoded: str | None, password: str) -> bool:
        """Whether `password` made `encoded`; False, after the same work, when `encoded` is None."""
        try:
            self._argon2.verify(encoded if encoded is not None else self._nobody, _normal(password))
        except VerificationError:
            return False
        return encoded is not None


def _normal(password: str) -> str:
    # The same characters typed on two input methods can differ in code points (NIST SP 800-63B section 3.1.1.2).
    return unicodedata.normalize("NFKC", password)
