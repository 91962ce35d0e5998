"""The vault: what is sealed stays sealed, and opens for its owner alone."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.kernel.errors import MingjianError
from mingjian.registry.model import shown_address
from mingjian.registry.vault import KEY_BYTES, Sealed, Secret, Vault, open_vault

KEY: Final = bytes(range(KEY_BYTES))
OWNER, OTHER = UUID(int=1), UUID(int=2)
TEXT: Final = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]))


@given(user_name=TEXT, password=TEXT)
def test_what_is_sealed_is_what_is_opened(user_name: str, password: str) -> None:
    vault, secret = Vault(KEY), Secret(user_name, password)
    sealed = vault.seal(secret, OWNER)
    assert vault.open(sealed, OWNER) == secret
    assert sealed != vault.seal(secret, OWNER)  # nobody sees that two cameras share a password
    if len(password) > 3:
        assert password.encode() not in bytes(sealed)


def refused(vault: Vault, sealed: bytes, owner: UUID) -> None:
    with pytest.raises(MingjianError, match=r"registry\.vault_key_wrong"):
        vault.open(Sealed(sealed), owner)


def test_nobody_else_opens_it() -> None:
    sealed = Vault(KEY).seal(Secret("admin", "secret"), OWNER)
    refused(Vault(bytes(KEY_BYTES)), sealed, OWNER)
    refused(Vault(KEY), sealed, OTHER)  # the row of another device
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        refused(Vault(KEY), bytes(changed), OWNER)
        refused(Vault(KEY), sealed[:at], OWNER)


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_key_has_one_length(size: int, tmp_path: Path) -> None:
    with pytest.raises(MingjianError, match=r"registry\.vault_unreadable"):
        Vault(bytes(size))
    (tmp_path / "key").write_bytes(bytes(size))
    with pytest.raises(MingjianError, match=r"registry\.vault_unreadable"):
        open_vault(tmp_path / "key")


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "devices.key"
    sealed = open_vault(path).seal(Secret("a", "b"), OWNER)
    assert open_vault(path).open(sealed, OWNER) == Secret("a", "b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["devices.key"]
    assert len(path.read_bytes()) == KEY_BYTES


def test_roles_that_start_together_share_one_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "devices.key"
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: open_vault(path), range(8)))
    sealed = vaults[0].seal(Secret("a", "b"), OWNER)
    assert all(vault.open(sealed, OWNER) == Secret("a", "b") for vault in vaults)


def test_a_death_while_the_key_was_made_does_not_stop_the_next_start(tmp_path: Path) -> None:
    """Process ids repeat, in containers at every start."""
    (tmp_path / f".devices.key.{os.getpid()}").write_bytes(b"half a k")
    assert open_vault(tmp_path / "devices.key")


def test_a_key_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "devices.key"):
        with pytest.raises(MingjianError, match=r"registry\.vault_unreadable"):
            open_vault(path)


def test_a_secret_is_not_shown() -> None:
    assert "hunter2" not in f"{Secret('admin', 'hunter2')} {[Secret('admin', 'hunter2')]!r}"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://h:554/a?channel=1", "rtsp://h:554/a?channel=1"),
        ("rtsp://h:554/user=admin&password=tlJw&channel=1", "rtsp://h:554/user=admin&password=***&channel=1"),
        ("rtsp://h:554/x?token=abc", "rtsp://h:554/x?token=***"),
        ("rtsp://h:554/x?src=rtsp://u:p@g/", "rtsp://h:554/x?src=rtsp://g/"),
    ],
)
def test_addresses_are_shown_without_passwords(address: str, shown: str) -> None:
    assert shown_address(address) == shown
