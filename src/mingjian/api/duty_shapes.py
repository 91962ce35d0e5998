"""What the routes of duty send: posts, shifts, plans, entries, hand-overs."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from mingjian.api.schema import TIME_EXAMPLE, Moment, Phrase, Shape
from mingjian.duty import basis, flow, model
from mingjian.duty.collect import Outage
from mingjian.kernel.errors import Text
from mingjian.law.library import installed
from mingjian.law.model import Citation

CategoryCode = Literal[
    "watch", "event", "suspicious", "equipment", "visitor", "retrieval", "instruction", "handover", "other"
]
ChosenCategory = Literal["watch", "event", "suspicious", "equipment", "visitor", "retrieval", "instruction", "other"]
EndingCode = Literal["handed_over", "nobody_next", "taken_over", "relieved"]
TaskKindCode = Literal["cameras", "once", "timed"]
StageCode = Literal["submitted", "confirmed", "withdrawn"]

_ID: Final = "0193498a-7b00-7000-8000-000000000060"


def phrase(text: Text) -> Phrase:
    """A text in both languages."""
    return Phrase(zh=text.zh, en=text.en)


class DutyArticle(Shape):
    """A place of a text that asks for it."""

    instrument: str
    article: int
    words: Phrase

    @classmethod
    def all_of(cls, citations: Iterable[Citation]) -> "list[DutyArticle]":
        books = installed()
        return [
            cls(instrument=one.instrument, article=one.article, words=phrase(basis.in_words((one,), books)))
            for one in citations
        ]


class DutyPerson(Shape):
    """Somebody who may be on duty, or be given an alert."""

    id: UUID
    name: str
    role: Phrase


class DutyPeople(Shape):
    """Those with an account in use, in the order in which they were added."""

    items: list[DutyPerson]


class DutyShift(Shape):
    """A shift; `ended_at` null while it is open. `planned_*` null where the roster planned nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "number": "ZB-20261121-0001",
                    "post_id": _ID,
                    "person_id": _ID,
                    "person": "张伟",
                    "begun_at": TIME_EXAMPLE,
                    "planned_from": TIME_EXAMPLE,
                    "planned_until": TIME_EXAMPLE,
                    "reason": "",
                    "ended_at": None,
                    "ending": None,
                }
            ]
        }
    )

    id: UUID
    number: str
    post_id: UUID
    person_id: UUID
    person: str
    begun_at: Moment
    planned_from: Moment | None
    planned_until: Moment | None
    reason: str
    ended_at: Moment | None
    ending: EndingCode | None

    @classmethod
    def of(cls, one: model.Shift) -> "DutyShift":
        planned_from, planned_until = one.planned or (None, None)
        return cls(
            id=one.id,
            number=one.number,
            post_id=one.post_id,
            person_id=one.person_id,
            person=one.person_label,
            begun_at=one.begun_us,
            planned_from=planned_from,
            planned_until=planned_until,
            reason=one.reason,
            ended_at=one.ended_us,
            ending=None if one.ending is None else one.ending.value,
        )


class PlannedShift(Shape):
    """A shift of the roster; `because` names the exceptional day that it comes from."""

    start: Moment
    end: Moment
    person_id: UUID
    person: str
    because: str

    @classmethod
    def of(cls, one: model.Planned, names: Mapping[UUID, str]) -> "PlannedShift":
        person = names.get(one.person_id, "—")
        return cls(start=one.from_us, end=one.until_us, person_id=one.person_id, person=person, because=one.because)


class HandoverBrief(Shape):
    """A hand-over as lists show it."""

    id: UUID
    number: str
    shift_id: UUID
    by: str
    submitted_at: Moment
    stage: StageCode
    mine: bool

    @classmethod
    def of(cls, one: model.Handover, person_id: UUID) -> "HandoverBrief":
        return cls(
            id=one.id,
            number=one.number,
            shift_id=one.shift_id,
            by=one.from_label,
            submitted_at=one.submitted_us,
            stage=one.stage.value,
            mine=one.from_id == person_id,
        )


