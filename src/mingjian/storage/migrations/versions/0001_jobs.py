"""Jobs: leased rows with a fencing token."""

import sqlalchemy as sa
from alembic import op

revision = "0001_jobs"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_after_us", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until_us", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("finished_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'running', 'done', 'dead', 'superseded')", name="state"),
        sa.CheckConstraint(
            "(state = 'running') = (lease_owner IS NOT NULL AND lease_until_us IS NOT NULL)", name="lease"
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_job_state_run_after_us", "job", ["state", "run_after_us"])
    pending = sa.text("state = 'pending' AND dedupe_key IS NOT NULL")
    op.create_index(
        "uq_job_dedupe_key_pending", "job", ["dedupe_key"], unique=True, sqlite_where=pending, postgresql_where=pending
    )
