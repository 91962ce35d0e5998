"""Tables of members: their lives, and which channel is whose."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    Index,
    Integer,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from mingjian.kernel.ids import ChannelId
from mingjian.media.live.afar import Afar, Remote, parsed
from mingjian.media.members.model import Assignment, Member, Place, Roll
from mingjian.media.store import CLOCK_EPOCH, SEGMENT, VOLUME
from mingjian.storage.engine import METADATA, Transaction

_LIVING: Final = text("ended_us IS NULL")
_IN_ONE_STATEMENT: Final = 500

MEMBER: Final = Table(
    "media_member",
    METADATA,
    Column("fence", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("able", Boolean, nullable=False),
    # The last moment of wall time that it noted, and the newest epoch of the clock that it knew.
    Column("seen_us", BigInteger, nullable=False),
    Column("clock_epoch", Integer, nullable=False),
    Column("joined_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    # host:port where it hands out live pictures to other machines; none where it does not.
    Column("live_address", Text),
    Index("uq_media_member_living", "number", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
)
ASSIGNMENT: Final = Table(
    "media_assignment",
    METADATA,
    Column("channel_id", Uuid, primary_key=True),
    Column("member", Integer, nullable=False),
    Column("fence", BigInteger),
    Column("turn", BigInteger, nullable=False),
    Column("bytes_per_s", Float),
)

# Lives


def begin(tx: Transaction, number: int, place: Place, epoch: int, now_us: int) -> Member:
    """A new life of a member; the one before it is over. Raises IntegrityError where another began one just now."""
    end_number(tx, number, now_us)
    fence = 1 + int(tx.execute(select(func.coalesce(func.max(MEMBER.c.fence), 0))).scalar_one())
    values = {
        "fence": fence,
        "number": number,
        "host": place.host,
        "place": place.folder,
        "beat": 0,
        "able": True,
        "seen_us": now_us,
        "clock_epoch": epoch,
        "joined_us": now_us,
    }
    tx.execute(insert(MEMBER), values)
    _forget_lives(tx, number, fence)
    return Member(fence, number, place, 0)


def _forget_lives(tx: Transaction, number: int, before: int) -> None:
    """Earlier lives of a member are of no use once they have left nothing unfinished."""
    # By volume and state, for which there is an index: there may be millions of segments.
    unfinished = (
        select(SEGMENT.c.fence).distinct().where(*_on_volumes("prepared", "open"), SEGMENT.c.fence.is_not(None))
    )
    left = list(tx.execute(unfinished).scalars())
    tx.execute(delete(MEMBER).where(MEMBER.c.number == number, MEMBER.c.fence < before, MEMBER.c.fence.not_in(left)))


def _on_volumes(*states: str) -> tuple[ColumnElement[bool], ...]:
    return SEGMENT.c.volume_id.in_(select(VOLUME.c.id)), SEGMENT.c.state.in_(states)


def end_number(tx: Transaction, number: int, now_us: int) -> None:
    tx.execute(update(MEMBER).where(MEMBER.c.number == number, MEMBER.c.ended_us.is_(None)).values(ended_us=now_us))


def end_silent(tx: Transaction, member: Member, now_us: int) -> bool:
    """A member's lease is over, unless it gave a sign of life since it was seen."""
    silent = and_(MEMBER.c.fence == member.fence, MEMBER.c.beat == member.beat, MEMBER.c.ended_us.is_(None))
    return tx.execute(update(MEMBER).where(silent).values(ended_us=now_us)).rowcount == 1


_BEAT: Final = (
    update(MEMBER)
    .where(MEMBER.c.fence == bindparam("mine"), MEMBER.c.ended_us.is_(None))
    .values(
        beat=MEMBER.c.beat + 1, seen_us=bindparam("now"), clock_epoch=bindparam("epoch"), able=bindparam("sees_volume")
    )
)


def beat(tx: Transaction, fence: int, epoch: int, now_us: int, *, able: bool = True) -> bool:
    """A sign of life, and the fence: False when this life is over. Until `tx` ends nobody can end it."""
    values = {"mine": fence, "epoch": epoch, "now": now_us, "sees_volume": able}
    return tx.execute(_BEAT, values).rowcount == 1


