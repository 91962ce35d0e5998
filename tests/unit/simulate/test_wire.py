import base64
import hashlib
import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.simulate import auth, sdp, wire
from mingjian.simulate.auth import Account, Scheme

CONVERSATION = (
    b"OPTIONS rtsp://h/cam/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    b"$\x01\x00\x04rtcp"
    b"SET_PARAMETER rtsp://h/cam/1/trackID=1?x=1 RTSP/1.0\r\ncseq : 2\r\nContent-Length: 5\r\n\r\nabcde"
    b"\r\nPLAY rtsp://h/cam/1/ RTSP/1.0\r\nCSeq: 3\r\n\r\n"
)


@given(st.lists(st.integers(1, len(CONVERSATION) - 1), max_size=12))
def test_requests_are_the_same_however_they_arrive(cuts: list[int]) -> None:
    reader, found = wire.RequestReader(), []
    edges = [0, *sorted(cuts), len(CONVERSATION)]
    for start, end in itertools.pairwise(edges):
        found += reader.feed(CONVERSATION[start:end])
    assert [(request.method, request.path, request.headers["cseq"]) for request in found] == [
        ("OPTIONS", "cam/1", "1"),
        ("SET_PARAMETER", "cam/1", "2"),
        ("PLAY", "cam/1", "3"),
    ]
    assert reader.interleaved == 1


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"PLAY rtsp://h/ RTSP/1.0\r\n" + b"X: y\r\n" * 4000,
        b"PLAY rtsp://h/ RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n",
        b"PLAY rtsp://h/ RTSP/1.0\r\nContent-Length: -1\r\n\r\n",
        b"PLAY rtsp://h/ RTSP/1.0\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_no_bounded_request_is_refused(octets: bytes) -> None:
    with pytest.raises(wire.BadRequest):
        wire.RequestReader().feed(octets)


@pytest.mark.parametrize(
    ("transport", "channel"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=0-1", 0),
        ("RTP/AVP/TCP;unicast;interleaved=6-7", 6),
        ("RTP/AVP/TCP;interleaved=4", 4),
        ("rtp/avp/tcp;unicast", 0),
        ("RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;interleaved=2-3", 2),
        ("RTP/AVP/TCP;interleaved=255-256", 0),
        ("RTP/AVP;unicast;client_port=5000-5001", None),
        ("RTP/AVP/UDP;unicast", None),
        ("", None),
    ],
)
def test_only_interleaved_transport_is_taken(transport: str, channel: int | None) -> None:
    assert wire.interleaved_channel(transport) == channel


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def digest(user: str, password: str, uri: str, nonce: str, extra: str = "", qop: str = "") -> str:
    response = md5(f"{md5(f'{user}:IP Camera:{password}')}:{nonce}:{qop}{md5(f'PLAY:{uri}')}")
    return f'Digest username="{user}", realm="IP Camera", nonce="{nonce}", uri="{uri}", response="{response}"{extra}'


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


URI = "rtsp://h/cam/1"
WITH_QOP = ', qop=auth, nc=00000001, cnonce="0a4f113b"'
QOP = "00000001:0a4f113b:auth:"


@pytest.mark.parametrize(
    ("scheme", "header", "accepted"),
    [
        (Scheme.NONE, "", True),
        (Scheme.BASIC, "", False),
        (Scheme.BASIC, basic("admin:密码"), True),
        (Scheme.BASIC, basic("admin:wrong"), False),
        (Scheme.BASIC, digest("admin", "密码", URI, "n1"), False),
        (Scheme.DIGEST, digest("admin", "密码", URI, "n1"), True),
        (Scheme.DIGEST, basic("admin:密码"), False),
        (Scheme.DIGEST, digest("admin", "wrong", URI, "n1"), False),
        (Scheme.DIGEST, digest("root", "密码", URI, "n1"), False),
        (Scheme.DIGEST, digest("admin", "密码", URI, "n0"), False),
        (Scheme.DIGEST, digest("admin", "密码", "rtsp://h/cam/2", "n1"), False),
        (Scheme.DIGEST_QOP, digest("admin", "密码", URI, "n1", WITH_QOP, QOP), True),
        (Scheme.DIGEST_QOP, digest("admin", "密码", URI, "n1"), False),
        (Scheme.DIGEST, "Digest", False),
    ],
)
def test_who_is_let_in(scheme: Scheme, header: str, accepted: bool) -> None:
    account = Account(scheme, "admin", "密码")
    assert auth.accepts(account, "PLAY", URI, header, "n1") is accepted


def test_an_account_does_not_print_its_password() -> None:
    assert "geheim" not in repr(Account(Scheme.BASIC, "admin", "geheim"))


def test_the_description_names_the_parameter_sets() -> None:
    sets = (bytes.fromhex("674d001faa"), b"\x68pps")
    lines = sdp.video("h264", sets, Fraction(25))
    assert lines[2] == "a=fmtp:96 packetization-mode=1; profile-level-id=4D001F; sprop-parameter-sets=Z00AH6o=,aHBwcw=="
    newer = sdp.video("h265", (b"\x40\x01v", b"\x42\x01s", b"\x44\x01p"), Fraction(25))
    assert newer[2] == "a=fmtp:96 sprop-vps=QAF2; sprop-sps=QgFz; sprop-pps=RAFw"
