"""A row for every table of any revision, made from the schema as it is in the database.

A column with a rule of its own (a CHECK, a code) gets its value here; all others are filled by their type.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, Table, types
from sqlalchemy.engine import Connection

VALUES: dict[tuple[str, str], Any] = {
    ("job", "state"): "running",
    ("job", "lease_owner"): "host:1",
    ("job", "lease_until_us"): 1_764_000_030_000_000,
    ("job", "payload"): '{"字": 1}',
    ("one_time_token", "purpose"): "setup",
}
_BY_TYPE: tuple[tuple[type[types.TypeEngine[Any]], Any], ...] = (
    (types.Uuid, UUID(int=1)),
    (types.CHAR, f"{1:032x}"),  # what a UUID is on SQLite
    (types.Boolean, True),
    (types.Integer, 1),
    (types.Float, 1.5),
    (types.Numeric, 1),
    (types.LargeBinary, b"\x01"),
    (types.String, "字"),
)


def insert_one_row_each(connection: Connection) -> None:
    """Insert a row into every empty table, parents first."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        if table.name != "alembic_version" and connection.execute(table.select()).first() is None:
            connection.execute(table.insert(), _row(table))


def _row(table: Table) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        if (table.name, column.name) in VALUES:
            row[column.name] = VALUES[table.name, column.name]
        elif not column.nullable:
            row[column.name] = next(value for kind, value in _BY_TYPE if isinstance(column.type, kind))
    return row
