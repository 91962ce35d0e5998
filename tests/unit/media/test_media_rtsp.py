"""RTSP exchanges in memory: what a camera may answer, and what it may not."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.media import making
from tests.unit.media.making import Exchange, Request, interleaved, reply, rtp, sdp, stream, usual

from mingjian.media.formats.authentication import Credentials, answer, choose
from mingjian.media.formats.errors import PeerError, Wrong
from mingjian.media.formats.frames import Frame
from mingjian.media.formats.rtsp import MAX_GARBAGE, MAX_HEADER, Lane, Ports, RtspClient, Stage
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


# Sound and datagrams

TELEPHONE = "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:track2\r\n"
OPUS = "m=audio 0 RTP/AVP 99\r\na=rtpmap:99 OPUS/48000/2\r\na=control:track3\r\n"
AT = 2_208_988_800 + 1_750_000_000
FIRST = 2**32 - 9_000  # of `stream`


def with_sound(
    request: Request, *, channels: str = "2-3", refused: str = "", transport: str = "", session: str = "Session: 42\r\n"
) -> bytes:
    """A good camera that has sound too, at track2."""
    if request.method == "DESCRIBE":
        return reply(request, headers="Content-Base: rtsp://camera.test:554/stream/\r\n", body=sdp() + TELEPHONE)
    if request.method == "SETUP" and request.uri.endswith("track2"):
        if refused:
            return reply(request, refused)
        told = transport or f"Transport: RTP/AVP/TCP;unicast;interleaved={channels}\r\n"
        return reply(request, headers=told + session)
    return usual(request)


def telephone(count: int, *, channel: int = 2, sequence: int = 7, timestamp: int = 800) -> bytes:
    """Packets of 20 ms."""
    return b"".join(
        interleaved(rtp(bytes((at,)) * 160, sequence + at, timestamp + 160 * at), channel) for at in range(count)
    )


def sender_report(seconds: float, timestamp: int, channel: int) -> bytes:
    whole = int(seconds)
    fraction = int((seconds - whole) * 2**32)
    head = b"\x80\xc8\x00\x06" + bytes(4)
    numbers = (AT + whole, fraction, timestamp & 0xFFFFFFFF, 0, 0)
    return interleaved(head + b"".join(one.to_bytes(4, "big") for one in numbers), channel)


def test_both_tracks_are_set_up_and_played() -> None:
    exchange = Exchange(with_sound).run(stream(3) + telephone(5) + stream(2, sequence=9, timestamp=FIRST + 3 * 3600))
    assert exchange.uris() == [
        ("DESCRIBE", "rtsp://camera.test:554/stream"),
        ("SETUP", "rtsp://camera.test:554/stream/track1"),
        ("SETUP", "rtsp://camera.test:554/stream/track2"),
        ("PLAY", "rtsp://camera.test:554/stream/"),
    ]
    asked = [one.headers for one in exchange.asked[1:]]
    assert [one.get("transport", "").rpartition("=")[2] for one in asked] == ["0-1", "2-3", ""]
    assert [one.get("session") for one in asked] == [None, "42", "42"]
    assert len(numbers(exchange.frames)) >= 4
    pieces = exchange.client.take_sound()
    assert [one.data[0] for one in pieces] == [0, 1, 2, 3, 4]
    assert pieces[0].ticks == 2 * making.STEP  # when it came
    assert exchange.client.take_sound() == []
    assert exchange.client.sound_left_out == ""


@pytest.mark.parametrize("channels", ["2-3", "4-5", "1-2", "200-201", "7", "254-255"])
def test_sound_on_any_channel(channels: str) -> None:
    answer = lambda one: with_sound(one, channels=channels)  # noqa: E731
    first = int(channels.partition("-")[0])
    mixed = stream(2) + telephone(3, channel=first) + telephone(3, channel=77)
    exchange = Exchange(answer).run(mixed)
    assert numbers(exchange.frames) == [0, 1]
    expected = 0 if first == 1 else 3  # the picture's reports come there
    assert len(exchange.client.take_sound()) == expected


NO_SOUND: dict[str, dict[str, str]] = {
    "404": {"refused": "404 Not Found"},
    "461": {"refused": "461 Unsupported Transport"},
    "500": {"refused": "500 Oh dear"},
    "302": {"refused": "302 Found"},
    "another transport": {"transport": "Transport: RTP/AVP;unicast;client_port=1-2;server_port=3-4\r\n"},
    "no transport": {"transport": "X: y\r\n"},
    "the channels of the picture": {"channels": "0-1"},
}


@pytest.mark.parametrize("name", NO_SOUND)
def test_sound_that_is_refused_never_costs_the_picture(name: str) -> None:
    exchange = Exchange(lambda one: with_sound(one, **NO_SOUND[name])).run(stream(30))
    assert exchange.asked[-1].method == "PLAY"
    assert numbers(exchange.frames) == list(range(30))
    assert exchange.client.take_sound() == []
    assert exchange.client.sound is None
    assert exchange.client.sound_left_out.startswith("alaw")


def test_sound_that_cannot_be_kept_is_named() -> None:
    answer = on("DESCRIBE", lambda one: reply(one, body=sdp() + OPUS))
    exchange = Exchange(answer).run(stream(1))
    assert [one.method for one in exchange.asked] == ["DESCRIBE", "SETUP", "PLAY"]
    assert exchange.client.sound_left_out == "OPUS"


def test_the_first_sound_that_can_be_kept_is_taken() -> None:
    def both(request: Request) -> bytes:
        described = request.method == "DESCRIBE"
        return reply(request, body=sdp() + OPUS + TELEPHONE) if described else with_sound(request)

    exchange = Exchange(both).run(stream(1))
    assert exchange.asked[2].uri.endswith("track2")
    assert (exchange.client.sound_left_out, exchange.client.sound is not None) == ("", True)


@pytest.mark.parametrize("session", ["", "Session: \r\n", "Session: 42;timeout=20\r\n"])
def test_a_session_that_is_named_once_is_kept(session: str) -> None:
    exchange = Exchange(lambda one: with_sound(one, session=session)).run(stream(1))
    assert exchange.asked[-1].headers["session"] == "42"
    assert exchange.client.session_timeout_s == (20.0 if "timeout" in session else 30.0)


@pytest.mark.parametrize("lag_s", [-1.5, -0.2, 0.0, 0.2, 1.5])
def test_reports_bring_sound_and_picture_together(lag_s: float) -> None:
    """Sound comes `lag_s` after the picture that it belongs to; both say when on one clock."""
    exchange = Exchange(with_sound).run(stream(1))
    lag = round(lag_s * 8_000)
    exchange.hear(telephone(1, timestamp=800 - lag))  # sounds now by its time of arrival
    exchange.hear(sender_report(5.0, FIRST, 1) + sender_report(5.5, 800 + 4_000, 3))
    exchange.hear(telephone(1, sequence=8, timestamp=800 + 160))
    first, second = exchange.client.take_sound()
    assert first.ticks == 0
    assert abs(second.ticks - 1_800) <= 2_700
    assert exchange.client.bad_reports == 0


def test_a_report_of_sound_before_any_of_the_picture_waits_for_the_next() -> None:
    exchange = Exchange(with_sound).run(stream(1) + telephone(1) + sender_report(9.0, 800, 3))
    exchange.hear(telephone(1, sequence=8, timestamp=960))
    assert [one.ticks for one in exchange.client.take_sound()] == [0, 1_800]


@pytest.mark.parametrize("leap_s", [-3_600, -60, 60, 86_400])
def test_a_camera_that_sets_its_clock_between_two_reports_does_not_move_sound(leap_s: int) -> None:
    exchange = Exchange(with_sound).run(stream(1) + telephone(1))
    exchange.hear(sender_report(100_000.0, FIRST, 1) + sender_report(100_000.0 + leap_s, 800, 3))
    assert exchange.client.bad_reports == 1
    exchange.hear(telephone(1, sequence=8, timestamp=960))
    assert [one.ticks for one in exchange.client.take_sound()] == [0, 1_800]


def test_a_goodbye_of_the_picture_ends_the_session_and_one_of_the_sound_does_not() -> None:
    """RFC 3550 section 6.6: who says it sends no more; there is no need to wait until nothing comes."""
    bye = b"\x81\xcb\x00\x01" + bytes(4)
    empty = b"\x80\xc9\x00\x01" + bytes(4)
    exchange = Exchange(with_sound).run(stream(2) + interleaved(bye, 3))
    assert (exchange.client.bad_reports, exchange.client.stage) == (0, Stage.PLAYING)
    with pytest.raises(PeerError) as ended:
        exchange.hear(interleaved(empty + bye, 1))
    assert ended.value.wrong is Wrong.ENDED


def by_datagrams(answer: Callable[[Request], bytes]) -> Exchange:
    exchange = Exchange(answer)
    exchange.client = RtspClient(making.CHANNEL, None, "0a4f113b", Ports(5000, 5002))
    return exchange.run()


def udp(request: Request, *, told: str = "server_port={0}-{1}", sound: str = "server_port=7000-7001") -> bytes:
    if request.method != "SETUP":
        return with_sound(request)
    given_ = told.format(6970, 6971) if request.uri.endswith("track1") else sound
    return reply(request, headers=f"Transport: RTP/AVP;unicast;{given_}\r\nSession: 42\r\n")


def datagrams_of(data: bytes) -> list[bytes]:
    """The packets of interleaved data."""
    found, at = [], 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at + 2 : at + 4], "big")
        found.append(data[at + 4 : end])
        at = end
    return found


def test_a_session_in_datagrams() -> None:
    exchange = by_datagrams(udp)
    assert [one.headers["transport"] for one in exchange.asked[1:3]] == [
        "RTP/AVP;unicast;client_port=5000-5001",
        "RTP/AVP;unicast;client_port=5002-5003",
    ]
    client = exchange.client
    assert client.stage is Stage.PLAYING
    assert client.peer_ports == {Lane.PICTURE: 6970, Lane.SOUND: 7000}
    packets = datagrams_of(stream(30))
    mixed = [packets[0], packets[2], packets[1], packets[1], *packets[3:]]
    frames = client.datagrams(Lane.PICTURE, mixed)
    assert numbers(frames) == list(range(30))
    assert client.late_packets == 1
    assert client.datagrams(Lane.SOUND, datagrams_of(telephone(3))) == []
    assert len(client.take_sound()) == 3
    (report,) = datagrams_of(sender_report(1.0, FIRST, 1))
    assert client.datagrams(Lane.PICTURE_CONTROL, [report]) == []
    assert [one.ticks for one in client.take_clock()] == [0]
    assert client.track is not None
    assert client.track.lost_packets == 0


@pytest.mark.parametrize(
    "told",
    [
        "server_port={0}-{1}",
        "server_port={0}",
        "client_port=5000-5001;server_port={0}-{1};ssrc=1234ABCD",
        "source=192.0.2.9;server_port={0}-{1}",  # elsewhere: what we take comes from the camera itself
        'mode="PLAY" ; server_port={0}-{1}',
    ],
)
def test_ports_of_a_camera(told: str) -> None:
    exchange = by_datagrams(lambda one: udp(one, told=told))
    assert exchange.client.peer_ports[Lane.PICTURE] == 6970


@pytest.mark.parametrize(
    "told", ["client_port=5000-5001", "server_port=0-1", "server_port=65536-65537", "server_port=²", "interleaved=0-1"]
)
def test_a_picture_from_no_port_is_refused(told: str) -> None:
    with pytest.raises(PeerError) as refused:
        by_datagrams(lambda one: udp(one, told=told))
    assert refused.value.wrong is Wrong.TRANSPORT


def test_sound_from_no_port_is_left_out() -> None:
    exchange = by_datagrams(lambda one: udp(one, sound="client_port=5002-5003"))
    assert exchange.client.peer_ports == {Lane.PICTURE: 6970}
    assert exchange.client.stage is Stage.PLAYING
    assert exchange.client.sound is None
    assert exchange.client.sound_left_out.startswith("alaw")


def test_a_camera_that_speaks_tcp_alone_is_named() -> None:
    with pytest.raises(PeerError) as refused:
        by_datagrams(on("SETUP", status("461 Unsupported transport")))
    assert refused.value.wrong is Wrong.TRANSPORT


OFFERED = [
    f'Basic realm="{REALM}"',
    f'Digest realm="{REALM}", nonce="md5 nonce", qop="auth"',
    f'Digest realm="{REALM}", nonce="sha nonce", qop="auth", algorithm=SHA-256',
    f'Digest realm="{REALM}", nonce="x", qop="auth", algorithm=SHA-512-256',
]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0], [1, 0], [0, 1], [0]])
def test_the_strongest_way_of_signing_in_is_taken(order: list[int]) -> None:
    """RFC 7616 section 3.7: several challenges, one line each."""
    told = "".join(f"WWW-Authenticate: {OFFERED[one]}\r\n" for one in order)

    def guarded(request: Request) -> bytes:
        return usual(request) if "authorization" in request.headers else reply(request, "401 Unauthorized", told)

    exchange = Exchange(guarded, WHO).run(stream(1))
    answers = [one.headers["authorization"] for one in exchange.asked if "authorization" in one.headers]
    best = "sha nonce" if 2 in order else "md5 nonce" if 1 in order else ""
    assert all(best in one and one.startswith("Digest" if best else "Basic") for one in answers)
    assert all(("SHA-256" in one) == (best == "sha nonce") for one in answers)


def test_sha_256_as_the_standard_computes_it() -> None:
    """RFC 7616 section 3.9.1."""
    told = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    chosen = choose([told])
    assert chosen is not None
    nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    made = answer(
        chosen, Credentials("Mufasa", "Circle of Life"), "GET", "/dir/index.html", count=1, client_nonce=nonce
    )
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in made
    assert 'username="Mufasa"' in made
