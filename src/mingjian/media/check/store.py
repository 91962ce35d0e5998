"""Tables of checks: runs with their place in the store, and damage found. And what a check reads of other tables."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from mingjian.kernel.ids import ChannelId, CheckId, DamageId, SegmentId, VolumeId, new_id
from mingjian.media.check.model import (
    FOOTAGE_KINDS,
    CheckRun,
    Cursor,
    Damage,
    DamageKind,
    KnownDamage,
    Mode,
    RunState,
)
from mingjian.media.check.order import Placed
from mingjian.media.check.verify import Claim
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.model import KEPT_STATES, SHOWN_STATES, Segment, SegmentState, day_of, unpack_records
from mingjian.media.store import RECORDED_DAY, SEGMENT, SEGMENT_INDEX, VOLUME
from mingjian.storage import news
from mingjian.storage.engine import METADATA, Transaction
from mingjian.storage.keyset import DOWN, Order, Page, Place
from mingjian.storage.news import Topic

CHECK_RUN: Final = Table(
    "check_run",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("cursor", Text, nullable=False),
    Column("segments_done", BigInteger, nullable=False),
    Column("segments_total", BigInteger, nullable=False),
    Column("bytes_done", BigInteger, nullable=False),
    Column("bytes_total", BigInteger, nullable=False),
    Column("found", Integer, nullable=False),
)
DAMAGE: Final = Table(
    "damage",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("volume_id", Uuid, nullable=False),
    Column("segment_id", Uuid),
    Column("channel_id", Uuid),
    Column("path_name", Text, nullable=False),
    Column("start_us", BigInteger),
    Column("end_us", BigInteger),
    Column("clock_epoch", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("found_us", BigInteger, nullable=False),
    Column("cleared_us", BigInteger),
    Index("ix_damage_channel_id_start_us", "channel_id", "start_us"),
    Index("ix_damage_segment_id", "segment_id"),
    Index("ix_damage_found_us_id", "found_us", "id"),
)
_DAY_US: Final = 86_400_000_000
_UTC8_US: Final = 28_800_000_000
_MAX_US: Final = (1 << 63) - 1


# Runs


def add_run(tx: Transaction, run: CheckRun) -> None:
    news.tell(tx, Topic.JOB, "check")
    tx.execute(insert(CHECK_RUN), {"id": run.id, "started_us": run.started_us, **_changing(run)})


def note_run(tx: Transaction, run: CheckRun) -> None:
    news.tell(tx, Topic.JOB, "check")
    tx.execute(update(CHECK_RUN).where(CHECK_RUN.c.id == run.id).values(**_changing(run)))


def run_of(tx: Transaction, run_id: CheckId) -> CheckRun | None:
    row = tx.execute(select(CHECK_RUN).where(CHECK_RUN.c.id == run_id)).one_or_none()
    return _run(row) if row else None


def runs(tx: Transaction, limit: int) -> list[CheckRun]:
    """The newest runs first."""
    return [_run(row) for row in tx.execute(select(CHECK_RUN).order_by(CHECK_RUN.c.started_us.desc()).limit(limit))]


def unfinished(tx: Transaction, mode: Mode) -> list[CheckRun]:
    """Runs of a mode that have not come to their end, newest first."""
    query = select(CHECK_RUN).where(CHECK_RUN.c.mode == mode, CHECK_RUN.c.state != RunState.DONE)
    return [_run(row) for row in tx.execute(query.order_by(CHECK_RUN.c.started_us.desc()))]


def last_done(tx: Transaction, mode: Mode) -> CheckRun | None:
    query = select(CHECK_RUN).where(CHECK_RUN.c.mode == mode, CHECK_RUN.c.state == RunState.DONE)
    row = tx.execute(query.order_by(CHECK_RUN.c.ended_us.desc()).limit(1)).one_or_none()
    return _run(row) if row else None


def totals(tx: Transaction, only: VolumeId | None) -> tuple[int, int]:
    """Segments and bytes that a run has before it, by the counters of days."""
    query = select(
        func.coalesce(func.sum(RECORDED_DAY.c.segments), 0).label("segments"),
        func.coalesce(func.sum(RECORDED_DAY.c.bytes), 0).label("size"),
    )
    if only is not None:
        query = query.where(RECORDED_DAY.c.volume_id == only)
    row = tx.execute(query).one()
    return int(row.segments), int(row.size)


def _changing(run: CheckRun) -> dict[str, Any]:
    return {
        "mode": run.mode,
        "state": run.state,
        "updated_us": run.updated_us,
        "ended_us": run.ended_us,
        "cursor": run.cursor.dump(),
        "segments_done": run.segments_done,
        "segments_total": run.segments_total,
        "bytes_done": run.bytes_done,
        "bytes_total": run.bytes_total,
        "found": run.found,
    }


def _run(row: Row[Any]) -> CheckRun:
    return CheckRun(
        CheckId(row.id),
        Mode(row.mode),
        RunState(row.state),
        row.started_us,
        row.updated_us,
        row.ended_us,
        Cursor.load(row.cursor),
        row.segments_done,
        row.segments_total,
        row.bytes_done,
        row.bytes_total,
        row.found,
    )


# Damage


def hold_volume(tx: Transaction, volume_id: VolumeId) -> None:
    """Let no other check decide about the damage of this volume until `tx` ends."""
    tx.execute(select(VOLUME.c.id).where(VOLUME.c.id == volume_id).with_for_update(key_share=True))


def standing_of(tx: Transaction, segment_ids: Collection[SegmentId]) -> list[KnownDamage]:
    """Damage of these segments' files that was found and has not been cleared."""
    query = _standing().where(DAMAGE.c.segment_id.in_(segment_ids), DAMAGE.c.kind != DamageKind.OVERLAP)
    return [_known(row) for row in tx.execute(query)]


