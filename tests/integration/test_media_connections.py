"""Rows of connections: what is written when, and a real camera whose clock is an hour wrong."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from tests.unit.api.serving import served, set_up
from tests.unit.media.running import Studio, eventually, hurried, source

from mingjian.kernel.clock import WallUs
from mingjian.kernel.ids import ChannelId, new_id
from mingjian.media.ingest.connections import WRITE_EVERY_S, CameraConnection, ConnectionLog, newest, write
from mingjian.simulate.cameras import CameraSpec, Misbehaviour
from mingjian.simulate.rtsp import RtspServer
from mingjian.storage.engine import Database, Transaction

S = 1_000_000
START = 1_750_000_000 * S


@dataclass
class Told:
    """What a connection says of itself."""

    server: str
    transport: str = "tcp"
    packets_lost: int = 0
    packets_dropped: int = 0
    units_damaged: int = 0


@dataclass
class Kept:
    """A log over a database, with the writer's promise: each change is made, perhaps twice."""

    database: Database
    us: int = START
    changes: int = 0
    channel_id: ChannelId = field(default_factory=lambda: ChannelId(new_id(START)))

    def __post_init__(self) -> None:
        self.log = ConnectionLog(self.channel_id, self.later, self)

    def now_us(self) -> WallUs:
        return WallUs(self.us)

    def monotonic(self) -> float:
        return self.us / S

    def later(self, change: Callable[[Transaction], None]) -> None:
        self.changes += 1
        for _ in range(2):
            with self.database.write() as tx:
                change(tx)

    def rows(self, limit: int = 20) -> list[CameraConnection]:
        with self.database.read() as tx:
            return newest(tx, self.channel_id, limit)

    def pass_time(self, seconds: int, error_us: int | None = None) -> None:
        for _ in range(seconds):
            self.us += S
            if error_us is not None:
                self.log.heard(self.us + error_us, self.us)
            self.log.tick()


def test_a_row_is_written_at_the_begin_each_minute_and_at_the_end(database: Database) -> None:
    kept = Kept(database)
    kept.log.ended()  # no picture came: no row
    assert kept.rows() == []
    kept.log.began(Told("Camera/1"), 3)
    (first,) = kept.rows()
    assert (first.channel_id, first.clock_epoch, first.began_us, first.server) == (
        kept.channel_id,
        3,
        START,
        "Camera/1",
    )
    assert (first.ended_us, first.reports, first.clock_error_us, first.drift_ppm) == (None, 0, None, None)

    kept.pass_time(int(WRITE_EVERY_S) - 1, error_us=5 * S)
    assert kept.rows() == [first]
    kept.pass_time(1, error_us=5 * S)
    (row,) = kept.rows()
    assert (row.reports, row.first_clock_error_us, row.clock_error_us) == (60, 5 * S, 5 * S)

    written = kept.changes
    kept.pass_time(300)  # a camera that reports no more
    assert kept.changes == written

    kept.pass_time(2, error_us=9 * S)
    kept.log.ended()
    (row,) = kept.rows()
    assert (row.ended_us, row.reports, row.first_clock_error_us) == (kept.us, 62, 5 * S)
    assert not kept.log.lasts


def test_a_connection_measures_anew_and_the_newest_come_first(database: Database) -> None:
    kept = Kept(database)
    for number in range(25):
        kept.log.began(Told(f"camera {number}"), 0)
        kept.pass_time(2, error_us=number * S)
        kept.log.ended()
    rows = kept.rows()
    assert [row.server for row in rows] == [f"camera {number}" for number in range(24, 4, -1)]
    assert [row.clock_error_us for row in rows] == [number * S for number in range(24, 4, -1)]
    assert {row.reports for row in rows} == {2}
    assert Kept(database).rows() == []


