"""What a check speaks of: kinds of damage, findings, runs and how far they are."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from mingjian.kernel.errors import Text
from mingjian.kernel.ids import ChannelId, CheckId, DamageId, SegmentId, VolumeId


class DamageKind(StrEnum):
    """docs/design/store.md, "What check verifies"."""

    MISSING = "missing"
    SHORT = "short"
    LONG = "long"
    ALTERED = "altered"
    UNREADABLE = "unreadable"
    UNKNOWN_FILE = "unknown_file"
    COUNTER = "counter"
    OVERLAP = "overlap"


FOOTAGE_KINDS: Final = (DamageKind.MISSING, DamageKind.SHORT, DamageKind.ALTERED, DamageKind.UNREADABLE)
"""With a span, these say which seconds of a segment are damaged; the others cost no picture."""

KIND_TEXT: Final = {
    DamageKind.MISSING: Text("文件缺失", "the file is missing"),
    DamageKind.SHORT: Text("文件被截短", "the file is cut short"),
    DamageKind.LONG: Text("文件尾部有多余数据", "there are bytes behind the end of the footage"),
    DamageKind.ALTERED: Text("数据与记录的摘要不符", "it is not what was recorded"),
    DamageKind.UNREADABLE: Text("无法读取", "it cannot be read"),
    DamageKind.UNKNOWN_FILE: Text("不属于任何记录的文件", "a file that belongs to no row"),
    DamageKind.COUNTER: Text("每日计数与记录不符", "the counters of a day differ from its rows"),
    DamageKind.OVERLAP: Text("时间区间重叠", "spans overlap"),
}


class Detail(StrEnum):
    """What exactly: the first word of a damage's `detail`; values may follow it."""

    NONE = ""
    CONTENT = "content"  # the bytes of fragments
    SEAL = "seal"  # the seal behind a fragment; its content is good
    INIT = "init"  # what a file begins with; every fragment is good
    INDEX = "index"  # the index disagrees with file and segment digest
    DIGEST = "digest"  # the digest in the segment's row
    ROW_SIZE = "row_size"
    ROW_TIME = "row_time"
    ROW_FRAMES = "row_frames"
    ERROR = "error"  # with the name of the error
    VOLUME = "volume"
    FOLDER = "folder"
    SEGMENTS = "segments"
    GAP = "gap"
    GAPS = "gaps"
    LASTING = "lasting"
    UNEXPLAINED = "unexplained"
    COUNTED = "counted"  # with the numbers


DETAIL_TEXT: Final = {
    Detail.NONE: Text("", ""),
    Detail.CONTENT: Text("片段内容", "content of fragments"),
    Detail.SEAL: Text("片段封签", "seal of fragments"),
    Detail.INIT: Text("文件头，画面完好", "head of the file; the picture is whole"),
    Detail.INDEX: Text("片段索引", "index of fragments"),
    Detail.DIGEST: Text("记录中的段摘要", "digest in the row"),
    Detail.ROW_SIZE: Text("记录中的大小", "size in the row"),
    Detail.ROW_TIME: Text("记录中的时间", "times in the row"),
    Detail.ROW_FRAMES: Text("记录中的帧数", "number of frames in the row"),
    Detail.ERROR: Text("系统错误", "error of the system"),
    Detail.VOLUME: Text("存储卷不在原处", "the volume is not in its place"),
    Detail.FOLDER: Text("目录", "folder"),
    Detail.SEGMENTS: Text("两段录像", "two segments"),
    Detail.GAP: Text("中断与录像", "a gap and footage"),
    Detail.GAPS: Text("两处中断", "two gaps"),
    Detail.LASTING: Text("多处未结束的中断", "several gaps without an end"),
    Detail.UNEXPLAINED: Text("既无录像也无中断记录", "neither footage nor a gap"),
    Detail.COUNTED: Text("计数", "counters"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Damage of one segment. The span is [start_us, end_us) of recorded time, or None where no picture is affected."""

    kind: DamageKind
    span: tuple[int, int] | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Damage:
    """A row of damage; `segment_id` and `channel_id` as far as they are known, `path_name` below the volume."""

    volume_id: VolumeId
    kind: DamageKind
    detail: str
    segment_id: SegmentId | None = None
    channel_id: ChannelId | None = None
    path_name: str = ""
    start_us: int | None = None
    end_us: int | None = None
    clock_epoch: int = 0

    @property
    def word(self) -> Detail:
        return Detail(self.detail.partition(" ")[0])

    @property
    def text(self) -> Text:
        """What is wrong, in words."""
        kind, detail = KIND_TEXT[self.kind], DETAIL_TEXT[self.word]
        values = self.detail.partition(" ")[2]
        if self.word is Detail.NONE:
            return kind
        return Text(f"{kind.zh}：{detail.zh} {values}".strip(), f"{kind.en}: {detail.en} {values}".strip())

    @property
    def key(self) -> tuple[object, ...]:
        """The same damage found twice has the same key."""
        place = (self.volume_id, self.segment_id, self.channel_id, self.path_name)
        return (*place, self.start_us, self.end_us, self.clock_epoch, self.kind, self.word)


@dataclass(frozen=True, slots=True)
class KnownDamage:
    """Damage as it stands in the table."""

    id: DamageId
    damage: Damage
    found_us: int
    cleared_us: int | None


class Mode(StrEnum):
    """`fast`: rows, files, sizes, counters; `full`: also every byte; `scrub`: the same, slowly and for ever."""

    FAST = "fast"
    FULL = "full"
    SCRUB = "scrub"

    @property
    def reads(self) -> bool:
        """Whether every byte is read."""
        return self is not Mode.FAST


class RunState(StrEnum):
    """`stopped` and a `running` one that nobody works on can be taken up again."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class Stage(StrEnum):
    """What is compared, in this order, for each volume; `order` once behind all of them."""

    ROWS = "rows"
    NAMES = "names"
    DAYS = "days"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a run is: `volume` and `stage` it is in and the last thing done there.

    `only`: the one volume that was asked for; `paid_until_us`: up to when a scrub has used what it may read.
    """

    only: VolumeId | None = None
    volume: VolumeId | None = None
    stage: Stage = Stage.ROWS
    after: str = ""
    paid_until_us: int = 0

    def dump(self) -> str:
        return json.dumps(
            {
                "only": str(self.only) if self.only else None,
                "volume": str(self.volume) if self.volume else None,
                "stage": self.stage,
                "after": self.after,
                "paid_until_us": self.paid_until_us,
            }
        )

    @classmethod
    def load(cls, text: str) -> "Cursor":
        told = json.loads(text)
        return cls(
            VolumeId(UUID(told["only"])) if told["only"] else None,
            VolumeId(UUID(told["volume"])) if told["volume"] else None,
            Stage(told["stage"]),
            told["after"],
            told["paid_until_us"],
        )


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check: how far it is and how much it found. Totals are estimates from the counters of days."""

    id: CheckId
    mode: Mode
    state: RunState
    started_us: int
    updated_us: int
    ended_us: int | None = None
    cursor: Cursor = Cursor()
    segments_done: int = 0
    segments_total: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    found: int = 0

    def after(self, step: "Step") -> "CheckRun":
        return replace(
            self,
            cursor=replace(step.cursor, paid_until_us=self.cursor.paid_until_us),
            segments_done=self.segments_done + step.segments,
            bytes_done=self.bytes_done + step.bytes,
            found=self.found + step.found,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of a run that is done: where the run is now, and what this piece read and found."""

    cursor: Cursor
    segments: int = 0
    bytes: int = 0
    found: int = 0
