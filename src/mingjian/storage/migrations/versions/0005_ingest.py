"""More of each camera: sound, transports, a second stream, and what was lost on the way."""

import sqlalchemy as sa
from alembic import op

revision = "0005_ingest"
down_revision = "0004_store"


def upgrade() -> None:
    op.add_column("device", sa.Column("transport", sa.Text(), nullable=False, server_default="auto"))
    op.add_column("device", sa.Column("sub_address", sa.Text()))
    op.add_column("segment", sa.Column("sound", sa.Text()))
    op.add_column("channel_status", sa.Column("sound", sa.Text()))
    op.add_column("connection", sa.Column("transport", sa.Text(), nullable=False, server_default="tcp"))
    for name in ("packets_lost", "packets_dropped", "units_damaged"):
        op.add_column("connection", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
