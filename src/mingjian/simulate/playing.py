"""One PLAY in progress: pictures from a clip or a live source, and sound beside them."""

import asyncio
import time
from typing import Final

from mingjian.simulate.cameras import Camera, Misbehaviour
from mingjian.simulate.packets import Template
from mingjian.simulate.sending import Feed, Pacer, SoundStream, Stream
from mingjian.simulate.sources import ClipSource, LiveSource, Sink

PICTURE_CLOCK: Final = 90_000


class Playing:
    """Begins at once; sound begins with the first picture, on the same clock."""

    def __init__(
        self,
        pacer: Pacer,
        camera: Camera,
        pictures: Stream | None,
        sound: SoundStream | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._pacer = pacer
        self._camera = camera
        self._pictures = pictures
        self._sound = sound
        self._loop = loop
        self._started: float | None = None
        self._wall_started = 0.0
        self._reported = 0.0
        self._feed: Feed | None = None
        self._sound_feed: Feed | None = None
        self._live: LiveSource | None = None
        self._first_ticks = 0
        self._drift = camera.spec.clock_drift_ppm / 1e6
        self._sink: Sink = self._take
        self._begin()

    def stop(self) -> None:
        for feed in (self._feed, self._sound_feed):
            if feed is not None:
                feed.closed = True
        if self._live is not None:
            self._live.unsubscribe(self._sink)

    def bye(self) -> None:
        """Stop, and say so by RTCP."""
        self.stop()
        for stream in (self._pictures, self._sound):
            if stream is not None:
                stream.bye()

    def switch(self, source: ClipSource) -> None:
        if self._feed is not None:
            self._feed.switch(source)

    def report_when_due(self, now: float, interval_s: float) -> None:
        """Send sender reports when the first frame is out and the last ones are `interval_s` old."""
        if self._started is None or self._started > now or now - self._reported < interval_s:
            return
        self._reported = now
        elapsed = now - self._started
        # Of `now`, not of the instant of this call: reports name one moment on two clocks, however late they go out.
        wall_s = self._wall_started + elapsed * (1 + self._drift)
        if self._pictures is not None:
            ticks = self._feed.ticks_at(now) if self._feed is not None else round(elapsed * PICTURE_CLOCK)
            self._pictures.report(ticks, wall_s)
        if self._sound is not None and self._sound_feed is not None:
            self._sound.report(self._sound_feed.ticks_at(now), wall_s)

    def _begin(self) -> None:
        spec, source = self._camera.spec, self._camera.source
        if self._pictures is None:
            self._begin_sound(self._loop.time())
        elif isinstance(source, ClipSource):
            flood = spec.misbehaviour is Misbehaviour.FLOOD
            drift = spec.clock_drift_ppm
            self._feed = self._pacer.play(source, self._pictures, spec.number, drift_ppm=drift, flood=flood)
            self._begin_sound(self._feed.started)
        else:
            self._live = source
            self._live.subscribe(self._sink)

    def _begin_sound(self, started: float) -> None:
        self._started = started
        self._wall_started = time.time() + started - self._loop.time()
        sound = self._camera.spec.sound
        if self._sound is not None and sound is not None:
            self._sound_feed = Feed(sound, self._sound, started, drift_ppm=self._camera.spec.clock_drift_ppm)
            self._pacer.begin(self._sound_feed)

    def _take(self, template: Template, ticks: int) -> None:
        assert self._pictures is not None
        if self._started is None:
            if not template.key:
                return
            self._first_ticks = ticks
            self._begin_sound(self._loop.time())
        self._pictures.send(template, ticks - self._first_ticks)
