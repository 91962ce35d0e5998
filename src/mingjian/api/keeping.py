"""Keeping: how the store is doing, plans, terms, holds, completeness."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from mingjian.api import door, paging
from mingjian.api.deps import Caller, Context, Data, Requires
from mingjian.api.paging import Cursor, Limit
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, Moment, Shape
from mingjian.identity.permissions import Permission
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import Text
from mingjian.kernel.ids import ChannelId, VolumeGroupId
from mingjian.media.keep import completeness as complete
from mingjian.media.keep import model, overview, service
from mingjian.media.model import GAP_TEXT, GapCause
from mingjian.media.volumes import open_files
from mingjian.registry import service as registry
from mingjian.storage.engine import Transaction

router = versioned("keeping")

RecordingReader = Annotated[Caller, Depends(Requires(Permission.RECORDING_READ))]
Placer = Annotated[Caller, Depends(Requires(Permission.HOLD_PLACE))]
Lifter = Annotated[Caller, Depends(Requires(Permission.HOLD_LIFT))]
Retainer = Annotated[Caller, Depends(Requires(Permission.RETENTION_MANAGE))]
Planner = Annotated[Caller, Depends(Requires(Permission.RECORDING_MANAGE))]
Reporter = Annotated[Caller, Depends(Requires(Permission.RECORDING_MANAGE, Permission.HOLD_PLACE))]
ClockReader = Annotated[Caller, Depends(Requires(Permission.CLOCK_CONFIRM))]

_REASON: Final = Field(max_length=400, pattern=NO_CONTROLS, examples=["11 月 20 日校门口纠纷，派出所口头告知"])
_DAYS: Final = Field(ge=1, le=36_500)


class Words(Shape):
    """A sentence in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> "Words":
        return cls(zh=text.zh, en=text.en)


# Storage


class StoredVolume(Shape):
    """One volume; `free_bytes` is null while it is missing."""

    id: UUID
    path: str
    state: Literal["ok", "missing", "full", "retired"]
    used_bytes: int
    free_bytes: int | None
    limit_bytes: int | None
    filling_bytes_per_day: int


class StoredGroup(Shape):
    """Volumes that stand in for each other; `days_left` null: it does not fill up."""

    id: UUID
    name: str
    demonstration: bool
    volumes: list[StoredVolume]
    days_left: int | None
    days_left_zh: str
    days_left_en: str

    @classmethod
    def of(cls, now: overview.GroupNow) -> "StoredGroup":
        words = overview.left_in_words(now.days_left)
        return cls(
            id=now.group.id,
            name=now.group.name,
            demonstration=now.group.demonstration,
            volumes=[
                StoredVolume(
                    id=one.volume.id,
                    path=one.volume.path,
                    state=one.state,
                    used_bytes=one.used_bytes,
                    free_bytes=one.free_bytes,
                    limit_bytes=one.volume.limit_bytes,
                    filling_bytes_per_day=one.filling_bytes_per_day,
                )
                for one in now.volumes
            ],
            days_left=now.days_left,
            days_left_zh=words.zh,
            days_left_en=words.en,
        )


class Promise(Shape):
    """What a power cut or a kill can cost at most, by the settings in force."""

    flush: str
    interval_s: float
    fragment_s: float
    zh: str
    en: str


class ServerClock(Shape):
    """Whether the server's clock is trusted; `step_us` and `since` are those of the newest epoch."""

    trusted: bool
    epoch: int
    step_us: int | None
    since: Moment | None
    zh: str
    en: str


class Deletion(Shape):
    """Whether footage past its term is deleted now, and why not."""

    paused: bool
    zh: str
    en: str
    undo_hours: float


class Storage(Shape):
    """How the store is doing."""

    groups: list[StoredGroup]
    promise: Promise
    clock: ServerClock
    deletion: Deletion


