"""Sending: one stream for each track of a PLAY, one pacer for all of them."""

import asyncio
import heapq
import itertools
import struct
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Final, Protocol

from mingjian.simulate import nal
from mingjian.simulate.cameras import Camera, Counters, Misbehaviour
from mingjian.simulate.mischief import FLOOD, RUBBISH, Mischief
from mingjian.simulate.outlets import Outlet
from mingjian.simulate.packets import Template
from mingjian.simulate.sources import ClipSource, Loop

_NTP_EPOCH: Final = 2208988800  # seconds from 1900 to 1970 (RFC 3550 4)
_GOLDEN: Final = 0.6180339887498949
_SAME_TICK_S: Final = 0.0005


class Stream:
    """One track of one PLAY: sequence, timestamps, reports."""

    def __init__(self, camera: Camera, outlet: Outlet, *, ssrc: int, sequence: int, timestamp: int) -> None:
        self._camera = camera
        self._outlet = outlet
        self._ssrc = ssrc
        self._sequence = sequence
        self._timestamp = timestamp
        self._packets = 0
        self._octets = 0

    def send(self, template: Template, ticks: int) -> None:
        """Send one piece whose time is `ticks` of its clock after the first of the stream."""
        raise NotImplementedError

    def report(self, ticks: int, wall_s: float) -> None:
        """Send an RTCP sender report with a CNAME (RFC 3550 6.4.1, 6.5.1)."""
        if self._camera.spec.misbehaviour is Misbehaviour.RUBBISH_REPORTS:
            self._outlet.control(RUBBISH)
            return
        ntp = wall_s + self._camera.spec.clock_error_s + _NTP_EPOCH
        sent = struct.pack(
            ">BBHIIIIII",
            *(0x80, 200, 6, self._ssrc, int(ntp), int(ntp % 1 * 2**32)),
            *((self._timestamp + ticks) & 0xFFFFFFFF, self._packets & 0xFFFFFFFF, self._octets & 0xFFFFFFFF),
        )
        name = b"camera%d" % self._camera.spec.number
        chunk = struct.pack(">IBB", self._ssrc, 1, len(name)) + name
        chunk += bytes(4 - len(chunk) % 4)
        self._outlet.control(sent + struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk)

    def bye(self) -> None:
        """Say that nothing more comes (RFC 3550 6.6), behind an empty receiver report as 6.1 wants it."""
        empty = struct.pack(">BBHI", 0x80, 201, 1, self._ssrc)
        self._outlet.control(empty + struct.pack(">BBHI", 0x81, 203, 1, self._ssrc))

    def _stamped(self, template: Template, ticks: int, digits: bytes = b"") -> bytearray:
        octets = template.stamped(self._outlet.channel, self._sequence, self._timestamp + ticks, self._ssrc, digits)
        self._sequence += len(template.packets)
        self._packets += len(template.packets)
        self._octets += template.payload_octets
        return octets


class PictureStream(Stream):
    """Numbered frames.

    A frame that finds too much waiting is dropped whole, with all that follow until the next key frame; dropped frames
    keep their numbers, so that a reader sees what it missed.
    """

    def __init__(self, camera: Camera, outlet: Outlet, *, ssrc: int, sequence: int, timestamp: int) -> None:
        super().__init__(camera, outlet, ssrc=ssrc, sequence=sequence, timestamp=timestamp)
        self._skipping = True
        self._mischief = Mischief(camera.spec.misbehaviour, camera.spec.source.codec)
        self.counters = Counters()
        camera.played.append(self.counters)
        camera.plays += 1

    def send(self, template: Template, ticks: int) -> None:
        if self._camera.frozen:
            self._skipping = True
        elif self._skipping and not template.key and self.counters.next_number == 0:
            return
        elif self._blocked(template):
            self.counters.frames_dropped += 1
            self._camera.frames_dropped += 1
        else:
            self._write(template, ticks)

    def _blocked(self, template: Template) -> bool:
        if self._outlet.blocked:
            self._skipping = True
        elif template.key:
            self._skipping = False
        return self._skipping

    def _write(self, template: Template, ticks: int) -> None:
        number = self.counters.next_number
        template = self._mischief.template(template, number)
        octets = self._stamped(
            template, self._mischief.ticks(ticks, number), nal.digits(number, self._camera.spec.number)
        )
        self._mischief.octets(octets, number)
        if (fates := self.counters.fates) is not None:
            self.counters.packets_at.append(fates.sent)
        self._outlet.media(octets, template.packets)
        self.counters.frames_sent += 1
        self._camera.frames_sent += 1


