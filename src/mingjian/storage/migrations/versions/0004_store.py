"""The store: groups of volumes, what each channel is recorded by, terms and holds, clocks, checks, clips, alerts."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0004_store"
down_revision = "0003_registry_and_media"


def upgrade() -> None:
    _volume_groups()
    _segments()
    _clock()
    _keeping()
    _checking()
    _export()


def _volume_groups() -> None:
    op.create_table(
        "volume_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", name="uq_volume_group_name"),
    )
    op.add_column("volume", sa.Column("group_id", sa.Uuid()))
    op.add_column("volume", sa.Column("retired_us", sa.BigInteger()))
    _group_what_is_there()
    with op.batch_alter_table("volume") as batch:
        batch.alter_column("group_id", existing_type=sa.Uuid(), nullable=False)
        batch.create_foreign_key("fk_volume_group_id", "volume_group", ["group_id"], ["id"])


def _group_what_is_there() -> None:
    """Volumes of one kind stood alone until now: each kind becomes a group."""
    connection = op.get_bind()
    volume = sa.table(
        "volume", sa.column("group_id", sa.Uuid), sa.column("demonstration", sa.Boolean), sa.column("created_us")
    )
    group = sa.table(
        "volume_group",
        sa.column("id", sa.Uuid),
        sa.column("name"),
        sa.column("demonstration", sa.Boolean),
        sa.column("created_us"),
    )
    kinds = sa.select(volume.c.demonstration, sa.func.min(volume.c.created_us)).group_by(volume.c.demonstration)
    for demonstration, created_us in connection.execute(kinds).all():
        group_id = uuid4()
        name = "demonstration" if demonstration else "default"
        connection.execute(
            sa.insert(group).values(id=group_id, name=name, demonstration=demonstration, created_us=created_us)
        )
        connection.execute(sa.update(volume).where(volume.c.demonstration == demonstration).values(group_id=group_id))


def _segments() -> None:
    op.add_column("segment", sa.Column("marked_us", sa.BigInteger()))
    op.add_column("gap", sa.Column("clock_epoch", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "recorded_day",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("volume_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "volume_id", "day"),
    )
    op.create_index("ix_recorded_day_volume_id_day", "recorded_day", ["volume_id", "day"])
    op.drop_index("ix_segment_channel_id_start_us", "segment")
    op.create_index("ix_segment_timeline", "segment", ["channel_id", "start_us", "state", "clock_epoch", "end_us"])
    lasting = sa.text("end_us IS NULL")
    op.create_index("ix_gap_lasting", "gap", ["channel_id"], sqlite_where=lasting, postgresql_where=lasting)
    # Days of UTC+8, counted from 1970: Asia/Shanghai has had no other time since 1991.
    op.execute(
        "INSERT INTO recorded_day (channel_id, volume_id, day, segments, bytes) "
        "SELECT channel_id, volume_id, (start_us + 28800000000) / 86400000000, count(*), sum(size) "
        "FROM segment WHERE state = 'closed' "
        "GROUP BY channel_id, volume_id, (start_us + 28800000000) / 86400000000"
    )


def _clock() -> None:
    op.create_table(
        "clock_epoch",
        sa.Column("epoch", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("began_us", sa.BigInteger(), nullable=False),
        sa.Column("step_us", sa.BigInteger(), nullable=False),
        sa.Column("observed", sa.Boolean(), nullable=False),
        sa.Column("confirmed_us", sa.BigInteger()),
        sa.Column("confirmed_by", sa.Text()),
        sa.PrimaryKeyConstraint("epoch"),
    )
    op.create_table(
        "clock_seen",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "connection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("clock_epoch", sa.Integer(), nullable=False),
        sa.Column("began_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger()),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("first_clock_error_us", sa.BigInteger()),
        sa.Column("clock_error_us", sa.BigInteger()),
        sa.Column("drift_ppm", sa.Float()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_connection_channel_id_began_us", "connection", ["channel_id", "began_us"])


def _keeping() -> None:
    op.create_table(
        "channel_recording",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid()),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("weekly", sa.Text(), nullable=False),
        sa.Column("pre_roll_s", sa.Integer(), nullable=False),
        sa.Column("post_roll_s", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["volume_group.id"]),
        sa.PrimaryKeyConstraint("channel_id"),
    )
    op.create_table(
        "recording_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recording_event_channel_id_at_us", "recording_event", ["channel_id", "at_us"])
    op.create_table(
        "retention_term",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("set_label", sa.Text(), nullable=False),
        sa.Column("set_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_retention_term_channel_id", "retention_term", ["channel_id"])
    op.create_table(
        "hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Uuid()),
        sa.Column("placed_label", sa.Text(), nullable=False),
        sa.Column("placed_us", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.Uuid()),
        sa.Column("lifted_label", sa.Text()),
        sa.Column("lifted_us", sa.BigInteger()),
        sa.Column("lift_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hold_channel_id_end_us", "hold", ["channel_id", "end_us"])
    op.create_table(
        "completeness_day",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("planned_us", sa.BigInteger(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("unexplained_us", sa.BigInteger(), nullable=False),
        sa.Column("computed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "day"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_us", sa.BigInteger(), nullable=False),
        sa.Column("cleared_us", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
    )
    standing = sa.text("cleared_us IS NULL")
    op.create_index(
        "uq_alert_standing",
        "alert",
        ["code", "object_kind", "object_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )


def _checking() -> None:
    op.create_table(
        "check_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger()),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("segments_done", sa.BigInteger(), nullable=False),
        sa.Column("segments_total", sa.BigInteger(), nullable=False),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.Column("bytes_total", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "damage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("volume_id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid()),
        sa.Column("channel_id", sa.Uuid()),
        sa.Column("path_name", sa.Text(), nullable=False),
        sa.Column("start_us", sa.BigInteger()),
        sa.Column("end_us", sa.BigInteger()),
        sa.Column("clock_epoch", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("found_us", sa.BigInteger(), nullable=False),
        sa.Column("cleared_us", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_damage_channel_id_start_us", "damage", ["channel_id", "start_us"])
    op.create_index("ix_damage_segment_id", "damage", ["segment_id"])


def _export() -> None:
    op.create_table(
        "clip",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_label", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done_bytes", sa.BigInteger(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("problem_code", sa.Text()),
        sa.Column("problem_values", sa.Text()),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("finished_us", sa.BigInteger()),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_clip_person_id_created_us", "clip", ["person_id", "created_us"])
    op.create_table(
        "stream_grant",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("start_us", sa.BigInteger()),
        sa.Column("end_us", sa.BigInteger()),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_digest"),
    )
