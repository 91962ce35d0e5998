"""Several processes that record: members with a lease, which channels each has, whose unfinished segments are."""

import sqlalchemy as sa
from alembic import op

revision = "0007_processes"
down_revision = "0006_onvif"


def upgrade() -> None:
    op.create_table(
        "media_member",
        sa.Column("fence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("able", sa.Boolean(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.Column("clock_epoch", sa.Integer(), nullable=False),
        sa.Column("joined_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger()),
        sa.PrimaryKeyConstraint("fence"),
    )
    living = sa.text("ended_us IS NULL")
    op.create_index(
        "uq_media_member_living",
        "media_member",
        ["number"],
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )
    op.create_table(
        "media_assignment",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger()),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("bytes_per_s", sa.Float()),
        sa.PrimaryKeyConstraint("channel_id"),
    )
    op.add_column("segment", sa.Column("fence", sa.BigInteger()))
