"""Tables of what leaves the store: clips, and grants for other players."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, Uuid

from mingjian.storage.engine import METADATA

CLIP: Final = Table(
    "clip",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("person_label", Text, nullable=False),
    Column("channels", Text, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done_bytes", BigInteger, nullable=False),
    Column("total_bytes", BigInteger, nullable=False),
    Column("parts", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size", BigInteger),
    Column("digest", LargeBinary),
    Column("problem_code", Text),
    Column("problem_values", Text),
    Column("created_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger),
    Column("expires_us", BigInteger, nullable=False),
    Index("ix_clip_person_id_created_us", "person_id", "created_us"),
)
STREAM_GRANT: Final = Table(
    "stream_grant",
    METADATA,
    Column("token_digest", LargeBinary, primary_key=True),
    Column("view_id", Uuid, nullable=False),
    Column("channel_id", Uuid, nullable=False),
    Column("start_us", BigInteger),
    Column("end_us", BigInteger),
    Column("expires_us", BigInteger, nullable=False),
)
