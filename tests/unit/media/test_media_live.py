"""The live end: what media and API say to each other, who gets what when, and what the slow one gets."""

import asyncio
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media import coding, making

from mingjian.kernel.ids import ChannelId
from mingjian.media.formats.frames import Frame, Sound, SoundParameters, VideoParameters
from mingjian.media.live import feed as feeding
from mingjian.media.live import hub as hubbing
from mingjian.media.live import wire
from mingjian.media.live.feed import Feed
from mingjian.media.live.hub import Viewer
from mingjian.media.live.server import MAX_BACKLOG, _Subscription
from mingjian.media.live.wire import Kind
from mingjian.media.model import ChannelState
from mingjian.media.store import ChannelStatus
from mingjian.simulate import readback

KINDS = st.sampled_from(list(Kind))


@given(
    messages=st.lists(st.tuples(KINDS, st.integers(0, 2**32 - 1), st.binary(max_size=300)), max_size=20),
    cuts=st.lists(st.integers(1, 200), min_size=1, max_size=20),
)
def test_messages_survive_every_cut(messages: list[tuple[Kind, int, bytes]], cuts: list[int]) -> None:
    data = b"".join(wire.message(kind, handle, payload[:3], payload[3:]) for kind, handle, payload in messages)
    reader, heard, at, turn = wire.Messages(), [], 0, 0
    while at < len(data):
        heard += list(reader.feed(data[at : at + cuts[turn % len(cuts)]]))
        at += cuts[turn % len(cuts)]
        turn += 1
    assert heard == messages


@given(st.binary(max_size=64))
def test_strangers_are_refused_or_waited_for(data: bytes) -> None:
    reader = wire.Messages()
    try:
        for kind, _, payload in reader.feed(data):
            assert kind in Kind
            assert len(payload) <= len(data)
    except wire.WireError:
        return
    assert sum(map(len, reader._parts)) <= len(data)


def test_a_picture_is_what_a_viewer_receives() -> None:
    ((kind, handle, payload),) = wire.Messages().feed(wire.picture(Kind.KEY, 5, 1_800_000_000_000_001, b"moof"))
    assert (kind, handle) == (Kind.KEY, 5)
    assert payload == b"\x01" + bytes(7) + (1_800_000_000_000_001).to_bytes(8, "big") + b"moof"


@dataclass
class Told:
    """A listener that writes down what it is told."""

    said: list[str] = field(default_factory=list)
    media: bytes = b""
    walls: list[int] = field(default_factory=list)

    def format(self, parameters: VideoParameters) -> None:
        self.said.append(f"{parameters.width}x{parameters.height}")

    def picture(self, kind: Kind, wall_us: int, media: bytes) -> None:
        self.said.append(kind.name)
        self.media += media
        if kind is not Kind.INIT:
            self.walls.append(wall_us)

    def sound(self, wall_us: int, piece: bytes) -> None:
        self.said.append(f"sound {len(piece)}")
        self.walls.append(wall_us)

    def state(self, status: ChannelStatus) -> None:
        self.said.append(status.state.value)

    def numbers(self) -> list[int]:
        return readback.numbers(self.media)


def status(state: ChannelState) -> ChannelStatus:
    return ChannelStatus(ChannelId(uuid4()), state, 5, None, None)


def fed(feed: Feed, frames: list[Frame]) -> None:
    for frame in frames:
        feed.push(frame, 1000 + frame.ticks)


def test_who_joins_gets_everything_since_the_key_frame() -> None:
    watched: list[bool] = []
    feed, told = Feed(watched.append), Told()
    feed.state_changed(status(ChannelState.RECORDING))
    fed(feed, making.frames(30))
    leave = feed.join(told)
    assert told.said == ["recording", "256x144", "INIT", "KEY", *["CHUNK"] * 4]
    fed(feed, making.frames(25, first=30, ticks=30 * making.STEP))
    assert told.numbers() == list(range(25, 55))
    assert told.said.count("INIT") == 1
    assert told.walls == [1000 + number * making.STEP for number in range(25, 55)]
    with av.open(io.BytesIO(told.media), "r") as container:  # what a browser gets is a movie from its first byte
        assert len(list(container.decode(video=0))) == 30
    with av.open(io.BytesIO(told.media), "r") as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
        assert [packet.dts for packet in packets] == [number * making.STEP for number in range(30)]
    leave()
    assert watched == [True, False]
    fed(feed, making.frames(1, first=55, ticks=55 * making.STEP))
    assert told.numbers()[-1] == 54


