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
# One octet of G.711 that is no sound, by law: libav's table of MP4 has no place for a hole between its samples.
_SILENCE: Final = {"alaw": b"\xd5", "ulaw": b"\xff"}
# Rounding between fragments; holes are longer.
_SEAM_S: Final = 0.01


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
        self._heard = 0
        sound = parameters.sound
        self.sound_codec = sound.codec if sound else ""
        self.sound_rate = sound.rate if sound else 0
        self._silence = _SILENCE.get(sound.codec, b"") * sound.channels if sound else b""
        # libav wants no picture to be shown before it is decoded: decoding is moved ahead.
        self._ahead = max(0, *(-one.shift for one in samples(fragment)))
        options = {"movflags": "faststart", "video_track_timescale": str(TICKS_PER_SECOND)}
        # libav writes G.711 into QuickTime files alone. Under the brand of MP4 it is the same file.
        kind, more = ("mov", {"brand": "mp42"}) if self._silence else ("mp4", {})
        self._out = av.open(str(path), "w", format=kind, options={**options, **more})
        try:
            with av.open(BytesIO(fmp4.init(parameters) + fragment), "r", format="mp4") as template:
                self._stream = self._out.add_stream_from_template(template.streams.video[0])
                self._sound = self._out.add_stream_from_template(template.streams.audio[0]) if sound else None
            self._stream.time_base = _TIME_BASE
            if self._sound is not None:
                self._sound.time_base = Fraction(1, self.sound_rate)
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

    def hear(self, piece: bytes, at: int, samples: int) -> None:
        """Add sound at `at` samples; what begins before zero, or before the last piece ended, is left out.

        G.711 is laid without holes: where nothing was recorded there is silence.
        """
        if self._sound is None or at < self._heard - samples // 2:
            return
        at = max(at, self._heard)
        if self._silence:
            if 0 < at - self._heard <= _SEAM_S * self.sound_rate and self._heard:
                at = self._heard
            self._lay(self._sound, self._silence * (at - self._heard), self._heard, at - self._heard)
            piece = piece.ljust(samples * len(self._silence), self._silence[:1])
        self._lay(self._sound, piece, at, samples)

    def _lay(self, sound: av.AudioStream, piece: bytes, at: int, samples: int) -> None:
        if not piece:
            return
        packet = av.Packet(piece)
        packet.stream = sound
        packet.time_base = Fraction(1, self.sound_rate)
        packet.pts = packet.dts = at
        packet.duration = samples
        self._heard = at + samples
        self._out.mux_one(packet)

    def close(self) -> None:
        """Write the index and move it to the front."""
        self._out.close()
