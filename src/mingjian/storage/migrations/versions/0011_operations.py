"""Alerts that are acknowledged and told to others, backups that were made, requests that happen once, long gaps."""

import sqlalchemy as sa
from alembic import op

revision = "0011_operations"
down_revision = "0010_registry"


def upgrade() -> None:
    _alerts()
    _alert_events()
    _backups()
    _requests()
    long_gap = sa.text("end_us - start_us > 86400000000")
    op.create_index("ix_gap_long", "gap", ["channel_id", "end_us"], sqlite_where=long_gap, postgresql_where=long_gap)


def _alerts() -> None:
    op.add_column("alert", sa.Column("severity", sa.Text(), nullable=False, server_default="warning"))
    op.add_column("alert", sa.Column("times", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("alert", sa.Column("acknowledged_us", sa.BigInteger()))
    op.add_column("alert", sa.Column("acknowledged_by", sa.Uuid()))
    op.add_column("alert", sa.Column("acknowledged_label", sa.Text()))
    op.add_column("alert", sa.Column("acknowledged_note", sa.Text()))
    op.create_index("ix_alert_raised_us", "alert", ["raised_us"])
    op.create_index("ix_alert_cleared_us", "alert", ["cleared_us"])


def _alert_events() -> None:
    op.create_table(
        "alert_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.Column("mail", sa.Text()),
        sa.Column("hook", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_alert_event_due_us", "alert_event", ["due_us"])
    op.create_index("ix_alert_event_alert_id", "alert_event", ["alert_id"])


def _backups() -> None:
    op.create_table(
        "backup_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("finished_us", sa.BigInteger()),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_backup_run_started_us", "backup_run", ["started_us"])


def _requests() -> None:
    op.create_table(
        "idempotent_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("finished_us", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "key_digest", name="uq_idempotent_request_owner"),
    )
    op.create_index("ix_idempotent_request_created_us", "idempotent_request", ["created_us"])
