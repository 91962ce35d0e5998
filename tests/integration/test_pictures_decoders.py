"""Real decoding processes: what they give, what they may not do, and what hostile streams cost."""

import asyncio
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.media.picturing import STEP, movie, number_in, opened

from mingjian.kernel.errors import MingjianError
from mingjian.media.pictures import decoder, pool
from mingjian.media.pictures.decoder import Decoded, Form, Order
from mingjian.media.pictures.pool import Decoders, Work

SMALL = Order(width=160)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    uvloop.run(asyncio.wait_for(scenario, 60))


async def code(asked: Coroutine[Any, Any, Decoded]) -> str:
    with pytest.raises(MingjianError) as refused:
        await asked
    return refused.value.code


async def gone(pids: set[int]) -> None:
    """Wait until no such process runs."""
    async with asyncio.timeout(20):
        while any(runs(pid) for pid in pids):  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(0.02)


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_pictures_from_one_process() -> None:
    async def scenario() -> None:
        decoders = Decoders()
        small = await decoders.decode(Work(movie(), SMALL))
        assert opened(small.data).size == (160, 90)
        pids = set(decoders.processes)
        exact = await decoders.decode(Work(movie("h265", 2), Order(17 * STEP, 60, form=Form.PNG)))
        assert number_in(exact.data) == 15  # libav delays a stream with two B-frames by two frames
        assert await code(decoders.decode(Work(b"no movie", SMALL))) == "pictures.undecodable"
        assert await code(decoders.decode(Work(movie(), Order(40 * STEP, 5)))) == "pictures.too_far"
        assert decoders.processes == pids  # a stream that is broken in an ordinary way costs nobody a process
        assert len(pids) == 1

    run(scenario())


def test_nobody_stays_when_the_loop_ends() -> None:
    pids: set[int] = set()

    async def scenario() -> None:
        decoders = Decoders(2)
        await asyncio.gather(*(decoders.decode(Work(movie(), SMALL)) for _ in range(8)))
        pids.update(decoders.processes)
        assert len(pids) == 2

    run(scenario())
    asyncio.run(gone(pids))


def test_one_that_has_nothing_to_do_ends() -> None:
    async def scenario() -> None:
        decoders = Decoders(idle_s=0.05)
        for _ in range(2):
            await decoders.decode(Work(movie(), SMALL))
            await gone(set(decoders.processes))
            assert not decoders.processes

    run(scenario())


def test_who_asks_for_the_same_shares_it() -> None:
    async def scenario() -> None:
        decoders = Decoders()
        made = await asyncio.gather(*(decoders.decode(Work(movie(), SMALL), key="a") for _ in range(30)))
        assert len({id(one) for one in made}) == 1
        again = await decoders.decode(Work(movie(), SMALL), key="a")
        assert again is not made[0]

    run(scenario())


def test_one_of_many_may_leave() -> None:
    async def scenario() -> None:
        decoders = Decoders()
        asked = [asyncio.create_task(decoders.decode(Work(movie(), SMALL), key="a")) for _ in range(3)]
        await asyncio.sleep(0)
        asked[0].cancel()
        assert (await asked[1]) is (await asked[2])
        assert asked[0].cancelled()

    run(scenario())


def test_what_nobody_waits_for_is_not_decoded_and_the_newest_comes_first() -> None:
    async def scenario() -> None:
        decoders = Decoders()
        order: list[int] = []

        async def ask(number: int, *, urgent: bool = False) -> None:
            await decoders.decode(Work(movie(), SMALL), urgent=urgent, key=number)
            order.append(number)

        asked = [asyncio.create_task(ask(number, urgent=number == 2)) for number in range(6)]
        await asyncio.sleep(0)  # all of them wait; the decoder has not even begun
        asked[4].cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        assert order == [2, 5, 3, 1, 0]

    run(scenario())


def test_a_bounded_number_waits() -> None:
    async def scenario() -> None:
        decoders = Decoders()
        asked = [decoders.decode(Work(movie(), SMALL)) for _ in range(pool.MOST_WAITING + 3)]
        made = await asyncio.gather(*asked, return_exceptions=True)
        refused = [one for one in made if isinstance(one, MingjianError)]
        assert [one.code for one in refused] == ["pictures.busy"] * 3
        assert refused[0].values == {"retry_after_s": 1}
        assert await decoders.decode(Work(movie(), SMALL))  # and there is room again

    run(scenario())


