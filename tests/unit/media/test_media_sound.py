"""Sound out of RTP packets: AAC by RFC 3640, G.711, and its time beside the picture."""

import struct
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media import coding, fuzzing
from tests.unit.media.making import rtp

from mingjian.media.formats import sound
from mingjian.media.formats.frames import Sound
from mingjian.media.formats.sdp import Media
from mingjian.media.formats.sound import Aac, SoundDepacketizer

MODE = {"mode": "AAC-hbr", "sizelength": "13", "indexlength": "3", "indexdeltalength": "3"}


def aac(config: str = "1408", rate: int = 16_000, **more: str) -> SoundDepacketizer:
    found = sound.of_media(Media("audio", 97, "MPEG4-GENERIC", rate, "", {**MODE, "config": config, **more}))
    assert found is not None
    return found


def g711(encoding: str = "PCMA", rate: int = 8_000, channels: int = 1) -> SoundDepacketizer:
    found = sound.of_media(Media("audio", 8, encoding, rate, "", {}, channels))
    assert found is not None
    return found


def units(*pieces: bytes, sizes: Iterable[int] = ()) -> bytes:
    """RFC 3640 section 3.3.6, written anew; `sizes` where they lie."""
    told = list(sizes) or [len(one) for one in pieces]
    return struct.pack(f">{1 + len(told)}H", 16 * len(told), *(one << 3 for one in told)) + b"".join(pieces)


def fed(into: SoundDepacketizer, packets: Iterable[bytes], picture: int = 0) -> list[Sound]:
    for packet in packets:
        into.push(b"before" + packet + b"behind", 6, 6 + len(packet), picture)
    return into.take()


def told(pieces: Iterable[Sound]) -> list[tuple[bytes, int, int]]:
    return [(one.data, one.ticks, one.samples) for one in pieces]


A, B, C = b"a" * 300, b"b" * 400, b"c" * 200


def test_one_unit_in_a_packet() -> None:
    packets = [rtp(units(one), 65_535 + at, 2**32 - 1024 + 1024 * at, marker=True) for at, one in enumerate((A, B, C))]
    into = aac()
    assert told(fed(into, packets, 5000)) == [(A, 5000, 1024), (B, 5000 + 5760, 1024), (C, 5000 + 11_520, 1024)]
    assert (into.lost_packets, into.ignored_packets) == (0, 0)


def test_several_units_in_a_packet() -> None:
    packets = [rtp(units(A, B, C), 1, 0, marker=True), rtp(units(C, A), 2, 3 * 1024, marker=True)]
    assert told(fed(aac(), packets)) == [(one, 5760 * at, 1024) for at, one in enumerate((A, B, C, C, A))]


def test_a_unit_in_several_packets() -> None:
    packets = [
        rtp(units(A[:100], sizes=[300]), 1, 0),
        rtp(units(A[100:250], sizes=[300]), 2, 0),
        rtp(units(A[250:], sizes=[300]), 3, 0, marker=True),
        rtp(units(B), 4, 1024, marker=True),
    ]
    assert told(fed(aac(), packets)) == [(A, 0, 1024), (B, 5760, 1024)]


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_part_that_is_lost_costs_its_unit(missing: int) -> None:
    parts = [
        rtp(units(A[:100], sizes=[300]), 2, 1024),
        rtp(units(A[100:200], sizes=[300]), 3, 1024),
        rtp(units(A[200:], sizes=[300]), 4, 1024, marker=True),
    ]
    del parts[missing]
    more = [
        rtp(units(A[:150], sizes=[300]), 5, 2048),
        rtp(units(A[150:], sizes=[300]), 6, 2048, marker=True),
    ]
    into = aac()
    pieces = fed(into, [rtp(units(C), 1, 0, marker=True), *parts, *more])
    assert told(pieces) == [(C, 0, 1024), (A, 11_520, 1024)]
    assert into.lost_packets == 1


