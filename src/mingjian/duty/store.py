"""Tables of duty."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mingjian.duty.model import (
    CATEGORY_BY_CODE,
    Attached,
    Category,
    Check,
    Ending,
    Exceptional,
    Handover,
    LogEntry,
    Post,
    Roster,
    Series,
    Shift,
    Slot,
    Stage,
    Task,
    TaskKind,
)
from mingjian.kernel.errors import Text
from mingjian.storage.engine import METADATA, Transaction

_OPEN: Final = sa.text("ended_us IS NULL")
_WAITING: Final = sa.text("stage = 'submitted'")

POST: Final = sa.Table(
    "duty_post",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("place_id", sa.Uuid(), nullable=True),
    sa.Column("organisation_id", sa.Uuid(), nullable=True),
    sa.Column("seat_id", sa.Uuid(), nullable=True),
    sa.Column("created_us", sa.BigInteger(), nullable=False),
    sa.Column("ended_us", sa.BigInteger(), nullable=True),
    sa.Index("uq_duty_post_name", "name", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    sa.Index("uq_duty_post_seat_id", "seat_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)
SLOT: Final = sa.Table(
    "duty_slot",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("post_id", sa.Uuid(), sa.ForeignKey("duty_post.id"), nullable=False, index=True),
    sa.Column("weekday", sa.Integer(), nullable=True),
    sa.Column("day", sa.Text(), nullable=True),
    sa.Column("from_minute", sa.Integer(), nullable=False),
    sa.Column("minutes", sa.Integer(), nullable=False),
    sa.Column("person_id", sa.Uuid(), nullable=False),
)
EXCEPTION: Final = sa.Table(
    "duty_exception",
    METADATA,
    sa.Column("post_id", sa.Uuid(), sa.ForeignKey("duty_post.id"), primary_key=True),
    sa.Column("day", sa.Text(), primary_key=True),
    sa.Column("name", sa.Text(), nullable=False),
)
TASK: Final = sa.Table(
    "duty_task",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("post_id", sa.Uuid(), sa.ForeignKey("duty_post.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer(), nullable=False),
    sa.Column("title_zh", sa.Text(), nullable=False),
    sa.Column("title_en", sa.Text(), nullable=False),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("minutes", sa.Text(), nullable=False),
    sa.Column("basis", sa.Text(), nullable=False),
    sa.Column("ended_us", sa.BigInteger(), nullable=True),
)
SHIFT: Final = sa.Table(
    "duty_shift",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("number", sa.Text(), nullable=False, unique=True),
    sa.Column("post_id", sa.Uuid(), sa.ForeignKey("duty_post.id"), nullable=False),
    sa.Column("person_id", sa.Uuid(), nullable=False),
    sa.Column("person_label", sa.Text(), nullable=False),
    sa.Column("begun_us", sa.BigInteger(), nullable=False),
    sa.Column("planned_from_us", sa.BigInteger(), nullable=True),
    sa.Column("planned_until_us", sa.BigInteger(), nullable=True),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("ended_us", sa.BigInteger(), nullable=True),
    sa.Column("ending", sa.Text(), nullable=True),
    sa.Index("uq_duty_shift_post_open", "post_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    sa.Index("uq_duty_shift_person_open", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    sa.Index("ix_duty_shift_post_id_begun_us", "post_id", "begun_us"),
)
LOG: Final = sa.Table(
    "duty_log",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("number", sa.Text(), nullable=False, unique=True),
    sa.Column("post_id", sa.Uuid(), sa.ForeignKey("duty_post.id"), nullable=False),
    sa.Column("shift_id", sa.Uuid(), sa.ForeignKey("duty_shift.id"), nullable=False, index=True),
    sa.Column("at_us", sa.BigInteger(), nullable=False),
    sa.Column("person_id", sa.Uuid(), nullable=False),
    sa.Column("person_label", sa.Text(), nullable=False),
    sa.Column("category", sa.Text(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("channel_id", sa.Uuid(), nullable=True),
    sa.Column("channel_name", sa.Text(), nullable=False),
    sa.Column("moment_us", sa.BigInteger(), nullable=True),
    sa.Column("corrects", sa.Uuid(), sa.ForeignKey("duty_log.id"), nullable=True),
    sa.Column("reported_to", sa.Text(), nullable=False),
    sa.Index("ix_duty_log_post_id_at_us", "post_id", "at_us"),
)
CHECK: Final = sa.Table(
    "duty_check",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("task_id", sa.Uuid(), sa.ForeignKey("duty_task.id"), nullable=False),
    sa.Column("shift_id", sa.Uuid(), sa.ForeignKey("duty_shift.id"), nullable=False),
    sa.Column("due_us", sa.BigInteger(), nullable=False),
    sa.Column("at_us", sa.BigInteger(), nullable=False),
    sa.Column("person_label", sa.Text(), nullable=False),
    sa.Column("well", sa.Boolean(), nullable=False),
    sa.Column("note", sa.Text(), nullable=False),
    sa.UniqueConstraint("shift_id", "task_id", "due_us"),
)
HANDOVER: Final = sa.Table(
    "duty_handover",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("number", sa.Text(), nullable=False, unique=True),
    sa.Column("post_id", sa.Uuid(), sa.ForeignKey("duty_post.id"), nullable=False),
    sa.Column("shift_id", sa.Uuid(), sa.ForeignKey("duty_shift.id"), nullable=False, index=True),
    sa.Column("from_id", sa.Uuid(), nullable=False),
    sa.Column("from_label", sa.Text(), nullable=False),
    sa.Column("submitted_us", sa.BigInteger(), nullable=False),
    sa.Column("summary", sa.Text(), nullable=False),
    sa.Column("collected", sa.Text(), nullable=False),
    sa.Column("stage", sa.Text(), nullable=False),
    sa.Column("decided_us", sa.BigInteger(), nullable=True),
    sa.Column("to_id", sa.Uuid(), nullable=True),
    sa.Column("to_label", sa.Text(), nullable=False),
    sa.Column("remark", sa.Text(), nullable=False),
    sa.Column("next_shift_id", sa.Uuid(), sa.ForeignKey("duty_shift.id"), nullable=True, index=True),
    sa.Index("uq_duty_handover_waiting", "shift_id", unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING),
)
NUMBER: Final = sa.Table(
    "duty_number",
    METADATA,
    sa.Column("series", sa.Text(), primary_key=True),
    sa.Column("day", sa.Text(), primary_key=True),
    sa.Column("last", sa.Integer(), nullable=False),
)
_MOST: Final = 10_000


def number(tx: Transaction, series: Series, day: str) -> str:
    """The next number of a series on a day (`20261121`); two writers never get the same."""
    dialect = sqlite if tx.dialect == "sqlite" else postgresql
    first = dialect.insert(NUMBER).values(series=series.value, day=day, last=1)
    again = first.on_conflict_do_update(
        index_elements=[NUMBER.c.series, NUMBER.c.day], set_={"last": NUMBER.c.last + 1}
    )
    last = tx.execute(again.returning(NUMBER.c.last)).scalar_one()
    return f"{series.value}-{day}-{last:04d}"


# Posts


def add_post(tx: Transaction, post: Post) -> None:
    tx.execute(sa.insert(POST).values(**_post_values(post), id=post.id, created_us=post.created_us))


def change_post(tx: Transaction, post: Post) -> None:
    tx.execute(sa.update(POST).where(POST.c.id == post.id).values(**_post_values(post)))


def _post_values(post: Post) -> dict[str, Any]:
    names = ("name", "place_id", "organisation_id", "seat_id", "ended_us")
    return {name: getattr(post, name) for name in names}


def posts(tx: Transaction) -> list[Post]:
    """Those in use, oldest first."""
    query = sa.select(POST).where(POST.c.ended_us.is_(None)).order_by(POST.c.created_us, POST.c.id)
    return [_post(row) for row in tx.execute(query)]


def post(tx: Transaction, post_id: UUID, *, for_change: bool = False) -> Post | None:
    """One post, in use or not; `for_change` makes who decides about it decide one after the other."""
    query = sa.select(POST).where(POST.c.id == post_id)
    row = tx.execute(query.with_for_update() if for_change else query).one_or_none()
    return _post(row) if row else None


def post_of_seat(tx: Transaction, seat_id: UUID) -> Post | None:
    row = tx.execute(sa.select(POST).where(POST.c.seat_id == seat_id, POST.c.ended_us.is_(None))).one_or_none()
    return _post(row) if row else None


def _post(row: Any) -> Post:
    return Post(row.id, row.name, row.place_id, row.organisation_id, row.seat_id, row.created_us, row.ended_us)


# Rosters and tasks


def roster(tx: Transaction, post_id: UUID) -> Roster:
    slots = list(tx.execute(sa.select(SLOT).where(SLOT.c.post_id == post_id).order_by(SLOT.c.from_minute)))
    named = tx.execute(sa.select(EXCEPTION).where(EXCEPTION.c.post_id == post_id).order_by(EXCEPTION.c.day))
    week = {day: tuple(_slot(row) for row in slots if row.weekday == day) for day in range(7)}
    days = {
        row.day: Exceptional(row.name, tuple(_slot(slot) for slot in slots if slot.day == row.day)) for row in named
    }
    return Roster({day: found for day, found in week.items() if found}, days)


def _slot(row: Any) -> Slot:
    return Slot(row.from_minute, row.minutes, row.person_id)


def put_week(tx: Transaction, post_id: UUID, week: Mapping[int, Iterable[Slot]], ids: Iterable[UUID]) -> None:
    """The weekly pattern instead of the one before; `ids` has one for each slot at least."""
    tx.execute(sa.delete(SLOT).where(SLOT.c.post_id == post_id, SLOT.c.day.is_(None)))
    rows = [(weekday, None, slot) for weekday, slots in week.items() for slot in slots]
    _add_slots(tx, post_id, rows, ids)


def put_day(tx: Transaction, post_id: UUID, day: str, exceptional: Exceptional | None, ids: Iterable[UUID]) -> None:
    """The day follows this, or the week again."""
    tx.execute(sa.delete(SLOT).where(SLOT.c.post_id == post_id, SLOT.c.day == day))
    tx.execute(sa.delete(EXCEPTION).where(EXCEPTION.c.post_id == post_id, EXCEPTION.c.day == day))
    if exceptional is not None:
        tx.execute(sa.insert(EXCEPTION).values(post_id=post_id, day=day, name=exceptional.name))
        _add_slots(tx, post_id, [(None, day, slot) for slot in exceptional.slots], ids)


def _add_slots(
    tx: Transaction, post_id: UUID, rows: Iterable[tuple[int | None, str | None, Slot]], ids: Iterable[UUID]
) -> None:
    values = [
        {
            "id": slot_id,
            "post_id": post_id,
            "weekday": weekday,
            "day": day,
            "from_minute": slot.from_minute,
            "minutes": slot.minutes,
            "person_id": slot.person_id,
        }
        for slot_id, (weekday, day, slot) in zip(ids, rows, strict=False)
    ]
    if values:
        tx.execute(sa.insert(SLOT), values)


def tasks(tx: Transaction, post_id: UUID) -> list[Task]:
    """Those in force, in the manager's order."""
    query = sa.select(TASK).where(TASK.c.post_id == post_id, TASK.c.ended_us.is_(None)).order_by(TASK.c.position)
    return [_task(row) for row in tx.execute(query)]