def test_one_that_takes_too_long_is_killed() -> None:
    async def scenario() -> None:
        decoders = Decoders()
        await decoders.decode(Work(movie(), SMALL))
        (pid,) = decoders.processes
        os.kill(pid, signal.SIGSTOP)  # it does nothing any more
        assert await code(decoders.decode(Work(movie(), SMALL, limit_s=0.2))) == "pictures.too_slow"
        assert not runs(pid)
        assert await decoders.decode(Work(movie(), SMALL))
        assert decoders.processes != {pid}

    run(scenario())


def test_one_that_dies_costs_one_picture() -> None:
    async def scenario() -> None:
        decoders = Decoders()
        await decoders.decode(Work(movie(), SMALL))
        (pid,) = decoders.processes
        os.kill(pid, signal.SIGSTOP)
        asked = asyncio.create_task(code(decoders.decode(Work(movie(), SMALL))))
        await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        assert await asked == "pictures.undecodable"
        assert await decoders.decode(Work(movie(), SMALL))

    run(scenario())


def test_one_that_does_not_start_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(1)")
    monkeypatch.setattr(pool, "_PROGRAM", broken)

    async def scenario() -> None:
        decoders = Decoders()
        for _ in range(2):
            assert await code(decoders.decode(Work(movie(), SMALL))) == "pictures.decoder_down"

    run(scenario())


CONFINED = """
import os, resource, socket, sys
sys.path.insert(0, sys.argv[1])
import decoder
decoder.load()
decoder.confine()
tried = {
    "open": lambda: open("/etc/hostname"),
    "write": lambda: os.open("/tmp/x", os.O_WRONLY | os.O_CREAT),
    "socket": socket.socket,
    "pipe": os.pipe,
    "exec": lambda: __import__("subprocess").run(["/bin/true"]),
    "signal": lambda: os.kill(os.getppid(), 0),
    "descriptor": lambda: os.pidfd_open(os.getppid()),
    "memory": lambda: bytes(1 << 30),
    "raise": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)) if os.getuid() else 1 / 0,
}
for name, act in tried.items():
    try:
        act()
    except (OSError, MemoryError, ValueError, ZeroDivisionError, ImportError) as error:
        print(name, type(error).__name__)
    else:
        print(name, "DONE")
movie = sys.stdin.buffer.read()
print("decoded", decoder.decode(movie, decoder.Order()).width)
"""


FILTERED = ("x86_64", "aarch64")


def test_what_a_decoder_may_not_do() -> None:
    folder = str(Path(decoder.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-I", "-c", CONFINED, folder], input=movie(), capture_output=True, check=True, timeout=60
    )
    lines = done.stdout.decode().splitlines()
    assert "DONE" not in done.stdout.decode()
    refused = {"open", "write", "socket", "signal", "descriptor"} if platform.machine() in FILTERED else set()
    assert {line.split()[0] for line in lines if line.endswith("PermissionError")} == refused
    assert "pipe OSError" in lines
    assert lines[-1] == "decoded 256"


def test_processor_time_is_bounded() -> None:
    spin = "import sys; sys.path.insert(0, sys.argv[1]); import decoder; decoder.allow(1)\nwhile True: pass"
    folder = str(Path(decoder.__file__).parent)
    done = subprocess.run([sys.executable, "-I", "-c", spin, folder], check=False, timeout=60, capture_output=True)
    assert done.returncode == -signal.SIGXCPU


def test_hostile_streams_cost_a_picture_at_most() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        decoders = Decoders()

        @settings(max_examples=60)
        @given(st.data())
        def hostile(data: st.DataObject) -> None:
            broken = bytearray(movie(data.draw(st.sampled_from(["h264", "h265"])), data.draw(st.sampled_from([0, 2]))))
            for _ in range(data.draw(st.integers(1, 12))):
                at = data.draw(st.integers(0, len(broken) - 1))
                broken[at : at + data.draw(st.integers(1, 64))] = data.draw(st.binary(max_size=64))
            order = data.draw(st.sampled_from([SMALL, Order(30 * STEP, 100)]))
            runner.run(answered(decoders, bytes(broken), order))

        hostile()


async def answered(decoders: Decoders, broken: bytes, order: Order) -> None:
    """A picture or a refusal; and the next one is decoded as ever."""
    try:
        made = await decoders.decode(Work(broken, order))
        assert made.width > 0
        assert made.data
    except MingjianError as error:
        assert error.code.startswith("pictures.")  # noqa: PT017 - either is fine
    whole = await decoders.decode(Work(movie(), Order()))
    assert number_in(whole.data) == 0