@router.get("/storage", operation_id="storage", dependencies=[Depends(Requires(Permission.STORAGE_READ))])
def get_storage(context: Context, data: Data) -> Storage:
    """Volumes by group, days until they are full, what can be lost, the clock, and whether deletion goes on."""
    settings = context.settings
    with data.read() as tx:
        groups = overview.groups(tx, open_files, settings.store.floor_bytes, context.clock.now_us())
        clock = service.clock(tx)
        why = overview.paused(clock, lawful=service.any_lawful(tx, context.clock.now_us()))
    words = why or Text("期满录像自动清除。", "Footage past its term is deleted.")
    return Storage(
        groups=[StoredGroup.of(one) for one in groups],
        promise=_promise(settings.media.flush, settings.media.flush_interval_s, settings.media.fragment_s),
        clock=_clock(clock),
        deletion=Deletion(paused=why is not None, zh=words.zh, en=words.en, undo_hours=settings.store.undo_hours),
    )


def _promise(flush: str, interval_s: float, fragment_s: float) -> Promise:
    lost = f"{interval_s + fragment_s:g}"
    return Promise(
        flush=flush,
        interval_s=interval_s,
        fragment_s=fragment_s,
        zh=f"断电时每个通道最多丢失 {lost} 秒录像；录像服务被强行终止时最多丢失 {fragment_s:g} 秒。",
        en=f"A power cut costs each channel at most {lost} s of footage, a killed recorder at most {fragment_s:g} s.",
    )


def _clock(clock: service.Clock) -> ServerClock:
    newest = clock.epochs[-1] if clock.epochs else None
    words = (
        Text("服务器时钟可信。", "The server's clock is trusted.")
        if clock.trusted
        else Text(
            "服务器时钟发生跳变，尚未确认；确认前不删除录像。",
            "The server's clock was set and is not confirmed; until then nothing is deleted.",
        )
    )
    return ServerClock(
        trusted=clock.trusted,
        epoch=newest.epoch if newest else 0,
        step_us=newest.step_us if newest else None,
        since=newest.began_us if newest else None,
        zh=words.zh,
        en=words.en,
    )


@router.post("/clock/confirm", operation_id="confirmClock")
def confirm_clock(data: Data, caller: ClockReader) -> ServerClock:
    """Say that the server's clock is right; deletion goes on."""
    with data.write() as tx:
        return _clock(service.confirm_clock(tx, by=caller.actor, now_us=caller.visit.now_us))


# Plans


class WeeklyRange(Shape):
    """A stretch of one day of the week: 1 is Monday; times are those of Asia/Shanghai; 24:00 ends the day."""

    day: int = Field(ge=1, le=7)
    from_: str = Field(alias="from", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["08:00"])
    to: str = Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["18:00"])


class Recording(Shape):
    """When a channel is recorded, and how much it matters: 1 is kept longest when there is no room."""

    plan: Literal["always", "weekly", "event"]
    weekly: list[WeeklyRange] = Field(default=[], max_length=70)
    pre_roll_s: int = Field(default=5, ge=0, le=30)
    post_roll_s: int = Field(default=60, ge=1, le=3600)
    priority: int = Field(default=2, ge=1, le=3)
    group_id: UUID | None = None

    @classmethod
    def of(cls, recording: model.ChannelRecording) -> "Recording":
        weekly = [
            {"day": one.weekday, "from": _clock_time(one.start_minute), "to": _clock_time(one.end_minute)}
            for one in recording.weekly
        ]
        return cls(
            plan=recording.plan.value,
            weekly=[WeeklyRange.model_validate(one) for one in weekly],
            pre_roll_s=recording.pre_roll_s,
            post_roll_s=recording.post_roll_s,
            priority=recording.priority,
            group_id=recording.group_id,
        )

    @property
    def wanted(self) -> model.ChannelRecording:
        return model.ChannelRecording(
            model.PlanKind(self.plan),
            tuple(model.WeeklySpan(one.day, _minute(one.from_), _minute(one.to)) for one in self.weekly),
            self.pre_roll_s,
            self.post_roll_s,
            self.priority,
            VolumeGroupId(self.group_id) if self.group_id else None,
        )


def _clock_time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


class NewEvent(Shape):
    """What happened, in words."""

    name: str = Field(min_length=1, max_length=100, pattern=NO_CONTROLS, examples=["门磁报警"])


