"""Tables of checks: runs with their place in the store, and damage found."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, Uuid

from mingjian.storage.engine import METADATA

CHECK_RUN: Final = Table(
    "check_run",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("cursor", Text, nullable=False),
    Column("segments_done", BigInteger, nullable=False),
    Column("segments_total", BigInteger, nullable=False),
    Column("bytes_done", BigInteger, nullable=False),
    Column("bytes_total", BigInteger, nullable=False),
    Column("found", Integer, nullable=False),
)
DAMAGE: Final = Table(
    "damage",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("volume_id", Uuid, nullable=False),
    Column("segment_id", Uuid),
    Column("channel_id", Uuid),
    Column("path_name", Text, nullable=False),
    Column("start_us", BigInteger),
    Column("end_us", BigInteger),
    Column("clock_epoch", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("found_us", BigInteger, nullable=False),
    Column("cleared_us", BigInteger),
    Index("ix_damage_channel_id_start_us", "channel_id", "start_us"),
    Index("ix_damage_segment_id", "segment_id"),
)
