"""Threat row 20: an address that a person types makes this machine connect to nothing outside of the allow-list.

Three doors take addresses: cameras (RTSP), ONVIF, and the hook. The site of these tests allows 192.168.10.0/24.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

import pytest

from mingjian.alerts import hook
from mingjian.alerts.settings import AlertsSettings
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.networks import NEVER, is_allowed
from mingjian.media.formats.url import BadAddress
from mingjian.media.formats.url import parse as parse_stream
from mingjian.media.ingest import connection as rtsp
from mingjian.media.ingest.networks import resolve
from mingjian.media.settings import PRIVATE_NETWORKS
from mingjian.onvif import addresses, transport

SITE: Final = (ip_network("192.168.10.0/24"),)
CAMERA: Final = "192.168.10.10"

# What a name server of somebody else's answers.
NAMES: Final[dict[str, list[str]]] = {
    "camera.example": [CAMERA],
    "both.example": [CAMERA, "127.0.0.1"],
    "inside.example": ["127.0.0.1"],
    "inside6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "link.example": ["fe80::1%2"],
    "world.example": ["203.0.113.9"],
    "nothing.example": [],
}

# (whole authority, why); each stands behind `rtsp://` and `http://` in its turn
HOSTS: Final = (
    ("127.0.0.1", "this machine"),
    ("127.1", "short"),
    ("127.0.1", "short"),
    ("2130706433", "decimal"),
    ("0x7f000001", "hexadecimal"),
    ("0x7f.0.0.1", "hexadecimal"),
    ("0177.0.0.1", "octal"),
    ("017700000001", "octal"),
    ("127.0.0.1.", "a dot at its end"),
    ("localhost", "by name"),
    ("LOCALHOST", "by name"),
    ("localhost.", "by name"),
    ("[::1]", "IPv6"),
    ("[::]", "unspecified"),
    ("0.0.0.0", "unspecified"),
    ("0", "unspecified"),
    ("0.0.0.1", "this network"),
    ("[::ffff:127.0.0.1]", "mapped"),
    ("[::ffff:7f00:1]", "mapped"),
    ("[0:0:0:0:0:ffff:127.0.0.1]", "mapped"),
    ("[::127.0.0.1]", "compatible"),
    ("[64:ff9b::7f00:1]", "NAT64"),
    ("[2002:7f00:1::]", "6to4"),
    ("169.254.169.254", "metadata"),
    ("2852039166", "metadata, decimal"),
    ("0xa9fea9fe", "metadata, hexadecimal"),
    ("0251.0376.0251.0376", "metadata, octal"),
    ("[::ffff:169.254.169.254]", "metadata, mapped"),
    ("[fd00:ec2::254]", "metadata"),
    ("100.100.100.200", "metadata"),
    ("[fe80::1]", "link-local"),
    ("[fe80::1%25eth0]", "with a zone"),
    ("10.0.0.1", "private, not of this site"),
    ("172.16.0.1", "private, not of this site"),
    ("192.168.11.10", "the next network"),
    ("192.168.9.255", "the network before"),
    ("192.168.266.10", "no address"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("[ff02::1]", "multicast"),
    ("255.255.255.255", "broadcast"),
    ("203.0.113.9", "the world"),
    ("[2001:db8::1]", "the world"),
    ("192.168.10.10@169.254.169.254", "a user that looks like a host"),
    ("192.168.10.10:554@127.0.0.1", "a user that looks like a host"),
    ("admin:12345@127.0.0.1", "a user"),
    ("192.168.10.10%2f@127.0.0.1", "an escape in the user"),
    ("192.168.10.10\\@127.0.0.1", "a backslash"),
    ("127.0.0.1\\@192.168.10.10", "a backslash"),
    ("192.168.10.10%00.example", "a zero"),
    ("192.168.10.10\r\nHost: 127.0.0.1", "another line"),
    ("192.168.10.10 127.0.0.1", "a space"),
    ("\uff11\uff12\uff17.\uff10.\uff10.\uff11", "full width digits"),
    ("127\u30020\u30020\u30021", "ideographic stops"),
    ("\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3", "circled letters"),
    ("inside.example", "a name"),
    ("inside6.example", "a name"),
    ("mapped.example", "a name"),
    ("both.example", "a name that is ours as well"),
    ("metadata.google.internal", "a name"),
    ("link.example", "a name"),
    ("world.example", "a name"),
    ("nothing.example", "a name of nothing"),
    ("", "no host"),
    (":554", "no host"),
)
SCHEMES: Final = (
    "file:///etc/passwd", "file://192.168.10.10/etc/passwd", "gopher://192.168.10.10:70/x", "ftp://192.168.10.10/",
    "dict://192.168.10.10:11211/", "ldap://192.168.10.10/", "data:text/plain,x", "javascript:alert(1)", "jar:x!/y",
    "unix:/run/api.sock", "//192.168.10.10/", "rtspu://192.168.10.10/", "rtsp+http://192.168.10.10/", "h\u200bttp://x/",
    "\u0000http://192.168.10.10/", "http:/192.168.10.10", "http:192.168.10.10", "rtsp:192.168.10.10",
)  # fmt: skip


def looked_up(host: str, port: Any, **_: Any) -> list[Any]:
    """What a system answers: numbers by its own library, which knows all their forms; names from NAMES."""
    name = host.lower().rstrip(".")
    if name in NAMES:
        kind = socket.SOCK_STREAM
        return [(socket.AF_INET, kind, 6, "", (address, port)) for address in NAMES[name]]
    # Nothing of these tests asks a real name server.
    local = name == "localhost"
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=0 if local else socket.AI_NUMERICHOST))


async def camera(text: str) -> str:
    url, _ = parse_stream(text)
    return await _resolved(url.host, url.port)


async def onvif(text: str) -> str:
    url = addresses.typed(text)
    return await _resolved(url.host, url.port)


async def hooked(text: str) -> str:
    return hook.address_of(hook.read_url(text), SITE, looked_up)


async def _resolved(host: str, port: int) -> str:
    loop = asyncio.get_running_loop()

    async def lookup(name: str, number: int, **more: Any) -> list[Any]:
        return looked_up(name, number, **more)

    loop.getaddrinfo = lookup  # type: ignore[method-assign,assignment]
    return await resolve(host, port, SITE)


Door = Callable[[str], Awaitable[str]]
DOORS: Final[dict[str, tuple[str, Door]]] = {
    "camera": ("rtsp://", camera), "onvif": ("http://", onvif), "hook": ("http://", hooked),
}  # fmt: skip


def connects_to(door: Door, text: str) -> str | None:
    """The address that would be connected to; None when the door stays shut."""

    async def asked() -> str:
        return await door(text)

    try:
        return asyncio.run(asked())
    except (MingjianError, BadAddress):
        return None


def test_the_table_is_as_long_as_it_is_said_to_be() -> None:
    assert len({host for host, _ in HOSTS}) >= 60


@pytest.mark.parametrize("name", DOORS)
def test_threat_20_no_address_leads_out_of_the_allowed_networks(name: str) -> None:
    scheme, door = DOORS[name]
    let_in = {
        (text, why): found
        for host, why in HOSTS
        for text in (f"{scheme}{host}/stream", f"{scheme}{host}", f"{scheme}{host}:8554/a?b=c")
        if (found := connects_to(door, text)) is not None
    }
    assert let_in == {}


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("text", SCHEMES)
def test_threat_20_no_other_scheme(name: str, text: str) -> None:
    _, door = DOORS[name]
    assert connects_to(door, text) is None


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("host", [CAMERA, "camera.example", "CAMERA.example", "3232238090", f"{CAMERA}:8554"])
def test_threat_20_the_camera_itself_is_reached(name: str, host: str) -> None:
    scheme, door = DOORS[name]
    assert connects_to(door, f"{scheme}{host}/stream") == CAMERA


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "0.0.0.1", "255.255.255.255"]
)
def test_threat_20_no_list_allows_what_hands_out_secrets(address: str) -> None:
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"), *PRIVATE_NETWORKS)
    assert not is_allowed(address, everything)
    assert is_allowed("192.0.2.1", everything)
    assert len(NEVER) == 6


# The name is asked once, and the connection goes to the address that was checked


class Rebinding:
    """Says the camera's address first, and this machine's ever after."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, _host: str, port: Any, **_: Any) -> list[Any]:
        self.asked += 1
        address = CAMERA if self.asked == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


