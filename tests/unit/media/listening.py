"""Files of footage, judged: every picture by its number, every piece of sound by its octets, and what ffmpeg says."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from mingjian.media.formats import fmp4, samples
from mingjian.media.formats.frames import SoundParameters
from mingjian.simulate.sound import tones


def sealed_fragments(data: bytes, init_size: int) -> Iterator[bytes]:
    """The fragments of a file, without their seals; all of it must be sealed."""
    at = init_size
    while at < len(data):
        found = fmp4.find(lambda offset, length: data[offset : offset + length], at)
        assert found is not None, f"no sealed fragment at {at} of {len(data)}"
        yield data[at : at + found.length - fmp4.SEAL_SIZE]
        at += found.length


def sound_pieces(data: bytes) -> tuple[SoundParameters | None, list[bytes]]:
    """What a file says of its sound, and the pieces of it; they must lie one behind the other."""
    found = fmp4.configuration(data)
    assert found is not None
    size, _, _, parameters = found
    pieces: list[bytes] = []
    end = 0
    for fragment in sealed_fragments(data, size):
        heard = samples.sound(fragment)
        if heard is not None:
            assert heard.decode_samples >= end
            end = heard.decode_samples + sum(heard.samples)
            pieces += map(bytes, heard.pieces)
    return parameters, pieces


def complaints(file: Path) -> list[str]:
    """What ffmpeg warns of when it decodes all of a file."""
    command = ["ffmpeg", "-nostdin", "-v", "warning", "-threads", "1", "-i", str(file), "-map", "0", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    # It says so of every file with G.711, which names no loudspeaker.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Guessed Channel Layout")]
    return said + ([f"exit code {done.returncode}"] if done.returncode else [])


def key_times(file: Path) -> list[float]:
    """When key frames are shown, in seconds of the file."""
    with av.open(str(file)) as container:
        video = container.streams.video[0]
        return [
            float(one.pts * one.time_base) for one in container.demux(video) if one.is_keyframe and one.pts is not None
        ]


def tone_times(file: Path) -> tuple[list[float], tuple[float, float]]:
    """When tones begin, in seconds of the file; from when to when there is sound."""
    with av.open(str(file)) as container:
        frames = list(container.decode(audio=0))
    rate = frames[0].sample_rate
    first = frames[0].time or 0.0
    end = (frames[-1].time or 0.0) + frames[-1].samples / rate
    laid = np.zeros(round((end - first) * rate) + 1, np.float32)
    for one in frames:
        heard = one.to_ndarray()
        plane = heard[0] if one.format.is_planar else heard.reshape(-1, len(one.layout.channels))[:, 0]
        values = plane / 32_768 if plane.dtype == np.int16 else plane
        at = round(((one.time or 0.0) - first) * rate)
        laid[at : at + len(values)] = values[: len(laid) - at]
    return [first + one for one in tones(laid, rate)], (first, end)
