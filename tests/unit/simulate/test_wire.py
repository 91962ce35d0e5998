import base64
import hashlib
import itertools
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.simulate import auth, sdp, wire
from mingjian.simulate.auth import Account, Scheme
from mingjian.simulate.sound import aac, g711

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


def tcp(*pair: int) -> wire.Offer:
    return wire.Offer(False, (pair[0], pair[1]) if pair else None)


def udp(*pair: int) -> wire.Offer:
    return wire.Offer(True, (pair[0], pair[1]))


@pytest.mark.parametrize(
    ("transport", "offers"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=0-1", [tcp(0, 1)]),
        ("RTP/AVP/TCP;unicast;interleaved=4-7", [tcp(4, 7)]),
        ("RTP/AVP/TCP; interleaved=4", [tcp(4, 5)]),
        ("rtp/avp/tcp;unicast", [tcp()]),
        ("RTP/AVP/TCP;interleaved=255-256", [tcp()]),
        ("RTP/AVP/TCP;interleaved=x", [tcp()]),
        ("RTP/AVP;unicast;client_port=5000-5001", [udp(5000, 5001)]),
        ("RTP/AVP/UDP;unicast;client_port=5000", [udp(5000, 5001)]),
        ("RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;interleaved=2-3", [udp(5000, 5001), tcp(2, 3)]),
        ("RTP/AVP;multicast;client_port=5000-5001", []),
        ("RTP/AVP;unicast;client_port=65536-65537", []),
        ("RTP/AVP/UDP;unicast", []),
        ("RTP/SAVP;unicast;client_port=5000-5001", []),
        ("", []),
    ],
)
def test_what_a_transport_header_offers(transport: str, offers: list[wire.Offer]) -> None:
    assert wire.offers(transport) == offers


@pytest.mark.parametrize(
    ("url", "path", "track"),
    [
        ("rtsp://h/cam/1", "cam/1", 1),
        ("rtsp://h/cam/1/", "cam/1", 1),
        ("rtsp://h/cam/1/trackID=2", "cam/1", 2),
        ("rtsp://h/cam/1/sub/trackID=1?x=y", "cam/1/sub", 1),
        ("rtsp://h/cam/1/trackID=", "cam/1", 1),
    ],
)
def test_the_url_names_a_camera_and_a_track(url: str, path: str, track: int) -> None:
    request = wire.Request("SETUP", url, {})
    assert (request.path, request.track) == (path, track)


def test_answers_of_the_client_are_skipped() -> None:
    reader = wire.RequestReader()
    got = reader.feed(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\nOPTIONS rtsp://h/ RTSP/1.0\r\nCSeq: 2\r\n\r\n")
    assert [one.method for one in got] == ["OPTIONS"]
    assert reader.answers == 1


def test_a_header_with_two_values_has_two_lines_and_a_length_may_lie() -> None:
    made = wire.response(401, "3", {"WWW-Authenticate": ["Digest a", "Basic b"]}, "body", lie=5).decode()
    assert "\r\nWWW-Authenticate: Digest a\r\nWWW-Authenticate: Basic b\r\n" in made
    assert "\r\nContent-Length: 9\r\n" in made


def digest(
    user: str, password: str, uri: str, nonce: str, extra: str = "", qop: str = "", algorithm: str = "md5"
) -> str:
    def h(text: str) -> str:
        return hashlib.new(algorithm, text.encode()).hexdigest()

    response = h(f"{h(f'{user}:IP Camera:{password}')}:{nonce}:{qop}{h(f'PLAY:{uri}')}")
    return f'Digest username="{user}", realm="IP Camera", nonce="{nonce}", uri="{uri}", response="{response}"{extra}'


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


URI = "rtsp://h/cam/1"
WITH_QOP = ', qop=auth, nc=00000001, cnonce="0a4f113b"'
PLAIN_SHA256 = ', algorithm="SHA-256"'
SHA256 = WITH_QOP + ", algorithm=SHA-256"
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
        (Scheme.DIGEST_SHA256, digest("admin", "密码", URI, "n1", SHA256, QOP, "sha256"), True),
        (Scheme.DIGEST_SHA256, digest("admin", "no", URI, "n1", SHA256, QOP, "sha256"), False),
        (Scheme.DIGEST_SHA256, digest("admin", "密码", URI, "n1", SHA256, QOP), False),
        (Scheme.DIGEST_SHA256, digest("admin", "密码", URI, "n1", WITH_QOP, QOP), False),
        (Scheme.DIGEST_SHA256_NO_QOP, digest("admin", "密码", URI, "n1", PLAIN_SHA256, "", "sha256"), True),
        (Scheme.DIGEST_SHA256_NO_QOP, digest("admin", "密码", URI, "n1"), False),
        (Scheme.DIGEST_QOP, digest("admin", "密码", URI, "n1", SHA256, QOP, "sha256"), False),
        (Scheme.DIGEST_BOTH, digest("admin", "密码", URI, "n1", SHA256, QOP, "sha256"), True),
        (Scheme.DIGEST_BOTH, digest("admin", "密码", URI, "n1", WITH_QOP, QOP), True),
        (Scheme.DIGEST_BOTH, digest("admin", "密码", URI, "n1", ", algorithm=SHA-1"), False),
    ],
)
def test_who_is_let_in(scheme: Scheme, header: str, accepted: bool) -> None:
    account = Account(scheme, "admin", "密码")
    assert auth.accepts(account, "PLAY", URI, header, "n1") is accepted


