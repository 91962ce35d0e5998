"""Which stored frames a picture needs: found in the index, read and proven by their digests. Off any event loop."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import select

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, SegmentId
from mingjian.kernel.intervals import Span
from mingjian.kernel.media_time import us_to_ticks
from mingjian.media import playback, store
from mingjian.media.model import GAP_TEXT, SHOWN_STATES
from mingjian.media.pictures import decoder
from mingjian.media.pictures.decoder import FIRST, Form, Order
from mingjian.media.pictures.errors import DAMAGED, NOTHING_THERE, TOO_FAR
from mingjian.media.pictures.pool import Work
from mingjian.media.playback import Piece, Window
from mingjian.storage.engine import Transaction

MOST_LEAD_US: Final = 60_000_000
"""How far the key frame of a frame may lie before it: every frame between has to be decoded."""
MOST_FRAMES: Final = 4_000
FRAME_LIMIT_S: Final = 25.0
SNAPSHOT_QUALITY: Final = 92
THUMBNAIL_QUALITY: Final = 75
# Frames are sent in the order of decoding: one that is shown at a moment may lie a few places behind it.
_REORDERED_US: Final = 500_000
_IDS_AT_ONCE: Final = 500
# A page tells times as the browser rounds them.
_ROUNDING_US: Final = 5_000


@dataclass(frozen=True, slots=True)
class Footage:
    """Fragments of one segment or more, from a key frame on; `at_us` is what was asked for.

    `segment_id` is the segment of the first.
    """

    channel_id: ChannelId
    window: Window
    at_us: int
    segment_id: SegmentId

    @property
    def first(self) -> Piece:
        return self.window.pieces[0]

    @property
    def origin_us(self) -> int:
        """Wall time of decode time zero in `movie`."""
        return self.window.from_us

    @property
    def digests(self) -> tuple[bytes, ...]:
        """SHA-256 of each fragment."""
        return tuple(one.record.digest for one in self.window.pieces)

    def movie(self) -> bytes:
        """An MP4 of it, with decode times counted from the key frame. Raises MingjianError DAMAGED."""
        content = list(self.window.content(self.origin_us))
        if len(content) != 1 + len(self.window.pieces):
            raise MingjianError(DAMAGED)
        return b"".join(content)

    def order(self, form: Form) -> Order:
        """What to decode for the exact frame."""
        ticks = max(0, us_to_ticks(self.at_us + _ROUNDING_US - self.origin_us))
        cpu_s = round(FRAME_LIMIT_S)
        return Order(ticks, MOST_FRAMES, 0, form, SNAPSHOT_QUALITY, cpu_s)


def key_frame(tx: Transaction, channel_id: ChannelId, at_us: int, epoch: int | None) -> Footage:
    """The fragment with the key frame by which the picture at a moment is decoded.

    Raises MingjianError NOTHING_THERE, DAMAGED, or VOLUME_MISSING.
    """
    window = _at(tx, channel_id, at_us, 1, epoch)
    keys = [one for one in window.pieces if one.record.key and one.start_us <= at_us + _ROUNDING_US]
    return _footage(tx, channel_id, at_us, replace(window, from_us=keys[-1].start_us, pieces=(keys[-1],)))


def shown_frame(tx: Transaction, channel_id: ChannelId, at_us: int, epoch: int | None) -> Footage:
    """Everything that has to be decoded for the frame that is shown at a moment.

    Raises MingjianError NOTHING_THERE, DAMAGED, TOO_FAR, or VOLUME_MISSING.
    """
    window = _at(tx, channel_id, at_us, _REORDERED_US, epoch)
    if at_us - window.from_us < _REORDERED_US:
        # What is shown shortly before a key frame may be sent behind it, and refer to what is before it.
        earlier = Span(max(0, at_us - _REORDERED_US), at_us + _REORDERED_US)
        longer = playback.window(tx, channel_id, earlier, with_lead=True, epoch=window.clock_epoch)
        if window.pieces[0] in longer.pieces and longer.pieces[0].record.key and not _is_far(longer, at_us):
            window = longer
    if _is_far(window, at_us):
        raise MingjianError(TOO_FAR, seconds=MOST_LEAD_US // 1_000_000)
    return _footage(tx, channel_id, at_us, window)


def _is_far(window: Window, at_us: int) -> bool:
    """Whether too much would have to be decoded."""
    size = sum(one.record.length for one in window.pieces)
    return at_us - window.from_us > MOST_LEAD_US or size > decoder.MAX_MOVIE - (1 << 20)


def work_of(footage: Footage, width: int) -> Work:
    """To decode the key frame alone. Raises MingjianError DAMAGED."""
    return Work(footage.movie(), Order(FIRST, 1, width, Form.JPEG, THUMBNAIL_QUALITY))


def _at(tx: Transaction, channel_id: ChannelId, at_us: int, length_us: int, epoch: int | None) -> Window:
    wanted = Span(at_us, at_us + length_us)
    window = playback.window(tx, channel_id, wanted, with_lead=True, epoch=epoch)
    if not window.pieces or window.pieces[0].start_us > at_us + _ROUNDING_US:
        raise _nothing(tx, channel_id, wanted, epoch)
    if not window.pieces[0].record.key:
        raise MingjianError(DAMAGED)  # the fragment with the key frame is not there
    return window


def _footage(tx: Transaction, channel_id: ChannelId, at_us: int, window: Window) -> Footage:
    return Footage(channel_id, window, at_us, _segment_id(tx, channel_id, window.clock_epoch, window.from_us))


def _segment_id(tx: Transaction, channel_id: ChannelId, epoch: int, moment_us: int) -> SegmentId:
    """The segment in which a moment of an epoch lies; `moment_us` was found in one."""
    query = (
        select(store.SEGMENT.c.id)
        .where(
            store.SEGMENT.c.channel_id == channel_id,
            store.SEGMENT.c.start_us <= moment_us,
            store.SEGMENT.c.state.in_(SHOWN_STATES),
            store.SEGMENT.c.clock_epoch == epoch,
        )
        .order_by(store.SEGMENT.c.start_us.desc())
        .limit(1)
    )
    return SegmentId(tx.execute(query).scalar_one())


def still_there(tx: Transaction, segment_ids: Collection[UUID]) -> set[UUID]:
    """Those of these segments whose footage is there."""
    ids = list(segment_ids)
    found: set[UUID] = set()
    for begin in range(0, len(ids), _IDS_AT_ONCE):
        wanted = store.SEGMENT.c.id.in_(ids[begin : begin + _IDS_AT_ONCE])
        query = select(store.SEGMENT.c.id).where(wanted, store.SEGMENT.c.state.in_(SHOWN_STATES))
        found.update(tx.execute(query).scalars())
    return found


def _nothing(tx: Transaction, channel_id: ChannelId, wanted: Span, epoch: int | None) -> MingjianError:
    """Why there is nothing: what is indexed and not readable, a gap, or neither."""
    timeline = playback.timeline(tx, channel_id, wanted)
    if any(epoch in (None, one.clock_epoch) for one in timeline.spans):
        return MingjianError(DAMAGED)
    gaps = [one for one in store.gaps_between(tx, channel_id, wanted) if epoch in (None, one.clock_epoch)]
    if not gaps:
        return MingjianError(NOTHING_THERE, cause_zh="没有记录原因。", cause_en="No cause is on record.")
    words = GAP_TEXT[gaps[0].cause]
    return MingjianError(NOTHING_THERE, cause_zh=f"原因：{words.zh}。", cause_en=f"The cause: {words.en}.")
