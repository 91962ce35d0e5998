"""Where pictures are asked for: thumbnails, stills, snapshots. Lives in the event loop of the API.

Files are read in threads, pictures are decoded in processes; nothing here blocks the loop.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.kernel.media_time import ticks_to_us
from mingjian.media.live.hub import LiveHub
from mingjian.media.pictures import finding
from mingjian.media.pictures.cache import FOLDER, PictureCache, Thumbnail
from mingjian.media.pictures.decoder import FIRST, Decoded, Form, Order
from mingjian.media.pictures.errors import TOO_FAR
from mingjian.media.pictures.finding import Footage
from mingjian.media.pictures.live import LiveKey, newest_key
from mingjian.media.pictures.metrics import SERVED
from mingjian.media.pictures.pool import Decoders, Work
from mingjian.media.pictures.rates import Rates
from mingjian.media.pictures.settings import PicturesSettings

WIDTHS: Final = (160, 320, 640, 1280)
"""How wide thumbnails and stills are: few classes, so that many who ask share one picture."""
_CACHED_WIDTHS: Final = WIDTHS[:2]
_STILL_QUALITY: Final = 80
_FORGET_STILL_S: Final = 60.0
# A pointer on its way over the timeline asks some ten times a second; a wall of 25 stills every two seconds.
_THUMBNAILS: Final = (12.0, 40)
_STILLS: Final = (30.0, 60)
_SNAPSHOTS: Final = (0.5, 5)


def width_class(width: int) -> int:
    """The smallest class that is at least so wide, or the widest."""
    return next((one for one in WIDTHS if one >= width), WIDTHS[-1])


@dataclass(frozen=True, slots=True)
class Still:
    """A JPEG of the newest key frame; `wall_us` is when it was taken."""

    data: bytes
    wall_us: int


@dataclass(slots=True)
class _Newest:
    """The last still of a channel; one at a time asks for the next."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    still: Still | None = None
    made_s: float = 0.0


class Pictures:
    """One for each API process. Without `data_dir` nothing is cached on the disk."""

    def __init__(
        self, settings: PicturesSettings | None = None, data_dir: Path | None = None, floor_bytes: int = 0
    ) -> None:
        settings = settings or PicturesSettings()
        self.still_s = settings.still_s
        self.decoders = Decoders(settings.processes)
        self.cache = PictureCache(data_dir / FOLDER, settings.cache_mb << 20, floor_bytes) if data_dir else None
        self.thumbnail_rate = Rates(*_THUMBNAILS)
        self.still_rate = Rates(*_STILLS)
        self.snapshot_rate = Rates(*_SNAPSHOTS)
        self._newest: OrderedDict[Hashable, _Newest] = OrderedDict()

    async def thumbnail(self, footage: Footage, width: int) -> bytes:
        """A JPEG of the key frame that `footage` begins with.

        Raises MingjianError DAMAGED, or what decoding raises.
        """
        key = Thumbnail(footage.channel_id, footage.segment_id, footage.first.record.digest, width)
        kept = self.cache if width in _CACHED_WIDTHS else None
        if kept is not None and (data := await asyncio.to_thread(kept.get, key)) is not None:
            SERVED.inc(kind="thumbnail", source="cache")
            return data
        work = await asyncio.to_thread(finding.work_of, footage, width)
        made = await self.decoders.decode(work, key=key)
        SERVED.inc(kind="thumbnail", source="decoder")
        if kept is not None:
            await asyncio.to_thread(kept.put, key, made.data)
        return made.data

    async def still(self, hub: LiveHub, channel_id: ChannelId, width: int, clock: Clock) -> Still:
        """The newest key frame, made at most once in `still_s` for all who ask.

        Raises MingjianError NO_LIVE, the problem of the channel, or what decoding raises.
        """
        newest = self._newest_of((channel_id, width), clock.monotonic())
        async with newest.lock:
            age_s = clock.monotonic() - newest.made_s
            if newest.still is not None and 0 <= age_s < self.still_s:
                SERVED.inc(kind="still", source="cache")
                return newest.still
            found = await newest_key(hub, channel_id)
            work = Work(found.movie, Order(FIRST, 1, width, Form.JPEG, _STILL_QUALITY))
            made = await self.decoders.decode(work, urgent=True)
            newest.still, newest.made_s = Still(made.data, found.wall_us), clock.monotonic()
            SERVED.inc(kind="still", source="decoder")
            return newest.still

    def _newest_of(self, key: Hashable, now_s: float) -> _Newest:
        """What is known of a channel; what nobody has asked for lately is forgotten."""
        newest = self._newest.pop(key, None) or _Newest()
        while self._newest:
            oldest = next(iter(self._newest))
            known = self._newest[oldest]
            if known.lock.locked() or now_s - known.made_s < _FORGET_STILL_S:
                break
            del self._newest[oldest]
        self._newest[key] = newest
        return newest

    async def frame(self, footage: Footage, form: Form) -> tuple[Decoded, int]:
        """The frame shown at the moment of `footage` at full size, and its wall time.

        Raises MingjianError DAMAGED, or what decoding raises.
        """
        movie = await asyncio.to_thread(footage.movie)
        work = Work(movie, footage.order(form), finding.FRAME_LIMIT_S)
        made = await self._snapshot(work)
        return made, footage.origin_us + ticks_to_us(made.ticks)

    async def live_frame(self, hub: LiveHub, channel_id: ChannelId, form: Form) -> tuple[Decoded, LiveKey]:
        """The newest key frame at full size. Raises MingjianError as `still` does."""
        found = await newest_key(hub, channel_id)
        order = Order(FIRST, 1, 0, form, finding.SNAPSHOT_QUALITY, 10)
        return await self._snapshot(Work(found.movie, order, 10.0)), found

    async def _snapshot(self, work: Work) -> Decoded:
        try:
            made = await self.decoders.decode(work, urgent=True)
        except MingjianError as error:
            if error.code == TOO_FAR.code:
                raise MingjianError(TOO_FAR, seconds=finding.MOST_LEAD_US // 1_000_000) from error
            raise
        SERVED.inc(kind="snapshot", source="decoder")
        return made

    async def probe_still(self, movie: bytes) -> bytes:
        """A JPEG of a camera that is tested, from an MP4 of one key frame. Raises what decoding raises."""
        made = await self.decoders.decode(Work(movie, Order(FIRST, 1, 640, Form.JPEG, _STILL_QUALITY)), urgent=True)
        return made.data
