"""How people arrange their own console."""

import sqlalchemy as sa
from alembic import op

revision = "0015_preferences"
down_revision = "0014_law"


def upgrade() -> None:
    op.create_table(
        "person_preference",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "name"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
    )