class Named(Shape):
    """Something with a name."""

    id: UUID
    name: str


class DutyPost(Shape):
    """A post: who is on duty there, who is next, and the hand-over that waits for the next person."""

    id: UUID
    name: str
    place: Named | None
    organisation: Named | None
    seat: Named | None
    on_duty: DutyShift | None
    planned_now: PlannedShift | None
    planned_next: PlannedShift | None
    waiting: HandoverBrief | None
    articles: list[DutyArticle]
    may_serve: bool
    may_plan: bool


class DutyPosts(Shape):
    """Posts within reach. `seats` are duty places that serve no post, for who plans."""

    items: list[DutyPost]
    seats: list[Named]


class AttachedMoment(Shape):
    """This camera at this time; `name` as the channel was called when it was written."""

    channel_id: UUID
    name: str
    at: Moment


class DutyLogEntry(Shape):
    """One entry of the duty log, as it was written. `corrects` names the entry that it corrects."""

    id: UUID
    number: str
    post_id: UUID
    shift_id: UUID
    at: Moment
    person: str
    category: CategoryCode
    text: str
    attached: AttachedMoment | None
    corrects: UUID | None
    reported_to: str

    @classmethod
    def of(cls, one: model.LogEntry) -> "DutyLogEntry":
        found = one.attached
        return cls.model_validate(
            {
                "id": one.id,
                "number": one.number,
                "post_id": one.post_id,
                "shift_id": one.shift_id,
                "at": one.at_us,
                "person": one.person_label,
                "category": one.category.code,
                "text": one.text,
                "attached": AttachedMoment(channel_id=found.channel_id, name=found.name, at=found.at_us)
                if found
                else None,
                "corrects": one.corrects,
                "reported_to": one.reported_to,
            }
        )


class DutyLog(Shape):
    """Entries, newest first."""

    items: list[DutyLogEntry]
    next: str | None


class DutyShifts(Shape):
    """Shifts, newest first."""

    items: list[DutyShift]
    next: str | None


class DutyTask(Shape):
    """Something of the must-do list. `times` are `HH:MM` in Asia/Shanghai; `basis` a topic of the texts or empty."""

    id: UUID
    title: Phrase
    kind: TaskKindCode
    times: list[str]
    basis: str
    articles: list[DutyArticle]


class DutyCheck(Shape):
    """That a task was done."""

    at: Moment
    by: str
    well: bool
    note: str


class DutyDue(Shape):
    """One thing to do in a shift. `due_at` null: no end is planned. `key` names the time of a timed task when it is
    noted as done. Of cameras `missing` names some that were not watched yet.
    """

    task: DutyTask
    due_at: Moment | None
    key: Moment
    done: DutyCheck | None
    finished: bool
    seen: int
    total: int
    missing: list[Named]

    @classmethod
    def of(cls, one: model.Due, articles: Mapping[str, list[DutyArticle]]) -> "DutyDue":
        done = one.done
        return cls(
            task=shown_task(one.task, articles.get(one.task.basis, [])),
            due_at=one.due_us,
            key=one.key,
            done=DutyCheck(at=done.at_us, by=done.person_label, well=done.well, note=done.note) if done else None,
            finished=one.finished,
            seen=one.seen,
            total=one.total,
            missing=[Named(id=channel_id, name=name) for channel_id, name in one.missing],
        )


def shown_task(task: model.Task, articles: list[DutyArticle]) -> DutyTask:
    return DutyTask(
        id=task.id,
        title=phrase(task.title),
        kind=task.kind.value,
        times=[f"{minute // 60:02d}:{minute % 60:02d}" for minute in task.minutes],
        basis=task.basis,
        articles=articles,
    )


class CameraOutage(Shape):
    """A camera that was offline in the shift; `cleared_at` null while it still is."""

    channel_id: UUID
    name: str
    raised_at: Moment
    cleared_at: Moment | None

    @classmethod
    def of(cls, one: Outage) -> "CameraOutage":
        return cls(channel_id=one.channel_id, name=one.name, raised_at=one.raised_us, cleared_at=one.cleared_us)


