"""Entries by whom a deputy stood in for: who looks for somebody's acts finds those done in that name too."""

from alembic import op

revision = "0013_audit_deputies"
down_revision = "0012_live_addresses"


def upgrade() -> None:
    op.create_index("ix_audit_entry_for_id_seq", "audit_entry", ["for_id", "seq"])
