"""Sending: one stream per PLAY, one pacer for all of them."""

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
from mingjian.simulate.packets import Template
from mingjian.simulate.sources import ClipSource

MAX_BUFFERED: Final = 1 << 20
_NTP_EPOCH: Final = 2208988800  # seconds from 1900 to 1970 (RFC 3550 4)
_RUBBISH: Final = b"\x80\xc8\xff\xff" + b"\x5a" * 40
_GOLDEN: Final = 0.6180339887498949
_SAME_TICK_S: Final = 0.0005


class Wire(Protocol):
    """What a stream needs of a transport."""

    def write(self, data: bytes | bytearray) -> None: ...
    def get_write_buffer_size(self) -> int: ...


class Stream:
    """The frames of one PLAY: numbers, sequence, timestamps, reports.

    A frame that finds more than `MAX_BUFFERED` octets waiting is dropped whole, with all that follow until the next key
    frame; dropped frames keep their numbers, so that a reader sees what it missed.
    """

    def __init__(self, camera: Camera, wire: Wire, channel: int, *, ssrc: int, sequence: int, timestamp: int) -> None:
        self._camera = camera
        self._wire = wire
        self._channel = channel
        self._ssrc = ssrc
        self._sequence = sequence
        self._timestamp = timestamp
        self._skipping = True
        self._packets = 0
        self._octets = 0
        self.garbage = b""
        self.counters = Counters()
        camera.played.append(self.counters)
        camera.plays += 1

    def send(self, template: Template, ticks: int) -> None:
        """Send one frame whose time is `ticks` (1/90000 s) after the first of the stream."""
        if self._camera.frozen:
            self._skipping = True
        elif self._skipping and not template.key and self.counters.next_number == 0:
            return
        elif self._blocked(template):
            self.counters.frames_dropped += 1
            self._camera.frames_dropped += 1
        else:
            self._write(template, ticks)

    def report(self, ticks: int, wall_s: float) -> None:
        """Send an RTCP sender report with a CNAME (RFC 3550 6.4.1, 6.5.1) on the odd channel."""
        if self._camera.spec.misbehaviour is Misbehaviour.RUBBISH_REPORTS:
            self._wire.write(struct.pack(">BBH", 0x24, self._channel + 1, len(_RUBBISH)) + _RUBBISH)
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
        described = struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk
        self._wire.write(struct.pack(">BBH", 0x24, self._channel + 1, len(sent + described)) + sent + described)

    def _blocked(self, template: Template) -> bool:
        if self._wire.get_write_buffer_size() > MAX_BUFFERED:
            self._skipping = True
        elif template.key:
            self._skipping = False
        return self._skipping

    def _write(self, template: Template, ticks: int) -> None:
        number = self.counters.next_number
        digits = nal.digits(number, self._camera.spec.number)
        octets = template.stamped(self._channel, self._sequence, self._timestamp + ticks, self._ssrc, digits)
        if self.garbage and number % 25 == 24:
            octets[:0] = self.garbage
        self._wire.write(octets)
        self._sequence += len(template.packets)
        self._packets += len(template.packets)
        self._octets += template.payload_octets
        self.counters.frames_sent += 1
        self._camera.frames_sent += 1


class Feed:
    """A clip being played to one stream: which frame is next and when."""

    __slots__ = ("_fps", "_index", "_rate", "_slot", "_templates", "closed", "started", "stream")

    def __init__(
        self, source: ClipSource, stream: Stream, started: float, index: int, *, drift_ppm: float = 0.0
    ) -> None:
        """`drift_ppm`: how much faster than ours the clock runs by which frames are due."""
        self.stream = stream
        self.started = started
        self.closed = False
        self._templates = source.templates
        self._fps = source.fps
        self._rate = 1 + drift_ppm / 1e6
        self._index = index
        self._slot = 0

    @property
    def due(self) -> float:
        return self.started + self._slot * self._fps.denominator / self._fps.numerator / self._rate

    def ticks_at(self, moment: float) -> int:
        """Its own time at a moment of the loop, in 1/90000 s from its first frame."""
        return round((moment - self.started) * 90000 * self._rate)

    def send_next(self) -> None:
        ticks = self._slot * 90000 * self._fps.denominator // self._fps.numerator
        self.stream.send(self._templates[self._index], ticks)
        self._slot += 1
        self._index += 1
        if self._index == len(self._templates):
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
        stream: Stream,
        number: int,
        *,
        drift_ppm: float = 0.0,
        wall: Callable[[], float] = time.time,
    ) -> Feed:
        """Begin a feed; cameras with different numbers get phases spread over the frame interval."""
        index, wait = source.first(wall() % 60)
        started = self._phase(self._loop.time() + wait, number, source.fps)
        feed = Feed(source, stream, started, index, drift_ppm=drift_ppm)
        self._push(feed)
        return feed

    def close(self) -> None:
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _phase(self, earliest: float, number: int, fps: Fraction) -> float:
        interval = float(1 / fps)
        phase = number * _GOLDEN % 1 * interval
        return earliest + (phase - earliest) % interval

    def _push(self, feed: Feed) -> None:
        heapq.heappush(self._queue, (feed.due, next(self._serial), feed))
        if self._timer is None or self._queue[0][0] < self._armed_for:
            self._arm()

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
