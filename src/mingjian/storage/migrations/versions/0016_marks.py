"""Marks of footage, and the indexes by which a timeline finds alerts and copies of its channel."""

import sqlalchemy as sa
from alembic import op

revision = "0016_marks"
down_revision = "0015_preferences"


def upgrade() -> None:
    op.create_table(
        "mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Uuid()),
        sa.Column("placed_label", sa.Text(), nullable=False),
        sa.Column("placed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mark_channel_id_start_us", "mark", ["channel_id", "start_us"])
    op.create_index("ix_mark_start_us", "mark", ["start_us"])
    op.create_index("ix_alert_object_id_raised_us", "alert", ["object_id", "raised_us"])
    op.create_index("ix_clip_start_us", "clip", ["start_us"])
