"""What changed last, for open pages."""

import sqlalchemy as sa
from alembic import op

revision = "0018_news"
down_revision = "0017_duty"


def upgrade() -> None:
    op.create_table(
        "news",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "subject"),
    )
    op.create_index("ix_news_stamp", "news", ["stamp"])
