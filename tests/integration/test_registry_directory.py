"""The directory on both engines: what the tables say after every change, and nobody sees more than the own reach."""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.unit.identity.people import NOW, S
from tests.unit.media.running import VAULT

from mingjian.audit.model import Actor
from mingjian.audit.service import audited, listing
from mingjian.identity.scopes import ANYWHERE, NOWHERE, Reach, Scope, ScopeKind, Target, reach_of
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import OrganisationId, PlaceId
from mingjian.media.errors import ADDRESS_UNREADABLE
from mingjian.media.formats import url
from mingjian.registry import browsing, directory, exporting, importing, organisations, places, systems
from mingjian.registry import service as registry
from mingjian.registry.columns import TableKind
from mingjian.registry.coordinates import Position
from mingjian.registry.model import (
    Channel,
    EntryKind,
    Identity,
    NewOrganisation,
    NewPlace,
    Organisation,
    OrganisationKind,
    Place,
    SpotView,
    StatutoryRole,
)
from mingjian.registry.tables import DIRECTORY
from mingjian.registry.vault import Secret
from mingjian.storage.engine import Database, Transaction

ACTOR = Actor("person", uuid4(), "li.ming", "192.0.2.7")
EVERY_KIND = tuple(EntryKind)
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


class County:
    """A small county: a bureau with two schools, a hospital elsewhere, a place that is nobody's."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._now = NOW
        self._cameras = 0
        self.bureau = self.organisation("教育体育局")
        self.first = self.organisation("第一中学", self.bureau)
        self.branch = self.organisation("第一中学分校", self.first, region="530502")
        self.hospital = self.organisation("人民医院", region="530502")
        self.campus = self.place("本部", self.first)
        self.away = self.place("分校", self.branch, region="530502")
        self.clinic = self.place("门诊", self.hospital, region="530581")
        self.square = self.place("文化广场", None)
        self.gate = self.camera("校门", self.campus)
        self.yard = self.camera("操场", self.campus)
        self.door = self.camera("门诊大厅", self.clinic)
        self.stage = self.camera("舞台", self.square)

    def now(self) -> int:
        self._now += S
        return self._now

    def do(self, work: Callable[..., Any], *given: Any, **more: Any) -> Any:
        with audited(self.database) as tx:
            return work(tx, *given, by=ACTOR, now_us=self.now(), **more)

    def organisation(self, name: str, above: Organisation | None = None, region: str = "530581") -> Organisation:
        parent = above.id if above else None
        made: Organisation = self.do(organisations.add, NewOrganisation(name, region, parent_id=parent))
        return made

    def place(self, name: str, owner: Organisation | None, region: str = "530581") -> Place:
        made: Place = self.do(places.add, NewPlace(name, "", region, organisation_id=owner.id if owner else None))
        return made

    def camera(self, name: str, where: Place, **more: Any) -> Channel:
        self._cameras += 1
        given = {"address": f"rtsp://10.0.0.{self._cameras}:554/1", "secret": None, "spot_name": name, **more}
        added: Channel = self.do(registry.add_channel, name=name, place=where.id, vault=VAULT, **given)
        return added


@pytest.fixture
def county(database: Database) -> County:
    return County(database)


def held(tx: Transaction) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in tx.execute(select(DIRECTORY))), key=repr)


CHANGES: dict[str, Callable[[County], object]] = {
    "nothing": lambda _: None,
    "rename an organisation": lambda c: c.do(organisations.change, c.bureau.id, NewOrganisation("教育局", "530581")),
    "move an organisation": lambda c: c.do(
        organisations.change, c.first.id, NewOrganisation("第一中学", "530581", parent_id=c.hospital.id)
    ),
    "move it to the top": lambda c: c.do(organisations.change, c.first.id, NewOrganisation("第一中学", "530581")),
    "to another county": lambda c: c.do(
        organisations.change, c.first.id, NewOrganisation("第一中学", "530502", parent_id=c.bureau.id)
    ),
    "retire an organisation": lambda c: c.do(organisations.retire, c.organisation("空单位").id),
    "rename a place": lambda c: c.do(places.change, c.campus.id, NewPlace("东校区", "x", "530581")),
    "a place to another owner": lambda c: c.do(
        places.change, c.square.id, NewPlace("广场", "", "530502", organisation_id=c.hospital.id)
    ),
    "a position for a place": lambda c: c.do(
        places.change, c.campus.id, NewPlace("本部", "", "530581", 98.5, 25.02, c.campus.organisation_id)
    ),
    "a position for a spot": lambda c: c.do(
        places.change_spot, c.gate.spot.id, "南门", "unclassified", SpotView(Position(98.5001, 25.0201))
    ),
    "add a spot": lambda c: c.do(places.add_spot, c.campus.id, "楼梯", "stairwell", SpotView()),
    "rename a spot": lambda c: c.do(places.change_spot, c.gate.spot.id, "南门", "unclassified", SpotView()),
    "rename a channel": lambda c: c.do(registry.rename, c.gate.id, "重庆路口"),
    "move a channel": lambda c: c.do(registry.move_to_spot, c.gate.id, c.stage.spot.id),
    "move a device": lambda c: c.do(registry.move_device, c.gate.id, "rtsp://10.9.9.9/1"),
    "replace a device": lambda c: c.do(
        registry.replace_device, c.gate.id, address="rtsp://10.9.9.9/1", secret=None, vault=VAULT
    ),
    "retire a channel": lambda c: c.do(registry.retire, c.gate.id),
    "say what a device is": lambda c: c.do(registry.set_identity, c.gate.id, Identity("m", "x", "SN1")),
    "a system of another unit": lambda c: c.do(
        registry.put_into_system, c.gate.id, c.do(systems.add, "系统", c.hospital.id).id
    ),
    "merge": lambda c: (
        c.do(registry.set_identity, c.gate.id, Identity("m", "x", "SN1")),
        c.do(registry.set_identity, c.yard.id, Identity("m", "x", "SN1")),
        c.do(registry.merge, c.yard.id, c.gate.id),
    ),
}


def test_the_directory_is_what_the_tables_say_after_every_change(county: County) -> None:
    for name, change in CHANGES.items():
        change(county) if name != "retire a channel" else county.do(registry.retire, county.door.id)
        with county.database.read() as tx:
            assert held(tx) == directory.everything(tx), name
    with county.database.write() as tx:
        before = held(tx)
        assert directory.rebuild(tx) == len(before)
        assert held(tx) == before


@on_sqlite
def test_a_directory_that_is_wrong_would_be_seen(county: County) -> None:
    with county.database.write() as tx:
        tx.execute(DIRECTORY.update().where(DIRECTORY.c.id == county.gate.id).values(name="x"))
        assert held(tx) != directory.everything(tx)


def reaches(county: County) -> Iterator[tuple[str, Reach]]:
    def of(*scopes: tuple[ScopeKind, object]) -> Reach:
        return reach_of(Scope(kind, str(value)) for kind, value in scopes)

    yield "anywhere", ANYWHERE
    yield "nowhere", NOWHERE
    yield "province", of((ScopeKind.TERRITORY, "530000"))
    yield "county", of((ScopeKind.TERRITORY, "530581"))
    yield "two counties", of((ScopeKind.TERRITORY, "530581"), (ScopeKind.TERRITORY, "530502"))
    yield "another province", of((ScopeKind.TERRITORY, "360000"))
    yield "bureau", of((ScopeKind.ORGANISATION, county.bureau.id))
    yield "branch", of((ScopeKind.ORGANISATION, county.branch.id))
    yield "place", of((ScopeKind.PLACE, county.campus.id))
    yield "channel", of((ScopeKind.CHANNEL, county.gate.id))
    yield "mixed", of((ScopeKind.TERRITORY, "530502"), (ScopeKind.CHANNEL, county.yard.id))
    yield (
        "all sorts",
        of(
            (ScopeKind.TERRITORY, "360000"),
            (ScopeKind.ORGANISATION, county.hospital.id),
            (ScopeKind.PLACE, county.square.id),
            (ScopeKind.CHANNEL, county.yard.id),
        ),
    )


def covered(tx: Transaction, county: County, reach: Reach) -> set[UUID]:
    """What lies within by asking about each by itself, as the door does."""
    channels = registry.targets(tx, [one.id for one in registry.channels(tx)])
    places_: dict[UUID, Target] = {one.id: places.target(tx, one) for one in registry.all_places(tx)}
    units = (county.bureau, county.first, county.branch, county.hospital)
    targets: dict[UUID, Target] = {**channels, **{one.id: organisations.target(one) for one in units}}
    targets |= places_
    return {own_id for own_id, target in targets.items() if reach.covers(target)}


def test_lists_and_trees_hold_what_the_door_allows(county: County) -> None:
    county.do(registry.put_into_system, county.yard.id, county.do(systems.add, "系统", county.hospital.id).id)
    with county.database.read() as tx:
        for name, reach in reaches(county):
            allowed = covered(tx, county, reach)
            kinds = (EntryKind.ORGANISATION, EntryKind.PLACE, EntryKind.CHANNEL)
            listed = {one.id for one in browsing.search(tx, reach, kinds=kinds).entries}
            assert listed == allowed, name
            every_place = {one.id for one in registry.all_places(tx)}
            assert {one.id for one in pages(browsing.places, tx, reach)} == allowed & every_place, name
            every_channel = {one.id for one in registry.channels(tx)}
            assert {one.id for one in pages(browsing.channels, tx, reach)} == allowed & every_channel, name
            assert set(tx.execute(browsing.channels_within(tx, reach)).scalars()) == allowed & every_channel, name
            assert browsing.count_channels(tx, reach) == len(allowed & every_channel), name
            shown, channels = climbed(tx, reach, "")
            assert shown & allowed == shown - spots(tx, shown), name
            assert allowed <= shown, name
            assert channels == len([one for one in registry.channels(tx) if one.id in allowed]) or reach == NOWHERE


def pages(listing: Any, tx: Transaction, reach: Reach) -> list[Any]:
    """All pages of two, each entry once."""
    found: list[Any] = []
    cursor = None
    while True:
        items, cursor = listing(tx, reach, cursor=cursor, limit=2)
        assert len(items) <= 2
        found += items
        if cursor is None:
            break
    assert len({one.id for one in found}) == len(found)
    return found


def spots(tx: Transaction, ids: set[UUID]) -> set[UUID]:
    query = select(DIRECTORY.c.id).where(DIRECTORY.c.kind == EntryKind.SPOT.value)
    return ids & set(tx.execute(query).scalars())


def climbed(tx: Transaction, reach: Reach, node: str) -> tuple[set[UUID], int]:
    """Everything in the tree from here down, and how many different channels."""
    branch = browsing.branch(tx, reach, node)
    found = {one.id for one in branch.entries}
    channels = {one.id for one in branch.entries if one.kind is EntryKind.CHANNEL}
    nodes = [one.code for one in branch.territories]
    nodes += [f"{one.kind.code}:{one.id}" for one in branch.entries if one.kind is not EntryKind.CHANNEL]
    for one in branch.entries:
        assert one.opens == (one.kind is not EntryKind.CHANNEL and bool(_below(tx, reach, one)))
    for below in nodes:
        more, _ = climbed(tx, reach, below)
        found |= more
    query = select(DIRECTORY.c.id).where(DIRECTORY.c.kind == EntryKind.CHANNEL.value, DIRECTORY.c.id.in_(found))
    channels |= set(tx.execute(query).scalars())
    return found, len(channels)


def _below(tx: Transaction, reach: Reach, entry: Any) -> tuple[Any, ...]:
    return browsing.branch(tx, reach, f"{entry.kind.code}:{entry.id}").entries


def test_no_word_is_a_pattern(county: County) -> None:
    county.do(registry.rename, county.gate.id, "100%_!门")
    with county.database.read() as tx:
        for query, found in (("%", 1), ("0%_!", 1), ("_", 1), ("!门", 1), ("0%门", 0), ("1_0", 0), ("\\", 0), ("'", 0)):
            entries = browsing.search(tx, ANYWHERE, query=query).entries
            assert (query, len(entries)) == (query, found)


def test_counts_of_the_tree(county: County) -> None:
    with county.database.read() as tx:
        (yunnan,) = browsing.branch(tx, ANYWHERE).territories
        assert (yunnan.code, yunnan.channels) == ("530000", 4)
        (baoshan,) = browsing.branch(tx, ANYWHERE, "530000").territories
        assert {one.code: one.channels for one in browsing.branch(tx, ANYWHERE, baoshan.code).territories} == {
            "530502": 0,
            "530581": 4,
        }
        entries = {one.name: one for one in browsing.branch(tx, ANYWHERE, "530581").entries}
        # What is another county's stands where it is, too.
        assert {name: one.channels for name, one in entries.items()} == {"教育体育局": 2, "门诊": 1, "文化广场": 1}
        assert [one.name for one in browsing.branch(tx, ANYWHERE, "530502").entries] == ["第一中学分校", "人民医院"]
        for node, code in (("999999", "node"), ("x", "node"), (f"channel:{county.gate.id}", "node")):
            with pytest.raises(MingjianError, match=f"registry.{code}_unknown"):
                browsing.branch(tx, ANYWHERE, node)


def test_an_organisation_moves_with_all_below_it(county: County) -> None:
    county.do(
        organisations.change, county.first.id, NewOrganisation("第一中学", "530581", parent_id=county.hospital.id)
    )
    with county.database.read() as tx:
        assert registry.target(tx, county.gate.id).organisations == (county.hospital.id, county.first.id)
        assert organisations.organisation(tx, county.branch.id).line == (
            county.hospital.id,
            county.first.id,
            county.branch.id,
        )
    for above in (county.first, county.branch):
        new = NewOrganisation("第一中学", "530581", parent_id=above.id)
        with pytest.raises(MingjianError, match=r"registry\.organisation_ring"):
            county.do(organisations.change, county.first.id, new)
    with pytest.raises(MingjianError, match=r"registry\.organisation_in_use"):
        county.do(organisations.retire, county.hospital.id)
    with pytest.raises(MingjianError, match=r"registry\.organisation_known"):
        county.organisation("第一中学分校", county.first)


@on_sqlite
def test_there_are_only_so_many_levels(county: County) -> None:
    line = [county.organisation("第1级")]
    for number in range(2, organisations.MOST_LEVELS + 1):
        line.append(county.organisation(f"第{number}级", line[-1]))
    with pytest.raises(MingjianError, match=r"registry\.too_deep"):
        county.organisation("又一级", line[-1])
    top = NewOrganisation("第1级", "530581", parent_id=county.bureau.id)
    with pytest.raises(MingjianError, match=r"registry\.too_deep"):
        county.do(organisations.change, line[0].id, top)


def test_a_channel_stays_when_its_camera_is_replaced_and_moves(county: County) -> None:
    said = Identity("Hikvision", "DS-2CD", "SN2", "urn:uuid:7")
    replaced = county.do(
        registry.replace_device,
        county.gate.id,
        address="rtsp://10.0.0.50/1",
        secret=Secret("admin", "hunter2"),
        vault=VAULT,
        identity=said,
    )
    assert registry.credentials(replaced, VAULT) == Secret("admin", "hunter2")
    county.do(registry.move_to_spot, county.gate.id, county.yard.spot.id)
    county.do(registry.move_to_spot, county.gate.id, county.gate.spot.id)
    with county.database.read() as tx:
        history = registry.history(tx, county.gate.id)
        now = registry.channel(tx, county.gate.id)
    assert [one.device.address for one in history.devices] == ["rtsp://10.0.0.1:554/1", "rtsp://10.0.0.50/1"]
    assert [one.spot.name for one in history.spots] == ["校门", "操场", "校门"]
    for past in (history.devices, history.spots):
        assert [one.until_us for one in past] == [*(one.from_us for one in past[1:]), None]
    assert (now.id, now.device.serial, now.spot.name) == (county.gate.id, "SN2", "校门")
    assert "hunter2" not in str(history)
    for wrong in ({"address": "rtsp://10.0.0.3:554/1"}, {"address": "rtsp://x/", "identity": said}):
        with pytest.raises(MingjianError, match=r"registry\.(device|camera)_known"):
            county.do(registry.replace_device, county.yard.id, secret=None, vault=VAULT, **wrong)
    with county.database.read() as tx:
        actions = [one.action for one in listing(tx, None, 3).items]
    assert actions == ["channel.moved", "channel.moved", "channel.device_replaced"]


def test_the_same_camera_met_twice_becomes_one(county: County) -> None:
    with pytest.raises(MingjianError, match=r"registry\.not_the_same_camera"):
        county.do(registry.merge, county.yard.id, county.gate.id)
    for channel in (county.gate, county.yard):
        county.do(registry.set_identity, channel.id, Identity("m", "x", "SN1"))
    # A number of another maker is another number.
    county.do(registry.set_identity, county.door.id, Identity("other", "x", "SN1"))
    with county.database.read() as tx:
        assert [one.id for one in registry.same_cameras(tx, registry.channel(tx, county.gate.id))] == [county.yard.id]
    county.do(registry.merge, county.yard.id, county.gate.id)
    with county.database.read() as tx:
        history, ended = registry.history(tx, county.gate.id), registry.channel(tx, county.yard.id)
        assert [one.id for one in history.merged] == [county.yard.id]
        assert ended.merged_into == county.gate.id
        assert ended.retired_us is not None
        assert county.yard.id not in {one.id for one in registry.channels(tx)}
        assert registry.target(tx, county.yard.id).place_id == county.campus.id  # its footage can be asked for
    # Merged again, the whole line leads to the one that goes on.
    county.do(registry.set_identity, county.stage.id, Identity("m", "x", "SN1"))
    county.do(registry.merge, county.gate.id, county.stage.id)
    with county.database.read() as tx:
        merged = {one.id for one in registry.history(tx, county.stage.id).merged}
    assert merged == {county.gate.id, county.yard.id}
    for pair in ((county.gate.id, county.stage.id), (county.stage.id, county.gate.id), (county.door.id,) * 2):
        with pytest.raises(MingjianError, match=r"registry\.same_channel"):
            county.do(registry.merge, *pair)


@on_sqlite
def test_roles_signs_and_views_are_kept(county: County) -> None:
    given = county.do(
        organisations.give_role, StatutoryRole.MAINTAINER, county.hospital.id, place_id=PlaceId(county.campus.id)
    )
    county.do(organisations.end_role, given.id)
    sign = county.do(places.put_up_sign, county.campus.id, "公共视频区域", Position(98.5, 25.0))
    county.do(places.set_photo, sign.id, b"\1" * 32)
    view = SpotView(Position(98.5, 25.0), 359.5, 80, 30)
    county.do(places.change_spot, county.gate.spot.id, "校门", "stairwell", view)
    with county.database.read() as tx:
        ((kept, organisation),) = organisations.roles(tx, place_id=county.campus.id)
        assert (kept.role, organisation.name) == (StatutoryRole.MAINTAINER, "人民医院")
        assert kept.until_us is not None
        assert [one.photo for one in places.signs(tx, county.campus.id)] == [b"\1" * 32]
        assert places.spot(tx, county.gate.spot.id).view == view
        assert registry.channel(tx, county.gate.id).spot.view == view
    county.do(places.take_down_sign, sign.id)
    with county.database.read() as tx:
        assert places.signs(tx, county.campus.id) == []
    for wrong in ((360.0, None, None), (None, 0.0, None), (None, None, -1.0)):
        with pytest.raises(ValueError, match=r"direction|field|range"):
            SpotView(None, *wrong)


# Tables


def read_address(said: str) -> tuple[str, Secret | None]:
    try:
        parsed, inline = url.parse(said)
    except url.BadAddress as error:
        raise MingjianError(ADDRESS_UNREADABLE) from error
    return str(parsed), Secret(inline.user_name, inline.password) if inline else None


def table(header: str, *rows: str) -> bytes:
    out = StringIO()
    csv.writer(out).writerows(line.split("|") for line in (header, *rows))
    return out.getvalue().encode()


def anywhere(_target: Target) -> bool:
    return True


def tried(county: County, kind: TableKind, data: bytes, may: Callable[[Target], bool] = anywhere) -> importing.Tried:
    with county.database.read() as tx:
        return importing.try_table(tx, kind, data, may=may, read_address=read_address, vault=VAULT, now_us=NOW)


def imported(county: County, kind: TableKind, data: bytes) -> importing.Tried:
    done: importing.Tried = county.do(
        importing.import_table, kind, data, may=anywhere, read_address=read_address, vault=VAULT
    )
    return done


CHANNELS = "通道名称|所在场所|所属单位|部位|部位类别|码流地址|账号|口令|序列号|经度|纬度|坐标系|方向"


def test_channels_come_from_a_table(county: County) -> None:
    county.do(places.add_spot, county.campus.id, "走廊", "stairwell", SpotView())
    rows = [
        "东门|本部||大门||rtsp://10.1.0.1/1|admin|hunter2|A1|116.3974|39.9087|GCJ-02|90",
        "西门|本部|第一中学|大门||rtsp://u:hunter3@10.1.0.2/1||||||",
        "走廊1|本部|教育体育局/第一中学|走廊|楼梯间|rtsp://10.1.0.3/1||||||",
    ]
    assert imported(county, TableKind.CHANNELS, table(CHANNELS, *rows)).rows == 3
    with county.database.read() as tx:
        found = {one.name: one for one in registry.channels(tx)}
        assert held(tx) == directory.everything(tx)
        entry = listing(tx, None, 1).items[0]
    assert registry.credentials(found["东门"], VAULT) == Secret("admin", "hunter2")
    assert registry.credentials(found["西门"], VAULT) == Secret("u", "hunter3")
    assert found["东门"].spot == found["西门"].spot
    view = found["东门"].spot.view
    assert view.position is not None
    assert (round(view.position.longitude, 3), view.direction_deg) == (116.391, 90)
    assert found["走廊1"].spot.kind == "stairwell"
    assert (entry.action, entry.detail["count"]) == ("registry.imported", 3)
    assert "hunter" not in str(entry.detail)


@on_sqlite
def test_every_wrong_cell_is_told(county: County) -> None:
    rows = [
        "东门|本部||大门||rtsp://10.0.0.1/1||||||",  # the gate's address
        "|没有的场所||大门||http://x/|admin|hunter2|A1||||",
        "西门|本部|人民医院|大门|公共卫生间|rtsp://10.1.0.2/1|||A1|1|||400",
        "北门|本部||大门|更衣室|rtsp://10.1.0.3/1||hunter4|A1|||x|90",
        "南门|本部||大门|火星|rtsp://10.1.0.3/1||||500|1||y",
    ]
    report = tried(county, TableKind.CHANNELS, table(CHANNELS, *rows))
    told = {(one.row, one.column) for one in report.errors}
    assert (
        told
        == {
            (2, "码流地址"),
            (3, "通道名称"),
            (3, "所在场所"),
            (3, "码流地址"),
            (4, "所在场所"),
            (4, "序列号"),
            (5, "账号"),
            (5, "部位类别"),
            (5, "序列号"),
            (6, "部位类别"),
            (6, "码流地址"),
            (6, "经度"),
            (6, "方向"),
        }
        | {(5, "坐标系")} & told
    )
    assert "hunter" not in str(report)
    assert report.error_count == len(report.errors)
    for one in report.errors:
        assert one.reason.zh
        assert one.reason.en
        assert one.advice.zh
        assert one.advice.en
    with pytest.raises(MingjianError, match=r"registry\.sheet_has_errors"):
        imported(county, TableKind.CHANNELS, table(CHANNELS, *rows, "好门|本部||大门||rtsp://10.1.0.9/1||||||"))
    with county.database.read() as tx:
        assert len(registry.channels(tx)) == 4


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "header", "columns"),
    [
        (TableKind.PLACES, "场所名称|区划", {"区划", "行政区划代码"}),
        (TableKind.PLACES, "场所名称|场所名称|行政区划代码", {"场所名称"}),
        (TableKind.ORGANISATIONS, "地址", {"单位名称", "行政区划代码"}),
    ],
)
def test_a_header_that_is_not_understood_is_told(
    county: County, kind: TableKind, header: str, columns: set[str]
) -> None:
    report = tried(county, kind, table(header, "x|y|z"))
    assert {(one.row, one.column) for one in report.errors} == {(1, column) for column in columns}


@on_sqlite
def test_rows_out_of_reach_are_wrong_rows(county: County) -> None:
    reach = reach_of([Scope(ScopeKind.ORGANISATION, str(county.first.id))])
    data = table("场所名称|所属单位|行政区划代码", "甲|第一中学|530581", "乙|人民医院|530581", "丙||530581")
    report = tried(county, TableKind.PLACES, data, reach.covers)
    assert [(one.row, one.column) for one in report.errors] == [(3, "所属单位"), (4, "所属单位")]


def test_what_is_exported_is_what_is_reached(county: County) -> None:
    reach = reach_of([Scope(ScopeKind.ORGANISATION, str(county.bureau.id))])
    for kind, names in (
        (TableKind.ORGANISATIONS, ["教育体育局", "第一中学", "第一中学分校"]),
        (TableKind.PLACES, ["本部", "分校"]),
        (TableKind.CHANNELS, ["操场", "校门"]),
    ):
        exported = county.do(exporting.export, kind, "csv", reach)
        rows = list(csv.reader(StringIO(exported.data.decode("utf-8-sig"))))
        assert sorted(row[0] for row in rows[1:]) == sorted(names)
        assert exported.rows == len(names)
    under = county.do(exporting.export, TableKind.CHANNELS, "csv", ANYWHERE, under=f"place:{county.clinic.id}")
    assert under.rows == 1


@on_sqlite
def test_an_exported_county_can_be_imported_elsewhere(
    county: County, empty_url: str, open_database: Callable[[str], Database], tmp_path: Any
) -> None:
    from mingjian.storage import migrate

    there = County.__new__(County)
    there.database, there._now, there._cameras = open_database(f"sqlite:///{tmp_path / 'there.db'}"), NOW, 0
    migrate.upgrade(there.database)
    for kind in TableKind:
        exported = county.do(exporting.export, kind, "xlsx", ANYWHERE)
        assert imported(there, kind, exported.data).error_count == 0
    with county.database.read() as here_tx, there.database.read() as there_tx:
        for tx_pair in ((registry.channels, "name"), (registry.all_places, "name")):
            read, name = tx_pair
            assert sorted(getattr(one, name) for one in read(there_tx)) == sorted(
                getattr(one, name) for one in read(here_tx)
            )


@on_sqlite
def test_organisations_of_one_name_are_told_apart_by_those_above(county: County) -> None:
    second = county.organisation("第二中学", county.bureau)
    for owner in (county.first, second):
        county.organisation("保卫科", owner)
    header = "场所名称|所属单位|行政区划代码"
    report = tried(county, TableKind.PLACES, table(header, "甲|保卫科|530581"))
    assert "2 个单位" in report.errors[0].reason.zh
    assert imported(county, TableKind.PLACES, table(header, "甲|第二中学/保卫科|530581")).rows == 1
    with county.database.read() as tx:
        (found,) = [one for one in registry.all_places(tx) if one.name == "甲"]
        assert found.organisation_id is not None
        assert organisations.organisation(tx, OrganisationId(found.organisation_id)).parent_id == second.id


def test_kinds_of_organisations_have_codes() -> None:
    assert len({one.code for one in OrganisationKind}) == len(OrganisationKind)
    assert len({one.code for one in StatutoryRole}) == 6
