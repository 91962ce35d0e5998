"""H.265: packets into access units, parameter sets into what files say."""

import io
import struct
from base64 import b64encode
from collections.abc import Iterable

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.media import coding
from tests.unit.media.making import rtp

from mingjian.media.formats import h265
from mingjian.media.formats.errors import PeerError
from mingjian.media.formats.frames import Frame
from mingjian.media.formats.h265 import H265Depacketizer
from mingjian.media.formats.units import MAX_NAL

CODED = coding.pictures("h265")
VPS, SPS, PPS = CODED.sets


def nal(kind: int, body: bytes = b"b" * 20, *, layer: int = 0, temporal: int = 1) -> bytes:
    """Section 7.3.1.2."""
    return (kind << 9 | layer << 3 | temporal).to_bytes(2, "big") + body


IDR, CRA, TRAIL, SEI = nal(19), nal(21), nal(1), nal(39, b"\x05\x03sei\x80")


def track(*, sets: bool = True) -> H265Depacketizer:
    return H265Depacketizer((VPS, SPS, PPS) if sets else None)


def fed(packets: Iterable[bytes], into: H265Depacketizer | None = None) -> list[Frame]:
    into = into or track()
    for packet in packets:
        into.push(packet, 0, len(packet))
    return into.take()


def unit(*nals: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(one)) + one for one in nals)


