"""Where a member hands out live pictures to other machines."""

import sqlalchemy as sa
from alembic import op

revision = "0012_live_addresses"
down_revision = "0011_operations"


def upgrade() -> None:
    op.add_column("media_member", sa.Column("live_address", sa.Text()))
