"""What export speaks of: a clip, what is in it, what is not and why; a grant for another player."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from mingjian.kernel.errors import Text
from mingjian.kernel.ids import ChannelId, PersonId, ViewId
from mingjian.media.model import GAP_TEXT, GapCause

ClipId = NewType("ClipId", UUID)

MAX_CHANNELS: Final = 16
MAX_RANGE_US: Final = 24 * 3_600_000_000
NEW_PART_AFTER_US: Final = 2_000_000
"""A player shows the last picture until the next one: over a longer gap a new part begins."""
PART_BYTES: Final = 3_900_000_000
"""A part never gets as large as a file on a FAT32 stick cannot be."""
PART_FRAMES: Final = 500_000
"""Nor has more frames than libav can keep the table of in some tens of megabytes."""
LIST_LIMIT: Final = 500
"""Parts and stretches that are kept with the row of a clip; its manifest has all of them."""


class ClipState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"  # deleted by the person, before or after it was ready
    EXPIRED = "expired"


UNFINISHED: Final = (ClipState.WAITING, ClipState.RUNNING)

STATE_TEXT: Final[Mapping[ClipState, Text]] = {
    ClipState.WAITING: Text("等待生成", "waiting"),
    ClipState.RUNNING: Text("正在生成", "being made"),
    ClipState.READY: Text("可下载", "ready"),
    ClipState.FAILED: Text("未能生成", "failed"),
    ClipState.CANCELLED: Text("已删除", "deleted"),
    ClipState.EXPIRED: Text("已到期", "expired"),
}


class LeftOutCause(StrEnum):
    """Why a stretch is not in a clip, beside the causes of gaps."""

    MISSING = "missing"
    ALTERED = "altered"
    UNREADABLE = "unreadable"
    UNDECODABLE = "undecodable"
    UNEXPLAINED = "unexplained"


LEFT_OUT_TEXT: Final[Mapping[str, Text]] = {
    LeftOutCause.MISSING: Text("录像文件缺失", "the file of this footage is missing"),
    LeftOutCause.ALTERED: Text("录像数据与摘要不符", "the footage does not match its digest"),
    LeftOutCause.UNREADABLE: Text("录像无法读取", "the footage cannot be read"),
    LeftOutCause.UNDECODABLE: Text(
        "依赖前面缺失的画面，无法解码", "cannot be decoded without the missing pictures before it"
    ),
    LeftOutCause.UNEXPLAINED: Text("没有录像，原因未记录", "not recorded, no cause is known"),
    **{cause.value: GAP_TEXT[cause] for cause in GapCause},
}


@dataclass(frozen=True, slots=True)
class ClipChannel:
    """A channel of a clip, with its name as it was."""

    id: ChannelId
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """One MP4 file: wall time of its first shown picture and of its end, `lead_us` of hidden pictures before them;
    `sound` is the codec of the sound beside them, empty without.

    `name` is its path in the ZIP, or the clip's own file name; `frames` counts hidden ones too; `sha256` in hex.
    """

    name: str
    channel_id: ChannelId
    clock_epoch: int
    start_us: int
    end_us: int
    lead_us: int
    frames: int
    size: int
    sha256: str
    sound: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch of the range that is not in the clip; `cause` is a LeftOutCause or a GapCause."""

    channel_id: ChannelId
    start_us: int
    end_us: int
    cause: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a clip and what is not; `more` counts what only the manifest lists."""

    parts: tuple[Part, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Clip:
    """A copy of footage for one person. `digest` is the SHA-256 of the file; bytes are those of stored fragments."""

    id: ClipId
    person_id: PersonId
    person_label: str
    channels: tuple[ClipChannel, ...]
    start_us: int
    end_us: int
    reason: str
    state: ClipState
    done_bytes: int
    total_bytes: int
    contents: Contents
    file_name: str
    size: int | None
    digest: bytes | None
    problem: tuple[str, Mapping[str, str]] | None
    created_us: int
    finished_us: int | None
    expires_us: int


@dataclass(frozen=True, slots=True)
class Grant:
    """The right of another player to one channel of one view; `start_us` is None for live."""

    view_id: ViewId
    channel_id: ChannelId
    start_us: int | None
    end_us: int | None
    expires_us: int