def tasks_of_shift(tx: Transaction, shift: Shift) -> list[Task]:
    """Those that were in force when the shift ended, or are now."""
    ended = shift.ended_us
    query = sa.select(TASK).where(TASK.c.post_id == shift.post_id).order_by(TASK.c.position)
    done = sa.select(CHECK.c.task_id).where(CHECK.c.shift_id == shift.id)
    in_force = (
        TASK.c.ended_us.is_(None) if ended is None else sa.or_(TASK.c.ended_us.is_(None), TASK.c.ended_us > ended)
    )
    return [_task(row) for row in tx.execute(query.where(sa.or_(in_force, TASK.c.id.in_(done))))]


def put_tasks(tx: Transaction, post_id: UUID, wanted: Sequence[Task], now_us: int) -> None:
    """These instead of the ones before; one that is the same keeps its id, and with it what was done of it."""
    known = {one.id: one for one in tasks(tx, post_id)}
    kept = [one for one in wanted if known.get(one.id) == one]
    ended = [task_id for task_id in known if task_id not in {one.id for one in kept}]
    tx.execute(sa.update(TASK).where(TASK.c.id.in_(ended)).values(ended_us=now_us))
    for position, one in enumerate(wanted):
        if one in kept:
            tx.execute(sa.update(TASK).where(TASK.c.id == one.id).values(position=position))
        else:
            tx.execute(sa.insert(TASK).values(_task_values(one, position)))


