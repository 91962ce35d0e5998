import struct
from collections.abc import Iterator
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.simulate import nal
from mingjian.simulate.encode import AccessUnit
from mingjian.simulate.packets import MAX_PAYLOAD, Template, behind, framed, packetise

HEADS: dict[nal.Codec, list[bytes]] = {
    "h264": [b"\x67sps", b"\x68pps"],
    "h265": [b"\x40\x01vps", b"\x42\x01sps", b"\x44\x01pps"],
}
SLICE: dict[nal.Codec, bytes] = {"h264": b"\x65", "h265": b"\x26\x01"}
codecs = st.sampled_from(get_args(nal.Codec))


def unit(codec: nal.Codec, slices: list[int]) -> AccessUnit:
    pictures = [SLICE[codec] + bytes(i % 251 for i in range(size)) for size in slices]
    return AccessUnit((*HEADS[codec], nal.numbering(codec), *pictures), key=True, timestamp_90k=0)


def packets(data: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        mark, _channel, size = struct.unpack_from(">BBH", data, position)
        assert mark == 0x24
        yield data[position + 4 : position + 4 + size]
        position += 4 + size
    assert position == len(data)


def units(codec: nal.Codec, payloads: list[bytes]) -> list[bytes]:
    """The reader's side of RFC 6184 and RFC 7798, written from the text."""
    header = 1 if codec == "h264" else 2
    found: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & 31 if codec == "h264" else payload[0] >> 1 & 63
        if codec == "h265" and kind == 50:  # PACI (RFC 7798 4.4.4), without extensions
            fields = int.from_bytes(payload[2:4], "big")
            assert fields & 0x01FF == 0
            found.append(bytes((fields >> 15 << 7 | fields >> 9 << 1 & 0x7E | payload[0] & 1, payload[1])))
            found[-1] += payload[4:]
        elif kind in {24, 48} and (kind == 48) == (codec == "h265"):
            rest = payload[header:]
            while rest:
                size = int.from_bytes(rest[:2], "big")
                found.append(rest[2 : 2 + size])
                rest = rest[2 + size :]
        elif kind == (28 if codec == "h264" else 49):
            flags, piece = payload[header], payload[header + 1 :]
            if flags & 0x80:
                if codec == "h264":
                    found.append(bytes((payload[0] & 0xE0 | flags & 31,)))
                else:
                    found.append(bytes((payload[0] & 0x81 | (flags & 63) << 1, payload[1])))
            found[-1] += piece
        else:
            found.append(payload)
    return found


@given(
    codecs,
    st.lists(st.integers(0, 6000), min_size=1, max_size=4),
    st.booleans(),
    st.booleans(),
    st.sampled_from([100, 700, MAX_PAYLOAD]),
)
def test_what_is_cut_can_be_put_together(
    codec: nal.Codec, slices: list[int], aggregate: bool, paci: bool, room: int
) -> None:
    whole = unit(codec, slices)
    cut = list(packets(packetise(codec, whole, aggregate=aggregate, paci=paci, max_payload=room).data))
    assert units(codec, [packet[12:] for packet in cut]) == list(whole.nals)
    assert max(len(packet) for packet in cut) <= 12 + room + 2 * paci
    assert [packet[1] >> 7 for packet in cut] == [0] * (len(cut) - 1) + [1]


@given(codecs, st.sampled_from([MAX_PAYLOAD - 2, MAX_PAYLOAD - 1, MAX_PAYLOAD, MAX_PAYLOAD + 1, 2 * MAX_PAYLOAD]))
def test_a_fragmented_unit_has_a_start_and_an_end(codec: nal.Codec, size: int) -> None:
    cut = [packet[12:] for packet in packets(packetise(codec, unit(codec, [size])).data)]
    header = 1 if codec == "h264" else 2
    kinds = [payload[0] & 31 if codec == "h264" else payload[0] >> 1 & 63 for payload in cut]
    flags = [p[header] >> 6 for p, kind in zip(cut, kinds, strict=True) if kind == (28 if codec == "h264" else 49)]
    assert not flags or flags == [2, *[0] * (len(flags) - 2), 1]


@given(codecs, st.integers(0, 2**17), st.integers(0, 2**34), st.sampled_from([0, 2, 254]))
def test_only_the_changing_fields_change(codec: nal.Codec, sequence: int, timestamp: int, channel: int) -> None:
    template: Template = packetise(codec, unit(codec, [5000]))
    before = template.data
    sent = bytes(template.stamped(channel, sequence, timestamp, 0xDEADBEEF, nal.digits(77, 3)))
    assert template.data == before
    assert sent[1] == channel
    for index, (packet, plain) in enumerate(zip(packets(sent), packets(before), strict=True)):
        _, _, number, stamp, ssrc = struct.unpack_from(">BBHII", packet)
        assert (number, stamp, ssrc) == ((sequence + index) & 0xFFFF, timestamp & 0xFFFFFFFF, 0xDEADBEEF)
        assert packet[:2] == plain[:2]
    after = units(codec, [packet[12:] for packet in packets(sent)])
    assert after == [nal.numbering(codec, 77, 3) if n == nal.numbering(codec) else n for n in unit(codec, [5000]).nals]


@pytest.mark.parametrize("codec", get_args(nal.Codec))
def test_parameter_sets_share_a_packet_when_asked(codec: nal.Codec) -> None:
    assert len(packetise(codec, unit(codec, [10])).packets) == len(HEADS[codec]) + 2
    assert len(packetise(codec, unit(codec, [10]), aggregate=True).packets) == 3


def test_one_template_behind_another_is_one_frame() -> None:
    extra = framed([b"one", b"two"], 96, marked=False)
    both = behind(extra, packetise("h264", unit("h264", [3000])))
    sent = bytes(both.stamped(0, 10, 90, 7, nal.digits(5, 1)))
    cut = list(packets(sent))
    assert [packet[12:] for packet in cut[:2]] == [b"one", b"two"]
    assert [struct.unpack_from(">H", packet, 2)[0] for packet in cut] == list(range(10, 10 + len(cut)))
    assert [packet[1] >> 7 for packet in cut] == [0] * (len(cut) - 1) + [1]
    assert nal.numbering("h264", 5, 1) in [packet[12:] for packet in cut]
    assert both.payload_octets == sum(len(packet) - 12 for packet in cut)
