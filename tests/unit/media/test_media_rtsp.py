"""RTSP exchanges in memory: what a camera may answer, and what it may not."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.media import making
from tests.unit.media.making import Exchange, Request, interleaved, reply, rtp, sdp, stream, usual

from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.errors import PeerError, Wrong
from mingjian.media.formats.frames import Frame
from mingjian.media.formats.rtsp import MAX_GARBAGE, MAX_HEADER, RtspClient, Stage
from mingjian.simulate import readback
from mingjian.simulate.auth import REALM, Account, Scheme, accepts, challenge

WHO = Credentials("Mufasa", "Circle Of Life")


def numbers(frames: list[Frame]) -> list[int]:
    return readback.numbers(b"".join(frame.data for frame in frames))


def on(method: str, answer: Callable[[Request], bytes]) -> Callable[[Request], bytes]:
    """A good camera, but for one method."""
    return lambda request: answer(request) if request.method == method else usual(request)


def test_a_whole_session() -> None:
    exchange = Exchange().run(stream(30))
    assert exchange.uris() == [
        ("DESCRIBE", "rtsp://camera.test:554/stream"),
        ("SETUP", "rtsp://camera.test:554/stream/track1"),
        ("PLAY", "rtsp://camera.test:554/stream/"),
    ]
    assert exchange.asked[0].headers["accept"] == "application/sdp"
    assert exchange.asked[1].headers["transport"] == "RTP/AVP/TCP;unicast;interleaved=0-1"
    assert "session" not in exchange.asked[1].headers
    assert exchange.asked[2].headers["session"] == "42"
    assert [request.headers["cseq"] for request in exchange.asked] == ["1", "2", "3"]
    assert (exchange.client.stage, exchange.client.session_timeout_s) == (Stage.PLAYING, 30.0)
    assert exchange.client.server == "S"
    assert numbers(exchange.frames) == list(range(30))
    assert [frame.ticks for frame in exchange.frames] == [making.STEP * number for number in range(30)]
    assert [frame.key for frame in exchange.frames] == [number % 25 == 0 for number in range(30)]
    assert exchange.frames[0].data == making.frames(1)[0].data
    assert (exchange.frames[0].parameters.width, exchange.frames[0].parameters.height) == (256, 144)


def test_every_cut_gives_the_same_frames() -> None:
    media = stream(3) + reply(Request("", "", {"cseq": "9"})) + stream(4, sequence=9, timestamp=5)
    whole = Exchange().run(media)
    for piece in (1, 2, 3, 5, 7, 11, 1399, 1400, 4096):
        cut = Exchange(piece=piece).run(media)
        assert cut.frames == whole.frames, piece
        assert cut.uris() == whole.uris()
    session = Exchange()
    session.run()
    for at in range(0, len(media), 97):
        one = Exchange().run()
        assert one.client.receive(media[:at]) + one.client.receive(media[at:]) == whole.frames


@pytest.mark.parametrize("scheme", [Scheme.BASIC, Scheme.DIGEST, Scheme.DIGEST_QOP])
@pytest.mark.parametrize("nonce_uses", [0, 1, 2])
def test_signing_in(scheme: Scheme, nonce_uses: int) -> None:
    """The judge is the simulated camera's check, which shares no code with the client."""
    account = Account(scheme, WHO.user_name, WHO.password, nonce_uses)
    nonces = ["nonce-0"]
    uses = 0

    def guarded(request: Request) -> bytes:
        nonlocal uses
        given_ = request.headers.get("authorization", "")
        stale = bool(given_) and 0 < nonce_uses <= uses
        if stale:
            nonces.append(f"nonce-{len(nonces)}")
            uses = 0
        elif accepts(account, request.method, request.uri, given_, nonces[-1]):
            uses += 1
            return usual(request)
        told = challenge(account, nonces[-1], stale=stale)
        return reply(request, "401 Unauthorized", f"WWW-Authenticate: {told}\r\n")

    exchange = Exchange(guarded, WHO).run(stream(2))
    assert numbers(exchange.frames) == [0, 1]
    exchange.client.keep_alive()
    (alive,) = making.requests(exchange.client.data_to_send())
    assert alive.method == "OPTIONS"
    assert nonce_uses or accepts(account, alive.method, alive.uri, alive.headers["authorization"], nonces[-1])
    assert all(WHO.password not in value for one in exchange.asked for value in one.headers.values())


