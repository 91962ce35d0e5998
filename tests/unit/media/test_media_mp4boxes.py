"""What an init segment says of picture and sound: libav reads it so, and it is read back from it."""

import io
import struct
from dataclasses import replace

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media import coding

from mingjian.media.formats import fmp4, h264, h265
from mingjian.media.formats.frames import SoundParameters, VideoParameters
from mingjian.media.formats.mp4boxes import sound_of

CREATED_US = 1_750_000_000_000_000
RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350]


def aac(rate: int, channels: int) -> SoundParameters:
    """AudioSpecificConfig of AAC-LC, ISO/IEC 14496-3 section 1.6.2.1."""
    coded = 2 << 11 | RATES.index(rate) << 7 | channels << 3
    return SoundParameters("aac", rate, channels, coded.to_bytes(2, "big"))


SOUNDS: list[SoundParameters | None] = [
    None,
    *(aac(rate, channels) for rate in RATES for channels in (1, 2)),
    *(
        SoundParameters(codec, rate, channels)
        for codec in ("alaw", "ulaw")
        for rate in (8_000, 16_000, 48_000)
        for channels in (1, 2)
    ),
]
PICTURES = {
    "h264": coding.pictures("h264").parameters,
    "h264, B-frames": coding.pictures("h264", "bframes=3:b-pyramid=normal:ref=4").parameters,
    "h265": coding.pictures("h265").parameters,
    "h265, cropped": coding.pictures("h265", "bframes=0", 3, 1366, 766).parameters,
}


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("sound", SOUNDS, ids=str)
def test_what_was_written_is_read(picture: str, sound: SoundParameters | None) -> None:
    parameters = replace(PICTURES[picture], sound=sound)
    init = fmp4.init(parameters, CREATED_US)
    found = fmp4.configuration(init + bytes(1000))
    assert found is not None
    size, codec, content, heard = found
    assert (size, codec, content, heard) == (len(init), parameters.codec, parameters.configuration, sound)
    again = (h264 if codec == "h264" else h265).configured(content)
    assert again is not None
    assert fmp4.init(replace(again, sound=heard), CREATED_US) == init


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("sound", SOUNDS, ids=str)
def test_libav_reads_it(picture: str, sound: SoundParameters | None) -> None:
    parameters = replace(PICTURES[picture], sound=sound)
    with av.open(io.BytesIO(fmp4.init(parameters, CREATED_US)), "r", format="mp4") as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == (
            {"h264": "h264", "h265": "hevc"}[parameters.codec],
            parameters.width,
            parameters.height,
        )
        assert video.codec_context.extradata == parameters.configuration
        assert len(container.streams.audio) == bool(sound)
        if sound:
            heard = container.streams.audio[0]
            name = {"aac": "aac", "alaw": "pcm_alaw", "ulaw": "pcm_mulaw"}[sound.codec]
            assert (heard.codec_context.name, heard.time_base.denominator) == (name, sound.rate)  # type: ignore[union-attr]
            assert heard.codec_context.channels == sound.channels
            assert heard.codec_context.sample_rate == sound.rate
            if sound.codec == "aac":
                assert heard.codec_context.extradata == sound.configuration


def boxes(data: bytes, at: int, end: int) -> list[tuple[bytes, int, int]]:
    found = []
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        assert 8 <= size <= end - at, (kind, size)
        found.append((kind, at, at + size))
        at += size
    return found


@pytest.mark.parametrize("sound", [None, aac(16_000, 1), SoundParameters("ulaw", 8_000, 1)], ids=str)
def test_boxes_fit_into_each_other(sound: SoundParameters | None) -> None:
    init = fmp4.init(replace(PICTURES["h265"], sound=sound), CREATED_US)
    ftyp, moov = boxes(init, 0, len(init))
    assert (ftyp[0], moov[0]) == (b"ftyp", b"moov")
    assert b"hvc1" in init[ftyp[1] : ftyp[2]]
    inside = boxes(init, moov[1] + 8, moov[2])
    assert [kind for kind, _, _ in inside] == [b"mvhd", *[b"trak"] * (2 if sound else 1), b"mvex"]
    for kind, at, end in inside:
        if kind == b"trak":
            header, media = boxes(init, at + 8, end)
            assert (header[0], media[0]) == (b"tkhd", b"mdia")
            assert [one for one, _, _ in boxes(init, media[1] + 8, media[2])] == [b"mdhd", b"hdlr", b"minf"]
    extends = boxes(init, inside[-1][1] + 8, inside[-1][2])
    numbers = [int.from_bytes(init[at + 12 : at + 16], "big") for _, at, _ in extends]
    assert numbers == ([1, 2] if sound else [1])


@given(st.binary(min_size=2, max_size=64))
def test_any_configuration_comes_back(configuration: bytes) -> None:
    sound = SoundParameters("aac", 16_000, 1, configuration)
    init = fmp4.init(replace(PICTURES["h264"], sound=sound))
    found = fmp4.configuration(init)
    assert found is not None
    assert found[3] == sound or any(word in configuration for word in (b"mdhd", b"mp4a", b"smhd"))


@given(st.binary(max_size=400), st.integers(0, 300), st.sampled_from(["h264", "h265"]))
def test_rubbish_is_no_init(data: bytes, at: int, codec: str) -> None:
    """What is found is to be proven; what is not there is never an error."""
    init = fmp4.init(replace(PICTURES[codec], sound=aac(8_000, 1)))
    for one in (data, init[:at], init[:at] + data, init[:at] + data + init[at + len(data) :]):
        found = fmp4.configuration(one)
        if found is not None:
            assert found[0] <= len(one)
            (h264 if found[1] == "h264" else h265).configured(found[2])
        sound_of(one)


def test_the_parameters_that_a_viewer_is_told() -> None:
    assert aac(16_000, 1).mime == "mp4a.40.2"
    assert SoundParameters("alaw", 8_000, 1).mime == "alaw"
    assert isinstance(PICTURES["h264"], VideoParameters)
