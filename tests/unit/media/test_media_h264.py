"""H.264: packets into access units, parameter sets into sizes."""

import struct
from collections.abc import Iterable

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.media import coding, making
from tests.unit.media.making import STEP, rtp

from mingjian.media.formats import h264
from mingjian.media.formats.errors import PeerError
from mingjian.media.formats.frames import Frame
from mingjian.media.formats.h264 import H264Depacketizer
from mingjian.media.formats.units import MAX_ACCESS_UNIT, MAX_NAL, MAX_PARTS
from mingjian.simulate.nal import digits

SPS, PPS = making.clip().parameter_sets
IDR, SLICE, SEI = b"\x65" + b"i" * 20, b"\x41" + b"p" * 10, b"\x06\x05sei"


def of_picture(sps: bytes) -> tuple[int, int, float]:
    found = h264.sequence_of(sps)
    return found.width, found.height, found.fps


def track(sets: bool = True) -> H264Depacketizer:
    return H264Depacketizer((SPS, PPS) if sets else None)


def fed(packets: Iterable[bytes], into: H264Depacketizer | None = None) -> list[Frame]:
    into = into or track()
    for packet in packets:
        into.push(packet, 0, len(packet))
    return into.take()


def unit(*nals: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(nal)) + nal for nal in nals)


