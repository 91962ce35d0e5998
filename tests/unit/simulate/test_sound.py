"""Sound is judged by libav's decoders."""

import struct
from typing import Literal

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext

from mingjian.simulate import sound
from mingjian.simulate.packets import Template
from mingjian.simulate.sound import SoundSource, aac, g711, order, other, tones


def payloads(template: Template) -> list[bytes]:
    found, at = [], 0
    while at < len(template.data):
        size = int.from_bytes(template.data[at + 2 : at + 4], "big")
        found.append(template.data[at + 16 : at + 4 + size])
        at += 4 + size
    return found


def access_units(template: Template) -> list[bytes]:
    """The reader's side of RFC 3640 3.2.1 and 3.3.6, written from the text; fragments are joined."""
    found: list[bytes] = []
    for payload in payloads(template):
        bits = int.from_bytes(payload[:2], "big")
        assert bits % 16 == 0
        headers = struct.unpack_from(f">{bits // 16}H", payload, 2)
        assert all(header & 7 == 0 for header in headers)
        rest, sizes = payload[2 + bits // 8 :], [header >> 3 for header in headers]
        if len(sizes) == 1 and found and len(found[-1]) < sizes[0]:
            found[-1] += rest
        else:
            for size in sizes:
                found.append(rest[:size])
                rest = rest[size:]
            assert not rest
    return found


def decoded(source: SoundSource, decoder: str, configuration: bytes = b"") -> np.ndarray:
    context = av.CodecContext.create(decoder, "r")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout = source.clock, "mono" if source.channels == 1 else "stereo"
    if configuration:
        context.extradata = configuration
    pieces = []
    for frame in source.frames:
        for out in context.decode(av.Packet(frame)):
            samples = out.to_ndarray()[0]
            pieces.append(samples / 32768 if samples.dtype == np.int16 else samples)
    return np.concatenate(pieces)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16_000, 1), (16_000, 2), (48_000, 2)])
def test_aac_decodes_and_a_tone_begins_each_second(rate: int, channels: int) -> None:
    source = aac(rate, channels)
    assert len(set(source.frames)) == len(source.frames)
    assert len(source.frames) * 1024 % rate == 0
    configuration = bytes.fromhex(source.format.rpartition("config=")[2])
    assert len(configuration) == 2
    assert configuration[0] >> 3 == 2  # AAC LC
    heard = decoded(source, "aac", configuration)
    assert len(heard) == len(source.frames) * 1024
    begins = tones(heard, rate)[1:]  # the first one began before the loop's first frame could be decoded alone
    assert begins == pytest.approx(range(1, len(begins) + 1), abs=0.02)
    assert len(begins) == len(heard) // rate - 1


@pytest.mark.parametrize(("law", "decoder"), [("alaw", "pcm_alaw"), ("ulaw", "pcm_mulaw")])
def test_g711_decodes_and_a_tone_begins_each_second(law: Literal["alaw", "ulaw"], decoder: str) -> None:
    source = g711(law, packet_ms=20)
    assert [len(frame) for frame in source.frames] == [160] * 100
    assert [payloads(template) for template in source.templates] == [[frame] for frame in source.frames]
    assert tones(decoded(source, decoder), 8000) == pytest.approx([0, 1], abs=0.005)


@pytest.mark.parametrize(("units", "room"), [(1, 1400), (5, 1400), (1, 60)])
def test_aac_is_packed_as_the_text_says(units: int, room: int) -> None:
    source = aac(16_000, kbps=24, units_in_packet=units, max_payload=room)
    got = [unit for template in source.templates for unit in access_units(template)]
    assert tuple(got) == source.frames
    assert order(source, got) == list(range(125))
    assert order(source, [b"?"]) == [-1]
    assert float(source.step) == units * 0.064
    assert {len(payload) for template in source.templates for payload in payloads(template)} <= set(range(room + 1))
    cut = max(len(template.packets) for template in source.templates)
    assert (cut > 1) == (room == 60)


def test_what_makes_no_loop_is_refused() -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        aac(44_100)
    with pytest.raises(ValueError, match="whole seconds"):
        aac(16_000, units_in_packet=3)


def test_another_codec_is_a_name_and_octets() -> None:
    source = other("G726-32", 8000)
    assert (source.encoding, source.samples) == ("G726-32", 160)
    assert payloads(source.templates[3]) == [source.frames[3]]


def test_tones_are_found_where_they_begin() -> None:
    samples = np.zeros(16_000)
    samples[4000:4600] = 0.3
    samples[12_000:12_600] = -0.3
    assert sound.tones(samples, 8000) == pytest.approx([0.5, 1.5], abs=0.003)