@pytest.mark.parametrize("credentials", [None, WHO])
def test_refused_credentials_are_tried_once(credentials: Credentials | None) -> None:
    told = f'WWW-Authenticate: Digest realm="{REALM}", nonce="x"\r\n'
    exchange = Exchange(lambda request: reply(request, "401 Unauthorized", told), credentials)
    with pytest.raises(PeerError) as refused:
        exchange.run()
    assert refused.value.wrong is Wrong.CREDENTIALS
    assert len(exchange.asked) == (2 if credentials else 1)  # every try brings the camera nearer to locking the account


def status(line: str, headers: str = "") -> Callable[[Request], bytes]:
    return lambda request: reply(request, line, headers)


def described(media: str) -> Callable[[Request], bytes]:
    return on("DESCRIBE", lambda request: reply(request, body=sdp(media=media)))


def raw(data: bytes) -> Callable[[Request], bytes]:
    return lambda _request: data


VP8 = "m=video 0 RTP/AVP 98\r\na=rtpmap:98 VP8/90000\r\n"
NUMBERED = "m=video 0 RTP/AVP 98\r\na=rtpmap:98 H265/90000\r\na=fmtp:98 sprop-max-don-diff=2\r\n"
AUDIO = "m=audio 0 RTP/AVP 8\r\n"
MANY_DIGITS = "9" * 5000
PROBLEMS = {
    "404": (status("404 Not Found"), Wrong.NOT_FOUND, "Not Found"),
    "454": (status("454 Session Not Found"), Wrong.NOT_FOUND, ""),
    "302": (status("302 Found", "Location: rtsp://u:p@other/x\r\n"), Wrong.REDIRECT, "rtsp://***@other/x"),
    "301 nowhere": (status("301 Moved"), Wrong.REDIRECT, ""),
    "461": (on("SETUP", status("461 Unsupported transport")), Wrong.TRANSPORT, "Unsupported"),
    "udp only": (on("SETUP", status("200 OK", "Transport: RTP/AVP;unicast;client_port=1-2\r\n")), Wrong.TRANSPORT, ""),
    "453": (on("PLAY", status("453 Not Enough Bandwidth")), Wrong.REFUSED, "453 Not Enough Bandwidth"),
    "500": (status("500 Oh dear \x01"), Wrong.REFUSED, "500 Oh dear �"),
    "sound only": (described(AUDIO), Wrong.NO_VIDEO, "PCMA"),
    "nothing": (on("DESCRIBE", lambda request: reply(request, body="v=0\r\n")), Wrong.NO_VIDEO, ""),
    "vp8": (described(VP8), Wrong.CODEC, "VP8"),
    "h265 with numbers": (described(NUMBERED), Wrong.CODEC, "H265"),
    "mjpeg": (described("m=video 0 RTP/AVP 26\r\n"), Wrong.CODEC, "JPEG"),
    "no map": (described("m=video 0 RTP/AVP 96\r\n"), Wrong.CODEC, "payload type 96"),
    "no body": (on("DESCRIBE", status("200 OK")), Wrong.MALFORMED, "no session description"),
    "web page as body": (on("DESCRIBE", lambda one: reply(one, body="<html>")), Wrong.MALFORMED, "no session"),
    "17 media": (described(AUDIO * 17), Wrong.MALFORMED, "no session"),
    "web server": (raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Wrong.NOT_RTSP, "HTTP/1.1 400 Bad Request"),
    "ssh": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), Wrong.NOT_RTSP, "SSH-2.0"),
    "tls alert": (raw(b"\x15\x03\x01\x00\x02\x02\x46"), Wrong.NOT_RTSP, "�"),
    "zeros": (raw(bytes(100)), Wrong.NOT_RTSP, "�"),
    "no status": (raw(b"RTSP/1.0 \r\n\r\n"), Wrong.MALFORMED, "RTSP/1.0"),
    "odd status": (raw("RTSP/1.0 ²²² OK\r\n\r\n".encode()), Wrong.MALFORMED, "RTSP/1.0"),
    "endless header": (raw(b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * MAX_HEADER), Wrong.MALFORMED, "16 KiB"),
    "huge body": (status("200 OK", "Content-Length: 65537\r\n"), Wrong.MALFORMED, "65537"),
    "padded length": (status("200 OK", "Content-Length: 0000000009999999999\r\n"), Wrong.MALFORMED, "00000"),
    "endless length": (status("200 OK", f"Content-Length: {MANY_DIGITS}\r\n"), Wrong.MALFORMED, "9999"),
    "negative length": (status("200 OK", "Content-Length: -1\r\n"), Wrong.MALFORMED, "-1"),
    "odd length": (status("200 OK", "Content-Length: ²\r\n"), Wrong.MALFORMED, "²"),
    "other answer": (raw(b"RTSP/1.0 200 OK\r\nCSeq: 77\r\n\r\n"), Wrong.MALFORMED, "77 instead of 1"),
}


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("piece", [1 << 20, 1])
def test_what_is_wrong_is_named(name: str, piece: int) -> None:
    answer, wrong, detail = PROBLEMS[name]
    if name == "endless header" and piece == 1:
        piece = 100
    with pytest.raises(PeerError) as raised:
        Exchange(answer, piece=piece).run()
    assert raised.value.wrong is wrong
    assert raised.value.detail.isprintable()
    assert len(raised.value.detail) <= 120
    if piece > 1:  # a stranger is refused at its first byte, and quoted no further
        assert detail in raised.value.detail


