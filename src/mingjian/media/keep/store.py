"""Tables of keeping: plans, events, terms, holds, completeness, alerts."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, Uuid, text

from mingjian.storage.engine import METADATA

CHANNEL_RECORDING: Final = Table(
    "channel_recording",
    METADATA,
    Column("channel_id", Uuid, primary_key=True),
    Column("group_id", Uuid, ForeignKey("volume_group.id")),
    Column("plan", Text, nullable=False),
    Column("weekly", Text, nullable=False),
    Column("pre_roll_s", Integer, nullable=False),
    Column("post_roll_s", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
)
RECORDING_EVENT: Final = Table(
    "recording_event",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Index("ix_recording_event_channel_id_at_us", "channel_id", "at_us"),
)
RETENTION_TERM: Final = Table(
    "retention_term",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("set_label", Text, nullable=False),
    Column("set_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Index("ix_retention_term_channel_id", "channel_id"),
)
HOLD: Final = Table(
    "hold",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", Uuid),
    Column("placed_label", Text, nullable=False),
    Column("placed_us", BigInteger, nullable=False),
    Column("lifted_by", Uuid),
    Column("lifted_label", Text),
    Column("lifted_us", BigInteger),
    Column("lift_reason", Text),
    Index("ix_hold_channel_id_end_us", "channel_id", "end_us"),
)
COMPLETENESS_DAY: Final = Table(
    "completeness_day",
    METADATA,
    Column("channel_id", Uuid, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("planned_us", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("causes", Text, nullable=False),
    Column("unexplained_us", BigInteger, nullable=False),
    Column("computed_us", BigInteger, nullable=False),
)
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
    Index(
        "uq_alert_standing",
        "code",
        "object_kind",
        "object_id",
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    ),
)