def fu(nal: bytes, cuts: int) -> list[bytes]:
    """FU-A payloads of a NAL unit (RFC 6184 section 5.8), written anew."""
    body, size = nal[1:], -(-(len(nal) - 1) // cuts)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    last = len(pieces) - 1
    return [
        bytes((nal[0] & 0xE0 | 28, (index == 0) << 7 | (index == last) << 6 | nal[0] & 0x1F)) + piece
        for index, piece in enumerate(pieces)
    ]


def stap(*nals: bytes) -> bytes:
    return b"\x78" + b"".join(struct.pack(">H", len(nal)) + nal for nal in nals)


def sent(payloads: Iterable[bytes], timestamp: int = 0, sequence: int = 0) -> list[bytes]:
    """Packets of one access unit, the last one marked."""
    made = list(payloads)
    return [rtp(one, sequence + at, timestamp, marker=at == len(made) - 1) for at, one in enumerate(made)]


WAYS = {
    "single": [SEI, IDR],
    "aggregated": [stap(SEI, IDR)],
    "all in one": [stap(SEI), stap(IDR)],
    "fragmented": [SEI, *fu(IDR, 4)],
    "fragmented once": [SEI, *fu(IDR, 1)],
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_packing_gives_the_same_unit(way: str) -> None:
    (frame,) = fed(sent(WAYS[way]))
    assert frame.data == unit(SEI, IDR)
    assert frame.key
    assert frame.ticks == 0


def test_the_place_in_the_buffer_does_not_matter() -> None:
    into = track()
    for packet in sent([SEI, *fu(IDR, 4)]):
        into.push(b"before" + packet + b"behind", 6, 6 + len(packet))
    assert into.take()[0].data == unit(SEI, IDR)


@pytest.mark.parametrize("packing", [False, True])
def test_parameter_sets_in_band(packing: bool) -> None:
    into = track(sets=False)
    assert fed(sent([IDR]), into) == []  # nothing can show it
    payloads = [stap(SPS, PPS), IDR] if packing else [SPS, PPS, IDR]
    (frame,) = fed(sent(payloads, 1, 1), into)
    assert (frame.parameters.width, frame.parameters.height, frame.parameters.fps) == (256, 144, 25.0)
    assert frame.parameters == making.parameters()
    assert frame.parameters.mime == f"avc1.{SPS[1:4].hex()}"
    other = making.clip(320, 176).parameter_sets
    (frame,) = fed(sent([*other, IDR], 2, 10 if packing else 4), into)[-1:] or [frame]
    into = track()
    (frame,) = fed(sent([*other, IDR]), into)
    assert (frame.parameters.width, frame.parameters.height) == (320, 176)


def test_absurd_parameter_sets_change_nothing() -> None:
    into = track()
    absurd = [b"\x67", b"\x67\x64\x00\x1f", b"\x67" + b"\0" * 40, b"\x67" + bytes(range(256)) * 20]
    (frame,) = fed(sent([*absurd, IDR]), into)
    assert frame.parameters == making.parameters()


@pytest.mark.parametrize(
    ("lost", "left", "damaged"),
    [
        *((at, [0, 1, 2, 4, 5], 1) for at in (7, 8, 9, 10)),
        # A loss at a border may have hit either side: nobody knows, so both are left out.
        (11, [0, 1, 2, 5], 2),
        (12, [0, 1, 2, 3], 1),
        (13, [0, 1, 2, 3, 4], 0),
    ],
)
def test_a_lost_packet_costs_its_unit_alone(lost: int, left: list[int], damaged: int) -> None:
    into = track()
    packets = [*sent([SEI, *fu(IDR, 4)], 0, 0), *sent([SLICE], STEP, 5), *sent([SLICE], 2 * STEP, 6)]
    packets += [*sent([SEI, *fu(IDR, 4)], 3 * STEP, 7), *sent([SLICE], 4 * STEP, 12), *sent([SLICE], 5 * STEP, 13)]
    frames = fed([packet for at, packet in enumerate(packets) if at != lost], into)
    assert [frame.ticks // STEP for frame in frames] == left
    assert (into.lost_packets, into.damaged_units) == (lost < 13, damaged)


def test_a_frame_lost_whole_makes_the_next_one_suspect() -> None:
    into = track()
    frames = fed([*sent([IDR], 0, 0), *sent([SLICE], 2 * STEP, 2), *sent([SLICE], 3 * STEP, 3)], into)
    assert [frame.ticks // STEP for frame in frames] == [0, 3]
    assert (into.lost_packets, into.damaged_units) == (1, 1)


@given(drop=st.sets(st.integers(1, 120), max_size=12), aggregate=st.booleans())
@settings(max_examples=60)
def test_whatever_is_lost_no_unit_is_half(drop: set[int], aggregate: bool) -> None:
    """Frames of a real stream with some packets gone: what comes out is byte for byte what was coded."""
    templates = making.templates(aggregate=aggregate)
    whole = {frame.ticks: frame for frame in making.frames(30)}
    packets, sequence = [], 65_520
    for number, template in enumerate(templates[:30]):
        octets = bytes(template.stamped(0, sequence, number * STEP, 7, digits(number, 7)))
        ends = [*template.packets[1:], len(octets)]
        packets += [octets[start + 4 : end] for start, end in zip(template.packets, ends, strict=True)]
        sequence += len(template.packets)
    into = track()
    for frame in fed([packet for at, packet in enumerate(packets) if at not in drop], into):
        assert frame.key == whole[frame.ticks].key
        if not aggregate:
            assert frame.data == whole[frame.ticks].data


def test_sequence_numbers_and_timestamps_wrap() -> None:
    packets: list[bytes] = []
    for number in range(6):
        packets += sent([SEI, SLICE], 2**32 - 3 * STEP + number * STEP, 65_533 + 2 * number)
    into = track()
    assert [frame.ticks for frame in fed(packets, into)] == [number * STEP for number in range(6)]
    assert (into.lost_packets, into.damaged_units) == (0, 0)


@pytest.mark.parametrize("step", [-90_000 * 3, 1, 90_000 * 3600])
def test_timestamps_that_jump(step: int) -> None:
    frames = fed([*sent([SLICE], 500_000, 0), *sent([SLICE], 500_000 + step, 1)])
    assert [(frame.ticks, frame.shift) for frame in frames] == [(0, 0), (step, 0)]


@pytest.mark.parametrize("step", [-STEP, -90_000])
def test_what_is_shown_earlier_is_decoded_later_all_the_same(step: int) -> None:
    frames = fed([*sent([SLICE], 500_000, 0), *sent([SLICE], 500_000 + step, 1)])
    assert [frame.ticks + frame.shift for frame in frames] == [0, step]
    assert frames[1].ticks > frames[0].ticks


def test_cameras_that_forget_the_marker() -> None:
    into = track()
    packets = [rtp(one, at, at // 2 * STEP) for at, one in enumerate([SEI, IDR, SEI, SLICE, SEI, SLICE])]
    frames = fed(packets, into)
    assert [(frame.data, frame.ticks) for frame in frames] == [(unit(SEI, IDR), 0), (unit(SEI, SLICE), STEP)]


def test_cameras_that_mark_every_parameter_set() -> None:
    """Seen in the field: the marker on SPS and PPS too. A file of parameter sets is no frame of the recording."""
    into = track(sets=False)
    packets = [rtp(one, at, 0, marker=True) for at, one in enumerate([SPS, PPS, IDR])]
    packets += [rtp(SLICE, 3, STEP, marker=True)]
    packets += [rtp(one, 4 + at, 2 * STEP + at, marker=True) for at, one in enumerate([SPS, PPS])]
    packets += [rtp(IDR, 6, 2 * STEP + 2, marker=True)]
    frames = fed(packets, into)
    assert [frame.data for frame in frames] == [unit(SPS, PPS, IDR), unit(SLICE), unit(SPS, PPS, IDR)]
    assert [frame.ticks for frame in frames] == [0, STEP, 2 * STEP + 2]
    assert [frame.key for frame in frames] == [True, False, True]


EXTRAS = {
    "padding": (0xA0, b"", b"\0\0\0\4"),
    "padding of one": (0xA0, b"", b"\1"),
    "a contributing source": (0x81, b"csrc", b""),
    "fifteen of them": (0x8F, b"csrc" * 15, b""),
    "an extension": (0x90, b"\xbe\xde\x00\x02" + b"extended", b""),
    "an empty extension": (0x90, b"\xab\xac\x00\x00", b""),
    "everything": (0xB2, b"csrccsrc\xab\xac\x00\x01extd", b"\0\0\3"),
}


@pytest.mark.parametrize("name", EXTRAS)
def test_what_stands_around_a_payload(name: str) -> None:
    first, before, behind = EXTRAS[name]
    packets = [
        rtp(before + payload + behind, at, 0, marker=at == 1, first=first) for at, payload in enumerate([SEI, IDR])
    ]
    assert [frame.data for frame in fed(packets)] == [unit(SEI, IDR)]


EMPTY = {
    "a header alone": rtp(b"", 1, STEP),
    "padding alone": rtp(b"\0\0\0\4", 1, STEP, first=0xA0),
    "an extension alone": rtp(b"\xab\xac\x00\x00", 1, STEP, first=0x90),
    "a type that nobody uses": rtp(b"\x1e\x00\x00", 1, STEP),
}


@pytest.mark.parametrize("name", EMPTY)
def test_packets_without_a_picture_cost_nothing(name: str) -> None:
    into = track()
    frames = fed([*sent([IDR], 0, 0), EMPTY[name], *sent([SLICE], STEP, 2)], into)
    assert [frame.data for frame in frames] == [unit(IDR), unit(SLICE)]
    assert (into.ignored_packets, into.lost_packets, into.damaged_units) == (1, 0, 0)


BROKEN = {
    "an end without a begin": [fu(IDR, 3)[2]],
    "a begin without an end": fu(IDR, 3)[:2],
    "two begins": [fu(IDR, 3)[0], *fu(IDR, 3)],
    "another unit inside": [fu(IDR, 3)[0], SEI, *fu(IDR, 3)[1:]],
    "an aggregate that ends early": [stap(SEI, IDR)[:-3]],
    "an aggregate with an empty unit": [b"\x78\x00\x00" + stap(IDR)[1:]],
}


@pytest.mark.parametrize("name", BROKEN)
def test_units_that_do_not_fit_together_are_left_out(name: str) -> None:
    into = track()
    frames = fed([*sent(BROKEN[name], 0, 0), *sent([IDR], STEP, len(BROKEN[name]))], into)
    assert [frame.data for frame in frames] == [unit(IDR)]
    assert into.damaged_units == 1


@pytest.mark.parametrize("way", ["one unit", "many units"])
def test_a_picture_without_end_stays_bounded(way: str) -> None:
    into = track()
    piece = b"x" * 60_000
    for at in range(400):
        payload = b"\x7c\x45" + piece if way == "one unit" else b"\x41" + piece
        if at == 0 and way == "one unit":
            payload = b"\x7c\x85" + piece
        into.push(rtp(payload, at, 0), 0, 12 + len(payload))
        assert sum(map(len, into._parts)) <= MAX_ACCESS_UNIT + MAX_NAL
    assert fed(sent([IDR], STEP, 400), into)[-1].data == unit(IDR)
    assert into.damaged_units == 1


@given(st.lists(st.binary(max_size=80), max_size=40), st.booleans())
@settings(max_examples=200)
def test_any_packets_are_survived(packets: list[bytes], head: bool) -> None:
    into = track()
    prefix = b"\x80\x60" if head else b""
    for frame in fed([prefix + one for one in packets], into) + fed(sent([IDR], 9, 1), into):
        at, size = 0, len(frame.data)
        while at < size:  # every unit that comes out is a row of lengths and bytes that fit
            at += 4 + int.from_bytes(frame.data[at : at + 4], "big")
        assert at == size
    into.push(b"", 0, 0)


# Parameter sets


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (1920, 1080),
        (640, 360),
        (1280, 720),
        (704, 576),
        (352, 288),
        (2560, 1440),
        (320, 180),
        (16, 16),
        (1366, 768),
        (642, 482),
    ],
)
@pytest.mark.parametrize("profile", ["baseline", "high"])
def test_sizes_as_the_encoder_wrote_them(width: int, height: int, profile: str) -> None:
    sps, pps = making.encoded_parameter_sets(width, height, profile)
    assert of_picture(sps) == (width, height, 25.0)
    found = H264Depacketizer((sps, pps)).parameters
    assert found is not None
    # libav reads the same from the configuration record.
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = found.configuration
    decoder.open()
    assert found.configuration[:4] == b"\x01" + sps[1:4]
    assert (found.width, found.height) == (width, height)


@pytest.mark.parametrize(("fmt", "profile"), [("yuv420p", "main"), ("yuv422p", "high422"), ("yuv444p", "high444")])
def test_cropping_counts_in_units_of_chroma(fmt: str, profile: str) -> None:
    sps, _ = making.encoded_parameter_sets(1366, 766, profile, fmt)
    assert of_picture(sps)[:2] == (1366, 766)


def test_odd_sizes_without_subsampled_chroma() -> None:
    sps, _ = making.encoded_parameter_sets(641, 361, "high444", "yuv444p")
    assert of_picture(sps)[:2] == (641, 361)


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_random_parameter_sets_are_read_or_refused(data: bytes) -> None:
    try:
        width, height, fps = of_picture(b"\x67" + data)
    except PeerError:
        return
    assert 16 <= width <= 16_384
    assert 16 <= height <= 16_384
    assert 0 <= fps <= 240


@given(at=st.integers(1, len(SPS) - 1), flip=st.integers(1, 255), cut=st.integers(0, len(SPS)))
def test_damaged_parameter_sets_never_raise_into_the_packet_path(at: int, flip: int, cut: int) -> None:
    damaged = SPS[:at] + bytes((SPS[at] ^ flip,)) + SPS[at + 1 :]
    for one in (damaged, SPS[:cut], damaged[:cut]):
        fed(sent([one, PPS, IDR]))
        H264Depacketizer((one, PPS))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", False),
        ("!!!", False),
        ("Z00AKeKQDwBE/LgLcBAQGkHiRFQ=,aO48gA==", True),
        ("Z00AKeKQDwBE/LgLcBAQGkHiRFQ,aO48gA", True),
        (" Z00AKeKQDwBE/LgLcBAQGkHiRFQ= , aO48gA== ", True),
        ("aO48gA==,Z00AKeKQDwBE/LgLcBAQGkHiRFQ=", True),
        ("Z00AKeKQDwBE/LgLcBAQGkHiRFQ=", False),
        ("é,è", False),
    ],
)
def test_parameter_sets_of_a_description(value: str, found: bool) -> None:
    assert (h264.sprop_parameter_sets(value) is not None) is found


@pytest.mark.parametrize(
    ("params", "depth"),
    [
        ("bframes=0", 0),
        ("bframes=3:b-pyramid=none", 1),
        ("bframes=3:b-pyramid=normal:ref=4", 2),
        ("bframes=3:b-pyramid=normal:ref=4:nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500", 2),
        ("bframes=3:b-pyramid=normal:ref=4:colorprim=bt709:range=pc:sar=4/3:chromaloc=1", 2),
        ("bframes=2:interlaced=1:nal-hrd=cbr:vbv-maxrate=500:vbv-bufsize=500:bitrate=500", 2),
    ],
)
def test_the_depth_of_reordering_behind_all_that_may_stand_before_it(params: str, depth: int) -> None:
    made = coding.pictures("h264", params)
    found = h264.sequence_of(made.sets[0])
    assert (found.width, found.height, found.fps, found.depth) == (256, 144, 25.0, depth)
    frames = made.frames()
    assert [one.ticks for one in frames] == [coding.STEP * (number - depth) for number in range(50)]
    assert all(one.shift >= 0 for one in frames)


@pytest.mark.parametrize(
    "payload",
    [b"\x78" + b"\x00\x02\x41\x9a" * 15_000, b"\x41\x9a", b"\x7c\x05yz"],
    ids=["units of two octets together", "one by one", "parts of two octets"],
)
def test_many_small_units_are_bounded_by_their_number(payload: bytes) -> None:
    """A picture that never ends, of units that cost more memory than they bring."""
    into = track()
    fed([rtp(b"\x7c\x85x", 0, 5)], into)
    for number in range(1, 1 + 400_000 // max(1, len(payload) // 4)):
        packet = rtp(payload, number, 5)
        into.push(packet, 0, len(packet))
        assert len(into._parts) <= MAX_PARTS + 2
    assert fed(sent([IDR], 3600, number + 1), into)[0].data == unit(IDR)
    assert into.damaged_units == 1
