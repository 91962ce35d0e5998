"""The camera that encodes while you watch: the scene of a clip, with the time of capture written into every picture.

Each picture carries the date and time (China Standard Time, milliseconds) at the top right and, at the top left, the
block code of the time of capture in milliseconds since the Unix epoch modulo 2**32, so that the delay to a screen can
be read from the screen.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from mingjian.simulate import blockcode, nal
from mingjian.simulate.clips import Clip
from mingjian.simulate.encode import Encoder, Settings, from_luma_chroma
from mingjian.simulate.packets import Template, packetise
from mingjian.simulate.scenes.lettering import label
from mingjian.simulate.sources import Sink

CHINA: Final = timezone(timedelta(hours=8))
CODE_BITS: Final = 32
MIN_WIDTH: Final = 640
_TEXT_SIZE: Final = 24
_LETTERS: Final = "0123456789-:. "
_PADDING: Final = 8

Luma = npt.NDArray[np.uint8]


class LiveCamera:
    """A source whose pictures are made now, in a thread, while somebody is subscribed.

    The clip must last one minute; its frame k is shown at second k / fps of the wall-clock minute.
    """

    def __init__(self, clip: Clip, *, kbps: int = 1500) -> None:
        if clip.duration_s != 60 or clip.codec != "h264":
            raise ValueError("the scene of a live camera is one minute of H.264")
        if clip.width < MIN_WIDTH:
            raise ValueError(f"the code and the time need {MIN_WIDTH} pixels, the scene is {clip.width} wide")
        self.codec: nal.Codec = "h264"
        self.fps: Fraction = clip.fps
        self._clip = clip
        self._settings = Settings(
            "h264", clip.width, clip.height, clip.fps, kbps, gop=int(clip.fps), preset="ultrafast", threads=1,
            low_delay=True, profile="baseline",
        )  # fmt: skip
        self.parameter_sets = self._probe()
        self._sinks: list[Sink] = []
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None

    def subscribe(self, sink: Sink) -> None:
        self._sinks.append(sink)
        if self._stop is None:
            self._stop = threading.Event()
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._work, args=(loop, self._stop), name="live camera", daemon=True)
            self._thread.start()

    def unsubscribe(self, sink: Sink) -> None:
        self._sinks.remove(sink)
        if not self._sinks and self._stop is not None:
            self._stop.set()
            self._stop = None

    def close(self) -> None:
        """End the work and wait for its thread."""
        self._sinks.clear()
        if self._stop is not None:
            self._stop.set()
            self._stop = None
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _probe(self) -> tuple[bytes, ...]:
        """The parameter sets the encoder will send: encode one picture and look."""
        encoder = Encoder(self._settings)
        encoder.feed(av.VideoFrame(self._clip.width, self._clip.height, "yuv420p"))
        encoder.finish()
        return encoder.parameter_sets

    def _work(self, loop: asyncio.AbstractEventLoop, stop: threading.Event) -> None:
        """Runs in the thread. Every run has an encoder of its own and so begins with a key frame."""
        encoder, stamp = Encoder(self._settings), Stamp(self._clip.width)
        first = index = int(time.time() * self.fps) + 1
        scene = _decoded(self._clip, index)
        while not stop.wait(max(0.0, float(index / self.fps) - time.time())):
            planes = next(scene)
            captured = time.time_ns() // 1_000_000
            stamp.write(planes, self._clip.height, captured)
            ticks = round((index - first) * 90000 / self.fps)
            for unit in encoder.feed(from_luma_chroma(planes)):
                template = packetise("h264", unit)
                try:
                    loop.call_soon_threadsafe(self._deliver, stop, template, ticks)
                except RuntimeError:  # the loop has been closed
                    return
            index += 1
            behind = int(time.time() * self.fps) - index
            if abs(behind) > self.fps:  # the clock was set, or the machine slept
                index += behind + 1
                scene = _decoded(self._clip, index)

    def _deliver(self, stop: threading.Event, template: Template, ticks: int) -> None:
        if not stop.is_set():
            for sink in tuple(self._sinks):
                sink(template, ticks)


class Stamp:
    """Writes the time of capture on luma planes, from letters drawn once."""

    def __init__(self, width: int) -> None:
        letters = {letter: label(letter, _TEXT_SIZE, (255, 255, 255)) for letter in _LETTERS}
        advance = max(letters[digit].width for digit in "0123456789")
        self._glyphs = {letter: _glyph(image, advance) for letter, image in letters.items()}
        self._right = width - 16

    def write(self, planes: Luma, height: int, captured_ms: int) -> None:
        """Stamp I420 `planes` of shape (height * 3 / 2, width) with a time in milliseconds since the Unix epoch."""
        text = np.hstack([self._glyphs[letter] for letter in written(captured_ms)])
        box = np.pad(text, _PADDING, constant_values=16)
        box = box[: box.shape[0] // 2 * 2, : box.shape[1] // 2 * 2]
        left, top = (self._right - box.shape[1]) // 2 * 2, 16
        planes[top : top + box.shape[0], left : left + box.shape[1]] = box
        _grey(planes, height, left, top, box.shape)
        blockcode.draw(planes[:height], captured_ms % (1 << CODE_BITS))


def written(captured_ms: int) -> str:
    """`YYYY-MM-DD HH:MM:SS.mmm` in China Standard Time."""
    moment = datetime.fromtimestamp(captured_ms // 1000, UTC).astimezone(CHINA)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{captured_ms % 1000:03d}"


def _glyph(image: Image.Image, advance: int) -> Luma:
    """The letter in a cell of fixed width, as limited-range luma."""
    cell = np.full((image.height, advance), 16, np.uint8)
    shown = np.asarray(image.getchannel("A"), np.float32)[:, :advance] * (219 / 255) + 16
    start = (advance - shown.shape[1]) // 2
    cell[:, start : start + shown.shape[1]] = shown.astype(np.uint8)
    return cell


def _grey(planes: Luma, height: int, left: int, top: int, shape: tuple[int, ...]) -> None:
    """Take the colour from a rectangle: its part of both chroma planes, which lie half a row each below the luma."""
    width = planes.shape[1]
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    chroma[:, top // 2 : (top + shape[0]) // 2, left // 2 : (left + shape[1]) // 2] = 128


def _decoded(clip: Clip, index: int) -> Iterator[Luma]:
    """The pictures of the looping clip from frame `index` on, as I420 planes one may write on."""
    count = len(clip.units)
    wanted = index % count
    start = wanted
    while not clip.units[start].key:
        start -= 1
    skip = wanted - start
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    position = start
    while True:
        coded = b"".join(b"\x00\x00\x00\x01" + unit for unit in clip.units[position % count].nals)
        position += 1
        for frame in decoder.decode(av.Packet(coded)):
            if skip:
                skip -= 1
            else:
                yield np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)
