"""Where every channel stands, in the directory: the map asks for boxes of a hundred thousand."""

import sqlalchemy as sa
from alembic import op

revision = "0019_positions"
down_revision = "0018_news"

# Entries of kind 4 are channels, and their parents are spots.
_FILL = """
UPDATE directory SET
    longitude = (SELECT COALESCE(spot.longitude, place.longitude)
                 FROM spot JOIN place ON place.id = spot.place_id WHERE spot.id = directory.parent_id),
    latitude = (SELECT COALESCE(spot.latitude, place.latitude)
                FROM spot JOIN place ON place.id = spot.place_id WHERE spot.id = directory.parent_id)
WHERE kind = 4
"""


def upgrade() -> None:
    op.add_column("directory", sa.Column("longitude", sa.Float(), nullable=True))
    op.add_column("directory", sa.Column("latitude", sa.Float(), nullable=True))
    op.execute(_FILL)
    op.create_index("ix_directory_kind_position", "directory", ["kind", "longitude", "latitude", "region_code"])
