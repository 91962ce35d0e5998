"""The picture of the load cameras: a drifting textured ground, moving boxes and noise, so that the rate is reached."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt

from mingjian.simulate import blockcode, clips, nal
from mingjian.simulate.encode import Settings, from_luma_chroma

VERSION: Final = 1
_NOISE_SHEETS: Final = 16


def load_clip(
    cache: Path,
    codec: nal.Codec,
    width: int,
    height: int,
    fps: int,
    kbps: int,
    seconds: int = 10,
    *,
    b_frames: int = 0,
    open_gop: bool = False,
) -> clips.Clip:
    """The load clip for these settings, from the cache directory or made now (some seconds).

    The block code in each picture holds the index of the frame in the clip, in the order of showing.
    """
    preset = "veryfast" if codec == "h264" else "ultrafast"
    settings = Settings(
        codec, width, height, Fraction(fps), kbps, gop=2 * fps, preset=preset, b_frames=b_frames, open_gop=open_gop
    )
    more = f"-b{b_frames}" * bool(b_frames) + "-open" * open_gop
    name = f"load-v{VERSION}-{codec}-{width}x{height}-{fps}fps-{kbps}kbps-{seconds}s{more}.mjclip"
    return clips.cached(cache / name, lambda: clips.make(settings, pictures(width, height, fps * seconds)))


def pictures(width: int, height: int, count: int) -> Iterator[av.VideoFrame]:
    """`count` moving pictures, the same ones each time."""
    random = np.random.default_rng(20260101)
    ground = _ground(random, width, height)
    noise = [random.normal(0, 5, (height, width)).astype(np.int16) for _ in range(_NOISE_SHEETS)]
    chroma = _chroma(width, height)
    for index in range(count):
        luma = np.roll(ground, 2 * index, axis=1) + noise[index % _NOISE_SHEETS]
        _boxes(luma, index)
        planes = np.vstack([luma.clip(16, 235).astype(np.uint8), chroma])
        blockcode.draw(planes[:height], index)
        yield from_luma_chroma(planes)


def _ground(random: np.random.Generator, width: int, height: int) -> npt.NDArray[np.int16]:
    rows, columns = np.mgrid[0:height, 0:width]
    waves = 40 * np.sin(columns * (2 * np.pi * 6 / width)) + 30 * np.sin(rows / 37) + 12 * np.sin(columns * rows / 9000)
    grain = random.normal(0, 14, (height // 4 + 1, width // 4 + 1)).repeat(4, axis=0).repeat(4, axis=1)
    return np.asarray(120 + waves + grain[:height, :width], dtype=np.int16)


def _chroma(width: int, height: int) -> npt.NDArray[np.uint8]:
    ramp = np.linspace(110, 146, width // 2).astype(np.uint8)
    plane = np.tile(ramp, (height // 2, 1))
    return np.concatenate([plane.reshape(-1), plane[:, ::-1].reshape(-1)]).reshape(height // 2, width)


def _boxes(luma: npt.NDArray[np.int16], index: int) -> None:
    height, width = luma.shape
    size = height // 8
    for box in range(6):
        x = (index * (3 + 2 * box) + box * width // 6) % (width - size)
        y = (box * height // 7 + index * (box % 3)) % (height - size)
        luma[y : y + size, x : x + size] = 40 + 30 * box
