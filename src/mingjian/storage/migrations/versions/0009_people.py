"""Second factors, devices, notices, duty places, tokens of programs; one holder for each of the three administrations.

Of several enabled administrators of one kind the one who was there first stays; the others are disabled, and the
security administrator may give them another role.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_people"
down_revision = "0008_rights_and_seals"

_SEATS = ("system_administrator", "security_administrator", "auditor")
_SEATED = sa.text("role IN ('system_administrator', 'security_administrator', 'auditor') AND disabled_us IS NULL")


def upgrade() -> None:
    _people()
    _sessions()
    _factors()
    _notices()
    _administration()
    _duty_places()
    _program_tokens()
    op.add_column("view", sa.Column("session_key", sa.LargeBinary(), nullable=True))
    op.create_table(
        "site_fact",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _people() -> None:
    op.add_column("person", sa.Column("number", sa.Text(), nullable=True))
    op.add_column("person", sa.Column("pin_hash", sa.Text(), nullable=True))
    with op.batch_alter_table("person") as batch:
        batch.create_unique_constraint("uq_person_number", ["number"])
    person = sa.table(
        "person",
        sa.column("id", sa.Uuid()),
        sa.column("role", sa.Text()),
        sa.column("created_us", sa.BigInteger()),
        sa.column("disabled_us", sa.BigInteger()),
    )
    for seat in _SEATS:
        holders = sa.select(person).where(person.c.role == seat, person.c.disabled_us.is_(None))
        for row in op.get_bind().execute(holders.order_by(person.c.created_us, person.c.id)).all()[1:]:
            op.execute(sa.update(person).where(person.c.id == row.id).values(disabled_us=row.created_us))
    op.create_index("uq_person_seat", "person", ["role"], unique=True, sqlite_where=_SEATED, postgresql_where=_SEATED)


def _sessions() -> None:
    for name, default in (("kind", "browser"), ("address", ""), ("agent", ""), ("asserted_address", "")):
        op.add_column("session", sa.Column(name, sa.Text(), nullable=False, server_default=default))
    for name in ("agent_key", "device_key"):
        op.add_column("session", sa.Column(name, sa.LargeBinary(), nullable=True))
    for name in ("asserted_us", "active_us"):
        op.add_column("session", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "known_device",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("device_key", sa.LargeBinary(), nullable=False),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "device_key"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
    )


def _factors() -> None:
    op.create_table(
        "second_factor",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_us", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_us", sa.BigInteger(), nullable=True),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
    )
    op.create_table(
        "recovery_code",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
    )
    op.create_index("ix_recovery_code_person_id", "recovery_code", ["person_id"])


def _notices() -> None:
    op.create_table(
        "person_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
    )
    op.create_index("ix_person_notice_person_id", "person_notice", ["person_id"])


def _administration() -> None:
    op.create_table(
        "administration_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("decided_us", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
    )


def _duty_places() -> None:
    op.create_table(
        "duty_place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("link_key", sa.LargeBinary(), nullable=True),
        sa.Column("link_expires_us", sa.BigInteger(), nullable=False),
        sa.Column("device_key", sa.LargeBinary(), nullable=True),
        sa.Column("enrolled_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link_key"),
        sa.UniqueConstraint("device_key"),
    )


def _program_tokens() -> None:
    op.create_table(
        "program_token",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("used_us", sa.BigInteger(), nullable=True),
        sa.Column("used_address", sa.Text(), nullable=False),
        sa.Column("revoked_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
    )
    op.create_index("ix_program_token_person_id", "program_token", ["person_id"])