class SoundStream(Stream):
    """Sound; what finds too much waiting is left out."""

    def send(self, template: Template, ticks: int) -> None:
        if self._camera.frozen or self._outlet.blocked:
            return
        self._outlet.media(self._stamped(template, ticks), template.packets)
        self._camera.sounds_sent += 1


class Receiver(Protocol):
    """What a feed needs of a stream."""

    def send(self, template: Template, ticks: int) -> None: ...


class Feed:
    """A loop being played to one stream: what is next, and when."""

    __slots__ = ("_index", "_loop", "_rate", "_slot", "_step", "_steps", "closed", "started", "stream")

    def __init__(
        self, loop: Loop, stream: Receiver, started: float, index: int = 0, *, drift_ppm: float = 0.0, speed: int = 1
    ) -> None:
        """`drift_ppm`: how much faster than ours the clock runs by which frames are due.

        `speed`: how many templates are sent in the time of one.
        """
        self.stream = stream
        self.started = started
        self.closed = False
        self._loop = loop
        self._rate = 1 + drift_ppm / 1e6
        self._step, self._steps = loop.step.numerator, loop.step.denominator * speed
        self._index = index
        self._slot = 0

    @property
    def due(self) -> float:
        return self.started + self._slot * self._step / self._steps / self._rate

    def ticks_at(self, moment: float) -> int:
        """Its own time at a moment of the loop, in ticks of its clock from its first template."""
        return round((moment - self.started) * self._loop.clock * self._rate)

    def switch(self, loop: Loop) -> None:
        """Go on with another loop of the same step and clock, from its first template on."""
        self._loop = loop
        self._index = 0

    def send_next(self) -> None:
        loop = self._loop
        ticks = self._slot * loop.clock * self._step // self._steps
        if loop.shifts:
            ticks += loop.shifts[self._index]
        self.stream.send(loop.templates[self._index], ticks)
        self._slot += 1
        self._index += 1
        if self._index == len(loop.templates):
            self._index = 0


class Pacer:
    """Send every feed's frames when they are due: one timer, one queue.

    Due times are computed from the start of each feed, so lateness does not add up; what is late is sent at once.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: list[tuple[float, int, Feed]] = []
        self._serial = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self.late_max_s = 0.0

    def play(
        self,
        source: ClipSource,
        stream: Receiver,
        number: int,
        *,
        drift_ppm: float = 0.0,
        flood: bool = False,
        wall: Callable[[], float] = time.time,
    ) -> Feed:
        """Begin a feed; cameras with different numbers get phases spread over the frame interval."""
        index, wait = source.first(wall() % 60)
        started = self._phase(self._loop.time() + wait, number, source.fps)
        feed = Feed(source, stream, started, index, drift_ppm=drift_ppm, speed=FLOOD if flood else 1)
        self.begin(feed)
        return feed

    def begin(self, feed: Feed) -> None:
        """Send what this feed has when it is due, until it is closed."""
        heapq.heappush(self._queue, (feed.due, next(self._serial), feed))
        if self._timer is None or self._queue[0][0] < self._armed_for:
            self._arm()

    def close(self) -> None:
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _phase(self, earliest: float, number: int, fps: Fraction) -> float:
        interval = float(1 / fps)
        phase = number * _GOLDEN % 1 * interval
        return earliest + (phase - earliest) % interval

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._queue:
            self._armed_for = self._queue[0][0]
            self._timer = self._loop.call_at(self._armed_for, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = self._loop.time()
        queue = self._queue
        if queue:
            self.late_max_s = max(self.late_max_s, now - queue[0][0])
        while queue and queue[0][0] <= now + _SAME_TICK_S:
            feed = queue[0][2]
            if feed.closed:
                heapq.heappop(queue)
                continue
            feed.send_next()
            heapq.heapreplace(queue, (feed.due, next(self._serial), feed))
        self._arm()
