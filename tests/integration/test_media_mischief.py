"""Cameras that send what they should not, sessions that live by one sign alone: each costs itself and nobody else."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.unit.media import making
from tests.unit.media.running import SETTINGS, Studio, eventually, hurried

from mingjian.kernel.ids import ChannelId
from mingjian.media.ingest import connection, connections
from mingjian.registry.vault import Secret
from mingjian.simulate import readback
from mingjian.simulate.auth import Account, Scheme
from mingjian.simulate.cameras import Camera, CameraSpec, Keepalive, Misbehaviour, Transports
from mingjian.simulate.mischief import EVERY
from mingjian.simulate.rtsp import RtspServer
from mingjian.simulate.sources import ClipSource
from mingjian.storage.engine import Database

SHORT_SEGMENTS = SETTINGS.model_copy(update={"segment_s": 3.0})


@pytest.fixture
def studio(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    hurried(monkeypatch)
    return Studio(database, tmp_path, SHORT_SEGMENTS)


def source() -> ClipSource:
    return ClipSource(making.clip(), max_payload=400)


def recorded(studio: Studio, channel_id: ChannelId) -> list[int]:
    files = [studio.folder / "video" / one.path_name for one in studio.segments(channel_id)]
    return [number for file in files for number in readback.numbers_in_mp4(file)]


SPOILED = (
    Misbehaviour.GARBAGE,
    Misbehaviour.LYING_UNITS,
    Misbehaviour.EMPTY_UNITS,
    Misbehaviour.HUGE_UNIT,
    Misbehaviour.RUBBISH_REPORTS,
    Misbehaviour.LYING_BODY,
    Misbehaviour.TIME_JUMPS,
)
"""All pictures come but, at worst, the spoiled ones: every 25th."""


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_is_spoiled_costs_its_picture_and_nobody_else(
    studio: Studio, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ten megabytes are on their way for seconds, through a buffer of the kernel's that is emptied by tick.
    monkeypatch.setattr(connection, "STALL_TIMEOUT_S", 6.0)
    kinds = [*SPOILED, Misbehaviour.LYING_LENGTHS, None]
    over = {Transports.TCP: kinds, Transports.UDP: [Misbehaviour.LYING_UNITS, Misbehaviour.TIME_JUMPS, None]}
    specs = {
        (kind, transports): CameraSpec(
            f"{transports}/{kind}", at, source(), misbehaviour=kind, transports=transports, sdp_bytes=60_000
        )
        for transports, wanted in over.items()
        for at, kind in enumerate(wanted)
    }

    async def scenario() -> dict[tuple[Misbehaviour | None, Transports], ChannelId]:
        async with RtspServer(specs.values()) as server:
            channels = {key: studio.add(server.url(spec.path)) for key, spec in specs.items()}
            async with studio.recording():
                for (kind, _), channel_id in channels.items():
                    if kind is Misbehaviour.LYING_BODY:  # a description that never ends is no description
                        assert await eventually(partial(studio.problem, channel_id)) == "media.timed_out"
                    else:
                        await eventually(partial(studio.has_recorded, channel_id, 4))
            return channels

    channels = asyncio.run(scenario())
    for (kind, transports), channel_id in channels.items():
        name = f"{kind} over {transports}"
        numbers = recorded(studio, channel_id)
        if kind is None:
            assert numbers == list(range(len(numbers))), name
            assert len(numbers) > 90
        elif kind in SPOILED and kind is not Misbehaviour.LYING_BODY:
            missing = set(readback.missing(numbers))
            assert numbers == sorted(set(numbers)), name
            if kind in (Misbehaviour.TIME_JUMPS, Misbehaviour.HUGE_UNIT):
                # What follows a leap of the clock waits for the next key frame, to be placed by its arrival; a camera
                # that has ten megabytes to send leaves out what it makes meanwhile.
                assert len(numbers) > 40, name
            else:
                assert all(one % EVERY == EVERY - 1 for one in missing), (name, missing)
        with studio.database.read() as tx:
            rows = connections.newest(tx, channel_id, 5)
        if kind in (Misbehaviour.LYING_UNITS, Misbehaviour.HUGE_UNIT):
            assert sum(row.units_damaged for row in rows) >= 2, name
        if kind is None:
            assert [row.units_damaged for row in rows] == [0], name


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_flood_and_a_goodbye_leave_the_others_alone(studio: Studio, engine: str) -> None:
    specs = {
        "flood": CameraSpec("flood", 1, source(), misbehaviour=Misbehaviour.FLOOD),
        "bye": CameraSpec("bye", 2, source(), misbehaviour=Misbehaviour.SAYS_BYE, closes_after_s=0.7),
        "bye over UDP": CameraSpec(
            "bye2", 3, source(), misbehaviour=Misbehaviour.SAYS_BYE, closes_after_s=0.7, transports=Transports.UDP
        ),
        "teardown": CameraSpec("teardown", 4, source(), misbehaviour=Misbehaviour.TEARS_DOWN, closes_after_s=0.7),
        "good": CameraSpec("good", 5, source()),
    }

    async def scenario() -> dict[str, ChannelId]:
        async with RtspServer(specs.values()) as server:
            channels = {name: studio.add(server.url(spec.path)) for name, spec in specs.items()}
            async with studio.recording():
                await eventually(partial(studio.has_recorded, channels["good"], 4))
                for name in ("bye", "bye over UDP", "teardown"):
                    await eventually(lambda name=name: server.cameras[specs[name].path].plays >= 2)  # type: ignore[misc]
                    await eventually(partial(studio.has_recorded, channels[name], 1))
            assert server.cameras["good"].plays == 1
            return channels

    channels = asyncio.run(scenario())
    numbers = recorded(studio, channels["good"])
    assert numbers == list(range(len(numbers)))
    for name in ("bye", "bye over UDP", "teardown"):
        causes = {gap.cause.value for gap in studio.gaps(channels[name])}
        assert causes & {"no_video", "device_offline"}, name


LIVES: dict[str, tuple[dict[str, Any], Secret | None]] = {
    "anything": ({}, None),
    "GET_PARAMETER alone": ({"keepalive": Keepalive.GET_PARAMETER}, None),
    "OPTIONS alone, 501 for the other": ({"keepalive": Keepalive.OPTIONS}, None),
    "OPTIONS alone, 405 for the other": ({"keepalive": Keepalive.OPTIONS, "get_parameter_status": 405}, None),
    "GET_PARAMETER alone, over UDP": ({"keepalive": Keepalive.GET_PARAMETER, "transports": Transports.UDP}, None),
    "anything, over UDP": ({"transports": Transports.UDP}, None),
    "digest with SHA-256, stale nonces": (
        {"account": Account(Scheme.DIGEST_SHA256, "admin", "x", 3), "keepalive": Keepalive.GET_PARAMETER},
        Secret("admin", "x"),
    ),
}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_session_outlasts_its_timeout_whatever_it_lives_by(studio: Studio, engine: str) -> None:
    specs = {
        name: CameraSpec(f"cam/{at}", at, source(), session_timeout_s=4.0, **more)
        for at, (name, (more, _)) in enumerate(LIVES.items())
    }

    async def scenario() -> dict[str, Camera]:
        async with RtspServer(specs.values()) as server:
            channels = {name: studio.add(server.url(spec.path), LIVES[name][1]) for name, spec in specs.items()}
            async with studio.recording():
                for channel_id in channels.values():
                    await eventually(partial(studio.has_recorded, channel_id, 9))
            return {name: server.cameras[spec.path] for name, spec in specs.items()}

    cameras = asyncio.run(scenario())
    assert {name: (camera.plays, camera.timeouts) for name, camera in cameras.items()} == dict.fromkeys(cameras, (1, 0))
    assert cameras["digest with SHA-256, stale nonces"].signed_by == "SHA-256"