def test_threat_20_rebinding_of_a_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    names, connected = Rebinding(), []

    async def run() -> None:
        loop = asyncio.get_running_loop()

        async def lookup(*words: Any, **more: Any) -> list[Any]:
            return names(*words, **more)

        loop.getaddrinfo = lookup  # type: ignore[method-assign]

        async def connect(_sock: socket.socket, address: tuple[str, int]) -> None:
            connected.append(address[0])
            raise ConnectionRefusedError

        loop.sock_connect = connect  # type: ignore[method-assign,assignment]
        with suppress(MingjianError, OSError):
            await rtsp._connected(await resolve("rebind.example", 554, SITE), 554)

    asyncio.run(run())
    assert (names.asked, connected) == (1, [CAMERA])


def test_threat_20_rebinding_of_onvif(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[str] = []

    async def open_connection(host: str, *_: Any, **__: Any) -> Any:
        connected.append(host)
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio, "open_connection", open_connection)
    url = addresses.typed("http://rebind.example/")

    async def run() -> None:
        with suppress(MingjianError):
            await transport.Transport(CAMERA).exchange(url, b"", {}, within_s=5, action="x")

    asyncio.run(run())
    assert connected == [CAMERA], "never the name"


def test_threat_20_rebinding_of_the_hook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names, connected = Rebinding(), []

    def connect(address: tuple[str, int], **_: Any) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    (tmp_path / "key").write_bytes(b"k" * 32)
    (tmp_path / "key").chmod(0o600)
    settings = AlertsSettings(hook_url="http://rebind.example/", hook_secret_file="key", hook_networks=SITE)
    with pytest.raises(MingjianError) as caught:
        hook.send(settings, tmp_path, b"{}", "1", 0, names)
    assert caught.value.code == "alerts.hook_refused"
    assert (names.asked, connected) == (1, [CAMERA])


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.1.1", "203.0.113.9"])
def test_threat_20_the_hook_goes_to_no_public_and_no_own_address_by_default(address: str) -> None:
    assert not is_allowed(address, AlertsSettings().hook_networks)
    assert ip_address(address)
