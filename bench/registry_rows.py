"""A registry of a large county or a small province: organisations, places, spots and channels, as rows."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from mingjian.kernel.ids import ChannelId, DeviceId, OrganisationId, PlaceId, SpotId, new_id
from mingjian.registry import directory, rows, store
from mingjian.registry.model import (
    Channel,
    Device,
    NewOrganisation,
    Organisation,
    OrganisationKind,
    Place,
    Spot,
)
from mingjian.registry.organisations import made_below
from mingjian.registry.territories import in_use
from mingjian.storage.engine import Transaction

_T = TypeVar("_T")
_BATCH: Final = 2_000
_TOWNS: Final = (
    "腾越",
    "和顺",
    "固东",
    "界头",
    "曲石",
    "滇滩",
    "猴桥",
    "中和",
    "芒棒",
    "蒲川",
    "新华",
    "马站",
    "清水",
    "荷花",
)
_UNITS: Final = (
    "第一中学",
    "人民医院",
    "农贸市场",
    "汽车客运站",
    "文化广场",
    "派出所",
    "工业园区",
    "社区居委会",
    "图书馆",
    "体育馆",
)
_PLACES: Final = ("教学楼", "门诊楼", "停车场", "东区", "西区", "综合楼", "宿舍区", "仓库", "候车大厅", "办公楼")
_SPOTS: Final = ("东门", "西门", "大厅", "走廊", "楼梯口", "围墙北侧", "出入口", "卸货区", "电梯厅", "广场中央")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; `counties` is how many divisions it is spread over."""

    organisations: int = 3_000
    places: int = 20_000
    channels: int = 100_000
    counties: int = 146


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made: enough to ask for it."""

    organisations: Sequence[Organisation]
    places: Sequence[Place]
    channels: Sequence[UUID]


def fill(tx: Transaction, size: Size, now_us: int, seed: int = 1) -> Filled:
    """Make all rows, then the directory of them."""
    chance = random.Random(seed)
    counties = [one.code for one in in_use() if one.code.startswith("53") and not one.code.endswith("00")]
    made = _organisations(size, counties[: size.counties], now_us)
    rows.add_organisations(tx, made)
    places = [_place(number, chance.choice(made), now_us) for number in range(size.places)]
    for places_ in _batches(places):
        rows.add_places(tx, places_)
    channels: list[UUID] = []
    for some in _batches([_channel(number, chance.choice(places), chance, now_us) for number in range(size.channels)]):
        store.add_channels(tx, some, [one.spot for one in some])
        rows.begin_history(tx, [(one.id, one.device.id, one.spot.id, now_us) for one in some])
        channels += [one.id for one in some]
    directory.rebuild(tx)
    return Filled(made, places, channels)


def _organisations(size: Size, counties: Sequence[str], now_us: int) -> list[Organisation]:
    """A third at the top, the others below them, one level and two."""
    made: list[Organisation] = []
    top = max(1, size.organisations // 3)
    for number in range(size.organisations):
        above = made[(number * 7) % (top if number < 2 * top else 2 * top)] if number >= top else None
        region = above.region_code if above else counties[number % len(counties)]
        name = f"{_TOWNS[number % len(_TOWNS)]}{_UNITS[number // len(_TOWNS) % len(_UNITS)]}{number}"
        made.append(made_below(above, NewOrganisation(name, region, OrganisationKind.OTHER), now_us))
    return made


def _place(number: int, owner: Organisation, now_us: int) -> Place:
    name = f"{owner.name}{_PLACES[number % len(_PLACES)]}{number}"
    own_id = PlaceId(new_id(now_us))
    return Place(own_id, name, f"光华路{number}号", owner.region_code, 98.5, 25.0, OrganisationId(owner.id))


def _channel(number: int, where: Place, chance: random.Random, now_us: int) -> Channel:
    host = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    spot = Spot(SpotId(new_id(now_us)), where.id, chance.choice(_SPOTS))
    device = Device(DeviceId(new_id(now_us)), f"rtsp://{host}:554/stream1", None, serial=f"SN{number:08d}")
    name = f"{spot.name}{chance.choice(('球机', '枪机', '半球'))}{number}"
    return Channel(ChannelId(new_id(now_us)), name, device, where, spot, False, now_us, None)


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
