"""What the recorder counts; reported once a second or once a flush, never per packet."""

from collections.abc import Iterable
from typing import Final

from mingjian.kernel.metrics import Counter, Gauge, Histogram

# Each process that records is a member; what they count is added up, what they have is told of each.
CHANNELS: Final = Gauge("mingjian_media_channels", "Channels that this member records", ("member",))
FRAMES: Final = Gauge("mingjian_media_frames_received", "Frames received since the process started", ("member",))
WRITTEN: Final = Counter("mingjian_media_written_bytes_total", "Bytes of fragments made durable")
FRAGMENTS: Final = Counter("mingjian_media_fragments_total", "Fragments made durable")
FLUSH_SECONDS: Final = Histogram(
    "mingjian_media_flush_seconds",
    "Duration of a flush",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def flushed(written: int, fragments: int, seconds: float) -> None:
    WRITTEN.inc(written)
    FRAGMENTS.inc(fragments)
    FLUSH_SECONDS.observe(seconds)


def received(member: int, frames: Iterable[int]) -> None:
    FRAMES.set(sum(frames), member=str(member))


def records(member: int, channels: int) -> None:
    CHANNELS.set(channels, member=str(member))