def _task_values(task: Task, position: int) -> dict[str, Any]:
    return {
        "id": task.id,
        "post_id": task.post_id,
        "position": position,
        "title_zh": task.title.zh,
        "title_en": task.title.en,
        "kind": task.kind,
        "minutes": json.dumps(task.minutes),
        "basis": task.basis,
    }


def _task(row: Any) -> Task:
    title = Text(row.title_zh, row.title_en)
    return Task(row.id, row.post_id, title, TaskKind(row.kind), tuple(json.loads(row.minutes)), row.basis)


# Shifts


def add_shift(tx: Transaction, shift: Shift) -> None:
    planned_from, planned_until = shift.planned or (None, None)
    values = {
        "id": shift.id,
        "number": shift.number,
        "post_id": shift.post_id,
        "person_id": shift.person_id,
        "person_label": shift.person_label,
        "begun_us": shift.begun_us,
        "planned_from_us": planned_from,
        "planned_until_us": planned_until,
        "reason": shift.reason,
    }
    tx.execute(sa.insert(SHIFT).values(values))


def end_shift(tx: Transaction, shift_id: UUID, ending: Ending, now_us: int) -> None:
    tx.execute(sa.update(SHIFT).where(SHIFT.c.id == shift_id).values(ended_us=now_us, ending=ending))