def standing_files(tx: Transaction, volume_id: VolumeId) -> list[KnownDamage]:
    """Standing damage of a volume that belongs to no segment and no channel: files, folders, the volume itself."""
    query = _standing().where(
        DAMAGE.c.volume_id == volume_id, DAMAGE.c.segment_id.is_(None), DAMAGE.c.channel_id.is_(None)
    )
    return [_known(row) for row in tx.execute(query)]


def standing_counters(tx: Transaction, volume_id: VolumeId) -> list[KnownDamage]:
    query = _standing().where(DAMAGE.c.volume_id == volume_id, DAMAGE.c.kind == DamageKind.COUNTER)
    return [_known(row) for row in tx.execute(query)]


def standing_order(tx: Transaction, channel_id: ChannelId) -> list[KnownDamage]:
    """Standing damage of a channel's spans: overlaps, and stretches that nothing explains."""
    unexplained = and_(DAMAGE.c.kind == DamageKind.MISSING, DAMAGE.c.segment_id.is_(None))
    query = _standing().where(DAMAGE.c.channel_id == channel_id, or_(DAMAGE.c.kind == DamageKind.OVERLAP, unexplained))
    return [_known(row) for row in tx.execute(query)]


def standing_by_volume(tx: Transaction) -> dict[VolumeId, int]:
    """How much damage stands on each volume that has any."""
    query = (
        select(DAMAGE.c.volume_id, func.count().label("standing"))
        .where(DAMAGE.c.cleared_us.is_(None))
        .group_by(DAMAGE.c.volume_id)
    )
    return {VolumeId(row.volume_id): int(row.standing) for row in tx.execute(query)}


_FOUND: Final = Order((DAMAGE.c.found_us, DOWN), (DAMAGE.c.id, DOWN))


def listing(tx: Transaction, after: Place | None, limit: int, *, cleared: bool) -> Page[KnownDamage]:
    """A page of damage, newest first; `cleared` also that which a later check found whole."""
    return _FOUND.page(tx, select(DAMAGE) if cleared else _standing(), after, limit, _known)