@pytest.mark.parametrize(
    ("scheme", "algorithms"),
    [
        (Scheme.DIGEST, []),
        (Scheme.DIGEST_QOP, ["MD5"]),
        (Scheme.DIGEST_SHA256, ["SHA-256"]),
        (Scheme.DIGEST_SHA256_NO_QOP, ["SHA-256"]),
        (Scheme.DIGEST_BOTH, ["SHA-256", "MD5"]),
        (Scheme.DIGEST_MD5_FIRST, ["MD5", "SHA-256"]),
    ],
)
def test_what_is_offered(scheme: Scheme, algorithms: list[str]) -> None:
    offered = auth.challenges(Account(scheme), "n1")
    assert [name for one in offered for name in re.findall('algorithm="?([^,"]+)', one)] == algorithms
    assert auth.challenge(Account(scheme), "n1") == offered[0]


def test_an_account_does_not_print_its_password() -> None:
    assert "geheim" not in repr(Account(Scheme.BASIC, "admin", "geheim"))


def test_the_description_names_the_parameter_sets() -> None:
    sets = (bytes.fromhex("674d001faa"), b"\x68pps")
    lines = sdp.video("h264", sets, Fraction(25))
    assert lines[2] == "a=fmtp:96 packetization-mode=1; profile-level-id=4D001F; sprop-parameter-sets=Z00AH6o=,aHBwcw=="
    newer = sdp.video("h265", (b"\x40\x01v", b"\x42\x01s", b"\x44\x01p"), Fraction(25))
    assert newer[2] == "a=fmtp:96 sprop-vps=QAF2; sprop-sps=QgFz; sprop-pps=RAFw"


def test_a_description_with_sound_in_either_order_and_of_any_length() -> None:
    video = sdp.video("h264", (), Fraction(25))
    tracks = {sdp.SOUND_TRACK: sdp.sound(g711("alaw", rtpmap=False)), sdp.TRACK: video}
    lines = sdp.describe(tracks, "x").split("\r\n")
    assert [line for line in lines if line.startswith(("m=", "a=control:track", "a=rtpmap"))] == [
        "m=audio 0 RTP/AVP 8",
        "a=control:trackID=2",
        "m=video 0 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        "a=control:trackID=1",
    ]
    assert "\r\na=rtpmap:97 MPEG4-GENERIC/16000/2\r\n" in sdp.describe({"t": sdp.sound(aac(channels=2))}, "x")
    assert 65_000 <= len(sdp.describe(tracks, "x", at_least=65_000)) < 66_000
