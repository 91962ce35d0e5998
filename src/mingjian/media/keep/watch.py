"""The look around that raises and clears alerts, and the one that makes room."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from mingjian.alerts import service as alerts
from mingjian.kernel.errors import Text
from mingjian.kernel.ids import ChannelId
from mingjian.kernel.intervals import Span
from mingjian.media import store as media_store
from mingjian.media.errors import PROBLEMS, told
from mingjian.media.keep import store
from mingjian.media.keep.deletion import Deleter, OpenFiles
from mingjian.media.keep.errors import (
    CLOCK_STEPPED,
    DAMAGE,
    DELETION_PAUSED,
    DISK_FULL,
    DISK_LOW,
    NOT_LANDING,
    OFFLINE,
    VOLUME_MISSING,
)
from mingjian.media.keep.ladder import EVERYBODY, MAKE_ROOM_UP_TO, Rung, decide
from mingjian.media.keep.model import ChannelRecording
from mingjian.media.keep.overview import GroupNow, groups, left_in_words, paused
from mingjian.media.keep.plan import planned
from mingjian.media.keep.rules import clock_of
from mingjian.media.keep.service import any_lawful
from mingjian.media.keep.terms import Clock
from mingjian.media.model import GAP_TEXT, ChannelState, SegmentState, unpack_records
from mingjian.media.store import SEGMENT, SEGMENT_INDEX, ChannelStatus
from mingjian.registry import service as registry
from mingjian.registry.model import Channel
from mingjian.storage.engine import Database, Transaction

LOW_DAYS: Final = 7
_US: Final = 1_000_000
# A camera that connects again within this is no news.
_PATIENCE_US: Final = 120 * _US
_LATEST_US: Final = 60 * _US

Detail = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks around one installation; `floor_bytes` stay free on each volume."""

    database: Database
    files: OpenFiles
    floor_bytes: int
    check: Callable[[Transaction], None]

    def make_room(self, deleter: Deleter, now_us: int) -> int:
        """Let go what the law allows, oldest first, in every group that is short of room; returns the bytes."""
        with self.database.read() as tx:
            short = [
                ([one.volume.id for one in group.volumes if one.takes_new], rung.purge_bytes)
                for group, rung in self._rungs(groups(tx, self.files, self.floor_bytes, now_us), ())
                if rung.purge_bytes and not group.group.demonstration
            ]
        return sum(deleter.make_room(volume_ids, wanted, now_us) for volume_ids, wanted in short)

    def look(self, now_us: int) -> None:
        """Make the alerts those that are true now."""
        with self.database.read() as tx:
            found = groups(tx, self.files, self.floor_bytes, now_us)
        with self.database.write() as tx:
            self.check(tx)
            clock = clock_of(tx)
            full_before = {one.object_id for one in alerts.standing(tx, DISK_FULL)}
            rungs = list(self._rungs(found, full_before))
            # A group without a volume in its place is not full: that its disk is missing says what to do.
            real = [(group, rung) for group, rung in rungs if not group.group.demonstration and group.rooms(1)]
            full = {str(group.group.id): {"group": group.group.name} for group, rung in real if rung.full}
            low = {str(group.group.id): _low(group) for group, rung in real if not rung.full and self._is_low(group)}
            alerts.settle(tx, DISK_FULL, full, now_us)
            alerts.settle(tx, DISK_LOW, low, now_us)
            alerts.settle(tx, VOLUME_MISSING, _missing(found), now_us)
            alerts.settle(tx, DAMAGE, _damage(tx, found), now_us)
            alerts.settle(tx, CLOCK_STEPPED, _stepped(clock), now_us)
            alerts.settle(tx, DELETION_PAUSED, _paused(tx, clock, now_us, short=bool(full or low)), now_us)
            unrecorded = not_landing(tx, clock, now_us)
            alerts.settle(tx, NOT_LANDING, unrecorded, now_us)
            alerts.settle(tx, OFFLINE, _offline(tx, unrecorded, now_us), now_us)

    def _rungs(self, found: Iterable[GroupNow], full: Iterable[str]) -> Iterable[tuple[GroupNow, Rung]]:
        return (
            (group, decide(group.rooms(self.floor_bytes), 0 if str(group.group.id) in full else EVERYBODY))
            for group in found
            if group.volumes
        )

    def _is_low(self, group: GroupNow) -> bool:
        rooms = group.rooms(self.floor_bytes)
        soon = group.days_left is not None and group.days_left < LOW_DAYS
        return soon or not any(one.floors >= MAKE_ROOM_UP_TO for one in rooms)


def _low(group: GroupNow) -> Detail:
    words = left_in_words(group.days_left)
    return {"group": group.group.name, "reason_zh": f"{words.zh}。", "reason_en": f"{words.en.capitalize()}."}


