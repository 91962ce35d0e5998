"""What changed, for open pages: told in the transaction of the change, looked for by who has somebody to tell.

One row for each subject says when it changed last, so the table is as large as what there is, and a change that is told
ten times before anybody looks is one. The row is written right before the commit, subjects in order: whoever waits
for a row of this table holds everything else that it needs, so that two writers never wait for each other.

`stamp` orders changes as they became visible. On SQLite writers commit one after the other: a counter does. On
PostgreSQL it is the number of the transaction, and a `Place` remembers which transactions had not ended when it was
taken; what they told is found by the next look, whenever they commit.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, Table, Text, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from mingjian.storage.engine import METADATA, Transaction


class Topic(StrEnum):
    """What pages hear of."""

    CHANNEL = "channel"  # how it is doing; the subject is the channel
    REGISTRY = "registry"  # what is installed and where; no subject
    ALERT = "alert"
    CLIP = "clip"
    HOLD = "hold"
    MARK = "mark"
    DUTY = "duty"
    PTZ = "ptz"  # the subject is the channel
    JOB = "job"  # a piece of work that somebody asked for, by its kind
    SESSION = "session"  # the subject is a person
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class News:
    """Something about `subject` changed."""

    topic: Topic
    subject: str


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody has looked: everything before `stamp`, and `seen` of what came since."""

    stamp: int
    seen: frozenset[tuple[str, str, int]] = frozenset()


NEWS: Final = Table(
    "news",
    METADATA,
    Column("topic", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("stamp", BigInteger, nullable=False),
    Index("ix_news_stamp", "stamp"),
)
KEEP: Final = 20_000
"""So many subjects are remembered, those that changed last; who looks once a second needs far fewer."""
_BATCH: Final = 400


def tell(tx: Transaction, topic: Topic, subject: object = "") -> None:
    """What `subject` is changed in this transaction; pages hear of it within about a second of the commit."""
    tx.gather(_write, (topic.value, str(subject)))


def now(tx: Transaction) -> Place:
    """The place behind everything that was told so far."""
    return look(tx, Place(0))[0]


def look(tx: Transaction, since: Place) -> tuple[Place, list[News]]:
    """What changed since, each subject once, and the place for the next look."""
    if tx.dialect == "sqlite":
        query = select(NEWS).where(NEWS.c.stamp > since.stamp).order_by(NEWS.c.stamp)
        rows = tx.execute(query).all()
        return Place(rows[-1].stamp if rows else since.stamp), [News(Topic(row.topic), row.subject) for row in rows]
    oldest = int(tx.execute(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")).scalar_one())
    query = select(NEWS).where(NEWS.c.stamp >= since.stamp).order_by(NEWS.c.stamp)
    found = [(row.topic, row.subject, row.stamp) for row in tx.execute(query)]
    place = Place(oldest, frozenset(one for one in found if one[2] >= oldest))
    return place, [News(Topic(one[0]), one[1]) for one in found if one not in since.seen]


def prune(tx: Transaction) -> int:
    """Forget what changed longest ago, beyond KEEP subjects; returns how many."""
    oldest = select(NEWS.c.stamp).order_by(NEWS.c.stamp.desc()).offset(KEEP).limit(1).scalar_subquery()
    return tx.execute(delete(NEWS).where(NEWS.c.stamp <= oldest)).rowcount


def _write(tx: Transaction, told: Collection[Any]) -> None:
    ordered = sorted(told)
    for at in range(0, len(ordered), _BATCH):
        _upsert(tx, ordered[at : at + _BATCH])


def _upsert(tx: Transaction, told: list[tuple[str, str]]) -> None:
    rows = [{"topic": topic, "subject": subject} for topic, subject in told]
    if tx.dialect == "sqlite":
        stamp = int(tx.execute(select(func.coalesce(func.max(NEWS.c.stamp), 0) + 1)).scalar_one())
        on_sqlite = sqlite.insert(NEWS).values([{**row, "stamp": stamp} for row in rows])
        tx.execute(on_sqlite.on_conflict_do_update(index_elements=_KEY, set_={"stamp": on_sqlite.excluded.stamp}))
        return
    number = int(tx.execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one())
    on_postgresql = postgresql.insert(NEWS).values([{**row, "stamp": number} for row in rows])
    tx.execute(on_postgresql.on_conflict_do_update(index_elements=_KEY, set_={"stamp": on_postgresql.excluded.stamp}))


_KEY: Final = [NEWS.c.topic, NEWS.c.subject]
