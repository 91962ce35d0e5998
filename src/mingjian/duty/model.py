"""Posts, what is planned for them, shifts, entries of the log and hand-overs. Frozen; times are wall microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID

from mingjian.kernel.errors import Text

DAY_MINUTES: Final = 24 * 60
MINUTE_US: Final = 60_000_000


class Series(Enum):
    """Numbers that a submission gets: `JJ-20261121-0003` is the third hand-over of that day (Asia/Shanghai)."""

    SHIFT = "ZB"
    ENTRY = "RZ"
    HANDOVER = "JJ"
    ROSTER = "PB"


@dataclass(frozen=True, slots=True)
class Post:
    """A post (岗位) that one person at a time is on duty at.

    It belongs to a place, to an organisation, or to neither: then to the installation. `seat_id` names the browser at
    which whoever is on duty stays signed in (值班席位, `identity.seats`), where there is one.
    """

    id: UUID
    name: str
    place_id: UUID | None
    organisation_id: UUID | None
    seat_id: UUID | None
    created_us: int
    ended_us: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of the roster: it begins at `from_minute` of a day (Asia/Shanghai) and may cross midnight."""

    from_minute: int
    minutes: int
    person_id: UUID

    @property
    def until_minute(self) -> int:
        """Of the day on which it begins; above DAY_MINUTES when it ends on the next one."""
        return self.from_minute + self.minutes


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A day that does not follow the week: a holiday, a make-up workday (调休上班). Its slots stand instead."""

    name: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """The weekly pattern (0 is Monday) and the exceptions by day (`2026-10-01`)."""

    week: Mapping[int, tuple[Slot, ...]] = field(default_factory=dict)
    days: Mapping[str, Exceptional] = field(default_factory=dict)

    @property
    def people(self) -> frozenset[UUID]:
        slots = [*self.week.values(), *(one.slots for one in self.days.values())]
        return frozenset(slot.person_id for some in slots for slot in some)


@dataclass(frozen=True, slots=True)
class Planned:
    """One shift as the roster plans it, half open; `because` names the exception that it comes from, empty without."""

    from_us: int
    until_us: int
    person_id: UUID
    because: str = ""


class Ending(StrEnum):
    """How a shift ended."""

    HANDED_OVER = "handed_over"  # 交接完毕
    NOBODY_NEXT = "nobody_next"  # 到点下岗，无人接班
    TAKEN_OVER = "taken_over"  # 席位被接替，未办交接
    RELIEVED = "relieved"  # 安保负责人结束


@dataclass(frozen=True, slots=True)
class Shift:
    """One person on duty at one post. `planned` is what the roster said when it began, None when it planned nothing;
    `reason` why somebody else than planned is there. `open`: nobody has taken over.
    """

    id: UUID
    number: str
    post_id: UUID
    person_id: UUID
    person_label: str
    begun_us: int
    planned: tuple[int, int] | None = None
    reason: str = ""
    ended_us: int | None = None
    ending: Ending | None = None

    @property
    def open(self) -> bool:
        return self.ended_us is None


class Category(Enum):
    """What an entry of the duty log is about. Codes are stored and never change meaning."""

    WATCH = "watch", Text("监看巡查", "watching")
    EVENT = "event", Text("突发情况", "incident")
    SUSPICIOUS = "suspicious", Text("可疑情况", "suspicious")
    EQUIPMENT = "equipment", Text("设备故障", "equipment")
    VISITOR = "visitor", Text("人员进出监看场所", "entry to the watch room")
    RETRIEVAL = "retrieval", Text("查阅调取", "viewing and retrieval")
    INSTRUCTION = "instruction", Text("上级指令", "instruction")
    HANDOVER = "handover", Text("交接班", "hand-over")
    OTHER = "other", Text("其他", "other")

    def __init__(self, code: str, words: Text) -> None:
        self.code: Final = code
        self.words: Final = words


CATEGORY_BY_CODE: Final = {one.code: one for one in Category}
BY_MACHINE: Final = (Category.HANDOVER,)
"""Written when a hand-over is confirmed; nobody chooses these."""


@dataclass(frozen=True, slots=True)
class Attached:
    """This camera at this time; `name` as the channel was called then."""

    channel_id: UUID
    name: str
    at_us: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry: never changed. `corrects` names the entry that it corrects; `reported_to` where a suspicious thing was
    reported, empty while it was not.
    """

    id: UUID
    number: str
    post_id: UUID
    shift_id: UUID
    at_us: int
    person_id: UUID
    person_label: str
    category: Category
    text: str
    attached: Attached | None = None
    corrects: UUID | None = None
    reported_to: str = ""


class TaskKind(StrEnum):
    """When a task is due."""

    CAMERAS = "cameras"  # each camera of the post watched once in the shift
    ONCE = "once"  # once in the shift
    TIMED = "timed"  # at these times of the day


@dataclass(frozen=True, slots=True)
class Task:
    """Something that whoever is on duty must do. `basis` is a topic of `duty.basis`, empty when the manager's own."""

    id: UUID
    post_id: UUID
    title: Text
    kind: TaskKind
    minutes: tuple[int, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A task done: by whom, when, and whether all was well. `due_us` names the time of a timed task, else 0."""

    id: UUID
    task_id: UUID
    shift_id: UUID
    due_us: int
    at_us: int
    person_label: str
    well: bool
    note: str


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do in one shift: `due_us` is when, the end of the shift for what has no time, None when that is not
    planned. `seen` and `total` count cameras; `missing` names some that were not watched yet.
    """

    task: Task
    due_us: int | None
    done: Check | None
    seen: int = 0
    total: int = 0
    missing: tuple[tuple[UUID, str], ...] = ()

    @property
    def key(self) -> int:
        return self.due_us or 0 if self.task.kind is TaskKind.TIMED else 0

    @property
    def finished(self) -> bool:
        return self.done is not None or (self.task.kind is TaskKind.CAMERAS and self.seen >= self.total)


class Stage(StrEnum):
    """How far a hand-over is."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Handover:
    """A hand-over sheet (交接单). `collected` is what the machine found when it was submitted (see `collect`)."""

    id: UUID
    number: str
    post_id: UUID
    shift_id: UUID
    from_id: UUID
    from_label: str
    submitted_us: int
    summary: str
    collected: Mapping[str, object]
    stage: Stage = Stage.SUBMITTED
    decided_us: int | None = None
    to_id: UUID | None = None
    to_label: str = ""
    remark: str = ""
    next_shift_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of the log; `next` is the place after which the following page begins: (time, id)."""

    items: tuple[LogEntry, ...]
    next: tuple[int, UUID] | None