class Event(Shape):
    """An event that starts recording where the plan is `event`."""

    id: UUID
    at: Moment
    name: str


@router.get(
    "/channels/{channel_id}/recording",
    operation_id="recordingPlan",
    dependencies=[Depends(Requires(Permission.RECORDING_READ))],
)
def get_recording(channel_id: UUID, data: Data) -> Recording:
    """When a channel is recorded."""
    with data.read() as tx:
        return Recording.of(service.recording(tx, channel_id))


@router.put("/channels/{channel_id}/recording", operation_id="setRecordingPlan")
def set_recording(channel_id: UUID, body: Recording, context: Context, data: Data, caller: Planner) -> Recording:
    """Set when a channel is recorded; it takes effect within seconds."""
    with data.write() as tx:
        service.set_recording(tx, channel_id, body.wanted, by=caller.actor, now_us=caller.visit.now_us)
        tx.after_commit(context.media.hint_threadsafe)
        return Recording.of(service.recording(tx, channel_id))


@router.post("/channels/{channel_id}/events", operation_id="reportEvent", status_code=201)
def report_event(channel_id: UUID, body: NewEvent, context: Context, data: Data, caller: Reporter) -> Event:
    """Say that something happens in front of a channel now."""
    with data.write() as tx:
        event = service.add_event(tx, channel_id, body.name.strip(), by=caller.actor, now_us=caller.visit.now_us)
        tx.after_commit(context.media.hint_threadsafe)
    return Event(id=event.id, at=event.at_us, name=event.name)


# Terms


class RetentionTerm(Shape):
    """How long footage must (minimum) or may (maximum) be kept; `channel_id` null: every channel."""

    id: UUID
    channel_id: UUID | None
    kind: Literal["minimum", "maximum"]
    days: int
    source: Literal["law", "policy"]
    citation: str
    set_by: str
    set_at: Moment

    @classmethod
    def of(cls, term: model.Term) -> "RetentionTerm":
        return cls(
            id=term.id,
            channel_id=term.channel_id,
            kind=term.kind.value,
            days=term.days,
            source=term.source.value,
            citation=term.citation,
            set_by=term.set_label,
            set_at=term.set_us,
        )


class EffectiveTerm(Shape):
    """The term that decides, with its source."""

    days: int
    source: Literal["law", "policy"]
    citation: str

    @classmethod
    def of(cls, term: model.Term | None, days: int | None) -> "EffectiveTerm | None":
        if term is None or days is None:
            return None
        return cls(days=days, source=term.source.value, citation=term.citation)


class Retention(Shape):
    """What holds for a channel. `deletes` false: nothing of it is deleted automatically, and the words say why.

    `conflict`: a maximum is shorter than the minimum; the minimum holds.
    """

    minimum: EffectiveTerm | None
    maximum: EffectiveTerm | None
    conflict: bool
    deletes: bool
    zh: str
    en: str
    terms: list[RetentionTerm]


class Terms(Shape):
    """A page of the terms in force, installation-wide ones and those of channels."""

    items: list[RetentionTerm]
    next: str | None


class NewTerm(Shape):
    """A term to set; a term from a law cites it. It ends the one of the same kind, source and scope."""

    channel_id: UUID | None = None
    kind: Literal["minimum", "maximum"]
    days: int = _DAYS
    source: Literal["law", "policy"]
    citation: str = Field(
        default="", max_length=200, pattern=NO_CONTROLS, examples=["公共安全视频图像信息系统管理条例 第十七条"]
    )


@router.get("/retention", operation_id="listTerms")
def list_terms(data: Data, caller: RecordingReader, cursor: Cursor = None, limit: Limit = 200) -> Terms:
    """Every term in force: those of all channels, and of the channels that you reach; oldest first."""
    reach = caller.reach(Permission.RECORDING_READ)
    with data.read() as tx:
        page = service.terms(tx, reach, paging.place(cursor, int, UUID), limit)
    return Terms(items=[RetentionTerm.of(one) for one in page.items], next=paging.following(page.next))


