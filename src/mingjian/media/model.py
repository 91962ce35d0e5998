"""What media speaks of: fragments, segments, gaps, the state of a channel. Frozen; shapes and units in the fields."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mingjian.kernel.errors import Text
from mingjian.kernel.ids import ChannelId, SegmentId, VolumeGroupId, VolumeId
from mingjian.kernel.media_time import ticks_to_us
from mingjian.media.formats.frames import VideoParameters


class Origin(StrEnum):
    """Where footage came from."""

    LIVE = "live"
    DEVICE = "device"
    IMPORT = "import"


class SegmentState(StrEnum):
    """Where a file is in its life; docs/design/store.md has the moves."""

    PREPARED = "prepared"  # a row and an empty file, for the next minute
    OPEN = "open"  # being written
    CLOSED = "closed"  # file, size and digest hold
    MARKED = "marked"  # the same, and it may go once its undo time is over
    GARBAGE = "garbage"  # row and file on their way out


KEPT_STATES: Final = (SegmentState.CLOSED, SegmentState.MARKED)
"""Finished footage that is there: played, checked and counted."""
SHOWN_STATES: Final = (SegmentState.OPEN, *KEPT_STATES)


class ChannelState(StrEnum):
    """`standby`: connected and not recorded: outside its plan, or stopped for want of space."""

    CONNECTING = "connecting"
    RECORDING = "recording"
    STANDBY = "standby"
    OFFLINE = "offline"
    RETIRED = "retired"


class GapCause(StrEnum):
    """Why there is no recording; the words are in GAP_TEXT."""

    DEVICE_OFFLINE = "device_offline"
    NETWORK = "network"
    NO_VIDEO = "no_video"
    UNSUPPORTED_CODEC = "unsupported_codec"
    REFUSED_CREDENTIALS = "refused_credentials"
    DISK = "disk"
    OPERATOR = "operator"
    MAINTENANCE = "maintenance"
    ROLE_DOWN = "role_down"
    PLAN = "plan"
    CLOCK = "clock"


GAP_TEXT: Final = {
    GapCause.DEVICE_OFFLINE: Text("设备离线", "device offline"),
    GapCause.NETWORK: Text("网络中断", "network interrupted"),
    GapCause.NO_VIDEO: Text("设备未送出图像", "no picture from the device"),
    GapCause.UNSUPPORTED_CODEC: Text("编码不受支持", "codec not supported"),
    GapCause.REFUSED_CREDENTIALS: Text("设备拒绝账号密码", "device refused the password"),
    GapCause.DISK: Text("存储故障或已满", "storage failed or full"),
    GapCause.OPERATOR: Text("人工停止", "stopped by a person"),
    GapCause.MAINTENANCE: Text("维护", "maintenance"),
    GapCause.ROLE_DOWN: Text("录像服务停止", "recording service was down"),
    GapCause.PLAN: Text("不在录像计划内", "outside the recording plan"),
    GapCause.CLOCK: Text("服务器时钟向前调整，这段时间并不存在", "the server's clock was set forward over this time"),
}


@dataclass(frozen=True, slots=True)
class Fragment:
    """The unit of storage: moof+mdat of at most about one second, ready to be written.

    `start_us` and `duration_us`: recorded wall time; `start_ticks`, `duration_ticks`: 90 kHz from the start of the
    segment; `key`: the first frame is a key frame; `opens`: this fragment begins a new segment.
    `data` is not sealed yet.
    """

    data: bytes
    start_us: int
    duration_us: int
    start_ticks: int
    duration_ticks: int
    frames: int
    key: bool
    opens: bool
    parameters: VideoParameters
    clock_epoch: int = 0


_RECORD: Final = struct.Struct(">IIIIHBB32s")
RECORD_SIZE: Final = _RECORD.size


@dataclass(frozen=True, slots=True)
class FragmentRecord:
    """One fragment as the index keeps it: 52 bytes, in file order.

    length: bytes in the file; start_ticks, duration_ticks: 90 kHz from the start of the segment;
    offset_us: recorded wall time from the start of the segment; `sealed`: a seal stands behind it in the file, which
    `length` counts and `digest` (SHA-256) leaves out.
    """

    length: int
    start_ticks: int
    duration_ticks: int
    offset_us: int
    frames: int
    key: bool
    digest: bytes
    sealed: bool = False

    def pack(self) -> bytes:
        return _RECORD.pack(
            self.length,
            self.start_ticks,
            self.duration_ticks,
            self.offset_us,
            self.frames,
            self.key,
            self.sealed,
            self.digest,
        )

    @property
    def end_offset_us(self) -> int:
        return self.offset_us + ticks_to_us(self.duration_ticks)


def unpack_records(index: bytes) -> Iterator[FragmentRecord]:
    """The records of a segment's index. A tail shorter than a record is ignored."""
    whole = len(index) - len(index) % _RECORD.size
    for length, start, duration, offset, frames, key, sealed, digest in _RECORD.iter_unpack(index[:whole]):
        yield FragmentRecord(length, start, duration, offset, frames, bool(key), digest, bool(sealed))


def reach_of(index: bytes) -> tuple[int, int]:
    """(bytes of all fragments, microseconds from the start of the segment to the end of the last) of a packed index."""
    whole = len(index) - len(index) % RECORD_SIZE
    if not whole:
        return 0, 0
    length = sum(record[0] for record in _RECORD.iter_unpack(index[:whole]))
    _, _, duration_ticks, offset_us, *_ = _RECORD.unpack_from(index, whole - RECORD_SIZE)
    return length, offset_us + ticks_to_us(duration_ticks)


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of one channel. Times are recorded wall time; `end_us` of an open segment is what is flushed."""

    id: SegmentId
    channel_id: ChannelId
    volume_id: VolumeId
    state: SegmentState
    path_name: str
    start_us: int
    end_us: int
    clock_epoch: int
    init_size: int
    size: int
    parameters: VideoParameters


@dataclass(frozen=True, slots=True)
class Gap:
    """A span without recording; `end_us` is None while it lasts."""

    channel_id: ChannelId
    start_us: int
    end_us: int | None
    cause: GapCause
    clock_epoch: int = 0


@dataclass(frozen=True, slots=True)
class VolumeGroup:
    """Volumes that stand in for each other; a channel belongs to one group.

    `demonstration`: its footage has no statutory term and each volume is used as a ring of its `limit_bytes`.
    """

    id: VolumeGroupId
    name: str
    demonstration: bool


@dataclass(frozen=True, slots=True)
class Volume:
    """One folder on one disk that holds segments; retired, it gets no new ones."""

    id: VolumeId
    group_id: VolumeGroupId
    path: str
    demonstration: bool
    limit_bytes: int | None
    retired_us: int | None = None


@dataclass(frozen=True, slots=True)
class ClockEpoch:
    """A stretch in which the server's clock did not jump.

    `began_us` is the first moment of it, `step_us` how far the clock was set (back is negative, 0 where nobody can
    know); `observed`: seen while running, not found at a start. Until somebody confirms it the clock is not trusted.
    """

    epoch: int
    began_us: int
    step_us: int
    observed: bool
    confirmed_us: int | None = None


def day_of(moment_us: int) -> int:
    """Days since 1970-01-01 in UTC+8, the time of Asia/Shanghai since 1991."""
    return (moment_us + 28_800_000_000) // 86_400_000_000