def damaged_between(tx: Transaction, channel_id: ChannelId, start_us: int, end_us: int) -> list[KnownDamage]:
    """Standing damage that costs picture of a channel in [start_us, end_us), in order."""
    query = _standing().where(
        DAMAGE.c.channel_id == channel_id,
        DAMAGE.c.segment_id.is_not(None),
        DAMAGE.c.kind.in_(FOOTAGE_KINDS),
        DAMAGE.c.start_us < end_us,
        DAMAGE.c.end_us > start_us,
    )
    return [_known(row) for row in tx.execute(query.order_by(DAMAGE.c.clock_epoch, DAMAGE.c.start_us))]


def add_damage(tx: Transaction, found: Sequence[Damage], now_us: int) -> None:
    rows = [
        {
            "id": new_id(now_us),
            "volume_id": one.volume_id,
            "segment_id": one.segment_id,
            "channel_id": one.channel_id,
            "path_name": one.path_name,
            "start_us": one.start_us,
            "end_us": one.end_us,
            "clock_epoch": one.clock_epoch,
            "kind": one.kind,
            "detail": one.detail,
            "found_us": now_us,
            "cleared_us": None,
        }
        for one in found
    ]
    if rows:
        tx.execute(insert(DAMAGE), rows)
        news.tell(tx, Topic.JOB, "damage")


def clear_damage(tx: Transaction, ids: Collection[DamageId], now_us: int) -> None:
    if ids:
        tx.execute(update(DAMAGE).where(DAMAGE.c.id.in_(ids)).values(cleared_us=now_us))
        news.tell(tx, Topic.JOB, "damage")


def clear_gone(tx: Transaction, volume_id: VolumeId, now_us: int) -> None:
    """Clear what was damage of segments that have been deleted since: their rows are gone."""
    there = select(SEGMENT.c.id).where(SEGMENT.c.id == DAMAGE.c.segment_id).exists()
    tx.execute(
        update(DAMAGE)
        .where(DAMAGE.c.volume_id == volume_id, DAMAGE.c.cleared_us.is_(None), DAMAGE.c.segment_id.is_not(None), ~there)
        .values(cleared_us=now_us)
    )


def _standing() -> Select[Any]:
    return select(DAMAGE).where(DAMAGE.c.cleared_us.is_(None))


def _known(row: Row[Any]) -> KnownDamage:
    damage = Damage(
        VolumeId(row.volume_id),
        DamageKind(row.kind),
        row.detail,
        SegmentId(row.segment_id) if row.segment_id else None,
        ChannelId(row.channel_id) if row.channel_id else None,
        row.path_name,
        row.start_us,
        row.end_us,
        row.clock_epoch,
    )
    return KnownDamage(DamageId(row.id), damage, row.found_us, row.cleared_us)


# What is checked


def claims(tx: Transaction, volume_id: VolumeId, after: str, limit: int, *, index: bool) -> list[Claim]:
    """Segments of a volume whose files must be there, by state and time, behind `after` (see `place_of`).

    `index`: with the fragments of all; without it open segments have theirs alone. The order is that of an index: in
    the order of ids each page would sort the volume.
    """
    state, start_us, last = after.split() if after else (SHOWN_STATES[0], "", "")
    for current in SHOWN_STATES[SHOWN_STATES.index(SegmentState(state)) :]:
        query = _claims(index=index).where(SEGMENT.c.volume_id == volume_id, SEGMENT.c.state == current)
        if start_us and current == state:
            later = or_(SEGMENT.c.start_us > int(start_us), SEGMENT.c.id > UUID(last))
            query = query.where(SEGMENT.c.start_us >= int(start_us), later)
        found = tx.execute(query.order_by(SEGMENT.c.start_us, SEGMENT.c.id).limit(limit)).all()
        if found:
            return [_claim(row) for row in found]
    return []