@router.get(
    "/channels/{channel_id}/retention",
    operation_id="retention",
    dependencies=[Depends(Requires(Permission.RECORDING_READ))],
)
def get_retention(channel_id: UUID, context: Context, data: Data) -> Retention:
    """How long footage of a channel must and may be kept, and who says so."""
    with data.read() as tx:
        found = service.retention(tx, channel_id, context.clock.now_us())
    terms = found.effective
    words = service.in_words(found)
    return Retention(
        minimum=EffectiveTerm.of(terms.minimum, terms.minimum_days),
        maximum=EffectiveTerm.of(terms.maximum, terms.maximum_days),
        conflict=terms.conflict,
        deletes=found.deletes,
        zh=words.zh,
        en=words.en,
        terms=[RetentionTerm.of(one) for one in found.terms],
    )


@router.post("/retention/terms", operation_id="setTerm", status_code=201)
def set_term(body: NewTerm, data: Data, caller: Retainer) -> RetentionTerm:
    """Set a term for one channel, or for all: that takes the right to all."""
    with data.write() as tx:
        caller = _retainer_at(tx, caller, body.channel_id)
        term = service.set_term(
            tx,
            body.channel_id,
            model.TermKind(body.kind),
            body.days,
            model.TermSource(body.source),
            body.citation,
            by=caller.actor,
            now_us=caller.visit.now_us,
        )
    return RetentionTerm.of(term)


def _retainer_at(tx: Transaction, caller: Caller, channel_id: UUID | None) -> Caller:
    if channel_id is None:
        return caller.at(Permission.RETENTION_MANAGE, Target())
    return caller.at_channels(tx, Permission.RETENTION_MANAGE, [channel_id])


@router.delete("/retention/terms/{term_id}", operation_id="endTerm", status_code=204)
def end_term(term_id: UUID, data: Data, caller: Retainer) -> None:
    """End a term; it stays in the log."""
    with data.write() as tx:
        if (term := service.term(tx, term_id)) is not None:
            caller = _retainer_at(tx, caller, term.channel_id)
        service.end_term(tx, term_id, by=caller.actor, now_us=caller.visit.now_us)


# Holds


class Hold(Shape):
    """A range of a channel that no schedule deletes; `lifted_at` null while it stands."""

    id: UUID
    channel_id: UUID
    start: Moment
    end: Moment
    reason: str
    placed_by: str
    placed_by_me: bool
    placed_at: Moment
    lifted_by: str | None
    lifted_at: Moment | None
    lift_reason: str | None

    @classmethod
    def of(cls, hold: model.Hold, caller: Caller) -> "Hold":
        return cls(
            id=hold.id,
            channel_id=hold.channel_id,
            start=hold.span.start_us,
            end=hold.span.end_us,
            reason=hold.reason,
            placed_by=hold.placed_label,
            placed_by_me=hold.placed_by == caller.person.id,
            placed_at=hold.placed_us,
            lifted_by=hold.lifted_label,
            lifted_at=hold.lifted_us,
            lift_reason=hold.lift_reason,
        )


class Holds(Shape):
    """A page of holds: those that stand first, newest first. `standing` counts all that stand."""

    items: list[Hold]
    next: str | None
    standing: int


class NewHold(Shape):
    """A range to keep, and why."""

    channel_id: UUID
    start: Moment
    end: Moment
    reason: str = _REASON


class LiftedHold(Shape):
    """Why a hold is no longer needed."""

    reason: str = _REASON


@router.get("/holds", operation_id="listHolds")
def list_holds(
    data: Data,
    caller: Annotated[Caller, Depends(Requires(Permission.HOLD_READ))],
    cursor: Cursor = None,
    limit: Limit = 200,
    *,
    standing: bool = False,
) -> Holds:
    """Ranges of the channels that you reach: those that must stay, and those that had to."""
    reach = caller.reach(Permission.HOLD_READ)
    with data.read() as tx:
        page = service.holds(tx, reach, paging.place(cursor, int, int, UUID), limit, standing=standing)
        count = service.standing_holds(tx, reach)
    items = [Hold.of(one, caller) for one in page.items]
    return Holds(items=items, next=paging.following(page.next), standing=count)


