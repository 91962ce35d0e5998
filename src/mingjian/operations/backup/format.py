"""The file of a backup: a head, then the content in chunks that are encrypted and authenticated each.

    offset  size
    0       8     "MJBACKUP"
    8       1     version, 1
    9       1     how the key is made: 0 key file, 1 passphrase by Argon2id
    10      16    salt
    26      4     Argon2id passes      (0 with a key file)      all numbers big-endian
    30      4     Argon2id memory KiB  (0 with a key file)
    34      1     Argon2id lanes       (0 with a key file)
    35      7     prefix of all nonces
    42      ...   chunks

A chunk holds CHUNK bytes of content and 16 of tag; the last one holds fewer, maybe none. It is encrypted with
AES-256-GCM under the nonce prefix (7) ‖ number of the chunk (4) ‖ 1 for the last and 0 for any other (1), with the 42
bytes of the head as additional data. So chunks can be neither changed, nor exchanged, nor left out at the end, and a
file that breaks off is noticed. This is the construction STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015).

The key: 32 bytes by HKDF-SHA256 (RFC 5869) from the bytes of the key file, or from Argon2id (RFC 9106) of the
passphrase, with the salt and the word of `_PURPOSE`. No I/O here: streams are given.
"""

import secrets
import struct
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO, Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mingjian.kernel.errors import MingjianError
from mingjian.operations.backup.errors import DAMAGED, NOT_A_BACKUP, PASSPHRASE_SHORT, WRONG_KEY

MAGIC: Final = b"MJBACKUP"
VERSION: Final = 1
CHUNK: Final = 1 << 20
KEY_BYTES: Final = 32
LEAST_PASSPHRASE: Final = 12
_TAG: Final = 16
_PURPOSE: Final = b"mingjian backup v1"
_HEAD: Final = struct.Struct(">8sBB16sIIB7s")
_NONCE: Final = struct.Struct(">7sIB")
# What a file may ask of who opens it: nobody lets a stranger's file take all memory.
_MOST_MEMORY_KIB: Final = 1 << 20
_MOST_PASSES: Final = 64


class KeyKind(IntEnum):
    FILE = 0
    PASSPHRASE = 1


@dataclass(frozen=True, slots=True)
class Effort:
    """What guessing a passphrase costs (RFC 9106 section 4, second recommendation, doubled)."""

    passes: int = 3
    memory_kib: int = 131_072
    lanes: int = 4


