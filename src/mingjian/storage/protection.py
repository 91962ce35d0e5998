"""On PostgreSQL: what the role of the running program may do, when another role owns the tables.

Triggers refuse changes to what is append-only, but an owner can take triggers away. So two roles: the owner runs
`mingjian migrate`, and the program connects as a role that may read and add there, and nothing else.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import Connection

from mingjian.storage.engine import Database, connected

APPEND_ONLY: Final = ("audit_entry", "audit_seal")
READ_ONLY: Final = ("alembic_version",)


def grant_to(database: Database, role: str) -> None:
    """Let `role` use every table of this schema, and only add to those that are append-only. Run by the owner.

    It may be repeated, and has to be after a migration that made tables. Does nothing on SQLite, which has no roles.
    """
    with connected(database.engine) as connection:
        if connection.dialect.name == "postgresql":
            for statement in _statements(connection, role):
                connection.execute(text(statement))
            connection.commit()


def _statements(connection: Connection, role: str) -> list[str]:
    quote = connection.dialect.identifier_preparer.quote
    to, schema = quote(role), quote(str(connection.execute(text("SELECT current_schema()")).scalar_one()))
    statements = [
        f"GRANT USAGE ON SCHEMA {schema} TO {to}",
        f"REVOKE CREATE ON SCHEMA {schema} FROM {to}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {to}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {to}",
    ]
    statements += [f"REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER ON {schema}.{name} FROM {to}" for name in APPEND_ONLY]
    statements += [f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {schema}.{name} FROM {to}" for name in READ_ONLY]
    return statements


def owns_tables(connection: Connection) -> bool:
    """Whether whoever is connected could change the schema, and so take the guards of the log away."""
    if connection.dialect.name != "postgresql":
        return True
    query = """SELECT bool_or(pg_has_role(current_user, relowner, 'USAGE')) FROM pg_class
               WHERE relname = 'alembic_version' AND relnamespace = current_schema()::regnamespace"""
    found = connection.execute(text(query)).scalar()
    return found is None or bool(found)