def shift(tx: Transaction, shift_id: UUID, *, for_change: bool = False) -> Shift | None:
    query = sa.select(SHIFT).where(SHIFT.c.id == shift_id)
    row = tx.execute(query.with_for_update() if for_change else query).one_or_none()
    return _shift(row) if row else None


def open_at(tx: Transaction, post_ids: Collection[UUID]) -> dict[UUID, Shift]:
    """By post: who is on duty now."""
    query = sa.select(SHIFT).where(SHIFT.c.post_id.in_(list(post_ids)), SHIFT.c.ended_us.is_(None))
    return {row.post_id: _shift(row) for row in tx.execute(query)}


def open_of(tx: Transaction, person_id: UUID) -> Shift | None:
    row = tx.execute(sa.select(SHIFT).where(SHIFT.c.person_id == person_id, SHIFT.c.ended_us.is_(None))).one_or_none()
    return _shift(row) if row else None


def shifts(
    tx: Transaction, post_ids: Collection[UUID], after: tuple[int, UUID] | None, limit: int, span: tuple[int, int]
) -> list[Shift]:
    """Newest first: those that began within the span."""
    query = sa.select(SHIFT).where(
        SHIFT.c.post_id.in_(list(post_ids)), SHIFT.c.begun_us >= span[0], SHIFT.c.begun_us < span[1]
    )
    if after is not None:
        query = query.where(sa.tuple_(SHIFT.c.begun_us, SHIFT.c.id) < sa.tuple_(*after))
    query = query.order_by(SHIFT.c.begun_us.desc(), SHIFT.c.id.desc()).limit(limit)
    return [_shift(row) for row in tx.execute(query)]


def _shift(row: Any) -> Shift:
    planned = None if row.planned_from_us is None else (row.planned_from_us, row.planned_until_us)
    return Shift(
        row.id,
        row.number,
        row.post_id,
        row.person_id,
        row.person_label,
        row.begun_us,
        planned,
        row.reason,
        row.ended_us,
        None if row.ending is None else Ending(row.ending),
    )


# The log and what was done


def add_entry(tx: Transaction, entry: LogEntry) -> None:
    attached = entry.attached
    values = {
        "id": entry.id,
        "number": entry.number,
        "post_id": entry.post_id,
        "shift_id": entry.shift_id,
        "at_us": entry.at_us,
        "person_id": entry.person_id,
        "person_label": entry.person_label,
        "category": entry.category.code,
        "text": entry.text,
        "channel_id": attached.channel_id if attached else None,
        "channel_name": attached.name if attached else "",
        "moment_us": attached.at_us if attached else None,
        "corrects": entry.corrects,
        "reported_to": entry.reported_to,
    }
    tx.execute(sa.insert(LOG).values(values))


def entry(tx: Transaction, entry_id: UUID) -> LogEntry | None:
    row = tx.execute(sa.select(LOG).where(LOG.c.id == entry_id)).one_or_none()
    return _entry(row) if row else None


def entries(
    tx: Transaction,
    post_ids: Collection[UUID],
    after: tuple[int, UUID] | None,
    limit: int,
    *,
    shift_id: UUID | None = None,
    category: Category | None = None,
    span: tuple[int, int] | None = None,
) -> list[LogEntry]:
    """Newest first."""
    query = sa.select(LOG).where(LOG.c.post_id.in_(list(post_ids)))
    if shift_id is not None:
        query = query.where(LOG.c.shift_id == shift_id)
    if category is not None:
        query = query.where(LOG.c.category == category.code)
    if span is not None:
        query = query.where(LOG.c.at_us >= span[0], LOG.c.at_us < span[1])
    if after is not None:
        query = query.where(sa.tuple_(LOG.c.at_us, LOG.c.id) < sa.tuple_(*after))
    return [_entry(row) for row in tx.execute(query.order_by(LOG.c.at_us.desc(), LOG.c.id.desc()).limit(limit))]