def test_what_a_killed_recorder_left_lasting_is_ended_by_the_next(database: Database) -> None:
    kept, neighbour = Kept(database), Kept(database)
    kept.log.began(Told("before"), 0)
    neighbour.log.began(Told("another camera"), 0)
    again = Kept(database, us=START + 500 * S, channel_id=kept.channel_id)
    again.log.began(Told("after"), 0)
    after, before = again.rows()
    assert (after.ended_us, before.ended_us) == (None, START)  # nothing of it was recorded
    assert neighbour.rows()[0].ended_us is None


def test_a_clock_set_back_ends_no_connection_before_it_began(database: Database) -> None:
    kept = Kept(database)
    kept.log.began(Told("camera"), 0)
    kept.us -= 3600 * S
    kept.log.ended()
    assert kept.rows()[0].ended_us == START


async def _measured(studio: Studio, spec: CameraSpec, enough: Callable[[CameraConnection], bool]) -> CameraConnection:
    async with RtspServer([spec], report_interval_s=0.1) as server:
        channel_id = studio.add(server.url(spec.path))

        def row() -> CameraConnection | None:
            with studio.database.read() as tx:
                found = newest(tx, channel_id, 20)  # the camera may have been connected to again
            return next((one for one in found if enough(one)), None)

        async with studio.recording():
            await eventually(lambda: studio.has_recorded(channel_id, 1.0))
            server.cameras[spec.path].kill_connections()
            found = await eventually(row)
        assert isinstance(found, CameraConnection)
        return found


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_real_camera_an_hour_wrong_is_measured(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried(monkeypatch)
    spec = CameraSpec("camera", 1, source(), clock_error_s=3600.0)
    row = asyncio.run(_measured(Studio(database, tmp_path), spec, lambda one: one.ended_us is not None))
    assert row.reports >= 3
    assert row.ended_us is not None
    assert row.ended_us > row.began_us
    assert row.clock_error_us is not None
    # Recorded time begins with the first read, up to a tenth of a second late; here it had no time to settle.
    assert row.clock_error_us == pytest.approx(3600 * S, abs=250_000)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_rubbish_reports_cost_no_footage_and_say_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried(monkeypatch)
    spec = CameraSpec("camera", 1, source(), misbehaviour=Misbehaviour.RUBBISH_REPORTS)
    row = asyncio.run(_measured(Studio(database, tmp_path), spec, lambda one: one.ended_us is not None))
    assert (row.reports, row.clock_error_us, row.first_clock_error_us, row.drift_ppm) == (0, None, None, None)


def test_the_api_shows_the_last_twenty(database: Database, tmp_path: Path) -> None:
    studio = Studio(database, tmp_path)
    channel_id, other = studio.add("rtsp://10.0.0.1/a"), studio.add("rtsp://10.0.0.2/b")
    with database.write() as tx:
        for number in range(21):
            began_us = START + number * S
            row = CameraConnection(
                UUID(int=number + 1),
                channel_id,
                0,
                began_us,
                "S",
                began_us + 1,
                7,
                3_600_000_000,
                -1_500_000,
                80.2,
                "udp",
                14,
                3,
                5,
            )
            write(tx, row)
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        answer = browsers["system_administrator"].get(f"/channels/{channel_id}/connections")
        assert answer.status_code == 200
        items = answer.json()["items"]
        assert len(items) == 20
        assert items[0] == {
            "id": str(UUID(int=21)),
            "began": "2025-06-15T15:07:00.000000Z",
            "ended": "2025-06-15T15:07:00.000001Z",
            "clock_epoch": 0,
            "server": "S",
            "reports": 7,
            "first_clock_error_s": 3600.0,
            "clock_error_s": -1.5,
            "transport": "udp",
            "packets_lost": 14,
            "packets_dropped": 3,
            "units_damaged": 5,
            "drift_ppm": 80.2,
        }
        assert browsers["system_administrator"].get(f"/channels/{other}/connections").json()["items"] == []
        assert site.browser().get(f"/channels/{channel_id}/connections").status_code == 401
