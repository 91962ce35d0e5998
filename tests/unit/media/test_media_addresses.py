"""Addresses as people type them, descriptions as cameras write them, challenges as RFCs print them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.media.formats import authentication, sdp, url
from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.errors import PeerError

READ = {
    "rtsp://192.168.1.20/stream1": ("rtsp://192.168.1.20:554/stream1", None),
    "rtsp://192.168.1.20": ("rtsp://192.168.1.20:554/", None),
    "rtsp://192.168.1.20:": ("rtsp://192.168.1.20:554/", None),
    "  rtsp://192.168.1.20:8554/a/b  ": ("rtsp://192.168.1.20:8554/a/b", None),
    "RTSP://Camera.Local/Stream": ("rtsp://camera.local:554/Stream", None),
    "rtsp://h/cam/realmonitor?channel=1&subtype=0": ("rtsp://h:554/cam/realmonitor?channel=1&subtype=0", None),
    "rtsp://h?x=1": ("rtsp://h:554/?x=1", None),
    "rtsp://h/?": ("rtsp://h:554/", None),
    "rtsp://admin:12345@h/": ("rtsp://h:554/", ("admin", "12345")),
    "rtsp://admin@h/": ("rtsp://h:554/", ("admin", "")),
    "rtsp://admin:@h/": ("rtsp://h:554/", ("admin", "")),
    "rtsp://:secret@h/": ("rtsp://h:554/", None),
    "rtsp://@h/": ("rtsp://h:554/", None),
    "rtsp://a:p@ss@h:1/x": ("rtsp://h:1/x", ("a", "p@ss")),
    "rtsp://a:p:q@h/x": ("rtsp://h:554/x", ("a", "p:q")),
    "rtsp://a%40b:p%2Fq%3F%23@h/x": ("rtsp://h:554/x", ("a@b", "p/q?#")),
    "rtsp://用户:密码@h/通道": ("rtsp://h:554/通道", ("用户", "密码")),
    "rtsp://[::1]/x": ("rtsp://[::1]:554/x", None),
    "rtsp://[fd00::1]:10554/x": ("rtsp://[fd00::1]:10554/x", None),
    "rtsp://u:p@[::ffff:10.0.0.1]:1/": ("rtsp://[::ffff:10.0.0.1]:1/", ("u", "p")),
    "rtsp://h:65535/": ("rtsp://h:65535/", None),
    "rtsp://h//double//": ("rtsp://h:554//double//", None),
    "rtsp://h/a@b:c": ("rtsp://h:554/a@b:c", None),
    "rtsp://2130706433/": ("rtsp://2130706433:554/", None),
    "rtsp://h/" + "x" * 1000: ("rtsp://h:554/" + "x" * 1000, None),
}
REFUSED = [
    "",
    "h",
    "192.168.1.20",
    "192.168.1.20:554/stream",
    "http://h/",
    "rtsps://h/",
    "rtspu://h/",
    "file:///etc/passwd",
    "rtsp:",
    "rtsp:h",
    "rtsp:/h/x",
    "rtsp://",
    "rtsp:///path",
    "rtsp://:554/",
    "rtsp://u:p@/",
    "rtsp://h:0/",
    "rtsp://h:65536/",
    "rtsp://h:-1/",
    "rtsp://h:abc/",
    "rtsp://h:5 54/",
    "rtsp://[::1/",
    "rtsp://::1]/",
    "rtsp://h/x#y",
    "rtsp://u:p#q@h/",
    "rtsp://h/a b",
    "rtsp://h/a\tb",
    "rtsp://h/a\r\nEvil: 1",
    "rtsp://h/\x00",
    "rtsp://h/\u202e",
    "rtsp://h\\x/",
    "rtsp://u%0d%0ax:p@h/",
    "rtsp://u:p%00q@h/",
    "rtsp://h/" + "x" * 1016,
]


@pytest.mark.parametrize("text", READ)
def test_addresses_that_are_read(text: str) -> None:
    address, account = READ[text]
    parsed, credentials = url.parse(text)
    assert str(parsed) == address
    assert (credentials and (credentials.user_name, credentials.password)) == account
    assert url.parse(address) == (parsed, None)  # what is saved is read as the same


@pytest.mark.parametrize("text", REFUSED)
def test_addresses_that_are_refused(text: str) -> None:
    with pytest.raises(url.BadAddress):
        url.parse(text)


@given(st.text() | st.text(alphabet="[]@:/?#%0a\\ rtsp1.").map(lambda rest: f"rtsp://{rest}"))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parsed, _ = url.parse(text)
    except url.BadAddress:
        return
    assert str(parsed).isprintable()
    assert " " not in str(parsed)
    assert url.parse(str(parsed))[0] == parsed


# RFC 2617 section 3.5; without qop the response is that of RFC 2069 over the same values.
RFC_2617 = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)
MUFASA = Credentials("Mufasa", "Circle Of Life")


def digest(header: str, *, count: int = 1) -> str:
    chosen = authentication.choose([header])
    assert chosen is not None
    return authentication.answer(chosen, MUFASA, "GET", "/dir/index.html", count=count, client_nonce="0a4f113b")


def test_digest_as_in_rfc_2617() -> None:
    answer = digest(RFC_2617)
    assert answer.startswith("Digest ")
    for part in (
        'username="Mufasa"',
        'realm="testrealm@host.com"',
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
        'uri="/dir/index.html"',
        "qop=auth",
        "nc=00000001",
        'cnonce="0a4f113b"',
        'response="6629fae49393a05397450978507c4ef1"',
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    ):
        assert part in answer.removeprefix("Digest ").split(", ")
    assert "nc=0000000a" in digest(RFC_2617, count=10)
    assert 'response="6629' not in digest(RFC_2617, count=2)


@pytest.mark.parametrize("qop", ["", 'qop="auth-int", '])
def test_digest_without_qop(qop: str) -> None:
    answer = digest(RFC_2617.replace('qop="auth,auth-int", ', qop))
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in answer
    assert "qop" not in answer
    assert "cnonce" not in answer


@pytest.mark.parametrize(
    ("user_name", "password", "expected"),
    [  # RFC 7617 sections 2 and 2.1
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),
    ],
)
def test_basic_as_in_rfc_7617(user_name: str, password: str, expected: str) -> None:
    chosen = authentication.choose(['Basic realm="WallyWorld"'])
    assert chosen is not None
    credentials = Credentials(user_name, password)
    assert authentication.answer(chosen, credentials, "GET", "/", count=1, client_nonce="") == expected


@pytest.mark.parametrize(
    ("headers", "scheme", "realm"),
    [
        (['Basic realm="b"', 'Digest realm="d", nonce="n"'], "digest", "d"),
        (['Digest realm="d", nonce="n"', 'Basic realm="b"'], "digest", "d"),
        (['digest REALM=d,NONCE="n", ALGORITHM=md5'], "digest", "d"),
        (['Digest realm="d", nonce="n", algorithm=SHA-512-256', 'Basic realm="b"'], "basic", "b"),
        (['Digest realm="d", nonce="n", algorithm=SHA-256', 'Basic realm="b"'], "digest", "d"),
        (['Digest realm="m", nonce="n"', 'Digest realm="d", nonce="n", algorithm=SHA-256'], "digest", "d"),
        (['Bearer realm="x"', "Negotiate", 'Basic realm="b"'], "basic", "b"),
        # Several in one line (RFC 9110 section 11.6.1).
        (['Basic realm="b", Digest realm="d", nonce="n"'], "digest", "d"),
        (['Digest realm="d", nonce="n", stale=FALSE, Basic realm="b"'], "digest", "d"),
        (['Digest realm="m", nonce="n",Digest realm="d", nonce="n", algorithm=SHA-256'], "digest", "d"),
        (['Digest realm="d", nonce="n", algorithm=SHA-512-256 , Basic realm="b"'], "basic", "b"),
        (['Negotiate abc/12==, Bearer, basic realm="b"'], "basic", "b"),
        (['Basic realm="a, Digest realm=d", qop = "auth"'], "basic", "a, Digest realm=d"),
        (['Digest realm="Basic", nonce = "n", Basic realm="b"'], "digest", "Basic"),
    ],
)
def test_the_strongest_challenge_is_answered(headers: list[str], scheme: str, realm: str) -> None:
    chosen = authentication.choose(headers)
    assert chosen is not None
    assert (chosen.scheme, chosen.realm) == (scheme, realm)


@pytest.mark.parametrize(
    "headers", [[], [""], ["Bearer x"], ['Digest realm="d", algorithm=SHA-512-256'], ["Basicrealm"]]
)
def test_challenges_that_nobody_can_answer(headers: list[str]) -> None:
    assert authentication.choose(headers) is None


@given(header=st.text(), user_name=st.text(), password=st.text())
def test_an_answer_is_one_line(header: str, user_name: str, password: str) -> None:
    encodable = [text.encode("utf-8", "replace").decode() for text in (header, user_name, password)]
    chosen = authentication.choose([f'Digest realm="{encodable[0]}", nonce="{encodable[0]}", opaque="{encodable[0]}"'])
    assert chosen is not None
    who = Credentials(*encodable[1:])
    answer = authentication.answer(chosen, who, "GET", "/", count=1, client_nonce="x")
    assert "\r" not in answer
    assert "\n" not in answer


REAL = {
    # As an Axis, a Hikvision and an XM camera describe themselves, shortened.
    "axis": (
        (
            "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=Session streamed with GStreamer\r\ni=rtsp-server\r\nt=0 0\r\n"
            "a=control:rtsp://10.0.0.2/axis-media/media.amp\r\nm=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\n"
            "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;profile-level-id=4d0029;"
            "sprop-parameter-sets=Z00AKeKQDwBE/LgLcBAQGkHiRFQ=,aO48gA==\r\n"
            "a=control:rtsp://10.0.0.2/axis-media/media.amp/stream=0\r\n"
        ),
        ("H264", 90_000, 96, "rtsp://10.0.0.2/axis-media/media.amp/stream=0"),
    ),
    "bare line ends": (
        "v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 h264/90000\na=control:trackID=1\n",
        ("H264", 90_000, 96, "trackID=1"),
    ),
    "spaces": ("v=0\r\nm=VIDEO 0  RTP/AVP  97\r\na=rtpmap:97   H264/90000 \r\n", ("H264", 90_000, 97, "")),
    "other map": ("v=0\r\nm=video 0 RTP/AVP 97\r\na=rtpmap:96 H264/90000\r\n", ("", 0, 97, "")),
    "static": ("v=0\r\nm=video 0 RTP/AVP 26\r\n", ("JPEG", 90_000, 26, "")),
    "odd rate": ("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/²\r\n", ("", 0, 96, "")),
}


@pytest.mark.parametrize("name", REAL)
def test_descriptions(name: str) -> None:
    text, expected = REAL[name]
    (media,) = sdp.parse(text.encode()).media
    assert (media.kind, *expected) == ("video", media.encoding, media.clock_rate, media.payload_type, media.control)


def test_format_parameters() -> None:
    (media,) = sdp.parse(REAL["axis"][0].encode()).media
    assert media.parameters == {
        "packetization-mode": "1",
        "profile-level-id": "4d0029",
        "sprop-parameter-sets": "Z00AKeKQDwBE/LgLcBAQGkHiRFQ=,aO48gA==",
    }
    assert sdp.parse(REAL["axis"][0].encode()).control == "rtsp://10.0.0.2/axis-media/media.amp"


@pytest.mark.parametrize("line", ["m=video 0 RTP/AVP", "m=", "m=video 0 RTP/AVP x", "m=video 0 RTP/AVP 128"])
def test_media_that_cannot_be_asked_for_are_left_out(line: str) -> None:
    assert sdp.parse(f"v=0\r\n{line}\r\na=x\r\n".encode()).media == ()


@given(st.binary(max_size=400) | st.text(alphabet="vma=:;/ 09H264²\r\n").map(lambda text: ("v=0\r\n" + text).encode()))
def test_any_bytes_are_a_description_or_none(data: bytes) -> None:
    try:
        found = sdp.parse(data)
    except PeerError:
        return
    assert len(found.media) <= sdp.MAX_MEDIA


def test_a_payload_type_of_five_thousand_digits() -> None:
    assert sdp.parse(b"v=0\r\nm=video 0 RTP/AVP " + b"0" * 5000 + b"\r\n").media == ()
