"""Where rights hold and who stands in for whom; digests and seals of the audit log.

Everybody who was there keeps what they could reach: everywhere. Entries that were there are sealed as they stand.
"""

import secrets
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0008_rights_and_seals"
down_revision = "0007_processes"

_SQLITE_TRIGGERS = (
    """CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal
       BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END""",
    """CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal
       BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END""",
    """CREATE TRIGGER audit_seal_no_replace BEFORE INSERT ON audit_seal
       WHEN EXISTS (SELECT 1 FROM audit_seal WHERE size = NEW.size)
       BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END""",
)
_POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION audit_seal_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'audit_seal is append-only'; END $$""",
    """CREATE TRIGGER audit_seal_no_change BEFORE UPDATE OR DELETE ON audit_seal
       FOR EACH ROW EXECUTE FUNCTION audit_seal_refuse()""",
    """CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal
       FOR EACH STATEMENT EXECUTE FUNCTION audit_seal_refuse()""",
)


def upgrade() -> None:
    _grants()
    _deputies()
    _everywhere()
    _digests()
    _seals()
    _verifications()


def _grants() -> None:
    op.create_table(
        "scope_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given_us", sa.BigInteger(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_label", sa.Text(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_label", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
    )
    op.create_index("ix_scope_grant_person_id", "scope_grant", ["person_id"])


def _deputies() -> None:
    op.create_table(
        "deputy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("absent_id", sa.Uuid(), nullable=False),
        sa.Column("stand_in_id", sa.Uuid(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("given_us", sa.BigInteger(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_label", sa.Text(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_label", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["absent_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["stand_in_id"], ["person.id"]),
    )
    op.create_index("ix_deputy_absent_id", "deputy", ["absent_id"])
    op.create_index("ix_deputy_stand_in_id", "deputy", ["stand_in_id"])


def _everywhere() -> None:
    person = sa.table("person", sa.column("id", sa.Uuid()), sa.column("created_us", sa.BigInteger()))
    names = ("kind", "value", "hours", "note", "given_label")
    grant = sa.table(
        "scope_grant",
        sa.column("id", sa.Uuid()),
        sa.column("person_id", sa.Uuid()),
        sa.column("from_us", sa.BigInteger()),
        sa.column("given_us", sa.BigInteger()),
        *(sa.column(name, sa.Text()) for name in names),
    )
    fixed = {"kind": "everywhere", "value": "", "hours": "[]", "note": "升级前的人员 upgrade", "given_label": "system"}
    for row in op.get_bind().execute(sa.select(person)).all():
        when = {"from_us": row.created_us, "given_us": row.created_us}
        op.execute(sa.insert(grant).values(id=_new_id(row.created_us), person_id=row.id, **when, **fixed))


def _new_id(us: int) -> uuid.UUID:
    value = (us // 1000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _digests() -> None:
    op.add_column("audit_entry", sa.Column("for_id", sa.Uuid(), nullable=True))
    op.add_column("audit_entry", sa.Column("for_label", sa.Text(), nullable=False, server_default=""))
    op.add_column("audit_entry", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.create_index("ix_audit_entry_at_us", "audit_entry", ["at_us"])
    op.create_index("ix_audit_entry_action_seq", "audit_entry", ["action", "seq"])
    op.create_index("ix_audit_entry_actor_id_seq", "audit_entry", ["actor_id", "seq"])
    op.create_index("ix_audit_entry_object_kind_object_id_seq", "audit_entry", ["object_kind", "object_id", "seq"])


def _seals() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    engine = op.get_bind().dialect.name
    for statement in _SQLITE_TRIGGERS if engine == "sqlite" else _POSTGRESQL_TRIGGERS:
        op.execute(statement)


def _verifications() -> None:
    op.create_table(
        "audit_verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_label", sa.Text(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
