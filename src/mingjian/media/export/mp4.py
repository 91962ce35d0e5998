"""One MP4 that plays anywhere, from stored frames as they are: libav writes the container, nothing is encoded."""

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Final

import av

from mingjian.kernel.clock import to_datetime
from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats import fmp4
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.formats.samples import Sample, samples

_TIME_BASE: Final = Fraction(1, TICKS_PER_SECOND)


class Mp4:
    """A file being written. Frames with a time below zero are kept for the decoder and hidden by an edit list.

    The index stands in front of the pictures once it is closed, so that a player can begin before it has everything.
    Raises av.FFmpegError, also as OSError where the system refuses.
    """

    def __init__(
        self, path: Path, parameters: VideoParameters, fragment: bytes, *, title: str, created_us: int
    ) -> None:
        """`fragment` is any of this part: libav learns from it what `parameters` leave open."""
        self.frames = 0
        self._last = -(1 << 62)
        # libav wants no picture to be shown before it is decoded: decoding is moved ahead.
        self._ahead = max(0, *(-one.shift for one in samples(fragment)))
        self._out = av.open(
            str(path),
            "w",
            format="mp4",
            options={"movflags": "faststart", "video_track_timescale": str(TICKS_PER_SECOND)},
        )
        try:
            with av.open(BytesIO(fmp4.init(parameters) + fragment), "r", format="mp4") as template:
                self._stream = self._out.add_stream_from_template(template.streams.video[0])
            self._stream.time_base = _TIME_BASE
            self._out.metadata["title"] = title
            self._out.metadata["creation_time"] = to_datetime(created_us).isoformat()
        except BaseException:
            self._out.close()
            raise

    def write(self, sample: Sample, ticks: int) -> None:
        """Add a frame decoded at `ticks` (90 kHz); decode times only grow, by a tick where two would meet."""
        decoded = self._last = max(ticks - self._ahead, self._last + 1)
        packet = av.Packet(bytes(sample.data))
        packet.stream = self._stream
        packet.time_base = _TIME_BASE
        packet.pts, packet.dts = max(ticks + sample.shift, decoded), decoded
        packet.duration = sample.duration_ticks
        packet.is_keyframe = sample.key
        self._out.mux_one(packet)
        self.frames += 1

    def close(self) -> None:
        """Write the index and move it to the front."""
        self._out.close()
