"""Where a device answers ONVIF."""

import sqlalchemy as sa
from alembic import op

revision = "0006_onvif"
down_revision = "0005_ingest"


def upgrade() -> None:
    op.add_column("device", sa.Column("onvif_address", sa.Text()))