def test_two_watch_one_feed() -> None:
    watched: list[bool] = []
    feed, first, second = Feed(watched.append), Told(), Told()
    fed(feed, making.frames(10))
    leave = feed.join(first)
    fed(feed, making.frames(10, first=10, ticks=10 * making.STEP))
    feed.join(second)
    assert second.numbers() == list(range(20))
    assert first.said.count("INIT") == second.said.count("INIT") == 1
    leave()
    assert watched == [True, True, True]


def test_new_parameters_are_introduced() -> None:
    feed, told = Feed(lambda _: None), Told()
    feed.join(told)
    assert told.said == []  # nothing yet
    fed(feed, making.frames(5))
    fed(feed, making.frames(5, ticks=5 * making.STEP, width=320, height=176))
    assert told.said == ["256x144", "INIT", "KEY", *["CHUNK"] * 4, "320x176", "INIT", "KEY", *["CHUNK"] * 4]


def test_a_connection_that_ended_is_not_continued() -> None:
    feed, told = Feed(lambda _: None), Told()
    fed(feed, making.frames(5))
    feed.interrupted()
    feed.join(told)
    fed(feed, making.frames(3, first=5, ticks=5 * making.STEP))  # no key frame among them
    assert told.said == []
    fed(feed, making.frames(2))
    assert told.said == ["256x144", "INIT", "KEY", "CHUNK"]


def test_a_group_too_large_to_keep_does_not_stop_those_who_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = making.frames(25)
    monkeypatch.setattr(feeding, "MAX_GROUP_BYTES", sum(len(frame.data) for frame in frames[:10]))
    feed, early, late = Feed(lambda _: None), Told(), Told()
    feed.join(early)
    fed(feed, frames[:15])
    assert early.numbers() == list(range(15))
    feed.join(late)
    fed(feed, frames[15:])
    assert early.numbers() == list(range(25))
    # The second one cannot show these: it knows the format, and its subscription waits for the key frame.
    assert late.said[:2] == ["256x144", "INIT"]
    fed(feed, making.frames(1, first=25, ticks=25 * making.STEP))
    assert late.said[-1] == "KEY"
    assert feed._group


class Pipe:
    """A transport of which only the buffer matters."""

    def __init__(self) -> None:
        self.waiting = 0
        self.reader = wire.Messages()
        self.kinds: list[str] = []

    def write(self, data: bytes) -> None:
        self.kinds += [kind.name for kind, _, _ in self.reader.feed(data)]

    def get_write_buffer_size(self) -> int:
        return self.waiting


def test_a_slow_api_gets_key_frames_until_it_reads_again() -> None:
    pipe = Pipe()
    subscription = _Subscription(pipe, 1)  # type: ignore[arg-type]
    subscription.picture(Kind.CHUNK, 0, b"nothing can be shown yet")
    subscription.picture(Kind.INIT, 0, b"i")
    subscription.picture(Kind.KEY, 0, b"k")
    subscription.picture(Kind.CHUNK, 0, b"c")
    assert pipe.kinds == ["INIT", "KEY", "CHUNK"]
    pipe.waiting = MAX_BACKLOG + 1
    subscription.picture(Kind.CHUNK, 0, b"the last that is let through")
    for _ in range(5):
        subscription.picture(Kind.CHUNK, 0, b"c")
    subscription.picture(Kind.KEY, 0, b"k")
    assert pipe.kinds[3:] == ["CHUNK"]
    subscription.state(status(ChannelState.OFFLINE))
    pipe.waiting = 0
    subscription.picture(Kind.CHUNK, 0, b"still without its key frame")
    subscription.picture(Kind.KEY, 0, b"k")
    subscription.picture(Kind.CHUNK, 0, b"c")
    assert pipe.kinds[4:] == ["STATE", "KEY", "CHUNK"]


def chunk(kind: Kind, size: int) -> bytes:
    return bytes((kind,)) + bytes(15 + size)


def kinds(viewer: Viewer) -> list[str]:
    taken = asyncio.run(viewer.take())
    return [Kind(item[0]).name if isinstance(item, bytes) else "text" for item in taken]


