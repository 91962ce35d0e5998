"""Tables of what leaves the store: clips, and grants for other players."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    Row,
    Table,
    Text,
    Uuid,
    delete,
    func,
    insert,
    select,
    update,
)

from mingjian.kernel.ids import ChannelId, PersonId, SegmentId, ViewId
from mingjian.kernel.intervals import Span
from mingjian.media.export.model import (
    MAX_RANGE_US,
    UNFINISHED,
    Clip,
    ClipChannel,
    ClipId,
    ClipState,
    Contents,
    Grant,
    LeftOut,
    Part,
)
from mingjian.media.store import SEGMENT
from mingjian.storage import news
from mingjian.storage.engine import METADATA, Transaction
from mingjian.storage.keyset import DOWN, Order, Page, Place
from mingjian.storage.news import Topic

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
    Index("ix_clip_start_us", "start_us"),
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

# What an engine takes as values of one statement is limited.
_AT_ONCE: Final = 5_000

# Clips


def add(tx: Transaction, clip: Clip) -> None:
    news.tell(tx, Topic.CLIP, clip.id)
    tx.execute(
        insert(CLIP),
        {
            "id": clip.id,
            "person_id": clip.person_id,
            "person_label": clip.person_label,
            "channels": _dump([{"id": str(one.id), "name": one.name} for one in clip.channels]),
            "start_us": clip.start_us,
            "end_us": clip.end_us,
            "reason": clip.reason,
            "state": clip.state,
            "done_bytes": clip.done_bytes,
            "total_bytes": clip.total_bytes,
            "parts": _dump(asdict(clip.contents)),
            "file_name": clip.file_name,
            "created_us": clip.created_us,
            "expires_us": clip.expires_us,
        },
    )


def get(tx: Transaction, clip_id: UUID, *, for_change: bool = False) -> Clip | None:
    query = select(CLIP).where(CLIP.c.id == clip_id)
    row = tx.execute(query.with_for_update() if for_change else query).one_or_none()
    return _clip(row) if row else None


def some(tx: Transaction, ids: Collection[UUID]) -> list[Clip]:
    return [_clip(row) for row in tx.execute(select(CLIP).where(CLIP.c.id.in_(list(ids))))]


_CLIPS: Final = Order((CLIP.c.created_us, DOWN), (CLIP.c.id, DOWN))


def of_person(tx: Transaction, person_id: PersonId, after: Place | None, limit: int) -> Page[Clip]:
    """A page of those that were not deleted, newest first."""
    mine = CLIP.c.person_id == person_id, CLIP.c.state != ClipState.CANCELLED
    return _CLIPS.page(tx, select(CLIP).where(*mine), after, limit, _clip)


def of_channel(tx: Transaction, channel_id: ChannelId, span: Span, limit: int) -> list[Clip]:
    """Whoever's copies of a channel that touch `span` and were made or are being made, newest first."""
    query = select(CLIP).where(
        CLIP.c.start_us < span.end_us,
        CLIP.c.start_us >= span.start_us - MAX_RANGE_US,
        CLIP.c.end_us > span.start_us,
        CLIP.c.state.in_((*UNFINISHED, ClipState.READY, ClipState.EXPIRED)),
        CLIP.c.channels.contains(str(channel_id), autoescape=True),
    )
    return [_clip(row) for row in tx.execute(query.order_by(CLIP.c.created_us.desc(), CLIP.c.id).limit(limit))]


def count_unfinished(tx: Transaction, person_id: PersonId) -> int:
    query = select(func.count()).select_from(CLIP).where(CLIP.c.person_id == person_id, CLIP.c.state.in_(UNFINISHED))
    return int(tx.execute(query).scalar_one())


def promised_bytes(tx: Transaction) -> int:
    """Bytes that clips not finished yet will still write."""
    query = select(func.coalesce(func.sum(CLIP.c.total_bytes - CLIP.c.done_bytes), 0))
    return max(0, int(tx.execute(query.where(CLIP.c.state.in_(UNFINISHED))).scalar_one()))


def progress(tx: Transaction, clip_id: ClipId, done_bytes: int) -> bool:
    """Say how far a clip is; False when it is no longer wanted."""
    running = CLIP.c.state.in_(UNFINISHED)
    values = {"state": ClipState.RUNNING, "done_bytes": done_bytes}
    news.tell(tx, Topic.CLIP, clip_id)
    return tx.execute(update(CLIP).where(CLIP.c.id == clip_id, running).values(**values)).rowcount == 1