@router.post("/holds", operation_id="placeHold", status_code=201)
def place_hold(body: NewHold, data: Data, caller: Placer) -> Hold:
    """Keep a range of a channel from deletion; every file that touches it stays whole."""
    with data.write() as tx:
        caller = caller.at_channels(tx, Permission.HOLD_PLACE, [body.channel_id])
        hold = service.place_hold(
            tx, body.channel_id, body.start, body.end, body.reason, by=caller.actor, now_us=caller.visit.now_us
        )
    return Hold.of(hold, caller)


@router.post("/holds/{hold_id}/lift", operation_id="liftHold")
def lift_hold(hold_id: UUID, body: LiftedHold, data: Data, caller: Lifter) -> Hold:
    """Let the terms decide again; nobody lifts their own hold."""
    with data.write() as tx:
        known = service.find_hold(tx, hold_id)
        if known is not None:
            caller = caller.at_channels(tx, Permission.HOLD_LIFT, [known.channel_id])
        hold = service.lift_hold(tx, hold_id, body.reason, by=caller.actor, now_us=caller.visit.now_us)
    return Hold.of(hold, caller)


# Completeness


class MissingTime(Shape):
    """Time that is not there, by cause: the codes of gaps, and `damage`."""

    cause: str
    us: int
    zh: str
    en: str


class DayOfChannel(Shape):
    """One channel on one day of Asia/Shanghai. `planned_us` = `recorded_us` + all of `missing` + `unexplained_us`."""

    channel_id: UUID
    day: str = Field(examples=["2026-11-20"])
    planned_us: int
    recorded_us: int
    missing: list[MissingTime]
    unexplained_us: int
    final: bool

    @classmethod
    def of(cls, one: model.Completeness, today: int) -> "DayOfChannel":
        missing = [
            MissingTime(cause=cause, us=us, zh=cause_text(cause).zh, en=cause_text(cause).en)
            for cause, us in sorted(one.causes.items(), key=lambda item: -item[1])
        ]
        return cls(
            channel_id=one.channel_id,
            day=complete.day_text(one.day),
            planned_us=one.planned_us,
            recorded_us=one.recorded_us,
            missing=missing,
            unexplained_us=one.unexplained_us,
            final=one.day < today,
        )


_DAMAGED: Final = Text("录像损坏", "footage is damaged")


def cause_text(cause: str) -> Text:
    return _DAMAGED if cause == complete.DAMAGE else GAP_TEXT[GapCause(cause)]


class DaysOfChannels(Shape):
    """Days, by channel and day."""

    items: list[DayOfChannel]


DayText = Annotated[str, Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-11-20"])]


@router.get(
    "/channels/{channel_id}/completeness",
    operation_id="channelCompleteness",
    dependencies=[Depends(Requires(Permission.RECORDING_READ))],
)
def get_channel_completeness(
    channel_id: UUID, start_day: DayText, end_day: DayText, context: Context, data: Data
) -> DaysOfChannels:
    """How much of what was planned is there, day by day (both days included, 366 at most); today so far."""
    now_us = context.clock.now_us()
    first, last = complete.day_range(start_day, end_day)
    with data.read() as tx:
        channel = registry.channel(tx, channel_id)
        found = complete.of_channel(tx, ChannelId(channel.id), first, last, now_us)
    return DaysOfChannels(items=[DayOfChannel.of(one, complete.today(now_us)) for one in found])


@router.get("/completeness", operation_id="completeness")
def get_completeness(day: DayText, context: Context, data: Data, caller: RecordingReader) -> DaysOfChannels:
    """The same for all channels that you reach, on one day."""
    now_us = context.clock.now_us()
    wanted, _ = complete.day_range(day, day)
    with data.read() as tx:
        found = complete.of_day(tx, wanted, now_us)
        reached = door.reached(tx, caller.reach(Permission.RECORDING_READ), {one.channel_id for one in found})
    today = complete.today(now_us)
    return DaysOfChannels(items=[DayOfChannel.of(one, today) for one in found if one.channel_id in reached])