ODD_BUT_FINE = {
    "no cseq": on("PLAY", raw(b"RTSP/1.0 200 OK\r\nSession: 42\r\n\r\n")),
    "no content base": on("DESCRIBE", lambda request: reply(request, body=sdp())),
    "base without slash": on(
        "DESCRIBE", lambda one: reply(one, headers="Content-Base: rtsp://camera.test:554/stream\r\n", body=sdp())
    ),
    "whole control": on("DESCRIBE", lambda one: reply(one, body=sdp(control="rtsp://camera.test:554/stream/track1"))),
    "line ends behind the body": on(
        "DESCRIBE",
        lambda one: reply(one, headers="Content-Base: rtsp://camera.test:554/stream/\r\n", body=sdp()) + b"\r\n",
    ),
    "sound first": on("DESCRIBE", lambda one: reply(one, body=sdp().replace("m=video", AUDIO + "m=video"))),
    "vp8 first": on("DESCRIBE", lambda one: reply(one, body=sdp().replace("m=video", VP8 + "m=video"))),
    "odd timeout": on(
        "SETUP",
        lambda one: reply(one, headers="Transport: RTP/AVP/TCP;interleaved=0-1\r\nSession: 42;timeout=²\r\n"),
    ),
    "odd channel": on(
        "SETUP", lambda one: reply(one, headers="Transport: RTP/AVP/TCP;interleaved=²-3\r\nSession: 42\r\n")
    ),
    "packets before the answer": on(
        "PLAY", lambda one: interleaved(rtp(b"\x09\x10", 65_499, 2**32 - 9_000)) + usual(one)
    ),
}


@pytest.mark.parametrize("name", ODD_BUT_FINE)
def test_odd_cameras_are_served(name: str) -> None:
    exchange = Exchange(ODD_BUT_FINE[name]).run(stream(3))
    assert numbers(exchange.frames) == [0, 1, 2]
    assert exchange.uris()[1] == ("SETUP", "rtsp://camera.test:554/stream/track1")


@pytest.mark.parametrize(
    ("base", "control"),
    [
        ("rtsp://[::1/", "track1"),
        ("rtsp://camera.test/", "//["),
        ("rtsp://camera.test/a b/", "track1"),
        ("rtsp://camera.test/\x01", "*"),
        ("rtsp://camera.test/" + "x" * 3000, "*"),
        ("http://camera.test/", "track1"),
        ("rtsp://camera.test/x\nEvil: 1/", "*"),
    ],
)
def test_addresses_that_are_none_are_not_repeated(base: str, control: str) -> None:
    """What the camera names goes into our requests: nothing in it may become a line of its own."""
    answer = on(
        "DESCRIBE",
        lambda one: reply(
            one, headers=f"Content-Base: {base}\r\n", body=sdp().replace("s=x", f"s=x\r\na=control:{control}")
        ),
    )
    exchange = Exchange(answer).run()
    assert [request.method for request in exchange.asked] == ["DESCRIBE", "SETUP", "PLAY"]
    for request in exchange.asked:
        assert request.uri.startswith("rtsp://camera.test")
        assert "evil" not in request.headers