def place_of(claim: Claim) -> str:
    """Where a claim stands in the order of `claims`."""
    segment = claim.segment
    return f"{segment.state} {segment.start_us} {segment.id}"


def claim_of(tx: Transaction, segment_id: SegmentId) -> Claim | None:
    """One segment with its fragments, if its file must (still) be there."""
    query = _claims(index=True).where(SEGMENT.c.id == segment_id, SEGMENT.c.state.in_(SHOWN_STATES))
    row = tx.execute(query).one_or_none()
    return _claim(row) if row else None


def _claims(*, index: bool) -> Select[Any]:
    joined = SEGMENT_INDEX.c.segment_id == SEGMENT.c.id
    if not index:
        joined = and_(joined, SEGMENT.c.state == SegmentState.OPEN)
    return select(SEGMENT, SEGMENT_INDEX.c.records).join_from(SEGMENT, SEGMENT_INDEX, joined, isouter=True)


def _claim(row: Row[Any]) -> Claim:
    records = tuple(unpack_records(row.records or b""))
    finished = row.state in KEPT_STATES
    reach = row.start_us + (records[-1].end_offset_us if records else 0)
    segment = Segment(
        SegmentId(row.id),
        ChannelId(row.channel_id),
        VolumeId(row.volume_id),
        SegmentState(row.state),
        row.path_name,
        row.start_us,
        reach if row.end_us is None else row.end_us,
        row.clock_epoch,
        row.init_size,
        row.size or 0,
        VideoParameters(row.codec, row.mime, row.width, row.height, row.fps, row.configuration),
    )
    return Claim(segment, records, row.digest if finished else None, row.frames if finished else None)


def paths_of(tx: Transaction, segment_ids: Collection[UUID], volume_id: VolumeId) -> dict[UUID, str]:
    """Which path each of these segments has on a volume, in whatever state it is."""
    # The volume is not asked for in the query: an engine might read the whole volume for it.
    query = select(SEGMENT.c.id, SEGMENT.c.volume_id, SEGMENT.c.path_name).where(SEGMENT.c.id.in_(segment_ids))
    return {row.id: row.path_name for row in tx.execute(query) if row.volume_id == volume_id}


def has_older_than(tx: Transaction, moment_us: int) -> bool:
    """Whether a day before the one of `moment_us` has finished footage, by the counters."""
    query = select(RECORDED_DAY.c.day).where(RECORDED_DAY.c.day < day_of(moment_us), RECORDED_DAY.c.segments > 0)
    return tx.execute(query.limit(1)).one_or_none() is not None


def next_day(tx: Transaction, volume_id: VolumeId, day: int) -> int | None:
    """The first day from `day` on that has finished segments or counters on a volume."""
    counted = select(func.min(RECORDED_DAY.c.day)).where(
        RECORDED_DAY.c.volume_id == volume_id, RECORDED_DAY.c.day >= day
    )
    found = [tx.execute(counted).scalar_one()]
    for state in KEPT_STATES:
        start = select(func.min(SEGMENT.c.start_us)).where(
            SEGMENT.c.volume_id == volume_id, SEGMENT.c.state == state, SEGMENT.c.start_us >= _day_start(day)
        )
        first: int | None = tx.execute(start).scalar_one()
        found.append(None if first is None else day_of(first))
    return min((one for one in found if one is not None), default=None)


def counted(tx: Transaction, volume_id: VolumeId, day: int) -> dict[ChannelId, tuple[int, int]]:
    """What the counters say of a day: segments and bytes of each channel. Zeros are nothing."""
    query = select(RECORDED_DAY).where(RECORDED_DAY.c.volume_id == volume_id, RECORDED_DAY.c.day == day)
    rows = ((ChannelId(row.channel_id), (row.segments, row.bytes)) for row in tx.execute(query))
    return {channel: counters for channel, counters in rows if counters != (0, 0)}