def fu(one: bytes, cuts: int) -> list[bytes]:
    """RFC 7798 section 4.4.3, written anew."""
    kind, body = one[0] >> 1 & 0x3F, one[2:]
    size = -(-len(body) // cuts)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    head = bytes((one[0] & 0x81 | 49 << 1, one[1]))
    last = len(pieces) - 1
    return [head + bytes(((at == 0) << 7 | (at == last) << 6 | kind,)) + piece for at, piece in enumerate(pieces)]


def ap(*nals: bytes) -> bytes:
    """Section 4.4.2."""
    return nal(48, b"".join(struct.pack(">H", len(one)) + one for one in nals))


def paci(payload: bytes, extension: bytes = b"") -> bytes:
    """Section 4.4.4: the payload header goes, its type and F bit stay in the fields of PACI."""
    fields = (payload[0] >> 7) << 15 | (payload[0] >> 1 & 0x3F) << 9 | len(extension) << 4
    return bytes((50 << 1 | payload[0] & 1, payload[1])) + struct.pack(">H", fields) + extension + payload[2:]


def sent(payloads: Iterable[bytes], timestamp: int = 0, sequence: int = 0) -> list[bytes]:
    made = list(payloads)
    return [rtp(one, sequence + at, timestamp, marker=at == len(made) - 1) for at, one in enumerate(made)]


WAYS = {
    "single": [SEI, IDR],
    "aggregated": [ap(SEI, IDR)],
    "two aggregates": [ap(SEI), ap(IDR)],
    "fragmented": [SEI, *fu(IDR, 4)],
    "fragmented once": [SEI, *fu(IDR, 1)],
    "content information": [paci(SEI), paci(IDR, b"\x01\x02\x03")],
    "content information around an aggregate": [paci(ap(SEI, IDR))],
    "content information around fragments": [SEI, *(paci(one, b"ext") for one in fu(IDR, 3))],
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_packing_gives_the_same_unit(way: str) -> None:
    into = track()
    (frame,) = fed(sent(WAYS[way]), into)
    assert frame.data == unit(SEI, IDR)
    assert (frame.key, frame.leading, frame.ticks, frame.shift) == (True, False, 0, 0)
    assert (into.ignored_packets, into.damaged_units, into.lost_packets) == (0, 0, 0)


def test_the_header_of_a_unit_survives_being_cut() -> None:
    """Layer and temporal identity, and the bit that says that a network spoiled it."""
    odd = nal(1, bytes(range(60)), layer=37, temporal=5)
    (frame,) = fed(sent(fu(odd, 7)))
    assert frame.data == unit(odd)
    (frame,) = fed(sent([paci(odd)]))
    assert frame.data == unit(odd)


@pytest.mark.parametrize(
    ("payload", "ignored"),
    [
        (b"\x62", 1),
        (b"\x62\x01", 1),
        (nal(49, b"\x93"), 1),  # a fragment of nothing
        (nal(50, b""), 1),
        (nal(50, b"\x26"), 1),
        (nal(50, b"\x26\x00"), 1),  # content information about nothing
        (nal(50, b"\x27\xf0" + bytes(10)), 1),  # an extension longer than its packet
        (nal(50, b"\x64\x00" + bytes(10)), 1),  # one in another
        (nal(51), 1),
        (nal(63), 1),
        (nal(48, b""), 1),
        (nal(48, b"\x00"), 0),
    ],
)
def test_packets_of_nothing_cost_nothing(payload: bytes, ignored: int) -> None:
    into = track()
    frames = fed(sent([IDR, payload, TRAIL]), into)
    assert [frame.data for frame in frames] == [unit(IDR, TRAIL)]
    assert (into.ignored_packets, into.damaged_units) == (ignored, 0)


@pytest.mark.parametrize(
    "payloads",
    [
        [nal(48, b"\x00\x00" * 3), IDR],
        [nal(48, b"\x00\x01x"), IDR],
        [nal(48, b"\x00\x09" + IDR[:5]), IDR],
        [ap(SEI) + b"\xff\xff\x01", IDR],
        fu(IDR, 4)[1:],
        fu(IDR, 4)[:-1],
        [*fu(IDR, 4)[:2], SEI, *fu(IDR, 4)[2:]],
        [*fu(IDR, 4)[:2], *fu(IDR, 4)],
    ],
)
def test_a_unit_that_lies_costs_its_picture_alone(payloads: list[bytes]) -> None:
    into = track()
    frames = fed(sent([IDR]) + sent(payloads, 3600, 1) + sent([TRAIL], 7200, 1 + len(payloads)), into)
    assert [frame.data for frame in frames] == [unit(IDR), unit(TRAIL)]
    assert into.damaged_units == 1


def test_a_unit_of_ten_megabytes_costs_its_picture_alone() -> None:
    into, sequence = track(), 1
    fed(sent([IDR]), into)
    middle = nal(49, b"\x01" + bytes(60_000))
    fed([rtp(nal(49, b"\x81" + bytes(60_000)), sequence, 3600)], into)
    for sequence in range(2, MAX_NAL // 60_000 + 30):
        fed([rtp(middle, sequence, 3600)], into)
        assert into._fu_size <= MAX_NAL + 60_000
    fed([rtp(nal(49, b"\x41" + bytes(9)), sequence + 1, 3600, marker=True)], into)
    assert [one.data for one in fed(sent([TRAIL], 7200, sequence + 2), into)] == [unit(TRAIL)]
    assert into.damaged_units == 1


# What the kinds of pictures mean: table 7-1.

KEYS = {16: "BLA_W_LP", 17: "BLA_W_RADL", 18: "BLA_N_LP", 19: "IDR_W_RADL", 20: "IDR_N_LP", 21: "CRA"}
KEYS |= {22: "reserved IRAP", 23: "reserved IRAP"}


@pytest.mark.parametrize("kind", range(48))
def test_kinds_of_units(kind: int) -> None:
    into = track()
    (frame,) = fed(sent([nal(kind), TRAIL]), into)  # with a slice, for some are no picture
    assert frame.key == (kind in KEYS)
    assert frame.leading == (kind in (8, 9))  # RASL; RADL pictures (6, 7) refer to nothing before the key frame
    alone = fed(sent([nal(kind)], 3600, 2), into)
    assert len(alone) == (kind < 32)


def test_open_groups_of_x265_are_marked() -> None:
    made = coding.pictures("h265", "bframes=3:open-gop=1:keyint=26:min-keyint=26", 80)
    kinds = [coding.kind("h265", one.nals[-1]) for one in made.units]
    assert {8, 9} & set(kinds)
    assert kinds.count(21) == 3
    into, sequence, frames = H265Depacketizer((made.sets[0], made.sets[1], made.sets[2])), 0, []
    for one in made.units:
        payloads = [part for piece in one.nals for part in (fu(piece, 3) if len(piece) > 100 else [piece])]
        frames += fed(sent(payloads, one.shown, sequence), into)
        sequence += len(payloads)
    assert [frame.leading for frame in frames] == [kind in (8, 9) for kind in kinds]
    assert [frame.key for frame in frames] == [kind in KEYS for kind in kinds]
    assert [frame.data for frame in frames] == [one.data for one in made.units]
    assert [frame.ticks + frame.shift for frame in frames] == [one.shown for one in made.units]
    assert all(frame.shift >= 0 for frame in frames)
    assert into.damaged_units == into.lost_packets == 0
    assert max(frame.shift for frame in frames) > 0


# Parameter sets


@pytest.mark.parametrize("packing", [False, True])
def test_parameter_sets_in_band(packing: bool) -> None:
    into = track(sets=False)
    assert fed(sent([IDR]), into) == []
    assert into.parameters is None
    sets = [ap(VPS, SPS, PPS)] if packing else [VPS, SPS, PPS]
    (frame,) = fed(sent([*sets, IDR], 3600, 1), into)
    assert frame.parameters == CODED.parameters
    assert into.damaged_units == 0


def test_parameter_sets_that_come_as_a_unit_of_their_own() -> None:
    into = track(sets=False)
    for at, one in enumerate((VPS, SPS, PPS)):
        assert fed([rtp(one, at, 3600, marker=True)], into) == []
    (frame,) = fed([rtp(IDR, 3, 3600, marker=True)], into)
    assert frame.data == unit(VPS, SPS, PPS, IDR)


def test_parameter_sets_that_change_in_mid_stream() -> None:
    other = coding.pictures("h265", "bframes=3:b-pyramid=1", 5, 320, 176)
    into = track()
    (before,) = fed(sent([VPS, SPS, PPS, IDR]), into)
    (behind,) = fed(sent([*other.sets, IDR], 3600, 4), into)
    (again,) = fed(sent([VPS, SPS, PPS, IDR], 7200, 8), into)
    assert [(one.parameters.width, one.parameters.height) for one in (before, behind, again)] == [
        (256, 144),
        (320, 176),
        (256, 144),
    ]
    assert before.parameters == again.parameters
    assert (before.ticks, behind.ticks, again.ticks) == (0, 1200, 2400)  # a deeper order is told, and never shrinks
    assert [one.ticks + one.shift for one in (before, behind, again)] == [0, 3600, 7200]


def sprop(**changes: str | None) -> dict[str, str]:
    texts = {"sprop-vps": VPS, "sprop-sps": SPS, "sprop-pps": PPS}
    values: dict[str, str | None] = {name: b64encode(one).decode() for name, one in texts.items()}
    values |= {f"sprop-{name}": value for name, value in changes.items()}
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (sprop(), True),
        (sprop(vps=b64encode(VPS).decode().rstrip("=") + " "), True),
        (sprop(pps=b64encode(PPS).decode() + "," + b64encode(PPS[:-1]).decode()), True),
        (sprop(sps=None), False),
        (sprop(sps=""), False),
        (sprop(sps="!"), False),
        (sprop(sps="é"), False),
        (sprop(sps=b64encode(PPS).decode()), False),
        (sprop(sps=b64encode(SPS + bytes(5000)).decode()), False),
        ({}, False),
    ],
)
def test_parameter_sets_of_a_description(values: dict[str, str], found: bool) -> None:
    assert h265.sprop_parameter_sets(values) == ((VPS, SPS, PPS) if found else None)


WRITTEN: dict[str, tuple[str, int, int, str, str, int]] = {
    "plain": ("bframes=0", 256, 144, "yuv420p", "hvc1.1.6.L60.90", 0),
    "cropped": ("bframes=4:b-pyramid=1", 1366, 766, "yuv420p", "hvc1.1.6.L120.90", 2),
    "flat B": ("bframes=2:b-pyramid=0", 640, 360, "yuv420p", "hvc1.1.6.L63.90", 1),
    "4:2:2": ("bframes=0", 1366, 766, "yuv422p", "hvc1.4.10.L120.9D.8", 0),
    "4:4:4, odd": ("bframes=0", 641, 361, "yuv444p", "hvc1.4.10.L63.9E.8", 0),
    "ten bits, sub-layers": ("bframes=4:temporal-layers=3", 1920, 1080, "yuv420p10le", "hvc1.2.4.L120.90", 2),
    "high tier": ("high-tier=1:level-idc=51:vbv-maxrate=50000:vbv-bufsize=50000", 640, 360, "yuv420p", "", 2),
}


def as_libav_writes_it(params: str, width: int, height: int, fmt: str) -> bytes:
    """The content of `hvcC` of an MP4 of libav's."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx265", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, fmt
        stream.codec_context.codec_tag = "hvc1"
        stream.codec_context.options = {
            "preset": "ultrafast",
            "x265-params": f"{params}:pools=1:frame-threads=1:log-level=none:info=0",
        }
        for number in range(3):
            container.mux(stream.encode(coding._picture(number, width, height, fmt)))
        container.mux(stream.encode(None))
    data = file.getvalue()
    at = data.index(b"hvcC")
    return data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]


def arrays(record: bytes) -> dict[int, bytes]:
    """ISO/IEC 14496-15 section 8.3.3.1.2: the first unit of each kind."""
    found, at = {}, 23
    for _ in range(record[22]):
        kind, count = record[at] & 0x3F, int.from_bytes(record[at + 1 : at + 3], "big")
        at += 3
        for index in range(count):
            size = int.from_bytes(record[at : at + 2], "big")
            if not index:
                found[kind] = record[at + 2 : at + 2 + size]
            at += 2 + size
    assert at == len(record)
    return found


@pytest.mark.parametrize("name", WRITTEN)
def test_the_record_is_the_one_that_libav_writes(name: str) -> None:
    params, width, height, fmt, mime, depth = WRITTEN[name]
    theirs = as_libav_writes_it(params, width, height, fmt)
    sets = arrays(theirs)
    found = h265.parameters(sets[32], sets[33], sets[34])
    assert found is not None
    assert (found.codec, found.width, found.height) == ("h265", width, height)
    assert found.mime == mime or (not mime and found.mime.startswith("hvc1.1.6.H153"))
    assert found.configuration == theirs
    assert h265.sequence_of(sets[33]).depth == depth
    assert h265.configured(theirs) == found


def test_other_records_are_not_ours() -> None:
    ours = CODED.parameters.configuration
    for other in (b"", bytes(23), ours[:-1], ours + b"x", ours[:1] + b"\x02" + ours[2:]):
        assert h265.configured(other) is None


class Writer:
    """Bits in, a NAL unit out."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def then(self, other: "Writer") -> "Writer":
        self.text += other.text
        return self

    def u(self, count: int, value: int) -> "Writer":
        self.text += f"{value:0{count}b}" if count else ""
        return self

    def ue(self, *values: int) -> "Writer":
        for value in values:
            text = f"{value + 1:b}"
            self.text += "0" * (len(text) - 1) + text
        return self

    def nal(self, kind: int) -> bytes:
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        body, zeros = bytearray(), 0
        for octet in int(text, 2).to_bytes(len(text) // 8, "big"):
            if zeros >= 2 and octet <= 3:
                body.append(3)
                zeros = 0
            body.append(octet)
            zeros = zeros + 1 if octet == 0 else 0
        return nal(kind, bytes(body))


def tiers(out: Writer, sub_layers: list[tuple[int, int]], level: int = 93) -> Writer:
    """profile_tier_level: section 7.3.3; each sub-layer says whether it tells a profile and a level."""
    out.u(2, 0).u(1, 0).u(5, 1).u(32, 0x60000000).u(48, 0x900000000000).u(8, level)
    for profile, has_level in sub_layers:
        out.u(1, profile).u(1, has_level)
    if sub_layers:
        out.u(2 * (8 - len(sub_layers)), 0)
    for profile, has_level in sub_layers:
        out.u(88 * profile, 0).u(8 * has_level, 60 if has_level else 0)
    return out


def written_until_order(
    out: Writer, sub_layers: list[tuple[int, int]], depths: list[int], *, all_layers: bool, crop: bool
) -> Writer:
    tiers(out.u(4, 0).u(3, len(sub_layers)).u(1, 1), sub_layers)
    out.ue(0, 1, 1920, 1088).u(1, crop)
    if crop:
        out.ue(2, 3, 0, 4)
    out.ue(0, 0, 4).u(1, all_layers)
    for depth in depths if all_layers else depths[-1:]:
        out.ue(4, depth, 0)
    return out


def written_sps(sub_layers: list[tuple[int, int]], depths: list[int], *, all_layers: bool, crop: bool) -> bytes:
    out = written_until_order(Writer(), sub_layers, depths, all_layers=all_layers, crop=crop)
    return out.ue(0, 3, 0, 3).u(20, 0).nal(33)


@given(
    sub_layers=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=6),
    depths=st.lists(st.integers(0, 15), min_size=7, max_size=7),
    all_layers=st.booleans(),
    crop=st.booleans(),
)
def test_sub_layers_are_passed_over_and_the_highest_counts(
    sub_layers: list[tuple[int, int]], depths: list[int], all_layers: bool, crop: bool
) -> None:
    depths = sorted(depths)[: len(sub_layers) + 1]
    found = h265.sequence_of(written_sps(sub_layers, depths, all_layers=all_layers, crop=crop))
    assert (found.width, found.height) == ((1910, 1080) if crop else (1920, 1088))
    assert (found.depth, found.level, found.sub_layers, found.nested) == (depths[-1], 93, len(sub_layers), 1)


@pytest.mark.parametrize(
    ("units", "scale", "fps"),
    [(1, 25, 25.0), (1001, 30_000, 29.97), (3600, 90_000, 25.0), (0, 25, 0.0), (1, 0, 0.0), (1, 1_000_000, 0.0)],
)
@pytest.mark.parametrize("sub_layers", [[], [(1, 1), (0, 1)]])
@pytest.mark.parametrize("sets", [0, 2])
def test_the_frame_rate_of_a_video_parameter_set(
    units: int, scale: int, fps: float, sub_layers: list[tuple[int, int]], sets: int
) -> None:
    out = tiers(Writer().u(4, 0).u(8, 0xC0).u(3, len(sub_layers)).u(1, 1).u(16, 0xFFFF), sub_layers)
    out.u(1, 1)
    for _ in range(len(sub_layers) + 1):
        out.ue(4, 2, 0)
    out.u(6, 1).ue(sets).u(2 * sets, 0).u(1, 1).u(32, units).u(32, scale).u(1, 0).ue(0).u(1, 0)
    silent = h265.parameters(out.nal(32), written_sps([], [2], all_layers=False, crop=False), PPS)
    assert silent is not None
    assert silent.fps == fps
    told = h265.parameters(out.nal(32), SPS, PPS)
    assert told is not None
    assert told.fps == (fps or 25.0)  # x265 tells it in the sequence parameter set alone


# Sections 7.3.4 and 7.3.7, in the order of the standard: what lies between a picture's size and its rate.
LISTS = Writer().u(1, 1).u(1, 1)
for size in range(4):
    for matrix in range(2 if size == 3 else 6):
        if matrix:
            LISTS.u(1, 0).ue(matrix)
        else:
            LISTS.u(1, 1)
            for _ in range(min(64, 1 << 4 + 2 * size) + (size > 1)):
                LISTS.ue(3)
# The second set is (-1, -3, 2). The third is made from it by -1, without -3: (-1, -2, 1), the picture itself counts.
# The fourth from that by +1, where -1 + 1 is no other picture: (-1, 1, 2). The fifth has four flags for these three.
SETS = Writer().ue(5)
SETS.ue(1, 0, 0).u(1, 1)
SETS.u(1, 0).ue(2, 1, 0).u(1, 1).ue(1).u(1, 1).ue(1).u(1, 0)
SETS.u(1, 1).u(1, 1).ue(0).u(1, 1).u(1, 0).u(1, 0).u(1, 0).u(1, 1).u(1, 1)
SETS.u(1, 1).u(1, 0).ue(0).u(1, 1).u(1, 1).u(1, 1).u(1, 0).u(1, 1)
SETS.u(1, 1).u(1, 0).ue(0).u(1, 1).u(1, 1).u(1, 1).u(1, 1)
BETWEEN: dict[str, Writer] = {
    "nothing": Writer().u(1, 0).u(3, 0).ue(0).u(1, 0).u(2, 3),
    "lists by default": Writer().u(1, 1).u(1, 0).u(3, 0).ue(0).u(1, 0).u(2, 3),
    "lists": Writer(LISTS.text).u(3, 0).ue(0).u(1, 0).u(2, 3),
    "pcm": Writer().u(1, 0).u(2, 3).u(1, 1).u(8, 0x77).ue(0, 2).u(1, 1).ue(0).u(1, 0).u(2, 3),
    "sets": Writer().u(1, 0).u(3, 0).then(SETS).u(1, 0).u(2, 3),
    "long-term pictures": Writer().u(1, 0).u(3, 0).ue(0).u(1, 1).ue(2).u(9, 8).u(9, 17).u(2, 3),
}
VUI: dict[str, Writer] = {
    "bare": Writer().u(4, 0).u(3, 0).u(1, 0),
    "full": Writer().u(1, 1).u(8, 255).u(32, 0x10001).u(2, 3).u(1, 1).u(4, 11).u(1, 1).u(24, 0x10101).u(1, 1).ue(2, 2)
    .u(3, 5).u(1, 1).ue(0, 8, 0, 6),
}  # fmt: skip


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("vui", VUI)
def test_the_frame_rate_of_a_sequence_parameter_set(between: str, vui: str) -> None:
    out = written_until_order(Writer(), [], [3], all_layers=False, crop=True)
    out.ue(0, 3, 0, 3, 0, 0).then(BETWEEN[between]).u(1, 1).then(VUI[vui])
    out.u(1, 1).u(32, 1001).u(32, 60_000).u(1, 0).ue(0).u(1, 0)
    found = h265.sequence_of(out.nal(33))
    assert (found.width, found.depth, found.fps) == (1910, 3, 59.94)


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_random_parameter_sets_are_read_or_refused(data: bytes) -> None:
    try:
        found = h265.sequence_of(nal(33, data))
    except PeerError:
        return
    assert 16 <= found.width <= 16_384
    assert 16 <= found.height <= 16_384
    assert 0 <= found.depth <= 16


@given(
    which=st.integers(0, 2), at=st.integers(2, 60), flip=st.integers(1, 255), cut=st.integers(0, 60), rest=st.binary()
)
@settings(max_examples=300)
def test_damaged_parameter_sets_never_raise_into_the_packet_path(
    which: int, at: int, flip: int, cut: int, rest: bytes
) -> None:
    good = CODED.sets[which]
    at %= len(good)
    damaged = good[:at] + bytes((good[at] ^ flip,)) + good[at + 1 :]
    for one in (damaged, good[:cut], damaged[:cut], good[:cut] + rest):
        sets = (*CODED.sets[:which], one, *CODED.sets[which + 1 :])
        if all(sets):
            fed(sent([*sets, IDR]))
        found = H265Depacketizer((sets[0], sets[1], sets[2])).parameters
        if found is not None:
            assert h265.configured(found.configuration) == found
