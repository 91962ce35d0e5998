"""The duty log and the must-do list, as whoever is on duty writes them. Nothing written is ever changed."""

from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.audit.service import record
from mingjian.duty import collect, flow, store
from mingjian.duty.errors import CORRECTION_UNFIT, TASK_DONE, TASK_UNKNOWN
from mingjian.duty.model import Attached, Category, Check, Due, LogEntry, Post, Series, Shift
from mingjian.identity.model import Person
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.storage.engine import Transaction

TEXT_LIMIT: Final = 4_000


def note(
    tx: Transaction,
    shift: Shift,
    category: Category,
    text: str,
    person: Person,
    now_us: int,
    *,
    attached: Attached | None = None,
    corrects: UUID | None = None,
    reported_to: str = "",
) -> LogEntry:
    """Append one entry. Raises MingjianError CORRECTION_UNFIT."""
    if corrects is not None:
        named = store.entry(tx, corrects)
        if named is None or named.post_id != shift.post_id or named.corrects is not None:
            raise MingjianError(CORRECTION_UNFIT)
    entry = LogEntry(
        new_id(now_us),
        store.number(tx, Series.ENTRY, flow.day_of(now_us).strftime("%Y%m%d")),
        shift.post_id,
        shift.id,
        now_us,
        person.id,
        person.display_name,
        category,
        text.strip(),
        attached,
        corrects,
        " ".join(reported_to.split()),
    )
    store.add_entry(tx, entry)
    return entry


def recorded(tx: Transaction, entry: LogEntry, shift: Shift, post: Post, actor: Actor) -> LogEntry:
    """The audit entry of one that a person wrote. The text stays in the log: it may name people."""
    detail: dict[str, JSON] = {
        "number": entry.number,
        "name": post.name,
        "shift": shift.number,
        "category": entry.category.code,
        "category_zh": entry.category.words.zh,
        "category_en": entry.category.words.en,
        "channel": None if entry.attached is None else str(entry.attached.channel_id),
        "corrects": None if entry.corrects is None else str(entry.corrects),
    }
    record(tx, Entry(Action.DUTY_LOGGED, actor, "duty_log", str(entry.id), detail, entry.at_us))
    return entry


def tick(
    tx: Transaction,
    post: Post,
    shift: Shift,
    task_id: UUID,
    due_us: int,
    *,
    well: bool,
    note: str,
    actor: Actor,
    now_us: int,
) -> Check:
    """Note that a task of the shift is done. Raises MingjianError TASK_UNKNOWN or TASK_DONE."""
    found = _due(collect.dues(tx, shift, collect.cameras(tx, post)), task_id, due_us)
    if found is None:
        raise MingjianError(TASK_UNKNOWN)
    if found.done is not None:
        raise MingjianError(TASK_DONE, who=found.done.person_label)
    check = Check(new_id(now_us), task_id, shift.id, due_us, now_us, shift.person_label, well, " ".join(note.split()))
    try:
        with tx.savepoint():
            store.add_check(tx, check)
    except IntegrityError as error:
        raise MingjianError(TASK_DONE, who=shift.person_label) from error
    title = found.task.title
    detail: dict[str, JSON] = {
        "name": post.name,
        "shift": shift.number,
        "task_zh": title.zh,
        "task_en": title.en,
        "well": well,
        "note": check.note,
    }
    record(tx, Entry(Action.DUTY_TASK_DONE, actor, "duty_shift", str(shift.id), detail, now_us))
    return check


def _due(dues: list[Due], task_id: UUID, due_us: int) -> Due | None:
    return next((one for one in dues if one.task.id == task_id and one.key == due_us), None)
