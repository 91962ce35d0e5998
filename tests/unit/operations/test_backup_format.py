"""The file of a backup: what was written comes back, and nothing else does."""

import gzip
import io
import json
import tarfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.kernel.errors import MingjianError
from mingjian.operations.backup import archive, keys
from mingjian.operations.backup.format import (
    CHUNK,
    BackupKey,
    Decrypting,
    Effort,
    Encrypting,
    KeyKind,
    read_head,
)
from mingjian.operations.backup.model import About

KEY: Final = BackupKey(KeyKind.FILE, bytes(range(32)))
QUICK: Final = Effort(passes=1, memory_kib=64, lanes=1)
ABOUT: Final = About("0.1.0", "0001_jobs", "sqlite", 1_764_000_000_000_000, "host")
HEAD: Final = 42


def sealed(content: bytes, key: BackupKey = KEY) -> bytes:
    target = io.BytesIO()
    writing = Encrypting(target, key, QUICK)
    writing.write(content)
    writing.finish()
    return target.getvalue()


def opened(data: bytes, key: BackupKey = KEY) -> bytes:
    return Decrypting(io.BytesIO(data), key, "x").read()


def code_of(data: bytes, key: BackupKey = KEY) -> str:
    with pytest.raises(MingjianError) as caught:
        opened(data, key)
    return caught.value.code


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1])
def test_every_length_comes_back(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    assert opened(sealed(content)) == content


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(1, 400))
def test_pieces_written_and_read_in_any_size(pieces: list[bytes], step: int) -> None:
    target = io.BytesIO()
    writing = Encrypting(target, KEY, QUICK)
    for piece in pieces:
        assert writing.write(piece) == len(piece)
    writing.finish()
    reading = Decrypting(io.BytesIO(target.getvalue()), KEY, "x")
    found = b"".join(iter(lambda: reading.read(step), b""))
    assert found == b"".join(pieces)


def test_two_files_of_the_same_are_not_alike() -> None:
    first, second = sealed(b"same"), sealed(b"same")
    assert first[:10] == second[:10]
    assert first[10:] != second[10:]


def test_a_passphrase_opens_what_it_closed_in_any_form_of_its_letters() -> None:
    composed, decomposed = "caf\u00e9 \u660e\u9274 backup", "cafe\u0301 \u660e\u9274 backup "
    data = sealed(b"content", BackupKey.of_passphrase(composed))
    assert opened(data, BackupKey.of_passphrase(decomposed)) == b"content"
    assert code_of(data, BackupKey.of_passphrase("quite another one")) == "backup.wrong_key"
    assert code_of(data) == "backup.wrong_key", "a key file is no passphrase"
    assert "café" not in repr(BackupKey.of_passphrase(composed))


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(MingjianError) as caught:
        BackupKey.of_passphrase(" 12345678901 ")
    assert caught.value.code == "backup.passphrase_short"


@pytest.mark.parametrize("at", [*range(HEAD), HEAD, HEAD + 5, HEAD + CHUNK + 20, HEAD + 2 * CHUNK + 40])
def test_every_changed_byte_is_noticed(at: int) -> None:
    data = bytearray(sealed(bytes(2 * CHUNK + 100)))
    data[at] ^= 1
    assert code_of(bytes(data)) in {"backup.not_a_backup", "backup.wrong_key", "backup.damaged"}


def chunks(data: bytes) -> list[bytes]:
    whole = CHUNK + 16
    return [data[HEAD + at : HEAD + at + whole] for at in range(0, len(data) - HEAD, whole)]


@pytest.mark.parametrize("order", [(0, 1), (0, 2), (0, 2, 1), (0, 1, 1, 2), (1, 2), (0,)])
def test_chunks_left_out_exchanged_and_repeated(order: tuple[int, ...]) -> None:
    data = sealed(bytes(CHUNK) + bytes([1]) * CHUNK + b"end")
    parts = chunks(data)
    assert len(parts) == 3
    assert code_of(data[:HEAD] + b"".join(parts[number] for number in order)).startswith("backup.")


@given(st.integers(0, 3 * CHUNK))
def test_a_file_that_breaks_off_is_noticed_wherever(cut: int) -> None:
    data = _LONG[: min(cut, len(_LONG) - 1)]
    assert code_of(data) in {"backup.not_a_backup", "backup.wrong_key", "backup.damaged"}


_LONG: Final = sealed(bytes(2 * CHUNK))


def test_bytes_behind_the_end_are_noticed() -> None:
    assert code_of(_LONG + b"\0") == "backup.damaged"


def test_a_head_cannot_ask_for_all_memory() -> None:
    head = bytearray(sealed(b"", BackupKey.of_passphrase("a long passphrase"))[:HEAD])
    head[30:34] = (1 << 31).to_bytes(4, "big")
    with pytest.raises(MingjianError) as caught:
        read_head(io.BytesIO(bytes(head)), "x")
    assert caught.value.code == "backup.not_a_backup"


# What is inside


def backup(*names: str, about: About = ABOUT) -> bytes:
    target = io.BytesIO()
    writer = archive.Writer(target, KEY, QUICK)
    writer.about(about)
    for name in names:
        writer.text(name, f"content of {name}")
    writer.finish()
    return target.getvalue()


