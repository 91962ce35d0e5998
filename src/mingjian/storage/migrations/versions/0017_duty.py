"""Duty: posts, rosters, shifts, the log, hand-overs; alerts are assigned and closed."""

import sqlalchemy as sa
from alembic import op

revision = "0017_duty"
down_revision = "0016_marks"

# A later migration that rebuilds duty_log (batch mode on SQLite) must create these again.
_SQLITE_TRIGGERS = (
    """CREATE TRIGGER duty_log_no_update BEFORE UPDATE ON duty_log
       BEGIN SELECT RAISE(ABORT, 'duty_log is append-only'); END""",
    """CREATE TRIGGER duty_log_no_delete BEFORE DELETE ON duty_log
       BEGIN SELECT RAISE(ABORT, 'duty_log is append-only'); END""",
)
_POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION duty_log_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'duty_log is append-only'; END $$""",
    """CREATE TRIGGER duty_log_no_change BEFORE UPDATE OR DELETE ON duty_log
       FOR EACH ROW EXECUTE FUNCTION duty_log_refuse()""",
)
_OPEN = sa.text("ended_us IS NULL")
_WAITING = sa.text("stage = 'submitted'")


def upgrade() -> None:
    _alerts()
    _posts()
    _shifts()
    _log()
    _handovers()
    op.create_index("ix_view_person_id_seen_us", "view", ["person_id", "seen_us"])


def _alerts() -> None:
    op.add_column("alert", sa.Column("assigned_us", sa.BigInteger(), nullable=True))
    op.add_column("alert", sa.Column("assigned_to", sa.Uuid(), nullable=True))
    op.add_column("alert", sa.Column("assigned_label", sa.Text(), nullable=True))
    op.add_column("alert", sa.Column("assigned_by", sa.Text(), nullable=True))
    op.add_column("alert", sa.Column("closed_us", sa.BigInteger(), nullable=True))
    op.add_column("alert", sa.Column("closed_by", sa.Text(), nullable=True))
    op.add_column("alert", sa.Column("closed_reason", sa.Text(), nullable=True))
    op.add_column("alert", sa.Column("closed_note", sa.Text(), nullable=True))


def _posts() -> None:
    op.create_table(
        "duty_post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("seat_id", sa.Uuid(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _one_open("uq_duty_post_name", "duty_post", "name")
    _one_open("uq_duty_post_seat_id", "duty_post", "seat_id")
    op.create_table(
        "duty_slot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("day", sa.Text(), nullable=True),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"]),
    )
    op.create_index("ix_duty_slot_post_id", "duty_slot", ["post_id"])
    op.create_table(
        "duty_exception",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "day"),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"]),
    )
    op.create_table(
        "duty_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"]),
    )
    op.create_index("ix_duty_task_post_id", "duty_task", ["post_id"])
    op.create_table(
        "duty_number",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "day"),
    )


def _shifts() -> None:
    op.create_table(
        "duty_shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_label", sa.Text(), nullable=False),
        sa.Column("begun_us", sa.BigInteger(), nullable=False),
        sa.Column("planned_from_us", sa.BigInteger(), nullable=True),
        sa.Column("planned_until_us", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"]),
    )
    _one_open("uq_duty_shift_post_open", "duty_shift", "post_id")
    _one_open("uq_duty_shift_person_open", "duty_shift", "person_id")
    op.create_index("ix_duty_shift_post_id_begun_us", "duty_shift", ["post_id", "begun_us"])
    op.create_table(
        "duty_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("person_label", sa.Text(), nullable=False),
        sa.Column("well", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["task_id"], ["duty_task.id"]),
        sa.ForeignKeyConstraint(["shift_id"], ["duty_shift.id"]),
        sa.UniqueConstraint("shift_id", "task_id", "due_us"),
    )


def _log() -> None:
    op.create_table(
        "duty_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_label", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("channel_name", sa.Text(), nullable=False),
        sa.Column("moment_us", sa.BigInteger(), nullable=True),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.Column("reported_to", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"]),
        sa.ForeignKeyConstraint(["shift_id"], ["duty_shift.id"]),
        sa.ForeignKeyConstraint(["corrects"], ["duty_log.id"]),
    )
    op.create_index("ix_duty_log_shift_id", "duty_log", ["shift_id"])
    op.create_index("ix_duty_log_post_id_at_us", "duty_log", ["post_id", "at_us"])
    postgresql = op.get_bind().dialect.name == "postgresql"
    for trigger in _POSTGRESQL_TRIGGERS if postgresql else _SQLITE_TRIGGERS:
        op.execute(trigger)


def _handovers() -> None:
    op.create_table(
        "duty_handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
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
        sa.Column("next_shift_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"]),
        sa.ForeignKeyConstraint(["shift_id"], ["duty_shift.id"]),
        sa.ForeignKeyConstraint(["next_shift_id"], ["duty_shift.id"]),
    )
    op.create_index("ix_duty_handover_shift_id", "duty_handover", ["shift_id"])
    op.create_index("ix_duty_handover_next_shift_id", "duty_handover", ["next_shift_id"])
    op.create_index(
        "uq_duty_handover_waiting",
        "duty_handover",
        ["shift_id"],
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def _one_open(name: str, table: str, column: str) -> None:
    op.create_index(name, table, [column], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