def test_units_of_960_samples() -> None:
    """frameLengthFlag, ISO/IEC 14496-3 section 4.4.1: 16 kHz, one channel."""
    pieces = fed(aac("140c"), [rtp(units(A, B), 1, 0)])
    assert [(one.ticks, one.samples) for one in pieces] == [(0, 960), (5400, 960)]


@pytest.mark.parametrize(
    ("config", "kind", "samples"),
    [
        ("2b8a0800", 5, 1024),
        ("2d8c0800", 5, 1024),  # 16 kHz of 8 kHz: the flag is behind what SBR says of itself
        ("2d8c0a00", 5, 960),
        ("2d8fbbbbbb08", 5, 1024),  # a rate told by its number
        ("2d8c", 5, 1024),  # and no more
        ("ed8c0800", 29, 1024),
    ],
)
def test_the_length_of_units_with_spectral_band_replication(config: str, kind: int, samples: int) -> None:
    into = aac(config)
    assert into.parameters.configuration[0] >> 3 == kind
    assert [one.samples for one in fed(into, [rtp(units(A), 1, 0)])] == [samples]


def test_a_clock_that_is_not_the_rate_of_samples() -> None:
    """SBR: the description counts what comes out, the configuration what is coded."""
    into = aac("2b8a0800", 32_000)
    first = into.parameters.rate
    assert first in (11_025, 12_000, 16_000, 22_050, 24_000)
    pieces = fed(into, [rtp(units(A, B), 1, 0), rtp(units(C), 2, 2 * 1024 * 32_000 // first)])
    assert [round(one.ticks * first / 90_000) for one in pieces] == [0, 1024, 2048]


WRONG = {
    "nothing": b"",
    "half a length": b"\x00",
    "no sizes": b"\x00\x00" + A,
    "no unit": units(A)[:4],
    "odd bits": b"\x00\x0f" + A,
    "sizes beyond the packet": b"\xff\xf0" + A,
    "a size of nothing": units(A, sizes=[0]),
    "sizes beyond the units": units(A, B, sizes=[300, 500]),
}


@pytest.mark.parametrize("name", WRONG)
def test_headers_that_lie_are_counted_and_cost_no_more(name: str) -> None:
    into = aac()
    packets = [rtp(units(A), 1, 0, marker=True), rtp(WRONG[name], 2, 1024, marker=True)]
    packets.append(rtp(units(B), 3, 2048, marker=True))
    pieces = fed(into, packets)
    assert (pieces[0].data, pieces[-1].data, pieces[-1].ticks) == (A, B, 11_520)
    assert into.ignored_packets >= 1
    assert len(pieces) <= 3


def test_low_rate_mode() -> None:
    """AAC-lbr, RFC 3640 section 3.3.5: six bits of size."""
    into = aac(sizelength="6", indexlength="2")
    pieces = fed(into, [rtp(b"\x00\x10" + bytes((10 << 2, 20 << 2)) + b"x" * 30, 1, 0)])
    assert [one.data for one in pieces] == [b"x" * 10, b"x" * 20]


REFUSED: dict[str, Media] = {
    "another codec": Media("audio", 0, "OPUS", 48_000, ""),
    "no configuration": Media("audio", 97, "MPEG4-GENERIC", 16_000, "", MODE),
    "a configuration that is no hexadecimal": Media("audio", 97, "MPEG4-GENERIC", 16_000, "", {**MODE, "config": "1x"}),
    "a rate that no table knows": Media("audio", 97, "MPEG4-GENERIC", 16_000, "", {**MODE, "config": "1788"}),
    "no channels": Media("audio", 97, "MPEG4-GENERIC", 16_000, "", {**MODE, "config": "1400"}),
    "another object": Media("audio", 97, "MPEG4-GENERIC", 16_000, "", {**MODE, "config": "bc08"}),
    "a long configuration": Media("audio", 97, "MPEG4-GENERIC", 16_000, "", {**MODE, "config": "1408" * 40}),
    "no clock": Media("audio", 97, "MPEG4-GENERIC", 0, "", {**MODE, "config": "1408"}),
    "odd sizes": Media("audio", 97, "MPEG4-GENERIC", 16_000, "", {**MODE, "config": "1408", "sizelength": "12"}),
    "sizes that are no number": Media(
        "audio", 97, "MPEG4-GENERIC", 16_000, "", {**MODE, "config": "1408", "sizelength": "²"}
    ),
    "a slow telephone": Media("audio", 8, "PCMA", 4_000, ""),
    "five telephones": Media("audio", 8, "PCMA", 8_000, "", {}, 5),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_kept_is_left_out(name: str) -> None:
    assert sound.of_media(REFUSED[name]) is None


@pytest.mark.parametrize(
    ("config", "rate", "channels", "mime"),
    [
        ("1408", 16_000, 1, "mp4a.40.2"),
        ("1588", 8_000, 1, "mp4a.40.2"),
        ("1190", 48_000, 2, "mp4a.40.2"),
        ("11B8", 48_000, 8, "mp4a.40.2"),
        ("0A10", 44_100, 2, "mp4a.40.1"),
        ("1008", 96_000, 1, "mp4a.40.2"),
        ("1608", 7_350, 1, "mp4a.40.2"),
    ],
)
def test_configurations(config: str, rate: int, channels: int, mime: str) -> None:
    found = aac(config).parameters
    assert (found.codec, found.rate, found.channels, found.mime) == ("aac", rate, channels, mime)
    assert found.configuration == bytes.fromhex(config)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_configuration_that_libav_writes(rate: int, channels: int) -> None:
    made = coding.sound("aac", rate, channels, 5)
    found = aac(made.parameters.configuration.hex(), rate).parameters
    assert found == made.parameters


@pytest.mark.parametrize(("encoding", "codec"), [("PCMA", "alaw"), ("PCMU", "ulaw")])
@pytest.mark.parametrize("channels", [1, 2])
def test_g711(encoding: str, codec: str, channels: int) -> None:
    into = g711(encoding, channels=channels)
    assert (into.parameters.codec, into.parameters.channels, into.parameters.configuration) == (codec, channels, b"")
    size = 160 * channels
    packets = [rtp(bytes((at,)) * size, at, 160 * at, marker=at == 0) for at in range(4)]
    assert told(fed(into, packets, 77)) == [(bytes((at,)) * size, 77 + 1800 * at, 160) for at in range(4)]


def test_loss_keeps_the_time_of_what_comes() -> None:
    into = g711()
    pieces = fed(into, [rtp(b"x" * 160, number, 160 * number) for number in (65_534, 65_535, 65_540, 65_541)])
    assert [one.ticks // 1800 for one in pieces] == [0, 1, 6, 7]
    assert into.lost_packets == 4


def test_packets_without_sound_are_no_loss() -> None:
    """Padding alone, as some send it to keep a way open."""
    into = g711()
    packets = [rtp(b"x" * 160, 1, 0), rtp(b"\x00\x00\x00\x04", 2, 0, first=0xA0), rtp(b"x" * 160, 3, 160)]
    assert len(fed(into, packets)) == 2
    assert (into.lost_packets, into.ignored_packets) == (0, 1)


# Beside the picture


def test_the_first_packet_is_heard_when_it_came() -> None:
    assert fed(g711(), [rtp(b"x" * 160, 9, 123_456_789)], 900_000)[0].ticks == 900_000


@pytest.mark.parametrize("off", [-90_000, -4_000, 4_000, 200_000])
def test_reports_of_both_say_which_moments_are_one(off: int) -> None:
    into = g711()
    fed(into, [rtp(b"x" * 160, 1, 8_000)], 900_000)
    assert into.align(8_000 + 800, 909_000 + off)
    (piece,) = fed(into, [rtp(b"x" * 160, 2, 8_160)], 900_000)
    assert piece.ticks == 900_000 + 1_800 + off


@pytest.mark.parametrize("off", [-2_700, -1, 0, 1, 2_700])
def test_what_nobody_hears_is_not_mended(off: int) -> None:
    """Reports come with some trembling: sound that is within 30 ms stays where it is."""
    into = g711()
    fed(into, [rtp(b"x" * 160, 1, 8_000)], 900_000)
    assert into.align(8_000, 900_000 + off)
    (piece,) = fed(into, [rtp(b"x" * 160, 2, 8_160)], 900_000)
    assert piece.ticks == 901_800


def test_reports_that_make_no_sense_change_nothing() -> None:
    into = g711()
    assert not into.align(0, 0)  # nothing was heard yet
    fed(into, [rtp(b"x" * 160, 1, 8_000)], 900_000)
    assert not into.align(8_000 + 61 * 8_000, 900_000)
    assert not into.align(8_000 - 61 * 8_000 & 0xFFFFFFFF, 900_000)
    assert [one.ticks for one in fed(into, [rtp(b"x" * 160, 2, 8_160)], 900_000)] == [901_800]


@pytest.mark.parametrize("leap_s", [-3600, -11, 11, 3600])
def test_a_picture_whose_clock_is_set_takes_the_sound_along(leap_s: int) -> None:
    """Without reports arrival is all that is known: it must not leave sound an hour away from its picture."""
    into = g711()
    fed(into, [rtp(b"x" * 160, number, 160 * number) for number in range(50)], 0)
    leapt = 90_000 + leap_s * 90_000
    (piece,) = fed(into, [rtp(b"x" * 160, 50, 8_000)], leapt)
    assert abs(piece.ticks - leapt) <= 90_000


@pytest.mark.parametrize("leap", [2**31, 12 * 8_000, -(12 * 8_000)])
def test_sound_whose_clock_is_set_stays_with_the_picture(leap: int) -> None:
    into = g711()
    fed(into, [rtp(b"x" * 160, number, 160 * number) for number in range(50)], 88_200)
    (piece,) = fed(into, [rtp(b"x" * 160, 50, 8_000 + leap)], 90_000)
    assert abs(piece.ticks - 90_000) <= 90_000


# Whatever comes


@given(fuzzing.SOUNDS, st.booleans(), st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=5))
def test_any_packets_give_pieces_or_nothing(
    packets: list[tuple[bytes, int, int, bool, int]], telephone: bool, pictures: list[int]
) -> None:
    fuzzing.check_sound(packets, telephone=telephone, pictures=pictures)


def test_what_nobody_takes_is_bounded() -> None:
    into = g711()
    for number in range(10_000):
        packet = rtp(b"x", number, number)
        into.push(packet, 0, len(packet), 0)
    assert len(into.take()) == sound.MAX_WAITING


@pytest.mark.parametrize(
    "payload",
    [
        units(b"", sizes=[8191]),
        units(b"x", sizes=[8191]),
        b"\xff\xf0" + bytes(8190) + bytes(8190),
        b"\xff\xf0" + b"\x00\x08" * 4095 + bytes(4095),
    ],
    ids=["parts of nothing", "parts of one octet", "units of nothing", "units of one octet"],
)
def test_packets_that_are_all_header_cost_no_more_than_their_size(payload: bytes) -> None:
    """Measured against the same octets as one piece: work must not grow with what a header says."""
    into = aac()
    count = 1 + 4_000_000 // (len(payload) + 200)
    began = time.process_time()
    for number in range(count):
        packet = rtp(payload, number, 0)
        into.push(packet, 0, len(packet), 0)
        into.take()
    assert time.process_time() - began < 4.0
    assert isinstance(into, Aac)
    assert len(into._parts) <= 8191
