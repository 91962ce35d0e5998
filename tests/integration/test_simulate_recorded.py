"""What is kept of cameras that are fussy, odd or broken: all that they sent whole, and nothing of the others is lost.

All at once, in one recorder: what one of them does costs that one alone.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from tests.unit.media import making
from tests.unit.media.running import Studio, eventually, hurried, source

from mingjian.kernel.ids import ChannelId
from mingjian.media.model import GapCause
from mingjian.registry.vault import Secret
from mingjian.simulate import clips, mischief, readback
from mingjian.simulate.auth import Account, Scheme
from mingjian.simulate.cameras import Camera, CameraSpec, Keepalive, Misbehaviour, Transports
from mingjian.simulate.encode import Settings
from mingjian.simulate.loadclip import pictures
from mingjian.simulate.rtsp import RtspServer, busiest_second
from mingjian.simulate.sound import other
from mingjian.simulate.sources import ClipSource
from mingjian.simulate.weather import Weather
from mingjian.storage.engine import Database

LONG_S = 9.0
LIMIT_S = 90.0
TIMEOUT_S = 4.0
WHO = Secret("admin", "Geheim9")
UDP = Transports.UDP

Sessions = list[list[int]]


@pytest.fixture
def studio(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    hurried(monkeypatch)
    return Studio(database, tmp_path)


def wide() -> ClipSource:
    return ClipSource(clips.joined(making.clip(), making.clip(width=320)))


@cache
def h265() -> clips.Clip:
    """A second group that is open: its first pictures lean on the group before it."""
    settings = Settings(
        "h265", 256, 144, Fraction(25), 200, 26, preset="ultrafast", threads=1, b_frames=3, open_gop=True
    )
    return clips.make(settings, pictures(256, 144, 52))


def whole(sessions: Sessions, camera: Camera) -> None:
    """One session, of which nothing is missing."""
    (numbers,) = sessions
    assert numbers == list(range(len(numbers)))
    assert camera.plays == 1
    assert camera.timeouts == 0


def whole_in_pieces(sessions: Sessions, camera: Camera) -> None:
    """It comes back each time, and of each session nothing is missing."""
    assert len(sessions) >= 2
    for numbers in sessions:
        assert numbers == list(range(len(numbers)))


def but_for_spoiled(sessions: Sessions, camera: Camera) -> None:
    """Frames that were spoiled are left out, and no others."""
    (numbers,) = sessions
    missing = readback.missing(numbers)
    assert missing
    assert {number % mischief.EVERY for number in missing} == {mischief.EVERY - 1}
    assert camera.plays == 1


def but_for_lost(sessions: Sessions, camera: Camera) -> None:
    """A lost packet costs its frame, and the next one where nobody can know whose the packet was."""
    (numbers,) = sessions
    hurt = camera.played[0].hurt()
    missing = set(readback.missing(numbers))
    assert missing
    assert missing <= {*hurt, *(number + 1 for number in hurt)}
    assert camera.plays == 1


@dataclass(frozen=True, slots=True)
class Row:
    options: dict[str, Any]
    judge: Callable[[Sessions, Camera], None] = whole


def keeps(keepalive: Keepalive, status: int = 501) -> Row:
    return Row({"keepalive": keepalive, "get_parameter_status": status, "session_timeout_s": TIMEOUT_S})


def wrong(misbehaviour: Misbehaviour, judge: Callable[[Sessions, Camera], None], **more: Any) -> Row:
    return Row({"misbehaviour": misbehaviour, **more}, judge)


def signs(scheme: Scheme) -> Row:
    return Row({"account": Account(scheme, WHO.user_name, WHO.password)})


ROWS: dict[str, Row] = {
    "digest, SHA-256": signs(Scheme.DIGEST_SHA256),
    "digest, SHA-256 without qop": signs(Scheme.DIGEST_SHA256_NO_QOP),
    "digest, both": signs(Scheme.DIGEST_BOTH),
    "lives by GET_PARAMETER": keeps(Keepalive.GET_PARAMETER),
    "lives by OPTIONS": keeps(Keepalive.OPTIONS),
    "lives by OPTIONS, 405": keeps(Keepalive.OPTIONS, 405),
    "datagrams, short timeout": Row({"transports": UDP, "session_timeout_s": TIMEOUT_S}),
    "TCP alone": Row({"transports": Transports.TCP}),
    "numbers wrap": Row({"transports": UDP, "first_sequence": 65_530, "first_timestamp": 2**32 - 9_000}),
    "a long description": Row({"sdp_bytes": 64_000}),
    "sound that nobody keeps": Row({"sound": other("G726-32", 8000)}),
    "sets only described": Row({"source": ClipSource(making.clip(), in_band=False)}),
    "sets only in band": Row({"parameter_sets_in_sdp": False}),
    "another size in mid-stream": Row({"source": wide()}),
    "PACI": Row({"source": ClipSource(h265(), paci=True, max_payload=300)}),
    "begins with an open group": Row({"source": ClipSource(h265(), first_key=1)}),
    "time jumps": wrong(Misbehaviour.TIME_JUMPS, whole),
    "time jumps, datagrams": wrong(Misbehaviour.TIME_JUMPS, whole, transports=UDP),
    "rubbish reports": wrong(Misbehaviour.RUBBISH_REPORTS, whole, transports=UDP),
    "garbage": wrong(Misbehaviour.GARBAGE, whole),
    "empty units": wrong(Misbehaviour.EMPTY_UNITS, but_for_spoiled),
    "empty units, datagrams": wrong(Misbehaviour.EMPTY_UNITS, but_for_spoiled, transports=UDP),
    "lying units": wrong(Misbehaviour.LYING_UNITS, but_for_spoiled),
    "doubled": Row({"transports": UDP, "weather": Weather(doubled=0.1)}),
    "reordered": Row({"transports": UDP, "weather": Weather(reordered=0.1, reordered_by=2)}),
    "lost": Row({"transports": UDP, "weather": Weather(loss=0.01, seed=5)}, but_for_lost),
    "tears down": wrong(Misbehaviour.TEARS_DOWN, whole_in_pieces),
    "says goodbye": wrong(Misbehaviour.SAYS_BYE, whole_in_pieces),
    "says goodbye, datagrams": wrong(Misbehaviour.SAYS_BYE, whole_in_pieces, transports=UDP),
    "closes": wrong(Misbehaviour.CLOSES, whole_in_pieces),
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_they_sent_whole_is_kept(studio: Studio, engine: str) -> None:
    async def scenario() -> dict[str, Camera]:
        base = CameraSpec("", 0, source(), closes_after_s=3)
        specs = {
            name: replace(base, path=f"cam/{at}", number=at, **row.options)
            for at, (name, row) in enumerate(ROWS.items())
        }
        async with RtspServer(specs.values()) as server:
            for name, spec in specs.items():
                channels[name] = studio.add(server.url(spec.path), WHO)
            async with studio.recording():
                for name in ROWS:
                    await eventually(partial(studio.has_recorded, channels[name], LONG_S), LIMIT_S)
            return {name: server.cameras[spec.path] for name, spec in specs.items()}

    channels: dict[str, ChannelId] = {}
    cameras = asyncio.run(scenario())
    for name, row in ROWS.items():
        try:
            row.judge(studio.sessions(channels[name]), cameras[name])
        except AssertionError as error:
            raise AssertionError(name) from error


@pytest.mark.timeout(240)
@pytest.mark.parametrize("engine", ["sqlite"])
def test_cameras_that_are_all_gone_at_once_are_called_one_after_the_other(studio: Studio, engine: str) -> None:
    count, gone_s = 60, 1.5

    async def scenario() -> int:
        specs = [CameraSpec(f"cam/{number}", number, source()) for number in range(count)]
        async with RtspServer(specs) as server:
            channels.extend(studio.add(server.url(spec.path)) for spec in specs)
            async with studio.recording():
                for channel_id in channels:
                    await eventually(partial(studio.has_recorded, channel_id, 0.6), LIMIT_S)
                server.attempts.clear()
                server.outage(gone_s)
                before = {one: studio.recorded_s(one) for one in channels}
                for one in channels:
                    await eventually(partial(studio.has_recorded, one, before[one] + 2), LIMIT_S)
                assert all(camera.plays == 2 for camera in server.cameras.values())
                return busiest_second(server.attempts)

    channels: list[ChannelId] = []
    assert asyncio.run(scenario()) <= 50
    for channel_id in channels:
        gaps = [gap for gap in studio.gaps(channel_id) if gap.cause is GapCause.DEVICE_OFFLINE]
        assert len(gaps) == 1
        assert gaps[0].end_us is not None
        assert gaps[0].end_us - gaps[0].start_us > (gone_s - 1) * 1_000_000
        assert [numbers == list(range(len(numbers))) for numbers in studio.sessions(channel_id)] == [True, True]
