"""The registry and views on both engines, each change with what it leaves in the log."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.unit.identity.people import NOW, S, cheap_desk, set_up
from tests.unit.media.running import VAULT

from mingjian.access import service as access
from mingjian.access.model import View, ViewKind
from mingjian.access.service import FORGOTTEN_AFTER_US, MAX_CHANNELS
from mingjian.audit.model import Actor
from mingjian.audit.service import audited, listing
from mingjian.identity.model import Person, Role
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, PlaceId
from mingjian.law.errors import FORBIDDEN
from mingjian.media import service as media
from mingjian.media import store
from mingjian.media.formats.frames import SoundParameters, VideoParameters
from mingjian.media.model import ChannelState
from mingjian.media.store import ChannelStatus
from mingjian.registry import service as registry
from mingjian.registry.model import Channel, NewPlace
from mingjian.registry.vault import Secret
from mingjian.storage.engine import Database

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])  # where the engine plays no part: a database costs time
ACTOR = Actor("person", uuid4(), "li.ming", "192.0.2.7")
SCHOOL = NewPlace("腾冲市第一中学", "腾越镇", "530581", 98.49, 25.02)


def add(database: Database, name: str = "校门口", address: str = "rtsp://h:554/1", **more: Any) -> Channel:
    given = {"secret": None, "place": SCHOOL, "spot_name": "校门", "now_us": NOW, **more}
    with audited(database) as tx:
        return registry.add_channel(tx, name=name, address=address, vault=VAULT, by=ACTOR, **given)


def log(database: Database) -> list[tuple[str, dict[str, Any]]]:
    with database.read() as tx:
        return [(one.action, dict(one.detail)) for one in reversed(listing(tx, None, 200).items)]


def test_adding(database: Database) -> None:
    added = add(database, secret=Secret("admin", "hunter2"))
    with database.read() as tx:
        assert registry.channels(tx) == [added]
        assert registry.channel(tx, added.id) == added
        assert registry.all_places(tx) == [added.place]
    assert registry.credentials(added, VAULT) == Secret("admin", "hunter2")
    assert (added.place.name, added.place.longitude, added.spot.name) == ("腾冲市第一中学", 98.49, "校门")
    assert (added.spot.kind, added.demonstration, added.retired_us) == ("unclassified", False, None)
    assert log(database) == [
        ("place.added", {"name": "腾冲市第一中学", "region_code": "530581"}),
        ("channel.added", {"name": "校门口", "address": "rtsp://h:554/1", "place": "腾冲市第一中学", "spot": "校门"}),
    ]
    second = add(database, "操场", "rtsp://h:554/2", place=added.place.id, now_us=NOW + S)
    with database.read() as tx:
        assert registry.channels(tx) == [added, second]
        assert registry.all_places(tx) == [added.place]
    assert registry.credentials(second, VAULT) is None
    assert "hunter2" not in str(log(database))


@on_sqlite
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"place": PlaceId(uuid4())}, "registry.place_unknown"),
        ({"place": NewPlace("x", "", "999999")}, "registry.region_unknown"),
        ({"place": NewPlace("x", "", "")}, "registry.region_unknown"),
        ({"address": "rtsp://h:554/1"}, "registry.device_known"),
    ],
)
def test_what_cannot_be_added_leaves_nothing(database: Database, more: dict[str, Any], code: str) -> None:
    add(database)
    before = log(database)
    with pytest.raises(MingjianError, match=code):
        add(database, **{"address": "rtsp://h:554/2", **more})
    with database.read() as tx:
        assert len(registry.channels(tx)) == len(registry.all_places(tx)) == 1
    assert log(database) == before


@on_sqlite
def test_the_law_is_asked_first(database: Database) -> None:
    with pytest.raises(MingjianError, match=FORBIDDEN.code):  # NAT 8(3): public toilets
        add(database, spot_kind="public_toilet")
    with database.read() as tx:
        assert registry.channels(tx) == []
    assert add(database, spot_kind="stairwell").spot.kind == "stairwell"


def test_a_password_in_the_address_is_nowhere_in_the_log(database: Database) -> None:
    added = add(database, address="rtsp://h:554/user=admin&password=hunter2&channel=1")
    with audited(database) as tx:
        registry.move_device(tx, added.id, "rtsp://h:554/x?token=hunter3", by=ACTOR, now_us=NOW)
        media.record_probe(tx, "rtsp://h/?src=rtsp://u:hunter4@g/&password=hunter5", by=ACTOR, now_us=NOW)
    assert "hunter" not in str(log(database))
    with database.read() as tx:
        assert registry.channel(tx, added.id).device.address == "rtsp://h:554/x?token=hunter3"


def test_renaming_moving_and_retiring(database: Database) -> None:
    added = add(database)
    with audited(database) as tx:
        assert registry.rename(tx, added.id, "校门口东侧", by=ACTOR, now_us=NOW).name == "校门口东侧"
    with audited(database) as tx:
        registry.move_device(tx, added.id, "rtsp://h:8554/1", by=ACTOR, now_us=NOW)
    with database.write() as tx:
        registry.move_device(tx, added.id, "rtsp://h:8554/1", by=ACTOR, now_us=NOW)  # where it is already: no entry
    with audited(database) as tx:
        registry.retire(tx, added.id, by=ACTOR, now_us=NOW + S)
    with database.read() as tx:
        assert registry.channels(tx) == []
        (retired,) = registry.channels(tx, with_retired=True)
        assert registry.channel(tx, added.id) == retired
    assert (retired.name, retired.device.address, retired.retired_us) == ("校门口东侧", "rtsp://h:8554/1", NOW + S)
    assert log(database)[2:] == [
        ("channel.changed", {"name": "校门口东侧", "before": "校门口"}),
        ("channel.changed", {"name": "校门口东侧", "address": "rtsp://h:8554/1", "before": "rtsp://h:554/1"}),
        ("channel.retired", {"name": "校门口东侧"}),
    ]
    again = add(database, "校门口", "rtsp://h:8554/1")  # the address is free again
    assert again.id != added.id


def test_how_a_device_is_asked(database: Database) -> None:
    plain = add(database)
    assert (plain.device.transport, plain.device.sub_address) == ("auto", None)
    added = add(database, "操场", "rtsp://h/2", transport="udp", sub_address="rtsp://h/2s?password=hunter2")
    assert log(database)[-1][1] == {
        "name": "操场",
        "address": "rtsp://h/2",
        "place": "腾冲市第一中学",
        "spot": "校门",
        "transport": "udp",
        "sub_address": "rtsp://h/2s?password=***",
    }
    with audited(database) as tx:
        small = "rtsp://h/1s"
        changed = registry.set_streams(tx, plain.id, transport="tcp", sub_address=small, by=ACTOR, now_us=NOW)
    with database.read() as tx:
        assert registry.channel(tx, plain.id) == changed
        assert registry.channel(tx, added.id) == added
    assert (changed.device.transport, changed.device.sub_address) == ("tcp", small)
    assert log(database)[-1] == (
        "channel.changed",
        {
            "name": "校门口",
            "transport": "tcp",
            "sub_address": small,
            "before": {"transport": "auto", "sub_address": None},
        },
    )
    with audited(database) as tx:
        registry.set_streams(tx, added.id, transport="auto", sub_address=None, by=ACTOR, now_us=NOW)
    with database.read() as tx:
        assert registry.channel(tx, added.id).device.sub_address is None
    assert "hunter" not in str(log(database))


@pytest.mark.parametrize("retired", [True, False])
def test_what_is_not_in_use_cannot_be_changed(database: Database, retired: bool) -> None:
    channel_id: UUID = uuid4()
    if retired:
        channel_id = add(database).id
        with audited(database) as tx:
            registry.retire(tx, channel_id, by=ACTOR, now_us=NOW)
    before = log(database)
    code = "registry.channel_retired" if retired else "registry.channel_unknown"
    for change in (
        lambda tx: registry.rename(tx, channel_id, "x", by=ACTOR, now_us=NOW),
        lambda tx: registry.move_device(tx, channel_id, "rtsp://x/", by=ACTOR, now_us=NOW),
        lambda tx: registry.set_streams(tx, channel_id, transport="tcp", sub_address=None, by=ACTOR, now_us=NOW),
        lambda tx: registry.retire(tx, channel_id, by=ACTOR, now_us=NOW),
    ):
        with pytest.raises(MingjianError, match=code), database.write() as tx:
            change(tx)
    assert log(database) == before


def test_how_channels_are_doing(database: Database) -> None:
    recording, unknown, retired = (add(database, address=f"rtsp://h/{number}") for number in range(3))
    with audited(database) as tx:
        registry.retire(tx, retired.id, by=ACTOR, now_us=NOW + S)
        for one in (recording, retired):
            store.write_status(tx, ChannelStatus(one.id, ChannelState.RECORDING, NOW + 5, None, None))
        problem = "media.unreachable", {"address": "h", "reason": "没有路由"}
        store.write_status(tx, ChannelStatus(recording.id, ChannelState.OFFLINE, NOW + 6, problem, None))
        store.write_status(tx, ChannelStatus(recording.id, ChannelState.OFFLINE, NOW + 7, problem, None))
    with database.read() as tx:
        channels = registry.channels(tx, with_retired=True)
        up = media.statuses(tx, channels, recorder_up=True)
        down = media.statuses(tx, channels, recorder_up=False)
    assert (up[recording.id].state, up[recording.id].since_us, up[recording.id].problem) == (
        "offline",
        NOW + 7,
        problem,
    )
    assert (up[unknown.id].state, up[unknown.id].since_us) == ("connecting", NOW)
    assert (up[retired.id].state, up[retired.id].since_us) == ("retired", NOW + S)
    assert [down[one.id].state for one in (recording, unknown, retired)] == ["offline", "offline", "retired"]
    assert down[unknown.id].problem == ("media.recorder_down", {})


def test_sound_that_is_left_out_is_named(database: Database) -> None:
    one = add(database)
    heard = SoundParameters("aac", 16_000, 1, bytes.fromhex("1408"))
    picture = VideoParameters("h264", "avc1.64001f", 1920, 1080, 25.0, b"")
    for sound, left_out in ((None, "G726-32"), (heard, ""), (heard, "never both"), (None, "")):
        said = ChannelStatus(one.id, ChannelState.RECORDING, NOW, None, replace(picture, sound=sound), left_out)
        with database.write() as tx:
            store.write_status(tx, said)
            found = media.statuses(tx, [one], recorder_up=True)[one.id]
        assert found.picture is not None
        assert (found.picture.sound, found.sound_left_out) == (sound, "" if sound else left_out)


# Views


@pytest.fixture
def people(database: Database) -> tuple[Person, Person]:
    done = set_up(cheap_desk(database))
    return done.opened.session.person, done.invited[0].person


@pytest.fixture
def channels(database: Database) -> list[ChannelId]:
    return [add(database, f"camera {number}", f"rtsp://h/{number}").id for number in range(3)]


def opened(database: Database, person: Person, channels: list[ChannelId], kind: ViewKind, reason: str = "") -> View:
    with audited(database) as tx:
        return access.open_view(tx, kind, channels, reason, person=person, actor=ACTOR, now_us=NOW)


Entries = Callable[[], list[tuple[str, dict[str, Any]]]]


@pytest.fixture
def views(database: Database) -> Entries:
    def entries() -> list[tuple[str, dict[str, Any]]]:
        return [(action, detail) for action, detail in log(database) if action.startswith("view.")]

    return entries


def test_opening_counting_closing(
    database: Database, people: tuple[Person, Person], channels: list[ChannelId], views: Entries
) -> None:
    view = opened(database, people[0], [channels[0], channels[1], channels[0]], ViewKind.LIVE)
    assert set(view.channels) == set(channels[:2])
    ((action, detail),) = views()
    assert (action, detail["kind"], detail["reason"]) == ("view.opened", "live", "未说明")
    named = [{"id": str(channels[0]), "name": "camera 0"}, {"id": str(channels[1]), "name": "camera 1"}]
    assert detail["channels"] == named
    assert detail["law"]
    with database.write() as tx:
        access.seen(tx, view.id, {channels[0]: 5}, NOW + S)
        access.seen(tx, view.id, {channels[0]: 2, channels[1]: 1, channels[2]: 9}, NOW + 2 * S)
    with audited(database) as tx:
        access.close_view(tx, view.id, actor=ACTOR, now_us=NOW + 3 * S)
    with database.write() as tx:
        access.close_view(tx, view.id, actor=ACTOR, now_us=NOW + 4 * S)  # closing twice is closing once
    _, (action, detail) = views()
    assert (action, detail["person"]) == ("view.closed", people[0].login_name)
    assert {one["id"]: one["seconds"] for one in detail["channels"]} == {str(channels[0]): 7, str(channels[1]): 1}
    with database.read() as tx, pytest.raises(MingjianError, match=r"access\.view_unknown"):
        access.view_of(tx, view.id, people[0])


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "reason", "kept"),
    [
        (ViewKind.PLAYBACK, "", None),
        (ViewKind.PLAYBACK, "  x \n", None),
        (ViewKind.PLAYBACK, "x" * 201, None),
        (ViewKind.PLAYBACK, " 核实 \n 事件 ", "核实 事件"),
        (ViewKind.PLAYBACK, "x" * 200, "x" * 200),
        (ViewKind.LIVE, "", "未说明"),
        (ViewKind.LIVE, "  ", "未说明"),
        (ViewKind.LIVE, "巡查", "巡查"),
    ],
)
def test_reasons(
    database: Database,
    people: tuple[Person, Person],
    channels: list[ChannelId],
    views: Entries,
    kind: ViewKind,
    reason: str,
    kept: str | None,
) -> None:
    if kept is None:
        with pytest.raises(MingjianError, match=r"access\.reason_needed"):
            opened(database, people[0], channels, kind, reason)
        assert views() == []
    else:
        assert opened(database, people[0], channels, kind, reason).reason == kept
        assert views()[0][1]["reason"] == kept


def test_on_duty_the_shift_is_the_reason(
    database: Database, people: tuple[Person, Person], channels: list[ChannelId], views: Entries
) -> None:
    operator = replace(people[0], role=Role.DUTY_OPERATOR)
    assert opened(database, operator, channels, ViewKind.LIVE).reason == "值班"
    assert views()[0][1]["reason"] == "值班"


def test_what_cannot_be_opened_leaves_nothing(
    database: Database, people: tuple[Person, Person], channels: list[ChannelId], views: Entries
) -> None:
    for wanted, code in (
        ([], "access.too_many_channels"),
        ([ChannelId(uuid4()) for _ in range(MAX_CHANNELS + 1)], "access.too_many_channels"),
        ([*channels, ChannelId(uuid4())], "registry.channel_unknown"),
    ):
        with pytest.raises(MingjianError, match=code):
            opened(database, people[0], wanted, ViewKind.LIVE)
    assert views() == []


def test_a_whole_wall_of_long_names_fits_into_one_entry(
    database: Database, people: tuple[Person, Person], views: Entries
) -> None:
    wall = [add(database, "𠮷" * 100, f"rtsp://h/{number}").id for number in range(MAX_CHANNELS)]
    opened(database, people[0], wall, ViewKind.PLAYBACK, "长" * 200)
    assert len(views()[0][1]["channels"]) == MAX_CHANNELS


def test_a_view_is_its_owners_of_one_kind_and_of_its_channels(
    database: Database, people: tuple[Person, Person], channels: list[ChannelId]
) -> None:
    live = opened(database, people[0], channels[:1], ViewKind.LIVE)
    recorded = opened(database, people[0], channels[:1], ViewKind.PLAYBACK, "核实事件")
    with database.read() as tx:
        assert access.view_of(tx, live.id, people[0]).id == live.id
        assert access.view_of(tx, live.id, people[0], ViewKind.LIVE).id == live.id
        for view_id, person, kind, code in (
            (live.id, people[1], None, "access.view_unknown"),
            (uuid4(), people[0], None, "access.view_unknown"),
            (live.id, people[0], ViewKind.PLAYBACK, "access.other_kind"),
            (recorded.id, people[0], ViewKind.LIVE, "access.other_kind"),
            (live.id, people[1], ViewKind.PLAYBACK, "access.view_unknown"),  # nothing of another's view is told
        ):
            with pytest.raises(MingjianError, match=code):
                access.view_of(tx, view_id, person, kind)
        assert access.channel_of(live, channels[0]) == channels[0]
        with pytest.raises(MingjianError, match=r"access\.not_in_view"):
            access.channel_of(live, channels[1])


def test_forgotten_views_are_closed(
    database: Database, people: tuple[Person, Person], channels: list[ChannelId], views: Entries
) -> None:
    forgotten, watched = (opened(database, people[0], channels, ViewKind.LIVE) for _ in range(2))
    after_us = FORGOTTEN_AFTER_US[ViewKind.LIVE]
    now_us = NOW + after_us + S
    paused = opened(database, people[0], channels, ViewKind.PLAYBACK, "核实事件")
    with database.write() as tx:
        access.seen(tx, watched.id, {channels[0]: 100}, NOW + after_us)
        assert access.close_forgotten(tx, now_us) == 1
        assert access.close_forgotten(tx, now_us) == 0
    with database.read() as tx:
        assert access.view_of(tx, watched.id, people[0])
        assert access.view_of(tx, paused.id, people[0])
        with pytest.raises(MingjianError):
            access.view_of(tx, forgotten.id, people[0])
        entry = listing(tx, None, 1).items[0]
    assert (entry.action, entry.actor.kind, entry.object_id) == ("view.closed", "system", str(forgotten.id))


def test_two_who_close_one_view_leave_one_entry(
    database: Database, people: tuple[Person, Person], channels: list[ChannelId], views: Entries
) -> None:
    view = opened(database, people[0], channels, ViewKind.LIVE)

    def close(_: int) -> None:
        with database.write() as tx:
            access.close_view(tx, view.id, actor=ACTOR, now_us=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(close, range(4)))
    assert [action for action, _ in views()] == ["view.opened", "view.closed"]