class SheetAlert(Shape):
    """An alert as a hand-over sheet names it."""

    id: UUID
    code: str
    severity: Literal["notice", "warning", "critical"]
    title: Phrase
    raised_at: Moment
    acknowledged_by: str | None
    assigned_to: str | None


class SheetTask(Shape):
    """Something that was not done when the sheet was made."""

    title: Phrase
    kind: TaskKindCode
    due_at: Moment | None
    seen: int
    total: int
    missing: list[str]


class SheetEntry(Shape):
    """A suspicious thing that was not reported."""

    number: str
    text: str


class HandoverSheet(Shape):
    """What the machine collected for a hand-over, as it was at that moment."""

    alerts: list[SheetAlert]
    alerts_total: int
    outages: list[CameraOutage]
    cameras: int
    cameras_offline: int
    undone: list[SheetTask]
    unreported: list[SheetEntry]
    entries: int

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "HandoverSheet":
        return cls(
            alerts=[_sheet_alert(one) for one in found["alerts"]],
            alerts_total=found["alerts_total"],
            outages=[
                CameraOutage(
                    channel_id=UUID(one["channel_id"]),
                    name=one["name"],
                    raised_at=one["raised_us"],
                    cleared_at=one["cleared_us"],
                )
                for one in found["outages"]
            ],
            cameras=found["cameras"],
            cameras_offline=found["cameras_offline"],
            undone=[_sheet_task(one) for one in found["undone"]],
            unreported=[SheetEntry(number=one["number"], text=one["text"]) for one in found["unreported"]],
            entries=found["entries"],
        )


def _sheet_alert(one: Mapping[str, Any]) -> SheetAlert:
    return SheetAlert(
        id=UUID(one["id"]),
        code=one["code"],
        severity=one["severity"],
        title=Phrase(zh=one["zh"], en=one["en"]),
        raised_at=one["raised_us"],
        acknowledged_by=one["acknowledged_by"],
        assigned_to=one["assigned_to"],
    )


def _sheet_task(one: Mapping[str, Any]) -> SheetTask:
    return SheetTask(
        title=Phrase(zh=one["zh"], en=one["en"]),
        kind=one["kind"],
        due_at=one["due_us"],
        seen=one["seen"],
        total=one["total"],
        missing=one["missing"],
    )


class Handover(Shape):
    """A hand-over sheet (交接单): both halves. `to` and `decided_at` null while it waits for the next person."""

    id: UUID
    number: str
    post: Named
    shift: DutyShift
    by: str
    submitted_at: Moment
    summary: str
    sheet: HandoverSheet
    stage: StageCode
    decided_at: Moment | None
    to: str | None
    remark: str
    next_shift: DutyShift | None
    articles: list[DutyArticle]
    mine: bool


class ShiftSheet(Shape):
    """A shift with everything that belongs to it: what the printed duty log shows."""

    shift: DutyShift
    post: Named
    entries: list[DutyLogEntry]
    tasks: list[DutyDue]
    received: HandoverBrief | None
    handed_over: HandoverBrief | None
    articles: list[DutyArticle]


class DutyDesk(Shape):
    """The duty desk of the caller. `shift` null: not on duty. `here` is the post whose duty place this browser is."""

    posts: list[DutyPost]
    here: UUID | None
    shift: DutyShift | None
    next: PlannedShift | None
    received: HandoverBrief | None
    tasks: list[DutyDue]
    outages: list[CameraOutage]
    cameras: int
    unreported: list[DutyLogEntry]
    report_articles: list[DutyArticle]


class Reasoned(Shape):
    """Why; may be empty where none is needed."""

    reason: str = Field(default="", max_length=200, examples=["替 张伟 值班（病假）"])


def day_text(us: int) -> str:
    """The calendar day in Asia/Shanghai."""
    return flow.day_of(us).isoformat()
