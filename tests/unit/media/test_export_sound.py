"""G.711 in the file of a clip: every octet at its time, and silence where there is none."""

from dataclasses import replace
from pathlib import Path

import av
import pytest
from tests.unit.media import coding

from mingjian.media.export.mp4 import Mp4
from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import PictureRun, SoundRun
from mingjian.media.formats.samples import samples

PICTURES = coding.pictures("h264", count=50)
SILENCE = {"alaw": 0xD5, "ulaw": 0xFF}


def written(path: Path, heard: coding.Heard, places: list[tuple[bytes, int, int]]) -> bytes:
    """The octets of the sound in a clip of two seconds whose pieces are (octets, at, samples)."""
    frames = PICTURES.frames()
    run = PictureRun(fmp4.LEAD_TICKS, [one.data for one in frames], [3600] * 50, [one.key for one in frames])
    size = heard.parameters.channels * heard.samples
    fragment = fmp4.fragment(1, run, 0, SoundRun(heard.parameters.rate, [bytes(size)], [heard.samples]))
    parameters = replace(PICTURES.parameters, sound=heard.parameters)
    mp4 = Mp4(path, parameters, fragment, title="东门", created_us=0)
    for number, sample in enumerate(samples(fragment)):
        mp4.write(sample, number * 3600)
    for piece, at, lasts in places:
        mp4.hear(piece, at, lasts)
    mp4.close()
    with av.open(str(path)) as movie:
        (sound,) = movie.streams.audio
        assert sound.codec_context.name == {"alaw": "pcm_alaw", "ulaw": "pcm_mulaw"}[heard.parameters.codec]
        assert (sound.rate, sound.channels) == (heard.parameters.rate, heard.parameters.channels)
        assert movie.metadata["major_brand"] == "mp42"
        assert sum(1 for one in movie.demux(video=0) if one.size) == 50
        movie.seek(0)
        return b"".join(bytes(one) for one in movie.demux(audio=0) if one.size)


@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
@pytest.mark.parametrize("channels", [1, 2])
def test_octets_are_those_that_were_recorded(tmp_path: Path, codec: str, channels: int) -> None:
    heard = coding.sound(codec, 8_000, channels, 100)
    places = [(piece, 160 * number, 160) for number, piece in enumerate(heard.pieces)]
    assert written(tmp_path / "a.mp4", heard, places) == b"".join(heard.pieces)


@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
def test_a_hole_is_silence(tmp_path: Path, codec: str) -> None:
    """Players count octets: whatever were left out would bring all that follows too early."""
    heard = coding.sound(codec, 8_000, 1, 100)
    first, rest = heard.pieces[:20], heard.pieces[40:]
    places = [(piece, 160 * number, 160) for number, piece in enumerate(first)]
    places[10] = (first[10], 1600, 160 + 80)  # a hole inside a fragment makes the piece before it last longer
    places = places[:11] + [(piece, at + 80, lasts) for piece, at, lasts in places[11:]]
    places += [(piece, 6400 + 160 * number, 160) for number, piece in enumerate(rest)]
    found, quiet = written(tmp_path / "a.mp4", heard, places), bytes((SILENCE[codec],))
    before = b"".join(first[:11]) + quiet * 80 + b"".join(first[11:])
    assert found == before + quiet * (6400 - len(before)) + b"".join(rest)


def test_rounding_between_fragments_is_no_hole(tmp_path: Path) -> None:
    heard = coding.sound("alaw", 8_000, 1, 100)
    places = [(piece, 160 * number + number % 3 - 1, 160) for number, piece in enumerate(heard.pieces)]
    assert written(tmp_path / "a.mp4", heard, places) == b"".join(heard.pieces)