_ROLL: Final = (
    select(
        MEMBER.c.fence,
        MEMBER.c.number,
        MEMBER.c.host,
        MEMBER.c.place,
        MEMBER.c.beat,
        MEMBER.c.able,
        select(func.coalesce(func.max(CLOCK_EPOCH.c.epoch), 0)).scalar_subquery().label("epoch"),
        select(func.count())
        .select_from(ASSIGNMENT)
        .where(
            or_(
                and_(
                    ASSIGNMENT.c.member == bindparam("number"),
                    or_(ASSIGNMENT.c.fence.is_(None), ASSIGNMENT.c.fence != bindparam("mine")),
                ),
                and_(ASSIGNMENT.c.member != bindparam("number"), ASSIGNMENT.c.fence == bindparam("mine")),
            )
        )
        .scalar_subquery()
        .label("due"),
    )
    .where(MEMBER.c.ended_us.is_(None))
    .order_by(MEMBER.c.number)
)


def roll(tx: Transaction, me: Member, read_at: float) -> Roll:
    rows = tx.execute(_ROLL, {"number": me.number, "mine": me.fence}).all()
    newest = rows[0].epoch if rows else 0
    return Roll(read_at, tuple(map(_member, rows)), newest, rows[0].due if rows else 0)


def living(tx: Transaction) -> list[Member]:
    return [_member(row) for row in tx.execute(select(MEMBER).where(MEMBER.c.ended_us.is_(None)))]


def lives(tx: Transaction) -> dict[int, Member]:
    """Every life that is remembered, over or not, by its fence."""
    return {row.fence: _member(row) for row in tx.execute(select(MEMBER))}


def set_live_address(tx: Transaction, fence: int, address: str) -> None:
    """Say where this life hands out live pictures."""
    tx.execute(update(MEMBER).where(MEMBER.c.fence == fence).values(live_address=address))


def afar(tx: Transaction, host: str) -> Afar:
    """Members that live on other machines than `host`, and the channels of those that cannot be asked."""
    alive = (MEMBER.c.ended_us.is_(None), MEMBER.c.host != host)
    listed = tx.execute(
        select(MEMBER.c.number, MEMBER.c.live_address).where(*alive, MEMBER.c.live_address.is_not(None))
    )
    remotes = frozenset(Remote(row.number, *parsed(row.live_address)) for row in listed)
    silent = (
        select(ASSIGNMENT.c.channel_id, MEMBER.c.host)
        .join(MEMBER, MEMBER.c.fence == ASSIGNMENT.c.fence)
        .where(*alive, MEMBER.c.live_address.is_(None))
    )
    return Afar(remotes, {row.channel_id: row.host for row in tx.execute(silent)})


def last_seen(tx: Transaction, host: str) -> tuple[int, int] | None:
    """The last moment that a member of this machine noted, and the clock epoch it was in."""
    query = select(MEMBER.c.seen_us, MEMBER.c.clock_epoch).where(MEMBER.c.host == host)
    found = tx.execute(query.order_by(MEMBER.c.clock_epoch.desc(), MEMBER.c.seen_us.desc()).limit(1)).one_or_none()
    return (found.seen_us, found.clock_epoch) if found else None


def anybody(tx: Transaction) -> bool:
    """Whether there ever was a member."""
    return tx.execute(select(MEMBER.c.fence).limit(1)).one_or_none() is not None


def _member(row: Row[Any]) -> Member:
    return Member(row.fence, row.number, Place(row.host, row.place), row.beat, row.able)


# Channels


def assignments(tx: Transaction) -> dict[ChannelId, Assignment]:
    return {
        ChannelId(row.channel_id): Assignment(
            ChannelId(row.channel_id), row.member, row.fence, row.turn, row.bytes_per_s
        )
        for row in tx.execute(select(ASSIGNMENT))
    }


_ASSIGN: Final = (
    update(ASSIGNMENT).where(ASSIGNMENT.c.channel_id == bindparam("channel")).values(member=bindparam("number"))
)


