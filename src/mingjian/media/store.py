"""Tables of media: volumes, segments with the index of their fragments, gaps, the state of each channel."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Select,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from mingjian.kernel.ids import ChannelId, GapId, SegmentId, VolumeGroupId, VolumeId
from mingjian.kernel.intervals import Span
from mingjian.media.formats.frames import SoundParameters, VideoParameters
from mingjian.media.model import (
    KEPT_STATES,
    SHOWN_STATES,
    ChannelState,
    ClockEpoch,
    Gap,
    GapCause,
    Origin,
    Segment,
    SegmentState,
    Volume,
    VolumeGroup,
    day_of,
    reach_of,
)
from mingjian.storage import news
from mingjian.storage.engine import METADATA, Transaction
from mingjian.storage.news import Topic

VOLUME_GROUP: Final = Table(
    "volume_group",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("demonstration", Boolean, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    UniqueConstraint("name", name="uq_volume_group_name"),
)
VOLUME: Final = Table(
    "volume",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("path", Text, nullable=False),
    Column("demonstration", Boolean, nullable=False),
    Column("limit_bytes", BigInteger),
    Column("created_us", BigInteger, nullable=False),
    Column("group_id", Uuid, ForeignKey("volume_group.id", name="fk_volume_group_id"), nullable=False),
    Column("retired_us", BigInteger),
)
SEGMENT: Final = Table(
    "segment",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid, nullable=False),
    Column("volume_id", Uuid, ForeignKey("volume.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("path_name", Text, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger),
    Column("clock_epoch", Integer, nullable=False),
    Column("codec", Text, nullable=False),
    Column("mime", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("fps", Float, nullable=False),
    Column("configuration", LargeBinary, nullable=False),
    Column("init_size", Integer, nullable=False),
    Column("size", BigInteger),
    Column("frames", BigInteger),
    Column("digest", LargeBinary),
    Column("recovered", Boolean, nullable=False),
    Column("marked_us", BigInteger),
    # The life of the member that opened it, or took it over to recover it; see `media.members`.
    Column("fence", BigInteger),
    Column("sound", Text),
    # Whole for a timeline: the rows of a channel lie far apart, one page for each minute of a day.
    Index("ix_segment_timeline", "channel_id", "start_us", "state", "clock_epoch", "end_us"),
    Index("ix_segment_volume_id_state_start_us", "volume_id", "state", "start_us"),
)
SEGMENT_INDEX: Final = Table(
    "segment_index",
    METADATA,
    Column("segment_id", Uuid, ForeignKey("segment.id"), primary_key=True),
    Column("records", LargeBinary, nullable=False),
)
RECORDED_DAY: Final = Table(
    "recorded_day",
    METADATA,
    Column("channel_id", Uuid, primary_key=True),
    Column("volume_id", Uuid, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("segments", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Index("ix_recorded_day_volume_id_day", "volume_id", "day"),
)
CLOCK_EPOCH: Final = Table(
    "clock_epoch",
    METADATA,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("began_us", BigInteger, nullable=False),
    Column("step_us", BigInteger, nullable=False),
    Column("observed", Boolean, nullable=False),
    Column("confirmed_us", BigInteger),
    Column("confirmed_by", Text),
)
CLOCK_SEEN: Final = Table(
    "clock_seen",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seen_us", BigInteger, nullable=False),
)
CONNECTION: Final = Table(
    "connection",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid, nullable=False),
    Column("clock_epoch", Integer, nullable=False),
    Column("began_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("server", Text, nullable=False),
    Column("reports", Integer, nullable=False),
    Column("first_clock_error_us", BigInteger),
    Column("clock_error_us", BigInteger),
    Column("drift_ppm", Float),
    Column("transport", Text, nullable=False, server_default="tcp"),
    Column("packets_lost", BigInteger, nullable=False, server_default="0"),
    Column("packets_dropped", BigInteger, nullable=False, server_default="0"),
    Column("units_damaged", BigInteger, nullable=False, server_default="0"),
    Index("ix_connection_channel_id_began_us", "channel_id", "began_us"),
)
# A gap that ended within a day begins at most a day before what it reaches into; the few longer ones are by themselves.
_LONG_GAP_US: Final = 86_400_000_000
_LONG_GAP: Final = text(f"end_us - start_us > {_LONG_GAP_US}")
GAP: Final = Table(
    "gap",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger),
    Column("cause", Text, nullable=False),
    Column("clock_epoch", Integer, nullable=False, server_default="0"),
    Index("ix_gap_channel_id_start_us", "channel_id", "start_us"),
    Index("ix_gap_lasting", "channel_id", sqlite_where=text("end_us IS NULL"), postgresql_where=text("end_us IS NULL")),
    Index("ix_gap_long", "channel_id", "end_us", sqlite_where=_LONG_GAP, postgresql_where=_LONG_GAP),
)
CHANNEL_STATUS: Final = Table(
    "channel_status",
    METADATA,
    Column("channel_id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("problem_code", Text),
    Column("problem_values", Text),
    Column("codec", Text),
    Column("mime", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("fps", Float),
    Column("sound", Text),
)


_IN_ONE_STATEMENT: Final = 500
"""Ids in one statement; of more channels than these all are read."""
_UNFINISHED: Final = (SegmentState.PREPARED, SegmentState.OPEN)
# The first frame of an epoch may be slewed by a moment before the epoch was noticed.
_EPOCH_SLACK_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """What the recorder last said of a channel; `problem` is a code of `media.errors` with its values.

    `sound_left_out`: the name of the sound that the camera offers and that cannot be kept; empty when there is none.
    """

    channel_id: ChannelId
    state: ChannelState
    since_us: int
    problem: tuple[str, Mapping[str, str]] | None
    picture: VideoParameters | None
    sound_left_out: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """How a segment ended; `records` is its packed index, `digest` the SHA-256 over its fragment digests."""

    segment_id: SegmentId
    start_us: int
    end_us: int
    size: int
    frames: int
    digest: bytes
    records: bytes
    recovered: bool = False


# Volumes


def volume_groups(tx: Transaction) -> list[VolumeGroup]:
    query = select(VOLUME_GROUP).order_by(VOLUME_GROUP.c.created_us, VOLUME_GROUP.c.id)
    return [VolumeGroup(VolumeGroupId(row.id), row.name, row.demonstration) for row in tx.execute(query)]


def add_volume_group(tx: Transaction, group: VolumeGroup, now_us: int) -> None:
    values = {"id": group.id, "name": group.name, "demonstration": group.demonstration, "created_us": now_us}
    tx.execute(insert(VOLUME_GROUP), values)


def volumes(tx: Transaction) -> list[Volume]:
    """Every volume, retired ones too: they are still read."""
    return [_volume(row) for row in tx.execute(select(VOLUME).order_by(VOLUME.c.created_us, VOLUME.c.id))]


def add_volume(tx: Transaction, volume: Volume, now_us: int) -> None:
    tx.execute(
        insert(VOLUME),
        {
            "id": volume.id,
            "group_id": volume.group_id,
            "path": volume.path,
            "demonstration": volume.demonstration,
            "limit_bytes": volume.limit_bytes,
            "retired_us": volume.retired_us,
            "created_us": now_us,
        },
    )


def change_volume(tx: Transaction, volume: Volume) -> None:
    values = {"path": volume.path, "limit_bytes": volume.limit_bytes, "retired_us": volume.retired_us}
    tx.execute(update(VOLUME).where(VOLUME.c.id == volume.id).values(**values))


def volume_path(tx: Transaction, volume_id: VolumeId) -> str:
    return str(tx.execute(select(VOLUME.c.path).where(VOLUME.c.id == volume_id)).scalar_one())


def used_bytes(tx: Transaction, volume_id: VolumeId) -> int:
    """Bytes of closed and marked segments on a volume, by the counters of the days."""
    query = select(func.coalesce(func.sum(RECORDED_DAY.c.bytes), 0)).where(RECORDED_DAY.c.volume_id == volume_id)
    return int(tx.execute(query).scalar_one())


def _volume(row: Row[Any]) -> Volume:
    return Volume(
        VolumeId(row.id),
        VolumeGroupId(row.group_id),
        row.path,
        row.demonstration,
        row.limit_bytes,
        row.retired_us,
    )


# Days


def count_days(tx: Transaction, segments: Iterable[tuple[ChannelId, VolumeId, int, int]]) -> None:
    """Add finished segments (channel, volume, start, bytes) to the counters of their days."""
    _change_days(tx, segments, 1)


def uncount_days(tx: Transaction, segments: Iterable[tuple[ChannelId, VolumeId, int, int]]) -> None:
    """Take segments that become garbage out of the counters of their days."""
    _change_days(tx, segments, -1)


def _change_days(tx: Transaction, segments: Iterable[tuple[ChannelId, VolumeId, int, int]], sign: int) -> None:
    totals: dict[tuple[ChannelId, VolumeId, int], tuple[int, int]] = {}
    for channel_id, volume_id, start_us, size in segments:
        key = channel_id, volume_id, day_of(start_us)
        count, total = totals.get(key, (0, 0))
        totals[key] = count + sign, total + sign * size
    rows = [
        {"channel_id": channel, "volume_id": volume, "day": day, "segments": count, "bytes": total}
        for (channel, volume, day), (count, total) in sorted(totals.items())
    ]
    if rows:
        tx.execute(_ADD_TO_DAY[tx.dialect], rows)


def _add_to_day(insert_into: Callable[[Table], Any]) -> Any:
    statement = insert_into(RECORDED_DAY)
    return statement.on_conflict_do_update(
        index_elements=["channel_id", "volume_id", "day"],
        set_={
            "segments": RECORDED_DAY.c.segments + statement.excluded.segments,
            "bytes": RECORDED_DAY.c.bytes + statement.excluded.bytes,
        },
    )


_ADD_TO_DAY: Final = {"sqlite": _add_to_day(sqlite.insert), "postgresql": _add_to_day(postgresql.insert)}


# The server's clock


def clock_epochs(tx: Transaction) -> list[ClockEpoch]:
    """Every epoch but the first (0), which has no row, in order."""
    return [
        ClockEpoch(row.epoch, row.began_us, row.step_us, row.observed, row.confirmed_us)
        for row in tx.execute(select(CLOCK_EPOCH).order_by(CLOCK_EPOCH.c.epoch))
    ]


def add_clock_epoch(tx: Transaction, epoch: ClockEpoch) -> None:
    """Whoever lost the answer to a commit calls this again."""
    known = tx.execute(select(CLOCK_EPOCH.c.epoch).where(CLOCK_EPOCH.c.epoch == epoch.epoch)).one_or_none()
    if known is None:
        values = {
            "epoch": epoch.epoch,
            "began_us": epoch.began_us,
            "step_us": epoch.step_us,
            "observed": epoch.observed,
        }
        tx.execute(insert(CLOCK_EPOCH), values)


def clock_seen_us(tx: Transaction) -> int | None:
    """The last moment of wall time that a recorder noted."""
    found: int | None = tx.execute(select(CLOCK_SEEN.c.seen_us)).scalar_one_or_none()
    return found


def note_clock(tx: Transaction, now_us: int) -> None:
    if tx.execute(update(CLOCK_SEEN).values(seen_us=now_us)).rowcount == 0:
        tx.execute(insert(CLOCK_SEEN), {"id": 1, "seen_us": now_us})


# Segments


def open_segments(tx: Transaction, segments: Iterable[Segment], fence: int | None = None) -> None:
    """Insert the rows of segments that are about to be created; those that are there already stay as they are.

    `fence` is the life of the member that opens them. Whoever lost the answer to a commit calls this again.
    """
    wanted = list(segments)
    known = set(tx.execute(select(SEGMENT.c.id).where(SEGMENT.c.id.in_([one.id for one in wanted]))).scalars())
    rows = [
        {
            "id": one.id,
            "channel_id": one.channel_id,
            "volume_id": one.volume_id,
            "state": one.state,
            "origin": Origin.LIVE,
            "stream": "main",
            "path_name": one.path_name,
            "start_us": one.start_us,
            "end_us": None,
            "clock_epoch": one.clock_epoch,
            "codec": one.parameters.codec,
            "mime": one.parameters.mime,
            "width": one.parameters.width,
            "height": one.parameters.height,
            "fps": one.parameters.fps,
            "configuration": one.parameters.configuration,
            "sound": _sound_text(one.parameters.sound),
            "init_size": one.init_size,
            "size": None,
            "frames": None,
            "digest": None,
            "recovered": False,
            "marked_us": None,
            "fence": fence,
        }
        for one in wanted
        if one.id not in known
    ]
    if rows:
        tx.execute(insert(SEGMENT), rows)
        tx.execute(insert(SEGMENT_INDEX), [{"segment_id": row["id"], "records": b""} for row in rows])


_FLUSH: Final = (
    update(SEGMENT_INDEX).where(SEGMENT_INDEX.c.segment_id == bindparam("id")).values(records=bindparam("content"))
)
_CLOSE: Final = (
    update(SEGMENT)
    .where(SEGMENT.c.id == bindparam("segment"))
    .values(
        state=SegmentState.CLOSED,
        start_us=bindparam("from_us"),
        end_us=bindparam("to_us"),
        size=bindparam("bytes"),
        frames=bindparam("pictures"),
        digest=bindparam("sha256"),
        recovered=bindparam("cut"),
    )
)


_BEGIN: Final = (
    update(SEGMENT)
    .where(SEGMENT.c.id == bindparam("segment"))
    .values(
        state=SegmentState.OPEN,
        start_us=bindparam("from_us"),
        clock_epoch=bindparam("clock"),
        init_size=bindparam("init"),
        codec=bindparam("coding"),
        mime=bindparam("types"),
        width=bindparam("across"),
        height=bindparam("down"),
        fps=bindparam("rate"),
        configuration=bindparam("setup"),
        sound=bindparam("heard"),
    )
)


def begin_segments(tx: Transaction, segments: Iterable[Segment]) -> None:
    """The first bytes of these are durable: say when they began and with what, which nobody knew before."""
    rows = [
        {
            "segment": one.id,
            "from_us": one.start_us,
            "clock": one.clock_epoch,
            "init": one.init_size,
            "coding": one.parameters.codec,
            "types": one.parameters.mime,
            "across": one.parameters.width,
            "down": one.parameters.height,
            "rate": one.parameters.fps,
            "setup": one.parameters.configuration,
            "heard": _sound_text(one.parameters.sound),
        }
        for one in segments
    ]
    if rows:
        tx.execute(_BEGIN, rows)


def flush_segments(tx: Transaction, indexes: Mapping[SegmentId, bytes]) -> None:
    """Write what is durable of each open segment: its whole packed index."""
    if indexes:
        tx.execute(_FLUSH, [{"id": segment_id, "content": records} for segment_id, records in indexes.items()])


def close_segments(tx: Transaction, closings: Iterable[Closing]) -> None:
    """Finish segments, and count them into their days. Whoever lost the answer to a commit calls this again."""
    rows = list(closings)
    if not rows:
        return
    query = select(SEGMENT.c.id, SEGMENT.c.channel_id, SEGMENT.c.volume_id).where(
        SEGMENT.c.id.in_([one.segment_id for one in rows]), SEGMENT.c.state.in_(_UNFINISHED)
    )
    unfinished = {row.id: row for row in tx.execute(query)}
    flush_segments(tx, {one.segment_id: one.records for one in rows})
    tx.execute(
        _CLOSE,
        [
            {
                "segment": one.segment_id,
                "from_us": one.start_us,
                "to_us": one.end_us,
                "bytes": one.size,
                "pictures": one.frames,
                "sha256": one.digest,
                "cut": one.recovered,
            }
            for one in rows
        ],
    )
    finished = [(unfinished[one.segment_id], one) for one in rows if one.segment_id in unfinished]
    count_days(tx, [(row.channel_id, row.volume_id, one.start_us, one.size) for row, one in finished])


def segments_left_open(tx: Transaction, volume_id: VolumeId) -> list[tuple[Segment, bytes]]:
    """Unfinished segments of a volume with their packed index: what a recorder that died has left."""
    query = _with_index().where(SEGMENT.c.volume_id == volume_id, SEGMENT.c.state.in_(_UNFINISHED))
    return [(_segment(row), row.records or b"") for row in tx.execute(query)]


@dataclass(frozen=True, slots=True)
class Left:
    """An unfinished segment with its packed index, and the life of the member whose it is, if any."""

    segment: Segment
    index: bytes
    fence: int | None


def unfinished(tx: Transaction, volume_id: VolumeId) -> list[Left]:
    """Every segment of a volume that is not finished, whosever it is."""
    query = _with_index().where(SEGMENT.c.volume_id == volume_id, SEGMENT.c.state.in_(_UNFINISHED))
    return [Left(_segment(row), row.records or b"", row.fence) for row in tx.execute(query)]


def take_over(tx: Transaction, volume_id: VolumeId, lives: Collection[int | None], fence: int) -> set[SegmentId]:
    """Make what members that are over have left unfinished on a volume another one's; returns all that is that one's.

    Two who do so at once share what there is.
    """
    here = SEGMENT.c.volume_id == volume_id, SEGMENT.c.state.in_(_UNFINISHED)
    for life in lives:
        theirs = SEGMENT.c.fence.is_(None) if life is None else SEGMENT.c.fence == life
        tx.execute(update(SEGMENT).where(*here, theirs).values(fence=fence))
    found = tx.execute(select(SEGMENT.c.id).where(*here, SEGMENT.c.fence == fence)).scalars()
    return {SegmentId(one) for one in found}


@dataclass(frozen=True, slots=True)
class Stretch:
    """When a segment was recorded; `end_us` of an open one is what is flushed."""

    start_us: int
    end_us: int
    clock_epoch: int


def stretches_between(
    tx: Transaction, channel_id: ChannelId, span: Span, longest_us: int, seam_us: int = 0
) -> list[Stretch]:
    """What `segments_between` finds, without its rows: for a month of a channel, from the index alone.

    Finished segments of a clock epoch with no more than `seam_us` between them are one: the database joins them, so
    that a day of an untroubled camera is one row and not one for each minute.
    """
    islands = tx.execute(_islands(channel_id, span, longest_us, seam_us))
    kept = [Stretch(row.start_us, row.end_us, row.clock_epoch) for row in islands]
    growing = _with_index().where(*_overlapping(channel_id, span, longest_us), SEGMENT.c.state == SegmentState.OPEN)
    opened = [_segment(row) for row in tx.execute(growing)]
    found = kept + [Stretch(one.start_us, one.end_us, one.clock_epoch) for one in opened]
    return sorted((one for one in found if one.end_us > span.start_us), key=lambda one: (one.clock_epoch, one.start_us))


def _islands(channel_id: ChannelId, span: Span, longest_us: int, seam_us: int) -> Select[Any]:
    """(start, end, clock epoch) of each run of segments, by windows over the index of timelines."""
    each = (
        select(
            SEGMENT.c.start_us,
            SEGMENT.c.end_us,
            SEGMENT.c.clock_epoch,
            func.max(SEGMENT.c.end_us)
            .over(partition_by=SEGMENT.c.clock_epoch, order_by=SEGMENT.c.start_us, rows=(None, -1))
            .label("until_us"),
        )
        .where(*_overlapping(channel_id, span, longest_us), SEGMENT.c.state.in_(KEPT_STATES))
        .subquery()
    )
    begins = case((each.c.start_us <= each.c.until_us + seam_us, 0), else_=1)
    numbered = select(
        each.c.start_us,
        each.c.end_us,
        each.c.clock_epoch,
        func.sum(begins)
        .over(partition_by=each.c.clock_epoch, order_by=each.c.start_us, rows=(None, 0))
        .label("island"),
    ).subquery()
    return select(
        func.min(numbered.c.start_us).label("start_us"),
        func.max(numbered.c.end_us).label("end_us"),
        numbered.c.clock_epoch,
    ).group_by(numbered.c.clock_epoch, numbered.c.island)


def segments_between(tx: Transaction, channel_id: ChannelId, span: Span, longest_us: int) -> list[Segment]:
    """Segments of a channel that overlap `span`, in the order of recording: by clock epoch, then by time.

    `longest_us` bounds how long before the span a segment that reaches into it can begin.
    """
    query = (
        _with_index()
        .where(*_overlapping(channel_id, span, longest_us), SEGMENT.c.state.in_(SHOWN_STATES))
        .order_by(SEGMENT.c.clock_epoch, SEGMENT.c.start_us)
    )
    found = [_segment(row) for row in tx.execute(query)]
    return [one for one in found if one.end_us > span.start_us]


def _overlapping(channel_id: ChannelId, span: Span, longest_us: int) -> tuple[ColumnElement[bool], ...]:
    return (
        SEGMENT.c.channel_id == channel_id,
        SEGMENT.c.start_us < span.end_us,
        SEGMENT.c.start_us >= span.start_us - longest_us,
        # Answered by the index: no row is read that ended before.
        SEGMENT.c.end_us.is_(None) | (SEGMENT.c.end_us > span.start_us),
    )


def next_segment(
    tx: Transaction, channel_id: ChannelId, after_us: int, above_epoch: int = -1
) -> tuple[int, int] | None:
    """Start and clock epoch of the first segment that begins at or after `after_us`, in any epoch above one."""
    query = (
        select(SEGMENT.c.start_us, SEGMENT.c.clock_epoch)
        .where(
            SEGMENT.c.channel_id == channel_id,
            SEGMENT.c.clock_epoch > above_epoch,
            SEGMENT.c.state.in_(SHOWN_STATES),
            SEGMENT.c.start_us >= after_us,
        )
        .order_by(SEGMENT.c.start_us)
        .limit(1)
    )
    row = tx.execute(query).one_or_none()
    return (row.start_us, row.clock_epoch) if row else None


def next_in_epoch(
    tx: Transaction, channel_id: ChannelId, clock_epoch: int, after_us: int, volumes: Collection[VolumeId] | None = None
) -> int | None:
    """Where the first segment of a clock epoch that begins at or after `after_us` begins; `volumes`: on these only."""
    query = select(SEGMENT.c.start_us).where(
        SEGMENT.c.channel_id == channel_id,
        SEGMENT.c.clock_epoch == clock_epoch,
        SEGMENT.c.state.in_(SHOWN_STATES),
        SEGMENT.c.start_us >= after_us,
    )
    if volumes is not None:
        query = query.where(SEGMENT.c.volume_id.in_(volumes))
    found: int | None = tx.execute(query.order_by(SEGMENT.c.start_us).limit(1)).scalar_one_or_none()
    return found


def records_of(tx: Transaction, segment_id: SegmentId) -> bytes:
    """The packed index of a segment, as far as it is durable."""
    query = select(SEGMENT_INDEX.c.records).where(SEGMENT_INDEX.c.segment_id == segment_id)
    found: bytes | None = tx.execute(query).scalar_one_or_none()
    return found or b""


def oldest_start_us(tx: Transaction, channel_id: ChannelId) -> int | None:
    """Where the oldest footage of a channel begins, whatever becomes of it."""
    query = select(func.min(SEGMENT.c.start_us)).where(SEGMENT.c.channel_id == channel_id)
    found: int | None = tx.execute(query).scalar_one()
    return found


def forget_connections(tx: Transaction, channel_id: ChannelId, before_us: int, limit: int) -> int:
    """Delete up to `limit` connections of a channel that ended before then; returns how many."""
    some = select(CONNECTION.c.id).where(
        CONNECTION.c.channel_id == channel_id, CONNECTION.c.began_us < before_us, CONNECTION.c.ended_us < before_us
    )
    return tx.execute(delete(CONNECTION).where(CONNECTION.c.id.in_(some.limit(limit)))).rowcount


def last_end_us(tx: Transaction, channel_id: ChannelId, clock_epoch: int | None) -> int | None:
    """The end of the newest finished segment of a channel in a clock epoch, or in any."""
    query = (
        select(SEGMENT.c.end_us)
        .where(SEGMENT.c.channel_id == channel_id, SEGMENT.c.state.in_(KEPT_STATES))
        .order_by(SEGMENT.c.start_us.desc())
        .limit(1)
    )
    if clock_epoch is not None:
        began = select(CLOCK_EPOCH.c.began_us - _EPOCH_SLACK_US).where(CLOCK_EPOCH.c.epoch == clock_epoch)
        since_us = tx.execute(began).scalar_one_or_none() or 0
        # Without a bound, an epoch in which nothing was recorded yet is looked for in everything that ever was.
        query = query.where(SEGMENT.c.clock_epoch == clock_epoch, SEGMENT.c.start_us >= since_us)
    found: int | None = tx.execute(query).scalar_one_or_none()
    return found


def open_end_us(tx: Transaction, channel_id: ChannelId, clock_epoch: int) -> int | None:
    """How far the open segments of a channel are known to reach that began after its newest finished one."""
    after_us = last_end_us(tx, channel_id, clock_epoch) or 0
    query = _with_index().where(
        SEGMENT.c.channel_id == channel_id,
        SEGMENT.c.start_us >= after_us,
        SEGMENT.c.state == SegmentState.OPEN,
        SEGMENT.c.clock_epoch == clock_epoch,
    )
    return max((_segment(row).end_us for row in tx.execute(query)), default=None)


def garbage(tx: Transaction, limit: int) -> list[Segment]:
    volumes_known = select(VOLUME.c.id)
    query = select(SEGMENT).where(SEGMENT.c.volume_id.in_(volumes_known), SEGMENT.c.state == SegmentState.GARBAGE)
    query = query.limit(limit)
    return [_segment(row) for row in tx.execute(query)]


def mark_garbage(tx: Transaction, ids: list[SegmentId]) -> None:
    tx.execute(update(SEGMENT).where(SEGMENT.c.id.in_(ids)).values(state=SegmentState.GARBAGE))


def forget_segments(tx: Transaction, ids: list[SegmentId]) -> None:
    """Drop the rows of segments whose files are gone."""
    tx.execute(delete(SEGMENT_INDEX).where(SEGMENT_INDEX.c.segment_id.in_(ids)))
    tx.execute(delete(SEGMENT).where(SEGMENT.c.id.in_(ids)))


def _with_index() -> Select[Any]:
    """Segments with their index while unfinished. A closed row knows its end: its index (3 kB) stays on the disk."""
    is_open = and_(SEGMENT_INDEX.c.segment_id == SEGMENT.c.id, SEGMENT.c.state.in_(_UNFINISHED))
    return select(SEGMENT, SEGMENT_INDEX.c.records).join_from(SEGMENT, SEGMENT_INDEX, is_open, isouter=True)


def _segment(row: Row[Any]) -> Segment:
    end_us, size = row.end_us, row.size
    if end_us is None:
        length, reach_us = reach_of(getattr(row, "records", None) or b"")
        end_us = row.start_us + reach_us
        size = row.init_size + length
    parameters = VideoParameters(
        row.codec, row.mime, row.width, row.height, row.fps, row.configuration, _sound(row.sound)
    )
    return Segment(
        SegmentId(row.id),
        ChannelId(row.channel_id),
        VolumeId(row.volume_id),
        SegmentState(row.state),
        row.path_name,
        row.start_us,
        end_us,
        row.clock_epoch,
        row.init_size,
        size,
        parameters,
    )


def _sound_text(sound: SoundParameters | None) -> str | None:
    """Sound as one column holds it: nothing is asked of its fields."""
    if sound is None:
        return None
    return json.dumps([sound.codec, sound.rate, sound.channels, sound.configuration.hex()])


def _sound(text: str | None) -> SoundParameters | None:
    if text is None:
        return None
    codec, rate, channels, configuration = json.loads(text)
    return SoundParameters(codec, rate, channels, bytes.fromhex(configuration))


# Gaps


def open_gap(tx: Transaction, gap_id: GapId, gap: Gap) -> None:
    """Write a gap, or write it anew: one that seemed to end may go on."""
    forget_gap(tx, gap_id)
    tx.execute(
        insert(GAP),
        {
            "id": gap_id,
            "channel_id": gap.channel_id,
            "start_us": gap.start_us,
            "end_us": gap.end_us,
            "cause": gap.cause,
            "clock_epoch": gap.clock_epoch,
        },
    )


def close_gap(tx: Transaction, gap_id: GapId, end_us: int) -> None:
    tx.execute(update(GAP).where(GAP.c.id == gap_id).values(end_us=end_us))


def forget_gap(tx: Transaction, gap_id: GapId) -> None:
    """Drop a gap that turned out to have no length."""
    tx.execute(delete(GAP).where(GAP.c.id == gap_id))


def lasting_gap(tx: Transaction, channel_id: ChannelId) -> tuple[GapId, Gap] | None:
    """The gap of a channel that has not ended."""
    query = select(GAP).where(GAP.c.channel_id == channel_id, GAP.c.end_us.is_(None)).limit(1)
    row = tx.execute(query).one_or_none()
    return (GapId(row.id), _gap(row)) if row else None


def gaps_between(tx: Transaction, channel_id: ChannelId, span: Span) -> list[Gap]:
    """Gaps of a channel that overlap `span`, oldest first; what ended long before it is not read."""
    mine = GAP.c.channel_id == channel_id
    reaching = GAP.c.end_us > span.start_us
    short = select(GAP).where(
        mine, GAP.c.start_us >= span.start_us - _LONG_GAP_US, GAP.c.start_us < span.end_us, reaching
    )
    long = select(GAP).where(mine, _LONG_GAP, reaching, GAP.c.start_us < span.start_us - _LONG_GAP_US)
    lasting = select(GAP).where(mine, GAP.c.end_us.is_(None), GAP.c.start_us < span.end_us)
    found = [_gap(row) for query in (short, long, lasting) for row in tx.execute(query)]
    return sorted(found, key=lambda one: one.start_us)


def _gap(row: Row[Any]) -> Gap:
    return Gap(ChannelId(row.channel_id), row.start_us, row.end_us, GapCause(row.cause), row.clock_epoch)


# Status


def write_status(tx: Transaction, status: ChannelStatus) -> None:
    picture = status.picture
    values = {
        "state": status.state,
        "since_us": status.since_us,
        "problem_code": status.problem[0] if status.problem else None,
        "problem_values": json.dumps(dict(status.problem[1]), ensure_ascii=False) if status.problem else None,
        "codec": picture.codec if picture else None,
        "mime": picture.mime if picture else None,
        "width": picture.width if picture else None,
        "height": picture.height if picture else None,
        "fps": picture.fps if picture else None,
        "sound": _heard_text(status) if picture else None,
    }
    changed = tx.execute(
        update(CHANNEL_STATUS).where(CHANNEL_STATUS.c.channel_id == status.channel_id).values(**values)
    )
    if changed.rowcount == 0:
        tx.execute(insert(CHANNEL_STATUS), {"channel_id": status.channel_id, **values})
    news.tell(tx, Topic.CHANNEL, status.channel_id)


def forget_statuses(tx: Transaction, channels: Collection[ChannelId], now_us: int) -> None:
    """A recorder takes these up and has not said anything yet: what the last one said is not true any more."""
    said = {"state": ChannelState.CONNECTING, "since_us": now_us, "problem_code": None, "problem_values": None}
    tx.execute(update(CHANNEL_STATUS).where(CHANNEL_STATUS.c.channel_id.in_(list(channels))).values(**said))
    for channel_id in channels:
        news.tell(tx, Topic.CHANNEL, channel_id)


def statuses(tx: Transaction, channels: Collection[ChannelId] | None = None) -> dict[ChannelId, ChannelStatus]:
    """What recorders said: of these channels, or of all when None."""
    query = select(CHANNEL_STATUS)
    if channels is None or len(channels) > _IN_ONE_STATEMENT:
        return {ChannelId(row.channel_id): _status(row) for row in tx.execute(query)}
    wanted = query.where(CHANNEL_STATUS.c.channel_id.in_(list(channels)))
    return {ChannelId(row.channel_id): _status(row) for row in tx.execute(wanted)}


def count_statuses(tx: Transaction, within: Select[Any], dead: Select[Any] | None) -> dict[ChannelState, int]:
    """How many channels of `within` are said to be in each state; offline those of `dead`, all of them when None."""
    offline = literal(ChannelState.OFFLINE.value)
    said = CHANNEL_STATUS.c.state
    state = offline if dead is None else case((CHANNEL_STATUS.c.channel_id.in_(dead), offline), else_=said)
    told = select(state.label("state")).where(CHANNEL_STATUS.c.channel_id.in_(within)).subquery()
    query = select(told.c.state, func.count().label("found")).group_by(told.c.state)
    return {ChannelState(row.state): row.found for row in tx.execute(query)}


def states(tx: Transaction, channel_ids: Collection[ChannelId]) -> dict[ChannelId, ChannelState]:
    """What was last said of these channels."""
    found: dict[ChannelId, ChannelState] = {}
    given = list(channel_ids)
    for start in range(0, len(given), _IN_ONE_STATEMENT):
        query = select(CHANNEL_STATUS.c.channel_id, CHANNEL_STATUS.c.state)
        some = CHANNEL_STATUS.c.channel_id.in_(given[start : start + _IN_ONE_STATEMENT])
        found |= {ChannelId(row.channel_id): ChannelState(row.state) for row in tx.execute(query.where(some))}
    return found


def in_state(tx: Transaction, state: ChannelState, most: int) -> list[ChannelId]:
    """Channels of which this was last said, at most so many."""
    query = select(CHANNEL_STATUS.c.channel_id).where(CHANNEL_STATUS.c.state == state.value).limit(most)
    return [ChannelId(one) for one in tx.execute(query).scalars()]


def _status(row: Row[Any]) -> ChannelStatus:
    problem = (row.problem_code, json.loads(row.problem_values or "{}")) if row.problem_code else None
    heard = json.loads(row.sound) if row.sound else None
    left_out = heard if isinstance(heard, str) else ""
    picture = None
    if row.codec:
        sound = None if left_out else _sound(row.sound)
        picture = VideoParameters(row.codec, row.mime, row.width, row.height, row.fps, b"", sound)
    return ChannelStatus(ChannelId(row.channel_id), ChannelState(row.state), row.since_us, problem, picture, left_out)


def _heard_text(status: ChannelStatus) -> str | None:
    """The sound of the picture, or the name alone of what is left out."""
    kept = status.picture.sound if status.picture else None
    if kept is None and status.sound_left_out:
        return json.dumps(status.sound_left_out)
    return _sound_text(kept)
