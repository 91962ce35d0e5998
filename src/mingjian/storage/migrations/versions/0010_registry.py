"""Organisations, systems, signs, the history of channels, and a directory of what is in use.

What was installed keeps its names, its place and its spot; it belongs to no organisation until somebody says so.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from pypinyin import Style, lazy_pinyin

revision = "0010_registry"
down_revision = "0009_people"

_ORGANISATION, _PLACE, _SPOT, _CHANNEL = 1, 2, 3, 4


def upgrade() -> None:
    _organisations()
    _more_of_what_was_there()
    _systems()
    _signs_and_roles()
    _histories()
    _directory()
    _fill()


def _bytes() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _organisations() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region_code", _bytes(), nullable=False),
        sa.Column("path", _bytes(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("retired_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        sa.ForeignKeyConstraint(["parent_id"], ["organisation.id"], name="fk_organisation_parent_id"),
    )
    op.create_index("ix_organisation_path", "organisation", ["path"])
    op.create_index("ix_organisation_parent_id", "organisation", ["parent_id"])
    op.create_index("ix_organisation_name", "organisation", ["name"])


def _more_of_what_was_there() -> None:
    _add_reference("place", "organisation_id", "organisation")
    op.add_column("place", sa.Column("kinds", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_place_organisation_id", "place", ["organisation_id"])
    op.create_index("ix_place_name", "place", ["name"])
    for name in ("longitude", "latitude", "direction_deg", "field_deg", "range_m"):
        op.add_column("spot", sa.Column(name, sa.Float(), nullable=True))
    op.create_index("ix_spot_place_id", "spot", ["place_id"])
    for name in ("maker", "model", "serial", "hardware_id"):
        op.add_column("device", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name in ("address", "serial", "hardware_id"):
        op.create_index(f"ix_device_{name}", "device", [name])
    _add_reference("channel", "merged_into", "channel")
    op.create_index("ix_channel_merged_into", "channel", ["merged_into"])
    op.create_index("ix_channel_spot_id", "channel", ["spot_id"])


def _systems() -> None:
    op.create_table(
        "system",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("retired_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_system"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_system_organisation_id"),
    )
    op.create_index("ix_system_organisation_id", "system", ["organisation_id"])
    op.create_table(
        "system_spot",
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("spot_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("system_id", "spot_id", name="pk_system_spot"),
        sa.ForeignKeyConstraint(["system_id"], ["system.id"], name="fk_system_spot_system_id"),
        sa.ForeignKeyConstraint(["spot_id"], ["spot.id"], name="fk_system_spot_spot_id"),
    )
    op.create_index("ix_system_spot_spot_id", "system_spot", ["spot_id"])
    _add_reference("device", "system_id", "system")
    op.create_index("ix_device_system_id", "device", ["system_id"])


def _signs_and_roles() -> None:
    op.create_table(
        "sign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("put_up_us", sa.BigInteger(), nullable=False),
        sa.Column("taken_down_us", sa.BigInteger(), nullable=True),
        sa.Column("photo_sha256", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sign"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_sign_place_id"),
    )
    op.create_index("ix_sign_place_id", "sign", ["place_id"])
    op.create_table(
        "statutory_role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("system_id", sa.Uuid(), nullable=True),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_statutory_role"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_statutory_role_organisation_id"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_statutory_role_place_id"),
        sa.ForeignKeyConstraint(["system_id"], ["system.id"], name="fk_statutory_role_system_id"),
    )
    for name in ("place_id", "system_id", "organisation_id"):
        op.create_index(f"ix_statutory_role_{name}", "statutory_role", [name])


def _histories() -> None:
    for other in ("device", "spot"):
        table = f"channel_{other}"
        op.create_table(
            table,
            sa.Column("channel_id", sa.Uuid(), nullable=False),
            sa.Column("from_us", sa.BigInteger(), nullable=False),
            sa.Column(f"{other}_id", sa.Uuid(), nullable=False),
            sa.Column("until_us", sa.BigInteger(), nullable=True),
            sa.PrimaryKeyConstraint("channel_id", "from_us", name=f"pk_{table}"),
            sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=f"fk_{table}_channel_id"),
            sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=f"fk_{table}_{other}_id"),
        )
        op.execute(
            f"INSERT INTO {table} (channel_id, from_us, {other}_id, until_us) "  # noqa: S608 - names from above
            f"SELECT id, created_us, {other}_id, retired_us FROM channel"
        )


def _directory() -> None:
    op.create_table(
        "directory",
        sa.Column("kind", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sorting", _bytes(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("region_code", _bytes(), nullable=False),
        sa.Column("path", _bytes(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("seat", _bytes(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "sorting", "id", name="pk_directory"),
        sqlite_with_rowid=False,
    )
    op.create_index("uq_directory_id_kind", "directory", ["id", "kind"], unique=True)
    for columns in (
        ("parent_id", "kind", "sorting"),
        ("seat", "kind", "sorting"),
        ("kind", "region_code"),
        ("kind", "path"),
        ("kind", "place_id"),
    ):
        op.create_index(f"ix_directory_{'_'.join(columns)}", "directory", list(columns))


def _add_reference(table: str, column: str, to: str) -> None:
    name = f"fk_{table}_{column}"
    if op.get_bind().dialect.name == "sqlite":  # it adds a reference with its column or not at all
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} CHAR(32) CONSTRAINT {name} REFERENCES {to} (id)")
        return
    op.add_column(table, sa.Column(column, sa.Uuid(), nullable=True))
    op.create_foreign_key(name, table, to, [column], ["id"])


def _fill() -> None:
    bind, directory = op.get_bind(), sa.table("directory", *map(sa.column, _COLUMNS))
    directory.c.id.type = directory.c.place_id.type = directory.c.parent_id.type = sa.Uuid()
    for rows in (_places(bind), _spots(bind), _channels(bind)):
        if found := list(rows):
            bind.execute(sa.insert(directory), found)


_COLUMNS = ("kind", "sorting", "id", "name", "searched", "region_code", "path", "place_id", "parent_id", "seat")


def _table(name: str, ids: Iterable[str], texts: Iterable[str], numbers: Iterable[str] = ()) -> sa.TableClause:
    return sa.table(
        name,
        *(sa.column(one, sa.Uuid()) for one in ids),
        *(sa.column(one, sa.Text()) for one in texts),
        *(sa.column(one, sa.BigInteger()) for one in numbers),
    )


def _places(bind: sa.Connection) -> Iterator[Mapping[str, Any]]:
    for row in bind.execute(sa.select(_table("place", ["id"], ["name", "address", "region_code"]))):
        yield _entry(_PLACE, row, row.region_code, None, None, [row.address], row.region_code)


def _spots(bind: sa.Connection) -> Iterator[Mapping[str, Any]]:
    spot, place = _table("spot", ["id", "place_id"], ["name"]), _table("place", ["id"], ["region_code"])
    query = sa.select(spot, place.c.region_code).join_from(spot, place, spot.c.place_id == place.c.id)
    for row in bind.execute(query):
        yield _entry(_SPOT, row, row.region_code, row.place_id, row.place_id, [])


def _channels(bind: sa.Connection) -> Iterator[Mapping[str, Any]]:
    channel = _table("channel", ["id", "device_id", "spot_id"], ["name"], ["retired_us"])
    device = _table("device", ["id"], ["address"])
    spot, place = _table("spot", ["id", "place_id"], []), _table("place", ["id"], ["region_code"])
    query = (
        sa.select(channel, device.c.address, spot.c.place_id, place.c.region_code)
        .join_from(channel, device, channel.c.device_id == device.c.id)
        .join(spot, channel.c.spot_id == spot.c.id)
        .join(place, spot.c.place_id == place.c.id)
        .where(channel.c.retired_us.is_(None))
    )
    for row in bind.execute(query):
        host = row.address.partition("://")[2].partition("/")[0].rpartition("@")[2]
        yield _entry(_CHANNEL, row, row.region_code, row.place_id, row.spot_id, [host])


def _entry(
    kind: int, row: Any, region: str, place_id: object, parent_id: object, others: list[str], seat: str = ""
) -> Mapping[str, Any]:
    name = _plain(row.name)
    sounds = [_sound(one) for one in lazy_pinyin(name, style=Style.NORMAL, errors=lambda other: "\0" + other)]
    whole = "".join(one for one, _ in sounds)
    heard = [whole, "".join(initial for _, initial in sounds)] if whole != name.replace(" ", "") else []
    searched = "\n".join([name, *heard, *(_plain(one) for one in others if one)])
    sorting = (whole if heard else name)[:32]
    place_id = row.id if kind == _PLACE else place_id
    values = (kind, sorting, row.id, row.name, searched, region, "", place_id, parent_id, seat)
    return dict(zip(_COLUMNS, values, strict=True))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _sound(one: str) -> tuple[str, str]:
    own = one.removeprefix("\0").replace(" ", "")
    return own, own if one.startswith("\0") else own[:1]