def entries_of_shift(tx: Transaction, shift_id: UUID) -> list[LogEntry]:
    """Oldest first, as they are read and printed."""
    query = sa.select(LOG).where(LOG.c.shift_id == shift_id).order_by(LOG.c.at_us, LOG.c.id).limit(_MOST)
    return [_entry(row) for row in tx.execute(query)]


def _entry(row: Any) -> LogEntry:
    attached = None if row.channel_id is None else Attached(row.channel_id, row.channel_name, row.moment_us)
    return LogEntry(
        row.id,
        row.number,
        row.post_id,
        row.shift_id,
        row.at_us,
        row.person_id,
        row.person_label,
        CATEGORY_BY_CODE[row.category],
        row.text,
        attached,
        row.corrects,
        row.reported_to,
    )


def add_check(tx: Transaction, check: Check) -> None:
    names = ("id", "task_id", "shift_id", "due_us", "at_us", "person_label", "well", "note")
    tx.execute(sa.insert(CHECK).values({name: getattr(check, name) for name in names}))


def checks(tx: Transaction, shift_id: UUID) -> list[Check]:
    query = sa.select(CHECK).where(CHECK.c.shift_id == shift_id).order_by(CHECK.c.at_us)
    return [
        Check(row.id, row.task_id, row.shift_id, row.due_us, row.at_us, row.person_label, row.well, row.note)
        for row in tx.execute(query)
    ]


# Hand-overs


def add_handover(tx: Transaction, handover: Handover) -> None:
    values = {
        "id": handover.id,
        "number": handover.number,
        "post_id": handover.post_id,
        "shift_id": handover.shift_id,
        "from_id": handover.from_id,
        "from_label": handover.from_label,
        "submitted_us": handover.submitted_us,
        "summary": handover.summary,
        "collected": json.dumps(handover.collected, ensure_ascii=False, separators=(",", ":")),
        "stage": handover.stage,
        "to_label": "",
        "remark": "",
    }
    tx.execute(sa.insert(HANDOVER).values(values))


def decide_handover(tx: Transaction, decided: Handover) -> None:
    names = ("stage", "decided_us", "to_id", "to_label", "remark", "next_shift_id")
    values = {name: getattr(decided, name) for name in names}
    tx.execute(sa.update(HANDOVER).where(HANDOVER.c.id == decided.id).values(values))


def handover(tx: Transaction, handover_id: UUID, *, for_change: bool = False) -> Handover | None:
    query = sa.select(HANDOVER).where(HANDOVER.c.id == handover_id)
    row = tx.execute(query.with_for_update() if for_change else query).one_or_none()
    return _handover(row) if row else None


def waiting(tx: Transaction, shift_ids: Collection[UUID]) -> dict[UUID, Handover]:
    """By shift: hand-overs that wait for the next person."""
    query = sa.select(HANDOVER).where(HANDOVER.c.shift_id.in_(list(shift_ids)), HANDOVER.c.stage == Stage.SUBMITTED)
    return {row.shift_id: _handover(row) for row in tx.execute(query)}


def handover_of(tx: Transaction, shift_id: UUID) -> Handover | None:
    """By which the shift ended, or is to end."""
    query = sa.select(HANDOVER).where(HANDOVER.c.shift_id == shift_id, HANDOVER.c.stage != Stage.WITHDRAWN)
    row = tx.execute(query.order_by(HANDOVER.c.submitted_us.desc()).limit(1)).one_or_none()
    return _handover(row) if row else None


def received_by(tx: Transaction, shift_id: UUID) -> Handover | None:
    """By which the shift began."""
    row = tx.execute(sa.select(HANDOVER).where(HANDOVER.c.next_shift_id == shift_id)).one_or_none()
    return _handover(row) if row else None


def _handover(row: Any) -> Handover:
    return Handover(
        row.id,
        row.number,
        row.post_id,
        row.shift_id,
        row.from_id,
        row.from_label,
        row.submitted_us,
        row.summary,
        json.loads(row.collected),
        Stage(row.stage),
        row.decided_us,
        row.to_id,
        row.to_label,
        row.remark,
        row.next_shift_id,
    )
