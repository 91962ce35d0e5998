"""Cameras that are gone and come back: no storm, no lock fed, and everybody gets a turn."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.unit.media.running import Studio, eventually, hurried, source

from mingjian.media.ingest import attempts
from mingjian.media.ingest.attempts import Attempts, Pause
from mingjian.registry.vault import Secret
from mingjian.simulate.auth import Account, Scheme
from mingjian.simulate.cameras import CameraSpec, Misbehaviour
from mingjian.simulate.rtsp import RtspServer, busiest_second
from mingjian.storage.engine import Database


class _Hasty(selectors.DefaultSelector):
    """Does not wait: tells how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.waited_s += timeout or 0.0
        return super().select(0)


class _Hurrying(asyncio.SelectorEventLoop):
    """A loop whose time goes by as fast as nothing happens."""

    def __init__(self) -> None:
        self._hasty = _Hasty()
        super().__init__(self._hasty)

    def time(self) -> float:
        return 1000.0 + self._hasty.waited_s


def hurrying(work: Callable[[], Coroutine[Any, Any, list[float]]]) -> list[float]:
    with asyncio.Runner(loop_factory=_Hurrying) as runner:
        return runner.run(work())


async def passed(gate: Attempts, count: int) -> list[float]:
    """When each of so many, who ask at once, gets its turn; in the order in which they asked."""
    loop = asyncio.get_running_loop()

    async def one() -> float:
        await gate.turn()
        return loop.time()

    return list(await asyncio.gather(*(one() for _ in range(count))))


def test_two_hundred_are_let_through_within_five_seconds() -> None:
    times = hurrying(lambda: passed(Attempts(), 200))
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(199 / 40, abs=0.01)
    assert all(later - earlier >= 1 / 40 - 1e-6 for earlier, later in pairwise(times))
    assert busiest_second(times) <= 41


def test_who_comes_alone_does_not_wait() -> None:
    async def alone() -> list[float]:
        gate, loop, waited = Attempts(), asyncio.get_running_loop(), []
        for pause_s in (0.0, 0.5, 60.0, 0.03):
            await asyncio.sleep(pause_s)
            before = loop.time()
            await gate.turn()
            waited.append(loop.time() - before)
        return waited

    assert hurrying(alone) == pytest.approx([0.0] * 4, abs=1e-6)


def test_one_that_gives_up_waiting_keeps_nobody_else() -> None:
    """A channel is retired while it waits: its turn passes, the gate does not stand still."""

    async def work() -> list[float]:
        gate = Attempts()
        leaving = [asyncio.create_task(gate.turn()) for _ in range(20)]
        await asyncio.sleep(0)
        for one in leaving:
            one.cancel()
        await asyncio.wait(leaving)
        return await passed(gate, 20)

    times = hurrying(work)
    assert times[-1] - 1000.0 <= 41 / 40


def longest(pause: Pause, count: int, *, refused: bool) -> list[float]:
    return [pause.next_s(refused=refused) for _ in range(count)]


@pytest.mark.parametrize(
    ("refused", "bounds"), [(False, [1, 2, 4, 8, 8, 8, 8, 8]), (True, [1, 2, 4, 8, 16, 32, 60, 60])]
)
def test_pauses_grow_and_tremble(refused: bool, bounds: list[float]) -> None:
    rides = [longest(Pause(), 8, refused=refused) for _ in range(200)]
    for at, bound in enumerate(bounds):
        column = [ride[at] for ride in rides]
        assert bound * 0.7 <= min(column) < bound * 0.78
        assert bound * 0.92 < max(column) <= bound


def test_pauses_are_short_again_after_a_good_connection_and_after_a_refusal_that_ended() -> None:
    pause = Pause()
    longest(pause, 9, refused=True)
    assert 5.6 <= pause.next_s(refused=False) <= 8  # not a minute: it answers now, or is gone
    pause.restart()
    assert 0.7 <= pause.next_s(refused=False) <= 1


# Over real sockets


@pytest.fixture
def studio(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    hurried(monkeypatch)
    return Studio(database, tmp_path)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_wrong_password_is_asked_rarely(studio: Studio, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera locks an account after a few: who is refused is asked twice as late each time, the others are not."""
    monkeypatch.setattr(attempts, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(attempts, "LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(attempts, "LONGEST_REFUSED_PAUSE_S", 60.0)
    account = Account(Scheme.DIGEST, "admin", "right")

    async def scenario() -> None:
        locked = RtspServer([CameraSpec("cam", 1, source(), account=account)])
        missing = RtspServer([CameraSpec("cam", 2, source(), misbehaviour=Misbehaviour.NOT_FOUND)])
        broken = RtspServer([CameraSpec("cam", 3, source(), misbehaviour=Misbehaviour.CLOSES, closes_after_s=0.01)])
        async with locked, missing, broken:
            wrong = studio.add(locked.url("cam"), Secret("admin", "wrong"))
            nowhere = studio.add(missing.url("cam"))
            studio.add(broken.url("cam"))
            async with studio.recording():
                await eventually(partial(studio.problem, wrong))
                await eventually(partial(studio.problem, nowhere))
                await eventually(lambda: len(broken.attempts) >= 25)
                # 0.05 + 0.1 + 0.2 + 0.4 + 0.8 + 1.6 + 3.2 s and so on.
                elapsed_s = broken.attempts[-1] - min(locked.attempts[0], broken.attempts[0])
                allowed = 2 + next(count for count in range(20) if 0.7 * 0.05 * (2**count - 1) > elapsed_s)
                for one in (locked, missing):
                    assert 2 <= len(one.attempts) <= allowed
                    assert len(one.attempts) < len(broken.attempts) / 2
                assert studio.problem(wrong) == "media.credentials_refused"

    asyncio.run(scenario())


@pytest.mark.parametrize("engine", ["sqlite"])
def test_cameras_behind_a_switch_that_starts_anew(studio: Studio, engine: str) -> None:
    """Sixty are gone at once, and for a while each attempt is reset: few attempts a second, and all come back."""
    specs = [CameraSpec(f"cam/{at}", at, source()) for at in range(60)]

    async def scenario() -> None:
        async with RtspServer(specs) as server:
            channels = [studio.add(server.url(spec.path)) for spec in specs]
            async with studio.recording():
                await eventually(lambda: all(map(studio.is_recording, channels)))
                server.attempts.clear()
                server.outage(2.0)
                await eventually(lambda: all(server.cameras[spec.path].plays == 2 for spec in specs))
                await eventually(lambda: all(map(studio.is_recording, channels)))
                assert len(server.attempts) >= 60
                # Without the gate some 250. A loop that stands still for a second lets what waited out at once.
                assert busiest_second(server.attempts) <= 80

    asyncio.run(scenario())