def kept(tx: Transaction, volume_id: VolumeId, day: int) -> dict[ChannelId, tuple[int, int]]:
    """What the rows of finished segments say of the same."""
    query = (
        select(
            SEGMENT.c.channel_id,
            func.count().label("segments"),
            func.coalesce(func.sum(SEGMENT.c.size), 0).label("bytes"),
        )
        .where(
            SEGMENT.c.volume_id == volume_id,
            SEGMENT.c.state.in_(KEPT_STATES),
            SEGMENT.c.start_us >= _day_start(day),
            SEGMENT.c.start_us < _day_start(day + 1),
        )
        .group_by(SEGMENT.c.channel_id)
    )
    return {ChannelId(row.channel_id): (int(row.segments), int(row.bytes)) for row in tx.execute(query)}


def day_span(day: int) -> tuple[int, int]:
    """[start, end) of a day of UTC+8 in microseconds."""
    return _day_start(day), _day_start(day + 1)


def _day_start(day: int) -> int:
    # A row that somebody wrote may have any day: what the column of times cannot hold is cut.
    return max(-_MAX_US, min(day * _DAY_US - _UTC8_US, _MAX_US))


def next_channel(tx: Transaction, after: str) -> ChannelId | None:
    """The first channel behind `after` that has segments. One look into an index for each channel."""
    query = select(SEGMENT.c.channel_id).order_by(SEGMENT.c.channel_id).limit(1)
    if after:
        query = query.where(SEGMENT.c.channel_id > UUID(after))
    found: UUID | None = tx.execute(query).scalar_one_or_none()
    return None if found is None else ChannelId(found)


def spans_of(tx: Transaction, channel_id: ChannelId, page: int = 5_000) -> Iterator[Placed]:
    """The spans of a channel's segments in the order of time, page by page."""
    columns = (SEGMENT.c.id, SEGMENT.c.volume_id, SEGMENT.c.clock_epoch, SEGMENT.c.start_us, SEGMENT.c.end_us)
    query = (
        select(*columns, SEGMENT.c.path_name)
        .where(SEGMENT.c.channel_id == channel_id, SEGMENT.c.state.in_(SHOWN_STATES))
        .order_by(SEGMENT.c.start_us, SEGMENT.c.id)
        .limit(page)
    )
    rows: Sequence[Row[Any]] = tx.execute(query).all()
    while rows:
        yield from (_placed(channel_id, row) for row in rows)
        last = rows[-1]
        behind = or_(
            SEGMENT.c.start_us > last.start_us, and_(SEGMENT.c.start_us == last.start_us, SEGMENT.c.id > last.id)
        )
        # The first condition alone lets the index find the place.
        rows = tx.execute(query.where(SEGMENT.c.start_us >= last.start_us, behind)).all()


def _placed(channel_id: ChannelId, row: Row[Any]) -> Placed:
    is_open = row.end_us is None
    return Placed(
        SegmentId(row.id),
        channel_id,
        VolumeId(row.volume_id),
        row.clock_epoch,
        row.start_us,
        row.start_us if is_open else row.end_us,
        row.path_name,
        is_open,
    )


def is_ring(tx: Transaction, volume_ids: Iterable[VolumeId]) -> bool:
    """Whether one of these volumes is used as a ring, which loses its oldest without a word."""
    query = select(func.count()).where(VOLUME.c.id.in_(list(volume_ids)), VOLUME.c.demonstration)
    return bool(tx.execute(query).scalar_one())


def volumes_with_rows(tx: Transaction) -> list[tuple[VolumeId, str]]:
    """Volumes with segments, by id, and their folders."""
    there = select(SEGMENT.c.id).where(SEGMENT.c.volume_id == VOLUME.c.id).exists()
    query = select(VOLUME.c.id, VOLUME.c.path).where(or_(VOLUME.c.retired_us.is_(None), there)).order_by(VOLUME.c.id)
    return [(VolumeId(row.id), row.path) for row in tx.execute(query)]
