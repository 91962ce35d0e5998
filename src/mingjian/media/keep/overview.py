"""How the store is doing: volumes, days until they are full, the clock, whether deletion goes on."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from mingjian.kernel.errors import Text
from mingjian.kernel.ids import ChannelId, VolumeId
from mingjian.media import store as media_store
from mingjian.media.keep.deletion import OpenFiles
from mingjian.media.keep.forecast import Recorded, days_left
from mingjian.media.keep.ladder import Room
from mingjian.media.keep.model import day_span
from mingjian.media.keep.rules import rulebook
from mingjian.media.keep.terms import Clock, Rulebook
from mingjian.media.model import Volume, VolumeGroup
from mingjian.media.store import RECORDED_DAY
from mingjian.storage.engine import Transaction

State = Literal["ok", "missing", "full", "retired"]


@dataclass(frozen=True, slots=True)
class VolumeNow:
    """`free_bytes` of its disk, None while it is missing; `filling_bytes_per_day`: new footage alone."""

    volume: Volume
    state: State
    used_bytes: int
    free_bytes: int | None
    filling_bytes_per_day: int

    @property
    def takes_new(self) -> bool:
        return self.state in {"ok", "full"}


@dataclass(frozen=True, slots=True)
class GroupNow:
    """`days_left`: until it is full; None: never, as far as can be seen."""

    group: VolumeGroup
    volumes: tuple[VolumeNow, ...]
    days_left: int | None

    def rooms(self, floor_bytes: int) -> list[Room]:
        return [Room(one.free_bytes or 0, floor_bytes) for one in self.volumes if one.takes_new]


def groups(tx: Transaction, files: OpenFiles, floor_bytes: int, now_us: int) -> list[GroupNow]:
    """Every group with its volumes as they are on the disks now; the demonstration comes last."""
    rules = rulebook(tx, None, now_us)
    volumes = [_volume(tx, one, _free(files, one), floor_bytes, now_us) for one in media_store.volumes(tx)]
    return [
        _group(tx, group, tuple(one for one in volumes if one.volume.group_id == group.id), rules, floor_bytes, now_us)
        for group in sorted(media_store.volume_groups(tx), key=lambda one: one.demonstration)
    ]


def _group(
    tx: Transaction,
    group: VolumeGroup,
    volumes: tuple[VolumeNow, ...],
    rules: Rulebook,
    floor_bytes: int,
    now_us: int,
) -> GroupNow:
    here = [one for one in volumes if one.takes_new]
    if group.demonstration or not here:
        return GroupNow(group, volumes, None if group.demonstration else 0)
    free = sum(max(0, (one.free_bytes or 0) - floor_bytes) for one in here)
    kinds = _kinds(tx, [one.volume.id for one in volumes if one.state != "missing"], rules)
    return GroupNow(group, volumes, days_left(free, kinds, now_us))


def _volume(tx: Transaction, volume: Volume, free: int | None, floor_bytes: int, now_us: int) -> VolumeNow:
    used = media_store.used_bytes(tx, volume.id)
    filling = Recorded(None, _by_day(tx, [volume.id])).rate(now_us)
    state: State = "ok" if free is not None and free >= floor_bytes else "full"
    if free is None:
        state = "missing"
    elif volume.retired_us is not None:
        state, filling = "retired", 0
    return VolumeNow(volume, state, used, free, filling)


def _free(files: OpenFiles, volume: Volume) -> int | None:
    there = files(volume)
    if there.identity() != volume.id:
        return None
    try:
        return there.free_bytes()
    except OSError:
        return None


def _by_day(tx: Transaction, volume_ids: Collection[VolumeId]) -> dict[int, int]:
    query = select(RECORDED_DAY.c.day, RECORDED_DAY.c.bytes).where(RECORDED_DAY.c.volume_id.in_(list(volume_ids)))
    found: dict[int, int] = {}
    for row in tx.execute(query):
        _add(found, row.day, row.bytes)
    return found


def _kinds(tx: Transaction, volume_ids: Collection[VolumeId], rules: Rulebook) -> list[Recorded]:
    """What is on these volumes, by how long it must stay. A day that a hold touches counts as held for that channel."""
    query = select(RECORDED_DAY.c.channel_id, RECORDED_DAY.c.day, RECORDED_DAY.c.bytes).where(
        RECORDED_DAY.c.volume_id.in_(list(volume_ids))
    )
    by_day: dict[int | None, dict[int, int]] = {}
    held: dict[int | None, dict[int, int]] = {}
    for row in tx.execute(query):
        of_channel = rules.of(ChannelId(row.channel_id))
        stays = of_channel.terms.minimum_days if of_channel.terms.lawful else None
        _add(by_day.setdefault(stays, {}), row.day, row.bytes)
        if any(hold.clip(day_span(row.day)) for hold in of_channel.holds):
            _add(held.setdefault(stays, {}), row.day, row.bytes)
    return [Recorded(stays, days, held.get(stays, {})) for stays, days in by_day.items()]


def _add(days: dict[int, int], day: int, size: int) -> None:
    days[day] = days.get(day, 0) + size


def left_in_words(days: int | None) -> Text:
    """How many days are left, as a person reads it."""
    if days is None:
        return Text("可持续录像，不会写满", "recording can go on; it will not fill up")
    if days == 0:
        return Text("不足一天", "less than a day")
    return Text(f"约 {days} 天后写满", f"full in about {days} days")


def paused(clock: Clock, *, lawful: bool) -> Text | None:
    """Why nothing is deleted now, or None when deletion goes on."""
    if not clock.trusted:
        return Text("服务器时钟跳变后尚未确认。", "The server's clock was set, and nobody has confirmed it since.")
    if not lawful:
        return Text(
            "未设定有法律依据的最短保存期限，不自动删除任何录像。",
            "No minimum term from a law is set; nothing is deleted automatically.",
        )
    return None
