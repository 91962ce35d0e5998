"""Orders in which long lists are read page by page."""

from alembic import op

revision = "0021_pages"
down_revision = "0020_turning"


def upgrade() -> None:
    op.create_index("ix_scope_grant_given_us_id", "scope_grant", ["given_us", "id"])
    op.create_index("ix_damage_found_us_id", "damage", ["found_us", "id"])
