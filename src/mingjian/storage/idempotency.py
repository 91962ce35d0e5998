"""Requests that are to happen once: what was asked under which key, and what was answered.

The content is opaque here: whoever writes it seals it, since answers may hold one-time links. Rows live KEEP_US.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    delete,
    insert,
    update,
)
from sqlalchemy import select as sql_select
from sqlalchemy.exc import IntegrityError

from mingjian.storage.engine import METADATA, Transaction

KEEP_US: Final = 86_400_000_000
LEASE_US: Final = 120_000_000
"""So long a request may take; one that has not ended by then died with its process."""

REQUEST: Final = Table(
    "idempotent_request",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("owner", Uuid, nullable=False),
    Column("key_digest", LargeBinary, nullable=False),
    Column("operation", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger),
    UniqueConstraint("owner", "key_digest", name="uq_idempotent_request_owner"),
    Index("ix_idempotent_request_created_us", "created_us"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `finished_us` None: it has begun, and its answer is not known."""

    id: UUID
    owner: UUID
    key_digest: bytes
    operation: str
    content: bytes
    created_us: int
    finished_us: int | None = None


def begin(tx: Transaction, request: Request) -> bool:
    """Take the key for this request; False when somebody has it already."""
    stale = request.created_us - KEEP_US
    mine = (REQUEST.c.owner == request.owner, REQUEST.c.key_digest == request.key_digest)
    tx.execute(delete(REQUEST).where(*mine, REQUEST.c.created_us < stale))
    values = {
        "id": request.id,
        "owner": request.owner,
        "key_digest": request.key_digest,
        "operation": request.operation,
        "content": request.content,
        "created_us": request.created_us,
    }
    try:
        with tx.savepoint():
            tx.execute(insert(REQUEST).values(**values))
    except IntegrityError:
        return False
    return True


def find(tx: Transaction, owner: UUID, key_digest: bytes) -> Request | None:
    query = sql_select(REQUEST).where(REQUEST.c.owner == owner, REQUEST.c.key_digest == key_digest)
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return Request(row.id, row.owner, row.key_digest, row.operation, row.content, row.created_us, row.finished_us)


def finish(tx: Transaction, request_id: UUID, content: bytes, now_us: int) -> None:
    """Keep the answer."""
    tx.execute(update(REQUEST).where(REQUEST.c.id == request_id).values(content=content, finished_us=now_us))


def forget(tx: Transaction, request_id: UUID) -> None:
    """The request had no effect; its key may be used again."""
    tx.execute(delete(REQUEST).where(REQUEST.c.id == request_id))


def prune(tx: Transaction, now_us: int) -> int:
    """Forget what is older than KEEP_US; returns how many."""
    return tx.execute(delete(REQUEST).where(REQUEST.c.created_us < now_us - KEEP_US)).rowcount