@pytest.mark.parametrize(
    ("told", "timeout"),
    [
        ("", 60.0),
        (";timeout=30", 30.0),
        ("; Timeout = 20", 20.0),
        (";timeout=0", 60.0),
        (";timeout=1", 4.0),
        (";timeout=999999", 3600.0),
        (";timeout=-5", 60.0),
        (f";timeout={MANY_DIGITS}", 60.0),
        (";x=1", 60.0),
    ],
)
def test_the_session_timeout(told: str, timeout: float) -> None:
    answer = on("SETUP", status("200 OK", f"Transport: RTP/AVP/TCP;interleaved=0-1\r\nSession: 42{told}\r\n"))
    assert Exchange(answer).run().client.session_timeout_s == timeout


@pytest.mark.parametrize("channel", [0, 2, 254])
def test_the_camera_chooses_the_channel(channel: int) -> None:
    told = f"Transport: RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};ssrc=1\r\nSession: 42\r\n"
    mixed = stream(2, channel=channel) + interleaved(b"\x80\xc8\x00\x06" + bytes(24), channel + 1)
    mixed += stream(2, channel=(channel + 4) % 256)
    assert numbers(Exchange(on("SETUP", status("200 OK", told))).run(mixed).frames) == [0, 1]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\x80GARBAGE",
        b"$",
        b"$$$",
        b"$\x07\x00",
        b"price: $5\r\n",
        b"RTSP",
        b"R",
        b"\r\n\r\n",
        b"$\x05\xff\xff lies",
    ],
)
@pytest.mark.parametrize("piece", [1 << 20, 13])
def test_garbage_between_packets(garbage: bytes, piece: int) -> None:
    media = stream(25) + b"!" + garbage + stream(50, sequence=5, timestamp=77)
    exchange = Exchange(piece=piece).run(media)
    assert numbers(exchange.frames)[:25] == list(range(25))
    # A mark in the garbage may swallow what follows; the picture is whole again by the next key frame.
    assert numbers(exchange.frames)[-25:] == list(range(25, 50))
    assert exchange.client.garbage_bytes > 0


def test_garbage_without_end_ends_the_session() -> None:
    exchange = Exchange().run(stream(1))
    exchange.hear(b"\xee" * MAX_GARBAGE)
    with pytest.raises(PeerError) as raised:
        exchange.hear(b"\xee")
    assert raised.value.wrong is Wrong.MALFORMED