def forged(*entries: tarfile.TarInfo, manifest: bool = True) -> bytes:
    """An archive by somebody who has the key and not our program."""
    target = io.BytesIO()
    outer = Encrypting(target, KEY, QUICK)
    with gzip.GzipFile(fileobj=cast("Any", outer), mode="wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        about = json.dumps(asdict(ABOUT)).encode()
        listed = [(tarfile.TarInfo("about.json"), about)]
        listed += [(entry, b"x" * entry.size) for entry in entries]
        listed += [(tarfile.TarInfo("manifest.json"), b"{}")] if manifest else []
        for entry, content in listed:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    outer.finish()
    return target.getvalue()


def read(data: bytes, keep: archive.Keep = lambda *_: None) -> Any:
    return archive.read(io.BytesIO(data), KEY, "x", keep)


PARTS: Final = ("keys/devices.key", "keys/tls/server.pem", "database.sqlite")
LAW: Final = "law/Order-230.txt"
SIGN: Final = f"signs/{'a' * 32}-{'0' * 16}.jpg"


def test_entries_come_back_with_their_digests(tmp_path: Path) -> None:
    done = read(backup(*PARTS, SIGN, LAW), archive.Unpacking(tmp_path / "a"))
    assert done.about == ABOUT
    assert sorted(done.entries) == sorted(["about.json", *PARTS, SIGN, LAW])
    assert (tmp_path / "a/keys/tls/server.pem").read_text() == "content of keys/tls/server.pem"
    assert (tmp_path / "a/keys/devices.key").stat().st_mode & 0o777 == 0o600


def refused(data: bytes, keep: archive.Keep = lambda *_: None) -> str:
    with pytest.raises(MingjianError) as caught:
        read(data, keep)
    return caught.value.code


def test_a_backup_without_a_database_or_list_is_damaged() -> None:
    assert refused(backup("keys/devices.key")) == "backup.damaged"
    assert refused(forged(manifest=False)) == "backup.damaged"
    assert refused(forged()) == "backup.damaged", "its list is not what is there"


NAMES: Final = (
    "/etc/passwd", "../escape", "keys/../../escape", "keys/..", "keys/.ssh/authorized_keys", "keys//devices.key",
    "keys/a/b/c/d", "keys/tls/", "./about.json", "database.sqlite/../x", "DATABASE.SQLITE", "video/0001.mp4",
    "law/../x.txt", "law/.txt", "law/TC.md", "law/a/TC.txt", "law/..TC.txt",
    "signs/../x.jpg", "signs/a.jpg", f"signs/{32 * '0'}-{16 * '0'}.png",
    "keys\\..\\escape", "keys/\u202eyek", "keys/a\0b", "", ".", "keys", "mingjian.toml.new", "run/api.sock",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_threat_21_names_in_a_backup_that_point_elsewhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(MingjianError) as caught:
        archive.require_name(name)
    assert caught.value.code == "backup.name_refused"
    before = sorted(tmp_path.rglob("*"))
    assert refused(forged(tarfile.TarInfo(name)), archive.Unpacking(tmp_path / "in")).startswith("backup.")
    outside = [one for one in tmp_path.rglob("*") if not one.is_relative_to(tmp_path / "in")]
    assert outside == before, "nothing was made outside of the folder"


@given(st.text(max_size=40))
def test_threat_21_no_name_leads_out_of_the_folder(name: str) -> None:
    try:
        archive.require_name(name)
    except MingjianError:
        return
    assert (Path("/data") / name).resolve().is_relative_to("/data")


def special(kind: bytes, name: str = "keys/devices.key", link: str = "/etc/passwd") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, link
    return entry


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_threat_21_links_devices_and_folders_in_a_backup(kind: bytes, tmp_path: Path) -> None:
    assert refused(forged(special(kind)), archive.Unpacking(tmp_path / "in")) == "backup.name_refused"
    assert list((tmp_path / "in").iterdir()) == []


def test_threat_21_the_same_name_twice(tmp_path: Path) -> None:
    twice = forged(tarfile.TarInfo("keys/a"), tarfile.TarInfo("keys/a"))
    assert refused(twice, archive.Unpacking(tmp_path / "in")) == "backup.name_refused"


def test_threat_21_a_link_that_waits_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    keep = archive.Unpacking(tmp_path / "in")
    keep("keys/a", io.BytesIO(b"x"), 1)
    (tmp_path / "in/keys/b").symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match="exists"):
        keep("keys/b", io.BytesIO(b"x"), 1)
    assert not (tmp_path / "outside").exists()
    with pytest.raises(FileExistsError):
        archive.Unpacking(tmp_path / "in")


# Keys


def test_a_key_file_is_made_once_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "backup.key"
    keys.new_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(keys.read_key(path).secret) == 32
    with pytest.raises(MingjianError) as caught:
        keys.new_key(path)
    assert caught.value.code == "backup.destination_exists"


@pytest.mark.parametrize("content", ["", "hello", "mingjian-backup-key-1:", "mingjian-backup-key-1:AAAA", "\xff"])
def test_what_is_no_key(tmp_path: Path, content: str) -> None:
    path = tmp_path / "backup.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(MingjianError) as caught:
        keys.read_key(path)
    assert caught.value.code == "backup.key_unreadable"


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "backup.key"
    keys.new_key(path)
    path.chmod(0o640)
    with pytest.raises(MingjianError) as caught:
        keys.read_key(path)
    assert "640" in caught.value.why.en
