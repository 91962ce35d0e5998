"""What the installation watches of itself, and what it forgets: processes, certificate, backups, rows, full disks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import insert, text
from tests.unit.media.keeping import DAY, HOUR, MANAGER, S, Store, at

from mingjian.alerts import service as alerts
from mingjian.api.problems import Told
from mingjian.api.tls import ensure_certificate, names_for
from mingjian.audit import service as audit
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import GapId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media import store as media_store
from mingjian.media.errors import VOLUME_MISSING
from mingjian.media.export import making, service
from mingjian.media.export import store as clip_store
from mingjian.media.export.model import Clip, ClipChannel, ClipId, ClipState, Contents
from mingjian.media.keep import completeness, pruning
from mingjian.media.keep import service as keep
from mingjian.media.keep import store as keep_store
from mingjian.media.keep.model import ChannelRecording, PlanKind, RecordingEvent
from mingjian.media.model import Gap, GapCause, day_of
from mingjian.media.store import CONNECTION
from mingjian.operations import watch
from mingjian.operations.backup import store as backup_store
from mingjian.operations.backup.model import BackupRun, BackupState
from mingjian.operations.watch import RoleWatch
from mingjian.storage.engine import Database

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
NOW: Final = at(DAY)
DAY_US: Final = 86_400 * S


@dataclass(frozen=True)
class Process:
    role: str
    state: str = "up"
    started_us: int = NOW - HOUR
    restarts: int = 0


def standing(database: Database) -> list[str]:
    with database.read() as tx:
        return [f"{one.code} {one.object_id}" for one in alerts.listing(tx, standing_only=True).items]


# The clock


def test_a_clock_that_nobody_keeps_is_an_alert_after_half_an_hour(database: Database) -> None:
    clock = watch.ClockWatch()
    told = "operations.clock_unsynchronised server"
    steps = [
        (0.0, False, []),
        (1_799.0, False, []),
        (1_800.0, False, [told]),
        (1_900.0, True, []),
        (1_901.0, False, []),  # counted anew
        (3_700.0, False, []),
        (3_701.0, False, [told]),
    ]
    for monotonic_s, synchronised, expected in steps:
        with database.write() as tx:
            now_us = NOW + int(monotonic_s * S)
            clock.settle(tx, synchronised=synchronised, now_us=now_us, monotonic_s=monotonic_s)
        assert standing(database) == expected, monotonic_s


# Processes


def test_a_process_that_is_down_for_a_minute_is_an_alert_and_one_that_restarts_is_not(database: Database) -> None:
    roles, media = RoleWatch("a"), Process("media")

    def look(now_us: int, *processes: Process) -> list[str]:
        with database.write() as tx:
            roles.settle(tx, processes, now_us)
        return standing(database)

    assert look(NOW, media) == []
    assert look(NOW, replace(media, state="waiting")) == []
    assert look(NOW + 59 * S, replace(media, state="waiting")) == []
    assert look(NOW + 60 * S, replace(media, state="failed"), Process("api")) == ["operations.role_down a/media"]
    # It loops: up for a few seconds each time is not up.
    assert look(NOW + 70 * S, replace(media, started_us=NOW + 69 * S)) == ["operations.role_down a/media"]
    assert look(NOW + 100 * S, replace(media, started_us=NOW + 69 * S)) == []
    with database.write() as tx:
        RoleWatch("b").settle(tx, [], NOW)
    other = RoleWatch("b")
    other.down([Process("jobs", "failed")], NOW)
    with database.write() as tx:
        other.settle(tx, [Process("jobs", "failed")], NOW + 60 * S)
        roles.settle(tx, [media], NOW + 200 * S)
    assert standing(database) == ["operations.role_down b/jobs"], "each machine speaks of its own"


# Certificate and backups


@on_sqlite
def test_a_certificate_that_ends(database: Database, tmp_path: Path) -> None:
    def look(file: Path | None, now_us: int) -> list[str]:
        with database.write() as tx:
            watch.certificate(tx, file, now_us)
        return standing(database)

    files = ensure_certificate(tmp_path, names_for("192.0.2.1", ()), NOW)
    assert look(files.server, NOW) == []
    assert look(files.server, NOW + (397 - 22) * DAY_US) == []
    assert look(files.server, NOW + (397 - 20) * DAY_US) == ["operations.certificate_ends server"]
    assert look(files.server, NOW + 500 * DAY_US) == ["operations.certificate_ends server"]
    assert look(None, NOW + 500 * DAY_US) == []
    assert watch.certificate_days(tmp_path / "nothing.pem", NOW) is None


def test_a_backup_that_is_too_old(database: Database) -> None:
    def look(now_us: int, since_us: int | None = NOW, days: float = 7) -> list[str]:
        with database.write() as tx:
            watch.backup(tx, days, since_us, now_us)
        return standing(database)

    assert look(NOW + 6 * DAY_US) == []
    assert look(NOW + 100 * DAY_US, None) == [], "nobody is there yet"
    assert look(NOW + 7 * DAY_US) == ["operations.backup_old backup"]
    made = BackupRun(uuid4(), NOW + 7 * DAY_US, NOW, "/x", 1, b"", BackupState.FAILED, scheduled=True)
    with database.write() as tx:
        backup_store.add(tx, made)
    assert look(NOW + 7 * DAY_US) == ["operations.backup_old backup"], "one that failed is none"
    with database.write() as tx:
        backup_store.add(tx, replace(made, id=uuid4(), state=BackupState.DONE))
    assert look(NOW + 8 * DAY_US) == []
    assert look(NOW + 14 * DAY_US) == ["operations.backup_old backup"]
    assert look(NOW + 14 * DAY_US, days=0) == []


# Rows beside footage


def test_connections_and_events_go_with_the_footage_that_they_speak_of(database: Database, tmp_path: Path) -> None:
    store = Store(database, tmp_path)
    channel, bare = store.channel(), store.channel()
    store.footage(channel, NOW - 100 * DAY_US)

    def row(of: Any, days: int, ended: int | None) -> dict[str, Any]:
        began = NOW - days * DAY_US
        return {
            "id": uuid4(), "channel_id": of, "clock_epoch": 0, "began_us": began, "server": "", "reports": 0,
            "ended_us": None if ended is None else began + ended,
        }  # fmt: skip

    with database.write() as tx:
        for of in (channel, bare):
            for days in (10, 59, 61, 99, 101, 200):
                tx.execute(insert(CONNECTION), row(of, days, HOUR))
                keep_store.add_event(tx, RecordingEvent(new_id(NOW), of, NOW - days * DAY_US, "x"))
        tx.execute(insert(CONNECTION), row(channel, 300, None))
    assert pruning.prune(database, NOW) == 2 * 2 + 2 * 4
    with database.read() as tx:
        left = tx.execute(text("SELECT count(*) FROM connection GROUP BY channel_id ORDER BY 1")).scalars()
        counted = list(left)
    assert counted == [2, 5], "what lasts stays, however old"
    assert pruning.prune(database, NOW) == 0


def gaps_by_hand(gaps: list[Gap], span: Span) -> list[Gap]:
    return [one for one in gaps if one.start_us < span.end_us and (one.end_us is None or one.end_us > span.start_us)]


def test_gaps_are_found_whatever_their_length(database: Database) -> None:
    channel, other = (new_id(NOW) for _ in range(2))
    hours = [(0, 1), (2, 30), (31, 31.5), (40, 400), (401, 401.1), (402, 426), (427, 451.5), (500, None)]
    gaps = [
        Gap(channel, NOW + int(start * HOUR), None if end is None else NOW + int(end * HOUR), GapCause.NETWORK, 0)  # type: ignore[arg-type]
        for start, end in hours
    ]
    with database.write() as tx:
        for one in gaps:
            media_store.open_gap(tx, GapId(new_id(NOW)), one)
            media_store.open_gap(tx, GapId(new_id(NOW)), replace(one, channel_id=other))  # type: ignore[arg-type]
    with database.read() as tx:
        for start in range(0, 600, 7):
            for length in (1, 24, 100):
                span = Span(NOW + start * HOUR, NOW + (start + length) * HOUR)
                found = media_store.gaps_between(tx, channel, span)  # type: ignore[arg-type]
                assert found == gaps_by_hand(gaps, span), (start, length)


@on_sqlite
def test_earlier_gaps_are_not_read(database: Database) -> None:
    with database.read() as tx:
        plans = [
            str(tx.execute(text(f"EXPLAIN QUERY PLAN SELECT * FROM gap WHERE channel_id = 'x' AND {what}")).all())
            for what in (
                "start_us >= 5 AND start_us < 9 AND end_us > 6",
                "end_us - start_us > 86400000000 AND end_us > 6 AND start_us < 5",
                "end_us IS NULL AND start_us < 9",
            )
        ]
    assert "ix_gap_channel_id_start_us (channel_id=? AND start_us>? AND start_us<?)" in plans[0]
    assert "ix_gap_long (channel_id=? AND end_us>?)" in plans[1]
    assert "SCAN" not in "".join(plans)


def test_today_is_reckoned_anew_when_the_plan_changes(database: Database, tmp_path: Path) -> None:
    store = Store(database, tmp_path)
    channel = store.channel()
    noon = at(DAY) + 12 * HOUR

    def planned_hours(now_us: int) -> float:
        with database.read() as tx:
            (one,) = [one for one in completeness.of_day(tx, day_of(now_us), now_us) if one.channel_id == channel]
        return one.planned_us / HOUR

    def plan(kind: PlanKind, now_us: int) -> None:
        with database.write() as tx:
            keep.set_recording(tx, channel, ChannelRecording(kind), by=MANAGER, now_us=now_us)

    plan(PlanKind.EVENT, noon)
    completeness.complete_days(database, noon)
    assert planned_hours(noon + S) == 0
    plan(PlanKind.ALWAYS, noon + 2 * S)
    assert planned_hours(noon + 3 * S) > 0, "what was written before the change is not shown"


# A full disk


@dataclass(frozen=True)
class SmallRoom(service.Room):
    """Each clip that goes frees one."""

    free: Callable[[], int] = lambda: 0

    def free_bytes(self) -> int:
        return self.free()


def clip(number: int, finished_us: int) -> Clip:
    return Clip(
        id=ClipId(new_id(finished_us)), person_id=uuid4(), person_label="某人",  # type: ignore[arg-type]
        channels=(ClipChannel(uuid4(), "校门"),), start_us=0, end_us=1, reason="核实", state=ClipState.READY,  # type: ignore[arg-type]
        done_bytes=1, total_bytes=1, contents=Contents(), file_name=f"clip{number}", size=1, digest=b"", problem=None,
        created_us=finished_us, finished_us=finished_us, expires_us=finished_us + 7 * DAY_US,
    )  # fmt: skip


def test_clips_make_room_when_their_disk_is_full_and_new_ones_stay(database: Database, tmp_path: Path) -> None:
    made = [clip(number, NOW - number * HOUR // 2) for number in range(6)]
    with database.write() as tx:
        for one in made:
            clip_store.add(tx, one)
            clip_store.set_ready(tx, one.id, Contents(), one.file_name, 1, b"", one.finished_us or 0)
            (tmp_path / f"{one.id}.mp4").write_bytes(b"x")

    def left() -> list[str]:
        return sorted(path.name.partition(".")[0] for path in tmp_path.glob("*.mp4"))

    class Clock:
        def now_us(self) -> int:
            return NOW

    def work(least: int) -> making.Work:
        room = SmallRoom(tmp_path, 0, lambda: least - len(left()))
        return making.Work(database, Clock(), room, lambda _tx: None, lambda: False)  # type: ignore[arg-type]

    assert making.make_room(work(6)) == 0
    assert making.make_room(work(4)) == 2
    assert left() == sorted(str(one.id) for one in made[:4]), "the oldest go first"
    assert making.make_room(work(0)) == 1, "one that was finished within the hour stays however full it is"
    assert left() == sorted(str(one.id) for one in made[:3])
    with database.read() as tx:
        said = [one for one in audit.listing(tx, None, 10).items if one.action == "clip.expired"]
    assert len(said) == 3
    assert {one.detail["why"] for one in said} == {"space"}


# The log


def test_the_same_failure_is_told_once_a_minute_and_counted() -> None:
    now = [0.0]
    told = Told(lambda: now[0])
    missing, other = (MingjianError(VOLUME_MISSING, path=path) for path in ("/a", "/b"))
    assert [told.is_news(missing) for _ in range(50)] == [1, *[0] * 49]
    assert told.is_news(other) == 1
    now[0] = 59.9
    assert told.is_news(missing) == 0
    now[0] = 60.0
    assert told.is_news(missing) == 51