def test_a_little_garbage_between_signs_of_life_is_for_ever() -> None:
    exchange = Exchange().run(stream(1))
    for _ in range(20):
        exchange.hear(b"\xee" * (MAX_GARBAGE // 10))
        exchange.client.keep_alive()
        (request,) = making.requests(exchange.client.data_to_send())
        exchange.hear(usual(request))
    assert exchange.client.garbage_bytes > MAX_GARBAGE


def test_signs_of_life_that_are_never_answered_go_on() -> None:
    exchange = Exchange().run(stream(1))
    sent = []
    for _ in range(3):
        exchange.client.keep_alive()
        sent += list(making.requests(exchange.client.data_to_send()))
    assert [(one.method, one.headers["session"]) for one in sent] == [("OPTIONS", "42")] * 3
    exchange.hear(reply(sent[0]) + reply(sent[2], "501 Not Implemented"))
    exchange.hear(stream(2, sequence=65_500 + len(making.templates()[0].packets)))
    assert numbers(exchange.frames) == [0, 0, 1]  # late answers and refusals change nothing


def test_nothing_is_said_before_playing_and_the_end_is_said() -> None:
    client = RtspClient(making.CHANNEL, None, "n")
    client.keep_alive()
    client.tear_down()
    assert not client.wants_to_send
    exchange = Exchange().run()
    exchange.client.tear_down()
    (request,) = making.requests(exchange.client.data_to_send())
    assert (request.method, request.headers["session"]) == ("TEARDOWN", "42")


ANYTHING = st.lists(
    st.one_of(
        st.binary(max_size=200),
        st.sampled_from(
            [
                b"RTSP/1.0 200 OK\r\n",
                b"\r\n",
                b"\r\n\r\n",
                b"CSeq: 1\r\n",
                b"Content-Length: 20\r\n",
                b"$\x00\x00\x10",
                b"$",
                b"v=0\r\n",
                b"m=video 0 RTP/AVP 96\r\n",
                b"a=rtpmap:96 H264/90000\r\n",
                b"a=control:x\r\n",
                b"CSeq: 2\r\n",
                b"Session: 1;timeout=",
                b"Transport: RTP/AVP/TCP;interleaved=",
                "²".encode(),
                b"9" * 4400,
                b"RTSP/1.0 401 U\r\n",
                b'WWW-Authenticate: Digest realm="a", nonce="b", qop="auth"\r\n',
                b"Content-Base: rtsp://[\r\n",
            ],
        ),
    ),
    max_size=30,
)


@given(pieces=ANYTHING, playing=st.booleans(), credentials=st.sampled_from([None, WHO]))
@example(
    pieces=[b"RTSP/1.0 200 OK\r\nContent-Length: ", b"0" * 30, b"9999999999\r\n\r\n"], playing=True, credentials=None
)
@settings(max_examples=300)
def test_no_bytes_do_more_than_end_the_session(
    pieces: list[bytes], playing: bool, credentials: Credentials | None
) -> None:
    ended: PeerError | None = None
    exchange = Exchange(credentials=credentials)
    if playing:
        exchange.run()
    else:
        exchange.client.start()
    try:
        for piece in pieces:
            for frame in exchange.client.receive(piece):
                assert frame.parameters is not None
            list(making.requests(exchange.client.data_to_send()))  # what is asked is well formed, whatever was said
    except PeerError as error:
        ended = error
    assert ended is None or ended.detail.isprintable()
    assert len(exchange.client._rest) <= 65_539 + MAX_HEADER + 70_000
    assert len(exchange.client._out) < 1 << 16


@given(sdp_lines=st.lists(st.text(max_size=60) | st.sampled_from(sdp().split("\r\n")), max_size=40))
@settings(max_examples=150)
def test_no_description_does_more_than_end_the_session(sdp_lines: list[str]) -> None:
    body = "v=0\r\n" + "\r\n".join(sdp_lines).encode("utf-8", "replace").decode()
    answer = on("DESCRIBE", lambda request: reply(request, body=body))
    wrong = None
    try:
        Exchange(answer).run()
    except PeerError as error:
        wrong = error.wrong
    assert wrong in (None, Wrong.NO_VIDEO, Wrong.CODEC, Wrong.MALFORMED)


def test_memory_stays_bounded_when_an_answer_never_ends() -> None:
    exchange = Exchange()
    exchange.client.start()
    exchange.client.receive(b"RTSP/1.0 200 OK\r\nContent-Length: 65536\r\n\r\n")
    exchange.client.receive(b"v" * 65_000)
    assert len(exchange.client._rest) < 1 << 17
    with pytest.raises(PeerError):
        exchange.client.receive(b"v" * 65_000)


def test_credentials_are_not_shown() -> None:
    assert WHO.password not in repr(WHO)
    assert replace(WHO, user_name="x").password not in str([replace(WHO, user_name="x")])


def test_a_camera_that_knows_get_parameter_is_asked_with_it() -> None:
    exchange = Exchange().run(stream(1))
    exchange.client.keep_alive()
    (first,) = making.requests(exchange.client.data_to_send())
    exchange.hear(reply(first, headers="Public: OPTIONS, DESCRIBE, GET_PARAMETER\r\n"))
    (second,) = making.requests(exchange.client.data_to_send())  # at once: OPTIONS may not have counted
    exchange.hear(reply(second))
    exchange.client.keep_alive()
    (third,) = making.requests(exchange.client.data_to_send())
    assert [one.method for one in (first, second, third)] == ["OPTIONS", "GET_PARAMETER", "GET_PARAMETER"]
    exchange.hear(reply(third, "501 Not Implemented"))
    exchange.client.keep_alive()
    (fourth,) = making.requests(exchange.client.data_to_send())
    assert fourth.method == "OPTIONS"


def test_pictures_out_of_order_are_decoded_in_order() -> None:
    # Shown 0, decoded as I P B B: the time of showing goes back with every third picture.
    order = [number + step for number in range(0, 60, 3) for step in (3, 1, 2)]
    packets = [rtp(b"\x41slice", sequence, shown * making.STEP, marker=True) for sequence, shown in enumerate(order)]
    exchange = Exchange(piece=100).run()
    exchange.hear(b"".join(map(interleaved, packets)))
    decoded = [frame.ticks for frame in exchange.frames]
    assert decoded == sorted(set(decoded))
    first = order[0]
    assert [frame.ticks + frame.shift for frame in exchange.frames] == [(one - first) * making.STEP for one in order]


def test_a_clock_that_starts_again_is_no_wrong_order() -> None:
    exchange = Exchange().run()
    for sequence in range(300):
        shown = sequence % 100  # the camera's clock starts three times
        exchange.hear(interleaved(rtp(b"\x41slice", sequence, shown * making.STEP, marker=True)))
    assert len(exchange.frames) == 300