def _missing(found: Iterable[GroupNow]) -> dict[str, Detail]:
    return {
        str(one.volume.id): {"path": one.volume.path}
        for group in found
        for one in group.volumes
        if one.state == "missing" and (one.volume.retired_us is None or one.used_bytes)
    }


def _damage(tx: Transaction, found: Iterable[GroupNow]) -> dict[str, Detail]:
    paths = {one.volume.id: one.volume.path for group in found for one in group.volumes}
    return {
        str(volume_id): {"path": paths.get(volume_id, str(volume_id)), "count": str(count)}
        for volume_id, count in store.damage_by_volume(tx).items()
    }


def _stepped(clock: Clock) -> dict[str, Detail]:
    if clock.trusted:
        return {}
    newest = clock.epochs[-1]
    return {str(newest.epoch): {"seconds": f"{newest.step_us / _US:+.0f}" if newest.step_us else "?"}}


def _paused(tx: Transaction, clock: Clock, now_us: int, *, short: bool) -> dict[str, Detail]:
    """Without a term from a law nothing goes; that is an alert only where room is short."""
    why = paused(clock, lawful=not short or any_lawful(tx, now_us))
    if why is None:
        return {}
    advice = (
        Text("请由安保负责人设定法定最短保存期限及其依据。", "Have the security manager set the statutory minimum.")
        if clock.trusted
        else Text("请核对时间后确认时钟。", "Check the time and confirm the clock.")
    )
    return {"footage": {"reason_zh": why.zh, "reason_en": why.en, "advice_zh": advice.zh, "advice_en": advice.en}}


# What should be recorded against what is landing


def not_landing(tx: Transaction, clock: Clock, now_us: int) -> dict[str, Detail]:
    """Channels that the plan has wanted for two minutes and of which nothing has become durable for one, with why."""
    epoch = clock.epochs[-1].epoch if clock.epochs else 0
    landed = _landed(tx, epoch)
    statuses = media_store.statuses(tx)
    recordings = store.recordings(tx)
    found: dict[str, Detail] = {}
    for channel in registry.channels(tx):
        if not _wanted(tx, channel, recordings, now_us):
            continue
        newest = landed.get(channel.id) or media_store.last_end_us(tx, channel.id, epoch) or 0
        if newest < now_us - _LATEST_US:
            why = _why(tx, channel.id, statuses.get(channel.id))
            found[str(channel.id)] = {"name": channel.name, "reason_zh": why.zh, "reason_en": why.en}
    return found


def _offline(tx: Transaction, said_already: Mapping[str, Detail], now_us: int) -> dict[str, Detail]:
    """Channels that have been away for a while, and that nobody wanted to record meanwhile: each is said once."""
    found: dict[str, Detail] = {}
    statuses = media_store.statuses(tx)
    for channel in registry.channels(tx):
        status = statuses.get(channel.id)
        away = status is not None and status.state is ChannelState.OFFLINE and status.since_us < now_us - _PATIENCE_US
        if away and str(channel.id) not in said_already:
            why = _why(tx, channel.id, status)
            found[str(channel.id)] = {"name": channel.name, "reason_zh": why.zh, "reason_en": why.en}
    return found


def _wanted(tx: Transaction, channel: Channel, recordings: Mapping[ChannelId, ChannelRecording], now_us: int) -> bool:
    span = Span(now_us - _PATIENCE_US, now_us)
    if channel.created_us > span.start_us:
        return False
    recording = recordings.get(channel.id, ChannelRecording())
    around = Span(span.start_us - recording.post_roll_s * _US, now_us + recording.pre_roll_s * _US)
    events = [one.at_us for one in store.events_between(tx, channel.id, around)]
    return planned(recording, events, span) == [span]


def _landed(tx: Transaction, epoch: int) -> dict[ChannelId, int]:
    """The durable end of each segment that is being written."""
    query = (
        select(SEGMENT.c.channel_id, SEGMENT.c.start_us, SEGMENT_INDEX.c.records)
        .join_from(SEGMENT, SEGMENT_INDEX)
        .where(
            SEGMENT.c.volume_id.in_([one.id for one in media_store.volumes(tx)]),  # the index begins with it
            SEGMENT.c.state == SegmentState.OPEN,
            SEGMENT.c.clock_epoch == epoch,
        )
    )
    found = {}
    for row in tx.execute(query):
        records = list(unpack_records(row.records[-52:]))
        if records:
            found[ChannelId(row.channel_id)] = row.start_us + records[-1].end_offset_us
    return found


def _why(tx: Transaction, channel_id: ChannelId, status: ChannelStatus | None) -> Text:
    if status is not None and status.problem is not None and status.problem[0] in PROBLEMS:
        return told(*status.problem).what
    gap = media_store.lasting_gap(tx, channel_id)
    if gap is not None:
        words = GAP_TEXT[gap[1].cause]
        return Text(f"{words.zh}。", f"{words.en.capitalize()}.")
    return Text("没有新的录像写入磁盘。", "Nothing new reaches the disk.")
