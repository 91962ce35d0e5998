"""What a live viewer costs `media` and `api` together, and how soon a joining one has a key frame."""

import asyncio
import struct
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import quantiles
from typing import Final
from uuid import UUID

import httpx
from websockets.asyncio.client import ClientConnection, connect

from bench.cameras import FPS
from bench.measure import Usage, Window
from bench.platform import Whole
from bench.processes import BenchError
from bench.report import Report, Row
from bench.times import Times

BAR_PERCENT: Final = 0.5
TURNS: Final = 4
_ANSWER_S: Final = 20.0
_HEAD: Final = struct.Struct(">B7xQ")
_KEY: Final = 1


@dataclass(frozen=True, slots=True)
class Joined:
    """Seconds to the first chunk with a key frame: from the open WebSocket, and from the first packet to the port."""

    from_open_s: float
    from_connect_s: float


class Viewing:
    """Viewers of a running platform. `sender` is the cameras' process, which is nobody's cost."""

    def __init__(self, report: Report, platform: Whole, channels: Sequence[UUID], times: Times, sender: int) -> None:
        self._report = report
        self._platform = platform
        self._channels = channels
        self._times = times
        self._sender = sender

    def run(self, nobody: Usage) -> None:
        """`nobody` is what was used without viewers."""
        asyncio.run(self._run(nobody))

    async def _run(self, nobody: Usage) -> None:
        self._report.begin("live viewers, 4 Mbit/s over WebSocket")
        spread = list(self._channels)
        await self._one(spread[:1])
        plans = [("5 viewers on 5 channels", spread[:5]), ("20 viewers on 20 channels", spread)]
        plans += [(f"{count} viewers on one channel", spread[:1] * count) for count in (5, 20)]
        measured = [(name, len(channels), await self._watched(channels)) for name, channels in plans]
        again = await self._unwatched()
        # Without viewers before and after: a drift of the machine is not a viewer's cost.
        base = (nobody.percent("media", "api") + again.percent("media", "api")) / 2
        for name, count, usage in measured:
            media, api = usage.percent("media"), usage.percent("api")
            note = f"media {media:.2f} %, api {api:.2f} % of a core; without viewers {base:.2f} % together"
            each = (media + api - base) / count
            self._report.add(Row(f"{name}, CPU per viewer", each, "% of a core", bar=BAR_PERCENT, note=note))
        await self._joins()

    async def _one(self, channel: Sequence[UUID]) -> None:
        """A small difference of two large numbers, in turns. Other work only adds: the least of each is nearest."""
        without = [await self._unwatched()]
        watched = []
        for _ in range(TURNS):
            watched.append(await self._watched(channel))
            without.append(await self._unwatched())
        least, base = (min(one.percent("media", "api") for one in found) for found in (watched, without))
        note = f"in turns {_listed(watched)}, without {_listed(without)} % of a core"
        self._report.add(Row("1 viewer, CPU per viewer", least - base, "% of a core", bar=BAR_PERCENT, note=note))

    async def _unwatched(self) -> Usage:
        window = self._window()
        await asyncio.sleep(self._times.viewers_s)
        return window.close()

    async def _watched(self, channels: Sequence[UUID]) -> Usage:
        """CPU while each of `channels` has a viewer of its own view."""
        async with AsyncExitStack() as stack:
            sockets = []
            for channel in channels:
                view = await self._open_view([channel])
                sockets.append(await stack.enter_async_context(self._connect(view, channel)))
            counts = [0] * len(sockets)
            tasks = [asyncio.create_task(_count(socket, counts, index)) for index, socket in enumerate(sockets)]
            await asyncio.sleep(2)
            window, before = self._window(), list(counts)
            await asyncio.sleep(self._times.viewers_s)
            usage = window.close()
            seen = [after - earlier for after, earlier in zip(counts, before, strict=True)]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if min(seen) < 0.95 * FPS * usage.seconds:
            raise BenchError(f"a viewer got {min(seen)} frames in {usage.seconds:.0f} s")
        return usage

    def _window(self) -> Window:
        return Window({role: [pid] for role, pid in self._platform.pids.items()}, ours=[self._sender])

    async def _joins(self) -> None:
        self._report.begin("joining")
        found = []
        for number in range(self._times.joins):
            channel = self._channels[number % len(self._channels)]
            found.append(await self._join(channel))
            # Anywhere in a group of pictures: a period that fits no frame rate.
            await asyncio.sleep(0.137)
        for what, values in (
            ("from the open WebSocket", [one.from_open_s for one in found]),
            ("from the first packet", [one.from_connect_s for one in found]),
        ):
            cuts = quantiles(values, n=20)
            note = f"{len(found)} joins, p95 {1000 * cuts[18]:.0f} ms, longest {1000 * max(values):.0f} ms"
            self._report.add(Row(f"first key chunk {what}, p50", 1000 * cuts[9], "ms", note=note))

    async def _join(self, channel: UUID) -> Joined:
        view = await self._open_view([channel])
        began = time.monotonic()
        async with self._connect(view, channel) as socket:
            opened = time.monotonic()
            async with asyncio.timeout(_ANSWER_S):
                while not _is_key(await socket.recv()):
                    pass
            now = time.monotonic()
        return Joined(now - opened, now - began)

    async def _open_view(self, channels: Sequence[UUID]) -> str:
        body = {"kind": "live", "channels": [str(one) for one in channels]}
        async with httpx.AsyncClient(timeout=_ANSWER_S) as client:
            answer = await client.post(f"{self._platform.address}/api/v1/views", json=body, headers=self._headers())
        if answer.status_code != httpx.codes.CREATED:
            raise BenchError(f"the view was refused: {answer.text[:500]}")
        return str(answer.json()["id"])

    def _connect(self, view: str, channel: UUID) -> connect:
        address = self._platform.address.replace("http", "ws", 1)
        url = f"{address}/api/v1/views/{view}/live/{channel}"
        return connect(
            url,
            additional_headers=self._headers(),
            user_agent_header=f"python-httpx/{httpx.__version__}",  # a sign-in is of one program
            max_size=None,
            max_queue=None,
            compression=None,
            open_timeout=_ANSWER_S,
        )

    def _headers(self) -> dict[str, str]:
        return {"Cookie": self._platform.cookie, "Origin": self._platform.address}


def _is_key(message: str | bytes) -> bool:
    return isinstance(message, bytes) and _HEAD.unpack_from(message)[0] == _KEY


def _listed(found: Sequence[Usage]) -> str:
    return ", ".join(f"{one.percent('media', 'api'):.2f}" for one in found)


async def _count(socket: ClientConnection, counts: list[int], index: int) -> None:
    async for message in socket:
        if isinstance(message, bytes) and message[0] >= _KEY:
            counts[index] += 1
