"""Tables of the registry. Only this package reads and writes them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from mingjian.storage.engine import METADATA

# Compared byte by byte on both engines: other orders leave out slashes, or know ranges that are none.
_BYTES: Final = Text().with_variant(Text(collation="C"), "postgresql")

ORGANISATION: Final = Table(
    "organisation",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("parent_id", Uuid, ForeignKey("organisation.id")),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("region_code", _BYTES, nullable=False),
    Column("path", _BYTES, nullable=False),
    Column("credit_code", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("retired_us", BigInteger),
    Index("ix_organisation_path", "path"),
    Index("ix_organisation_parent_id", "parent_id"),
    Index("ix_organisation_name", "name"),
)
PLACE: Final = Table(
    "place",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("longitude", Float),
    Column("latitude", Float),
    Column("organisation_id", Uuid, ForeignKey("organisation.id")),
    Column("kinds", Text, nullable=False, server_default=""),
    Index("ix_place_organisation_id", "organisation_id"),
    Index("ix_place_name", "name"),
)
SPOT: Final = Table(
    "spot",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("place_id", Uuid, ForeignKey("place.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("longitude", Float),
    Column("latitude", Float),
    Column("direction_deg", Float),
    Column("field_deg", Float),
    Column("range_m", Float),
    Index("ix_spot_place_id", "place_id"),
)
DESIGNATION: Final = Table(
    "place_designation",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("place_id", Uuid, ForeignKey("place.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("issued_on", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("recorded_label", Text, nullable=False),
    Column("ended_us", BigInteger),
    Index("ix_place_designation_place_id", "place_id"),
)
LAW_DECISION: Final = Table(
    "law_decision",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("spot_id", Uuid, ForeignKey("spot.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("citations", Text, nullable=False),
    Column("packs", Text, nullable=False),
    Column("decided_us", BigInteger, nullable=False),
    Column("decided_by", Uuid),
    Column("decided_label", Text, nullable=False),
    Index("ix_law_decision_spot_id", "spot_id"),
)
SIGN: Final = Table(
    "sign",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("place_id", Uuid, ForeignKey("place.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("longitude", Float),
    Column("latitude", Float),
    Column("put_up_us", BigInteger, nullable=False),
    Column("taken_down_us", BigInteger),
    Column("photo_sha256", LargeBinary),
    Index("ix_sign_place_id", "place_id"),
)
SYSTEM: Final = Table(
    "system",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("organisation_id", Uuid, ForeignKey("organisation.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("retired_us", BigInteger),
    Index("ix_system_organisation_id", "organisation_id"),
)
SYSTEM_SPOT: Final = Table(
    "system_spot",
    METADATA,
    Column("system_id", Uuid, ForeignKey("system.id"), primary_key=True),
    Column("spot_id", Uuid, ForeignKey("spot.id"), primary_key=True),
    Index("ix_system_spot_spot_id", "spot_id"),
)
STATUTORY_ROLE: Final = Table(
    "statutory_role",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("role", Text, nullable=False),
    Column("organisation_id", Uuid, ForeignKey("organisation.id"), nullable=False),
    Column("place_id", Uuid, ForeignKey("place.id")),
    Column("system_id", Uuid, ForeignKey("system.id")),
    Column("from_us", BigInteger, nullable=False),
    Column("until_us", BigInteger),
    Index("ix_statutory_role_place_id", "place_id"),
    Index("ix_statutory_role_system_id", "system_id"),
    Index("ix_statutory_role_organisation_id", "organisation_id"),
)
DEVICE: Final = Table(
    "device",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("address", Text, nullable=False),
    Column("credentials", LargeBinary),
    Column("transport", Text, nullable=False, server_default="auto"),
    Column("sub_address", Text),
    Column("onvif_address", Text),
    Column("system_id", Uuid, ForeignKey("system.id")),
    Column("maker", Text, nullable=False, server_default=""),
    Column("model", Text, nullable=False, server_default=""),
    Column("serial", Text, nullable=False, server_default=""),
    Column("hardware_id", Text, nullable=False, server_default=""),
    Index("ix_device_address", "address"),
    Index("ix_device_serial", "serial"),
    Index("ix_device_hardware_id", "hardware_id"),
    Index("ix_device_system_id", "system_id"),
)
CHANNEL: Final = Table(
    "channel",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("device_id", Uuid, ForeignKey("device.id"), nullable=False),
    Column("spot_id", Uuid, ForeignKey("spot.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("demonstration", Boolean, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("retired_us", BigInteger),
    Column("merged_into", Uuid, ForeignKey("channel.id")),
    Index("ix_channel_device_id", "device_id"),
    Index("ix_channel_spot_id", "spot_id"),
    Index("ix_channel_merged_into", "merged_into"),
)
CHANNEL_DEVICE: Final = Table(
    "channel_device",
    METADATA,
    Column("channel_id", Uuid, ForeignKey("channel.id"), primary_key=True),
    Column("from_us", BigInteger, primary_key=True),
    Column("device_id", Uuid, ForeignKey("device.id"), nullable=False),
    Column("until_us", BigInteger),
)
CHANNEL_SPOT: Final = Table(
    "channel_spot",
    METADATA,
    Column("channel_id", Uuid, ForeignKey("channel.id"), primary_key=True),
    Column("from_us", BigInteger, primary_key=True),
    Column("spot_id", Uuid, ForeignKey("spot.id"), nullable=False),
    Column("until_us", BigInteger),
)
DIRECTORY: Final = Table(
    "directory",
    METADATA,
    Column("kind", Integer, primary_key=True, autoincrement=False),
    Column("sorting", _BYTES, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("searched", Text, nullable=False),
    Column("region_code", _BYTES, nullable=False),
    Column("path", _BYTES, nullable=False),
    Column("place_id", Uuid),
    Column("parent_id", Uuid),
    Column("seat", _BYTES, nullable=False),
    # Where a channel stands; the map reads nothing but this index where it only counts.
    Column("longitude", Float),
    Column("latitude", Float),
    # So many letters of `searched` are no basic data: behind them stand addresses and numbers.
    Column("shown", Integer, nullable=False, server_default="0"),
    Index("ix_directory_kind_position", "kind", "longitude", "latitude", "region_code"),
    Index("uq_directory_id_kind", "id", "kind", unique=True),
    Index("ix_directory_parent_id_kind_sorting", "parent_id", "kind", "sorting"),
    Index("ix_directory_seat_kind_sorting", "seat", "kind", "sorting"),
    Index("ix_directory_kind_region_code", "kind", "region_code"),
    Index("ix_directory_kind_path", "kind", "path"),
    Index("ix_directory_kind_place_id", "kind", "place_id"),
    # Kept in the order in which it is listed: a search reads it from end to end.
    sqlite_with_rowid=False,
)
"""What is in use, as the tree and the search need it; made from the other tables in the transaction of each change."""