def set_ready(
    tx: Transaction, clip_id: ClipId, contents: Contents, file_name: str, size: int, digest: bytes, now_us: int
) -> None:
    news.tell(tx, Topic.CLIP, clip_id)
    tx.execute(
        update(CLIP)
        .where(CLIP.c.id == clip_id)
        .values(
            state=ClipState.READY,
            parts=_dump(asdict(contents)),
            file_name=file_name,
            size=size,
            digest=digest,
            done_bytes=CLIP.c.total_bytes,
            finished_us=now_us,
        )
    )


def set_failed(tx: Transaction, clip_id: ClipId, code: str, values: Mapping[str, str], now_us: int) -> None:
    news.tell(tx, Topic.CLIP, clip_id)
    tx.execute(
        update(CLIP)
        .where(CLIP.c.id == clip_id)
        .values(state=ClipState.FAILED, problem_code=code, problem_values=_dump(dict(values)), finished_us=now_us)
    )


def set_state(tx: Transaction, clip_id: ClipId, state: ClipState, now_us: int) -> None:
    news.tell(tx, Topic.CLIP, clip_id)
    values = {"state": state, "finished_us": func.coalesce(CLIP.c.finished_us, now_us)}
    tx.execute(update(CLIP).where(CLIP.c.id == clip_id).values(**values))


def expired(tx: Transaction, now_us: int, limit: int) -> list[Clip]:
    """Clips whose time is over, ready or never finished."""
    wanted = CLIP.c.state.in_([ClipState.READY, *UNFINISHED])
    return [_clip(row) for row in tx.execute(select(CLIP).where(wanted, CLIP.c.expires_us <= now_us).limit(limit))]


def oldest_ready(tx: Transaction, finished_before_us: int) -> Clip | None:
    query = select(CLIP).where(CLIP.c.state == ClipState.READY, CLIP.c.finished_us < finished_before_us)
    row = tx.execute(query.order_by(CLIP.c.finished_us, CLIP.c.id).limit(1)).one_or_none()
    return _clip(row) if row else None


def in_states(tx: Transaction, states: Sequence[ClipState]) -> set[ClipId]:
    return {ClipId(found) for found in tx.execute(select(CLIP.c.id).where(CLIP.c.state.in_(states))).scalars()}


def segment_digests(tx: Transaction, ids: Iterable[SegmentId]) -> dict[SegmentId, bytes]:
    """The digests of those that are finished."""
    wanted = list(ids)
    query = select(SEGMENT.c.id, SEGMENT.c.digest).where(SEGMENT.c.digest.is_not(None))
    return {
        SegmentId(row.id): row.digest
        for at in range(0, len(wanted), _AT_ONCE)
        for row in tx.execute(query.where(SEGMENT.c.id.in_(wanted[at : at + _AT_ONCE])))
    }


def _clip(row: Row[Any]) -> Clip:
    problem = (row.problem_code, json.loads(row.problem_values or "{}")) if row.problem_code else None
    return Clip(
        ClipId(row.id),
        PersonId(row.person_id),
        row.person_label,
        tuple(ClipChannel(ChannelId(UUID(one["id"])), one["name"]) for one in json.loads(row.channels)),
        row.start_us,
        row.end_us,
        row.reason,
        ClipState(row.state),
        row.done_bytes,
        row.total_bytes,
        _contents(json.loads(row.parts)),
        row.file_name,
        row.size,
        row.digest,
        problem,
        row.created_us,
        row.finished_us,
        row.expires_us,
    )


def _contents(kept: Mapping[str, Any]) -> Contents:
    parts = tuple(Part(**{**one, "channel_id": ChannelId(UUID(one["channel_id"]))}) for one in kept["parts"])
    left_out = tuple(LeftOut(**{**one, "channel_id": ChannelId(UUID(one["channel_id"]))}) for one in kept["left_out"])
    return Contents(parts, left_out, kept["more"])


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


# Grants


def add_grant(tx: Transaction, token_digest: bytes, grant: Grant) -> None:
    tx.execute(insert(STREAM_GRANT), {"token_digest": token_digest, **asdict(grant)})


def grant(tx: Transaction, token_digest: bytes, now_us: int) -> Grant | None:
    """The grant of a token, while it holds."""
    query = select(STREAM_GRANT).where(STREAM_GRANT.c.token_digest == token_digest, STREAM_GRANT.c.expires_us > now_us)
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return Grant(ViewId(row.view_id), ChannelId(row.channel_id), row.start_us, row.end_us, row.expires_us)


def forget_grants(tx: Transaction, before_us: int) -> None:
    tx.execute(delete(STREAM_GRANT).where(STREAM_GRANT.c.expires_us <= before_us))