def assign(tx: Transaction, members: Mapping[ChannelId, int]) -> None:
    """Say who should record; whoever does goes on until it lets go."""
    known = _known(tx, members)
    # In one order for everybody: two who change the same rows wait for each other, and not in a circle.
    changed = [{"channel": channel, "number": members[channel]} for channel in sorted(members) if channel in known]
    new = [
        {"channel_id": channel, "member": number, "turn": 0}
        for channel, number in members.items()
        if channel not in known
    ]
    if changed:
        tx.execute(_ASSIGN, changed)
    if new:
        tx.execute(insert(ASSIGNMENT), new)


def _known(tx: Transaction, channels: Iterable[ChannelId]) -> set[ChannelId]:
    query = select(ASSIGNMENT.c.channel_id).where(ASSIGNMENT.c.channel_id.in_(list(channels)))
    return {ChannelId(one) for one in tx.execute(query).scalars()}


_CLAIM: Final = (
    update(ASSIGNMENT)
    .where(
        ASSIGNMENT.c.channel_id == bindparam("channel"),
        ASSIGNMENT.c.member == bindparam("number"),
        or_(ASSIGNMENT.c.fence.is_(None), ASSIGNMENT.c.fence == bindparam("before")),
    )
    .values(fence=bindparam("mine"), turn=ASSIGNMENT.c.turn + 1)
)


def claim(tx: Transaction, me: Member, channels: Mapping[ChannelId, int | None]) -> dict[ChannelId, int]:
    """Take up channels, each from the life that had it, which is over; returns those that were had, with their turn."""
    if not channels:
        return {}
    rows = [
        {"channel": channel, "number": me.number, "before": before, "mine": me.fence}
        for channel, before in sorted(channels.items())
    ]
    tx.execute(_CLAIM, rows)
    query = select(ASSIGNMENT.c.channel_id, ASSIGNMENT.c.turn).where(ASSIGNMENT.c.fence == me.fence)
    return {ChannelId(row.channel_id): row.turn for row in tx.execute(query) if row.channel_id in channels}


def let_go(tx: Transaction, fence: int, channels: Collection[ChannelId]) -> None:
    """Channels that nobody records from now on."""
    mine = and_(ASSIGNMENT.c.fence == fence, ASSIGNMENT.c.channel_id.in_(list(channels)))
    tx.execute(update(ASSIGNMENT).where(mine).values(fence=None))


def forget(tx: Transaction, channels: Collection[ChannelId]) -> None:
    if channels:
        tx.execute(delete(ASSIGNMENT).where(ASSIGNMENT.c.channel_id.in_(list(channels))))


_COST: Final = (
    update(ASSIGNMENT).where(ASSIGNMENT.c.channel_id == bindparam("channel")).values(bytes_per_s=bindparam("rate"))
)


def note_costs(tx: Transaction, costs: Mapping[ChannelId, float]) -> None:
    if costs:
        tx.execute(_COST, [{"channel": channel, "rate": rate} for channel, rate in costs.items()])


def being_recovered(tx: Transaction, channels: Collection[ChannelId], me: int) -> set[ChannelId]:
    """Channels of which a member that lives, another one, has an open segment in hand."""
    alive = select(MEMBER.c.fence).where(MEMBER.c.ended_us.is_(None), MEMBER.c.fence != me)
    query = select(SEGMENT.c.channel_id).where(*_on_volumes("open"), SEGMENT.c.fence.in_(alive))
    return {ChannelId(one) for one in tx.execute(query).scalars()} & set(channels)


def held_by_the_dead(
    tx: Transaction, lost: Collection[int] = (), channels: Collection[ChannelId] | None = None
) -> set[ChannelId]:
    """Channels that a life had which is over, or is one of the `lost` members', and nobody has taken up yet.

    Of these channels, or of all when None or when they are many.
    """
    query = dead_assignments(lost)
    if channels is not None and len(channels) <= _IN_ONE_STATEMENT:
        query = query.where(ASSIGNMENT.c.channel_id.in_(list(channels)))
    return {ChannelId(one) for one in tx.execute(query).scalars()}


def dead_assignments(lost: Collection[int]) -> Select[Any]:
    """The query behind `held_by_the_dead`."""
    alive = select(MEMBER.c.fence).where(MEMBER.c.ended_us.is_(None), MEMBER.c.number.not_in(lost))
    return select(ASSIGNMENT.c.channel_id).where(ASSIGNMENT.c.fence.is_not(None), ASSIGNMENT.c.fence.not_in(alive))
