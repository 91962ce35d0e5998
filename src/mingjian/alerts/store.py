"""Tables of alerts: what stands and stood, and what others are to be told of it."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Row,
    Table,
    Text,
    Uuid,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from mingjian.alerts.model import (
    Acknowledgement,
    Assignment,
    CloseReason,
    Closing,
    Happening,
    Outcome,
    Place,
    Recorded,
    Severity,
    Way,
    What,
)
from mingjian.storage import news
from mingjian.storage.engine import METADATA, Transaction
from mingjian.storage.news import Topic

_STANDING: Final = text("cleared_us IS NULL")
ALERT: Final = Table(
    "alert",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("object_kind", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("raised_us", BigInteger, nullable=False),
    Column("cleared_us", BigInteger),
    Column("severity", Text, nullable=False, server_default="warning"),
    Column("times", Integer, nullable=False, server_default="1"),
    Column("acknowledged_us", BigInteger),
    Column("acknowledged_by", Uuid),
    Column("acknowledged_label", Text),
    Column("acknowledged_note", Text),
    Column("assigned_us", BigInteger),
    Column("assigned_to", Uuid),
    Column("assigned_label", Text),
    Column("assigned_by", Text),
    Column("closed_us", BigInteger),
    Column("closed_by", Text),
    Column("closed_reason", Text),
    Column("closed_note", Text),
    Index(
        "uq_alert_standing",
        "code",
        "object_kind",
        "object_id",
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    ),
    Index("ix_alert_raised_us", "raised_us"),
    Index("ix_alert_object_id_raised_us", "object_id", "raised_us"),
    Index("ix_alert_cleared_us", "cleared_us"),
)
ALERT_EVENT: Final = Table(
    "alert_event",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("alert_id", Uuid, ForeignKey("alert.id", ondelete="CASCADE"), nullable=False),
    Column("what", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    # Told no earlier: an end that does not last is no news.
    Column("due_us", BigInteger, nullable=False),
    Column("mail", Text),
    Column("hook", Text),
    Index("ix_alert_event_due_us", "due_us"),
    Index("ix_alert_event_alert_id", "alert_id"),
)
_BATCH: Final = 500
_OVER: Final = ALERT.c.cleared_us.is_not(None)


def add(tx: Transaction, alert: Recorded) -> bool:
    """Whether it is new; one that stands already gets the newer detail."""
    dialect = sqlite if tx.dialect == "sqlite" else postgresql
    statement = dialect.insert(ALERT).values(
        id=alert.id,
        code=alert.code,
        severity=alert.severity,
        object_kind=alert.object_kind,
        object_id=alert.object_id,
        detail=_words(alert.detail),
        raised_us=alert.raised_us,
        times=1,
    )
    returned = tx.execute(
        statement.on_conflict_do_update(
            index_elements=[ALERT.c.code, ALERT.c.object_kind, ALERT.c.object_id],
            index_where=_STANDING,
            set_={"detail": statement.excluded.detail},
        ).returning(ALERT.c.id)
    )
    alert_id = returned.scalar_one()
    news.tell(tx, Topic.ALERT, alert_id)
    return bool(alert_id == alert.id)


def cleared_since(tx: Transaction, code: str, object_kind: str, since_us: int) -> dict[str, Recorded]:
    """The alert of each object that ended last, if it ended since then."""
    query = (
        select(ALERT)
        .where(ALERT.c.cleared_us >= since_us, ALERT.c.code == code, ALERT.c.object_kind == object_kind)
        .order_by(ALERT.c.cleared_us)
    )
    return {row.object_id: _recorded(row) for row in tx.execute(query)}


def reopen(tx: Transaction, alert_id: UUID, detail: Mapping[str, str]) -> bool:
    """It is so again. False when another one of the same stands by now."""
    again = update(ALERT).where(ALERT.c.id == alert_id)
    try:
        with tx.savepoint():
            tx.execute(again.values(cleared_us=None, detail=_words(detail), times=ALERT.c.times + 1))
    except IntegrityError:
        return False
    news.tell(tx, Topic.ALERT, alert_id)
    return True


def change(tx: Transaction, alert_id: UUID, detail: Mapping[str, str]) -> None:
    tx.execute(update(ALERT).where(ALERT.c.id == alert_id).values(detail=_words(detail)))


def clear(tx: Transaction, ids: Iterable[UUID], now_us: int) -> list[UUID]:
    """End these; which of them stood."""
    ended: list[UUID] = []
    for some in batched(ids, _BATCH):  # one statement holds only so many values
        query = update(ALERT).where(ALERT.c.id.in_(some), ALERT.c.cleared_us.is_(None)).values(cleared_us=now_us)
        ended += tx.execute(query.returning(ALERT.c.id)).scalars()
    for alert_id in ended:
        news.tell(tx, Topic.ALERT, alert_id)
    return ended


def _change(tx: Transaction, alert_id: UUID, **values: object) -> None:
    """Write what somebody did about an alert, and let open pages hear of it."""
    tx.execute(update(ALERT).where(ALERT.c.id == alert_id).values(**values))
    news.tell(tx, Topic.ALERT, alert_id)


def acknowledge(tx: Transaction, alert_id: UUID, said: Acknowledgement) -> None:
    _change(
        tx,
        alert_id,
        acknowledged_us=said.at_us,
        acknowledged_by=said.by,
        acknowledged_label=said.label,
        acknowledged_note=said.note,
    )


def assign(tx: Transaction, alert_id: UUID, given: Assignment) -> None:
    _change(
        tx,
        alert_id,
        assigned_us=given.at_us,
        assigned_to=given.to_id,
        assigned_label=given.to_label,
        assigned_by=given.by_label,
    )


def close(tx: Transaction, alert_id: UUID, said: Closing) -> None:
    _change(
        tx,
        alert_id,
        closed_us=said.at_us,
        closed_by=said.by_label,
        closed_reason=said.reason,
        closed_note=said.note,
    )


def about(tx: Transaction, code: str, since_us: int) -> list[Recorded]:
    """Those of one kind that stand, or ended since then."""
    query = select(ALERT).where(ALERT.c.code == code, or_(ALERT.c.cleared_us.is_(None), ALERT.c.cleared_us >= since_us))
    return [_recorded(row) for row in tx.execute(query)]


def get(tx: Transaction, alert_id: UUID, *, for_change: bool = False) -> Recorded | None:
    query = select(ALERT).where(ALERT.c.id == alert_id)
    row = tx.execute(query.with_for_update() if for_change else query).one_or_none()
    return _recorded(row) if row else None


def some(tx: Transaction, ids: Collection[UUID]) -> list[Recorded]:
    found: list[Recorded] = []
    for part in batched(ids, _BATCH):
        found += [_recorded(row) for row in tx.execute(select(ALERT).where(ALERT.c.id.in_(part)))]
    return found


def standing(tx: Transaction, code: str, object_kind: str) -> list[Recorded]:
    query = select(ALERT).where(ALERT.c.cleared_us.is_(None), ALERT.c.code == code, ALERT.c.object_kind == object_kind)
    return [_recorded(row) for row in tx.execute(query)]


def of_object(
    tx: Transaction, object_kind: str, object_id: str, since_us: int, until_us: int, limit: int
) -> list[Recorded]:
    """Alerts about one object that stood between two moments, newest first."""
    query = select(ALERT).where(
        ALERT.c.object_id == object_id,
        ALERT.c.object_kind == object_kind,
        ALERT.c.raised_us < until_us,
        ALERT.c.cleared_us.is_(None) | (ALERT.c.cleared_us > since_us),
    )
    return [_recorded(row) for row in tx.execute(query.order_by(ALERT.c.raised_us.desc()).limit(limit))]


def counts(tx: Transaction) -> tuple[int, int]:
    """How many stand, and how many of those nobody has acknowledged."""
    stands = select(func.count()).where(ALERT.c.cleared_us.is_(None))
    unseen = stands.where(ALERT.c.acknowledged_us.is_(None))
    return int(tx.execute(stands).scalar_one()), int(tx.execute(unseen).scalar_one())


def newest(tx: Transaction, after: Place | None, limit: int, *, standing_only: bool) -> list[Recorded]:
    """Those that stand first, then those that are over; newest first."""
    query = select(ALERT).order_by(_OVER, ALERT.c.raised_us.desc(), ALERT.c.id.desc()).limit(limit)
    if standing_only:
        query = query.where(ALERT.c.cleared_us.is_(None))
    if after is not None:
        query = query.where(_behind(after))
    return [_recorded(row) for row in tx.execute(query)]


def _behind(place: Place) -> ColumnElement[bool]:
    older = or_(
        ALERT.c.raised_us < place.raised_us,
        and_(ALERT.c.raised_us == place.raised_us, ALERT.c.id < place.id),
    )
    if place.over:
        return and_(_OVER, older)
    return or_(_OVER, older)


def prune(tx: Transaction, before_us: int) -> int:
    """Forget up to a batch of what was over before then; returns how many."""
    ids = list(tx.execute(select(ALERT.c.id).where(ALERT.c.cleared_us < before_us).limit(_BATCH)).scalars())
    tx.execute(delete(ALERT_EVENT).where(ALERT_EVENT.c.alert_id.in_(ids)))
    return tx.execute(delete(ALERT).where(ALERT.c.id.in_(ids))).rowcount


# What others are told


def add_events(tx: Transaction, events: Iterable[tuple[UUID, UUID, What, int, int]]) -> None:
    """(id, alert, what, at, due) each."""
    names = ("id", "alert_id", "what", "at_us", "due_us")
    rows = [dict(zip(names, one, strict=True)) for one in events]
    if rows:
        tx.execute(insert(ALERT_EVENT), rows)


def drop_untold(tx: Transaction, alert_id: UUID, what: What) -> bool:
    """Forget that something happened, of which nobody outside was told yet; whether there was such a thing."""
    untold = delete(ALERT_EVENT).where(
        ALERT_EVENT.c.alert_id == alert_id,
        ALERT_EVENT.c.what == what,
        ALERT_EVENT.c.mail.is_(None),
        ALERT_EVENT.c.hook.is_(None),
    )
    return bool(tx.execute(untold).rowcount)


def untold(
    tx: Transaction, way: Way, severities: Collection[Severity], since_us: int, now_us: int, limit: int
) -> list[Happening]:
    """What is due and was not told this way yet, oldest first."""
    query = (
        select(ALERT, ALERT_EVENT.c.id.label("event_id"), ALERT_EVENT.c.what, ALERT_EVENT.c.at_us)
        .join_from(ALERT_EVENT, ALERT, ALERT_EVENT.c.alert_id == ALERT.c.id)
        .where(
            ALERT_EVENT.c.due_us > since_us,
            ALERT_EVENT.c.due_us <= now_us,
            ALERT_EVENT.c[way.value].is_(None),
            ALERT.c.severity.in_(list(severities)),
        )
        .order_by(ALERT_EVENT.c.at_us, ALERT_EVENT.c.id)
        .limit(limit)
    )
    return [Happening(row.event_id, What(row.what), row.at_us, _recorded(row)) for row in tx.execute(query)]


def note_told(tx: Transaction, way: Way, ids: Iterable[UUID], outcome: Outcome) -> None:
    tx.execute(update(ALERT_EVENT).where(ALERT_EVENT.c.id.in_(list(ids))).values({way.value: outcome}))


def batched(ids: Iterable[UUID], size: int) -> Iterator[list[UUID]]:
    left = iter(ids)
    while some := list(islice(left, size)):
        yield some


def _words(detail: Mapping[str, str]) -> str:
    return json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)


def _recorded(row: Row[Any]) -> Recorded:
    said = None
    if row.acknowledged_us is not None:
        said = Acknowledgement(
            row.acknowledged_us, row.acknowledged_by, row.acknowledged_label or "", row.acknowledged_note or ""
        )
    return Recorded(
        row.id,
        row.code,
        Severity(row.severity),
        row.object_kind,
        row.object_id,
        json.loads(row.detail),
        row.raised_us,
        row.cleared_us,
        said,
        row.times,
        _assigned(row),
        _closed(row),
    )


def _assigned(row: Row[Any]) -> Assignment | None:
    if row.assigned_us is None:
        return None
    return Assignment(row.assigned_us, row.assigned_by or "", row.assigned_to, row.assigned_label or "")


def _closed(row: Row[Any]) -> Closing | None:
    if row.closed_us is None:
        return None
    return Closing(row.closed_us, row.closed_by or "", CloseReason(row.closed_reason), row.closed_note or "")