def test_a_slow_viewer_drops_to_key_frames_and_recovers() -> None:
    viewer = Viewer()
    viewer.put(chunk(Kind.CHUNK, 1))
    assert not viewer._queue
    viewer.put({"type": "state"})
    viewer.put(chunk(Kind.KEY, 1000))
    for _ in range(10):
        viewer.put(chunk(Kind.CHUNK, hubbing.MAX_VIEWER_BYTES // 8))
    assert viewer._waiting_bytes < hubbing.MAX_VIEWER_BYTES * 9 / 8 + 1100
    assert viewer.skipped == 3
    viewer.put(chunk(Kind.KEY, 10))  # still far behind
    viewer.put(chunk(Kind.INIT, 10))  # never withheld: what follows cannot be read without it
    assert kinds(viewer) == ["text", "KEY", *["CHUNK"] * 8, "INIT"]
    viewer.put(chunk(Kind.CHUNK, 10))
    viewer.put(chunk(Kind.KEY, 10))
    viewer.put(chunk(Kind.CHUNK, 10))
    assert kinds(viewer) == ["KEY", "CHUNK"]


@given(st.lists(st.tuples(st.sampled_from([Kind.INIT, Kind.KEY, Kind.CHUNK]), st.integers(0, 900_000)), max_size=60))
def test_a_viewer_never_gets_a_chunk_whose_predecessor_it_lost(items: list[tuple[Kind, int]]) -> None:
    viewer, runs, run = Viewer(), [], []
    for number, (one, length) in enumerate(items):
        viewer.put(bytes((one,)) + number.to_bytes(15, "big") + bytes(length))
        inits = sum(16 + size for kind, size in items[: number + 1] if kind is Kind.INIT)
        assert viewer._waiting_bytes <= hubbing.MAX_VIEWER_BYTES + 900_016 + inits
    for item in viewer._queue:
        assert isinstance(item, bytes)
        number = int.from_bytes(item[1:16], "big")
        if item[0] == Kind.KEY:
            run = [number]
            runs.append(run)
        elif item[0] == Kind.CHUNK:
            assert run, "a chunk before any key frame"
            between = [at for at in range(run[-1] + 1, number) if items[at][0] is not Kind.INIT]
            assert between == []
            run.append(number)


@pytest.fixture
def channel() -> hubbing._Channel:
    return hubbing._Channel(uuid4(), 1)


def sent(channel: hubbing._Channel, *messages: tuple[Kind, bytes | Mapping[str, Any]]) -> None:
    for kind, content in messages:
        channel.received(kind, content if isinstance(content, bytes) else json.dumps(content).encode())


def test_the_second_viewer_gets_what_the_first_has(channel: hubbing._Channel) -> None:
    first, second = Viewer(), Viewer()
    channel.join(first)
    state = {"state": "recording", "since_us": 1, "problem": None}
    sent(channel, (Kind.STATE, state), (Kind.FORMAT, {"mime": "avc1.1", "width": 1, "height": 1}))
    sent(channel, (Kind.INIT, chunk(Kind.INIT, 1)), (Kind.KEY, chunk(Kind.KEY, 1)), (Kind.CHUNK, chunk(Kind.CHUNK, 1)))
    channel.join(second)
    taken = [asyncio.run(viewer.take()) for viewer in (first, second)]
    assert taken[0] == taken[1]
    assert taken[0][:2] == [{"type": "state", **state}, {"type": "init", "mime": "avc1.1", "width": 1, "height": 1}]
    assert [item[0] for item in taken[0][2:] if isinstance(item, bytes)] == [0, 1, 2]


def test_a_long_group_is_not_handed_on_in_part(channel: hubbing._Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubbing, "MAX_GROUP_BYTES", 100)
    first, late = Viewer(), Viewer()
    channel.join(first)
    sent(channel, (Kind.INIT, chunk(Kind.INIT, 1)), (Kind.KEY, chunk(Kind.KEY, 30)))
    sent(channel, *[(Kind.CHUNK, chunk(Kind.CHUNK, 30))] * 3)
    channel.join(late)
    sent(channel, (Kind.CHUNK, chunk(Kind.CHUNK, 30)), (Kind.KEY, chunk(Kind.KEY, 1)))
    assert kinds(first) == ["INIT", "KEY", *["CHUNK"] * 4, "KEY"]
    assert kinds(late) == ["INIT", "KEY"]


def test_after_an_interruption_nothing_old_is_shown(channel: hubbing._Channel) -> None:
    viewer = Viewer()
    sent(channel, (Kind.INIT, chunk(Kind.INIT, 1)), (Kind.KEY, chunk(Kind.KEY, 1)))
    sent(channel, (Kind.STATE, {"state": "offline", "since_us": 2, "problem": None}))
    channel.join(viewer)
    assert kinds(viewer) == ["text", "INIT"]


def test_sound_reaches_only_those_who_listen_and_is_never_old(channel: hubbing._Channel) -> None:
    muted, listening, late = Viewer(), Viewer(sound=True), Viewer(sound=True)
    channel.join(muted)
    channel.join(listening)
    piece = (Kind.SOUND, chunk(Kind.SOUND, 320))
    sent(channel, piece, (Kind.INIT, chunk(Kind.INIT, 1)), (Kind.KEY, chunk(Kind.KEY, 1)), piece)
    sent(channel, (Kind.CHUNK, chunk(Kind.CHUNK, 1)))
    channel.join(late)
    sent(channel, piece)
    assert kinds(muted) == ["INIT", "KEY", "CHUNK"]
    assert kinds(listening) == ["INIT", "KEY", "SOUND", "CHUNK", "SOUND"]
    assert kinds(late) == ["INIT", "KEY", "CHUNK", "SOUND"]


def test_a_slow_listener_gets_sound_again_with_the_picture() -> None:
    viewer = Viewer(sound=True)
    viewer.put(chunk(Kind.KEY, 10))
    for _ in range(12):
        viewer.put(chunk(Kind.SOUND, hubbing.MAX_VIEWER_BYTES // 8))
    assert viewer._waiting_bytes < hubbing.MAX_VIEWER_BYTES * 9 / 8 + 1100
    asyncio.run(viewer.take())
    viewer.put(chunk(Kind.SOUND, 10))
    viewer.put(chunk(Kind.KEY, 10))
    viewer.put(chunk(Kind.SOUND, 10))
    assert kinds(viewer) == ["KEY", "SOUND"]


def test_both_streams_of_a_channel_are_asked_for_by_name() -> None:
    hub, channel_id = hubbing.LiveHub("nowhere"), uuid4()
    asked: list[tuple[Kind, int, bytes]] = []
    messages = wire.Messages()
    hub._send = lambda data: asked.extend(messages.feed(data))  # type: ignore[method-assign]
    main, small, smaller = hub.join(channel_id), hub.join(channel_id, "sub"), hub.join(channel_id, "sub")
    hub.leave(channel_id, small, "sub")
    hub.leave(channel_id, main)
    hub.leave(channel_id, smaller, "sub")
    said = [(handle, json.loads(payload)) for _, handle, payload in asked]
    subscribed = {"do": "subscribe", "channel": str(channel_id)}
    assert said == [
        (1, {**subscribed, "stream": "main"}),
        (2, {**subscribed, "stream": "sub"}),
        (1, {"do": "unsubscribe"}),
        (2, {"do": "unsubscribe"}),
    ]


def test_a_feed_hands_sound_out_beside_the_picture() -> None:
    feed, first, second = Feed(lambda _watched: None), Told(), Told()
    phone = SoundParameters("alaw", 8_000, 1)
    moments: list[int] = []

    def moment_us(ticks: int) -> int | None:
        moments.append(ticks)
        return None if ticks < 0 else 5_000 + ticks

    frames = making.frames(30)
    fed(feed, frames[:5])
    feed.hear(phone, [Sound(b"x" * 160, 0, 160)], moment_us)
    assert moments == []  # nobody listens: nothing is worked out
    leave = feed.join(first)
    feed.hear(phone, [Sound(b"y" * 160, -5, 160), Sound(b"z" * 80, 1_800, 80)], moment_us)
    assert first.said[-1] == "sound 80"  # what is before recorded time is nowhere
    assert first.walls[-1] == 6_800
    assert first.said.count("INIT") == 1
    music = SoundParameters("aac", 16_000, 1, b"\x14\x08")
    feed.hear(music, [Sound(b"m" * 9, 3_600, 1_024)], moment_us)
    assert first.said[-3:] == ["256x144", "INIT", "sound 9"]  # who listens is told before it comes
    feed.join(second)
    assert second.said[:2] == ["256x144", "INIT"]
    feed.interrupted()
    fed(feed, frames[5:])
    feed.hear(music, [], moment_us)
    leave()


def test_live_pictures_out_of_order_are_a_movie() -> None:
    coded = coding.pictures("h264", "bframes=3:b-pyramid=normal:ref=4")
    feed, told = Feed(lambda _watched: None), Told()
    fed(feed, coded.frames()[:10])
    feed.join(told)
    fed(feed, coded.frames()[10:])
    with av.open(io.BytesIO(told.media), "r") as container:
        container.streams.video[0].codec_context.thread_count = 1
        shown = [coding.shown_number(one) for one in container.decode(video=0)]
    assert shown == list(range(50))