@dataclass(frozen=True, slots=True)
class BackupKey:
    """What opens a backup: the bytes of a key file, or a passphrase."""

    kind: KeyKind
    secret: bytes

    def __repr__(self) -> str:
        return f"BackupKey({self.kind.name}, ***)"

    @classmethod
    def of_passphrase(cls, text: str) -> "BackupKey":
        """Raises MingjianError PASSPHRASE_SHORT."""
        text = unicodedata.normalize("NFC", text.strip())
        if len(text) < LEAST_PASSPHRASE:
            raise MingjianError(PASSPHRASE_SHORT, least=LEAST_PASSPHRASE)
        return cls(KeyKind.PASSPHRASE, text.encode())


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of the file."""

    kind: KeyKind
    salt: bytes
    passes: int
    memory_kib: int
    lanes: int
    prefix: bytes

    @property
    def packed(self) -> bytes:
        return _HEAD.pack(MAGIC, VERSION, self.kind, self.salt, self.passes, self.memory_kib, self.lanes, self.prefix)

    def cipher(self, key: BackupKey) -> AESGCM:
        """Raises MingjianError WRONG_KEY when it is a key of the other kind."""
        if key.kind is not self.kind:
            raise MingjianError(WRONG_KEY)
        secret = key.secret
        if self.kind is KeyKind.PASSPHRASE:
            secret = hash_secret_raw(
                secret, self.salt, self.passes, self.memory_kib, self.lanes, hash_len=KEY_BYTES, type=Type.ID
            )
        return AESGCM(HKDF(hashes.SHA256(), KEY_BYTES, self.salt, _PURPOSE).derive(secret))


def new_head(key: BackupKey, effort: Effort) -> Head:
    """Salt and nonces of a new file. A key file needs no effort: it cannot be guessed."""
    salt, prefix = secrets.token_bytes(16), secrets.token_bytes(7)
    if key.kind is KeyKind.FILE:
        return Head(key.kind, salt, 0, 0, 0, prefix)
    return Head(key.kind, salt, effort.passes, effort.memory_kib, effort.lanes, prefix)


def read_head(source: BinaryIO, name: str) -> Head:
    """Raises MingjianError NOT_A_BACKUP."""
    raw = source.read(_HEAD.size)
    if len(raw) != _HEAD.size:
        raise MingjianError(NOT_A_BACKUP, path=name, found="-")
    magic, version, kind, salt, passes, memory_kib, lanes, prefix = _HEAD.unpack(raw)
    if magic != MAGIC or version != VERSION or kind not in list(KeyKind):
        raise MingjianError(NOT_A_BACKUP, path=name, found=version if magic == MAGIC else "-")
    sane = passes <= _MOST_PASSES and memory_kib <= _MOST_MEMORY_KIB and lanes <= 64
    if KeyKind(kind) is KeyKind.PASSPHRASE:
        sane = sane and passes >= 1 and lanes >= 1 and memory_kib >= 8 * lanes
    if not sane:
        raise MingjianError(NOT_A_BACKUP, path=name, found=version)
    return Head(KeyKind(kind), salt, passes, memory_kib, lanes, prefix)


class Encrypting:
    """A file to write into; what it was given is in `target` once `finish` has returned."""

    def __init__(self, target: BinaryIO, key: BackupKey, effort: Effort = Effort()) -> None:
        head = new_head(key, effort)
        self._cipher = head.cipher(key)
        self._head = head
        self._bound = head.packed
        self._target = target
        self._waiting = bytearray()
        self._number = 0
        target.write(self._bound)

    def write(self, data: bytes) -> int:
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def finish(self) -> None:
        """Write the last chunk."""
        if len(self._waiting) == CHUNK:
            self._chunk(bytes(self._waiting), last=False)
            self._waiting.clear()
        self._chunk(bytes(self._waiting), last=True)

    def _chunk(self, content: bytes, *, last: bool) -> None:
        nonce = _NONCE.pack(self._head.prefix, self._number, last)
        self._target.write(self._cipher.encrypt(nonce, content, self._bound))
        self._number += 1


class Decrypting:
    """A file to read from: bytes come out only once their chunk has proved to be what was written.

    `read` raises MingjianError WRONG_KEY for the first chunk and DAMAGED for any other that is not, and DAMAGED where
    the file ends before its last chunk or goes on behind it.
    """

    def __init__(self, source: BinaryIO, key: BackupKey, name: str) -> None:
        head = read_head(source, name)
        self._cipher = head.cipher(key)
        self._head = head
        self._bound = head.packed
        self._source = source
        self._ready = bytearray()
        self._number = 0
        self._over = False

    def read(self, size: int = -1) -> bytes:
        while not self._over and (size < 0 or len(self._ready) < size):
            self._chunk()
        taken = bytes(self._ready if size < 0 else self._ready[:size])
        del self._ready[: len(taken)]
        return taken

    def drain(self) -> None:
        """Read to the end, for what stands there: raises like `read`."""
        while self.read(CHUNK):
            pass

    def _chunk(self) -> None:
        sealed = self._source.read(CHUNK + _TAG)
        last = len(sealed) < CHUNK + _TAG
        nonce = _NONCE.pack(self._head.prefix, self._number, last)
        try:
            self._ready += self._cipher.decrypt(nonce, sealed, self._bound)
        except (InvalidTag, ValueError) as error:
            if self._number == 0:
                raise MingjianError(WRONG_KEY) from error
            raise MingjianError(DAMAGED, detail=f"chunk {self._number}") from error
        self._number += 1
        self._over = last
